/* booking.h - what requests about the stock of one item at one place share, whatever they book.
 *
 * A request is booked once: a repeated one changes nothing, states no second fact and is answered as the first
 * was; a refused one is decided anew.  All run in the lane of the SKU, which alone makes rows of stock.  Pure.
 */
#ifndef KERVAN_INVENTORY_BOOKING_H
#define KERVAN_INVENTORY_BOOKING_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/tables.h"

void booking_need(const struct incoming_message *in, struct rows *rows);
void booking_need_shared(const char *sku, struct rows *rows);

/* How the first one was answered. */
struct booking_answer {
    int64_t status;
    const char *subject_id;
};
/* The request came before: the same answer, or a refusal when it now says something else than `digest` is of. */
void booking_answer_again(struct decision *out, const struct incoming_message *in,
                          struct bytes digest, const struct booking_answer *answer);

/* True, and decided, when the request came before or has no identity: done before, it is answered with `status`. */
bool booking_repeats(struct decision *out, const struct incoming_message *in, const char *sku,
                     int64_t status);
/* The same for what is answered with 201. */
bool booking_came_before(struct decision *out, const struct incoming_message *in, const char *sku);
/* True, and answered, when there is no such item or place. */
bool booking_refused(struct decision *out, const struct incoming_message *in, const char *sku,
                     const char *location);

/* The row, which may be made for it; the item was asked for. */
struct stock_row *booking_row(struct rows *rows, const char *sku, const char *location);
/* What the ledger says of the request. */
struct ledger_row booking_cause(const struct decision *out, const struct incoming_message *in,
                                enum adjustment_reason reason);
/* Keeps what was done to `stock` under the request's id: `row` says kind, reason, pieces and note. */
void booking_keep(struct decision *out, const struct incoming_message *in,
                  const struct stock_row *stock, const struct adjustment_row *row);
/* States the level, looks after debts and who waits, and answers. */
void booking_done(struct decision *out, const struct incoming_message *in, const char *sku);

#endif
