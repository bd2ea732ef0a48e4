/* keepers.h - the services beside the order service that keep something of an order's customer, and how they are asked for it. */
#ifndef KERVAN_GATEWAY_KEEPERS_H
#define KERVAN_GATEWAY_KEEPERS_H

#include "services/gateway/call.h"

struct keeper {
    const char *name; /* in documents */
    enum owner owner;
};

extern const struct keeper keepers[];
extern const size_t keeper_count;

/* False, and answered, when it cannot be asked; 404 is an answer. */
bool keeper_ask(const struct call *call, enum owner owner, const char *path,
                struct http_fetched *ret);

/* Whether a customer can go by it at all, so that it may stand in an owner's path. */
bool keeper_is_customer_id(const char *text);

#endif
