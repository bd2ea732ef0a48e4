/* meddlers.c - people and callers who ask for anything at any time: too early, too late, twice, of what is not there. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
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
    const char *id = child(sim, plan, 'F', 3);
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

/* --- Money ----------------------------------------------------------------------------------------- */

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

/* --- On the way ------------------------------------------------------------------------------------ */

static void take_labels_back(struct sim *sim, struct order_plan *plan)
{
    const struct shipment_void_now message = { .shipment_id = child(sim, plan, 'S', 3) };

    ask(sim, plan, MESSAGE_SHIPMENT_VOID_NOW, &message);
}

/* What a carrier said on the telephone. */
static void track(struct sim *sim, struct order_plan *plan)
{
    static const struct {
        enum tracking_status status;
        const char *code;
    } steps[] = {
        { TRACKING_STATUS_IN_TRANSIT, NULL },   { TRACKING_STATUS_DELIVERED, NULL },
        { TRACKING_STATUS_DELIVERED, NULL },    { TRACKING_STATUS_FAILURE, "lost" },
        { TRACKING_STATUS_FAILURE, "damaged" }, { TRACKING_STATUS_RETURN_TO_SENDER, "return" },
    };
    size_t drawn = (size_t)chance_below(&sim->chance, sizeof steps / sizeof steps[0]);
    const struct shipment_track message = {
        .shipment_id = child(sim, plan, 'S', 2),
        .body = { .tracking_status = steps[drawn].status,
                  .occurred_at = sim->now,
                  .code = steps[drawn].code },
    };

    ask(sim, plan, MESSAGE_SHIPMENT_TRACK, &message);
}

/* --- In the office --------------------------------------------------------------------------------- */

static void release_hold(struct sim *sim, struct order_plan *plan)
{
    const struct order_hold_release message = { .order_id = plan->id.text,
                                                .hold_id = child(sim, plan, 'W', 2) };

    ask(sim, plan, MESSAGE_ORDER_HOLD_RELEASE, &message);
}

static void decide(struct sim *sim, struct order_plan *plan)
{
    const struct order_task_decide message = {
        .task_id = child(sim, plan, 'T', 3),
        .body = { .choice =
                      (enum task_choice)chance_between(&sim->chance, 1, TASK_CHOICE_UNKNOWN - 1) },
    };

    ask(sim, plan, MESSAGE_ORDER_TASK_DECIDE, &message);
}

static void choose(struct sim *sim, struct order_plan *plan)
{
    const struct order_choose message = {
        .order_id = plan->id.text,
        .body = { (enum order_choose_body_choice)chance_between(&sim->chance, 1, 3) },
    };

    ask(sim, plan, MESSAGE_ORDER_CHOOSE, &message);
}

static void hold_for_a_moment(struct sim *sim, struct order_plan *plan)
{
    const struct order_hold message = { .order_id = plan->id.text,
                                        .body = { .reason = HOLD_REASON_MANUAL } };

    ask(sim, plan, MESSAGE_ORDER_HOLD, &message);
    release_hold(sim, plan);
}

static void prioritize(struct sim *sim, struct order_plan *plan)
{
    const struct order_prioritize message = {
        .order_id = plan->id.text,
        .body = { .priority = chance_between(&sim->chance, 1, 9) },
    };

    ask(sim, plan, MESSAGE_ORDER_PRIORITIZE, &message);
}

/* --- Stock ----------------------------------------------------------------------------------------- */

static void adjust(struct sim *sim, const struct order_plan *plan, struct stock_adjust message)
{
    message.sku = plan->skus[chance_below(&sim->chance, (int64_t)plan->sku_count)];
    message.location = shop_place(chance_below(&sim->chance, SIM_PLACES));
    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_ADJUST, .key = message.sku, .message = &message });
}

/* Somebody counts what was promised, and finds less. */
static void count(struct sim *sim, struct order_plan *plan)
{
    adjust(sim, plan,
           (struct stock_adjust){ .has_counted = true,
                                  .counted = chance_below(&sim->chance, 4),
                                  .reason = ADJUSTMENT_REASON_COUNT });
}

static void deliver(struct sim *sim, struct order_plan *plan)
{
    adjust(sim, plan,
           (struct stock_adjust){ .has_quantity_change = true,
                                  .quantity_change = chance_between(&sim->chance, 1, 20),
                                  .reason = ADJUSTMENT_REASON_RECEIVED });
}

/* --- While somebody works on it ------------------------------------------------------------------------- */

static void work_and_hold(struct sim *sim, struct order_plan *plan)
{
    pickers_hurry(sim, plan);
    hold_for_a_moment(sim, plan);
}

static void work_and_cancel(struct sim *sim, struct order_plan *plan)
{
    pickers_hurry(sim, plan);
    shopper_cancels(sim, plan);
}

static void work_and_edit(struct sim *sim, struct order_plan *plan)
{
    pickers_hurry(sim, plan);
    editor_edits(sim, plan);
}

static void work_and_cut(struct sim *sim, struct order_plan *plan)
{
    pickers_hurry(sim, plan);
    shopper_cuts(sim, plan);
}

/* --- Whatever it is -------------------------------------------------------------------------------- */

typedef void way(struct sim *sim, struct order_plan *plan);

static void change_mind(struct sim *sim, struct order_plan *plan)
{
    shopper_changes_mind(sim, plan);
}

void meddlers_meddle(struct sim *sim, struct order_plan *plan)
{
    static way *const ways[] = {
        change_mind, change_mind,  change_mind,  change_mind, report_work,      report_work,
        transfer,    release_hold, release_hold, decide,      decide,           choose,
        track,       track,        count,        deliver,     take_labels_back, hold_for_a_moment,
        prioritize,
    };

    ways[chance_below(&sim->chance, sizeof ways / sizeof ways[0])](sim, plan);
}

void meddlers_bother(struct sim *sim, struct order_plan *plan, enum service_index service)
{
    enum { WAYS = 7 };
    static way *const ways[SIM_SERVICES][WAYS] = {
        [SIM_ORDER] = { change_mind, change_mind, decide, choose, hold_for_a_moment, pickers_hurry,
                        work_and_edit },
        [SIM_INVENTORY] = { count, count, deliver, deliver, change_mind, pickers_hurry,
                            work_and_edit },
        [SIM_PAYMENT] = { change_mind, cashiers_meddle, cashiers_meddle, transfer, count,
                          hold_for_a_moment, work_and_edit },
        [SIM_FULFILLMENT] = { pickers_hurry, report_work, deliver, work_and_hold, work_and_cancel,
                              work_and_cut, work_and_edit },
        [SIM_SHIPPING] = { track, track, track, take_labels_back, take_labels_back, change_mind,
                           work_and_edit },
        [SIM_NOTIFICATION] = { change_mind, change_mind, decide, choose, change_mind, decide,
                               work_and_edit },
    };

    ways[service][chance_below(&sim->chance, WAYS)](sim, plan);
}

static void meddle(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        meddlers_meddle(sim, subject);
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
