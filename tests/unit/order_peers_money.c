/* order_peers_money.c - payments, and the people who meddle with them. */
#include "tests/unit/order_peers_books.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/registry.h"
#include "proto/shipping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STAFF_FROM = 5001 };

static struct purse *purse_of(struct books *books, const char *payment_id)
{
    int64_t no = child_id_counter(payment_id, 'P');

    assert_true(no > 0 && no < PEER_PARTS_MAX);
    return &books->purses[no];
}

static const char *payment_id(struct peers *peers, const struct books *books,
                              const struct purse *purse)
{
    return peers_child(peers, books, 'P', purse - books->purses);
}

static int64_t held(const struct purse *purse)
{
    bool open = purse->authorized && !purse->voided && !purse->gone;

    return open ? purse->authorized_minor - purse->captured_minor - purse->released_minor : 0;
}

static void state_authorized(struct peers *peers, struct books *books, struct purse *purse)
{
    struct payment_authorized fact = { HEAD(books), .payment_id = payment_id(peers, books, purse),
                                       .amount_minor = purse->authorized_minor, .currency = "EUR",
                                       .provider = "demo" };

    purse->authorized = true;
    purse->waiting = false;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_AUTHORIZED, fact);
}

static void state_declined(struct peers *peers, struct books *books, struct purse *purse)
{
    struct payment_declined fact = { HEAD(books), .payment_id = payment_id(peers, books, purse),
                                     .amount_minor = purse->authorized_minor, .currency = "EUR",
                                     .code = "card_declined" };

    purse->declined = true;
    purse->waiting = false;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_DECLINED, fact);
}

static void state_waiting(struct peers *peers, struct books *books, struct purse *purse)
{
    struct payment_requires_action fact = { HEAD(books),
                                            .payment_id = payment_id(peers, books, purse),
                                            .amount_minor = purse->authorized_minor,
                                            .currency = "EUR",
                                            .action = PAYMENT_REQUIRES_ACTION_ACTION_TRANSFER };

    purse->waiting = true;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_REQUIRES_ACTION, fact);
}

static void on_authorize(struct peers *peers, struct books *books, const struct said *said)
{
    const struct payment_authorize *command = said->message;
    struct purse *purse = purse_of(books, command->payment_id);
    bool known = purse->authorized || purse->declined || purse->waiting;

    if (purse->voided) {
        peers_refuse(peers, PEER_PAYMENT, said, command->payment_id, REFUSED_REASON_UNDONE);
        return;
    }
    if (!known && peers_too_late(peers, said)) {
        peers_refuse(peers, PEER_PAYMENT, said, command->payment_id, REFUSED_REASON_EXPIRED);
        return;
    }
    purse->authorized_minor = known ? purse->authorized_minor : command->amount_minor;
    purse->at_door = command->method == PAYMENT_METHOD_CASH_ON_DELIVERY;
    if (purse->authorized || (!known && (purse->at_door || !peers_chance(peers, 30)))) {
        state_authorized(peers, books, purse);
    } else if (purse->declined || (!known && peers_chance(peers, 50))) {
        state_declined(peers, books, purse);
    } else {
        state_waiting(peers, books, purse);
    }
}

static void state_captured(struct peers *peers, struct books *books, const char *capture_id,
                           int64_t amount_minor, struct purse *purse)
{
    struct payment_captured fact = { HEAD(books),
                                     .payment_id = payment_id(peers, books, purse),
                                     .capture_id = capture_id,
                                     .amount_minor = amount_minor,
                                     .currency = "EUR",
                                     .captured_minor = purse->captured_minor };

    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_CAPTURED, fact);
}

static void state_not_captured(struct peers *peers, struct books *books, const char *capture_id,
                               struct purse *purse)
{
    struct payment_failed fact = { HEAD(books), .payment_id = payment_id(peers, books, purse),
                                   .operation = PAYMENT_FAILED_OPERATION_CAPTURE,
                                   .operation_id = capture_id, .code = "provider_error" };

    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_FAILED, fact);
}

static void first_capture(struct peers *peers, struct books *books, const struct said *said,
                          struct purse *purse)
{
    const struct payment_capture *command = said->message;
    int64_t no = child_id_counter(command->capture_id, 'C');

    if (peers_too_late(peers, said)) {
        peers_refuse(peers, PEER_PAYMENT, said, command->capture_id, REFUSED_REASON_EXPIRED);
    } else if (command->amount_minor > held(purse)) {
        assert_true(purse->voided || purse->gone || books->meddled); /* never more than there is */
        peers_refuse(peers, PEER_PAYMENT, said, command->capture_id, REFUSED_REASON_RULE);
    } else if (peers_chance(peers, 10)) {
        books->captures[no] = -command->amount_minor;
        state_not_captured(peers, books, command->capture_id, purse);
    } else {
        books->captures[no] = command->amount_minor;
        purse->captured_minor += command->amount_minor;
        purse->released_minor += command->final ? held(purse) : 0;
        state_captured(peers, books, command->capture_id, command->amount_minor, purse);
    }
}

static void on_capture(struct peers *peers, struct books *books, const struct said *said)
{
    const struct payment_capture *command = said->message;
    struct purse *purse = purse_of(books, command->payment_id);
    int64_t no = child_id_counter(command->capture_id, 'C');

    assert_true(no > 0 && no < PEER_PARTS_MAX);
    if (books->captures[no] > 0) { /* told again: it is the same, and is answered again */
        assert_int_equal(books->captures[no], command->amount_minor);
        state_captured(peers, books, command->capture_id, command->amount_minor, purse);
    } else if (books->captures[no] < 0) {
        state_not_captured(peers, books, command->capture_id, purse);
    } else {
        first_capture(peers, books, said, purse);
    }
}

static void state_voided(struct peers *peers, struct books *books, struct purse *purse)
{
    struct payment_voided fact = { HEAD(books), .payment_id = payment_id(peers, books, purse) };

    purse->voided = true;
    purse->waiting = false;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_VOIDED, fact);
}

/* What only a person can let go, or give back, is a failure first. */
static void on_void(struct peers *peers, struct books *books, const struct said *said)
{
    const struct payment_void *command = said->message;
    struct purse *purse = purse_of(books, command->payment_id);

    if (!command->by_hand && held(purse) > 0 && peers_chance(peers, 15)) {
        struct payment_failed fact = { HEAD(books), .payment_id = command->payment_id,
                                       .operation = PAYMENT_FAILED_OPERATION_V_VOID,
                                       .code = "by_hand" };

        STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_FAILED, fact);
    } else {
        state_voided(peers, books, purse);
    }
}

static void state_refunded(struct peers *peers, struct books *books, const char *refund_id,
                           int64_t amount_minor, struct purse *purse)
{
    struct payment_refunded fact = { HEAD(books),
                                     .payment_id = payment_id(peers, books, purse),
                                     .refund_id = refund_id,
                                     .amount_minor = amount_minor,
                                     .currency = "EUR",
                                     .refunded_minor = purse->refunded_minor };

    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_REFUNDED, fact);
}

static void state_not_refunded(struct peers *peers, struct books *books, const char *refund_id,
                               struct purse *purse)
{
    struct payment_failed fact = { HEAD(books), .payment_id = payment_id(peers, books, purse),
                                   .operation = PAYMENT_FAILED_OPERATION_REFUND,
                                   .operation_id = refund_id, .code = "provider_error" };

    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_FAILED, fact);
}

static void give_back(struct peers *peers, struct books *books,
                      const struct payment_refund *command, int64_t no)
{
    struct purse *purse = purse_of(books, command->payment_id);

    books->refunds[no] = command->amount_minor;
    purse->refunded_minor += command->amount_minor;
    assert_true(purse->refunded_minor <= purse->captured_minor);
    state_refunded(peers, books, command->refund_id, command->amount_minor, purse);
}

static void on_refund(struct peers *peers, struct books *books, const struct said *said)
{
    const struct payment_refund *command = said->message;
    struct purse *purse = purse_of(books, command->payment_id);
    int64_t no = child_id_counter(command->refund_id, 'B');

    assert_true(no > 0 && no < PEER_PARTS_MAX);
    if (books->refunds[no] > 0) {
        assert_int_equal(books->refunds[no], command->amount_minor);
        state_refunded(peers, books, command->refund_id, command->amount_minor, purse);
    } else if (books->refunds[no] < 0 && !command->by_hand) {
        state_not_refunded(peers, books, command->refund_id, purse);
    } else if (command->amount_minor > purse->captured_minor - purse->refunded_minor) {
        assert_true(books->meddled);
        peers_refuse(peers, PEER_PAYMENT, said, command->refund_id, REFUSED_REASON_RULE);
    } else if (peers_chance(peers, 20)) {
        books->refunds[no] = -command->amount_minor;
        state_not_refunded(peers, books, command->refund_id, purse);
    } else {
        give_back(peers, books, command, no);
    }
}

void payment_does(struct peers *peers, struct books *books, const struct said *command)
{
    if (command->type == MESSAGE_PAYMENT_AUTHORIZE) {
        on_authorize(peers, books, command);
    } else if (command->type == MESSAGE_PAYMENT_CAPTURE) {
        on_capture(peers, books, command);
    } else if (command->type == MESSAGE_PAYMENT_VOID) {
        on_void(peers, books, command);
    } else {
        assert_int_equal(command->type, MESSAGE_PAYMENT_REFUND);
        on_refund(peers, books, command);
    }
}

static void lapse(struct peers *peers, struct books *books, struct purse *purse)
{
    struct payment_lapsed fact = { HEAD(books), .payment_id = payment_id(peers, books, purse),
                                   .amount_minor = held(purse), .currency = "EUR" };

    purse->gone = true;
    STATE(peers, PEER_PAYMENT, MESSAGE_PAYMENT_LAPSED, fact);
}

/* People take, give back, let go. */
static void meddle(struct peers *peers, struct books *books, struct purse *purse)
{
    int64_t left = held(purse), back = purse->captured_minor - purse->refunded_minor;
    const char *id = NULL;

    books->meddled = true;
    if (left > 0 && peers_random(peers, 3) == 0) {
        int64_t amount_minor = 1 + (int64_t)peers_random(peers, (uint64_t)left);

        id = peers_child(peers, books, 'C', STAFF_FROM + books->staff_count++);
        purse->captured_minor += amount_minor;
        state_captured(peers, books, id, amount_minor, purse);
    } else if (back > 0 && peers_random(peers, 2) == 0) {
        int64_t amount_minor = 1 + (int64_t)peers_random(peers, (uint64_t)back);

        id = peers_child(peers, books, 'B', STAFF_FROM + books->staff_count++);
        purse->refunded_minor += amount_minor;
        books->gift_minor += amount_minor;
        state_refunded(peers, books, id, amount_minor, purse);
    } else if (left > 0 || purse->waiting) {
        state_voided(peers, books, purse);
    }
}

static bool purse_lives(struct peers *peers, struct books *books, struct purse *purse)
{
    bool answers = purse->waiting && (peers->tame || peers_chance(peers, 50));

    if (answers) {
        (peers_chance(peers, 30) ? state_declined : state_authorized)(peers, books, purse);
    }
    if (purse->at_door) {
        return answers;
    }
    bool lapses = held(purse) > 0 && peers_chance(peers, 1);
    if (lapses) {
        lapse(peers, books, purse);
    }
    bool meddles = purse->authorized_minor > 0 && peers_chance(peers, 1);
    if (meddles) {
        meddle(peers, books, purse);
    }
    return answers || lapses || meddles;
}

bool money_lives(struct peers *peers, struct books *books)
{
    bool lived = false;

    for (size_t no = 1; no < PEER_PARTS_MAX; no++) {
        lived = purse_lives(peers, books, &books->purses[no]) || lived;
    }
    return lived;
}

int64_t peers_money_held(const struct books *books)
{
    int64_t sum = 0;

    for (size_t no = 0; no < PEER_PARTS_MAX; no++) {
        sum += held(&books->purses[no]);
    }
    return sum;
}
