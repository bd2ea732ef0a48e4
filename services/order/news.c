/* news.c - reads facts, and puts them to the saga.
 *
 * Learning comes first, moving second: what a fact says of money or parcels is noted even where the
 * saga has no cell for it, because it happened.
 */
#include "services/order/news.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/order/cancel.h"
#include "services/order/commands.h"
#include "services/order/rows_of_order.h"
#include "services/order/shares.h"
#include "services/order/task.h"
#include "services/order/timeline.h"
#include "services/order/words.h"

#include <string.h>

/* --- Inventory ------------------------------------------------------------------------------------- */

static void take_reserved(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_reserved *fact = saga->message;

    news->subject_id = fact->reservation_id;
    timeline_saw(saga, news);
    saga_take(saga, ON_RESERVED);
}

static void take_short(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_short *fact = saga->message;

    news->subject_id = fact->reservation_id;
    timeline_saw(saga, news);
    saga_take(saga, ON_SHORT);
}

static void take_released(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_released *fact = saga->message;

    news->subject_id = fact->reservation_id;
    news->detail = fact->reason == CANCEL_REASON_UNKNOWN ? NULL : cancel_reason_word(fact->reason);
    timeline_saw(saga, news);
    saga_take(saga, ON_RELEASED);
}

static void take_consumed(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_consumed *fact = saga->message;

    news->subject_id = fact->fulfillment_id;
    timeline_saw(saga, news);
}

/* --- Payment --------------------------------------------------------------------------------------- */

static void take_authorized(struct saga *saga, struct timeline_news *news)
{
    const struct payment_authorized *fact = saga->message;
    struct order_row *order = saga->order;

    news->subject_id = fact->payment_id;
    timeline_saw(saga, news);
    order->authorized_minor = fact->amount_minor;
    if (order->payment_state != PAYMENT_STATE_VOIDING && order->captured_minor == 0) {
        order->payment_state = PAYMENT_STATE_AUTHORIZED;
    }
    order->payment_action_url = NULL;
    saga_take(saga, ON_AUTHORIZED);
}

static void take_requires_action(struct saga *saga, struct timeline_news *news)
{
    const struct payment_requires_action *fact = saga->message;

    news->subject_id = fact->payment_id;
    timeline_saw(saga, news);
    if (saga->order->payment_state == PAYMENT_STATE_AUTHORIZING) {
        saga->order->payment_state = PAYMENT_STATE_REQUIRES_ACTION;
        saga->order->payment_action_url = fact->action_url;
    }
    saga_take(saga, ON_ACTION_REQUIRED);
}

static void decline(struct saga *saga, const char *code)
{
    struct order_row *order = saga->order;

    if (order->payment_state == PAYMENT_STATE_AUTHORIZING ||
        order->payment_state == PAYMENT_STATE_REQUIRES_ACTION) {
        order->payment_state = PAYMENT_STATE_FAILED;
    }
    order->payment_code = code;
    order->payment_action_url = NULL;
    saga_take(saga, ON_DECLINED);
}

static void take_declined(struct saga *saga, struct timeline_news *news)
{
    const struct payment_declined *fact = saga->message;

    news->subject_id = fact->payment_id;
    news->detail = fact->code;
    timeline_saw(saga, news);
    decline(saga, fact->code);
}

/* Nothing is authorized any more, and what was taken is back. */
static void take_money_back(struct saga *saga)
{
    const struct order_row *order = saga->order;

    if (order->payment_state == PAYMENT_STATE_VOIDED &&
        order->refunded_minor == order->captured_minor) {
        saga_take(saga, ON_MONEY_BACK);
    }
}

static void take_voided(struct saga *saga, struct timeline_news *news)
{
    const struct payment_voided *fact = saga->message;

    news->subject_id = fact->payment_id;
    timeline_saw(saga, news);
    saga->order->payment_state = PAYMENT_STATE_VOIDED;
    take_money_back(saga);
}

static void take_refunded(struct saga *saga, struct timeline_news *news)
{
    const struct payment_refunded *fact = saga->message;

    news->subject_id = fact->refund_id;
    timeline_saw(saga, news);
    saga->order->refunded_minor = fact->refunded_minor;
    take_money_back(saga);
}

/* The share whose capture this is, when it waits for it; NULL: somebody else took money. */
static struct fulfillment_row *capturing_share(struct saga *saga, const char *capture_id)
{
    struct fulfillment_row *share = share_find(saga, child_id_counter(capture_id, 'C'));

    return share != NULL && share->step == SHARE_CAPTURING ? share : NULL;
}

/* Whether it is more than was known: an answer that is given twice is not. */
static bool note_captured(struct order_row *order, int64_t captured_minor)
{
    bool more = captured_minor > order->captured_minor;

    order->captured_minor = captured_minor;
    if (order->payment_state != PAYMENT_STATE_VOIDING &&
        order->payment_state != PAYMENT_STATE_VOIDED) {
        order->payment_state = captured_minor < order->total_minor
                                   ? PAYMENT_STATE_PARTIALLY_CAPTURED
                                   : PAYMENT_STATE_CAPTURED;
    }
    return more;
}

static void take_captured(struct saga *saga, struct timeline_news *news)
{
    const struct payment_captured *fact = saga->message;
    struct fulfillment_row *share = capturing_share(saga, fact->capture_id);

    news->subject_id = fact->capture_id;
    timeline_saw(saga, news);
    bool more = note_captured(saga->order, fact->captured_minor);
    if (share != NULL) {
        share_take(saga, share, ON_CAPTURED);
    } else if (more) {
        saga_take(saga, ON_MONEY_TAKEN);
    }
}

static void take_failed(struct saga *saga, struct timeline_news *news)
{
    const struct payment_failed *fact = saga->message;
    struct fulfillment_row *share =
        fact->operation_id == NULL ? NULL : capturing_share(saga, fact->operation_id);

    news->subject_id = fact->operation_id != NULL ? fact->operation_id : fact->payment_id;
    news->detail = fact->code;
    timeline_saw(saga, news);
    if (fact->operation == PAYMENT_FAILED_OPERATION_AUTHORIZE) {
        decline(saga, fact->code);
    } else if (share != NULL) {
        share_take(saga, share, ON_CAPTURE_FAILED);
    } else {
        saga_take(saga, ON_UNDO_FAILED);
    }
}

/* --- Fulfillment and shipping ---------------------------------------------------------------------- */

/* The share that a fact is about.  A place or a carrier cannot speak of one that was never told. */
static struct fulfillment_row *share_named(struct saga *saga, struct timeline_news *news,
                                           const char *id, char letter)
{
    struct fulfillment_row *share = share_find(saga, child_id_counter(id, letter));

    if (share == NULL) {
        decide_impossible(saga->out, "\"%s\" is no fulfillment or shipment of the order", id);
        return NULL;
    }
    news->subject_id = id;
    timeline_saw(saga, news);
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

static void take_opened(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_opened *fact = saga->message;

    share_news(saga, news, fact->fulfillment_id, ON_OPENED);
}

static void take_picked(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_picked *fact = saga->message;

    show_state(saga, news, fact->fulfillment_id, FULFILLMENT_STATE_PICKED);
}

static void take_assembled(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_assembled *fact = saga->message;

    show_state(saga, news, fact->fulfillment_id, FULFILLMENT_STATE_ASSEMBLING);
}

static void take_packed(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_packed *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->fulfillment_id, 'F');

    if (share != NULL) {
        share->state = FULFILLMENT_STATE_PACKED;
        share_take(saga, share, ON_PACKED);
    }
}

static void take_canceled(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_canceled *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->fulfillment_id, 'F');

    if (share != NULL) {
        share->state = FULFILLMENT_STATE_CANCELED;
        share_take(saga, share, ON_CANCELED);
    }
}

static void take_cancel_refused(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_cancel_refused *fact = saga->message;

    news->detail = fact->reason == FULFILLMENT_CANCEL_REFUSED_REASON_SHIPPED ? "shipped" : "packed";
    share_news(saga, news, fact->fulfillment_id, ON_CANCEL_REFUSED);
}

static void take_labeled(struct saga *saga, struct timeline_news *news)
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

static void take_shipped(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_shipped *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');

    if (share != NULL) {
        share->carrier = fact->carrier;
        share->shipped_at = fact->shipped_at;
        share->state = FULFILLMENT_STATE_CLOSED;
        if (fact->tracking_number != NULL) {
            share->tracking_number = fact->tracking_number;
        }
        share_take(saga, share, ON_SHIPPED);
    }
}

static void take_delivered(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_delivered *fact = saga->message;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');

    if (share != NULL) {
        share->delivered_at = fact->delivered_at;
        share->state = FULFILLMENT_STATE_CLOSED;
        share_take(saga, share, ON_DELIVERED);
    }
}

static void take_tracked(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_tracked *fact = saga->message;

    news->detail = fact->tracking_status == TRACKING_STATUS_UNKNOWN
                       ? NULL
                       : tracking_status_word(fact->tracking_status);
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');
    if (share != NULL && news->detail != NULL) {
        share->tracking_status = fact->tracking_status;
    }
}

static void take_shipment_failed(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_failed *fact = saga->message;

    news->detail = fact->code;
    struct fulfillment_row *share = share_named(saga, news, fact->shipment_id, 'S');
    if (share != NULL) {
        share_take(saga, share, ON_SHIPPING_FAILED);
    }
}

static void take_shipment_voided(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_voided *fact = saga->message;

    (void)share_named(saga, news, fact->shipment_id, 'S');
}

/* --- Commands that were refused -------------------------------------------------------------------- */

static void not_reserved(struct saga *saga)
{
    saga_take(saga, ON_SHORT);
}

static void not_authorized(struct saga *saga)
{
    decline(saga, "refused");
}

/* What a refusal means in the step that told the command; in any other step it is an old story.
 * A command that came too late may be told again; no other refusal changes by asking twice. */
static const struct {
    const char *command;
    enum saga_step step;
    void (*otherwise)(struct saga *saga);
} order_refusals[] = {
    { "kervan.inventory.reserve.v1", STEP_RESERVING, not_reserved },
    { "kervan.payment.authorize.v1", STEP_AUTHORIZING, not_authorized },
};
static const struct {
    const char *command;
    char letter;
    enum share_step step;
    enum share_input otherwise;
} share_refusals[] = {
    { "kervan.fulfillment.fulfill.v1", 'F', SHARE_TOLD, ON_SHARE_GIVEN_UP },
    { "kervan.payment.capture.v1", 'C', SHARE_CAPTURING, ON_CAPTURE_FAILED },
    { "kervan.shipment.ship.v1", 'S', SHARE_LABELING, ON_SHIPPING_FAILED },
};

struct refusal_of {
    const char *command, *subject_id;
    enum refused_reason reason;
};

static void order_refused(struct saga *saga, const struct refusal_of *refusal)
{
    for (size_t i = 0; i < sizeof order_refusals / sizeof order_refusals[0]; i++) {
        if (saga->order->step != order_refusals[i].step ||
            strcmp(refusal->command, order_refusals[i].command) != 0) {
            continue;
        }
        if (refusal->reason == REFUSED_REASON_EXPIRED) {
            saga_overdue(saga);
        } else {
            order_refusals[i].otherwise(saga);
        }
        return;
    }
}

static void share_refused(struct saga *saga, const struct refusal_of *refusal)
{
    for (size_t i = 0; i < sizeof share_refusals / sizeof share_refusals[0]; i++) {
        struct fulfillment_row *share =
            share_find(saga, child_id_counter(refusal->subject_id, share_refusals[i].letter));

        if (share == NULL || share->step != share_refusals[i].step ||
            strcmp(refusal->command, share_refusals[i].command) != 0) {
            continue;
        }
        if (refusal->reason == REFUSED_REASON_EXPIRED) {
            share_overdue(saga, share);
        } else {
            share_take(saga, share, share_refusals[i].otherwise);
        }
        return;
    }
}

static void take_refusal(struct saga *saga, struct timeline_news *news, struct refusal_of refusal)
{
    static const char *const words[] = { [REFUSED_REASON_EXPIRED] = "expired",
                                         [REFUSED_REASON_UNDONE] = "undone",
                                         [REFUSED_REASON_NOT_FOUND] = "not_found",
                                         [REFUSED_REASON_RULE] = "rule",
                                         [REFUSED_REASON_UNKNOWN] = NULL };

    news->subject_id = refusal.subject_id;
    news->detail = words[refusal.reason];
    timeline_saw(saga, news);
    order_refused(saga, &refusal);
    share_refused(saga, &refusal);
}

static void take_inventory_refused(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}

static void take_payment_refused(struct saga *saga, struct timeline_news *news)
{
    const struct payment_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}

static void take_fulfillment_refused(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}

static void take_shipment_refused(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}

/* --- All of it ------------------------------------------------------------------------------------- */

/* What telling needs: a command to fulfill, to ship, to consume. */
enum {
    FULFILL_NEEDS = NEED_LINES | NEED_CONTACT | NEED_ALLOCATIONS,
    SHIP_NEEDS = NEED_CONTACT | NEED_PARCELS,
    CONSUME_NEEDS = NEED_LINES | NEED_ALLOCATIONS
};

static const struct row_of_news {
    uint32_t message_type;
    uint32_t kind; /* in the timeline; stored */
    unsigned needs;
    void (*take)(struct saga *saga, struct timeline_news *news);
} all_news[NEWS_COUNT] = {
    { MESSAGE_INVENTORY_RESERVED, 20, FULFILL_NEEDS, take_reserved },
    { MESSAGE_INVENTORY_SHORT, 21, 0, take_short },
    { MESSAGE_INVENTORY_RELEASED, 22, 0, take_released },
    { MESSAGE_INVENTORY_CONSUMED, 23, 0, take_consumed },
    { MESSAGE_INVENTORY_REFUSED, 24, NEED_LINES | NEED_CONTACT, take_inventory_refused },
    { MESSAGE_PAYMENT_AUTHORIZED, 40, FULFILL_NEEDS, take_authorized },
    { MESSAGE_PAYMENT_DECLINED, 41, 0, take_declined },
    { MESSAGE_PAYMENT_REQUIRES_ACTION, 42, 0, take_requires_action },
    { MESSAGE_PAYMENT_CAPTURED, 43, SHIP_NEEDS, take_captured },
    { MESSAGE_PAYMENT_FAILED, 44, 0, take_failed },
    { MESSAGE_PAYMENT_REFUSED, 45, NEED_CONTACT, take_payment_refused },
    { MESSAGE_PAYMENT_VOIDED, 46, 0, take_voided },
    { MESSAGE_PAYMENT_REFUNDED, 47, 0, take_refunded },
    { MESSAGE_FULFILLMENT_OPENED, 60, 0, take_opened },
    { MESSAGE_FULFILLMENT_PICKED, 61, 0, take_picked },
    { MESSAGE_FULFILLMENT_ASSEMBLED, 62, 0, take_assembled },
    { MESSAGE_FULFILLMENT_PACKED, 63, 0, take_packed },
    { MESSAGE_FULFILLMENT_CANCELED, 64, FULFILL_NEEDS, take_canceled },
    { MESSAGE_FULFILLMENT_CANCEL_REFUSED, 65, NEED_ALL, take_cancel_refused },
    { MESSAGE_FULFILLMENT_REFUSED, 66, FULFILL_NEEDS, take_fulfillment_refused },
    { MESSAGE_SHIPMENT_LABELED, 80, 0, take_labeled },
    { MESSAGE_SHIPMENT_SHIPPED, 81, CONSUME_NEEDS, take_shipped },
    { MESSAGE_SHIPMENT_DELIVERED, 82, CONSUME_NEEDS, take_delivered },
    { MESSAGE_SHIPMENT_TRACKED, 83, 0, take_tracked },
    { MESSAGE_SHIPMENT_FAILED, 84, 0, take_shipment_failed },
    { MESSAGE_SHIPMENT_REFUSED, 85, SHIP_NEEDS, take_shipment_refused },
    { MESSAGE_SHIPMENT_VOIDED, 86, 0, take_shipment_voided },
};

uint32_t order_news_type(size_t index)
{
    return index < NEWS_COUNT ? all_news[index].message_type : MESSAGE_NONE;
}

static const struct row_of_news *find(uint32_t message_type)
{
    size_t i = 0;

    while (all_news[i].message_type != message_type) { /* handlers are made of this table */
        i++;
    }
    return &all_news[i];
}

void order_news_need(const struct incoming_message *in, struct rows *rows)
{
    order_need(in->subject.number, rows);
    order_need_more(in->subject.number, find(in->message_type)->needs, rows);
}

/* A share that costs nothing is shipped as soon as it is packed. */
static bool has_free_share(const struct order_row *order, struct rows *rows)
{
    for (struct fulfillment_row **share = (struct fulfillment_row **)rows_list(
             rows, &order_fulfillment_table, key_number(order->order_no));
         *share != NULL; share++) {
        if ((*share)->value_minor == 0) {
            return true;
        }
    }
    return false;
}

void order_news_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct order_row *order = order_find(in->subject.number, rows);

    if (order == NULL) {
        return;
    }
    task_need(order, rows);
    cancellation_need(order, rows);
    if (in->message_type == MESSAGE_FULFILLMENT_PACKED && has_free_share(order, rows)) {
        order_need_more(order->order_no, SHIP_NEEDS, rows);
    }
}

void on_order_news(struct decision *out, const struct incoming_message *in)
{
    const struct row_of_news *row = find(in->message_type);
    struct order_row *order = order_find(in->subject.number, out->rows);

    if (order == NULL) {
        decide_impossible(out, "order number %lld is unknown", (long long)in->subject.number);
        return;
    }
    struct saga saga = saga_begin(out, order);
    struct timeline_news news = { .kind = row->kind, .clock = in->clock };
    saga.message = in->message;
    row->take(&saga, &news);
    saga_end(&saga);
}
