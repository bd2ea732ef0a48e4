/* tax_reckon.c - one rounding a rate, then largest remainder. */
#include "services/order/tax_reckon.h"

#include "common/money.h"

#include <assert.h>
#include <stdbool.h>

enum { WHOLE_PPM = 1000000 };

__extension__ typedef __int128 wide; /* an amount times a rate */

static int64_t quotient(wide dividend, wide divisor)
{
    wide rounded = (dividend + divisor / 2) / divisor;

    return rounded > MONEY_MINOR_MAX ? MONEY_MINOR_MAX : (int64_t)rounded;
}

int64_t tax_within(int64_t amount_minor, int64_t rate_ppm)
{
    return quotient((wide)amount_minor * rate_ppm, (wide)WHOLE_PPM + rate_ppm);
}

int64_t tax_on_top(int64_t amount_minor, int64_t rate_ppm)
{
    return quotient((wide)amount_minor * rate_ppm, WHOLE_PPM);
}

static bool is_alike(const struct taxed *one, const struct taxed *other)
{
    return one->rule.category == other->rule.category && one->rule.rate_ppm == other->rule.rate_ppm;
}

/* All that are taxed as the `first` is. */
static void reckon_alike(struct taxed *lines, size_t count, size_t first,
                         int64_t (*tax_of)(int64_t, int64_t))
{
    int64_t weights[TAXED_MAX], parts[TAXED_MAX], sum_minor = 0;
    size_t of_rate = 0, next = 0;

    for (size_t i = first; i < count; i++) {
        if (is_alike(&lines[i], &lines[first])) {
            weights[of_rate++] = lines[i].amount_minor;
            sum_minor += lines[i].amount_minor;
        }
    }
    if (sum_minor > 0) {
        money_split(tax_of(sum_minor, lines[first].rule.rate_ppm), weights, of_rate, parts);
    }
    for (size_t i = first; i < count; i++) {
        if (is_alike(&lines[i], &lines[first])) {
            lines[i].tax_minor = sum_minor > 0 ? parts[next++] : 0;
        }
    }
}

void tax_reckon(struct taxed *lines, size_t count, int64_t (*tax_of)(int64_t, int64_t))
{
    assert(count <= TAXED_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t before = 0;

        while (!is_alike(&lines[before], &lines[i])) {
            before++;
        }
        if (before == i) {
            reckon_alike(lines, count, i, tax_of);
        }
    }
}
