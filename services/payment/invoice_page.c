/* invoice_page.c - where on the page each part of an invoice stands. */
#include "services/payment/invoice_page.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/issuer.h"
#include "common/language.h"
#include "common/pdf.h"
#include "common/qr.h"
#include "common/text.h"
#include "services/payment/epc_code.h"
#include "services/payment/invoice_words.h"

#include <string.h>

enum {
    FACT_COLUMNS = 2,
    FACT_ROWS_MAX = 6,
    BLOCKS_MAX = 8,
    PARTY_COLUMNS = 3,
    LINE_COLUMNS = 6,
    SUM_COLUMNS = 2
};

struct page {
    struct arena *arena;
    const struct payment_invoice *invoice;
    enum language language;
    const struct invoice_words *words;
};

/* --- Texts ----------------------------------------------------------------------------------------- */

static const char *amount(const struct page *page, int64_t amount_minor)
{
    const char *text =
        language_money(page->arena, page->language, amount_minor < 0 ? -amount_minor : amount_minor,
                       page->invoice->currency);

    return amount_minor < 0 ? text_format(page->arena, "\u2212%s", text) : text;
}

/* One below the other. */
#define LINES(arena, ...) TEXT_JOIN(arena, "\n", __VA_ARGS__)

static const char *title_of(const struct page *page)
{
    return page->invoice->kind == DOCUMENT_KIND_INVOICE ? page->words->invoice
                                                        : page->words->credit_note;
}

/* --- Facts ----------------------------------------------------------------------------------------- */

static bool is_unpaid(const struct payment_invoice *invoice)
{
    return invoice->kind == DOCUMENT_KIND_INVOICE && invoice->has_due_at;
}

static const char *corrected(const struct page *page)
{
    const char *numbers = NULL;

    for (size_t i = 0; i < page->invoice->corrects_count; i++) {
        numbers = numbers == NULL
                      ? page->invoice->corrects[i]
                      : text_format(page->arena, "%s, %s", numbers, page->invoice->corrects[i]);
    }
    return numbers;
}

static const char *order_of(const struct page *page)
{
    const struct payment_invoice *invoice = page->invoice;

    return LINES(page->arena, invoice->order_number, invoice->channel_order_ref,
                 invoice->purchase_order_number,
                 invoice->order_number == NULL && invoice->channel_order_ref == NULL
                     ? invoice->order_id
                     : NULL);
}

static struct pdf_table facts_of(const struct page *page)
{
    static const struct pdf_column columns[FACT_COLUMNS] = { { NULL, 150, false },
                                                             { NULL, 345, false } };
    const struct payment_invoice *invoice = page->invoice;
    const char *const facts[FACT_ROWS_MAX][FACT_COLUMNS] = {
        { page->words->number, invoice->number },
        { page->words->date, language_date(page->arena, page->language, invoice->issued_at) },
        { page->words->due, invoice->has_due_at
                                ? language_date(page->arena, page->language, invoice->due_at)
                                : NULL },
        { page->words->account, is_unpaid(page->invoice) ? issuer.iban : NULL },
        { page->words->order, order_of(page) },
        { page->words->corrects, corrected(page) },
    };
    const char **cells = arena_alloc(page->arena, sizeof facts);
    size_t rows = 0;

    for (size_t i = 0; i < FACT_ROWS_MAX; i++) {
        if (facts[i][1] != NULL && facts[i][1][0] != '\0') {
            memcpy(cells + FACT_COLUMNS * rows++, facts[i], sizeof facts[i]);
        }
    }
    return (struct pdf_table){
        .columns = columns, .column_count = FACT_COLUMNS, .cells = cells, .row_count = rows
    };
}

/* --- Parties --------------------------------------------------------------------------------------- */

static const char *tax_number_of(const struct page *page, const char *tax_number)
{
    return tax_number == NULL || tax_number[0] == '\0'
               ? NULL
               : text_format(page->arena, "%s: %s", page->words->tax_number, tax_number);
}

static const char *seller_of(const struct page *page)
{
    return LINES(page->arena, issuer.name, issuer.street,
                 TEXT_JOIN(page->arena, " ", issuer.postal_code, issuer.city), issuer.country,
                 tax_number_of(page, issuer.tax_number), issuer.email);
}

static const char *address_of(const struct page *page, const struct postal_address *address)
{
    if (address == NULL) {
        return NULL;
    }
    return LINES(page->arena, address->company, address->name, address->line1, address->line2,
                 TEXT_JOIN(page->arena, " ", address->postal_code, address->city), address->region,
                 address->country);
}

static const char *buyer_of(const struct page *page)
{
    const struct invoice_party *buyer = &page->invoice->buyer;
    const char *address = address_of(page, buyer->address);

    return LINES(page->arena, address == NULL ? buyer->company : NULL,
                 address == NULL ? buyer->name : NULL, address,
                 tax_number_of(page, buyer->tax_number), buyer->email);
}

static struct pdf_table parties_of(const struct page *page)
{
    static const struct pdf_column columns[PARTY_COLUMNS] = { { NULL, 165, false },
                                                              { NULL, 165, false },
                                                              { NULL, 165, false } };
    const char *const cells[] = {
        page->words->seller, page->words->buyer, page->words->delivery,
        seller_of(page),     buyer_of(page),     address_of(page, page->invoice->delivery),
    };

    return (struct pdf_table){ .columns = columns,
                               .column_count = PARTY_COLUMNS,
                               .cells = arena_copy(page->arena, cells, sizeof cells),
                               .row_count = 2,
                               .first_bold = true };
}

/* --- Lines ----------------------------------------------------------------------------------------- */

static bool is_inclusive(const struct page *page)
{
    return page->invoice->tax_mode != TAX_MODE_EXCLUSIVE;
}

static const char *name_of(const struct page *page, const struct invoice_line *line)
{
    const char *name =
        line->sku != NULL ? line->sku : invoice_line_word(page->language, line->kind);
    const char *discount = line->has_discount_minor
                               ? text_format(page->arena, "%s: %s", page->words->discount,
                                             amount(page, -line->discount_minor))
                               : NULL;

    return LINES(page->arena, name, discount);
}

static const char *rate_of(const struct page *page, enum tax_category category, int64_t rate_ppm)
{
    return category == TAX_CATEGORY_EXEMPT ? page->words->exempt
           : category == TAX_CATEGORY_REVERSE_CHARGE
               ? page->words->reverse
               : text_format(page->arena, "%s %%", invoice_percent(page->arena, rate_ppm));
}

static void fill_line(const struct page *page, size_t index, const char **cells)
{
    const struct invoice_line *line = &page->invoice->lines[index];
    const char *const row[LINE_COLUMNS] = {
        text_format(page->arena, "%zu", index + 1),
        name_of(page, line),
        line->has_quantity ? language_number(page->arena, page->language, line->quantity) : NULL,
        line->has_unit_price_minor ? amount(page, line->unit_price_minor) : NULL,
        rate_of(page, line->category, line->rate_ppm),
        amount(page, is_inclusive(page) ? line->amount_minor : line->net_minor),
    };

    memcpy(cells, row, sizeof row);
}

static struct pdf_table lines_table(const struct page *page)
{
    const struct invoice_words *with = page->words;
    const struct pdf_column columns[LINE_COLUMNS] = {
        { with->position, 24, false }, { with->name, 196, false }, { with->quantity, 60, true },
        { with->price, 80, true },     { with->tax, 50, true },    { with->amount, 85, true },
    };
    size_t count = page->invoice->lines_count;
    const char **cells = arena_alloc(page->arena, count * LINE_COLUMNS * sizeof *cells);

    for (size_t i = 0; i < count; i++) {
        fill_line(page, i, cells + i * LINE_COLUMNS);
    }
    return (struct pdf_table){ .columns = arena_copy(page->arena, columns, sizeof columns),
                               .column_count = LINE_COLUMNS,
                               .cells = cells,
                               .row_count = count,
                               .ruled = true };
}

static struct pdf_table sums_table(const struct page *page)
{
    static const struct pdf_column columns[SUM_COLUMNS] = { { NULL, 395, true },
                                                            { NULL, 100, true } };
    const struct payment_invoice *invoice = page->invoice;
    size_t rows = invoice->taxes_count + 2;
    const char **cells = arena_alloc(page->arena, rows * SUM_COLUMNS * sizeof *cells);
    const char **cell = cells;

    *cell++ = page->words->net;
    *cell++ = amount(page, invoice->net_minor);
    for (size_t i = 0; i < invoice->taxes_count; i++) {
        const struct invoice_tax *tax = &invoice->taxes[i];

        *cell++ =
            text_format(page->arena, "%s %s (%s)", page->words->tax,
                        rate_of(page, tax->category, tax->rate_ppm), amount(page, tax->net_minor));
        *cell++ = amount(page, tax->tax_minor);
    }
    *cell++ = page->words->total;
    *cell++ = amount(page, invoice->amount_minor);
    return (struct pdf_table){ .columns = columns,
                               .column_count = SUM_COLUMNS,
                               .cells = cells,
                               .row_count = rows,
                               .last_bold = true };
}

/* --- The page -------------------------------------------------------------------------------------- */

/* Of all its rates; each is there once. */
static const char *tax_notes(const struct page *page)
{
    const struct payment_invoice *invoice = page->invoice;
    const char *notes = NULL;

    for (size_t i = 0; i < invoice->taxes_count; i++) {
        notes = TEXT_JOIN(page->arena, " ", notes,
                          invoice_tax_note(page->arena, page->language, invoice->taxes[i].category,
                                           invoice->tax_reason));
    }
    return notes;
}

static const char *remark(const struct page *page)
{
    const struct payment_invoice *invoice = page->invoice;
    bool paid = invoice->kind == DOCUMENT_KIND_INVOICE && !invoice->has_due_at;

    return TEXT_JOIN(page->arena, " ", tax_notes(page), paid ? page->words->paid : NULL,
                     is_inclusive(page) && invoice->tax_minor > 0 ? page->words->inclusive : NULL);
}

/* A transfer within SEPA that is prepared by scanning; size 0: there is none to be made. */
static enum err code_of(struct ctx *ctx, const struct page *page, struct pdf_code *ret)
{
    const struct payment_invoice *invoice = page->invoice;
    bool possible =
        is_unpaid(invoice) && issuer.iban[0] != '\0' && text_equal(invoice->currency, "EUR");
    const char *text = possible ? epc_code_text(page->arena, issuer.name, issuer.iban,
                                                invoice->amount_minor, invoice->number)
                                : NULL;
    struct qr qr = { .size = 0 };
    enum err err = text == NULL ? OK : qr_encode(ctx, text, &qr);

    *ret = (struct pdf_code){ qr.modules, qr.size, QR_LIGHT_MODULES };
    return err;
}

enum err invoice_page_write(struct ctx *ctx, const struct payment_invoice *invoice,
                            struct buffer *out)
{
    enum language language = language_of(invoice->language);
    const struct page page = { ctx->arena, invoice, language, invoice_words(language) };
    const struct pdf_table facts = facts_of(&page), parties = parties_of(&page),
                           lines = lines_table(&page), sums = sums_table(&page);
    const char *below = remark(&page);
    struct pdf_block blocks[BLOCKS_MAX] = {
        { .kind = PDF_TITLE, .text = title_of(&page) }, { .kind = PDF_TABLE, .table = &facts },
        { .kind = PDF_TABLE, .table = &parties },       { .kind = PDF_TABLE, .table = &lines },
        { .kind = PDF_TABLE, .table = &sums },
    };
    size_t count = 5;
    struct pdf_code code = { .size = 0 };

    if (below[0] != '\0') {
        blocks[count++] = (struct pdf_block){ .kind = PDF_TEXT, .text = below };
    }
    enum err err = code_of(ctx, &page, &code);
    if (err) {
        return err;
    }
    if (code.size > 0) {
        blocks[count++] = (struct pdf_block){ .kind = PDF_HEADING, .text = page.words->scan };
        blocks[count++] = (struct pdf_block){ .kind = PDF_CODE, .code = &code };
    }
    const struct pdf_document document = {
        .title = TEXT_JOIN(page.arena, " ", title_of(&page), invoice->number),
        .author = issuer.name,
        .footer = TEXT_JOIN(page.arena, " ", title_of(&page), invoice->number),
        .created_at = invoice->issued_at,
        .blocks = blocks,
        .block_count = count,
    };

    return pdf_write(ctx, &document, out);
}
