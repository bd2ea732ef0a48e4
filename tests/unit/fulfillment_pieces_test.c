/* fulfillment_pieces_test.c - pieces that do not add up or leave the work; holds; places without people.
 *
 * links: fulfillment
 */
#include "tests/unit/fulfillment_hall.h"

#include "proto/gateway.h"
#include "services/fulfillment/commands.h"
#include "services/fulfillment/fulfillment.h"
#include "services/fulfillment/packing.h"

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

/* --- Reports that do not add up --------------------------------------------------------------------- */

static void refuses_a_short_pick(void **state)
{
    struct rules_bench *bench = *state;
    const struct parcel_line short_lines[] = { { 1, 1 }, { 2, 1 } }, wrong_lines[] = { { 3, 1 } };

    hall_bring_into(bench, WORK_OPEN);
    const struct decision *decision = rules_run(bench, hall_pick_of(bench, short_lines, 2));
    assert_string_equal(rules_said(bench, decision), "reply:422");
    assert_non_null(strstr(rules_problem(decision), "report what is missing as short first"));
    ASSERT_SAID(bench, hall_pick_of(bench, wrong_lines, 1), "reply:422");
    assert_int_equal(hall_state_of(bench), WORK_OPEN);
    ASSERT_SAID(bench, hall_pick_of(bench, hall_pieces, 2), PICKED " reply:200");
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

    hall_bring_into(bench, WORK_PICKED);
    ASSERT_SAID(bench, hall_pack_of(bench, &missing, 1), "reply:422");
    ASSERT_SAID(bench, hall_pack_of(bench, &more, 1), "reply:422");
    ASSERT_SAID(bench, hall_pack_of(bench, &doubled, 1), "reply:422");
    ASSERT_SAID(bench, hall_pack_of(bench, misnumbered, 2), "reply:422");
    ASSERT_SAID(bench, hall_pack_of(bench, right, 2), PACKED " reply:200");
    ASSERT_SAID(bench, hall_pack_of(bench, right, 2), "reply:200");
    ASSERT_SAID(bench, hall_pack(bench), "reply:409");
}

/* --- Pieces that leave the work ---------------------------------------------------------------------- */

/* A report in the very batch in which the work came. */
static void hears_at_once_what_is_missing(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step steps[] = { hall_fulfill(bench), hall_short_one(bench) };

    rules_batch(bench, steps, sizeof steps / sizeof steps[0]);
    assert_non_null(rules_find(&bench->decisions[1], MESSAGE_FULFILLMENT_SHORTED));
}

static void sends_what_is_there(void **state)
{
    struct rules_bench *bench = *state;
    static const struct parcel_line rest[] = { { 1, 1 }, { 2, 1 } };
    const struct parcel parcel = {
        .parcel_no = 1, .weight_grams = 5, .lines = rest, .lines_count = 2
    };

    hall_bring_into(bench, WORK_OPEN);
    const struct decision *decision = rules_run(bench, hall_short_one(bench));
    const struct fulfillment_shorted *fact = rules_find(decision, MESSAGE_FULFILLMENT_SHORTED);
    assert_int_equal(fact->lines_count, 1);
    assert_string_equal(fact->lines[0].sku, "A");
    assert_int_equal(fact->lines[0].quantity, 1);
    assert_int_equal(fact->reason, FULFILLMENT_SHORTED_REASON_DAMAGED);
    assert_string_equal(hall_stored(bench)->place_note, "wet");
    ASSERT_SAID(bench, hall_pick_of(bench, hall_pieces, 2), "reply:422");
    const struct fulfillment_picked *picked =
        rules_find(rules_run(bench, hall_pick_of(bench, rest, 2)), MESSAGE_FULFILLMENT_PICKED);
    assert_int_equal(picked->lines[0].quantity, 1);
    ASSERT_SAID(bench, hall_pack(bench), "reply:422");
    ASSERT_SAID(bench, hall_pack_of(bench, &parcel, 1), PACKED_NOW);
}

/* --- The queue ------------------------------------------------------------------------------------- */

static struct rules_step urgent(struct rules_bench *bench)
{
    const struct fulfillment_prioritize request = { .fulfillment_id =
                                                        rules_child_id(bench, 1, "F1"),
                                                    .body = { .priority = 1 } };

    return rules_message(bench, MESSAGE_FULFILLMENT_PRIORITIZE, &request, sizeof request);
}

static struct rules_step amend(struct rules_bench *bench, const struct postal_address *to)
{
    const struct fulfillment_amend command = { .order_id = rules_order_id(bench, 1),
                                               .order_no = 1,
                                               .clock = 7,
                                               .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                               .ship_to = to,
                                               .priority = 2,
                                               .has_priority = true };

    return rules_message(bench, MESSAGE_FULFILLMENT_AMEND, &command, sizeof command);
}

/* What the order says of it later counts until it is packed, and is the first word where it says so at once. */
static void is_amended_until_it_is_packed(void **state)
{
    struct rules_bench *bench = *state;
    const struct postal_address there = { .name = "Ada", .line1 = "Way 2", .country = "DE" };
    const struct postal_address elsewhere = { .name = "Ada", .line1 = "Way 3", .country = "DE" };
    struct fulfillment_fulfill command = hall_two_lines(bench);

    command.has_priority = true;
    command.priority = 8;
    (void)rules_run(bench, hall_fulfill_step(bench, &command));
    assert_int_equal(hall_stored(bench)->priority, 8);
    ASSERT_SAID(bench, amend(bench, &there), "");
    assert_int_equal(hall_stored(bench)->priority, 2);
    assert_non_null(strstr(hall_stored(bench)->ship_to, "Way 2"));
    (void)rules_run(bench, hall_pack(bench));
    ASSERT_SAID(bench, amend(bench, &elsewhere), "");
    assert_non_null(strstr(hall_stored(bench)->ship_to, "Way 2"));
}

static void knows_when_it_is_due(void **state)
{
    struct rules_bench *bench = *state;
    struct fulfillment_fulfill command = hall_two_lines(bench);

    (void)rules_run(bench, hall_fulfill(bench));
    assert_int_equal(hall_stored(bench)->priority, PRIORITY_DEFAULT);
    assert_int_equal(hall_stored(bench)->hand_over_by, hall_stored(bench)->opened_at);
    assert_int_equal(hall_stored(bench)->promised_by, hall_stored(bench)->opened_at);
    tear_down(state);
    assert_int_equal(set_up(state), 0);
    bench = *state;
    command = hall_two_lines(bench);
    command.has_hand_over_by = command.has_promised_by = true;
    command.hand_over_by = bench->now + 1000;
    command.promised_by = bench->now + 2000;
    (void)rules_run(bench, hall_fulfill_step(bench, &command));
    assert_int_equal(hall_stored(bench)->hand_over_by, command.hand_over_by);
    assert_int_equal(hall_stored(bench)->promised_by, command.promised_by);
}

static void takes_a_priority_until_it_is_packed(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, urgent(bench), UNKNOWN);
    hall_bring_into(bench, WORK_OPEN);
    int64_t clock = hall_stored(bench)->clock;
    ASSERT_SAID(bench, urgent(bench), DONE);
    assert_int_equal(hall_stored(bench)->priority, 1);
    assert_true(hall_stored(bench)->clock > clock);
    clock = hall_stored(bench)->clock;
    ASSERT_SAID(bench, urgent(bench), DONE);
    assert_int_equal(hall_stored(bench)->clock, clock); /* said again, nothing changes */
    ASSERT_SAID(bench, hall_pack(bench), PICKED_AND_PACKED_NOW);
    ASSERT_SAID(bench, urgent(bench), CONFLICT);
}

/* Out of bins: no more than is picked, and only what is. */
static void says_out_of_which_bins(void **state)
{
    struct rules_bench *bench = *state;
    static const struct picked_pieces good[] = { { "A", "A-1", 1 }, { "A", "B-1", 1 } };
    static const struct picked_pieces many[] = { { "A", "A-1", 2 }, { "A", "B-1", 1 } };
    static const struct picked_pieces other[] = { { "Z", "A-1", 1 } };
    struct fulfillment_pick request = { .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                        .body = { .bins = many, .bins_count = 2 } };

    hall_bring_into(bench, WORK_OPEN);
    ASSERT_SAID(bench, rules_message(bench, MESSAGE_FULFILLMENT_PICK, &request, sizeof request),
                "reply:422");
    request.body.bins = other;
    request.body.bins_count = 1;
    ASSERT_SAID(bench, rules_message(bench, MESSAGE_FULFILLMENT_PICK, &request, sizeof request),
                "reply:422");
    request.body.bins = good;
    request.body.bins_count = 2;
    const struct fulfillment_picked *picked = rules_find(
        rules_run(bench, rules_message(bench, MESSAGE_FULFILLMENT_PICK, &request, sizeof request)),
        MESSAGE_FULFILLMENT_PICKED);
    assert_int_equal(picked->bins_count, 2);
    assert_string_equal(picked->bins[1].bin, "B-1");
}

/* The same report, known by its id, counts once, also when it was the end of the work. */
static void counts_a_report_once(void **state)
{
    struct rules_bench *bench = *state;

    hall_bring_into(bench, WORK_PICKED);
    const struct rules_step report = hall_short_of(bench, hall_pieces, 2);
    const struct rules_step twice[] = { report, report };
    const int64_t request_no = bench->request_no;

    ASSERT_SAID(bench, report, SHORTED " " CANCELED " " DONE);
    assert_int_equal(hall_stored(bench)->reason, CANCEL_REASON_OUT_OF_STOCK);
    bench->request_no = request_no;
    ASSERT_SAID(bench, report, DONE);
    rules_batch(bench, twice, 2); /* other reports */
    assert_string_equal(rules_said(bench, &bench->decisions[1]), CONFLICT);
}

/* Line 1: two bundles of two A and one B each, at WH-1. */
static void bring_bundles(struct rules_bench *bench)
{
    static const struct bundle_component components[] = { { "A", 2 }, { "B", 1 } };
    static const struct work_line line = {
        .line_no = 1, .sku = "KIT", .quantity = 2, .components = components, .components_count = 2
    };
    struct fulfillment_fulfill command = hall_two_lines(bench);

    command.lines = &line;
    command.lines_count = 1;
    rules_run(bench, hall_place(bench, "WH-1", false, 1));
    rules_run(bench, hall_fulfill_step(bench, &command));
}

static struct rules_step short_for_want_of(struct rules_bench *bench, int64_t bundles,
                                           const struct line_quantity *named, size_t count)
{
    const struct parcel_line line = { 1, bundles };
    const struct fulfillment_short request = {
        .fulfillment_id = rules_child_id(bench, 1, "F1"),
        .body = { .lines = rules_keep(bench, &line, sizeof line),
                  .lines_count = 1,
                  .components = rules_keep(bench, named, count * sizeof *named),
                  .components_count = count,
                  .reason = FULFILLMENT_SHORT_BODY_REASON_NOT_FOUND },
    };

    return rules_message(bench, MESSAGE_FULFILLMENT_SHORT, &request, sizeof request);
}

static const struct shortage_row *kept_shortage(struct rules_bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &shortage_table, &count);

    assert_int_equal(count, 1);
    return rows[0];
}

/* Of one bundle a B is not there: so the place says, and it is told which. */
static void says_which_component_is_missing(void **state)
{
    static const struct line_quantity named[] = { { 1, "B", 1 } };
    struct rules_bench *bench = *state;

    bring_bundles(bench);
    const struct decision *decision = rules_run(bench, short_for_want_of(bench, 1, named, 1));
    const struct fulfillment_shorted *fact = rules_find(decision, MESSAGE_FULFILLMENT_SHORTED);
    assert_int_equal(fact->lines[0].quantity, 1);
    assert_int_equal(fact->components_count, 1);
    assert_string_equal(fact->components[0].sku, "B");
    assert_int_equal(fact->components[0].quantity, 1);
    assert_string_equal(kept_shortage(bench)->components, "B 1");
}

static void refuses_components_that_are_none(void **state)
{
    static const struct {
        struct line_quantity named[2];
        size_t count;
        const char *pointer, *detail;
    } wrong[] = {
        { { { 1, "C", 1 } }, 1, "/components/0/sku", "is no component of line 1" },
        { { { 2, "B", 1 } }, 1, "/components/0/line_no", "is none of the lines that are short" },
        { { { 1, "A", 3 } }, 1, "/components/0/quantity", "only 2 are in what is short of line 1" },
        { { { 1, "A", 1 }, { 1, "A", 1 } },
          2,
          "/components/1",
          "names a component of a line again" },
    };
    struct rules_bench *bench = *state;

    bring_bundles(bench);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct decision *decision =
            rules_run(bench, short_for_want_of(bench, 1, wrong[i].named, wrong[i].count));

        assert_string_equal(rules_said(bench, decision), "reply:422");
        const struct gateway_reply *reply = decision->replies->message;
        assert_string_equal(reply->problem->errors[0].pointer, wrong[i].pointer);
        assert_string_equal(rules_problem(decision), wrong[i].detail);
    }
}

/* An automatic place reckons what a bundle weighs from its components, where nobody weighed it. */
static void weighs_a_bundle_by_its_components(void **state)
{
    static const struct bundle_component components[] = { { "A", 2 }, { "B", 1 } };
    static const struct work_line line = {
        .line_no = 1, .sku = "KIT", .quantity = 2, .components = components, .components_count = 2
    };
    struct rules_bench *bench = *state;
    struct fulfillment_fulfill command = hall_two_lines(bench);

    command.lines = &line;
    command.lines_count = 1;
    rules_run(bench, hall_place(bench, "WH-1", true, 1));
    rules_run(bench, hall_item(bench, "A", 300, 1));
    rules_run(bench, hall_item(bench, "B", 150, 1));
    const struct fulfillment_packed *packed = rules_find(
        rules_run(bench, hall_fulfill_step(bench, &command)), MESSAGE_FULFILLMENT_PACKED);
    assert_int_equal(packed->parcels[0].weight_grams, 1500);
}

static void refuses_a_report_that_does_not_fit(void **state)
{
    struct rules_bench *bench = *state;
    static const struct parcel_line more[] = { { 2, 1 }, { 1, 2 }, { 1, 1 } };
    static const struct parcel_line unknown[] = { { 2, 1 }, { 7, 1 } };

    hall_bring_into(bench, WORK_OPEN);
    const struct decision *decision = rules_run(bench, hall_short_of(bench, more, 3));
    assert_string_equal(rules_said(bench, decision), "reply:422");
    assert_non_null(strstr(rules_problem(decision), "line 1 has only 2 pieces left"));
    ASSERT_SAID(bench, hall_short_of(bench, unknown, 2), "reply:422");
    ASSERT_SAID(bench, hall_short_of(bench, more, 1), SHORTED_NOW);
    ASSERT_SAID(bench, hall_short_of(bench, more, 1), "reply:422"); /* the line is gone */
    ASSERT_SAID(bench, hall_pack(bench), "reply:422");
}

/* All that is asked for leaves, or nothing; each question is answered once. */
static void reduces_all_or_nothing(void **state)
{
    struct rules_bench *bench = *state;
    static const struct line_quantity one[] = { { 1, "A", 1 } };
    static const struct line_quantity too_many[] = { { 2, "B", 1 }, { 1, "A", 2 } };
    static const struct line_quantity rest[] = { { 2, "B", 1 }, { 1, "A", 1 } };

    hall_bring_into(bench, WORK_OPEN);
    const struct fulfillment_reduced *reduced =
        rules_find(rules_run(bench, hall_reduce_by(bench, 1, one, 1)), MESSAGE_FULFILLMENT_REDUCED);
    assert_int_equal(reduced->change_no, 1);
    assert_int_equal(reduced->lines_count, 1);
    ASSERT_SAID(bench, hall_reduce_by(bench, 1, one, 1), "");
    const struct fulfillment_reduce_refused *refused =
        rules_find(rules_run(bench, hall_reduce_by(bench, 2, too_many, 2)),
                   MESSAGE_FULFILLMENT_REDUCE_REFUSED);
    assert_int_equal(refused->reason, FULFILLMENT_REDUCE_REFUSED_REASON_TOO_MANY);
    const struct rules_step late = hall_reduce_by(bench, 3, rest, 2);
    bench->now += 60001;
    refused = rules_find(rules_run(bench, late), MESSAGE_FULFILLMENT_REDUCE_REFUSED);
    assert_int_equal(refused->reason, FULFILLMENT_REDUCE_REFUSED_REASON_EXPIRED);
    ASSERT_SAID(bench, hall_reduce_by(bench, 4, rest, 2), REDUCED " " CANCELED);
    assert_int_equal(hall_state_of(bench), WORK_CANCELED);
}

/* --- Holds -------------------------------------------------------------------------------------------- */

static void goes_on_when_the_last_hold_is_gone(void **state)
{
    struct rules_bench *bench = *state;

    hall_bring_into(bench, WORK_OPEN);
    ASSERT_SAID(bench, hall_suspend(bench), ON_HOLD);
    ASSERT_SAID(bench, hall_release(bench), CONFLICT); /* not the place's to release */
    ASSERT_SAID(bench, hall_hold(bench), HELD_NOW);
    ASSERT_SAID(bench, hall_release(bench), DONE);
    ASSERT_SAID(bench, hall_resume(bench), RESUMED " timer:" TIMER_PLACE);
    ASSERT_SAID(bench, hall_hold(bench), HELD_NOW);
    ASSERT_SAID(bench, hall_release(bench), RESUMED " timer:" TIMER_PLACE " " DONE);
    assert_string_equal(hall_stored(bench)->place_note, "the scale is broken");
    ASSERT_SAID(bench, hall_due(bench, TIMER_PLACE), "");
}

static void a_place_without_people_waits_for_the_release(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, hall_place(bench, "WH-1", true, 1));
    rules_run(bench, hall_fulfill_later(bench));
    ASSERT_SAID(bench, hall_suspend(bench), ON_HOLD);
    bench->now += 86400000;
    ASSERT_SAID(bench, hall_due(bench, TIMER_OPEN), OPENED);
    ASSERT_SAID(bench, hall_due(bench, TIMER_PLACE), "");
    bench->now += 86400000;
    ASSERT_SAID(bench, hall_resume(bench), RESUMED " timer:" TIMER_PLACE);
    ASSERT_SAID(bench, hall_due(bench, TIMER_PLACE), PICKED " " PACKED);
}

/* --- Places without people ---------------------------------------------------------------------------- */

static void packs_by_itself(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, hall_place(bench, "WH-1", true, 2));
    rules_run(bench, hall_place(bench, "WH-1", false, 1)); /* older than what is known */
    rules_run(bench, hall_item(bench, "A", 300, 1));
    rules_run(bench, hall_item(bench, "A", 350, 2));
    const struct decision *decision = rules_run(bench, hall_fulfill(bench));
    assert_string_equal(rules_said(bench, decision), OPENED " " PICKED " " PACKED);
    const struct fulfillment_packed *packed = rules_find(decision, MESSAGE_FULFILLMENT_PACKED);
    assert_int_equal(packed->parcels_count, 1);
    assert_int_equal(packed->parcels[0].weight_grams, 2 * 350 + PIECE_GRAMS_DEFAULT);
    assert_int_equal(hall_state_of(bench), WORK_PACKED);
    ASSERT_SAID(bench, hall_cancel(bench), "fulfillment.cancel_refused");
}

static void opens_later_and_packs_by_itself(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step command = hall_fulfill_later(bench);

    rules_run(bench, hall_place(bench, "WH-1", true, 1));
    ASSERT_SAID(bench, command, "timer:" TIMER_OPEN);
    bench->now += 86400000;
    ASSERT_SAID(bench, hall_due(bench, TIMER_OPEN), OPENED " " PICKED " " PACKED);
    assert_int_equal(hall_stored(bench)->opened_at, bench->now);
}

static void waits_for_its_place_to_be_known(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, hall_fulfill(bench), OPENED " timer:" TIMER_PLACE);
    bench->now += PLACE_PAUSE_MS;
    ASSERT_SAID(bench, hall_due(bench, TIMER_PLACE), "timer:" TIMER_PLACE);
    rules_run(bench, hall_place(bench, "WH-1", true, 1));
    ASSERT_SAID(bench, hall_due(bench, TIMER_PLACE), PICKED " " PACKED);
    ASSERT_SAID(bench, hall_due(bench, TIMER_PLACE), "");
}

static void leaves_it_to_people_in_the_end(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, hall_fulfill(bench));
    bench->now += PLACE_PATIENCE_MS + 1;
    ASSERT_SAID(bench, hall_due(bench, TIMER_PLACE), "");
    assert_int_equal(hall_state_of(bench), WORK_OPEN);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refuses_a_short_pick, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_parcels_that_do_not_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hears_at_once_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sends_what_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_amended_until_it_is_packed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_when_it_is_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_a_priority_until_it_is_packed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_out_of_which_bins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_a_report_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_which_component_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_components_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(weighs_a_bundle_by_its_components, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_report_that_does_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reduces_all_or_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_when_the_last_hold_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_place_without_people_waits_for_the_release, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(packs_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_later_and_packs_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waits_for_its_place_to_be_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_it_to_people_in_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packs_into_as_many_parcels_as_it_takes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(packs_every_piece_once, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
