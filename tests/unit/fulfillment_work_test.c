/* fulfillment_work_test.c - every state and every input of a fulfillment, on hold and not; what it says.
 *
 * links: fulfillment
 */
#include "tests/unit/fulfillment_hall.h"

#include "common/text.h"
#include "services/fulfillment/fulfillment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* --- Cells ---------------------------------------------------------------------------------------- */

/* One letter an action, in the order of enum work_action. */
static const char action_letters[] = ".BOPKCXtcrUdewnpSHGhgRlx";

/* A row a state, a column an input: fulfill, due, pick, pack, cancel, short, suspend, resume, hold, release,
 * give up, reduce; then the states they lead to. */
static const char *const picture[WORK_STATE_COUNT] = {
    [WORK_NONE] = "B.nnXn..nnnx 200060000000",      [WORK_SCHEDULED] = ".OeeCeHGhgCR 121151111151",
    [WORK_OPEN] = "t.PKCSHGhgCR 223452222252",      [WORK_PICKED] = "t.dKCSHGhgCR 333453333353",
    [WORK_PACKED] = "t.ddrp..pdpl 444444444444",    [WORK_CANCELED] = "U.wwcw..wwdx 555555555555",
    [WORK_TOMBSTONE] = "U.nncn..nnnx 666666666666",
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

static const char *const said[WORK_STATE_COUNT][WORK_INPUT_COUNT] = {
    [WORK_NONE] = { OPENED, "", UNKNOWN, UNKNOWN, CANCELED, UNKNOWN, "", "", UNKNOWN, UNKNOWN,
                    UNKNOWN, REDUCE_REFUSED },
    [WORK_SCHEDULED] = { "", OPENED, CONFLICT, CONFLICT, CANCELED, CONFLICT, ON_HOLD, RESUMED,
                         HELD_NOW, DONE, CANCELED_NOW, REDUCED },
    [WORK_OPEN] = { OPENED, "", PICKED_NOW, PICKED_AND_PACKED_NOW, CANCELED, SHORTED_NOW, ON_HOLD,
                    RESUMED, HELD_NOW, DONE, CANCELED_NOW, REDUCED },
    [WORK_PICKED] = { PICKED, "", DONE, PACKED_NOW, CANCELED, SHORTED_NOW, ON_HOLD, RESUMED,
                      HELD_NOW, DONE, CANCELED_NOW, REDUCED },
    [WORK_PACKED] = { PACKED, "", DONE, DONE, "fulfillment.cancel_refused", CONFLICT, "", "",
                      CONFLICT, DONE, CONFLICT, REDUCE_REFUSED },
    [WORK_CANCELED] = { REFUSED, "", CONFLICT, CONFLICT, CANCELED, CONFLICT, "", "", CONFLICT,
                        CONFLICT, DONE, REDUCE_REFUSED },
    [WORK_TOMBSTONE] = { REFUSED, "", UNKNOWN, UNKNOWN, CANCELED, UNKNOWN, "", "", UNKNOWN, UNKNOWN,
                         UNKNOWN, REDUCE_REFUSED },
};

static void says_what_each_cell_says(void **state)
{
    (void)state;
    for (int from = 0; from < WORK_STATE_COUNT; from++) {
        for (int input = 0; input < WORK_INPUT_COUNT; input++) {
            struct rules_bench *bench = rules_bench_new(&fulfillment_service);

            hall_bring_into(bench, (enum work_state)from);
            ASSERT_SAID(bench, hall_input_step(bench, (enum work_input)input), said[from][input]);
            assert_int_equal(hall_state_of(bench),
                             work_rule((enum work_state)from, (enum work_input)input).next);
            rules_bench_free(bench);
        }
    }
}

static const char *said_on_hold(int from, int input)
{
    switch (input) {
    case WORK_IN_RESUME:
        return ""; /* the place holds it still */
    case WORK_IN_HOLD:
        return DONE;
    default:
        return said[from][input];
    }
}

/* A hold stops no report and no command; only what is said of holds differs, and a short pick is one of the rest. */
static void a_hold_refuses_nothing(void **state)
{
    (void)state;
    for (int from = WORK_SCHEDULED; from <= WORK_PICKED; from++) {
        for (int input = 0; input < WORK_INPUT_COUNT; input++) {
            struct rules_bench *bench = rules_bench_new(&fulfillment_service);
            const char *want = said_on_hold(from, input);

            hall_bring_into(bench, (enum work_state)from);
            ASSERT_SAID(bench, hall_hold(bench), HELD_NOW);
            ASSERT_SAID(bench, hall_suspend(bench), ON_HOLD);
            assert_int_equal(hall_stored(bench)->order_hold, HOLD_REASON_FRAUD);
            assert_int_equal(hall_stored(bench)->place_hold, HOLD_REASON_MANUAL);
            ASSERT_SAID(bench, hall_input_step(bench, (enum work_input)input), want);
            assert_int_equal(hall_state_of(bench),
                             work_rule((enum work_state)from, (enum work_input)input).next);
            assert_true(hall_state_of(bench) < WORK_PACKED || !work_is_on_hold(hall_stored(bench)));
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

            hall_bring_into(bench, (enum work_state)from);
            const struct rules_step twice[] = { hall_input_step(bench, (enum work_input)input),
                                                hall_input_step(bench, (enum work_input)input) };
            rules_batch(bench, twice, 2);
            assert_int_equal(hall_state_of(bench),
                             work_rule((enum work_state)from, (enum work_input)input).next);
            rules_run(bench, twice[0]);
            assert_int_equal(hall_state_of(bench),
                             work_rule((enum work_state)from, (enum work_input)input).next);
            rules_bench_free(bench);
        }
    }
}

/* --- Facts ---------------------------------------------------------------------------------------- */

static void states_what_it_knows(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, hall_place(bench, "WH-1", false, 1));
    const struct fulfillment_opened *opened =
        rules_find(rules_run(bench, hall_fulfill(bench)), MESSAGE_FULFILLMENT_OPENED);
    assert_string_equal(opened->fulfillment_id, rules_child_id(bench, 1, "F1"));
    assert_string_equal(opened->location, "WH-1");
    assert_int_equal(opened->clock, 6);
    assert_int_equal(opened->lines_count, 2);
    assert_string_equal(opened->lines[0].sku, "A");
    assert_string_equal(hall_stored(bench)->ship_to,
                        "{\"name\":\"Ada \\\"A\\\" Lovelace\",\"line1\":\"Street 1\","
                        "\"city\":\"Berlin\",\"country\":\"DE\"}");

    const struct fulfillment_packed *packed =
        rules_find(rules_run(bench, hall_pack(bench)), MESSAGE_FULFILLMENT_PACKED);
    assert_int_equal(packed->clock, 7);
    assert_int_equal(packed->parcels_count, 1);
    packed = rules_find(rules_run(bench, hall_fulfill(bench)), MESSAGE_FULFILLMENT_PACKED);
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
    struct fulfillment_fulfill command = hall_two_lines(bench);

    command.valid_until = bench->now - 1;
    const struct fulfillment_refused *refused = rules_find(
        rules_run(bench, hall_fulfill_step(bench, &command)), MESSAGE_FULFILLMENT_REFUSED);
    assert_int_equal(refused->reason, REFUSED_REASON_EXPIRED);
    assert_int_equal(hall_state_of(bench), WORK_NONE);

    rules_run(bench, hall_cancel(bench));
    refused = rules_find(rules_run(bench, hall_fulfill(bench)), MESSAGE_FULFILLMENT_REFUSED);
    assert_int_equal(refused->reason, REFUSED_REASON_UNDONE);
}

/* What is already there is not too late. */
static void tells_the_state_however_late(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step command = hall_fulfill(bench);

    rules_run(bench, hall_place(bench, "WH-1", false, 1));
    rules_run(bench, command);
    bench->now += 86400000;
    ASSERT_SAID(bench, command, OPENED);
}

static void parks_a_line_that_comes_twice(void **state)
{
    struct rules_bench *bench = *state;
    struct fulfillment_fulfill command = hall_two_lines(bench);
    const struct work_line lines[] = { { .line_no = 1, .sku = "A", .quantity = 2 },
                                       { .line_no = 1, .sku = "A", .quantity = 2 } };

    command.lines = lines;
    ASSERT_SAID(bench, hall_fulfill_step(bench, &command), "impossible");
    assert_int_equal(hall_state_of(bench), WORK_NONE);
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
        rules_run(bench, hall_place(bench, "WH-1", rules_random(bench, 2) == 0, 1));
        for (int i = 0; i < 12; i++) {
            const struct decision *decision = rules_run(
                bench,
                hall_input_step(bench, (enum work_input)rules_random(bench, WORK_INPUT_COUNT)));

            packed |= rules_find(decision, MESSAGE_FULFILLMENT_PACKED) != NULL;
            canceled |= rules_find(decision, MESSAGE_FULFILLMENT_CANCELED) != NULL;
            assert_false(packed && canceled);
        }
        rules_bench_free(bench);
    }
}

/* Two people at one place know the same version: one of them is done, whatever the two want. */
static void takes_one_of_two_who_edit(void **state)
{
    struct rules_bench *bench = *state;
    struct rules_step (*const edits[])(struct rules_bench *) = { hall_hold, hall_release, hall_pick,
                                                                 hall_pack };
    struct rules_step other = hall_give_up(bench);

    rules_run(bench, hall_place(bench, "WH-1", false, 1));
    rules_run(bench, hall_fulfill(bench));
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct rules_step edit = edits[i](bench);

        other.precondition = edit.precondition =
            text_format(bench->kept, "%lld", (long long)hall_stored(bench)->clock);
        rules_batch(bench, (struct rules_step[]){ edit, other }, 2);
        assert_non_null(strstr(rules_said(bench, &bench->decisions[0]), DONE));
        if (i + 1 < sizeof edits / sizeof edits[0]) { /* packed is too late anyway */
            assert_string_equal(rules_said(bench, &bench->decisions[1]), "reply:412");
        }
    }
    assert_int_equal(hall_state_of(bench), WORK_PACKED);
}

static struct rules_step erase(struct rules_bench *bench)
{
    const struct fulfillment_erase command = { .order_id = rules_order_id(bench, 1),
                                               .order_no = 1,
                                               .clock = 90 };

    return rules_message(bench, MESSAGE_FULFILLMENT_ERASE, &command, sizeof command);
}

static void forgets_where_it_went(void **state)
{
    struct rules_bench *bench = *state;
    struct fulfillment_fulfill command = hall_two_lines(bench);
    size_t count = 0;

    assert_string_equal(rules_said(bench, rules_run(bench, erase(bench))), "");
    command.note = "ring twice";
    rules_run(bench, hall_place(bench, "WH-1", false, 1));
    rules_run(bench, hall_fulfill_step(bench, &command));
    rules_run(bench, hall_hold(bench));
    rules_run(bench, hall_pick(bench));
    rules_run(bench, hall_pack(bench));
    assert_non_null(hall_stored(bench)->ship_to);
    assert_string_equal(rules_said(bench, rules_run(bench, erase(bench))), "");
    assert_null(hall_stored(bench)->ship_to);
    assert_null(hall_stored(bench)->note);
    assert_null(hall_stored(bench)->place_note);
    void **lines = memory_database_rows(bench->database, &line_table, &count);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_null(((const struct line_row *)lines[i])->customization);
        assert_non_null(((const struct line_row *)lines[i])->sku);
    }
    assert_int_equal(hall_state_of(bench), WORK_PACKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forgets_where_it_went, set_up, tear_down),
        cmocka_unit_test(follows_the_picture),
        cmocka_unit_test(says_what_each_cell_says),
        cmocka_unit_test(a_hold_refuses_nothing),
        cmocka_unit_test(takes_everything_twice),
        cmocka_unit_test_setup_teardown(states_what_it_knows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_comes_too_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_the_state_however_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parks_a_line_that_comes_twice, set_up, tear_down),
        cmocka_unit_test(never_contradicts_itself),
        cmocka_unit_test_setup_teardown(takes_one_of_two_who_edit, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
