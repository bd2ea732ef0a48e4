/* easypost.c - X-Hmac-Signature: hmac-sha256-hex=<hex>, over the body alone.
 *
 * There is no time in it, so a replay looks like the first call: whoever takes the event knows it by its id.
 * EasyPost decomposes letters with accents in a secret first (NFKD); settings let only ASCII in, where that changes
 * nothing.
 */
#include "services/gateway/webhook_provider.h"

#include "common/text.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"

#include <string.h>

bool easypost_is_genuine(const struct webhook_call *call, const char *secret)
{
    static const char scheme[] = "hmac-sha256-hex=";

    return call->signature != NULL && text_starts_with(call->signature, scheme) &&
           webhook_digest_is(call, secret, "", call->signature + strlen(scheme));
}

const char *easypost_subject_of(struct arena *arena, const struct webhook_call *call)
{
    struct violations violations = { .count = 0 };
    struct easypost_subject subject;

    return easypost_subject_decode(arena, call->body, call->body_length, &subject, &violations) ==
                   OK
               ? subject.result.tracking_code
               : NULL;
}
