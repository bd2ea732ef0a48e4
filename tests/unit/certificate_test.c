/* certificate_test.c - chains that count and those that do not, and what their owners signed. */
#include "common/certificate.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAME "messageverificationcerts.paypal.com"

enum { NOW_S = 1800000000, DAY_S = 86400, TEXT_MAX = 65536, STRONG = 2048, WEAK = 1024 };

struct owner {
    EVP_PKEY *key;
    X509 *certificate;
};

/* How a certificate is made. */
struct terms {
    const char *subject, *name; /* its common name, and the name in its list of names, if any */
    bool issues;
    int from_day, to_day; /* around NOW_S */
    int bits;             /* of RSA; 0: a key of elliptic curves */
};

static struct {
    struct owner root, stranger, issuer, stale_issuer;
    struct certificate_roots *roots;
    struct ctx ctx;
} world;

static void extend(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static struct owner make(const struct terms *terms, const struct owner *issuer)
{
    static int64_t serial = 0;
    struct owner made = { .certificate = X509_new() };
    X509_NAME *subject = X509_get_subject_name(made.certificate);
    char names[256];

    made.key = terms->bits == 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen((unsigned)terms->bits);
    const struct owner *by = issuer == NULL ? &made : issuer;
    assert_int_equal(X509_set_version(made.certificate, 2), 1);
    (void)ASN1_INTEGER_set_int64(X509_get_serialNumber(made.certificate), ++serial);
    (void)ASN1_TIME_set(X509_getm_notBefore(made.certificate),
                        (time_t)NOW_S + (time_t)terms->from_day * DAY_S);
    (void)ASN1_TIME_set(X509_getm_notAfter(made.certificate),
                        (time_t)NOW_S + (time_t)terms->to_day * DAY_S);
    (void)X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                     (const unsigned char *)terms->subject, -1, -1, 0);
    (void)X509_set_issuer_name(made.certificate, X509_get_subject_name(by->certificate));
    (void)X509_set_pubkey(made.certificate, made.key);
    extend(made.certificate, NID_basic_constraints,
           terms->issues ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (terms->name != NULL) {
        (void)snprintf(names, sizeof names, "DNS:%s", terms->name);
        extend(made.certificate, NID_subject_alt_name, names);
    }
    assert_true(X509_sign(made.certificate, by->key, EVP_sha256()) > 0);
    return made;
}

static void end(struct owner *owner)
{
    EVP_PKEY_free(owner->key);
    X509_free(owner->certificate);
}

/* Certificates in PEM, one behind the other; NULL ends them. */
static size_t write_pem(char text[TEXT_MAX], const struct owner *const *owners)
{
    BIO *bytes = BIO_new(BIO_s_mem());
    int length = 0;

    for (; *owners != NULL; owners++) {
        assert_int_equal(PEM_write_bio_X509(bytes, (*owners)->certificate), 1);
    }
    length = BIO_read(bytes, text, TEXT_MAX - 1);
    (void)BIO_free(bytes);
    text[length > 0 ? length : 0] = '\0';
    return length > 0 ? (size_t)length : 0;
}

static int set_up(void **state)
{
    static const struct terms authority = { "Root", NULL, true, -100, 100, STRONG };
    static const struct terms issuer = { "Issuer", NULL, true, -50, 50, STRONG };
    static const struct terms stale = { "Issuer of old", NULL, true, -50, -1, STRONG };
    char text[TEXT_MAX];
    char path[64];
    FILE *file = tmpfile();

    (void)state;
    world.root = make(&authority, NULL);
    world.stranger = make(&authority, NULL);
    world.issuer = make(&issuer, &world.root);
    world.stale_issuer = make(&stale, &world.root);
    size_t length = write_pem(text, (const struct owner *const[]){ &world.root, NULL });
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fflush(file), 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    assert_int_equal(certificate_roots_open(&world.ctx, path, &world.roots), OK);
    return fclose(file);
}

static int tear_down(void **state)
{
    (void)state;
    world.roots = certificate_roots_close(world.roots);
    end(&world.root);
    end(&world.stranger);
    end(&world.issuer);
    end(&world.stale_issuer);
    return 0;
}

static enum err read_chain(const struct owner *const *owners, int64_t now_s,
                           struct certificate **ret)
{
    static char text[TEXT_MAX];
    const struct certificate_claim claim = {
        .pem = text, .length = write_pem(text, owners), .name = NAME, .now_s = now_s
    };

    return certificate_read(&world.ctx, world.roots, &claim, ret);
}

static void expect(const char *what, bool so)
{
    if (!so) {
        fail_msg("a certificate %s: %s", what, world.ctx.detail);
    }
}

static void which_count(void **state)
{
    static const struct {
        const char *what;
        struct terms terms;
        const struct owner *issuer;
        bool counts;
    } cases[] = {
        { "named by its subject", { NAME, NULL, false, -1, 1, STRONG }, &world.issuer, true },
        { "named by its list", { "PayPal", NAME, false, -1, 1, STRONG }, &world.issuer, true },
        { "of the root itself", { NAME, NULL, false, -1, 1, STRONG }, &world.root, true },
        { "of a stranger", { NAME, NULL, false, -1, 1, STRONG }, &world.stranger, false },
        { "of itself", { NAME, NULL, false, -1, 1, STRONG }, NULL, false },
        { "of another name", { "x.paypal.com", NULL, false, -1, 1, STRONG }, &world.issuer, false },
        { "of a longer name",
          { NAME ".example", NULL, false, -1, 1, STRONG },
          &world.issuer,
          false },
        { "of all names", { "*.paypal.com", NULL, false, -1, 1, STRONG }, &world.issuer, false },
        { "of yesterday", { NAME, NULL, false, -2, -1, STRONG }, &world.issuer, false },
        { "of tomorrow", { NAME, NULL, false, 1, 2, STRONG }, &world.issuer, false },
        { "of an issuer of yesterday",
          { NAME, NULL, false, -1, 1, STRONG },
          &world.stale_issuer,
          false },
        { "of a weak key", { NAME, NULL, false, -1, 1, WEAK }, &world.issuer, false },
        { "of another sort of key", { NAME, NULL, false, -1, 1, 0 }, &world.issuer, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct certificate *read = NULL;
        struct owner leaf = make(&cases[i].terms, cases[i].issuer);
        const struct owner *chain[] = { &leaf, cases[i].issuer, NULL };
        enum err err = read_chain(chain, NOW_S, &read);

        expect(cases[i].what, err == (cases[i].counts ? OK : ERR_INPUT));
        read = certificate_free(read);
        end(&leaf);
    }
}

static void who_may_issue(void **state)
{
    static const struct terms terms = { NAME, NULL, false, -1, 1, STRONG };
    struct certificate *read = NULL;
    struct owner middle = make(&terms, &world.issuer), leaf = make(&terms, &middle);
    struct owner whole = make(&terms, &world.issuer);
    const struct owner *by_a_leaf[] = { &leaf, &middle, &world.issuer, NULL };
    const struct owner *without_issuer[] = { &whole, NULL };
    const struct owner *in_disorder[] = { &world.issuer, &whole, NULL };
    const struct owner *too_many[] = { &whole, &world.issuer, &whole, &whole, &whole,
                                       &whole, &whole,        &whole, &whole, NULL };

    (void)state;
    assert_int_equal(read_chain(by_a_leaf, NOW_S, &read), ERR_INPUT);
    assert_int_equal(read_chain(without_issuer, NOW_S, &read), ERR_INPUT);
    assert_int_equal(read_chain(in_disorder, NOW_S, &read), ERR_INPUT);
    assert_int_equal(read_chain(too_many, NOW_S, &read), ERR_INPUT);
    end(&middle);
    end(&leaf);
    end(&whole);
}

static void what_is_no_certificate(void **state)
{
    static const char *const texts[] = {
        "",
        "<html>no</html>",
        "-----BEGIN CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n",
    };
    struct certificate *read = NULL;
    struct certificate_roots *roots = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct certificate_claim claim = {
            .pem = texts[i], .length = strlen(texts[i]), .name = NAME, .now_s = NOW_S
        };

        assert_int_equal(certificate_read(&world.ctx, world.roots, &claim, &read), ERR_INPUT);
    }
    assert_int_equal(certificate_roots_open(&world.ctx, "/dev/null", &roots), ERR_FATAL);
    assert_int_equal(certificate_roots_open(&world.ctx, "/no/such/file", &roots), ERR_FATAL);
}

static void how_long_it_counts(void **state)
{
    static const struct terms terms = { NAME, NULL, false, -1, 1, STRONG };
    static const struct terms long_terms = { NAME, NULL, false, -1, 80, STRONG };
    struct certificate *brief = NULL, *lasting = NULL;
    struct owner one = make(&terms, &world.issuer), other = make(&long_terms, &world.issuer);

    (void)state;
    assert_int_equal(
        read_chain((const struct owner *const[]){ &one, &world.issuer, NULL }, NOW_S, &brief), OK);
    assert_int_equal(
        read_chain((const struct owner *const[]){ &other, &world.issuer, NULL }, NOW_S, &lasting),
        OK);
    assert_true(certificate_is_valid(brief, NOW_S + DAY_S - 1));
    assert_false(certificate_is_valid(brief, NOW_S + DAY_S + 1));
    assert_false(certificate_is_valid(brief, NOW_S - DAY_S - 1));
    assert_true(certificate_is_valid(lasting, NOW_S + 49 * DAY_S));
    assert_false(certificate_is_valid(lasting, NOW_S + 51 * DAY_S)); /* its issuer's end */
    brief = certificate_free(brief);
    lasting = certificate_free(lasting);
    end(&one);
    end(&other);
}

static size_t sign(const struct owner *owner, const char *text, unsigned char signature[512])
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    size_t length = 512;

    assert_int_equal(EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, owner->key), 1);
    assert_int_equal(
        EVP_DigestSign(digest, signature, &length, (const unsigned char *)text, strlen(text)), 1);
    EVP_MD_CTX_free(digest);
    return length;
}

static void what_was_signed(void **state)
{
    static const struct terms terms = { NAME, NULL, false, -1, 1, STRONG };
    static const char text[] = "id|2027-01-15T08:00:00Z|WH|1";
    struct owner owner = make(&terms, &world.issuer);
    struct certificate *read = NULL;
    unsigned char signature[512], others[512];
    size_t length = sign(&owner, text, signature);
    size_t others_length = sign(&world.root, text, others);

    (void)state;
    assert_int_equal(
        read_chain((const struct owner *const[]){ &owner, &world.issuer, NULL }, NOW_S, &read), OK);
    assert_true(certificate_signed(read, text, strlen(text), signature, length));
    assert_false(certificate_signed(read, text, strlen(text) - 1, signature, length));
    assert_false(certificate_signed(read, text, strlen(text), signature, length - 1));
    assert_false(certificate_signed(read, text, strlen(text), signature, 0));
    assert_false(certificate_signed(read, text, strlen(text), others, others_length));
    signature[7] ^= 1;
    assert_false(certificate_signed(read, text, strlen(text), signature, length));
    read = certificate_free(read);
    end(&owner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_count),        cmocka_unit_test(who_may_issue),
        cmocka_unit_test(how_long_it_counts), cmocka_unit_test(what_is_no_certificate),
        cmocka_unit_test(what_was_signed),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
