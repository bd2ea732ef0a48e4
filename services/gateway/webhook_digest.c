/* webhook_digest.c - the keyed digest that providers sign with, compared in constant time. */
#include "services/gateway/webhook_provider.h"

#include "common/buffer.h"
#include "common/crypto.h"
#include "common/text.h"

#include <string.h>

enum { DIGEST_HEX_LENGTH = 2 * SHA256_BYTES, SIGNED_BYTES_MAX = 1 << 20 };

bool webhook_digest_is(const struct webhook_call *call, const char *secret, const char *prefix,
                       const char *hex)
{
    unsigned char digest[SHA256_BYTES];
    char wanted[DIGEST_HEX_LENGTH + 1];
    struct buffer text;

    if (strspn(hex, "0123456789abcdef") < DIGEST_HEX_LENGTH) {
        return false;
    }
    buffer_init(&text, SIGNED_BYTES_MAX);
    buffer_append_text(&text, prefix);
    buffer_append(&text, call->body, call->body_length);
    hmac_sha256(secret, strlen(secret), text.length > 0 ? text.bytes : "", text.length, digest);
    text_hex(digest, sizeof digest, wanted);
    bool same = !text.overflowed && equal_constant_time(wanted, hex, DIGEST_HEX_LENGTH);
    buffer_release(&text);
    return same;
}
