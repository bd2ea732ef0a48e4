/* customer_merge.h - a person says that two customers are one, or takes it back.  Pure.
 *
 * Nothing of their orders changes: who is one is found when somebody looks.
 */
#ifndef KERVAN_ORDER_CUSTOMER_MERGE_H
#define KERVAN_ORDER_CUSTOMER_MERGE_H

#include "common/incoming.h"

const char *customer_merge_lane_key(struct arena *arena, const struct incoming_message *in);
void customer_merge_need(const struct incoming_message *in, struct rows *rows);
void on_customer_merge(struct decision *out, const struct incoming_message *in);
void customer_part_need(const struct incoming_message *in, struct rows *rows);
void on_customer_part(struct decision *out, const struct incoming_message *in);

#endif
