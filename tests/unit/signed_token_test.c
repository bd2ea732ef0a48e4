/* signed_token_test.c - a claim comes back as it was said, and under no other secret or purpose.
 *
 * links: common
 */
#include "common/signed_token.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SECRET "a secret of 16 bytes or more"

static struct bytes claim_of(const char *text)
{
    return (struct bytes){ (const unsigned char *)text, strlen(text) };
}

static void claims_of_every_length_come_back(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    unsigned char said[SIGNED_CLAIM_BYTES_MAX];

    (void)state;
    memset(said, 0xa5, sizeof said);
    for (size_t length = 0; length <= sizeof said; length++) {
        struct bytes read = { NULL, 0 };
        const char *token = signed_token(arena, SECRET, "test ", (struct bytes){ said, length });

        assert_true(signed_token_read(arena, SECRET, "test ", token, &read));
        assert_int_equal(read.length, length);
        assert_memory_equal(read.bytes, said, length);
    }
    arena_free(arena);
}

static void another_secret_or_purpose_is_refused(void **state)
{
    struct arena *arena = arena_new(1 << 16);
    const char *token = signed_token(arena, SECRET, "test ", claim_of("claim"));
    struct bytes read;

    (void)state;
    assert_true(signed_token_read(arena, SECRET, "test ", token, &read));
    assert_false(signed_token_read(arena, "another secret of some length", "test ", token, &read));
    assert_false(signed_token_read(arena, SECRET, "", token, &read));
    assert_false(signed_token_read(arena, SECRET, "other ", token, &read));
    arena_free(arena);
}

static void no_character_can_be_another_one(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    const char *token = signed_token(arena, SECRET, "test ", claim_of("claim"));
    struct bytes read;

    (void)state;
    for (size_t at = 0; at < strlen(token); at++) {
        char *other = arena_copy_text(arena, token, strlen(token));

        other[at] = other[at] == 'A' ? 'B' : 'A';
        assert_false(signed_token_read(arena, SECRET, "test ", other, &read));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_of_every_length_come_back),
        cmocka_unit_test(another_secret_or_purpose_is_refused),
        cmocka_unit_test(no_character_can_be_another_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
