/* gateway_rate_test.c - a key may ask so often on average and so many times at once, to the request.
 *
 * links: gateway
 */
#include "services/gateway/rate_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { START = 1000 };

/* How many of `count` requests at one time are allowed. */
static int take(struct rate_bucket *bucket, struct rate_limit limit, int64_t now, int count)
{
    int allowed = 0;

    for (int i = 0; i < count; i++) {
        allowed += rate_take(bucket, limit, now).allowed;
    }
    return allowed;
}

static void lets_a_burst_through(void **state)
{
    const struct rate_limit limit = { 10, 5 };
    struct rate_bucket bucket = { 0 };

    (void)state;
    assert_int_equal(take(&bucket, limit, START, 8), 5);
    assert_int_equal(take(&bucket, limit, START, 1), 0);
    assert_int_equal(take(&bucket, limit, START + 99, 1), 0);
    assert_int_equal(take(&bucket, limit, START + 100, 2), 1);
    assert_int_equal(take(&bucket, limit, START + 300, 9), 2);
    assert_int_equal(take(&bucket, limit, START + 1000000, 9), 5);
}

static void holds_the_average(void **state)
{
    const struct rate_limit limit = { 100, 10 };
    struct rate_bucket bucket = { 0 };
    int allowed = 0;

    (void)state;
    for (int64_t now = START; now < START + 10000; now += 3) {
        allowed += take(&bucket, limit, now, 1);
    }
    assert_in_range(allowed, 1005, 1010); /* ten seconds, and the first burst */
}

static void says_when_to_come_again(void **state)
{
    static const struct {
        struct rate_limit limit;
        int64_t remaining, seconds;
    } cases[] = { { { 1, 3 }, 0, 1 }, { { 1000, 1 }, 0, 1 }, { { 100000, 1000000 }, 999997, 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rate_bucket bucket = { 0 };

        (void)take(&bucket, cases[i].limit, START, 2);
        struct rate_verdict verdict = rate_take(&bucket, cases[i].limit, START);
        assert_int_equal(verdict.remaining, cases[i].remaining);
        assert_int_equal(verdict.next_second_s, cases[i].seconds);
    }
}

static void no_limit_refuses_nothing(void **state)
{
    struct rate_bucket bucket = { 0 };

    (void)state;
    assert_int_equal(take(&bucket, (struct rate_limit){ 0, 0 }, START, 100), 100);
}

static void a_clock_that_goes_back_fills_nothing(void **state)
{
    const struct rate_limit limit = { 10, 5 };
    struct rate_bucket bucket = { 0 };

    (void)state;
    assert_int_equal(take(&bucket, limit, START, 5), 5);
    assert_int_equal(take(&bucket, limit, START - 500, 1), 0);
    assert_int_equal(take(&bucket, limit, START + 100, 2), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_a_burst_through),
        cmocka_unit_test(holds_the_average),
        cmocka_unit_test(says_when_to_come_again),
        cmocka_unit_test(no_limit_refuses_nothing),
        cmocka_unit_test(a_clock_that_goes_back_fills_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
