/* shipping_trouble_test.c - a carrier that does not answer in time, labels wanted back, a second try, parcels that never arrive.
 *
 * links: shipping
 */
#include "tests/unit/shipping_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_SAID(bench, step, want)                                                             \
    assert_string_equal(rules_said(bench, rules_run(bench, step)), want)

#define FAILED   "shipment.failed"
#define VOIDED   "shipment.voided"
#define REFUSED  "shipment.refused"
#define TRACKED  "shipment.tracked"
#define ASK_BACK "effect:label_void"

static int set_up(void **state)
{
    *state = shipping_bench_new();
    return 0;
}

static int tear_down(void **state)
{
    rules_bench_free(*state);
    return 0;
}

static void assert_failed(const struct decision *decision, enum shipment_failed_stage stage,
                          const char *code)
{
    const struct shipment_failed *fact = rules_find(decision, MESSAGE_SHIPMENT_FAILED);

    assert_non_null(fact);
    assert_int_equal(fact->stage, stage);
    assert_string_equal(fact->code, code);
}

/* --- A carrier that cannot be asked ------------------------------------------------------------------- */

static void a_parcel_that_cannot_be_told_fails(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 1));
    const struct decision *decision =
        rules_run(bench, shipping_given_up(bench, EFFECT_CREATE, 1, true));
    assert_string_equal(rules_said(bench, decision), FAILED);
    assert_failed(decision, SHIPMENT_FAILED_STAGE_RATE, CARRIER_UNAVAILABLE);
    assert_int_equal(shipping_stored_parcel(bench, 1)->state, PARCEL_UNLABELED);
}

/* A label that may have been bought is asked back; one that surely was not is not. */
static void a_label_in_doubt_is_asked_back(void **state)
{
    (void)state;
    for (int doubt = 0; doubt < 2; doubt++) {
        struct rules_bench *bench = shipping_bench_new();

        rules_run(bench, shipping_ship(bench, 1));
        rules_run(bench, shipping_created(bench, 1, NULL));
        const struct decision *decision =
            rules_run(bench, shipping_given_up(bench, EFFECT_BUY, 1, doubt == 1));
        assert_string_equal(rules_said(bench, decision), doubt ? FAILED " " ASK_BACK : FAILED);
        assert_failed(decision, SHIPMENT_FAILED_STAGE_LABEL, CARRIER_UNAVAILABLE);
        ASSERT_SAID(bench, shipping_returned(bench, 1, NULL), "");
        assert_int_equal(shipping_stored(bench)->state, SENDING_FAILED);
        rules_bench_free(bench);
    }
}

/* A void that is neither granted nor refused ends: the label counts as kept, the shipment goes on. */
static void a_void_without_an_end_is_refused(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    rules_run(bench, shipping_void(bench));
    ASSERT_SAID(bench, shipping_given_up(bench, EFFECT_VOID, 1, true), REFUSED);
    assert_int_equal(shipping_stored(bench)->state, SENDING_LABELED);
    assert_int_equal(shipping_stored_parcel(bench, 1)->state, PARCEL_LABELED);
    ASSERT_SAID(bench, shipping_void(bench), ASK_BACK);
    ASSERT_SAID(bench, shipping_returned(bench, 1, NULL), VOIDED);
}

/* While its void waits for a purchase that is given up, nothing is left to be given back. */
static void a_void_ends_with_the_purchase(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 1));
    rules_run(bench, shipping_created(bench, 1, NULL));
    ASSERT_SAID(bench, shipping_recall(bench), "reply:200");
    ASSERT_SAID(bench, shipping_given_up(bench, EFFECT_BUY, 1, true), VOIDED " " ASK_BACK);
    ASSERT_SAID(bench, shipping_given_up(bench, EFFECT_VOID, 1, true), "");
    assert_int_equal(shipping_stored(bench)->state, SENDING_VOIDED);
}

static void a_look_that_is_given_up_says_nothing(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    ASSERT_SAID(bench, shipping_given_up(bench, EFFECT_LOOK, 1, true), "");
}

/* --- Labels wanted back, and a second try ---------------------------------------------------------------- */

static void people_get_labels_back(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 2);
    ASSERT_SAID(bench, shipping_recall(bench), ASK_BACK " " ASK_BACK " reply:200");
    ASSERT_SAID(bench, shipping_returned(bench, 1, NULL), "");
    const struct decision *decision = rules_run(bench, shipping_returned(bench, 2, NULL));
    const struct shipment_voided *fact = rules_find(decision, MESSAGE_SHIPMENT_VOIDED);
    assert_non_null(fact);
    assert_int_equal(fact->reason, CANCEL_REASON_MERCHANT_REQUEST);
}

static struct rules_step ship_again(struct rules_bench *bench)
{
    const struct rules_step first = shipping_ship(bench, 1);
    struct shipment_ship command = *(const struct shipment_ship *)first.message;

    command.shipment_id = rules_child_id(bench, 1, "S2");
    return rules_message(bench, MESSAGE_SHIPMENT_SHIP, &command, sizeof command);
}

/* A fulfillment is sent by one shipment at a time. */
static void a_second_shipment_waits_for_the_end_of_the_first(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    const struct decision *decision = rules_run(bench, ship_again(bench));
    const struct shipment_refused *fact = rules_find(decision, MESSAGE_SHIPMENT_REFUSED);
    assert_non_null(fact);
    assert_int_equal(fact->reason, REFUSED_REASON_RULE);
    assert_string_equal(fact->subject_id, rules_child_id(bench, 1, "S2"));
    rules_run(bench, shipping_recall(bench));
    ASSERT_SAID(bench, ship_again(bench), REFUSED);
    rules_run(bench, shipping_returned(bench, 1, NULL));
    decision = rules_run(bench, ship_again(bench));
    assert_string_equal(rules_said(bench, decision), "effect:parcel_create");
    const struct carrier_call *call = decision->effects->payload;
    assert_string_equal(call->reference, rules_child_id(bench, 1, "S2"));
}

static void a_second_shipment_follows_a_failure(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 1));
    assert_failed(rules_run(bench, shipping_created(bench, 1, CARRIER_REFUSES_ADDRESS)),
                  SHIPMENT_FAILED_STAGE_LABEL, CARRIER_REFUSES_ADDRESS);
    ASSERT_SAID(bench, ship_again(bench), "effect:parcel_create");
}

/* The carrier collects what the order says, by its own words, shared over the parcels to the cent. */
static void cash_is_collected(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step plain = shipping_ship(bench, 2);
    struct shipment_ship command = *(const struct shipment_ship *)plain.message;

    command.has_cash_on_delivery_minor = true;
    command.cash_on_delivery_minor = 4001;
    const struct decision *decision =
        rules_run(bench, rules_message(bench, MESSAGE_SHIPMENT_SHIP, &command, sizeof command));
    const struct carrier_call *first = decision->effects->payload;
    const struct carrier_call *second = decision->effects->next->payload;
    assert_non_null(strstr(first->body, "\"cod_amount\":\"20.01\",\"cod_method\":\"CASH\""));
    assert_non_null(strstr(second->body, "\"cod_amount\":\"20.00\""));
}

/* --- Parcels that never arrive ---------------------------------------------------------------------------- */

static const struct {
    enum tracking_status status;
    const char *code, *want;
} ends[] = {
    { TRACKING_STATUS_FAILURE, "lost", "lost" },
    { TRACKING_STATUS_FAILURE, "package_damaged", "damaged" },
    { TRACKING_STATUS_FAILURE, "delivery_attempted", "failure" },
    { TRACKING_STATUS_FAILURE, NULL, "failure" },
    { TRACKING_STATUS_RETURN_TO_SENDER, "return", "return_to_sender" },
};

static void says_why_it_does_not_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct rules_bench *bench = shipping_bench_new();
        const struct rules_step scan = shipping_scan(bench, 1, ends[i].status, 9);
        struct parcel_tracked news = *(const struct parcel_tracked *)scan.message;
        struct parcel_tracked_step step = news.steps[0];

        step.code = ends[i].code;
        news.steps = &step;
        shipping_label_all(bench, 1);
        rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_IN_TRANSIT, 1));
        const struct decision *decision =
            rules_run(bench, rules_message(bench, MESSAGE_PARCEL_TRACKED, &news, sizeof news));
        assert_string_equal(rules_said(bench, decision), TRACKED " " FAILED);
        assert_failed(decision, SHIPMENT_FAILED_STAGE_TRANSIT, ends[i].want);
        rules_bench_free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_parcel_that_cannot_be_told_fails, set_up, tear_down),
        cmocka_unit_test(a_label_in_doubt_is_asked_back),
        cmocka_unit_test_setup_teardown(a_void_without_an_end_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_void_ends_with_the_purchase, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_look_that_is_given_up_says_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(people_get_labels_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_shipment_waits_for_the_end_of_the_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_second_shipment_follows_a_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cash_is_collected, set_up, tear_down),
        cmocka_unit_test(says_why_it_does_not_arrive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
