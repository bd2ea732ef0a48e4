/* shopper_token.c - makes and checks tokens of shoppers. */
#include "services/gateway/shopper_token.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/id.h"
#include "common/text.h"

#include <string.h>

static const char domain[] = "shopper ", customer_prefix[] = "cus_", order_prefix[] = "ord_";

enum {
    DOMAIN_BYTES = sizeof domain - 1,
    PREFIX_LENGTH = sizeof customer_prefix - 1,
    INSTANT_BYTES = 8,
    FIXED_BYTES = ORDER_ID_BYTES + INSTANT_BYTES,
    CLAIM_BYTES_MAX = FIXED_BYTES + SHOPPER_CHANNEL_LENGTH_MAX,
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

/* A customer's id is that of an order with another beginning. */
static bool id_parse(struct arena *arena, const char *customer_id, unsigned char *ret)
{
    return text_starts_with(customer_id, customer_prefix) &&
           order_id_parse(text_format(arena, "%s%s", order_prefix, customer_id + PREFIX_LENGTH),
                          ret);
}

const char *shopper_token(struct arena *arena, const char *secret,
                          const struct shopper_claim *claim)
{
    size_t channel_length = strlen(claim->channel), length = FIXED_BYTES + channel_length;
    unsigned char bytes[TOKEN_BYTES_MAX];

    if (channel_length > SHOPPER_CHANNEL_LENGTH_MAX ||
        !id_parse(arena, claim->customer_id, bytes)) {
        return NULL;
    }
    for (int i = 0; i < INSTANT_BYTES; i++) {
        bytes[ORDER_ID_BYTES + i] =
            (unsigned char)((uint64_t)claim->expires_at >> (8 * (INSTANT_BYTES - 1 - i)));
    }
    memcpy(bytes + FIXED_BYTES, claim->channel, channel_length);
    sign(secret, bytes, length, bytes + length);
    return text_format(arena, "%s%s", SHOPPER_TOKEN_PREFIX,
                       base64url_encode(arena, bytes, length + SHA256_BYTES));
}

/* Its bytes, or NULL when it is none. */
static const unsigned char *decode(struct arena *arena, const char *token, size_t *ret_length)
{
    const char *text = token + strlen(SHOPPER_TOKEN_PREFIX);

    if (!text_starts_with(token, SHOPPER_TOKEN_PREFIX) || strlen(text) > TOKEN_LENGTH_MAX) {
        return NULL;
    }
    const unsigned char *bytes = base64url_decode(arena, text, ret_length);
    bool fits = bytes != NULL && *ret_length >= FIXED_BYTES + SHA256_BYTES &&
                *ret_length <= TOKEN_BYTES_MAX;
    return fits ? bytes : NULL;
}

bool shopper_token_read(struct arena *arena, const char *secret, const char *token,
                        struct shopper_claim *ret)
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
        expires_at = expires_at << 8 | bytes[ORDER_ID_BYTES + i];
    }
    struct order_id_text id = order_id_format(bytes);
    ret->customer_id = text_format(arena, "%s%s", customer_prefix, id.text + strlen(order_prefix));
    ret->expires_at = (int64_t)expires_at;
    ret->channel = arena_copy_text(arena, (const char *)bytes + FIXED_BYTES, length - FIXED_BYTES);
    return true;
}
