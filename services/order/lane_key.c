/* lane_key.c - derives the id of a submission's order, as the gateway did before it published it. */
#include "services/order/lane_key.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/order_identity.h"
#include "common/text.h"
#include "proto/order.h"

#include <stdio.h>
#include <string.h>

enum { DIGEST_NAME_BYTES = (int)sizeof "malformed/" + SHA256_BYTES * 2 };

/* A name that no Idempotency-Key can be, because it has a slash behind a word of ours and 64 digits. */
static const char *name_by_bytes(struct arena *arena, const struct incoming_message *in)
{
    const unsigned char *digest = in->digest;
    char name[DIGEST_NAME_BYTES] = "malformed/";

    for (size_t i = 0; i < SHA256_BYTES; i++) {
        (void)snprintf(name + strlen("malformed/") + 2 * i, 3, "%02x", digest[i]);
    }
    return text_format(arena, "%s", name);
}

static const char *order_id_of(struct arena *arena, const struct incoming_message *in,
                               struct order_name name)
{
    struct order_id_text *id = arena_alloc(arena, sizeof *id);
    bool nameless = name.channel_order_ref == NULL && name.idempotency_key == NULL;

    if (nameless && in->channel != NULL && in->reply.request_id == NULL) {
        name.idempotency_key = name_by_bytes(arena, in);
    }
    return order_identity(&name, id) ? id->text : NULL;
}

const char *order_submit_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_submit *submit = in->message;

    return order_id_of(arena, in,
                       (struct order_name){
                           .channel = in->channel != NULL ? in->channel : submit->channel,
                           .channel_order_ref = submit->channel_order_ref,
                           .idempotency_key = in->idempotency_key,
                       });
}

const char *order_malformed_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_malformed *malformed = in->message;

    return order_id_of(arena, in,
                       (struct order_name){ .channel = in->channel,
                                            .channel_order_ref = malformed->channel_order_ref,
                                            .idempotency_key = in->idempotency_key });
}

const char *order_cancel_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_cancel *cancel = in->message;

    (void)arena;
    return cancel->order_id;
}
