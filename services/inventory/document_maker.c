/* document_maker.c - what a purchase order says becomes files, and files become rows. */
#include "services/inventory/document_maker.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/crypto.h"
#include "common/issuer.h"
#include "common/text.h"
#include "common/ubl.h"
#include "proto/inventory_codec.h"
#include "services/inventory/purchase_document.h"
#include "services/inventory/purchase_page.h"

#include <assert.h>
#include <string.h>

/* In base64 both go into one message, which has at most 900,000 bytes. */
enum { REQUEST_BYTES_MAX = 1 << 19, PDF_BYTES_MAX = 200000, XML_BYTES_MAX = 300000 };

void document_request(struct arena *arena, const void *payload, const char *key,
                      struct outside_request *ret)
{
    struct buffer body;

    (void)key;
    buffer_init(&body, REQUEST_BYTES_MAX);
    inventory_purchase_paper_encode(payload, &body);
    assert(!body.overflowed);
    *ret = (struct outside_request){ .method = "MAKE",
                                     .path = "/purchase-order",
                                     .body = arena_copy(arena, body.bytes, body.length),
                                     .body_length = body.length };
    buffer_release(&body);
}

/* --- Making ------------------------------------------------------------------------------------ */

static enum err write_ubl(struct ctx *ctx, const struct inventory_purchase_paper *paper,
                          struct buffer *out)
{
    struct ubl_order_line *lines = arena_alloc(ctx->arena, paper->lines_count * sizeof *lines);
    const struct ubl_order order = {
        .id = paper->purchase_order_id,
        .issued_at = paper->sent_at,
        .currency = paper->currency,
        .deliver_on = paper->deliver_on,
        .buyer = { .name = issuer.name,
                   .tax_number = issuer.tax_number,
                   .email = issuer.email,
                   .address = { .street = issuer.street,
                                .city = issuer.city,
                                .postal_code = issuer.postal_code,
                                .country = issuer.country } },
        .seller = { .name = paper->name,
                    .code = paper->supplier,
                    .email = paper->email,
                    .language = paper->language,
                    .address = ubl_address_of(paper->supplier_address) },
        .delivery = ubl_address_of(paper->address),
        .lines = lines,
        .line_count = paper->lines_count,
    };

    for (size_t i = 0; i < paper->lines_count; i++) {
        const struct inventory_purchase_paper_line *line = &paper->lines[i];

        lines[i] = (struct ubl_order_line){ .sku = line->sku,
                                            .seller_sku = line->supplier_sku,
                                            .name = line->name,
                                            .unit = line->unit,
                                            .quantity = line->quantity,
                                            .price_minor = line->price_minor };
    }
    return ubl_order_write(ctx, &order, out);
}

static const struct {
    const char *name, *media_type;
    size_t bytes_max;
    enum err (*write)(struct ctx *ctx, const struct inventory_purchase_paper *paper,
                      struct buffer *out);
} documents[] = {
    { "purchase-order.pdf", "application/pdf", PDF_BYTES_MAX, purchase_page_write },
    { "purchase-order.xml", "application/xml", XML_BYTES_MAX, write_ubl },
};
enum { DOCUMENTS = sizeof documents / sizeof documents[0] };

static struct inventory_purchase_papers_paper paper_of(struct arena *arena, size_t index,
                                                       const struct buffer *bytes)
{
    unsigned char digest[SHA256_BYTES];
    char *hex = arena_alloc(arena, 2 * SHA256_BYTES + 1);

    sha256(bytes->bytes, bytes->length, digest);
    text_hex(digest, sizeof digest, hex);
    return (struct inventory_purchase_papers_paper){
        .name = documents[index].name,
        .media_type = documents[index].media_type,
        .sha256 = hex,
        .content = base64_encode(arena, bytes->bytes, bytes->length),
    };
}

static enum err make_one(struct ctx *ctx, const struct inventory_purchase_paper *paper,
                         size_t index, struct inventory_purchase_papers_paper *ret)
{
    struct buffer bytes;

    buffer_init(&bytes, documents[index].bytes_max);
    enum err err = documents[index].write(ctx, paper, &bytes);
    if (!err) {
        *ret = paper_of(ctx->arena, index, &bytes);
    }
    buffer_release(&bytes);
    return err;
}

enum err document_make(struct ctx *ctx, const struct outside_request *request,
                       struct buffer *answer)
{
    struct inventory_purchase_papers_paper made[DOCUMENTS];
    const struct inventory_purchase_papers papers = { made, DOCUMENTS };
    struct inventory_purchase_paper paper;
    struct violations violations = { .count = 0 };

    if (inventory_purchase_paper_decode(ctx->arena, request->body, request->body_length, &paper,
                                        &violations) != OK) {
        return err_set(ctx, ERR_FATAL, "no purchase order: %s %s", violations.items[0].pointer,
                       violations.items[0].detail);
    }
    for (size_t i = 0; i < DOCUMENTS; i++) {
        enum err err = make_one(ctx, &paper, i, &made[i]);

        if (err) {
            return err;
        }
    }
    inventory_purchase_papers_encode(&papers, answer);
    return OK;
}

/* --- Reading ----------------------------------------------------------------------------------- */

/* Of a paper whose form is certain: 64 digits, and base64. */
static bool read_document(struct arena *arena, const struct inventory_purchase_papers_paper *paper,
                          struct made_document *ret)
{
    unsigned char *digest = arena_alloc(arena, SHA256_BYTES);
    size_t length = 0;
    const unsigned char *content = base64_decode(arena, paper->content, &length);

    if (content == NULL) {
        return false;
    }
    char hex[2 * SHA256_BYTES + 1];
    sha256(content, length, digest);
    text_hex(digest, SHA256_BYTES, hex);
    *ret = (struct made_document){ paper, { digest, SHA256_BYTES }, { content, length } };
    return strcmp(hex, paper->sha256) == 0;
}

enum effect_verdict document_read(struct arena *arena, const void *payload,
                                  const struct http_end *end, bool asked, const void **ret_result)
{
    struct inventory_purchase_papers *papers = arena_alloc(arena, sizeof *papers);
    struct made_documents *made = arena_alloc(arena, sizeof *made);
    struct violations violations = { .count = 0 };

    (void)payload;
    (void)asked;
    if (inventory_purchase_papers_decode(arena, end->body, end->body_length, papers, &violations) !=
        OK) {
        return EFFECT_AGAIN;
    }
    struct made_document *items = arena_alloc(arena, papers->papers_count * sizeof *items);
    for (size_t i = 0; i < papers->papers_count; i++) {
        if (!read_document(arena, &papers->papers[i], &items[i])) {
            return EFFECT_AGAIN;
        }
    }
    *made = (struct made_documents){ items, papers->papers_count };
    *ret_result = made;
    return EFFECT_DONE;
}
