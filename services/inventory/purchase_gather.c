/* purchase_gather.c - a draft grows and shrinks with what is missing, and is sent. */
#include "services/inventory/purchase_gather.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/purchase_mail.h"
#include "services/inventory/purchasing.h"
#include "services/inventory/supplier.h"

#include <string.h>

static const int64_t total_minor_max = INT64_C(9007199254740991);

/* What a step says that nobody asked for: there is no body. */
static const unsigned char nothing[32];

static struct incoming_message itself(struct arena *arena, const char *purchase_order_id,
                                      const char *what)
{
    return (struct incoming_message){
        .id = text_format(arena, "%s/%s", purchase_order_id, what),
        .subject = { .id = purchase_order_id },
        .digest = nothing,
    };
}

/* --- It is a draft no more ------------------------------------------------------------------------- */

static const struct purchase_order_row *order_of(const struct rows *rows, const char *id)
{
    return rows_find(rows, &purchase_order_table, key_text(id));
}

void purchase_gather_end_want(struct rows *rows, const char *purchase_order_id)
{
    const struct purchase_order_row *order = order_of(rows, purchase_order_id);

    if (order != NULL && order->buying != 0) {
        rows_want(rows, &purchase_gathering_table, key_text(order->supplier));
    }
}

static void close_gathering(struct rows *rows, const char *supplier, const char *id)
{
    for (void **at = rows_list(rows, &purchase_gathering_table, key_text(supplier)); *at != NULL;
         at++) {
        struct purchase_gathering_row *gathering = *at;

        if (text_equal(gathering->purchase_order_id, id)) {
            gathering->purchase_order_id = NULL;
            rows_update(rows, &purchase_gathering_table, gathering);
        }
    }
}

static void tell_sku(struct decision *out, const char *sku, const char *id, bool dismissed)
{
    const struct stock_gathered input = { .sku = sku,
                                          .purchase_order_id = id,
                                          .dismissed = dismissed };

    decide_input(out, (struct subject){ .id = sku }, MESSAGE_STOCK_GATHERED, &input, sizeof input);
}

void purchase_gather_end(const struct purchasing *purchase)
{
    if (purchase->row->buying == 0) {
        return;
    }
    close_gathering(purchase->out->rows, purchase->row->supplier, purchase->id);
    if (purchase->next != PURCHASE_ORDER_STATE_CANCELED) {
        return; /* its pieces are incoming, which tells them */
    }
    bool somebody = purchase->in->message_type == MESSAGE_PURCHASE_CANCEL;
    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        tell_sku(purchase->out, ((const struct purchase_order_line_row *)*at)->sku, purchase->id,
                 somebody);
    }
}

/* --- Pieces ---------------------------------------------------------------------------------------- */

void purchase_gather_need(const struct incoming_message *in, struct rows *rows)
{
    const struct purchase_gather *wanted = in->message;

    rows_want(rows, &purchase_order_table, key_text(wanted->purchase_order_id));
    rows_want(rows, &purchase_order_line_table, key_text(wanted->purchase_order_id));
    rows_want(rows, &supplier_table, key_text(wanted->supplier));
    rows_want(rows, &supplier_item_table, key_text(wanted->sku));
}

void purchase_gather_need_shared(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &purchase_gathering_table,
              key_text(((const struct purchase_gather *)in->message)->supplier));
}

/* What the supplier's data say now, which somebody may have changed since the lane of the SKU looked. */
struct offer {
    const struct supplier_row *supplier;
    const struct supplier_item_row *terms;
};

static int64_t total_of(const struct purchasing *purchase)
{
    int64_t total_minor = 0;

    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        const struct purchase_order_line_row *line = *at;

        total_minor += line->quantity * line->price_minor;
    }
    return total_minor;
}

static bool is_too_dear(const struct purchasing *purchase, const struct offer *offer,
                        const struct purchase_gather *wanted)
{
    int64_t total_minor = purchase->row == NULL ? 0 : total_of(purchase);

    return offer->terms->price_minor > (total_minor_max - total_minor) / wanted->quantity;
}

static bool takes(const struct purchasing *purchase, const struct offer *offer)
{
    const struct purchase_order_row *row = purchase->row;
    bool sold = offer->supplier != NULL && offer->supplier->active && offer->terms != NULL &&
                offer->terms->active;

    return sold && (row == NULL || (row->state == PURCHASE_ORDER_STATE_DRAFT && row->buying != 0 &&
                                    text_equal(row->currency, offer->supplier->currency)));
}

static void begin(struct purchasing *purchase, const struct offer *offer,
                  const struct purchase_gather *wanted)
{
    struct decision *out = purchase->out;
    const struct purchase_order_row fresh = {
        .purchase_order_id = purchase->id,
        .supplier = wanted->supplier,
        .location = wanted->location,
        .currency = offer->supplier->currency,
        .expected_day = NOT_GIVEN,
        .requested_at = out->now,
        .buying = wanted->buying,
        .gathers_until = wanted->has_gathers_until ? wanted->gathers_until : 0,
    };

    purchase->row = rows_insert(out->rows, &purchase_order_table, &fresh);
    if (fresh.gathers_until != 0) {
        decide_timer(out, (struct subject){ .id = purchase->id }, PURCHASE_TIMER,
                     fresh.gathers_until, 0);
    }
}

static void put_line(const struct purchasing *purchase, const struct offer *offer,
                     const struct purchase_gather *wanted)
{
    struct purchase_order_line_row *line = purchasing_line(purchase, wanted->sku);
    int64_t days = supplier_lead_time_days(offer->supplier, offer->terms);

    if (line == NULL) {
        purchasing_insert_line(purchase, &(struct purchase_order_draft_line){
                                             .sku = wanted->sku, .quantity = wanted->quantity });
    } else {
        line->quantity = wanted->quantity;
        purchasing_change(purchase, line);
    }
    if (purchase->row->lead_time_days < days) {
        purchase->row->lead_time_days = days;
    }
}

/* Nothing of it is missing any more.  The last item stays, of an order that nobody wants. */
static void take_off(struct purchasing *purchase, const char *sku)
{
    struct decision *out = purchase->out;
    struct purchase_order_line_row *line =
        purchase->row == NULL ? NULL : purchasing_line(purchase, sku);

    if (line == NULL || purchase->row->state != PURCHASE_ORDER_STATE_DRAFT) {
        return;
    }
    if (rows_count(purchasing_lines(purchase)) > 1) {
        rows_remove(out->rows, &purchase_order_line_table, line);
        purchasing_keep(purchase, NULL);
        return;
    }
    const struct incoming_message in = itself(out->arena, purchase->id, "cancel");
    purchase->in = &in;
    purchase->next = PURCHASE_ORDER_STATE_CANCELED;
    (void)purchase_cancel(purchase);
    purchasing_keep(purchase, &(struct purchase_step){ .input = PURCHASE_IN_CANCEL });
}

void on_purchase_gather(struct decision *out, const struct incoming_message *in)
{
    const struct purchase_gather *wanted = in->message;
    const struct incoming_message first = itself(out->arena, wanted->purchase_order_id, "draft");
    struct purchasing purchase = { .out = out,
                                   .in = &first,
                                   .id = wanted->purchase_order_id,
                                   .row = rows_find(out->rows, &purchase_order_table,
                                                    key_text(wanted->purchase_order_id)),
                                   .next = PURCHASE_ORDER_STATE_DRAFT };
    const struct offer offer = { rows_find(out->rows, &supplier_table, key_text(wanted->supplier)),
                                 supplier_terms(out->rows, wanted->supplier, wanted->sku) };
    bool begins = purchase.row == NULL;

    if (wanted->quantity == 0) {
        take_off(&purchase, wanted->sku);
        return;
    }
    bool taken = takes(&purchase, &offer), dear = taken && is_too_dear(&purchase, &offer, wanted);
    if (!taken || dear || (begins && wanted->location == NULL)) {
        close_gathering(out->rows, wanted->supplier, wanted->purchase_order_id);
        tell_sku(out, wanted->sku, wanted->purchase_order_id, dear);
        return;
    }
    if (begins) {
        begin(&purchase, &offer, wanted);
    }
    put_line(&purchase, &offer, wanted);
    purchasing_keep(&purchase,
                    begins ? &(struct purchase_step){ .input = PURCHASE_IN_DRAFT } : NULL);
}

/* --- Its time has come ----------------------------------------------------------------------------- */

void purchase_due_need(const struct incoming_timer *in, struct rows *rows)
{
    purchase_mail_want(rows, in->subject.id);
    rows_want(rows, &purchase_order_table, key_text(in->subject.id));
    rows_want(rows, &purchase_order_line_table, key_text(in->subject.id));
}

void purchase_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    purchase_want_sending(rows, in->subject.id);
}

void on_purchase_due(struct decision *out, const struct incoming_timer *in)
{
    const struct incoming_message sends = itself(out->arena, in->subject.id, "send");
    struct purchasing purchase = { .out = out,
                                   .in = &sends,
                                   .id = in->subject.id,
                                   .row = rows_find(out->rows, &purchase_order_table,
                                                    key_text(in->subject.id)),
                                   .next = PURCHASE_ORDER_STATE_SENT };

    if (purchase.row != NULL && purchase.row->state == PURCHASE_ORDER_STATE_DRAFT &&
        purchase_send(&purchase)) {
        purchasing_keep(&purchase, &(struct purchase_step){ .input = PURCHASE_IN_SEND });
    }
}
