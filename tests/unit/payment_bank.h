/* payment_bank.h - a payment provider in memory, for tests: one intent an order, keys, books, and webhooks that wait.
 *
 * It reads the requests as they are sent and keeps its own books; nothing of the product decides for it.
 */
#ifndef KERVAN_TESTS_PAYMENT_BANK_H
#define KERVAN_TESTS_PAYMENT_BANK_H

#include "tests/unit/payment_desk.h"

enum bank_status { BANK_NONE, BANK_ACTION, BANK_OPEN, BANK_HELD, BANK_DONE, BANK_CANCELED };
enum { BANK_ORDERS = 4, BANK_KEYS_MAX = 512, BANK_EVENTS_MAX = 512, BANK_REFUNDS_MAX = 64 };

struct bank_intent {
    enum bank_status status;
    int64_t authorized_minor, captured_minor, refunded_minor;
    int64_t times_made;
};

struct bank_refund {
    int64_t order_no, amount_minor;
    char id[16], ours[64];
    bool failed;
};

struct bank_answer {
    char key[80];
    int64_t status;
    const char *body;
};

struct bank {
    struct desk *desk;
    struct bank_intent intents[BANK_ORDERS + 1]; /* by order number, from 1 */
    struct bank_refund refunds[BANK_REFUNDS_MAX];
    size_t refund_count;
    struct bank_answer answers[BANK_KEYS_MAX];
    size_t answer_count;
    struct bank_answer shown;            /* to the last question */
    const char *events[BANK_EVENTS_MAX]; /* not delivered yet */
    size_t event_count;
    int64_t event_no;
};

/* What the provider does and answers; under the same key it answers the same, and does nothing. */
const struct bank_answer *bank_act(struct bank *bank, const struct desk_call *call);
/* The shopper confirms or gives up; false when there is nothing to do. */
bool bank_shopper(struct bank *bank, int64_t order_no, bool confirms);
/* The authorization lapses; false when nothing is held. */
bool bank_lapse(struct bank *bank, int64_t order_no);
/* A refund comes back from the shopper's bank; false when there is none with this index that can. */
bool bank_refund_fails(struct bank *bank, size_t index);
int64_t bank_held_minor(const struct bank *bank, int64_t order_no);

#endif
