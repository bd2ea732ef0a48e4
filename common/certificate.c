/* certificate.c - chains of certificates and signatures, as libcrypto proves them.
 *
 * What fails for want of memory is refused like what is forged: nothing is let in by it.
 */
#include "common/certificate.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

enum {
    CHAIN_LENGTH_MAX = 8,
    STRENGTH_LEVEL = 2 /* of OpenSSL: 112 bits, so RSA of 2048 and no SHA-1 in the chain */
};

struct certificate_roots {
    X509_STORE *store;
};

struct certificate {
    STACK_OF(X509) * chain; /* the certificate first, its root last */
};

/* --- Roots ------------------------------------------------------------------------------------- */

static bool load(X509_STORE *store, const char *file)
{
    return store != NULL && (file[0] == '\0' ? X509_STORE_set_default_paths(store)
                                             : X509_STORE_load_file(store, file)) == 1;
}

enum err certificate_roots_open(struct ctx *ctx, const char *file, struct certificate_roots **ret)
{
    struct certificate_roots *roots = calloc(1, sizeof *roots);

    if (roots != NULL)
        roots->store = X509_STORE_new();
    if (roots == NULL || !load(roots->store, file)) {
        (void)certificate_roots_close(roots);
        ERR_clear_error();
        return err_set(ctx, ERR_FATAL, "no root certificates in \"%s\"",
                       file[0] == '\0' ? "the system's place for them" : file);
    }
    *ret = roots;
    return OK;
}

struct certificate_roots *certificate_roots_close(struct certificate_roots *roots)
{
    if (roots == NULL)
        return NULL;
    X509_STORE_free(roots->store);
    free(roots);
    return NULL;
}

/* --- Certificates ------------------------------------------------------------------------------ */

/* All that stand in the text, the first one first; NULL where there is none, or too many. */
static STACK_OF(X509) * read_all(const char *pem, size_t length)
{
    BIO *bytes = length > INT_MAX ? NULL : BIO_new_mem_buf(pem, (int)length);
    STACK_OF(X509) *all = sk_X509_new_null();
    X509 *next = NULL;

    while (bytes != NULL && all != NULL && sk_X509_num(all) <= CHAIN_LENGTH_MAX &&
           (next = PEM_read_bio_X509(bytes, NULL, NULL, NULL)) != NULL) {
        if (sk_X509_push(all, next) == 0)
            X509_free(next);
    }
    (void)BIO_free(bytes);
    if (all == NULL || sk_X509_num(all) == 0 || sk_X509_num(all) > CHAIN_LENGTH_MAX) {
        sk_X509_pop_free(all, X509_free);
        return NULL;
    }
    return all;
}

static bool set_terms(X509_STORE_CTX *proof, const struct certificate_claim *claim)
{
    X509_VERIFY_PARAM *terms = X509_STORE_CTX_get0_param(proof);

    X509_VERIFY_PARAM_set_time(terms, (time_t)claim->now_s);
    X509_VERIFY_PARAM_set_depth(terms, CHAIN_LENGTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(terms, STRENGTH_LEVEL);
    /* Who signs is named by the subject in some certificates, and by the list of names in others. */
    X509_VERIFY_PARAM_set_hostflags(terms, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(terms, claim->name, 0) == 1;
}

/* The proven chain; NULL, and *ret_reason, where it cannot be proven. */
static STACK_OF(X509) * prove(const struct certificate_roots *roots, STACK_OF(X509) * all,
                              const struct certificate_claim *claim, const char **ret_reason)
{
    X509_STORE_CTX *proof = X509_STORE_CTX_new();
    STACK_OF(X509) *chain = NULL;

    *ret_reason = "no memory";
    if (proof != NULL &&
        X509_STORE_CTX_init(proof, roots->store, sk_X509_value(all, 0), all) == 1 &&
        set_terms(proof, claim)) {
        if (X509_verify_cert(proof) == 1)
            chain = X509_STORE_CTX_get1_chain(proof);
        *ret_reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(proof));
    }
    X509_STORE_CTX_free(proof);
    return chain;
}

static bool is_rsa(const X509 *leaf)
{
    EVP_PKEY *key = X509_get0_pubkey(leaf);

    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
}

enum err certificate_read(struct ctx *ctx, const struct certificate_roots *roots,
                          const struct certificate_claim *claim, struct certificate **ret)
{
    STACK_OF(X509) *all = read_all(claim->pem, claim->length);
    STACK_OF(X509) *chain = NULL;
    struct certificate *certificate = calloc(1, sizeof *certificate);
    const char *reason = "it is no certificate in PEM";

    assert(claim->name[0] != '\0');
    if (all != NULL && !is_rsa(sk_X509_value(all, 0))) {
        reason = "its key is none of RSA";
    } else if (all != NULL && certificate != NULL) {
        chain = prove(roots, all, claim, &reason);
    }
    sk_X509_pop_free(all, X509_free);
    ERR_clear_error();
    if (chain == NULL) {
        free(certificate);
        return err_set(ctx, ERR_INPUT, "the certificate does not count: %s", reason);
    }
    certificate->chain = chain;
    *ret = certificate;
    return OK;
}

struct certificate *certificate_free(struct certificate *certificate)
{
    if (certificate == NULL)
        return NULL;
    sk_X509_pop_free(certificate->chain, X509_free);
    free(certificate);
    return NULL;
}

bool certificate_is_valid(const struct certificate *certificate, int64_t now_s)
{
    bool valid = true;

    for (int i = 0; i < sk_X509_num(certificate->chain); i++) {
        const X509 *link = sk_X509_value(certificate->chain, i);

        valid = valid && X509_cmp_time(X509_get0_notBefore(link), &(time_t){ now_s }) < 0 &&
                X509_cmp_time(X509_get0_notAfter(link), &(time_t){ now_s }) > 0;
    }
    return valid;
}

bool certificate_signed(const struct certificate *certificate, const void *bytes, size_t length,
                        const unsigned char *signature, size_t signature_length)
{
    EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(certificate->chain, 0));
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool same = digest != NULL && key != NULL &&
                EVP_DigestVerifyInit(digest, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(digest, signature, signature_length, bytes, length) == 1;

    EVP_MD_CTX_free(digest);
    ERR_clear_error();
    return same;
}
