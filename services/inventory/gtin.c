/* gtin.c - lengths and check digits. */
#include "services/inventory/gtin.h"

#include <string.h>

static bool is_length(size_t length)
{
    return length == 8 || (length >= 12 && length <= 14);
}

/* Digits count three times and once by turns, the one before the check digit three times. */
static bool check_digit_fits(const char *digits, size_t length)
{
    int sum = 0;

    for (size_t i = 0; i < length; i++) {
        sum += (digits[i] - '0') * ((length - i) % 2 == 0 ? 3 : 1);
    }
    return sum % 10 == 0;
}

const char *gtin_fault(const char *text, int64_t *ret)
{
    size_t length = strlen(text);

    if (strspn(text, "0123456789") != length || !is_length(length)) {
        return "a barcode has 8, 12, 13 or 14 digits";
    }
    if (!check_digit_fits(text, length)) {
        return "its last digit does not check the others";
    }
    *ret = 0;
    for (size_t i = 0; i < length; i++) {
        *ret = *ret * 10 + (text[i] - '0');
    }
    return NULL;
}
