/* claim.h - a reservation gives up pieces that are not there, or is given some that it waited for.
 *
 * In the lane of the order, asked by the lane of the SKU (settle.h).  What was asked may have changed
 * since: no more is given up than is owed there now, and no more is taken than is free.  Pure.
 */
#ifndef KERVAN_INVENTORY_CLAIM_H
#define KERVAN_INVENTORY_CLAIM_H

#include "common/incoming.h"

/* States taken_back, with what is held elsewhere instead: by the rules of sourcing, without places that gave up work of it. */
void give_up_need(const struct incoming_message *in, struct rows *rows);
void give_up_need_shared(const struct incoming_message *in, struct rows *rows);
void on_give_up(struct decision *out, const struct incoming_message *in);

/* States allocated, with what still waits. */
void allot_need_shared(const struct incoming_message *in, struct rows *rows);
void on_allot(struct decision *out, const struct incoming_message *in);

#endif
