/* gateway_identity_test.c - API keys, Idempotency-Keys, ids of requests, waits and scopes from what callers write.
 *
 * links: gateway
 */
#include "services/gateway/api_key.h"
#include "services/gateway/identity.h"
#include "services/gateway/scopes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ID     "0123456789abcdef"
#define SECRET "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void api_keys(void **state)
{
    static const char *const wrong[] = {
        "",
        "kvn_live_",
        "kvn_live_" ID,
        "kvn_live_" ID "_",
        "kvn_live_" ID "_" SECRET "0",
        "kvn_live_0" ID "_" SECRET,
        "kvn_live_" ID "-" SECRET,
        "kvn_test_" ID "_" SECRET,
        "kvn_live_0123456789ABCDEF_" SECRET,
        " kvn_live_" ID "_" SECRET,
        "kvn_live_" ID "_" SECRET " ",
    };
    struct api_key key;

    (void)state;
    assert_true(api_key_parse("kvn_live_" ID "_" SECRET, &key));
    assert_string_equal(key.id, ID);
    assert_string_equal(key.secret, SECRET);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(api_key_parse(wrong[i], &key));
    }
}

static void authorization_headers(void **state)
{
    (void)state;
    assert_string_equal(bearer_credentials("Bearer abc"), "abc");
    assert_string_equal(bearer_credentials("bearer  abc"), "abc");
    assert_null(bearer_credentials("Bearer"));
    assert_null(bearer_credentials("Bearer "));
    assert_null(bearer_credentials("Bearerabc"));
    assert_null(bearer_credentials("Basic abc"));
    assert_null(bearer_credentials(NULL));
}

static void fill(char *text, size_t length)
{
    memset(text, 'k', length);
    text[length] = '\0';
}

static void idempotency_keys(void **state)
{
    static const struct {
        const char *header, *key; /* NULL: refused */
    } cases[] = {
        { "8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324" },
        { "\"8e03\"", "8e03" },
        { "\"a\\\"b\\\\c\"", "a\"b\\c" },
        { "a\"b", "a\"b" },
        { "", NULL },
        { "\"\"", NULL },
        { "\"", NULL },
        { "\"a", NULL },
        { "\"a\"b", NULL },
        { "\"a\\b\"", NULL },
        { "\"a\\", NULL },
        { "a b", NULL },
        { "\"a b\"", NULL },
        { "a\tb", NULL },
        { "\xc3\xa9", NULL },
    };
    struct idempotency_key key;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(idempotency_key_parse(cases[i].header, &key), cases[i].key != NULL);
        if (cases[i].key != NULL) {
            assert_string_equal(key.text, cases[i].key);
        }
    }
}

static void long_idempotency_keys(void **state)
{
    char header[KEY_LENGTH_MAX + 4];
    struct idempotency_key key, other;

    (void)state;
    fill(header, 100);
    assert_true(idempotency_key_parse(header, &key));
    assert_string_equal(key.text, header);
    fill(header, 101);
    assert_true(idempotency_key_parse(header, &key));
    assert_string_equal(key.text,
                        "sha256-dec651a2cfdb388ffb5e01b69d4d79971b0a7af493a0865bb40784c545621354");
    fill(header, KEY_LENGTH_MAX);
    assert_true(idempotency_key_parse(header, &other));
    assert_string_not_equal(key.text, other.text);
    fill(header, KEY_LENGTH_MAX + 1);
    assert_false(idempotency_key_parse(header, &key));
    fill(header, KEY_LENGTH_MAX + 2);
    header[0] = header[KEY_LENGTH_MAX + 1] = '"';
    assert_true(idempotency_key_parse(header, &key));
    fill(header, KEY_LENGTH_MAX + 3);
    header[0] = header[KEY_LENGTH_MAX + 2] = '"';
    assert_false(idempotency_key_parse(header, &key));
}

static void request_ids(void **state)
{
    const struct request_name name = { "channel:web", "POST", "/v1/x", "key", "k1" };
    const struct request_name others[] = {
        { "channel:app", "POST", "/v1/x", "key", "k1" },
        { "channel:web", "PUT", "/v1/x", "key", "k1" },
        { "channel:web", "POST", "/v1/y", "key", "k1" },
        { "channel:web", "POST", "/v1/x", "ref", "k1" },
        { "channel:web", "POST", "/v1/x", "key", "k2" },
        { "channel:web", "POST", "/v1/x key", "", "k1" },
    };
    struct request_id id = request_id_of(&name);

    (void)state;
    assert_int_equal(strlen(id.text), REQUEST_ID_LENGTH);
    assert_memory_equal(id.text, "req_", 4);
    assert_string_equal(request_id_of(&name).text, id.text);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_string_not_equal(request_id_of(&others[i]).text, id.text);
    }
    assert_string_not_equal(request_id_mint().text, request_id_mint().text);
}

static void waits(void **state)
{
    static const struct {
        const char *header;
        int64_t wait_s;
    } cases[] = {
        { NULL, 2 },
        { "", 2 },
        { "wait=0", 0 },
        { "wait=7", 7 },
        { "Wait=30", 30 },
        { "wait=31", 30 },
        { "wait=9999999999999999", 30 },
        { "respond-async, wait=5", 5 },
        { "respond-async,wait=5; x=1", 5 },
        { "wait=", 2 },
        { "wait=-1", 2 },
        { "wait=1x", 2 },
        { "wait=99999999999999999", 2 },
        { "await=5", 2 },
        { ",,,", 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(prefer_wait_s(cases[i].header), cases[i].wait_s);
    }
}

static void scopes(void **state)
{
    (void)state;
    assert_int_equal(scopes_parse(""), 0);
    assert_int_equal(scopes_parse("orders:read"), 1U << SCOPE_ORDERS_READ);
    assert_int_equal(scopes_parse(" tasks:read  orders:write nonsense"),
                     1U << SCOPE_TASKS_READ | 1U << SCOPE_ORDERS_WRITE);
    assert_int_equal(scopes_parse("orders:rea orders:readx *"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(api_keys),         cmocka_unit_test(authorization_headers),
        cmocka_unit_test(idempotency_keys), cmocka_unit_test(long_idempotency_keys),
        cmocka_unit_test(request_ids),      cmocka_unit_test(waits),
        cmocka_unit_test(scopes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
