/* fulfillment_list_test.c - pick lists: made, scanned, undone, done, canceled; barcodes.
 *
 * Order 1 of the hall: two pieces of A, one of B; what could be picked lies in bin A-1.
 *
 * links: fulfillment
 */
#include "tests/unit/fulfillment_hall.h"

#include "common/text.h"
#include "proto/types.h"
#include "services/fulfillment/barcode.h"
#include "services/fulfillment/commands.h"
#include "services/fulfillment/fulfillment.h"
#include "services/fulfillment/pick_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What pickable_load answers: all open work. */
static void derive_pickable(struct memory_database *database, struct key load_key,
                            struct arena *arena, struct rows *rows)
{
    size_t work_count = 0, line_count = 0;
    void **works = memory_database_rows(database, &fulfillment_table, &work_count);
    const struct fulfillment_row *work = work_count == 0 ? NULL : works[0];

    if (work == NULL || work->state != WORK_OPEN || work_is_on_hold(work)) {
        return;
    }
    struct pickable_row row = { .key = arena_copy_text(arena, load_key.text, load_key.length),
                                .order_id = work->order_id,
                                .fulfillment_no = work->fulfillment_no,
                                .order_no = work->order_no,
                                .bin = "A-1",
                                .zone = "A" };
    void **lines = memory_database_rows(database, &line_table, &line_count);

    for (size_t i = 0; i < line_count; i++) {
        const struct line_row *line = lines[i];

        row.rank = (int64_t)i + 1;
        row.sku = arena_copy_text(arena, line->sku, strlen(line->sku));
        row.quantity = line->quantity;
        rows_put_stored(rows, &pickable_table, &row);
    }
}

static int set_up(void **state)
{
    struct rules_bench *bench = rules_bench_new(&fulfillment_service);

    memory_database_derive(bench->database, &pickable_table, derive_pickable);
    rules_run(bench, hall_place(bench, "WH-1", false, 1));
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    rules_bench_free(*state);
    return 0;
}

#define SEND(type, struct_name, ...)                                                               \
    const struct struct_name request = { __VA_ARGS__ };                                            \
    return rules_message(bench, type, &request, sizeof request)

static struct rules_step make(struct rules_bench *bench)
{
    SEND(MESSAGE_PICK_LIST_MAKE, pick_list_make, .location = "WH-1");
}

static struct rules_step make_named(struct rules_bench *bench)
{
    const char *const named[] = { rules_child_id(bench, 1, "F1") };

    SEND(MESSAGE_PICK_LIST_MAKE, pick_list_make, .location = "WH-1",
         .fulfillments = rules_keep(bench, named, sizeof named), .fulfillments_count = 1);
}

static struct rules_step scan(struct rules_bench *bench, const char *list, const char *id,
                              const char *barcode, int64_t quantity)
{
    SEND(MESSAGE_PICK_LIST_SCAN, pick_list_scan, .list_id = list,
         .body = { .scan_id = id, .barcode = barcode, .quantity = quantity, .has_quantity = true });
}

static struct rules_step undo(struct rules_bench *bench, const char *list, const char *id)
{
    SEND(MESSAGE_PICK_LIST_UNDO, pick_list_undo, .list_id = list, .scan_id = id);
}

static struct rules_step finish(struct rules_bench *bench, const char *list)
{
    SEND(MESSAGE_PICK_LIST_FINISH, pick_list_finish, .list_id = list);
}

static struct rules_step cancel(struct rules_bench *bench, const char *list)
{
    SEND(MESSAGE_PICK_LIST_CANCEL, pick_list_cancel, .list_id = list);
}

static struct rules_step assign(struct rules_bench *bench, const char *list)
{
    SEND(MESSAGE_PICK_LIST_ASSIGN, pick_list_assign, .list_id = list, .body = { .picker = "ann" });
}

static struct rules_step verify(struct rules_bench *bench, const char *place)
{
    SEND(MESSAGE_PLACE_VERIFICATION_PUT, place_verification_put, .code = place,
         .body = { .pick = true });
}

/* The id of the list that the last request made. */
static const char *made(struct rules_bench *bench)
{
    return text_format(bench->kept, "req_%026lld", (long long)bench->request_no);
}

static const char *made_list(struct rules_bench *bench)
{
    hall_bring_into(bench, WORK_OPEN);
    ASSERT_SAID(bench, make(bench), "reply:201");
    return made(bench);
}

static int64_t verified(struct rules_bench *bench, size_t at)
{
    size_t count = 0;
    void **lines = memory_database_rows(bench->database, &pick_list_line_table, &count);

    assert_true(at < count);
    return ((const struct pick_list_line_row *)lines[at])->verified;
}

static const struct pick_list_row *stored(struct rules_bench *bench)
{
    size_t count = 0;
    void **lists = memory_database_rows(bench->database, &pick_list_table, &count);

    assert_int_equal(count, 1);
    return lists[0];
}

/* --- Lists ---------------------------------------------------------------------------------------- */

static void has_a_fulfillment_once(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, make(bench), "reply:422");
    ASSERT_SAID(bench, make_named(bench), "reply:422");
    const char *list = made_list(bench);
    ASSERT_SAID(bench, make(bench), "reply:422");
    const struct decision *refused = rules_run(bench, make_named(bench));
    assert_non_null(strstr(rules_problem(refused), "is on the pick list"));
    ASSERT_SAID(bench, cancel(bench, list), DONE);
    ASSERT_SAID(bench, cancel(bench, list), DONE);
    ASSERT_SAID(bench, finish(bench, list), CONFLICT);
    ASSERT_SAID(bench, make_named(bench), "reply:201");
}

/* Two requests of one batch: the second finds what the first took. */
static void has_it_once_in_a_batch(void **state)
{
    struct rules_bench *bench = *state;

    hall_bring_into(bench, WORK_OPEN);
    const struct rules_step steps[] = { make(bench), make_named(bench) };
    rules_batch(bench, steps, 2);
    assert_string_equal(rules_said(bench, &bench->decisions[0]), "reply:201");
    assert_string_equal(rules_said(bench, &bench->decisions[1]), "reply:422");
}

static void tells_that_all_is_picked(void **state)
{
    struct rules_bench *bench = *state;
    const char *list = made_list(bench);

    ASSERT_SAID(bench, assign(bench, list), DONE);
    assert_int_equal(stored(bench)->state, PICK_LIST_STATE_PICKING);
    ASSERT_SAID(bench, finish(bench, list), "input:fulfillment.pick reply:200");
    assert_int_equal(stored(bench)->state, PICK_LIST_STATE_DONE);
    assert_int_equal(memory_database_count(bench->database, &pick_claim_table), 0);
    ASSERT_SAID(bench, finish(bench, list), DONE);
    ASSERT_SAID(bench, assign(bench, list), CONFLICT);
    ASSERT_SAID(bench, cancel(bench, list), CONFLICT);
    ASSERT_SAID(bench, finish(bench, "req_none"), UNKNOWN);
}

static void wants_every_piece_scanned(void **state)
{
    struct rules_bench *bench = *state;
    const char *list = made_list(bench);

    ASSERT_SAID(bench, verify(bench, "WH-9"), UNKNOWN);
    ASSERT_SAID(bench, verify(bench, "WH-1"), DONE);
    ASSERT_SAID(bench, scan(bench, list, "s1", "A", 2), DONE);
    const struct decision *refused = rules_run(bench, finish(bench, list));
    assert_non_null(strstr(rules_problem(refused), "1 of B in bin A-1 were not scanned"));
    ASSERT_SAID(bench, scan(bench, list, "s2", "B", 1), DONE);
    ASSERT_SAID(bench, finish(bench, list), "input:fulfillment.pick reply:200");
}

/* --- Scans ---------------------------------------------------------------------------------------- */

static void counts_a_scan_once(void **state)
{
    struct rules_bench *bench = *state;
    const char *list = made_list(bench);

    ASSERT_SAID(bench, scan(bench, list, "s1", "A", 1), DONE);
    ASSERT_SAID(bench, scan(bench, list, "s1", "A", 1), DONE);
    assert_int_equal(verified(bench, 0), 1);
    ASSERT_SAID(bench, scan(bench, list, "s1", "B", 1), "reply:422");
    ASSERT_SAID(bench, scan(bench, list, "s2", "C", 1), "reply:422");
    const struct decision *many = rules_run(bench, scan(bench, list, "s3", "A", 2));
    assert_non_null(strstr(rules_problem(many), "too many: only 1 more"));
    ASSERT_SAID(bench, scan(bench, list, "s4", "A", 1), DONE);
    const struct decision *full = rules_run(bench, scan(bench, list, "s5", "A", 1));
    assert_non_null(strstr(rules_problem(full), "put it back"));
    ASSERT_SAID(bench, undo(bench, list, "s1"), CONFLICT);
    ASSERT_SAID(bench, undo(bench, list, "s4"), DONE);
    ASSERT_SAID(bench, undo(bench, list, "s4"), DONE);
    assert_int_equal(verified(bench, 0), 1);
    ASSERT_SAID(bench, undo(bench, list, "s9"), UNKNOWN);
    ASSERT_SAID(bench, undo(bench, list, "s1"), DONE);
    assert_int_equal(verified(bench, 0), 0);
}

/* What is short, held or canceled is not taken any more. */
static void follows_its_fulfillments(void **state)
{
    struct rules_bench *bench = *state;
    const char *list = made_list(bench);

    ASSERT_SAID(bench, hall_short_one(bench), SHORTED_NOW);
    ASSERT_SAID(bench, scan(bench, list, "s1", "A", 2), "reply:422");
    ASSERT_SAID(bench, scan(bench, list, "s2", "A", 1), DONE);
    ASSERT_SAID(bench, hall_hold(bench), HELD_NOW);
    ASSERT_SAID(bench, scan(bench, list, "s3", "B", 1), "reply:422");
    ASSERT_SAID(bench, hall_release(bench), RESUMED " timer:" TIMER_PLACE " reply:200");
    ASSERT_SAID(bench, scan(bench, list, "s4", "B", 1), DONE);
    ASSERT_SAID(bench, hall_cancel(bench), CANCELED);
    ASSERT_SAID(bench, scan(bench, list, "s5", "B", 1), "reply:422");
    ASSERT_SAID(bench, finish(bench, list), DONE); /* nothing is left to be told */
}

static void knows_barcodes(void **state)
{
    static const char *const gtins[] = { "4006381333931", "0096385074" };
    static const struct pack_unit packs[] = {
        { .unit = "case", .quantity = 12, .barcode = "14006381333938" },
        { .unit = "pallet", .quantity = 100 }
    };
    const struct item_body item = {
        .barcodes = gtins, .barcodes_count = 2, .packs = packs, .packs_count = 2
    };
    struct rules_bench *bench = *state;
    const char *text = barcodes_text(bench->kept, &item);

    assert_string_equal(text, "4006381333931 1 96385074 1 14006381333938 12");
    assert_int_equal(barcode_pieces("04006381333931", "A", text), 1);
    assert_int_equal(barcode_pieces("96385074", "A", text), 1);
    assert_int_equal(barcode_pieces("14006381333938", "A", text), 12);
    assert_int_equal(barcode_pieces("400638133393", "A", text), 0);
    assert_int_equal(barcode_pieces("12", "A", text), 0);
    assert_int_equal(barcode_pieces("000", "A", text), 0);
    assert_int_equal(barcode_pieces("A", "A", NULL), 1);
    assert_int_equal(barcode_pieces("B", "A", NULL), 0);
    assert_null(barcodes_text(bench->kept, &(struct item_body){ .name = "A" }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(has_a_fulfillment_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_it_once_in_a_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_that_all_is_picked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wants_every_piece_scanned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_a_scan_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(follows_its_fulfillments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(knows_barcodes, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
