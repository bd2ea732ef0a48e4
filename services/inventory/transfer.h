/* transfer.h - pieces that go from one place to another: requested, shipped, received, closed.
 *
 * A transfer belongs to the lane of its id, which holds pieces at the source and books them out; what it brings to the
 * destination is an input to the lane of the SKU, which alone may make a row there.  What is requested is held, so
 * nobody is promised it meanwhile; pieces that are owed are asked back from transfers first (settle.h).  What happened is
 * never refused: more may leave than was held, more may arrive than was sent, and what was lost may turn up.
 * A request is done once, by its id.  Pure.
 */
#ifndef KERVAN_INVENTORY_TRANSFER_H
#define KERVAN_INVENTORY_TRANSFER_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/tables.h"

/* Where nothing was requested yet; the other states are those of the contract. */
enum { TRANSFER_NONE = TRANSFER_STATE_ABSENT };

enum transfer_input {
    TRANSFER_IN_REQUEST,
    TRANSFER_IN_SHIP,
    TRANSFER_IN_RECEIVE,
    TRANSFER_IN_CLOSE,
    TRANSFER_IN_CANCEL,
    TRANSFER_IN_GIVE_UP,
    TRANSFER_INPUT_COUNT
};

enum transfer_action {
    TRANSFER_DOES_NOTHING,
    TRANSFER_HOLDS,
    TRANSFER_SHIPS,
    TRANSFER_RECEIVES,
    TRANSFER_CLOSES,
    TRANSFER_CANCELS,
    TRANSFER_GIVES_UP,
    TRANSFER_REFUSES_UNKNOWN, /* there is none */
    TRANSFER_REFUSES          /* the present state does not allow it */
};

struct transfer_rule {
    enum transfer_action action;
    enum transfer_state next; /* of RECEIVES: once all has arrived, or it was closed before */
};

struct transfer_rule transfer_rule(enum transfer_state state, enum transfer_input input);

/* What may be taken from a place: less what is about to be given to who waits for it.  The item's level is loaded. */
int64_t transferable(const struct rows *rows, const char *sku, const char *location);

void transfer_need(const struct incoming_message *in, struct rows *rows);
void transfer_need_shared(const struct incoming_message *in, struct rows *rows);
void on_transfer(struct decision *out, const struct incoming_message *in);
const char *transfer_lane_key(struct arena *arena, const struct incoming_message *in);

/* stock_transit: in the lane of the SKU; what purchase orders bring, too. */
void transit_need_shared(const struct incoming_message *in, struct rows *rows);
void on_transit(struct decision *out, const struct incoming_message *in);

#endif
