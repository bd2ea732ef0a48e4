/* cursor_test.c - cursors come back the same, and nothing else is one. */
#include "common/arena.h"
#include "common/cursor.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 65536 };

static void come_back_the_same(void **state)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    const struct cursor cursors[] = {
        { { "1800000000000", "17" } }, { { "" } }, { { "ü", "", "b", "\x7f" } }, { { NULL } }
    };
    struct cursor read = { { "untouched" } };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(cursor_read(arena, cursor_write(arena, &cursors[i]), &read));
        for (size_t k = 0; k < CURSOR_PARTS_MAX; k++) {
            assert_true(text_equal(read.parts[k], cursors[i].parts[k]));
        }
    }
    assert_false(cursor_read(arena, cursor_write(arena, &cursors[3]), &read));
    arena_free(arena);
}

static void nothing_else_is_one(void **state)
{
    static const char *const texts[] = {
        "",         "6",          "63",         "6331",
        "63321f31", "6331f",      "63311F31",   "63311f3100",
        "63311fzz", "63311fff",   "63311fc0",   "63311f311f321f331f341f351f361f371f381f39",
        "c1",       "63311feda0", "63311f0031", " 63311f31",
    };
    struct arena *arena = arena_new(ARENA_BYTES);
    char longest[CURSOR_LENGTH_MAX + 3];
    struct cursor read;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(cursor_read(arena, texts[i], &read));
    }
    for (size_t i = 0; i + 1 < sizeof longest; i++) {
        longest[i] = i % 2 == 0 ? '6' : '1';
    }
    memcpy(longest, "63311f", 6);
    longest[CURSOR_LENGTH_MAX + 2] = '\0';
    assert_false(cursor_read(arena, longest, &read));
    longest[CURSOR_LENGTH_MAX] = '\0';
    assert_true(cursor_read(arena, longest, &read));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_back_the_same),
        cmocka_unit_test(nothing_else_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
