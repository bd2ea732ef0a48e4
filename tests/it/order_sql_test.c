/* order_sql_test.c - the order service's tables on a real server: rows come back as they went, ids read both ways, a key makes one
 * order over all lanes, and no order is stuck unseen.
 *
 * links: order
 */
#include "tests/it/order_sql_bench.h"

#include "common/arena.h"
#include "common/text.h"
#include "services/order/saga.h"
#include "services/order/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- Rows ------------------------------------------------------------------------------------------ */

/* A row whose columns all differ, so that two that are swapped are seen.  Numbers grow with `from`. */
static void *make_row(struct order_sql_bench *bench, const struct table *table, int64_t from)
{
    char *row = arena_alloc(bench->ctx.arena, table->row_bytes);

    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        const char *text = text_format(bench->ctx.arena, "%s %lld", column->name, (long long)from);
        struct bytes bytes = { (const unsigned char *)text, strlen(text) };
        /* Far apart, so that what is refunded stays below what is captured. */
        int64_t number = from + 2 * (int64_t)(table->column_count - i);
        bool flag = from % 2 == 0;

        number += column->kind == COLUMN_INSTANT ? order_sql_placed_at : 0;
        if (column->kind == COLUMN_TEXT) {
            memcpy(row + column->offset, &text, sizeof text);
        } else if (column->kind == COLUMN_BYTES) {
            memcpy(row + column->offset, &bytes, sizeof bytes);
        } else if (column->kind == COLUMN_BOOL) {
            memcpy(row + column->offset, &flag, sizeof flag);
        } else {
            memcpy(row + column->offset, &number, sizeof number);
        }
    }
    return row;
}

static void copy_column(const struct column *column, void *to, const void *from)
{
    static const size_t sizes[COLUMN_KIND_COUNT] = {
        [COLUMN_INT2] = sizeof(int64_t),      [COLUMN_INT4] = sizeof(int64_t),
        [COLUMN_INT8] = sizeof(int64_t),      [COLUMN_BOOL] = sizeof(bool),
        [COLUMN_TEXT] = sizeof(const char *), [COLUMN_BYTES] = sizeof(struct bytes),
        [COLUMN_INSTANT] = sizeof(int64_t),
    };

    memcpy((char *)to + column->offset, (const char *)from + column->offset, sizes[column->kind]);
}

static bool same_column(const struct column *column, const void *left, const void *right)
{
    if (column->kind == COLUMN_TEXT) {
        const char *texts[2];

        memcpy(&texts[0], (const char *)left + column->offset, sizeof texts[0]);
        memcpy(&texts[1], (const char *)right + column->offset, sizeof texts[1]);
        return text_equal(texts[0], texts[1]);
    }
    if (column->kind == COLUMN_BYTES) {
        struct bytes bytes[2];

        memcpy(&bytes[0], (const char *)left + column->offset, sizeof bytes[0]);
        memcpy(&bytes[1], (const char *)right + column->offset, sizeof bytes[1]);
        return bytes[0].length == bytes[1].length &&
               memcmp(bytes[0].bytes, bytes[1].bytes, bytes[0].length) == 0;
    }
    size_t size = column->kind == COLUMN_BOOL ? sizeof(bool) : sizeof(int64_t);
    return memcmp((const char *)left + column->offset, (const char *)right + column->offset,
                  size) == 0;
}

static void assert_same_column(const struct table *table, const struct column *column,
                               const void *left, const void *right)
{
    if (!same_column(column, left, right)) {
        fail_msg("%s.%s is not as it was", table->name, column->name);
    }
}

static void assert_stored(struct order_sql_bench *bench, const struct table *table,
                          const void *want)
{
    struct rows *rows = order_sql_begin(bench);

    rows_want(rows, table, table_key(table, want, 0));
    if (bench->store->operations->load(bench->store, &bench->ctx, rows) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    const void *row = rows_find(rows, table, table_key(table, want, 0));
    assert_non_null(row);
    for (size_t i = 0; i < table->column_count; i++) {
        assert_same_column(table, &table->columns[i], row, want);
    }
    bench->store->operations->rollback(bench->store, &bench->ctx);
}

/* What orders and shares are born with; every other column behind the key may be updated. */
static bool is_fixed(const char *column)
{
    static const char *const fixed[] = {
        "payment_method",
        "tax_mode",
        "order_id",
        "channel",
        "currency",
        "channel_order_ref",
        "reply_partition",
        "placed_at",
        "ship_not_before",
        "location",
        "stock_policy",
        "ask_ms",
        "number",
        "payment_ms",
        "components",
        "delivery_terms",
        "made_at",
        "company",
        "purchase_order_number",
        "awaits_credit",
        "alone_minor",
        "document_series",
        "buyer_tax_number",
        "tax_reason",
        "tax_category",
        "tax_rate_ppm",
    };

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(fixed[i], column) == 0) {
            return true;
        }
    }
    return false;
}

/* Tables of which little changes: the columns that do. */
enum { CHANGED_MAX = 10 };
static const struct {
    const struct table *table;
    const char *changed[CHANGED_MAX];
} changes[] = {
    { &order_line_table, { "canceled_quantity", "canceled_minor", "customization" } },
    { &order_task_table, { "state", "choice", "change_no", "request_id", "due_at", "closed_at" } },
    { &order_cancellation_table,
      { "state", "reply_request_id", "reply_partition", "change_no", "lines" } },
    { &order_hold_table, { "released_at", "note" } },
    { &order_note_table, { "note" } },
    { &order_edit_line_table, { "customization" } },
    { &order_cut_table, { "state", "quantity" } },
    { &order_refund_table, { "state" } },
    { &order_edit_table,
      { "state", "reason", "edited_minor", "ended_at", "reservation_no", "payment_no", "held",
        "reply_request_id", "reply_partition", "note" } },
    { &order_dispute_table, { "state", "amount_minor", "lost_minor" } },
    { &order_past_payment_table,
      { "authorized_minor", "captured_minor", "refunded_minor", "refund_told_minor", "state" } },
};

static bool is_among(const char *name, const char *const names[CHANGED_MAX])
{
    for (size_t i = 0; i < CHANGED_MAX && names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_changed(const struct table *table, size_t index)
{
    const char *name = table->columns[index].name;

    if (index < table->key_columns) {
        return false;
    }
    if (table == &order_contact_table || table == &order_channel_table ||
        table == &order_customer_merge_table) {
        return true;
    }
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        if (changes[i].table == table) {
            return is_among(name, changes[i].changed);
        }
    }
    return !is_fixed(name);
}

static void round_trip(struct order_sql_bench *bench, const struct table *table)
{
    void *row = make_row(bench, table, 100), *news = make_row(bench, table, 201);

    if (table->insert == STATEMENT_NONE) {
        return; /* it is only read, and stands in others */
    }
    struct rows *rows = order_sql_begin(bench);

    rows_insert(rows, table, row);
    order_sql_save_well(bench, rows);
    if (table->load == STATEMENT_NONE) {
        return;
    }
    assert_stored(bench, table, row);
    if (table->update == STATEMENT_NONE) {
        return;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (is_changed(table, i)) {
            copy_column(&table->columns[i], row, news);
        }
    }
    rows = order_sql_begin(bench);
    rows_update(rows, table, rows_put_stored(rows, table, row));
    order_sql_save_well(bench, rows);
    assert_stored(bench, table, row);
}

static void rows_come_back_as_they_went(void **state)
{
    for (const struct table *const *table = order_tables; *table != NULL; table++) {
        round_trip(*state, *table);
    }
}

/* Whoever is second is told so by name, loads again, and finds it. */
static void a_key_makes_one_order(void **state)
{
    struct order_sql_bench *bench = *state;
    struct request_row request = { "web key-1", 1, { order_sql_id, sizeof order_sql_id } };
    struct rows *rows = order_sql_begin(bench);

    rows_insert(rows, &order_request_table, &request);
    order_sql_save_well(bench, rows);
    rows = order_sql_begin(bench);
    request.order_no = 2;
    rows_insert(rows, &order_request_table, &request);
    assert_int_equal(order_sql_save(bench, rows), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "request_once"));
}

static void an_order_is_never_stuck_unseen(void **state)
{
    struct order_sql_bench *bench = *state;
    struct order_row *order = make_row(bench, &order_table, 100);
    struct rows *rows = order_sql_begin(bench);

    order->step = STEP_RESERVING;
    order->deadline_at = 0;
    order->open_holds = 0;
    order->open_tasks = 0;
    rows_insert(rows, &order_table, order);
    assert_int_equal(order_sql_save(bench, rows), ERR_RULE);
    assert_non_null(strstr(bench->ctx.detail, "orders_terminal_or_awaited"));
}

/* Shoppers may have written it: it is not kept for longer than it can be used, and a day. */
static void a_proposed_note_is_forgotten(void **state)
{
    struct order_sql_bench *bench = *state;
    struct rows *rows = order_sql_begin(bench);
    struct edit_row edit = { .order_no = 7,
                             .state = EDIT_PROPOSED,
                             .request_id = "req-1",
                             .note = "Ring twice",
                             .proposed_at = bench->now };

    for (edit.edit_no = 1; edit.edit_no <= 2; edit.edit_no++) {
        edit.expires_at = bench->now - (edit.edit_no == 1 ? DAY_MS + HOUR_MS : DAY_MS - HOUR_MS);
        rows_insert(rows, &order_edit_table, &edit);
        rows_insert(rows, &order_edit_line_table,
                    &(struct edit_line_row){ .order_no = 7,
                                             .edit_no = edit.edit_no,
                                             .line_no = 2,
                                             .sku = "A",
                                             .quantity = 1,
                                             .customization = "{\"engraving\":\"Ada\"}" });
    }
    order_sql_save_well(bench, rows);
    if (pg_script(
            &bench->ctx, bench->pg, "forget",
            "DO $$ BEGIN ASSERT forget_old() = 2; ASSERT (SELECT array_agg(note ORDER BY edit_no) "
            "= ARRAY[NULL, 'Ring twice'] FROM order_edit); ASSERT (SELECT array_agg(customization "
            "IS NULL ORDER BY edit_no) = ARRAY[true, false] FROM order_edit_line); END $$") != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
}

/* --- Ids ------------------------------------------------------------------------------------------- */

static const char *answer(struct order_sql_bench *bench, int statement,
                          const struct pg_arguments *arguments)
{
    struct pg_result *result = NULL;

    if (pg_run(&bench->ctx, bench->pg, &order_sql_own[statement], arguments, &result) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    const char *text = text_format(bench->ctx.arena, "%s", pg_text(result, 0, 0));
    pg_result_free(result);
    return text;
}

static const char *sql_id(struct order_sql_bench *bench, const unsigned char *bytes)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    pg_argument_bytes(arguments, (struct bytes){ bytes, ORDER_ID_BYTES });
    return answer(bench, ORDER_SQL_ID_TEXT, arguments);
}

static const char *sql_bounds(struct order_sql_bench *bench, const char *prefix)
{
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, 1);

    pg_argument_text(arguments, prefix);
    return answer(bench, ORDER_SQL_ID_BOUND, arguments);
}

static void ids_read_as_in_c(void **state)
{
    struct order_sql_bench *bench = *state;
    unsigned char bytes[ORDER_ID_BYTES];

    for (unsigned round = 0; round < 64; round++) {
        char hex[2 * ORDER_ID_BYTES + 1];

        for (unsigned i = 0; i < ORDER_ID_BYTES; i++) {
            bytes[i] = (unsigned char)(order_sql_id[i] * (round + 1) + 37 * round);
        }
        const char *text = text_format(bench->ctx.arena, "%s", order_id_format(bytes).text);
        assert_string_equal(sql_id(bench, bytes), text);
        text_hex(bytes, ORDER_ID_BYTES, hex);
        assert_string_equal(sql_bounds(bench, text), /* a whole id is its own bound */
                            text_format(bench->ctx.arena, "%s %s", hex, hex));
    }
    assert_string_equal(sql_bounds(bench, "ord_"),
                        "00000000000000000000000000000000 ffffffffffffffffffffffffffffffff");
    assert_string_equal(sql_bounds(bench, "ord_aa"),
                        "00000000000000000000000000000000 003fffffffffffffffffffffffffffff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SQL_BENCH(rows_come_back_as_they_went),
        ON_SQL_BENCH(a_key_makes_one_order),
        ON_SQL_BENCH(an_order_is_never_stuck_unseen),
        ON_SQL_BENCH(a_proposed_note_is_forgotten),
        ON_SQL_BENCH(ids_read_as_in_c),
    };

    return cmocka_run_group_tests(tests, order_sql_make_schema, NULL);
}
