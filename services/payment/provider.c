/* provider.c - the payment providers. */
#include "services/payment/provider.h"

#include "common/text.h"

const struct provider payment_providers[PROVIDER_COUNT] = {
    [PROVIDER_STRIPE] = { .name = "stripe", .token_needed = true },
};

const struct provider *provider_find(const char *name)
{
    if (name == NULL) {
        return &payment_providers[PROVIDER_STRIPE];
    }
    for (size_t i = 0; i < PROVIDER_COUNT; i++) {
        if (text_equal(payment_providers[i].name, name)) {
            return &payment_providers[i];
        }
    }
    return NULL;
}
