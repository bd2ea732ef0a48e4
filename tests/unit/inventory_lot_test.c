/* inventory_lot_test.c - pieces that are kept apart by lots, or by serial numbers.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/text.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/lot_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_STOCK(bench, sku, want)  assert_string_equal(bench_stock(bench, sku), want)
#define ASSERT_FACTS(bench, step, want) assert_string_equal(facts_of(bench, step), want)
#define ASSERT_LOTS(bench, sku, want)   assert_string_equal(lots_at(bench, sku), want)

static const int64_t day_ms = INT64_C(86400000);

static const char *facts_of(struct bench *bench, struct step step)
{
    return bench_facts(bench, bench_run(bench, step));
}

/* The answer to who waits: "201", or "422 /lots what is wrong". */
static const char *answer(struct bench *bench, struct step step)
{
    const struct gateway_reply *reply = bench_run(bench, step)->replies->message;

    return reply->problem == NULL
               ? text_format(bench->kept, "%d", (int)reply->status)
               : text_format(bench->kept, "%d %s %s", (int)reply->status,
                             reply->problem->errors_count == 0 ? ""
                                                               : reply->problem->errors[0].pointer,
                             reply->problem->errors_count == 0 ? reply->problem->detail
                                                               : reply->problem->errors[0].detail);
}

/* "L1:5=2027-01-31 L2:3-1": pieces of lots, their last day, and how many of them are damaged. */
static const struct lot_pieces *named(struct bench *bench, const char *text, size_t *ret_count)
{
    struct lot_pieces *lots = arena_alloc(bench->kept, 20 * sizeof *lots);
    char *rest = arena_copy_text(bench->kept, text, strlen(text));

    for (*ret_count = 0; rest != NULL && rest[0] != '\0'; ++*ret_count) {
        char *word = rest, *colon = strchr(word, ':'), *end = NULL;
        struct lot_pieces *lot = &lots[*ret_count];

        rest = strchr(word, ' ');
        if (rest != NULL) {
            *rest++ = '\0';
        }
        *colon = '\0';
        lot->lot = word;
        lot->quantity = strtol(colon + 1, &end, 10);
        if (*end == '-') {
            lot->damaged = strtol(end + 1, &end, 10);
            lot->has_damaged = true;
        }
        lot->expires_on = *end == '=' ? end + 1 : NULL;
    }
    return lots;
}

static struct step change_of(struct bench *bench, const char *sku, int64_t change, const char *lots)
{
    struct stock_adjust request = { .sku = sku,
                                    .location = "WH-1",
                                    .quantity_change = change,
                                    .has_quantity_change = true,
                                    .reason = ADJUSTMENT_REASON_RECEIVED };

    request.lots = named(bench, lots, &request.lots_count);
    return (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = sku } };
}

static struct step count_of(struct bench *bench, const char *sku, int64_t counted, const char *lots)
{
    struct stock_adjust request = { .sku = sku,
                                    .location = "WH-1",
                                    .counted = counted,
                                    .has_counted = true,
                                    .reason = ADJUSTMENT_REASON_COUNT };

    request.lots = named(bench, lots, &request.lots_count);
    return (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = sku } };
}

static struct step move_of(struct bench *bench, const char *sku, struct stock_way way,
                           const char *lots)
{
    struct stock_move request = { .sku = sku,
                                  .location = "WH-1",
                                  .from = way.from,
                                  .to = way.to,
                                  .quantity = way.quantity,
                                  .reason = ADJUSTMENT_REASON_DAMAGE };

    request.lots = named(bench, lots, &request.lots_count);
    return (struct step){ .message_type = MESSAGE_STOCK_MOVE,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = sku } };
}

/* "L1 5 damaged 1 control 2 for 7": what is sellable, what else, and for which order it is picked. */
static const char *lot_text(struct bench *bench, const struct lot *lot)
{
    const struct {
        const char *word;
        int64_t value;
    } others[] = { { "damaged", lot->pieces[LOT_DAMAGED] },
                   { "control", lot->pieces[LOT_QUALITY_CONTROL] },
                   { "for", lot->order_no } };
    const char *text =
        text_format(bench->kept, "%s %d", lot->number, (int)lot->pieces[LOT_SELLABLE]);

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i].value != 0) {
            text = text_format(bench->kept, "%s %s %d", text, others[i].word, (int)others[i].value);
        }
    }
    return text;
}

/* "WH-1 L1 5, ..." a lot. */
static const char *lots_at(struct bench *bench, const char *sku)
{
    const char *text = "";
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &stock_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_row *stock = rows[i];
        const struct lots lots = lots_of(bench->kept, stock->lots, 0);

        if (lots.count > 1) {
            qsort(lots.items, lots.count, sizeof *lots.items, lot_compare);
        }
        for (size_t j = 0; j < lots.count && strcmp(stock->sku, sku) == 0; j++) {
            text = text_format(bench->kept, "%s%s%s %s", text, text[0] == '\0' ? "" : ", ",
                               stock->location, lot_text(bench, &lots.items[j]));
        }
    }
    return text;
}

static void item_by_lots(struct bench *bench, const char *sku, int64_t shelf_life_days)
{
    bench_location(bench, "WH-1", 1, true);
    bench_location(bench, "WH-2", 2, true);
    bench_item(bench, sku,
               (struct item_body){ .name = sku,
                                   .lot_tracked = true,
                                   .has_lot_tracked = true,
                                   .expires = true,
                                   .has_expires = true,
                                   .minimum_shelf_life_days = shelf_life_days,
                                   .has_minimum_shelf_life_days = true });
}

static void item_by_serials(struct bench *bench, const char *sku)
{
    bench_location(bench, "WH-1", 1, true);
    bench_location(bench, "WH-2", 2, true);
    bench_item(
        bench, sku,
        (struct item_body){ .name = sku, .serial_tracked = true, .has_serial_tracked = true });
}

/* --- Tests ---------------------------------------------------------------------------------------- */

static void what_comes_and_goes_names_its_lots(void **state)
{
    struct bench *bench = *state;

    item_by_lots(bench, "A", 0);
    ASSERT_FACTS(bench, change_of(bench, "A", 8, "L1:5=2031-01-31 L2:3=2030-01-31"),
                 "adjusted A@WH-1 +8=8 owed 0; lots A@WH-1 L1+5 L2+3; level A 8-0+0 free 8");
    bench_run(bench,
              move_of(bench, "A",
                      (struct stock_way){ STOCK_CONDITION_SELLABLE, STOCK_CONDITION_DAMAGED, 2 },
                      "L1:2"));
    ASSERT_LOTS(bench, "A", "WH-1 L2 3, WH-1 L1 3 damaged 2");
    bench_run(bench,
              move_of(bench, "A",
                      (struct stock_way){ STOCK_CONDITION_DAMAGED, STOCK_CONDITION_WRITTEN_OFF, 1 },
                      "L1:1"));
    bench_run(bench, change_of(bench, "A", -2, "L2:2"));
    ASSERT_LOTS(bench, "A", "WH-1 L2 1, WH-1 L1 3 damaged 1");
    bench_check(bench);
}

static void lots_that_cannot_be_are_refused_by_name(void **state)
{
    static const struct {
        int64_t change;
        const char *lots, *want;
    } cases[] = {
        { 5, "", "422 /lots name the lots of 5 pieces: the item is kept apart by lots" },
        { 5, "L1:4=2031-01-31", "422 /lots name the lots of 5 pieces: 4 are named" },
        { 5, "L1:2=2031-01-31 L1:3=2031-01-31", "422 /lots/1/lot is named before" },
        { 5, "L9:5", "422 /lots/0/expires_on the item's lots expire: say on which day" },
        { 5, "L9:5=2031-02-31", "422 /lots/0/expires_on is no day of the calendar" },
        { 5, "L1:5=2032-01-31", "422 /lots/0/expires_on by the books it expires on 2031-01-31" },
        { 5, "L1:5-6=2031-01-31",
          "422 /lots/0/damaged must be at most quantity, which counts them, too" },
        { -5, "L1:5", "422 /lots/0/lot only 4 pieces of lot \"L1\" are there to be taken" },
        { -1, "L3:1", "422 /lots/0/lot lot \"L3\" is not there to be taken" },
        { 5, "L1:5", "201" },
    };
    struct bench *bench = *state;

    item_by_lots(bench, "A", 0);
    bench_stocked_item(bench, "B", 1);
    bench_run(bench, change_of(bench, "A", 4, "L1:4=2031-01-31"));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(answer(bench, change_of(bench, "A", cases[i].change, cases[i].lots)),
                            cases[i].want);
    }
    assert_string_equal(answer(bench, change_of(bench, "B", 1, "L1:1")),
                        "422 /lots the item is not kept apart by lots or serial numbers");
    bench_check(bench);
}

/* First expired, first out, where nobody says what was taken. */
static void what_expires_first_leaves_first(void **state)
{
    struct bench *bench = *state;

    item_by_lots(bench, "A", 0);
    bench_run(bench, change_of(bench, "A", 8, "L1:5=2031-01-31 L2:3=2030-01-31"));
    bench_run(bench, bench_reserve(bench, 1, "A:4"));
    ASSERT_LOTS(bench, "A", "WH-1 L2 3, WH-1 L1 5");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:4@WH-1"),
                 "consumed 1A:4@WH-1; lots A@WH-1 L2-3 L1-1");
    ASSERT_LOTS(bench, "A", "WH-1 L1 4");
    bench_check(bench);
}

static void a_count_says_what_is_there_of_each(void **state)
{
    struct bench *bench = *state;

    item_by_lots(bench, "A", 0);
    bench_run(bench, change_of(bench, "A", 8, "L1:5=2031-01-31 L2:3=2030-01-31"));
    bench_run(bench, move_of(bench, "A",
                             (struct stock_way){ STOCK_CONDITION_SELLABLE,
                                                 STOCK_CONDITION_QUALITY_CONTROL, 3 },
                             "L2:3"));
    ASSERT_FACTS(bench, count_of(bench, "A", 8, "L1:4 L2:1 L3:3=2032-01-01"),
                 "adjusted A@WH-1 +0=8 owed 0; lots A@WH-1 L2-2 control -2 L1-1 L3+3; "
                 "level A 8-0+0 free 7");
    ASSERT_STOCK(bench, "A", "WH-1 8-0+0 control 1");
    bench_check(bench);
    bench_run(bench, count_of(bench, "A", 0, ""));
    ASSERT_LOTS(bench, "A", "");
    ASSERT_STOCK(bench, "A", "WH-1 0-0+0");
    bench_check(bench);
}

/* What is there when lots begin to be kept apart is unnamed, leaves first, and a count names it. */
static void lots_begin_with_what_is_there(void **state)
{
    struct bench *bench = *state;
    struct item_body body = { .name = "A", .lot_tracked = true, .has_lot_tracked = true };

    bench_stocked_item(bench, "A", 6);
    bench_run(bench, bench_reserve(bench, 1, "A:2"));
    bench_item(bench, "A", body);
    ASSERT_LOTS(bench, "A", "WH-1  6");
    bench_run(bench, change_of(bench, "A", 2, "L1:2"));
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1"));
    ASSERT_LOTS(bench, "A", "WH-1  4, WH-1 L1 2");
    bench_check(bench);
    bench_run(bench, count_of(bench, "A", 6, "L0:4 L1:2"));
    ASSERT_LOTS(bench, "A", "WH-1 L0 4, WH-1 L1 2");
    bench_check(bench);
    body.lot_tracked = false;
    bench_item(bench, "A", body);
    ASSERT_LOTS(bench, "A", "");
    ASSERT_STOCK(bench, "A", "WH-1 6-0+0");
    bench_check(bench);
}

static void a_serial_number_is_one_piece(void **state)
{
    struct bench *bench = *state;

    item_by_serials(bench, "A");
    assert_string_equal(answer(bench, change_of(bench, "A", 2, "S1:2")),
                        "422 /lots/0/lot a serial number is one piece");
    bench_run(bench, change_of(bench, "A", 3, "S1:1 S2:1 S3:1"));
    assert_string_equal(answer(bench, change_of(bench, "A", 1, "S1:1")),
                        "422 /lots/0/lot serial number \"S1\" is at \"WH-1\" already");
    bench_run(bench, change_of(bench, "A", -1, "S1:1"));
    assert_string_equal(answer(bench, change_of(bench, "A", -1, "S1:1")),
                        "422 /lots/0/lot serial number \"S1\" is not there to be taken");
    ASSERT_LOTS(bench, "A", "WH-1 S2 1, WH-1 S3 1");
    /* Which one left is not known: none of them is said to have, until somebody counts. */
    bench_run(bench, bench_reserve(bench, 1, "A:1"));
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:1@WH-1"));
    ASSERT_LOTS(bench, "A", "WH-1  -1, WH-1 S2 1, WH-1 S3 1");
    bench_check(bench);
    bench_run(bench, count_of(bench, "A", 1, "S3:1"));
    ASSERT_LOTS(bench, "A", "WH-1 S3 1");
    bench_check(bench);
}

/* It leaves what is available when its day comes, by a movement like any other, and once. */
static void what_ends_is_not_for_sale(void **state)
{
    struct bench *bench = *state;
    struct step due = { .timer = LOT_TIMER, .subject = { .id = "A" } };
    int64_t today = bench->now / day_ms;
    const char *ends = lot_date(bench->kept, today + 10);

    item_by_lots(bench, "A", 7);
    bench_run(bench,
              change_of(bench, "A", 8, text_format(bench->kept, "L1:5=%s L2:3=2040-01-31", ends)));
    bench_run(bench, bench_reserve(bench, 1, "A:6"));
    assert_string_equal(bench_settle(bench), "");
    ASSERT_STOCK(bench, "A", "WH-1 8-6+0");
    bench->now = (today + 3) * day_ms;
    ASSERT_FACTS(bench, due, "level A 8-6+0 free 2"); /* the last of its days */
    bench->now = (today + 4) * day_ms;
    ASSERT_FACTS(bench, due,
                 "moved A@WH-1 5 sellable>control on hand 8 owed 3; "
                 "lots A@WH-1 L1+0 control +5; level A 8-6+3 free 0");
    ASSERT_FACTS(bench, due, "level A 8-6+3 free 0");
    bench_check(bench);
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:3@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 8-3+0 control 5");
    bench_check(bench);
}

static void transfers_take_their_lots_along(void **state)
{
    struct bench *bench = *state;

    item_by_lots(bench, "A", 0);
    bench_run(bench, change_of(bench, "A", 8, "L1:5=2031-01-31 L2:3=2030-01-31"));
    struct step request = bench_transfer(bench, "WH-1>WH-2", "A:4");
    const char *id = request.id;
    bench_run(bench, request);
    assert_string_equal(answer(bench, bench_ship(bench, id, NULL)),
                        "422 /lines A: name the lots of 4 pieces: the item is kept apart by lots");
    struct step ship = bench_ship(bench, id, "A:4");
    struct stock_transfer_ship_body_line left = { .sku = "A", .quantity = 4 };
    struct stock_transfer_ship message = *(const struct stock_transfer_ship *)ship.message;
    left.lots = named(bench, "L1:1 L2:3", &left.lots_count);
    message.body.lines = &left;
    ship.message = &message;
    assert_string_equal(answer(bench, ship), "200");
    bench_settle(bench);
    ASSERT_LOTS(bench, "A", "WH-1 L1 4");
    assert_string_equal(
        answer(bench, bench_receive(bench, id, "A:3", 0)),
        "422 /lines/0/lots name the lots of 3 pieces: the item is kept apart by lots");
    assert_string_equal(answer(bench, bench_receive(bench, id, "A:4", 0)), "200");
    bench_settle(bench);
    ASSERT_LOTS(bench, "A", "WH-1 L1 4, WH-2 L2 3, WH-2 L1 1");
    bench_check(bench);
}

static struct step pick_of(struct bench *bench, int64_t order_no, const char *sku, const char *lots)
{
    struct stock_pick request = { .order_id = bench_order_id(bench, order_no),
                                  .sku = sku,
                                  .location = "WH-1" };

    request.lots = named(bench, lots, &request.lots_count);
    return (struct step){ .message_type = MESSAGE_STOCK_PICK,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = sku } };
}

/* What the picker names leaves with the order, whatever would expire first; nobody else gets it. */
static void what_is_picked_leaves_with_the_order(void **state)
{
    struct bench *bench = *state;

    item_by_lots(bench, "A", 0);
    bench_run(bench, change_of(bench, "A", 8, "L1:5=2031-01-31 L2:3=2030-01-31"));
    bench_run(bench, bench_reserve(bench, 1, "A:3"));
    bench_run(bench, bench_reserve(bench, 2, "A:2"));
    assert_string_equal(answer(bench, pick_of(bench, 3, "A", "L1:1")),
                        "422 /order_id the order holds no piece of the item at this place");
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "L1:4")),
                        "422 /lots the order holds 3 pieces there: 4 are named");
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "L3:1")),
                        "422 /lots/0/lot lot \"L3\" is not there to be taken");
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "L1:1 L2:2")), "201");
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "L1:3")), "201");
    ASSERT_LOTS(bench, "A", "WH-1 L2 3, WH-1 L1 2, WH-1 L1 3 for 1");
    assert_string_equal(answer(bench, pick_of(bench, 2, "A", "L1:2")), "201");
    bench_run(bench, bench_release(bench, 2, CANCEL_REASON_OTHER));
    ASSERT_LOTS(bench, "A", "WH-1 L2 3, WH-1 L1 2, WH-1 L1 3 for 1");
    bench_run(bench, bench_reduce(bench, 1, 1, "1A:1@WH-1"));
    ASSERT_LOTS(bench, "A", "WH-1 L2 3, WH-1 L1 3, WH-1 L1 2 for 1");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:2@WH-1"),
                 "consumed 1A:2@WH-1; lots A@WH-1 L1-2");
    bench_check(bench);
}

/* A damaged piece left, and nobody said which: a count that misses it takes it off, and nothing twice. */
static void what_left_unnamed_is_counted(void **state)
{
    struct bench *bench = *state;

    item_by_serials(bench, "A");
    bench_run(bench, change_of(bench, "A", 2, "S1:1 S2:1"));
    bench_run(bench,
              move_of(bench, "A",
                      (struct stock_way){ STOCK_CONDITION_SELLABLE, STOCK_CONDITION_DAMAGED, 2 },
                      "S1:1 S2:1"));
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:1@WH-1"));
    ASSERT_LOTS(bench, "A", "WH-1  0 damaged -1, WH-1 S1 0 damaged 1, WH-1 S2 0 damaged 1");
    bench_run(bench, count_of(bench, "A", 1, "S2:1"));
    ASSERT_LOTS(bench, "A", "WH-1 S2 0 damaged 1");
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0 damaged 1");
    bench_run(bench, count_of(bench, "A", 0, ""));
    ASSERT_STOCK(bench, "A", "WH-1 0-0+0");
    bench_check(bench);
}

static void receive_at(struct bench *bench, const char *place, const char *lots)
{
    struct step step = change_of(bench, "A", 5, lots);
    struct stock_adjust *request = arena_copy(bench->kept, step.message, sizeof *request);

    request->location = place;
    step.message = request;
    bench_run(bench, step);
}

/* Whatever comes first otherwise; what does not expire there comes last. */
static void what_expires_first_is_sourced_first(void **state)
{
    static const struct sourcing_rule first_out = { .kind = SOURCING_RULE_KIND_EXPIRY_FIRST };
    struct bench *bench = *state;

    item_by_lots(bench, "A", 0);
    receive_at(bench, "WH-1", "L1:5=2031-01-31");
    receive_at(bench, "WH-2", "L2:5=2030-01-31");
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:1"), "reserved 1A:1@WH-1");
    bench_sourcing(bench, "*", &first_out, 1);
    ASSERT_FACTS(bench, bench_reserve(bench, 2, "A:1"), "reserved 1A:1@WH-2");
    receive_at(bench, "WH-1", "L3:5=2029-01-31");
    ASSERT_FACTS(bench, bench_reserve(bench, 3, "A:1"), "reserved 1A:1@WH-1");
    ASSERT_FACTS(bench, bench_reserve(bench, 4, "A:9"), "reserved 1A:8@WH-1 1A:1@WH-2");
    bench_check(bench);
}

/* Also before somebody sets it apart; what was picked while it was good stays the order's. */
static void what_ended_is_picked_for_nobody(void **state)
{
    struct bench *bench = *state;
    int64_t today = bench->now / day_ms;
    const char *ends = lot_date(bench->kept, today + 1);

    item_by_lots(bench, "A", 0);
    bench_run(bench,
              change_of(bench, "A", 8, text_format(bench->kept, "L1:5=%s L2:3=2040-01-31", ends)));
    bench_run(bench, bench_reserve(bench, 1, "A:2"));
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "L1:1")), "201");
    bench->now = (today + 2) * day_ms;
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "L1:2")),
                        text_format(bench->kept,
                                    "422 /lots/0/lot lot \"L1\" is good until %s: it is not sold "
                                    "any more",
                                    ends));
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "L1:1 L2:1")), "201");
    bench_check(bench);
}

static void a_serial_number_goes_to_one_order(void **state)
{
    struct bench *bench = *state;

    item_by_serials(bench, "A");
    bench_run(bench, change_of(bench, "A", 3, "S1:1 S2:1 S3:1"));
    bench_run(bench, bench_reserve(bench, 1, "A:1"));
    bench_run(bench, bench_reserve(bench, 2, "A:1"));
    assert_string_equal(answer(bench, pick_of(bench, 1, "A", "S2:1")), "201");
    assert_string_equal(answer(bench, pick_of(bench, 2, "A", "S2:1")),
                        "422 /lots/0/lot serial number \"S2\" is not there to be taken");
    ASSERT_FACTS(bench, bench_consume(bench, 1, "F1", "1A:1@WH-1"),
                 "consumed 1A:1@WH-1; lots A@WH-1 S2-1");
    assert_string_equal(answer(bench, pick_of(bench, 2, "A", "S2:1")),
                        "422 /lots/0/lot serial number \"S2\" is not there to be taken");
    ASSERT_LOTS(bench, "A", "WH-1 S1 1, WH-1 S3 1");
    bench_check(bench);
}

/* Whatever happens in whatever order: the lots are all that is there, each as its own ledger says. */
static void lots_always_sum_to_the_counters(void **state)
{
    struct bench *bench = *state;
    unsigned chance = 7;

    item_by_lots(bench, "A", 0);
    item_by_serials(bench, "S");
    for (int64_t i = 1; i <= 400; i++) {
        chance = chance * 1103515245U + 12345U;
        unsigned dice = chance >> 16;
        const char *sku = dice & 1U ? "A" : "S";
        const char *lot =
            sku[0] == 'A' ? text_format(bench->kept, "L%u:3=20%u-01-31", dice % 5, 30 + dice % 5)
                          : text_format(bench->kept, "N%d:1 N%d:1 N%d:1", (int)i * 3,
                                        (int)i * 3 + 1, (int)i * 3 + 2);
        const char *line = text_format(bench->kept, "%s:%u", sku, 1 + dice % 3);
        const char *leaves = text_format(bench->kept, "1%s@WH-1", line);

        switch (dice >> 1 & 7U) {
        case 0:
        case 1:
        case 2:
            bench_run(bench, change_of(bench, sku, 3, lot));
            break;
        case 3:
            bench_run(bench, bench_reserve(bench, i, line));
            bench_run(bench, bench_consume(bench, i, "F1", leaves));
            break;
        case 4:
            bench_run(bench, bench_reserve(bench, i, line));
            break;
        case 5:
            bench_run(bench, bench_consume(bench, i, "F1", leaves));
            break;
        case 6:
            bench_run(bench, move_of(bench, sku,
                                     (struct stock_way){ STOCK_CONDITION_SELLABLE,
                                                         STOCK_CONDITION_DAMAGED, 1 },
                                     sku[0] == 'A' ? "L1:1" : "N30:1"));
            break;
        default:
            bench_run(bench, count_of(bench, sku, 3, lot));
            break;
        }
        bench_settle(bench);
        bench_check(bench);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_and_goes_names_its_lots),
        TEST(lots_that_cannot_be_are_refused_by_name),
        TEST(what_expires_first_leaves_first),
        TEST(a_count_says_what_is_there_of_each),
        TEST(lots_begin_with_what_is_there),
        TEST(a_serial_number_is_one_piece),
        TEST(what_ends_is_not_for_sale),
        TEST(transfers_take_their_lots_along),
        TEST(what_is_picked_leaves_with_the_order),
        TEST(what_ended_is_picked_for_nobody),
        TEST(what_left_unnamed_is_counted),
        TEST(what_expires_first_is_sourced_first),
        TEST(a_serial_number_goes_to_one_order),
        TEST(lots_always_sum_to_the_counters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
