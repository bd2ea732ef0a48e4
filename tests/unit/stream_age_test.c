/* stream_age_test.c - the age of what waits, as messages come and are acknowledged. */
#include "common/stream_age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void nothing_waits_at_first(void **state)
{
    struct stream_age age = { 0 };

    (void)state;
    assert_int_equal(stream_age_oldest(&age), 0);
    stream_age_acknowledge(&age, 1, 100);
    assert_int_equal(stream_age_oldest(&age), 0);
}

static void the_oldest_is_what_is_not_acknowledged(void **state)
{
    struct stream_age age = { 0 };

    (void)state;
    stream_age_add(&age, 1, 1, 1000);
    stream_age_add(&age, 1, 2, 1000); /* one batch, one mark */
    stream_age_add(&age, 1, 3, 2000);
    assert_int_equal(age.count, 2);
    stream_age_acknowledge(&age, 1, 1);
    assert_int_equal(stream_age_oldest(&age), 1000);
    stream_age_acknowledge(&age, 1, 2);
    assert_int_equal(stream_age_oldest(&age), 2000);
    stream_age_acknowledge(&age, 1, 3);
    assert_int_equal(stream_age_oldest(&age), 0);
}

static void a_later_generation_is_later(void **state)
{
    struct stream_age age = { 0 };

    (void)state;
    stream_age_add(&age, 1, 50, 1000);
    stream_age_add(&age, 2, 1, 3000);
    stream_age_acknowledge(&age, 1, 50);
    assert_int_equal(stream_age_oldest(&age), 3000);
    stream_age_acknowledge(&age, 2, 1);
    assert_int_equal(stream_age_oldest(&age), 0);
}

/* What was committed long ago is read from the table only later. */
static void what_turns_out_older_makes_older(void **state)
{
    struct stream_age age = { 0 };

    (void)state;
    stream_age_add(&age, 1, 9, 5000);
    stream_age_add(&age, 1, 4, 1000);
    stream_age_add(&age, 1, 5, 2000);
    assert_int_equal(stream_age_oldest(&age), 1000);
}

static void many_are_kept_in_few_marks_and_never_too_young(void **state)
{
    struct stream_age age = { 0 };

    (void)state;
    for (int64_t number = 1; number <= 1000; number++)
        stream_age_add(&age, 1, number, 10 * number);
    assert_int_equal(age.count, STREAM_AGE_MARKS);
    for (int64_t number = 1; number < 1000; number++) {
        stream_age_acknowledge(&age, 1, number);
        assert_in_range(stream_age_oldest(&age), 10, 10 * (number + 1));
    }
    stream_age_acknowledge(&age, 1, 1000);
    assert_int_equal(stream_age_oldest(&age), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_waits_at_first),
        cmocka_unit_test(the_oldest_is_what_is_not_acknowledged),
        cmocka_unit_test(a_later_generation_is_later),
        cmocka_unit_test(what_turns_out_older_makes_older),
        cmocka_unit_test(many_are_kept_in_few_marks_and_never_too_young),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
