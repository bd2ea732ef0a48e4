/* document.h - invoices of money that was taken and credit notes of money that was given back: one each, numbered without gaps.
 *
 * The order service tells which capture or refund is to be documented, and what it was for; how much it was is this service's own.
 * The number is taken from the series in the transaction that writes the document: none is given twice, none left out, and what was
 * written is never changed.  The files are made outside of the decision (document_maker.h) and kept as they come back first.  Pure.
 */
#ifndef KERVAN_PAYMENT_DOCUMENT_H
#define KERVAN_PAYMENT_DOCUMENT_H

#include "common/incoming.h"
#include "proto/payment.h"
#include "services/payment/document_rows.h"

#define DOCUMENT_EFFECT "document"

/* A file as it came back. */
struct made_file {
    const struct payment_invoice_papers_paper *paper;
    struct bytes content;
};
/* The result of the effect. */
struct made_files {
    const struct made_file *items;
    size_t count;
};

void document_need(const struct incoming_message *in, struct rows *rows);
void document_need_shared(const struct incoming_message *in, struct rows *rows);
void on_document(struct decision *out, const struct incoming_message *in);

void document_files_need(const struct incoming_result *in, struct rows *rows);
void on_document_files(struct decision *out, const struct incoming_result *in);

#endif
