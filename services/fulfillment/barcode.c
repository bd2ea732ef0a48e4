/* barcode.c - GTINs are the same with zeros before them, as scanners pad them. */
#include "services/fulfillment/barcode.h"

#include "common/text.h"
#include "proto/types.h"

#include <string.h>

static const char *without_zeros(const char *digits)
{
    return digits + strspn(digits, "0");
}

static const char *add(struct arena *arena, const char *text, const char *gtin, int64_t pieces)
{
    return text_format(arena, "%s%s%s %lld", text == NULL ? "" : text, text == NULL ? "" : " ",
                       without_zeros(gtin), (long long)pieces);
}

const char *barcodes_text(struct arena *arena, const struct item_body *item)
{
    const char *text = NULL;

    for (size_t i = 0; i < item->barcodes_count; i++) {
        text = add(arena, text, item->barcodes[i], 1);
    }
    for (size_t i = 0; i < item->packs_count; i++) {
        if (item->packs[i].barcode != NULL) {
            text = add(arena, text, item->packs[i].barcode, item->packs[i].quantity);
        }
    }
    return text;
}

static int64_t number_at(const char *digits)
{
    int64_t number = 0;

    for (; *digits >= '0' && *digits <= '9'; digits++) {
        number = number * 10 + (*digits - '0');
    }
    return number;
}

int64_t barcode_pieces(const char *barcode, const char *sku, const char *barcodes)
{
    const char *digits = without_zeros(barcode);
    size_t length = strlen(digits);

    if (strcmp(barcode, sku) == 0) {
        return 1;
    }
    while (length > 0 && barcodes != NULL && *barcodes != '\0') {
        size_t word = strcspn(barcodes, " ");
        int64_t pieces = number_at(barcodes + word + 1);

        if (word == length && memcmp(barcodes, digits, length) == 0) {
            return pieces;
        }
        barcodes += word + 1;
        barcodes += strcspn(barcodes, " ");
        barcodes += *barcodes == ' ' ? 1 : 0;
    }
    return 0;
}
