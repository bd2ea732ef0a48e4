/* owners.c - the services behind the gateway, by name. */
#include "services/gateway/owners.h"

const struct owner_entry owners[OWNER_COUNT] = {
    [OWNER_ORDER] = { "order", "order.requests", "KERVAN_ORDER_API" },
    [OWNER_INVENTORY] = { "inventory", "inventory.requests", "KERVAN_INVENTORY_API" },
    [OWNER_PAYMENT] = { "payment", "payment.requests", "KERVAN_PAYMENT_API" },
    [OWNER_FULFILLMENT] = { "fulfillment", "fulfillment.requests", "KERVAN_FULFILLMENT_API" },
    [OWNER_SHIPPING] = { "shipping", "shipping.requests", "KERVAN_SHIPPING_API" },
    [OWNER_NOTIFICATION] = { "notification", "notification.requests", "KERVAN_NOTIFICATION_API" },
};
