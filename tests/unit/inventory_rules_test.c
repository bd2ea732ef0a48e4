/* inventory_rules_test.c - a shop's rules of sourcing from the request to the places, and what is written down about it.
 *
 * links: inventory
 */
#include "common/text.h"
#include "services/inventory/postal.h"
#include "services/inventory/replay.h"
#include "services/inventory/sourcing_rule.h"
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Berlin, Cologne and Munich.  The farthest comes first by priority, and is closed at weekends. */
static const struct {
    const char *code;
    enum location_kind kind;
    int64_t priority, parcel_cost_minor;
    struct position position;
    bool limited, has_hours;
    int64_t stock_a, stock_b;
} places[] = {
    { "EAST", LOCATION_KIND_WAREHOUSE, 3, 900, { 52531000, 13385000 }, false, false, 50, 0 },
    { "SOUTH", LOCATION_KIND_THIRD_PARTY, 1, 500, { 48137000, 11575000 }, true, true, 5, 5 },
    { "WEST", LOCATION_KIND_STORE, 2, 300, { 50938000, 6957000 }, false, false, 6, 5 },
};

static void put_place(struct bench *bench, size_t i)
{
    static const enum location_opening_weekday weekdays[] = { LOCATION_OPENING_WEEKDAY_MONDAY };
    static const struct location_opening hours = { .weekdays = weekdays, .weekdays_count = 1 };
    static const struct location_capacity capacity = { .orders_a_day = 1,
                                                       .has_orders_a_day = true };
    const struct location_put request = {
        .code = places[i].code,
        .body = { .name = places[i].code,
                  .kind = places[i].kind,
                  .address = { .name = "Kervan",
                               .line1 = "Street 1",
                               .city = "City",
                               .country = "DE" },
                  .priority = places[i].priority,
                  .has_priority = true,
                  .position = &places[i].position,
                  .parcel_cost_minor = places[i].parcel_cost_minor,
                  .has_parcel_cost_minor = true,
                  .capacity = places[i].limited ? &capacity : NULL,
                  .opening = places[i].has_hours ? &hours : NULL },
    };

    bench_run(bench, (struct step){ .message_type = MESSAGE_LOCATION_PUT,
                                    .message = arena_copy(bench->kept, &request, sizeof request),
                                    .subject = { .id = request.code } });
    bench_count(bench, "A", places[i].code, places[i].stock_a);
    bench_count(bench, "B", places[i].code, places[i].stock_b);
}

static void put_areas(struct bench *bench)
{
    static const struct postal_area areas[] = { { "10", { 52520000, 13405000 } },
                                                { "1", { 53000000, 12000000 } },
                                                { "", { 51000000, 10000000 } } };
    static const struct postal_areas_put request = { "DE", { areas, COUNT(areas) } };

    bench_run(bench, (struct step){ .message_type = MESSAGE_POSTAL_AREAS_PUT,
                                    .message = &request,
                                    .subject = { .id = "DE" } });
}

static int set_up(void **state)
{
    struct bench *bench = NULL;

    bench_set_up(state);
    bench = *state;
    bench->now = 1795478400000; /* 2026-11-24, a Tuesday */
    memory_database_set_time(bench->database, bench->now);
    put_areas(bench);
    bench_item(bench, "A", (struct item_body){ .name = "A" });
    bench_item(bench, "B", (struct item_body){ .name = "B" });
    for (size_t i = 0; i < COUNT(places); i++) {
        put_place(bench, i);
    }
    return 0;
}

static const char *reserve(struct bench *bench, int64_t order_no, const char *lines)
{
    struct step step = bench_reserve(bench, order_no, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->ship_postal_code = "10115";
    step.message = message;
    return bench_facts(bench, bench_run(bench, step));
}

static const char *const west_only[] = { "WEST" }, *const east_only[] = { "EAST" };
static const char *const longer_codes[] = { "EAST-2", "MIDWEST" };
static const char *const france[] = { "FR" }, *const germany[] = { "FR", "DE" };
static const enum location_kind stores[] = { LOCATION_KIND_SUPPLIER, LOCATION_KIND_STORE };

#define RULE(rule_kind)                                                                            \
    {                                                                                              \
        .kind = SOURCING_RULE_KIND_##rule_kind                                                     \
    }
#define NEAREST(band)                                                                              \
    {                                                                                              \
        .kind = SOURCING_RULE_KIND_NEAREST, .band_km = (band), .has_band_km = true                 \
    }

static const struct {
    const char *what;
    struct sourcing_rule rules[3];
    size_t count;
    const char *lines, *said;
} cases[] = {
    { "no rules: priority", { { 0 } }, 0, "A:2", "reserved 1A:2@SOUTH" },
    { "nearest", { RULE(NEAREST) }, 1, "A:2", "reserved 1A:2@EAST" },
    { "nearest of those that have it", { RULE(NEAREST) }, 1, "B:2", "reserved 1B:2@WEST" },
    { "within a band the next rule counts",
      { NEAREST(300), RULE(CHEAPEST) },
      2,
      "B:2",
      "reserved 1B:2@WEST" },
    { "beyond a band it does not",
      { NEAREST(300), RULE(CHEAPEST) },
      2,
      "A:2",
      "reserved 1A:2@EAST" },
    { "a band as wide as the country", { NEAREST(1000) }, 1, "A:2", "reserved 1A:2@SOUTH" },
    { "cheapest", { RULE(CHEAPEST) }, 1, "A:2", "reserved 1A:2@WEST" },
    { "cheapest of two parcels", { RULE(CHEAPEST) }, 1, "A:11", "reserved 1A:5@SOUTH 1A:6@WEST" },
    { "fewest parcels come first",
      { RULE(FEWEST_PARCELS), RULE(CHEAPEST) },
      2,
      "A:11",
      "reserved 1A:11@EAST" },
    { "all in one place first",
      { RULE(SINGLE_PLACE), RULE(CHEAPEST) },
      2,
      "A:7",
      "reserved 1A:7@EAST" },
    { "the nearest is emptied first",
      { RULE(NEAREST) },
      1,
      "A:52",
      "reserved 1A:50@EAST 1A:2@WEST" },
    { "only these places",
      { { .kind = SOURCING_RULE_KIND_ALLOWED, .locations = west_only, .locations_count = 1 } },
      1,
      "A:2",
      "reserved 1A:2@WEST" },
    { "only these kinds",
      { { .kind = SOURCING_RULE_KIND_ALLOWED, .kinds = stores, .kinds_count = 2 } },
      1,
      "A:2",
      "reserved 1A:2@WEST" },
    { "places or kinds",
      { { .kind = SOURCING_RULE_KIND_ALLOWED,
          .locations = east_only,
          .locations_count = 1,
          .kinds = stores,
          .kinds_count = 2 } },
      1,
      "A:2",
      "reserved 1A:2@WEST" },
    { "for another country",
      { { .kind = SOURCING_RULE_KIND_ALLOWED,
          .locations = east_only,
          .locations_count = 1,
          .countries = france,
          .countries_count = 1 } },
      1,
      "A:2",
      "reserved 1A:2@SOUTH" },
    { "for this country",
      { { .kind = SOURCING_RULE_KIND_ALLOWED,
          .locations = east_only,
          .locations_count = 1,
          .countries = germany,
          .countries_count = 2 } },
      1,
      "A:2",
      "reserved 1A:2@EAST" },
    { "what is not allowed is not there",
      { { .kind = SOURCING_RULE_KIND_ALLOWED, .locations = west_only, .locations_count = 1 } },
      1,
      "A:7",
      "short 1A:6<7" },
    { "no place fits two",
      { { .kind = SOURCING_RULE_KIND_ALLOWED, .locations = west_only, .locations_count = 1 },
        { .kind = SOURCING_RULE_KIND_ALLOWED, .locations = east_only, .locations_count = 1 } },
      2,
      "A:1",
      "short 1A:0<1" },
    { "a code that only begins so",
      { { .kind = SOURCING_RULE_KIND_ALLOWED, .locations = longer_codes, .locations_count = 2 } },
      1,
      "A:1",
      "short 1A:0<1" },
    { "who is open", { RULE(SOONEST) }, 1, "A:2", "reserved 1A:2@WEST" },
    { "who has most left", { RULE(BALANCE) }, 1, "A:2", "reserved 1A:2@EAST" },
    { "who has most left of what is ordered", { RULE(BALANCE) }, 1, "B:1", "reserved 1B:1@SOUTH" },
    { "the first rule decides", { RULE(NEAREST), RULE(CHEAPEST) }, 2, "A:2", "reserved 1A:2@EAST" },
    { "in their order", { RULE(CHEAPEST), RULE(NEAREST) }, 2, "A:2", "reserved 1A:2@WEST" },
};

static void check_case(size_t i)
{
    struct bench *bench = NULL;
    const char *said = NULL;

    set_up((void **)&bench);
    bench_sourcing(bench, "web", cases[i].rules, cases[i].count);
    said = reserve(bench, 1, cases[i].lines);
    if (strcmp(said, cases[i].said) != 0) {
        fail_msg("%s: %s", cases[i].what, said);
    }
    bench_check(bench);
    bench_tear_down((void **)&bench);
}

static void goes_by_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_case(i);
    }
}

static void a_channel_has_its_own_rules_or_those_for_all(void **state)
{
    static const struct sourcing_rule nearest = RULE(NEAREST), cheapest = RULE(CHEAPEST);
    struct bench *bench = *state;

    bench_sourcing(bench, "*", &nearest, 1);
    bench_sourcing(bench, "mobile", &cheapest, 1);
    assert_string_equal(reserve(bench, 1, "A:1"), "reserved 1A:1@EAST");
    bench_sourcing(bench, "web", &cheapest, 1);
    assert_string_equal(reserve(bench, 2, "A:1"), "reserved 1A:1@WEST");
    bench_sourcing(bench, "web", NULL, 0);
    assert_string_equal(reserve(bench, 3, "A:1"), "reserved 1A:1@EAST");
}

/* SOUTH may be given one order a day, and begins on Monday what it is given before. */
static void a_full_place_comes_last(void **state)
{
    static const struct sourcing_rule capacity = RULE(CAPACITY);
    struct bench *bench = *state;

    bench_sourcing(bench, "web", &capacity, 1);
    assert_string_equal(reserve(bench, 1, "A:1"), "reserved 1A:1@SOUTH");
    assert_string_equal(reserve(bench, 2, "A:1"), "reserved 1A:1@WEST");
    bench->now += INT64_C(5) * 86400000;
    assert_string_equal(reserve(bench, 3, "A:1"), "reserved 1A:1@WEST");
    bench->now += INT64_C(2) * 86400000; /* the Tuesday after: that Monday is over */
    assert_string_equal(reserve(bench, 4, "A:1"), "reserved 1A:1@SOUTH");
    bench_sourcing(bench, "web", NULL, 0);
    assert_string_equal(reserve(bench, 5, "A:1"), "reserved 1A:1@SOUTH");
}

static const char *begins_on(struct bench *bench, int64_t order_no)
{
    const struct decision *decision = bench_run(bench, bench_reserve(bench, order_no, "A:1"));
    const struct inventory_reserved *fact = decision->emissions->message;

    assert_string_equal(fact->allocations[0].location, "SOUTH");
    return fact->allocations[0].begins_on;
}

/* SOUTH is open on Mondays, and does one order a day: who is told how full it is can say when it comes. */
static void a_full_place_begins_later(void **state)
{
    struct bench *bench = *state;

    assert_null(begins_on(bench, 1)); /* 2026-11-30, as it is open next */
    assert_string_equal(begins_on(bench, 2), "2026-12-07");
    assert_string_equal(begins_on(bench, 3), "2026-12-14");
}

/* Two orders of one batch see each other's work. */
static void a_batch_counts_as_it_goes(void **state)
{
    static const struct sourcing_rule capacity = RULE(CAPACITY);
    struct bench *bench = *state;

    bench_sourcing(bench, "web", &capacity, 1);
    bench_batch(bench,
                (struct step[]){ bench_reserve(bench, 1, "A:1"), bench_reserve(bench, 2, "A:1") },
                2);
    assert_string_equal(bench_facts(bench, &bench->decisions[0]), "reserved 1A:1@SOUTH");
    assert_string_equal(bench_facts(bench, &bench->decisions[1]), "reserved 1A:1@WEST");
}

static const struct sourcing_choice_row *choice(struct bench *bench, size_t expected)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &sourcing_choice_table, &count);

    assert_int_equal(count, expected);
    return count == 0 ? NULL : rows[count - 1];
}

static void writes_down_why(void **state)
{
    static const struct sourcing_rule rules[] = { { .kind = SOURCING_RULE_KIND_ALLOWED,
                                                    .kinds = stores,
                                                    .kinds_count = 2,
                                                    .countries = france,
                                                    .countries_count = 1 },
                                                  RULE(SINGLE_PLACE),
                                                  RULE(NEAREST) };
    struct bench *bench = *state;

    bench_sourcing(bench, "web", rules, COUNT(rules));
    assert_string_equal(reserve(bench, 1, "A:2 B:3"), "reserved 1A:2@WEST 2B:3@WEST");
    const struct sourcing_choice_row *row = choice(bench, 1);

    assert_int_equal(row->order_no, 1);
    assert_int_equal(row->hold_no, 1);
    assert_int_equal(row->at, bench->now);
    assert_true(row->proven);
    assert_string_equal(row->rules, "single_place nearest count priority code");
    assert_string_equal(row->items, "A:2 B:3");
    assert_string_equal(row->places, "EAST 1 3 2 900 0 0 50,0 - l\n"
                                     "SOUTH 6 1 504 500 6 0 5,5 - r1 504 477 WEST\n"
                                     "WEST 2 2 477 300 0 0 6,5 2,3");
}

/* So much of A is needed a day, as a review would have found it. */
static void needs(struct bench *bench, const char *location, int64_t demand_milli)
{
    size_t count = 0, i = 0;
    void **watches = memory_database_rows(bench->database, &stock_watch_table, &count);
    struct stock_watch_row *watch = watches[0];

    for (i = 0; strcmp(watch->sku, "A") != 0 || strcmp(watch->location, location) != 0;) {
        assert_true(++i < count);
        watch = watches[i];
    }
    watch->demand_milli = demand_milli;
}

/* EAST has most, and SOUTH comes first, but at WEST it lasts longest; a what-if finds the same. */
static void balances_days_of_cover(void **state)
{
    static const struct sourcing_rule balance = RULE(BALANCE);
    const struct sourcing_rule_row rule = { .kind = SOURCING_RULE_KIND_BALANCE };
    struct bench *bench = *state;
    struct replay again;

    bench_sourcing(bench, "web", &balance, 1);
    needs(bench, "EAST", 20000);
    needs(bench, "SOUTH", 3000);
    needs(bench, "WEST", 1000);
    assert_string_equal(reserve(bench, 1, "A:2"), "reserved 1A:2@WEST");
    const struct sourcing_choice_row *row = choice(bench, 1);
    const struct replayed_choice_row past = { .country = "DE",
                                              .items = row->items,
                                              .places = row->places };

    assert_non_null(strstr(row->places, " 50/20000 - r0 999998 999996 WEST\n"));
    assert_non_null(strstr(row->places, " 5/3000 - r0 999999 999996 WEST\n"));
    assert_non_null(strstr(row->places, " 6/1000 2"));
    assert_true(replay(bench->kept, &past, (const struct sourcing_rule_row *const[]){ &rule, NULL },
                       &again));
    assert_true(again.same && again.served);
    assert_string_equal(reserve(bench, 2, "B:1"), "reserved 1B:1@SOUTH"); /* nobody buys it */
}

/* Where one place has it all there is nothing to explain. */
static void writes_nothing_without_a_choice(void **state)
{
    struct bench *bench = *state;

    bench_item(bench, "C", (struct item_body){ .name = "C" });
    bench_count(bench, "C", "WEST", 5);
    assert_string_equal(reserve(bench, 1, "C:2"), "reserved 1C:2@WEST");
    (void)choice(bench, 0);
    assert_string_equal(reserve(bench, 2, "A:99"), "short 1A:61<99");
    (void)choice(bench, 0);
}

static void a_place_that_gave_up_is_named(void **state)
{
    struct bench *bench = *state;
    struct step step = bench_reserve(bench, 1, "B:1");
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    const char *const *gave_up = (const char *const[]){ "SOUTH", "NOWHERE" };
    message->avoid = gave_up;
    message->avoid_count = 2;
    step.message = message;
    assert_string_equal(bench_facts(bench, bench_run(bench, step)), "reserved 1B:1@WEST");
    assert_string_equal(choice(bench, 1)->places, "SOUTH 6 1 338 500 6 0 5 - x\n"
                                                  "WEST 2 2 213 300 0 0 5 1");
}

#define ALLOWED(codes)                                                                             \
    {                                                                                              \
        .kind = SOURCING_RULE_KIND_ALLOWED, .locations = (codes), .locations_count = 1             \
    }

/* Two pieces are held at EAST by the first rules, lost there, and looked for elsewhere by those that there are then. */
static const struct {
    const char *what;
    struct sourcing_rule rules[2];
    size_t count;
    const char *avoid, *lines, *said;
} losses[] = {
    { "no rules: priority", { { 0 } }, 0, NULL, "A:2", "A:2@EAST > 1A:2@SOUTH" },
    { "nearest", { RULE(NEAREST) }, 1, NULL, "A:2", "A:2@EAST > 1A:2@WEST" },
    { "the better is emptied first",
      { RULE(NEAREST) },
      1,
      NULL,
      "A:8",
      "A:8@EAST > 1A:2@SOUTH 1A:6@WEST" },
    { "fewer parcels",
      { RULE(FEWEST_PARCELS), RULE(NEAREST) },
      2,
      NULL,
      "A:6",
      "A:6@EAST > 1A:6@WEST" },
    { "cheapest", { RULE(CHEAPEST) }, 1, NULL, "A:2", "A:2@EAST > 1A:2@WEST" },
    { "where it lasts", { RULE(BALANCE) }, 1, NULL, "A:1", "A:1@EAST > 1A:1@WEST" },
    { "who is not full", { RULE(CAPACITY) }, 1, NULL, "A:1", "A:1@EAST > 1A:1@SOUTH" },
    { "only these places", { ALLOWED(west_only) }, 1, NULL, "A:8", "A:8@EAST > 1A:6@WEST" },
    { "none of those", { ALLOWED(east_only) }, 1, NULL, "A:2", "A:2@EAST" },
    { "not who gave up work of it", { RULE(NEAREST) }, 1, "WEST", "A:2", "A:2@EAST > 1A:2@SOUTH" },
    { "nobody is left", { { 0 } }, 0, "WEST SOUTH", "A:2", "A:2@EAST" },
};

/* An order from EAST, which those in `avoid` gave up before. */
static void hold_at_east(struct bench *bench, const char *lines, const char *avoid)
{
    static const struct sourcing_rule nearest = RULE(NEAREST);
    static const char *const both[] = { "WEST", "SOUTH" };
    struct step step = bench_reserve(bench, 1, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    bench_sourcing(bench, "web", &nearest, 1);
    message->ship_postal_code = "10115";
    message->not_at = avoid == NULL ? NULL : "WEST";
    message->avoid = both;
    message->avoid_count = avoid != NULL && strcmp(avoid, "WEST") != 0 ? 2 : 0;
    step.message = message;
    assert_non_null(strstr(bench_facts(bench, bench_run(bench, step)), "@EAST"));
}

static void check_loss(size_t i)
{
    struct bench *bench = NULL;

    set_up((void **)&bench);
    hold_at_east(bench, losses[i].lines, losses[i].avoid);
    bench_sourcing(bench, "web", losses[i].rules, losses[i].count);
    bench_count(bench, "A", "EAST", 0);
    const char *said = bench_settle(bench);
    const char *want = text_format(bench->kept, "1 taken_back 1%s", losses[i].said);
    if (strcmp(said, want) != 0) {
        fail_msg("%s: %s", losses[i].what, said);
    }
    bench_check(bench);
    bench_tear_down((void **)&bench);
}

static void what_is_lost_goes_by_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(losses); i++) {
        check_loss(i);
    }
}

/* Beside the first decision, with the clock of what was said of it; where it goes is known to about a kilometer. */
static void writes_down_why_it_was_moved(void **state)
{
    static const struct sourcing_rule nearest = RULE(NEAREST);
    struct bench *bench = *state;

    hold_at_east(bench, "A:2", NULL);
    assert_int_equal(choice(bench, 1)->clock, 0);
    bench_sourcing(bench, "web", &nearest, 1);
    bench_count(bench, "A", "EAST", 1);
    bench->now += 5000;
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:1@EAST > 1A:1@WEST");
    const struct sourcing_choice_row *row = choice(bench, 2);

    assert_int_equal(row->hold_no, 1);
    assert_true(row->clock > 1);
    assert_int_equal(row->at, bench->now);
    assert_string_equal(row->channel, "web");
    assert_string_equal(row->country, "DE");
    assert_string_equal(row->rules, "nearest count priority code");
    assert_string_equal(row->items, "A:1");
    assert_string_equal(row->places, "SOUTH 6 1 504 500 6 0 5 - r0 504 478 WEST\n"
                                     "WEST 2 2 478 300 0 0 6 1");
}

/* A place has so much to do of what is moved to it, too. */
static void what_is_moved_counts_as_work(void **state)
{
    static const struct sourcing_rule capacity = RULE(CAPACITY);
    struct bench *bench = *state;

    hold_at_east(bench, "A:2", NULL);
    bench_sourcing(bench, "web", &capacity, 1);
    bench_count(bench, "A", "EAST", 1);
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:1@EAST > 1A:1@SOUTH");
    bench_count(bench, "A", "EAST", 0);
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:1@EAST > 1A:1@WEST");
}

/* What was reserved by an older release says nothing of its order. */
static void what_is_not_known_asks_no_rule(void **state)
{
    static const struct sourcing_rule rules[] = { ALLOWED(east_only), RULE(NEAREST) };
    struct bench *bench = *state;
    size_t count = 0;

    hold_at_east(bench, "A:2", NULL);
    bench_sourcing(bench, "web", rules, COUNT(rules));
    struct reservation_row **rows = (struct reservation_row **)memory_database_rows(
        bench->database, &reservation_table, &count);
    assert_int_equal(count, 1);
    assert_string_equal(rows[0]->sourcing, "web DE 5252 1341");
    rows[0]->sourcing = NULL;
    bench_count(bench, "A", "EAST", 0);
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:2@EAST > 1A:2@SOUTH");
    (void)choice(bench, 1);
}

static void check_refused(struct bench *bench, const char *scope, struct sourcing_rule rule,
                          const char *pointer)
{
    const struct decision *decision = bench_sourcing(bench, scope, &rule, 1);
    const struct gateway_reply *reply = decision->replies->message;

    assert_int_equal(reply->status, 422);
    assert_string_equal(reply->problem->errors[0].pointer, pointer);
}

static void refuses_rules_that_say_nothing(void **state)
{
    struct bench *bench = *state;

    check_refused(bench, "web", (struct sourcing_rule)RULE(ALLOWED), "/rules/0");
    check_refused(bench, "web",
                  (struct sourcing_rule){ .kind = SOURCING_RULE_KIND_CHEAPEST,
                                          .countries = france,
                                          .countries_count = 1 },
                  "/rules/0");
    check_refused(bench, "web",
                  (struct sourcing_rule){
                      .kind = SOURCING_RULE_KIND_CHEAPEST, .band_km = 5, .has_band_km = true },
                  "/rules/0");
    check_refused(bench, "*web", (struct sourcing_rule)RULE(CHEAPEST), "");
}

static void measures_along_great_circles(void **state)
{
    static const struct spot berlin = { 52520000, 13405000 }, paris = { 48856600, 2352200 };
    static const struct spot sydney = { -33868800, 151209300 }, nowhere = { 0, 0 };

    (void)state;
    assert_in_range(spot_distance_km(berlin, paris), 876, 879);
    assert_in_range(spot_distance_km(paris, sydney), 16955, 16965);
    assert_int_equal(spot_distance_km(berlin, berlin), 0);
    assert_int_equal(spot_distance_km((struct spot){ 0, 1 }, (struct spot){ 0, 180000000 }), 20015);
    assert_int_equal(spot_distance_km(berlin, nowhere), DISTANCE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_by_the_rules),
        cmocka_unit_test_setup_teardown(balances_days_of_cover, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_channel_has_its_own_rules_or_those_for_all, set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_full_place_comes_last, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_full_place_begins_later, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_batch_counts_as_it_goes, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(writes_down_why, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(writes_nothing_without_a_choice, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_place_that_gave_up_is_named, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_lost_goes_by_the_rules, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(writes_down_why_it_was_moved, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_moved_counts_as_work, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_known_asks_no_rule, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(refuses_rules_that_say_nothing, set_up, bench_tear_down),
        cmocka_unit_test(measures_along_great_circles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
