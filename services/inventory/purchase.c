/* purchase.c - the life of a purchase order: what each request means in each state. */
#include "services/inventory/purchase.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/reached.h"
#include "common/reply.h"
#include "proto/message_type.h"
#include "services/inventory/bin.h"
#include "services/inventory/booking.h"
#include "services/inventory/expected.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/purchase_alert.h"
#include "services/inventory/purchase_gather.h"
#include "services/inventory/purchase_mail.h"
#include "services/inventory/purchasing.h"

#include <assert.h>
#include <string.h>

enum {
    STATES = PURCHASE_ORDER_STATE_CANCELED + 1,
    ID_LENGTH_MAX = 64,
    DRAFT = PURCHASE_ORDER_STATE_DRAFT,
    SENT = PURCHASE_ORDER_STATE_SENT,
    CONFIRMED = PURCHASE_ORDER_STATE_CONFIRMED,
    PARTLY = PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED,
    RECEIVED = PURCHASE_ORDER_STATE_RECEIVED,
    CLOSED = PURCHASE_ORDER_STATE_CLOSED,
    CANCELED = PURCHASE_ORDER_STATE_CANCELED,
    IN_DRAFT = PURCHASE_IN_DRAFT,
    SEND = PURCHASE_IN_SEND,
    CONFIRM = PURCHASE_IN_CONFIRM,
    RECEIVE = PURCHASE_IN_RECEIVE,
    CLOSE = PURCHASE_IN_CLOSE,
    CANCEL = PURCHASE_IN_CANCEL,
    DECLINE = PURCHASE_IN_DECLINE
};

_Static_assert(DRAFT == 1 && CANCELED == 7, "purchase_order.state keeps these numbers");
_Static_assert(UNDELIVERED_REASON_OUT_OF_STOCK == 1 && UNDELIVERED_REASON_OTHER == 6,
               "purchase_order_step.reason keeps these numbers");

#define REFUSES(state)                                                                             \
    {                                                                                              \
        PURCHASE_REFUSES, PURCHASE_ORDER_STATE_##state                                             \
    }
#define UNKNOWN                                                                                    \
    {                                                                                              \
        PURCHASE_REFUSES_UNKNOWN, PURCHASE_ORDER_STATE_ABSENT                                      \
    }

/* A second request under the id of the first is answered before this is asked. */
static const struct purchase_rule rules[STATES][PURCHASE_INPUT_COUNT] = {
    [PURCHASE_NONE] = {
        [IN_DRAFT] = { PURCHASE_DRAFTS, PURCHASE_ORDER_STATE_DRAFT },
        [SEND] = UNKNOWN,
        [CONFIRM] = UNKNOWN,
        [RECEIVE] = UNKNOWN,
        [CLOSE] = UNKNOWN,
        [CANCEL] = UNKNOWN,
        [DECLINE] = UNKNOWN,
    },
    [DRAFT] = {
        [IN_DRAFT] = REFUSES(DRAFT),
        [SEND] = { PURCHASE_SENDS, PURCHASE_ORDER_STATE_SENT },
        [CONFIRM] = REFUSES(DRAFT),
        [RECEIVE] = REFUSES(DRAFT),
        [CLOSE] = REFUSES(DRAFT),
        [CANCEL] = { PURCHASE_CANCELS, PURCHASE_ORDER_STATE_CANCELED },
        [DECLINE] = REFUSES(DRAFT),
    },
    [SENT] = {
        [IN_DRAFT] = REFUSES(SENT),
        [SEND] = { PURCHASE_SENDS_AGAIN, PURCHASE_ORDER_STATE_SENT },
        [CONFIRM] = { PURCHASE_CONFIRMS, PURCHASE_ORDER_STATE_CONFIRMED },
        [RECEIVE] = { PURCHASE_RECEIVES, PURCHASE_ORDER_STATE_RECEIVED },
        [CLOSE] = { PURCHASE_CLOSES, PURCHASE_ORDER_STATE_CLOSED },
        [CANCEL] = { PURCHASE_CANCELS, PURCHASE_ORDER_STATE_CANCELED },
        [DECLINE] = { PURCHASE_DECLINES, PURCHASE_ORDER_STATE_CANCELED },
    },
    [CONFIRMED] = {
        [IN_DRAFT] = REFUSES(CONFIRMED),
        [SEND] = { PURCHASE_SENDS_AGAIN, PURCHASE_ORDER_STATE_CONFIRMED },
        [CONFIRM] = { PURCHASE_CONFIRMS, PURCHASE_ORDER_STATE_CONFIRMED },
        [RECEIVE] = { PURCHASE_RECEIVES, PURCHASE_ORDER_STATE_RECEIVED },
        [CLOSE] = { PURCHASE_CLOSES, PURCHASE_ORDER_STATE_CLOSED },
        [CANCEL] = { PURCHASE_CANCELS, PURCHASE_ORDER_STATE_CANCELED },
        [DECLINE] = { PURCHASE_DECLINES, PURCHASE_ORDER_STATE_CANCELED },
    },
    [PARTLY] = {
        [IN_DRAFT] = REFUSES(PARTIALLY_RECEIVED),
        [SEND] = { PURCHASE_SENDS_AGAIN, PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED },
        [CONFIRM] = { PURCHASE_CONFIRMS, PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED },
        [RECEIVE] = { PURCHASE_RECEIVES, PURCHASE_ORDER_STATE_RECEIVED },
        [CLOSE] = { PURCHASE_CLOSES, PURCHASE_ORDER_STATE_CLOSED },
        [CANCEL] = REFUSES(PARTIALLY_RECEIVED),
        [DECLINE] = REFUSES(PARTIALLY_RECEIVED),
    },
    [RECEIVED] = {
        [IN_DRAFT] = REFUSES(RECEIVED),
        [SEND] = REFUSES(RECEIVED),
        [CONFIRM] = REFUSES(RECEIVED),
        [RECEIVE] = { PURCHASE_RECEIVES, PURCHASE_ORDER_STATE_RECEIVED },
        [CLOSE] = REFUSES(RECEIVED),
        [CANCEL] = REFUSES(RECEIVED),
        [DECLINE] = REFUSES(RECEIVED),
    },
    [CLOSED] = {
        [IN_DRAFT] = REFUSES(CLOSED),
        [SEND] = REFUSES(CLOSED),
        [CONFIRM] = REFUSES(CLOSED),
        [RECEIVE] = { PURCHASE_RECEIVES, PURCHASE_ORDER_STATE_CLOSED },
        [CLOSE] = REFUSES(CLOSED),
        [CANCEL] = REFUSES(CLOSED),
        [DECLINE] = REFUSES(CLOSED),
    },
    [CANCELED] = {
        [IN_DRAFT] = REFUSES(CANCELED),
        [SEND] = REFUSES(CANCELED),
        [CONFIRM] = REFUSES(CANCELED),
        [RECEIVE] = { PURCHASE_RECEIVES, PURCHASE_ORDER_STATE_CANCELED },
        [CLOSE] = REFUSES(CANCELED),
        [CANCEL] = REFUSES(CANCELED),
        [DECLINE] = REFUSES(CANCELED),
    },
};

/* Whoever drafts an order names it by the request, which comes once: in other states there is no other draft. */
static bool rule_has(int row, int column)
{
    return column != PURCHASE_IN_DRAFT || row == PURCHASE_NONE;
}
static const struct reached_table rule_cells = {
    .name = "purchase order",
    .rows = STATES,
    .columns = PURCHASE_INPUT_COUNT,
    .has = rule_has,
    .row_names = REACHED_NAMES(
        PURCHASE_NONE, PURCHASE_ORDER_STATE_DRAFT, PURCHASE_ORDER_STATE_SENT,
        PURCHASE_ORDER_STATE_CONFIRMED, PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED,
        PURCHASE_ORDER_STATE_RECEIVED, PURCHASE_ORDER_STATE_CLOSED, PURCHASE_ORDER_STATE_CANCELED),
    .column_names =
        REACHED_NAMES(PURCHASE_IN_DRAFT, PURCHASE_IN_SEND, PURCHASE_IN_CONFIRM, PURCHASE_IN_RECEIVE,
                      PURCHASE_IN_CLOSE, PURCHASE_IN_CANCEL, PURCHASE_IN_DECLINE),
};

struct purchase_rule purchase_rule(enum purchase_order_state state, enum purchase_input input)
{
    assert((int)state < STATES && input < PURCHASE_INPUT_COUNT);
    reached(&rule_cells, (int)state, (int)input);
    return rules[state][input];
}

/* --- Which order a message means ------------------------------------------------------------------ */

/* What a message asks of an order; the first one names it by its own id. */
struct asking {
    enum purchase_input input;
    int64_t status;
    const char *purchase_order_id, *note;
};

#define ASKS(message_struct, asked, answered)                                                      \
    {                                                                                              \
        const struct message_struct *request = in->message;                                        \
        return (struct asking){ asked, answered, request->purchase_order_id, request->body.note }; \
    }

static struct asking asking_of(const struct incoming_message *in)
{
    switch (in->message_type) {
    case MESSAGE_PURCHASE_SUGGESTED:
        return (struct asking){ PURCHASE_IN_DRAFT, 201, in->id,
                                ((const struct purchase_suggested *)in->message)->note };
    case MESSAGE_PURCHASE_SEND:
        ASKS(purchase_send, PURCHASE_IN_SEND, 200)
    case MESSAGE_PURCHASE_CONFIRM:
        ASKS(purchase_confirm, PURCHASE_IN_CONFIRM, 200)
    case MESSAGE_PURCHASE_RECEIVE:
        ASKS(purchase_receive, PURCHASE_IN_RECEIVE, 201)
    case MESSAGE_PURCHASE_CLOSE:
        ASKS(purchase_close, PURCHASE_IN_CLOSE, 200)
    case MESSAGE_PURCHASE_CANCEL:
        ASKS(purchase_cancel, PURCHASE_IN_CANCEL, 200)
    case MESSAGE_PURCHASE_DECLINE:
        ASKS(purchase_decline, PURCHASE_IN_DECLINE, 200)
    default:
        assert(in->message_type == MESSAGE_PURCHASE_ORDER_DRAFT);
        return (struct asking){ PURCHASE_IN_DRAFT, 201, in->id,
                                ((const struct purchase_order_draft *)in->message)->note };
    }
}

const char *purchase_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return asking_of(in).purchase_order_id;
}

void purchase_need(const struct incoming_message *in, struct rows *rows)
{
    const struct asking asking = asking_of(in);

    rows_want(rows, &purchase_order_table, key_text(asking.purchase_order_id));
    rows_want(rows, &purchase_order_line_table, key_text(asking.purchase_order_id));
    rows_want(rows, &purchase_order_step_table, key_text(asking.purchase_order_id));
    purchase_alert_want(rows, asking.purchase_order_id);
    if (in->message_type == MESSAGE_PURCHASE_SUGGESTED) {
        const struct purchase_suggested *request = in->message;

        rows_want(rows, &reorder_suggestion_table, key_text(request->sku));
        rows_want(rows, &supplier_item_table, key_text(request->sku));
    } else if (in->message_type == MESSAGE_PURCHASE_RECEIVE) {
        const struct purchase_receive *request = in->message;

        for (size_t i = 0; i < request->body.lines_count; i++) {
            rows_want(rows, &item_table, key_text(request->body.lines[i].sku));
        }
    } else if (asking.input == PURCHASE_IN_SEND) {
        purchase_mail_want(rows, asking.purchase_order_id);
    } else if (asking.input == PURCHASE_IN_DRAFT) {
        const struct purchase_order_draft *request = in->message;

        rows_want(rows, &supplier_table, key_text(request->supplier));
        for (size_t i = 0; i < request->lines_count; i++) {
            rows_want(rows, &supplier_item_table, key_text(request->lines[i].sku));
        }
    }
}

void purchase_want_sending(struct rows *rows, const char *purchase_order_id)
{
    const struct key key = key_text(purchase_order_id);
    const struct purchase_order_row *order = rows_find(rows, &purchase_order_table, key);

    for (void **at = rows_list(rows, &purchase_order_line_table, key); *at != NULL; at++) {
        rows_want(rows, &item_table, key_text(((const struct purchase_order_line_row *)*at)->sku));
    }
    if (order != NULL) {
        rows_want(rows, &supplier_table, key_text(order->supplier));
        rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
    }
    purchase_gather_end_want(rows, purchase_order_id);
}

void purchase_need_shared(const struct incoming_message *in, struct rows *rows)
{
    if (in->message_type == MESSAGE_PURCHASE_ORDER_DRAFT) {
        rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
    } else if (in->message_type == MESSAGE_PURCHASE_SUGGESTED) {
        const struct reorder_suggestion_row *suggestion =
            purchase_suggestion(rows, (const struct purchase_suggested *)in->message);

        rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
        if (suggestion != NULL) {
            rows_want(rows, &supplier_table, key_text(suggestion->supplier));
        }
    } else if (in->message_type == MESSAGE_PURCHASE_RECEIVE) {
        const struct purchase_receive *request = in->message;
        const struct purchase_order_row *order =
            rows_find(rows, &purchase_order_table, key_text(request->purchase_order_id));

        for (size_t i = 0; order != NULL && i < request->body.lines_count; i++) {
            const char *sku = request->body.lines[i].sku;

            lots_item_need(rows, rows_find(rows, &item_table, key_text(sku)), sku, false);
            bin_want(rows, order->location, request->body.lines[i].bin);
        }
    } else if (in->message_type == MESSAGE_PURCHASE_SEND) {
        purchase_want_sending(rows, ((const struct purchase_send *)in->message)->purchase_order_id);
    } else if (in->message_type == MESSAGE_PURCHASE_CANCEL) {
        purchase_gather_end_want(rows,
                                 ((const struct purchase_cancel *)in->message)->purchase_order_id);
    }
}

struct purchase_order_line_row *purchasing_line(const struct purchasing *purchase, const char *sku)
{
    void **at = rows_list(purchase->out->rows, &purchase_order_line_table, key_text(purchase->id));

    for (; *at != NULL; at++) {
        struct purchase_order_line_row *line = *at;

        if (strcmp(line->sku, sku) == 0) {
            return line;
        }
    }
    return NULL;
}

void purchasing_change(const struct purchasing *purchase, struct purchase_order_line_row *line)
{
    rows_update(purchase->out->rows, &purchase_order_line_table, line);
}

/* --- What each action does ------------------------------------------------------------------------ */

static bool refuse_unknown(struct purchasing *purchase)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no purchase order with this id" };

    reply_refused(purchase->out, purchase->in, &unknown);
    return false;
}

static bool refuse(struct purchasing *purchase)
{
    static const char *const details[STATES] = {
        [DRAFT] = "the purchase order is a draft: send it first",
        [SENT] = "the purchase order is sent",
        [CONFIRMED] = "the purchase order is sent and confirmed",
        [PARTLY] = "a part of the purchase order has arrived; what is outstanding can be closed",
        [RECEIVED] = "the purchase order has arrived",
        [CLOSED] = "the purchase order is closed",
        [CANCELED] = "the purchase order is canceled",
    };
    const struct refusal conflict = { .status = 409,
                                      .type = "conflict",
                                      .title = "The present state does not allow it",
                                      .detail = details[purchase->row->state] };

    reply_refused(purchase->out, purchase->in, &conflict);
    return false;
}

/* True when something was done. */
static bool (*const actions[])(struct purchasing *) = {
    [PURCHASE_DRAFTS] = purchase_draft,
    [PURCHASE_SENDS] = purchase_send,
    [PURCHASE_SENDS_AGAIN] = purchase_mail_again,
    [PURCHASE_CONFIRMS] = purchase_confirm,
    [PURCHASE_RECEIVES] = purchase_receive,
    [PURCHASE_CLOSES] = purchase_close,
    [PURCHASE_CANCELS] = purchase_cancel,
    [PURCHASE_DECLINES] = purchase_decline,
    [PURCHASE_REFUSES] = refuse,
    [PURCHASE_REFUSES_UNKNOWN] = refuse_unknown,
};

static const char *date_of(struct arena *arena, int64_t day)
{
    return day == NOT_GIVEN ? NULL : calendar_date(arena, day);
}

static void state_changed(const struct purchasing *purchase)
{
    struct decision *out = purchase->out;
    const struct purchase_order_row *row = purchase->row;
    void **list = rows_list(out->rows, &purchase_order_line_table, key_text(purchase->id));
    struct inventory_purchase_order_changed fact = {
        .purchase_order_id = purchase->id,
        .clock = row->version,
        .state = (enum purchase_order_state)row->state,
        .supplier = row->supplier,
        .location = row->location,
        .currency = row->currency,
        .reason = purchase->reason,
        .buying = (enum buying_policy)row->buying,
        .expected_on = date_of(out->arena, row->expected_day),
    };

    while (list[fact.lines_count] != NULL) {
        fact.lines_count++;
    }
    struct purchase_line *lines = arena_alloc(out->arena, fact.lines_count * sizeof *lines);
    for (size_t i = 0; i < fact.lines_count; i++) {
        const struct purchase_order_line_row *line = list[i];

        lines[i] = (struct purchase_line){ .sku = line->sku,
                                           .supplier_sku = line->supplier_sku,
                                           .quantity = line->quantity,
                                           .price_minor = line->price_minor,
                                           .outstanding = line->outstanding,
                                           .received = line->received,
                                           .damaged = line->damaged,
                                           .undelivered = line->undelivered,
                                           .over = line->over,
                                           .expected_on = date_of(out->arena, line->expected_day) };
    }
    fact.lines = lines;
    out->clock = fact.clock - 1; /* the order's own time: its version */
    decide_emit(out, (struct subject){ .id = purchase->id },
                MESSAGE_INVENTORY_PURCHASE_ORDER_CHANGED, &fact, sizeof fact);
}

/* Who waits for what it brings hears of another day.  Of a draft nothing was said yet. */
static void expect_anew(const struct purchasing *purchase, bool was_draft)
{
    if (was_draft && purchase->next != PURCHASE_ORDER_STATE_SENT) {
        return;
    }
    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        expected_ask(purchase->out, ((const struct purchase_order_line_row *)*at)->sku);
    }
}

void purchasing_keep(const struct purchasing *purchase, const struct purchase_step *step)
{
    struct purchase_order_row *row = purchase->row;
    bool was_draft = row->state <= PURCHASE_ORDER_STATE_DRAFT;

    row->state = purchase->next;
    row->version++;
    row->changed_at = purchase->out->now;
    rows_update(purchase->out->rows, &purchase_order_table, row);
    if (step != NULL) {
        const struct purchase_order_step_row kept = { .purchase_order_id = purchase->id,
                                                      .request_id = purchase->in->id,
                                                      .kind = 1 + (int64_t)step->input,
                                                      .reason = purchase->reason,
                                                      .digest = { purchase->in->digest, 32 },
                                                      .note = step->note,
                                                      .actor = purchase->in->actor,
                                                      .at = purchase->out->now };

        rows_insert(purchase->out->rows, &purchase_order_step_table, &kept);
    }
    if (was_draft && row->state != PURCHASE_ORDER_STATE_DRAFT) {
        purchase_gather_end(purchase);
    }
    state_changed(purchase);
    expect_anew(purchase, was_draft);
}

/* True, and decided, when this request was done before or cannot be one. */
static bool came_before(const struct purchasing *purchase, int64_t status)
{
    const struct incoming_message *in = purchase->in;
    void **at = rows_list(purchase->out->rows, &purchase_order_step_table, key_text(purchase->id));

    if (strlen(in->id) > ID_LENGTH_MAX || strlen(purchase->id) > ID_LENGTH_MAX ||
        in->digest == NULL) {
        decide_impossible(purchase->out, "a request about a purchase order needs an id of at most "
                                         "64 characters, and a digest");
        return true;
    }
    for (; *at != NULL; at++) {
        const struct purchase_order_step_row *step = *at;

        if (strcmp(step->request_id, in->id) == 0) {
            booking_answer_again(purchase->out, in, step->digest,
                                 &(struct booking_answer){ status, purchase->id });
            return true;
        }
    }
    return false;
}

void on_purchase(struct decision *out, const struct incoming_message *in)
{
    const struct asking asking = asking_of(in);
    struct purchasing purchase = { .out = out, .in = in, .id = asking.purchase_order_id };

    purchase.row = rows_find(out->rows, &purchase_order_table, key_text(purchase.id));
    if (came_before(&purchase, asking.status) ||
        reply_stale(out, in, purchase.row == NULL ? 0 : purchase.row->version)) {
        return;
    }
    struct purchase_rule rule =
        purchase_rule(purchase.row == NULL ? PURCHASE_ORDER_STATE_ABSENT
                                           : (enum purchase_order_state)purchase.row->state,
                      asking.input);
    purchase.next = rule.next;
    if (actions[rule.action](&purchase)) {
        purchasing_keep(&purchase, &(struct purchase_step){ asking.input, asking.note });
        if (asking.input != PURCHASE_IN_SEND) { /* the supplier answers, or need not */
            purchase_alert_close(out, purchase.row);
        }
        reply_done(out, in, asking.status, purchase.id);
    }
}
