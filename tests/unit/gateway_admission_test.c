/* gateway_admission_test.c - a system that can handle so many orders a second is offered more of them, and must not drown.
 *
 * links: gateway
 */
#include "services/gateway/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>
#include <cmocka.h>

enum { LATE_MS = 2000, LOOK_MS = 600, TICK_MS = 10 };

/* Orders wait, and so many a second are worked on. */
struct shop {
    struct admission admission;
    int64_t now, behind_ms, most_behind_ms, taken, refused;
    double offered, waiting; /* with fractions of the next one */
};

static void offer(struct shop *shop, double rate)
{
    for (shop->offered += rate * TICK_MS / 1000; shop->offered >= 1; shop->offered--) {
        if (admission_take(&shop->admission, shop->now)) {
            shop->waiting++;
            shop->taken++;
        } else {
            shop->refused++;
        }
    }
}

/* A service that is away says nothing. */
static void handle(struct shop *shop, double capacity)
{
    shop->waiting = fmax(0, shop->waiting - capacity * TICK_MS / 1000);
    shop->behind_ms = capacity > 0 ? (int64_t)(shop->waiting * 1000 / capacity) : 0;
}

static void run(struct shop *shop, double rate, double capacity, int seconds)
{
    shop->taken = shop->refused = shop->most_behind_ms = 0;
    for (int64_t end = shop->now + seconds * INT64_C(1000); shop->now < end; shop->now += TICK_MS) {
        offer(shop, rate);
        handle(shop, capacity);
        if (shop->behind_ms > shop->most_behind_ms) {
            shop->most_behind_ms = shop->behind_ms;
        }
        if (shop->now % LOOK_MS == 0) {
            admission_look(&shop->admission, LATE_MS, shop->behind_ms, shop->now);
        }
    }
}

static void an_ordinary_day_is_let_in(void **state)
{
    struct shop shop = { .now = 1000 };

    (void)state;
    run(&shop, 90, 100, 600);
    assert_int_equal(shop.refused, 0);
}

static void a_flood_is_cut_to_what_is_handled(void **state)
{
    static const double capacities[] = { 20, 100, 250, 1000 };

    for (size_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        struct shop shop = { .now = 1000 };
        double capacity = capacities[i];

        (void)state;
        run(&shop, capacity / 2, capacity, 20);
        assert_int_equal(shop.refused, 0);
        run(&shop, capacity * 10, capacity, 60);
        assert_in_range(shop.most_behind_ms, LATE_MS, 12 * LATE_MS);
        assert_in_range(shop.taken, (uintmax_t)(capacity * 60 * 0.8),
                        (uintmax_t)(capacity * 60 * 1.4));
        run(&shop, capacity / 2, capacity, 60);
        run(&shop, capacity / 2, capacity, 60);
        assert_int_equal(shop.refused, 0);
        assert_in_range(shop.most_behind_ms, 0, 1000);
    }
}

static void what_is_caught_up_with_hinders_nobody(void **state)
{
    struct shop shop = { .now = 1000 };

    (void)state;
    run(&shop, 20, 0, 600);
    run(&shop, 20, 250, 100);
    assert_int_equal(shop.refused, 0);
    assert_int_equal(shop.behind_ms, 0);
}

/* Lateness that orders do not cause does not end by refusing them. */
static void some_are_taken_whatever_happens(void **state)
{
    struct admission admission = { 0 };
    int64_t taken = 0;

    (void)state;
    for (int64_t now = 1000; now < 121000; now += TICK_MS) {
        taken += admission_take(&admission, now) ? 1 : 0;
        if (now % LOOK_MS == 0) {
            admission_look(&admission, LATE_MS, now * 2, now);
        }
    }
    assert_in_range(taken, 120 * ADMISSION_FLOOR_PER_SECOND * 9 / 10,
                    120 * ADMISSION_FLOOR_PER_SECOND * 2);
}

static void zero_refuses_nobody(void **state)
{
    struct admission admission = { 0 };

    (void)state;
    for (int64_t now = 1000; now < 60000; now += TICK_MS) {
        assert_true(admission_take(&admission, now));
        admission_look(&admission, 0, now, now);
    }
}

/* Who can wait leaves room for who does not, and waits before services are late. */
static void a_bulk_takes_what_others_leave(void **state)
{
    struct admission admission = { .limit_per_second = 100, .filled_at = 1000 };
    int64_t spare = 0, taken = 0, now = 1000;

    (void)state;
    for (int ms = 0; ms < 10000; ms++, now++) { /* others ask for as much as there is */
        taken += admission_take(&admission, now);
        spare += admission_take_spare(&admission, LATE_MS, now);
    }
    assert_in_range(taken, 950, 1030);
    assert_int_equal(spare, 0);
    for (int ms = 0; ms < 10000; ms++, now++) { /* nobody else asks */
        spare += admission_take_spare(&admission, LATE_MS, now);
    }
    assert_in_range(spare, 950, 1000);
    assert_true(admission_take(&admission, now)); /* and whoever comes finds room at once */
    admission = (struct admission){ .behind_ms = LATE_MS / 2 + 1 };
    assert_false(admission_take_spare(&admission, LATE_MS, now));
    assert_true(admission_take(&admission, now));
    admission.behind_ms = LATE_MS / 2;
    assert_true(admission_take_spare(&admission, LATE_MS, now));
    admission.behind_ms = LATE_MS;
    assert_true(admission_take_spare(&admission, 0, now)); /* where nobody is ever refused */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bulk_takes_what_others_leave),
        cmocka_unit_test(an_ordinary_day_is_let_in),
        cmocka_unit_test(a_flood_is_cut_to_what_is_handled),
        cmocka_unit_test(what_is_caught_up_with_hinders_nobody),
        cmocka_unit_test(some_are_taken_whatever_happens),
        cmocka_unit_test(zero_refuses_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
