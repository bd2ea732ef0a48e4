/* links: order */
/* order_trouble_test.c - stories of silence, refusals, late news and slow people. */
#include "tests/unit/order_story.h"

#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void short_of_stock(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, { "short", "order.rejected", "rejected none canceled canceled" });
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_OUT_OF_STOCK);
    order_story_rests(bench, id);
}

static void declined(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved", "payment.authorize", NULL },
         { "declined", "order.canceled inventory.release", "canceled failed canceled canceled" },
         { "released", "", NULL });
    const struct order_row *order = order_bench_order(bench, id);
    assert_int_equal(order->cancel_reason, CANCEL_REASON_PAYMENT_DECLINED);
    assert_string_equal(order->payment_code, "card_declined");
    order_story_rests(bench, id);
}

static void shopper_does_not(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                 //
         { "reserved", "payment.authorize", NULL }, //
         { "action", "", NULL },                    //
         { "time", "", "placed pending unfulfilled pending" },
         { "time", "order.expired inventory.release payment.void",
           "expired pending canceled canceled" },
         { "voided", "", "expired voided canceled canceled" }, //
         { "released", "", NULL });
    order_story_rests(bench, id);
}

/* What came of a transfer is to be given back by hand, because a person let go of it: the rest will not come. */
static void transfer_is_let_go(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved", "payment.authorize", NULL }, { "action", "", NULL },
         { "failed void", "order.canceled inventory.release payment.void",
           "canceled pending canceled canceled 1" },
         { "released", "", NULL },
         { "decide T1 done_by_hand", "order.task_decided payment.void gateway.reply",
           "canceled pending canceled canceled" },
         { "voided", "", "canceled voided canceled canceled" });
    order_story_rests(bench, id);
}

/* What is to be given back by hand is not forgotten when another payment takes the place of the one that it is of. */
static void transfer_is_let_go_and_renewed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "failed void", "", "confirmed authorized unfulfilled processing 1" },
         { "refused authorize undone", "", "confirmed authorized unfulfilled processing 2" },
         { "decide T2 again", "order.task_decided payment.authorize gateway.reply",
           "confirmed pending unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided payment.void gateway.reply",
           "confirmed pending unfulfilled processing" });
    const struct payment_void *told = order_bench_must_say(bench, MESSAGE_PAYMENT_VOID);
    assert_string_equal(told->payment_id, order_bench_child(bench, id, "P1"));
}

static void inventory_is_silent(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "time", "inventory.reserve", "placed pending unfulfilled pending" },
         { "time", "order.expired inventory.release", "expired none canceled canceled" },
         { "time", "inventory.release", NULL }, //
         { "time", "inventory.release", NULL }, //
         { "time", "inventory.release", NULL }, //
         { "time", "inventory.release", "expired none canceled canceled 1" },
         { "time", "inventory.release", "expired none canceled canceled 1" },
         { "released", "", "expired none canceled canceled" });
    order_story_rests(bench, id);
}

static void payment_is_silent(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                 //
         { "reserved", "payment.authorize", NULL }, //
         { "time", "", NULL },                      //
         { "time", "payment.authorize", NULL },
         { "time", "order.expired inventory.release payment.void",
           "expired pending canceled canceled" },
         { "authorized", "", "expired authorized canceled canceled" }, /* the void is behind it */
         { "released", "", NULL },                                     //
         { "voided", "", "expired voided canceled canceled" });
    order_story_rests(bench, id);
}

static void command_came_too_late(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                //
         { "refused reserve expired", "inventory.reserve", NULL }, //
         { "reserved", "payment.authorize", NULL },
         { "refused reserve expired", "", NULL }, /* an old story by now */
         { "refused authorize expired", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "refused fulfill:1 expired", "fulfillment.fulfill", NULL },
         { "refused fulfill:1 expired", "fulfillment.fulfill",
           "confirmed authorized unfulfilled processing 1" },
         { "opened", "", "confirmed authorized unfulfilled processing" },
         { "packed", "payment.capture", NULL },                    //
         { "refused capture:1 expired", "payment.capture", NULL }, //
         { "captured", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "refused ship:1 rule", "", "confirmed paid unfulfilled processing 1" },
         { "labeled", "", "confirmed paid unfulfilled processing" });
}

static void command_was_refused(void **state)
{
    struct order_bench *bench = *state;
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");

    TELL(bench, first,
         { "refused reserve rule", "order.rejected", "rejected none canceled canceled" });
    TELL(bench, second, //
         { "reserved", "payment.authorize", NULL },
         { "refused authorize rule", "order.canceled inventory.release",
           "canceled failed canceled canceled" });
}

static void places_do_not_answer(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                           //
         CONFIRMED_IN_ONE_SHARE, { "cancel c1", "fulfillment.cancel", NULL }, //
         { "time", "", NULL },                                                //
         { "time", "fulfillment.cancel", NULL },
         { "time", "fulfillment.cancel", "confirmed authorized unfulfilled processing 1" },
         { "canceled", "order.canceled inventory.release payment.void gateway.reply",
           "canceled authorized canceled canceled" });
}

static void place_gives_up(void **state)
{
    struct order_bench *bench = *state;
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");

    TELL(bench, first, //
         CONFIRMED_IN_ONE_SHARE,
         { "canceled", "inventory.reserve", "confirmed authorized unfulfilled processing" },
         { "unsourced", "", "confirmed authorized unfulfilled processing 1" }, /* never silently */
         { "decide T1 cancel",
           "order.task_decided order.reduced inventory.release order.canceled inventory.release "
           "inventory.release payment.void gateway.reply",
           "canceled authorized canceled canceled" });
    TELL(bench, second, //
         CONFIRMED_IN_TWO_SHARES,
         { "canceled:2", "inventory.reserve", "confirmed authorized unfulfilled processing" },
         { "unsourced", "", "confirmed authorized unfulfilled processing 1" },
         { "packed:1", "payment.capture", NULL }, //
         { "captured:1", "shipment.ship", "confirmed partially_paid unfulfilled processing 1" },
         { "shipped:1", "inventory.consume",
           "confirmed partially_paid partially_fulfilled partially_shipped 1" },
         { "delivered:1", "",
           "confirmed partially_paid partially_delivered partially_delivered 1" });
}

static void people_are_slow(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                               //
         CONFIRMED_IN_ONE_SHARE,                  //
         { "time", "", NULL },                    //
         { "time", "fulfillment.fulfill", NULL }, //
         { "opened", "", NULL },                  //
         { "time", "", NULL },                    //
         { "time", "", NULL }, /* handed over on Saturday it arrives as soon as on Friday */
         { "time", "order.promise_changed", NULL }, //
         { "time", "order.delayed", "confirmed authorized unfulfilled processing 1" },
         { "packed", "payment.capture", "confirmed authorized unfulfilled processing" },
         { "time", "payment.capture", NULL },
         { "failed:1 capture", "", "confirmed authorized unfulfilled processing 1" },
         { "captured", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "unshippable:1", "", "confirmed paid unfulfilled processing 1" },
         { "labeled", "", "confirmed paid unfulfilled processing" });
}

static void timers_do_not_multiply(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,              //
         CONFIRMED_IN_ONE_SHARE, //
         { "opened", "", NULL }, //
         { "time", "", NULL },   /* the first one moves to the place's days */
         { "packed", "payment.capture", NULL });
    assert_non_null(strchr(order_bench_words(bench), '@'));
    for (int hours = 0; hours < 95;) { /* between them it is seen that it is late */
        order_play(bench, id, "time");
        const char *words = order_bench_words(bench);
        assert_ptr_equal(strchr(words, '@'), strrchr(words, '@'));
        hours += strcmp(order_story_said(bench), "payment.capture") == 0;
    }
}

static void money_taken_by_hand(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "captured:9 1000", "", "confirmed partially_paid unfulfilled processing" },
         { "cancel c1", "fulfillment.cancel", NULL },
         { "canceled", "order.canceled inventory.release payment.void payment.refund gateway.reply",
           "canceled partially_paid canceled canceled" },
         { "voided", "", NULL }, //
         { "time", "", NULL },
         { "time", "inventory.release payment.refund", NULL },      /* under the same number */
         { "refunded", "", "canceled refunded canceled canceled" }, //
         { "released", "", NULL },
         { "captured:8 500", "payment.refund", "canceled partially_refunded canceled canceled" },
         { "refunded", "", "canceled refunded canceled canceled" });
    const struct payment_refund *refund = order_told(bench, id, MESSAGE_PAYMENT_REFUND, 0);
    assert_non_null(refund);
    assert_int_equal(refund->amount_minor, 500);
    assert_string_equal(refund->refund_id, order_bench_child(bench, id, "B2"));
    struct order_step again = order_fact(bench, id, "captured:8 500"); /* told twice: it is known */
    struct payment_captured fact = *(const struct payment_captured *)again.message;
    fact.captured_minor -= 500;
    again.message = &fact;
    order_bench_run(bench, again);
    assert_string_equal(order_bench_words(bench), "");
    order_story_rests(bench, id);
}

/* The payment fails before the order is confirmed, and a person has taken some of it by then. */
static void money_taken_before_it_failed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                       //
         { "hold h1", "order.held gateway.reply", NULL }, //
         { "reserved", "payment.authorize", NULL },       //
         { "authorized", "", NULL },
         { "captured:9 1000", "", "placed partially_paid unfulfilled pending" },
         { "voided", "order.hold_released order.canceled inventory.release payment.refund",
           "canceled partially_paid canceled canceled" },
         { "refunded", "", "canceled refunded canceled canceled" }, //
         { "released", "", NULL });
    const struct payment_refund *refund = order_told(bench, id, MESSAGE_PAYMENT_REFUND, 0);
    assert_non_null(refund);
    assert_int_equal(refund->amount_minor, 1000);
    order_story_rests(bench, id);
}

/* A person lets the payment go before the order has heard of it: what came in by then waits for a hand. */
static void let_go_before_it_was_heard_of(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                 //
         { "reserved", "payment.authorize", NULL }, //
         { "refused authorize undone", "order.canceled inventory.release payment.void",
           "canceled pending canceled canceled" },
         { "released", "", NULL }, //
         { "failed void", "", "canceled pending canceled canceled 1" },
         { "decide T1 done_by_hand", "order.task_decided payment.void gateway.reply",
           "canceled pending canceled canceled" },
         { "voided", "", "canceled voided canceled canceled" });
    order_story_rests(bench, id);
}

/* It is told once more that it was secured, when a person has let it go: somebody is asked all the same. */
static void secured_was_said_again(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE,
         { "captured:9 1000", "", "confirmed partially_paid unfulfilled processing" },
         { "voided", "", "confirmed partially_paid unfulfilled processing 1" },
         { "authorized", "", "confirmed partially_paid unfulfilled processing 1" },
         { "decide T1 again", "order.task_decided payment.authorize gateway.reply",
           "confirmed partially_paid unfulfilled processing" });
}

/* What is refused of an earlier payment says nothing of the one that took its place. */
static void refused_of_an_earlier_payment(void **state)
{
    struct order_bench *bench = *state;
    const char *placed = order_bench_place(bench, "1"), *confirmed = order_bench_place(bench, "2");

    TELL(bench, placed,                                   //
         { "hold h1", "order.held gateway.reply", NULL }, //
         { "reserved", "payment.authorize", NULL },       //
         { "authorized", "", NULL },
         { "lapsed", "payment.authorize", "placed pending unfulfilled pending" },
         { "refused authorize:1 undone", "", "placed pending unfulfilled pending" },
         { "authorized:2", "", "placed authorized unfulfilled pending" });
    TELL(bench, confirmed, //
         CONFIRMED_IN_ONE_SHARE,
         { "lapsed", "payment.authorize", "confirmed pending unfulfilled processing" },
         { "refused authorize:1 undone", "", "confirmed pending unfulfilled processing" },
         { "refused authorize:2 rule", "", "confirmed failed unfulfilled processing 1" });
}

static const struct payment_void *void_told(struct order_bench *bench, size_t nth, const char *id,
                                            const char *payment)
{
    const struct payment_void *told = order_bench_said(bench, MESSAGE_PAYMENT_VOID, nth);

    assert_non_null(told);
    assert_string_equal(told->payment_id, order_bench_child(bench, id, payment));
    return told;
}

/* Another payment took its place, and the provider holds on to it: a person has it tried again, or does it. */
static void earlier_payment_is_not_let_go(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "opened", "", NULL }, { "lapsed", "payment.authorize", NULL });
    while (order_bench_order(bench, id)->open_tasks == 0) {
        order_play(bench, id, "time");
    }
    TELL(bench, id,
         { "decide T1 again", "order.task_decided payment.void payment.authorize gateway.reply",
           "confirmed pending unfulfilled processing" },
         { "failed:2 void", "", "confirmed pending unfulfilled processing 1" },
         { "authorized:3", "", "confirmed authorized unfulfilled processing 1" },
         { "decide T2 again", "order.task_decided payment.void payment.void gateway.reply",
           "confirmed authorized unfulfilled processing" });
    assert_false(void_told(bench, 0, id, "P1")->by_hand);
    assert_false(void_told(bench, 1, id, "P2")->by_hand);
    TELL(bench, id, { "packed", "payment.capture", NULL },
         { "failed:2 void", "", "confirmed authorized unfulfilled processing 1" },
         { "captured", "shipment.ship", "confirmed paid unfulfilled processing 1" },
         { "delivered", "inventory.consume order.completed",
           "completed paid delivered completed 1" },
         { "decide T3 done_by_hand", "order.task_decided payment.void payment.void gateway.reply",
           "completed paid delivered completed" });
    assert_true(void_told(bench, 1, id, "P2")->by_hand);
    order_story_rests(bench, id);
}

/* The order does not hang on it: it is not canceled for that. */
static void earlier_payment_before_it_is_confirmed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                       //
         { "hold h1", "order.held gateway.reply", NULL }, //
         { "reserved", "payment.authorize", NULL },       //
         { "authorized", "", NULL }, { "lapsed", "payment.authorize", NULL },
         { "failed:1 void", "", "placed pending unfulfilled pending 1" },
         { "decide T1 again", "order.task_decided payment.void gateway.reply",
           "placed pending unfulfilled pending" });
    assert_false(void_told(bench, 0, id, "P1")->by_hand);
}

/* A person gave back what a refund could not: what the provider still holds is not said to be let go. */
static void only_the_refund_is_given(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved:3", "payment.authorize", NULL },
         { "authorized",
           "order.confirmed fulfillment.fulfill fulfillment.fulfill fulfillment.fulfill", NULL },
         { "packed:1", "payment.capture", NULL }, { "captured:1", "shipment.ship", NULL },
         { "packed:2", "payment.capture", NULL }, { "captured:2", "shipment.ship", NULL },
         { "unshippable:2", "", "confirmed partially_paid unfulfilled processing 1" },
         { "decide T1 cancel",
           "order.task_decided order.reduced inventory.release payment.refund gateway.reply",
           "confirmed paid unfulfilled processing" },
         { "failed:1 refund", "", "confirmed paid unfulfilled processing 1" },
         { "shorted:3 2*1", "inventory.release inventory.reserve", NULL }, //
         { "unsourced", "order.reduced", "confirmed paid unfulfilled processing 1" },
         { "decide T2 done_by_hand", "order.task_decided payment.refund gateway.reply",
           "confirmed paid unfulfilled processing" });
}

static void late_news_is_given_back(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id,                                                //
         { "reserved", "payment.authorize", NULL },                //
         { "declined", "order.canceled inventory.release", NULL }, //
         { "released", "", NULL },
         { "authorized", "payment.void", "canceled authorized canceled canceled" },
         { "voided", "", "canceled voided canceled canceled" }, //
         { "reserved", "inventory.release", NULL },             //
         { "released", "", NULL });
    order_story_rests(bench, id);
}

static void stock_is_taken_away(void **state)
{
    struct order_bench *bench = *state;
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");

    TELL(bench, first, //
         { "reserved", "payment.authorize", NULL },
         { "released", "order.canceled payment.void", "canceled pending canceled canceled" },
         { "voided", "", "canceled voided canceled canceled" });
    order_story_rests(bench, first);
    TELL(bench, second, //
         CONFIRMED_IN_ONE_SHARE,
         { "released", "", "confirmed authorized unfulfilled processing 1" });
}

static void impossible_news_is_parked(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    struct order_step stranger = order_fact(bench, id, "reserved");
    struct inventory_reserved unknown = *(const struct inventory_reserved *)stranger.message;

    order_play(bench, id, "reserved:4"); /* not all of the order */
    assert_non_null(bench->refusal);
    unknown.order_no++;
    stranger.message = &unknown;
    order_bench_run(bench, stranger);
    assert_non_null(bench->refusal);
    order_play(bench, id, "reserved");
    order_play(bench, id, "authorized");
    order_play(bench, id, "opened:7");
    assert_non_null(bench->refusal);
    order_play(bench, id, "packed:1 wrong"); /* two parcels of one number */
    assert_non_null(bench->refusal);
    assert_string_equal(order_story_stands(bench, id),
                        "confirmed authorized unfulfilled processing");
}

#define ON_BENCH(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(short_of_stock),
        ON_BENCH(declined),
        ON_BENCH(shopper_does_not),
        ON_BENCH(transfer_is_let_go),
        ON_BENCH(transfer_is_let_go_and_renewed),
        ON_BENCH(inventory_is_silent),
        ON_BENCH(payment_is_silent),
        ON_BENCH(command_came_too_late),
        ON_BENCH(command_was_refused),
        ON_BENCH(places_do_not_answer),
        ON_BENCH(place_gives_up),
        ON_BENCH(people_are_slow),
        ON_BENCH(timers_do_not_multiply),
        ON_BENCH(money_taken_by_hand),
        ON_BENCH(money_taken_before_it_failed),
        ON_BENCH(let_go_before_it_was_heard_of),
        ON_BENCH(secured_was_said_again),
        ON_BENCH(refused_of_an_earlier_payment),
        ON_BENCH(earlier_payment_is_not_let_go),
        ON_BENCH(earlier_payment_before_it_is_confirmed),
        ON_BENCH(only_the_refund_is_given),
        ON_BENCH(late_news_is_given_back),
        ON_BENCH(stock_is_taken_away),
        ON_BENCH(impossible_news_is_parked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
