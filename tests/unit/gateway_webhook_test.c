/* gateway_webhook_test.c - signatures of providers, with digests made by Python's hmac.
 *
 * links: gateway
 */
#include "services/gateway/webhook.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define STRIPE_SECRET   "whsec_0123456789abcdef"
#define EASYPOST_SECRET "easypost-secret-0001"
#define STRIPE_DIGEST   "7136b05bb16d42c2ecad2b6615bd48669060a18729965bc86fb1604a7fa8ed85"
#define EASYPOST_DIGEST "618977ecaf5655adc5b97edb2b96efd34d340640faf6f536c0f31aa6389e156c"
#define ZEROS           "0000000000000000000000000000000000000000000000000000000000000000"

enum { STAMP_S = 1700000000 };

static const char body[] = "{\"id\":\"evt_1\",\"name\":\"\xc3\x87"
                           "elik\"}";

static struct webhook_call call_with(const char *signature)
{
    return (struct webhook_call){
        .signature = signature, .body = body, .body_length = strlen(body), .now_s = STAMP_S
    };
}

static void stripe_signatures(void **state)
{
    static const struct {
        const char *signature;
        bool genuine;
    } cases[] = {
        { "t=1700000000,v1=" STRIPE_DIGEST, true },
        { "t=1700000000,v0=" ZEROS ",v1=" ZEROS ",v1=" STRIPE_DIGEST, true },
        { "v1=" STRIPE_DIGEST ",t=1700000000", true },
        { "t=1700000000,v1=" ZEROS, false },
        { "t=1700000000,v0=" STRIPE_DIGEST, false },
        { "t=1700000001,v1=" STRIPE_DIGEST, false },
        { "t=1700000000,v1=5", false },
        { "t=1700000000,v1=", false },
        { "t=1700000000", false },
        { "t=,v1=" STRIPE_DIGEST, false },
        { "t=99999999999999999999,v1=" STRIPE_DIGEST, false },
        { "v1=" STRIPE_DIGEST, false },
        { "", false },
        { NULL, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_call call = call_with(cases[i].signature);

        assert_int_equal(stripe_is_genuine(&call, STRIPE_SECRET), cases[i].genuine);
        assert_false(stripe_is_genuine(&call, EASYPOST_SECRET));
    }
}

static void stripe_window(void **state)
{
    static const struct {
        int64_t age_s;
        bool genuine;
    } cases[] = { { 0, true }, { 300, true }, { 301, false }, { -300, true }, { -301, false } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_call call = call_with("t=1700000000,v1=" STRIPE_DIGEST);

        call.now_s = STAMP_S + cases[i].age_s;
        assert_int_equal(stripe_is_genuine(&call, STRIPE_SECRET), cases[i].genuine);
    }
}

static void easypost_signatures(void **state)
{
    static const struct {
        const char *signature;
        bool genuine;
    } cases[] = {
        { "hmac-sha256-hex=" EASYPOST_DIGEST, true },
        { "hmac-sha256-hex=" ZEROS, false },
        { EASYPOST_DIGEST, false },
        { "hmac-sha256-hex=", false },
        { NULL, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_call call = call_with(cases[i].signature);

        assert_int_equal(easypost_is_genuine(&call, EASYPOST_SECRET), cases[i].genuine);
    }
    struct webhook_call changed = call_with(cases[0].signature);
    changed.body_length--;
    assert_false(easypost_is_genuine(&changed, EASYPOST_SECRET));
}

static void two_secrets(void **state)
{
    struct webhook_call call = call_with("hmac-sha256-hex=" EASYPOST_DIGEST);

    (void)state;
    assert_true(
        webhook_is_genuine(easypost_is_genuine, &call, EASYPOST_SECRET " another-secret-42"));
    assert_true(
        webhook_is_genuine(easypost_is_genuine, &call, "another-secret-42 " EASYPOST_SECRET));
    assert_false(webhook_is_genuine(easypost_is_genuine, &call, "another-secret-42"));
    assert_false(webhook_is_genuine(easypost_is_genuine, &call, ""));
}

static void what_an_event_is_about(void **state)
{
    static const struct {
        webhook_subject *subject;
        const char *body, *is;
    } cases[] = {
        { easypost_subject_of, "{\"id\":\"e\",\"result\":{\"tracking_code\":\"EZ1\",\"more\":1}}",
          "EZ1" },
        { easypost_subject_of, "{\"id\":\"e\",\"result\":{\"tracking_code\":\"\\u0000\"}}", NULL },
        { easypost_subject_of, "{\"id\":\"e\",\"result\":{}}", NULL },
        { easypost_subject_of, "{\"id\":\"e\",\"result\":\"EZ1\"}", NULL },
        { easypost_subject_of, "EZ1", NULL },
        { stripe_subject_of,
          "{\"data\":{\"object\":{\"metadata\":{\"order_id\":\"ord_mfrggzdfmztwq2lknnwg23tpoa\"}}}"
          "}",
          "ord_mfrggzdfmztwq2lknnwg23tpoa" },
        { stripe_subject_of, "{\"data\":{\"object\":{\"metadata\":{\"order_id\":\"17\"}}}}", NULL },
        { stripe_subject_of, "{\"data\":{\"object\":{\"metadata\":null}}}", NULL },
        { stripe_subject_of, "", NULL },
    };
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct webhook_call call = { .body = cases[i].body,
                                           .body_length = strlen(cases[i].body) };
        const char *subject = cases[i].subject(arena, &call);

        assert_int_equal(subject == NULL, cases[i].is == NULL);
        if (subject != NULL) {
            assert_string_equal(subject, cases[i].is);
        }
    }
    arena_free(arena);
}

static void secrets_of_settings(void **state)
{
    (void)state;
    assert_true(webhook_secrets_are_good(""));
    assert_true(webhook_secrets_are_good("sixteen-letters-"));
    assert_true(webhook_secrets_are_good("sixteen-letters- sixteen-letters+"));
    assert_false(webhook_secrets_are_good("too-short"));
    assert_false(webhook_secrets_are_good("sixteen-letters- too-short"));
    assert_false(webhook_secrets_are_good("sixteen-letters- sixteen-letters+ sixteen-letters*"));
    assert_false(webhook_secrets_are_good("s\xc3\xa9"
                                          "cret-sixteen-letters"));
    assert_false(webhook_secrets_are_good("sixteen-letters-\t"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stripe_signatures),   cmocka_unit_test(stripe_window),
        cmocka_unit_test(easypost_signatures), cmocka_unit_test(two_secrets),
        cmocka_unit_test(secrets_of_settings), cmocka_unit_test(what_an_event_is_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
