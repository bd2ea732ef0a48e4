/* document_maker.c - what an invoice says becomes files, and files become rows. */
#include "services/payment/document_maker.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/crypto.h"
#include "common/issuer.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/document.h"
#include "services/payment/invoice_page.h"
#include "services/payment/invoice_ubl.h"

#include <assert.h>
#include <string.h>

enum {
    REQUEST_BYTES_MAX = 1 << 19,
    JSON_BYTES_MAX = 1 << 19,
    PDF_BYTES_MAX = 300000,
    XML_BYTES_MAX = 660000
};

void document_request(struct arena *arena, const void *payload, const char *key,
                      struct outside_request *ret)
{
    struct buffer body;

    (void)key;
    buffer_init(&body, REQUEST_BYTES_MAX);
    payment_invoice_encode(payload, &body);
    assert(!body.overflowed);
    *ret = (struct outside_request){ .method = "MAKE",
                                     .path = "/invoice",
                                     .body = arena_copy(arena, body.bytes, body.length),
                                     .body_length = body.length };
    buffer_release(&body);
}

/* --- Making ------------------------------------------------------------------------------------ */

static const char *given(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static enum err write_json(struct ctx *ctx, const struct payment_invoice *invoice,
                           struct buffer *out)
{
    const struct payment_invoice_seller seller = { .name = issuer.name,
                                                   .street = given(issuer.street),
                                                   .city = given(issuer.city),
                                                   .postal_code = given(issuer.postal_code),
                                                   .country = given(issuer.country),
                                                   .tax_number = given(issuer.tax_number),
                                                   .email = given(issuer.email) };
    struct payment_invoice shown = *invoice;

    shown.seller = &seller;
    payment_invoice_encode(&shown, out);
    return out->overflowed
               ? err_set(ctx, ERR_FATAL, "the invoice is larger than %d bytes", JSON_BYTES_MAX)
               : OK;
}

static const struct {
    const char *name, *media_type;
    size_t bytes_max;
    enum err (*write)(struct ctx *ctx, const struct payment_invoice *invoice, struct buffer *out);
} files[] = {
    { "invoice.json", "application/json", JSON_BYTES_MAX, write_json },
    { "invoice.pdf", "application/pdf", PDF_BYTES_MAX, invoice_page_write },
    { "invoice.xml", "application/xml", XML_BYTES_MAX, invoice_ubl_write },
};
enum { FILES = sizeof files / sizeof files[0] };

static struct payment_invoice_papers_paper paper_of(struct arena *arena, size_t index,
                                                    const struct buffer *bytes)
{
    unsigned char digest[SHA256_BYTES];
    char *hex = arena_alloc(arena, 2 * SHA256_BYTES + 1);

    sha256(bytes->bytes, bytes->length, digest);
    text_hex(digest, sizeof digest, hex);
    return (struct payment_invoice_papers_paper){
        .name = files[index].name,
        .media_type = files[index].media_type,
        .sha256 = hex,
        .content = base64_encode(arena, bytes->bytes, bytes->length),
    };
}

static enum err make_one(struct ctx *ctx, const struct payment_invoice *invoice, size_t index,
                         struct payment_invoice_papers_paper *ret)
{
    struct buffer bytes;

    buffer_init(&bytes, files[index].bytes_max);
    enum err err = files[index].write(ctx, invoice, &bytes);
    if (!err) {
        *ret = paper_of(ctx->arena, index, &bytes);
    }
    buffer_release(&bytes);
    return err;
}

enum err document_make(struct ctx *ctx, const struct outside_request *request,
                       struct buffer *answer)
{
    struct payment_invoice_papers_paper made[FILES];
    const struct payment_invoice_papers papers = { made, FILES };
    struct payment_invoice invoice;
    struct violations violations = { .count = 0 };

    if (payment_invoice_decode(ctx->arena, request->body, request->body_length, &invoice,
                               &violations) != OK) {
        return err_set(ctx, ERR_FATAL, "no invoice: %s %s", violations.items[0].pointer,
                       violations.items[0].detail);
    }
    for (size_t i = 0; i < FILES; i++) {
        enum err err = make_one(ctx, &invoice, i, &made[i]);

        if (err) {
            return err;
        }
    }
    payment_invoice_papers_encode(&papers, answer);
    return OK;
}

/* --- Reading ----------------------------------------------------------------------------------- */

/* Of a paper whose form is certain: 64 digits, and base64. */
static bool read_file(struct arena *arena, const struct payment_invoice_papers_paper *paper,
                      struct made_file *ret)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    size_t length = 0;
    const unsigned char *content = base64_decode(arena, paper->content, &length);

    if (content == NULL) {
        return false;
    }
    sha256(content, length, digest);
    text_hex(digest, SHA256_BYTES, hex);
    *ret = (struct made_file){ paper, { content, length } };
    return strcmp(hex, paper->sha256) == 0;
}

enum effect_verdict document_read(struct arena *arena, const void *payload,
                                  const struct http_end *end, bool asked, const void **ret_result)
{
    struct payment_invoice_papers *papers = arena_alloc(arena, sizeof *papers);
    struct made_files *made = arena_alloc(arena, sizeof *made);
    struct violations violations = { .count = 0 };

    (void)payload;
    (void)asked;
    if (payment_invoice_papers_decode(arena, end->body, end->body_length, papers, &violations) !=
        OK) {
        return EFFECT_AGAIN;
    }
    struct made_file *items = arena_alloc(arena, papers->papers_count * sizeof *items);
    for (size_t i = 0; i < papers->papers_count; i++) {
        if (!read_file(arena, &papers->papers[i], &items[i])) {
            return EFFECT_AGAIN;
        }
    }
    *made = (struct made_files){ items, papers->papers_count };
    *ret_result = made;
    return EFFECT_DONE;
}
