/* order_identity.h - the public id of an order follows from who submits it and under which name.
 *
 * It is the first half of SHA-256 over (channel, channel_order_ref), else over (channel,
 * Idempotency-Key): the gateway can answer with the id before anything is published, and what is
 * submitted twice is one order.  A reference and a key that read alike are different names.
 * Thread-safe; nothing allocates.
 */
#ifndef KERVAN_COMMON_ORDER_IDENTITY_H
#define KERVAN_COMMON_ORDER_IDENTITY_H

#include "common/id.h"

/* What a submission goes by; NULL where it was not given. */
struct order_name {
    const char *channel; /* of the caller, not what the body claims */
    const char *channel_order_ref;
    const char *idempotency_key;
};

/* False, and *ret unchanged, when there is no channel, or neither reference nor key. */
bool order_identity(const struct order_name *name, struct order_id_text *ret);

#endif
