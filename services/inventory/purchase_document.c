/* purchase_document.c - what the documents of a purchase order say, and what becomes of them once they are made. */
#include "services/inventory/purchase_document.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "services/inventory/purchase_mail.h"
#include "services/inventory/stock.h"

/* --- When the order is sent ------------------------------------------------------------------------ */

static const struct postal_address *address_of(struct arena *arena,
                                               const struct location_row *place)
{
    const struct postal_address address = { .name = place->address_name,
                                            .company = place->company,
                                            .line1 = place->line1,
                                            .line2 = place->line2,
                                            .city = place->city,
                                            .region = place->region,
                                            .postal_code = place->postal_code,
                                            .country = place->country };

    return arena_copy(arena, &address, sizeof address);
}

static const struct postal_address *supplier_address(struct arena *arena,
                                                     const struct supplier_row *supplier)
{
    const struct postal_address address = { .name = supplier->address_name,
                                            .company = supplier->company,
                                            .line1 = supplier->line1,
                                            .line2 = supplier->line2,
                                            .city = supplier->city,
                                            .region = supplier->region,
                                            .postal_code = supplier->postal_code,
                                            .country = supplier->country };

    return arena_copy(arena, &address, sizeof address);
}

static void list_lines(const struct purchasing *purchase, struct inventory_purchase_paper *paper)
{
    void **lines = purchasing_lines(purchase);
    size_t count = 0;

    while (lines[count] != NULL) {
        count++;
    }
    struct inventory_purchase_paper_line *listed =
        arena_alloc(purchase->out->arena, count * sizeof *listed);
    for (size_t i = 0; i < count; i++) {
        const struct purchase_order_line_row *line = lines[i];
        const struct item_row *item =
            rows_find(purchase->out->rows, &item_table, key_text(line->sku));

        listed[i] = (struct inventory_purchase_paper_line){ .sku = line->sku,
                                                            .supplier_sku = line->supplier_sku,
                                                            .name = item->name,
                                                            .unit = item->unit,
                                                            .quantity = line->quantity,
                                                            .price_minor = line->price_minor };
    }
    paper->lines = listed;
    paper->lines_count = count;
}

void purchase_document_ask(const struct purchasing *purchase)
{
    struct decision *out = purchase->out;
    const struct purchase_order_row *order = purchase->row;
    const struct supplier_row *supplier =
        rows_find(out->rows, &supplier_table, key_text(order->supplier));
    const struct location_row *place = location_find(out->rows, order->location);
    struct inventory_purchase_paper paper = {
        .purchase_order_id = order->purchase_order_id,
        .sent_at = out->now,
        .supplier = supplier->code,
        .name = supplier->name,
        .email = supplier->email,
        .language = supplier->language,
        .supplier_address = supplier->line1 == NULL ? NULL : supplier_address(out->arena, supplier),
        .currency = order->currency,
        .deliver_on = calendar_date(out->arena, order->expected_day),
        .place = place == NULL ? NULL : place->name,
        .address = place == NULL ? NULL : address_of(out->arena, place),
    };

    list_lines(purchase, &paper);
    const struct effect_request request = {
        .kind = DOCUMENT_EFFECT,
        .key = text_format(out->arena, "%s/documents", order->purchase_order_id),
        .subject = { .id = order->purchase_order_id },
        .payload = &paper,
    };
    decide_effect(out, &request, sizeof paper);
}

/* --- When they are made ---------------------------------------------------------------------------- */

void purchase_documents_need(const struct incoming_result *in, struct rows *rows)
{
    rows_want(rows, &purchase_order_table, key_text(in->subject.id));
    purchase_mail_want(rows, in->subject.id);
}

static void keep(struct decision *out, const char *purchase_order_id,
                 const struct made_documents *made)
{
    for (size_t i = 0; i < made->count; i++) {
        const struct made_document *document = &made->items[i];
        const struct purchase_document_row row = { .purchase_order_id = purchase_order_id,
                                                   .name = document->paper->name,
                                                   .media_type = document->paper->media_type,
                                                   .sha256 = document->sha256,
                                                   .content = document->content,
                                                   .made_at = out->now };

        rows_insert(out->rows, &purchase_document_table, &row);
    }
}

static void state(struct decision *out, const struct purchase_order_row *order,
                  const struct made_documents *made)
{
    struct inventory_purchase_order_documented_document *documents =
        arena_alloc(out->arena, made->count * sizeof *documents);
    const struct inventory_purchase_order_documented fact = {
        .purchase_order_id = order->purchase_order_id,
        .clock = order->version,
        .documents = documents,
        .documents_count = made->count,
    };

    for (size_t i = 0; i < made->count; i++) {
        const struct inventory_purchase_papers_paper *paper = made->items[i].paper;

        documents[i] = (struct inventory_purchase_order_documented_document){
            .name = paper->name, .media_type = paper->media_type, .sha256 = paper->sha256
        };
    }
    out->clock = order->version - 1; /* the order's own time */
    decide_emit(out, (struct subject){ .id = order->purchase_order_id },
                MESSAGE_INVENTORY_PURCHASE_ORDER_DOCUMENTED, &fact, sizeof fact);
}

static int64_t total_of(const struct inventory_purchase_paper *paper)
{
    int64_t total_minor = 0;

    for (size_t i = 0; i < paper->lines_count; i++) {
        total_minor += paper->lines[i].quantity * paper->lines[i].price_minor;
    }
    return total_minor;
}

/* All but number and address. */
static struct notification_supplier_mail mail_of(struct decision *out,
                                                 const struct inventory_purchase_paper *paper,
                                                 const struct made_documents *made)
{
    struct notification_supplier_mail_attachment *attachments =
        arena_alloc(out->arena, made->count * sizeof *attachments);

    for (size_t i = 0; i < made->count; i++) {
        const struct inventory_purchase_papers_paper *document = made->items[i].paper;

        attachments[i] = (struct notification_supplier_mail_attachment){
            .name = document->name,
            .media_type = document->media_type,
            .sha256 = document->sha256,
            .content = document->content,
        };
    }
    return (struct notification_supplier_mail){ .purchase_order_id = paper->purchase_order_id,
                                                .supplier = paper->supplier,
                                                .name = paper->name,
                                                .language = paper->language,
                                                .sent_at = paper->sent_at,
                                                .currency = paper->currency,
                                                .total_minor = total_of(paper),
                                                .deliver_on = paper->deliver_on,
                                                .attachments = attachments,
                                                .attachments_count = made->count };
}

/* Who was sent before mails were kept has none: its first goes where its paper says. */
static void keep_first(struct decision *out, const struct inventory_purchase_paper *paper)
{
    const struct purchase_mail_row first = { .purchase_order_id = paper->purchase_order_id,
                                             .mail_no = 1,
                                             .email = paper->email,
                                             .request_id = paper->purchase_order_id,
                                             .state = PURCHASE_MAIL_STATE_WAITING,
                                             .asked_at = paper->sent_at,
                                             .changed_at = paper->sent_at };

    if (paper->email != NULL &&
        *rows_list(out->rows, &purchase_mail_table, key_text(paper->purchase_order_id)) == NULL) {
        rows_insert(out->rows, &purchase_mail_table, &first);
    }
}

/* Whoever was told by other ways meanwhile that nothing is wanted gets no order. */
static bool still_counts(const struct purchase_order_row *order)
{
    return order->state == PURCHASE_ORDER_STATE_SENT ||
           order->state == PURCHASE_ORDER_STATE_CONFIRMED ||
           order->state == PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED;
}

void on_purchase_documents(struct decision *out, const struct incoming_result *in)
{
    const struct inventory_purchase_paper *paper = in->payload;
    const struct made_documents *made = in->result;
    const struct key key = key_text(in->subject.id);
    const struct purchase_order_row *order = rows_find(out->rows, &purchase_order_table, key);

    if (order == NULL || *rows_list(out->rows, &purchase_document_table, key) != NULL) {
        return; /* kept before: there is one of each for ever */
    }
    keep(out, order->purchase_order_id, made);
    state(out, order, made);
    const struct notification_supplier_mail mail = mail_of(out, paper, made);
    keep_first(out, paper);
    purchase_mails_go(out, order->purchase_order_id, &mail, still_counts(order));
}
