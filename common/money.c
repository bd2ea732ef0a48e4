/* money.c - adding, multiplying and splitting amounts exactly; the decimal places of currencies. */
#include "common/money.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 1000, CODE_STRIDE = 4 };

__extension__ typedef __int128 wide; /* an amount times a weight */

static bool within_range(int64_t amount_minor)
{
    return amount_minor >= -MONEY_MINOR_MAX && amount_minor <= MONEY_MINOR_MAX;
}

bool money_add(int64_t *sum, int64_t amount_minor)
{
    int64_t result;

    if (__builtin_add_overflow(*sum, amount_minor, &result) || !within_range(result))
        return false;
    *sum = result;
    return true;
}

bool money_multiply(int64_t unit_minor, int64_t quantity, int64_t *ret)
{
    int64_t result;

    if (__builtin_mul_overflow(unit_minor, quantity, &result) || !within_range(result))
        return false;
    *ret = result;
    return true;
}

struct share {
    wide remainder;
    size_t index;
};

/* Largest remainder first, then lowest index. */
static int compare_shares(const void *left, const void *right)
{
    const struct share *a = left, *b = right;

    if (a->remainder != b->remainder)
        return a->remainder > b->remainder ? -1 : 1;
    return a->index < b->index ? -1 : 1;
}

void money_split(int64_t total_minor, const int64_t *weights, size_t count, int64_t *ret_parts)
{
    struct share shares[PARTS_MAX];
    int64_t total = total_minor < 0 ? -total_minor : total_minor;
    int64_t sign = total_minor < 0 ? -1 : 1;
    wide weight_sum = 0;

    assert(within_range(total_minor) && count >= 1 && count <= PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(weights[i] >= 0);
        weight_sum += weights[i];
    }
    assert(weight_sum > 0);

    int64_t left_over = total;
    for (size_t i = 0; i < count; i++) {
        wide product = (wide)total * weights[i];
        int64_t part = (int64_t)(product / weight_sum);
        shares[i] = (struct share){ .remainder = product % weight_sum, .index = i };
        ret_parts[i] = sign * part;
        left_over -= part;
    }
    /* At most one more for each part that was rounded down, so a weight of 0 never gets any. */
    qsort(shares, count, sizeof shares[0], compare_shares);
    for (int64_t i = 0; i < left_over; i++)
        ret_parts[shares[i].index] += sign;
}

/* ISO 4217 list one, what can be paid with: without metals, test codes and codes without minor unit.
 * Sorted, each code and one more character. */
static const struct {
    int digits;
    const char *codes;
} currencies[] = {
    { 2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
         "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
         "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
         "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
         "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
         "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
         "XCD XCG YER ZAR ZMW ZWG " },
    { 0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF " },
    { 3, "BHD IQD JOD KWD LYD OMR TND " },
    { 4, "CLF UYW " },
};

static int compare_codes(const void *left, const void *right)
{
    return memcmp(left, right, CODE_STRIDE - 1);
}

int currency_digits(const char *currency)
{
    if (strlen(currency) != CODE_STRIDE - 1)
        return -1;
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        const char *codes = currencies[i].codes;
        size_t count = strlen(codes) / CODE_STRIDE;
        if (bsearch(currency, codes, count, CODE_STRIDE, compare_codes) != NULL)
            return currencies[i].digits;
    }
    return -1;
}
