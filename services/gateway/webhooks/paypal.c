/* paypal.c - PAYPAL-TRANSMISSION-SIG: RSA with SHA-256 over "<id>|<time>|<our webhook's id>|<CRC-32 of the body>".
 *
 * Who signed is said by PAYPAL-CERT-URL, and proven by signers.c.  An event is tried for three days, and it is not said that each
 * try is stamped anew: so long it counts.  A replay meanwhile looks like a try; whoever takes the event knows it by its id.
 */
#include "services/gateway/webhook_provider.h"

#include "common/instant.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"

#include <string.h>

enum {
    ID_LENGTH_MAX = 50,
    TIME_LENGTH_MAX = 100,
    SIGNATURE_LENGTH_MAX = 1400, /* of RSA with 8,192 bits */
    CERTIFICATE_LENGTH_MAX = 500,
    TRIES_S = 3 * 24 * 60 * 60,
    BYTE_BITS = 8
};

/* IEEE 802.3, as zlib computes it. */
static uint32_t crc32_of(const char *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < BYTE_BITS; bit++) {
            crc = crc >> 1 ^ (UINT32_C(0xEDB88320) & (0 - (crc & 1)));
        }
    }
    return ~crc;
}

/* Visible ASCII, and no bar: the bars of the signed text are ours. */
static bool is_word(const char *text, size_t length_max)
{
    size_t length = text == NULL ? 0 : strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (text[i] < '!' || text[i] > '~' || text[i] == '|') {
            return false;
        }
    }
    return length > 0 && length <= length_max;
}

static bool is_of_these_days(const struct webhook_call *call)
{
    const char *time = call->others[PAYPAL_TIME];
    int64_t at_ms = 0;

    if (!is_word(time, TIME_LENGTH_MAX) || !instant_parse(time, strlen(time), &at_ms)) {
        return false;
    }
    int64_t age_s = call->now_s - at_ms / 1000;
    return age_s <= TRIES_S + WEBHOOK_WINDOW_S && age_s >= -WEBHOOK_WINDOW_S;
}

bool paypal_call_is_whole(const struct webhook_call *call)
{
    return is_word(call->signature, SIGNATURE_LENGTH_MAX) &&
           is_word(call->others[PAYPAL_ID], ID_LENGTH_MAX) && is_of_these_days(call) &&
           is_word(call->others[PAYPAL_CERTIFICATE], CERTIFICATE_LENGTH_MAX) &&
           text_equal(call->others[PAYPAL_ALGORITHM], "SHA256withRSA");
}

const char *paypal_signed_text(struct arena *arena, const struct webhook_call *call,
                               const char *webhook_id)
{
    return text_format(arena, "%s|%s|%s|%lu", call->others[PAYPAL_ID], call->others[PAYPAL_TIME],
                       webhook_id, (unsigned long)crc32_of(call->body, call->body_length));
}

const char *paypal_subject_of(struct arena *arena, const struct webhook_call *call)
{
    struct violations violations = { .count = 0 };
    struct paypal_subject subject;

    if (paypal_subject_decode(arena, call->body, call->body_length, &subject, &violations) != OK) {
        return NULL;
    }
    const char *ours = subject.resource.purchase_units_count > 0
                           ? subject.resource.purchase_units[0].custom_id
                           : subject.resource.custom_id;

    if (subject.resource.disputed_transactions_count > 0) {
        ours = subject.resource.disputed_transactions[0].custom;
    }
    return webhook_order_of(arena, ours, ",/"); /* older ones have slashes */
}
