/* fulfillment_work_test.c - every state and every input of a fulfillment; reports that do not add up; places without people.
 *
 * links: fulfillment
 */
#include "tests/unit/rules_bench.h"

#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "services/fulfillment/commands.h"
#include "services/fulfillment/fulfillment.h"
#include "services/fulfillment/packing.h"
#include "services/fulfillment/work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_SAID(bench, step, want)                                                             \
    assert_string_equal(rules_said(bench, rules_run(bench, step)), want)

static int set_up(void **state)
{
    *state = rules_bench_new(&fulfillment_service);
    return 0;
}

static int tear_down(void **state)
{
    rules_bench_free(*state);
    return 0;
}

/* --- What comes in -------------------------------------------------------------------------------- */

static struct rules_step place(struct rules_bench *bench, const char *code, bool automatic,
                               int64_t clock)
{
    const struct location_changed fact = {
        .code = code,
        .clock = clock,
        .location = { .name = code, .automatic = automatic, .has_automatic = true }
    };

    return (struct rules_step){ .message_type = MESSAGE_LOCATION_CHANGED,
                                .message = rules_keep(bench, &fact, sizeof fact),
                                .subject = { .id = code } };
}

static struct rules_step item(struct rules_bench *bench, const char *sku, int64_t weight_grams,
                              int64_t version)
{
    const struct item_state item_state = {
        .sku = sku,
        .version = version,
        .item = { .name = sku, .weight_grams = weight_grams, .has_weight_grams = weight_grams > 0 }
    };

    return (struct rules_step){ .message_type = MESSAGE_ITEM_STATE,
                                .message = rules_keep(bench, &item_state, sizeof item_state),
                                .subject = { .id = sku } };
}

/* Order 1, F1: two pieces of A and one of B at WH-1. */
static struct fulfillment_fulfill two_lines(struct rules_bench *bench)
{
    static const struct work_line lines[] = {
        { .line_no = 1, .sku = "A", .quantity = 2, .customization = "{\"engraving\":\"C\"}" },
        { .line_no = 2, .sku = "B", .quantity = 1 },
    };

    return (struct fulfillment_fulfill){
        .order_id = rules_order_id(bench, 1),
        .order_no = 1,
        .clock = 5,
        .valid_until = bench->now + 60000,
        .fulfillment_id = rules_child_id(bench, 1, "F1"),
        .location = "WH-1",
        .lines = lines,
        .lines_count = 2,
        .ship_to = { .name = "Ada \"A\" Lovelace",
                     .line1 = "Street 1",
                     .city = "Berlin",
                     .country = "DE" },
        .shipping_service = "standard",
    };
}

static struct rules_step fulfill_step(struct rules_bench *bench,
                                      const struct fulfillment_fulfill *command)
{
    return rules_message(bench, MESSAGE_FULFILLMENT_FULFILL, command, sizeof *command);
}

static struct rules_step fulfill(struct rules_bench *bench)
{
    const struct fulfillment_fulfill command = two_lines(bench);

    return fulfill_step(bench, &command);
}

static struct rules_step fulfill_later(struct rules_bench *bench)
{
    struct fulfillment_fulfill command = two_lines(bench);

    command.has_ship_not_before = true;
    command.ship_not_before = bench->now + 86400000;
    return fulfill_step(bench, &command);
}

static struct rules_step cancel(struct rules_bench *bench)
{
    const struct fulfillment_cancel command = { .order_id = rules_order_id(bench, 1),
                                                .order_no = 1,
                                                .clock = 9,
                                                .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                                .reason = CANCEL_REASON_SHOPPER_REQUEST };

    return rules_message(bench, MESSAGE_FULFILLMENT_CANCEL, &command, sizeof command);
}

static struct rules_step pick_of(struct rules_bench *bench, const struct parcel_line *lines,
                                 size_t count)
{
    const struct fulfillment_pick request = { .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                              .body = { lines, count } };

    return rules_message(bench, MESSAGE_FULFILLMENT_PICK, &request, sizeof request);
}

static struct rules_step pick(struct rules_bench *bench)
{
    return pick_of(bench, NULL, 0);
}

static struct rules_step pack_of(struct rules_bench *bench, const struct parcel *parcels,
                                 size_t count)
{
    const struct fulfillment_pack request = {
        .fulfillment_id = rules_child_id(bench, 1, "F1"),
        .body = { rules_keep(bench, parcels, count * sizeof *parcels), count }
    };

    return rules_message(bench, MESSAGE_FULFILLMENT_PACK, &request, sizeof request);
}

static const struct parcel_line all_pieces[] = { { 1, 2 }, { 2, 1 } };

static struct rules_step pack(struct rules_bench *bench)
{
    const struct parcel parcel = { .parcel_no = 1,
                                   .weight_grams = 900,
                                   .length_mm = 300,
                                   .has_length_mm = true,
                                   .lines = all_pieces,
                                   .lines_count = 2 };

    return pack_of(bench, &parcel, 1);
}

static struct rules_step due(struct rules_bench *bench, const char *kind)
{
    return (struct rules_step){ .timer = kind,
                                .timer_step = 1,
                                .subject = { 1, rules_order_id(bench, 1) } };
}

static struct rules_step input_step(struct rules_bench *bench, enum work_input input)
{
    switch (input) {
    case WORK_IN_FULFILL:
        return fulfill(bench);
    case WORK_IN_DUE:
        return due(bench, TIMER_OPEN);
    case WORK_IN_PICK:
        return pick(bench);
    case WORK_IN_PACK:
        return pack(bench);
    case WORK_IN_CANCEL:
        return cancel(bench);
    case WORK_INPUT_COUNT:
        break;
    }
    fail();
    return (struct rules_step){ 0 };
}

/* --- Where it is ---------------------------------------------------------------------------------- */

static const struct fulfillment_row *stored(struct rules_bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &fulfillment_table, &count);

    assert_true(count <= 1);
    return count == 0 ? NULL : rows[0];
}

static enum work_state state_of(struct rules_bench *bench)
{
    const struct fulfillment_row *row = stored(bench);

    return row == NULL ? WORK_NONE : (enum work_state)row->state;
}

static void bring_into(struct rules_bench *bench, enum work_state to)
{
    rules_run(bench, place(bench, "WH-1", false, 1));
    if (to == WORK_TOMBSTONE) {
        rules_run(bench, cancel(bench));
    } else if (to == WORK_SCHEDULED) {
        rules_run(bench, fulfill_later(bench));
    } else if (to != WORK_NONE) {
        rules_run(bench, fulfill(bench));
    }
    if (to == WORK_PICKED || to == WORK_PACKED) {
        rules_run(bench, pick(bench));
    }
    if (to == WORK_PACKED) {
        rules_run(bench, pack(bench));
    }
    if (to == WORK_CANCELED) {
        rules_run(bench, cancel(bench));
    }
    assert_int_equal(state_of(bench), to);
}

/* --- Cells ---------------------------------------------------------------------------------------- */

/* One letter an action, in the order of enum work_action. */
static const char action_letters[] = ".BOPKCXtcrUdewn";

/* A row a state, a column an input: fulfill, due, pick, pack, cancel; then the states they lead to. */
static const char *const picture[WORK_STATE_COUNT] = {
    [WORK_NONE] = "B.nnX 20006",      [WORK_SCHEDULED] = ".OeeC 12115",
    [WORK_OPEN] = "t.PKC 22345",      [WORK_PICKED] = "t.dKC 33345",
    [WORK_PACKED] = "t.ddr 44444",    [WORK_CANCELED] = "U.wwc 55555",
    [WORK_TOMBSTONE] = "U.nnc 66666",
};

static void follows_the_picture(void **state)
{
    (void)state;
    for (int from = 0; from < WORK_STATE_COUNT; from++) {
        for (int input = 0; input < WORK_INPUT_COUNT; input++) {
            struct work_rule rule = work_rule((enum work_state)from, (enum work_input)input);

            assert_int_equal(action_letters[rule.action], picture[from][input]);
            assert_int_equal('0' + rule.next, picture[from][WORK_INPUT_COUNT + 1 + input]);
        }
    }
}

#define OPENED   "fulfillment.opened"
#define PICKED   "fulfillment.picked"
#define PACKED   "fulfillment.packed"
#define CANCELED "fulfillment.canceled"
#define REFUSED  "fulfillment.refused"

#define PICKED_NOW            "fulfillment.picked reply:200"
#define PACKED_NOW            "fulfillment.packed reply:200"
#define PICKED_AND_PACKED_NOW "fulfillment.picked fulfillment.packed reply:200"

static const char *const said[WORK_STATE_COUNT][WORK_INPUT_COUNT] = {
    [WORK_NONE] = { OPENED, "", "reply:404", "reply:404", CANCELED },
    [WORK_SCHEDULED] = { "", OPENED, "reply:409", "reply:409", CANCELED },
    [WORK_OPEN] = { OPENED, "", PICKED_NOW, PICKED_AND_PACKED_NOW, CANCELED },
    [WORK_PICKED] = { PICKED, "", "reply:200", PACKED_NOW, CANCELED },
    [WORK_PACKED] = { PACKED, "", "reply:200", "reply:200", "fulfillment.cancel_refused" },
    [WORK_CANCELED] = { REFUSED, "", "reply:409", "reply:409", CANCELED },
    [WORK_TOMBSTONE] = { REFUSED, "", "reply:404", "reply:404", CANCELED },
};

static void says_what_each_cell_says(void **state)
{
    (void)state;
    for (int from = 0; from < WORK_STATE_COUNT; from++) {
        for (int input = 0; input < WORK_INPUT_COUNT; input++) {
            struct rules_bench *bench = rules_bench_new(&fulfillment_service);

            bring_into(bench, (enum work_state)from);
            ASSERT_SAID(bench, input_step(bench, (enum work_input)input), said[from][input]);
            assert_int_equal(state_of(bench),
                             work_rule((enum work_state)from, (enum work_input)input).next);
            rules_bench_free(bench);
        }
    }
}

/* The second of two equal messages changes nothing, in one batch or in two. */
static void takes_everything_twice(void **state)
{
    (void)state;
    for (int from = 0; from < WORK_STATE_COUNT; from++) {
        for (int input = 0; input < WORK_INPUT_COUNT; input++) {
            struct rules_bench *bench = rules_bench_new(&fulfillment_service);

            bring_into(bench, (enum work_state)from);
            const struct rules_step twice[] = { input_step(bench, (enum work_input)input),
                                                input_step(bench, (enum work_input)input) };
            rules_batch(bench, twice, 2);
            assert_int_equal(state_of(bench),
                             work_rule((enum work_state)from, (enum work_input)input).next);
            rules_run(bench, twice[0]);
            assert_int_equal(state_of(bench),
                             work_rule((enum work_state)from, (enum work_input)input).next);
            rules_bench_free(bench);
        }
    }
}

/* --- Facts ---------------------------------------------------------------------------------------- */

static void states_what_it_knows(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, place(bench, "WH-1", false, 1));
    const struct fulfillment_opened *opened =
        rules_find(rules_run(bench, fulfill(bench)), MESSAGE_FULFILLMENT_OPENED);
    assert_string_equal(opened->fulfillment_id, rules_child_id(bench, 1, "F1"));
    assert_string_equal(opened->location, "WH-1");
    assert_int_equal(opened->clock, 6);
    assert_int_equal(opened->lines_count, 2);
    assert_string_equal(opened->lines[0].sku, "A");
    assert_string_equal(stored(bench)->ship_to,
                        "{\"name\":\"Ada \\\"A\\\" Lovelace\",\"line1\":\"Street 1\","
                        "\"city\":\"Berlin\",\"country\":\"DE\"}");

    const struct fulfillment_packed *packed =
        rules_find(rules_run(bench, pack(bench)), MESSAGE_FULFILLMENT_PACKED);
    assert_int_equal(packed->clock, 7);
    assert_int_equal(packed->parcels_count, 1);
    packed = rules_find(rules_run(bench, fulfill(bench)), MESSAGE_FULFILLMENT_PACKED);
    assert_int_equal(packed->clock, 8);
    assert_int_equal(packed->parcels_count, 1);
    assert_int_equal(packed->parcels[0].weight_grams, 900);
    assert_true(packed->parcels[0].has_length_mm);
    assert_false(packed->parcels[0].has_width_mm);
    assert_int_equal(packed->parcels[0].lines_count, 2);
    assert_int_equal(packed->parcels[0].lines[0].quantity, 2);
}

static void refuses_what_comes_too_late(void **state)
{
    struct rules_bench *bench = *state;
    struct fulfillment_fulfill command = two_lines(bench);

    command.valid_until = bench->now - 1;
    const struct fulfillment_refused *refused =
        rules_find(rules_run(bench, fulfill_step(bench, &command)), MESSAGE_FULFILLMENT_REFUSED);
    assert_int_equal(refused->reason, REFUSED_REASON_EXPIRED);
    assert_int_equal(state_of(bench), WORK_NONE);

    rules_run(bench, cancel(bench));
    refused = rules_find(rules_run(bench, fulfill(bench)), MESSAGE_FULFILLMENT_REFUSED);
    assert_int_equal(refused->reason, REFUSED_REASON_UNDONE);
}

/* What is already there is not too late. */
static void tells_the_state_however_late(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step command = fulfill(bench);

    rules_run(bench, place(bench, "WH-1", false, 1));
    rules_run(bench, command);
    bench->now += 86400000;
    ASSERT_SAID(bench, command, OPENED);
}

static void parks_a_line_that_comes_twice(void **state)
{
    struct rules_bench *bench = *state;
    struct fulfillment_fulfill command = two_lines(bench);
    const struct work_line lines[] = { { .line_no = 1, .sku = "A", .quantity = 2 },
                                       { .line_no = 1, .sku = "A", .quantity = 2 } };

    command.lines = lines;
    ASSERT_SAID(bench, fulfill_step(bench, &command), "impossible");
    assert_int_equal(state_of(bench), WORK_NONE);
}

/* --- Reports that do not add up --------------------------------------------------------------------- */

static void refuses_a_short_pick(void **state)
{
    struct rules_bench *bench = *state;
    const struct parcel_line short_lines[] = { { 1, 1 }, { 2, 1 } }, wrong_lines[] = { { 3, 1 } };

    bring_into(bench, WORK_OPEN);
    const struct decision *decision = rules_run(bench, pick_of(bench, short_lines, 2));
    assert_string_equal(rules_said(bench, decision), "reply:422");
    assert_non_null(strstr(rules_problem(decision), "a short pick cannot be reported"));
    ASSERT_SAID(bench, pick_of(bench, wrong_lines, 1), "reply:422");
    assert_int_equal(state_of(bench), WORK_OPEN);
    ASSERT_SAID(bench, pick_of(bench, all_pieces, 2), PICKED " reply:200");
}

static void refuses_parcels_that_do_not_add_up(void **state)
{
    struct rules_bench *bench = *state;
    const struct parcel_line one[] = { { 1, 1 } }, three[] = { { 1, 3 }, { 2, 1 } },
                             twice[] = { { 1, 1 }, { 1, 1 }, { 2, 1 } },
                             rest[] = { { 1, 1 }, { 2, 1 } };
    const struct parcel missing = {
        .parcel_no = 1, .weight_grams = 5, .lines = one, .lines_count = 1
    };
    const struct parcel more = {
        .parcel_no = 1, .weight_grams = 5, .lines = three, .lines_count = 2
    };
    const struct parcel doubled = {
        .parcel_no = 1, .weight_grams = 5, .lines = twice, .lines_count = 3
    };
    const struct parcel misnumbered[] = {
        { .parcel_no = 2, .weight_grams = 5, .lines = one, .lines_count = 1 },
        { .parcel_no = 2, .weight_grams = 5, .lines = rest, .lines_count = 2 },
    };
    const struct parcel right[] = {
        { .parcel_no = 2, .weight_grams = 5, .lines = one, .lines_count = 1 },
        { .parcel_no = 1, .weight_grams = 7, .lines = rest, .lines_count = 2 },
    };

    bring_into(bench, WORK_PICKED);
    ASSERT_SAID(bench, pack_of(bench, &missing, 1), "reply:422");
    ASSERT_SAID(bench, pack_of(bench, &more, 1), "reply:422");
    ASSERT_SAID(bench, pack_of(bench, &doubled, 1), "reply:422");
    ASSERT_SAID(bench, pack_of(bench, misnumbered, 2), "reply:422");
    ASSERT_SAID(bench, pack_of(bench, right, 2), PACKED " reply:200");
    ASSERT_SAID(bench, pack_of(bench, right, 2), "reply:200");
    ASSERT_SAID(bench, pack(bench), "reply:409");
}

/* --- Places without people ---------------------------------------------------------------------------- */

static void packs_by_itself(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, place(bench, "WH-1", true, 2));
    rules_run(bench, place(bench, "WH-1", false, 1)); /* older than what is known */
    rules_run(bench, item(bench, "A", 300, 1));
    rules_run(bench, item(bench, "A", 350, 2));
    const struct decision *decision = rules_run(bench, fulfill(bench));
    assert_string_equal(rules_said(bench, decision), OPENED " " PICKED " " PACKED);
    const struct fulfillment_packed *packed = rules_find(decision, MESSAGE_FULFILLMENT_PACKED);
    assert_int_equal(packed->parcels_count, 1);
    assert_int_equal(packed->parcels[0].weight_grams, 2 * 350 + PIECE_GRAMS_DEFAULT);
    assert_int_equal(state_of(bench), WORK_PACKED);
    ASSERT_SAID(bench, cancel(bench), "fulfillment.cancel_refused");
}

static void opens_later_and_packs_by_itself(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step command = fulfill_later(bench);

    rules_run(bench, place(bench, "WH-1", true, 1));
    ASSERT_SAID(bench, command, "timer:" TIMER_OPEN);
    bench->now += 86400000;
    ASSERT_SAID(bench, due(bench, TIMER_OPEN), OPENED " " PICKED " " PACKED);
    assert_int_equal(stored(bench)->opened_at, bench->now);
}

static void waits_for_its_place_to_be_known(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, fulfill(bench), OPENED " timer:" TIMER_PLACE);
    bench->now += PLACE_PAUSE_MS;
    ASSERT_SAID(bench, due(bench, TIMER_PLACE), "timer:" TIMER_PLACE);
    rules_run(bench, place(bench, "WH-1", true, 1));
    ASSERT_SAID(bench, due(bench, TIMER_PLACE), PICKED " " PACKED);
    ASSERT_SAID(bench, due(bench, TIMER_PLACE), "");
}

static void leaves_it_to_people_in_the_end(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, fulfill(bench));
    bench->now += PLACE_PATIENCE_MS + 1;
    ASSERT_SAID(bench, due(bench, TIMER_PLACE), "");
    assert_int_equal(state_of(bench), WORK_OPEN);
}

static void packs_into_as_many_parcels_as_it_takes(void **state)
{
    struct rules_bench *bench = *state;
    struct packing packing;
    const struct pieces heavy[] = { { 1, 3, 12000 }, { 2, 1, 50000 }, { 3, 4, 1000 } };

    assert_true(pack_pieces(bench->kept, heavy, 3, &packing));
    assert_int_equal(packing.count, 4);
    assert_int_equal(packing.parcels[0].weight_grams, 24000);
    assert_int_equal(packing.parcels[1].weight_grams, 12000);
    assert_int_equal(packing.parcels[2].weight_grams, 50000);
    assert_int_equal(packing.parcels[3].weight_grams, 4000);

    const struct pieces too_many[] = { { 1, PARCELS_MAX + 1, PARCEL_GRAMS_MAX } };
    assert_false(pack_pieces(bench->kept, too_many, 1, &packing));
}

/* Each parcel is light enough or holds one piece; adds up what is in them. */
static void check_packing(const struct packing *packing, int64_t packed[])
{
    for (size_t p = 0; p < packing->count; p++) {
        const struct parcel *parcel = &packing->parcels[p];

        assert_int_equal(parcel->parcel_no, p + 1);
        assert_true(parcel->lines_count > 0);
        assert_true(parcel->weight_grams <= PARCEL_GRAMS_MAX ||
                    (parcel->lines_count == 1 && parcel->lines[0].quantity == 1));
        for (size_t i = 0; i < parcel->lines_count; i++) {
            packed[parcel->lines[i].line_no] += parcel->lines[i].quantity;
        }
    }
}

static void pack_at_random(struct rules_bench *bench)
{
    struct pieces pieces[8];
    struct packing packing;
    size_t count = 1 + (size_t)rules_random(bench, 8);
    int64_t packed[8] = { 0 };

    for (size_t i = 0; i < count; i++) {
        pieces[i] =
            (struct pieces){ (int64_t)i, 1 + rules_random(bench, 40), rules_random(bench, 45000) };
    }
    arena_reset(bench->ctx.arena);
    if (!pack_pieces(bench->ctx.arena, pieces, count, &packing)) {
        return;
    }
    check_packing(&packing, packed);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(packed[i], pieces[i].quantity);
    }
}

static void packs_every_piece_once(void **state)
{
    struct rules_bench *bench = *state;

    bench->random = 7;
    for (int round = 0; round < 2000; round++) {
        pack_at_random(bench);
    }
}

/* --- Any order of everything ---------------------------------------------------------------------------- */

/* What was said can have happened: nothing is canceled after it was packed, or packed after it was canceled. */
static void never_contradicts_itself(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        struct rules_bench *bench = rules_bench_new(&fulfillment_service);
        bool packed = false, canceled = false;

        bench->random = (uint64_t)round;
        rules_run(bench, place(bench, "WH-1", rules_random(bench, 2) == 0, 1));
        for (int i = 0; i < 12; i++) {
            const struct decision *decision = rules_run(
                bench, input_step(bench, (enum work_input)rules_random(bench, WORK_INPUT_COUNT)));

            packed |= rules_find(decision, MESSAGE_FULFILLMENT_PACKED) != NULL;
            canceled |= rules_find(decision, MESSAGE_FULFILLMENT_CANCELED) != NULL;
            assert_false(packed && canceled);
        }
        rules_bench_free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_picture),
        cmocka_unit_test(says_what_each_cell_says),
        cmocka_unit_test(takes_everything_twice),
        cmocka_unit_test_setup_teardown(states_what_it_knows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_comes_too_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_the_state_however_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parks_a_line_that_comes_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_short_pick, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_parcels_that_do_not_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packs_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_later_and_packs_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waits_for_its_place_to_be_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_it_to_people_in_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packs_into_as_many_parcels_as_it_takes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packs_every_piece_once, set_up, tear_down),
        cmocka_unit_test(never_contradicts_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
