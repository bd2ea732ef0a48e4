/* dispute.h - charge-backs: what a provider shows of one, what follows for the money, and what the shop says to it.
 *
 * A webhook, a look at the provider's list and a poll all come to the same: the dispute is looked at where the provider
 * has it, in the lane of the provider's name of it, so looks at one dispute follow each other and what is seen is never
 * older than what was seen before.  What is seen goes to the lane of the order, whose table says what it means.  Pure.
 */
#ifndef KERVAN_PAYMENT_DISPUTE_H
#define KERVAN_PAYMENT_DISPUTE_H

#include "common/incoming.h"
#include "proto/payment.h"
#include "services/payment/dealing.h"
#include "services/payment/dispute_tables.h"

enum { DISPUTE_STATE_COUNT = DISPUTE_STATE_WITHDRAWN + 1 };

enum dispute_action {
    DISPUTE_DOES_NOTHING = 0,
    DISPUTE_OPENS,        /* says disputed */
    DISPUTE_FOUND_CLOSED, /* it was over before we heard of it: says dispute_closed */
    DISPUTE_KEEPS,        /* amounts may differ: says disputed where the day to answer by does */
    DISPUTE_MOVES,        /* says disputed */
    DISPUTE_CLOSES,       /* says dispute_closed */
    DISPUTE_REOPENS       /* says disputed */
};
/* Total: where it is, and what is seen. */
enum dispute_action dispute_rule(enum dispute_state from, enum dispute_state seen);
bool dispute_is_open(enum dispute_state state);

/* An open request or command about a dispute of an order. */
struct disputing {
    struct dealing dealing;
    struct dispute_row *row;
};
/* False where there is no such dispute. */
bool disputing_open(struct disputing *disputing, struct decision *out, struct subject subject,
                    int64_t dispute_no);
/* Puts what was seen to the table. */
void dispute_take(struct disputing *disputing, const struct payment_dispute_seen *seen);
/* Says once more where it is; `code`: why an answer was not taken. */
void dispute_tell(struct disputing *disputing);
const char *dispute_id_of(const struct disputing *disputing);

void want_disputes(struct rows *rows, int64_t order_no);

/* In the lane of the order. */
void dispute_seen_need(const struct incoming_message *in, struct rows *rows);
void on_dispute_seen(struct decision *out, const struct incoming_message *in);

/* dispute_call.c */

#define CALL_DISPUTE_LOOK   "dispute_look"
#define CALL_DISPUTE_LIST   "dispute_list"
#define CALL_DISPUTE_ANSWER "dispute_answer"
#define DISPUTE_POLL_TIMER  "poll_dispute"
#define DISPUTE_WATCH_TIMER "watch_disputes"

/* Has a dispute looked at, in the lane of the provider's name of it. */
void dispute_look(struct decision *out, const char *provider, const char *dispute_ref);
void dispute_look_later(struct disputing *disputing);
/* Has the list of the payment's provider watched, should it not be: asked now and then, for that it is once is enough. */
void dispute_watch(const struct dealing *dealing);
void call_dispute_answer(struct disputing *disputing, const struct dispute_evidence *evidence);

void dispute_look_need(const struct incoming_message *in, struct rows *rows);
void on_dispute_look(struct decision *out, const struct incoming_message *in);
void dispute_poll_need(const struct incoming_timer *in, struct rows *rows);
void on_dispute_poll(struct decision *out, const struct incoming_timer *in);
void dispute_watch_need(const struct incoming_timer *in, struct rows *rows);
void on_dispute_watch(struct decision *out, const struct incoming_timer *in);
void dispute_looked_need(const struct incoming_result *in, struct rows *rows);
void on_dispute_looked(struct decision *out, const struct incoming_result *in);
void dispute_listed_need(const struct incoming_result *in, struct rows *rows);
void on_dispute_listed(struct decision *out, const struct incoming_result *in);
void dispute_answered_need(const struct incoming_result *in, struct rows *rows);
void on_dispute_answered(struct decision *out, const struct incoming_result *in);

/* dispute_staff.c: what people and the order say to a dispute. */
const char *dispute_lane_key(struct arena *arena, const struct incoming_message *in);
void dispute_request_need(const struct incoming_message *in, struct rows *rows);
void dispute_request_need_shared(const struct incoming_message *in, struct rows *rows);
void on_dispute_evidence(struct decision *out, const struct incoming_message *in);
void on_dispute_accept(struct decision *out, const struct incoming_message *in);
void dispute_answer_need(const struct incoming_message *in, struct rows *rows);
void on_dispute_answer(struct decision *out, const struct incoming_message *in);

#endif
