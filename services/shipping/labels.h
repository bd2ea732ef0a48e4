/* labels.h - from parcels to labels: what is asked of the carrier, and what follows from its answers.
 *
 * The carrier knows no idempotency keys.  Create is asked for by our reference, buy and void by the
 * carrier's name of the parcel: the runtime asks what became of a call before it repeats one.  When its
 * patience ends, a label that is not known to be bought is none and is asked back, and one that is not
 * known to be taken back is kept.  Pure.
 */
#ifndef KERVAN_SHIPPING_LABELS_H
#define KERVAN_SHIPPING_LABELS_H

#include "common/incoming.h"
#include "services/shipping/sending.h"

/* Tells the carrier of every parcel of a shipment whose place is known. */
void labels_ask(const struct sending *sending, const struct place_row *place,
                const char *consignee);
/* Gives back what has a label; what is under way is given back when it has one. */
void labels_give_back(const struct sending *sending);
/* Whether a shipment that is to be voided has come to its end, and how. */
void labels_settle(const struct sending *sending);

void carrier_need(const struct incoming_result *in, struct rows *rows);
void on_created(struct decision *out, const struct incoming_result *in);
void on_bought(struct decision *out, const struct incoming_result *in);
void on_voided(struct decision *out, const struct incoming_result *in);

#endif
