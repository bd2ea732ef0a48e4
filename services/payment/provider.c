/* provider.c - the payment providers. */
#include "services/payment/provider.h"

#include "common/text.h"

#define DAY_MS    (INT64_C(24) * 60 * 60 * 1000)
#define COUNT(of) (sizeof(of) / sizeof(of)[0])

/* The least of a charge; three decimals end in a zero. */
static const struct amount_form stripe_amounts[] = {
    { "AED", 200, 1 },   { "AUD", 50, 1 },   { "BGN", 100, 1 },  { "BHD", 10, 10 },
    { "BRL", 50, 1 },    { "CAD", 50, 1 },   { "CHF", 50, 1 },   { "CZK", 1500, 1 },
    { "DKK", 250, 1 },   { "EUR", 50, 1 },   { "GBP", 30, 1 },   { "HKD", 400, 1 },
    { "HUF", 17500, 1 }, { "INR", 50, 1 },   { "JOD", 10, 10 },  { "JPY", 50, 1 },
    { "KWD", 10, 10 },   { "MXN", 1000, 1 }, { "MYR", 200, 1 },  { "NOK", 300, 1 },
    { "NZD", 50, 1 },    { "OMR", 10, 10 },  { "PLN", 200, 1 },  { "RON", 200, 1 },
    { "SEK", 300, 1 },   { "SGD", 50, 1 },   { "THB", 1000, 1 }, { "TND", 10, 10 },
    { "USD", 50, 1 },
};

/* No decimals of HUF and TWD, though ISO 4217 gives them two. */
static const struct amount_form paypal_amounts[] = {
    { "AUD", 1, 1 }, { "BRL", 1, 1 },     { "CAD", 1, 1 }, { "CHF", 1, 1 }, { "CZK", 1, 1 },
    { "DKK", 1, 1 }, { "EUR", 1, 1 },     { "GBP", 1, 1 }, { "HKD", 1, 1 }, { "HUF", 100, 100 },
    { "ILS", 1, 1 }, { "JPY", 1, 1 },     { "MXN", 1, 1 }, { "MYR", 1, 1 }, { "NOK", 1, 1 },
    { "NZD", 1, 1 }, { "PHP", 1, 1 },     { "PLN", 1, 1 }, { "SEK", 1, 1 }, { "SGD", 1, 1 },
    { "THB", 1, 1 }, { "TWD", 100, 100 }, { "USD", 1, 1 },
};

const struct provider payment_providers[PROVIDER_COUNT] = {
    [PROVIDER_STRIPE] = { .name = "stripe",
                          .token_needed = true,
                          .amounts = stripe_amounts,
                          .amount_count = COUNT(stripe_amounts),
                          .takes_others = true },
    [PROVIDER_PAYPAL] = { .name = "paypal",
                          .refunds_captures = true,
                          .honor_ms = 3 * DAY_MS,
                          .amounts = paypal_amounts,
                          .amount_count = COUNT(paypal_amounts) },
};

static const struct amount_form *form_of(const struct provider *provider, const char *currency)
{
    for (size_t i = 0; i < provider->amount_count; i++) {
        if (text_equal(provider->amounts[i].currency, currency)) {
            return &provider->amounts[i];
        }
    }
    return NULL;
}

bool provider_takes_part(const struct provider *provider, const char *currency,
                         int64_t amount_minor)
{
    const struct amount_form *form = form_of(provider, currency);

    return form == NULL || amount_minor % form->step_minor == 0;
}

const char *provider_objection(const struct provider *provider, const char *currency,
                               int64_t amount_minor)
{
    const struct amount_form *form = form_of(provider, currency);

    if (form == NULL) {
        return provider->takes_others ? NULL : "currency_not_supported";
    }
    if (amount_minor < form->minimum_minor) {
        return "amount_too_small";
    }
    return provider_takes_part(provider, currency, amount_minor) ? NULL : "amount_not_divisible";
}

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
