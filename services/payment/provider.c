/* provider.c - the payment providers. */
#include "services/payment/provider.h"

#include "common/money.h"
#include "common/text.h"

#include <string.h>

#define DAY_MS    (INT64_C(24) * 60 * 60 * 1000)
#define COUNT(of) (sizeof(of) / sizeof(of)[0])

enum { TEN = 10 };

/* The least of a charge; three decimals end in a zero, and so do the two of MGA, which has none there. */
static const struct amount_form stripe_amounts[] = {
    { "AED", 200, 1 },   { "AUD", 50, 1 },    { "BGN", 100, 1 },  { "BHD", 10, 10 },
    { "BRL", 50, 1 },    { "CAD", 50, 1 },    { "CHF", 50, 1 },   { "CZK", 1500, 1 },
    { "DKK", 250, 1 },   { "EUR", 50, 1 },    { "GBP", 30, 1 },   { "HKD", 400, 1 },
    { "HUF", 17500, 1 }, { "INR", 50, 1 },    { "JOD", 10, 10 },  { "JPY", 50, 1 },
    { "KWD", 10, 10 },   { "MGA", 100, 100 }, { "MXN", 1000, 1 }, { "MYR", 200, 1 },
    { "NOK", 300, 1 },   { "NZD", 50, 1 },    { "OMR", 10, 10 },  { "PLN", 200, 1 },
    { "RON", 200, 1 },   { "SEK", 300, 1 },   { "SGD", 50, 1 },   { "THB", 1000, 1 },
    { "TND", 10, 10 },   { "USD", 50, 1 },
};

/* ISK and UGX lost their decimals, and are said with two zeros still.  HUF and TWD have two in charges; that payouts of them
 * are whole is the business of who is paid out. */
static const struct amount_digits stripe_digits[] = { { "ISK", 2 }, { "MGA", 0 }, { "UGX", 2 } };

/* No decimals of HUF and TWD, though ISO 4217 gives them two. */
static const struct amount_form paypal_amounts[] = {
    { "AUD", 1, 1 }, { "BRL", 1, 1 },     { "CAD", 1, 1 }, { "CHF", 1, 1 }, { "CZK", 1, 1 },
    { "DKK", 1, 1 }, { "EUR", 1, 1 },     { "GBP", 1, 1 }, { "HKD", 1, 1 }, { "HUF", 100, 100 },
    { "ILS", 1, 1 }, { "JPY", 1, 1 },     { "MXN", 1, 1 }, { "MYR", 1, 1 }, { "NOK", 1, 1 },
    { "NZD", 1, 1 }, { "PHP", 1, 1 },     { "PLN", 1, 1 }, { "SEK", 1, 1 }, { "SGD", 1, 1 },
    { "THB", 1, 1 }, { "TWD", 100, 100 }, { "USD", 1, 1 },
};
static const struct amount_digits paypal_digits[] = { { "HUF", 0 }, { "TWD", 0 } };

/* Three decimals end in a zero. */
static const struct amount_form razorpay_amounts[] = {
    { "BHD", 100, 10 }, { "INR", 100, 1 },  { "IQD", 100, 10 }, { "JOD", 100, 10 },
    { "KWD", 100, 10 }, { "OMR", 100, 10 }, { "TND", 100, 10 },
};
#define RAZORPAY_OTHERS                                                                            \
    "AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BIF BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CLP CNY " \
    "COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD GBP GHS GIP GMD GNF GTQ GYD HKD HNL HTG " \
    "HUF IDR ILS ISK JMD JPY KES KGS KHR KMF KRW KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT " \
    "MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PEN PGK PHP PKR PLN PYG QAR RON RSD RUB " \
    "RWF SAR SCR SEK SGD SOS SVC SZL THB TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV XAF XCD XOF " \
    "XPF YER ZAR ZMW"

const struct provider payment_providers[PROVIDER_COUNT] = {
    [PROVIDER_STRIPE] = { .name = "stripe",
                          .shows_disputes = true,
                          .token_needed = true,
                          .amounts = stripe_amounts,
                          .amount_count = COUNT(stripe_amounts),
                          .takes_others = true,
                          .digits = stripe_digits,
                          .digits_count = COUNT(stripe_digits) },
    [PROVIDER_PAYPAL] = { .name = "paypal",
                          .shows_disputes = true,
                          .refunds_captures = true,
                          .honor_ms = 3 * DAY_MS,
                          .amounts = paypal_amounts,
                          .amount_count = COUNT(paypal_amounts),
                          .digits = paypal_digits,
                          .digits_count = COUNT(paypal_digits) },
    /* It cannot be renewed there; each day it is looked at, whether it is still held. */
    [PROVIDER_RAZORPAY] = { .name = "razorpay",
                            .takes_whole = true,
                            .honor_ms = DAY_MS,
                            .amounts = razorpay_amounts,
                            .amount_count = COUNT(razorpay_amounts),
                            .others = RAZORPAY_OTHERS,
                            .others_minimum_minor = 100 },
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

    if (form == NULL && provider->others != NULL && strstr(provider->others, currency) != NULL) {
        return amount_minor < provider->others_minimum_minor ? "amount_too_small" : NULL;
    }
    if (form == NULL) {
        return provider->takes_others ? NULL : "currency_not_supported";
    }
    if (amount_minor < form->minimum_minor) {
        return "amount_too_small";
    }
    return provider_takes_part(provider, currency, amount_minor) ? NULL : "amount_not_divisible";
}

int provider_digits(const struct provider *provider, const char *currency)
{
    for (size_t i = 0; i < provider->digits_count; i++) {
        if (text_equal(provider->digits[i].currency, currency)) {
            return provider->digits[i].digits;
        }
    }
    return currency_digits(currency);
}

/* As many tens as there are digits between. */
static int64_t factor_of(int from, int to)
{
    int64_t factor = 1;

    for (; from < to; from++) {
        factor *= TEN;
    }
    return factor;
}

int64_t provider_amount(const struct provider *provider, const char *currency, int64_t amount_minor)
{
    int ours = currency_digits(currency);
    int theirs = provider_digits(provider, currency);

    return amount_minor * factor_of(ours, theirs) / factor_of(theirs, ours);
}

int64_t provider_minor(const struct provider *provider, const char *currency, int64_t amount)
{
    int ours = currency_digits(currency);
    int theirs = provider_digits(provider, currency);

    return amount * factor_of(theirs, ours) / factor_of(ours, theirs);
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
