/* api.c - what support may see: the messages of an order, and mails to suppliers; its SQL makes the JSON. */
#include "services/notification/api.h"

#include "sql/notification_sql.h"

static const struct read_route routes[] = {
    {
        .pattern = "/v1/orders/:id/messages",
        .statement = NOTIFICATION_SQL_READ_MESSAGES,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 6,
    },
    {
        .pattern = "/v1/purchase-orders/:purchase_order_id/messages",
        .statement = NOTIFICATION_SQL_READ_SUPPLIER_MESSAGES,
        .list = true,
        .parameters = { { .name = "purchase_order_id", .kind = READ_PATH_TEXT, .length_max = 100 },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/orders/:id/personal",
        .statement = NOTIFICATION_SQL_READ_PERSONAL,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/personal/left",
        .statement = NOTIFICATION_SQL_READ_LEFT,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
};

const struct read_routes notification_reads = { routes, sizeof routes / sizeof routes[0] };
