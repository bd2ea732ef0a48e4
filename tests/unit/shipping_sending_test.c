/* shipping_sending_test.c - every state and every input of a shipment and of its parcels; voids at the worst moment.
 *
 * links: shipping
 */
#include "tests/unit/shipping_bench.h"

#include "common/text.h"
#include "services/shipping/commands.h"
#include "services/shipping/tracking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_SAID(bench, step, want)                                                             \
    assert_string_equal(rules_said(bench, rules_run(bench, step)), want)

#define LABELED        "shipment.labeled"
#define SHIPPED        "shipment.shipped"
#define DELIVERED      "shipment.delivered"
#define VOIDED         "shipment.voided"
#define FAILED         "shipment.failed"
#define REFUSED        "shipment.refused"
#define ASKED_TO_VOID  "effect:label_void"
#define KNOWN          "input:shipping.label_known"
#define VOID_AND_KNOWN "effect:label_void input:shipping.label_known"

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

/* --- The tables ----------------------------------------------------------------------------------- */

/* One letter an action, in the order of enum sending_action. */
static const char action_letters[] = ".BXADSlfvsdUrnowx";

/* A row a state, a column an input: ship, void, place, give up, labeled, failed, cleared, kept, moved, arrived,
 * recall; then the states they lead to. */
static const char *const picture[SENDING_STATE_COUNT] = {
    [SENDING_NONE] = "BX........n 29000000000",     [SENDING_WAITING] = ".DAf......D 17281111117",
    [SENDING_LABELING] = ".S..lf....S 26223822226", [SENDING_LABELED] = "lS......s.S 36333333436",
    [SENDING_SHIPPED] = "sr.......dw 44444444454",  [SENDING_DELIVERED] = "dr........w 55555555555",
    [SENDING_STOPPING] = "U.....vr..o 66666673666", [SENDING_VOIDED] = "Uv........o 77777777777",
    [SENDING_FAILED] = "fv........x 87888888888",   [SENDING_TOMBSTONE] = "Uv........n 99999999999",
};

static void follows_the_picture(void **state)
{
    (void)state;
    for (int from = 0; from < SENDING_STATE_COUNT; from++) {
        for (int input = 0; input < SENDING_INPUT_COUNT; input++) {
            struct sending_rule rule =
                sending_rule((enum sending_state)from, (enum sending_input)input);

            assert_int_equal(action_letters[rule.action], picture[from][input]);
            assert_int_equal('0' + rule.next, picture[from][SENDING_INPUT_COUNT + 1 + input]);
        }
    }
}

/* asked, offered, dropped, refused, bought, give back, returned, kept. */
static const char *const parcel_picture[PARCEL_STATE_COUNT] = {
    [PARCEL_NONE] = "00000000",     [PARCEL_WAITING] = "20700000",
    [PARCEL_CREATING] = "03770000", [PARCEL_BUYING] = "00074000",
    [PARCEL_LABELED] = "00000500",  [PARCEL_RETURNING] = "00000064",
    [PARCEL_RETURNED] = "00000000", [PARCEL_UNLABELED] = "00000000",
};

static void follows_the_picture_of_parcels(void **state)
{
    (void)state;
    for (int from = 0; from < PARCEL_STATE_COUNT; from++) {
        for (int input = 0; input < PARCEL_INPUT_COUNT; input++) {
            assert_int_equal('0' + parcel_next((enum parcel_state)from, (enum parcel_input)input),
                             parcel_picture[from][input]);
        }
    }
}

/* --- What each state says to a command ---------------------------------------------------------------- */

static void bring_into(struct rules_bench *bench, enum sending_state to)
{
    switch (to) {
    case SENDING_NONE:
    case SENDING_WAITING: /* of a bench without a place: see below */
    case SENDING_STATE_COUNT:
        return;
    case SENDING_TOMBSTONE:
        rules_run(bench, shipping_void(bench));
        return;
    case SENDING_LABELING:
        rules_run(bench, shipping_ship(bench, 1));
        return;
    case SENDING_FAILED:
        rules_run(bench, shipping_ship(bench, 1));
        rules_run(bench, shipping_created(bench, 1, "address.verify.failure"));
        return;
    case SENDING_LABELED:
    case SENDING_SHIPPED:
    case SENDING_DELIVERED:
    case SENDING_STOPPING:
    case SENDING_VOIDED:
        shipping_label_all(bench, 1);
        break;
    }
    if (to == SENDING_SHIPPED || to == SENDING_DELIVERED) {
        rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_IN_TRANSIT, 1));
    }
    if (to == SENDING_DELIVERED) {
        rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_DELIVERED, 2));
    }
    if (to == SENDING_STOPPING || to == SENDING_VOIDED) {
        rules_run(bench, shipping_void(bench));
    }
    if (to == SENDING_VOIDED) {
        rules_run(bench, shipping_returned(bench, 1, NULL));
    }
}

static const struct {
    enum sending_state from;
    const char *ship, *stop, *recall;
} said[] = {
    { SENDING_NONE, "effect:parcel_create", VOIDED, "reply:404" },
    { SENDING_LABELING, "", "", "reply:200" },
    { SENDING_LABELED, LABELED, ASKED_TO_VOID, "effect:label_void reply:200" },
    { SENDING_SHIPPED, SHIPPED, REFUSED, "reply:409" },
    { SENDING_DELIVERED, DELIVERED, REFUSED, "reply:409" },
    { SENDING_STOPPING, REFUSED, "", "reply:200" },
    { SENDING_VOIDED, REFUSED, VOIDED, "reply:200" },
    { SENDING_FAILED, FAILED, VOIDED, "reply:409" },
    { SENDING_TOMBSTONE, REFUSED, VOIDED, "reply:404" },
};

static struct rules_step told_step(struct rules_bench *bench, enum sending_input input)
{
    switch ((int)input) {
    case SENDING_IN_SHIP:
        return shipping_ship(bench, 1);
    case SENDING_IN_VOID:
        return shipping_void(bench);
    default:
        return shipping_recall(bench);
    }
}

static void answers_twice(size_t row, enum sending_input input, const char *want)
{
    struct rules_bench *bench = shipping_bench_new();

    bring_into(bench, said[row].from);
    const struct rules_step step = told_step(bench, input);
    const struct rules_step twice[] = { step, step };
    enum sending_state next = sending_rule(said[row].from, input).next;
    rules_batch(bench, twice, 2);
    assert_string_equal(rules_said(bench, &bench->decisions[0]), want);
    for (int i = 0; i < 2; i++) {
        const struct shipment_row *stored = shipping_stored(bench);

        assert_int_equal(stored == NULL ? SENDING_NONE : stored->state, next);
        rules_run(bench, step);
    }
    rules_bench_free(bench);
}

/* Twice, in one batch: the second finds what the first made. */
static void answers_in_every_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        answers_twice(i, SENDING_IN_SHIP, said[i].ship);
        answers_twice(i, SENDING_IN_VOID, said[i].stop);
        answers_twice(i, SENDING_IN_RECALL, said[i].recall);
    }
}

/* --- The straight way --------------------------------------------------------------------------------- */

static void gets_a_label(void **state)
{
    struct rules_bench *bench = *state;

    const struct decision *decision = rules_run(bench, shipping_ship(bench, 1));
    const struct carrier_call *call = decision->effects->payload;
    assert_string_equal(decision->effects->subject.id, rules_order_id(bench, 1));
    assert_string_equal(call->reference, rules_child_id(bench, 1, "S1"));
    assert_non_null(strstr(call->body, "\"street1\":\"Street 1\""));
    assert_null(shipping_stored(bench)->consignee);

    decision = rules_run(bench, shipping_created(bench, 1, NULL));
    assert_string_equal(rules_said(bench, decision), "effect:label_buy");
    call = decision->effects->payload;
    assert_string_equal(call->rate_id, "rate_slow");
    assert_string_equal(call->carrier_ref, "shp_1");

    decision = rules_run(bench, shipping_bought(bench, 1, NULL));
    assert_string_equal(rules_said(bench, decision), LABELED " timer:" TIMER_LOOK " " KNOWN);
    const struct shipment_labeled *fact = rules_find(decision, MESSAGE_SHIPMENT_LABELED);
    assert_string_equal(fact->carrier, "usps");
    assert_string_equal(fact->service, "groundadvantage");
    assert_int_equal(fact->cost_minor, 475);
    assert_string_equal(fact->cost_currency, "EUR");
    assert_int_equal(fact->parcels_count, 1);
    assert_string_equal(fact->parcels[0].tracking_number, shipping_number(bench, 1));
    const struct label_known *known = rules_find(decision, MESSAGE_LABEL_KNOWN);
    assert_string_equal(known->shipment_id, rules_child_id(bench, 1, "S1"));
}

static void labels_every_parcel(void **state)
{
    struct rules_bench *bench = *state;

    const struct decision *decision = rules_run(bench, shipping_ship(bench, 2));
    const struct carrier_call *second = decision->effects->next->payload;
    assert_string_equal(second->reference, rules_child_id(bench, 1, "S1.2"));
    ASSERT_SAID(bench, shipping_created(bench, 1, NULL), "effect:label_buy");
    ASSERT_SAID(bench, shipping_created(bench, 2, NULL), "effect:label_buy");
    ASSERT_SAID(bench, shipping_bought(bench, 2, NULL), KNOWN);
    decision = rules_run(bench, shipping_bought(bench, 1, NULL));
    const struct shipment_labeled *fact = rules_find(decision, MESSAGE_SHIPMENT_LABELED);
    assert_int_equal(fact->parcels_count, 2);
    assert_int_equal(fact->cost_minor, 950);
}

/* --- What goes wrong ------------------------------------------------------------------------------------ */

static const struct shipment_failed *failed_fact(struct rules_bench *bench,
                                                 const struct decision *decision)
{
    const struct shipment_failed *fact = rules_find(decision, MESSAGE_SHIPMENT_FAILED);

    assert_non_null(fact);
    assert_string_equal(fact->shipment_id, rules_child_id(bench, 1, "S1"));
    return fact;
}

static void fails_at_an_address(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 1));
    const struct shipment_failed *fact =
        failed_fact(bench, rules_run(bench, shipping_created(bench, 1, "address_refused")));
    assert_int_equal(fact->stage, SHIPMENT_FAILED_STAGE_LABEL);
    assert_string_equal(fact->code, "address_refused");
    assert_int_equal(shipping_stored_parcel(bench, 1)->state, PARCEL_UNLABELED);
}

static void fails_without_an_offer(void **state)
{
    struct rules_bench *bench = *state;
    struct rules_step step = shipping_created(bench, 1, NULL);
    struct carrier_answer answer = *(const struct carrier_answer *)step.result;

    answer.rate_count = 0;
    step.result = &answer;
    rules_run(bench, shipping_ship(bench, 1));
    const struct shipment_failed *fact = failed_fact(bench, rules_run(bench, step));
    assert_int_equal(fact->stage, SHIPMENT_FAILED_STAGE_RATE);
    assert_string_equal(fact->code, "no_rate");
}

/* What one parcel has is given back when another can have none. */
static void fails_as_a_whole(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 3));
    for (int64_t i = 1; i <= 3; i++) {
        rules_run(bench, shipping_created(bench, i, NULL));
    }
    rules_run(bench, shipping_bought(bench, 1, NULL));
    const struct decision *decision =
        rules_run(bench, shipping_bought(bench, 2, "postage.failure"));
    assert_string_equal(rules_said(bench, decision), "shipment.failed effect:label_void");
    assert_int_equal(failed_fact(bench, decision)->stage, SHIPMENT_FAILED_STAGE_LABEL);
    ASSERT_SAID(bench, shipping_bought(bench, 3, NULL), VOID_AND_KNOWN);
    ASSERT_SAID(bench, shipping_returned(bench, 1, NULL), "");
    ASSERT_SAID(bench, shipping_returned(bench, 3, NULL), "");
    assert_int_equal(shipping_stored_parcel(bench, 1)->state, PARCEL_RETURNED);
    assert_int_equal(shipping_stored_parcel(bench, 2)->state, PARCEL_UNLABELED);
    assert_int_equal(shipping_stored_parcel(bench, 3)->state, PARCEL_RETURNED);
}

static void refuses_what_comes_too_late(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step late = shipping_ship(bench, 1);

    bench->now += 60001;
    const struct shipment_refused *fact =
        rules_find(rules_run(bench, late), MESSAGE_SHIPMENT_REFUSED);
    assert_int_equal(fact->reason, REFUSED_REASON_EXPIRED);
    assert_null(shipping_stored(bench));
}

/* --- Voids at the worst moment ---------------------------------------------------------------------------- */

static void voids_before_the_carrier_has_answered(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 1));
    ASSERT_SAID(bench, shipping_void(bench), "");
    ASSERT_SAID(bench, shipping_created(bench, 1, NULL), VOIDED);
    assert_int_equal(shipping_stored(bench)->state, SENDING_VOIDED);
}

static void voids_while_the_label_is_bought(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 1));
    rules_run(bench, shipping_created(bench, 1, NULL));
    ASSERT_SAID(bench, shipping_void(bench), "");
    ASSERT_SAID(bench, shipping_bought(bench, 1, NULL), VOID_AND_KNOWN);
    const struct decision *decision = rules_run(bench, shipping_returned(bench, 1, NULL));
    const struct shipment_voided *fact = rules_find(decision, MESSAGE_SHIPMENT_VOIDED);
    assert_int_equal(fact->reason, CANCEL_REASON_SHOPPER_REQUEST);
    assert_string_equal(fact->fulfillment_id, rules_child_id(bench, 1, "F1"));
}

static void recalls_the_version_that_is_meant(void **state)
{
    struct rules_bench *bench = *state;
    struct rules_step recall = shipping_recall(bench);

    rules_run(bench, shipping_ship(bench, 1));
    recall.precondition =
        text_format(bench->kept, "%lld", (long long)shipping_stored(bench)->clock);
    rules_run(bench, shipping_created(bench, 1, NULL));
    rules_run(bench, shipping_bought(bench, 1, NULL)); /* labeled meanwhile */
    ASSERT_SAID(bench, recall, "reply:412");
    assert_int_equal(shipping_stored(bench)->state, SENDING_LABELED);
    recall.precondition =
        text_format(bench->kept, "%lld", (long long)shipping_stored(bench)->clock);
    rules_run(bench, recall);
    assert_int_equal(shipping_stored(bench)->state, SENDING_STOPPING);
    ASSERT_SAID(bench, recall, "reply:200"); /* as asked already */
}

static void voids_what_could_not_be_bought(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 1));
    rules_run(bench, shipping_created(bench, 1, NULL));
    rules_run(bench, shipping_void(bench));
    ASSERT_SAID(bench, shipping_bought(bench, 1, "postage.failure"), VOIDED);
}

/* The parcel was scanned before the void came: it goes on, and the void is refused. */
static void goes_on_when_the_carrier_keeps_the_label(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    ASSERT_SAID(bench, shipping_void(bench), ASKED_TO_VOID);
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_IN_TRANSIT, 1), "shipment.tracked");
    const struct decision *decision = rules_run(bench, shipping_returned(bench, 1, "on_its_way"));
    assert_string_equal(rules_said(bench, decision), "shipment.refused shipment.shipped");
    const struct shipment_refused *fact = rules_find(decision, MESSAGE_SHIPMENT_REFUSED);
    assert_string_equal(fact->command, "kervan.shipment.void.v1");
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_DELIVERED, 2),
                "shipment.tracked shipment.delivered");
}

/* --- A place that is not known yet -------------------------------------------------------------------------- */

static struct rules_step place_due(struct rules_bench *bench)
{
    return (struct rules_step){ .timer = TIMER_PLACE,
                                .timer_step = 1,
                                .subject = { 1, rules_order_id(bench, 1) } };
}

static struct rules_bench *bench_that_waits(void)
{
    struct rules_bench *bench = rules_bench_new(&shipping_service);

    ASSERT_SAID(bench, shipping_ship(bench, 1), "timer:" TIMER_PLACE);
    assert_int_equal(shipping_stored(bench)->state, SENDING_WAITING);
    assert_non_null(shipping_stored(bench)->consignee);
    return bench;
}

static void waits_for_its_place_to_be_known(void **state)
{
    struct rules_bench *bench = bench_that_waits();

    (void)state;
    ASSERT_SAID(bench, shipping_ship(bench, 1), "");
    ASSERT_SAID(bench, place_due(bench), "timer:" TIMER_PLACE);
    rules_run(bench, shipping_place(bench, "WH-1", 1));
    const struct decision *decision = rules_run(bench, place_due(bench));
    assert_string_equal(rules_said(bench, decision), "effect:parcel_create");
    const struct carrier_call *call = decision->effects->payload;
    assert_non_null(strstr(call->body, "\"street1\":\"Street 1\""));
    assert_non_null(strstr(call->body, "\"street1\":\"Lane 7\""));
    assert_null(shipping_stored(bench)->consignee);
    ASSERT_SAID(bench, place_due(bench), "");
    rules_bench_free(bench);
}

static void gives_up_on_its_place(void **state)
{
    struct rules_bench *bench = bench_that_waits();

    (void)state;
    bench->now += 60001;
    const struct decision *decision = rules_run(bench, place_due(bench));
    assert_string_equal(failed_fact(bench, decision)->code, "place_unknown");
    assert_null(shipping_stored(bench)->consignee);
    rules_bench_free(bench);
}

static void voids_what_waits(void **state)
{
    struct rules_bench *bench = bench_that_waits();

    (void)state;
    ASSERT_SAID(bench, shipping_void(bench), VOIDED);
    assert_int_equal(shipping_stored_parcel(bench, 1)->state, PARCEL_UNLABELED);
    ASSERT_SAID(bench, place_due(bench), "");
    rules_bench_free(bench);
}

/* --- Any order of everything ---------------------------------------------------------------------------------- */

/* A carrier that answers what it was asked: its labels, bought and given back. */
struct imagined_carrier {
    bool creating[3], buying[3], returning[3];
    int labels[3];
};

static void note_calls(struct imagined_carrier *carrier, const struct decision *decision)
{
    for (const struct effect_request *at = decision->effects; at != NULL; at = at->next) {
        const struct carrier_call *call = at->payload;

        carrier->creating[call->parcel_no] |= strcmp(at->kind, EFFECT_CREATE) == 0;
        carrier->buying[call->parcel_no] |= strcmp(at->kind, EFFECT_BUY) == 0;
        carrier->returning[call->parcel_no] |= strcmp(at->kind, EFFECT_VOID) == 0;
    }
}

/* Answers one call; false when none is under way for this parcel. */
static bool answer_one(struct rules_bench *bench, struct imagined_carrier *carrier,
                       int64_t parcel_no)
{
    const char *refusal = rules_random(bench, 6) == 0 ? "refused" : NULL;
    const struct decision *decision = NULL;

    if (carrier->creating[parcel_no]) {
        carrier->creating[parcel_no] = false;
        decision = rules_run(bench, shipping_created(bench, parcel_no, refusal));
    } else if (carrier->buying[parcel_no]) {
        carrier->buying[parcel_no] = false;
        carrier->labels[parcel_no] += refusal == NULL;
        decision = rules_run(bench, shipping_bought(bench, parcel_no, refusal));
    } else if (carrier->returning[parcel_no]) {
        carrier->returning[parcel_no] = false;
        carrier->labels[parcel_no] -= refusal == NULL;
        decision = rules_run(bench, shipping_returned(bench, parcel_no, refusal));
    } else {
        return false;
    }
    note_calls(carrier, decision);
    return true;
}

static void check_end(struct rules_bench *bench, const struct imagined_carrier *carrier)
{
    const struct shipment_row *row = shipping_stored(bench);

    for (int64_t parcel_no = 1; parcel_no <= 2; parcel_no++) {
        const struct parcel_row *parcel = shipping_stored_parcel(bench, parcel_no);
        bool labeled = parcel != NULL && parcel->state == PARCEL_LABELED;

        assert_int_equal(carrier->labels[parcel_no], labeled);
    }
    assert_true(row == NULL || (row->state != SENDING_LABELING && row->state != SENDING_STOPPING));
}

/* Never two labels for a parcel; our rows say what the carrier has; and nothing stays under way. */
static void do_something(struct rules_bench *bench, struct imagined_carrier *carrier)
{
    int64_t what = rules_random(bench, 8);

    if (what == 0) {
        note_calls(carrier, rules_run(bench, shipping_ship(bench, 2)));
    } else if (what == 1) {
        note_calls(carrier, rules_run(bench, shipping_void(bench)));
    } else {
        answer_one(bench, carrier, 1 + what % 2);
    }
    assert_true(carrier->labels[1] <= 1 && carrier->labels[2] <= 1);
}

static void agrees_with_the_carrier(void **state)
{
    (void)state;
    for (int round = 0; round < 400; round++) {
        struct rules_bench *bench = shipping_bench_new();
        struct imagined_carrier carrier = { .labels = { 0 } };

        bench->random = (uint64_t)round;
        for (int i = 0; i < 20; i++) {
            do_something(bench, &carrier);
        }
        while (answer_one(bench, &carrier, 1) || answer_one(bench, &carrier, 2)) {
        }
        check_end(bench, &carrier);
        rules_bench_free(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_picture),
        cmocka_unit_test(follows_the_picture_of_parcels),
        cmocka_unit_test(answers_in_every_state),
        cmocka_unit_test_setup_teardown(gets_a_label, set_up, tear_down),
        cmocka_unit_test_setup_teardown(labels_every_parcel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fails_at_an_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fails_without_an_offer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fails_as_a_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_comes_too_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(voids_before_the_carrier_has_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(voids_while_the_label_is_bought, set_up, tear_down),
        cmocka_unit_test_setup_teardown(recalls_the_version_that_is_meant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(voids_what_could_not_be_bought, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_when_the_carrier_keeps_the_label, set_up,
                                        tear_down),
        cmocka_unit_test(waits_for_its_place_to_be_known),
        cmocka_unit_test(gives_up_on_its_place),
        cmocka_unit_test(voids_what_waits),
        cmocka_unit_test(agrees_with_the_carrier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
