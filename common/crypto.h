/* crypto.h - digests, keyed digests, random bytes and encodings, over OpenSSL's libcrypto.  Thread-safe. */
#ifndef KERVAN_COMMON_CRYPTO_H
#define KERVAN_COMMON_CRYPTO_H

#include "common/base64.h"

#include <stdbool.h>
#include <stddef.h>

enum { SHA256_BYTES = 32 };

void sha256(const void *bytes, size_t length, unsigned char ret[SHA256_BYTES]);
void hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length,
                 unsigned char ret[SHA256_BYTES]);
/* Equal in a time that depends on `length` only. */
bool equal_constant_time(const void *left, const void *right, size_t length);
/* Aborts when the system has no randomness: nothing safe can follow. */
void random_bytes(void *ret, size_t length);

/* NULL when `text` is not the one padded base64 of some bytes; *ret_length is set otherwise.  A NUL follows the bytes. */
unsigned char *base64_decode(struct arena *arena, const char *text, size_t *ret_length);
/* The same for addresses: without padding, '-' and '_' for '+' and '/' (RFC 4648 part 5). */
const char *base64url_encode(struct arena *arena, const void *bytes, size_t length);
unsigned char *base64url_decode(struct arena *arena, const char *text, size_t *ret_length);

#endif
