/* barcode.h - what a scanner reads, held against an item: its SKU, or a GTIN of a piece or of a pack of it.  Pure. */
#ifndef KERVAN_FULFILLMENT_BARCODE_H
#define KERVAN_FULFILLMENT_BARCODE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct item_body;

/* As item.barcodes keeps them: "4006381333931 1 14006381333938 12"; NULL: it has none. */
const char *barcodes_text(struct arena *arena, const struct item_body *item);
/* Pieces of the item that a barcode stands for; 0: it is none of this item.  `barcodes` as above. */
int64_t barcode_pieces(const char *barcode, const char *sku, const char *barcodes);

#endif
