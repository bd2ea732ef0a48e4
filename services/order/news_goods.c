/* news_goods.c - what places and carriers state.
 *
 * A shipment or capture that another one took the place of is nobody's any more; a place or a
 * carrier that speaks of what was never told is wrong.
 */
#include "services/order/news_takers.h"

#include "common/id.h"
#include "proto/fulfillment.h"
#include "proto/shipping.h"
#include "services/order/commands.h"
#include "services/order/cut.h"
#include "services/order/detour.h"
#include "services/order/promise.h"
#include "services/order/shares.h"
#include "services/order/words.h"

/* A label that came too late or of which a parcel was refused is replaced, and its carrier may still speak of it. */
static bool was_replaced(const struct saga *saga, int64_t number, char letter)
{
    return letter == 'S' && number > 0 && number <= detour_number_max(saga);
}

/* The share that a fact is about; NULL when it is nobody's.  A place or a carrier cannot speak of one that was never told. */
static struct fulfillment_row *share_named(struct saga *saga, struct timeline_news *news,
                                           const char *id, char letter)
{
    int64_t number = child_id_counter(id, letter);
    struct fulfillment_row *share =
        letter == 'S' ? share_of_shipment(saga, number) : share_find(saga, number);

    news->subject_id = id;
    if (share == NULL && !was_replaced(saga, number, letter)) {
        decide_impossible(saga->out, "\"%s\" is no fulfillment or shipment of the order", id);
        return NULL;
    }
    timeline_saw(saga, news);
    if (share == NULL) {
        return NULL;
    }
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    return share;
}

static void share_news(struct saga *saga, struct timeline_news *news, const char *fulfillment_id,
                       enum share_input input)
{
    struct fulfillment_row *share = share_named(saga, news, fulfillment_id, 'F');

    if (share != NULL) {
        share_take(saga, share, input);
    }
}

/* How far the place says it is; a canceled share stays one. */
static void show_state(struct saga *saga, struct timeline_news *news, const char *fulfillment_id,
                       enum fulfillment_state state)
{
    struct fulfillment_row *share = share_named(saga, news, fulfillment_id, 'F');

    if (share != NULL && share->state != FULFILLMENT_STATE_CANCELED) {
        share->state = state;
    }
}

void take_opened(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_opened *fact = saga->message;

    share_news(saga, news, fact->fulfillment_id, ON_OPENED);
}

void take_picked(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_picked *fact = saga->message;

    show_state(saga, news, fact->fulfillment_id, FULFILLMENT_STATE_PICKED);
    tell_picked(saga);
}

void take_assembled(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_assembled *fact = saga->message;

    show_state(saga, news, fact->fulfillment_id, FULFILLMENT_STATE_ASSEMBLING);
}

void take_packed(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_packed *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->fulfillment_id, 'F');

    if (share != NULL) {
        share->state = FULFILLMENT_STATE_PACKED;
        share_take(saga, share, share_may_be_paid(saga, share) ? ON_PACKED : ON_PACKED_EARLY);
    }
}

void take_canceled(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_canceled *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->fulfillment_id, 'F');

    if (share != NULL) {
        bool empty = share_is_empty(saga, share);

        if (empty || fact->reason == CANCEL_REASON_OUT_OF_STOCK) {
            saga->cancel_reason = CANCEL_REASON_OUT_OF_STOCK;
        }
        share->state = FULFILLMENT_STATE_CANCELED;
        share_take(saga, share, empty ? ON_EMPTIED : ON_CANCELED);
    }
}

void take_shorted(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_shorted *fact = saga->message;

    news->detail = fact->reason == FULFILLMENT_SHORTED_REASON_DAMAGED ? "damaged" : "not_found";
    share_news(saga, news, fact->fulfillment_id, ON_SHORTED);
}

/* What a place says of an earlier question is an old story. */
static void cut_news(struct saga *saga, struct timeline_news *news, const char *fulfillment_id,
                     bool is_answer, enum share_input input)
{
    struct fulfillment_row *share = share_named(saga, news, fulfillment_id, 'F');

    if (share != NULL && is_answer) {
        share_take(saga, share, input);
    }
}

void take_reduced(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_reduced *fact = saga->message;

    cut_news(saga, news, fact->fulfillment_id,
             cut_is_open(saga, fact->has_change_no, fact->change_no), ON_REDUCED);
}

/* Canceled work would have been stated so before: what is gone without it never came. */
void take_reduce_refused(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_reduce_refused *fact = saga->message;
    bool gone = fact->reason == FULFILLMENT_REDUCE_REFUSED_REASON_CANCELED;

    cut_news(saga, news, fact->fulfillment_id,
             cut_is_open(saga, fact->has_change_no, fact->change_no),
             gone ? ON_NEVER_TAKEN : ON_REDUCE_REFUSED);
}

/* The place says so, by our word or by its own. */
void take_on_hold(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_on_hold *fact = saga->message;

    show_state(saga, news, fact->fulfillment_id, FULFILLMENT_STATE_ON_HOLD);
}

void take_resumed(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_resumed *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->fulfillment_id, 'F');

    if (share != NULL) {
        if (share->state == FULFILLMENT_STATE_ON_HOLD) {
            share->state = FULFILLMENT_STATE_OPEN;
        }
        share_take(saga, share, ON_OPENED);
    }
}

void take_cancel_refused(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_cancel_refused *fact = saga->message;

    news->detail = fact->reason == FULFILLMENT_CANCEL_REFUSED_REASON_SHIPPED ? "shipped" : "packed";
    share_news(saga, news, fact->fulfillment_id, ON_CANCEL_REFUSED);
}

void take_labeled(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_labeled *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');

    if (share != NULL) {
        share->carrier = fact->carrier;
        if (fact->parcels_count > 0 && fact->parcels[0].tracking_number != NULL) {
            share->tracking_number = fact->parcels[0].tracking_number;
        }
        share_take(saga, share, ON_LABELED);
    }
}

void take_shipped(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_shipped *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');

    if (share != NULL) {
        share->carrier = fact->carrier;
        share->shipped_at = fact->shipped_at;
        share->state = FULFILLMENT_STATE_CLOSED;
        promise_sent(saga, share);
        if (fact->tracking_number != NULL) {
            share->tracking_number = fact->tracking_number;
        }
        share_take(saga, share, ON_SHIPPED);
    }
}

void take_delivered(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_delivered *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');
    bool at_door = saga->order->payment_method == PAYMENT_METHOD_CASH_ON_DELIVERY;

    if (share != NULL) {
        share->delivered_at = fact->delivered_at;
        share->state = FULFILLMENT_STATE_CLOSED;
        share_take(saga, share,
                   at_door && share->capture_minor > 0 ? ON_DELIVERED_UNPAID : ON_DELIVERED);
    }
}

void take_tracked(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_tracked *fact = saga->message;

    news->detail = fact->tracking_status == TRACKING_STATUS_UNKNOWN
                       ? NULL
                       : tracking_status_word(fact->tracking_status);
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');
    if (share != NULL && news->detail != NULL) {
        share->tracking_status = fact->tracking_status;
        promise_estimated(saga, share, fact->has_estimated_at ? fact->estimated_at : 0);
    }
}

void take_shipment_failed(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_failed *fact = saga->message;
    bool on_its_way = fact->stage == SHIPMENT_FAILED_STAGE_TRANSIT;

    news->detail = fact->code;
    saga->code = fact->code;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');
    if (share != NULL) {
        share_take(saga, share, on_its_way ? ON_LOST : ON_SHIPPING_FAILED);
    }
}

void take_shipment_voided(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_voided *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');

    if (share != NULL) {
        share_take(saga, share, ON_VOIDED);
    }
}
