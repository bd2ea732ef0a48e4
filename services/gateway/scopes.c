/* scopes.c - names of scopes. */
#include "services/gateway/scopes.h"

#include <string.h>

const char *const scope_names[SCOPE_COUNT] = {
    [SCOPE_ORDERS_READ] = "orders:read",
    [SCOPE_ORDERS_WRITE] = "orders:write",
    [SCOPE_INVENTORY_READ] = "inventory:read",
    [SCOPE_INVENTORY_WRITE] = "inventory:write",
    [SCOPE_PAYMENTS_READ] = "payments:read",
    [SCOPE_PAYMENTS_WRITE] = "payments:write",
    [SCOPE_FULFILLMENTS_READ] = "fulfillments:read",
    [SCOPE_FULFILLMENTS_WRITE] = "fulfillments:write",
    [SCOPE_SHIPMENTS_READ] = "shipments:read",
    [SCOPE_SHIPMENTS_WRITE] = "shipments:write",
    [SCOPE_TASKS_READ] = "tasks:read",
    [SCOPE_TASKS_WRITE] = "tasks:write",
    [SCOPE_CUSTOMERS_READ] = "customers:read",
    [SCOPE_CUSTOMERS_WRITE] = "customers:write",
    [SCOPE_CUSTOMERS_TOKENS] = "customers:tokens",
    [SCOPE_CUSTOMERS_ERASE] = "customers:erase",
    [SCOPE_ADMIN] = "admin",
};

/* The bit of a word, or 0. */
static uint32_t scope_of(const char *word, size_t length)
{
    for (unsigned i = 0; i < SCOPE_COUNT; i++) {
        if (strlen(scope_names[i]) == length && strncmp(word, scope_names[i], length) == 0) {
            return UINT32_C(1) << i;
        }
    }
    return 0;
}

bool scope_is_known(const char *name)
{
    return scope_of(name, strlen(name)) != 0;
}

uint32_t scopes_parse(const char *text)
{
    uint32_t scopes = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");

        scopes |= scope_of(text, length);
        text += length + strspn(text + length, " ");
    }
    return scopes;
}
