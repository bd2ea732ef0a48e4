/* purchase_page.h - a purchase order as a PDF, in the supplier's language. */
#ifndef KERVAN_INVENTORY_PURCHASE_PAGE_H
#define KERVAN_INVENTORY_PURCHASE_PAGE_H

#include "common/err.h"
#include "proto/inventory.h"

struct buffer;

/* Errors are those of pdf_write. */
enum err purchase_page_write(struct ctx *ctx, const struct inventory_purchase_paper *paper,
                             struct buffer *out) MUST_USE;

#endif
