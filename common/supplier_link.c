/* supplier_link.c - makes and checks tokens of links to suppliers. */
#include "common/supplier_link.h"

#include "common/arena.h"
#include "common/crypto.h"

#include <string.h>

static const char domain[] = "supplier ";

enum {
    DOMAIN_BYTES = sizeof domain - 1,
    INSTANT_BYTES = 8,
    CLAIM_BYTES_MAX = INSTANT_BYTES + SUPPLIER_ORDER_ID_LENGTH_MAX,
    TOKEN_BYTES_MAX = CLAIM_BYTES_MAX + SHA256_BYTES,
    TOKEN_LENGTH_MAX = (TOKEN_BYTES_MAX + 2) / 3 * 4
};

static void sign(const char *secret, const unsigned char *claim, size_t length,
                 unsigned char ret[SHA256_BYTES])
{
    unsigned char bytes[DOMAIN_BYTES + CLAIM_BYTES_MAX];

    memcpy(bytes, domain, DOMAIN_BYTES);
    memcpy(bytes + DOMAIN_BYTES, claim, length);
    hmac_sha256(secret, strlen(secret), bytes, DOMAIN_BYTES + length, ret);
}

const char *supplier_token(struct arena *arena, const char *secret, const char *purchase_order_id,
                           int64_t expires_at)
{
    size_t id_length = strlen(purchase_order_id), length = INSTANT_BYTES + id_length;
    unsigned char bytes[TOKEN_BYTES_MAX];

    if (id_length == 0 || id_length > SUPPLIER_ORDER_ID_LENGTH_MAX) {
        return NULL;
    }
    for (int i = 0; i < INSTANT_BYTES; i++) {
        bytes[i] = (unsigned char)((uint64_t)expires_at >> (8 * (INSTANT_BYTES - 1 - i)));
    }
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes, whose number is known */
    memcpy(bytes + INSTANT_BYTES, purchase_order_id, id_length);
    sign(secret, bytes, length, bytes + length);
    return base64url_encode(arena, bytes, length + SHA256_BYTES);
}

/* Its bytes, or NULL when it is none. */
static const unsigned char *decode(struct arena *arena, const char *token, size_t *ret_length)
{
    const unsigned char *bytes =
        strlen(token) <= TOKEN_LENGTH_MAX ? base64url_decode(arena, token, ret_length) : NULL;
    bool fits = bytes != NULL && *ret_length > INSTANT_BYTES + SHA256_BYTES &&
                *ret_length <= TOKEN_BYTES_MAX;
    return fits ? bytes : NULL;
}

bool supplier_token_read(struct arena *arena, const char *secret, const char *token,
                         struct supplier_link *ret)
{
    size_t length = 0;
    const unsigned char *bytes = decode(arena, token, &length);
    unsigned char own[SHA256_BYTES];
    uint64_t expires_at = 0;

    if (bytes == NULL) {
        return false;
    }
    length -= SHA256_BYTES;
    sign(secret, bytes, length, own);
    if (!equal_constant_time(own, bytes + length, SHA256_BYTES)) {
        return false;
    }
    for (int i = 0; i < INSTANT_BYTES; i++) {
        expires_at = expires_at << 8 | bytes[i];
    }
    ret->purchase_order_id =
        arena_copy_text(arena, (const char *)bytes + INSTANT_BYTES, length - INSTANT_BYTES);
    ret->expires_at = (int64_t)expires_at;
    return true;
}
