/* stripe.c - Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>], over "<seconds>.<body>".
 *
 * The secret is used as it is written, whsec_ and all.  Several v1 stand there while a secret is being changed.
 */
#include "services/gateway/webhook_provider.h"

#include "common/text.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"

#include <string.h>

enum { STAMP_LENGTH_MAX = 15, SIGNATURES_MAX = 8 };

/* The time of the signature with a dot behind it; false when there is none, or one outside of the window. */
static bool read_stamp(const struct webhook_call *call, char ret[STAMP_LENGTH_MAX + 2])
{
    const char *at = call->signature;
    int64_t stamp_s = 0;

    while (at != NULL && strncmp(at, "t=", 2) != 0) {
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    size_t length = at == NULL ? 0 : strspn(at + 2, "0123456789");
    if (length == 0 || length > STAMP_LENGTH_MAX) {
        return false;
    }
    memcpy(ret, at + 2, length);
    ret[length] = '\0';
    if (!text_to_int(ret, &stamp_s)) {
        return false;
    }
    memcpy(ret + length, ".", 2);
    int64_t age_s = call->now_s - stamp_s;
    return age_s <= WEBHOOK_WINDOW_S && age_s >= -WEBHOOK_WINDOW_S;
}

bool stripe_is_genuine(const struct webhook_call *call, const char *secret)
{
    char stamp[STAMP_LENGTH_MAX + 2];
    bool genuine = false;

    if (!read_stamp(call, stamp)) {
        return false;
    }
    const char *at = call->signature;
    for (int i = 0; at != NULL && i < SIGNATURES_MAX; i++) {
        if (strncmp(at, "v1=", 3) == 0 && webhook_digest_is(call, secret, stamp, at + 3)) {
            genuine = true;
        }
        at = strchr(at, ',');
        at = at == NULL ? NULL : at + 1;
    }
    return genuine;
}

const char *stripe_subject_of(struct arena *arena, const struct webhook_call *call)
{
    struct violations violations = { .count = 0 };
    struct stripe_subject subject;

    return stripe_subject_decode(arena, call->body, call->body_length, &subject, &violations) == OK
               ? subject.data.object.metadata.order_id
               : NULL;
}
