/* hold.c - takes requests to hold an order, to release it, and to write something down about it. */
#include "services/order/hold.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "services/order/announce.h"
#include "services/order/channel.h"
#include "services/order/detour.h"
#include "services/order/reply.h"
#include "services/order/request.h"
#include "services/order/rows_of_order.h"
#include "services/order/timeline.h"
#include "services/order/words.h"

enum {
    HOLDS_MAX = 100,
    NOTES_MAX = 1000
}; /* an order that is spoken of more often is no order any more */

/* The requests name their order alike: each begins with it. */
static const char *order_id_of(const struct incoming_message *in)
{
    return ((const struct order_note *)in->message)->order_id;
}

void order_hold_need(const struct incoming_message *in, struct rows *rows)
{
    submission_need(order_id_of(in), rows);
    channel_need_of_speaker(in, rows);
}

void order_hold_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct submission_row *submission = submission_find(order_id_of(in), rows);

    if (submission != NULL) {
        order_need_all(submission->order_no, rows);
        rows_want(rows, &order_note_table, key_number(submission->order_no));
    }
}

static struct hold_row **holds_of(const struct saga *saga)
{
    static struct hold_row *none[1];

    const struct detour_row *detour = detour_find(saga);

    return detour == NULL || detour->hold_count == 0
               ? none
               : (struct hold_row **)rows_list(saga->out->rows, &order_hold_table,
                                               key_number(saga->order->order_no));
}

enum hold_reason hold_reason_open(const struct saga *saga)
{
    for (struct hold_row **hold = holds_of(saga); *hold != NULL; hold++) {
        if ((*hold)->released_at == 0) {
            return (enum hold_reason)(*hold)->reason;
        }
    }
    return HOLD_REASON_OTHER;
}

bool hold_is_open(const struct saga *saga, enum hold_reason reason)
{
    for (struct hold_row **hold = holds_of(saga); *hold != NULL; hold++) {
        if ((*hold)->released_at == 0 && (*hold)->reason == (int64_t)reason) {
            return true;
        }
    }
    return false;
}

bool hold_was_decided(const struct saga *saga, enum hold_reason reason, bool order_ended)
{
    for (struct hold_row **hold = holds_of(saga); *hold != NULL; hold++) {
        bool with_order = (*hold)->released_at >= saga->order->ended_at &&
                          saga->order->status == ORDER_STATUS_CANCELED;

        if ((*hold)->reason == (int64_t)reason && (*hold)->released_at != 0 &&
            with_order == order_ended) {
            return true;
        }
    }
    return false;
}

static const char *hold_id(const struct saga *saga, int64_t hold_no)
{
    struct child_id_text *id = arena_alloc(saga->out->arena, sizeof *id);

    *id = child_id_format(saga->subject.id, 'W', hold_no);
    return id->text;
}

/* When the first of the open ones ends by itself. */
static void note_end(struct saga *saga)
{
    struct detour_row *detour = detour_change(saga);

    detour->hold_until = 0;
    for (struct hold_row **at = holds_of(saga); *at != NULL; at++) {
        const struct hold_row *hold = *at;
        bool ends = hold->released_at == 0 && hold->until != 0;

        if (ends && (detour->hold_until == 0 || hold->until < detour->hold_until)) {
            detour->hold_until = hold->until;
        }
    }
}

static void add_hold(struct saga *saga, struct hold_row hold)
{
    hold.order_no = saga->order->order_no;
    hold.hold_no = ++detour_change(saga)->hold_count;
    hold.held_at = saga->out->now;
    rows_insert(saga->out->rows, &order_hold_table, &hold);
    saga->order->open_holds++;
    note_end(saga);
    announce_held(saga, &hold, hold_id(saga, hold.hold_no));
    if (saga->order->open_holds == 1) {
        saga_take(saga, ON_HELD);
    }
}

void hold_for_person(struct saga *saga)
{
    add_hold(saga, (struct hold_row){ .reason = HOLD_REASON_MANUAL });
}

void hold_by_rule(struct saga *saga, enum hold_reason reason, const char *note)
{
    add_hold(saga, (struct hold_row){ .reason = reason, .note = note });
}

static bool waits_for_credit(const struct hold_row *hold)
{
    return hold->released_at == 0 && hold->reason == HOLD_REASON_CREDIT && hold->request_id == NULL;
}

static struct hold_row *credit_hold(const struct saga *saga)
{
    struct hold_row **hold = holds_of(saga);

    while (*hold != NULL && !waits_for_credit(*hold)) {
        hold++;
    }
    return *hold;
}

void wait_for_credit(struct saga *saga)
{
    const struct payment_credit_awaited *fact = saga->message;

    saga->order->deadline_at = 0;
    if (credit_hold(saga) == NULL) {
        hold_by_rule(saga, HOLD_REASON_CREDIT,
                     text_format(saga->out->arena, "%s has too little credit left for %lld",
                                 fact->company, (long long)fact->amount_minor));
    }
}

static struct hold_row *find_by_request(const struct saga *saga, const char *request_id)
{
    for (struct hold_row **hold = holds_of(saga); *hold != NULL; hold++) {
        if (text_equal((*hold)->request_id, request_id)) {
            return *hold;
        }
    }
    return NULL;
}

void on_order_hold(struct decision *out, const struct incoming_message *in)
{
    const struct order_hold *request = in->message;
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    const struct hold_row *known = find_by_request(&saga, in->id);
    if (known != NULL) {
        order_reply_done(&saga, &in->reply, 201, hold_id(&saga, known->hold_no));
        return;
    }
    if (reply_stale(out, in, saga.order->clock)) {
        return;
    }
    const struct detour_row *detour = detour_find(&saga);
    if (saga.order->ended_at != 0 || (detour != NULL && detour->hold_count == HOLDS_MAX)) {
        order_reply_conflict(&saga, &in->reply,
                             saga.order->ended_at != 0
                                 ? "the order is over: nothing of it can wait any more"
                                 : "it was held a hundred times already");
        return;
    }
    add_hold(&saga,
             (struct hold_row){ .reason = request->body.reason,
                                .request_id = in->id,
                                .placed_by = in->actor,
                                .by_channel = in->channel != NULL,
                                .note = request->body.note,
                                .until = request->body.has_until ? request->body.until : 0 });
    order_reply_done(&saga, &in->reply, 201, hold_id(&saga, detour_find(&saga)->hold_count));
    saga_end(&saga);
}

static void release(struct saga *saga, struct hold_row *hold)
{
    hold->released_at = saga->out->now;
    rows_update(saga->out->rows, &order_hold_table, hold);
    saga->order->open_holds--;
    announce_hold_released(saga, hold, hold_id(saga, hold->hold_no));
}

static void go_on_behind(struct saga *saga)
{
    note_end(saga);
    if (saga->order->open_holds == 0) {
        saga_take(saga, ON_HOLD_OVER);
    }
}

static struct hold_row *find_numbered(const struct saga *saga, int64_t hold_no)
{
    struct hold_row **hold = holds_of(saga);

    while (*hold != NULL && (*hold)->hold_no != hold_no) {
        hold++;
    }
    return *hold;
}

/* What keeps whoever asks from releasing it; NULL: nothing.  A channel's key takes back what was asked for with one, and is no person
 * who looked at what a rule found. */
static const char *why_not_released(const struct hold_row *hold, const struct incoming_message *in)
{
    if (in->channel == NULL || hold->by_channel) {
        return NULL;
    }
    return hold->reason == HOLD_REASON_APPROVAL
               ? "it waits for the approval of the company"
               : "no key of a channel releases what a rule or the staff holds";
}

static void release_by_request(struct saga *saga, struct hold_row *hold,
                               const struct incoming_message *in)
{
    const struct order_hold_release *request = in->message;
    bool for_credit = waits_for_credit(hold);

    hold->released_by = in->actor;
    hold->release_note = request->body.note;
    release(saga, hold);
    if (for_credit) {
        saga_take(saga, ON_CREDIT_ASKED);
    }
    go_on_behind(saga);
    saga_end(saga);
}

void on_order_hold_release(struct decision *out, const struct incoming_message *in)
{
    const struct order_hold_release *request = in->message;
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    struct hold_row *hold = find_numbered(&saga, child_id_counter(request->hold_id, 'W'));
    if (hold == NULL) {
        order_reply_unknown(out, &in->reply, "There is no such hold");
        return;
    }
    if (hold->released_at == 0) { /* else it is as asked */
        const char *why_not = why_not_released(hold, in);

        if (why_not != NULL) {
            order_reply_conflict(&saga, &in->reply, why_not);
            return;
        }
        if (reply_stale(out, in, saga.order->clock)) {
            return;
        }
        release_by_request(&saga, hold, in);
    }
    order_reply_done(&saga, &in->reply, 200, hold_id(&saga, hold->hold_no));
}

void hold_release_due(struct saga *saga, int64_t due_at)
{
    struct hold_row **hold = holds_of(saga);

    for (; *hold != NULL; hold++) {
        if ((*hold)->released_at == 0 && (*hold)->until != 0 && (*hold)->until <= due_at) {
            release(saga, *hold);
        }
    }
    go_on_behind(saga);
}

static void release_all_of(struct saga *saga, enum hold_reason reason, bool of_people)
{
    bool released = false;

    for (struct hold_row **hold = holds_of(saga); *hold != NULL; hold++) {
        bool goes = of_people || (*hold)->request_id == NULL;

        if (goes && (*hold)->released_at == 0 && (*hold)->reason == (int64_t)reason) {
            release(saga, *hold);
            released = true;
        }
    }
    if (released) {
        go_on_behind(saga);
    }
}

void hold_release_of(struct saga *saga, enum hold_reason reason)
{
    release_all_of(saga, reason, true);
}

void hold_release_by_rule(struct saga *saga, enum hold_reason reason)
{
    release_all_of(saga, reason, false);
}

void hold_release_all(struct saga *saga)
{
    if (saga->order->open_holds == 0) {
        return;
    }
    for (struct hold_row **hold = holds_of(saga); *hold != NULL; hold++) {
        if ((*hold)->released_at == 0) {
            release(saga, *hold);
        }
    }
    note_end(saga);
}

static bool is_written(const struct saga *saga, const char *request_id)
{
    struct note_row **note = (struct note_row **)rows_list(saga->out->rows, &order_note_table,
                                                           key_number(saga->order->order_no));

    while (*note != NULL && !text_equal((*note)->request_id, request_id)) {
        note++;
    }
    return *note != NULL;
}

static void write_note(struct saga *saga, const struct incoming_message *in)
{
    const struct order_note *request = in->message;
    struct timeline_news news = { .kind = TIMELINE_NOTE, .clock = saga->out->clock + 1 };

    rows_insert(saga->out->rows, &order_note_table,
                &(struct note_row){ .order_no = saga->order->order_no,
                                    .note_no = ++detour_change(saga)->note_count,
                                    .request_id = in->id,
                                    .written_by = in->actor,
                                    .note = request->body.note,
                                    .written_at = saga->out->now });
    timeline_saw(saga, &news);
}

void on_order_note(struct decision *out, const struct incoming_message *in)
{
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    const struct detour_row *detour = detour_find(&saga);
    if (!is_written(&saga, in->id)) {
        if (reply_stale(out, in, saga.order->clock)) {
            return;
        }
        if (detour != NULL && detour->note_count == NOTES_MAX) {
            order_reply_conflict(&saga, &in->reply, "it has a thousand notes already");
            return;
        }
        write_note(&saga, in);
        saga_end(&saga);
    }
    order_reply_done(&saga, &in->reply, 201, saga.subject.id);
}
