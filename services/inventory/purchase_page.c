/* purchase_page.c - the words of a purchase order, and where on the page each of its parts stands. */
#include "services/inventory/purchase_page.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/calendar.h"
#include "common/issuer.h"
#include "common/language.h"
#include "common/pdf.h"
#include "common/text.h"

#include <string.h>

enum { DAY_MS = 86400000, FACT_COLUMNS = 2, PARTY_COLUMNS = 3, LINE_COLUMNS = 7 };

static const struct words {
    const char *title, *number, *date, *wanted, *buyer, *supplier, *place, *tax_number;
    const char *position, *sku, *supplier_sku, *name, *quantity, *price, *amount, *total, *footer;
} words[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = { "Purchase order", "Order number", "Date", "Delivery wanted by", "Buyer",
                           "Supplier", "Deliver to", "Tax number", "No.", "Our item", "Your item",
                           "Description", "Quantity", "Unit price", "Amount", "Total",
                           "Please quote the order number with every delivery and invoice." },
    [LANGUAGE_TURKISH] = { "Satın alma siparişi", "Sipariş numarası", "Tarih",
                           "İstenen teslim tarihi", "Alıcı", "Tedarikçi", "Teslimat yeri",
                           "Vergi numarası", "No.", "Ürün kodumuz", "Ürün kodunuz", "Açıklama",
                           "Miktar", "Birim fiyat", "Tutar", "Toplam",
                           "Lütfen her teslimatta ve faturada sipariş numarasını belirtiniz." },
    [LANGUAGE_UKRAINIAN] = { "Замовлення постачальнику", "Номер замовлення", "Дата",
                             "Бажана дата доставки", "Покупець", "Постачальник", "Місце доставки",
                             "Податковий номер", "№", "Наш код", "Ваш код", "Опис", "Кількість",
                             "Ціна", "Сума", "Усього",
                             "Будь ласка, зазначайте номер замовлення в кожній поставці та "
                             "рахунку." },
};

struct page {
    struct arena *arena;
    const struct inventory_purchase_paper *paper;
    enum language language;
    const struct words *words;
};

/* --- Parts ------------------------------------------------------------------------------------- */

static const char *amount(const struct page *page, int64_t amount_minor)
{
    return language_money(page->arena, page->language, amount_minor, page->paper->currency);
}

static const char *wanted_day(const struct page *page)
{
    int64_t day = 0;

    return page->paper->deliver_on != NULL && calendar_day_parse(page->paper->deliver_on, &day)
               ? language_date(page->arena, page->language, day * DAY_MS)
               : "";
}

static struct pdf_table facts_of(const struct page *page)
{
    static const struct pdf_column columns[FACT_COLUMNS] = { { NULL, 150, false },
                                                             { NULL, 345, false } };
    const struct words *with = page->words;
    const char *const cells[] = {
        with->number, page->paper->purchase_order_id,
        with->date,   language_date(page->arena, page->language, page->paper->sent_at),
        with->wanted, wanted_day(page),
    };

    return (struct pdf_table){ .columns = columns,
                               .column_count = FACT_COLUMNS,
                               .cells = arena_copy(page->arena, cells, sizeof cells),
                               .row_count = sizeof cells / sizeof cells[0] / FACT_COLUMNS };
}

/* One below the other. */
#define LINES(arena, ...) TEXT_JOIN(arena, "\n", __VA_ARGS__)

static const char *buyer_of(const struct page *page)
{
    const char *tax_number =
        issuer.tax_number[0] == '\0'
            ? NULL
            : text_format(page->arena, "%s: %s", page->words->tax_number, issuer.tax_number);

    return LINES(page->arena, issuer.name, issuer.street,
                 TEXT_JOIN(page->arena, " ", issuer.postal_code, issuer.city), issuer.country,
                 tax_number, issuer.email);
}

static const char *address_lines(const struct page *page, const struct postal_address *address)
{
    return LINES(page->arena, address->company, address->name, address->line1, address->line2,
                 TEXT_JOIN(page->arena, " ", address->postal_code, address->city), address->region,
                 address->country);
}

static const char *place_of(const struct page *page)
{
    const struct inventory_purchase_paper *paper = page->paper;

    return paper->address == NULL ? paper->place : address_lines(page, paper->address);
}

static const char *seller_of(const struct page *page)
{
    const struct inventory_purchase_paper *paper = page->paper;

    return LINES(page->arena, paper->name, paper->supplier,
                 paper->supplier_address == NULL ? NULL
                                                 : address_lines(page, paper->supplier_address),
                 paper->email);
}

static struct pdf_table parties_of(const struct page *page)
{
    static const struct pdf_column columns[PARTY_COLUMNS] = { { NULL, 165, false },
                                                              { NULL, 165, false },
                                                              { NULL, 165, false } };
    const char *const cells[] = {
        page->words->buyer, page->words->supplier, page->words->place,
        buyer_of(page),     seller_of(page),       place_of(page),
    };

    return (struct pdf_table){ .columns = columns,
                               .column_count = PARTY_COLUMNS,
                               .cells = arena_copy(page->arena, cells, sizeof cells),
                               .row_count = 2,
                               .first_bold = true };
}

static void fill_line(const struct page *page, size_t index, const char **cells)
{
    const struct inventory_purchase_paper_line *line = &page->paper->lines[index];
    const char *quantity = language_number(page->arena, page->language, line->quantity);
    const char *const row[LINE_COLUMNS] = {
        text_format(page->arena, "%zu", index + 1),
        line->sku,
        line->supplier_sku,
        line->name,
        TEXT_JOIN(page->arena, " ", quantity, line->unit),
        amount(page, line->price_minor),
        amount(page, line->quantity * line->price_minor),
    };

    memcpy(cells, row, sizeof row);
}

static struct pdf_table lines_table(const struct page *page)
{
    const struct words *with = page->words;
    const struct pdf_column columns[LINE_COLUMNS] = {
        { with->position, 24, false },     { with->sku, 80, false },
        { with->supplier_sku, 70, false }, { with->name, 134, false },
        { with->quantity, 57, true },      { with->price, 60, true },
        { with->amount, 70, true },
    };
    size_t count = page->paper->lines_count;
    const char **cells = arena_alloc(page->arena, (count + 1) * LINE_COLUMNS * sizeof *cells);
    int64_t total_minor = 0;

    for (size_t i = 0; i < count; i++) {
        fill_line(page, i, cells + i * LINE_COLUMNS);
        total_minor += page->paper->lines[i].quantity * page->paper->lines[i].price_minor;
    }
    cells[count * LINE_COLUMNS + 3] = with->total;
    cells[count * LINE_COLUMNS + 6] = amount(page, total_minor);
    return (struct pdf_table){ .columns = arena_copy(page->arena, columns, sizeof columns),
                               .column_count = LINE_COLUMNS,
                               .cells = cells,
                               .row_count = count + 1,
                               .ruled = true,
                               .last_bold = true };
}

enum err purchase_page_write(struct ctx *ctx, const struct inventory_purchase_paper *paper,
                             struct buffer *out)
{
    enum language language = language_of(paper->language);
    const struct page page = { ctx->arena, paper, language, &words[language] };
    const struct pdf_table facts = facts_of(&page), parties = parties_of(&page),
                           lines = lines_table(&page);
    const struct pdf_block blocks[] = {
        { .kind = PDF_TITLE, .text = page.words->title },
        { .kind = PDF_TABLE, .table = &facts },
        { .kind = PDF_TABLE, .table = &parties },
        { .kind = PDF_TABLE, .table = &lines },
    };
    const struct pdf_document document = {
        .title = TEXT_JOIN(page.arena, " ", page.words->title, paper->purchase_order_id),
        .author = issuer.name,
        .footer = page.words->footer,
        .created_at = paper->sent_at,
        .blocks = blocks,
        .block_count = sizeof blocks / sizeof blocks[0],
    };

    return pdf_write(ctx, &document, out);
}
