/* payment_told_test.c - whose news count, and how often; and that clocks only rise.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/store.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ACTION                                                                                     \
    "{\"id\":\"pi_1\",\"status\":\"requires_action\",\"next_action\":{\"type\":"                   \
    "\"redirect_to_url\",\"redirect_to_url\":{\"url\":\"https://bank.example/1\"}}}"

/* An event that says that an intent is authorized. */
static const char *authorized(struct desk *desk, const char *event, const char *intent,
                              const char *order_id, int64_t order_no)
{
    return text_format(
        desk->kept,
        "{\"id\":\"%s\",\"type\":\"payment_intent.amount_capturable_updated\",\"data\":{\"object\":"
        "{\"id\":\"%s\",\"status\":\"requires_capture\",\"metadata\":{\"order_id\":\"%s\","
        "\"order_no\":\"%lld\",\"payment_id\":\"%s-P1\"}}}}",
        event, intent, order_id, (long long)order_no, order_id);
}

/* One that says that it is let go. */
static const char *gone(struct desk *desk, const char *event, const char *order_id)
{
    return text_format(desk->kept,
                       "{\"id\":\"%s\",\"type\":\"payment_intent.canceled\",\"data\":{\"object\":"
                       "{\"id\":\"pi_1\",\"status\":\"canceled\",\"metadata\":{\"order_id\":\"%s\","
                       "\"order_no\":\"1\",\"payment_id\":\"%s-P1\"}}}}",
                       event, order_id, order_id);
}

static size_t events_seen(struct desk *desk)
{
    size_t count = 0;

    (void)memory_database_rows(desk->database, &webhook_seen_table, &count);
    return count;
}

static void wait_for_shopper(struct desk *desk)
{
    desk_forget(desk);
    desk_authorize(desk, 1, "tok_action", 1000);
    assert_string_equal(desk_answer(desk, 200, ACTION), "requires_action https://bank.example/1");
}

static void an_event_counts_once(void **state)
{
    struct desk *desk = *state;
    const char *event = NULL;

    wait_for_shopper(desk);
    event = authorized(desk, "evt_1", "pi_1", desk_order_id(desk, 1), 1);
    assert_string_equal(desk_tell(desk, event), "authorized 1000");
    assert_int_equal(events_seen(desk), 1);
    assert_string_equal(desk_tell(desk, event), "");
    assert_int_equal(events_seen(desk), 1);
    event = authorized(desk, "evt_2", "pi_1", desk_order_id(desk, 1), 1);
    assert_string_equal(desk_tell(desk, event), "");
    assert_int_equal(events_seen(desk), 1); /* what changed nothing need not be remembered */
}

/* The provider does not deliver an event for longer than some days. */
static void events_are_forgotten(void **state)
{
    struct desk *desk = *state;
    const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

    wait_for_shopper(desk);
    desk_tell(desk, authorized(desk, "evt_1", "pi_1", desk_order_id(desk, 1), 1));
    assert_string_equal(desk->timers, "forget_webhooks");
    assert_int_equal(desk->timer_due, desk->now + 4 * day_ms);
    desk->now += 2 * day_ms;
    desk_tell(desk, gone(desk, "evt_2", desk_order_id(desk, 1)));
    assert_string_equal(desk->timers, "");
    assert_int_equal(events_seen(desk), 2);
    desk->now += 2 * day_ms;
    desk_timer(desk, 1, "forget_webhooks", 0);
    assert_int_equal(events_seen(desk), 1);
    assert_int_equal(desk->timer_due, desk->now + 2 * day_ms);
    desk->now += 2 * day_ms;
    desk_timer(desk, 1, "forget_webhooks", 0);
    assert_int_equal(events_seen(desk), 0);
    assert_string_equal(desk->timers, "");
}

static void strangers_change_nothing(void **state)
{
    struct desk *desk = *state;
    const char *ours = NULL;

    wait_for_shopper(desk);
    ours = desk_order_id(desk, 1);
    assert_string_equal(desk_tell(desk, authorized(desk, "e1", "pi_2", ours, 1)), "");
    assert_string_equal(desk_tell(desk, authorized(desk, "e2", "pi_1", desk_order_id(desk, 2), 1)),
                        "");
    assert_string_equal(desk_tell(desk, authorized(desk, "e3", "pi_1", ours, 2)), "");
    assert_string_equal(desk_tell_raw(desk, "paypal", "e30="), "");
    assert_string_equal(desk_tell_raw(desk, "stripe", "e30"), "");
    assert_string_equal(desk_tell_raw(desk, "stripe", ""), "");
    assert_string_equal(desk_tell_raw(desk, "stripe", "e30="), "");
    assert_int_equal(events_seen(desk), 0);
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_REQUIRES_ACTION);
}

/* A webhook and a command know nothing of each other's clocks; the payment does. */
static void clocks_only_rise(void **state)
{
    struct desk *desk = *state;
    int64_t before = 0;

    desk->clock = 100;
    wait_for_shopper(desk);
    before = desk->said_clock;
    assert_true(before > 101);
    desk_tell(desk, authorized(desk, "evt_1", "pi_1", desk_order_id(desk, 1), 1));
    assert_true(desk->said_clock > before);
    before = desk->said_clock;
    desk->clock = 1;
    assert_string_equal(desk_authorize(desk, 1, "tok_action", 1000), "authorized 1000");
    assert_true(desk->said_clock > before);
    desk->clock = 1000;
    desk_authorize(desk, 1, "tok_action", 1000);
    assert_int_equal(desk->said_clock, 1002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_counts_once, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(events_are_forgotten, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(strangers_change_nothing, desk_set_up, desk_tear_down),
        cmocka_unit_test_setup_teardown(clocks_only_rise, desk_set_up, desk_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
