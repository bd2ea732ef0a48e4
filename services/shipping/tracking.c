/* tracking.c - where parcels are, in the order in which they were there. */
#include "services/shipping/tracking.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/shipping/carrier.h"
#include "services/shipping/reply.h"

#include <assert.h>
#include <string.h>

/* --- One parcel ----------------------------------------------------------------------------------- */

/* How far along, to order what happened in one instant. */
static const int progress[TRACKING_STATUS_UNKNOWN + 1] = {
    [TRACKING_STATUS_PRE_TRANSIT] = 1,          [TRACKING_STATUS_IN_TRANSIT] = 2,
    [TRACKING_STATUS_OUT_FOR_DELIVERY] = 3,     [TRACKING_STATUS_ATTEMPT_FAILED] = 4,
    [TRACKING_STATUS_AVAILABLE_FOR_PICKUP] = 5, [TRACKING_STATUS_FAILURE] = 6,
    [TRACKING_STATUS_RETURN_TO_SENDER] = 7,     [TRACKING_STATUS_DELIVERED] = 8,
};

/* What is final is never followed by what is on its way, and that never by a label alone: a scan that is entered late says no more. */
enum stage { STAGE_NOTHING, STAGE_LABEL, STAGE_ON_ITS_WAY, STAGE_OVER };

static const enum stage stages[TRACKING_STATUS_UNKNOWN + 1] = {
    [TRACKING_STATUS_PRE_TRANSIT] = STAGE_LABEL,
    [TRACKING_STATUS_IN_TRANSIT] = STAGE_ON_ITS_WAY,
    [TRACKING_STATUS_OUT_FOR_DELIVERY] = STAGE_ON_ITS_WAY,
    [TRACKING_STATUS_AVAILABLE_FOR_PICKUP] = STAGE_ON_ITS_WAY,
    [TRACKING_STATUS_ATTEMPT_FAILED] = STAGE_ON_ITS_WAY,
    [TRACKING_STATUS_FAILURE] = STAGE_ON_ITS_WAY,
    [TRACKING_STATUS_DELIVERED] = STAGE_OVER,
    [TRACKING_STATUS_RETURN_TO_SENDER] = STAGE_OVER,
};

bool tracking_supersedes(const struct tracking_scan *known, const struct tracking_scan *told)
{
    assert(known->status <= TRACKING_STATUS_UNKNOWN && told->status <= TRACKING_STATUS_UNKNOWN);
    enum stage before = stages[known->status], now = stages[told->status];

    if (now != before) {
        return now > before;
    }
    if (now == STAGE_NOTHING) {
        return false;
    }
    if (now == STAGE_OVER) { /* what goes back is "delivered" again: to the sender */
        return told->at < known->at ||
               (told->at == known->at && progress[told->status] < progress[known->status]);
    }
    return told->at > known->at ||
           (told->at == known->at && progress[told->status] > progress[known->status]);
}

/* With a failure it may be that the carrier never had it. */
static bool is_movement(enum tracking_status status)
{
    return stages[status] >= STAGE_ON_ITS_WAY && status != TRACKING_STATUS_FAILURE;
}

static bool is_news_of(const struct parcel_row *parcel, const struct parcel_tracked_step *step,
                       int64_t at)
{
    const struct tracking_scan known = { (enum tracking_status)parcel->tracking_status,
                                         parcel->tracked_at };

    return tracking_supersedes(&known, &(struct tracking_scan){ step->status, at });
}

/* Why it does not arrive: lost, damaged, return_to_sender, or failure where the carrier does not say. */
static const char *failure_code(const struct parcel_tracked_step *step)
{
    if (step->status == TRACKING_STATUS_RETURN_TO_SENDER) {
        return "return_to_sender";
    }
    if (step->code != NULL && strstr(step->code, "lost") != NULL) {
        return "lost";
    }
    return step->code != NULL && strstr(step->code, "damage") != NULL ? "damaged" : "failure";
}

static void fail_in_transit(const struct sending *sending, const struct parcel_tracked_step *step)
{
    if (sending->row->state != SENDING_LABELED && sending->row->state != SENDING_SHIPPED) {
        return;
    }
    sending->row->failure_stage = SHIPMENT_FAILED_STAGE_TRANSIT;
    sending->row->failure_code = failure_code(step);
    sending->row->failed_at = sending->out->now;
    say_failed(sending);
}

/* What is shown of a parcel changes with its shipment's version. */
static void change_parcel(const struct sending *sending, struct parcel_row *parcel)
{
    rows_update(sending->out->rows, &shipment_parcel_table, parcel);
    (void)sending_touch(sending);
}

static bool fails(const struct parcel_row *parcel)
{
    return parcel->tracking_status == TRACKING_STATUS_FAILURE ||
           parcel->tracking_status == TRACKING_STATUS_RETURN_TO_SENDER;
}

/* A failure is over once no parcel is in one any more. */
static void forget_failure(const struct sending *sending)
{
    struct parcel_row **parcel = sending_parcels(sending);

    while (*parcel != NULL && ((*parcel)->state != PARCEL_LABELED || !fails(*parcel))) {
        parcel++;
    }
    if (*parcel == NULL && sending->row->failure_stage == SHIPMENT_FAILED_STAGE_TRANSIT) {
        sending->row->failure_stage = 0;
        sending->row->failure_code = NULL;
        sending->row->failed_at = 0;
    }
}

/* When the carrier had it first, and when it arrived: a scan that comes late may tell of an earlier time. */
static void note_times(const struct sending *sending, struct parcel_row *parcel,
                       enum tracking_status status, int64_t at)
{
    int64_t moved_at = parcel->moved_at, delivered_at = parcel->delivered_at;

    if (is_movement(status) && (moved_at == 0 || at < moved_at)) {
        moved_at = at;
    }
    if (status == TRACKING_STATUS_DELIVERED && parcel->tracking_status == status) {
        delivered_at = parcel->tracked_at;
    }
    if (moved_at != parcel->moved_at || delivered_at != parcel->delivered_at) {
        parcel->moved_at = moved_at;
        parcel->delivered_at = delivered_at;
        change_parcel(sending, parcel);
    }
}

static void move_parcel(const struct sending *sending, struct parcel_row *parcel,
                        const struct parcel_tracked_step *step, int64_t at)
{
    bool another = step->status != (enum tracking_status)parcel->tracking_status;

    parcel->tracking_status = step->status;
    parcel->tracked_at = at;
    note_times(sending, parcel, step->status, at);
    rows_update(sending->out->rows, &shipment_parcel_table, parcel);
    forget_failure(sending);
    if (another) {
        say_tracked(sending, parcel, step);
    } else {
        (void)sending_touch(sending);
    }
}

static void take_step(const struct sending *sending, struct parcel_row *parcel,
                      const struct parcel_tracked_step *step)
{
    /* Nothing happens after it is told: a carrier's clock that is fast must not shut out what comes. */
    int64_t at = step->occurred_at < sending->out->now ? step->occurred_at : sending->out->now;
    int64_t before = parcel->tracking_status;

    if (is_news_of(parcel, step, at)) {
        move_parcel(sending, parcel, step, at);
    } else {
        note_times(sending, parcel, step->status, at);
    }
    tracking_follow(sending);
    if (parcel->tracking_status != before && fails(parcel)) {
        fail_in_transit(sending, step);
    }
}

/* When the news is of, by the carrier's clock: that of its last scan. */
static int64_t told_at(const struct parcel_tracked *news)
{
    int64_t last = 0;

    for (size_t i = 0; i < news->steps_count; i++) {
        last = news->steps[i].occurred_at > last ? news->steps[i].occurred_at : last;
    }
    return last;
}

/* The carrier's last word on it counts; of one instant, the later day. */
static void take_estimate(const struct sending *sending, struct parcel_row *parcel,
                          const struct parcel_tracked *news)
{
    int64_t at = told_at(news);

    if (!news->has_estimated_at || at < parcel->estimate_told_at ||
        (at == parcel->estimate_told_at && news->estimated_at <= parcel->estimated_at)) {
        return;
    }
    parcel->estimated_at = news->estimated_at;
    parcel->estimate_told_at = at;
    change_parcel(sending, parcel);
}

/* The proof is kept before the delivery is stated. */
static void take_news(const struct sending *sending, struct parcel_row *parcel,
                      const struct parcel_tracked *news)
{
    take_estimate(sending, parcel, news);
    if (news->signed_by != NULL && news->signed_by[0] != '\0' && parcel->signed_by == NULL &&
        !sending_is_erased(sending->row)) {
        parcel->signed_by = news->signed_by;
        change_parcel(sending, parcel);
    }
    for (size_t i = 0; i < news->steps_count; i++) {
        take_step(sending, parcel, &news->steps[i]);
    }
}

/* --- The shipment --------------------------------------------------------------------------------- */

/* What its labeled parcels have come to. */
struct progress_sum {
    size_t labeled, arrived;
    int64_t first_moved_at, last_arrived_at; /* 0 while none has */
};

static struct progress_sum sum_up(const struct sending *sending)
{
    struct progress_sum sum = { 0 };

    for (struct parcel_row **at = sending_parcels(sending); *at != NULL; at++) {
        const struct parcel_row *parcel = *at;

        if (parcel->state != PARCEL_LABELED) {
            continue;
        }
        sum.labeled++;
        sum.arrived += parcel->delivered_at != 0;
        if (parcel->moved_at != 0 &&
            (sum.first_moved_at == 0 || parcel->moved_at < sum.first_moved_at)) {
            sum.first_moved_at = parcel->moved_at;
        }
        if (parcel->delivered_at > sum.last_arrived_at) {
            sum.last_arrived_at = parcel->delivered_at;
        }
    }
    return sum;
}

/* It was said before; what is shown is when it was. */
static void note_earlier(const struct sending *sending, const struct progress_sum *sum)
{
    struct shipment_row *row = sending->row;

    if (row->shipped_at != 0 && sum->first_moved_at != 0 && sum->first_moved_at < row->shipped_at) {
        row->shipped_at = sum->first_moved_at;
        (void)sending_touch(sending);
    }
    if (row->delivered_at != 0 && sum->arrived == sum->labeled &&
        sum->last_arrived_at < row->delivered_at) {
        row->delivered_at = sum->last_arrived_at;
        (void)sending_touch(sending);
    }
}

void tracking_follow(const struct sending *sending)
{
    const struct progress_sum sum = sum_up(sending);
    struct sending_rule rule =
        sending_rule((enum sending_state)sending->row->state, SENDING_IN_MOVED);

    note_earlier(sending, &sum);
    if (sum.first_moved_at != 0 && rule.action == SENDING_SAYS_SHIPPED) {
        sending->row->shipped_at = sum.first_moved_at;
        sending_move(sending, rule.next);
        say_shipped(sending);
    }
    rule = sending_rule((enum sending_state)sending->row->state, SENDING_IN_ARRIVED);
    if (sum.labeled > 0 && sum.arrived == sum.labeled && rule.action == SENDING_SAYS_DELIVERED) {
        sending->row->delivered_at = sum.last_arrived_at;
        sending_move(sending, rule.next);
        say_delivered(sending);
    }
}

/* --- From the lane of the tracking number --------------------------------------------------------- */

void parcel_tracked_need(const struct incoming_message *in, struct rows *rows)
{
    const struct parcel_tracked *news = in->message;

    sending_want(rows, news->order_id);
    rows_want(rows, &shipment_parcel_table, key_number(news->order_no));
}

void on_parcel_tracked(struct decision *out, const struct incoming_message *in)
{
    const struct parcel_tracked *news = in->message;
    struct shipment_row *row = sending_find(out->rows, news->shipment_id);

    if (row == NULL) {
        decide_impossible(out, "a tracking number belongs to a shipment that is not known");
        return;
    }
    struct sending sending = sending_of(out, row);
    struct parcel_row *parcel = sending_parcel(&sending, news->parcel_no);

    if (parcel != NULL) {
        take_news(&sending, parcel, news);
    }
}

/* --- Reported by a person --------------------------------------------------------------------------- */

static const char *shipment_of(const struct incoming_message *in)
{
    return ((const struct shipment_track *)in->message)->shipment_id;
}

const char *track_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return sending_order_of(arena, shipment_of(in));
}

void track_need(const struct incoming_message *in, struct rows *rows)
{
    sending_want(rows, shipment_of(in));
}

void track_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct shipment_row *row = sending_find(rows, shipment_of(in));

    if (row != NULL) {
        rows_want(rows, &shipment_parcel_table, key_number(row->order_no));
    }
}

static bool is_meant(const struct parcel_row *parcel, const struct shipment_track_body *body)
{
    return parcel->state == PARCEL_LABELED &&
           (body->tracking_number == NULL ||
            text_equal(body->tracking_number, parcel->tracking_number));
}

/* Whether one of the parcels that are meant was not there yet. */
static bool is_news(const struct sending *sending, const struct parcel_tracked_step *step,
                    const struct shipment_track_body *body)
{
    bool news = false;

    for (struct parcel_row **parcel = sending_parcels(sending); *parcel != NULL; parcel++) {
        news = news || (is_meant(*parcel, body) && is_news_of(*parcel, step, step->occurred_at));
    }
    return news;
}

/* Takes it for the parcels that are meant: how many. */
static size_t take_report(const struct sending *sending, const struct parcel_tracked_step *step,
                          const struct shipment_track_body *body)
{
    size_t count = 0;

    for (struct parcel_row **parcel = sending_parcels(sending); *parcel != NULL; parcel++) {
        if (is_meant(*parcel, body)) {
            take_step(sending, *parcel, step);
            count++;
        }
    }
    return count;
}

void on_track(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_track *request = in->message;
    struct shipment_row *row = sending_find(out->rows, request->shipment_id);

    if (row == NULL || row->state == SENDING_TOMBSTONE) {
        reply_unknown(out, in);
        return;
    }
    if (row->state != SENDING_LABELED && row->state != SENDING_SHIPPED &&
        row->state != SENDING_DELIVERED) {
        reply_conflict(out, in, "the shipment has no label that could be tracked");
        return;
    }
    if (request->body.occurred_at > out->now + FUTURE_MS_MAX) {
        reply_invalid(out, in, "/occurred_at", "lies in the future");
        return;
    }
    struct sending sending = sending_of(out, row);
    const struct parcel_tracked_step step = { .status = request->body.tracking_status,
                                              .code = request->body.code,
                                              .occurred_at = request->body.occurred_at };

    if (is_news(&sending, &step, &request->body) && reply_stale(out, in, row->clock)) {
        return;
    }
    if (take_report(&sending, &step, &request->body) == 0) {
        reply_invalid(out, in, "/tracking_number", "is none of this shipment's");
    } else {
        reply_done(out, in, 200, request->shipment_id);
    }
}

/* --- Asking the carrier ----------------------------------------------------------------------------- */

void tracking_look_later(const struct sending *sending)
{
    decide_timer(sending->out, sending->subject, TIMER_LOOK, sending->out->now + LOOK_PAUSE_MS,
                 sending->row->shipment_no);
}

void look_due_need(const struct incoming_timer *in, struct rows *rows)
{
    sending_want(rows, in->subject.id);
    rows_want(rows, &shipment_parcel_table, key_number(in->subject.number));
}

static void look(const struct sending *sending, const struct parcel_row *parcel)
{
    const struct carrier_call call = { .operation = CARRIER_CALL_OPERATION_LOOK,
                                       .order_id = sending->subject.id,
                                       .order_no = sending->row->order_no,
                                       .shipment_id = sending_id(sending),
                                       .parcel_no = parcel->parcel_no,
                                       .reference = sending_reference(sending, parcel->parcel_no),
                                       .carrier_ref = parcel->carrier_ref };
    const struct effect_request request = {
        .kind = EFFECT_LOOK,
        .key = text_format(sending->out->arena, "%s/%s/%lld", call.reference, EFFECT_LOOK,
                           (long long)sending->out->now),
        .subject = sending->subject,
        .payload = &call,
    };

    decide_effect(sending->out, &request, sizeof call);
}

void on_look_due(struct decision *out, const struct incoming_timer *in)
{
    struct child_id_text id = child_id_format(in->subject.id, 'S', in->step);
    struct shipment_row *row = sending_find(out->rows, id.text);

    if (row == NULL || (row->state != SENDING_LABELED && row->state != SENDING_SHIPPED) ||
        out->now > row->changed_at + LOOK_PATIENCE_MS) {
        return;
    }
    struct sending sending = sending_of(out, row);

    for (struct parcel_row **parcel = sending_parcels(&sending); *parcel != NULL; parcel++) {
        if ((*parcel)->state == PARCEL_LABELED && (*parcel)->delivered_at == 0) {
            look(&sending, *parcel);
        }
    }
    tracking_look_later(&sending);
}

void on_looked(struct decision *out, const struct incoming_result *in)
{
    const struct carrier_call *call = in->payload;
    const struct carrier_answer *answer = in->result;
    struct shipment_row *row = sending_find(out->rows, call->shipment_id);

    if (row == NULL || in->given_up || answer->news == NULL) {
        return;
    }
    struct sending sending = sending_of(out, row);
    struct parcel_row *parcel = sending_parcel(&sending, call->parcel_no);

    if (parcel != NULL) {
        take_news(&sending, parcel, answer->news);
    }
}
