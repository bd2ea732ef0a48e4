/* commands.c - the table of commands. */
#include "services/gateway/command.h"

#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/order.h"

static const char *order_of_cancel(const void *message)
{
    return ((const struct order_cancel *)message)->order_id;
}

static const char *sku_of_item(const void *message)
{
    return ((const struct item_put *)message)->sku;
}

static const char *code_of_location(const void *message)
{
    return ((const struct location_put *)message)->code;
}

static const char *sku_of_adjustment(const void *message)
{
    return ((const struct stock_adjust *)message)->sku;
}

static const char *fulfillment_of_pick(const void *message)
{
    return ((const struct fulfillment_pick *)message)->fulfillment_id;
}

static const char *fulfillment_of_pack(const void *message)
{
    return ((const struct fulfillment_pack *)message)->fulfillment_id;
}

const struct command commands[COMMAND_COUNT] = {
    { "POST", "/v1/orders/:order_id/cancel", SCOPE_ORDERS_WRITE, OWNER_ORDER, MESSAGE_ORDER_CANCEL,
      "order_id", order_of_cancel, true, 200, "/v1/orders/", NULL },
    { "PUT", "/v1/items/:sku", SCOPE_INVENTORY_WRITE, OWNER_INVENTORY, MESSAGE_ITEM_PUT, "sku",
      sku_of_item, false, 200, "/v1/items/", NULL },
    { "PUT", "/v1/locations/:code", SCOPE_INVENTORY_WRITE, OWNER_INVENTORY, MESSAGE_LOCATION_PUT,
      "code", code_of_location, false, 200, "/v1/locations/", NULL },
    { "POST", "/v1/stock/adjustments", SCOPE_INVENTORY_WRITE, OWNER_INVENTORY, MESSAGE_STOCK_ADJUST,
      NULL, sku_of_adjustment, false, 201, "/v1/stock/", "/v1/stock/adjustments/" },
    { "POST", "/v1/stock/counts", SCOPE_INVENTORY_WRITE, OWNER_INVENTORY, MESSAGE_STOCK_ADJUST,
      NULL, sku_of_adjustment, false, 201, "/v1/stock/", "/v1/stock/adjustments/" },
    { "POST", "/v1/fulfillments/:fulfillment_id/pick", SCOPE_FULFILLMENTS_WRITE, OWNER_FULFILLMENT,
      MESSAGE_FULFILLMENT_PICK, "fulfillment_id", fulfillment_of_pick, true, 200,
      "/v1/fulfillments/", NULL },
    { "POST", "/v1/fulfillments/:fulfillment_id/pack", SCOPE_FULFILLMENTS_WRITE, OWNER_FULFILLMENT,
      MESSAGE_FULFILLMENT_PACK, "fulfillment_id", fulfillment_of_pack, true, 200,
      "/v1/fulfillments/", NULL },
};
