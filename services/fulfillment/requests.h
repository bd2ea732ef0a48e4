/* requests.h - what people at a place report: picked, packed.
 *
 * All lines are picked, or none: what is missing is reported as short first (shortage.h).  Packing that is reported where picking was not says both: what happened is
 * never refused.  The same report again is answered as the first; other parcels are a conflict.  Pure.
 */
#ifndef KERVAN_FULFILLMENT_REQUESTS_H
#define KERVAN_FULFILLMENT_REQUESTS_H

#include "common/incoming.h"

const char *pick_lane_key(struct arena *arena, const struct incoming_message *in);
void pick_need(const struct incoming_message *in, struct rows *rows);
void pick_need_shared(const struct incoming_message *in, struct rows *rows);
void on_pick(struct decision *out, const struct incoming_message *in);

const char *pack_lane_key(struct arena *arena, const struct incoming_message *in);
void pack_need(const struct incoming_message *in, struct rows *rows);
void pack_need_shared(const struct incoming_message *in, struct rows *rows);
void on_pack(struct decision *out, const struct incoming_message *in);

#endif
