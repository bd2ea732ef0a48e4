/* document_tax.h - the tax in what a document says: rates, and the sums by rate.
 *
 * What an order says of tax is what the shopper paid, so it is never reckoned anew: a rate is read off the amounts, as the roundest
 * one that rounds to them.  Parts always sum up to the whole.  Pure; what is returned is in the arena.
 */
#ifndef KERVAN_PAYMENT_DOCUMENT_TAX_H
#define KERVAN_PAYMENT_DOCUMENT_TAX_H

#include "proto/payment.h"
#include "services/payment/document_rows.h"

struct arena;

enum { TAX_RATE_PPM_MAX = 10000000 };

/* Millionths of net; each of `pieces` may have been rounded by itself.  Of negative amounts as of positive ones. */
int64_t tax_rate_of(int64_t net_minor, int64_t tax_minor, int64_t pieces);

/* The lines of an invoice over `amount_minor`: what the order says, and a line for what differs. */
struct invoice_lines {
    const struct invoice_line *items;
    size_t count;
};
struct invoice_lines tax_invoice_lines(struct arena *arena, const struct payment_document *command,
                                       int64_t amount_minor);

/* Those of a credit note: the amount by rates, as far as `taxes` (of invoices, less those of credit notes) go.  NULL-terminated
 * rows; `credits[i]` says whether taxes[i] is of a credit note. */
struct invoice_lines tax_credit_lines(struct arena *arena,
                                      const struct document_tax_row *const *taxes,
                                      const bool *credits, int64_t amount_minor);

/* The sums of lines by rate, in the order of the lines. */
struct invoice_taxes {
    const struct invoice_tax *items;
    size_t count;
};
struct invoice_taxes tax_sums(struct arena *arena, const struct invoice_lines *lines);

#endif
