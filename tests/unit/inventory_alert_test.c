/* inventory_alert_test.c - what crosses a line is said once; what is too much is suggested for where it is needed.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/calendar.h"
#include "common/text.h"
#include "services/inventory/cover.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/reorder.h"
#include "services/inventory/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DAY_MS                         INT64_C(86400000)
#define ASSERT_SAID(bench, text, want) assert_string_equal(said(bench, text), want)

/* --- Bands ------------------------------------------------------------------------------------------ */

static void bands_have_a_margin(void **state)
{
    (void)state;
    assert_int_equal(watch_band_of(WATCH_FINE, 6, 5), WATCH_FINE);
    assert_int_equal(watch_band_of(WATCH_FINE, 5, 5), WATCH_LOW);
    assert_int_equal(watch_band_of(WATCH_LOW, 6, 5), WATCH_LOW);
    assert_int_equal(watch_band_of(WATCH_LOW, 7, 5), WATCH_FINE);
    assert_int_equal(watch_band_of(WATCH_LOW, 110, 100), WATCH_LOW);
    assert_int_equal(watch_band_of(WATCH_OUT, 111, 100), WATCH_FINE);
    assert_int_equal(watch_band_of(WATCH_LOW, 0, 5), WATCH_OUT);
    assert_int_equal(watch_band_of(WATCH_FINE, 0, NOT_GIVEN), WATCH_OUT);
    assert_int_equal(watch_band_of(WATCH_OUT, 1, NOT_GIVEN), WATCH_FINE);
    assert_int_equal(watch_band_of(WATCH_FINE, 1, 0), WATCH_FINE);
    assert_int_equal(watch_band_of(WATCH_NEW, 0, 5), WATCH_NEW);
    assert_int_equal(watch_band_of(WATCH_NEW, 3, 5), WATCH_LOW);
}

/* Two a day: 100 pieces last 50 days, and for 30 days 60 are enough. */
static void cover_by_hand(void **state)
{
    const struct forecast two = { .method = REORDER_METHOD_EXPONENTIAL_SMOOTHING, .level = 2 },
                          none = { .method = REORDER_METHOD_NONE },
                          seldom = { .method = REORDER_METHOD_CROSTON, .level = 1e-9 };

    (void)state;
    assert_int_equal(cover_days(100, &two), 50);
    assert_int_equal(cover_days(101, &two), 50);
    assert_int_equal(cover_days(0, &two), 0);
    assert_int_equal(cover_days(100, &none), NOT_GIVEN);
    assert_int_equal(cover_days(100, &seldom), 1000000);
    assert_int_equal(cover_excess(100, &two, 30), 40);
    assert_int_equal(cover_excess(60, &two, 30), 0);
    assert_int_equal(cover_excess(7, &two, 30), 0);
    assert_int_equal(cover_excess(100, &none, 30), 100);
}

/* --- On the rules' own store ------------------------------------------------------------------------ */

static const char *const kinds[] = { "", "low", "out", "back", "slow", "excess", "expiring" };
static const char *const states[] = { "", "open", "known", "closed" };

static const char *show_alert(struct bench *bench, const struct inventory_alert_changed *fact)
{
    const char *text = text_format(bench->kept, "%s@%s %s %lld/%lld", kinds[fact->kind],
                                   fact->location, states[fact->state], (long long)fact->available,
                                   (long long)fact->available_everywhere);

    if (fact->has_threshold) {
        text = text_format(bench->kept, "%s <=%lld", text, (long long)fact->threshold);
    }
    if (fact->has_cover_days) {
        text = text_format(bench->kept, "%s %lldd", text, (long long)fact->cover_days);
    }
    if (fact->has_excess) {
        text = text_format(bench->kept, "%s +%lld", text, (long long)fact->excess);
    }
    if (fact->transfer_to != NULL) {
        text = text_format(bench->kept, "%s %lld>%s", text, (long long)fact->transfer_quantity,
                           fact->transfer_to);
    }
    return text;
}

/* Alerts that a step stated, "; " between them. */
static const char *said(struct bench *bench, struct step step)
{
    const struct decision *decision = bench_run(bench, step);
    const char *text = "";

    assert_int_equal(decision->err, OK);
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        if (at->message_type == MESSAGE_INVENTORY_ALERT_CHANGED) {
            text = text_format(bench->kept, "%s%s%s", text, text[0] == '\0' ? "" : "; ",
                               show_alert(bench, at->message));
        }
    }
    return text;
}

static struct step level_due(void)
{
    return (struct step){ .timer = LEVEL_TIMER, .subject = { .id = "A" } };
}

static struct step watch_due(void)
{
    return (struct step){ .timer = WATCH_TIMER, .subject = { .id = "A" } };
}

static struct step request(struct bench *bench, uint32_t type, const void *message, size_t size)
{
    return (struct step){ .message_type = type,
                          .message = arena_copy(bench->kept, message, size),
                          .subject = { .id = "A" },
                          .id = text_format(bench->kept, "request-%lld",
                                            (long long)++bench->request_no) };
}

static struct step levels(struct bench *bench, struct alert_levels body)
{
    const struct stock_alert_levels_put message = { .sku = "A", .location = "WH-1", .body = body };

    return request(bench, MESSAGE_STOCK_ALERT_LEVELS_PUT, &message, sizeof message);
}

static struct step review(struct bench *bench)
{
    const struct reorder_review message = { .sku = "A" };

    return request(bench, MESSAGE_REORDER_REVIEW, &message, sizeof message);
}

static struct step adjust(struct bench *bench, const char *location, int64_t change)
{
    const struct stock_adjust message = { .sku = "A",
                                          .location = location,
                                          .quantity_change = change,
                                          .has_quantity_change = true,
                                          .reason = ADJUSTMENT_REASON_RECEIVED };

    return request(bench, MESSAGE_STOCK_ADJUST, &message, sizeof message);
}

static struct step acknowledge(struct bench *bench, enum alert_kind kind)
{
    const struct stock_alert_acknowledge message = {
        .sku = "A", .location = "WH-1", .kind = kind, .note = "seen"
    };

    return request(bench, MESSAGE_STOCK_ALERT_ACKNOWLEDGE, &message, sizeof message);
}

static int64_t status(struct bench *bench, struct step step)
{
    return ((const struct gateway_reply *)bench_run(bench, step)->replies->message)->status;
}

static const struct stock_alert_row *row_of(struct bench *bench, enum alert_kind kind)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &stock_alert_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_alert_row *row = rows[i];

        if (row->kind == (int64_t)kind && strcmp(row->location, "WH-1") == 0) {
            return row;
        }
    }
    return NULL;
}

/* So many of A at WH-1, of which five are low. */
static void stocked(struct bench *bench, int64_t pieces)
{
    bench_stocked_item(bench, "A", pieces);
    bench_run(bench, levels(bench, (struct alert_levels){ .low = 5, .has_low = true }));
}

static void each_crossing_is_said_once(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 10);
    bench_run(bench, bench_reserve(bench, 1, "A:5"));
    ASSERT_SAID(bench, level_due(), "low@WH-1 open 5/5 <=5");
    ASSERT_SAID(bench, level_due(), "");
    bench_run(bench, bench_reserve(bench, 2, "A:1"));
    ASSERT_SAID(bench, level_due(), ""); /* still low */
    bench_run(bench, bench_reserve(bench, 3, "A:4"));
    ASSERT_SAID(bench, level_due(), "low@WH-1 closed 0/0 <=5; out@WH-1 open 0/0");
    ASSERT_SAID(bench, level_due(), "");
    ASSERT_SAID(bench, adjust(bench, "WH-1", 3),
                "out@WH-1 closed 3/3; back@WH-1 open 3/3; low@WH-1 open 3/3 <=5");
    ASSERT_SAID(bench, adjust(bench, "WH-1", 20), "low@WH-1 closed 23/23 <=5");
    assert_int_equal(row_of(bench, ALERT_KIND_LOW)->times, 2);
    assert_int_equal(row_of(bench, ALERT_KIND_OUT)->state, ALERT_STATE_CLOSED);
}

/* A promise that is given back and taken again, over and over, is no news; that it is given back for good is. */
static void what_flaps_is_said_once(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 1);
    bench_run(bench, bench_reserve(bench, 1, "A:1"));
    ASSERT_SAID(bench, level_due(), "low@WH-1 closed 0/0 <=5; out@WH-1 open 0/0");
    for (int64_t order = 2; order < 30; order++) {
        bench_run(bench, bench_release(bench, order - 1, CANCEL_REASON_SHOPPER_REQUEST));
        ASSERT_SAID(bench, level_due(), "");
        bench->now += WATCH_CALM_MS - 1;
        ASSERT_SAID(bench, watch_due(), "");
        bench_run(bench, bench_reserve(bench, order, "A:1"));
        ASSERT_SAID(bench, level_due(), "");
    }
    bench_run(bench, bench_release(bench, 29, CANCEL_REASON_SHOPPER_REQUEST));
    ASSERT_SAID(bench, level_due(), "");
    bench->now += WATCH_CALM_MS;
    ASSERT_SAID(bench, watch_due(),
                "out@WH-1 closed 1/1; back@WH-1 open 1/1; low@WH-1 open 1/1 <=5");
}

/* What was out while its pieces left is in stock again with the first that come, however many were there before. */
static void pieces_that_come_are_told_at_once(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 10);
    bench_run(bench, bench_reserve(bench, 1, "A:10"));
    ASSERT_SAID(bench, level_due(), "out@WH-1 open 0/0");
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:10@WH-1"));
    ASSERT_SAID(bench, level_due(), "");
    ASSERT_SAID(bench, adjust(bench, "WH-1", 2), "out@WH-1 closed 2/2; back@WH-1 open 2/2");
}

/* Where nothing ever was nothing is out, and what comes first is not back. */
static void a_new_place_is_not_out(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 10);
    bench_location(bench, "WH-2", 2, true);
    bench_run(bench, bench_keep_back(bench, "A", "WH-2", 0));
    ASSERT_SAID(bench, level_due(), "");
    ASSERT_SAID(bench, adjust(bench, "WH-2", 2), "");
    ASSERT_SAID(bench, adjust(bench, "WH-2", -2), "out@WH-2 open 0/10");
}

static void somebody_knows_of_it(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 5);
    assert_int_equal(status(bench, acknowledge(bench, ALERT_KIND_OUT)), 404);
    struct step step = acknowledge(bench, ALERT_KIND_LOW);
    step.precondition = "7";
    assert_int_equal(status(bench, step), 412);
    ASSERT_SAID(bench, acknowledge(bench, ALERT_KIND_LOW), "low@WH-1 known 5/5 <=5");
    assert_string_equal(row_of(bench, ALERT_KIND_LOW)->acknowledged_by, "key:bench");
    ASSERT_SAID(bench, acknowledge(bench, ALERT_KIND_LOW), ""); /* once */
    assert_int_equal(status(bench, acknowledge(bench, ALERT_KIND_LOW)), 200);
    ASSERT_SAID(bench, adjust(bench, "WH-1", 10), "low@WH-1 closed 15/15 <=5");
    ASSERT_SAID(bench, adjust(bench, "WH-1", -11), "low@WH-1 open 4/4 <=5");
    assert_null(row_of(bench, ALERT_KIND_LOW)->acknowledged_by); /* that was another time */
    ASSERT_SAID(bench, adjust(bench, "WH-1", 10), "low@WH-1 closed 14/14 <=5");
    assert_int_equal(status(bench, acknowledge(bench, ALERT_KIND_LOW)), 409);
}

static void back_in_stock_ends_with_who_knows(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 1);
    ASSERT_SAID(bench, adjust(bench, "WH-1", -1), "out@WH-1 open 0/0");
    ASSERT_SAID(bench, adjust(bench, "WH-1", 9), "out@WH-1 closed 9/9; back@WH-1 open 9/9");
    ASSERT_SAID(bench, acknowledge(bench, ALERT_KIND_BACK_IN_STOCK), "back@WH-1 closed 9/9");
}

/* Where nobody sells the item its own reorder point is the line. */
static void the_reorder_point_is_a_line(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 8);
    bench_item(bench, "A",
               (struct item_body){ .name = "A", .reorder_point = 8, .has_reorder_point = true });
    ASSERT_SAID(bench, review(bench), "low@WH-1 open 8/8 <=8");
    ASSERT_SAID(bench, levels(bench, (struct alert_levels){ .low = 2, .has_low = true }), "");
    ASSERT_SAID(bench, watch_due(), ""); /* it must last */
    bench->now += WATCH_CALM_MS;
    ASSERT_SAID(bench, watch_due(), "low@WH-1 closed 8/8 <=8");
}

static void sell_daily(struct bench *bench, int64_t days, const char *line)
{
    static int64_t order_no = 100;

    for (int64_t day = 0; day < days; day++) {
        bench_run(bench, bench_reserve(bench, ++order_no, "A:2"));
        bench_run(bench, bench_consume(bench, order_no, "F1", line));
        bench->now += DAY_MS;
    }
}

/* WH-1 sells two a day and has 400, WH-2 sells nothing; then WH-2 sells, and has none left. */
static void too_much_goes_where_it_is_needed(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 420);
    bench_location(bench, "WH-2", 2, true);
    bench_run(bench, adjust(bench, "WH-2", 20));
    sell_daily(bench, 10, "1A:2@WH-1");
    ASSERT_SAID(bench, review(bench), "excess@WH-1 open 400/420 200d +160");
    ASSERT_SAID(bench, review(bench), "");
    for (int64_t order = 1; order <= 10; order++) {
        bench_run(bench, bench_reserve(bench, order, "A:2"));
        bench_run(bench, bench_consume(bench, order, "F1", "1A:2@WH-2"));
        bench->now += DAY_MS;
    }
    ASSERT_SAID(bench, review(bench), "out@WH-2 open 0/400"); /* other figures are no news */
    assert_string_equal(row_of(bench, ALERT_KIND_EXCESS)->transfer_to, "WH-2");
    assert_int_equal(row_of(bench, ALERT_KIND_EXCESS)->transfer_quantity, 60);
    bench_check(bench);
}

static void what_nobody_wants_moves_slowly(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 7);
    bench->now += 59 * DAY_MS;
    ASSERT_SAID(bench, review(bench), ""); /* it came 59 days ago */
    bench->now += DAY_MS;
    ASSERT_SAID(bench, review(bench), "slow@WH-1 open 7/7 +7");
    const struct decision *decision = bench_run(bench, review(bench));
    assert_null(decision->timers); /* time changes nothing any more */
    sell_daily(bench, 1, "1A:2@WH-1");
    ASSERT_SAID(bench, review(bench), "slow@WH-1 closed 5/5 +7");
    ASSERT_SAID(
        bench,
        levels(bench, (struct alert_levels){ .slow_moving_days = 7, .has_slow_moving_days = true }),
        "");
    bench->now += 7 * DAY_MS;
    ASSERT_SAID(bench, review(bench), "slow@WH-1 open 5/5 +5");
}

static struct step receive_lot(struct bench *bench, const char *number, int64_t pieces,
                               int64_t last_day)
{
    const struct lot_pieces lot = { .lot = number,
                                    .quantity = pieces,
                                    .expires_on = calendar_date(bench->kept, last_day) };
    const struct stock_adjust message = { .sku = "A",
                                          .location = "WH-1",
                                          .quantity_change = pieces,
                                          .has_quantity_change = true,
                                          .reason = ADJUSTMENT_REASON_RECEIVED,
                                          .lots = arena_copy(bench->kept, &lot, sizeof lot),
                                          .lots_count = 1 };

    return request(bench, MESSAGE_STOCK_ADJUST, &message, sizeof message);
}

static const struct step lots_due = { .timer = LOT_TIMER, .subject = { .id = "A" } };

/* A fortnight before it is not sold any more, or as people set it; the timer of lots looks on that day. */
static void what_expires_soon_is_told(void **state)
{
    struct bench *bench = *state;
    int64_t today = bench->now / DAY_MS;

    bench_location(bench, "WH-1", 1, true);
    bench_item(bench, "A",
               (struct item_body){ .name = "A",
                                   .lot_tracked = true,
                                   .has_lot_tracked = true,
                                   .expires = true,
                                   .has_expires = true,
                                   .minimum_shelf_life_days = 2,
                                   .has_minimum_shelf_life_days = true });
    ASSERT_SAID(bench, receive_lot(bench, "L1", 4, today + 20), "");
    ASSERT_SAID(bench, receive_lot(bench, "L2", 3, today + 90), "");
    bench->now = (today + 5) * DAY_MS - 1;
    ASSERT_SAID(bench, lots_due, "");
    bench->now = (today + 5) * DAY_MS;
    ASSERT_SAID(bench, lots_due, "expiring@WH-1 open 7/7 <=14 14d +4");
    ASSERT_SAID(bench, lots_due, "");
    ASSERT_SAID(
        bench,
        levels(bench, (struct alert_levels){ .expiring_days = 3, .has_expiring_days = true }),
        "expiring@WH-1 closed 7/7 <=14 14d +4");
    bench->now = (today + 16) * DAY_MS;
    ASSERT_SAID(bench, lots_due, "expiring@WH-1 open 7/7 <=3 3d +4");
    bench->now = (today + 19) * DAY_MS; /* it goes to quality control */
    ASSERT_SAID(bench, lots_due, "expiring@WH-1 closed 3/3 <=3 3d +4");
    bench_check(bench);
}

/* Looked at within a day of the first stock, then each week, as long as time may change what there is to say. */
static void stock_is_looked_at_without_a_supplier(void **state)
{
    struct bench *bench = *state;
    const struct step due = { .timer = REORDER_TIMER, .subject = { .id = "A" } };

    bench_item(bench, "A", (struct item_body){ .name = "A" });
    bench_location(bench, "WH-1", 1, true);
    const struct decision *decision = bench_count(bench, "A", "WH-1", 3);
    assert_non_null(decision->timers);
    assert_string_equal(decision->timers->kind, REORDER_TIMER);
    assert_int_equal(decision->timers->due_at, bench->now + DAY_MS);
    assert_null(bench_count(bench, "A", "WH-1", 4)->timers); /* one is enough */
    bench->now += DAY_MS;
    decision = bench_run(bench, due);
    assert_int_equal(decision->timers->due_at, bench->now + 7 * DAY_MS);
    assert_null(bench_run(bench, due)->timers); /* of several one */
    bench->now += 60 * DAY_MS;
    ASSERT_SAID(bench, due, "slow@WH-1 open 4/4 +4");
}

/* What was stated last of low and out; never the same twice in a row. */
static void follow(const struct decision *decision, int64_t stated[2])
{
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        const struct inventory_alert_changed *fact = at->message;

        if (at->message_type == MESSAGE_INVENTORY_ALERT_CHANGED && fact->kind <= ALERT_KIND_OUT) {
            assert_int_not_equal(stated[fact->kind - 1], fact->state);
            stated[fact->kind - 1] = (int64_t)fact->state;
            assert_true(fact->kind != ALERT_KIND_OUT || fact->state != ALERT_STATE_OPEN ||
                        fact->available == 0);
        }
    }
}

static struct step random_step(struct bench *bench, uint64_t *seed, int64_t order_no)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    int64_t roll = (int64_t)(*seed >> 33) % 10;

    if (roll < 5) {
        return bench_reserve(bench, order_no, "A:3");
    }
    if (roll < 8) {
        return bench_release(bench, order_no - roll, CANCEL_REASON_SHOPPER_REQUEST);
    }
    return roll == 8 ? adjust(bench, "WH-1", 2) : watch_due();
}

/* Whatever happens, it is low or out, and nothing is said that was said before. */
static void what_is_said_changes(void **state)
{
    struct bench *bench = *state;
    uint64_t seed = 42;
    int64_t stated[2] = { ALERT_STATE_CLOSED, ALERT_STATE_CLOSED };

    stocked(bench, 20);
    for (int64_t step = 1; step < 3000; step++) {
        follow(bench_run(bench, random_step(bench, &seed, step)), stated);
        bench->now += 60000;
        follow(bench_run(bench, level_due()), stated);
        assert_true(stated[0] == ALERT_STATE_CLOSED || stated[1] == ALERT_STATE_CLOSED);
    }
    assert_true(row_of(bench, ALERT_KIND_OUT)->times > 3);
    assert_true(row_of(bench, ALERT_KIND_OUT)->times < 300);
    bench_check(bench);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_have_a_margin),
        cmocka_unit_test(cover_by_hand),
        ON_BENCH(each_crossing_is_said_once),
        ON_BENCH(what_flaps_is_said_once),
        ON_BENCH(pieces_that_come_are_told_at_once),
        ON_BENCH(a_new_place_is_not_out),
        ON_BENCH(somebody_knows_of_it),
        ON_BENCH(back_in_stock_ends_with_who_knows),
        ON_BENCH(the_reorder_point_is_a_line),
        ON_BENCH(too_much_goes_where_it_is_needed),
        ON_BENCH(what_nobody_wants_moves_slowly),
        ON_BENCH(what_expires_soon_is_told),
        ON_BENCH(stock_is_looked_at_without_a_supplier),
        ON_BENCH(what_is_said_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
