/* gateway_supplier_test.c - tokens of links to suppliers: what was signed comes back, and nothing else does.
 *
 * links: gateway
 */
#include "common/supplier_link.h"

#include "common/arena.h"
#include "common/order_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ORDER  "req_0123456789abcdef0123456789abcdef"
#define SECRET "a secret of 16 bytes or more"

static const int64_t until = 1900000000123;

static void comes_back_as_it_went(void **state)
{
    static const char *const ids[] = {
        "x", "order-7", ORDER, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    };
    struct arena *arena = arena_new(1 << 16);

    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct supplier_link link = { 0 };
        const char *token = supplier_token(arena, SECRET, ids[i], until);

        assert_int_equal(
            strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            strlen(token));
        assert_true(supplier_token_read(arena, SECRET, token, &link));
        assert_string_equal(link.purchase_order_id, ids[i]);
        assert_int_equal(link.expires_at, until);
        assert_false(supplier_token_read(arena, "another secret than that", token, &link));
    }
    assert_null(supplier_token(arena, SECRET, "", until));
    assert_null(supplier_token(
        arena, SECRET, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef!", until));
    arena_free(arena);
}

static void nothing_else_does(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    const char *good = supplier_token(arena, SECRET, ORDER, until);
    const char *shopper = choice_token(arena, SECRET, "ord_mfrggzdfmztwq2lknnwg23tpoa", until);
    struct supplier_link link;
    struct order_link choice;

    (void)state;
    assert_false(supplier_token_read(arena, SECRET, "", &link));
    assert_false(supplier_token_read(arena, SECRET, shopper, &link));
    assert_false(choice_token_read(arena, SECRET, good, &choice));
    for (size_t i = 0; i < strlen(good); i++) {
        char *forged = arena_copy_text(arena, good, strlen(good));

        forged[i] = forged[i] == 'A' ? 'Q' : 'A';
        assert_false(supplier_token_read(arena, SECRET, forged, &link));
        assert_false(supplier_token_read(arena, SECRET, arena_copy_text(arena, good, i), &link));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_went),
        cmocka_unit_test(nothing_else_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
