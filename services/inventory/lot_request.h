/* lot_request.h - lots as people name them: what is wrong with that, and what is meant.
 *
 * Stock rows and item must be asked for (booking_need_shared).  Pure.
 */
#ifndef KERVAN_INVENTORY_LOT_REQUEST_H
#define KERVAN_INVENTORY_LOT_REQUEST_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/lot.h"

enum lot_use {
    LOT_USE_ARRIVES, /* pieces that were not there */
    LOT_USE_LEAVES,  /* pieces that are there, in `condition`, and picked for nobody */
    LOT_USE_COUNTED  /* all that are there */
};

struct lot_request {
    const struct decision *out;
    const char *at; /* where the list stands in the request: "/lots" */
    const char *sku, *location;
    const struct lot_pieces *lots;
    size_t count;
    int64_t quantity, damaged; /* pieces that are to be named */
    enum lot_use use;
    enum lot_condition condition;
    int64_t order_no;            /* what is picked for this order counts as free; 0 */
    const struct item_row *item; /* as it is about to be; NULL: as it is */
    const struct lots
        *known; /* lots whose last day is known though they are not in stock; NULL: none */
};

/* What is wrong, and in *ret_pointer of which field; NULL: nothing. */
const char *lot_request_fault(const struct lot_request *request, const char **ret_pointer);
/* True, and answered, when something is. */
bool lot_request_refused(struct decision *out, const struct incoming_message *in,
                         const struct lot_request *request);
/* What is named, as the ledger's cause takes it; NULL where the item is not kept apart.  Of a count what is more and less. */
const struct lot_names *lot_request_names(const struct lot_request *request);

/* The same of lots that were looked at before, by another lane: what is named, each `sign` times. */
const struct lot_names *lot_names_of(struct arena *arena, const struct lot_pieces *lots,
                                     size_t count, int64_t sign);

/* As a count keeps them until it is booked; NULL for none. */
const char *lot_pieces_text(struct arena *arena, const struct lot_pieces *lots, size_t count);
const struct lot_pieces *lot_pieces_of(struct arena *arena, const char *text, size_t *ret_count);

/* Days as facts and requests write them; NOT_GIVEN and NULL for none. */
int64_t lot_day(const char *date);
const char *lot_date(struct arena *arena, int64_t day);

/* States the lots that the ledger moved and no fact has told yet: of an order where the subject is one. */
void lots_tell(struct decision *out, struct subject subject, int64_t clock);

#endif
