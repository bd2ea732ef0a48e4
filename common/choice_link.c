/* choice_link.c - makes and checks tokens of links. */
#include "common/choice_link.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/id.h"

#include <assert.h>
#include <string.h>

enum {
    INSTANT_BYTES = 8,
    SIGNED_BYTES = ORDER_ID_BYTES + INSTANT_BYTES,
    TOKEN_BYTES = SIGNED_BYTES + SHA256_BYTES
};
_Static_assert((TOKEN_BYTES * 4 + 2) / 3 == CHOICE_TOKEN_LENGTH, "base64 without padding");

static void sign(const char *secret, unsigned char *bytes)
{
    hmac_sha256(secret, strlen(secret), bytes, SIGNED_BYTES, bytes + SIGNED_BYTES);
}

const char *choice_token(struct arena *arena, const char *secret, const char *order_id,
                         int64_t expires_at)
{
    unsigned char bytes[TOKEN_BYTES];
    bool valid = order_id_parse(order_id, bytes);

    assert(valid);
    (void)valid;
    for (int i = 0; i < INSTANT_BYTES; i++) {
        bytes[ORDER_ID_BYTES + i] =
            (unsigned char)((uint64_t)expires_at >> (8 * (INSTANT_BYTES - 1 - i)));
    }
    sign(secret, bytes);
    return base64url_encode(arena, bytes, sizeof bytes);
}

/* The bytes of a token, or NULL when it is none. */
static unsigned char *decode(struct arena *arena, const char *token)
{
    size_t length = 0;
    unsigned char *bytes =
        strlen(token) == CHOICE_TOKEN_LENGTH ? base64url_decode(arena, token, &length) : NULL;

    return length == TOKEN_BYTES ? bytes : NULL;
}

bool choice_token_read(struct arena *arena, const char *secret, const char *token,
                       struct choice *ret)
{
    const unsigned char *bytes = decode(arena, token);
    unsigned char own[TOKEN_BYTES];
    uint64_t expires_at = 0;

    if (bytes == NULL) {
        return false;
    }
    memcpy(own, bytes, SIGNED_BYTES);
    sign(secret, own);
    if (!equal_constant_time(own + SIGNED_BYTES, bytes + SIGNED_BYTES, SHA256_BYTES)) {
        return false;
    }
    for (int i = 0; i < INSTANT_BYTES; i++) {
        expires_at = expires_at << 8 | bytes[ORDER_ID_BYTES + i];
    }
    struct order_id_text order_id = order_id_format(bytes);
    ret->order_id = arena_copy_text(arena, order_id.text, strlen(order_id.text));
    ret->expires_at = (int64_t)expires_at;
    return true;
}
