/* what_if.h - how orders of the past would have been sourced by other rules.
 *
 * A report has a name, and is made a hundred decisions at a time by a timer in the lane of its name, so that nothing else waits for
 * it.  Pure.
 */
#ifndef KERVAN_INVENTORY_WHAT_IF_H
#define KERVAN_INVENTORY_WHAT_IF_H

#include "common/incoming.h"

#define WHAT_IF_TIMER "what_if"

enum what_if_state { WHAT_IF_RUNNING = 1, WHAT_IF_DONE = 2 };
enum { WHAT_IF_CHUNK = 100, WHAT_IF_PAUSE_MS = 50, WHAT_IF_EXAMPLES = 20 };

void what_if_need(const struct incoming_message *in, struct rows *rows);
void on_what_if(struct decision *out, const struct incoming_message *in);
const char *what_if_lane_key(struct arena *arena, const struct incoming_message *in);

void what_if_due_need(const struct incoming_timer *in, struct rows *rows);
void what_if_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_what_if_due(struct decision *out, const struct incoming_timer *in);

#endif
