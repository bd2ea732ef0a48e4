/* crypto.c - libcrypto behind five calls that cannot fail for a reason of their caller.
 *
 * What fails here is a lack of memory or a broken library; nothing safe can follow, so it aborts.
 */
#include "common/crypto.h"

#include "common/arena.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE64_GROUP = 4 };

static EVP_MD *sha256_method;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void require(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "libcrypto could not %s; is OpenSSL 3 installed as a whole?\n", what);
    abort();
}

/* Looking an algorithm up costs more than digesting a small message. */
static void fetch_sha256(void)
{
    sha256_method = EVP_MD_fetch(NULL, "SHA256", NULL);
    require(sha256_method != NULL, "find SHA-256");
}

void sha256(const void *bytes, size_t length, unsigned char ret[SHA256_BYTES])
{
    require(pthread_once(&sha256_once, fetch_sha256) == 0, "start");
    require(EVP_Digest(bytes, length, ret, NULL, sha256_method, NULL) == 1, "digest");
}

void hmac_sha256(const void *key, size_t key_length, const void *bytes, size_t length,
                 unsigned char ret[SHA256_BYTES])
{
    size_t written = 0;

    require(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key_length == 0 ? "" : key, key_length,
                      bytes, length, ret, SHA256_BYTES, &written) != NULL &&
                written == SHA256_BYTES,
            "compute a keyed digest");
}

bool equal_constant_time(const void *left, const void *right, size_t length)
{
    return CRYPTO_memcmp(left, right, length) == 0;
}

void random_bytes(void *ret, size_t length)
{
    assert(length <= INT_MAX);
    require(RAND_bytes(ret, (int)length) == 1, "get random bytes");
}

unsigned char *base64_decode(struct arena *arena, const char *text, size_t *ret_length)
{
    size_t length = strlen(text);
    size_t padding = 0;

    if (length > INT_MAX)
        return NULL;
    while (padding < 2 && padding < length && text[length - padding - 1] == '=')
        padding++;

    /* libcrypto skips white space around the text and takes odd bits at its end: the same text must
     * come out again. */
    unsigned char *bytes = arena_alloc(arena, length + 1);
    int decoded = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)length);
    if (decoded < 0 || (size_t)decoded < padding)
        return NULL;
    size_t count = (size_t)decoded - padding;
    if (strcmp(base64_encode(arena, bytes, count), text) != 0)
        return NULL;
    bytes[count] = '\0';
    *ret_length = count;
    return bytes;
}

static void replace(char *text, char from, char to)
{
    for (; *text != '\0'; text++) {
        if (*text == from)
            *text = to;
    }
}

const char *base64url_encode(struct arena *arena, const void *bytes, size_t length)
{
    const char *padded = base64_encode(arena, bytes, length);
    char *text = arena_copy_text(arena, padded, strlen(padded));

    replace(text, '+', '-');
    replace(text, '/', '_');
    replace(text, '=', '\0');
    return text;
}

unsigned char *base64url_decode(struct arena *arena, const char *text, size_t *ret_length)
{
    size_t length = strlen(text);
    size_t padded_length = (length + BASE64_GROUP - 1) / BASE64_GROUP * BASE64_GROUP;

    if (strpbrk(text, "+/=") != NULL)
        return NULL;
    char *padded = arena_alloc(arena, padded_length + 1);
    memcpy(padded, text, length);
    memset(padded + length, '=', padded_length - length);
    padded[padded_length] = '\0';
    replace(padded, '-', '+');
    replace(padded, '_', '/');
    return base64_decode(arena, padded, ret_length);
}
