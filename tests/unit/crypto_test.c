/* crypto_test.c - published vectors, and that base64 has one spelling. */
#include "common/crypto.h"

#include "common/arena.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_hex(const unsigned char digest[SHA256_BYTES], const char *want)
{
    char text[2 * SHA256_BYTES + 1];

    text_hex(digest, SHA256_BYTES, text);
    assert_string_equal(text, want);
}

/* FIPS 180-4 examples */
static void digests(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    unsigned char digest[SHA256_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sha256(cases[i].text, strlen(cases[i].text), digest);
        assert_hex(digest, cases[i].want);
    }
}

/* RFC 4231 test cases 1, 2 and 6, and an empty key */
static void digests_with_a_key(void **state)
{
    unsigned char key[131], digest[SHA256_BYTES];

    (void)state;
    memset(key, 0x0b, 20);
    hmac_sha256(key, 20, "Hi There", 8, digest);
    assert_hex(digest, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest);
    assert_hex(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac_sha256(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
                digest);
    assert_hex(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    hmac_sha256(NULL, 0, "", 0, digest);
    assert_hex(digest, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void compares(void **state)
{
    (void)state;
    assert_true(equal_constant_time("abc", "abc", 3));
    assert_false(equal_constant_time("abc", "abd", 3));
    assert_false(equal_constant_time("\0b", "\0c", 2));
    assert_true(equal_constant_time("abc", "abd", 2));
    assert_true(equal_constant_time("", "x", 0));
}

static void draws_different_bytes(void **state)
{
    unsigned char first[32] = { 0 }, second[32] = { 0 };

    (void)state;
    random_bytes(first, sizeof first);
    random_bytes(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    random_bytes(second, 0);
}

/* RFC 4648 part 10 */
static const struct {
    const char *bytes, *text;
} vectors[] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
};

static void encodes_and_decodes(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    unsigned char every[256];
    size_t length;

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const char *bytes = vectors[i].bytes;
        assert_string_equal(base64_encode(arena, bytes, strlen(bytes)), vectors[i].text);
        assert_string_equal(base64_decode(arena, vectors[i].text, &length), bytes);
        assert_int_equal(length, strlen(bytes));
    }
    for (size_t i = 0; i < sizeof every; i++)
        every[i] = (unsigned char)i;
    for (size_t count = 0; count <= sizeof every; count++) {
        const unsigned char *back =
            base64_decode(arena, base64_encode(arena, every, count), &length);
        assert_int_equal(length, count);
        assert_memory_equal(back, every, count);
    }
    arena_free(arena);
}

static void refuses_what_is_not_base64(void **state)
{
    static const char *const wrong[] = {
        "Z",        "Zg",    "Zg=",  "Zg===",        "=",
        "==",       "===",   "====", "Zm9v\n",       " Zm9v",
        "Zm9v    ", "Zm 9v", "Zm-_", "Zg=a",         "Z===",
        "=Zg=",     "Zh==",  "Zm9=", "Zm9vZg==Zm9v", "Zm9v\xc3\xa4\xc3\xa4",
    };
    struct arena *arena = arena_new(1 << 20);
    size_t length = 4711;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_null(base64_decode(arena, wrong[i], &length));
    assert_int_equal(length, 4711);
    arena_free(arena);
}

static void encodes_for_addresses(void **state)
{
    static const unsigned char bytes[] = { 0xfb, 0xff, 0xfe, 0x01 };
    struct arena *arena = arena_new(4096);
    size_t length = 0;

    (void)state;
    assert_string_equal(base64url_encode(arena, bytes, sizeof bytes), "-__-AQ");
    assert_string_equal(base64url_encode(arena, bytes, 3), "-__-");
    assert_memory_equal(base64url_decode(arena, "-__-AQ", &length), bytes, sizeof bytes);
    assert_int_equal(length, sizeof bytes);
    static const char *const wrong[] = { "-__-AQ==", "+//+AQ", "-__-A", "-__-AR", "-__-A*" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(base64url_decode(arena, wrong[i], &length));
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests),
        cmocka_unit_test(digests_with_a_key),
        cmocka_unit_test(compares),
        cmocka_unit_test(draws_different_bytes),
        cmocka_unit_test(encodes_and_decodes),
        cmocka_unit_test(refuses_what_is_not_base64),
        cmocka_unit_test(encodes_for_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
