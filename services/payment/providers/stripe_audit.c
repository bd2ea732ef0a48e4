/* stripe_audit.c - reads Stripe's list of payment intents, a page at a time, and single ones, for the audit. */
#include "services/payment/providers/stripe_audit.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/provider.h"
#include "services/payment/providers/books.h"
#include "services/payment/providers/stripe.h"
#include "services/payment/providers/stripe_calls.h"

#include <string.h>

#define EXPAND "expand[]=data.latest_charge"

static const char *books_path(struct arena *arena, const char *from)
{
    if (from[0] == '@') {
        return text_format(arena,
                           "/v1/payment_intents/search?limit=100&" EXPAND
                           "&query=metadata%%5B%%27payment_id%%27%%5D%%3A%%27%s%%27",
                           from + 1);
    }
    return from[0] == '\0'
               ? "/v1/payment_intents?limit=100&" EXPAND
               : text_format(arena, "/v1/payment_intents?limit=100&" EXPAND "&starting_after=%s",
                             from);
}

/* What the provider has under one name, of all its intents together. */
struct sums {
    const char *name;
    int64_t order_no;
    struct books_sums books;
};

static struct sums *find_name(struct sums *sums, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(sums[i].name, name)) {
            return &sums[i];
        }
    }
    return NULL;
}

/* An amount as we say it; of a currency that is not told, as Stripe does. */
static int64_t minor_of(struct arena *arena, const struct stripe_intent_list_data_item *intent,
                        int64_t amount)
{
    const char *currency = intent->currency == NULL ? "" : stripe_currency(arena, intent->currency);

    return provider_minor(&payment_providers[PROVIDER_STRIPE], currency, amount);
}

static void add_intent(struct arena *arena, struct books_sums *to,
                       const struct stripe_intent_list_data_item *intent)
{
    if (intent->has_amount_capturable) {
        to->held_minor += minor_of(arena, intent, intent->amount_capturable);
    }
    if (intent->has_amount_received) {
        to->captured_minor += minor_of(arena, intent, intent->amount_received);
    }
    if (intent->latest_charge != NULL && intent->latest_charge->has_amount_refunded) {
        to->refunded_minor += minor_of(arena, intent, intent->latest_charge->amount_refunded);
    }
}

/* Intents without our names are somebody else's in the same account. */
static size_t sum_up(struct arena *arena, const struct stripe_intent_list *list,
                     struct sums **ret_sums)
{
    struct sums *sums = arena_alloc(arena, (list->data_count + 1) * sizeof *sums);
    size_t count = 0;

    for (size_t i = 0; i < list->data_count; i++) {
        const struct stripe_intent_list_data_item *intent = &list->data[i];
        const char *name = intent->metadata.payment_id;
        int64_t order_no = 0;

        if (name == NULL || intent->metadata.order_no == NULL ||
            !text_to_int(intent->metadata.order_no, &order_no)) {
            continue;
        }
        struct sums *to = find_name(sums, count, name);
        if (to == NULL) {
            to = &sums[count++];
            *to = (struct sums){ .name = name, .order_no = order_no };
        }
        add_intent(arena, &to->books, intent);
    }
    *ret_sums = sums;
    return count;
}

static bool books_read(struct arena *arena, struct bytes body, struct audit_page *ret)
{
    struct violations violations = { .count = 0 };
    struct stripe_intent_list list;
    struct sums *sums = NULL;

    if (stripe_intent_list_decode(arena, (const char *)body.bytes, body.length, &list,
                                  &violations) != OK) {
        return false;
    }
    size_t count = sum_up(arena, &list, &sums);
    ret->entries = arena_alloc(arena, (count + 1) * sizeof *ret->entries);
    ret->entry_count = count;
    for (size_t i = 0; i < count; i++) {
        ret->entries[i] = (struct audit_entry){
            .name = sums[i].name,
            .order_no = sums[i].order_no,
            .key = text_format(arena, "@%s", sums[i].name),
            .held = books_held(arena, &sums[i].books),
        };
    }
    ret->next = list.has_more && list.data_count > 0 ? list.data[list.data_count - 1].id : NULL;
    return true;
}

const struct audit_books stripe_books = {
    .target = 0,
    .headers = "Stripe-Version: " STRIPE_API_VERSION "\n",
    .path = books_path,
    .read = books_read,
};

/* --- One intent of ours ------------------------------------------------------------------------ */

/* By the provider's name of it, with which the key ends. */
static const char *intent_path(struct arena *arena, const char *from)
{
    return text_format(arena, "/v1/payment_intents/%s?expand[]=latest_charge", books_name(from));
}

/* As a list of one. */
static bool intent_read(struct arena *arena, struct bytes body, struct audit_page *ret)
{
    const char *list = text_format(arena, "{\"has_more\":false,\"data\":[%.*s]}", (int)body.length,
                                   (const char *)body.bytes);

    return books_read(arena, (struct bytes){ (const unsigned char *)list, strlen(list) }, ret);
}

const struct audit_books stripe_intents = {
    .target = 0,
    .headers = "Stripe-Version: " STRIPE_API_VERSION "\n",
    .path = intent_path,
    .read = intent_read,
    .each = true,
};
