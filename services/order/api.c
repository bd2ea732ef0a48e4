/* api.c - what the order service shows: orders, their timelines, and what waits for a person; its SQL makes the JSON. */
#include "services/order/api.h"

#include "sql/order_sql.h"

const struct read_route order_reads[ORDER_READ_COUNT] = {
    {
        .pattern = "/v1/orders",
        .statement = ORDER_SQL_READ_ORDERS,
        .list = true,
        .parameters = { { .name = "status", .kind = READ_QUERY_TEXT },
                        { .name = "payment_status", .kind = READ_QUERY_TEXT },
                        { .name = "fulfillment_status", .kind = READ_QUERY_TEXT },
                        { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "q", .kind = READ_QUERY_TEXT, .length_max = 100 },
                        { .name = "placed_from", .kind = READ_QUERY_INSTANT },
                        { .name = "placed_to", .kind = READ_QUERY_INSTANT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT },
                        { .name = "stuck", .kind = READ_QUERY_TEXT } },
        .parameter_count = 11,
    },
    {
        .pattern = "/v1/orders/:id",
        .statement = ORDER_SQL_READ_ORDER,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/timeline",
        .statement = ORDER_SQL_READ_TIMELINE,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/tasks",
        .statement = ORDER_SQL_READ_TASKS,
        .list = true,
        .parameters = { { .name = "state", .kind = READ_QUERY_TEXT },
                        { .name = "kind", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 6,
    },
    {
        .pattern = "/v1/tasks/:id",
        .statement = ORDER_SQL_READ_TASK,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/channels/:code/policy",
        .statement = ORDER_SQL_READ_CHANNEL_POLICY,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
};
