/* store_conformance_rows.c - a service's rows: loaded, changed, saved, locked and refused. */
#include "store_bench.h"

#include "common/text.h"
#include "tests/services/shelf/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void assert_slip(const struct slip_row *row, const struct slip_row *want)
{
    assert_int_equal(row->order_no, want->order_no);
    assert_int_equal(row->line, want->line);
    assert_true(text_equal(row->note, want->note));
    assert_int_equal(row->body.bytes == NULL, want->body.bytes == NULL);
    assert_int_equal(row->body.length, want->body.length);
    if (want->body.bytes != NULL) {
        assert_memory_equal(row->body.bytes, want->body.bytes, want->body.length);
    }
    assert_int_equal(row->packed_at, want->packed_at);
    assert_int_equal(row->fragile, want->fragile);
    assert_int_equal(row->boxes, want->boxes);
}

static const struct slip_row slips[] = {
    { 7,
      1,
      "two \xe2\x82\xac \"cups\"",
      { (const unsigned char *)"a\0b", 3 },
      1700000000123,
      true,
      2 },
    { 7, 2, "", { (const unsigned char *)"", 0 }, 0, false, -32768 },
    { 7, -3, NULL, { NULL, 0 }, 253402300799999, true, 32767 },
    { INT64_MAX, 2147483647, "last", { NULL, 0 }, 1, false, 0 },
};

/* Opens a batch in which the slips of two orders are loaded. */
static void begin_with_slips(struct bench *bench, struct session *session)
{
    begin(bench, session);
    rows_want(session->rows, &slip_table, key_number(7));
    rows_want(session->rows, &slip_table, key_number(INT64_MAX));
    load(bench, session, OK);
}

static size_t count_rows(const struct session *session, int64_t order_no)
{
    void **list = rows_list(session->rows, &slip_table, key_number(order_no));
    size_t count = 0;

    while (list[count] != NULL) {
        count++;
    }
    return count;
}

static struct slip_row *find_slip(const struct session *session, int64_t order_no, int64_t line)
{
    void **list = rows_list(session->rows, &slip_table, key_number(order_no));

    while (*list != NULL && ((struct slip_row *)*list)->line != line) {
        list++;
    }
    assert_non_null(*list);
    return *list;
}

static void insert_slips(struct session *session)
{
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        rows_insert(session->rows, &slip_table, &slips[i]);
    }
}

static void rows_come_back_as_they_were(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");

    begin(bench, a);
    insert_slips(a);
    commit(bench, a, OK);
    begin_with_slips(bench, a);
    assert_int_equal(count_rows(a, 7), 3);
    assert_int_equal(count_rows(a, INT64_MAX), 1);
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        assert_slip(find_slip(a, slips[i].order_no, slips[i].line), &slips[i]);
    }
    rollback(bench, a);
}

static void changes_are_saved(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");
    struct slip_row changed = slips[0];

    begin(bench, a);
    insert_slips(a);
    commit(bench, a, OK);
    begin_with_slips(bench, a);
    struct slip_row *first = find_slip(a, 7, 1), *second = find_slip(a, 7, 2);
    changed.note = first->note = NULL;
    changed.boxes = first->boxes = 99;
    rows_update(a->rows, &slip_table, first);
    rows_remove(a->rows, &slip_table, second);
    find_slip(a, 7, -3)->boxes = 5; /* nobody was told */
    commit(bench, a, OK);

    begin_with_slips(bench, a);
    assert_int_equal(count_rows(a, 7), 2);
    assert_slip(find_slip(a, 7, 1), &changed);
    assert_slip(find_slip(a, 7, -3), &slips[2]);
    rollback(bench, a);
}

static void a_rollback_leaves_no_trace(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");

    begin_with_slips(bench, a);
    insert_slips(a);
    rollback(bench, a);
    rollback(bench, a); /* nothing is open: nothing happens */
    begin_with_slips(bench, a);
    assert_int_equal(count_rows(a, 7), 0);
    insert_slips(a);
    commit(bench, a, OK);
}

/* More is wanted after a first look. */
static void a_batch_loads_again(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");

    begin(bench, a);
    insert_slips(a);
    commit(bench, a, OK);
    begin(bench, a);
    rows_want(a->rows, &slip_table, key_number(7));
    load(bench, a, OK);
    assert_int_equal(count_rows(a, 7), 3);
    rows_want(a->rows, &slip_table, key_number(INT64_MAX));
    rows_want(a->rows, &shelf_table, key_text("TEA"));
    load(bench, a, OK);
    load(bench, a, OK); /* nothing new */
    assert_int_equal(count_rows(a, INT64_MAX), 1);
    assert_int_equal(count_rows(a, 7), 3);
    assert_null(rows_find(a->rows, &shelf_table, key_text("TEA")));
    rollback(bench, a);
}

static void a_double_insert_is_refused(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");

    begin(bench, a);
    rows_insert(a->rows, &slip_table, &slips[1]);
    commit(bench, a, OK);
    begin(bench, a); /* as a rule that did not look would */
    insert_slips(a);
    commit(bench, a, ERR_RULE);
    begin_with_slips(bench, a); /* none of the others came in */
    assert_int_equal(count_rows(a, 7), 1);
    commit(bench, a, OK);
}

static void begin_with_shelf(struct bench *bench, struct session *session, enum err wanted)
{
    begin(bench, session);
    rows_want(session->rows, &shelf_table, key_text("TEA"));
    load(bench, session, wanted);
}

static void add_held(struct session *session, int64_t held)
{
    struct shelf_row *shelf = rows_find(session->rows, &shelf_table, key_text("TEA"));

    shelf->held += held;
    rows_update(session->rows, &shelf_table, shelf);
}

/* The batch that has waited for too long is over; the other one goes on. */
static void lose_batch(struct bench *bench, struct session *session)
{
    bool unknown = false;
    enum err err = session->store->operations->save_and_commit(session->store, &bench->ctx,
                                                               session->rows, &unknown);

    expect(bench, ERR_RETRY, err);
    rollback(bench, session);
    expect(bench, OK, session->store->operations->reopen(session->store, &bench->ctx));
}

/* Of two batches that want a shelf, the second fails (its lock timed out), or the first one does, which
 * stood still with its lock for too long: never do both write what they read. */
static void shared_rows_are_written_by_one_batch_at_a_time(void **state)
{
    struct bench *bench = *state;
    struct session *a, *b;

    open_two(bench, &a, &b);
    begin(bench, a);
    rows_insert(a->rows, &shelf_table, &(struct shelf_row){ "TEA", 1 });
    commit(bench, a, OK);

    begin_with_shelf(bench, a, OK);
    add_held(a, 10);
    begin(bench, b);
    rows_want(b->rows, &shelf_table, key_text("TEA"));
    enum err err = b->store->operations->load(b->store, &bench->ctx, b->rows);
    if (err) {
        expect(bench, ERR_RETRY, err);
        rollback(bench, b);
        commit(bench, a, OK);
    } else {
        add_held(b, 10);
        commit(bench, b, OK);
        lose_batch(bench, a);
    }
    begin_with_shelf(bench, b, OK);
    add_held(b, 100);
    commit(bench, b, OK);
    begin_with_shelf(bench, b, OK);
    assert_int_equal(((struct shelf_row *)rows_find(b->rows, &shelf_table, key_text("TEA")))->held,
                     111);
    rollback(bench, b);
}

static void a_session_opens_again(void **state)
{
    struct bench *bench = *state;
    struct session *a = open_with_lanes(bench, "a");

    assert_false(a->store->operations->is_broken(a->store));
    begin_with_slips(bench, a);
    expect(bench, OK, a->store->operations->reopen(a->store, &bench->ctx));
    assert_false(a->store->operations->is_broken(a->store));
    begin_with_slips(bench, a);
    commit(bench, a, OK);
}

int store_row_tests(void)
{
    const struct CMUnitTest row_tests[] = {
        STORE_TEST(rows_come_back_as_they_were),
        STORE_TEST(changes_are_saved),
        STORE_TEST(a_rollback_leaves_no_trace),
        STORE_TEST(a_batch_loads_again),
        STORE_TEST(a_double_insert_is_refused),
        STORE_TEST(shared_rows_are_written_by_one_batch_at_a_time),
        STORE_TEST(a_session_opens_again),
    };

    return cmocka_run_group_tests(row_tests, NULL, NULL);
}
