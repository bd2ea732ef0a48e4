/* commands.h - what the order service asks for: fulfill, cancel; and the timers that go on from there.
 *
 * `fulfill` opens the work, or schedules it until `ship_not_before`.  A place that needs no people has
 * it picked and packed in the same decision; where the place is not known yet, that is looked at again,
 * and what is on hold is begun when it is released.
 * A second command finds what the first one made and says again how far it is.  Pure.
 */
#ifndef KERVAN_FULFILLMENT_COMMANDS_H
#define KERVAN_FULFILLMENT_COMMANDS_H

#include "common/incoming.h"

#define TIMER_OPEN  "fulfillment_open"  /* may be worked on now; its step is the fulfillment_no */
#define TIMER_PLACE "fulfillment_place" /* is the place known now; its step is the fulfillment_no */

enum { PLACE_PAUSE_MS = 1000, PLACE_PATIENCE_MS = 600000 };

void fulfill_need(const struct incoming_message *in, struct rows *rows);
void fulfill_need_shared(const struct incoming_message *in, struct rows *rows);
void on_fulfill(struct decision *out, const struct incoming_message *in);
/* Where it goes, or how urgent it is, changed while it is worked on. */
void amend_need(const struct incoming_message *in, struct rows *rows);
void on_amend(struct decision *out, const struct incoming_message *in);

void cancel_need(const struct incoming_message *in, struct rows *rows);
void on_cancel(struct decision *out, const struct incoming_message *in);

void work_timer_need(const struct incoming_timer *in, struct rows *rows);
void work_timer_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_open_due(struct decision *out, const struct incoming_timer *in);
void on_place_due(struct decision *out, const struct incoming_timer *in);

#endif
