/* invoice_ubl.h - an invoice as UBL 2.1 Invoice, a credit note as UBL 2.1 CreditNote. */
#ifndef KERVAN_PAYMENT_INVOICE_UBL_H
#define KERVAN_PAYMENT_INVOICE_UBL_H

#include "common/err.h"
#include "proto/payment.h"

struct buffer;

/* ERR_RETRY: there was no memory; ERR_FATAL: it is larger than `out` may become. */
enum err invoice_ubl_write(struct ctx *ctx, const struct payment_invoice *invoice,
                           struct buffer *out) MUST_USE;

#endif
