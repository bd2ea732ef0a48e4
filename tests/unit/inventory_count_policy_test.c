/* inventory_count_policy_test.c - how a place puts its items into classes is data of it, and what cannot be is refused by its field.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct count_policy_body usual = { .basis = COUNT_BASIS_VALUE,
                                                .days = 90,
                                                .a_percent = 80,
                                                .b_percent = 95,
                                                .a_days = 30,
                                                .b_days = 90,
                                                .c_days = 365 };

/* "201", or "422 /b_percent". */
static const char *put(struct bench *bench, const char *place, const struct count_policy_body *body,
                       const char *precondition)
{
    const struct count_policy_put message = { .code = place, .body = *body };
    const struct step step = { .message_type = MESSAGE_COUNT_POLICY_PUT,
                               .message = arena_copy(bench->kept, &message, sizeof message),
                               .precondition = precondition,
                               .subject = { .id = place } };
    const struct decision *decision = bench_run(bench, step);
    const struct gateway_reply *reply = decision->replies->message;
    bool named = reply->problem != NULL && reply->problem->errors_count > 0;

    assert_null(decision->emissions);
    return text_format(bench->kept, "%d%s%s", (int)reply->status, named ? " " : "",
                       named ? reply->problem->errors[0].pointer : "");
}

static void a_place_has_one(void **state)
{
    struct bench *bench = *state;
    struct count_policy_body other = usual;
    size_t count = 0;

    bench_stocked_item(bench, "A", 1);
    other.c_days = 366;
    assert_string_equal(put(bench, "NONE", &usual, NULL), "404");
    assert_string_equal(put(bench, "WH-1", &usual, NULL), "201");
    assert_string_equal(put(bench, "WH-1", &usual, NULL), "200");
    assert_string_equal(put(bench, "WH-1", &other, "7"), "412");
    assert_string_equal(put(bench, "WH-1", &other, "1"), "200");
    const struct count_policy_row *row =
        memory_database_rows(bench->database, &count_policy_table, &count)[0];
    const struct count_policy_row wanted = {
        "WH-1", 2, COUNT_BASIS_VALUE, 90, 80, 95, 30, 90, 366
    };

    assert_int_equal(count, 1);
    assert_true(table_same_row(&count_policy_table, row, &wanted));
}

static void borders_are_in_order(void **state)
{
    struct bench *bench = *state;
    struct count_policy_body body = usual;

    bench_stocked_item(bench, "A", 1);
    body.b_percent = 80;
    assert_string_equal(put(bench, "WH-1", &body, NULL), "422 /b_percent");
    body = usual;
    body.b_days = 29;
    assert_string_equal(put(bench, "WH-1", &body, NULL), "422 /b_days");
    body = usual;
    body.c_days = 89;
    assert_string_equal(put(bench, "WH-1", &body, NULL), "422 /c_days");
    body.c_days = 90;
    body.a_days = 90;
    assert_string_equal(put(bench, "WH-1", &body, NULL), "201");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_place_has_one, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(borders_are_in_order, bench_set_up, bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
