/* order_reads_test.c - what the order service shows fits the contract, lists turn pages and are filtered.
 *
 * links: order
 */
#include "tests/it/order_sql_bench.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/order_codec.h"
#include "proto/types_codec.h"
#include "services/order/api.h"
#include "services/order/saga.h"
#include "services/order/tables.h"
#include "sql/order_sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bytes id_of(struct order_sql_bench *bench, int64_t order_no)
{
    unsigned char *bytes = arena_copy(bench->ctx.arena, order_sql_id, sizeof order_sql_id);

    bytes[ORDER_ID_BYTES - 1] = (unsigned char)order_no;
    return (struct bytes){ bytes, ORDER_ID_BYTES };
}

static void add_shares(struct rows *rows, int64_t order_no)
{
    struct fulfillment_row shares[] = {
        { .order_no = order_no,
          .fulfillment_no = 1,
          .step = SHARE_SHIPPED,
          .state = FULFILLMENT_STATE_CLOSED,
          .location = "WH-1",
          .carrier = "demo-carrier",
          .tracking_number = "1Z9",
          .tracking_status = TRACKING_STATUS_IN_TRANSIT,
          .shipped_at = order_sql_placed_at },
        { .order_no = order_no,
          .fulfillment_no = 2,
          .step = SHARE_OPEN,
          .state = FULFILLMENT_STATE_OPEN,
          .location = "WH-2",
          .deadline_at = order_sql_placed_at },
    };
    struct allocation_row work[] = { { order_no, 1, 1, 2, 3998, NULL },
                                     { order_no, 2, 2, 1, 500, NULL } };
    struct task_row task = { .order_no = order_no,
                             .task_no = 1,
                             .kind = TASK_KIND_FULFILLMENT,
                             .state = TASK_STATE_OPEN,
                             .fulfillment_no = 2,
                             .choices = 1 << TASK_CHOICE_WAIT | 1 << TASK_CHOICE_CANCEL,
                             .reason = "not packed in time",
                             .due_at = order_sql_placed_at + 1,
                             .opened_at = order_sql_placed_at };

    for (size_t i = 0; i < 2; i++) {
        rows_insert(rows, &order_fulfillment_table, &shares[i]);
        rows_insert(rows, &order_allocation_table, &work[i]);
    }
    rows_insert(rows, &order_task_table, &task);
}

static void add_order(struct order_sql_bench *bench, struct rows *rows, int64_t order_no)
{
    struct order_row order = { .order_no = order_no,
                               .clock = 9,
                               .step = STEP_FULFILLING,
                               .status = ORDER_STATUS_CONFIRMED,
                               .payment_status = PAYMENT_STATUS_PARTIALLY_PAID,
                               .fulfillment_status = FULFILLMENT_STATUS_PARTIALLY_FULFILLED,
                               .return_status = RETURN_STATUS_NONE,
                               .shopper_status = SHOPPER_STATUS_PARTIALLY_SHIPPED,
                               .payment_state = PAYMENT_STATE_PARTIALLY_CAPTURED,
                               .payment_method = PAYMENT_METHOD_CARD,
                               .tax_mode = TAX_MODE_INCLUSIVE,
                               .total_minor = 4988,
                               .authorized_minor = 4988,
                               .captured_minor = 4488,
                               .open_tasks = 1,
                               .order_id = id_of(bench, order_no),
                               .channel = "web",
                               .channel_order_ref =
                                   text_format(bench->ctx.arena, "10%lld", (long long)order_no),
                               .currency = "EUR",
                               .shipping_service = "standard",
                               .shipping_price_minor = 490,
                               .placed_at = order_sql_placed_at + order_no / 2,
                               .confirmed_at = order_sql_placed_at + 100 };
    struct line_row lines[] = { { order_no, 1, "A", 3, 1999, 0, 638, 1, 1999,
                                  "{\"engraving\":\"x\"}" },
                                { order_no, 2, "B", 1, 500, 0, 0, 0, 0, NULL } };
    struct contact_row contact = { .order_no = order_no,
                                   .name = "Ada Lovelace",
                                   .email = "ada@shop.example",
                                   .ship_name = "Ada Lovelace",
                                   .ship_line1 = "Invalidenstr. 117",
                                   .ship_city = "Berlin",
                                   .ship_country = "DE",
                                   .note = "Please ring twice." };

    rows_insert(rows, &order_table, &order);
    rows_insert(rows, &order_submission_table,
                &(struct submission_row){ order.order_id, order_no, { order_sql_id, 16 } });
    rows_insert(rows, &order_line_table, &lines[0]);
    rows_insert(rows, &order_line_table, &lines[1]);
    rows_insert(rows, &order_contact_table, &contact);
    add_shares(rows, order_no);
}

/* The shopper of order 2 was asked about two lines, and answered. */
static void add_question(struct rows *rows)
{
    rows_insert(rows, &order_detour_table,
                &(struct detour_row){ .order_no = 2,
                                      .reservation_no = 2,
                                      .payment_no = 1,
                                      .asked = "1*2,2*1",
                                      .choice = SHOPPER_QUESTION_CHOICE_ACCEPT_PARTIAL });
}

static void add_timeline(struct rows *rows, int64_t order_no, int64_t at)
{
    /* Seen late, but older: the clock sorts. */
    static const int64_t clocks[] = { 1, 5, 3 }, kinds[] = { 1, 40, 20 };

    for (int64_t i = 0; i < 3; i++) {
        rows_insert(rows, &order_timeline_table,
                    &(struct timeline_row){ .order_no = order_no,
                                            .entry_no = i + 1,
                                            .clock = clocks[i],
                                            .at = at,
                                            .kind = kinds[i],
                                            .cause_no = i,
                                            .channel = "web",
                                            .subject = i == 1 ? "P1" : NULL,
                                            .request_id = i == 0 ? "req-1" : NULL });
    }
}

/* Orders 1 to 5; 4 and 5 were placed in the same millisecond. */
static void fill(struct order_sql_bench *bench)
{
    struct rows *rows = order_sql_begin(bench);

    for (int64_t order_no = 1; order_no <= 5; order_no++) {
        add_order(bench, rows, order_no);
    }
    add_timeline(rows, 1, bench->now);
    add_question(rows);
    order_sql_save_well(bench, rows);
}

/* Values for the parameters of a route by name and, for cursors, in their order; absent ones are NULL. */
struct question {
    const char *status, *channel, *q, *state, *email;
    int64_t placed_from;
    struct bytes id;
    const char *id_text;
    const char *cursors[3];
    int64_t limit;
};

static const char *text_value(const struct question *question, const char *name)
{
    const struct {
        const char *name, *value;
    } values[] = { { "status", question->status },
                   { "channel", question->channel },
                   { "q", question->q },
                   { "state", question->state },
                   { "email", question->email } };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(values[i].name, name) == 0) {
            return values[i].value;
        }
    }
    return NULL;
}

static void bind(struct pg_arguments *arguments, const struct read_parameter *parameter,
                 const struct question *question, size_t *cursor)
{
    bool from = strcmp(parameter->name, "placed_from") == 0;
    int64_t number = 0;

    if (parameter->kind == READ_PATH_ORDER_ID) {
        pg_argument_bytes(arguments, question->id);
    } else if (parameter->kind == READ_PATH_TEXT) {
        pg_argument_text(arguments, question->id_text);
    } else if (parameter->kind == READ_LIMIT) {
        pg_argument_int(arguments, COLUMN_INT8, question->limit);
    } else if (parameter->kind == READ_QUERY_INSTANT) {
        pg_argument_int(arguments, COLUMN_INSTANT, from ? question->placed_from : 0);
    } else if (parameter->kind == READ_QUERY_TEXT) {
        pg_argument_text(arguments, text_value(question, parameter->name));
    } else if (parameter->kind == READ_CURSOR_INT &&
               text_to_int(question->cursors[*cursor] == NULL ? "" : question->cursors[*cursor],
                           &number)) {
        pg_argument_int(arguments, COLUMN_INT8, number);
        ++*cursor;
    } else {
        pg_argument_null(arguments);
    }
}

static struct pg_result *ask(struct order_sql_bench *bench, const char *pattern,
                             struct question question)
{
    const struct read_route *route = order_reads.rows;
    struct pg_result *result = NULL;
    size_t cursor = 0;

    while (strcmp(route->pattern, pattern) != 0) {
        route++;
    }
    assert_int_equal(route->parameter_count,
                     order_sql_statements[route->statement].parameter_count);
    struct pg_arguments *arguments = pg_arguments_new(bench->ctx.arena, route->parameter_count);
    question.limit = question.limit == 0 ? 50 : question.limit;
    for (size_t i = 0; i < route->parameter_count; i++) {
        bind(arguments, &route->parameters[i], &question, &cursor);
    }
    if (pg_run(&bench->ctx, bench->pg, &order_sql_statements[route->statement], arguments,
               &result) != OK) {
        fail_msg("%s: %s", pattern, bench->ctx.detail);
    }
    return result;
}

/* The document of row 0, in the arena. */
static const char *document(struct order_sql_bench *bench, struct pg_result *result)
{
    assert_true(pg_row_count(result) > 0);
    const char *text = text_format(bench->ctx.arena, "%s", pg_text(result, 0, 0));
    pg_result_free(result);
    return text;
}

static struct violations violations;

static void decoded(enum err err)
{
    if (err != OK) {
        fail_msg("%s %s", violations.items[0].pointer, violations.items[0].detail);
    }
}
#define DECODE(bench, decode, text, ret)                                                           \
    decoded((decode)((bench)->ctx.arena, (text), strlen(text), (ret), &violations))

static void shows_an_order(void **state)
{
    struct order_sql_bench *bench = *state;
    struct order_view view = { 0 };

    fill(bench);
    const char *text =
        document(bench, ask(bench, "/v1/orders/:id", (struct question){ .id = id_of(bench, 1) }));
    DECODE(bench, order_view_decode, text, &view);
    assert_string_equal(view.id, order_id_format(id_of(bench, 1).bytes).text);
    assert_int_equal(view.status, ORDER_STATUS_CONFIRMED);
    assert_int_equal(view.payment_status, PAYMENT_STATUS_PARTIALLY_PAID);
    assert_int_equal(view.fulfillment_status, FULFILLMENT_STATUS_PARTIALLY_FULFILLED);
    assert_int_equal(view.shopper_status, SHOPPER_STATUS_PARTIALLY_SHIPPED);
    assert_int_equal(view.lines_count, 2);
    assert_string_equal(view.lines[0].customization, "{\"engraving\":\"x\"}");
    assert_string_equal(view.customer->email, "ada@shop.example");
    assert_null(view.bill_to);
    assert_int_equal(view.payments[0].state, PAYMENT_STATE_PARTIALLY_CAPTURED);
    assert_int_equal(view.fulfillments_count, 2);
    assert_int_equal(view.shipments_count, 1);
    assert_int_equal(view.shipments[0].state, SHIPMENT_STATE_SHIPPED);
    assert_int_equal(view.shipments[0].tracking_status, TRACKING_STATUS_IN_TRANSIT);
    assert_int_equal(view.tasks_count, 1);
    assert_int_equal(view.tasks[0].kind, TASK_KIND_FULFILLMENT);
    assert_int_equal(view.placed_at, order_sql_placed_at);
    assert_false(view.has_ended_at);
    struct pg_result *none =
        ask(bench, "/v1/orders/:id", (struct question){ .id = id_of(bench, 99) });
    assert_int_equal(pg_row_count(none), 0);
    pg_result_free(none);
}

static void shows_a_customer(void **state)
{
    struct order_sql_bench *bench = *state;
    struct customer_view found = { 0 }, named = { 0 };

    fill(bench);
    const char *text = document(
        bench, ask(bench, "/v1/customers", (struct question){ .email = "Ada@shop.EXAMPLE" }));
    DECODE(bench, customer_view_decode, text, &found);
    assert_int_equal(found.order_count, 5);
    assert_int_equal(found.open_order_count, 5);
    assert_int_equal(found.addresses_count, 1);
    assert_int_equal(found.sums_count, 1);
    assert_int_equal(found.sums[0].captured_minor, 5 * 4488);
    const char *order_id = order_id_format(id_of(bench, 4).bytes).text;
    const char *customer_id = text_format(bench->ctx.arena, "cus_%s", order_id + strlen("ord_"));
    text = document(bench, ask(bench, "/v1/customers/:customer_id",
                               (struct question){ .id_text = customer_id }));
    DECODE(bench, customer_view_decode, text, &named);
    assert_string_equal(named.id, found.id);
    struct pg_result *orders = ask(bench, "/v1/customers/:customer_id/orders",
                                   (struct question){ .id_text = customer_id, .limit = 3 });
    assert_int_equal(pg_row_count(orders), 3);
    pg_result_free(orders);
    struct pg_result *elsewhere =
        ask(bench, "/v1/customers/:customer_id",
            (struct question){ .id_text = customer_id, .channel = "app" });
    assert_int_equal(pg_row_count(elsewhere), 0);
    pg_result_free(elsewhere);
}

/* What the lane of a customer finds before they are erased, when it is noted, and once nothing of theirs is left. */
static size_t orders_to_erase(struct order_sql_bench *bench, const char *customer_id)
{
    struct rows *rows = order_sql_begin(bench);
    size_t count = 0;

    rows_want(rows, &order_customer_order_table, key_text(customer_id));
    if (bench->store->operations->load(bench->store, &bench->ctx, rows) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    void **found = rows_list(rows, &order_customer_order_table, key_text(customer_id));
    for (; found[count] != NULL; count++) {
        const struct customer_order_row *order = found[count];

        assert_false(order->over);
        assert_int_equal(order->order_id.length, ORDER_ID_BYTES);
    }
    bench->store->operations->rollback(bench->store, &bench->ctx);
    return count;
}

static void erase_in_store(struct order_sql_bench *bench, int64_t order_no)
{
    struct rows *rows = order_sql_begin(bench);
    const struct contact_row erased = { .order_no = order_no, .ship_country = "DE" };

    rows_insert(rows, &order_erasure_table,
                &(struct erasure_row){ order_no, order_sql_placed_at + order_no });
    rows_update(rows, &order_contact_table, rows_put_stored(rows, &order_contact_table, &erased));
    order_sql_save_well(bench, rows);
}

static void shows_who_was_erased(void **state)
{
    struct order_sql_bench *bench = *state;
    struct customer_view view = { 0 };
    struct customer_erasure erasure = { 0 };

    fill(bench);
    const char *order_id = order_id_format(id_of(bench, 2).bytes).text;
    const char *customer_id = text_format(bench->ctx.arena, "cus_%s", order_id + strlen("ord_"));
    assert_int_equal(orders_to_erase(bench, customer_id), 5);
    struct rows *rows = order_sql_begin(bench);
    rows_insert(rows, &order_customer_erasure_table,
                &(struct customer_erasure_row){ customer_id, "req", "key:7", order_sql_placed_at });
    for (int64_t number = 1; number <= 5; number++) {
        rows_insert(rows, &order_customer_erasure_order_table,
                    &(struct customer_erasure_order_row){ customer_id, number });
    }
    order_sql_save_well(bench, rows);
    for (int64_t number = 1; number <= 5; number++) {
        erase_in_store(bench, number);
        assert_int_equal(orders_to_erase(bench, customer_id), 5);
    }
    const struct question question = { .id_text = customer_id, .limit = 50 };
    const char *text = document(bench, ask(bench, "/v1/customers/:customer_id", question));
    DECODE(bench, customer_view_decode, text, &view);
    text = document(bench, ask(bench, "/v1/customers/:customer_id/erasure", question));
    DECODE(bench, customer_erasure_decode, text, &erasure);
    struct pg_result *orders = ask(bench, "/v1/customers/:customer_id/orders", question);
    assert_int_equal(pg_row_count(orders), 5);
    pg_result_free(orders);
    assert_true(view.has_erased_at);
    assert_int_equal(view.erased_at, order_sql_placed_at + 5);
    assert_null(view.name);
    assert_int_equal(view.order_count, 5);
    assert_int_equal(erasure.orders_count, 5);
    assert_string_equal(erasure.asked_by, "key:7");
}

static void shows_a_question(void **state)
{
    struct order_sql_bench *bench = *state;
    struct order_view view = { 0 };

    fill(bench);
    const char *text =
        document(bench, ask(bench, "/v1/orders/:id", (struct question){ .id = id_of(bench, 2) }));
    DECODE(bench, order_view_decode, text, &view);
    assert_non_null(view.question);
    assert_false(view.question->open);
    assert_false(view.question->has_expires_at);
    assert_int_equal(view.question->choice, SHOPPER_QUESTION_CHOICE_ACCEPT_PARTIAL);
    assert_int_equal(view.question->missing_count, 2);
    assert_string_equal(view.question->missing[1].sku, "B");
    assert_int_equal(view.question->missing[0].quantity, 2);
}

/* The references of a page, joined by blanks; its last cursors in ret. */
static const char *page(struct order_sql_bench *bench, struct question question,
                        const char *cursors[3])
{
    struct pg_result *result = ask(bench, "/v1/orders", question);
    const char *refs = "";

    for (int row = 0; row < pg_row_count(result); row++) {
        struct order_summary summary = { 0 };

        DECODE(bench, order_summary_decode, pg_text(result, row, 0), &summary);
        assert_true(summary.held);
        refs = text_format(bench->ctx.arena, "%s%s%s", refs, row == 0 ? "" : " ",
                           summary.channel_order_ref);
        cursors[0] = text_format(bench->ctx.arena, "%s", pg_text(result, row, 1));
        cursors[1] = text_format(bench->ctx.arena, "%s", pg_text(result, row, 2));
    }
    pg_result_free(result);
    return refs;
}

static void lists_turn_pages(void **state)
{
    struct order_sql_bench *bench = *state;
    struct question question = { .limit = 2 };

    fill(bench);
    assert_string_equal(page(bench, question, question.cursors), "105 104");
    assert_string_equal(page(bench, question, question.cursors), "103 102");
    assert_string_equal(page(bench, question, question.cursors), "101");
    assert_string_equal(page(bench, question, question.cursors), "");
}

static void lists_are_filtered(void **state)
{
    struct order_sql_bench *bench = *state;
    const char *id = order_id_format(id_of(bench, 3).bytes).text, *cursors[3] = { 0 };
    const struct {
        struct question question;
        const char *refs;
    } cases[] = {
        { { .status = "confirmed" }, "105 104 103 102 101" },
        { { .status = "placed" }, "" },
        { { .status = "no such" }, "" },
        { { .channel = "phone" }, "" },
        { { .channel = "web", .limit = 1 }, "105" },
        { { .q = "103" }, "103" },
        { { .q = "10" }, "105 104 103 102 101" },
        { { .q = "3" }, "" },
        { { .q = text_format(bench->ctx.arena, "%s", id) }, "103" },
        { { .q = "ord_aaaqeayeau" }, "105 104 103 102 101" },
        { { .q = "ord_b" }, "" },
        { { .placed_from = order_sql_placed_at + 2 }, "105 104" },
    };

    fill(bench);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(page(bench, cases[i].question, cursors), cases[i].refs);
    }
}

/* Whether it was used, not only thought of. */
static bool is_in_plan(struct order_sql_bench *bench, size_t plan, const char *index)
{
    struct pg_result *result = NULL;
    bool found = false;

    if (pg_run(&bench->ctx, bench->pg, &order_sql_own[plan], NULL, &result) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
    for (int row = 0; row < pg_row_count(result); row++) {
        const char *line = pg_text(result, row, 0);

        found = found || (strstr(line, index) != NULL && strstr(line, "never executed") == NULL);
    }
    pg_result_free(result);
    return found;
}

/* Among many orders, those that are asked for are found by key; walking all of them by time takes longer with each. */
static void a_search_reads_what_it_finds(void **state)
{
    struct order_sql_bench *bench = *state;

    fill(bench);
    assert_int_equal(
        pg_script(&bench->ctx, bench->pg, "many",
                  "INSERT INTO orders SELECT many.* FROM orders AS o"
                  " CROSS JOIN generate_series(1001, 6000) AS n"
                  " CROSS JOIN LATERAL jsonb_populate_record(o, jsonb_build_object("
                  "'order_no', n, 'channel_order_ref', 'many-' || n, 'open_tasks', 0)) AS many"
                  " WHERE o.order_no = 1; ANALYZE orders"),
        OK);
    assert_true(is_in_plan(bench, ORDER_SQL_SEARCH_PLAN, "orders_by_ref"));
    assert_false(is_in_plan(bench, ORDER_SQL_SEARCH_PLAN, "orders_by_time"));
    assert_true(is_in_plan(bench, ORDER_SQL_STUCK_PLAN, "orders_with_tasks"));
    assert_false(is_in_plan(bench, ORDER_SQL_STUCK_PLAN, "orders_by_time"));
}

static void timeline_is_in_causal_order(void **state)
{
    struct order_sql_bench *bench = *state;
    static const char *const types[] = { "kervan.order.placed.v1", "kervan.inventory.reserved.v1",
                                         "kervan.payment.authorized.v1" };

    fill(bench);
    struct pg_result *result =
        ask(bench, "/v1/orders/:id/timeline", (struct question){ .id = id_of(bench, 1) });
    assert_int_equal(pg_row_count(result), 3);
    for (int row = 0; row < 3; row++) {
        struct timeline_entry entry = { 0 };

        DECODE(bench, timeline_entry_decode, pg_text(result, row, 0), &entry);
        assert_string_equal(entry.type, types[row]);
    }
    pg_result_free(result);
    result = ask(bench, "/v1/orders/:id/timeline",
                 (struct question){ .id = id_of(bench, 1), .cursors = { "3", "3" } });
    assert_int_equal(pg_row_count(result), 1);
    pg_result_free(result);
}

static const char *task_id(struct order_sql_bench *bench, int64_t order_no, int task_no)
{
    return text_format(bench->ctx.arena, "%s-T%d",
                       order_id_format(id_of(bench, order_no).bytes).text, task_no);
}

static void tasks_are_listed(void **state)
{
    struct order_sql_bench *bench = *state;

    fill(bench);
    struct pg_result *result = ask(bench, "/v1/tasks", (struct question){ .limit = 2 });
    assert_int_equal(pg_row_count(result), 2);
    assert_non_null(strstr(pg_text(result, 0, 0), "\"kind\":\"fulfillment\""));
    struct question next = { .limit = 9,
                             .cursors = { pg_text(result, 1, 1), pg_text(result, 1, 2),
                                          pg_text(result, 1, 3) } };
    struct pg_result *rest = ask(bench, "/v1/tasks", next);
    assert_int_equal(pg_row_count(rest), 3);
    pg_result_free(rest);
    pg_result_free(result);
    rest = ask(bench, "/v1/tasks/:id",
               (struct question){ .id = id_of(bench, 1), .id_text = task_id(bench, 1, 1) });
    assert_int_equal(pg_row_count(rest), 1);
    assert_non_null(strstr(pg_text(rest, 0, 0), "[\"cancel\",\"wait\"]"));
    pg_result_free(rest);
    rest = ask(bench, "/v1/tasks/:id",
               (struct question){ .id = id_of(bench, 1), .id_text = task_id(bench, 1, 2) });
    assert_int_equal(pg_row_count(rest), 0);
    pg_result_free(rest);
    rest = ask(bench, "/v1/tasks", (struct question){ .state = "closed" });
    assert_int_equal(pg_row_count(rest), 0);
    pg_result_free(rest);
}

static void add_fact(struct rows *rows, int64_t order_no, int64_t entry_no, int64_t at)
{
    rows_insert(rows, &order_timeline_table,
                &(struct timeline_row){ .order_no = order_no,
                                        .entry_no = entry_no,
                                        .clock = 1,
                                        .at = at,
                                        .kind = 1,
                                        .channel = "web" });
}

/* "order/entry" of each event, joined by blanks; where to go on in `question`. */
static const char *events(struct order_sql_bench *bench, struct question *question)
{
    struct pg_result *result = ask(bench, "/v1/events", *question);
    const char *told = "";
    int rows = pg_row_count(result) - 1;

    assert_true(pg_is_null(result, rows, 0));
    for (int row = 0; row < rows; row++) {
        struct channel_event event = { 0 };

        DECODE(bench, channel_event_decode, pg_text(result, row, 0), &event);
        told = text_format(bench->ctx.arena, "%s%s%s/%s", told, row == 0 ? "" : " ",
                           pg_text(result, row, 2), pg_text(result, row, 3));
    }
    int place = rows == (int)question->limit ? rows - 1 : rows;
    for (int i = 0; i < 3; i++) {
        question->cursors[i] = text_format(bench->ctx.arena, "%s", pg_text(result, place, i + 1));
    }
    pg_result_free(result);
    return told;
}

static void begin_lane(struct order_sql_bench *bench, struct store *store, size_t lane)
{
    if (store->operations->begin(store, &bench->ctx, &bench->holds[lane], 1, &bench->now) != OK ||
        store->operations->load(store, &bench->ctx, rows_new(bench->ctx.arena)) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
}

static void commit(struct order_sql_bench *bench, struct store *store, struct rows *rows)
{
    bool unknown = false;

    if (store->operations->save_and_commit(store, &bench->ctx, rows, &unknown) != OK) {
        fail_msg("%s", bench->ctx.detail);
    }
}

/* Lane 1 commits while a batch of lane 0 that began earlier is open: its fact waits for the earlier one. */
static void events_of_the_slower_lane_are_not_missed(void **state)
{
    struct order_sql_bench *bench = *state;
    struct rows *early = rows_new(bench->ctx.arena), *late = rows_new(bench->ctx.arena);
    struct question question = { .channel = "web", .limit = 50 };
    struct store *other = NULL;

    fill(bench);
    assert_string_equal(events(bench, &question), "1/1 1/2 1/3");
    order_sql_open_store(bench, &other);
    begin_lane(bench, bench->store, 0);
    add_fact(early, 2, 1, bench->now);
    begin_lane(bench, other, 1);
    add_fact(late, 3, 1, bench->now);
    commit(bench, other, late);
    assert_string_equal(events(bench, &question), "");
    commit(bench, bench->store, early);
    assert_string_equal(events(bench, &question), "2/1");
    begin_lane(bench, bench->store, 0);
    commit(bench, bench->store, rows_new(bench->ctx.arena));
    assert_string_equal(events(bench, &question), "3/1");
    assert_string_equal(events(bench, &question), "");
    other->operations->close(other);
}

static void events_are_of_one_channel_and_turn_pages(void **state)
{
    struct order_sql_bench *bench = *state;
    struct question question = { .channel = "web", .limit = 2 };
    struct question other = { .channel = "phone", .limit = 2 };

    fill(bench);
    assert_string_equal(events(bench, &question), "1/1 1/2");
    assert_string_equal(events(bench, &question), "1/3");
    assert_string_equal(events(bench, &question), "");
    assert_string_equal(events(bench, &other), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_SQL_BENCH(shows_an_order),
        ON_SQL_BENCH(lists_turn_pages),
        ON_SQL_BENCH(lists_are_filtered),
        ON_SQL_BENCH(a_search_reads_what_it_finds),
        ON_SQL_BENCH(timeline_is_in_causal_order),
        ON_SQL_BENCH(tasks_are_listed),
        ON_SQL_BENCH(shows_a_question),
        ON_SQL_BENCH(shows_a_customer),
        ON_SQL_BENCH(shows_who_was_erased),
        ON_SQL_BENCH(events_are_of_one_channel_and_turn_pages),
        ON_SQL_BENCH(events_of_the_slower_lane_are_not_missed),
    };

    return cmocka_run_group_tests(tests, order_sql_make_schema, NULL);
}
