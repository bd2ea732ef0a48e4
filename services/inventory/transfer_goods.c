/* transfer_goods.c - pieces of a transfer leave, arrive, or are lost in between. */
#include "services/inventory/transferring.h"

#include "common/arena.h"
#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/bin.h"
#include "services/inventory/booking.h"
#include "services/inventory/buying.h"
#include "services/inventory/level.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/reorder.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <string.h>

/* To the lane of the SKU, which books it at the destination. */
static void bring_lots(const struct transferring *transfer, const struct transfer_line_row *line,
                       struct stock_arrival arrival, const struct lot_request *lots)
{
    const struct stock_transit input = { .transfer_id = transfer->id,
                                         .request_id = transfer->in->id,
                                         .actor = transfer->in->actor,
                                         .sku = line->sku,
                                         .location = line->destination,
                                         .bin = arrival.bin,
                                         .incoming_change = arrival.incoming_change,
                                         .quantity = arrival.quantity,
                                         .damaged = arrival.damaged,
                                         .lots = lots->lots,
                                         .lots_count = lots->count,
                                         .lost = arrival.lost };

    if (arrival.incoming_change != 0 || arrival.quantity != 0) {
        decide_input(transfer->out, (struct subject){ .id = line->sku }, MESSAGE_STOCK_TRANSIT,
                     &input, sizeof input);
    }
}

static void bring(const struct transferring *transfer, const struct transfer_line_row *line,
                  struct stock_arrival arrival)
{
    bring_lots(transfer, line, arrival, &(struct lot_request){ .lots = NULL });
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

/* The bin that a line leaves, and what lies there. */
static void want_left(const struct stock_transfer_ship_body *body,
                      const struct transfer_line_row *line, struct rows *rows)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        if (body->lines[i].bin != NULL && strcmp(body->lines[i].sku, line->sku) == 0) {
            bin_want(rows, line->source, body->lines[i].bin);
            bins_want(rows, line->sku);
        }
    }
}

static void want_reached(const struct stock_transfer_receive_body *body,
                         const struct transfer_line_row *line, struct rows *rows)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        if (strcmp(body->lines[i].sku, line->sku) == 0) {
            bin_want(rows, line->destination, body->lines[i].bin);
        }
    }
}

void transfer_want_bins(const struct incoming_message *in, const struct transfer_line_row *line,
                        struct rows *rows)
{
    if (in->message_type == MESSAGE_STOCK_TRANSFER_SHIP) {
        want_left(&((const struct stock_transfer_ship *)in->message)->body, line, rows);
    } else if (in->message_type == MESSAGE_STOCK_TRANSFER_RECEIVE) {
        want_reached(&((const struct stock_transfer_receive *)in->message)->body, line, rows);
    }
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

static struct lot_request leaving_lots(const struct transferring *transfer,
                                       const struct transfer_line_row *line,
                                       const struct stock_transfer_ship_body_line *left,
                                       size_t index)
{
    return (struct lot_request){ .out = transfer->out,
                                 .at = text_format(transfer->out->arena, "/lines/%zu/lots", index),
                                 .sku = line->sku,
                                 .location = line->source,
                                 .lots = left == NULL ? NULL : left->lots,
                                 .count = left == NULL ? 0 : left->lots_count,
                                 .quantity = left == NULL ? line->held : left->quantity,
                                 .use = LOT_USE_LEAVES,
                                 .condition = LOT_SELLABLE };
}

/* True, and answered, when the lots of what left cannot be those. */
static bool leaving_lots_refused(const struct transferring *transfer,
                                 const struct stock_transfer_ship_body *body)
{
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));

    for (; body->lines == NULL && *at != NULL; at++) {
        const struct lot_request lots = leaving_lots(transfer, *at, NULL, 0);
        const char *pointer = NULL, *fault = lot_request_fault(&lots, &pointer);

        if (fault != NULL) {
            reply_invalid(transfer->out, transfer->in, "/lines",
                          text_format(transfer->out->arena, "%s: %s", lots.sku, fault));
            return true;
        }
    }
    for (size_t i = 0; i < body->lines_count; i++) {
        const struct lot_request lots = leaving_lots(
            transfer, transferring_line(transfer, body->lines[i].sku), &body->lines[i], i);

        if (lot_request_refused(transfer->out, transfer->in, &lots)) {
            return true;
        }
    }
    return false;
}

/* True, and answered. */
static bool source_refused(const struct transferring *transfer,
                           const struct stock_transfer_ship_body_line *left, size_t index)
{
    struct decision *out = transfer->out;
    const struct transfer_line_row *line = transferring_line(transfer, left->sku);
    const char *at = text_format(out->arena, "/lines/%zu", index);

    if (left->bin == NULL) {
        return false;
    }
    return bin_refused(out, transfer->in, text_format(out->arena, "%s/bin", at),
                       bin_find(out->rows, line->source, left->bin), false) ||
           bin_short(
               out, transfer->in, text_format(out->arena, "%s/quantity", at),
               bin_holds(out->rows, stock_find(out->rows, line->sku, line->source), left->bin),
               left->quantity);
}

static bool ship_refused(const struct transferring *transfer,
                         const struct stock_transfer_ship_body *body)
{
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));
    int64_t held = 0;

    for (size_t i = 0; i < body->lines_count; i++) {
        if (line_refused(transfer, body->lines[i].sku, i, is_shipped_before(body, i)) ||
            source_refused(transfer, &body->lines[i], i)) {
            return true;
        }
    }
    for (; *at != NULL; at++) {
        held += ((const struct transfer_line_row *)*at)->held;
    }
    if (body->lines == NULL && held == 0) {
        reply_invalid(transfer->out, transfer->in, "",
                      "nothing is held any more; name the lines that left, or cancel it");
        return true;
    }
    return leaving_lots_refused(transfer, body);
}

/* Out of a bin of the place: in the lane of the SKU. */
static void take(const struct transferring *transfer,
                 const struct stock_transfer_ship_body_line *left,
                 const struct transfer_line_row *line)
{
    const struct bin_pieces pieces = { left->bin, left->quantity };
    const struct stock_bin_take input = {
        .sku = line->sku,
        .location = line->source,
        .kind = BIN_MOVEMENT_SENT,
        .request_id = transfer->in->id,
        .actor = transfer->in->actor,
        .bins = arena_copy(transfer->out->arena, &pieces, sizeof pieces),
        .bins_count = 1,
    };

    if (left->bin != NULL) {
        decide_input(transfer->out, (struct subject){ .id = line->sku }, MESSAGE_STOCK_BIN_TAKE,
                     &input, sizeof input);
    }
}

/* What is told of a line; NULL: nothing. */
static const struct stock_transfer_ship_body_line *
told_of(const struct stock_transfer_ship_body *body, const struct transfer_line_row *line)
{
    for (size_t i = 0; i < body->lines_count; i++) {
        if (strcmp(body->lines[i].sku, line->sku) == 0) {
            return &body->lines[i];
        }
    }
    return NULL;
}

/* The last days of the lots go along: who receives them need not say them. */
static const char *text_of_shipped(struct arena *arena, const struct stock_row *stock,
                                   const struct stock_transfer_ship_body_line *left)
{
    const struct lots here = lots_of(arena, stock->lots, 0);
    struct lot_pieces *lots = arena_alloc(arena, left->lots_count * sizeof *lots);

    for (size_t i = 0; i < left->lots_count; i++) {
        const struct lot *lot = lots_find(&here, left->lots[i].lot);

        lots[i] = left->lots[i];
        lots[i].expires_on = lot == NULL ? NULL : lot_date(arena, lot->expires_day);
    }
    return lot_pieces_text(arena, lots, left->lots_count);
}

static void ship_line(const struct transferring *transfer, struct transfer_line_row *line,
                      const struct stock_transfer_ship_body *body)
{
    struct rows *rows = transfer->out->rows;
    const struct stock_transfer_ship_body_line *left = told_of(body, line);
    struct stock_row *stock = stock_find(rows, line->sku, line->source);
    struct ledger_row cause = transferring_cause(transfer);
    int64_t shipped = left != NULL ? left->quantity : body->lines == NULL ? line->held : 0;
    int64_t held = shipped < line->held ? shipped : line->held;

    if (left != NULL && left->lots_count > 0) {
        line->lots = text_of_shipped(transfer->out->arena, stock, left);
        cause.names = lot_names_of(transfer->out->arena, left->lots, left->lots_count, 1);
    }
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
        ship_line(transfer, *at, &request->body);
    }
    for (size_t i = 0; i < request->body.lines_count; i++) {
        take(transfer, &request->body.lines[i],
             transferring_line(transfer, request->body.lines[i].sku));
    }
    lots_tell(transfer->out, (struct subject){ .id = transfer->id }, transfer->row->version + 1);
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

/* Nobody named lots, and all that was shipped arrived: then it is those. */
static bool is_all_of_it(const struct transfer_line_row *line,
                         const struct stock_transfer_receive_body_line *arrived)
{
    return arrived->lots_count == 0 && arrived->damaged == 0 &&
           arrived->quantity == line->shipped && line->in_transit == line->shipped;
}

static struct lot_request arriving_lots(const struct transferring *transfer,
                                        const struct stock_transfer_receive_body_line *arrived,
                                        size_t index)
{
    const struct transfer_line_row *line = transferring_line(transfer, arrived->sku);
    struct arena *arena = transfer->out->arena;
    const struct lots shipped = lots_of(arena, line->lots, 0);
    struct lot_request lots = { .out = transfer->out,
                                .at = text_format(arena, "/lines/%zu/lots", index),
                                .sku = line->sku,
                                .location = line->destination,
                                .lots = arrived->lots,
                                .count = arrived->lots_count,
                                .quantity = arrived->quantity,
                                .damaged = arrived->damaged,
                                .use = LOT_USE_ARRIVES,
                                .known = arena_copy(arena, &shipped, sizeof shipped) };

    if (is_all_of_it(line, arrived)) {
        lots.lots = lot_pieces_of(arena, line->lots, &lots.count);
    }
    return lots;
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
        const struct lot_request lots = arriving_lots(transfer, &body->lines[i], i);

        if (lot_request_refused(transfer->out, transfer->in, &lots)) {
            return true;
        }
        if (body->lines[i].bin != NULL &&
            bin_refused(transfer->out, transfer->in,
                        text_format(transfer->out->arena, "/lines/%zu/bin", i),
                        bin_find(transfer->out->rows,
                                 transferring_line(transfer, body->lines[i].sku)->destination,
                                 body->lines[i].bin),
                        true)) {
            return true;
        }
    }
    return false;
}

/* A lot whose last day nobody said comes with the one that it was shipped with. */
static void say_known_days(struct lot_request *lots)
{
    struct arena *arena = lots->out->arena;
    struct lot_pieces *said = arena_copy(arena, lots->lots, lots->count * sizeof *said);

    for (size_t i = 0; i < lots->count; i++) {
        const struct lot *lot = lots_find(lots->known, said[i].lot);

        if (said[i].expires_on == NULL && lot != NULL) {
            said[i].expires_on = lot_date(arena, lot->expires_day);
        }
    }
    lots->lots = said;
}

static void receive_line(const struct transferring *transfer,
                         const struct stock_transfer_receive_body_line *arrived)
{
    struct lot_request lots = arriving_lots(transfer, arrived, 0);
    struct transfer_line_row *line = transferring_line(transfer, arrived->sku);
    int64_t expected = arrived->quantity < line->in_transit ? arrived->quantity : line->in_transit;
    int64_t turned_up = arrived->quantity - expected; /* more than was sent, or lost before */

    line->in_transit -= expected;
    line->lost -= turned_up < line->lost ? turned_up : line->lost;
    line->received += arrived->quantity;
    line->damaged += arrived->damaged;
    transferring_change(transfer, line);
    say_known_days(&lots);
    bring_lots(transfer, line,
               (struct stock_arrival){ .incoming_change = mutant("keep_incoming") ? 0 : -expected,
                                       .quantity = arrived->quantity,
                                       .damaged = arrived->damaged,
                                       .bin = arrived->bin },
               &lots);
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
    const struct stock_transit *input = in->message;

    booking_need_shared(input->sku, rows);
    if (input->bin != NULL) {
        bins_want(rows, input->sku);
    }
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
                                      .at = out->now,
                                      .names = lot_names_of(out->arena, input->lots,
                                                            input->lots_count, 1) };

    stock_arrive(out->rows, stock,
                 &(struct stock_arrival){ input->incoming_change, input->quantity, input->damaged,
                                          input->lost, bought, input->bin },
                 &cause);
    bins_book(out, stock, &(struct bin_change){ input->bin, input->quantity },
              BIN_MOVEMENT_PUT_AWAY, &cause);
    lots_tell(out, (struct subject){ .id = input->sku }, level_version(out->rows, input->sku));
    level_publish(out, input->sku);
    settle_when_needed(out, input->sku);
    buying_transit(out, input);
    if (bought) {
        reorder_ask(out, input->sku);
    }
}
