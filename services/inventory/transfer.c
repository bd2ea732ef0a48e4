/* transfer.c - the life of a transfer: what each request means in each state. */
#include "services/inventory/transfer.h"

#include "common/arena.h"
#include "common/reached.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/booking.h"
#include "services/inventory/level.h"
#include "services/inventory/stock.h"
#include "services/inventory/transferring.h"

#include <assert.h>
#include <string.h>

enum {
    STATES = TRANSFER_STATE_CANCELED + 1,
    ID_LENGTH_MAX = 64,
    REQUESTED = TRANSFER_STATE_REQUESTED,
    IN_TRANSIT = TRANSFER_STATE_IN_TRANSIT,
    PARTLY = TRANSFER_STATE_PARTIALLY_RECEIVED,
    RECEIVED = TRANSFER_STATE_RECEIVED,
    CLOSED = TRANSFER_STATE_CLOSED,
    CANCELED = TRANSFER_STATE_CANCELED,
    REQUEST = TRANSFER_IN_REQUEST,
    SHIP = TRANSFER_IN_SHIP,
    RECEIVE = TRANSFER_IN_RECEIVE,
    CLOSE = TRANSFER_IN_CLOSE,
    CANCEL = TRANSFER_IN_CANCEL,
    GIVE_UP = TRANSFER_IN_GIVE_UP
};

_Static_assert(REQUESTED == 1 && CANCELED == 6, "transfer.state keeps these numbers");

#define REFUSES(state)                                                                             \
    {                                                                                              \
        TRANSFER_REFUSES, TRANSFER_STATE_##state                                                   \
    }
#define UNKNOWN                                                                                    \
    {                                                                                              \
        TRANSFER_REFUSES_UNKNOWN, TRANSFER_STATE_ABSENT                                            \
    }

/* A second request under the id of the first is answered before this is asked. */
static const struct transfer_rule rules[STATES][TRANSFER_INPUT_COUNT] = {
    [TRANSFER_NONE] = {
        [REQUEST] = { TRANSFER_HOLDS, TRANSFER_STATE_REQUESTED },
        [SHIP] = UNKNOWN,
        [RECEIVE] = UNKNOWN,
        [CLOSE] = UNKNOWN,
        [CANCEL] = UNKNOWN,
        [GIVE_UP] = { TRANSFER_DOES_NOTHING, TRANSFER_STATE_ABSENT },
    },
    [REQUESTED] = {
        [REQUEST] = REFUSES(REQUESTED),
        [SHIP] = { TRANSFER_SHIPS, TRANSFER_STATE_IN_TRANSIT },
        [RECEIVE] = REFUSES(REQUESTED),
        [CLOSE] = REFUSES(REQUESTED),
        [CANCEL] = { TRANSFER_CANCELS, TRANSFER_STATE_CANCELED },
        [GIVE_UP] = { TRANSFER_GIVES_UP, TRANSFER_STATE_REQUESTED },
    },
    [IN_TRANSIT] = {
        [REQUEST] = REFUSES(IN_TRANSIT),
        [SHIP] = REFUSES(IN_TRANSIT),
        [RECEIVE] = { TRANSFER_RECEIVES, TRANSFER_STATE_RECEIVED },
        [CLOSE] = { TRANSFER_CLOSES, TRANSFER_STATE_CLOSED },
        [CANCEL] = REFUSES(IN_TRANSIT),
        [GIVE_UP] = { TRANSFER_DOES_NOTHING, TRANSFER_STATE_IN_TRANSIT },
    },
    [PARTLY] = {
        [REQUEST] = REFUSES(PARTIALLY_RECEIVED),
        [SHIP] = REFUSES(PARTIALLY_RECEIVED),
        [RECEIVE] = { TRANSFER_RECEIVES, TRANSFER_STATE_RECEIVED },
        [CLOSE] = { TRANSFER_CLOSES, TRANSFER_STATE_CLOSED },
        [CANCEL] = REFUSES(PARTIALLY_RECEIVED),
        [GIVE_UP] = { TRANSFER_DOES_NOTHING, TRANSFER_STATE_PARTIALLY_RECEIVED },
    },
    [RECEIVED] = {
        [REQUEST] = REFUSES(RECEIVED),
        [SHIP] = REFUSES(RECEIVED),
        [RECEIVE] = { TRANSFER_RECEIVES, TRANSFER_STATE_RECEIVED },
        [CLOSE] = { TRANSFER_CLOSES, TRANSFER_STATE_CLOSED },
        [CANCEL] = REFUSES(RECEIVED),
        [GIVE_UP] = { TRANSFER_DOES_NOTHING, TRANSFER_STATE_RECEIVED },
    },
    [CLOSED] = {
        [REQUEST] = REFUSES(CLOSED),
        [SHIP] = REFUSES(CLOSED),
        [RECEIVE] = { TRANSFER_RECEIVES, TRANSFER_STATE_CLOSED },
        [CLOSE] = REFUSES(CLOSED),
        [CANCEL] = REFUSES(CLOSED),
        [GIVE_UP] = { TRANSFER_DOES_NOTHING, TRANSFER_STATE_CLOSED },
    },
    [CANCELED] = {
        [REQUEST] = REFUSES(CANCELED),
        [SHIP] = REFUSES(CANCELED),
        [RECEIVE] = REFUSES(CANCELED),
        [CLOSE] = REFUSES(CANCELED),
        [CANCEL] = REFUSES(CANCELED),
        [GIVE_UP] = { TRANSFER_DOES_NOTHING, TRANSFER_STATE_CANCELED },
    },
};

/* Whoever asks for a transfer names it by the request, which comes once: in other states there is no other request. */
static bool rule_has(int row, int column)
{
    return column != TRANSFER_IN_REQUEST || row == TRANSFER_NONE;
}
static const struct reached_table rule_cells = {
    .name = "transfer",
    .rows = STATES,
    .columns = TRANSFER_INPUT_COUNT,
    .has = rule_has,
    .row_names = REACHED_NAMES(TRANSFER_NONE, TRANSFER_STATE_REQUESTED, TRANSFER_STATE_IN_TRANSIT,
                               TRANSFER_STATE_PARTIALLY_RECEIVED, TRANSFER_STATE_RECEIVED,
                               TRANSFER_STATE_CLOSED, TRANSFER_STATE_CANCELED),
    .column_names = REACHED_NAMES(TRANSFER_IN_REQUEST, TRANSFER_IN_SHIP, TRANSFER_IN_RECEIVE,
                                  TRANSFER_IN_CLOSE, TRANSFER_IN_CANCEL, TRANSFER_IN_GIVE_UP),
};

struct transfer_rule transfer_rule(enum transfer_state state, enum transfer_input input)
{
    assert((int)state < STATES && input < TRANSFER_INPUT_COUNT);
    reached(&rule_cells, (int)state, (int)input);
    return rules[state][input];
}

/* --- Which transfer a message means -------------------------------------------------------------- */

/* What a message asks of a transfer; the first one names it by its own id. */
static const struct {
    uint32_t message_type;
    enum transfer_input input;
    int64_t status;
} inputs[] = {
    { MESSAGE_STOCK_TRANSFER, TRANSFER_IN_REQUEST, 201 },
    { MESSAGE_STOCK_TRANSFER_SHIP, TRANSFER_IN_SHIP, 200 },
    { MESSAGE_STOCK_TRANSFER_RECEIVE, TRANSFER_IN_RECEIVE, 200 },
    { MESSAGE_STOCK_TRANSFER_CLOSE, TRANSFER_IN_CLOSE, 200 },
    { MESSAGE_STOCK_TRANSFER_CANCEL, TRANSFER_IN_CANCEL, 200 },
    { MESSAGE_STOCK_TRANSFER_GIVE_UP, TRANSFER_IN_GIVE_UP, 200 },
};

static size_t input_of(const struct incoming_message *in)
{
    size_t at = 0;

    while (inputs[at].message_type != in->message_type) {
        at++;
        assert(at < sizeof inputs / sizeof inputs[0]);
    }
    return at;
}

static const char *id_of(const struct incoming_message *in)
{
    switch (inputs[input_of(in)].input) {
    case TRANSFER_IN_SHIP:
        return ((const struct stock_transfer_ship *)in->message)->transfer_id;
    case TRANSFER_IN_RECEIVE:
        return ((const struct stock_transfer_receive *)in->message)->transfer_id;
    case TRANSFER_IN_CLOSE:
        return ((const struct stock_transfer_close *)in->message)->transfer_id;
    case TRANSFER_IN_CANCEL:
        return ((const struct stock_transfer_cancel *)in->message)->transfer_id;
    case TRANSFER_IN_GIVE_UP:
        return ((const struct stock_transfer_give_up *)in->message)->transfer_id;
    case TRANSFER_IN_REQUEST:
    case TRANSFER_INPUT_COUNT:
        break;
    }
    return in->id;
}

static const char *note_of(const struct incoming_message *in)
{
    switch (inputs[input_of(in)].input) {
    case TRANSFER_IN_REQUEST:
        return ((const struct stock_transfer *)in->message)->note;
    case TRANSFER_IN_SHIP:
        return ((const struct stock_transfer_ship *)in->message)->body.note;
    case TRANSFER_IN_RECEIVE:
        return ((const struct stock_transfer_receive *)in->message)->body.note;
    case TRANSFER_IN_CLOSE:
        return ((const struct stock_transfer_close *)in->message)->body.note;
    case TRANSFER_IN_CANCEL:
        return ((const struct stock_transfer_cancel *)in->message)->body.note;
    case TRANSFER_IN_GIVE_UP:
    case TRANSFER_INPUT_COUNT:
        break;
    }
    return NULL;
}

const char *transfer_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return id_of(in);
}

void transfer_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &transfer_table, key_text(id_of(in)));
    rows_want(rows, &transfer_line_table, key_text(id_of(in)));
    rows_want(rows, &transfer_step_table, key_text(id_of(in)));
}

/* What it holds may change; what it would hold is looked at. */
void transfer_need_shared(const struct incoming_message *in, struct rows *rows)
{
    void **lines = rows_list(rows, &transfer_line_table, key_text(id_of(in)));

    for (; *lines != NULL; lines++) {
        const char *sku = ((const struct transfer_line_row *)*lines)->sku;

        rows_want(rows, &stock_table, key_text(sku));
        rows_want(rows, &item_table, key_text(sku));
        transfer_want_bins(in, *lines, rows);
    }
    if (in->message_type == MESSAGE_STOCK_TRANSFER) {
        const struct stock_transfer *request = in->message;

        rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
        for (size_t i = 0; i < request->lines_count; i++) {
            booking_need_shared(request->lines[i].sku, rows);
        }
    }
}

struct transfer_line_row *transferring_line(const struct transferring *transfer, const char *sku)
{
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));

    for (; *at != NULL; at++) {
        struct transfer_line_row *line = *at;

        if (strcmp(line->sku, sku) == 0) {
            return line;
        }
    }
    return NULL;
}

void transferring_change(const struct transferring *transfer, struct transfer_line_row *line)
{
    rows_update(transfer->out->rows, &transfer_line_table, line);
}

struct ledger_row transferring_cause(const struct transferring *transfer)
{
    return booking_cause(transfer->out, transfer->in, ADJUSTMENT_REASON_ABSENT);
}

/* --- Requested ----------------------------------------------------------------------------------- */

int64_t transferable(const struct rows *rows, const char *sku, const char *location)
{
    const struct stock_row *stock = stock_find(rows, sku, location);
    int64_t here = stock == NULL ? 0 : stock_available(stock);
    int64_t spare = stock_free(rows, sku) - backorder_pieces(rows, sku);

    if (location_is_active(rows, location) && here > spare) {
        here = spare;
    }
    return here > 0 ? here : 0;
}

static bool is_named_before(const struct stock_transfer *request, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(request->lines[i].sku, request->lines[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

/* True, and answered, when the line cannot be. */
static bool line_refused(const struct transferring *transfer, size_t index)
{
    const struct stock_transfer *request = transfer->in->message;
    const struct transfer_quantity *line = &request->lines[index];
    struct decision *out = transfer->out;
    const char *wrong = NULL, *field = "sku";

    const struct item_row *item = rows_find(out->rows, &item_table, key_text(line->sku));

    if (item == NULL) {
        wrong = "there is no such item";
    } else if (item->components != NULL) {
        wrong = "it is a bundle: move its components";
    } else if (is_named_before(request, index)) {
        wrong = "an earlier line is of the same item";
    } else if (line->quantity > transferable(out->rows, line->sku, request->from)) {
        field = "quantity";
        wrong = text_format(out->arena, "only %lld pieces are free there",
                            (long long)transferable(out->rows, line->sku, request->from));
    }
    if (wrong != NULL) {
        reply_invalid(out, transfer->in, text_format(out->arena, "/lines/%zu/%s", index, field),
                      wrong);
    }
    return wrong != NULL;
}

static bool request_refused(const struct transferring *transfer)
{
    const struct stock_transfer *request = transfer->in->message;
    struct decision *out = transfer->out;

    if (!location_is_known(out->rows, request->from)) {
        reply_invalid(out, transfer->in, "/from", "there is no such place; put it first");
        return true;
    }
    if (!location_is_known(out->rows, request->to) || strcmp(request->to, request->from) == 0) {
        reply_invalid(out, transfer->in, "/to", "must be another place that was put before");
        return true;
    }
    for (size_t i = 0; i < request->lines_count; i++) {
        if (line_refused(transfer, i)) {
            return true;
        }
    }
    return false;
}

static bool hold(struct transferring *transfer)
{
    const struct stock_transfer *request = transfer->in->message;
    struct rows *rows = transfer->out->rows;
    const struct transfer_row fresh = { .transfer_id = transfer->id,
                                        .source = request->from,
                                        .destination = request->to,
                                        .requested_at = transfer->out->now };

    if (request_refused(transfer)) {
        return false;
    }
    transfer->row = rows_insert(rows, &transfer_table, &fresh);
    for (size_t i = 0; i < request->lines_count; i++) {
        const struct transfer_line_row line = { .transfer_id = transfer->id,
                                                .sku = request->lines[i].sku,
                                                .source = request->from,
                                                .destination = request->to,
                                                .quantity = request->lines[i].quantity,
                                                .held = request->lines[i].quantity };

        rows_insert(rows, &transfer_line_table, &line);
        stock_hold(rows, stock_find(rows, line.sku, line.source), line.held);
        level_ask(transfer->out, line.sku);
    }
    return true;
}

/* --- Given back ---------------------------------------------------------------------------------- */

static void give_back(const struct transferring *transfer, struct transfer_line_row *line,
                      int64_t quantity)
{
    struct rows *rows = transfer->out->rows;

    if (quantity > 0) {
        stock_give_back(rows, stock_find(rows, line->sku, line->source), quantity);
        line->held -= quantity;
        transferring_change(transfer, line);
        level_ask(transfer->out, line->sku);
    }
}

static bool cancel(struct transferring *transfer)
{
    void **at = rows_list(transfer->out->rows, &transfer_line_table, key_text(transfer->id));

    for (; *at != NULL; at++) {
        struct transfer_line_row *line = *at;

        give_back(transfer, line, line->held);
    }
    return true;
}

static bool give_up(struct transferring *transfer)
{
    const struct stock_transfer_give_up *input = transfer->in->message;
    struct transfer_line_row *line = transferring_line(transfer, input->sku);
    int64_t quantity = 0;

    if (line != NULL) {
        const struct stock_row *stock = stock_find(transfer->out->rows, line->sku, line->source);

        quantity = input->quantity < line->held ? input->quantity : line->held;
        quantity = quantity < stock->owed ? quantity : stock->owed;
        give_back(transfer, line, quantity);
    }
    return quantity > 0;
}

/* --- What each action does ------------------------------------------------------------------------ */

static bool do_nothing(struct transferring *transfer)
{
    (void)transfer;
    return false;
}

static bool refuse_unknown(struct transferring *transfer)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no transfer with this id" };

    reply_refused(transfer->out, transfer->in, &unknown);
    return false;
}

static bool refuse(struct transferring *transfer)
{
    static const char *const details[STATES] = {
        [REQUESTED] = "the transfer is requested: nothing of it has left yet",
        [IN_TRANSIT] = "the transfer is on its way",
        [PARTLY] = "a part of the transfer has arrived, the rest is on its way",
        [RECEIVED] = "the transfer has arrived",
        [CLOSED] = "the transfer is closed",
        [CANCELED] = "the transfer is canceled",
    };
    const struct refusal conflict = { .status = 409,
                                      .type = "conflict",
                                      .title = "The present state does not allow it",
                                      .detail = details[transfer->row->state] };

    reply_refused(transfer->out, transfer->in, &conflict);
    return false;
}

/* True when something was done. */
static bool (*const actions[])(struct transferring *) = {
    [TRANSFER_DOES_NOTHING] = do_nothing, [TRANSFER_HOLDS] = hold,
    [TRANSFER_SHIPS] = transfer_ship,     [TRANSFER_RECEIVES] = transfer_receive,
    [TRANSFER_CLOSES] = transfer_close,   [TRANSFER_CANCELS] = cancel,
    [TRANSFER_GIVES_UP] = give_up,        [TRANSFER_REFUSES_UNKNOWN] = refuse_unknown,
    [TRANSFER_REFUSES] = refuse,
};

static void state_changed(const struct transferring *transfer)
{
    struct decision *out = transfer->out;
    void **list = rows_list(out->rows, &transfer_line_table, key_text(transfer->id));
    struct inventory_transfer_changed fact = { .transfer_id = transfer->id,
                                               .clock = transfer->row->version,
                                               .state = (enum transfer_state)transfer->row->state,
                                               .from = transfer->row->source,
                                               .to = transfer->row->destination };

    while (list[fact.lines_count] != NULL) {
        fact.lines_count++;
    }
    struct stock_transfer_line *lines = arena_alloc(out->arena, fact.lines_count * sizeof *lines);
    for (size_t i = 0; i < fact.lines_count; i++) {
        const struct transfer_line_row *row = list[i];

        lines[i] = (struct stock_transfer_line){ row->sku,     row->quantity,   row->held,
                                                 row->shipped, row->in_transit, row->received,
                                                 row->damaged, row->lost };
    }
    fact.lines = lines;
    out->clock = fact.clock - 1; /* the transfer's own time: its version */
    decide_emit(out, (struct subject){ .id = transfer->id }, MESSAGE_INVENTORY_TRANSFER_CHANGED,
                &fact, sizeof fact);
}

static void keep_step(const struct transferring *transfer, enum transfer_input input)
{
    const struct transfer_step_row step = { .transfer_id = transfer->id,
                                            .request_id = transfer->in->id,
                                            .kind = 1 + (int64_t)input,
                                            .digest = { transfer->in->digest, 32 },
                                            .note = note_of(transfer->in),
                                            .actor = transfer->in->actor,
                                            .at = transfer->out->now };

    rows_insert(transfer->out->rows, &transfer_step_table, &step);
}

static void keep(const struct transferring *transfer, enum transfer_input input)
{
    struct transfer_row *row = transfer->row;

    row->state = transfer->next;
    row->version++;
    row->changed_at = transfer->out->now;
    rows_update(transfer->out->rows, &transfer_table, row);
    if (input != TRANSFER_IN_GIVE_UP) {
        keep_step(transfer, input);
    }
    state_changed(transfer);
}

/* True, and decided, when this request was done before or cannot be one. */
static bool came_before(const struct transferring *transfer, int64_t status)
{
    const struct incoming_message *in = transfer->in;
    void **at = rows_list(transfer->out->rows, &transfer_step_table, key_text(transfer->id));

    if (in->message_type == MESSAGE_STOCK_TRANSFER_GIVE_UP) {
        return false;
    }
    if (strlen(in->id) > ID_LENGTH_MAX || strlen(transfer->id) > ID_LENGTH_MAX ||
        in->digest == NULL) {
        decide_impossible(
            transfer->out,
            "a request about a transfer needs an id of at most 64 characters, and a digest");
        return true;
    }
    for (; *at != NULL; at++) {
        const struct transfer_step_row *step = *at;

        if (strcmp(step->request_id, in->id) == 0) {
            booking_answer_again(transfer->out, in, step->digest,
                                 &(struct booking_answer){ status, transfer->id });
            return true;
        }
    }
    return false;
}

void on_transfer(struct decision *out, const struct incoming_message *in)
{
    size_t at = input_of(in);
    struct transferring transfer = { .out = out, .in = in, .id = id_of(in) };

    transfer.row = rows_find(out->rows, &transfer_table, key_text(transfer.id));
    if (came_before(&transfer, inputs[at].status) ||
        reply_stale(out, in, transfer.row == NULL ? 0 : transfer.row->version)) {
        return;
    }
    struct transfer_rule rule = transfer_rule(
        transfer.row == NULL ? TRANSFER_STATE_ABSENT : (enum transfer_state)transfer.row->state,
        inputs[at].input);
    transfer.next = rule.next;
    if (actions[rule.action](&transfer)) {
        keep(&transfer, inputs[at].input);
        reply_done(out, in, inputs[at].status, transfer.id);
    }
}
