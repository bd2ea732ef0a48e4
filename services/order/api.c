/* api.c - what the order service shows: orders, their timelines, and what waits for a person; its SQL makes the JSON. */
#include "services/order/api.h"

#include "common/country.h"
#include "services/order/filters.h"
#include "sql/order_sql.h"

/* What orders are looked for by; the statement has one parameter more. */
#define FILTERS                                                                                    \
    { .name = "status",                                                                            \
      .kind = READ_QUERY_TEXT,                                                                     \
      .fits = filter_is_order_status,                                                              \
      .must = "must be a status of orders" },                                                      \
        { .name = "payment_status",                                                                \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_payment_status,                                                        \
          .must = "must be a status of payments" },                                                \
        { .name = "fulfillment_status",                                                            \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_fulfillment_status,                                                    \
          .must = "must be a status of fulfillments" },                                            \
        { .name = "return_status",                                                                 \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_return_status,                                                         \
          .must = "must be a status of returns" },                                                 \
        { .name = "shopper_status",                                                                \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_shopper_status,                                                        \
          .must = "must be a status as shoppers see it" },                                         \
        { .name = "channel", .kind = READ_QUERY_TEXT },                                            \
        { .name = "q", .kind = READ_QUERY_TEXT, .length_min = 1, .length_max = 100 },              \
        { .name = "channel_order_ref",                                                             \
          .kind = READ_QUERY_TEXT,                                                                 \
          .length_min = 1,                                                                         \
          .length_max = 256 },                                                                     \
        { .name = "order_no", .kind = READ_QUERY_AMOUNT },                                         \
        { .name = "customer_name", .kind = READ_QUERY_TEXT, .length_min = 1, .length_max = 400 },  \
        { .name = "email", .kind = READ_QUERY_TEXT, .length_min = 1, .length_max = 254 },          \
        { .name = "email_prefix", .kind = READ_QUERY_TEXT, .length_min = 1, .length_max = 254 },   \
        { .name = "phone", .kind = READ_QUERY_DIGITS, .length_min = 7 },                           \
        { .name = "sku", .kind = READ_QUERY_TEXT, .length_min = 1 },                               \
        { .name = "tracking_number", .kind = READ_QUERY_TEXT, .length_min = 1 },                   \
        { .name = "country",                                                                       \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = country_is_known,                                                                \
          .must = "must be a country as in DE" },                                                  \
        { .name = "placed_from", .kind = READ_QUERY_INSTANT },                                     \
        { .name = "placed_to", .kind = READ_QUERY_INSTANT },                                       \
        { .name = "total_from_minor", .kind = READ_QUERY_AMOUNT },                                 \
        { .name = "total_to_minor", .kind = READ_QUERY_AMOUNT },                                   \
        { .name = "currency",                                                                      \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_currency,                                                              \
          .must = "must be a currency as in EUR" },                                                \
        { .name = "hold",                                                                          \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_hold,                                                                  \
          .must = "must be \"any\" or the reason of a hold" },                                     \
        { .name = "task",                                                                          \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_task,                                                                  \
          .must = "must be \"any\" or the kind of a task" },                                       \
        { .name = "stuck",                                                                         \
          .kind = READ_QUERY_TEXT,                                                                 \
          .fits = filter_is_truth,                                                                 \
          .must = "must be true or false" },                                                       \
        { .name = "cursor", .kind = READ_CURSOR_INT },                                             \
        { .name = "cursor", .kind = READ_CURSOR_INT },                                             \
    {                                                                                              \
        .name = "limit", .kind = READ_LIMIT                                                        \
    }

/* Behind what is shown of each. */
#define COMPANY_FILTERS                                                                            \
    { .name = "purchase_order_number",                                                             \
      .kind = READ_QUERY_TEXT,                                                                     \
      .length_min = 1,                                                                             \
      .length_max = 64 },                                                                          \
    {                                                                                              \
        .name = "company", .kind = READ_QUERY_TEXT, .length_min = 1, .length_max = 32              \
    }

static const struct read_route routes[] = {
    {
        .pattern = "/v1/orders",
        .statement = ORDER_SQL_READ_ORDERS,
        .list = true,
        .closed = true,
        .parameters = {
            FILTERS,
            { .name = "detail", .kind = READ_NOTHING },
            COMPANY_FILTERS,
        },
        .parameter_count = 30,
    },
    { /* for tables that the gateway writes */
        .pattern = "/v1/order-rows",
        .statement = ORDER_SQL_READ_ORDERS,
        .list = true,
        .closed = true,
        .parameters = {
            FILTERS,
            { .name = "detail", .kind = READ_QUERY_TEXT, .fits = filter_is_detail, .must = "must be orders or lines" },
            COMPANY_FILTERS,
        },
        .parameter_count = 30,
    },
    {
        .pattern = "/v1/orders/:id",
        .statement = ORDER_SQL_READ_ORDER,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/orders/:id/past",
        .statement = ORDER_SQL_READ_ORDER_PAST,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "at", .kind = READ_QUERY_INSTANT } },
        .parameter_count = 2,
    },
    { /* for whoever holds a link to follow the order */
        .pattern = "/v1/orders/:id/tracking",
        .statement = ORDER_SQL_READ_TRACKING,
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
        .pattern = "/v1/orders/:id/edits",
        .statement = ORDER_SQL_READ_EDITS,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/edits/:id",
        .statement = ORDER_SQL_READ_EDIT,
        .versioned = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "id", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/events",
        .statement = ORDER_SQL_READ_EVENTS,
        .list = true,
        .endless = true,
        .parameters = { { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "after", .kind = READ_CURSOR_INT },
                        { .name = "after", .kind = READ_CURSOR_INT },
                        { .name = "after", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT },
                        { .name = "since", .kind = READ_QUERY_INSTANT } },
        .parameter_count = 6,
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
        .pattern = "/v1/drafts",
        .statement = ORDER_SQL_READ_DRAFTS,
        .list = true,
        .closed = true,
        .parameters = { { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = filter_is_draft_state,
                          .must = "must be a state of drafts" },
                        { .name = "email", .kind = READ_QUERY_TEXT, .length_min = 1, .length_max = 254 },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 6,
    },
    {
        .pattern = "/v1/drafts/:draft_id",
        .statement = ORDER_SQL_READ_DRAFT,
        .versioned = true,
        .parameters = { { .name = "draft_id", .kind = READ_PATH_ORDER_ID },
                        { .name = "channel", .kind = READ_QUERY_TEXT } },
        .parameter_count = 2,
    },
    { /* the gateway sees to it that one of the first three is there */
        .pattern = "/v1/customers",
        .statement = ORDER_SQL_READ_CUSTOMERS,
        .list = true,
        .closed = true,
        .parameters = { { .name = "email", .kind = READ_QUERY_TEXT, .length_min = 1, .length_max = 254 },
                        { .name = "phone", .kind = READ_QUERY_DIGITS, .length_min = 7 },
                        { .name = "channel_customer_ref",
                          .kind = READ_QUERY_TEXT,
                          .length_min = 1,
                          .length_max = 100 },
                        { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 6,
    },
    {
        .pattern = "/v1/customers/:customer_id",
        .statement = ORDER_SQL_READ_CUSTOMER,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT },
                        { .name = "channel", .kind = READ_QUERY_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/customers/:customer_id/orders",
        .statement = ORDER_SQL_READ_CUSTOMER_ORDERS,
        .list = true,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT },
                        { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    { /* for the export of all that is known of somebody */
        .pattern = "/v1/customers/:customer_id/personal",
        .statement = ORDER_SQL_READ_CUSTOMER_PERSONAL,
        .list = true,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT },
                        { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/customers/:customer_id/traces",
        .statement = ORDER_SQL_READ_CUSTOMER_TRACES,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT },
                        { .name = "channel", .kind = READ_QUERY_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/customers/:customer_id/merged-into",
        .statement = ORDER_SQL_READ_CUSTOMER_MERGE,
        .versioned = true,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    { /* of which the gateway asks the other services, too */
        .pattern = "/v1/customers/:customer_id/erasure",
        .statement = ORDER_SQL_READ_CUSTOMER_ERASURE,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    { /* for shoppers with a token */
        .pattern = "/v1/shoppers/:customer_id/orders",
        .statement = ORDER_SQL_READ_SHOPPER_ORDERS,
        .list = true,
        .closed = true,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT },
                        { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/shoppers/:customer_id/orders/:id",
        .statement = ORDER_SQL_READ_SHOPPER_ORDER,
        .parameters = { { .name = "customer_id", .kind = READ_PATH_TEXT },
                        { .name = "channel", .kind = READ_QUERY_TEXT },
                        { .name = "id", .kind = READ_PATH_ORDER_ID } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/companies",
        .statement = ORDER_SQL_READ_COMPANIES,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/companies/:code",
        .statement = ORDER_SQL_READ_COMPANY,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/tax-rates",
        .statement = ORDER_SQL_READ_TAX_AREAS,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/tax-rates/:area",
        .statement = ORDER_SQL_READ_TAX_AREA,
        .versioned = true,
        .parameters = { { .name = "area", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/tax-rates/:area/history",
        .statement = ORDER_SQL_READ_TAX_AREA_VERSIONS,
        .list = true,
        .parameters = { { .name = "area", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/tax-classes",
        .statement = ORDER_SQL_READ_TAX_CLASSES,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/tax-classes/:sku",
        .statement = ORDER_SQL_READ_TAX_CLASS,
        .versioned = true,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/block-list",
        .statement = ORDER_SQL_READ_BLOCK_LIST,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT, .length_max = 128 },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/block-list/:entry",
        .statement = ORDER_SQL_READ_BLOCK_ENTRY,
        .parameters = { { .name = "entry", .kind = READ_PATH_TEXT, .length_max = 128 } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/reports/promised-deliveries",
        .statement = ORDER_SQL_READ_PROMISES,
        .parameters = { { .name = "placed_from", .kind = READ_QUERY_INSTANT },
                        { .name = "placed_until", .kind = READ_QUERY_INSTANT },
                        { .name = "channel", .kind = READ_QUERY_TEXT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/channels/:code/policy",
        .statement = ORDER_SQL_READ_CHANNEL_POLICY,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
};

const struct read_routes order_reads = { routes, sizeof routes / sizeof routes[0] };
