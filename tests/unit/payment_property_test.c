/* payment_property_test.c - thousands of random lives of payments: whatever is lost, late or told twice, the provider's
 * books agree with ours in the end, and nothing stays held that nobody wants.
 *
 * links: payment
 */
#include "common/text.h"
#include "tests/unit/payment_bank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIVES = 1500, STEPS = 60, CALMING_ROUNDS = 400 };

struct world {
    struct desk *desk;
    struct bank bank;
    uint64_t random;
    int64_t replies[2]; /* done, refused */
    int64_t ended[PAYMENT_STATE_EXPIRED + 1];
};

static int64_t chance(struct world *world, int64_t below)
{
    world->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t value = world->random;

    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)((value ^ value >> 31) % (uint64_t)below);
}

static void expect_possible(struct world *world)
{
    if (world->desk->err != OK) {
        fail_msg("%s", world->desk->facts);
    }
}

static void command(struct world *world, int64_t order_no)
{
    static const char *const tokens[] = { "tok_ok", "tok_ok", "tok_action", "tok_declined" };
    struct desk *desk = world->desk;
    int64_t kind = chance(world, 10);
    const char *number = text_format(desk->kept, "%d", 1 + (int)chance(world, 5));

    if (kind < 3) {
        desk_authorize(desk, order_no, tokens[order_no % 4], 1000);
    } else if (kind < 7) {
        desk_capture(desk, order_no,
                     text_format(desk->kept, "C%s%s", number, chance(world, 6) == 0 ? "!" : ""),
                     100 * (1 + chance(world, 5)));
    } else if (kind < 9) {
        desk_refund(desk, order_no, text_format(desk->kept, "B%s", number),
                    100 * (1 + chance(world, 4)));
    } else if (chance(world, 3) == 0) {
        desk_void(desk, order_no, CANCEL_REASON_SHOPPER_REQUEST);
    }
    expect_possible(world);
}

/* People ask, too, now and then twice under one name. */
static void staff(struct world *world, int64_t order_no)
{
    struct desk *desk = world->desk;
    const char *request = text_format(desk->kept, "r%d", (int)chance(world, 40));
    int64_t amount_minor = 100 * chance(world, 5);
    int64_t kind = chance(world, 8);

    if (kind < 3) {
        desk_capture_now(desk, request, order_no, amount_minor);
    } else if (kind < 7) {
        desk_refund_now(desk, request, order_no, amount_minor);
    } else {
        desk_void_now(desk, request, order_no);
    }
    expect_possible(world);
    world->replies[strncmp(desk->reply, "201", 3) == 0 ? 0 : 1]++;
}

/* The oldest call of an order is the one under way. */
static size_t under_way(const struct desk *desk, int64_t order_no)
{
    size_t i = 0;

    while (i < desk->call_count && desk->calls[i].subject.number != order_no) {
        i++;
    }
    return i;
}

static void provider(struct world *world, int64_t order_no, bool calm)
{
    static const struct {
        int64_t status;
        const char *body;
    } troubles[] = {
        { 500, "{\"error\":{\"type\":\"api_error\"}}" },
        { 429, "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"rate_limit\"}}" },
        { 409, "{\"error\":{\"type\":\"idempotency_error\"}}" },
        { 502, "<html>" },
    };
    struct desk *desk = world->desk;
    size_t call = under_way(desk, order_no);
    int64_t fate = calm ? 9 : chance(world, 10);

    if (call == desk->call_count) {
        return;
    }
    if (fate < 2) {
        int64_t trouble = chance(world, 4);

        desk_answer_to(desk, call, troubles[trouble].status, troubles[trouble].body);
        assert_true(desk->verdict != EFFECT_DONE);
        return;
    }
    const struct bank_answer *answer = bank_act(&world->bank, &desk->calls[call]);

    if (fate >= 4) { /* else it acted, and the answer was lost */
        desk_answer_to(desk, call, answer->status, answer->body);
        assert_int_equal(desk->verdict, EFFECT_DONE);
        expect_possible(world);
    }
}

static void webhook(struct world *world, bool calm)
{
    struct bank *bank = &world->bank;

    if (bank->event_count == 0) {
        return;
    }
    size_t which = (size_t)chance(world, (int64_t)bank->event_count);

    if (strstr(bank->events[which], "requires_capture") != NULL && chance(world, 3) == 0) {
        bank->events[which] = bank->events[--bank->event_count]; /* it never comes */
        return;
    }
    desk_tell(world->desk, bank->events[which]);
    expect_possible(world);
    if (calm || chance(world, 3) > 0) { /* else it comes again */
        bank->events[which] = bank->events[--bank->event_count];
    }
}

static void people(struct world *world, int64_t order_no)
{
    int64_t kind = chance(world, 13);

    if (kind < 6) {
        bank_shopper(&world->bank, order_no, kind < 4);
    } else if (kind == 6) {
        bank_lapse(&world->bank, order_no);
    } else if (kind == 7) {
        bank_refund_fails(&world->bank, (size_t)chance(world, 4));
    } else if (kind == 8) {
        desk_deadline(world->desk, order_no);
        expect_possible(world);
    } else if (kind == 9) {
        desk_timer(world->desk, order_no, "ask_provider", 1);
        expect_possible(world);
    }
}

static void step(struct world *world)
{
    int64_t order_no = 1 + chance(world, BANK_ORDERS);

    switch (chance(world, 5)) {
    case 0:
        command(world, order_no);
        break;
    case 1:
        provider(world, order_no, false);
        break;
    case 2:
        webhook(world, false);
        break;
    case 3:
        staff(world, order_no);
        break;
    default:
        people(world, order_no);
        break;
    }
    desk_check(world->desk);
}

/* Payments whose shopper has acted, which no webhook has told. */
static bool ask_for_news(struct world *world)
{
    bool asked = false;

    for (int64_t order_no = 1; order_no <= BANK_ORDERS; order_no++) {
        if (desk_state(world->desk, order_no) == PAYMENT_STATE_REQUIRES_ACTION &&
            world->bank.intents[order_no].status != BANK_ACTION) {
            desk_timer(world->desk, order_no, "ask_provider", 1);
            expect_possible(world);
            asked = true;
        }
    }
    return asked;
}

/* Everything that is on its way arrives. */
static void calm_down(struct world *world)
{
    for (int i = 0; i < CALMING_ROUNDS; i++) {
        if (world->desk->call_count == 0 && world->bank.event_count == 0 && !ask_for_news(world)) {
            return;
        }
        for (int64_t order_no = 1; order_no <= BANK_ORDERS; order_no++) {
            provider(world, order_no, true);
        }
        webhook(world, true);
    }
    fail_msg("%d calls and %d webhooks never end", (int)world->desk->call_count,
             (int)world->bank.event_count);
}

static void books_agree(struct world *world, int64_t order_no)
{
    const struct payment_row *row = desk_payment(world->desk, order_no);
    const struct bank_intent *intent = &world->bank.intents[order_no];
    bool rests = row != NULL && (row->state == PAYMENT_STATE_AUTHORIZED ||
                                 row->state == PAYMENT_STATE_PARTIALLY_CAPTURED);

    assert_true(intent->times_made <= 1);
    world->ended[desk_state(world->desk, order_no)]++;
    if (row == NULL) {
        assert_int_equal(intent->times_made, 0);
        return;
    }
    assert_int_equal(row->captured_minor, intent->captured_minor);
    assert_int_equal(row->refunded_minor, intent->refunded_minor);
    assert_int_equal(row->capturing_minor, 0);
    assert_int_equal(row->refunding_minor, 0);
    assert_int_equal(bank_held_minor(&world->bank, order_no),
                     rests ? row->authorized_minor - row->captured_minor - row->released_minor : 0);
    assert_true(row->state != PAYMENT_STATE_AUTHORIZING && row->state != PAYMENT_STATE_CAPTURING &&
                row->state != PAYMENT_STATE_VOIDING);
}

static void live(struct world *world, uint64_t seed)
{
    world->random = seed;
    desk_forget(world->desk);
    world->bank = (struct bank){ .desk = world->desk };
    for (int i = 0; i < STEPS; i++) {
        step(world);
    }
    calm_down(world);
    desk_check(world->desk);
    for (int64_t order_no = 1; order_no <= BANK_ORDERS; order_no++) {
        books_agree(world, order_no);
    }
}

/* PAYMENT_SEED runs one life alone; a seed that fails is named before it does. */
static void the_books_agree_in_the_end(void **state)
{
    static struct world world;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    const char *only = getenv("PAYMENT_SEED");

    world = (struct world){ .desk = *state };
    if (only != NULL) {
        live(&world, strtoull(only, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= LIVES; seed++) {
        print_message("seed %d\n", (int)seed);
        live(&world, seed);
    }
    assert_true(world.replies[0] > 1000 && world.replies[1] > 1000);
    for (int end = PAYMENT_STATE_REQUIRES_ACTION; end <= PAYMENT_STATE_EXPIRED; end++) {
        bool passing = end == PAYMENT_STATE_AUTHORIZING || end == PAYMENT_STATE_CAPTURING ||
                       end == PAYMENT_STATE_VOIDING;

        print_message("state %d: %d\n", end, (int)world.ended[end]);
        assert_true(passing || world.ended[end] > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_books_agree_in_the_end, desk_set_up, desk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
