/* priority.h - people say when they get to a fulfillment.  Pure. */
#ifndef KERVAN_FULFILLMENT_PRIORITY_H
#define KERVAN_FULFILLMENT_PRIORITY_H

#include "common/incoming.h"

const char *prioritize_lane_key(struct arena *arena, const struct incoming_message *in);
void prioritize_need(const struct incoming_message *in, struct rows *rows);
void on_prioritize(struct decision *out, const struct incoming_message *in);

#endif
