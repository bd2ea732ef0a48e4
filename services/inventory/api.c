/* api.c - what the inventory shows: items, places, stock, adjustments; its SQL makes the JSON. */
#include "services/inventory/api.h"

#include "sql/inventory_sql.h"

const struct read_route inventory_reads[INVENTORY_READ_COUNT] = {
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
        .pattern = "/v1/audit/held/stock",
        .statement = INVENTORY_SQL_AUDIT_HELD_STOCK,
        .parameters = { { .name = "from", .kind = READ_QUERY_INT },
                        { .name = "upto", .kind = READ_QUERY_INT } },
        .parameter_count = 2,
    },
};
