/* gateway_webhook_test.c - signatures of providers, with digests made by Python's hmac.
 *
 * links: gateway
 */
#include "services/gateway/webhook.h"

#include "common/arena.h"
#include "services/gateway/signers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
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

static void expect(const char *value, bool so)
{
    if (!so) {
        fail_msg("\"%s\"", value == NULL ? "absent" : value);
    }
}

/* A call of PayPal's that is whole. */
static struct webhook_call paypal_call(void)
{
    return (struct webhook_call){ .signature = "c2lnbmF0dXJl",
                                  .others = { [PAYPAL_ID] = "69cd13f0-d67a-11e5-baa3-778b53f4ae55",
                                              [PAYPAL_TIME] = "2023-11-14T22:13:20Z",
                                              [PAYPAL_CERTIFICATE] = "https://a.example/CERT-1",
                                              [PAYPAL_ALGORITHM] = "SHA256withRSA" },
                                  .body = body,
                                  .body_length = strlen(body),
                                  .now_s = STAMP_S };
}

static void paypal_headers(void **state)
{
    enum { SIGNATURE = 4 };
    static const struct {
        const char *value;
        int header;
        bool whole;
    } cases[] = {
        { "SHA256withRSA", PAYPAL_ALGORITHM, true },
        { "SHA1withRSA", PAYPAL_ALGORITHM, false },
        { "none", PAYPAL_ALGORITHM, false },
        { NULL, PAYPAL_ALGORITHM, false },
        { NULL, PAYPAL_ID, false },
        { "", PAYPAL_ID, false },
        { "a|b", PAYPAL_ID, false },
        { "a b", PAYPAL_ID, false },
        { "a\x01", PAYPAL_ID, false },
        { "01234567890123456789012345678901234567890123456789", PAYPAL_ID, true },
        { "012345678901234567890123456789012345678901234567890", PAYPAL_ID, false },
        { NULL, PAYPAL_CERTIFICATE, false },
        { "", PAYPAL_CERTIFICATE, false },
        { NULL, SIGNATURE, false },
        { "", SIGNATURE, false },
        { NULL, PAYPAL_TIME, false },
        { "", PAYPAL_TIME, false },
        { "1700000000", PAYPAL_TIME, false },
        { "2023-11-14T22:13:20", PAYPAL_TIME, false },
        { "2023-11-14T22:13:20Z|", PAYPAL_TIME, false },
        { "2023-11-15T00:13:20.123456789+02:00", PAYPAL_TIME, true },
        { "2023-11-14T22:18:20Z", PAYPAL_TIME, true }, /* five minutes ahead */
        { "2023-11-14T22:18:21Z", PAYPAL_TIME, false },
        { "2023-11-11T22:08:20Z", PAYPAL_TIME, true }, /* a try of three days ago */
        { "2023-11-11T22:08:19Z", PAYPAL_TIME, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_call call = paypal_call();

        if (cases[i].header == SIGNATURE) {
            call.signature = cases[i].value;
        } else {
            call.others[cases[i].header] = cases[i].value;
        }
        expect(cases[i].value, paypal_call_is_whole(&call) == cases[i].whole);
    }
}

/* CRC-32 as Python's zlib has it. */
static void paypal_text(void **state)
{
    static const struct {
        const char *body, *crc;
    } cases[] = { { body, "1605423149" }, { "", "0" }, { "123456789", "3421780262" } };
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_call call = paypal_call();
        char wanted[256];

        call.body = cases[i].body;
        call.body_length = strlen(cases[i].body);
        (void)snprintf(
            wanted, sizeof wanted,
            "69cd13f0-d67a-11e5-baa3-778b53f4ae55|2023-11-14T22:13:20Z|1JE4291016473214C|%s",
            cases[i].crc);
        assert_string_equal(paypal_signed_text(arena, &call, "1JE4291016473214C"), wanted);
    }
    arena_free(arena);
}

#define RAZORPAY_SECRET "razorpay-secret-01"
#define RAZORPAY_DIGEST "421647d1e9d7fd0e9316e0cd655e34d192ba2c47fb9756d281dcac0d56fe3c9f"

static void razorpay_signatures(void **state)
{
    static const struct {
        const char *signature;
        bool genuine;
    } cases[] = {
        { RAZORPAY_DIGEST, true },      { ZEROS, false }, { "sha256=" RAZORPAY_DIGEST, false },
        { RAZORPAY_DIGEST "0", false }, { "", false },    { NULL, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_call call = call_with(cases[i].signature);

        assert_int_equal(razorpay_is_genuine(&call, RAZORPAY_SECRET), cases[i].genuine);
        assert_int_equal(
            webhook_is_genuine(razorpay_is_genuine, &call, "old-secret-000000 " RAZORPAY_SECRET),
            cases[i].genuine);
        assert_false(razorpay_is_genuine(&call, EASYPOST_SECRET));
    }
}

static const char *razorpay_subject(struct arena *arena, const char *text)
{
    const struct webhook_call call = { .body = text, .body_length = strlen(text) };

    return razorpay_subject_of(arena, &call);
}

static void razorpay_subjects(void **state)
{
    struct arena *arena = arena_new(65536);

    (void)state;
    assert_string_equal(
        razorpay_subject(arena, "{\"payload\":{\"payment\":{\"entity\":{\"notes\":{\"kervan\":"
                                "\"1,ord_mfrggzdfmztwq2lknnwg23tpoa-P1\"}}}}}"),
        "ord_mfrggzdfmztwq2lknnwg23tpoa");
    assert_string_equal(
        razorpay_subject(arena,
                         "{\"payload\":{\"payment\":{\"entity\":{\"notes\":[]}},\"refund\":"
                         "{\"entity\":{\"notes\":{\"kervan\":\"1,ord_mfrggzdfmztwq2lknnwg23tpoa-P1,"
                         "ord_mfrggzdfmztwq2lknnwg23tpoa-B1\"}}}}}"),
        "ord_mfrggzdfmztwq2lknnwg23tpoa");
    assert_null(razorpay_subject(arena, "{\"payload\":{\"payment\":{\"entity\":{\"notes\":[]}}}}"));
    assert_null(razorpay_subject(
        arena, "{\"payload\":{\"payment\":{\"entity\":{\"notes\":{\"kervan\":\"1\"}}}}}"));
    assert_null(razorpay_subject(arena, "{\"payload\":[]}"));
    arena_free(arena);
}

static void places_of_certificates(void **state)
{
    static const char ours[] =
        "https://api.paypal.com/v1/notifications/certs/ https://127.0.0.1:8443/certs/";
    static const struct {
        const char *address;
        bool ours;
    } cases[] = {
        { "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77", true },
        { "https://127.0.0.1:8443/certs/CERT-1", true },
        { "https://api.paypal.com/v1/notifications/certs/", false },
        { "http://api.paypal.com/v1/notifications/certs/CERT-1", false },
        { "https://api.paypal.com/v1/notifications/certs/../../evil", false },
        { "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1", false },
        { "https://api.paypal.com/v1/notifications/certs/CERT-1#x", false },
        { "https://api.paypal.com/v1/notifications/certs/CERT%2d1", false },
        { "https://api.paypal.com/v1/notifications/certs/a/b", false },
        { "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1", false },
        { "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1", false },
        { "https://evil.example/https://api.paypal.com/v1/notifications/certs/CERT-1", false },
        { "HTTPS://API.PAYPAL.COM/v1/notifications/certs/CERT-1", false },
        { "https://127.0.0.1:84/certs/CERT-1", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(cases[i].address, signers_address_is_ours(ours, cases[i].address) == cases[i].ours);
    }
    assert_true(signers_addresses_are_good(ours));
    assert_true(signers_addresses_are_good("https://a/"));
    assert_false(signers_addresses_are_good(""));
    assert_false(signers_addresses_are_good("https:///"));
    assert_false(signers_addresses_are_good("https://a"));
    assert_false(signers_addresses_are_good("http://a/"));
    assert_false(signers_addresses_are_good("https://a/ b/"));
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
        { paypal_subject_of,
          "{\"resource\":{\"custom_id\":\"1,ord_mfrggzdfmztwq2lknnwg23tpoa-P1\"}}",
          "ord_mfrggzdfmztwq2lknnwg23tpoa" },
        { paypal_subject_of,
          "{\"resource\":{\"custom_id\":\"1,ord_mfrggzdfmztwq2lknnwg23tpoa-P1,"
          "ord_mfrggzdfmztwq2lknnwg23tpoa-B1\"}}",
          "ord_mfrggzdfmztwq2lknnwg23tpoa" },
        { paypal_subject_of,
          "{\"resource\":{\"purchase_units\":[{\"custom_id\":"
          "\"1/ord_mfrggzdfmztwq2lknnwg23tpoa-P1\"}]}}",
          "ord_mfrggzdfmztwq2lknnwg23tpoa" },
        { paypal_subject_of,
          "{\"resource\":{\"disputed_transactions\":[{\"custom\":"
          "\"1/ord_mfrggzdfmztwq2lknnwg23tpoa-P1\"}]}}",
          "ord_mfrggzdfmztwq2lknnwg23tpoa" },
        { paypal_subject_of, "{\"resource\":{\"custom_id\":\"17\"}}", NULL },
        { paypal_subject_of, "{\"resource\":{\"custom_id\":\"1/order\"}}", NULL },
        { paypal_subject_of, "{\"resource\":{\"custom_id\":null}}", NULL },
        { paypal_subject_of, "{}", NULL },
        { paypal_subject_of, "", NULL },
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
        cmocka_unit_test(stripe_signatures),      cmocka_unit_test(stripe_window),
        cmocka_unit_test(easypost_signatures),    cmocka_unit_test(two_secrets),
        cmocka_unit_test(secrets_of_settings),    cmocka_unit_test(what_an_event_is_about),
        cmocka_unit_test(paypal_headers),         cmocka_unit_test(paypal_text),
        cmocka_unit_test(razorpay_signatures),    cmocka_unit_test(razorpay_subjects),
        cmocka_unit_test(places_of_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
