/* invoice_words.h - what stands on invoices and credit notes, in the customer's language.  Texts are static, or in the arena. */
#ifndef KERVAN_PAYMENT_INVOICE_WORDS_H
#define KERVAN_PAYMENT_INVOICE_WORDS_H

#include "common/language.h"
#include "proto/payment.h"

struct arena;

struct invoice_words {
    const char *invoice, *credit_note, *number, *date, *due, *order, *corrects;
    const char *seller, *buyer, *delivery, *tax_number;
    const char *position, *name, *quantity, *price, *tax, *amount;
    const char *net, *total, *discount, *paid, *inclusive, *account, *scan;
    const char *exempt, *reverse;           /* beside a rate */
    const char *exempt_note, *reverse_note; /* below the sums, as the law wants it */
};
const struct invoice_words *invoice_words(enum language language);

/* "Shipping": what a line without an item is. */
const char *invoice_line_word(enum language language, enum invoice_line_kind kind);

/* Why nothing is charged, where something is exempt or the buyer accounts for it; `reason` may be NULL.  NULL: it is neither. */
const char *invoice_tax_note(struct arena *arena, enum language language,
                             enum tax_category category, const char *reason);

/* 190000: "19"; 88750: "8.875". */
const char *invoice_percent(struct arena *arena, int64_t rate_ppm);

#endif
