/* razorpay.c - X-Razorpay-Signature: hex of HMAC-SHA256 over the body alone.
 *
 * There is no time in it, so a replay looks like the first call: whoever takes the event knows it by its id.  What is tried
 * again is signed with the secret of its time, so that two secrets are good while one is being changed.
 */
#include "services/gateway/webhook_provider.h"

#include "proto/gateway.h"
#include "proto/gateway_codec.h"

#include <string.h>

enum { DIGEST_LENGTH = 64 };

bool razorpay_is_genuine(const struct webhook_call *call, const char *secret)
{
    return call->signature != NULL && strlen(call->signature) == DIGEST_LENGTH &&
           webhook_digest_is(call, secret, "", call->signature);
}

const char *razorpay_subject_of(struct arena *arena, const struct webhook_call *call)
{
    struct violations violations = { .count = 0 };
    struct razorpay_subject subject;

    if (razorpay_subject_decode(arena, call->body, call->body_length, &subject, &violations) !=
        OK) {
        return NULL;
    }
    const struct razorpay_subject_payload_refund *refund = subject.payload.refund;
    const struct razorpay_subject_payload_payment *payment = subject.payload.payment;
    const char *order = NULL;

    if (refund != NULL && refund->entity.notes != NULL) {
        order = webhook_order_of(arena, refund->entity.notes->kervan, ",");
    }
    if (order == NULL && payment != NULL && payment->entity.notes != NULL) {
        order = webhook_order_of(arena, payment->entity.notes->kervan, ",");
    }
    return order;
}
