/* money.h - amounts in minor units (cents) of one currency, never a float.
 *
 * Every operation that could overflow says so instead of wrapping.  |amount| stays below 2^53, so
 * that JavaScript readers see what we wrote.  Pure, thread-safe.
 */
#ifndef KERVAN_COMMON_MONEY_H
#define KERVAN_COMMON_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MONEY_MINOR_MAX INT64_C(9007199254740991)

/* *sum += amount.  False, and *sum unchanged, when the result leaves +-MONEY_MINOR_MAX. */
bool money_add(int64_t *sum, int64_t amount_minor);
/* *ret = unit_minor * quantity; false when it leaves +-MONEY_MINOR_MAX. */
bool money_multiply(int64_t unit_minor, int64_t quantity, int64_t *ret);

/* Splits total_minor by weights into parts that sum up exactly, by largest remainder (ties: lowest index).
 * Weights are >= 0 with a sum > 0; `ret_parts` has `count` places; count <= 1000. */
void money_split(int64_t total_minor, const int64_t *weights, size_t count, int64_t *ret_parts);

/* Digits behind the decimal point (ISO 4217 list one): 2 for EUR, 0 for JPY, 3 for KWD; -1 for no currency. */
int currency_digits(const char *currency);

#endif
