/* card_number.c - digits in groups, held against the ranges of the card schemes (ISO/IEC 7812) and Luhn's check. */
#include "common/card_number.h"

#include <stdint.h>

enum { DIGITS_MIN = 14, DIGITS_MAX = 19, GROUP_MIN = 4, GROUP_MAX = 6, PREFIX_DIGITS = 6 };

/* Numbers that begin with first..last, read as six digits, and may have so many digits. */
struct range {
    int32_t first, last;
    unsigned char length_min, length_max;
};

static const struct range ranges[] = {
    { 400000, 499999, 16, 16 }, { 400000, 499999, 19, 19 }, /* Visa */
    { 510000, 559999, 16, 16 }, { 222100, 272099, 16, 16 }, /* Mastercard */
    { 340000, 349999, 15, 15 }, { 370000, 379999, 15, 15 }, /* American Express */
    { 300000, 305999, 14, 19 }, { 309500, 309599, 14, 19 }, /* Diners Club */
    { 360000, 369999, 14, 19 }, { 380000, 399999, 14, 19 }, /* Diners Club */
    { 601100, 601199, 16, 19 }, { 644000, 659999, 16, 19 }, /* Discover */
    { 352800, 358999, 16, 19 },                             /* JCB */
    { 620000, 629999, 16, 19 }, { 810000, 817199, 16, 19 }, /* UnionPay */
    { 500000, 509999, 16, 19 }, { 560000, 589999, 16, 19 }, /* Maestro and national schemes */
    { 630000, 639999, 16, 19 }, { 670000, 679999, 16, 19 }, /* Maestro */
    { 220000, 220499, 16, 19 },                             /* Mir */
    { 979200, 979299, 16, 16 },                             /* Troy */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool passes_luhn(const unsigned char *digits, size_t count)
{
    unsigned sum = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned digit = digits[count - 1 - i];

        if (i % 2 == 1) {
            digit *= 2;
        }
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

static bool is_of_scheme(const unsigned char *digits, size_t count)
{
    int32_t prefix = 0;

    for (size_t i = 0; i < PREFIX_DIGITS; i++) {
        prefix = prefix * 10 + digits[i];
    }
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct range *range = &ranges[i];

        if (prefix >= range->first && prefix <= range->last && count >= range->length_min &&
            count <= range->length_max) {
            return true;
        }
    }
    return false;
}

static bool is_card(const unsigned char *digits, size_t count)
{
    return count >= DIGITS_MIN && count <= DIGITS_MAX && is_of_scheme(digits, count) &&
           passes_luhn(digits, count);
}

/* Digits in a row from `at` on. */
static size_t group_length(const char *text, size_t length, size_t at)
{
    size_t count = 0;

    while (at + count < length && is_digit(text[at + count])) {
        count++;
    }
    return count;
}

static bool is_separator(char byte)
{
    return byte == ' ' || byte == '-';
}

/* Whether a number begins with the group at `at`: that group alone, or it and those that follow it. */
static bool begins_card(const char *text, size_t length, size_t at)
{
    unsigned char digits[DIGITS_MAX];
    size_t count = 0;
    char separator = '\0';

    while (at < length) {
        size_t group = group_length(text, length, at);
        size_t end = at + group;

        if (group == 0 || group > DIGITS_MAX - count) {
            return false;
        }
        for (; at < end; at++) {
            digits[count++] = (unsigned char)(text[at] - '0');
        }
        if ((end == length || !is_letter(text[end])) && is_card(digits, count)) {
            return true;
        }
        if (end == length || group < GROUP_MIN || group > GROUP_MAX || !is_separator(text[end]) ||
            (separator != '\0' && text[end] != separator)) {
            return false;
        }
        separator = text[end];
        at = end + 1;
    }
    return false;
}

bool has_card_number(const char *text, size_t length)
{
    size_t at = 0;

    while (length >= DIGITS_MIN && at < length) {
        bool apart = at == 0 || (!is_letter(text[at - 1]) && text[at - 1] != '+');

        if (!is_digit(text[at])) {
            at++;
            continue;
        }
        if (apart && begins_card(text, length, at)) {
            return true;
        }
        at += group_length(text, length, at);
    }
    return false;
}
