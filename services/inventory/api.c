/* api.c - what the inventory shows: items, places, stock, adjustments; its SQL makes the JSON. */
#include "services/inventory/api.h"

#include "proto/types_codec.h"
#include "sql/inventory_sql.h"

static bool is_sheet_state(const char *text)
{
    enum count_sheet_state state = count_sheet_state_find(text);

    return state != COUNT_SHEET_STATE_ABSENT && state != COUNT_SHEET_STATE_UNKNOWN;
}

static bool is_line_state(const char *text)
{
    enum count_line_state state = count_line_state_find(text);

    return state != COUNT_LINE_STATE_ABSENT && state != COUNT_LINE_STATE_UNKNOWN;
}

static bool is_count_class(const char *text)
{
    enum count_class class = count_class_find(text);

    return class != COUNT_CLASS_ABSENT && class != COUNT_CLASS_UNKNOWN;
}

static bool is_alert_kind(const char *text)
{
    enum alert_kind kind = alert_kind_find(text);

    return kind != ALERT_KIND_ABSENT && kind != ALERT_KIND_UNKNOWN;
}

static bool is_alert_state(const char *text)
{
    enum alert_state state = alert_state_find(text);

    return state != ALERT_STATE_ABSENT && state != ALERT_STATE_UNKNOWN;
}

static const struct read_route routes[] = {
    {
        .pattern = "/v1/items",
        .statement = INVENTORY_SQL_READ_ITEMS,
        .list = true,
        .parameters = { { .name = "barcode", .kind = READ_QUERY_INT },
                        { .name = "product", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/items/:sku",
        .statement = INVENTORY_SQL_READ_ITEM,
        .versioned = true,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/locations",
        .statement = INVENTORY_SQL_READ_LOCATIONS,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/locations/:code",
        .statement = INVENTORY_SQL_READ_LOCATION,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/locations/:code/bins",
        .statement = INVENTORY_SQL_READ_BINS,
        .list = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "zone", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/locations/:code/bins/:bin",
        .statement = INVENTORY_SQL_READ_BIN,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "bin", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/locations/:code/bins/:bin/stock",
        .statement = INVENTORY_SQL_READ_BIN_CONTENTS,
        .list = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "bin", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/locations/:code/count-policy",
        .statement = INVENTORY_SQL_READ_COUNT_POLICY,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/locations/:code/count-classes",
        .statement = INVENTORY_SQL_READ_COUNT_CLASSES,
        .list = true,
        .closed = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "class",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_count_class,
                          .must = "must be a, b or c" },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/locations/:code/count-suggestions",
        .statement = INVENTORY_SQL_READ_COUNT_SUGGESTIONS,
        .list = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/locations/:code/bin-suggestions",
        .statement = INVENTORY_SQL_READ_BIN_SUGGESTIONS,
        .list = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/stock/:sku/:location/bins",
        .statement = INVENTORY_SQL_READ_STOCK_BINS,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "location", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/stock/:sku/:location/bins/ledger",
        .statement = INVENTORY_SQL_READ_BIN_LEDGER,
        .list = true,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "location", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/stock",
        .statement = INVENTORY_SQL_READ_STOCK_LIST,
        .list = true,
        .parameters = { { .name = "sku", .kind = READ_QUERY_TEXT },
                        { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern =
            "/v1/stock/transfers", /* before the item that may be called so: it is in the list of stock */
        .statement = INVENTORY_SQL_READ_TRANSFERS,
        .list = true,
        .parameters = { { .name = "state", .kind = READ_QUERY_TEXT },
                        { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/stock/transfers/:transfer_id",
        .statement = INVENTORY_SQL_READ_TRANSFER,
        .versioned = true,
        .parameters = { { .name = "transfer_id", .kind = READ_PATH_TEXT, .length_max = 100 } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/stock/count-sheets",
        .statement = INVENTORY_SQL_READ_COUNT_SHEETS,
        .list = true,
        .closed = true,
        .parameters = { { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_sheet_state,
                          .must = "must be a state of count sheets" },
                        { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/stock/count-sheets/:sheet_id",
        .statement = INVENTORY_SQL_READ_COUNT_SHEET,
        .versioned = true,
        .parameters = { { .name = "sheet_id", .kind = READ_PATH_TEXT, .length_max = 100 } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/stock/count-sheets/:sheet_id/lines",
        .statement = INVENTORY_SQL_READ_COUNT_LINES,
        .list = true,
        .closed = true,
        .parameters = { { .name = "sheet_id", .kind = READ_PATH_TEXT, .length_max = 100 },
                        { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_line_state,
                          .must = "must be a state of lines of count sheets" },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 4,
    },
    {
        .pattern = "/v1/stock/alerts",
        .statement = INVENTORY_SQL_READ_STOCK_ALERTS,
        .list = true,
        .closed = true,
        .parameters = { { .name = "kind",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_alert_kind,
                          .must = "must be a kind of stock alerts" },
                        { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "sku", .kind = READ_QUERY_TEXT },
                        { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_alert_state,
                          .must = "must be open, acknowledged or closed" },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 8,
    },
    {
        .pattern = "/v1/stock/:sku/:location/alert-levels",
        .statement = INVENTORY_SQL_READ_ALERT_LEVELS,
        .versioned = true,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "location", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/stock/:sku/availability",
        .statement = INVENTORY_SQL_READ_STOCK_AVAILABILITY,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "quantity", .kind = READ_QUERY_INT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/stock/:sku",
        .statement = INVENTORY_SQL_READ_STOCK,
        .versioned = true,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/stock/adjustments/:request_id",
        .statement = INVENTORY_SQL_READ_ADJUSTMENT,
        .parameters = { { .name = "request_id", .kind = READ_PATH_TEXT, .length_max = 100 } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/stock/:sku/:location/ledger",
        .statement = INVENTORY_SQL_READ_LEDGER,
        .list = true,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "location", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 6,
    },
    {
        .pattern = "/v1/stock/:sku/:location/lots",
        .statement = INVENTORY_SQL_READ_LOTS,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "location", .kind = READ_PATH_TEXT },
                        { .name = "quantity", .kind = READ_QUERY_INT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/stock/:sku/lots/:lot/where",
        .statement = INVENTORY_SQL_READ_LOT,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "lot", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/stock/:sku/lots/:lot/orders",
        .statement = INVENTORY_SQL_READ_LOT_ORDERS,
        .list = true,
        .parameters = { { .name = "sku", .kind = READ_PATH_TEXT },
                        { .name = "lot", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/sourcing/rules",
        .statement = INVENTORY_SQL_READ_SOURCING_POLICIES,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/sourcing/rules/:scope",
        .statement = INVENTORY_SQL_READ_SOURCING_POLICY,
        .versioned = true,
        .parameters = { { .name = "scope", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/postal-areas/:country",
        .statement = INVENTORY_SQL_READ_POSTAL_AREAS,
        .versioned = true,
        .parameters = { { .name = "country", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/suppliers",
        .statement = INVENTORY_SQL_READ_SUPPLIERS,
        .list = true,
        .parameters = { { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/suppliers/:code",
        .statement = INVENTORY_SQL_READ_SUPPLIER,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/suppliers/:code/items",
        .statement = INVENTORY_SQL_READ_SUPPLIER_ITEMS,
        .list = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/suppliers/:code/items/:sku",
        .statement = INVENTORY_SQL_READ_SUPPLIER_ITEM,
        .versioned = true,
        .parameters = { { .name = "code", .kind = READ_PATH_TEXT },
                        { .name = "sku", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/purchase-orders",
        .statement = INVENTORY_SQL_READ_PURCHASE_ORDERS,
        .list = true,
        .parameters = { { .name = "state", .kind = READ_QUERY_TEXT },
                        { .name = "supplier", .kind = READ_QUERY_TEXT },
                        { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "mail", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 7,
    },
    {
        .pattern = "/v1/purchase-alerts",
        .statement = INVENTORY_SQL_READ_PURCHASE_ALERTS,
        .list = true,
        .closed = true,
        .parameters = { { .name = "state",
                          .kind = READ_QUERY_TEXT,
                          .fits = is_alert_state,
                          .must = "must be open, acknowledged or closed" },
                        { .name = "supplier", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 5,
    },
    {
        .pattern = "/v1/purchase-orders/:purchase_order_id",
        .statement = INVENTORY_SQL_READ_PURCHASE_ORDER,
        .versioned = true,
        .parameters = { { .name = "purchase_order_id",
                          .kind = READ_PATH_TEXT,
                          .length_max = 100 } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/purchase-orders/:purchase_order_id/documents",
        .statement = INVENTORY_SQL_READ_PURCHASE_DOCUMENTS,
        .list = true,
        .parameters = { { .name = "purchase_order_id", .kind = READ_PATH_TEXT, .length_max = 100 },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/purchase-orders/:purchase_order_id/documents/:document",
        .statement = INVENTORY_SQL_READ_PURCHASE_DOCUMENT,
        .content = true,
        .parameters = { { .name = "purchase_order_id", .kind = READ_PATH_TEXT, .length_max = 100 },
                        { .name = "document", .kind = READ_PATH_TEXT } },
        .parameter_count = 2,
    },
    {
        .pattern = "/v1/reorder-suggestions",
        .statement = INVENTORY_SQL_READ_REORDER_SUGGESTIONS,
        .list = true,
        .parameters = { { .name = "sku", .kind = READ_QUERY_TEXT },
                        { .name = "location", .kind = READ_QUERY_TEXT },
                        { .name = "supplier", .kind = READ_QUERY_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "cursor", .kind = READ_CURSOR_TEXT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 6,
    },
    {
        .pattern = "/v1/orders/:id/sourcing",
        .statement = INVENTORY_SQL_READ_ORDER_SOURCING,
        .list = true,
        .parameters = { { .name = "id", .kind = READ_PATH_ORDER_ID },
                        { .name = "cursor", .kind = READ_CURSOR_INT },
                        { .name = "limit", .kind = READ_LIMIT } },
        .parameter_count = 3,
    },
    {
        .pattern = "/v1/sourcing/what-if/:name",
        .statement = INVENTORY_SQL_READ_WHAT_IF,
        .parameters = { { .name = "name", .kind = READ_PATH_TEXT } },
        .parameter_count = 1,
    },
    {
        .pattern = "/v1/audit/held/stock",
        .statement = INVENTORY_SQL_AUDIT_HELD_STOCK,
        .parameters = { { .name = "from", .kind = READ_QUERY_INT },
                        { .name = "upto", .kind = READ_QUERY_INT } },
        .parameter_count = 2,
    },
};

const struct read_routes inventory_reads = { routes, sizeof routes / sizeof routes[0] };
