/* scopes.h - what an API key may do.  Pure. */
#ifndef KERVAN_GATEWAY_SCOPES_H
#define KERVAN_GATEWAY_SCOPES_H

#include <stdint.h>

enum scope {
    SCOPE_ORDERS_READ = 0,
    SCOPE_ORDERS_WRITE,
    SCOPE_INVENTORY_READ,
    SCOPE_INVENTORY_WRITE,
    SCOPE_PAYMENTS_READ,
    SCOPE_FULFILLMENTS_READ,
    SCOPE_FULFILLMENTS_WRITE,
    SCOPE_SHIPMENTS_READ,
    SCOPE_TASKS_READ,
    SCOPE_COUNT
};

extern const char *const scope_names[SCOPE_COUNT];

/* Bits 1 << scope of the words in `text`; words that are no scope mean nothing. */
uint32_t scopes_parse(const char *text);

#endif
