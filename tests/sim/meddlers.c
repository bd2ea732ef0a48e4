/* meddlers.c - people and callers who ask for anything at any time: too early, too late, twice, of what is not there. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

enum { ACTS_MAX = 4 };

static void ask(struct sim *sim, const struct order_plan *plan, enum message_type type,
                const void *message)
{
    gateway_send(sim, &(struct request){ .type = type, .key = plan->id.text, .message = message });
}

/* The id of one of the first things of a kind that the order has, or will have. */
static const char *child(struct sim *sim, const struct order_plan *plan, char letter, int64_t most)
{
    return text_format(sim->ctx.arena, "%s-%c%lld", plan->id.text, letter,
                       (long long)chance_between(&sim->chance, 1, most));
}

/* --- At a place ------------------------------------------------------------------------------------ */

static void report_work(struct sim *sim, struct order_plan *plan)
{
    const char *id = child(sim, plan, 'F', 2);
    const struct parcel_line line = { 1, 1 };
    const struct parcel parcel = {
        .parcel_no = 1, .weight_grams = 900, .lines = &line, .lines_count = 1
    };
    const struct fulfillment_pick pick = { .fulfillment_id = id };
    const struct fulfillment_pack pack = { .fulfillment_id = id, .body = { &parcel, 1 } };
    const struct fulfillment_short less = {
        .fulfillment_id = id,
        .body = { .lines = &line,
                  .lines_count = 1,
                  .reason = FULFILLMENT_SHORT_BODY_REASON_DAMAGED },
    };
    const struct fulfillment_hold hold = { .fulfillment_id = id,
                                           .body = { .reason = HOLD_REASON_MANUAL } };
    const struct fulfillment_hold_release release = { .fulfillment_id = id };
    const struct fulfillment_cancel_now give_up = { .fulfillment_id = id,
                                                    .body = { .reason = CANCEL_REASON_OTHER } };
    const struct {
        enum message_type type;
        const void *message;
    } reports[] = {
        { MESSAGE_FULFILLMENT_PICK, &pick },
        { MESSAGE_FULFILLMENT_PACK, &pack },
        { MESSAGE_FULFILLMENT_SHORT, &less },
        { MESSAGE_FULFILLMENT_HOLD, &hold },
        { MESSAGE_FULFILLMENT_HOLD_RELEASE, &release },
        { MESSAGE_FULFILLMENT_CANCEL_NOW, &give_up },
    };
    size_t drawn = (size_t)chance_below(&sim->chance, sizeof reports / sizeof reports[0]);

    ask(sim, plan, reports[drawn].type, reports[drawn].message);
}

/* --- Money and labels ------------------------------------------------------------------------------ */

/* Money that nobody waits for. */
static void transfer(struct sim *sim, struct order_plan *plan)
{
    const struct payment_received received = {
        .payment_id = child(sim, plan, 'P', 1),
        .body = { .amount_minor = chance_between(&sim->chance, 1, 2000),
                  .currency = "EUR",
                  .received_at = sim->now,
                  .bank_reference = text_format(sim->ctx.arena, "M-%lld", (long long)sim->now) },
    };

    if (plan->by_transfer) {
        ask(sim, plan, MESSAGE_PAYMENT_RECEIVED, &received);
    }
}

static void take_labels_back(struct sim *sim, struct order_plan *plan)
{
    const struct shipment_void_now message = { .shipment_id = child(sim, plan, 'S', 2) };

    ask(sim, plan, MESSAGE_SHIPMENT_VOID_NOW, &message);
}

/* --- Whatever it is -------------------------------------------------------------------------------- */

static void change_mind(struct sim *sim, struct order_plan *plan)
{
    shopper_changes_mind(sim, plan);
}

static void meddle(struct sim *sim, void *subject, int64_t number)
{
    static void (*const ways[])(struct sim *, struct order_plan *) = {
        change_mind, change_mind, change_mind, report_work, transfer, take_labels_back,
    };
    struct order_plan *plan = subject;

    (void)number;
    if (!sim->healed) {
        ways[chance_below(&sim->chance, sizeof ways / sizeof ways[0])](sim, plan);
    }
}

void meddlers_watch(struct sim *sim, struct order_plan *plan)
{
    int64_t acts = chance_of(&sim->chance, sim->temper.meddling)
                       ? chance_between(&sim->chance, 1, ACTS_MAX)
                       : 0;

    for (; acts > 0; acts--) {
        sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), meddle, plan, 0);
    }
}
