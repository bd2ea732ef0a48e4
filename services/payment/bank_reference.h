/* bank_reference.h - the reference of a payment as banks carry it, and which payments a line of a statement names.
 *
 * ISO 11649: "RF", two digits that check the rest (mod 97), and our own reference without its dashes; a payment after the
 * first adds "P" and its number.  What shoppers type of it is read leniently: with blanks and dashes anywhere, in small
 * letters, with letters of the Turkish and Cyrillic alphabets that look or sound the same, with O for 0, and, where
 * nothing else is there, without the character that checks it.  Pure; no function allocates but the one that is given an arena.
 */
#ifndef KERVAN_PAYMENT_BANK_REFERENCE_H
#define KERVAN_PAYMENT_BANK_REFERENCE_H

#include "proto/payment.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

/* "RF..KV0000000001A", in the arena. */
const char *creditor_reference_of(struct arena *arena, int64_t order_no, int64_t payment_no);
/* Whether the two digits behind "RF" are those that the rest has; blanks do not count. */
bool creditor_reference_holds(const char *text);

enum { BANK_FOUND_MAX = 4 };

/* A payment that a line names, and the surest rule by which it does. */
struct bank_found {
    int64_t order_no, payment_no;
    enum bank_rule rule;
};
struct bank_finds {
    struct bank_found found[BANK_FOUND_MAX];
    size_t count;
};
/* The surest first.  Of more than BANK_FOUND_MAX the rest is left out: it takes a person anyway. */
struct bank_finds bank_find(const struct bank_statement_line *line);

#endif
