/* err_test.c - details are kept, cut and may quote the detail before them. */
#include "common/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void keeps_code_and_words(void **state)
{
    struct ctx ctx = { 0 };

    (void)state;
    assert_int_equal(err_set(&ctx, ERR_RULE, "order \"%s\" is %s", "ord_1", "closed"), ERR_RULE);
    assert_string_equal(ctx.detail, "order \"ord_1\" is closed");
}

static void cuts_long_words(void **state)
{
    struct ctx ctx = { 0 };

    (void)state;
    assert_int_equal(err_set(&ctx, ERR_INPUT, "%02000d", 7), ERR_INPUT);
    assert_int_equal(strlen(ctx.detail), sizeof ctx.detail - 1);
}

static void may_quote_the_detail_before(void **state)
{
    struct ctx ctx = { 0 };

    (void)state;
    assert_int_equal(err_set(&ctx, ERR_RETRY, "server is away"), ERR_RETRY);
    assert_int_equal(err_set(&ctx, ERR_FATAL, "could not start: %s", ctx.detail), ERR_FATAL);
    assert_string_equal(ctx.detail, "could not start: server is away");
}

static void names_every_code(void **state)
{
    static const char *const want[ERR_COUNT] = { "ok",       "input", "not_found", "rule",
                                                 "conflict", "retry", "fatal" };

    (void)state;
    for (int err = 0; err < ERR_COUNT; err++)
        assert_string_equal(err_name((enum err)err), want[err]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_code_and_words),
        cmocka_unit_test(cuts_long_words),
        cmocka_unit_test(may_quote_the_detail_before),
        cmocka_unit_test(names_every_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
