/* labels.c - how each parcel gets its label, or gives it back. */
#include "services/shipping/labels.h"

#include "common/arena.h"
#include "common/money.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/shipping/body.h"
#include "services/shipping/carrier.h"
#include "services/shipping/tracking.h"

/* --- Calls ---------------------------------------------------------------------------------------- */

static struct carrier_call call_for(const struct sending *sending, const struct parcel_row *parcel,
                                    enum carrier_call_operation operation)
{
    return (struct carrier_call){
        .operation = operation,
        .order_id = sending->subject.id,
        .order_no = sending->row->order_no,
        .shipment_id = sending_id(sending),
        .parcel_no = parcel->parcel_no,
        .reference = sending_reference(sending, parcel->parcel_no),
        .carrier_ref = parcel->carrier_ref,
    };
}

static void decide_call(const struct sending *sending, const char *kind,
                        const struct carrier_call *call)
{
    const struct effect_request request = {
        .kind = kind,
        .key = text_format(sending->out->arena, "%s/%s", call->reference, kind),
        .subject = sending->subject,
        .payload = call,
    };

    decide_effect(sending->out, &request, sizeof *call);
}

/* What each parcel is worth, or what is collected with it: by its pieces. */
static int64_t *shares(const struct sending *sending, int64_t total_minor)
{
    struct parcel_row **parcels = sending_parcels(sending);
    size_t count = 0;

    while (parcels[count] != NULL) {
        count++;
    }
    int64_t *weights = arena_alloc(sending->out->arena, (count + 1) * sizeof *weights);
    int64_t *parts = arena_alloc(sending->out->arena, (count + 1) * sizeof *parts);
    for (size_t i = 0; i < count; i++) {
        weights[i] = parcels[i]->pieces;
    }
    money_split(total_minor, weights, count, parts);
    return parts;
}

void labels_ask(const struct sending *sending, const struct place_row *place, const char *consignee)
{
    struct parcel_row **parcels = sending_parcels(sending);
    bool collects = sending->row->cash_on_delivery_minor != NOT_GIVEN;
    const int64_t *values = shares(sending, sending->row->value_minor);
    const int64_t *cash = shares(sending, collects ? sending->row->cash_on_delivery_minor : 0);

    for (size_t i = 0; parcels[i] != NULL; i++) {
        struct carrier_call call = call_for(sending, parcels[i], CARRIER_CALL_OPERATION_CREATE);
        const struct body_parts parts = { .shipment = sending->row,
                                          .parcel = parcels[i],
                                          .place = place,
                                          .consignee = consignee,
                                          .reference = call.reference,
                                          .value_minor = values[i],
                                          .cash_minor = collects ? cash[i] : NOT_GIVEN };

        if (parcel_take(sending->out->rows, parcels[i], PARCEL_IN_ASKED)) {
            call.body = body_parcel(sending->out->arena, &parts);
            decide_call(sending, EFFECT_CREATE, &call);
        }
    }
}

static void ask_back(const struct sending *sending, const struct parcel_row *parcel)
{
    const struct carrier_call call = call_for(sending, parcel, CARRIER_CALL_OPERATION_GIVE_BACK);

    decide_call(sending, EFFECT_VOID, &call);
}

static void give_back(const struct sending *sending, struct parcel_row *parcel)
{
    if (parcel_take(sending->out->rows, parcel, PARCEL_IN_GIVE_BACK)) {
        ask_back(sending, parcel);
    }
}

void labels_give_back(const struct sending *sending)
{
    for (struct parcel_row **parcel = sending_parcels(sending); *parcel != NULL; parcel++) {
        give_back(sending, *parcel);
    }
}

/* --- The end of a void ---------------------------------------------------------------------------- */

static bool has_parcel_in(const struct sending *sending, enum parcel_state state)
{
    struct parcel_row **parcel = sending_parcels(sending);

    while (*parcel != NULL && (*parcel)->state != (int64_t)state) {
        parcel++;
    }
    return *parcel != NULL;
}

void labels_settle(const struct sending *sending)
{
    if (sending->row->state != SENDING_STOPPING || has_parcel_in(sending, PARCEL_CREATING) ||
        has_parcel_in(sending, PARCEL_BUYING) || has_parcel_in(sending, PARCEL_RETURNING)) {
        return;
    }
    bool kept = has_parcel_in(sending, PARCEL_LABELED);
    struct sending_rule rule =
        sending_rule(SENDING_STOPPING, kept ? SENDING_IN_KEPT : SENDING_IN_CLEARED);

    sending_move(sending, rule.next);
    if (kept) {
        say_void_refused(sending);
        tracking_follow(sending);
    } else {
        say_voided(sending);
    }
}

/* --- Answers -------------------------------------------------------------------------------------- */

void carrier_need(const struct incoming_result *in, struct rows *rows)
{
    const struct carrier_call *call = in->payload;

    sending_want(rows, call->order_id);
    rows_want(rows, &shipment_parcel_table, key_number(call->order_no));
}

/* The parcel that a call was about; false, and parked, when there is none: the call was ours. */
static bool find_called(struct decision *out, const struct incoming_result *in, struct sending *ret,
                        struct parcel_row **ret_parcel)
{
    const struct carrier_call *call = in->payload;
    struct shipment_row *row = sending_find(out->rows, call->shipment_id);

    *ret_parcel = NULL;
    if (row != NULL) {
        *ret = sending_of(out, row);
        *ret_parcel = sending_parcel(ret, call->parcel_no);
    }
    if (*ret_parcel == NULL) {
        decide_impossible(out, "the carrier answers for a parcel that is not known");
    }
    return *ret_parcel != NULL;
}

/* A carrier that could not be asked until its patience ended has refused, as far as we are concerned. */
static const struct carrier_answer *answer_of(const struct incoming_result *in)
{
    static const struct carrier_answer given_up = { .refusal = CARRIER_UNAVAILABLE };

    return in->given_up ? &given_up : in->result;
}

/* No label for this parcel: what others have is given back, and a person decides. */
static void refuse_parcel(const struct sending *sending, struct parcel_row *parcel,
                          enum shipment_failed_stage stage, const char *code)
{
    struct sending_rule rule =
        sending_rule((enum sending_state)sending->row->state, SENDING_IN_FAILED);

    parcel_take(sending->out->rows, parcel, PARCEL_IN_REFUSED);
    if (rule.action == SENDING_SAYS_FAILED) {
        sending->row->failure_stage = stage;
        sending->row->failure_code = code;
        sending->row->failed_at = sending->out->now;
        sending_move(sending, rule.next);
        say_failed(sending);
        labels_give_back(sending);
    }
    labels_settle(sending);
}

void on_created(struct decision *out, const struct incoming_result *in)
{
    const struct carrier_answer *answer = answer_of(in);
    struct parcel_row *parcel = NULL;
    struct sending sending;

    if (!find_called(out, in, &sending, &parcel)) {
        return;
    }
    if (answer->refusal != NULL) {
        bool address = text_equal(answer->refusal, CARRIER_REFUSES_ADDRESS);

        refuse_parcel(&sending, parcel,
                      address ? SHIPMENT_FAILED_STAGE_LABEL : SHIPMENT_FAILED_STAGE_RATE,
                      answer->refusal);
        return;
    }
    parcel->carrier_ref = answer->carrier_ref;
    if (sending.row->state != SENDING_LABELING) {
        parcel_take(out->rows, parcel, PARCEL_IN_DROPPED);
        labels_settle(&sending);
        return;
    }
    const struct wanted_service wanted = { sending.row->service, sending.row->currency };
    const struct rate *rate = rates_choose(out->arena, answer->rates, answer->rate_count, &wanted);
    if (rate == NULL) {
        refuse_parcel(&sending, parcel, SHIPMENT_FAILED_STAGE_RATE, "no_rate");
    } else if (parcel_take(out->rows, parcel, PARCEL_IN_OFFERED)) {
        struct carrier_call call = call_for(&sending, parcel, CARRIER_CALL_OPERATION_BUY);

        call.rate_id = rate->id;
        decide_call(&sending, EFFECT_BUY, &call);
    }
}

/* Whoever hears of the tracking number knows from now on whose it is. */
static void tell_number(const struct sending *sending, const struct parcel_row *parcel)
{
    const struct label_known known = { .tracking_number = parcel->tracking_number,
                                       .order_id = sending->subject.id,
                                       .order_no = sending->row->order_no,
                                       .shipment_id = sending_id(sending),
                                       .parcel_no = parcel->parcel_no };
    const struct subject subject = { .number = sending->row->order_no,
                                     .id = parcel->tracking_number };

    decide_input(sending->out, subject, MESSAGE_LABEL_KNOWN, &known, sizeof known);
}

static void keep_label(struct arena *arena, struct parcel_row *parcel,
                       const struct carrier_answer *answer)
{
    const struct rate *bought = answer->bought;

    parcel->tracking_number = answer->tracking_number;
    parcel->label_url = answer->label_url;
    parcel->carrier = rates_code(arena, bought == NULL ? "" : bought->carrier);
    parcel->service = rates_code(arena, bought == NULL ? "" : bought->service);
    if (bought != NULL && rates_price_minor(bought->price, bought->currency, &parcel->cost_minor)) {
        parcel->cost_currency = bought->currency;
    } else {
        parcel->cost_minor = NOT_GIVEN;
    }
}

/* All parcels have their labels. */
static void finish_labeling(const struct sending *sending)
{
    struct sending_rule rule =
        sending_rule((enum sending_state)sending->row->state, SENDING_IN_LABELED);

    if (rule.action == SENDING_SAYS_LABELED && !has_parcel_in(sending, PARCEL_CREATING) &&
        !has_parcel_in(sending, PARCEL_BUYING)) {
        sending_move(sending, rule.next);
        say_labeled(sending);
        tracking_look_later(sending);
        tracking_follow(sending);
    }
}

void on_bought(struct decision *out, const struct incoming_result *in)
{
    const struct carrier_answer *answer = answer_of(in);
    struct parcel_row *parcel = NULL;
    struct sending sending;

    if (!find_called(out, in, &sending, &parcel)) {
        return;
    }
    if (answer->refusal != NULL) {
        refuse_parcel(&sending, parcel, SHIPMENT_FAILED_STAGE_LABEL, answer->refusal);
        if (in->given_up && in->may_have_happened) {
            ask_back(&sending, parcel);
        }
        return;
    }
    if (!parcel_take(out->rows, parcel, PARCEL_IN_BOUGHT)) {
        return;
    }
    keep_label(out->arena, parcel, answer);
    tell_number(&sending, parcel);
    if (sending.row->state == SENDING_LABELING) {
        finish_labeling(&sending);
    } else {
        give_back(&sending, parcel);
        labels_settle(&sending);
    }
}

void on_voided(struct decision *out, const struct incoming_result *in)
{
    const struct carrier_answer *answer = answer_of(in);
    struct parcel_row *parcel = NULL;
    struct sending sending;

    if (find_called(out, in, &sending, &parcel)) {
        parcel_take(out->rows, parcel,
                    answer->refusal == NULL ? PARCEL_IN_RETURNED : PARCEL_IN_KEPT);
        labels_settle(&sending);
    }
}
