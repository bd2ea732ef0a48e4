/* purchase_document.h - the documents of a purchase order: made once when it is sent, kept unchanged, and mailed as they are.
 *
 * What they say is what held when the order was sent.  They are made outside of the decision (document_maker.h); what comes back
 * is kept, whatever became of the order meanwhile, and goes to the supplier by mail while the order still counts.  Pure.
 */
#ifndef KERVAN_INVENTORY_PURCHASE_DOCUMENT_H
#define KERVAN_INVENTORY_PURCHASE_DOCUMENT_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/purchasing.h"

#define DOCUMENT_EFFECT "document"

/* A document as it came back. */
struct made_document {
    const struct inventory_purchase_papers_paper *paper;
    struct bytes sha256, content;
};
/* The result of the effect. */
struct made_documents {
    const struct made_document *items;
    size_t count;
};

/* Has them made of an order that is being sent; its supplier, place and items are loaded. */
void purchase_document_ask(const struct purchasing *purchase);

void purchase_documents_need(const struct incoming_result *in, struct rows *rows);
void on_purchase_documents(struct decision *out, const struct incoming_result *in);

#endif
