/* invoice_page.h - an invoice or a credit note as PDF, in the customer's language. */
#ifndef KERVAN_PAYMENT_INVOICE_PAGE_H
#define KERVAN_PAYMENT_INVOICE_PAGE_H

#include "common/err.h"
#include "proto/payment.h"

struct buffer;

/* As pdf_write. */
enum err invoice_page_write(struct ctx *ctx, const struct payment_invoice *invoice,
                            struct buffer *out) MUST_USE;

#endif
