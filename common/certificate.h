/* certificate.h - X.509 certificates of who signs what they send us, and what they signed; over OpenSSL's libcrypto.
 *
 * A certificate comes as PEM with those of its issuers behind it, from somebody whom we do not trust: it counts when its chain
 * ends at a root of ours, all of the chain is valid at the time, and it bears the name that is asked for.  Thread-safe: what was
 * opened or read does not change any more.
 */
#ifndef KERVAN_COMMON_CERTIFICATE_H
#define KERVAN_COMMON_CERTIFICATE_H

#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct certificate_roots;
struct certificate;

/* Those of a file in PEM, or with "" those of the system.  ERR_FATAL where the file has none. */
enum err certificate_roots_open(struct ctx *ctx, const char *file,
                                struct certificate_roots **ret) MUST_USE;
/* Takes NULL; returns NULL. */
struct certificate_roots *certificate_roots_close(struct certificate_roots *roots);

/* What somebody says that he is. */
struct certificate_claim {
    const char *pem;
    size_t length;
    const char *name; /* that it must bear */
    int64_t now_s;
};
/* ERR_INPUT, with the reason as detail, where it does not count. */
enum err certificate_read(struct ctx *ctx, const struct certificate_roots *roots,
                          const struct certificate_claim *claim, struct certificate **ret) MUST_USE;
/* Takes NULL; returns NULL. */
struct certificate *certificate_free(struct certificate *certificate);

/* Whether all of its chain is valid at `now_s`. */
bool certificate_is_valid(const struct certificate *certificate, int64_t now_s);
/* Whether its owner signed these bytes: SHA-256 with RSA (PKCS #1 v1.5). */
bool certificate_signed(const struct certificate *certificate, const void *bytes, size_t length,
                        const unsigned char *signature, size_t signature_length);

#endif
