/* block.h - the block list: e-mails, domains, phones and tokens that rules against fraud look for.  Pure. */
#ifndef KERVAN_ORDER_BLOCK_H
#define KERVAN_ORDER_BLOCK_H

#include "common/incoming.h"

/* Both go by the entry as it is kept: small letters, of a phone the digits. */
const char *block_lane_key(struct arena *arena, const struct incoming_message *in);
void block_need(const struct incoming_message *in, struct rows *rows);
void on_order_block(struct decision *out, const struct incoming_message *in);
void on_order_unblock(struct decision *out, const struct incoming_message *in);

#endif
