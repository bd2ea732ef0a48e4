/* reference.h - what a shopper writes on a transfer: short, and a slip of the pen is noticed.  Pure. */
#ifndef KERVAN_PAYMENT_REFERENCE_H
#define KERVAN_PAYMENT_REFERENCE_H

#include "common/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* "KV-0000-0000-01A": the order's number in the digits and letters that are not taken for one another, and one that
 * checks them; a payment after the first adds its number, "KV-0000-0000-01A-2".  In the arena. */
const char *reference_of(struct arena *arena, int64_t order_no, int64_t payment_no);
/* The number that its ten digits, without dashes, say; false: they are none.  More may follow. */
bool reference_number(const char *digits, int64_t *ret_order_no);
/* The character that checks it. */
char reference_check(int64_t order_no);

#endif
