/* shipping_tracking_test.c - news of parcels in every order, twice, and before anybody knows whose they are.
 *
 * links: shipping
 */
#include "tests/unit/shipping_bench.h"

#include "common/crypto.h"
#include "common/text.h"
#include "services/shipping/numbers.h"
#include "services/shipping/tracking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_SAID(bench, step, want)                                                             \
    assert_string_equal(rules_said(bench, rules_run(bench, step)), want)

#define TRACKED "shipment.tracked"

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

/* --- The table -------------------------------------------------------------------------------------- */

/* A row what was said, a column what is said now: absent, pre_transit, in_transit, out_for_delivery, available_for_pickup,
 * attempt_failed, delivered, return_to_sender, failure, unknown. */
static const char *const picture[TRACKING_STATUS_UNKNOWN + 1] = {
    [TRACKING_STATUS_ABSENT] = ".xxxxxxxx.",
    [TRACKING_STATUS_PRE_TRANSIT] = "..xxxxxxx.",
    [TRACKING_STATUS_IN_TRANSIT] = "...xxxxxx.",
    [TRACKING_STATUS_OUT_FOR_DELIVERY] = "..x.xxxxx.",
    [TRACKING_STATUS_AVAILABLE_FOR_PICKUP] = "..xx.xxxx.",
    [TRACKING_STATUS_ATTEMPT_FAILED] = "..xxx.xxx.",
    [TRACKING_STATUS_DELIVERED] = "..........",
    [TRACKING_STATUS_RETURN_TO_SENDER] = "..........",
    [TRACKING_STATUS_FAILURE] = "..xxxxxx..",
    [TRACKING_STATUS_UNKNOWN] = ".xxxxxxxx.",
};

static void follows_the_picture(void **state)
{
    (void)state;
    for (int from = 0; from <= TRACKING_STATUS_UNKNOWN; from++) {
        for (int to = 0; to <= TRACKING_STATUS_UNKNOWN; to++) {
            const struct tracking_scan known = { (enum tracking_status)from, 1 };
            const struct tracking_scan told = { (enum tracking_status)to, 2 };

            assert_int_equal(from != to && tracking_supersedes(&known, &told),
                             picture[from][to] == 'x');
        }
    }
}

/* --- One after the other -------------------------------------------------------------------------------- */

static void ships_at_the_first_movement(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_PRE_TRANSIT, 1), TRACKED);
    const struct decision *decision =
        rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_IN_TRANSIT, 2));
    assert_string_equal(rules_said(bench, decision), TRACKED " shipment.shipped");
    const struct shipment_shipped *shipped = rules_find(decision, MESSAGE_SHIPMENT_SHIPPED);
    assert_string_equal(shipped->tracking_number, shipping_number(bench, 1));
    assert_int_equal(shipped->shipped_at, bench->now - 998000);
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_OUT_FOR_DELIVERY, 3), TRACKED);
    decision = rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_DELIVERED, 4));
    assert_string_equal(rules_said(bench, decision), TRACKED " shipment.delivered");
    const struct shipment_delivered *delivered = rules_find(decision, MESSAGE_SHIPMENT_DELIVERED);
    assert_true(delivered->has_proof);
    assert_int_equal(delivered->delivered_at, bench->now - 996000);
    assert_string_equal(shipping_stored_parcel(bench, 1)->signed_by, "Ada");
}

static void is_delivered_with_its_last_parcel(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 2);
    ASSERT_SAID(bench, shipping_scan(bench, 2, TRACKING_STATUS_IN_TRANSIT, 1),
                TRACKED " shipment.shipped");
    ASSERT_SAID(bench, shipping_scan(bench, 2, TRACKING_STATUS_DELIVERED, 5), TRACKED);
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_DELIVERED, 3),
                TRACKED " shipment.delivered");
    assert_int_equal(shipping_stored(bench)->delivered_at, bench->now - 995000);
}

/* News of the first parcel may come while the second is still being labeled. */
static void ships_when_all_is_labeled(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, shipping_ship(bench, 2));
    rules_run(bench, shipping_created(bench, 1, NULL));
    rules_run(bench, shipping_created(bench, 2, NULL));
    rules_run(bench, shipping_bought(bench, 1, NULL));
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_IN_TRANSIT, 1), TRACKED);
    const struct decision *decision = rules_run(bench, shipping_bought(bench, 2, NULL));
    assert_non_null(rules_find(decision, MESSAGE_SHIPMENT_LABELED));
    assert_non_null(rules_find(decision, MESSAGE_SHIPMENT_SHIPPED));
}

static void tells_a_person_of_what_does_not_arrive(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_IN_TRANSIT, 1));
    const struct decision *decision =
        rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_FAILURE, 2));
    assert_string_equal(rules_said(bench, decision), TRACKED " shipment.failed");
    const struct shipment_failed *failed = rules_find(decision, MESSAGE_SHIPMENT_FAILED);
    assert_int_equal(failed->stage, SHIPMENT_FAILED_STAGE_TRANSIT);
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_RETURN_TO_SENDER, 3),
                TRACKED " shipment.failed");
    /* That is the sender's door. */
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_DELIVERED, 4), "");
    assert_int_equal(shipping_stored(bench)->state, SENDING_SHIPPED);
}

static void is_not_shut_out_by_a_fast_clock(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_IN_TRANSIT, 90000));
    assert_int_equal(shipping_stored_parcel(bench, 1)->tracked_at, bench->now);
    bench->now += 1000;
    ASSERT_SAID(bench, shipping_scan(bench, 1, TRACKING_STATUS_DELIVERED, 1000),
                TRACKED " shipment.delivered");
}

/* --- In every order --------------------------------------------------------------------------------------- */

enum { TRIP_STEPS = 4 };
static const enum tracking_status trip[TRIP_STEPS] = {
    TRACKING_STATUS_PRE_TRANSIT,
    TRACKING_STATUS_IN_TRANSIT,
    TRACKING_STATUS_OUT_FOR_DELIVERY,
    TRACKING_STATUS_DELIVERED,
};

/* How often each fact was stated. */
struct counts {
    int shipped, delivered, tracked;
};

static void count_facts(struct counts *counts, const struct decision *decision)
{
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        counts->shipped += at->message_type == MESSAGE_SHIPMENT_SHIPPED;
        counts->delivered += at->message_type == MESSAGE_SHIPMENT_DELIVERED;
        counts->tracked += at->message_type == MESSAGE_SHIPMENT_TRACKED;
    }
}

/* The `number`th permutation of the trip's steps. */
static void permute(int number, int order[TRIP_STEPS])
{
    bool used[TRIP_STEPS] = { false };

    for (int place = 0; place < TRIP_STEPS; place++) {
        int skip = number % (TRIP_STEPS - place), step = 0;

        number /= TRIP_STEPS - place;
        while (used[step] || skip-- > 0) {
            step++;
        }
        used[step] = true;
        order[place] = step;
    }
}

/* The first `length` events of the trip in this order, each twice; in one second, or one a second. */
static void run_trip(int permutation, int length, int64_t seconds_apart)
{
    struct rules_bench *bench = shipping_bench_new();
    struct counts counts = { 0 };
    int order[TRIP_STEPS];

    permute(permutation, order);
    shipping_label_all(bench, 1);
    for (int i = 0; i < 2 * TRIP_STEPS; i++) {
        int step = order[i / 2];

        if (step < length) {
            count_facts(&counts, rules_run(bench, shipping_scan(bench, 1, trip[step],
                                                                100 + step * seconds_apart)));
        }
    }
    const struct parcel_row *parcel = shipping_stored_parcel(bench, 1);
    assert_int_equal(counts.shipped, length > 1);
    assert_int_equal(counts.delivered, length == TRIP_STEPS);
    assert_in_range(counts.tracked, 1, length);
    assert_int_equal(parcel->tracking_status, trip[length - 1]);
    assert_int_equal(parcel->tracked_at, bench->now - 900000 + (length - 1) * seconds_apart * 1000);
    rules_bench_free(bench);
}

static void comes_to_the_same_end_in_every_order(void **state)
{
    (void)state;
    for (int permutation = 0; permutation < 24; permutation++) {
        for (int length = 1; length <= TRIP_STEPS; length++) {
            run_trip(permutation, length, 1);
            run_trip(permutation, length, 0);
        }
    }
}

/* --- From the carrier's webhook to the order's lane ----------------------------------------------------------- */

static struct rules_step webhook(struct rules_bench *bench, const char *event_id,
                                 const char *number, const char *status)
{
    const char *body = text_format(
        bench->kept,
        "{\"id\":\"%s\",\"description\":\"tracker.updated\",\"result\":{\"tracking_code\":\"%s\","
        "\"status\":\"%s\",\"updated_at\":\"2026-01-01T00:00:09Z\",\"weight\":17.6,"
        "\"est_delivery_date\":null,\"signed_by\":null,\"tracking_details\":[{\"status\":\"%s\","
        "\"status_detail\":\"departed_facility\",\"datetime\":\"2026-01-01T00:00:09Z\","
        "\"tracking_location\":{\"country\":\"US\"}}]}}",
        event_id, number, status, status);
    const struct shipping_webhook message = { .webhook = { .provider = "easypost",
                                                           .account = "main",
                                                           .received_at = bench->now,
                                                           .body = base64_encode(bench->kept, body,
                                                                                 strlen(body)) } };

    return rules_message(bench, MESSAGE_SHIPPING_WEBHOOK, &message, sizeof message);
}

static struct rules_step known(struct rules_bench *bench)
{
    const struct label_known message = { .tracking_number = "9400X",
                                         .order_id = rules_order_id(bench, 1),
                                         .order_no = 1,
                                         .shipment_id = rules_child_id(bench, 1, "S1"),
                                         .parcel_no = 2 };
    struct rules_step step = rules_message(bench, MESSAGE_LABEL_KNOWN, &message, sizeof message);

    step.subject.id = "9400X";
    return step;
}

static size_t early_count(struct rules_bench *bench)
{
    size_t count = 0;

    (void)memory_database_rows(bench->database, &early_table, &count);
    return count;
}

static void passes_on_what_it_knows(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, known(bench), "");
    const struct decision *decision =
        rules_run(bench, webhook(bench, "evt_1", "9400X", "in_transit"));
    assert_string_equal(rules_said(bench, decision), "input:shipping.parcel_tracked");
    assert_string_equal(decision->inputs->subject.id, rules_order_id(bench, 1));
    const struct parcel_tracked *news = decision->inputs->message;
    assert_string_equal(news->shipment_id, rules_child_id(bench, 1, "S1"));
    assert_int_equal(news->parcel_no, 2);
    assert_int_equal(news->steps_count, 1);
    assert_int_equal(news->steps[0].status, TRACKING_STATUS_IN_TRANSIT);
    assert_string_equal(news->steps[0].code, "departed_facility");
    assert_string_equal(news->steps[0].country, "US");
}

static void keeps_what_comes_early(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, webhook(bench, "evt_1", "9400X", "pre_transit"), "timer:" TIMER_EARLY);
    ASSERT_SAID(bench, webhook(bench, "evt_1", "9400X", "pre_transit"), "");
    ASSERT_SAID(bench, webhook(bench, "evt_2", "9400X", "in_transit"), "");
    assert_int_equal(early_count(bench), 2);
    const struct decision *decision = rules_run(bench, known(bench));
    assert_string_equal(rules_said(bench, decision),
                        "input:shipping.webhook input:shipping.webhook");
    assert_string_equal(decision->inputs->subject.id, "9400X");
    assert_int_equal(early_count(bench), 0);
    struct shipping_webhook again = *(const struct shipping_webhook *)decision->inputs->message;
    again.webhook.provider = text_format(bench->kept, "%s", again.webhook.provider);
    again.webhook.account = text_format(bench->kept, "%s", again.webhook.account);
    again.webhook.body = text_format(bench->kept, "%s", again.webhook.body);
    ASSERT_SAID(bench, rules_message(bench, MESSAGE_SHIPPING_WEBHOOK, &again, sizeof again),
                "input:shipping.parcel_tracked");
}

static void drops_what_nobody_asks_for(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step due = { .timer = TIMER_EARLY, .subject = { .id = "9400X" } };

    rules_run(bench, webhook(bench, "evt_1", "9400X", "pre_transit"));
    bench->now += EARLY_KEPT_MS;
    rules_run(bench, webhook(bench, "evt_2", "9400X", "in_transit"));
    ASSERT_SAID(bench, due, "timer:" TIMER_EARLY);
    assert_int_equal(early_count(bench), 1);
    bench->now += EARLY_KEPT_MS;
    ASSERT_SAID(bench, due, "");
    assert_int_equal(early_count(bench), 0);
}

static void keeps_no_more_than_it_must(void **state)
{
    struct rules_bench *bench = *state;

    for (int i = 0; i < EARLY_EVENTS_MAX + 10; i++) {
        rules_run(bench, webhook(bench, text_format(bench->kept, "evt_%d", i), "9400X", "failure"));
    }
    assert_int_equal(early_count(bench), EARLY_EVENTS_MAX);
}

static struct rules_step raw_webhook(struct rules_bench *bench, const char *provider,
                                     const char *body)
{
    const struct shipping_webhook message = { .webhook = { .provider = provider,
                                                           .account = "main",
                                                           .received_at = bench->now,
                                                           .body = base64_encode(bench->kept, body,
                                                                                 strlen(body)) } };

    return rules_message(bench, MESSAGE_SHIPPING_WEBHOOK, &message, sizeof message);
}

static void passes_over_what_it_does_not_know(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(
        bench,
        raw_webhook(bench, "easypost",
                    "{\"id\":\"evt_1\",\"description\":\"refund.successful\",\"result\":[]}"),
        "");
    ASSERT_SAID(bench, raw_webhook(bench, "somebody", "no JSON"), "");
    ASSERT_SAID(bench, raw_webhook(bench, "easypost", "no JSON"), "impossible");
    ASSERT_SAID(bench,
                raw_webhook(bench, "easypost",
                            "{\"id\":\"evt_1\",\"description\":\"tracker.updated\",\"result\":{}}"),
                "impossible");
}

/* --- Reported by a person, and looked up ------------------------------------------------------------------------ */

static struct rules_step report(struct rules_bench *bench, const char *number, int64_t at)
{
    const struct shipment_track request = { .shipment_id = rules_child_id(bench, 1, "S1"),
                                            .body = { .tracking_number = number,
                                                      .tracking_status = TRACKING_STATUS_DELIVERED,
                                                      .occurred_at = at } };

    return rules_message(bench, MESSAGE_SHIPMENT_TRACK, &request, sizeof request);
}

static void takes_a_persons_word(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, report(bench, NULL, bench->now), "reply:404");
    rules_run(bench, shipping_ship(bench, 1));
    ASSERT_SAID(bench, report(bench, NULL, bench->now), "reply:409");
    rules_run(bench, shipping_created(bench, 1, NULL));
    rules_run(bench, shipping_bought(bench, 1, NULL));
    ASSERT_SAID(bench, report(bench, "1Z", bench->now), "reply:422");
    ASSERT_SAID(bench, report(bench, NULL, bench->now + FUTURE_MS_MAX + 1), "reply:422");
    ASSERT_SAID(bench, report(bench, shipping_number(bench, 1), bench->now),
                TRACKED " shipment.shipped shipment.delivered reply:200");
    ASSERT_SAID(bench, report(bench, NULL, bench->now), "reply:200");
}

static struct rules_step look_due(struct rules_bench *bench)
{
    return (struct rules_step){ .timer = TIMER_LOOK,
                                .timer_step = 1,
                                .subject = { 1, rules_order_id(bench, 1) } };
}

/* A webhook may be lost. */
static void asks_the_carrier_each_day(void **state)
{
    struct rules_bench *bench = *state;
    const struct parcel_tracked_step step = { .status = TRACKING_STATUS_DELIVERED,
                                              .occurred_at = bench->now };
    const struct parcel_tracked news = { .steps = &step, .steps_count = 1 };
    const struct carrier_answer found = { .news = &news }, nothing = { .news = NULL };
    struct rules_step looked = { .effect = EFFECT_LOOK, .effect_key = "k" };

    shipping_label_all(bench, 1);
    const struct decision *decision = rules_run(bench, look_due(bench));
    assert_string_equal(rules_said(bench, decision), "effect:parcel_look timer:" TIMER_LOOK);
    looked.payload = rules_keep(bench, decision->effects->payload, sizeof(struct carrier_call));
    looked.subject = (struct subject){ 1, rules_order_id(bench, 1) };
    struct carrier_call call = *(const struct carrier_call *)looked.payload;
    call.order_id = rules_order_id(bench, 1);
    call.shipment_id = rules_child_id(bench, 1, "S1");
    looked.payload = &call;
    looked.result = &nothing;
    ASSERT_SAID(bench, looked, "");
    looked.result = &found;
    ASSERT_SAID(bench, looked, TRACKED " shipment.shipped shipment.delivered");
    ASSERT_SAID(bench, look_due(bench), "");
}

static void does_not_ask_for_ever(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 1);
    bench->now += LOOK_PATIENCE_MS + 1;
    ASSERT_SAID(bench, look_due(bench), "");
}

/* --- Who was erased ------------------------------------------------------------------------------------- */

static struct rules_step erase(struct rules_bench *bench)
{
    const struct shipment_erase command = { .order_id = rules_order_id(bench, 1),
                                            .order_no = 1,
                                            .clock = 90 };

    return rules_message(bench, MESSAGE_SHIPMENT_ERASE, &command, sizeof command);
}

/* What the carrier tells goes on, but for who signed: before, behind, and of what was not delivered yet. */
static void who_signed_is_forgotten(void **state)
{
    struct rules_bench *bench = *state;

    shipping_label_all(bench, 2);
    rules_run(bench, shipping_scan(bench, 1, TRACKING_STATUS_DELIVERED, 4));
    assert_string_equal(shipping_stored_parcel(bench, 1)->signed_by, "Ada");
    ASSERT_SAID(bench, erase(bench), "");
    ASSERT_SAID(bench, shipping_scan(bench, 2, TRACKING_STATUS_DELIVERED, 5),
                TRACKED " shipment.delivered");
    for (int64_t parcel_no = 1; parcel_no <= 2; parcel_no++) {
        const struct parcel_row *parcel = shipping_stored_parcel(bench, parcel_no);

        assert_null(parcel->signed_by);
        assert_null(parcel->label_url);
        assert_non_null(parcel->tracking_number);
        assert_int_equal(parcel->tracking_status, TRACKING_STATUS_DELIVERED);
    }
    assert_true(sending_is_erased(shipping_stored(bench)));
}

static void of_an_unknown_order_nothing_is_left(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, erase(bench), "");
    assert_null(shipping_stored(bench));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_signed_is_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_an_unknown_order_nothing_is_left, set_up, tear_down),
        cmocka_unit_test(follows_the_picture),
        cmocka_unit_test_setup_teardown(ships_at_the_first_movement, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_delivered_with_its_last_parcel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ships_when_all_is_labeled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_a_person_of_what_does_not_arrive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_not_shut_out_by_a_fast_clock, set_up, tear_down),
        cmocka_unit_test(comes_to_the_same_end_in_every_order),
        cmocka_unit_test_setup_teardown(passes_on_what_it_knows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_what_comes_early, set_up, tear_down),
        cmocka_unit_test_setup_teardown(drops_what_nobody_asks_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_no_more_than_it_must, set_up, tear_down),
        cmocka_unit_test_setup_teardown(passes_over_what_it_does_not_know, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_a_persons_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_the_carrier_each_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_ask_for_ever, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
