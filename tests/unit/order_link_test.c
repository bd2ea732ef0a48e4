/* order_link_test.c - tokens of links: what was signed comes back, and nothing else does.
 *
 * links: common
 */
#include "common/order_link.h"

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
    struct order_link choice = { 0 };
    const char *token = choice_token(arena, SECRET, ORDER, until);

    (void)state;
    assert_int_equal(strlen(token), ORDER_TOKEN_LENGTH);
    assert_int_equal(
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        ORDER_TOKEN_LENGTH);
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
    struct order_link choice;
    const char *token = choice_token(arena, SECRET, ORDER, until);

    (void)state;
    for (size_t at = 0; at < ORDER_TOKEN_LENGTH; at++) {
        char *other = arena_copy_text(arena, token, ORDER_TOKEN_LENGTH);

        other[at] = other[at] == 'A' ? 'B' : 'A';
        assert_false(choice_token_read(arena, SECRET, other, &choice));
    }
    arena_free(arena);
}

static void what_is_no_token_is_refused(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    char text[ORDER_TOKEN_LENGTH + 2];
    struct order_link choice;
    static const char *const wrong[] = { "", "A", "../../etc/passwd", "%00" };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(choice_token_read(arena, SECRET, wrong[i], &choice));
    }
    memset(text, 'A', sizeof text);
    text[ORDER_TOKEN_LENGTH + 1] = '\0';
    assert_false(choice_token_read(arena, SECRET, text, &choice));
    text[ORDER_TOKEN_LENGTH] = '\0';
    assert_false(choice_token_read(arena, SECRET, text, &choice));
    text[3] = '=';
    assert_false(choice_token_read(arena, SECRET, text, &choice));
    arena_free(arena);
}

static void a_link_of_one_kind_is_none_of_the_other(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    struct order_link link = { 0 };
    const char *follow = tracking_token(arena, SECRET, ORDER, until);

    (void)state;
    assert_int_equal(strlen(follow), ORDER_TOKEN_LENGTH);
    assert_true(tracking_token_read(arena, SECRET, follow, &link));
    assert_string_equal(link.order_id, ORDER);
    assert_int_equal(link.expires_at, until);
    assert_false(choice_token_read(arena, SECRET, follow, &link));
    assert_false(
        tracking_token_read(arena, SECRET, choice_token(arena, SECRET, ORDER, until), &link));
    assert_false(tracking_token_read(arena, "another secret of some length", follow, &link));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_went),
        cmocka_unit_test(a_changed_token_is_none),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(a_link_of_one_kind_is_none_of_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
