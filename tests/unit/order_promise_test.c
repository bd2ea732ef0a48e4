/* links: order */
/* order_promise_test.c - what is promised when an order is confirmed, and what is told when it does not hold.
 *
 * The bench begins on Friday, 2027-01-15 at 08:00 UTC.
 */
#include "tests/unit/order_story.h"

#include "common/calendar.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/shipping.h"
#include "services/order/promise.h"
#include "tests/unit/order_odds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Open from Monday to Friday; what comes before two in the afternoon is handed over on the next of these days. */
static void put_place(struct order_bench *bench, const char *code, int64_t handling_days)
{
    static const enum location_opening_weekday weekdays[] = {
        LOCATION_OPENING_WEEKDAY_MONDAY,    LOCATION_OPENING_WEEKDAY_TUESDAY,
        LOCATION_OPENING_WEEKDAY_WEDNESDAY, LOCATION_OPENING_WEEKDAY_THURSDAY,
        LOCATION_OPENING_WEEKDAY_FRIDAY,
    };
    const struct location_opening opening = { .time_zone = "Europe/Berlin",
                                              .cut_off = "14:00",
                                              .weekdays = weekdays,
                                              .weekdays_count = 5,
                                              .handling_days = handling_days,
                                              .has_handling_days = true };
    const struct location_changed fact = { .code = code,
                                           .clock = bench->now,
                                           .location = { .name = code, .opening = &opening } };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_LOCATION_CHANGED,
                                                .message = &fact,
                                                .id = "fact" });
}

static const char *window(struct order_bench *bench, const struct promised_delivery *promised)
{
    return promised == NULL
               ? "none"
               : text_format(bench->kept, "%s %s", promised->earliest, promised->latest);
}

/* A paid order with one share at WH-1, which hands over on Monday. */
static const char *confirm(struct order_bench *bench)
{
    put_place(bench, "WH-1", 1);
    const char *id = order_bench_place(bench, "1");
    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    const struct order_confirmed *confirmed = order_bench_must_say(bench, MESSAGE_ORDER_CONFIRMED);
    assert_string_equal(window(bench, confirmed->promised_delivery), "2027-01-20 2027-01-25");
    return id;
}

static void send_off(struct order_bench *bench, const char *id)
{
    TELL(bench, id, //
         { "packed", "payment.capture", NULL }, { "captured", "shipment.ship", NULL },
         { "labeled", "", NULL }, { "shipped", "inventory.consume", NULL });
}

static void promised_when_it_is_confirmed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = confirm(bench);
    const struct order_row *order = order_bench_order(bench, id);
    const struct fulfillment_row *share = order_bench_share(bench, order->order_no, 1);

    assert_string_equal(calendar_date(bench->kept, share->hand_over_on), "2027-01-18");
    assert_int_equal(share->promised_latest, order->promised_latest);
    assert_int_equal(order->promised_first, order->promised_latest);
    assert_int_equal(share->zone_minutes, 60);
    /* Its Monday ends an hour before ours. */
    assert_int_equal(share->late_at,
                     (share->hand_over_on + 1) * DAY_MS - HOUR_MS + PROMISE_GRACE_MS);
}

static const struct order_promise_changed *change(struct order_bench *bench)
{
    return order_bench_must_say(bench, MESSAGE_ORDER_PROMISE_CHANGED);
}

/* The place did not hand it over in time: told once, and again only when it is later still. */
static void handed_over_late(void **state)
{
    struct order_bench *bench = *state;
    const char *id = confirm(bench);

    TELL(bench, id, //
         { "opened", "", NULL }, { "time", "", NULL }, { "time", "order.delayed", NULL },
         { "time", "order.promise_changed", NULL });
    assert_int_equal(change(bench)->reason, ORDER_PROMISE_CHANGED_REASON_HAND_OVER);
    assert_string_equal(window(bench, change(bench)->before), "2027-01-20 2027-01-25");
    assert_string_equal(window(bench, &change(bench)->promised_delivery), "2027-01-22 2027-01-27");
    TELL(bench, id, { "time", "order.promise_changed", NULL }); /* two days and a half later */
    assert_string_equal(window(bench, &change(bench)->promised_delivery), "2027-01-27 2027-02-01");
    send_off(bench, id);
    TELL(bench, id, { "delivered", "order.completed", NULL });
    const struct order_completed *completed = order_bench_must_say(bench, MESSAGE_ORDER_COMPLETED);
    assert_int_equal(completed->promise, PROMISE_OUTCOME_KEPT); /* all the same */
}

static void estimate(struct order_bench *bench, const char *id, const char *date)
{
    struct order_step step = order_fact(bench, id, "tracked");
    struct shipment_tracked fact = *(const struct shipment_tracked *)step.message;
    int64_t day = 0;

    assert_true(calendar_day_parse(date, &day));
    fact.estimated_at = day * DAY_MS + 12 * HOUR_MS;
    fact.has_estimated_at = true;
    step.message = &fact;
    order_bench_run(bench, step);
}

/* What the carrier says counts where it is later than what was promised; a day more is not told again. */
static void carrier_is_slower(void **state)
{
    struct order_bench *bench = *state;
    const char *id = confirm(bench);

    send_off(bench, id);
    estimate(bench, id, "2027-01-25");
    assert_string_equal(order_story_said(bench), "");
    estimate(bench, id, "2027-01-27");
    assert_string_equal(order_story_said(bench), "order.promise_changed");
    assert_int_equal(change(bench)->reason, ORDER_PROMISE_CHANGED_REASON_CARRIER);
    assert_string_equal(window(bench, &change(bench)->promised_delivery), "2027-01-20 2027-01-28");
    estimate(bench, id, "2027-01-28");
    assert_string_equal(order_story_said(bench), "");
    bench->now += 12 * DAY_MS; /* the 27th */
    TELL(bench, id, { "delivered", "order.completed", NULL });
    const struct order_completed *completed = order_bench_must_say(bench, MESSAGE_ORDER_COMPLETED);
    assert_int_equal(completed->promise, PROMISE_OUTCOME_MOVED);
    assert_int_equal(order_bench_order(bench, id)->promise_outcome, PROMISE_OUTCOME_MOVED);
}

static void missed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = confirm(bench);

    send_off(bench, id);
    bench->now += 11 * DAY_MS; /* the 26th, and no timer has fired */
    TELL(bench, id, { "delivered", "order.completed", NULL });
    const struct order_completed *completed = order_bench_must_say(bench, MESSAGE_ORDER_COMPLETED);
    assert_int_equal(completed->promise, PROMISE_OUTCOME_MISSED);
}

/* Timers fire until one of them says that it comes later. */
static void wait_for_change(struct order_bench *bench, const char *id)
{
    int tries = 0;

    do {
        order_play(bench, id, "time");
    } while (strcmp(order_story_said(bench), "order.promise_changed") != 0 && ++tries < 5);
}

/* It is with the carrier, and does not come: twice as many days more each time. */
static void does_not_come(void **state)
{
    static const char *const latest[] = { "2027-01-27", "2027-02-01", "2027-02-08" };
    struct order_bench *bench = *state;
    const char *id = confirm(bench);

    send_off(bench, id);
    for (size_t i = 0; i < sizeof latest / sizeof latest[0]; i++) {
        wait_for_change(bench, id);
        assert_int_equal(change(bench)->reason, ORDER_PROMISE_CHANGED_REASON_DELIVERY);
        assert_string_equal(change(bench)->promised_delivery.latest, latest[i]);
    }
}

/* Another place sends it, and takes a week: the shopper is told. */
static void sent_from_elsewhere(void **state)
{
    struct order_bench *bench = *state;
    const char *id = confirm(bench);

    put_place(bench, "WH-2", 5);
    TELL(bench, id, { "opened", "", NULL }, { "canceled", "inventory.reserve", NULL },
         { "sourced 1*2,2*1 WH-2", "inventory.release fulfillment.fulfill order.promise_changed",
           NULL });
    assert_int_equal(change(bench)->reason, ORDER_PROMISE_CHANGED_REASON_MOVED);
    assert_string_equal(window(bench, &change(bench)->promised_delivery), "2027-01-26 2027-01-29");
}

/* A supplier says another day: who waits is promised a later one, not an earlier one, and is not told that it is late before. */
static void stock_comes_on_another_day(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *id = order_bench_place(bench, "1");
    TELL(bench, id, //
         { "backordered 1*1", "payment.authorize", NULL }, { "expected 2027-02-01", "", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL });
    const struct order_confirmed *confirmed = order_bench_must_say(bench, MESSAGE_ORDER_CONFIRMED);
    const char *first = window(bench, confirmed->promised_delivery);
    assert_string_equal(first, "2027-01-19 2027-02-09");
    TELL(bench, id, { "expected 2027-02-10", "order.promise_changed", NULL });
    assert_int_equal(change(bench)->reason, ORDER_PROMISE_CHANGED_REASON_STOCK);
    assert_string_equal(window(bench, change(bench)->before), first);
    assert_string_equal(window(bench, &change(bench)->promised_delivery), "2027-01-19 2027-02-18");
    TELL(bench, id, { "expected 2027-01-28", "", NULL }, { "expected", "", NULL },
         { "expected 2027-02-10", "", NULL });
    const struct order_row *order = order_bench_order(bench, id);
    assert_string_equal(calendar_date(bench->kept, order->promised_latest), "2027-02-18");
}

/* A part of it waits, and nobody knows for how long: a day that only the other part keeps is not promised. */
static void stock_of_which_no_day_is_known(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *id = order_bench_place(bench, "1");
    TELL(bench, id, //
         { "backordered 1*1", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL });
    const struct order_confirmed *confirmed = order_bench_must_say(bench, MESSAGE_ORDER_CONFIRMED);
    assert_null(confirmed->promised_delivery);
    TELL(bench, id, { "expected 2027-02-01", "order.promise_changed", NULL });
    assert_null(change(bench)->before);
    assert_string_equal(window(bench, &change(bench)->promised_delivery), "2027-01-19 2027-02-09");
    const struct order_row *order = order_bench_order(bench, id);
    assert_int_equal(order->promised_first, order->promised_latest);
}

#define ON_BENCH(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(promised_when_it_is_confirmed),
        ON_BENCH(handed_over_late),
        ON_BENCH(carrier_is_slower),
        ON_BENCH(missed),
        ON_BENCH(does_not_come),
        ON_BENCH(sent_from_elsewhere),
        ON_BENCH(stock_comes_on_another_day),
        ON_BENCH(stock_of_which_no_day_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
