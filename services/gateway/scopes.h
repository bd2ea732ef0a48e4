/* scopes.h - what an API key may do.  Pure. */
#ifndef KERVAN_GATEWAY_SCOPES_H
#define KERVAN_GATEWAY_SCOPES_H

#include <stdbool.h>
#include <stdint.h>

enum scope {
    SCOPE_ORDERS_READ = 0,
    SCOPE_ORDERS_WRITE,
    SCOPE_INVENTORY_READ,
    SCOPE_INVENTORY_WRITE,
    SCOPE_PAYMENTS_READ,
    SCOPE_PAYMENTS_WRITE,
    SCOPE_FULFILLMENTS_READ,
    SCOPE_FULFILLMENTS_WRITE,
    SCOPE_SHIPMENTS_READ,
    SCOPE_SHIPMENTS_WRITE,
    SCOPE_TASKS_READ,
    SCOPE_TASKS_WRITE,
    SCOPE_CUSTOMERS_READ,
    SCOPE_CUSTOMERS_WRITE,
    SCOPE_CUSTOMERS_TOKENS,
    SCOPE_CUSTOMERS_ERASE,
    SCOPE_ADMIN,
    SCOPE_COUNT
};

extern const char *const scope_names[SCOPE_COUNT];

bool scope_is_known(const char *name);
/* Bits 1 << scope of the words in `text`; words that are no scope mean nothing. */
uint32_t scopes_parse(const char *text);

#endif
