/* links: order */
/* order_unhappy_test.c - stories of orders that leave the straight way: held, reduced, waited for, decided by people. */
#include "tests/unit/order_odds.h"
#include "tests/unit/order_story.h"

#include "common/memory_database.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/order/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void held_before_confirmation(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "hold h1", "order.held gateway.reply", "placed pending unfulfilled pending" },
         { "hold h2", "order.held gateway.reply", NULL },
         { "hold h1", "gateway.reply", NULL }, /* once */
         { "reserved", "payment.authorize", NULL },
         { "authorized", "", "placed authorized unfulfilled pending" },
         { "unhold W1", "order.hold_released gateway.reply", NULL },
         { "unhold W1", "gateway.reply", NULL },
         { "unhold W2", "order.hold_released order.confirmed fulfillment.fulfill gateway.reply",
           "confirmed authorized unfulfilled processing" });
}

static void held_at_the_place(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "opened:1", "", NULL },
         { "hold h1 5000", "order.held fulfillment.suspend fulfillment.suspend gateway.reply",
           NULL },
         { "on_hold:1", "", NULL }, //
         { "packed:2", "", NULL },  /* it is not paid for before the release */
         { "time", "order.hold_released fulfillment.resume payment.capture", NULL },
         { "resumed:1", "", NULL }, //
         { "packed:1", "payment.capture", NULL });
}

static void a_held_order_can_be_canceled(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                       //
         { "hold h1", "order.held gateway.reply", NULL }, //
         { "reserved", "payment.authorize", NULL },       //
         { "authorized", "", NULL },
         { "cancel c1",
           "order.hold_released order.canceled inventory.release payment.void gateway.reply",
           "canceled authorized canceled canceled" },
         { "released", "", NULL }, //
         { "voided", "", "canceled voided canceled canceled" },
         { "hold h2", "gateway.reply", NULL }, /* refused: it is over */
         { "note n1", "gateway.reply", NULL });
    order_story_rests(bench, id);
}

/* What is captured for the shares, shipping and all, is the total that is left. */
static void short_pick(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "shorted:1 1*1", "inventory.release inventory.reserve", NULL });
    const struct inventory_release *release =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RELEASE);
    assert_true(release->lost);
    assert_int_equal(release->release_no, 1);
    assert_string_equal(release->lines[0].location, "WH-1");
    TELL(bench, id, { "unsourced", "order.reduced", NULL }, { "packed", "payment.capture", NULL });
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_int_equal(capture->amount_minor, 4988 - 1999);
    TELL(bench, id, //
         { "captured", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "shipped", "inventory.consume", "confirmed paid fulfilled shipped" });
    const struct inventory_consume *consume =
        order_bench_must_say(bench, MESSAGE_INVENTORY_CONSUME);
    assert_int_equal(consume->lines[0].quantity, 1);
    TELL(bench, id,
         { "delivered", "order.completed payment.void", "completed paid delivered completed" });
}

/* What the place did not find another one has: nothing is canceled, and each is paid for its part. */
static void short_pick_is_had_elsewhere(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "shorted:1 1*1", "inventory.release inventory.reserve", NULL });
    const struct inventory_reserve *reserve =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    assert_int_equal(reserve->lines_count, 1);
    assert_int_equal(reserve->lines[0].quantity, 1);
    assert_string_equal(reserve->avoid[0], "WH-1");
    TELL(bench, id, //
         { "packed:1", "payment.capture", NULL });
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_int_equal(capture->amount_minor, 4988 - 1999);
    assert_false(capture->final);
    TELL(bench, id, //
         { "captured:1", "shipment.ship", "confirmed partially_paid unfulfilled processing" },
         { "sourced 1*1 WH-2", "fulfillment.fulfill", NULL }, //
         { "packed:3", "payment.capture", NULL });
    capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_int_equal(capture->amount_minor, 1999);
    TELL(bench, id, //
         { "captured:3", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "shipped:1", "inventory.consume",
           "confirmed paid partially_fulfilled partially_shipped" },
         { "shipped:3", "inventory.consume", "confirmed paid fulfilled shipped" },
         { "delivered:1", "", "confirmed paid partially_delivered partially_delivered" },
         { "delivered:3", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

/* Who cancels while other places are asked has what was not found canceled with the rest; a refusal has it looked for anew. */
static void canceled_while_it_is_looked_for(void **state)
{
    struct order_bench *bench = *state;
    const char *stops = order_bench_place(bench, "1"), *not = order_bench_place(bench, "2");

    TELL(bench, stops, //
         CONFIRMED_IN_ONE_SHARE, { "shorted:1 1*1", "inventory.release inventory.reserve", NULL },
         { "cancel c1", "fulfillment.cancel inventory.release", NULL },
         { "canceled:1",
           "order.canceled inventory.release inventory.release payment.void gateway.reply",
           "canceled authorized canceled canceled" });
    TELL(bench, not, //
         CONFIRMED_IN_ONE_SHARE, { "shorted:1 1*1", "inventory.release inventory.reserve", NULL },
         { "cancel c1", "fulfillment.cancel inventory.release", NULL }, { "packed:1", "", NULL },
         { "cancel_refused:1", "payment.capture inventory.reserve gateway.reply",
           "confirmed authorized unfulfilled processing" });
    const struct inventory_reserve *anew = order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    assert_string_equal(anew->reservation_id, order_bench_child(bench, not, "H3"));
    assert_string_equal(anew->avoid[0], "WH-1");
    TELL(bench, not, { "unsourced", "order.reduced", NULL });
}

/* The place is told what a bundle is made of; what it says of components goes on to the inventory. */
static void short_of_a_component(void **state)
{
    static const struct bundle_component components[] = { { "X", 2 }, { "Y", 1 } };
    static const struct allocation held[] = {
        { .line_no = 1,
          .sku = "A",
          .location = "WH-1",
          .quantity = 2,
          .components = components,
          .components_count = 2 },
        { .line_no = 2, .sku = "B", .location = "WH-1", .quantity = 1 },
    };
    static const struct line_quantity one = { 1, "A", 1 }, named = { 1, "Y", 1 };
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    const int64_t order_no = order_bench_order(bench, id)->order_no;
    const struct inventory_reserved reserved = { .order_id = id,
                                                 .order_no = order_no,
                                                 .clock = 9,
                                                 .reservation_id =
                                                     order_bench_child(bench, id, "H1"),
                                                 .allocations = held,
                                                 .allocations_count = 2 };
    const struct fulfillment_shorted shorted = { .order_id = id,
                                                 .order_no = order_no,
                                                 .clock = 19,
                                                 .fulfillment_id =
                                                     order_bench_child(bench, id, "F1"),
                                                 .location = "WH-1",
                                                 .lines = &one,
                                                 .lines_count = 1,
                                                 .components = &named,
                                                 .components_count = 1,
                                                 .reason = FULFILLMENT_SHORTED_REASON_NOT_FOUND };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_INVENTORY_RESERVED,
                                                .message = &reserved,
                                                .id = "fact" });
    TELL(bench, id, { "authorized", "order.confirmed fulfillment.fulfill", NULL });
    const struct fulfillment_fulfill *fulfill =
        order_bench_must_say(bench, MESSAGE_FULFILLMENT_FULFILL);
    assert_int_equal(fulfill->lines[0].components_count, 2);
    assert_string_equal(fulfill->lines[0].components[1].sku, "Y");
    assert_int_equal(fulfill->lines[0].components[0].quantity, 2);
    assert_int_equal(fulfill->lines[1].components_count, 0);
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_FULFILLMENT_SHORTED,
                                                .message = &shorted,
                                                .id = "fact" });
    const struct inventory_release *release =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RELEASE);
    assert_true(release->lost);
    assert_int_equal(release->lost_components_count, 1);
    assert_string_equal(release->lost_components[0].sku, "Y");
}

static void nothing_was_there(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "shorted:1 1*2,2*1", "inventory.release inventory.reserve", NULL },
         { "canceled:1", "", "confirmed authorized unfulfilled processing" },
         { "unsourced",
           "order.reduced order.canceled inventory.release inventory.release payment.void",
           "canceled authorized canceled canceled" },
         { "released", "", NULL }, //
         { "voided", "", "canceled voided canceled canceled" });
    assert_int_equal(order_bench_order(bench, id)->cancel_reason, CANCEL_REASON_OUT_OF_STOCK);
    order_story_rests(bench, id);
}

static void cut_before_confirmation(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                  //
         { "cut c1 2*1", "", NULL }, /* kept until it is known what there is */
         { "reserved", "order.reduced inventory.release payment.authorize gateway.reply", NULL });
    const struct payment_authorize *authorize =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_int_equal(authorize->amount_minor, 4488);
    TELL(bench, id, //
         { "cut c2 1*1", "order.reduced inventory.release gateway.reply", NULL },
         { "cut c3 1*2", "gateway.reply", NULL }, /* there is one left */
         { "cut c4 1*1", "order.canceled inventory.release payment.void gateway.reply",
           "canceled pending canceled canceled" });
}

/* It was told to make the share ready when that was too late already: it is told again, and nothing is left to wait for. */
static void cut_before_the_place_has_it(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1"), *held = order_bench_place(bench, "2");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "cut c1 1*1", "fulfillment.reduce", NULL },
         { "reduce_refused:1 gone 1", "fulfillment.fulfill gateway.reply", NULL },
         { "cut c2 1*1", "fulfillment.reduce", NULL }, //
         { "reduce_refused:1 gone 1", "", NULL },      /* the same question was asked twice */
         { "reduced:1", "order.reduced inventory.release gateway.reply", NULL });
    TELL(
        bench, held, //
        CONFIRMED_IN_ONE_SHARE, { "hold h1", "order.held fulfillment.suspend gateway.reply", NULL },
        { "cut c1 1*1", "fulfillment.reduce", NULL },
        { "reduce_refused:1 gone", "fulfillment.fulfill fulfillment.suspend gateway.reply", NULL });
}

static void cut_at_the_place(void **state)
{
    struct order_bench *bench = *state;
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");

    TELL(bench, first, //
         CONFIRMED_IN_ONE_SHARE, { "cut c1 1*1", "fulfillment.reduce", NULL },
         { "reduced:1", "order.reduced inventory.release gateway.reply", NULL },
         { "cut c2 2*1", "fulfillment.reduce", NULL }, //
         { "packed", "", NULL }, { "reduce_refused:1", "payment.capture gateway.reply", NULL });
    assert_int_equal(order_bench_order(bench, first)->total_minor, 4988 - 1999);
    TELL(bench, second, //
         CONFIRMED_IN_TWO_SHARES, { "cut c1 1*2", "fulfillment.reduce fulfillment.cancel", NULL },
         { "canceled:2", "", NULL }, //
         { "reduce_refused:1", "fulfillment.fulfill gateway.reply", NULL },
         { "opened:3", "", NULL });
    assert_int_equal(order_bench_order(bench, second)->total_minor, 4988);
}

static void stock_policies(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_PARTIAL);
    const char *partial = order_bench_place(bench, "1");
    TELL(
        bench, partial,
        { "missing 1*1", "order.reduced payment.authorize", "placed pending unfulfilled pending" });
    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *waits = order_bench_place(bench, "2");
    TELL(
        bench, waits, //
        { "backordered 1*1", "payment.authorize", "placed pending backordered pending" },
        { "authorized", "order.confirmed fulfillment.fulfill",
          "confirmed authorized backordered processing" },
        { "packed", "payment.capture", NULL }, //
        { "captured:1", "shipment.ship", "confirmed partially_paid backordered processing" },
        { "shipped:1", "inventory.consume",
          "confirmed partially_paid partially_fulfilled partially_shipped" },
        { "delivered:1", "",
          "confirmed partially_paid partially_delivered partially_delivered" }, /* the rest is still to come */
        { "allocated 1*1", "fulfillment.fulfill order.promise_changed", NULL },
        { "packed:2", "payment.capture", NULL },
        { "captured:2", "shipment.ship", "confirmed paid partially_delivered partially_delivered" },
        { "delivered:2", "inventory.consume order.completed",
          "completed paid delivered completed" });
    order_story_rests(bench, waits);
}

/* Stock came for pieces that were canceled just before, and the order is over by then. */
static void stock_that_nobody_waits_for(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *id = order_bench_place(bench, "1");
    TELL(bench, id, //
         { "backordered 1*1", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "packed", "payment.capture", NULL }, //
         { "captured", "shipment.ship", NULL }, //
         { "delivered", "inventory.consume", NULL },
         { "cut c1 1*1",
           "order.reduced inventory.release order.completed payment.void gateway.reply",
           "completed paid delivered completed" },
         { "allocated 1*1", "inventory.release", NULL });
    const struct inventory_release *release =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RELEASE);
    assert_int_equal(release->lines_count, 1);
}

static void wait_until_late(struct order_bench *bench, const char *id)
{
    for (int timers = 0; order_bench_said(bench, MESSAGE_ORDER_DELAYED, 0) == NULL; timers++) {
        assert_true(timers < 20);
        order_play(bench, id, "time");
    }
}

/* The rest of an order that is partly sent can be given up; while it is on hold nobody is asked, but afterwards. */
static void stock_that_is_late(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *sent = order_bench_place(bench, "1"), *held = order_bench_place(bench, "2");
    TELL(bench, sent, //
         { "backordered 1*1", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "packed", "payment.capture", NULL }, //
         { "captured", "shipment.ship", NULL }, //
         { "delivered", "inventory.consume",
           "confirmed partially_paid partially_delivered partially_delivered" });
    wait_until_late(bench, sent);
    TELL(bench, sent, //
         { "decide T1 cancel",
           "order.task_decided order.reduced inventory.release order.completed payment.void "
           "gateway.reply",
           "completed paid delivered completed" });
    TELL(bench, held, //
         { "hold h1", "order.held gateway.reply", NULL },
         { "backordered 1*1", "payment.authorize", NULL }, { "authorized", "", NULL });
    for (int days = 0; days < 20; days++) {
        order_play(bench, held, "time");
    }
    TELL(bench, held, //
         { "unhold W1", "order.hold_released order.confirmed fulfillment.fulfill gateway.reply",
           "confirmed authorized backordered processing" },
         { "opened", "", NULL });
    wait_until_late(bench, held);
    TELL(bench, held, //
         { "decide T1 cancel", "order.task_decided fulfillment.cancel gateway.reply",
           "confirmed authorized backordered processing" },
         { "packed", "", NULL },
         { "cancel_refused", "payment.capture", "confirmed authorized backordered processing 1" });
}

static void the_shopper_is_asked(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_ASK);
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");
    const char *third = order_bench_place(bench, "3");
    TELL(bench, first, //
         { "short", "order.asked", NULL },
         { "choose wait", "order.answered inventory.reserve gateway.reply", NULL });
    const struct inventory_reserve *reserve =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    assert_string_equal(reserve->reservation_id, order_bench_child(bench, first, "H2"));
    assert_true(reserve->backorder_allowed && !reserve->has_partial_allowed);
    TELL(bench, first, //
         { "choose wait", "gateway.reply", NULL },
         { "backordered 2*1", "payment.authorize", NULL });
    TELL(bench, second, //
         { "short", "order.asked", NULL },
         { "choose cancel", "order.answered order.canceled gateway.reply",
           "canceled none canceled canceled" });
    TELL(bench, third,                     //
         { "short", "order.asked", NULL }, //
         { "time", "", NULL }, { "time", "order.canceled", "canceled none canceled canceled" },
         { "choose wait", "gateway.reply", NULL });
    order_story_rests(bench, third);
}

/* The question offers what is possible; another answer is refused, and where nothing is, nobody is asked. */
static void the_shopper_is_offered_what_there_is(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_ASK);
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");
    const char *third = order_bench_place(bench, "3");
    TELL(bench, first, { "short partial", "order.asked", NULL });
    const struct order_asked *asked = order_bench_must_say(bench, MESSAGE_ORDER_ASKED);
    assert_int_equal(asked->offered_count, 2);
    TELL(bench, first, { "choose wait", "gateway.reply", NULL }); /* still asked */
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_int_equal(reply->status, 422);
    TELL(bench, first,
         { "choose partial", "order.answered inventory.reserve gateway.reply", NULL });
    TELL(bench, second,                              //
         { "short wait", "order.asked", NULL },      //
         { "choose partial", "gateway.reply", NULL } //
    );
    TELL(bench, second, { "choose wait", "order.answered inventory.reserve gateway.reply", NULL });
    TELL(bench, third, { "short none", "order.rejected", "rejected none canceled canceled" });
}

static void stock_taken_back(void **state)
{
    struct order_bench *bench = *state;
    const char *moved = order_bench_place(bench, "1"), *lost = order_bench_place(bench, "2");
    const char *told = order_bench_place(bench, "3");

    TELL(bench, moved, //
         { "reserved", "payment.authorize", NULL }, { "taken_back 1*1 WH-2", "", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill fulfillment.fulfill", NULL });
    TELL(bench, lost, //
         { "reserved", "payment.authorize", NULL },
         { "taken_back 1*1", "order.canceled inventory.release payment.void",
           "canceled pending canceled canceled" });
    TELL(bench, told, //
         CONFIRMED_IN_ONE_SHARE,
         { "taken_back 1*1", "", "confirmed authorized unfulfilled processing 1" },
         { "decide T1 resend", "gateway.reply", NULL }, /* not offered */
         { "decide T1 reduce", "order.task_decided fulfillment.reduce gateway.reply",
           "confirmed authorized unfulfilled processing" },
         { "decide T1 keep", "gateway.reply", NULL }, /* closed */
         { "reduced:1", "order.reduced", NULL });
}

static struct allocation pieces_of_a(int64_t quantity, const char *location)
{
    return (
        struct allocation){ .line_no = 1, .sku = "A", .location = location, .quantity = quantity };
}

/* Four pieces of A alone, all held at WH-1. */
static const char *reserve_four(struct order_bench *bench)
{
    struct order_submit order = order_bench_submit(bench, "1");
    const struct order_submit_line line = { .sku = "A", .quantity = 4, .unit_price_minor = 1999 };

    order.lines = arena_copy(bench->kept, &line, sizeof line);
    order.lines_count = 1;
    order.total_minor = 4 * 1999 + 490;
    const char *id = order_bench_place_order(bench, &order);
    const struct allocation held = pieces_of_a(4, "WH-1");
    const struct inventory_reserved fact = { .order_id = id,
                                             .order_no = order_bench_order(bench, id)->order_no,
                                             .clock = 2,
                                             .reservation_id = order_bench_child(bench, id, "H1"),
                                             .allocations = &held,
                                             .allocations_count = 1 };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_INVENTORY_RESERVED,
                                                .message = &fact,
                                                .id = "reserved" });
    return id;
}

/* Two parts of a line are gone, and one part elsewhere takes their place: nothing is lost. */
static void stock_moved_together(void **state)
{
    struct order_bench *bench = *state;
    const char *id = reserve_four(bench);
    const struct allocation gone[] = { pieces_of_a(2, "WH-1"), pieces_of_a(1, "WH-1") };
    const struct allocation held = pieces_of_a(3, "WH-2");
    const struct inventory_taken_back fact = {
        .order_id = id,
        .order_no = order_bench_order(bench, id)->order_no,
        .clock = order_bench_order(bench, id)->clock + 1,
        .reservation_id = order_bench_child(bench, id, "H1"),
        .allocations = gone,
        .allocations_count = 2,
        .moved = &held,
        .moved_count = 1,
    };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_INVENTORY_TAKEN_BACK,
                                                .message = &fact,
                                                .id = "moved" });
    assert_string_equal(order_bench_words(bench), "");
    assert_int_equal(order_bench_order(bench, id)->status, ORDER_STATUS_PLACED);
}

/* Who may wait, or be asked, is served anew before the confirmation, under the next number. */
static void stock_taken_back_is_reserved_anew(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *waits = order_bench_place(bench, "1"), *gone = order_bench_place(bench, "2");
    order_odd_policy(bench, STOCK_POLICY_ASK);
    const char *asks = order_bench_place(bench, "3");
    TELL(bench, waits, //
         { "reserved", "payment.authorize", NULL },
         { "hold h1", "order.held gateway.reply", "placed pending unfulfilled pending" },
         { "authorized", "", "placed authorized unfulfilled pending" },
         { "taken_back 1*1", "inventory.release inventory.reserve", NULL },
         { "released", "", NULL }, /* of the first one */
         { "backordered 1*1", "payment.authorize", "placed authorized backordered pending" },
         { "authorized", "", "placed authorized backordered pending" },
         { "unhold W1", "order.hold_released order.confirmed fulfillment.fulfill gateway.reply",
           "confirmed authorized backordered processing" });
    const struct inventory_reserve *reserve =
        order_told(bench, waits, MESSAGE_INVENTORY_RESERVE, 0);
    assert_string_equal(reserve->reservation_id, order_bench_child(bench, waits, "H2"));
    assert_true(reserve->backorder_allowed);
    TELL(bench, gone, //
         { "reserved", "payment.authorize", NULL },
         { "taken_back 1*1", "inventory.release inventory.reserve", NULL },
         { "short", "", NULL },                     /* of the first one, */
         { "refused reserve:1 undone", "", NULL },  /* and what is refused of it */
         { "refused reserve:1 expired", "", NULL }, //
         { "refused reserve:2", "order.canceled payment.void",
           "canceled pending canceled canceled" },
         { "voided", "", "canceled voided canceled canceled" });
    order_story_rests(bench, gone);
    TELL(bench, asks, //
         { "reserved", "payment.authorize", NULL },
         { "cut c1 2*1", "order.reduced inventory.release gateway.reply", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "taken_back 1*1", "", "confirmed authorized unfulfilled processing 1" });
}

/* The payment is asked for again, and told again: what a person has taken of it meanwhile does not keep the rest from being taken. */
static void taken_by_hand_and_reserved_anew(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *id = order_bench_place(bench, "1");
    TELL(bench, id, //
         { "reserved", "payment.authorize", NULL },
         { "hold h1", "order.held gateway.reply", "placed pending unfulfilled pending" },
         { "authorized", "", "placed authorized unfulfilled pending" },
         { "taken_back 1*1", "inventory.release inventory.reserve", NULL },
         { "captured:9 1000", "", "placed partially_paid unfulfilled pending" },
         { "backordered 1*1", "payment.authorize", "placed partially_paid backordered pending" },
         { "authorized", "", NULL },
         { "unhold W1", "order.hold_released order.confirmed fulfillment.fulfill gateway.reply",
           "confirmed partially_paid backordered processing" },
         { "packed:2", "payment.capture", NULL });
}

/* What is packed cannot be left out any more; what another share took over is looked for there. */
static void pieces_to_leave_out_are_packed(void **state)
{
    struct order_bench *bench = *state;
    const char *packed = order_bench_place(bench, "1"), *late = order_bench_place(bench, "2");
    const char *moved = order_bench_place(bench, "3");

    TELL(bench, packed, //
         CONFIRMED_IN_ONE_SHARE,
         { "taken_back 1*1", "", "confirmed authorized unfulfilled processing 1" },
         { "packed", "payment.capture", NULL },
         { "decide T1 reduce", "gateway.reply", NULL }, /* 409: still open */
         { "decide T1 keep", "order.task_decided gateway.reply",
           "confirmed authorized unfulfilled processing" });
    TELL(bench, late, //
         CONFIRMED_IN_ONE_SHARE,
         { "taken_back 1*1", "", "confirmed authorized unfulfilled processing 1" },
         { "decide T1 reduce", "order.task_decided fulfillment.reduce gateway.reply",
           "confirmed authorized unfulfilled processing" },
         { "packed", "", NULL },
         { "reduce_refused:1", "payment.capture", "confirmed authorized unfulfilled processing 1" },
         { "decide T2 reduce", "gateway.reply", NULL }, /* not offered again */
         { "decide T2 keep", "order.task_decided gateway.reply",
           "confirmed authorized unfulfilled processing" });
    TELL(bench, moved, //
         CONFIRMED_IN_ONE_SHARE,
         { "taken_back 1*1", "", "confirmed authorized unfulfilled processing 1" },
         { "canceled", "inventory.reserve", "confirmed authorized unfulfilled processing 1" },
         { "unsourced", "", "confirmed authorized unfulfilled processing 2" },
         { "decide T2 again", "order.task_decided fulfillment.fulfill gateway.reply",
           "confirmed authorized unfulfilled processing 1" },
         { "decide T1 reduce", "order.task_decided fulfillment.reduce gateway.reply",
           "confirmed authorized unfulfilled processing" },
         { "reduced:2", "order.reduced", NULL });
    assert_int_equal(order_bench_order(bench, moved)->total_minor, 4988 - 1999);
}

/* While its own share has them, packed, the pieces of another, which are held and came later, are not meant. */
static void pieces_of_another_share_are_not_meant(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *id = order_bench_place(bench, "1");
    TELL(bench, id, //
         { "backordered 1*1", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "taken_back 1*1", "", "confirmed authorized backordered processing 1" },
         { "packed:1", "payment.capture", NULL },
         { "allocated 1*1 WH-1", "fulfillment.fulfill order.promise_changed",
           "confirmed authorized unfulfilled processing 1" },
         { "decide T1 reduce", "gateway.reply", NULL }, /* 409: still open */
         { "decide T1 keep", "order.task_decided gateway.reply",
           "confirmed authorized unfulfilled processing" },
         { "packed:2", "payment.capture", NULL });
}

static int64_t last_change(struct order_bench *bench, const char *id)
{
    return ((const struct fulfillment_reduce *)order_told(bench, id, MESSAGE_FULFILLMENT_REDUCE, 0))
        ->change_no;
}

/* A place answers rising numbers only: whoever decides the first task last asks under a number of its own. */
static void losses_are_decided_in_any_order(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "taken_back 1*1", "", "confirmed authorized unfulfilled processing 1" },
         { "taken_back 2*1", "", "confirmed authorized unfulfilled processing 2" },
         { "decide T2 reduce", "order.task_decided fulfillment.reduce gateway.reply",
           "confirmed authorized unfulfilled processing 1" },
         { "reduced:1", "order.reduced", NULL });
    int64_t first = last_change(bench, id);
    TELL(bench, id, //
         { "decide T1 reduce", "order.task_decided fulfillment.reduce gateway.reply",
           "confirmed authorized unfulfilled processing" });
    assert_true(last_change(bench, id) > first);
    TELL(bench, id, { "reduced:1", "order.reduced", NULL });
}

static void authorization_lapses(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                        //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL }, //
         { "lapsed", "payment.authorize", NULL });
    const struct payment_authorize *authorize =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_string_equal(authorize->payment_id, order_bench_child(bench, id, "P2"));
    assert_int_equal(authorize->amount_minor, 4988);
    TELL(bench, id, //
         { "packed:2", "", "confirmed pending unfulfilled processing" },
         { "authorized:2", "payment.capture payment.capture",
           "confirmed authorized unfulfilled processing" },
         { "captured:3", "shipment.ship", "confirmed partially_paid unfulfilled processing" },
         { "captured:4", "shipment.ship", "confirmed paid unfulfilled processing" });
}

static void authorization_is_not_renewed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "lapsed", "payment.authorize", "confirmed pending unfulfilled processing" },
         { "declined:2", "", "confirmed failed unfulfilled processing 1" },
         { "packed", "", NULL }, //
         { "decide T1 again", "order.task_decided payment.authorize gateway.reply",
           "confirmed pending unfulfilled processing" },
         { "declined:3", "", "confirmed failed unfulfilled processing 1" },
         { "decide T2 cancel",
           "order.task_decided order.canceled inventory.release payment.void gateway.reply",
           "canceled pending canceled canceled" });
}

/* Somebody has taken all of it meanwhile: there is nothing that another payment would be for. */
static void nothing_is_left_to_renew(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "lapsed", "payment.authorize", "confirmed pending unfulfilled processing" },
         { "declined:2", "", "confirmed failed unfulfilled processing 1" },
         { "captured:9 4988", "", "confirmed paid unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided gateway.reply",
           "confirmed paid unfulfilled processing" });
    assert_int_equal(
        order_bench_rows(bench, &order_past_payment_table, order_bench_order(bench, id)->order_no),
        1);
    TELL(bench, id, { "packed", "shipment.ship", NULL });
}

static int64_t capture_told(struct order_bench *bench)
{
    return ((const struct payment_capture *)order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE))
        ->amount_minor;
}

/* The shipping price goes to the share whose capture is asked for; one that was refused has it no more. */
static void shipping_moves_on(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved:3", "payment.authorize", NULL },
         { "authorized",
           "order.confirmed fulfillment.fulfill fulfillment.fulfill fulfillment.fulfill", NULL },
         { "packed:1", "payment.capture", NULL });
    assert_int_equal(capture_told(bench), 1999 + 490);
    TELL(bench, id, //
         { "failed:1 capture", "", "confirmed authorized unfulfilled processing 1" },
         { "packed:2", "payment.capture", NULL });
    assert_int_equal(capture_told(bench), 1999 + 490);
    TELL(bench, id, //
         { "captured:2", "shipment.ship", NULL }, { "packed:3", "payment.capture", NULL });
    assert_int_equal(capture_told(bench), 500);
    TELL(bench, id,                               //
         { "captured:3", "shipment.ship", NULL }, //
         { "delivered:2", "inventory.consume", NULL }, { "delivered:3", "inventory.consume", NULL },
         { "decide T1 again", "order.task_decided payment.capture gateway.reply", NULL });
    assert_int_equal(capture_told(bench), 1999);
    TELL(bench, id,                               //
         { "captured:4", "shipment.ship", NULL }, /* under the next number, too */
         { "delivered:5", "inventory.consume order.completed",
           "completed paid delivered completed" });
    assert_int_equal(order_bench_order(bench, id)->captured_minor, 4988);
    order_story_rests(bench, id);
}

/* The others were paid for without it before it was refused: nobody pays for shipping. */
static void shipping_comes_off(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },
         { "packed:2", "payment.capture", NULL });
    assert_int_equal(capture_told(bench), 1999);
    TELL(bench, id,                               //
         { "captured:2", "shipment.ship", NULL }, //
         { "failed:1 capture", "", "confirmed partially_paid unfulfilled processing 1" },
         { "decide T1 cancel", "order.task_decided order.reduced inventory.release gateway.reply",
           "confirmed paid unfulfilled processing" });
    const struct order_reduced *reduced = order_bench_must_say(bench, MESSAGE_ORDER_REDUCED);
    assert_int_equal(reduced->reduced_by_minor, 4988 - 1999);
    assert_int_equal(order_bench_order(bench, id)->shipping_price_minor, 0);
    TELL(bench, id,
         { "delivered:2", "inventory.consume order.completed payment.void",
           "completed paid delivered completed" });
    assert_int_equal(order_bench_order(bench, id)->captured_minor,
                     order_bench_order(bench, id)->total_minor);
}

static void lost_on_its_way(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                                           //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },                    //
         { "captured:1", "shipment.ship", NULL }, { "packed:2", "payment.capture", NULL },    //
         { "captured:2", "shipment.ship", NULL }, { "shipped:1", "inventory.consume", NULL }, //
         { "delivered:1", "", NULL }, { "shipped:2", "inventory.consume", NULL },
         { "lost:2 lost", "", "confirmed paid partially_delivered partially_delivered 1" },
         { "decide T1 refund",
           "order.task_decided order.reduced payment.refund order.completed gateway.reply",
           "completed paid delivered completed" },
         { "refunded", "", "completed partially_refunded delivered completed" });
    const struct payment_refund *refund = order_told(bench, id, MESSAGE_PAYMENT_REFUND, 0);
    assert_int_equal(refund->amount_minor, 1999);
}

/* Other places are asked at once, a person only when none has it.  The new stock is held before that of the first is given back. */
static void elsewhere(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "canceled", "inventory.reserve", "confirmed authorized unfulfilled processing" });
    const struct inventory_reserve *reserve =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    assert_string_equal(reserve->reservation_id, order_bench_child(bench, id, "H2"));
    assert_int_equal(reserve->avoid_count, 1);
    assert_string_equal(reserve->avoid[0], "WH-1");
    assert_int_equal(reserve->lines_count, 2);
    TELL(bench, id, //
         { "unsourced", "", "confirmed authorized unfulfilled processing 1" },
         { "decide T1 reroute", "order.task_decided inventory.reserve gateway.reply",
           "confirmed authorized unfulfilled processing" },
         { "sourced 1*2,2*1 WH-2", "inventory.release fulfillment.fulfill", NULL });
    const struct inventory_release *release =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RELEASE);
    assert_string_equal(release->reservation_id, order_bench_child(bench, id, "H1"));
    TELL(bench, id,                               //
         { "packed:2", "payment.capture", NULL }, //
         { "captured:2", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "shipped:2", "inventory.consume", "confirmed paid fulfilled shipped" });
    const struct inventory_consume *consume =
        order_bench_must_say(bench, MESSAGE_INVENTORY_CONSUME);
    assert_string_equal(consume->reservation_id, order_bench_child(bench, id, "H3"));
    TELL(bench, id, { "delivered:2", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

/* Who said no once is not asked again by another's refusal; a person may still have the last place do it. */
static void nobody_is_left(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "canceled", "inventory.reserve", NULL },
         { "sourced 1*2,2*1 WH-2", "inventory.release fulfillment.fulfill", NULL },
         { "canceled:2", "inventory.reserve", "confirmed authorized unfulfilled processing" });
    const struct inventory_reserve *reserve =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    assert_int_equal(reserve->avoid_count, 2);
    assert_string_equal(reserve->avoid[0], "WH-1");
    assert_string_equal(reserve->avoid[1], "WH-2");
    TELL(bench, id, //
         { "unsourced", "", "confirmed authorized unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided fulfillment.fulfill gateway.reply",
           "confirmed authorized unfulfilled processing" },
         { "canceled:3", "inventory.reserve", NULL });
    reserve = order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    assert_int_equal(reserve->avoid_count, 2);
}

/* The same once more, from stock; it is paid for already. */
static void sent_again(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                       //
         CONFIRMED_IN_ONE_SHARE, { "packed:1", "payment.capture", NULL }, //
         { "captured:1", "shipment.ship", NULL },                         //
         { "shipped:1", "inventory.consume", NULL }                       //
    );
    TELL(bench, id, //
         { "lost:1 damaged", "", "confirmed paid fulfilled shipped 1" },
         { "decide T1 wait", "gateway.reply", NULL }, /* it is not waited for what came to harm */
         { "decide T1 resend", "order.task_decided inventory.reserve gateway.reply",
           "confirmed paid fulfilled shipped" },
         { "unsourced", "", "confirmed paid fulfilled shipped 1" },
         { "decide T2 resend", "order.task_decided inventory.reserve gateway.reply",
           "confirmed paid fulfilled shipped" },
         { "sourced 1*2,2*1 WH-2", "fulfillment.fulfill", "confirmed paid unfulfilled processing" },
         { "packed:2", "shipment.ship", NULL },
         { "delivered:2", "inventory.consume order.completed",
           "completed paid delivered completed" });
    assert_int_equal(order_bench_order(bench, id)->captured_minor, 4988);
}

/* It arrives after all, while stock is looked for: what was found goes back. */
static void found_after_all(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                       //
         CONFIRMED_IN_ONE_SHARE, { "packed:1", "payment.capture", NULL }, //
         { "captured:1", "shipment.ship", NULL },                         //
         { "shipped:1", "inventory.consume", NULL },                      //
         { "lost:1 lost", "", "confirmed paid fulfilled shipped 1" },
         { "decide T1 resend", "order.task_decided inventory.reserve gateway.reply",
           "confirmed paid fulfilled shipped" },
         { "delivered:1", "inventory.release order.completed",
           "completed paid delivered completed" },
         { "sourced 1*2,2*1 WH-2", "inventory.release", NULL });
    order_story_rests(bench, id);
}

/* Nobody saw it leave: its stock leaves with the news that it is lost. */
static void lost_before_it_was_seen(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                     //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL }, //
         { "captured", "shipment.ship", NULL }, { "labeled:1", "", NULL },
         { "lost:1 lost", "inventory.consume", NULL });
}

static void no_label(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                     //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL }, //
         { "captured", "shipment.ship", NULL },
         { "unshippable:1", "", "confirmed paid unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided shipment.ship gateway.reply",
           "confirmed paid unfulfilled processing" });
    const struct shipment_ship *ship = order_bench_must_say(bench, MESSAGE_SHIPMENT_SHIP);
    assert_string_equal(ship->shipment_id, order_bench_child(bench, id, "S2"));
    TELL(bench, id,                 //
         { "tracked:1", "", NULL }, /* a parcel that had a label, of a shipment that was replaced */
         { "labeled:2", "", NULL }, //
         { "unlabeled:2", "", "confirmed paid unfulfilled processing 1" },
         { "decide T2 cancel",
           "order.task_decided order.reduced inventory.release payment.refund order.canceled "
           "inventory.release payment.void payment.refund gateway.reply",
           "canceled paid canceled canceled" });
}

static void money_at_the_door(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_CASH_ON_DELIVERY };
    const char *id = order_bench_place_order(bench, &submit);
    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "shipment.ship", NULL });
    const struct shipment_ship *ship = order_bench_must_say(bench, MESSAGE_SHIPMENT_SHIP);
    assert_int_equal(ship->cash_on_delivery_minor, 4988);
    TELL(bench, id, //
         { "delivered", "inventory.consume payment.capture",
           "confirmed authorized delivered delivered" },
         { "captured", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

static void too_much_money(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved", "payment.authorize", NULL },
         { "money 9000", "", "placed pending unfulfilled pending 1" },
         { "decide T1 done_by_hand", "order.task_decided gateway.reply",
           "placed pending unfulfilled pending" });
}

#define ON_BENCH(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(held_before_confirmation),
        ON_BENCH(held_at_the_place),
        ON_BENCH(a_held_order_can_be_canceled),
        ON_BENCH(short_pick),
        ON_BENCH(short_pick_is_had_elsewhere),
        ON_BENCH(canceled_while_it_is_looked_for),
        ON_BENCH(short_of_a_component),
        ON_BENCH(nothing_was_there),
        ON_BENCH(cut_before_confirmation),
        ON_BENCH(cut_at_the_place),
        ON_BENCH(cut_before_the_place_has_it),
        ON_BENCH(stock_policies),
        ON_BENCH(stock_that_nobody_waits_for),
        ON_BENCH(stock_that_is_late),
        ON_BENCH(the_shopper_is_asked),
        ON_BENCH(the_shopper_is_offered_what_there_is),
        ON_BENCH(stock_taken_back),
        ON_BENCH(stock_moved_together),
        ON_BENCH(stock_taken_back_is_reserved_anew),
        ON_BENCH(taken_by_hand_and_reserved_anew),
        ON_BENCH(pieces_to_leave_out_are_packed),
        ON_BENCH(pieces_of_another_share_are_not_meant),
        ON_BENCH(losses_are_decided_in_any_order),
        ON_BENCH(authorization_lapses),
        ON_BENCH(authorization_is_not_renewed),
        ON_BENCH(nothing_is_left_to_renew),
        ON_BENCH(shipping_moves_on),
        ON_BENCH(shipping_comes_off),
        ON_BENCH(lost_on_its_way),
        ON_BENCH(lost_before_it_was_seen),
        ON_BENCH(elsewhere),
        ON_BENCH(nobody_is_left),
        ON_BENCH(sent_again),
        ON_BENCH(found_after_all),
        ON_BENCH(no_label),
        ON_BENCH(money_at_the_door),
        ON_BENCH(too_much_money),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
