/* export_order.c - orders as a table: its columns, and who may ask for what. */
#include "services/gateway/export.h"

#include "common/csv.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "services/gateway/call.h"
#include "services/gateway/export_table.h"
#include "services/gateway/reads.h"
#include "services/gateway/saved_view.h"

#include <stddef.h>
#include <string.h>

struct csv_column {
    const char *name;
    size_t at;
    bool is_number;
};
#define TEXT(type, field)                                                                          \
    {                                                                                              \
        .name = #field, .at = offsetof(struct type, field)                                         \
    }
#define NUMBER(type, field)                                                                        \
    {                                                                                              \
        .name = #field, .at = offsetof(struct type, field), .is_number = true                      \
    }

static const struct csv_column order_columns[] = {
    TEXT(exported_order, id),
    TEXT(exported_order, channel),
    TEXT(exported_order, channel_order_ref),
    TEXT(exported_order, number),
    TEXT(exported_order, status),
    TEXT(exported_order, payment_status),
    TEXT(exported_order, fulfillment_status),
    TEXT(exported_order, return_status),
    TEXT(exported_order, shopper_status),
    TEXT(exported_order, currency),
    NUMBER(exported_order, total_minor),
    TEXT(exported_order, customer_name),
    TEXT(exported_order, email),
    TEXT(exported_order, phone),
    TEXT(exported_order, country),
    TEXT(exported_order, placed_at),
    TEXT(exported_order, confirmed_at),
    TEXT(exported_order, ended_at),
    TEXT(exported_order, tracking_numbers),
};
static const struct csv_column line_columns[] = {
    NUMBER(exported_order_line, line_no),          TEXT(exported_order_line, sku),
    NUMBER(exported_order_line, quantity),         NUMBER(exported_order_line, canceled_quantity),
    NUMBER(exported_order_line, unit_price_minor), NUMBER(exported_order_line, discount_minor),
    NUMBER(exported_order_line, tax_minor),
};
enum {
    ORDER_COLUMNS = sizeof order_columns / sizeof order_columns[0],
    LINE_COLUMNS = sizeof line_columns / sizeof line_columns[0]
};

static void write_names(struct csv_row *row, const struct csv_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        csv_text(row, columns[i].name);
    }
}

/* Empty cells of a struct that is not there. */
static void write_cells(struct csv_row *row, const struct csv_column *columns, size_t count,
                        const void *from)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = NULL;
        int64_t number = 0;

        if (from != NULL && columns[i].is_number) {
            memcpy(&number, (const char *)from + columns[i].at, sizeof number);
            csv_int(row, number);
            continue;
        }
        if (from != NULL) {
            memcpy(&text, (const char *)from + columns[i].at, sizeof text);
        }
        csv_text(row, text);
    }
}

static void write_row(struct buffer *to, bool lines, const struct exported_order *order,
                      const struct exported_order_line *line)
{
    struct csv_row row = { .to = to };

    write_cells(&row, order_columns, ORDER_COLUMNS, order);
    if (lines) {
        write_cells(&row, line_columns, LINE_COLUMNS, line);
    }
    csv_end(&row);
}

static bool write_order(struct arena *arena, const char *item, struct buffer *to)
{
    struct violations violations = { .count = 0 };
    struct exported_order order;

    if (exported_order_decode(arena, item, strlen(item), &order, &violations) != OK) {
        return false;
    }
    write_row(to, false, &order, NULL);
    return true;
}

/* An order that was refused may have no lines, and stands there all the same. */
static bool write_lines(struct arena *arena, const char *item, struct buffer *to)
{
    struct violations violations = { .count = 0 };
    struct exported_order order;

    if (exported_order_decode(arena, item, strlen(item), &order, &violations) != OK) {
        return false;
    }
    if (order.lines_count == 0) {
        write_row(to, true, &order, NULL);
    }
    for (size_t i = 0; i < order.lines_count; i++) {
        write_row(to, true, &order, &order.lines[i]);
    }
    return true;
}

static void write_names_of_orders(struct buffer *to)
{
    struct csv_row row = { .to = to };

    write_names(&row, order_columns, ORDER_COLUMNS);
    csv_end(&row);
}

static void write_names_of_lines(struct buffer *to)
{
    struct csv_row row = { .to = to };

    write_names(&row, order_columns, ORDER_COLUMNS);
    write_names(&row, line_columns, LINE_COLUMNS);
    csv_end(&row);
}

static const struct export_table order_table = { "orders.csv",          OWNER_ORDER,
                                                 "/v1/order-rows",      "detail=orders&limit=200",
                                                 write_names_of_orders, write_order };
static const struct export_table line_table = { "orders.csv",         OWNER_ORDER,
                                                "/v1/order-rows",     "detail=lines&limit=50",
                                                write_names_of_lines, write_lines };

/* False, and answered, when a parameter has no place here. */
static bool is_well_asked(const struct call *call)
{
    const char *lines = http_query(call->request, "lines");

    if (!export_is_of_all(call)) {
        return false;
    }
    if (http_query(call->request, "detail") != NULL) {
        call_refuse_parameter(call, "detail", "is not known here");
        return false;
    }
    if (lines != NULL && !text_equal(lines, "true") && !text_equal(lines, "false")) {
        call_refuse_parameter(call, "lines", "must be true or false");
        return false;
    }
    if (read_asks_for_another_channel(call)) {
        call_refuse(call, PROBLEM_CHANNEL, "the API key sees its own channel only");
        return false;
    }
    return true;
}

void answer_order_export(void *gateway, const struct http_request *request,
                         struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    bool lines = text_equal(http_query(request, "lines"), "true");

    if (call_begin(&call, SCOPE_ORDERS_READ) && is_well_asked(&call) && saved_view_apply(&call)) {
        export_open(&call, lines ? &line_table : &order_table, "lines");
    }
}
