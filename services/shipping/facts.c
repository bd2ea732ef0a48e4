/* facts.c - what is stated of a shipment; nothing in it names a person. */
#include "services/shipping/sending.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/money.h"
#include "common/text.h"
#include "proto/message_type.h"

#include <assert.h>
#include <string.h>

enum { PARCELS_MAX = 100 };

static const char *fulfillment_id(const struct sending *sending)
{
    struct child_id_text id =
        child_id_format(sending->subject.id, 'F', sending->row->fulfillment_no);

    return arena_copy_text(sending->out->arena, id.text, strlen(id.text));
}

/* The first parcel that has a label; where there is none, the first. */
static const struct parcel_row *leading_parcel(const struct sending *sending)
{
    struct parcel_row **parcels = sending_parcels(sending);
    const struct parcel_row *first = *parcels;

    assert(first != NULL); /* a shipment of nothing is no shipment: see the contract */
    for (; *parcels != NULL; parcels++) {
        if ((*parcels)->state == PARCEL_LABELED) {
            return *parcels;
        }
    }
    return first;
}

/* What all labels cost; false where that is not known, or not in one currency. */
static bool sum_costs(const struct sending *sending, int64_t *ret_minor, const char **ret_currency)
{
    *ret_minor = 0;
    *ret_currency = NULL;
    for (struct parcel_row **at = sending_parcels(sending); *at != NULL; at++) {
        if ((*at)->state != PARCEL_LABELED) {
            continue;
        }
        if ((*at)->cost_minor == NOT_GIVEN ||
            (*ret_currency != NULL && !text_equal(*ret_currency, (*at)->cost_currency)) ||
            !money_add(ret_minor, (*at)->cost_minor)) {
            return false;
        }
        *ret_currency = (*at)->cost_currency;
    }
    return *ret_currency != NULL;
}

void say_labeled(const struct sending *sending)
{
    const struct parcel_row *leading = leading_parcel(sending);
    struct shipment_labeled_parcel *parcels =
        arena_alloc(sending->out->arena, PARCELS_MAX * sizeof *parcels);
    struct shipment_labeled fact = {
        .order_id = sending->subject.id,
        .order_no = sending->row->order_no,
        .clock = sending_touch(sending),
        .shipment_id = sending_id(sending),
        .fulfillment_id = fulfillment_id(sending),
        .carrier = leading->carrier,
        .service = leading->service,
        .parcels = parcels,
    };

    for (struct parcel_row **at = sending_parcels(sending);
         *at != NULL && fact.parcels_count < PARCELS_MAX; at++) {
        if ((*at)->state == PARCEL_LABELED) {
            parcels[fact.parcels_count++] =
                (struct shipment_labeled_parcel){ .parcel_no = (*at)->parcel_no,
                                                  .tracking_number = (*at)->tracking_number };
        }
    }
    fact.has_cost_minor = sum_costs(sending, &fact.cost_minor, &fact.cost_currency);
    if (!fact.has_cost_minor) {
        fact.cost_currency = NULL;
    }
    decide_emit(sending->out, sending->subject, MESSAGE_SHIPMENT_LABELED, &fact, sizeof fact);
}

void say_voided(const struct sending *sending)
{
    struct shipment_voided fact = { .order_id = sending->subject.id,
                                    .order_no = sending->row->order_no,
                                    .clock = sending_touch(sending),
                                    .shipment_id = sending_id(sending),
                                    .reason = (enum cancel_reason)sending->row->reason };

    if (sending->row->fulfillment_no > 0) {
        fact.fulfillment_id = fulfillment_id(sending);
    }
    decide_emit(sending->out, sending->subject, MESSAGE_SHIPMENT_VOIDED, &fact, sizeof fact);
}

/* The parcel that the carrier had first. */
static const struct parcel_row *first_moved(const struct sending *sending)
{
    const struct parcel_row *first = NULL;

    for (struct parcel_row **at = sending_parcels(sending); *at != NULL; at++) {
        if ((*at)->state == PARCEL_LABELED && (*at)->moved_at != 0 &&
            (first == NULL || (*at)->moved_at < first->moved_at)) {
            first = *at;
        }
    }
    return first != NULL ? first : leading_parcel(sending);
}

void say_shipped(const struct sending *sending)
{
    const struct parcel_row *parcel = first_moved(sending);
    const struct shipment_shipped fact = { .order_id = sending->subject.id,
                                           .order_no = sending->row->order_no,
                                           .clock = sending_touch(sending),
                                           .shipment_id = sending_id(sending),
                                           .fulfillment_id = fulfillment_id(sending),
                                           .carrier = parcel->carrier,
                                           .tracking_number = parcel->tracking_number,
                                           .shipped_at = sending->row->shipped_at };

    decide_emit(sending->out, sending->subject, MESSAGE_SHIPMENT_SHIPPED, &fact, sizeof fact);
}

void say_delivered(const struct sending *sending)
{
    struct shipment_delivered fact = { .order_id = sending->subject.id,
                                       .order_no = sending->row->order_no,
                                       .clock = sending_touch(sending),
                                       .shipment_id = sending_id(sending),
                                       .fulfillment_id = fulfillment_id(sending),
                                       .delivered_at = sending->row->delivered_at,
                                       .has_proof = true,
                                       .has_has_proof = true };

    for (struct parcel_row **at = sending_parcels(sending); *at != NULL; at++) {
        fact.has_proof &= (*at)->state != PARCEL_LABELED || (*at)->signed_by != NULL;
    }
    decide_emit(sending->out, sending->subject, MESSAGE_SHIPMENT_DELIVERED, &fact, sizeof fact);
}

void say_failed(const struct sending *sending)
{
    const struct shipment_failed fact = {
        .order_id = sending->subject.id,
        .order_no = sending->row->order_no,
        .clock = sending_touch(sending),
        .shipment_id = sending_id(sending),
        .fulfillment_id = fulfillment_id(sending),
        .stage = (enum shipment_failed_stage)sending->row->failure_stage,
        .code = sending->row->failure_code,
        .failed_at = sending->row->failed_at,
    };

    decide_emit(sending->out, sending->subject, MESSAGE_SHIPMENT_FAILED, &fact, sizeof fact);
}

void say_tracked(const struct sending *sending, const struct parcel_row *parcel,
                 const struct parcel_tracked_step *step)
{
    const struct shipment_tracked fact = {
        .order_id = sending->subject.id,
        .order_no = sending->row->order_no,
        .clock = sending_touch(sending),
        .shipment_id = sending_id(sending),
        .tracking_number = parcel->tracking_number,
        .tracking_status = (enum tracking_status)parcel->tracking_status,
        .carrier_code = step->code,
        .country = step->country,
        .occurred_at = parcel->tracked_at,
        .estimated_at = parcel->estimated_at,
        .has_estimated_at = parcel->estimated_at != 0,
    };

    decide_emit(sending->out, sending->subject, MESSAGE_SHIPMENT_TRACKED, &fact, sizeof fact);
}

void say_void_refused(const struct sending *sending)
{
    const struct shipment_refused fact = { .order_id = sending->subject.id,
                                           .order_no = sending->row->order_no,
                                           .clock = sending_touch(sending),
                                           .command = "kervan.shipment.void.v1",
                                           .subject_id = sending_id(sending),
                                           .reason = REFUSED_REASON_RULE };

    decide_emit(sending->out, sending->subject, MESSAGE_SHIPMENT_REFUSED, &fact, sizeof fact);
}
