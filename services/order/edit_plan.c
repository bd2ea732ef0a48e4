/* edit_plan.c - what an edit does to stock and money: the rules that would do it, tried on a copy of the order. */
#include "services/order/edit.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/text.h"
#include "services/order/addition.h"
#include "services/order/cut.h"
#include "services/order/money_back.h"
#include "services/order/reduce.h"
#include "services/order/rows_of_order.h"
#include "services/order/shares.h"

#include <stdlib.h>

enum { PIECES_BYTES_MAX = 65536 }; /* 1,500 cuts of a million pieces need less */

/* What is decided about it is nobody's, and is not saved. */
static struct saga copy_of(const struct saga *saga)
{
    static const struct table *const tables[] = {
        &order_table,
        &order_line_table,
        &order_contact_table,
        &order_fulfillment_table,
        &order_allocation_table,
        &order_parcel_table,
        &order_task_table,
        &order_cancellation_table,
        &order_detour_table,
        &order_hold_table,
        &order_cut_table,
        &order_refund_table,
        &order_past_payment_table,
        &order_dispute_table,
        &order_edit_table,
    };
    struct key key = key_number(saga->order->order_no);
    struct rows *rows = rows_new(saga->out->arena);
    struct decision *out = arena_alloc(saga->out->arena, sizeof *out);

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        (void)rows_want(rows, tables[i], key);
        for (void **row = rows_list(saga->out->rows, tables[i], key); *row != NULL; row++) {
            (void)rows_put_stored(rows, tables[i], *row);
        }
    }
    decision_init(out, saga->out->arena, rows, saga->out->now);
    out->clock = saga->out->clock;
    return saga_begin(out, order_find(saga->order->order_no, rows));
}

static const char *finish(struct arena *arena, struct buffer *text)
{
    const char *copy = text->length == 0 ? NULL : arena_copy_text(arena, text->bytes, text->length);

    buffer_release(text);
    return copy;
}

static void append_pieces(struct buffer *text, int64_t line_no, int64_t quantity)
{
    buffer_append_text(text, text->length == 0 ? "" : ",");
    buffer_append_int(text, line_no);
    buffer_append_text(text, "*");
    buffer_append_int(text, quantity);
}

/* What comes off, by line and by where it is. */
struct off {
    struct buffer lines, late;
    int64_t quantity;
};

/* Where a line has fewer pieces by now than are wanted, some went since it was proposed. */
static void find_off_line(struct cut_search *search, int64_t line_no, int64_t wanted,
                          struct off *off)
{
    const struct line_row *line = line_numbered(search->saga, line_no);
    int64_t less = line->quantity - line->canceled_quantity - wanted, late = -less;

    if (less > 0) {
        late = cut_search_line(search, line_no, less);
        append_pieces(&off->lines, line_no, less);
        off->quantity += less;
    }
    if (late > 0) {
        append_pieces(&off->late, line_no, late);
    }
}

/* "1*2,3*0" is how many are wanted. */
static void find_off(struct cut_search *search, const char *wanted, struct off *off)
{
    while (*wanted != '\0') {
        char *end = NULL;
        int64_t line_no = strtoll(wanted, &end, 10), quantity = strtoll(end + 1, &end, 10);

        find_off_line(search, line_no, quantity, off);
        wanted = *end == ',' ? end + 1 : end;
    }
}

static const char *pieces_text(struct arena *arena, const struct cut_search *search)
{
    struct buffer text;

    buffer_init(&text, PIECES_BYTES_MAX);
    for (size_t i = 0; i < search->count; i++) {
        append_pieces(&text, search->cuts[i].line_no, search->cuts[i].quantity);
        buffer_append_text(&text, "@");
        buffer_append_int(&text, search->cuts[i].fulfillment_no);
    }
    return finish(arena, &text);
}

void edit_apply_rest(struct saga *saga, const struct edit_row *edit)
{
    struct order_row *order = saga->order;
    struct contact_row *contact =
        rows_find(saga->out->rows, &order_contact_table, key_number(order->order_no));

    if (edit->shipping_service != NULL) {
        order->total_minor += edit->shipping_price_minor - order->shipping_price_minor;
        order->shipping_price_minor = edit->shipping_price_minor;
        order->shipping_service = edit->shipping_service;
    }
    if (edit->note != NULL && contact != NULL) {
        contact->note = edit->note;
        rows_update(saga->out->rows, &order_contact_table, contact);
    }
}

/* Of what is secured, or is to be: what will not be taken. */
static int64_t unneeded(const struct saga *saga, int64_t secured_minor)
{
    int64_t needed_minor = money_due(saga) - money_taken(saga);
    int64_t rest_minor = secured_minor - (needed_minor > 0 ? needed_minor : 0);

    return rest_minor > 0 ? rest_minor : 0;
}

/* What is to be secured counts as if it were; of what lapsed, failed or goes back already an edit lets nothing go. */
static int64_t secured(const struct saga *saga)
{
    const struct order_row *order = saga->order;
    int64_t state = order->payment_state;

    if (state == PAYMENT_STATE_ABSENT || state == PAYMENT_STATE_AUTHORIZING ||
        state == PAYMENT_STATE_REQUIRES_ACTION) {
        return money_due(saga) - money_taken(saga);
    }
    bool lost = state == PAYMENT_STATE_EXPIRED || state == PAYMENT_STATE_FAILED ||
                state == PAYMENT_STATE_VOIDED || state == PAYMENT_STATE_VOIDING;
    return lost ? 0 : order->authorized_minor - order->captured_minor;
}

static bool is_of_all(const struct edit_row *edit)
{
    return edit->note != NULL || edit->shipping_service != NULL;
}

/* Those that a place knows of, and that have something left. */
static const char *restarted_text(const struct saga *copy)
{
    struct buffer text;

    buffer_init(&text, PIECES_BYTES_MAX);
    for (int64_t no = 1; no <= copy->order->fulfillment_count; no++) {
        const struct fulfillment_row *share = share_numbered(copy, no);

        if (share_may_begin_anew(share) && !share_is_empty(copy, share)) {
            buffer_append_text(&text, text.length == 0 ? "" : ",");
            buffer_append_int(&text, no);
        }
    }
    return finish(copy->out->arena, &text);
}

/* What is packed, or paid for, stays as it is. */
static bool is_too_late(const struct saga *saga, const struct edit_row *edit)
{
    bool concerned = shares_any_told(saga) || edit->shipping_service != NULL;

    return is_of_all(edit) &&
           (shares_any_beyond_begin(saga) || (concerned && money_taken(saga) > 0));
}

static int64_t refusals(const struct saga *saga, const struct edit_row *edit,
                        const struct edit_plan *plan, int64_t off)
{
    bool asks = off > 0 || plan->restarted != NULL;

    return (is_too_late(saga, edit) ? EDIT_TOO_LATE : 0) |
           (plan->total_minor > saga->order->total_minor ? EDIT_COSTS_MORE : 0) |
           (off > 0 && off == cut_pieces_left(saga) ? EDIT_NOTHING_LEFT : 0) |
           (asks && !cut_is_possible(saga) ? EDIT_BUSY : 0);
}

static struct edit_plan addition_plan(const struct saga *saga, const struct edit_row *edit)
{
    return (struct edit_plan){ .adds = true,
                               .refusals = addition_refusals(saga),
                               .total_minor = saga->order->total_minor + edit->authorize_minor };
}

struct edit_plan edit_plan(const struct saga *saga, const struct edit_row *edit)
{
    if (addition_line_count(saga, edit->edit_no) > 0) {
        return addition_plan(saga, edit);
    }
    struct arena *arena = saga->out->arena;
    struct saga copy = copy_of(saga);
    struct cut_search search = cut_search(&copy);
    int64_t secured_minor = secured(saga), kept_minor = money_kept(saga);
    struct edit_plan plan = { 0 };
    struct off off = { .quantity = 0 };

    buffer_init(&off.lines, PIECES_BYTES_MAX);
    buffer_init(&off.late, PIECES_BYTES_MAX);
    find_off(&search, edit->lines == NULL ? "" : edit->lines, &off);
    plan.lines = finish(arena, &off.lines);
    plan.late_pieces = finish(arena, &off.late);
    plan.pieces = pieces_text(arena, &search);
    reduce_order(&copy, &(struct reduction){ .reason = REDUCE_REASON_MERCHANT_REQUEST,
                                             .cuts = search.cuts,
                                             .count = search.count });
    plan.restarted = is_of_all(edit) ? restarted_text(&copy) : NULL;
    edit_apply_rest(&copy, edit);
    give_back_excess(&copy);
    plan.total_minor = copy.order->total_minor;
    plan.release_minor = unneeded(&copy, secured_minor) - unneeded(saga, secured_minor);
    plan.refund_minor = kept_minor - money_kept(&copy);
    plan.refusals = refusals(saga, edit, &plan, off.quantity);
    if ((plan.refusals & EDIT_TOO_LATE) != 0) {
        plan.restarted = NULL;
    }
    if ((plan.refusals & EDIT_BUSY) != 0) { /* where they are is not known just now */
        plan.late_pieces = NULL;
    }
    return plan;
}
