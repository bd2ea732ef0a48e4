/* gtin.h - barcodes of goods: GTIN-8, -12, -13 and -14, whose last digit checks the others (GS1 General Specifications,
 * 7.9).  Pure; any thread.
 */
#ifndef KERVAN_INVENTORY_GTIN_H
#define KERVAN_INVENTORY_GTIN_H

#include <stdbool.h>
#include <stdint.h>

/* NULL when `text`, of digits, is a GTIN: `ret` is its number, which zeros before it do not change.  Else what is wrong
 * with it, for people. */
const char *gtin_fault(const char *text, int64_t *ret);

#endif
