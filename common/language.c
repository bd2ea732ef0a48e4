/* language.c - separators, symbols and names of months, as the Unicode locale data has them. */
#include "common/language.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/money.h"
#include "common/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NO_BREAK_SPACE "\xc2\xa0"

enum { MONTHS = 12, DIGITS_MAX = 20, NUMBER_BYTES_MAX = 64, DECIMALS_MAX = 4 };

static const struct {
    const char *tag, *group, *decimal;
    bool symbol_behind;
    const char *after_date;
    const char *months[MONTHS];
} languages[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = { "en",
                           ",",
                           ".",
                           false,
                           "",
                           { "January", "February", "March", "April", "May", "June", "July",
                             "August", "September", "October", "November", "December" } },
    [LANGUAGE_TURKISH] = { "tr",
                           ".",
                           ",",
                           false,
                           "",
                           { "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz",
                             "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık" } },
    [LANGUAGE_UKRAINIAN] = { "uk",
                             NO_BREAK_SPACE,
                             ",",
                             true,
                             NO_BREAK_SPACE "р.",
                             { "січня", "лютого", "березня", "квітня", "травня", "червня", "липня",
                               "серпня", "вересня", "жовтня", "листопада", "грудня" } },
};

static const struct {
    const char *currency, *symbol;
} symbols[] = {
    { "EUR", "€" }, { "GBP", "£" }, { "TRY", "₺" }, { "UAH", "₴" }, { "USD", "$" },
};

enum language language_of(const char *locale)
{
    for (int language = 0; locale != NULL && language < LANGUAGE_COUNT; language++) {
        const char *tag = languages[language].tag;
        size_t length = strlen(tag);

        if (strncmp(locale, tag, length) == 0 &&
            (locale[length] == '\0' || locale[length] == '-')) {
            return (enum language)language;
        }
    }
    return LANGUAGE_ENGLISH;
}

const char *language_tag(enum language language)
{
    return languages[language].tag;
}

const char *language_number(struct arena *arena, enum language language, int64_t number)
{
    char digits[DIGITS_MAX + 1], grouped[NUMBER_BYTES_MAX];
    size_t group_length = strlen(languages[language].group), end = 0;

    assert(number >= 0);
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    for (int at = 0; at < length; at++) {
        if (at > 0 && (length - at) % 3 == 0) {
            memcpy(grouped + end, languages[language].group, group_length);
            end += group_length;
        }
        grouped[end++] = digits[at];
    }
    return arena_copy_text(arena, grouped, end);
}

static const char *symbol_of(const char *currency)
{
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        if (strcmp(symbols[i].currency, currency) == 0) {
            return symbols[i].symbol;
        }
    }
    return NULL;
}

const char *language_money(struct arena *arena, enum language language, int64_t amount_minor,
                           const char *currency)
{
    int decimals = currency_digits(currency);
    const char *symbol = symbol_of(currency);
    int64_t unit = 1;

    /* A currency that is in no list is written as most are. */
    decimals = decimals < 0 || decimals > DECIMALS_MAX ? 2 : decimals;
    for (int i = 0; i < decimals; i++) {
        unit *= 10;
    }
    const char *amount = language_number(arena, language, amount_minor / unit);
    if (decimals > 0) {
        amount = text_format(arena, "%s%s%0*lld", amount, languages[language].decimal, decimals,
                             (long long)(amount_minor % unit));
    }
    if (languages[language].symbol_behind) {
        return text_format(arena, "%s" NO_BREAK_SPACE "%s", amount,
                           symbol != NULL ? symbol : currency);
    }
    return symbol != NULL ? text_format(arena, "%s%s", symbol, amount)
                          : text_format(arena, "%s" NO_BREAK_SPACE "%s", currency, amount);
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

const char *language_date(struct arena *arena, enum language language, int64_t instant_ms)
{
    struct instant_text instant = instant_format(instant_ms);
    int month = two_digits(instant.text + 5);

    assert(month >= 1 && month <= MONTHS);
    return text_format(arena, "%d %s %.4s%s", two_digits(instant.text + 8),
                       languages[language].months[month - 1], instant.text,
                       languages[language].after_date);
}

const char *language_moment(struct arena *arena, enum language language, int64_t instant_ms)
{
    struct instant_text instant = instant_format(instant_ms);

    return text_format(arena, "%s, %.5s UTC", language_date(arena, language, instant_ms),
                       instant.text + 11);
}
