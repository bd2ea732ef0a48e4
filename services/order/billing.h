/* billing.h - what payment writes invoices and credit notes of: whose order it is, and what was taken for what.
 *
 * A channel's policy says in which series, by the country that orders are sent to; it is copied onto the order when it is
 * placed.  Orders of other channels have no documents, and cost nothing for it.  Payment writes one for each capture and each
 * refund, however often it is told.  Pure.
 */
#ifndef KERVAN_ORDER_BILLING_H
#define KERVAN_ORDER_BILLING_H

#include "proto/payment.h"
#include "services/order/saga.h"

/* "DE INV y6 CN y6 mailed;* WEB -8 WC -8": a series a country, as rows keep them; NULL: there are none. */
const char *billing_series_text(struct arena *arena, const struct invoice_series *series,
                                size_t count);
/* False: two say what holds of one country; `ret` says which. */
bool billing_series_make_sense(struct arena *arena, const struct invoice_series *series,
                               size_t count, struct field_error *ret);

/* Notes in which series the documents of a new order are numbered; its contact is written. */
void billing_apply(struct saga *saga, const struct channel_row *channel);

/* Money was taken, or given back, by what the fact names. */
void bill_captured(struct saga *saga, const struct payment_captured *fact);
void bill_refunded(struct saga *saga, const struct payment_refunded *fact);

#endif
