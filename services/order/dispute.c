/* dispute.c - takes what payment says of charge-backs: the task, the hold, and what is lost. */
#include "services/order/dispute.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/mutant.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "services/order/detour.h"
#include "services/order/hold.h"
#include "services/order/money_back.h"
#include "services/order/news_takers.h"
#include "services/order/shares.h"
#include "services/order/task.h"

#include <string.h>

static struct dispute_row **disputes_of(const struct saga *saga)
{
    static struct dispute_row *none[1];

    const struct detour_row *detour = detour_find(saga);

    return detour == NULL || detour->dispute_count == 0
               ? none
               : (struct dispute_row **)rows_list(saga->out->rows, &order_dispute_table,
                                                  key_number(saga->order->order_no));
}

int64_t dispute_lost_minor(const struct saga *saga, int64_t payment_no)
{
    int64_t lost_minor = 0;

    for (struct dispute_row **at = disputes_of(saga); *at != NULL; at++) {
        lost_minor += (*at)->payment_no == payment_no ? (*at)->lost_minor : 0;
    }
    return lost_minor;
}

static bool is_open(const struct dispute_row *row)
{
    return row->state == DISPUTE_STATE_INQUIRY || row->state == DISPUTE_STATE_NEEDS_RESPONSE ||
           row->state == DISPUTE_STATE_UNDER_REVIEW;
}

static struct dispute_row *find(const struct saga *saga, int64_t dispute_no)
{
    struct dispute_row **at = disputes_of(saga);

    while (*at != NULL && (*at)->dispute_no != dispute_no) {
        at++;
    }
    return *at;
}

static struct dispute_row *find_or_make(struct saga *saga, const char *dispute_id,
                                        const char *payment_id)
{
    int64_t dispute_no = child_id_counter(dispute_id, 'X');
    struct dispute_row *row = find(saga, dispute_no);

    if (row != NULL) {
        rows_update(saga->out->rows, &order_dispute_table, row);
        return row;
    }
    struct dispute_row first = { .order_no = saga->order->order_no,
                                 .dispute_no = dispute_no,
                                 .payment_no = child_id_counter(payment_id, 'P') };

    detour_change(saga)->dispute_count++; /* its disputes are loaded with that row */
    return rows_insert(saga->out->rows, &order_dispute_table, &first);
}

/* --- The hold ------------------------------------------------------------------------------------ */

static bool is_to_be_sent(const struct fulfillment_row *share)
{
    return share->step < SHARE_CAPTURING || share->step == SHARE_HELD ||
           share->step == SHARE_PACKED || share->step == SHARE_REDUCING ||
           share->step == SHARE_GIVEN_UP || share->step == SHARE_SOURCING ||
           share->step == SHARE_SEEKING;
}

/* Something of it is not paid for yet, or waits for stock, or is not even divided among places: it can be kept back. */
static bool can_be_kept_back(const struct saga *saga)
{
    struct fulfillment_row **share = shares_of(saga);
    bool any = *share == NULL || detour_waiting(saga) > 0;

    for (; *share != NULL; share++) {
        any = any || (!(*share)->replaced && is_to_be_sent(*share));
    }
    return any && saga->order->ended_at == 0;
}

static void keep_back(struct saga *saga)
{
    if (can_be_kept_back(saga) && !hold_is_open(saga, HOLD_REASON_PAYMENT)) {
        hold_by_rule(saga, HOLD_REASON_PAYMENT, "the payment is disputed");
    }
}

static bool any_is_open(const struct saga *saga)
{
    bool any = false;

    for (struct dispute_row **at = disputes_of(saga); *at != NULL; at++) {
        any = any || is_open(*at);
    }
    return any;
}

/* --- Facts --------------------------------------------------------------------------------------- */

void take_disputed(struct saga *saga, struct timeline_news *news)
{
    const struct payment_disputed *fact = saga->message;
    struct dispute_row *row = find_or_make(saga, fact->dispute_id, fact->payment_id);
    bool answerable =
        fact->state == DISPUTE_STATE_INQUIRY || fact->state == DISPUTE_STATE_NEEDS_RESPONSE;
    bool opens = !is_open(row); /* else a person may have said that it goes on */

    news->subject_id = fact->dispute_id;
    news->detail = fact->code != NULL ? fact->code : fact->reason;
    timeline_saw(saga, news);
    row->state = fact->state;
    row->amount_minor = fact->amount_minor;
    row->lost_minor = 0;
    saga->code = news->detail;
    if (answerable && !mutant("no_dispute_task")) {
        ask_about_dispute(saga, row->dispute_no, fact->has_due_at ? fact->due_at : 0);
    } else {
        close_dispute_task(saga, row->dispute_no);
    }
    if (opens) {
        keep_back(saga);
    }
}

void take_dispute_closed(struct saga *saga, struct timeline_news *news)
{
    const struct payment_dispute_closed *fact = saga->message;
    struct dispute_row *row = find_or_make(saga, fact->dispute_id, fact->payment_id);
    bool ours = fact->lost_minor == 0;

    news->subject_id = fact->dispute_id;
    news->detail = ours ? "won" : "lost";
    timeline_saw(saga, news);
    row->state = fact->state;
    row->amount_minor = fact->amount_minor;
    row->lost_minor = fact->lost_minor;
    close_dispute_task(saga, row->dispute_no);
    if (ours && !any_is_open(saga)) {
        hold_release_by_rule(saga, HOLD_REASON_PAYMENT);
    }
    if (!ours && money_is_back(saga)) {
        saga_take(saga, ON_MONEY_BACK);
    }
}

/* --- The answer ---------------------------------------------------------------------------------- */

/* Of what that payment paid for, and arrived, or was sent. */
static const struct fulfillment_row *sent_share(const struct saga *saga)
{
    const struct fulfillment_row *sent = NULL;

    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        bool better = sent == NULL || (sent->delivered_at == 0 && (*share)->delivered_at != 0);

        if ((*share)->tracking_number != NULL && better) {
            sent = *share;
        }
    }
    return sent;
}

void tell_dispute_answer(struct saga *saga, int64_t dispute_no, bool accept)
{
    struct child_id_text *id = arena_alloc(saga->out->arena, sizeof *id);
    struct dispute_evidence *evidence = arena_alloc(saga->out->arena, sizeof *evidence);
    const struct fulfillment_row *share = sent_share(saga);

    *id = child_id_format(saga->subject.id, 'X', dispute_no);
    if (share != NULL) {
        *evidence = (struct dispute_evidence){ .tracking_number = share->tracking_number,
                                               .carrier = share->carrier,
                                               .shipped_at = share->shipped_at,
                                               .has_shipped_at = share->shipped_at != 0,
                                               .delivered_at = share->delivered_at,
                                               .has_delivered_at = share->delivered_at != 0 };
    }
    const struct payment_dispute_answer command = {
        .order_id = saga->subject.id,
        .order_no = saga->order->order_no,
        .clock = saga->out->clock + 1,
        .dispute_id = id->text,
        .accept = accept,
        .evidence = accept || share == NULL ? NULL : evidence,
    };

    decide_emit(saga->out, saga->subject, MESSAGE_PAYMENT_DISPUTE_ANSWER, &command, sizeof command);
}
