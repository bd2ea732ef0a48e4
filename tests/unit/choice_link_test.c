/* choice_link_test.c - tokens of links: what was signed comes back, and nothing else does.
 *
 * links: common
 */
#include "common/choice_link.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ORDER  "ord_mfrggzdfmztwq2lknnwg23tpoa"
#define SECRET "a secret of 16 bytes or more"

static const int64_t until = 1900000000123;

static void comes_back_as_it_went(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    struct choice choice = { 0 };
    const char *token = choice_token(arena, SECRET, ORDER, until);

    (void)state;
    assert_int_equal(strlen(token), CHOICE_TOKEN_LENGTH);
    assert_int_equal(
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        CHOICE_TOKEN_LENGTH);
    assert_true(choice_token_read(arena, SECRET, token, &choice));
    assert_string_equal(choice.order_id, ORDER);
    assert_int_equal(choice.expires_at, until);
    assert_false(choice_token_read(arena, "another secret of some length", token, &choice));
    arena_free(arena);
}

/* Every character counts: none can be another one. */
static void a_changed_token_is_none(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    struct choice choice;
    const char *token = choice_token(arena, SECRET, ORDER, until);

    (void)state;
    for (size_t at = 0; at < CHOICE_TOKEN_LENGTH; at++) {
        char *other = arena_copy_text(arena, token, CHOICE_TOKEN_LENGTH);

        other[at] = other[at] == 'A' ? 'B' : 'A';
        assert_false(choice_token_read(arena, SECRET, other, &choice));
    }
    arena_free(arena);
}

static void what_is_no_token_is_refused(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    char text[CHOICE_TOKEN_LENGTH + 2];
    struct choice choice;
    static const char *const wrong[] = { "", "A", "../../etc/passwd", "%00" };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(choice_token_read(arena, SECRET, wrong[i], &choice));
    }
    memset(text, 'A', sizeof text);
    text[CHOICE_TOKEN_LENGTH + 1] = '\0';
    assert_false(choice_token_read(arena, SECRET, text, &choice));
    text[CHOICE_TOKEN_LENGTH] = '\0';
    assert_false(choice_token_read(arena, SECRET, text, &choice));
    text[3] = '=';
    assert_false(choice_token_read(arena, SECRET, text, &choice));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_went),
        cmocka_unit_test(a_changed_token_is_none),
        cmocka_unit_test(what_is_no_token_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
