/* inventory_bin_test.c - bins inside a place: put, moved into, picked from, and what happens when less is there than they hold.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/text.h"
#include "services/inventory/bin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_ANSWER(bench, step, want) assert_string_equal(answer(bench, step), want)
#define ASSERT_BINS(bench, want)         assert_string_equal(bins(bench), want)
#define ASSERT_FACTS(bench, step, want)                                                            \
    assert_string_equal(bench_facts(bench, bench_run(bench, step)), want)

/* "201", or "422 /to". */
static const char *answer(struct bench *bench, struct step step)
{
    const struct decision *decision = bench_run(bench, step);
    const struct gateway_reply *reply = decision->replies->message;
    const char *pointer = reply->problem == NULL || reply->problem->errors_count == 0
                              ? ""
                              : reply->problem->errors[0].pointer;

    return text_format(bench->kept, "%d%s%s", (int)reply->status, pointer[0] == '\0' ? "" : " ",
                       pointer);
}

/* "4 of 9: A-1 3 B-1 1" : in bins of what is on hand at WH-1. */
static const char *bins(struct bench *bench)
{
    size_t count = 0;
    const struct memory_slice stock =
        memory_database_find(bench->database, &stock_table, key_text("A"));
    const struct stock_row *row = stock.rows[0];
    void **rows = memory_database_rows(bench->database, &stock_bin_table, &count);
    const char *text = text_format(bench->kept, "%d of %d:", (int)row->binned, (int)row->on_hand);

    for (size_t i = 0; i < count; i++) {
        const struct stock_bin_row *pieces = rows[i];

        if (pieces->quantity > 0) {
            text = text_format(bench->kept, "%s %s %d", text, pieces->bin, (int)pieces->quantity);
        }
    }
    return text;
}

static struct step request(struct bench *bench, uint32_t type, const void *message, size_t size,
                           const char *subject)
{
    return (struct step){ .message_type = type,
                          .message = arena_copy(bench->kept, message, size),
                          .subject = { .id = subject } };
}

static struct step put(struct bench *bench, const char *place, const char *bin, int64_t order,
                       bool active)
{
    const struct bin_put message = { .code = place,
                                     .bin = bin,
                                     .body = { .zone = "A",
                                               .pick_order = order,
                                               .kind = BIN_KIND_PICK,
                                               .active = active,
                                               .has_active = true } };

    return request(bench, MESSAGE_BIN_PUT, &message, sizeof message, place);
}

static struct step move(struct bench *bench, const char *from, const char *to, int64_t quantity)
{
    const struct stock_bin_move message = {
        .sku = "A", .location = "WH-1", .from = from, .to = to, .quantity = quantity
    };

    return request(bench, MESSAGE_STOCK_BIN_MOVE, &message, sizeof message, "A");
}

static struct step change(struct bench *bench, const char *bin, int64_t quantity)
{
    const struct stock_adjust message = { .sku = "A",
                                          .location = "WH-1",
                                          .bin = bin,
                                          .quantity_change = quantity,
                                          .has_quantity_change = true,
                                          .reason = ADJUSTMENT_REASON_CORRECTION };

    return request(bench, MESSAGE_STOCK_ADJUST, &message, sizeof message, "A");
}

static struct step counted(struct bench *bench, const char *bin, int64_t quantity)
{
    const struct stock_adjust message = { .sku = "A",
                                          .location = "WH-1",
                                          .bin = bin,
                                          .counted = quantity,
                                          .has_counted = true,
                                          .reason = ADJUSTMENT_REASON_COUNT };

    return request(bench, MESSAGE_STOCK_ADJUST, &message, sizeof message, "A");
}

static struct step take(struct bench *bench, const char *bin, int64_t quantity)
{
    struct bin_pieces *pieces = arena_alloc(bench->kept, sizeof *pieces);
    const struct stock_bin_take message = { .sku = "A",
                                            .location = "WH-1",
                                            .kind = BIN_MOVEMENT_PICKED,
                                            .order_no = 7,
                                            .has_order_no = true,
                                            .bins = pieces,
                                            .bins_count = 1 };

    *pieces = (struct bin_pieces){ bin, quantity };
    return request(bench, MESSAGE_STOCK_BIN_TAKE, &message, sizeof message, "A");
}

/* Three pieces out of a bin, and into one. */
static struct step ship(struct bench *bench, const char *id, const char *bin)
{
    struct stock_transfer_ship_body_line *line = arena_alloc(bench->kept, sizeof *line);
    const struct stock_transfer_ship message = { .transfer_id = id,
                                                 .body = { .lines = line, .lines_count = 1 } };

    *line = (struct stock_transfer_ship_body_line){ .sku = "A", .quantity = 3, .bin = bin };
    return request(bench, MESSAGE_STOCK_TRANSFER_SHIP, &message, sizeof message, id);
}

static struct step receive(struct bench *bench, const char *id, const char *bin)
{
    struct stock_transfer_receive_body_line *line = arena_alloc(bench->kept, sizeof *line);
    const struct stock_transfer_receive message = { .transfer_id = id,
                                                    .body = { .lines = line, .lines_count = 1 } };

    *line = (struct stock_transfer_receive_body_line){ .sku = "A", .quantity = 3, .bin = bin };
    return request(bench, MESSAGE_STOCK_TRANSFER_RECEIVE, &message, sizeof message, id);
}

/* So many at WH-1, and two bins there. */
static void stocked(struct bench *bench, int64_t quantity)
{
    bench_stocked_item(bench, "A", quantity);
    ASSERT_ANSWER(bench, put(bench, "WH-1", "A-1", 10, true), "201");
    ASSERT_ANSWER(bench, put(bench, "WH-1", "B-1", 20, true), "201");
}

static void bins_are_data_of_a_place(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 1);
    ASSERT_FACTS(bench, put(bench, "WH-1", "A-1", 10, true), "bin WH-1 A-1 1 order 10");
    ASSERT_FACTS(bench, put(bench, "WH-1", "A-1", 10, true), "");
    ASSERT_FACTS(bench, put(bench, "WH-1", "A-1", 11, false), "bin WH-1 A-1 2 order 11 closed");
    ASSERT_ANSWER(bench, put(bench, "WH-1", "A-1", 11, false), "200");
    ASSERT_ANSWER(bench, put(bench, "NONE", "A-1", 11, true), "404");
    struct step stale = put(bench, "WH-1", "A-1", 12, true);
    stale.precondition = "\"1\"";
    ASSERT_ANSWER(bench, stale, "412");
}

static void pieces_move_from_bin_to_bin(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 9);
    ASSERT_BINS(bench, "0 of 9:");
    ASSERT_FACTS(bench, move(bench, NULL, "A-1", 5),
                 "bins A@WH-1 moved A-1 +5=5 left 4; level A 9-0+0 free 9");
    ASSERT_FACTS(bench, move(bench, "A-1", "B-1", 2),
                 "bins A@WH-1 moved A-1 -2=3 B-1 +2=2 left 4; level A 9-0+0 free 9");
    ASSERT_FACTS(bench, move(bench, "A-1", NULL, 1),
                 "bins A@WH-1 moved A-1 -1=2 left 5; level A 9-0+0 free 9");
    ASSERT_BINS(bench, "4 of 9: A-1 2 B-1 2");
    bench_check(bench);
}

static void refuses_what_cannot_be_and_names_the_field(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 9);
    bench_run(bench, move(bench, NULL, "A-1", 5));
    ASSERT_ANSWER(bench, move(bench, NULL, NULL, 1), "422 /to");
    ASSERT_ANSWER(bench, move(bench, "A-1", "A-1", 1), "422 /to");
    ASSERT_ANSWER(bench, move(bench, "A-1", "X-9", 1), "422 /to");
    ASSERT_ANSWER(bench, move(bench, "X-9", "A-1", 1), "422 /from");
    ASSERT_ANSWER(bench, move(bench, "A-1", "B-1", 6), "422 /quantity");
    ASSERT_ANSWER(bench, move(bench, NULL, "B-1", 5), "422 /quantity");
    bench_run(bench, put(bench, "WH-1", "B-1", 20, false));
    ASSERT_ANSWER(bench, move(bench, "A-1", "B-1", 1), "422 /to");
    ASSERT_ANSWER(bench, change(bench, "X-9", 1), "422 /bin");
    ASSERT_ANSWER(bench, change(bench, "B-1", 1), "422 /bin");
    ASSERT_ANSWER(bench, change(bench, "A-1", -6), "422 /quantity_change");
    ASSERT_ANSWER(bench, change(bench, NULL, -5), "422 /bin"); /* four lie in none */
    ASSERT_ANSWER(bench, change(bench, NULL, -10), "422 /quantity_change");
    ASSERT_BINS(bench, "5 of 9: A-1 5");
    bench_check(bench);
}

/* The same request again changes nothing, and another under its name is refused. */
static void a_move_is_done_once(void **state)
{
    struct bench *bench = *state;
    struct step step;

    stocked(bench, 9);
    step = move(bench, NULL, "A-1", 5);
    step.id = "move-1";
    ASSERT_ANSWER(bench, step, "201");
    ASSERT_ANSWER(bench, step, "201");
    ASSERT_BINS(bench, "5 of 9: A-1 5");
    step.digest = "another body, of 32 characters..";
    ASSERT_ANSWER(bench, step, "422");
    ASSERT_BINS(bench, "5 of 9: A-1 5");
}

static void adjustments_and_counts_are_of_a_bin(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 9);
    bench_run(bench, move(bench, NULL, "A-1", 5));
    ASSERT_FACTS(
        bench, change(bench, "A-1", 3),
        "bins A@WH-1 adjusted A-1 +3=8 left 4; adjusted A@WH-1 +3=12 owed 0; level A 12-0+0 "
        "free 12");
    ASSERT_FACTS(
        bench, counted(bench, "A-1", 6),
        "bins A@WH-1 adjusted A-1 -2=6 left 4; adjusted A@WH-1 -2=10 owed 0; level A 10-0+0 "
        "free 10");
    ASSERT_FACTS(
        bench, counted(bench, "B-1", 1),
        "bins A@WH-1 adjusted B-1 +1=1 left 4; adjusted A@WH-1 +1=11 owed 0; level A 11-0+0 "
        "free 11");
    ASSERT_ANSWER(bench, change(bench, NULL, -4), "201");
    ASSERT_BINS(bench, "7 of 7: A-1 6 B-1 1");
    bench_check(bench);
}

/* What is picked leaves its bin at once, and the place when it is shipped. */
static void picking_takes_from_the_bin(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 9);
    bench_run(bench, move(bench, NULL, "A-1", 5));
    bench_run(bench, bench_reserve(bench, 7, "A:3"));
    bench_run(bench, take(bench, "A-1", 3));
    ASSERT_BINS(bench, "2 of 9: A-1 2");
    bench_run(bench, take(bench, "A-1", 3)); /* happened, whatever the bin says */
    ASSERT_BINS(bench, "0 of 9:");
    bench_run(bench, take(bench, "B-1", 1));
    ASSERT_BINS(bench, "0 of 9:");
    bench_run(bench, bench_consume(bench, 7, "F1", "1A:3@WH-1"));
    ASSERT_BINS(bench, "0 of 6:");
    bench_check(bench);
}

/* The order tells what its place took, by item; told again it is taken once. */
static void an_order_tells_what_was_picked(void **state)
{
    struct bench *bench = *state;
    static const struct picked_pieces pieces[] = { { "A", "A-1", 2 },
                                                   { "B", "A-1", 1 },
                                                   { "A", "B-1", 1 } };
    const struct inventory_pick command = { .order_id = bench_order_id(bench, 7),
                                            .order_no = 7,
                                            .clock = 9,
                                            .fulfillment_id = bench_child_id(bench, 7, "F1"),
                                            .location = "WH-1",
                                            .bins = pieces,
                                            .bins_count = 3 };

    stocked(bench, 9);
    bench_run(bench, move(bench, NULL, "A-1", 5));
    bench_run(bench, move(bench, NULL, "B-1", 4));
    for (int i = 0; i < 2; i++) {
        struct step told =
            request(bench, MESSAGE_INVENTORY_PICK, &command, sizeof command, command.order_id);
        told.subject.number = 7;
        bench_run(bench, told);
        (void)bench_settle(bench);
        ASSERT_BINS(bench, "6 of 9: A-1 3 B-1 3");
    }
    bench_check(bench);
}

/* Somebody took pieces and named no bin: those that hold most give them up. */
static void bins_give_up_what_is_not_there(void **state)
{
    struct bench *bench = *state;

    stocked(bench, 9);
    bench_run(bench, move(bench, NULL, "A-1", 5));
    bench_run(bench, move(bench, NULL, "B-1", 4));
    bench_run(bench, bench_reserve(bench, 7, "A:6"));
    bench_run(bench, bench_consume(bench, 7, "F1", "1A:6@WH-1"));
    ASSERT_BINS(bench, "9 of 3: A-1 5 B-1 4");
    (void)bench_settle(bench);
    ASSERT_BINS(bench, "3 of 3: B-1 3");
    bench_run(bench, counted(bench, NULL, 1));
    (void)bench_settle(bench);
    ASSERT_BINS(bench, "1 of 1: B-1 1");
    bench_check(bench);
}

static void transfers_leave_and_reach_bins(void **state)
{
    struct bench *bench = *state;
    struct step step;

    stocked(bench, 9);
    bench_location(bench, "WH-2", 2, true);
    bench_run(bench, put(bench, "WH-2", "Z-1", 1, true));
    bench_run(bench, move(bench, NULL, "A-1", 5));
    step = bench_transfer(bench, "WH-1>WH-2", "A:3");
    bench_run(bench, step);
    ASSERT_ANSWER(bench, ship(bench, step.id, "Z-1"), "422 /lines/0/bin"); /* at the other place */
    ASSERT_ANSWER(bench, ship(bench, step.id, "B-1"), "422 /lines/0/quantity");
    ASSERT_ANSWER(bench, ship(bench, step.id, "A-1"), "200");
    (void)bench_settle(bench);
    ASSERT_BINS(bench, "2 of 6: A-1 2");
    ASSERT_ANSWER(bench, receive(bench, step.id, "A-1"), "422 /lines/0/bin");
    ASSERT_ANSWER(bench, receive(bench, step.id, "Z-1"), "200");
    (void)bench_settle(bench);
    ASSERT_BINS(bench, "2 of 6: A-1 2 Z-1 3");
    bench_check(bench);
}

#define test(of) cmocka_unit_test_setup_teardown(of, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(bins_are_data_of_a_place),
        test(pieces_move_from_bin_to_bin),
        test(refuses_what_cannot_be_and_names_the_field),
        test(a_move_is_done_once),
        test(adjustments_and_counts_are_of_a_bin),
        test(picking_takes_from_the_bin),
        test(an_order_tells_what_was_picked),
        test(bins_give_up_what_is_not_there),
        test(transfers_leave_and_reach_bins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
