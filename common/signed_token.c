/* signed_token.c - says and checks claims. */
#include "common/signed_token.h"

#include "common/arena.h"
#include "common/crypto.h"

#include <assert.h>
#include <string.h>

enum { TOKEN_LENGTH_MAX = (SIGNED_CLAIM_BYTES_MAX + SHA256_BYTES + 2) / 3 * 4 };

static void sign(const char *secret, const char *purpose, struct bytes claim,
                 unsigned char ret[SHA256_BYTES])
{
    unsigned char said[SIGNED_PURPOSE_LENGTH_MAX + SIGNED_CLAIM_BYTES_MAX];
    size_t purpose_length = strlen(purpose);

    assert(purpose_length <= SIGNED_PURPOSE_LENGTH_MAX && claim.length <= SIGNED_CLAIM_BYTES_MAX);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes, whose number is known */
    memcpy(said, purpose, purpose_length);
    memcpy(said + purpose_length, claim.bytes, claim.length);
    hmac_sha256(secret, strlen(secret), said, purpose_length + claim.length, ret);
}

const char *signed_token(struct arena *arena, const char *secret, const char *purpose,
                         struct bytes claim)
{
    unsigned char bytes[SIGNED_CLAIM_BYTES_MAX + SHA256_BYTES];

    sign(secret, purpose, claim, bytes + claim.length);
    memcpy(bytes, claim.bytes, claim.length);
    return base64url_encode(arena, bytes, claim.length + SHA256_BYTES);
}

bool signed_token_read(struct arena *arena, const char *secret, const char *purpose,
                       const char *token, struct bytes *ret_claim)
{
    unsigned char own[SHA256_BYTES];
    size_t length = 0;
    const unsigned char *bytes =
        strlen(token) <= TOKEN_LENGTH_MAX ? base64url_decode(arena, token, &length) : NULL;

    if (bytes == NULL || length < SHA256_BYTES || length > SIGNED_CLAIM_BYTES_MAX + SHA256_BYTES) {
        return false;
    }
    const struct bytes claim = { bytes, length - SHA256_BYTES };
    sign(secret, purpose, claim, own);
    if (!equal_constant_time(own, bytes + claim.length, SHA256_BYTES)) {
        return false;
    }
    *ret_claim = claim;
    return true;
}
