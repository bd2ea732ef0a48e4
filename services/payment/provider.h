/* provider.h - the payment providers, a row each: what the rules must know of one.
 *
 * A payment keeps the name of its provider, and every call for it goes there.  What a provider is asked and what its
 * answers mean stands in providers/, and provider_calls.c leads there.  Pure data.
 */
#ifndef KERVAN_PAYMENT_PROVIDER_H
#define KERVAN_PAYMENT_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Also the index of the provider's target. */
enum provider_index { PROVIDER_STRIPE, PROVIDER_PAYPAL, PROVIDER_RAZORPAY, PROVIDER_COUNT };

/* Amounts of a currency as a provider takes them, in minor units. */
struct amount_form {
    const char *currency;
    int64_t minimum_minor;
    int64_t step_minor; /* all are multiples of it */
};

/* A currency whose amounts have another number of decimals there than ISO 4217 gives them. */
struct amount_digits {
    const char *currency;
    int digits;
};

struct provider {
    const char *name;      /* as facts, routes and the addresses of webhooks name it */
    bool token_needed;     /* the shopper's card comes with the order */
    bool refunds_captures; /* a refund is one of a capture, not of the payment */
    bool
        takes_whole; /* the first capture there takes all that is held; what is not to be taken is given back */
    bool shows_disputes; /* we read what is disputed there */
    int64_t
        honor_ms; /* how long it is good for what it holds, until that is renewed; 0: as long as it holds it */
    /* What it takes of currencies: of those listed, or, where it takes others too, of those that are special. */
    const struct amount_form *amounts;
    size_t amount_count;
    bool takes_others;
    const char *others; /* others that it takes, blanks between; NULL: none by name */
    int64_t others_minimum_minor;
    const struct amount_digits *digits;
    size_t digits_count;
};

extern const struct provider payment_providers[PROVIDER_COUNT];

/* Why a provider would not take an amount, as a code of the contract; NULL: it would. */
const char *provider_objection(const struct provider *provider, const char *currency,
                               int64_t amount_minor);
/* Whether a part of a payment has a form that it takes; how small it is does not matter. */
bool provider_takes_part(const struct provider *provider, const char *currency,
                         int64_t amount_minor);

/* With how many decimals a currency's amounts are said there, and an amount as it is said, without its dot; and back. */
int provider_digits(const struct provider *provider, const char *currency);
int64_t provider_amount(const struct provider *provider, const char *currency,
                        int64_t amount_minor);
int64_t provider_minor(const struct provider *provider, const char *currency, int64_t amount);

/* NULL where none has this name.  What was decided when there was one has no name of it: that one is Stripe. */
const struct provider *provider_find(const char *name);

#endif
