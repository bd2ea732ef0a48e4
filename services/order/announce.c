/* announce.c - states what became of the order: to all on order.events, in its timeline, and to whoever waits. */
#include "services/order/announce.h"

#include "common/arena.h"
#include "common/id.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/intake.h"
#include "services/order/promise.h"
#include "services/order/reply.h"
#include "services/order/shares.h"
#include "services/order/task.h"
#include "services/order/timeline.h"
#include "services/order/words.h"

#define FACT_HEAD(saga)                                                                            \
    .order_id = (saga)->subject.id, .order_no = (saga)->order->order_no,                           \
    .clock = (saga)->out->clock + 1
#define STATE(saga, type, fact)                                                                    \
    decide_emit((saga)->out, (saga)->subject, (type), &(fact), sizeof(fact))

static const struct order_placed_line *placed_lines(const struct saga *saga, size_t *ret_count)
{
    struct line_row **rows = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                           key_number(saga->order->order_no));
    size_t count = 0;

    while (rows[count] != NULL) {
        count++;
    }
    struct order_placed_line *lines = arena_alloc(saga->out->arena, count * sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct order_placed_line){
            .line_no = rows[i]->line_no,
            .sku = rows[i]->sku,
            .quantity = rows[i]->quantity,
            .unit_price_minor = rows[i]->unit_price_minor,
            .discount_minor = rows[i]->discount_minor,
            .has_discount_minor = rows[i]->discount_minor > 0,
            .tax_minor = rows[i]->tax_minor,
            .has_tax_minor = rows[i]->tax_minor > 0,
            .customized = rows[i]->customization != NULL,
            .has_customized = rows[i]->customization != NULL,
        };
    }
    *ret_count = count;
    return lines;
}

void announce_placed(struct saga *saga)
{
    struct order_row *order = saga->order;
    const struct contact_row *contact =
        rows_find(saga->out->rows, &order_contact_table, key_number(order->order_no));
    const struct detour_row *detour = detour_find(saga);
    struct order_placed fact = {
        FACT_HEAD(saga),
        .channel = order->channel,
        .channel_order_ref = order->channel_order_ref,
        .number = order->number,
        .company = detour == NULL ? NULL : detour->company,
        .currency = order->currency,
        .tax_mode = (enum tax_mode)order->tax_mode,
        .shipping_service = order->shipping_service,
        .shipping_price_minor = order->shipping_price_minor,
        .payment_method = (enum payment_method)order->payment_method,
        .total_minor = order->total_minor,
        .ship_country = contact->ship_country,
        .placed_at = order->placed_at,
        .ship_not_before = order->ship_not_before,
        .has_ship_not_before = order->ship_not_before != 0,
    };

    fact.lines = placed_lines(saga, &fact.lines_count);
    order->status = ORDER_STATUS_PLACED;
    timeline_made(saga, TIMELINE_PLACED, NULL);
    STATE(saga, MESSAGE_ORDER_PLACED, fact);
}

/* No status follows: shares that were not told yet never will be, and nobody needs to look any more. */
static void end(struct saga *saga, int64_t status)
{
    saga->order->status = status;
    saga->order->ended_at = saga->out->now;
    drop_shares(saga);
    close_all_tasks(saga);
    hold_release_all(saga);
}

static void state_rejected(struct saga *saga, struct order_rejected *fact)
{
    fact->channel = saga->order->channel;
    fact->channel_order_ref = saga->order->channel_order_ref;
    fact->rejected_at = saga->out->now;
    end(saga, ORDER_STATUS_REJECTED);
    STATE(saga, MESSAGE_ORDER_REJECTED, *fact);
}

void announce_refused(struct saga *saga)
{
    const struct intake_verdict *verdict = saga->message;
    struct order_rejected fact = {
        FACT_HEAD(saga),
        .reason = verdict->reason,
        .errors = verdict->errors,
        .errors_count = verdict->error_count,
    };

    timeline_made(saga, TIMELINE_REJECTED, verdict->errors[0].pointer);
    state_rejected(saga, &fact);
}

void announce_out_of_stock(struct saga *saga)
{
    struct order_rejected fact = { FACT_HEAD(saga), .reason = ORDER_REJECTED_REASON_OUT_OF_STOCK };

    saga->order->cancel_reason = CANCEL_REASON_OUT_OF_STOCK;
    timeline_made(saga, TIMELINE_REJECTED, cancel_reason_word(CANCEL_REASON_OUT_OF_STOCK));
    state_rejected(saga, &fact);
    order_reply_to_waiting(saga);
}

void announce_confirmed(struct saga *saga)
{
    struct order_row *order = saga->order;
    struct order_confirmed fact = {
        FACT_HEAD(saga),
        .currency = order->currency,
        .total_minor = order->total_minor,
        .confirmed_at = saga->out->now,
    };

    order->status = ORDER_STATUS_CONFIRMED;
    order->confirmed_at = saga->out->now;
    promise_begin(saga);
    fact.promised_delivery =
        promise_shown(saga->out->arena, order->promised_earliest, order->promised_latest);
    timeline_made(saga, TIMELINE_CONFIRMED, NULL);
    STATE(saga, MESSAGE_ORDER_CONFIRMED, fact);
    order_reply_to_waiting(saga);
}

void announce_completed(struct saga *saga)
{
    struct order_completed fact = { FACT_HEAD(saga), .completed_at = saga->out->now };

    promise_end(saga);
    fact.promise = (enum promise_outcome)saga->order->promise_outcome;
    timeline_made(saga, TIMELINE_COMPLETED, NULL);
    end(saga, ORDER_STATUS_COMPLETED);
    STATE(saga, MESSAGE_ORDER_COMPLETED, fact);
}

void announce_canceled(struct saga *saga, int64_t reason, int64_t canceled_by)
{
    struct order_canceled fact = {
        FACT_HEAD(saga),
        .reason = (enum cancel_reason)reason,
        .canceled_by = (enum canceled_by)canceled_by,
        .canceled_at = saga->out->now,
    };

    saga->order->cancel_reason = reason;
    timeline_made(saga, TIMELINE_CANCELED, cancel_reason_word(reason));
    end(saga, ORDER_STATUS_CANCELED);
    STATE(saga, MESSAGE_ORDER_CANCELED, fact);
    order_reply_to_waiting(saga);
}

static void announce_expired(struct saga *saga, enum order_expired_awaited awaited,
                             enum cancel_reason reason)
{
    struct order_expired fact = { FACT_HEAD(saga), .awaited = awaited,
                                  .expired_at = saga->out->now };

    saga->order->cancel_reason = reason;
    timeline_made(saga, TIMELINE_EXPIRED, cancel_reason_word(reason));
    end(saga, ORDER_STATUS_EXPIRED);
    STATE(saga, MESSAGE_ORDER_EXPIRED, fact);
    order_reply_to_waiting(saga);
}

void announce_expired_stock(struct saga *saga)
{
    announce_expired(saga, ORDER_EXPIRED_AWAITED_STOCK, CANCEL_REASON_EXPIRED);
}

void announce_expired_payment(struct saga *saga)
{
    announce_expired(saga, ORDER_EXPIRED_AWAITED_PAYMENT, CANCEL_REASON_PAYMENT_EXPIRED);
}

void announce_reduced(struct saga *saga, const struct reduced_pieces *pieces)
{
    struct order_reduced fact = {
        FACT_HEAD(saga),
        .reason = pieces->reason,
        .lines = pieces->lines,
        .lines_count = pieces->line_count,
        .currency = saga->order->currency,
        .total_minor = saga->order->total_minor,
        .reduced_by_minor = pieces->by_minor,
        .reduced_at = saga->out->now,
    };

    timeline_reduced(saga, reduce_reason_word(pieces->reason),
                     timeline_pieces(saga->out->arena, pieces->lines, pieces->line_count));
    STATE(saga, MESSAGE_ORDER_REDUCED, fact);
}

void announce_held(struct saga *saga, const struct hold_row *hold, const char *hold_id)
{
    struct order_held fact = { FACT_HEAD(saga),
                               .hold_id = hold_id,
                               .reason = (enum hold_reason)hold->reason,
                               .until = hold->until,
                               .has_until = hold->until != 0,
                               .held_at = saga->out->now };

    timeline_made_of(saga, TIMELINE_HELD, hold_id, hold_reason_word(hold->reason));
    STATE(saga, MESSAGE_ORDER_HELD, fact);
}

void announce_readdressed(struct saga *saga)
{
    struct order_readdressed fact = { FACT_HEAD(saga), .readdressed_at = saga->out->now };

    timeline_made(saga, TIMELINE_READDRESSED, NULL);
    STATE(saga, MESSAGE_ORDER_READDRESSED, fact);
}

void announce_erased(struct saga *saga)
{
    struct order_erased fact = { FACT_HEAD(saga), .erased_at = saga->out->now };

    timeline_made(saga, TIMELINE_ERASED, NULL);
    STATE(saga, MESSAGE_ORDER_ERASED, fact);
}

static void say_what_was_added(struct saga *saga, struct order_edited *fact,
                               struct edit_line_row *const *added, size_t count)
{
    struct order_edited_line *lines = arena_alloc(saga->out->arena, (count + 1) * sizeof *lines);

    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct order_edited_line){
            .line_no = added[i]->line_no,
            .sku = added[i]->sku,
            .quantity = added[i]->quantity,
            .unit_price_minor = added[i]->unit_price_minor,
            .discount_minor = added[i]->discount_minor,
            .has_discount_minor = added[i]->discount_minor > 0,
            .tax_minor = added[i]->tax_minor,
            .has_tax_minor = added[i]->tax_minor > 0,
            .customized = added[i]->customization != NULL,
            .has_customized = added[i]->customization != NULL,
        };
    }
    fact->added = lines;
    fact->added_count = count;
}

void announce_edited(struct saga *saga, const struct edit_row *edit, const char *edit_id,
                     struct edit_line_row *const *added, size_t count)
{
    struct order_edited fact = { FACT_HEAD(saga), .edit_id = edit_id,
                                 .currency = saga->order->currency,
                                 .total_minor = saga->order->total_minor,
                                 .edited_at = saga->out->now };

    if (edit->shipping_service != NULL) {
        struct shipping_choice *shipping = arena_alloc(saga->out->arena, sizeof *shipping);

        *shipping = (struct shipping_choice){ .service = edit->shipping_service,
                                              .price_minor = edit->shipping_price_minor };
        fact.shipping = shipping;
    }
    say_what_was_added(saga, &fact, added, count);
    timeline_made_of(saga, TIMELINE_EDITED, edit_id, NULL);
    STATE(saga, MESSAGE_ORDER_EDITED, fact);
}

void announce_promise_changed(struct saga *saga, const struct promised_delivery *before)
{
    static const char *const words[] = { NULL,      "stock",    "moved", "hand_over",
                                         "carrier", "delivery", "edited" };
    const struct order_row *order = saga->order;
    const struct promised_delivery *now =
        promise_shown(saga->out->arena, order->promised_earliest, order->promised_latest);
    struct order_promise_changed fact = {
        FACT_HEAD(saga),
        .reason = saga->slip == 0 ? ORDER_PROMISE_CHANGED_REASON_MOVED
                                  : (enum order_promise_changed_reason)saga->slip,
        .promised_delivery = *now,
        .before = before,
        .changed_at = saga->out->now,
    };

    timeline_made(saga, TIMELINE_PROMISE_CHANGED, words[fact.reason]);
    STATE(saga, MESSAGE_ORDER_PROMISE_CHANGED, fact);
}

void announce_submission_refused(struct saga *saga)
{
    struct order_submission_refused fact = { FACT_HEAD(saga), .channel = saga->order->channel,
                                             .channel_order_ref = saga->order->channel_order_ref,
                                             .refused_at = saga->out->now };

    timeline_made(saga, TIMELINE_SUBMISSION_REFUSED, NULL);
    STATE(saga, MESSAGE_ORDER_SUBMISSION_REFUSED, fact);
}

void announce_hold_released(struct saga *saga, const struct hold_row *hold, const char *hold_id)
{
    struct order_hold_released fact = { FACT_HEAD(saga), .hold_id = hold_id,
                                        .reason = (enum hold_reason)hold->reason,
                                        .released_at = saga->out->now };

    timeline_made_of(saga, TIMELINE_HOLD_RELEASED, hold_id, hold_reason_word(hold->reason));
    STATE(saga, MESSAGE_ORDER_HOLD_RELEASED, fact);
}

void announce_asked(struct saga *saga, const struct line_quantity *missing, size_t count,
                    int64_t offered)
{
    enum { CHOICES = ORDER_ASKED_OFFERED_ITEM_CANCEL + 1 };
    enum order_asked_offered_item choices[CHOICES];
    struct order_asked fact = { FACT_HEAD(saga), .missing = missing, .missing_count = count,
                                .expires_at = saga->order->deadline_at,
                                .asked_at = saga->out->now };

    for (int choice = 1; choice < CHOICES; choice++) {
        if ((offered >> choice & 1) != 0) {
            choices[fact.offered_count++] = (enum order_asked_offered_item)choice;
        }
    }
    fact.offered = arena_copy(saga->out->arena, choices, sizeof choices);

    timeline_made(saga, TIMELINE_ASKED, NULL);
    STATE(saga, MESSAGE_ORDER_ASKED, fact);
}

void state_answered(struct saga *saga, int64_t choice)
{
    static const char *const words[] = { NULL, "wait", "accept_partial", "cancel" };
    struct order_answered fact = { FACT_HEAD(saga), .choice = (enum order_answered_choice)choice,
                                   .answered_at = saga->out->now };

    timeline_made(saga, TIMELINE_ANSWERED, words[choice]);
    STATE(saga, MESSAGE_ORDER_ANSWERED, fact);
}

static const char *fulfillment_id(const struct saga *saga)
{
    struct child_id_text *id = arena_alloc(saga->out->arena, sizeof *id);

    *id = child_id_format(saga->subject.id, 'F', saga->share->fulfillment_no);
    return id->text;
}

/* What the step waits for, in the words of the fact; a share's, else stock on its way. */
void announce_delayed(struct saga *saga)
{
    static const char *const words[] = { NULL, "stock", "packing", "carrier", "delivery" };
    struct order_delayed fact = { FACT_HEAD(saga), .awaited = ORDER_DELAYED_AWAITED_STOCK,
                                  .delayed_at = saga->out->now };

    if (saga->share == NULL) {
        timeline_made(saga, TIMELINE_DELAYED, words[fact.awaited]);
    } else {
        fact.fulfillment_id = fulfillment_id(saga);
        fact.awaited = saga->share->step == SHARE_OPEN      ? ORDER_DELAYED_AWAITED_PACKING
                       : saga->share->step == SHARE_LABELED ? ORDER_DELAYED_AWAITED_CARRIER
                                                            : ORDER_DELAYED_AWAITED_DELIVERY;
        timeline_made_of(saga, TIMELINE_DELAYED, fact.fulfillment_id, words[fact.awaited]);
    }
    STATE(saga, MESSAGE_ORDER_DELAYED, fact);
}

void announce_task_decided(struct saga *saga, const char *task_id, int64_t choice)
{
    struct order_task_decided fact = { FACT_HEAD(saga), .task_id = task_id,
                                       .choice = (enum task_choice)choice,
                                       .decided_at = saga->out->now };

    timeline_made_of(saga, TIMELINE_TASK_DECIDED, task_id, task_choice_word(choice));
    STATE(saga, MESSAGE_ORDER_TASK_DECIDED, fact);
}
