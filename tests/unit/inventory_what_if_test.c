/* inventory_what_if_test.c - what other rules would have done is what they do.
 *
 * links: inventory
 */
#include "services/inventory/what_if.h"

#include "common/text.h"
#include "services/inventory/replay.h"
#include "services/inventory/sourcing_policy.h"
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ORDERS = 250, PLACES = 6, ITEMS = 5, PLENTY = 1000000 };

static const struct sourcing_rule nearest[] = { { .kind = SOURCING_RULE_KIND_NEAREST } };
static const struct sourcing_rule cheapest[] = { { .kind = SOURCING_RULE_KIND_FEWEST_PARCELS },
                                                 { .kind = SOURCING_RULE_KIND_CHEAPEST } };

static const struct sourcing_rule first_out[] = { { .kind = SOURCING_RULE_KIND_EXPIRY_FIRST },
                                                  { .kind = SOURCING_RULE_KIND_NEAREST } };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int64_t below(uint64_t *seed, int64_t limit)
{
    return (int64_t)(next_random(seed) % (uint64_t)limit);
}

static void put_place(struct bench *bench, int64_t number)
{
    const struct position position = { 50000000 + 400000 * number, 9000000 + 100000 * number };
    const char *code = text_format(bench->kept, "P-%lld", (long long)number);
    const struct location_put request = {
        .code = code,
        .body = { .name = code,
                  .kind = LOCATION_KIND_WAREHOUSE,
                  .address = { .name = "Kervan",
                               .line1 = "Street 1",
                               .city = "City",
                               .country = "DE" },
                  .priority = number * 5 % 3,
                  .has_priority = true,
                  .position = arena_copy(bench->kept, &position, sizeof position),
                  .parcel_cost_minor = 100 * (number * 5 % PLACES),
                  .has_parcel_cost_minor = true },
    };

    bench_run(bench, (struct step){ .message_type = MESSAGE_LOCATION_PUT,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = code } });
}

/* Of this item each place has a lot, and none of them expire on one day. */
static void put_lots(struct bench *bench, const char *sku)
{
    bench_item(bench, sku,
               (struct item_body){ .name = sku,
                                   .lot_tracked = true,
                                   .has_lot_tracked = true,
                                   .expires = true,
                                   .has_expires = true });
    for (int64_t place = 1; place < PLACES; place++) {
        const struct lot_pieces lot = {
            .lot = "L1",
            .quantity = PLENTY,
            .expires_on = text_format(bench->kept, "2030-01-%lld", (long long)(10 + place * 5 % 7)),
        };
        const struct stock_adjust request = {
            .sku = sku,
            .location = text_format(bench->kept, "P-%lld", (long long)place),
            .quantity_change = PLENTY,
            .has_quantity_change = true,
            .reason = ADJUSTMENT_REASON_RECEIVED,
            .lots = arena_copy(bench->kept, &lot, sizeof lot),
            .lots_count = 1,
        };

        bench_run(bench,
                  (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                                 .message = arena_copy(bench->kept, &request, sizeof request),
                                 .subject = { .id = sku } });
    }
}

/* So much of everything that what was sold does not matter; each place lacks something. */
static void open_shop(struct bench *bench)
{
    static const struct postal_area area = { "", { 51000000, 9500000 } };
    static const struct postal_areas_put areas = { "DE", { &area, 1 } };

    bench_run(bench, (struct step){ .message_type = MESSAGE_POSTAL_AREAS_PUT,
                                    .message = &areas,
                                    .subject = { .id = "DE" } });
    for (int64_t place = 0; place < PLACES; place++) {
        put_place(bench, place);
    }
    put_lots(bench, "I0");
    for (int64_t item = 1; item < ITEMS; item++) {
        const char *sku = text_format(bench->kept, "I%lld", (long long)item);

        bench_item(bench, sku, (struct item_body){ .name = sku });
        for (int64_t place = 0; place < PLACES; place++) {
            bench_count(bench, sku, text_format(bench->kept, "P-%lld", (long long)place),
                        place % ITEMS == item ? 0 : PLENTY);
        }
    }
}

static void order_much(struct bench *bench)
{
    uint64_t seed = 0x9e3779b97f4a7c15;

    for (int64_t order = 1; order <= ORDERS; order++) {
        const char *lines = "";

        for (int64_t line = 1 + below(&seed, 3); line > 0; line--) {
            lines = text_format(bench->kept, "%sI%lld:%lld ", lines, (long long)below(&seed, ITEMS),
                                (long long)below(&seed, 3) + 1);
        }
        bench_run(bench, bench_reserve(bench, order, lines));
        bench->now += 1000;
    }
}

static const struct what_if_row *report_of(struct bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &what_if_table, &count);

    assert_int_equal(count, 1);
    return rows[0];
}

static const struct what_if_row *ask(struct bench *bench, const char *id,
                                     struct sourcing_what_if request)
{
    request.name = "test";
    bench_run(bench, (struct step){ .message_type = MESSAGE_SOURCING_WHAT_IF,
                                    .id = id,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = "test" } });
    (void)bench_settle(bench);
    assert_int_equal(report_of(bench)->state, WHAT_IF_DONE);
    return report_of(bench);
}

/* Decisions, and what was taken from each place by them. */
static void check_like(const struct what_if_row *there, const struct what_if_row *back)
{
    assert_int_equal(there->orders, back->orders);
    assert_int_equal(there->parcels_after, back->parcels_before);
    assert_int_equal(there->distance_after_km, back->distance_before_km);
    assert_int_equal(there->parcels_before, back->parcels_after);
    assert_int_equal(there->distance_before_km, back->distance_after_km);
    assert_int_equal(there->changed, back->changed);
}

static const struct what_if_row *source_and_ask(struct bench *bench, struct sourcing_policy by,
                                                struct sourcing_policy about)
{
    open_shop(bench);
    bench_sourcing(bench, "web", by.rules, by.rules_count);
    order_much(bench);
    return ask(bench, "a",
               (struct sourcing_what_if){ .rules = about.rules, .rules_count = about.rules_count });
}

/* Orders sourced by one list and asked about by the other look like those sourced by the other and asked about by the one. */
static void tells_what_the_rules_do(void **state)
{
    static const struct sourcing_policy policies[] = { { nearest, COUNT(nearest) },
                                                       { cheapest, COUNT(cheapest) },
                                                       { first_out, COUNT(first_out) },
                                                       { NULL, 0 } };

    (void)state;
    for (size_t i = 0; i < COUNT(policies); i++) {
        struct sourcing_policy one = policies[i], other = policies[(i + 1) % COUNT(policies)];
        struct bench *benches[2] = { NULL };

        bench_set_up((void **)&benches[0]);
        bench_set_up((void **)&benches[1]);
        const struct what_if_row *there = source_and_ask(benches[0], one, other);
        const struct what_if_row *back = source_and_ask(benches[1], other, one);

        print_message("[          ] %lld of %lld changed, %lld km then, %lld by the other rules\n",
                      (long long)there->changed, (long long)there->orders,
                      (long long)there->distance_before_km, (long long)there->distance_after_km);
        assert_int_equal(there->orders, ORDERS);
        assert_true(there->changed > ORDERS / 5 && there->examples_count == WHAT_IF_EXAMPLES);
        assert_int_equal(there->unserved, 0);
        check_like(there, back);
        bench_tear_down((void **)&benches[0]);
        bench_tear_down((void **)&benches[1]);
    }
}

static void the_same_rules_change_nothing(void **state)
{
    struct bench *bench = *state;

    open_shop(bench);
    bench_sourcing(bench, "web", first_out, COUNT(first_out));
    order_much(bench);
    const struct what_if_row *report =
        ask(bench, "a",
            (struct sourcing_what_if){ .rules = first_out, .rules_count = COUNT(first_out) });

    assert_int_equal(report->orders, ORDERS);
    assert_int_equal(report->changed, 0);
    assert_int_equal(report->parcels_before, report->parcels_after);
    assert_string_equal(report->examples, "");
}

/* Only a channel, only a time; another question under the name replaces the report, and the same request does not. */
static void looks_at_what_is_meant(void **state)
{
    struct bench *bench = *state;
    int64_t began = bench->now;

    open_shop(bench);
    order_much(bench);
    struct sourcing_what_if request = {
        .from = began + 10000, .has_from = true, .until = began + 30000, .has_until = true
    };
    assert_int_equal(ask(bench, "a", request)->orders, 20);
    assert_int_equal(ask(bench, "a", request)->run, 1);
    request.channel = "phone";
    assert_int_equal(ask(bench, "b", request)->orders, 0);
    assert_int_equal(report_of(bench)->run, 2);
}

/* What the places allowed cannot serve is counted, and takes no parcel. */
static void counts_what_could_not_be_served(void **state)
{
    static const char *const first[] = { "P-0" };
    static const struct sourcing_rule only[] = {
        { .kind = SOURCING_RULE_KIND_ALLOWED, .locations = first, .locations_count = 1 }
    };
    struct bench *bench = *state;

    open_shop(bench);
    order_much(bench);
    const struct what_if_row *report =
        ask(bench, "a", (struct sourcing_what_if){ .rules = only, .rules_count = 1 });

    assert_true(report->unserved > 0 && report->unserved < report->orders);
    assert_int_equal(report->parcels_after, report->orders - report->unserved);
}

/* Whatever is cut out of a row is not read as something else. */
static void refuses_broken_rows(void **state)
{
    static const char whole[] = "EAST 1 3 2 900 0 0 50,0 - l\nWEST 2 2 477 300 0 0 6,5 2,3";
    struct arena *arena = arena_new(1 << 22);
    static const struct sourcing_rule_row *const none[] = { NULL };
    struct replay again;
    struct replayed_choice_row row = { .country = "DE", .items = "A:2 B:3", .places = whole };

    (void)state;
    assert_true(replay(arena, &row, none, &again));
    assert_int_equal(again.parcels_before, 1);
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        bool one_place =
            length >= strlen("EAST 1 3 2 900 0 0 50,0 -") && length <= strcspn(whole, "\n");

        row.places = arena_copy_text(arena, whole, length);
        assert_int_equal(replay(arena, &row, none, &again), one_place);
    }
    row = (struct replayed_choice_row){ .country = "DE", .items = "A:2 B", .places = whole };
    assert_false(replay(arena, &row, none, &again));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_the_rules_do),
        cmocka_unit_test_setup_teardown(the_same_rules_change_nothing, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(looks_at_what_is_meant, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(counts_what_could_not_be_served, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test(refuses_broken_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
