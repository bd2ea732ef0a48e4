/* purchase.h - pieces that are bought: drafted, sent, confirmed or declined, received, closed or canceled.
 *
 * A purchase order belongs to the lane of its id; what it brings to its place is an input to the lane of the SKU, which alone
 * makes rows of stock (transfer.h).  What is sent for is incoming until it is received, or nobody expects it any more.  What
 * arrived is never refused once the order was sent: beyond what was ordered it is counted as over, behind the end of the order, too.
 * Prices are as they were agreed when it was drafted.  A request is done once, by its id.  Pure.
 */
#ifndef KERVAN_INVENTORY_PURCHASE_H
#define KERVAN_INVENTORY_PURCHASE_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/tables.h"

/* Where nothing was drafted yet; the other states are those of the contract. */
enum { PURCHASE_NONE = PURCHASE_ORDER_STATE_ABSENT };

enum purchase_input {
    PURCHASE_IN_DRAFT,
    PURCHASE_IN_SEND,
    PURCHASE_IN_CONFIRM,
    PURCHASE_IN_RECEIVE,
    PURCHASE_IN_CLOSE,
    PURCHASE_IN_CANCEL,
    PURCHASE_IN_DECLINE, /* the supplier does not deliver */
    PURCHASE_INPUT_COUNT
};

enum purchase_action {
    PURCHASE_DRAFTS,
    PURCHASE_SENDS,
    PURCHASE_SENDS_AGAIN, /* it is mailed once more */
    PURCHASE_CONFIRMS,
    PURCHASE_RECEIVES,
    PURCHASE_CLOSES,
    PURCHASE_CANCELS,
    PURCHASE_DECLINES,
    PURCHASE_REFUSES_UNKNOWN, /* there is none */
    PURCHASE_REFUSES          /* the present state does not allow it */
};

struct purchase_rule {
    enum purchase_action action;
    enum purchase_order_state next; /* of RECEIVES: once nothing is outstanding any more */
};

struct purchase_rule purchase_rule(enum purchase_order_state state, enum purchase_input input);

void purchase_need(const struct incoming_message *in, struct rows *rows);
void purchase_need_shared(const struct incoming_message *in, struct rows *rows);
void on_purchase(struct decision *out, const struct incoming_message *in);
const char *purchase_lane_key(struct arena *arena, const struct incoming_message *in);

#endif
