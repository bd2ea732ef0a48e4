/* news_payment.c - what payment states.  What happened to money is noted whatever step the order is in. */
#include "services/order/news_takers.h"

#include "common/id.h"
#include "proto/payment.h"
#include "services/order/addition.h"
#include "services/order/billing.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/money_back.h"
#include "services/order/shares.h"
#include "services/order/task.h"

#include <string.h>

/* Of a refund that waited for the end of a dispute, which was lost. */
#define CODE_LOST "lost_in_dispute"

/* What is secured, by how much of it is taken. */
static enum payment_state secured_state(const struct saga *saga)
{
    if (saga->order->captured_minor == 0) {
        return PAYMENT_STATE_AUTHORIZED;
    }
    return money_taken(saga) < money_due(saga) ? PAYMENT_STATE_PARTIALLY_CAPTURED
                                               : PAYMENT_STATE_CAPTURED;
}

/* Of a payment beside the present one: NULL where it is that. */
static struct past_payment_row *other_payment(const struct saga *saga, const char *payment_id)
{
    return past_payment(saga, child_id_counter(payment_id, 'P'));
}

static void other_authorized(struct saga *saga, struct past_payment_row *payment,
                             const struct payment_authorized *fact)
{
    payment->authorized_minor = fact->amount_minor;
    if (payment->edit_no != 0 && payment->state == PAYMENT_STATE_AUTHORIZING) {
        payment->state = PAYMENT_STATE_AUTHORIZED;
    }
    rows_update(saga->out->rows, &order_past_payment_table, payment);
    if (addition_names(saga, 'P', fact->payment_id)) {
        saga_take(saga, ON_ADD_AUTHORIZED);
    }
}

/* Told again, when stock was reserved anew, some of it may be taken. */
void take_authorized(struct saga *saga, struct timeline_news *news)
{
    const struct payment_authorized *fact = saga->message;
    struct order_row *order = saga->order;

    struct past_payment_row *other = other_payment(saga, fact->payment_id);

    news->subject_id = fact->payment_id;
    timeline_saw(saga, news);
    if (other != NULL) {
        other_authorized(saga, other, fact);
        return;
    }
    if (!detour_is_present(saga, 'P', fact->payment_id) ||
        order->payment_state == PAYMENT_STATE_VOIDED) {
        return; /* nothing of it is held any more: it is told once more what was */
    }
    order->authorized_minor = fact->amount_minor;
    bool awaited = order->payment_state == PAYMENT_STATE_AUTHORIZING ||
                   order->payment_state == PAYMENT_STATE_REQUIRES_ACTION;

    if (order->payment_state != PAYMENT_STATE_VOIDING && (awaited || order->captured_minor == 0)) {
        order->payment_state = secured_state(saga);
    }
    order->payment_action_url = NULL;
    if (order->step == STEP_FULFILLING) {
        order->deadline_at = 0;
    }
    hold_release_by_rule(saga, HOLD_REASON_CREDIT);
    saga_take(saga, order->open_holds > 0 ? ON_AUTHORIZED_HELD : ON_AUTHORIZED);
}

void take_requires_action(struct saga *saga, struct timeline_news *news)
{
    const struct payment_requires_action *fact = saga->message;

    news->subject_id = fact->payment_id;
    timeline_saw(saga, news);
    if (addition_names(saga, 'P', fact->payment_id)) {
        addition_declined(saga, CODE_NEEDS_SHOPPER);
    }
    if (!detour_is_present(saga, 'P', fact->payment_id)) {
        return;
    }
    if (saga->order->payment_state == PAYMENT_STATE_AUTHORIZING) {
        saga->order->payment_state = PAYMENT_STATE_REQUIRES_ACTION;
        saga->order->payment_action_url = fact->action_url;
        if (fact->reference != NULL) {
            detour_change(saga)->payment_reference = fact->reference;
        }
    }
    saga_take(saga, ON_ACTION_REQUIRED);
}

void take_credit_awaited(struct saga *saga, struct timeline_news *news)
{
    const struct payment_credit_awaited *fact = saga->message;

    news->subject_id = fact->payment_id;
    news->detail = fact->code;
    timeline_saw(saga, news);
    if (!detour_is_present(saga, 'P', fact->payment_id)) {
        return;
    }
    if (saga->order->payment_state == PAYMENT_STATE_AUTHORIZING) {
        saga->order->payment_state = PAYMENT_STATE_REQUIRES_ACTION;
    }
    saga_take(saga, ON_CREDIT_SHORT);
}

void payment_declined(struct saga *saga, const char *code)
{
    struct order_row *order = saga->order;

    if (order->payment_state == PAYMENT_STATE_AUTHORIZING ||
        order->payment_state == PAYMENT_STATE_REQUIRES_ACTION) {
        order->payment_state = PAYMENT_STATE_FAILED;
    }
    order->payment_code = code;
    order->payment_action_url = NULL;
    if (order->step == STEP_FULFILLING) {
        order->deadline_at = 0;
    }
    saga->code = code;
    saga_take(saga, ON_DECLINED);
}

static void not_authorized(struct saga *saga, const char *payment_id, const char *code)
{
    if (detour_is_present(saga, 'P', payment_id)) {
        payment_declined(saga, code);
    } else if (addition_names(saga, 'P', payment_id)) {
        addition_declined(saga, code);
    }
}

void take_declined(struct saga *saga, struct timeline_news *news)
{
    const struct payment_declined *fact = saga->message;

    news->subject_id = fact->payment_id;
    news->detail = fact->code;
    timeline_saw(saga, news);
    not_authorized(saga, fact->payment_id, fact->code);
}

/* Nothing is authorized any more, and what was taken is back. */
static void take_money_back(struct saga *saga)
{
    if (money_is_back(saga)) {
        saga_take(saga, ON_MONEY_BACK);
    }
}

/* Before it is the order's the edit is declined for it. */
static void added_lost(struct saga *saga, struct past_payment_row *payment,
                       enum payment_state state)
{
    struct edit_row *edit = addition_under_way(saga);

    if (edit != NULL && edit->payment_no == payment->payment_no) {
        addition_declined(saga, "lapsed");
        return;
    }
    lose_added_payment(saga, payment, state);
    take_money_back(saga);
}

/* Once by itself; where all is taken already nothing is missing. */
void take_lapsed(struct saga *saga, struct timeline_news *news)
{
    const struct payment_lapsed *fact = saga->message;

    news->subject_id = fact->payment_id;
    struct past_payment_row *other = other_payment(saga, fact->payment_id);

    timeline_saw(saga, news);
    if (other != NULL && other->edit_no != 0) {
        added_lost(saga, other, PAYMENT_STATE_EXPIRED);
        return;
    }
    if (!detour_is_present(saga, 'P', fact->payment_id) || money_taken(saga) >= money_due(saga) ||
        saga->order->ended_at != 0) {
        return;
    }
    saga->order->payment_state = PAYMENT_STATE_EXPIRED;
    saga->code = "lapsed";
    saga_take(saga, payment_was_renewed(saga) ? ON_DECLINED : ON_LAPSED);
}

/* Less than is due is waited for; more, or too late, is a person's business. */
void take_money_received(struct saga *saga, struct timeline_news *news)
{
    const struct payment_money_received *fact = saga->message;
    bool late = fact->has_late && fact->late;

    news->subject_id = fact->payment_id;
    news->detail = late ? "late" : fact->received_minor > fact->due_minor ? "too_much" : NULL;
    timeline_saw(saga, news);
    if (news->detail != NULL) {
        saga->code = news->detail;
        ask_about_excess(saga);
    }
}

/* By our word, or by a person's: then what is not taken yet has to be secured anew. */
void take_voided(struct saga *saga, struct timeline_news *news)
{
    const struct payment_voided *fact = saga->message;
    int64_t step = saga->order->step;

    news->subject_id = fact->payment_id;
    struct past_payment_row *other = other_payment(saga, fact->payment_id);

    timeline_saw(saga, news);
    if (other != NULL && other->edit_no != 0) {
        added_lost(saga, other, PAYMENT_STATE_VOIDED);
    }
    if (!detour_is_present(saga, 'P', fact->payment_id)) {
        return;
    }
    saga->order->payment_state = PAYMENT_STATE_VOIDED;
    if (step == STEP_AUTHORIZING || step == STEP_AWAITING_SHOPPER || step == STEP_HELD ||
        (step == STEP_FULFILLING && money_taken(saga) < money_due(saga))) {
        payment_declined(saga, "voided");
    } else {
        take_money_back(saga);
    }
}

void take_refunded(struct saga *saga, struct timeline_news *news)
{
    const struct payment_refunded *fact = saga->message;

    news->subject_id = fact->refund_id;
    timeline_saw(saga, news);
    bill_refunded(saga, fact);
    note_refunded(saga, child_id_counter(fact->payment_id, 'P'), fact->refund_id,
                  fact->refunded_minor);
    if (saga->order->step == STEP_UNDOING || saga->order->step == STEP_UNDOING_MONEY) {
        give_back_left(
            saga); /* of what we had not counted on: a refund of ours was refused for it */
    }
    take_money_back(saga);
}

/* The share whose capture this is, when it waits for it; NULL: somebody else took money. */
static struct fulfillment_row *capturing_share(struct saga *saga, const char *capture_id)
{
    struct fulfillment_row *share = share_of_capture(saga, child_id_counter(capture_id, 'C'));
    bool waits = share != NULL && (share->step == SHARE_CAPTURING || share->step == SHARE_UNPAID ||
                                   share->step == SHARE_COLLECTING);

    return waits ? share : NULL;
}

/* Of a payment that an edit added, once so much of it is taken. */
static int64_t added_state(const struct past_payment_row *payment, int64_t captured_minor)
{
    bool secured = payment->edit_no != 0 && (payment->state == PAYMENT_STATE_AUTHORIZED ||
                                             payment->state == PAYMENT_STATE_PARTIALLY_CAPTURED);

    return !secured                                     ? payment->state
           : captured_minor < payment->authorized_minor ? PAYMENT_STATE_PARTIALLY_CAPTURED
                                                        : PAYMENT_STATE_CAPTURED;
}

/* Whether it is more than was known: an answer that is given twice is not. */
static bool note_captured(struct saga *saga, const struct payment_captured *fact)
{
    struct order_row *order = saga->order;
    struct past_payment_row *past = past_payment(saga, child_id_counter(fact->payment_id, 'P'));
    int64_t *captured = past == NULL ? &order->captured_minor : &past->captured_minor;
    bool more = fact->captured_minor > *captured;

    if (past != NULL) {
        detour_change(saga)->earlier_captured_minor += fact->captured_minor - *captured;
        past->state = added_state(past, fact->captured_minor);
        rows_update(saga->out->rows, &order_past_payment_table, past);
    }
    *captured = fact->captured_minor;
    if (past == NULL && order->payment_state != PAYMENT_STATE_VOIDING &&
        order->payment_state != PAYMENT_STATE_VOIDED) {
        order->payment_state = secured_state(saga);
    }
    return more;
}

void take_captured(struct saga *saga, struct timeline_news *news)
{
    const struct payment_captured *fact = saga->message;
    struct fulfillment_row *share = capturing_share(saga, fact->capture_id);

    news->subject_id = fact->capture_id;
    timeline_saw(saga, news);
    bool more = note_captured(saga, fact);
    if (more) {
        bill_captured(saga, fact);
    }
    if (share != NULL) {
        share->captured = true;
        share_take(saga, share, ON_CAPTURED);
    } else if (more) {
        saga_take(saga, ON_MONEY_TAKEN);
    }
}

/* An earlier payment is nothing that the order hangs on: whatever step it is in, a person has it let go. */
static void not_let_go(struct saga *saga, const struct payment_failed *fact)
{
    if (detour_is_present(saga, 'P', fact->payment_id)) {
        note_not_let_go(saga);
        saga_take(saga, ON_UNDO_FAILED);
    } else {
        ask_about_past_payment(saga);
    }
}

/* The shopper has it by now; what else of it there is goes back. */
static void refund_was_lost(struct saga *saga, const struct payment_failed *fact)
{
    (void)note_refund_refused(saga, fact->operation_id);
    if (saga->order->step == STEP_UNDOING || saga->order->step == STEP_UNDOING_MONEY) {
        give_back_left(saga);
    }
    take_money_back(saga);
}

static void refund_failed(struct saga *saga, const struct payment_failed *fact)
{
    if (strcmp(fact->code, CODE_LOST) == 0) {
        refund_was_lost(saga, fact);
        return;
    }
    enum missed_by missed_by = note_refund_failed(saga, fact);

    if (missed_by == MISSED_BY_ORDER) {
        saga_take(saga, ON_UNDO_FAILED);
    } else if (missed_by == MISSED_BY_STAFF) {
        ask_about_staff_refund(saga);
    }
}

void take_failed(struct saga *saga, struct timeline_news *news)
{
    const struct payment_failed *fact = saga->message;
    struct fulfillment_row *share =
        fact->operation_id == NULL ? NULL : capturing_share(saga, fact->operation_id);

    news->subject_id = fact->operation_id != NULL ? fact->operation_id : fact->payment_id;
    news->detail = fact->code;
    timeline_saw(saga, news);
    saga->code = fact->code;
    if (fact->operation == PAYMENT_FAILED_OPERATION_AUTHORIZE) {
        not_authorized(saga, fact->payment_id, fact->code);
    } else if (share != NULL) {
        share_take(saga, share, ON_CAPTURE_FAILED);
    } else if (fact->operation == PAYMENT_FAILED_OPERATION_V_VOID) {
        not_let_go(saga, fact);
    } else if (fact->operation == PAYMENT_FAILED_OPERATION_REFUND && fact->operation_id != NULL) {
        refund_failed(saga, fact);
    } else if (fact->operation != PAYMENT_FAILED_OPERATION_CAPTURE) {
        saga_take(saga, ON_UNDO_FAILED);
    }
}
