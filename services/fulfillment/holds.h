/* holds.h - work that somebody stops and lets go on: the order by commands, the place's people by requests.
 *
 * Both may hold at once; work goes on, and `resumed` is said, when the last hold is gone.  A hold says
 * what is to be done from now on, so it refuses no report of what was done.  Pure.
 */
#ifndef KERVAN_FULFILLMENT_HOLDS_H
#define KERVAN_FULFILLMENT_HOLDS_H

#include "common/incoming.h"

void suspend_need(const struct incoming_message *in, struct rows *rows);
void on_suspend(struct decision *out, const struct incoming_message *in);

void resume_need(const struct incoming_message *in, struct rows *rows);
void on_resume(struct decision *out, const struct incoming_message *in);

const char *hold_lane_key(struct arena *arena, const struct incoming_message *in);
void hold_need(const struct incoming_message *in, struct rows *rows);
void on_hold(struct decision *out, const struct incoming_message *in);

const char *hold_release_lane_key(struct arena *arena, const struct incoming_message *in);
void hold_release_need(const struct incoming_message *in, struct rows *rows);
void on_hold_release(struct decision *out, const struct incoming_message *in);

#endif
