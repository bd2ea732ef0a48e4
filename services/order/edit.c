/* edit.c - takes proposals to change an order and their confirmations, and answers when it is known what became of them. */
#include "services/order/edit.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/id.h"
#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/order.h"
#include "services/order/addition.h"
#include "services/order/announce.h"
#include "services/order/cancel.h"
#include "services/order/channel.h"
#include "services/order/cut.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/promise.h"
#include "services/order/reply.h"
#include "services/order/rows_of_order.h"
#include "services/order/shares.h"
#include "services/order/tax_rates.h"
#include "services/order/timeline.h"

enum {
    EDITS_MAX = 100, /* an order that is thought over more often is better ordered anew */
    LINES_BYTES_MAX = 8192
};

static struct edit_row **edits_of(const struct saga *saga)
{
    return (struct edit_row **)rows_list(saga->out->rows, &order_edit_table,
                                         key_number(saga->order->order_no));
}

static const char *edit_id(const struct saga *saga, int64_t edit_no)
{
    struct child_id_text *id = arena_alloc(saga->out->arena, sizeof *id);

    *id = child_id_format(saga->subject.id, 'M', edit_no);
    return id->text;
}

static struct edit_row *find_edit(const struct saga *saga, int64_t edit_no)
{
    struct edit_row **edit = edits_of(saga);

    while (*edit != NULL && (*edit)->edit_no != edit_no) {
        edit++;
    }
    return *edit;
}

/* --- Proposals ------------------------------------------------------------------------------------- */

static const struct line_row *find_line(const struct saga *saga, int64_t line_no)
{
    struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                           key_number(saga->order->order_no));

    while (*line != NULL && (*line)->line_no != line_no) {
        line++;
    }
    return *line;
}

static bool is_named_before(const struct order_edit_body *body, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (body->lines[i].line_no == body->lines[index].line_no) {
            return true;
        }
    }
    return false;
}

static void refuse_line(struct saga *saga, const struct incoming_message *in, size_t index,
                        struct field_error error)
{
    reply_invalid(saga->out, in,
                  text_format(saga->out->arena, "/lines/%zu/%s", index, error.pointer),
                  error.detail);
}

/* False, and answered, when it asks for what no order can be. */
static bool lines_fit(struct saga *saga, const struct incoming_message *in)
{
    const struct order_edit *request = in->message;

    for (size_t i = 0; i < request->body.lines_count; i++) {
        const struct line_wanted *wanted = &request->body.lines[i];
        const struct line_row *line = find_line(saga, wanted->line_no);

        if (line == NULL || is_named_before(&request->body, i)) {
            refuse_line(saga, in, i,
                        (struct field_error){ .pointer = "line_no",
                                              .detail = line == NULL ? "is no line of the order"
                                                                     : "is named twice" });
            return false;
        }
        if (wanted->quantity > line->quantity - line->canceled_quantity) {
            refuse_line(saga, in, i,
                        (struct field_error){ .pointer = "quantity",
                                              .detail = "is more than the order has of it: "
                                                        "more is a line of its own, in add" });
            return false;
        }
    }
    return true;
}

/* "1*2,3*0"; NULL: none is named. */
static const char *lines_text(struct arena *arena, const struct order_edit_body *body)
{
    struct buffer text;

    buffer_init(&text, LINES_BYTES_MAX);
    for (size_t i = 0; i < body->lines_count; i++) {
        buffer_append_text(&text, i == 0 ? "" : ",");
        buffer_append_int(&text, body->lines[i].line_no);
        buffer_append_text(&text, "*");
        buffer_append_int(&text, body->lines[i].quantity);
    }
    const char *copy = text.length == 0 ? NULL : arena_copy_text(arena, text.bytes, text.length);
    buffer_release(&text);
    return copy;
}

static int64_t count_edits(const struct saga *saga)
{
    struct edit_row **edits = edits_of(saga);
    int64_t count = 0;

    while (edits[count] != NULL) {
        count++;
    }
    return count;
}

static struct edit_row edit_of(const struct saga *saga, const struct incoming_message *in)
{
    const struct order_edit *request = in->message;
    const struct shipping_choice *shipping = request->body.shipping;

    return (struct edit_row){ .order_no = saga->order->order_no,
                              .edit_no = count_edits(saga) + 1,
                              .state = EDIT_PROPOSED,
                              .request_id = in->id,
                              .order_clock = saga->order->clock,
                              .lines = lines_text(saga->out->arena, &request->body),
                              .shipping_service = shipping == NULL ? NULL : shipping->service,
                              .shipping_price_minor = shipping == NULL ? 0 : shipping->price_minor,
                              .note = request->body.note,
                              .total_before_minor = saga->order->total_minor,
                              .proposed_at = saga->out->now,
                              .expires_at = saga->out->now + EDIT_MS };
}

static bool changes_nothing(const struct saga *saga, const struct edit_row *edit,
                            const struct edit_plan *plan)
{
    const struct order_row *order = saga->order;
    const struct contact_row *contact =
        rows_find(saga->out->rows, &order_contact_table, key_number(order->order_no));
    bool sent_as_now = edit->shipping_service == NULL ||
                       (text_equal(edit->shipping_service, order->shipping_service) &&
                        edit->shipping_price_minor == order->shipping_price_minor);
    bool noted = edit->note == NULL || (contact != NULL && text_equal(edit->note, contact->note));

    return plan->lines == NULL && sent_as_now && noted;
}

static void propose(struct saga *saga, const struct incoming_message *in)
{
    const struct order_edit *request = in->message;
    struct edit_row edit = edit_of(saga, in);

    edit.authorize_minor = addition_keep(saga, edit.edit_no, &request->body);
    const struct edit_plan plan = edit_plan(saga, &edit);
    if (!plan.adds && changes_nothing(saga, &edit, &plan)) {
        reply_invalid(saga->out, in, "", "changes nothing of the order");
        return;
    }
    edit.pieces = plan.pieces;
    edit.late_pieces = plan.late_pieces;
    edit.restarted = plan.restarted;
    edit.refusals = plan.refusals;
    edit.total_minor = plan.total_minor;
    edit.release_minor = plan.release_minor;
    edit.refund_minor = plan.refund_minor;
    rows_insert(saga->out->rows, &order_edit_table, &edit);
    order_reply_done(saga, &in->reply, 201, edit_id(saga, edit.edit_no));
}

static const struct edit_row *find_by_request(const struct saga *saga, const char *request_id)
{
    for (struct edit_row **edit = edits_of(saga); *edit != NULL; edit++) {
        if (text_equal((*edit)->request_id, request_id)) {
            return *edit;
        }
    }
    return NULL;
}

void order_edit_need(const struct incoming_message *in, struct rows *rows)
{
    const struct order_edit *request = in->message;

    order_hold_need(in, rows);
    for (size_t i = 0; i < request->body.add_count; i++) {
        tax_item_need(request->body.add[i].sku, rows);
    }
}

/* The order stays as it is, and so does its version. */
void on_order_edit(struct decision *out, const struct incoming_message *in)
{
    const struct order_edit *request = in->message;
    const struct submission_row *submission = submission_find(request->order_id, out->rows);

    if (submission == NULL) {
        order_reply_unknown_order(out, &in->reply);
        return;
    }
    struct order_row *order = order_find(submission->order_no, out->rows);
    int64_t version = order->clock;
    struct saga saga = saga_begin(out, order);
    const struct edit_row *known = find_by_request(&saga, in->id);
    order->clock = version;
    if (known != NULL) {
        order_reply_done(&saga, &in->reply, 201, edit_id(&saga, known->edit_no));
    } else if (reply_stale(out, in, version)) {
        return;
    } else if (channel_window_is_over(&saga, in)) {
        order_reply_conflict(&saga, &in->reply, CHANNEL_WINDOW_DETAIL);
    } else if (order->ended_at != 0 || count_edits(&saga) == EDITS_MAX) {
        order_reply_conflict(&saga, &in->reply,
                             order->ended_at != 0 ? "the order is over"
                                                  : "a hundred edits of it were proposed already");
    } else if (request->body.add_count > 0 ? addition_fits(&saga, in) : lines_fit(&saga, in)) {
        propose(&saga, in);
    }
}

/* --- Confirmations --------------------------------------------------------------------------------- */

static const char *order_id_of(const struct incoming_message *in, struct order_id_text *text)
{
    const struct order_edit_confirm *request = in->message;

    return child_id_order(request->edit_id, text) ? text->text : "";
}

void edit_confirm_need(const struct incoming_message *in, struct rows *rows)
{
    struct order_id_text text;

    submission_need(order_id_of(in, &text), rows);
    channel_need_of_speaker(in, rows);
}

void edit_confirm_need_shared(const struct incoming_message *in, struct rows *rows)
{
    struct order_id_text text;
    const struct submission_row *submission = submission_find(order_id_of(in, &text), rows);

    if (submission != NULL) {
        order_need_all(submission->order_no, rows);
    }
}

static void end_edit(struct saga *saga, struct edit_row *edit, enum edit_state state,
                     enum edit_reason reason)
{
    edit->state = state;
    edit->reason = reason;
    edit->edited_minor = state == EDIT_CONFIRMED ? saga->order->total_minor : 0;
    edit->ended_at = saga->out->now;
    rows_update(saga->out->rows, &order_edit_table, edit);
}

static const char *why_declined(const struct edit_row *edit)
{
    static const char *const details[] = {
        [EDIT_REASON_PACKED] = "some of it is packed by now, and stays as it is",
        [EDIT_REASON_CHANGED] = "what was shown is not true any more: propose it again",
        [EDIT_REASON_OUT_OF_STOCK] = "there is not enough stock for it: the order is as it was",
        [EDIT_REASON_PAYMENT_DECLINED] = "its payment was declined: the order is as it was",
        [EDIT_REASON_NEEDS_SHOPPER] =
            "the shopper would have to confirm its payment: the order is as it was",
        [EDIT_REASON_EXPIRED] = "no answer came in time: the order is as it was",
        [EDIT_REASON_CANCELED] = "the order was asked to be canceled first",
    };

    return details[edit->reason];
}

static void answer(struct saga *saga, const struct edit_row *edit, const struct reply_address *to)
{
    if (edit->state == EDIT_CONFIRMED) {
        order_reply_done(saga, to, 200, edit_id(saga, edit->edit_no));
    } else {
        order_reply_conflict(saga, to, why_declined(edit));
    }
}

static void make(struct saga *saga, struct edit_row *edit)
{
    edit_apply_rest(saga, edit);
    if (edit->shipping_service != NULL) {
        promise_anew(saga);
    }
    end_edit(saga, edit, EDIT_CONFIRMED, EDIT_REASON_NONE);
    announce_edited(saga, edit, edit_id(saga, edit->edit_no), NULL, 0);
}

static void answer_who_waits(struct saga *saga, const struct edit_row *edit)
{
    answer(saga, edit, &(struct reply_address){ edit->reply_request_id, edit->reply_partition });
}

void edit_make(struct saga *saga, struct edit_row *edit, struct edit_line_row *const *added,
               size_t count)
{
    end_edit(saga, edit, EDIT_CONFIRMED, EDIT_REASON_NONE);
    announce_edited(saga, edit, edit_id(saga, edit->edit_no), added, count);
    answer_who_waits(saga, edit);
}

void edit_decline(struct saga *saga, struct edit_row *edit, enum edit_reason reason)
{
    end_edit(saga, edit, EDIT_DECLINED, reason);
    answer_who_waits(saga, edit);
}

void edit_answer(struct saga *saga, const struct cancellation_row *request, bool accepted)
{
    struct edit_row *edit = find_edit(saga, request->edit_no);

    if (accepted) {
        make(saga, edit);
    } else {
        end_edit(saga, edit, EDIT_DECLINED, EDIT_REASON_PACKED);
    }
    answer(saga, edit,
           &(struct reply_address){ request->reply_request_id, request->reply_partition });
}

bool edit_is_of_all(const struct saga *saga, int64_t change_no)
{
    const struct cancellation_row *request = cancel_of_change(saga, change_no);
    const struct edit_row *edit =
        request == NULL || request->edit_no == 0 ? NULL : find_edit(saga, request->edit_no);

    return edit != NULL && (edit->note != NULL || edit->shipping_service != NULL);
}

static void carry_out(struct saga *saga, const struct incoming_message *in, struct edit_row *edit,
                      const struct edit_plan *plan)
{
    struct timeline_news news = { .kind = TIMELINE_EDIT_CONFIRM,
                                  .clock = saga->out->clock, /* before what follows from it */
                                  .subject_id = edit_id(saga, edit->edit_no) };

    saga->request_id = in->id;
    timeline_saw(saga, &news);
    if (plan->adds) {
        addition_begin(saga, in, edit);
    } else if (plan->lines == NULL && plan->restarted == NULL) {
        make(saga, edit);
        answer(saga, edit, &in->reply);
    } else {
        edit->state = EDIT_REQUESTED;
        rows_update(saga->out->rows, &order_edit_table, edit);
        cancel_for_edit(saga, in, plan->lines == NULL ? "" : plan->lines, edit->edit_no);
        take_up_requests(saga);
    }
    saga_end(saga);
}

static bool is_as_shown(const struct saga *saga, const struct edit_row *edit,
                        const struct edit_plan *plan)
{
    return mutant("do_what_was_not_shown") ||
           (addition_is_as_shown(saga, edit->edit_no) && text_equal(edit->pieces, plan->pieces) &&
            text_equal(edit->restarted, plan->restarted) &&
            edit->total_before_minor == saga->order->total_minor &&
            edit->total_minor == plan->total_minor && edit->release_minor == plan->release_minor &&
            edit->refund_minor == plan->refund_minor);
}

/* NULL: it can be confirmed. */
static const char *why_not(const struct saga *saga, const struct edit_row *edit,
                           const struct edit_plan *plan)
{
    static const struct {
        enum edit_refusal refusal;
        const char *detail;
    } details[] = {
        { EDIT_BUSY, "another change of the order, or its stock, is under way: try again" },
        { EDIT_TOO_LATE, "some of it is packed already" },
        { EDIT_COSTS_MORE, "the order would cost more" },
        { EDIT_NOTHING_LEFT, "nothing would be left of the order: cancel it" },
        { EDIT_PAYMENT, "lines can be added only where a card or a company's credit pays, and its "
                        "money is secured" },
    };

    if (saga->order->ended_at != 0) {
        return "the order is over";
    }
    if (edit->expires_at <= saga->out->now) {
        return "it was proposed too long ago: propose it again";
    }
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        if ((plan->refusals & details[i].refusal) != 0) {
            return details[i].detail;
        }
    }
    return NULL;
}

static void confirm(struct saga *saga, const struct incoming_message *in, struct edit_row *edit)
{
    const struct edit_plan plan = edit_plan(saga, edit);
    const char *detail = why_not(saga, edit, &plan);

    if (detail != NULL) {
        order_reply_conflict(saga, &in->reply, detail);
    } else if (plan.late_pieces != NULL || !is_as_shown(saga, edit, &plan)) {
        end_edit(saga, edit, EDIT_DECLINED,
                 plan.late_pieces != NULL ? EDIT_REASON_PACKED : EDIT_REASON_CHANGED);
        answer(saga, edit, &in->reply);
    } else {
        carry_out(saga, in, edit, &plan);
    }
}

/* Confirmed twice it is made once, whoever says so again. */
static void take(struct saga *saga, const struct incoming_message *in, struct edit_row *edit)
{
    if (edit->state == EDIT_REQUESTED && edit->reservation_no != 0) {
        edit->reply_request_id = in->reply.request_id;
        edit->reply_partition = in->reply.partition;
        rows_update(saga->out->rows, &order_edit_table, edit);
    } else if (edit->state == EDIT_REQUESTED) {
        cancel_wait_for_edit(saga, in, edit->edit_no);
    } else if (edit->state != EDIT_PROPOSED) {
        answer(saga, edit, &in->reply);
    } else if (reply_stale(saga->out, in, saga->order->clock)) {
        return;
    } else if (channel_window_is_over(saga, in)) {
        order_reply_conflict(saga, &in->reply, CHANNEL_WINDOW_DETAIL);
    } else {
        confirm(saga, in, edit);
    }
}

void on_order_edit_confirm(struct decision *out, const struct incoming_message *in)
{
    const struct order_edit_confirm *request = in->message;
    struct order_id_text text;
    const struct submission_row *submission = submission_find(order_id_of(in, &text), out->rows);

    if (submission == NULL) {
        order_reply_unknown(out, &in->reply, "There is no such edit");
        return;
    }
    struct saga saga = saga_begin(out, order_find(submission->order_no, out->rows));
    struct edit_row *edit = find_edit(&saga, child_id_counter(request->edit_id, 'M'));
    if (edit == NULL) {
        order_reply_unknown(out, &in->reply, "There is no such edit");
    } else {
        take(&saga, in, edit);
    }
}
