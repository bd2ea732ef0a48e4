/* news_refused.c - commands that changed nothing.
 *
 * What a refusal means depends on the step that told the command.  A command that came too late may
 * be told again; no other refusal changes by asking twice.
 */
#include "services/order/news_takers.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/order/addition.h"
#include "services/order/detour.h"
#include "services/order/money_back.h"
#include "services/order/shares.h"

#include <string.h>

#define CODE_UNDONE "undone"

static void not_reserved(struct saga *saga)
{
    saga_take(saga, ON_SHORT);
}

/* A person has let it go, or asked for that: then what came in must be seen to go back. */
static void not_authorized(struct saga *saga)
{
    if (saga->order->step == STEP_AUTHORIZING && text_equal(saga->code, CODE_UNDONE)) {
        saga->order->payment_state = PAYMENT_STATE_VOIDING;
    }
    payment_declined(saga, "refused");
}

static void not_added(struct saga *saga)
{
    saga_take(saga, ON_ADD_SHORT);
}

static void not_paid_for(struct saga *saga)
{
    addition_declined(saga, "refused");
}

/* What a refusal means in the step that told the command; in any other step it is an old story.
 * A command that came too late may be told again; no other refusal changes by asking twice. */
static const struct {
    const char *command;
    char letter;
    enum saga_step step;
    void (*otherwise)(struct saga *saga);
} order_refusals[] = {
    { "kervan.inventory.reserve.v1", 'H', STEP_RESERVING, not_reserved },
    { "kervan.payment.authorize.v1", 'P', STEP_AUTHORIZING, not_authorized },
    { "kervan.payment.authorize.v1", 'P', STEP_FULFILLING, not_authorized },
    { "kervan.inventory.reserve.v1", 'H', STEP_ADDING_STOCK, not_added },
    { "kervan.payment.authorize.v1", 'P', STEP_ADDING_MONEY, not_paid_for },
};
static const struct {
    const char *command;
    char letter;
    enum share_step step;
    enum share_input otherwise;
} share_refusals[] = {
    { "kervan.inventory.reserve.v1", 'H', SHARE_SOURCING, ON_NOT_SOURCED },
    { "kervan.inventory.reserve.v1", 'H', SHARE_SEEKING, ON_NOT_SOURCED },
    { "kervan.inventory.reserve.v1", 'H', SHARE_RESENDING, ON_NOT_SOURCED },
    { "kervan.fulfillment.fulfill.v1", 'F', SHARE_TOLD, ON_SHARE_GIVEN_UP },
    { "kervan.fulfillment.reduce.v1", 'F', SHARE_REDUCING, ON_REDUCE_REFUSED },
    { "kervan.fulfillment.reduce.v1", 'F', SHARE_REDUCING_LATE, ON_REDUCE_REFUSED },
    { "kervan.payment.capture.v1", 'C', SHARE_CAPTURING, ON_CAPTURE_FAILED },
    { "kervan.payment.capture.v1", 'C', SHARE_COLLECTING, ON_CAPTURE_FAILED },
    { "kervan.shipment.ship.v1", 'S', SHARE_LABELING, ON_SHIPPING_FAILED },
    { "kervan.shipment.void.v1", 'S', SHARE_VOIDING, ON_VOID_REFUSED },
};

struct refusal_of {
    const char *command, *subject_id;
    enum refused_reason reason;
};

/* What the step is about: the order's own, or that of what is being added. */
static bool is_asked_for(const struct saga *saga, char letter, const char *id)
{
    bool adding = saga->order->step == STEP_ADDING_STOCK || saga->order->step == STEP_ADDING_MONEY;

    return adding ? addition_names(saga, letter, id) : detour_is_present(saga, letter, id);
}

static void order_refused(struct saga *saga, const struct refusal_of *refusal)
{
    for (size_t i = 0; i < sizeof order_refusals / sizeof order_refusals[0]; i++) {
        if (saga->order->step != order_refusals[i].step ||
            strcmp(refusal->command, order_refusals[i].command) != 0 ||
            !is_asked_for(saga, order_refusals[i].letter, refusal->subject_id)) {
            continue; /* of an earlier reservation, or payment, it changes nothing either */
        }
        if (refusal->reason == REFUSED_REASON_EXPIRED) {
            saga_overdue(saga);
        } else {
            order_refusals[i].otherwise(saga);
        }
        return;
    }
}

static struct fulfillment_row *named(const struct saga *saga, char letter, const char *id)
{
    int64_t number = child_id_counter(id, letter);

    return letter == 'C'   ? share_of_capture(saga, number)
           : letter == 'H' ? share_of_sourcing(saga, number)
           : letter == 'S' ? share_of_shipment(saga, number)
                           : share_find(saga, number);
}

static void share_refused(struct saga *saga, const struct refusal_of *refusal)
{
    for (size_t i = 0; i < sizeof share_refusals / sizeof share_refusals[0]; i++) {
        struct fulfillment_row *share = named(saga, share_refusals[i].letter, refusal->subject_id);

        if (share == NULL || share->step != share_refusals[i].step ||
            strcmp(refusal->command, share_refusals[i].command) != 0) {
            continue;
        }
        if (refusal->reason == REFUSED_REASON_EXPIRED) {
            saga->code = NULL; /* it did not fail: it is told on under its number */
            share_overdue(saga, share);
        } else {
            share_take(saga, share, share_refusals[i].otherwise);
        }
        return;
    }
}

/* A person was faster.  Where what they gave back is known by now, the rest is told; else it is when that is known: told at
 * once it would be refused again, and again. */
static void refund_refused(struct saga *saga, const char *refund_id)
{
    if (tell_left_given(saga, refund_id)) {
        return;
    }
    int64_t refused_minor = note_refund_refused(saga, refund_id);
    bool undoing = saga->order->step == STEP_UNDOING || saga->order->step == STEP_UNDOING_MONEY;

    if (undoing && money_kept(saga) < refused_minor) {
        give_back_left(saga);
    } else if (!undoing && refused_minor > 0 && money_kept(saga) > money_due(saga)) {
        saga_take(saga, ON_UNDO_FAILED);
    }
}

static void take_refusal(struct saga *saga, struct timeline_news *news, struct refusal_of refusal)
{
    static const char *const words[] = { [REFUSED_REASON_EXPIRED] = "expired",
                                         [REFUSED_REASON_UNDONE] = CODE_UNDONE,
                                         [REFUSED_REASON_NOT_FOUND] = "not_found",
                                         [REFUSED_REASON_RULE] = "rule",
                                         [REFUSED_REASON_UNKNOWN] = NULL };

    news->subject_id = refusal.subject_id;
    news->detail = words[refusal.reason];
    timeline_saw(saga, news);
    saga->code = news->detail;
    if (refusal.reason == REFUSED_REASON_RULE &&
        strcmp(refusal.command, "kervan.payment.refund.v1") == 0) {
        refund_refused(saga, refusal.subject_id);
        return;
    }
    order_refused(saga, &refusal);
    share_refused(saga, &refusal);
}

void take_inventory_refused(struct saga *saga, struct timeline_news *news)
{
    const struct inventory_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}

void take_payment_refused(struct saga *saga, struct timeline_news *news)
{
    const struct payment_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}

void take_fulfillment_refused(struct saga *saga, struct timeline_news *news)
{
    const struct fulfillment_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}

void take_shipment_refused(struct saga *saga, struct timeline_news *news)
{
    const struct shipment_refused *fact = saga->message;

    take_refusal(saga, news, (struct refusal_of){ fact->command, fact->subject_id, fact->reason });
}
