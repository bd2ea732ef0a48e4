/* inventory_count_test.c - items of a place are counted together, by several people, while it sells.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/text.h"
#include "services/inventory/count_sheet.h"
#include "services/inventory/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY_MS                     INT64_C(86400000)
#define MINUTE_MS                  INT64_C(60000)
#define ASSERT_LINES(bench, want)  assert_string_equal(lines(bench), want)
#define ASSERT_ANSWER(bench, s, w) assert_string_equal(answer(bench, s), w)

static const char *const skus[] = { "A", "B", "C" };
enum { SKUS = 3 };

/* --- Who asks --------------------------------------------------------------------------------------- */

static const char *sheet; /* that steps are about */

static struct step by(const char *actor, struct step step)
{
    step.actor = actor;
    return step;
}

static struct step request(struct bench *bench, uint32_t type, const void *message, size_t size)
{
    return (struct step){ .message_type = type,
                          .message = arena_copy(bench->kept, message, size),
                          .id = text_format(bench->kept, "request-%lld",
                                            (long long)++bench->request_no) };
}

static struct step draw(struct bench *bench, struct stock_count_sheet message)
{
    message.location = message.location == NULL ? "WH-1" : message.location;
    message.select =
        message.select == COUNT_SELECTION_ABSENT ? COUNT_SELECTION_PLACE : message.select;
    struct step step = request(bench, MESSAGE_STOCK_COUNT_SHEET, &message, sizeof message);
    sheet = step.id;
    return step;
}

static struct step enter_at(struct bench *bench, const char *sku, int64_t counted, int64_t at)
{
    const struct stock_count_enter_body_line line = {
        .sku = sku, .counted = counted, .counted_at = at, .has_counted_at = at != 0
    };
    const struct stock_count_enter message = {
        .sheet_id = sheet,
        .body = { .lines = arena_copy(bench->kept, &line, sizeof line), .lines_count = 1 }
    };

    return request(bench, MESSAGE_STOCK_COUNT_ENTER, &message, sizeof message);
}

static struct step enter(struct bench *bench, const char *sku, int64_t counted)
{
    return enter_at(bench, sku, counted, 0);
}

static struct step submit(struct bench *bench, enum uncounted_policy uncounted)
{
    const struct stock_count_submit message = { .sheet_id = sheet,
                                                .body = { .uncounted = uncounted } };

    return request(bench, MESSAGE_STOCK_COUNT_SUBMIT, &message, sizeof message);
}

static struct step recount(struct bench *bench, const char *sku)
{
    const struct stock_count_recount message = {
        .sheet_id = sheet,
        .body = { .skus = sku == NULL ? NULL : arena_copy(bench->kept, &sku, sizeof sku),
                  .skus_count = sku == NULL ? 0 : 1 }
    };

    return request(bench, MESSAGE_STOCK_COUNT_RECOUNT, &message, sizeof message);
}

#define STEP(name, type)                                                                           \
    static struct step name(struct bench *bench)                                                   \
    {                                                                                              \
        const struct stock_count_##name message = { .sheet_id = sheet };                           \
                                                                                                   \
        return request(bench, type, &message, sizeof message);                                     \
    }
STEP(approve, MESSAGE_STOCK_COUNT_APPROVE)
STEP(reject, MESSAGE_STOCK_COUNT_REJECT)
STEP(cancel, MESSAGE_STOCK_COUNT_CANCEL)

static const char *answer(struct bench *bench, struct step step)
{
    static char text[100];
    const struct gateway_reply *reply = bench_run(bench, step)->replies->message;
    bool pointed = reply->problem != NULL && reply->problem->errors_count > 0;

    (void)snprintf(text, sizeof text, "%d%s%s", (int)reply->status, pointed ? " " : "",
                   pointed ? reply->problem->errors[0].pointer : "");
    return text;
}

/* --- What is there ---------------------------------------------------------------------------------- */

static int64_t counted_at(struct bench *bench, const struct stock_row *stock)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &stock_watch_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_watch_row *watch = rows[i];

        if (strcmp(watch->sku, stock->sku) == 0 && strcmp(watch->location, stock->location) == 0) {
            return watch->counted_at;
        }
    }
    return 0;
}

static struct bench *sorted_for;

static int oldest_first(const void *left, const void *right)
{
    int64_t one = counted_at(sorted_for, *(void *const *)left),
            other = counted_at(sorted_for, *(void *const *)right);

    return one != other
               ? (one < other ? -1 : 1)
               : table_compare_identity(&stock_table, *(void *const *)left, *(void *const *)right);
}

/* What countable_load answers, of a place and of what was counted longest ago. */
static void derive_countable(struct memory_database *database, struct key load_key,
                             struct arena *arena, struct rows *rows)
{
    const char *key = arena_copy_text(arena, load_key.text, load_key.length);
    char *rest = NULL, *words = arena_copy_text(arena, load_key.text, load_key.length);
    const char *place = strtok_r(words, " ", &rest), *selection = strtok_r(NULL, " ", &rest);
    long long limit = strtoll(strtok_r(NULL, " ", &rest), NULL, 10);
    const char *after = strtok_r(NULL, " ", &rest);
    int64_t before = sorted_for->now - DAY_MS * strtoll(strtok_r(NULL, " ", &rest), NULL, 10);
    size_t count = 0;
    void **stock = memory_database_rows(database, &stock_table, &count);

    qsort(stock, count, sizeof *stock, oldest_first);
    for (size_t i = 0; i < count; i++) {
        const struct stock_row *row = stock[i];
        const struct countable_row fresh = { key,
                                             arena_copy_text(arena, row->sku, strlen(row->sku)) };
        bool wanted = strcmp(selection, "place") != 0 || strcmp(row->sku, after) > 0;

        if (limit > 0 && wanted && row->on_hand > 0 && strcmp(row->location, place) == 0 &&
            counted_at(sorted_for, row) < before) {
            rows_put_stored(rows, &countable_table, &fresh);
            limit--;
        }
    }
}

static int count_set_up(void **state)
{
    int failed = bench_set_up(state);

    sorted_for = *state;
    memory_database_derive(sorted_for->database, &countable_table, derive_countable);
    return failed;
}

/* Ten, twenty and thirty by the books. */
static void stocked(struct bench *bench)
{
    for (int i = 0; i < SKUS; i++) {
        bench_stocked_item(bench, skus[i], INT64_C(10) * (i + 1));
    }
    bench->now += MINUTE_MS;
}

static const struct count_sheet_row *sheet_row(struct bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &count_sheet_table, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(((const struct count_sheet_row *)rows[i])->sheet_id, sheet) == 0) {
            return rows[i];
        }
    }
    fail_msg("no such sheet");
    return NULL;
}

static const struct count_line_row *line_of(struct bench *bench, const char *sku)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &count_line_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct count_line_row *line = rows[i];

        if (strcmp(line->sku, sku) == 0 && strcmp(line->sheet_id, sheet) == 0) {
            return line;
        }
    }
    return NULL;
}

static const char *show_line(struct bench *bench, const struct count_line_row *line)
{
    static const char *const marks[] = { "", "?", "=", "+", "x", "~" };
    const char *text = text_format(bench->kept, " %s%s", line->sku, marks[line->state]);

    return line->counted == NOT_GIVEN
               ? text
               : text_format(bench->kept, "%s%lld/%lld%s", text, (long long)line->counted,
                             (long long)line->expected, line->above_tolerance ? "!" : "");
}

/* "counting 1: A? B=18/20! C~": A is to be counted, of B 18 instead of 20 are there, which is too much; C was skipped. */
static const char *lines(struct bench *bench)
{
    static const char *const states[] = { "",       "counting", "submitted", "approved",
                                          "posted", "rejected", "canceled" };
    const struct count_sheet_row *row = sheet_row(bench);
    const char *text =
        text_format(bench->kept, "%s %lld:", states[row->state], (long long)row->round);

    for (int i = 0; i < SKUS; i++) {
        const struct count_line_row *line = line_of(bench, skus[i]);

        if (line != NULL) {
            text = text_format(bench->kept, "%s%s", text, show_line(bench, line));
        }
    }
    return text;
}

/* --- Rules ------------------------------------------------------------------------------------------ */

static void tolerances(void **state)
{
    const struct count_sheet_row none = { .tolerance_pieces = 0 }, two = { .tolerance_pieces = 2 },
                                 tenth = { .tolerance_percent = 10 };

    (void)state;
    assert_false(count_is_above(&none, 5, 5));
    assert_true(count_is_above(&none, 4, 5));
    assert_false(count_is_above(&two, 3, 5));
    assert_false(count_is_above(&two, 7, 5));
    assert_true(count_is_above(&two, 8, 5));
    assert_false(count_is_above(&tenth, 90, 100));
    assert_true(count_is_above(&tenth, 89, 100));
    assert_true(count_is_above(&tenth, 1, 0));
    assert_true(count_is_above(&tenth, 0, -1));
}

/* In each state each input has its answer; what ended stays so. */
static void every_cell(void **state)
{
    (void)state;
    for (int input = 0; input < COUNT_INPUT_COUNT; input++) {
        for (int at = COUNT_SHEET_STATE_APPROVED; at <= COUNT_SHEET_STATE_CANCELED; at++) {
            struct count_rule rule =
                count_rule((enum count_sheet_state)at, (enum count_input)input);
            bool books = at == COUNT_SHEET_STATE_APPROVED && input == COUNT_IN_BOOKED;

            assert_int_equal(rule.action, books                      ? COUNT_NOTES_BOOKED
                                          : input == COUNT_IN_BOOKED ? COUNT_DOES_NOTHING
                                                                     : COUNT_REFUSES);
        }
    }
    assert_int_equal(count_rule(COUNT_SHEET_STATE_COUNTING, COUNT_IN_APPROVE).action,
                     COUNT_REFUSES);
    assert_int_equal(count_rule(COUNT_SHEET_STATE_SUBMITTED, COUNT_IN_ENTER).action, COUNT_REFUSES);
}

static void what_fits_is_booked_at_once(void **state)
{
    struct bench *bench = *state;

    stocked(bench);
    ASSERT_ANSWER(bench,
                  draw(bench, (struct stock_count_sheet){ .tolerance_pieces = 2,
                                                          .has_tolerance_pieces = true }),
                  "201");
    ASSERT_LINES(bench, "counting 1: A? B? C?");
    ASSERT_ANSWER(bench, enter(bench, "A", 10), "201");
    ASSERT_ANSWER(bench, enter(bench, "B", 18), "201");
    ASSERT_ANSWER(bench, submit(bench, UNCOUNTED_POLICY_ABSENT), "422 /uncounted");
    ASSERT_ANSWER(bench, enter(bench, "C", 31), "201");
    ASSERT_ANSWER(bench, submit(bench, UNCOUNTED_POLICY_ABSENT), "200");
    ASSERT_LINES(bench, "approved 1: A=10/10 B=18/20 C=31/30");
    (void)bench_settle(bench);
    ASSERT_LINES(bench, "posted 1: A+10/10 B+18/20 C+31/30");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 18-0+0");
    assert_string_equal(bench_stock(bench, "C"), "WH-1 31-0+0");
    ASSERT_ANSWER(bench, approve(bench), "409");
    bench_check(bench);
}

/* Pieces are sold between counting and entering, between entering and approving, and come meanwhile: none is miscounted. */
static void what_moves_while_people_count(void **state)
{
    struct bench *bench = *state;

    stocked(bench);
    bench_run(bench, draw(bench, (struct stock_count_sheet){ .blind = true, .has_blind = true }));
    int64_t then = bench->now + MINUTE_MS;
    bench_run(bench, bench_reserve(bench, 1, "A:4"));
    bench->now += 2 * MINUTE_MS;
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:4@WH-1"));
    bench->now += MINUTE_MS;
    ASSERT_ANSWER(bench, enter_at(bench, "A", 9, then), "201"); /* nine of ten, then four left */
    ASSERT_LINES(bench, "counting 1: A=9/10! B? C?");
    bench_run(bench, bench_reserve(bench, 2, "A:1"));
    bench_run(bench, bench_consume(bench, 2, "F1", "1A:1@WH-1"));
    ASSERT_ANSWER(bench, submit(bench, UNCOUNTED_POLICY_SKIP), "200");
    ASSERT_LINES(bench, "submitted 1: A=9/10! B~ C~");
    ASSERT_ANSWER(bench, approve(bench), "409"); /* who counted and submitted */
    ASSERT_ANSWER(bench, by("user:other", approve(bench)), "200");
    bench_run(bench, bench_reserve(bench, 3, "A:1"));
    bench_run(bench, bench_consume(bench, 3, "F1", "1A:1@WH-1"));
    (void)bench_settle(bench);
    ASSERT_LINES(bench, "posted 1: A+9/10! B~ C~");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 3-0+0"); /* 9 - 4 - 1 - 1 */
    assert_string_equal(bench_stock(bench, "B"), "WH-1 20-0+0");
    bench_check(bench);
}

static void differences_are_counted_again(void **state)
{
    struct bench *bench = *state;

    stocked(bench);
    bench_run(bench, draw(bench, (struct stock_count_sheet){ .limit = 2, .has_limit = true }));
    assert_string_equal(sheet_row(bench)->last_sku, "B");
    bench->now += MINUTE_MS;
    bench_run(bench, enter(bench, "A", 7));
    bench_run(bench, enter(bench, "B", 20));
    ASSERT_ANSWER(bench, recount(bench, NULL), "409");
    bench_run(bench, submit(bench, UNCOUNTED_POLICY_ABSENT));
    ASSERT_LINES(bench, "submitted 1: A=7/10! B=20/20");
    ASSERT_ANSWER(bench, enter(bench, "A", 10), "409");
    ASSERT_ANSWER(bench, recount(bench, "C"), "422 /skus/0");
    bench->now += MINUTE_MS;
    ASSERT_ANSWER(bench, recount(bench, NULL), "200");
    ASSERT_LINES(bench, "counting 2: A? B=20/20");
    bench->now += MINUTE_MS;
    ASSERT_ANSWER(bench, enter_at(bench, "A", 7, bench->now - 3 * MINUTE_MS),
                  "422 /lines/0/counted_at"); /* that is the old count again */
    ASSERT_ANSWER(bench, by("user:second", enter(bench, "A", 10)), "201");
    ASSERT_ANSWER(bench, submit(bench, UNCOUNTED_POLICY_ABSENT), "200");
    (void)bench_settle(bench);
    ASSERT_LINES(bench, "posted 2: A+10/10 B+20/20");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 10-0+0");
}

/* Sent again, in whatever order, an entry changes nothing: the latest count stands. */
static void an_upload_is_resumed(void **state)
{
    struct bench *bench = *state;

    stocked(bench);
    bench_run(bench, draw(bench, (struct stock_count_sheet){ .limit = 1, .has_limit = true }));
    int64_t first = bench->now, second = first + MINUTE_MS;
    bench->now += 10 * MINUTE_MS;
    struct step early = enter_at(bench, "A", 8, first), late = enter_at(bench, "A", 9, second);
    ASSERT_ANSWER(bench, late, "201");
    ASSERT_ANSWER(bench, early, "201");
    ASSERT_LINES(bench, "counting 1: A=9/10!");
    int64_t version = sheet_row(bench)->version;
    ASSERT_ANSWER(bench, late, "201");
    assert_int_equal(sheet_row(bench)->version, version); /* the same request: not even a step */
    struct step other = enter_at(bench, "A", 1, second);
    other.id = late.id;
    other.digest = "another body";
    ASSERT_ANSWER(bench, other, "422 ");
    struct step stale = enter(bench, "A", 5);
    stale.precondition = "1";
    ASSERT_ANSWER(bench, stale, "412");
    ASSERT_LINES(bench, "counting 1: A=9/10!");
}

/* What is found and was not on the sheet is added; what nobody found may be booked as none, if somebody else believes it. */
static void what_is_found_and_what_is_not(void **state)
{
    struct bench *bench = *state;

    stocked(bench);
    bench_item(bench, "D", (struct item_body){ .name = "D" });
    const char *const two[] = { "A", "B" };
    ASSERT_ANSWER(bench,
                  draw(bench, (struct stock_count_sheet){ .select = COUNT_SELECTION_ITEMS,
                                                          .skus = two,
                                                          .skus_count = 2 }),
                  "201");
    bench->now += MINUTE_MS;
    ASSERT_ANSWER(bench, enter(bench, "NONE", 1), "422 /lines/0/sku");
    ASSERT_ANSWER(bench, enter_at(bench, "A", 1, bench->now + 1), "422 /lines/0/counted_at");
    ASSERT_ANSWER(bench, enter(bench, "A", 10), "201");
    ASSERT_ANSWER(bench, enter(bench, "D", 3), "201");
    ASSERT_ANSWER(bench, submit(bench, UNCOUNTED_POLICY_ZERO), "200");
    ASSERT_LINES(bench, "submitted 1: A=10/10 B=0/0!");
    ASSERT_ANSWER(bench, by("user:boss", approve(bench)), "200");
    (void)bench_settle(bench);
    assert_string_equal(bench_stock(bench, "B"), "WH-1 0-0+0");
    assert_string_equal(bench_stock(bench, "D"), "WH-1 3-0+0");
    bench_check(bench);
}

static void what_cannot_be_is_refused(void **state)
{
    struct bench *bench = *state;
    const char *const twice[] = { "A", "A" };

    stocked(bench);
    ASSERT_ANSWER(bench, draw(bench, (struct stock_count_sheet){ .location = "NO" }),
                  "422 /location");
    ASSERT_ANSWER(bench, draw(bench, (struct stock_count_sheet){ .after = "C" }), "422 /location");
    ASSERT_ANSWER(bench, draw(bench, (struct stock_count_sheet){ .select = COUNT_SELECTION_ITEMS }),
                  "422 /skus");
    ASSERT_ANSWER(bench,
                  draw(bench, (struct stock_count_sheet){ .select = COUNT_SELECTION_ITEMS,
                                                          .skus = twice,
                                                          .skus_count = 2 }),
                  "422 /skus/1");
    ASSERT_ANSWER(
        bench,
        draw(bench, (struct stock_count_sheet){ .select = COUNT_SELECTION_OLDEST, .after = "A" }),
        "422 /after");
    ASSERT_ANSWER(bench, enter(bench, "A", 1), "404");
    bench_run(bench, draw(bench, (struct stock_count_sheet){ .limit = 1, .has_limit = true }));
    ASSERT_ANSWER(bench, submit(bench, UNCOUNTED_POLICY_SKIP), "422 ");
    ASSERT_ANSWER(bench, reject(bench), "409");
    ASSERT_ANSWER(bench, cancel(bench), "200");
    ASSERT_ANSWER(bench, enter(bench, "A", 1), "409");
    bench_run(bench, draw(bench, (struct stock_count_sheet){ .limit = 1, .has_limit = true }));
    bench_run(bench, enter(bench, "A", 1));
    bench_run(bench, submit(bench, UNCOUNTED_POLICY_ABSENT));
    ASSERT_ANSWER(bench, reject(bench), "200");
    (void)bench_settle(bench);
    assert_string_equal(bench_stock(bench, "A"), "WH-1 10-0+0");
}

/* More left than was counted: that item is refused, the others are booked. */
static void a_count_that_cannot_be_is_refused_alone(void **state)
{
    struct bench *bench = *state;

    stocked(bench);
    bench_run(bench, draw(bench, (struct stock_count_sheet){ .limit = 2, .has_limit = true }));
    bench_run(bench, enter(bench, "A", 2));
    bench_run(bench, enter(bench, "B", 19));
    bench->now += MINUTE_MS;
    bench_run(bench, bench_reserve(bench, 1, "A:5"));
    bench_run(bench, bench_consume(bench, 1, "F1", "1A:5@WH-1"));
    bench_run(bench, submit(bench, UNCOUNTED_POLICY_ABSENT));
    bench_run(bench, by("user:boss", approve(bench)));
    (void)bench_settle(bench);
    ASSERT_LINES(bench, "posted 1: Ax2/10! B+19/20!");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 5-0+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 19-0+0");
    bench_check(bench);
}

/* The oldest first, and not what was counted a week ago. */
static void places_are_counted_in_turns(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < SKUS; i++) {
        bench_stocked_item(bench, skus[i], 5);
        bench->now += DAY_MS;
    }
    bench_count(bench, "A", "WH-1", 5);
    bench->now += DAY_MS;
    struct stock_count_sheet oldest = { .select = COUNT_SELECTION_OLDEST,
                                        .limit = 2,
                                        .has_limit = true };
    bench_run(bench, draw(bench, oldest));
    ASSERT_LINES(bench, "counting 1: B? C?");
    oldest.limit = 3;
    oldest.not_counted_days = 2;
    oldest.has_not_counted_days = true;
    bench_run(bench, draw(bench, oldest));
    ASSERT_LINES(bench, "counting 1: B?");
    bench->now += MINUTE_MS;
    bench_run(bench, enter(bench, "B", 5));
    bench_run(bench, submit(bench, UNCOUNTED_POLICY_ABSENT));
    (void)bench_settle(bench); /* no difference; but it was counted */
    bench->now += DAY_MS;
    bench_run(bench, draw(bench, oldest));
    ASSERT_LINES(bench, "counting 1: A? C?");
}

/* Drawn, counted and submitted within one batch: nothing was read of it before. */
static void all_in_one_batch(void **state)
{
    struct bench *bench = *state;
    struct step steps[3];

    stocked(bench);
    steps[0] = draw(bench, (struct stock_count_sheet){ .limit = 1, .has_limit = true });
    steps[1] = enter_at(bench, "A", 9, bench->now - 1);
    steps[2] = submit(bench, UNCOUNTED_POLICY_ABSENT);
    bench_batch(bench, steps, 3);
    ASSERT_LINES(bench, "submitted 1: A=9/10!");
    bench_run(bench, by("user:boss", approve(bench)));
    (void)bench_settle(bench);
    assert_string_equal(bench_stock(bench, "A"), "WH-1 9-0+0");
}

/* What lies on the shelf, whatever the books say, and what somebody saw of it last. */
struct shelf {
    uint64_t seed;
    int64_t there, order_no, seen, seen_at;
};

/* Somebody looks, or a piece leaves, or what was seen is entered. */
static void something_happens(struct bench *bench, struct shelf *shelf)
{
    shelf->seed = shelf->seed * 6364136223846793005U + 1442695040888963407U;
    bench->now += 1000;
    switch ((shelf->seed >> 40) % 3) {
    case 0:
        shelf->seen = shelf->there;
        shelf->seen_at = bench->now;
        break;
    case 1:
        bench_run(bench, bench_reserve(bench, ++shelf->order_no, "A:1"));
        bench->now += 1000;
        bench_run(bench, bench_consume(bench, shelf->order_no, "F1", "1A:1@WH-1"));
        shelf->there--;
        break;
    default:
        if (shelf->seen_at != 0) {
            bench_run(bench, enter_at(bench, "A", shelf->seen, shelf->seen_at));
        }
    }
}

static void count_the_shelf(struct bench *bench, struct shelf *shelf)
{
    shelf->seen_at = 0;
    bench->now += 1000;
    bench_run(bench, draw(bench, (struct stock_count_sheet){ .limit = 1, .has_limit = true }));
    for (int event = 0; event < 8; event++) {
        something_happens(bench, shelf);
    }
    if (shelf->seen_at == 0) {
        bench_run(bench, cancel(bench));
        return;
    }
    bench_run(bench, enter_at(bench, "A", shelf->seen, shelf->seen_at));
    bench_run(bench, submit(bench, UNCOUNTED_POLICY_ABSENT));
    bench_run(bench, by("user:boss", approve(bench)));
    (void)bench_settle(bench);
    assert_string_equal(bench_stock(bench, "A"),
                        text_format(bench->kept, "WH-1 %lld-0+0", (long long)shelf->there));
    bench_check(bench);
}

/* People count what lies there, at random instants, while orders take pieces: what is booked in the end is what lies there. */
static void whatever_people_count_the_books_agree(void **state)
{
    struct bench *bench = *state;
    struct shelf shelf = { .seed = 7, .there = 500 };

    bench_stocked_item(bench, "A", 507); /* seven less are there than the books say */
    for (int round = 0; round < 60; round++) {
        count_the_shelf(bench, &shelf);
    }
    assert_true(shelf.there < 450);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, count_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tolerances),
        cmocka_unit_test(every_cell),
        ON_BENCH(what_fits_is_booked_at_once),
        ON_BENCH(what_moves_while_people_count),
        ON_BENCH(differences_are_counted_again),
        ON_BENCH(an_upload_is_resumed),
        ON_BENCH(what_is_found_and_what_is_not),
        ON_BENCH(what_cannot_be_is_refused),
        ON_BENCH(a_count_that_cannot_be_is_refused_alone),
        ON_BENCH(places_are_counted_in_turns),
        ON_BENCH(all_in_one_batch),
        ON_BENCH(whatever_people_count_the_books_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
