/* shipping_disorder_test.c - 100,000 scans of parcels, shuffled and told twice, end as they do in order.
 *
 * KERVAN_SEED chooses the scans; it is printed.
 *
 * links: shipping
 */
#include "tests/unit/shipping_bench.h"

#include "services/shipping/tracking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
    PARCELS = 3,
    SCANS = 25, /* of a shipment */
    SHIPMENTS = 4000,
    TOLD = 2 * SCANS,
    SECONDS = 40, /* few enough that many share one */
    HALF = 2
};

struct carrier_scan {
    int64_t parcel_no, at_s, estimated_at;
    enum tracking_status status;
};

/* What is left of a shipment when all is told. */
struct end {
    struct shipment_row shipment;
    struct parcel_row parcels[PARCELS];
};

static struct rules_step told(struct rules_bench *bench, const struct carrier_scan *scan)
{
    const struct parcel_tracked_step step = { .status = scan->status,
                                              .occurred_at =
                                                  bench->now - 1000000 + scan->at_s * 1000 };
    const struct parcel_tracked news = {
        .order_id = rules_order_id(bench, 1),
        .order_no = 1,
        .shipment_id = rules_child_id(bench, 1, "S1"),
        .parcel_no = scan->parcel_no,
        .steps = rules_keep(bench, &step, sizeof step),
        .steps_count = 1,
        .has_estimated_at = scan->estimated_at != 0,
        .estimated_at = scan->estimated_at,
    };

    return rules_message(bench, MESSAGE_PARCEL_TRACKED, &news, sizeof news);
}

static struct end tell(const struct carrier_scan *scans, size_t count)
{
    struct rules_bench *bench = shipping_bench_new();
    struct rules_step steps[TOLD];
    struct end end;

    shipping_label_all(bench, PARCELS);
    for (size_t i = 0; i < count; i++) {
        steps[i] = told(bench, &scans[i]);
    }
    rules_batch(bench, steps, count / HALF);
    rules_batch(bench, steps + count / HALF, count - count / HALF);
    end.shipment = *shipping_stored(bench);
    for (int64_t no = 1; no <= PARCELS; no++) {
        end.parcels[no - 1] = *shipping_stored_parcel(bench, no);
    }
    rules_bench_free(bench);
    return end;
}

/* As the carrier's clock has them; of one second, as far along as they are. */
static int by_time(const void *left, const void *right)
{
    static const int rank[] = { 0, 1, 2, 3, 5, 4, 8, 7, 6, 0 };
    const struct carrier_scan *one = left, *other = right;

    if (one->at_s != other->at_s) {
        return one->at_s < other->at_s ? -1 : 1;
    }
    return rank[one->status] - rank[other->status];
}

static void shuffle(struct rules_bench *dice, struct carrier_scan *scans, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)rules_random(dice, (int64_t)i);
        struct carrier_scan kept = scans[i - 1];

        scans[i - 1] = scans[other];
        scans[other] = kept;
    }
}

/* Of most parcels it is said that they go on for a while; of every third nothing is said that ends it. */
static void invent(struct rules_bench *dice, struct carrier_scan *scans)
{
    for (size_t i = 0; i < SCANS; i++) {
        int64_t status = 1 + rules_random(dice, TRACKING_STATUS_FAILURE);
        bool ends =
            status == TRACKING_STATUS_DELIVERED || status == TRACKING_STATUS_RETURN_TO_SENDER;

        scans[i] = (struct carrier_scan){ .parcel_no = 1 + rules_random(dice, PARCELS),
                                          .at_s = rules_random(dice, SECONDS),
                                          .status = (enum tracking_status)status };
        if (ends && rules_random(dice, 3) > 0) {
            scans[i].status = TRACKING_STATUS_IN_TRANSIT;
        }
        if (rules_random(dice, 3) == 0) {
            scans[i].estimated_at = 1800000000000 + rules_random(dice, 5) * 86400000;
        }
    }
}

/* Whether the carrier says of one parcel that it arrived and that it went back: then what we said first of the shipment stays. */
static bool is_of_two_minds(const struct carrier_scan *scans)
{
    unsigned arrived = 0, back = 0;

    for (size_t i = 0; i < TOLD; i++) {
        unsigned bit = 1U << (unsigned)scans[i].parcel_no;

        arrived |= scans[i].status == TRACKING_STATUS_DELIVERED ? bit : 0;
        back |= scans[i].status == TRACKING_STATUS_RETURN_TO_SENDER ? bit : 0;
    }
    return (arrived & back) != 0;
}

static void assert_same_parcels(const struct end *one, const struct end *other)
{
    for (size_t i = 0; i < PARCELS; i++) {
        const struct parcel_row *left = &one->parcels[i], *right = &other->parcels[i];

        assert_int_equal(left->tracking_status, right->tracking_status);
        assert_int_equal(left->tracked_at, right->tracked_at);
        assert_int_equal(left->moved_at, right->moved_at);
        assert_int_equal(left->estimated_at, right->estimated_at);
        assert_int_equal(left->estimate_told_at, right->estimate_told_at);
    }
}

static void assert_same_shipment(const struct end *one, const struct end *other)
{
    assert_int_equal(one->shipment.state, other->shipment.state);
    assert_int_equal(one->shipment.shipped_at, other->shipment.shipped_at);
    assert_int_equal(one->shipment.delivered_at, other->shipment.delivered_at);
    assert_int_equal(one->shipment.failure_stage, other->shipment.failure_stage);
    for (size_t i = 0; i < PARCELS; i++) {
        assert_int_equal(one->parcels[i].delivered_at, other->parcels[i].delivered_at);
    }
}

static uint64_t seed(void)
{
    const char *given =
        getenv("KERVAN_SEED"); /* NOLINT(concurrency-mt-unsafe): the test has one thread */

    return given == NULL ? 20260301 : strtoull(given, NULL, 10);
}

static void ends_in_disorder_as_in_order(void **state)
{
    struct rules_bench *dice = shipping_bench_new();
    int whole = 0;

    (void)state;
    dice->random = seed();
    print_message("seed %llu\n", (unsigned long long)dice->random);
    for (int i = 0; i < SHIPMENTS; i++) {
        struct carrier_scan scans[TOLD];

        invent(dice, scans);
        qsort(scans, SCANS, sizeof scans[0], by_time);
        const struct end in_order = tell(scans, SCANS);
        for (size_t each = 0; each < SCANS; each++) {
            scans[SCANS + each] = scans[each];
        }
        shuffle(dice, scans, TOLD);
        const struct end in_disorder = tell(scans, TOLD);
        assert_same_parcels(&in_order, &in_disorder);
        if (!is_of_two_minds(scans)) {
            assert_same_shipment(&in_order, &in_disorder);
            whole++;
        }
    }
    assert_in_range(whole, SHIPMENTS / 3, SHIPMENTS);
    rules_bench_free(dice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_in_disorder_as_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
