/* provider.h - the payment providers, a row each: what the rules must know of one.
 *
 * A payment keeps the name of its provider, and every call for it goes there.  What a provider is asked and what its
 * answers mean stands in providers/, and provider_calls.c leads there.  Pure data.
 */
#ifndef KERVAN_PAYMENT_PROVIDER_H
#define KERVAN_PAYMENT_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

/* Also the index of the provider's target. */
enum provider_index { PROVIDER_STRIPE, PROVIDER_COUNT };

struct provider {
    const char *name;  /* as facts, routes and the addresses of webhooks name it */
    bool token_needed; /* the shopper's card comes with the order */
};

extern const struct provider payment_providers[PROVIDER_COUNT];

/* NULL where none has this name.  What was decided when there was one has no name of it: that one is Stripe. */
const struct provider *provider_find(const char *name);

#endif
