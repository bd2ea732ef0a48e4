/* inventory_buffer_test.c - what is kept back from a channel is promised to others alone, and levels say what each may sell.
 *
 * links: inventory
 */
#include "common/text.h"
#include "services/inventory/channel_level.h"
#include "services/inventory/level.h"
#include "services/inventory/sourcing_policy.h"
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const only_a[] = { "A" }, *const wh_1[] = { "WH-1" };
static const char *const germany[] = { "DE" };

#define PIECES(kept)                                                                               \
    {                                                                                              \
        .kind = SOURCING_RULE_KIND_BUFFER, .pieces = (kept), .has_pieces = true                    \
    }
#define PIECES_OF_A(kept)                                                                          \
    {                                                                                              \
        .kind = SOURCING_RULE_KIND_BUFFER, .pieces = (kept), .has_pieces = true, .skus = only_a,   \
        .skus_count = 1                                                                            \
    }
#define PERCENT(kept)                                                                              \
    {                                                                                              \
        .kind = SOURCING_RULE_KIND_BUFFER, .percent = (kept), .has_percent = true                  \
    }
#define AT_WH_1                                                                                    \
    {                                                                                              \
        .kind = SOURCING_RULE_KIND_ALLOWED, .locations = wh_1, .locations_count = 1                \
    }

static struct step order_of(struct bench *bench, int64_t order_no, const char *lines,
                            struct inventory_reserve terms)
{
    struct step step = bench_reserve(bench, order_no, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->backorder_allowed = message->has_backorder_allowed = terms.backorder_allowed;
    message->partial_allowed = message->has_partial_allowed = terms.partial_allowed;
    message->channel = terms.channel != NULL ? terms.channel : message->channel;
    step.message = message;
    return step;
}

static const char *reserve(struct bench *bench, int64_t order_no, const char *lines)
{
    return bench_facts(
        bench, bench_run(bench, order_of(bench, order_no, lines, (struct inventory_reserve){ 0 })));
}

static const struct stock_level *level_of(struct bench *bench, const char *sku)
{
    const struct decision *decision =
        bench_run(bench, (struct step){ .timer = LEVEL_TIMER, .subject = { .id = sku } });

    assert_int_equal(decision->emissions->message_type, MESSAGE_STOCK_LEVEL);
    return decision->emissions->message;
}

/* "web 4, x 9": what the level of an item says of channels. */
static const char *channels_of(struct bench *bench, const char *sku)
{
    const struct stock_level *level = level_of(bench, sku);
    const char *text = "";

    for (size_t i = 0; i < level->channels_count; i++) {
        text = text_format(bench->kept, "%s%s%s %lld", text, i == 0 ? "" : ", ",
                           level->channels[i].channel, (long long)level->channels[i].available);
    }
    return text;
}

static int set_up(void **state)
{
    struct bench *bench = NULL;

    bench_set_up(state);
    bench = *state;
    bench_stocked_item(bench, "A", 10);
    bench_stocked_item(bench, "B", 10);
    bench_location(bench, "WH-2", 5, true);
    bench_count(bench, "A", "WH-2", 4);
    return 0;
}

static const struct {
    const char *what;
    struct sourcing_rule rules[3];
    size_t rule_count;
    const char *lines, *said, *channels; /* of A, before anything was reserved */
} cases[] = {
    { "no rule", { { 0 } }, 0, "A:14", "reserved 1A:10@WH-1 1A:4@WH-2", "" },
    { "pieces", { PIECES(3) }, 1, "A:11", "reserved 1A:10@WH-1 1A:1@WH-2", "web 11" },
    { "one more", { PIECES(3) }, 1, "A:12", "short 1A:11<12", "web 11" },
    { "of this item", { PIECES_OF_A(5) }, 1, "A:10", "short 1A:9<10", "web 9" },
    { "of another", { PIECES_OF_A(5) }, 1, "B:10", "reserved 1B:10@WH-1", "web 9" },
    { "the first that names it",
      { PIECES_OF_A(0), PIECES(20) },
      2,
      "A:14 B:1",
      "short 2B:0<1",
      "web 14" },
    { "more than there is", { PIECES(20) }, 1, "A:1", "short 1A:0<1", "web 0" },
    { "percent, rounded up", { PERCENT(30) }, 1, "A:10", "short 1A:9<10", "web 9" },
    { "of what is allowed", { AT_WH_1, PERCENT(30) }, 2, "A:7", "reserved 1A:7@WH-1", "web 7" },
    { "allowed alone", { AT_WH_1 }, 1, "A:11", "short 1A:10<11", "web 10" },
};

static void keep_back(size_t i)
{
    void *state = NULL;

    set_up(&state);
    struct bench *bench = state;
    bench_sourcing(bench, "web", cases[i].rules, cases[i].rule_count);
    const char *channels = channels_of(bench, "A");
    const char *said = reserve(bench, 1, cases[i].lines);
    print_message("%s\n", cases[i].what);
    assert_string_equal(said, cases[i].said);
    assert_string_equal(channels, cases[i].channels);
    bench_check(bench);
    bench_tear_down(&state);
}

static void keeps_back(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < COUNT(cases); i++) {
        keep_back(i);
    }
}

/* Of what is there, promised or not: a second order gets no deeper than the first. */
static void a_share_stays_a_share(void **state)
{
    static const struct sourcing_rule half[] = { PERCENT(50) };
    struct bench *bench = *state;

    bench_sourcing(bench, "web", half, 1);
    assert_string_equal(reserve(bench, 1, "A:6"), "reserved 1A:6@WH-1");
    assert_string_equal(channels_of(bench, "A"), "web 1");
    assert_string_equal(reserve(bench, 2, "A:2"), "short 1A:1<2");
    assert_string_equal(reserve(bench, 3, "A:1"), "reserved 1A:1@WH-1");
    assert_string_equal(reserve(bench, 4, "A:1"), "short 1A:0<1");
    bench_check(bench);
}

/* Two of one batch see what the first took. */
static void a_batch_counts_as_it_goes(void **state)
{
    static const struct sourcing_rule rules[] = { PIECES(8) };
    struct bench *bench = *state;

    bench_sourcing(bench, "web", rules, 1);
    bench_batch(bench,
                (struct step[]){ bench_reserve(bench, 1, "A:5"), bench_reserve(bench, 2, "A:2") },
                2);
    assert_string_equal(bench_facts(bench, &bench->decisions[0]), "reserved 1A:5@WH-1");
    assert_string_equal(bench_facts(bench, &bench->decisions[1]), "short 1A:1<2");
}

/* Its own rules, else those for all, of which levels speak, too. */
static void each_channel_has_its_own(void **state)
{
    static const struct sourcing_rule few[] = { PIECES(4) }, many[] = { PIECES(10) };
    static const struct sourcing_rule cheapest[] = { { .kind = SOURCING_RULE_KIND_CHEAPEST } };
    static const struct sourcing_rule german[] = { { .kind = SOURCING_RULE_KIND_ALLOWED,
                                                     .locations = wh_1,
                                                     .locations_count = 1,
                                                     .countries = germany,
                                                     .countries_count = 1 } };
    struct bench *bench = *state;

    bench_sourcing(bench, "mobile", cheapest, 1);
    bench_sourcing(bench, "phone", german, 1);
    assert_string_equal(channels_of(bench, "A"), "");
    bench_sourcing(bench, "slow", many, 1);
    assert_string_equal(channels_of(bench, "A"), "slow 4");
    bench_sourcing(bench, "*", few, 1);
    assert_string_equal(channels_of(bench, "A"), "* 10, mobile 14, phone 14, slow 4");
    assert_string_equal(reserve(bench, 1, "A:11"), "short 1A:10<11");
    const struct inventory_reserve slow = { .channel = "slow" };
    assert_string_equal(bench_facts(bench, bench_run(bench, order_of(bench, 2, "A:4", slow))),
                        "reserved 1A:4@WH-1");
    bench_location(bench, "WH-1", 1, false);
    assert_string_equal(channels_of(bench, "A"), "* 0, mobile 4, phone 4, slow 0");
}

/* Who waits is given whatever is free, so nobody waits for what is kept back from the channel. */
static void nobody_waits_for_what_is_kept_back(void **state)
{
    static const struct sourcing_rule rules[] = { PIECES(4) };
    const struct inventory_reserve waits = { .backorder_allowed = true };
    const struct inventory_reserve either = { .backorder_allowed = true, .partial_allowed = true };
    struct bench *bench = *state;

    bench_item(bench, "A",
               (struct item_body){
                   .name = "A", .backorder_allowed = true, .has_backorder_allowed = true });
    bench_sourcing(bench, "web", rules, 1);
    const struct decision *decision = bench_run(bench, order_of(bench, 1, "A:12", waits));
    const struct inventory_short *fact = decision->emissions->message;
    assert_string_equal(bench_facts(bench, decision), "short 1A:10<12");
    assert_false(fact->backorder_allowed);
    decision = bench_run(bench, order_of(bench, 1, "A:12", waits)); /* told again */
    fact = decision->emissions->message;
    assert_false(fact->backorder_allowed);
    assert_string_equal(bench_facts(bench, bench_run(bench, order_of(bench, 2, "A:12", either))),
                        "reserved 1A:10@WH-1 -1A:2");
    bench_count(bench, "A", "WH-1", 10);
    bench_count(bench, "A", "WH-2", 0);
    assert_string_equal(bench_facts(bench, bench_run(bench, order_of(bench, 3, "A:2", waits))),
                        "backordered 1A:2...");
    bench_check(bench);
}

/* What was promised is found elsewhere, kept back or not. */
static void what_was_promised_is_served(void **state)
{
    static const struct sourcing_rule rules[] = { PIECES(4) };
    struct bench *bench = *state;

    bench_sourcing(bench, "web", rules, 1);
    assert_string_equal(reserve(bench, 1, "A:10"), "reserved 1A:10@WH-1");
    bench_count(bench, "A", "WH-1", 7);
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:3@WH-1 > 1A:3@WH-2");
    bench_check(bench);
}

static void refuses_buffers_that_say_nothing(void **state)
{
    static const struct sourcing_rule wrong[] = {
        { .kind = SOURCING_RULE_KIND_BUFFER },
        { .kind = SOURCING_RULE_KIND_BUFFER,
          .pieces = 1,
          .has_pieces = true,
          .percent = 1,
          .has_percent = true },
        { .kind = SOURCING_RULE_KIND_CHEAPEST, .pieces = 1, .has_pieces = true },
        { .kind = SOURCING_RULE_KIND_CHEAPEST, .skus = only_a, .skus_count = 1 },
        { .kind = SOURCING_RULE_KIND_BUFFER,
          .pieces = 1,
          .has_pieces = true,
          .locations = wh_1,
          .locations_count = 1 },
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        const struct decision *decision = bench_sourcing(bench, "web", &wrong[i], 1);
        const struct gateway_reply *reply = decision->replies->message;

        assert_int_equal(reply->status, 422);
        assert_string_equal(reply->problem->errors[0].pointer, "/rules/0");
    }
}

enum { ROUNDS = 400, PIECES_MAX = 12, PERCENT_MAX = 100 };

static struct sourcing_rule random_buffer(unsigned *seed)
{
    struct sourcing_rule rule = { .kind = SOURCING_RULE_KIND_BUFFER };

    rule.has_percent = rand_r(seed) % 2 == 0;
    rule.has_pieces = !rule.has_percent;
    rule.percent = rule.has_percent ? 1 + rand_r(seed) % PERCENT_MAX : 0;
    rule.pieces = rule.has_pieces ? rand_r(seed) % PIECES_MAX : 0;
    return rule;
}

/* What a level says that a channel may sell it may, in one order or in several, and not a piece more; others have all the rest. */
static void levels_say_what_is_sold(void **unused)
{
    unsigned seed = 20261124;

    (void)unused;
    for (int64_t round = 0; round < ROUNDS; round++) {
        struct sourcing_rule rules[2] = { random_buffer(&seed), AT_WH_1 };
        void *state = NULL;

        set_up(&state);
        struct bench *bench = state;
        bench_count(bench, "A", "WH-1", rand_r(&seed) % PIECES_MAX);
        bench_count(bench, "A", "WH-2", rand_r(&seed) % PIECES_MAX);
        bench_sourcing(bench, "web", rules, 1 + (size_t)(rand_r(&seed) % 2));
        const struct stock_level *level = level_of(bench, "A");
        assert_int_equal(level->channels_count, 1);
        long long said = level->channels[0].available;
        for (int64_t order_no = 1; said > 0; order_no++) {
            long long part = 1 + rand_r(&seed) % said;
            const char *lines = text_format(bench->kept, "A:%lld", part);

            assert_memory_equal(reserve(bench, order_no, lines), "reserved", strlen("reserved"));
            said -= part;
        }
        assert_string_equal(channels_of(bench, "A"), "web 0");
        assert_string_equal(reserve(bench, 1000, "A:1"), "short 1A:0<1");
        bench_check(bench);
        bench_tear_down(&state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_back),
        cmocka_unit_test_setup_teardown(a_share_stays_a_share, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(a_batch_counts_as_it_goes, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(each_channel_has_its_own, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_for_what_is_kept_back, set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(what_was_promised_is_served, set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(refuses_buffers_that_say_nothing, set_up, bench_tear_down),
        cmocka_unit_test(levels_say_what_is_sold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
