/* http_target_test.c - targets taken apart: decoding, patterns, and what is no target. */
#include "common/http_target.h"

#include "common/arena.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ctx ctx;

static int open_arena(void **state)
{
    (void)state;
    ctx.arena = arena_new(1 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(ctx.arena);
    return 0;
}

static struct http_target parsed(const char *text)
{
    struct http_target target;

    if (http_target_parse(&ctx, text, &target) != OK)
        fail_msg("%s: %s", text, ctx.detail);
    return target;
}

static void paths_are_split_before_they_are_decoded(void **state)
{
    (void)state;
    struct http_target target = parsed("/v1/stock/A%2FB%20c%C3%A7");

    assert_int_equal(target.segment_count, 3);
    assert_string_equal(target.segments[2], "A/B cç");
    assert_int_equal(parsed("/").segment_count, 0);
    assert_int_equal(parsed("/a/").segment_count, 2); /* the second is empty */
    assert_string_equal(parsed("/a+b").segments[0], "a+b");
}

static void queries_are_pairs(void **state)
{
    (void)state;
    struct http_target target = parsed("/x?q=a+b%26&&empty=&bare&q=second&e=1=2");

    assert_int_equal(target.query_count, 5);
    assert_string_equal(http_pair_find(target.query, target.query_count, "q"), "a b&");
    assert_string_equal(http_pair_find(target.query, target.query_count, "empty"), "");
    assert_string_equal(http_pair_find(target.query, target.query_count, "bare"), "");
    assert_string_equal(http_pair_find(target.query, target.query_count, "e"), "1=2");
    assert_null(http_pair_find(target.query, target.query_count, "none"));
}

static void what_is_no_target_is_refused(void **state)
{
    static const char *const texts[] = {
        "",        "v1",       "http://a/b", "/%",       "/%4",        "/%zz",
        "/%00",    "/a%0ab",   "/\x80",      "/%C0%80",  "/%ED%A0%80", "/%F4%90%80%80",
        "/%E2%82", "/x?a=%00", "/x?%FF=1",   "/x?a=%C3", "/x?a=\x01",  "/\x7f",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct http_target target;
        if (http_target_parse(&ctx, texts[i], &target) != ERR_INPUT)
            fail_msg("\"%s\" was taken", texts[i]);
    }
}

static enum err parse_repeated(const char *start, const char *part, int count)
{
    struct http_target target;
    const char *text = start;

    for (int i = 0; i < count; i++)
        text = text_format(ctx.arena, "%s%s", text, part);
    return http_target_parse(&ctx, text, &target);
}

static void parts_are_counted(void **state)
{
    (void)state;
    assert_int_equal(parse_repeated("", "/a", TARGET_SEGMENTS_MAX), OK);
    assert_int_equal(parse_repeated("", "/a", TARGET_SEGMENTS_MAX + 1), ERR_INPUT);
    assert_int_equal(parse_repeated("/?", "&a", TARGET_QUERY_MAX), OK);
    assert_int_equal(parse_repeated("/?", "&a", TARGET_QUERY_MAX + 1), ERR_INPUT);
}

static void patterns_fit_or_not(void **state)
{
    static const struct {
        const char *pattern, *path, *name, *value; /* name NULL: it does not fit */
    } rows[] = {
        { "/v1/orders", "/v1/orders", "", NULL },
        { "/v1/orders", "/v1/order", NULL, NULL },
        { "/v1/orders", "/v1/orderss", NULL, NULL },
        { "/v1/orders", "/v1/orders/", NULL, NULL },
        { "/v1/orders", "/v1", NULL, NULL },
        { "/v1/orders/:id", "/v1/orders/x", "id", "x" },
        { "/v1/orders/:id", "/v1/orders/", NULL, NULL },
        { "/v1/orders/:id/cancel", "/v1/orders/x/cancel", "id", "x" },
        { "/v1/orders/:id/cancel", "/v1/orders/x/y", NULL, NULL },
        { "/v1/stock/:sku", "/v1/stock/%2E%2E%2Fx", "sku", "../x" },
        { "/console/*", "/console/", "*", "" },
        { "/console/*", "/console/a/b.js", "*", "a/b.js" },
        { "/console/*", "/console", NULL, NULL },
        { "/console/*", "/console/../secret", NULL, NULL },
        { "/console/*", "/console//etc/passwd", NULL, NULL },
        { "/console/*", "/console//", NULL, NULL },
        { "/console/*", "/console/a//b", "*", "a//b" },
        { "/console/*", "/console/a/%2e%2e/b", NULL, NULL },
        { "/console/*", "/console/a%2f..%2fb", NULL, NULL },
        { "/console/*", "/console/a%5c..", NULL, NULL },
        { "/", "/", "", NULL },
        { "/", "/a", NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_target target = parsed(rows[i].path);
        bool fits = http_target_fits(&target, rows[i].pattern, ctx.arena);
        if (fits != (rows[i].name != NULL))
            fail_msg("%s %s %s", rows[i].path, fits ? "fits" : "does not fit", rows[i].pattern);
        if (rows[i].value == NULL)
            continue;
        assert_string_equal(http_pair_find(target.parameters, target.parameter_count, rows[i].name),
                            rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_split_before_they_are_decoded),
        cmocka_unit_test(queries_are_pairs),
        cmocka_unit_test(what_is_no_target_is_refused),
        cmocka_unit_test(parts_are_counted),
        cmocka_unit_test(patterns_fit_or_not),
    };

    return cmocka_run_group_tests_name("http_target", tests, open_arena, close_arena);
}
