/* decision_test.c - a decision keeps what was said, in order, and not what was on the stack. */
#include "common/decision.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct placed {
    int64_t total_minor;
};

static int set_up(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    struct decision *decision = arena_alloc(arena, sizeof *decision);

    decision_init(decision, arena, rows_new(arena), 1700000000000);
    *state = decision;
    return 0;
}

static int tear_down(void **state)
{
    struct decision *decision = *state;

    arena_free(decision->arena);
    return 0;
}

static void starts_empty(void **state)
{
    struct decision *decision = *state;

    assert_int_equal(decision->err, OK);
    assert_true(decision->now == 1700000000000);
    assert_null(decision->emissions);
    assert_null(decision->effects);
    assert_null(decision->timers);
    assert_null(decision->inputs);
    assert_null(decision->replies);
    assert_null(decision->refusal);
}

static void keeps_emissions_in_order(void **state)
{
    struct decision *decision = *state;
    char id[] = "ord_x-P1";

    for (int64_t i = 1; i <= 3; i++) {
        struct placed placed = { .total_minor = i * 100 };
        id[7] = (char)('0' + i);
        decide_emit(decision, (struct subject){ 7, id }, (uint32_t)i, &placed, sizeof placed);
    }
    memset(id, '?', sizeof id - 1);

    const struct emission *emission = decision->emissions;
    for (int64_t i = 1; i <= 3; i++, emission = emission->next) {
        const char want[] = { 'o', 'r', 'd', '_', 'x', '-', 'P', (char)('0' + i), '\0' };
        const struct placed *placed = emission->message;
        assert_int_equal(emission->message_type, i);
        assert_int_equal(placed->total_minor, i * 100);
        assert_string_equal(emission->subject.id, want);
        assert_int_equal(emission->subject.number, 7);
    }
    assert_null(emission);
}

static void keeps_effects(void **state)
{
    struct decision *decision = *state;
    struct placed payload = { .total_minor = 5 };
    char key[] = "ord_x-P1/authorize";
    struct effect_request request = { .next = (void *)&payload, /* of a list it is no part of */
                                      .kind = "authorize",
                                      .key = key,
                                      .subject = { 7, "ord_x-P1" },
                                      .payload = &payload,
                                      .not_before = 9 };

    decide_effect(decision, &request, sizeof payload);
    memset(key, '?', sizeof key - 1);
    payload.total_minor = 6;
    decide_effect(decision, &request, sizeof payload);

    const struct effect_request *effect = decision->effects;
    assert_string_equal(effect->kind, "authorize");
    assert_string_equal(effect->key, "ord_x-P1/authorize");
    assert_int_equal(effect->not_before, 9);
    assert_int_equal(((const struct placed *)effect->payload)->total_minor, 5);
    assert_int_equal(((const struct placed *)effect->next->payload)->total_minor, 6);
    assert_null(effect->next->next);
}

static void keeps_timers_inputs_and_replies(void **state)
{
    struct decision *decision = *state;
    struct subject subject = { 7, "TEA-1" };
    struct placed placed = { .total_minor = 5 };

    decide_timer(decision, subject, "payment_deadline", 1700000060000, 3);
    decide_timer(decision, subject, "payment_deadline", 1700000120000, 4);
    decide_input(decision, subject, 11, &placed, sizeof placed);
    decide_reply(decision, &(struct reply_address){ "req-1", 2 }, 12, &placed, sizeof placed);
    decide_reply(decision, &(struct reply_address){ NULL, 2 }, 12, &placed, sizeof placed);

    assert_true(decision->timers->due_at == 1700000060000);
    assert_string_equal(decision->timers->kind, "payment_deadline");
    assert_int_equal(decision->timers->step, 3);
    assert_int_equal(decision->timers->next->step, 4);
    assert_null(decision->timers->next->next);
    assert_int_equal(decision->inputs->message_type, 11);
    assert_string_equal(decision->inputs->subject.id, "TEA-1");
    assert_int_equal(((const struct placed *)decision->inputs->message)->total_minor, 5);
    assert_int_equal(decision->replies->partition, 2);
    assert_string_equal(decision->replies->request_id, "req-1");
    assert_int_equal(decision->replies->message_type, 12);
    assert_null(decision->replies->next);
}

static void the_first_refusal_counts(void **state)
{
    struct decision *decision = *state;

    decide_impossible(decision, "payment of %d minor units exceeds the total", 501);
    decide_impossible(decision, "and more");
    assert_int_equal(decision->err, ERR_RULE);
    assert_string_equal(decision->refusal, "payment of 501 minor units exceeds the total");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(starts_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_emissions_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_effects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_timers_inputs_and_replies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_refusal_counts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
