/* route.c - reads the routes, word by word. */
#include "services/payment/route.h"

#include "services/payment/method.h"

#include <string.h>

enum { CURRENCY_LENGTH = 3 };

const char *payment_routes = ROUTES_DEFAULT;

/* A part of the routes' text. */
struct part {
    const char *text;
    size_t length;
};

/* A word taken apart; what it does not say has no text. */
struct route {
    struct part whole, method, currency, channel, provider;
};

static struct part part_until(const char *at, const char *end, const char *stops)
{
    size_t length = 0;

    while (at + length < end && strchr(stops, at[length]) == NULL) {
        length++;
    }
    return (struct part){ at, length };
}

/* The part behind `mark`, if that is where `*at` is. */
static struct part part_behind(char mark, const char **at, const char *end, const char *stops)
{
    struct part part = { NULL, 0 };

    if (*at < end && **at == mark) {
        part = part_until(*at + 1, end, stops);
        *at = part.text + part.length;
    }
    return part;
}

/* The next word; false behind the last one. */
static bool next_route(const char **at, struct route *ret)
{
    const char *from = *at + strspn(*at, " ");
    const char *end = from + strcspn(from, " ");

    *ret = (struct route){ .whole = { from, (size_t)(end - from) } };
    *at = end;
    ret->method = part_until(from, end, "/@=");
    from += ret->method.length;
    ret->currency = part_behind('/', &from, end, "@=");
    ret->channel = part_behind('@', &from, end, "=");
    ret->provider = part_behind('=', &from, end, "");
    return ret->whole.length > 0;
}

static bool is_text(struct part part, const char *text)
{
    return part.text != NULL && text != NULL && strlen(text) == part.length &&
           strncmp(part.text, text, part.length) == 0;
}

static bool fits(struct part part, const char *text)
{
    return part.text == NULL || is_text(part, text);
}

static const struct provider *provider_of(struct part part)
{
    for (size_t i = 0; i < PROVIDER_COUNT; i++) {
        if (is_text(part, payment_providers[i].name)) {
            return &payment_providers[i];
        }
    }
    return NULL;
}

const struct provider *route_find(const struct payment_authorize *command)
{
    const struct method *method = method_find(command->method);
    const char *at = payment_routes;
    struct route route;

    while (method != NULL && next_route(&at, &route)) {
        if (is_text(route.method, method->word) && fits(route.currency, command->currency) &&
            fits(route.channel, command->channel)) {
            return provider_of(route.provider);
        }
    }
    return NULL;
}

static bool is_good(const struct route *route)
{
    bool known = false;

    for (int method = PAYMENT_METHOD_CARD; method < PAYMENT_METHOD_UNKNOWN; method++) {
        const struct method *row = method_find((enum payment_method)method);

        known = known || (row != NULL && row->holder == HELD_BY_PROVIDER &&
                          is_text(route->method, row->word));
    }
    return known && (route->currency.text == NULL || route->currency.length == CURRENCY_LENGTH) &&
           (route->channel.text == NULL || route->channel.length > 0) &&
           route->provider.text != NULL && provider_of(route->provider) != NULL;
}

const char *route_find_bad(const char *routes, size_t *ret_length)
{
    struct route route;

    while (next_route(&routes, &route)) {
        if (!is_good(&route)) {
            *ret_length = route.whole.length;
            return route.whole.text;
        }
    }
    return NULL;
}
