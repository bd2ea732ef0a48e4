/* rates.c - prices compared, and speeds held against what was promised. */
#include "services/shipping/rates.h"

#include "common/arena.h"
#include "common/money.h"
#include "common/text.h"

#include <string.h>

enum { ANY_TIME = -1, CODE_LENGTH_MAX = 64 };

/* The shop's words for how fast; anything else is a carrier's own service. */
static const struct {
    const char *service;
    int64_t days_max;
} promises[] = {
    { "economy", ANY_TIME }, { "standard", ANY_TIME }, { "express", 2 },
    { "next_day", 1 },       { "overnight", 1 },       { "same_day", 0 },
};

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* value = value * 10 + digit; false when that is too much. */
static bool add_digit(int64_t *value, int digit)
{
    int64_t tens = 0;

    if (!money_multiply(*value, 10, &tens) || !money_add(&tens, digit)) {
        return false;
    }
    *value = tens;
    return true;
}

/* Digits in front of the point; NULL when there is none, or it is too much. */
static const char *read_whole(const char *at, int64_t *value)
{
    if (!is_digit(*at)) {
        return NULL;
    }
    for (; is_digit(*at); at++) {
        if (!add_digit(value, *at - '0')) {
            return NULL;
        }
    }
    return at;
}

/* As many digits as the currency has; what is finer must be 0. */
static bool read_fraction(const char *at, int digits, int64_t *value)
{
    for (int i = 0; i < digits; i++) {
        bool given = is_digit(*at);

        if (!add_digit(value, given ? *at - '0' : 0)) {
            return false;
        }
        at += given ? 1 : 0;
    }
    while (*at == '0') {
        at++;
    }
    return *at == '\0';
}

bool rates_price_minor(const char *price, const char *currency, int64_t *ret)
{
    int digits = currency_digits(currency);
    int64_t value = 0;
    const char *rest = digits < 0 ? NULL : read_whole(price, &value);

    if (rest == NULL || (*rest != '\0' && (*rest != '.' || !is_digit(rest[1]))) ||
        !read_fraction(*rest == '.' ? rest + 1 : rest, digits, &value)) {
        return false;
    }
    *ret = value;
    return true;
}

const char *rates_code(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    char *code = arena_copy_text(arena, text, length < CODE_LENGTH_MAX ? length : CODE_LENGTH_MAX);

    for (char *at = code; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            *at = (char)(*at - 'A' + 'a');
        } else if (!is_digit(*at) && !(*at >= 'a' && *at <= 'z') &&
                   (at == code || strchr("_.-", *at) == NULL)) {
            *at = at == code ? 'x' : '-';
        }
    }
    return code[0] == '\0' ? "unknown" : code;
}

/* "priority", or "usps.priority". */
static bool is_named(struct arena *arena, const struct rate *rate, const char *service)
{
    const char *own = rates_code(arena, rate->service);

    return text_equal(own, service) ||
           text_equal(text_format(arena, "%s.%s", rates_code(arena, rate->carrier), own), service);
}

static bool keeps(struct arena *arena, const struct rate *rate, const char *service)
{
    for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
        if (text_equal(promises[i].service, service)) {
            return promises[i].days_max == ANY_TIME ||
                   (rate->delivery_days >= 0 && rate->delivery_days <= promises[i].days_max);
        }
    }
    return is_named(arena, rate, service);
}

/* Unknown days are the slowest. */
static bool is_faster(const struct rate *left, const struct rate *right)
{
    return left->delivery_days >= 0 &&
           (right->delivery_days < 0 || left->delivery_days < right->delivery_days);
}

static const struct rate *choose_in(struct arena *arena, const struct rate *rates, size_t count,
                                    const struct wanted_service *wanted)
{
    const struct rate *best = NULL;
    int64_t best_minor = 0;

    for (size_t i = 0; i < count; i++) {
        const struct rate *rate = &rates[i];
        int64_t minor = 0;

        if (!text_equal(rate->currency, wanted->currency) || !keeps(arena, rate, wanted->service) ||
            !rates_price_minor(rate->price, rate->currency, &minor)) {
            continue;
        }
        if (best == NULL || minor < best_minor || (minor == best_minor && is_faster(rate, best))) {
            best = rate;
            best_minor = minor;
        }
    }
    return best;
}

const struct rate *rates_choose(struct arena *arena, const struct rate *rates, size_t count,
                                const struct wanted_service *wanted)
{
    const struct rate *best = choose_in(arena, rates, count, wanted);

    /* Amounts of different currencies do not compare: the first that has an offer is taken. */
    for (size_t i = 0; i < count && best == NULL; i++) {
        const struct wanted_service other = { wanted->service, rates[i].currency };

        best = choose_in(arena, rates, count, &other);
    }
    return best;
}
