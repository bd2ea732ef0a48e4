/* webhook_provider.h - what the gateway knows of a provider that calls us: how it signs, and who takes its events.
 *
 * A provider is a file in webhooks/ and a row in webhook.c.  Checks are pure and compare in constant time.
 */
#ifndef KERVAN_GATEWAY_WEBHOOK_PROVIDER_H
#define KERVAN_GATEWAY_WEBHOOK_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
    WEBHOOK_WINDOW_S = 300, /* how old, or how far ahead, a signature may be */
    WEBHOOK_OTHERS_MAX = 4
};

/* A call as it came. */
struct webhook_call {
    const char *signature; /* value of the provider's signature header; NULL when absent */
    const char *others[WEBHOOK_OTHERS_MAX]; /* of its other headers; NULL when absent */
    const char *body;                       /* the raw bytes */
    size_t body_length;
    int64_t now_s; /* seconds since 1970 */
};

/* Whether the call was signed with `secret`. */
typedef bool webhook_check(const struct webhook_call *call, const char *secret);

/* HMAC-SHA256 over `prefix` (a time and a dot, or "") and the body, against a digest in hex. */
bool webhook_digest_is(const struct webhook_call *call, const char *secret, const char *prefix,
                       const char *hex);

/* The order of our name of a payment, "number,payment" with ",refund" behind it where it is one; in the arena.  `between` are
 * the characters that part it.  NULL where it names none. */
const char *webhook_order_of(struct arena *arena, const char *name, const char *between);

/* What an event is about, whose lane its service works in; NULL when that does not show.  Where it is sent otherwise the
 * service passes it on itself, which costs it another message. */
typedef const char *webhook_subject(struct arena *arena, const struct webhook_call *call);

webhook_check stripe_is_genuine;
webhook_check easypost_is_genuine;
webhook_check razorpay_is_genuine;
webhook_subject stripe_subject_of;
webhook_subject easypost_subject_of;
webhook_subject paypal_subject_of;
webhook_subject razorpay_subject_of;

/* PayPal signs with a key of its own: what must be proven, and with whose certificate. */
enum { PAYPAL_ID, PAYPAL_TIME, PAYPAL_CERTIFICATE, PAYPAL_ALGORITHM }; /* of `others` */
/* Whether all of its headers are there, of a form and a time that count. */
bool paypal_call_is_whole(const struct webhook_call *call);
/* What is signed of a whole call to the webhook that has this id there. */
const char *paypal_signed_text(struct arena *arena, const struct webhook_call *call,
                               const char *webhook_id);

#endif
