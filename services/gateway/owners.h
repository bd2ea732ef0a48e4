/* owners.h - the services behind the gateway: where their requests go, and where they are read. */
#ifndef KERVAN_GATEWAY_OWNERS_H
#define KERVAN_GATEWAY_OWNERS_H

enum owner {
    OWNER_ORDER = 0,
    OWNER_INVENTORY,
    OWNER_PAYMENT,
    OWNER_FULFILLMENT,
    OWNER_SHIPPING,
    OWNER_NOTIFICATION,
    OWNER_COUNT
};

struct owner_entry {
    const char *name;
    const char *requests;    /* its open topic */
    const char *api_setting; /* names the base URL of its read API */
};

extern const struct owner_entry owners[OWNER_COUNT];

#endif
