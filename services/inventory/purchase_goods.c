/* purchase_goods.c - pieces that were bought are expected, arrive, or do not come. */
#include "services/inventory/purchasing.h"

#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/bin.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/purchase_document.h"
#include "services/inventory/purchase_mail.h"
#include "services/inventory/stock.h"

#include <string.h>

static const int64_t day_ms = INT64_C(86400000);

void **purchasing_lines(const struct purchasing *purchase)
{
    return rows_list(purchase->out->rows, &purchase_order_line_table, key_text(purchase->id));
}

/* To the lane of the SKU, which books it. */
static void bring_lots(const struct purchasing *purchase,
                       const struct purchase_order_line_row *line, struct stock_arrival arrival,
                       const struct purchase_receive_body_line *arrived)
{
    const struct stock_transit input = { .purchase_order_id = purchase->id,
                                         .request_id = purchase->in->id,
                                         .actor = purchase->in->actor,
                                         .sku = line->sku,
                                         .location = line->location,
                                         .bin = arrival.bin,
                                         .incoming_change = arrival.incoming_change,
                                         .quantity = arrival.quantity,
                                         .damaged = arrival.damaged,
                                         .lots = arrived->lots,
                                         .lots_count = arrived->lots_count,
                                         .lost = arrival.lost };

    if (arrival.incoming_change != 0 || arrival.quantity != 0) {
        decide_input(purchase->out, (struct subject){ .id = line->sku }, MESSAGE_STOCK_TRANSIT,
                     &input, sizeof input);
    }
}

void purchasing_bring(const struct purchasing *purchase, const struct purchase_order_line_row *line,
                      struct stock_arrival arrival)
{
    bring_lots(purchase, line, arrival, &(struct purchase_receive_body_line){ .lots = NULL });
}

/* An item may have become a bundle since the order was drafted: there is no stock of it. */
static bool send_refused(const struct purchasing *purchase)
{
    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        const char *sku = ((const struct purchase_order_line_row *)*at)->sku;
        const struct item_row *item = rows_find(purchase->out->rows, &item_table, key_text(sku));

        if (item->components != NULL) {
            reply_invalid(purchase->out, purchase->in, "",
                          text_format(purchase->out->arena,
                                      "\"%s\" is a bundle now: its components are bought", sku));
            return true;
        }
    }
    return false;
}

bool purchase_send(struct purchasing *purchase)
{
    struct purchase_order_row *order = purchase->row;

    if (send_refused(purchase)) {
        return false;
    }
    if (order->expected_day == NOT_GIVEN) {
        order->expected_day = purchase->out->now / day_ms + order->lead_time_days;
    }
    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        struct purchase_order_line_row *line = *at;

        line->outstanding = line->quantity;
        purchasing_change(purchase, line);
        purchasing_bring(purchase, line,
                         (struct stock_arrival){ .incoming_change = line->quantity });
    }
    purchase_document_ask(purchase);
    purchase_mail_ask(purchase);
    return true;
}

/* --- In at the door ------------------------------------------------------------------------------- */

static bool is_received_before(const struct purchase_receive_body *body, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(body->lines[i].sku, body->lines[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

/* Stock was read of items that say that they are kept apart; of others there is nothing to be named. */
static bool lots_refused(const struct purchasing *purchase, size_t index)
{
    const struct purchase_receive *request = purchase->in->message;
    const struct purchase_receive_body_line *arrived = &request->body.lines[index];
    const struct item_row *item =
        rows_find(purchase->out->rows, &item_table, key_text(arrived->sku));
    const struct lot_request lots = { .out = purchase->out,
                                      .at = text_format(purchase->out->arena, "/lines/%zu/lots",
                                                        index),
                                      .sku = arrived->sku,
                                      .location = purchasing_line(purchase, arrived->sku)->location,
                                      .lots = arrived->lots,
                                      .count = arrived->lots_count,
                                      .quantity = arrived->quantity,
                                      .damaged = arrived->damaged,
                                      .use = LOT_USE_ARRIVES };

    if (item == NULL || lots_tracking_of(item) == LOT_TRACKING_NONE) {
        if (arrived->lots_count > 0) {
            reply_invalid(purchase->out, purchase->in, lots.at,
                          "the item is not kept apart by lots or serial numbers");
        }
        return arrived->lots_count > 0;
    }
    return lot_request_refused(purchase->out, purchase->in, &lots);
}

/* True, and answered. */
static bool bin_fault(const struct purchasing *purchase,
                      const struct purchase_receive_body_line *arrived, size_t index)
{
    return arrived->bin != NULL &&
           bin_refused(purchase->out, purchase->in,
                       text_format(purchase->out->arena, "/lines/%zu/bin", index),
                       bin_find(purchase->out->rows, purchase->row->location, arrived->bin), true);
}

static bool receive_refused(const struct purchasing *purchase,
                            const struct purchase_receive_body *body)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        const char *field = "sku", *wrong = NULL;

        if (purchasing_line(purchase, body->lines[i].sku) == NULL) {
            wrong = "is no item of this purchase order";
        } else if (is_received_before(body, i)) {
            wrong = "an earlier line is of the same item";
        } else if (body->lines[i].damaged > body->lines[i].quantity) {
            field = "damaged";
            wrong = "must be at most quantity, which counts them, too";
        }
        if (wrong != NULL) {
            reply_invalid(purchase->out, purchase->in,
                          text_format(purchase->out->arena, "/lines/%zu/%s", i, field), wrong);
            return true;
        }
        if (lots_refused(purchase, i) || bin_fault(purchase, &body->lines[i], i)) {
            return true;
        }
    }
    return false;
}

static void receive_line(const struct purchasing *purchase,
                         const struct purchase_receive_body_line *arrived)
{
    struct purchase_order_line_row *line = purchasing_line(purchase, arrived->sku);
    int64_t expected =
        arrived->quantity < line->outstanding ? arrived->quantity : line->outstanding;
    int64_t beyond = arrived->quantity - expected;
    int64_t late = beyond < line->undelivered ? beyond : line->undelivered;
    const struct purchase_order_receipt_row receipt = { .purchase_order_id = purchase->id,
                                                        .request_id = purchase->in->id,
                                                        .sku = line->sku,
                                                        .quantity = arrived->quantity,
                                                        .damaged = arrived->damaged,
                                                        .over = beyond - late,
                                                        .at = purchase->out->now };

    line->outstanding -= expected;
    line->undelivered -= late; /* comes after all */
    line->over += beyond - late;
    line->received += arrived->quantity;
    line->damaged += arrived->damaged;
    purchasing_change(purchase, line);
    rows_insert(purchase->out->rows, &purchase_order_receipt_table, &receipt);
    bring_lots(purchase, line,
               (struct stock_arrival){ .incoming_change = mutant("expect_received") ? 0 : -expected,
                                       .quantity = arrived->quantity,
                                       .damaged = arrived->damaged,
                                       .bin = arrived->bin },
               arrived);
}

static bool is_any_outstanding(const struct purchasing *purchase)
{
    void **at = purchasing_lines(purchase);

    while (*at != NULL && ((const struct purchase_order_line_row *)*at)->outstanding == 0) {
        at++;
    }
    return *at != NULL;
}

bool purchase_receive(struct purchasing *purchase)
{
    const struct purchase_receive *request = purchase->in->message;

    if (receive_refused(purchase, &request->body)) {
        return false;
    }
    for (size_t i = 0; i < request->body.lines_count; i++) {
        receive_line(purchase, &request->body.lines[i]);
    }
    if (is_any_outstanding(purchase)) {
        purchase->next = PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED;
    }
    return true;
}

/* --- What does not come ---------------------------------------------------------------------------- */

bool purchase_close(struct purchasing *purchase)
{
    purchase->reason = ((const struct purchase_close *)purchase->in->message)->body.reason;
    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        struct purchase_order_line_row *line = *at;

        purchasing_bring(
            purchase, line,
            (struct stock_arrival){ .incoming_change = -line->outstanding, .lost = true });
        line->undelivered += line->outstanding;
        line->outstanding = 0;
        purchasing_change(purchase, line);
    }
    return true;
}

bool purchase_cancel(struct purchasing *purchase)
{
    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        struct purchase_order_line_row *line = *at;

        purchasing_bring(
            purchase, line,
            (struct stock_arrival){ .incoming_change = -line->outstanding, .lost = true });
        line->undelivered =
            line->quantity; /* of a draft, too: nothing of it was outstanding; none of it has come */
        line->outstanding = 0;
        purchasing_change(purchase, line);
    }
    return true;
}
