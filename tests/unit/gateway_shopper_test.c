/* gateway_shopper_test.c - tokens of shoppers: what was signed comes back, and nothing else does.
 *
 * links: gateway common
 */
#include "services/gateway/shopper_token.h"

#include "common/arena.h"
#include "common/order_link.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CUSTOMER "cus_mfrggzdfmztwq2lknnwg23tpoa"
#define ORDER    "ord_mfrggzdfmztwq2lknnwg23tpoa"
#define SECRET   "a secret of 16 bytes or more"

static const int64_t until = 1900000000123;

static const char *token_for(struct arena *arena, const char *channel)
{
    return shopper_token(arena, SECRET,
                         &(struct shopper_claim){
                             .customer_id = CUSTOMER, .expires_at = until, .channel = channel });
}

static void comes_back_as_it_went(void **state)
{
    static const char *const channels[] = { "", "w", "we", "web",
                                            "abcdefghijklmnopqrstuvwxyz012345" };
    struct arena *arena = arena_new(1 << 18);

    (void)state;
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        struct shopper_claim claim = { 0 };
        const char *token = token_for(arena, channels[i]);

        assert_non_null(token);
        assert_int_equal(
            strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            strlen(token));
        assert_true(shopper_token_read(arena, SECRET, token, &claim));
        assert_string_equal(claim.customer_id, CUSTOMER);
        assert_string_equal(claim.channel, channels[i]);
        assert_int_equal(claim.expires_at, until);
        assert_false(shopper_token_read(arena, "another secret of some length", token, &claim));
    }
    arena_free(arena);
}

/* Every character counts, and none can be left out or added. */
static void a_changed_token_is_none(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    const char *token = token_for(arena, "web");
    struct shopper_claim claim;

    (void)state;
    for (size_t at = 0; at < strlen(token); at++) {
        char *other = arena_copy_text(arena, token, strlen(token));

        other[at] = other[at] == 'A' ? 'B' : 'A';
        assert_false(shopper_token_read(arena, SECRET, other, &claim));
        other[at] = '\0';
        assert_false(shopper_token_read(arena, SECRET, other, &claim));
    }
    assert_false(shopper_token_read(arena, SECRET, text_format(arena, "%sA", token), &claim));
    arena_free(arena);
}

/* The secret signs links to questions, too: one of them opens nothing here. */
static void a_link_to_a_question_is_none(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    struct shopper_claim claim;
    const char *link = choice_token(arena, SECRET, ORDER, until);

    (void)state;
    assert_false(shopper_token_read(
        arena, SECRET, text_format(arena, "%s%s", SHOPPER_TOKEN_PREFIX, link), &claim));
    arena_free(arena);
}

static void who_is_no_customer_gets_none(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    const struct shopper_claim wrong[] = {
        { ORDER, until, "web" },
        { "cus_", until, "web" },
        { CUSTOMER, until, "a-channel-whose-code-is-too-long-for-one" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(shopper_token(arena, SECRET, &wrong[i]));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_went),
        cmocka_unit_test(a_changed_token_is_none),
        cmocka_unit_test(a_link_to_a_question_is_none),
        cmocka_unit_test(who_is_no_customer_gets_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
