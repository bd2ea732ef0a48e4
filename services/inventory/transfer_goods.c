/* transfer_goods.c - pieces of a transfer leave, arrive, or are lost in between. */
#include "services/inventory/transferring.h"

#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/booking.h"
#include "services/inventory/level.h"
#include "services/inventory/reorder.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <string.h>

/* To the lane of the SKU, which books it at the destination. */
static void bring(const struct transferring *transfer, const struct transfer_line_row *line,
                  struct stock_arrival arrival)
{
    const struct stock_transit input = { .transfer_id = transfer->id,
                                         .request_id = transfer->in->id,
                                         .actor = transfer->in->actor,
                                         .sku = line->sku,
                                         .location = line->destination,
                                         .incoming_change = arrival.incoming_change,
                                         .quantity = arrival.quantity,
                                         .damaged = arrival.damaged,
                                         .lost = arrival.lost };

    if (arrival.incoming_change != 0 || arrival.quantity != 0) {
        decide_input(transfer->out, (struct subject){ .id = line->sku }, MESSAGE_STOCK_TRANSIT,
                     &input, sizeof input);
    }
}

/* True, and answered, when a line names no item of the transfer, or one that an earlier line names. */
static bool line_refused(const struct transferring *transfer, const char *sku, size_t index,
                         bool again)
{
    struct decision *out = transfer->out;
    const char *pointer = text_format(out->arena, "/lines/%zu/sku", index);

    if (transferring_line(transfer, sku) == NULL) {
        reply_invalid(out, transfer->in, pointer, "is no item of this transfer");
        return true;
    }
    if (again) {
        reply_invalid(out, transfer->in, pointer, "an earlier line is of the same item");
    }
    return again;
}

/* --- Out of the door ------------------------------------------------------------------------------ */

static bool is_shipped_before(const struct stock_transfer_ship_body *body, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(body->lines[i].sku, body->lines[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

static bool ship_refused(const struct transferring *transfer,
                         const struct stock_transfer_ship_body *body)
{
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));
    int64_t held = 0;

    for (size_t i = 0; i < body->lines_count; i++) {
        if (line_refused(transfer, body->lines[i].sku, i, is_shipped_before(body, i))) {
            return true;
        }
    }
    for (; *at != NULL; at++) {
        held += ((const struct transfer_line_row *)*at)->held;
    }
    if (body->lines == NULL && held == 0) {
        reply_invalid(transfer->out, transfer->in, "",
                      "nothing is held any more; name the lines that left, or cancel it");
    }
    return body->lines == NULL && held == 0;
}

/* What left of a line: as it is told, or all that is held. */
static int64_t shipped_of(const struct stock_transfer_ship_body *body,
                          const struct transfer_line_row *line)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        if (strcmp(body->lines[i].sku, line->sku) == 0) {
            return body->lines[i].quantity;
        }
    }
    return body->lines == NULL ? line->held : 0;
}

static void ship_line(const struct transferring *transfer, struct transfer_line_row *line,
                      int64_t shipped)
{
    struct rows *rows = transfer->out->rows;
    struct stock_row *stock = stock_find(rows, line->sku, line->source);
    const struct ledger_row cause = transferring_cause(transfer);
    int64_t held = shipped < line->held ? shipped : line->held;

    if (shipped > 0) {
        stock_send(rows, stock, shipped, held, &cause);
    }
    if (line->held > held) {
        stock_give_back(rows, stock, line->held - held);
    }
    line->held = 0;
    line->shipped = shipped;
    line->in_transit = shipped;
    transferring_change(transfer, line);
    level_ask(transfer->out, line->sku);
    bring(transfer, line, (struct stock_arrival){ .incoming_change = shipped });
}

bool transfer_ship(struct transferring *transfer)
{
    const struct stock_transfer_ship *request = transfer->in->message;
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));

    if (ship_refused(transfer, &request->body)) {
        return false;
    }
    for (; *at != NULL; at++) {
        ship_line(transfer, *at, shipped_of(&request->body, *at));
    }
    return true;
}

/* --- In at the door ------------------------------------------------------------------------------- */

static bool is_received_before(const struct stock_transfer_receive_body *body, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(body->lines[i].sku, body->lines[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

static bool receive_refused(const struct transferring *transfer,
                            const struct stock_transfer_receive_body *body)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        if (line_refused(transfer, body->lines[i].sku, i, is_received_before(body, i))) {
            return true;
        }
        if (body->lines[i].damaged > body->lines[i].quantity) {
            reply_invalid(transfer->out, transfer->in,
                          text_format(transfer->out->arena, "/lines/%zu/damaged", i),
                          "must be at most quantity, which counts them, too");
            return true;
        }
    }
    return false;
}

static void receive_line(const struct transferring *transfer,
                         const struct stock_transfer_receive_body_line *arrived)
{
    struct transfer_line_row *line = transferring_line(transfer, arrived->sku);
    int64_t expected = arrived->quantity < line->in_transit ? arrived->quantity : line->in_transit;
    int64_t turned_up = arrived->quantity - expected; /* more than was sent, or lost before */

    line->in_transit -= expected;
    line->lost -= turned_up < line->lost ? turned_up : line->lost;
    line->received += arrived->quantity;
    line->damaged += arrived->damaged;
    transferring_change(transfer, line);
    bring(transfer, line,
          (struct stock_arrival){ .incoming_change = mutant("keep_incoming") ? 0 : -expected,
                                  .quantity = arrived->quantity,
                                  .damaged = arrived->damaged });
}

static bool is_any_on_its_way(const struct transferring *transfer)
{
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));

    while (*at != NULL && ((const struct transfer_line_row *)*at)->in_transit == 0) {
        at++;
    }
    return *at != NULL;
}

bool transfer_receive(struct transferring *transfer)
{
    const struct stock_transfer_receive *request = transfer->in->message;

    if (receive_refused(transfer, &request->body)) {
        return false;
    }
    for (size_t i = 0; i < request->body.lines_count; i++) {
        receive_line(transfer, &request->body.lines[i]);
    }
    if (is_any_on_its_way(transfer)) {
        transfer->next = TRANSFER_STATE_PARTIALLY_RECEIVED;
    }
    return true;
}

bool transfer_close(struct transferring *transfer)
{
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));

    for (; *at != NULL; at++) {
        struct transfer_line_row *line = *at;

        bring(transfer, line,
              (struct stock_arrival){ .incoming_change = -line->in_transit, .lost = true });
        line->lost += line->in_transit;
        line->in_transit = 0;
        transferring_change(transfer, line);
    }
    return true;
}

/* --- In the lane of the SKU ------------------------------------------------------------------------ */

void transit_need_shared(const struct incoming_message *in, struct rows *rows)
{
    level_publish_want(rows, ((const struct stock_transit *)in->message)->sku);
}

void on_transit(struct decision *out, const struct incoming_message *in)
{
    const struct stock_transit *input = in->message;
    bool bought = input->purchase_order_id != NULL;
    struct stock_row *stock = booking_row(out->rows, input->sku, input->location);

    if (stock->incoming + input->incoming_change < 0) {
        decide_impossible(out, "more of \"%s\" arrives by %s than is on its way", input->sku,
                          bought ? input->purchase_order_id : input->transfer_id);
        return;
    }
    const struct ledger_row cause = { .request_id = input->request_id,
                                      .actor = input->actor,
                                      .at = out->now };

    stock_arrive(out->rows, stock,
                 &(struct stock_arrival){ input->incoming_change, input->quantity, input->damaged,
                                          input->lost, bought },
                 &cause);
    level_publish(out, input->sku);
    settle_when_needed(out, input->sku);
    if (bought) {
        reorder_ask(out, input->sku);
    }
}
