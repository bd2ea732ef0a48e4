/* links: order */
/* order_dispute_test.c - charge-backs: a task with the day to answer by, a hold, and money that is lost is not given back again. */
#include "tests/unit/order_story.h"

#include "common/text.h"
#include "proto/message_type.h"
#include "proto/payment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ONE_SENT_ONE_OPEN                                                                          \
    CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },                              \
        { "captured:1", "shipment.ship", NULL }, { "labeled:1", "", NULL },                        \
    {                                                                                              \
        "opened:2", "", NULL                                                                       \
    }

static void what_is_not_packed_is_held(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, ONE_SENT_ONE_OPEN,
         { "disputed needs_response", "order.held fulfillment.suspend",
           "confirmed partially_paid unfulfilled processing 1" },
         { "disputed needs_response", "", "confirmed partially_paid unfulfilled processing 1" },
         { "disputed under_review", "", "confirmed partially_paid unfulfilled processing" },
         { "dispute_closed won", "order.hold_released fulfillment.resume",
           "confirmed partially_paid unfulfilled processing" });
}

/* What is held for another reason is held for this one, too: its place waits already. */
static void what_is_held_already_is_held(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, ONE_SENT_ONE_OPEN,
         { "hold h1", "order.held fulfillment.suspend gateway.reply", NULL },
         { "disputed needs_response", "order.held", NULL },
         { "unhold W1", "order.hold_released gateway.reply", NULL },
         { "dispute_closed won", "order.hold_released fulfillment.resume", NULL });
}

/* Whoever says that it goes on all the same is not asked again by each word about the same dispute. */
static void what_a_person_released_goes_on(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, ONE_SENT_ONE_OPEN,
         { "disputed needs_response", "order.held fulfillment.suspend", NULL },
         { "unhold W1", "order.hold_released fulfillment.resume gateway.reply", NULL },
         { "disputed under_review", "", NULL });
    assert_int_equal(order_bench_order(bench, id)->open_holds, 0);
}

static void a_person_contests(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, ONE_SENT_ONE_OPEN,
         { "disputed needs_response", "order.held fulfillment.suspend", NULL },
         { "decide T1 refund", "gateway.reply", NULL },
         { "decide T1 contest", "order.task_decided payment.dispute_answer gateway.reply",
           "confirmed partially_paid unfulfilled processing" });
    const struct payment_dispute_answer *said =
        order_bench_must_say(bench, MESSAGE_PAYMENT_DISPUTE_ANSWER);
    assert_false(said->accept);
    assert_non_null(said->evidence);
    assert_non_null(said->evidence->tracking_number);
    assert_non_null(strstr(said->dispute_id, "-X1"));
}

static void a_person_accepts(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", NULL },
         { "delivered", "inventory.consume order.completed", NULL },
         { "disputed needs_response", "", "completed paid delivered completed 1" },
         { "decide T1 accept", "order.task_decided payment.dispute_answer gateway.reply",
           "completed paid delivered completed" },
         { "dispute_closed lost", "", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

/* Money that was to be given back is with the shopper: the order is over by that. */
static void what_is_lost_is_back(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", NULL }, { "unshippable", "", NULL },
         { "decide T1 cancel",
           "order.task_decided order.reduced inventory.release payment.refund order.canceled "
           "inventory.release payment.void payment.refund gateway.reply",
           NULL },
         { "disputed needs_response", "", NULL }, { "released", "", NULL }, { "voided", "", NULL },
         { "dispute_closed lost", "", NULL });
    order_story_rests(bench, id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_packed_is_held, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_held_already_is_held, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(what_a_person_released_goes_on, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(a_person_contests, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(a_person_accepts, order_bench_set_up,
                                        order_bench_tear_down),
        cmocka_unit_test_setup_teardown(what_is_lost_is_back, order_bench_set_up,
                                        order_bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
