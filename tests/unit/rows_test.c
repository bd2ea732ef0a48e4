/* rows_test.c - what a set of rows says after each kind of change; rows_model_test.c has any sequence of them. */
#include "common/rows.h"

#include "common/arena.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct line {
    int64_t order_no;
    const char *sku;
    int64_t quantity;
};

static const struct column line_columns[] = {
    COLUMN(struct line, order_no, COLUMN_INT8),
    COLUMN(struct line, sku, COLUMN_TEXT),
    COLUMN(struct line, quantity, COLUMN_INT4),
};
#define LINE_TABLE(shared_)                                                                        \
    {                                                                                              \
        .name = "line", .columns = line_columns, .column_count = COLUMN_COUNT(line_columns),       \
        .key_columns = 2, .row_bytes = sizeof(struct line), .shared = (shared_)                    \
    }
static const struct table own_lines = LINE_TABLE(false);
static const struct table shared_lines = LINE_TABLE(true);

struct fixture {
    struct arena *arena;
    struct rows *rows;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.arena = arena_new(1 << 28);
    fixture.rows = rows_new(fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    arena_free(((struct fixture *)*state)->arena);
    return 0;
}

static struct line line(int64_t order_no, const char *sku, int64_t quantity)
{
    return (struct line){ order_no, sku, quantity };
}

/* "A1 B2": the sku and quantity of each row of a list; `text` has 256 characters. */
static const char *show(void *const *list, char *text)
{
    int length = 0;

    text[0] = '\0';
    for (; *list != NULL; list++) {
        const struct line *row = *list;
        length += snprintf(text + length, (size_t)(256 - length), "%s%s%d", length ? " " : "",
                           row->sku, (int)row->quantity);
    }
    return text;
}

static void assert_list(const struct rows *rows, const char *want)
{
    char text[256];

    assert_string_equal(show(rows_list(rows, &own_lines, key_number(1)), text), want);
}

static void assert_changed(const struct rows *rows, const struct table *table,
                           enum row_change change, const char *want)
{
    char text[256];
    size_t count;
    void **changed = rows_changed(rows, table, change, &count);

    assert_null(changed[count]);
    assert_string_equal(show(changed, text), want);
}

static void *put(struct rows *rows, const char *sku, int64_t quantity)
{
    struct line row = line(1, sku, quantity);

    return rows_put_stored(rows, &own_lines, &row);
}

static void *insert(struct rows *rows, const char *sku, int64_t quantity)
{
    struct line row = line(1, sku, quantity);

    return rows_insert(rows, &own_lines, &row);
}

static void stored_rows_are_clean(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;

    assert_true(rows_want(rows, &own_lines, key_number(1)));
    put(rows, "A", 1);
    put(rows, "B", 2);
    assert_list(rows, "A1 B2");
    assert_changed(rows, &own_lines, ROW_INSERTED, "");
    assert_changed(rows, &own_lines, ROW_UPDATED, "");
    assert_changed(rows, &own_lines, ROW_REMOVED, "");
    assert_changed(rows, &shared_lines, ROW_UPDATED, "");
}

static void updates(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    struct line *a = put(rows, "A", 1), *b = put(rows, "B", 2);
    struct line *c = insert(rows, "C", 3);

    b->quantity = 20;
    rows_update(rows, &own_lines, b);
    a->quantity = 10;
    rows_update(rows, &own_lines, a);
    rows_update(rows, &own_lines, b);
    c->quantity = 30;
    rows_update(rows, &own_lines, c);
    assert_list(rows, "A10 B20 C30");
    assert_int_equal(rows_count(rows_list(rows, &own_lines, key_number(1))), 3);
    assert_changed(rows, &own_lines, ROW_UPDATED, "B20 A10");
    assert_changed(rows, &own_lines, ROW_INSERTED, "C30");
}

static void removes(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    struct line *a = put(rows, "A", 1), *b = put(rows, "B", 2);
    struct line *c = insert(rows, "C", 3);

    rows_update(rows, &own_lines, a);
    rows_remove(rows, &own_lines, a);
    assert_ptr_equal(rows_find(rows, &own_lines, key_number(1)), b);
    rows_remove(rows, &own_lines, c);
    assert_list(rows, "B2");
    rows_remove(rows, &own_lines, b);
    assert_list(rows, "");
    assert_int_equal(rows_count(rows_list(rows, &own_lines, key_number(1))), 0);
    assert_null(rows_find(rows, &own_lines, key_number(1)));
    assert_changed(rows, &own_lines, ROW_REMOVED, "A1 B2");
    assert_changed(rows, &own_lines, ROW_UPDATED, "");
    assert_changed(rows, &own_lines, ROW_INSERTED, "");
}

static void removed_and_inserted_again_is_an_update(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;

    rows_remove(rows, &own_lines, put(rows, "A", 1));
    put(rows, "B", 2);
    insert(rows, "A", 10);
    rows_remove(rows, &own_lines, insert(rows, "C", 3));
    insert(rows, "C", 30);
    assert_list(rows, "B2 A10 C30");
    assert_changed(rows, &own_lines, ROW_UPDATED, "A10");
    assert_changed(rows, &own_lines, ROW_REMOVED, "");
    assert_changed(rows, &own_lines, ROW_INSERTED, "C30");
}

/* There is nothing to update where all columns are the key. */
static void removed_and_inserted_again_without_more_than_a_key(void **state)
{
    static const struct table keys = { .name = "key",
                                       .columns = line_columns,
                                       .column_count = 2,
                                       .key_columns = 2,
                                       .row_bytes = sizeof(struct line) };
    struct rows *rows = ((struct fixture *)*state)->rows;
    const struct line row = line(1, "A", 0);

    rows_remove(rows, &keys, rows_put_stored(rows, &keys, &row));
    rows_insert(rows, &keys, &row);
    assert_changed(rows, &keys, ROW_UPDATED, "");
    assert_changed(rows, &keys, ROW_INSERTED, "");
    assert_changed(rows, &keys, ROW_REMOVED, "");
}

static void a_walk_may_remove(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    char sku[26][2];
    int seen = 0;

    for (int i = 0; i < 26; i++) {
        sku[i][0] = (char)('A' + i);
        sku[i][1] = '\0';
        put(rows, sku[i], i);
    }
    for (void **at = rows_list(rows, &own_lines, key_number(1)); *at != NULL; at++, seen++) {
        if (((struct line *)*at)->quantity % 5 != 0) {
            rows_remove(rows, &own_lines, *at);
            assert_non_null(rows_find(rows, &own_lines, key_number(1)));
            (void)rows_list(rows, &own_lines, key_number(1));
        }
    }
    assert_int_equal(seen, 26);
    assert_list(rows, "A0 F5 K10 P15 U20 Z25");
}

static void shared_tables_change_in_order_of_identity(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    const struct line lines[] = { line(2, "B", 1), line(10, "A", 2), line(2, "A", 3),
                                  line(-1, "Z", 4) };

    for (size_t i = 0; i < 4; i++)
        rows_insert(rows, &shared_lines, &lines[i]);
    assert_changed(rows, &shared_lines, ROW_INSERTED, "Z4 A3 B1 A2");
    for (size_t i = 0; i < 4; i++)
        rows_insert(rows, &own_lines, &lines[i]);
    assert_changed(rows, &own_lines, ROW_INSERTED, "B1 A2 A3 Z4");
}

static void wants_once_and_takes_sorted(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    struct line inserted = line(3, "A", 1);
    size_t count = 99;

    assert_null(rows_take_wanted(rows, &own_lines, &count));
    assert_int_equal(count, 0);
    assert_true(rows_want(rows, &own_lines, key_number(5)));
    assert_true(rows_want(rows, &own_lines, key_number(-2)));
    assert_false(rows_want(rows, &own_lines, key_number(5)));
    rows_insert(rows, &own_lines, &inserted);
    assert_false(rows_want(rows, &own_lines, key_number(3)));

    const struct key *keys = rows_take_wanted(rows, &own_lines, &count);
    assert_int_equal(count, 3);
    assert_true(keys[0].number == -2 && keys[1].number == 3 && keys[2].number == 5);
    assert_false(rows_want(rows, &own_lines, key_number(5)));
    assert_true(rows_want(rows, &own_lines, key_number(6)));
    keys = rows_take_wanted(rows, &own_lines, &count);
    assert_int_equal(count, 1);
    assert_true(keys[0].number == 6);
    (void)rows_take_wanted(rows, &own_lines, &count);
    assert_int_equal(count, 0);
}

static const struct column note_columns[] = { COLUMN(struct line, sku, COLUMN_TEXT) };
static const struct table notes = { .name = "note",
                                    .columns = note_columns,
                                    .column_count = 1,
                                    .key_columns = 1,
                                    .row_bytes = sizeof(struct line) };

static void keeps_copies_of_text_keys(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    char sku[] = "TEA-1";
    size_t count;

    rows_want(rows, &notes, key_text(sku));
    memset(sku, '?', sizeof sku - 1);
    assert_false(rows_want(rows, &notes, key_text("TEA-1")));
    assert_null(rows_find(rows, &notes, key_text("TEA-1")));
    const struct key *keys = rows_take_wanted(rows, &notes, &count);
    assert_int_equal(count, 1);
    assert_string_equal(keys[0].text, "TEA-1");
}

static void tables_come_in_order_of_mention(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    size_t count = 99;

    (void)rows_tables(rows, &count);
    assert_int_equal(count, 0);
    rows_want(rows, &notes, key_text("TEA-1"));
    put(rows, "A", 1);
    rows_want(rows, &notes, key_text("TEA-2"));
    const struct table *const *tables = rows_tables(rows, &count);
    assert_int_equal(count, 2);
    assert_ptr_equal(tables[0], &notes);
    assert_ptr_equal(tables[1], &own_lines);
}

/* A rule inserted what the database turns out to have: the set keeps the rule's, as an insert. */
static void a_late_stored_row_changes_nothing(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;

    insert(rows, "A", 1);
    put(rows, "A", 2);
    put(rows, "B", 3);
    assert_list(rows, "A1 B3");
    assert_changed(rows, &own_lines, ROW_INSERTED, "A1");
}

struct note {
    int64_t lane, id;
    const char *text;
};

static const struct column numbered_columns[] = {
    COLUMN(struct note, lane, COLUMN_INT2),
    COLUMN(struct note, id, COLUMN_INT8),
    COLUMN(struct note, text, COLUMN_TEXT),
};
static const struct table numbered_notes = { .name = "numbered_note",
                                             .columns = numbered_columns,
                                             .column_count = COLUMN_COUNT(numbered_columns),
                                             .key_columns = 2,
                                             .row_bytes = sizeof(struct note),
                                             .numbered_by_store = true };

static void rows_without_a_number_yet_are_many(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    const struct note stored = { 1, 7, "stored" }, new_one = { 1, 0, "new" };
    size_t count;

    struct note *seven = rows_put_stored(rows, &numbered_notes, &stored);
    struct note *first = rows_insert(rows, &numbered_notes, &new_one);
    struct note *second = rows_insert(rows, &numbered_notes, &new_one);
    assert_ptr_not_equal(first, second);
    rows_remove(rows, &numbered_notes, seven);
    rows_remove(rows, &numbered_notes, first);

    void **changed = rows_changed(rows, &numbered_notes, ROW_INSERTED, &count);
    assert_int_equal(count, 1);
    assert_ptr_equal(changed[0], second);
    (void)rows_changed(rows, &numbered_notes, ROW_REMOVED, &count);
    assert_int_equal(count, 1);
}

static const struct table repeatable_lines = { .name = "repeatable_line",
                                               .columns = line_columns,
                                               .column_count = COLUMN_COUNT(line_columns),
                                               .key_columns = 2,
                                               .row_bytes = sizeof(struct line),
                                               .insert_again = true };

static void inserting_again_may_be_no_error(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    const struct line a = line(1, "A", 1), b = line(1, "B", 2), c = line(1, "C", 3);

    /* Twice new is once. */
    rows_insert(rows, &repeatable_lines, &a);
    rows_insert(rows, &repeatable_lines, &a);
    /* Removed and inserted again: as it was. */
    rows_remove(rows, &repeatable_lines, rows_put_stored(rows, &repeatable_lines, &b));
    rows_insert(rows, &repeatable_lines, &b);
    /* Inserted, then found to be stored and removed: it must be removed from where it is stored. */
    rows_insert(rows, &repeatable_lines, &c);
    rows_remove(rows, &repeatable_lines, rows_put_stored(rows, &repeatable_lines, &c));

    assert_changed(rows, &repeatable_lines, ROW_INSERTED, "A1");
    assert_changed(rows, &repeatable_lines, ROW_UPDATED, "");
    assert_changed(rows, &repeatable_lines, ROW_REMOVED, "C3");
}

/* Whether `wrong` ends the process by an assertion. */
static bool dies(void (*wrong)(struct rows *), struct rows *rows)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        (void)close(STDERR_FILENO);
        (void)signal(SIGABRT, SIG_DFL); /* cmocka would report it as a failed test */
        wrong(rows);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void read_unwanted(struct rows *rows)
{
    (void)rows_find(rows, &own_lines, key_number(2));
}

static void insert_twice(struct rows *rows)
{
    insert(rows, "A", 2);
}

static void change_removed(struct rows *rows)
{
    struct line *row = insert(rows, "B", 2);

    rows_remove(rows, &own_lines, row);
    rows_update(rows, &own_lines, row);
}

static void change_key(struct rows *rows)
{
    struct line *row = rows_find(rows, &own_lines, key_number(1));

    row->sku = "C";
    rows_update(rows, &own_lines, row);
}

static void change_in_wrong_table(struct rows *rows)
{
    rows_update(rows, &notes, rows_find(rows, &own_lines, key_number(1)));
}

static void wrong_use_ends_the_process(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;

    put(rows, "A", 1);
    assert_true(dies(read_unwanted, rows));
    assert_true(dies(insert_twice, rows));
    assert_true(dies(change_removed, rows));
    assert_true(dies(change_key, rows));
    assert_true(dies(change_in_wrong_table, rows));
}

/* A batch of a size that would show any search that is not by hash. */
static void carries_many_rows(void **state)
{
    struct rows *rows = ((struct fixture *)*state)->rows;
    size_t count;

    for (int64_t i = 0; i < 200000; i++) {
        struct line row = line(i / 2, i % 2 ? "A" : "B", i);
        (void)rows_want(rows, &own_lines, key_number(i / 2));
        (void)rows_put_stored(rows, &own_lines, &row);
    }
    for (int64_t i = 0; i < 100000; i++) {
        struct line *row = rows_find(rows, &own_lines, key_number(i));
        assert_true(row->quantity == i * 2);
        if (i % 4 == 0)
            rows_update(rows, &own_lines, row);
    }
    (void)rows_changed(rows, &own_lines, ROW_UPDATED, &count);
    assert_int_equal(count, 25000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(stored_rows_are_clean),
        TEST(updates),
        TEST(removes),
        TEST(removed_and_inserted_again_is_an_update),
        TEST(removed_and_inserted_again_without_more_than_a_key),
        TEST(a_walk_may_remove),
        TEST(shared_tables_change_in_order_of_identity),
        TEST(wants_once_and_takes_sorted),
        TEST(keeps_copies_of_text_keys),
        TEST(tables_come_in_order_of_mention),
        TEST(a_late_stored_row_changes_nothing),
        TEST(rows_without_a_number_yet_are_many),
        TEST(inserting_again_may_be_no_error),
        TEST(wrong_use_ends_the_process),
        TEST(carries_many_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
