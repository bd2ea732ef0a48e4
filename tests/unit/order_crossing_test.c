/* links: order */
/* order_crossing_test.c - stories in which two things go otherwise at once: what was asked crosses what happened. */
#include "tests/unit/order_odds.h"
#include "tests/unit/order_story.h"

#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *place_for_cash(struct order_bench *bench)
{
    struct order_submit submit = order_bench_submit(bench, "cash");

    submit.payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_CASH_ON_DELIVERY };
    return order_bench_place_order(bench, &submit);
}

/* People of the payment service let go of what the order waits for. */
static void voided_while_awaited(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                 //
         { "reserved", "payment.authorize", NULL }, //
         { "action", "", NULL },
         { "voided", "order.canceled inventory.release", "canceled voided canceled canceled" },
         { "released", "", NULL });
    order_story_rests(bench, id);
}

static void voided_while_asked(void **state)
{
    struct order_bench *bench = *state;
    const char *stops = order_bench_place(bench, "1"), *not = order_bench_place(bench, "2");

    TELL(bench, stops,                                                        //
         CONFIRMED_IN_ONE_SHARE, { "cancel c1", "fulfillment.cancel", NULL }, //
         { "voided", "", "confirmed voided unfulfilled processing" },
         { "canceled", "order.canceled inventory.release gateway.reply",
           "canceled voided canceled canceled" },
         { "released", "", NULL });
    order_story_rests(bench, stops);
    TELL(bench, not,                                                          //
         CONFIRMED_IN_ONE_SHARE, { "cancel c1", "fulfillment.cancel", NULL }, //
         { "voided", "", "confirmed voided unfulfilled processing" }, { "packed", "", NULL },
         { "cancel_refused", "gateway.reply", "confirmed voided unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided payment.authorize gateway.reply",
           "confirmed pending unfulfilled processing" });
}

/* The money lapses while the place leaves out all that is left: nothing is secured for an order without pieces. */
static void nothing_is_secured_for_nothing(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "taken_back 1*2,2*1", "", "confirmed authorized unfulfilled processing 1" },
         { "decide T1 reduce", "order.task_decided fulfillment.cancel gateway.reply",
           "confirmed authorized unfulfilled processing" },
         { "lapsed", "", NULL },
         { "canceled:1", "order.reduced order.canceled inventory.release payment.void",
           "canceled authorized canceled canceled" });
}

/* People let go of cash on delivery, and then it is delivered: a second payment, or none. */
static void voided_before_the_door(void **state)
{
    struct order_bench *bench = *state;
    const char *paid = place_for_cash(bench);

    TELL(bench, paid, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "shipment.ship", NULL },
         { "voided", "", "confirmed voided unfulfilled processing 1" },
         { "delivered", "inventory.consume payment.capture",
           "confirmed voided delivered delivered 1" },
         { "refused capture:1 undone", "", "confirmed voided delivered delivered 2" },
         { "decide T2 again", "order.task_decided payment.authorize gateway.reply",
           "confirmed pending delivered delivered 1" },
         { "authorized:2", "payment.capture", "confirmed authorized delivered delivered" },
         { "captured:3", "order.completed", "completed paid delivered completed" });
}

static void never_paid_at_the_door(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place_for_cash(bench);

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "shipment.ship", NULL },
         { "delivered", "inventory.consume payment.capture", NULL }, { "failed capture", "", NULL },
         { "decide T1 cancel",
           "order.task_decided order.reduced order.canceled inventory.release payment.void "
           "gateway.reply",
           "canceled authorized canceled canceled" },
         { "released", "", NULL }, //
         { "voided", "", "canceled voided canceled canceled" });
    assert_int_equal(order_bench_order(bench, id)->step, STEP_ENDED);
}

/* A person took all of it in advance: nothing is left for the door, and nobody is asked. */
static void paid_before_the_door(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place_for_cash(bench);

    TELL(
        bench, id, //
        CONFIRMED_IN_ONE_SHARE, { "packed", "shipment.ship", NULL },
        { "captured:5001 4988", "", "confirmed paid unfulfilled processing" },
        { "delivered", "inventory.consume order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

/* The same, and it crosses what is told of the door; of what was taken in part the rest is. */
static void paid_while_at_the_door(void **state)
{
    struct order_bench *bench = *state;
    const char *all = place_for_cash(bench);

    TELL(bench, all, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "shipment.ship", NULL },
         { "delivered", "inventory.consume payment.capture", NULL },
         { "captured:5001 1000", "", "confirmed partially_paid delivered delivered" },
         { "refused capture:1 rule", "payment.capture",
           "confirmed partially_paid delivered delivered" });
    const struct payment_capture *rest = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_int_equal(rest->amount_minor, 3988);
    TELL(bench, all, //
         { "captured:5002 3988", "", "confirmed paid delivered delivered" },
         { "refused capture:1 rule", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, all);
}

/* People let the payment go while a place is asked, and a capture is under way: the next payment is asked for one of its own. */
static void voided_while_capturing_and_asked(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },
         { "cut c1 1*1", "fulfillment.cancel", NULL }, { "voided", "", NULL },
         { "canceled:2", "order.reduced inventory.release gateway.reply",
           "confirmed voided unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided payment.authorize gateway.reply",
           "confirmed pending unfulfilled processing" },
         { "authorized:2", "payment.capture", "confirmed authorized unfulfilled processing" });
    const struct payment_capture *anew = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_string_equal(anew->payment_id, order_bench_child(bench, id, "P2"));
    assert_string_not_equal(anew->capture_id, order_bench_child(bench, id, "C1"));
}

static void declined_while_asked(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "lapsed", "payment.authorize", "confirmed pending unfulfilled processing" },
         { "cut c1 1*1", "fulfillment.reduce", NULL },
         { "declined:2", "", "confirmed failed unfulfilled processing" },
         { "reduce_refused:1", "gateway.reply", "confirmed failed unfulfilled processing 1" });
}

/* An answer that was waited for before the places were asked is still waited for. */
static void silence_behind_a_question(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "lapsed", "payment.authorize", "confirmed pending unfulfilled processing" },
         { "cut c1 1*1", "fulfillment.reduce", NULL },
         { "reduce_refused:1", "gateway.reply", NULL });
    assert_true(order_bench_order(bench, id)->deadline_at != 0);
}

/* The payment that was never heard of is let go before another one takes its place. */
static void renewed_in_silence(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "opened", "", NULL },
         { "lapsed", "payment.authorize", "confirmed pending unfulfilled processing" });
    while (order_bench_order(bench, id)->open_tasks == 0) {
        order_play(bench, id, "time");
    }
    TELL(bench, id,
         { "decide T1 again", "order.task_decided payment.void payment.authorize gateway.reply",
           "confirmed pending unfulfilled processing" });
    const struct payment_void *let_go = order_told(bench, id, MESSAGE_PAYMENT_VOID, 0);
    const struct payment_authorize *anew = order_told(bench, id, MESSAGE_PAYMENT_AUTHORIZE, 0);
    assert_string_equal(let_go->payment_id, order_bench_child(bench, id, "P2"));
    assert_string_equal(anew->payment_id, order_bench_child(bench, id, "P3"));
}

/* A transfer that came in part and too late is on our account: somebody has to give it back. */
static void money_left_behind(void **state)
{
    struct order_bench *bench = *state;
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");

    TELL(bench, first, //
         { "reserved", "payment.authorize", NULL },
         { "declined", "order.canceled inventory.release", "canceled failed canceled canceled" },
         { "failed void", "", "canceled failed canceled canceled 1" }, //
         { "released", "", NULL },
         { "decide T1 done_by_hand", "order.task_decided payment.void gateway.reply",
           "canceled pending canceled canceled" },
         { "voided", "", "canceled voided canceled canceled" });
    assert_true(
        ((const struct payment_void *)order_told(bench, first, MESSAGE_PAYMENT_VOID, 0))->by_hand);
    order_story_rests(bench, first);
    TELL(bench, second, //
         { "reserved", "payment.authorize", NULL },
         { "declined", "order.canceled inventory.release", "canceled failed canceled canceled" },
         { "released", "", NULL }, //
         { "failed void", "", "canceled failed canceled canceled 1" },
         { "decide T1 done_by_hand", "order.task_decided payment.void gateway.reply",
           "canceled pending canceled canceled" },
         { "voided", "", "canceled voided canceled canceled" });
    order_story_rests(bench, second);
}

/* After the end, too, a void that failed is told again when a person says so. */
static void rest_is_not_let_go(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "shorted:1 1*1", "inventory.release inventory.reserve", NULL }, //
         { "unsourced", "order.reduced", NULL },                           //
         { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "shipped", "inventory.consume", "confirmed paid fulfilled shipped" },
         { "delivered", "order.completed payment.void", "completed paid delivered completed" },
         { "failed void", "", "completed paid delivered completed 1" },
         { "decide T1 again", "order.task_decided payment.void gateway.reply",
           "completed paid delivered completed" },
         { "voided", "", NULL });
    order_story_rests(bench, id);
}

/* People cannot let a transfer go before its capture, which is undone: it is not forgotten with the next payment. */
static void transfer_that_was_put_aside(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "failed void", "", "confirmed authorized unfulfilled processing 1" },
         { "packed", "payment.capture", "confirmed authorized unfulfilled processing 1" },
         { "refused authorize:1 undone", "", "confirmed authorized unfulfilled processing 2" },
         { "decide T2 again", "order.task_decided payment.authorize gateway.reply",
           "confirmed pending unfulfilled processing 1" },
         { "decide T1 done_by_hand", "order.task_decided payment.void gateway.reply",
           "confirmed pending unfulfilled processing" });
    const struct payment_void *let_go = order_told(bench, id, MESSAGE_PAYMENT_VOID, 0);
    assert_true(let_go->by_hand);
    assert_string_equal(let_go->payment_id, order_bench_child(bench, id, "P1"));
}

/* What is left of a transfer after the last share waits for a person while the order goes on. */
static void rest_of_a_transfer(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "shorted:1 1*1", "inventory.release inventory.reserve", NULL }, //
         { "unsourced", "order.reduced", NULL },                           //
         { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "failed void", "", "confirmed paid unfulfilled processing 1" },
         { "decide T1 done_by_hand", "order.task_decided payment.void gateway.reply",
           "confirmed paid unfulfilled processing" },
         { "voided", "", NULL }, //
         { "shipped", "inventory.consume", "confirmed paid fulfilled shipped" },
         { "delivered", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

/* All of what was taken: 4988 for an order whose only share cannot be labeled. */
static const char *given_back(struct order_bench *bench, const char *ref)
{
    const char *id = order_bench_place(bench, ref);

    TELL(bench, id,                                                     //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL }, //
         { "captured", "shipment.ship", NULL },
         { "unshippable:1", "", "confirmed paid unfulfilled processing 1" },
         { "decide T1 cancel",
           "order.task_decided order.reduced inventory.release payment.refund order.canceled "
           "inventory.release payment.void payment.refund gateway.reply",
           "canceled paid canceled canceled" },
         { "released", "", NULL }, //
         { "voided", "", NULL });
    return id;
}

/* A person's refund is under way: ours is refused, and told anew when it is known what is left. */
static void refunds_cross(void **state)
{
    struct order_bench *bench = *state;
    const char *id = given_back(bench, "1");

    TELL(bench, id, //
         { "refused refund:1 rule", "", "canceled overcharged canceled canceled" },
         { "refunded:5001 4000", "payment.refund",
           "canceled partially_refunded canceled canceled" });
    const struct payment_refund *rest = order_bench_must_say(bench, MESSAGE_PAYMENT_REFUND);
    assert_int_equal(rest->amount_minor, 498);
    TELL(bench, id, //
         { "refunded:2 490", "", "canceled partially_refunded canceled canceled" },
         { "refunded:3 498", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, id);
}

/* Again is another refund; one that the bank sends back later is missed, too. */
static void refund_fails(void **state)
{
    struct order_bench *bench = *state;
    const char *id = given_back(bench, "1");

    TELL(bench, id, //
         { "failed:1 refund", "", "canceled paid canceled canceled 1" },
         { "decide T2 again", "order.task_decided payment.refund payment.refund gateway.reply",
           "canceled paid canceled canceled" });
    const struct payment_refund *anew = order_bench_said(bench, MESSAGE_PAYMENT_REFUND, 1);
    assert_string_equal(anew->refund_id, order_bench_child(bench, id, "B3"));
    assert_int_equal(anew->amount_minor, 4498);
    TELL(bench, id, //
         { "refunded:2 490", "", "canceled partially_refunded canceled canceled" },
         { "refunded:3 4498", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, id);
    TELL(bench, id, //
         { "failed:3 refund", "", "canceled partially_refunded canceled canceled 1" },
         { "decide T3 done_by_hand", "order.task_decided payment.refund gateway.reply",
           "canceled partially_refunded canceled canceled" },
         { "refunded:3 4498", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, id);
}

/* Others gave back some of what a refund of ours could not, and then somebody says that all of it is given: the rest is. */
static void a_gift_before_the_hand(void **state)
{
    struct order_bench *bench = *state;
    const char *id = given_back(bench, "1");

    TELL(bench, id, //
         { "refunded:2 490", "", "canceled partially_refunded canceled canceled" },
         { "failed:1 refund", "", "canceled partially_refunded canceled canceled 1" },
         { "decide T2 done_by_hand", "order.task_decided payment.refund gateway.reply",
           "canceled partially_refunded canceled canceled" },
         { "refused refund:1 rule", "", NULL }, /* what others gave is not known yet */
         { "refunded:5001 4000", "", NULL },    //
         { "time", "", NULL },                  /* it was the order's first */
         { "time", "", NULL },                  //
         { "time", "", NULL },                  //
         { "time", "", NULL },                  //
         { "time", "", "canceled partially_refunded canceled canceled 1" },
         { "decide T3 done_by_hand", "order.task_decided payment.refund gateway.reply",
           "canceled partially_refunded canceled canceled" },
         { "refused refund:1 rule", "payment.refund", NULL });
    const struct payment_refund *rest = order_bench_must_say(bench, MESSAGE_PAYMENT_REFUND);
    assert_string_equal(rest->refund_id, order_bench_child(bench, id, "B3"));
    assert_true(rest->by_hand && rest->amount_minor == 498);
    TELL(bench, id, { "refunded:3 498", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, id);
}

/* What people gave back of their own accord comes back: the books follow, and whoever made it is told. */
static void a_gift_comes_back(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(
        bench, id, //
        CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
        { "captured", "shipment.ship", NULL },
        { "delivered", "inventory.consume order.completed", NULL },
        { "refunded:5001 300", "", "completed partially_refunded delivered completed" },
        { "failed:5001 refund 300 0", "", "completed paid delivered completed 1" },
        { "failed:5001 refund 300 0", "", "completed paid delivered completed 1" }, /* told again */
        { "decide T1 done_by_hand", "order.task_decided payment.refund gateway.reply",
          "completed paid delivered completed" });
    const struct payment_refund *by_hand = order_bench_said(bench, MESSAGE_PAYMENT_REFUND, 0);
    assert_string_equal(by_hand->refund_id, order_bench_child(bench, id, "B5001"));
    assert_true(by_hand->by_hand && by_hand->amount_minor == 300);
    TELL(bench, id, { "refunded:5001 300", "", "completed partially_refunded delivered completed" },
         { "failed:5002 refund 100 300", "", "completed partially_refunded delivered completed 1" },
         { "decide T2 keep", "order.task_decided payment.refund gateway.reply",
           "completed partially_refunded delivered completed" },
         { "failed:5003 refund 50 300", "", "completed partially_refunded delivered completed 1" },
         { "decide T3 done_by_hand", "order.task_decided payment.refund gateway.reply",
           "completed partially_refunded delivered completed" });
    order_story_rests(bench, id);
}

/* The order ended on the strength of what people had given back: it owes that again. */
static void a_gift_comes_back_after_the_end(void **state)
{
    struct order_bench *bench = *state;
    const char *id = given_back(bench, "1");

    TELL(
        bench, id, //
        { "refused refund:1 rule", "", "canceled overcharged canceled canceled" },
        { "refunded:5001 4000", "payment.refund", "canceled partially_refunded canceled canceled" },
        { "refunded:2 490", "", NULL },
        { "refunded:3 498", "", "canceled refunded canceled canceled" },
        { "failed:5001 refund 4000 988", "", "canceled partially_refunded canceled canceled 1" },
        { "decide T2 done_by_hand", "order.task_decided payment.refund gateway.reply",
          "canceled partially_refunded canceled canceled" });
    const struct payment_refund *rest = order_bench_must_say(bench, MESSAGE_PAYMENT_REFUND);
    assert_string_equal(rest->refund_id, order_bench_child(bench, id, "B5001"));
    assert_true(rest->by_hand && rest->amount_minor == 4000);
    TELL(bench, id, { "refunded:5001 4000", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, id);
}

/* A refund by people's request waits for a hand, and counts as on its way: when all has to go back ours is refused for it, until
 * they leave it at that. */
static void a_gift_is_in_the_way(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", NULL },
         { "failed:5001 refund 4000 0", "", "confirmed paid unfulfilled processing 1" },
         { "unshippable:1", "", "confirmed paid unfulfilled processing 2" },
         { "decide T2 cancel",
           "order.task_decided order.reduced inventory.release payment.refund order.canceled "
           "inventory.release payment.void payment.refund gateway.reply",
           "canceled paid canceled canceled 1" },
         { "released", "", NULL }, //
         { "voided", "", NULL },   //
         { "refused refund:2 rule", "", "canceled overcharged canceled canceled 1" },
         { "refunded:3 490", "payment.refund", "canceled partially_refunded canceled canceled 1" },
         { "refused refund:4 rule", "", NULL }, //
         { "decide T1 keep", "order.task_decided payment.refund gateway.reply",
           "canceled partially_refunded canceled canceled" });
    const struct payment_refund *gift = order_bench_must_say(bench, MESSAGE_PAYMENT_REFUND);
    assert_string_equal(gift->refund_id, order_bench_child(bench, id, "B5001"));
    assert_true(gift->withdrawn && !gift->by_hand && gift->amount_minor == 4000);
    TELL(bench, id,            //
         { "time", "", NULL }, /* it was the order's first */
         { "time", "payment.refund", NULL },
         { "refunded:5 4498", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, id);
}

/* It was refused, and told again before that was heard: what was taken up then is nobody's, and must not be in the way of what is
 * told in its stead. */
static void a_refused_refund_is_taken_up(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", NULL },
         { "unshippable:1", "", "confirmed paid unfulfilled processing 1" },
         { "decide T1 cancel",
           "order.task_decided order.reduced inventory.release payment.refund order.canceled "
           "inventory.release payment.void payment.refund gateway.reply",
           "canceled paid canceled canceled" },
         { "released", "", NULL }, //
         { "voided", "", NULL },   //
         { "refused refund:1 rule", "", "canceled overcharged canceled canceled" },
         { "failed:1 refund 4498 0 by_hand", "payment.refund",
           "canceled overcharged canceled canceled" });
    const struct payment_refund *taken_up = order_bench_must_say(bench, MESSAGE_PAYMENT_REFUND);
    assert_string_equal(taken_up->refund_id, order_bench_child(bench, id, "B1"));
    assert_true(taken_up->withdrawn);
    TELL(bench, id, { "time", "", NULL }, { "time", "payment.refund payment.refund", NULL },
         { "refunded:2 490", "", NULL },
         { "refunded:3 4498", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, id);
}

/* Before the end of the order, too, a refund that failed is refunded again: nothing is authorized for it. */
static void refund_fails_on_the_way(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },
         { "captured:1", "shipment.ship", NULL }, { "packed:2", "payment.capture", NULL },
         { "captured:2", "shipment.ship", NULL },
         { "unshippable:2", "", "confirmed paid unfulfilled processing 1" },
         { "decide T1 cancel",
           "order.task_decided order.reduced inventory.release payment.refund gateway.reply",
           "confirmed paid unfulfilled processing" },
         { "failed:1 refund", "", "confirmed paid unfulfilled processing 1" },
         { "decide T2 again", "order.task_decided payment.refund gateway.reply",
           "confirmed paid unfulfilled processing" });
    const struct payment_refund *anew = order_bench_must_say(bench, MESSAGE_PAYMENT_REFUND);
    assert_string_equal(anew->refund_id, order_bench_child(bench, id, "B2"));
    assert_int_equal(anew->amount_minor, 1999);
}

/* The money of the second parcel is still at its door when that of the first is taken. */
static void two_doors(void **state)
{
    struct order_bench *bench = *state;
    const char *id = place_for_cash(bench);

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "shipment.ship", NULL },
         { "packed:2", "shipment.ship", NULL },
         { "delivered:1", "inventory.consume payment.capture",
           "confirmed authorized partially_delivered partially_delivered" });
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_false(capture->final);
    TELL(bench, id, //
         { "captured:1", "", "confirmed partially_paid partially_delivered partially_delivered" },
         { "delivered:2", "inventory.consume payment.capture",
           "confirmed partially_paid delivered delivered" });
    capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_true(capture->final);
    TELL(bench, id, { "captured:2", "order.completed", "completed paid delivered completed" });
}

/* A capture that failed may be tried again after that of the other share: it must not be the last. */
static void capture_fails_beside_the_last(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },
         { "failed:1 capture", "", "confirmed authorized unfulfilled processing 1" },
         { "packed:2", "payment.capture", NULL });
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_false(capture->final);
}

/* Stock that arrives for pieces which nobody wants any more goes back. */
static void allocated_crosses_cut(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *done = order_bench_place(bench, "1"), *asked = order_bench_place(bench, "2");
    TELL(bench, done, //
         { "backordered 1*1", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "cut c1 1*1", "order.reduced inventory.release order.promise_changed gateway.reply",
           NULL },
         { "allocated 1*1", "inventory.release", NULL });
    const struct inventory_release *back = order_bench_must_say(bench, MESSAGE_INVENTORY_RELEASE);
    assert_int_equal(back->lines_count, 1);
    assert_int_equal(back->lines[0].quantity, 1);
    assert_string_equal(back->lines[0].location, "WH-2");
    assert_int_equal(back->release_no, 2);
    TELL(bench, asked, //
         { "backordered 1*1", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "cut c1 1*2", "fulfillment.reduce", NULL }, //
         { "allocated 1*1", "order.promise_changed", NULL },
         { "reduced:1", "fulfillment.fulfill fulfillment.fulfill gateway.reply", NULL });
    assert_int_equal(order_bench_order(bench, asked)->total_minor, 4988);
}

/* Nothing is late that nobody waits for. */
static void cut_of_what_is_waited_for(void **state)
{
    struct order_bench *bench = *state;

    order_odd_policy(bench, STOCK_POLICY_BACKORDER);
    const char *id = order_bench_place(bench, "1");
    TELL(bench, id, //
         { "backordered 1*1", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL }, //
         { "opened", "", NULL },
         { "cut c1 1*1", "order.reduced inventory.release order.promise_changed gateway.reply",
           NULL });
    while (order_bench_order(bench, id)->open_tasks == 0) { /* "not packed in time" */
        order_play(bench, id, "time");
    }
    TELL(bench, id, { "decide T1 wait", "order.task_decided gateway.reply", NULL });
    while (order_bench_order(bench, id)->open_tasks == 0) {
        order_play(bench, id, "time");
    }
    assert_int_equal(order_bench_order(bench, id)->task_count, 2);
    TELL(bench, id, { "decide T2 wait", "order.task_decided gateway.reply", NULL });
}

/* A person took it all before pieces were canceled: what they cost goes back. */
static void cut_after_all_was_taken(void **state)
{
    struct order_bench *bench = *state;
    const char *cut = order_bench_place(bench, "1"), *shorted = order_bench_place(bench, "2");

    TELL(bench, cut, //
         CONFIRMED_IN_ONE_SHARE,
         { "captured:5001 4988", "", "confirmed paid unfulfilled processing" },
         { "cut c1 1*1", "fulfillment.reduce", NULL },
         { "reduced:1", "order.reduced inventory.release payment.refund gateway.reply",
           "confirmed paid unfulfilled processing" });
    const struct payment_refund *refund = order_bench_must_say(bench, MESSAGE_PAYMENT_REFUND);
    assert_int_equal(refund->amount_minor, 1999);
    TELL(bench, shorted, //
         CONFIRMED_IN_ONE_SHARE,
         { "captured:5001 4988", "", "confirmed paid unfulfilled processing" },
         { "shorted:1 1*1", "inventory.release inventory.reserve", NULL }, //
         { "unsourced", "order.reduced", "confirmed overcharged unfulfilled processing" },
         { "packed", "shipment.ship", NULL },
         { "shipped", "inventory.consume", "confirmed overcharged fulfilled shipped" },
         { "delivered", "order.completed payment.refund", "completed paid delivered completed" });
}

/* A person took it all before it was packed: nothing is left to take, and it is shipped. */
static void all_was_taken(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "captured:5001 4988", "", "confirmed paid unfulfilled processing" },
         { "packed", "shipment.ship", NULL });
}

/* A capture that came too late is told on: "again" must not mean another one beside it. */
static void capture_is_told_on(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                     //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL }, //
         { "refused capture:1 expired", "payment.capture", NULL },
         { "refused capture:1 expired", "payment.capture",
           "confirmed authorized unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided payment.capture gateway.reply",
           "confirmed authorized unfulfilled processing" });
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_string_equal(capture->capture_id, order_bench_child(bench, id, "C1"));
}

/* The order is over before the answer to a new authorization comes: nothing may stay held. */
static void completed_before_the_answer(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                        //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL }, //
         { "captured:1", "shipment.ship", NULL }, { "lapsed", "payment.authorize", NULL },
         { "shipped:1", "inventory.consume", NULL }, { "delivered:1", "", NULL },
         { "shorted:2 1*1", "inventory.release inventory.reserve", NULL }, //
         { "unsourced", "order.reduced", NULL },
         { "canceled:2", "order.completed payment.void", NULL });
    const struct payment_void *let_go = order_bench_must_say(bench, MESSAGE_PAYMENT_VOID);
    assert_string_equal(let_go->payment_id, order_bench_child(bench, id, "P2"));
}

/* What a person gives back is a gift: the next share does not take it again. */
static void goodwill(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },
         { "captured:1", "shipment.ship", "confirmed partially_paid unfulfilled processing" },
         { "refunded:5001 500", "", "confirmed partially_refunded unfulfilled processing" },
         { "packed:2", "payment.capture", NULL });
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_int_equal(capture->amount_minor, 1999);
}

/* Who cancels what is partly sent means the rest; if its place does not leave it out, a person is asked again. */
static void rest_is_not_paid_for(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                        //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL }, //
         { "captured:1", "shipment.ship", "confirmed partially_paid unfulfilled processing" },
         { "lapsed", "payment.authorize", NULL },
         { "declined:2", "", "confirmed partially_paid unfulfilled processing 1" },
         { "decide T1 cancel", "order.task_decided fulfillment.cancel gateway.reply",
           "confirmed partially_paid unfulfilled processing" },
         { "cancel_refused:2", "", "confirmed partially_paid unfulfilled processing 1" },
         { "decide T2 cancel", "order.task_decided fulfillment.cancel gateway.reply",
           "confirmed partially_paid unfulfilled processing" },
         { "canceled:2", "order.reduced inventory.release",
           "confirmed paid unfulfilled processing" },
         { "delivered:1", "inventory.consume order.completed",
           "completed paid delivered completed" });
}

#define ON_BENCH(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(voided_while_awaited),
        ON_BENCH(voided_while_asked),
        ON_BENCH(voided_while_capturing_and_asked),
        ON_BENCH(declined_while_asked),
        ON_BENCH(silence_behind_a_question),
        ON_BENCH(renewed_in_silence),
        ON_BENCH(money_left_behind),
        ON_BENCH(rest_is_not_let_go),
        ON_BENCH(transfer_that_was_put_aside),
        ON_BENCH(rest_of_a_transfer),
        ON_BENCH(refunds_cross),
        ON_BENCH(refund_fails),
        ON_BENCH(a_gift_before_the_hand),
        ON_BENCH(a_gift_comes_back),
        ON_BENCH(a_gift_comes_back_after_the_end),
        ON_BENCH(a_gift_is_in_the_way),
        ON_BENCH(a_refused_refund_is_taken_up),
        ON_BENCH(nothing_is_secured_for_nothing),
        ON_BENCH(voided_before_the_door),
        ON_BENCH(never_paid_at_the_door),
        ON_BENCH(paid_before_the_door),
        ON_BENCH(paid_while_at_the_door),
        ON_BENCH(refund_fails_on_the_way),
        ON_BENCH(two_doors),
        ON_BENCH(capture_fails_beside_the_last),
        ON_BENCH(allocated_crosses_cut),
        ON_BENCH(cut_of_what_is_waited_for),
        ON_BENCH(cut_after_all_was_taken),
        ON_BENCH(all_was_taken),
        ON_BENCH(capture_is_told_on),
        ON_BENCH(completed_before_the_answer),
        ON_BENCH(goodwill),
        ON_BENCH(rest_is_not_paid_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
