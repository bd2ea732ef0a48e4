/* shopper.c - what people ask of an order when it suits least. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

static void ask(struct sim *sim, const struct order_plan *plan, enum message_type type,
                const void *message)
{
    gateway_send(sim, &(struct request){ .type = type, .key = plan->id.text, .message = message });
}

void shopper_cancels(struct sim *sim, const struct order_plan *plan)
{
    const struct order_cancel message = { .order_id = plan->id.text,
                                          .body = { .reason = CANCEL_REASON_SHOPPER_REQUEST } };

    ask(sim, plan, MESSAGE_ORDER_CANCEL, &message);
}

void shopper_cuts(struct sim *sim, const struct order_plan *plan)
{
    const struct line_pieces pieces = { .line_no = chance_between(&sim->chance, 1, 2),
                                        .quantity = chance_between(&sim->chance, 1, 2) };
    const struct order_cancel message = {
        .order_id = plan->id.text,
        .body = { .reason = CANCEL_REASON_SHOPPER_REQUEST, .lines = &pieces, .lines_count = 1 }
    };

    ask(sim, plan, MESSAGE_ORDER_CANCEL, &message);
}

static void cut_twice(struct sim *sim, const struct order_plan *plan)
{
    shopper_cuts(sim, plan);
    shopper_cuts(sim, plan);
}

static void cut_and_cancel(struct sim *sim, const struct order_plan *plan)
{
    shopper_cuts(sim, plan);
    shopper_cancels(sim, plan);
}

static void edit(struct sim *sim, const struct order_plan *plan)
{
    editor_edits(sim, plan);
}

/* Two who have seen the same order. */
static void edit_twice(struct sim *sim, const struct order_plan *plan)
{
    editor_edits(sim, plan);
    editor_edits(sim, plan);
}

static void edit_and_cancel(struct sim *sim, const struct order_plan *plan)
{
    editor_edits(sim, plan);
    shopper_cancels(sim, plan);
}

static void hold(struct sim *sim, const struct order_plan *plan)
{
    bool ends = chance_of(&sim->chance, 50000);
    const struct order_hold message = {
        .order_id = plan->id.text,
        .body = { .reason = HOLD_REASON_FRAUD,
                  .has_until = ends,
                  .until = ends ? sim->now + chance_below(&sim->chance, 20) * HOUR_MS : 0 },
    };

    ask(sim, plan, MESSAGE_ORDER_HOLD, &message);
}

static void hold_and_cancel(struct sim *sim, const struct order_plan *plan)
{
    hold(sim, plan);
    shopper_cancels(sim, plan);
}

static void hold_and_cut(struct sim *sim, const struct order_plan *plan)
{
    hold(sim, plan);
    shopper_cuts(sim, plan);
}

static void note(struct sim *sim, const struct order_plan *plan)
{
    const struct order_note message = { .order_id = plan->id.text,
                                        .body = { .note = "please hurry" } };

    ask(sim, plan, MESSAGE_ORDER_NOTE, &message);
}

static void take_labels_back(struct sim *sim, const struct order_plan *plan)
{
    const struct shipment_void_now message = { .shipment_id = text_format(sim->ctx.arena, "%s-S1",
                                                                          plan->id.text) };

    ask(sim, plan, MESSAGE_SHIPMENT_VOID_NOW, &message);
}

static void void_payment(struct sim *sim, const struct order_plan *plan)
{
    const struct payment_void_now message = { .payment_id = text_format(sim->ctx.arena, "%s-P1",
                                                                        plan->id.text) };

    /* What is paid at the door cannot be taken any more then, and no decision leads on. */
    if (plan->by_card) {
        ask(sim, plan, MESSAGE_PAYMENT_VOID_NOW, &message);
    }
}

static void say_lost(struct sim *sim, const struct order_plan *plan)
{
    const struct shipment_track message = {
        .shipment_id = text_format(sim->ctx.arena, "%s-S1", plan->id.text),
        .body = { .tracking_status = TRACKING_STATUS_FAILURE,
                  .occurred_at = sim->now,
                  .code = "lost" },
    };

    ask(sim, plan, MESSAGE_SHIPMENT_TRACK, &message);
}

static void say_delivered(struct sim *sim, const struct order_plan *plan)
{
    const struct shipment_track message = {
        .shipment_id = text_format(sim->ctx.arena, "%s-S1", plan->id.text),
        .body = { .tracking_status = TRACKING_STATUS_DELIVERED, .occurred_at = sim->now },
    };

    ask(sim, plan, MESSAGE_SHIPMENT_TRACK, &message);
}

void shopper_changes_mind(struct sim *sim, const struct order_plan *plan)
{
    static void (*const ways[])(struct sim *, const struct order_plan *) = {
        shopper_cancels,
        shopper_cancels,
        shopper_cancels,
        shopper_cuts,
        shopper_cuts,
        cut_twice,
        cut_and_cancel,
        edit,
        edit,
        edit_twice,
        edit_and_cancel,
        hold,
        hold,
        hold_and_cancel,
        hold_and_cut,
        note,
        take_labels_back,
        void_payment,
        say_lost,
        say_delivered,
    };

    ways[chance_below(&sim->chance, sizeof ways / sizeof ways[0])](sim, plan);
}
