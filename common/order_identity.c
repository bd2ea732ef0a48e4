/* order_identity.c - hashes what names a submission. */
#include "common/order_identity.h"

#include "common/crypto.h"

#include <stdio.h>

/* Longer names differ in what is cut off, so they are none: 32, 128 and the two words between fit well. */
enum { NAME_BYTES_MAX = 256 };

bool order_identity(const struct order_name *name, struct order_id_text *ret)
{
    bool by_ref = name->channel_order_ref != NULL;
    const char *value = by_ref ? name->channel_order_ref : name->idempotency_key;
    unsigned char digest[SHA256_BYTES];
    char text[NAME_BYTES_MAX];

    if (name->channel == NULL || value == NULL) {
        return false;
    }
    /* A channel holds no line break, so the three parts cannot be cut differently. */
    int length =
        snprintf(text, sizeof text, "%s\n%s\n%s", name->channel, by_ref ? "ref" : "key", value);
    if (length < 0 || length >= (int)sizeof text) {
        return false;
    }
    sha256(text, (size_t)length, digest);
    *ret = order_id_format(digest);
    return true;
}
