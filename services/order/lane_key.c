/* lane_key.c - derives the id of a submission's order, as the gateway did before it published it. */
#include "services/order/lane_key.h"

#include "common/arena.h"
#include "common/order_identity.h"
#include "proto/order.h"

const char *order_submit_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_submit *submit = in->message;
    struct order_name name = { .channel = in->channel != NULL ? in->channel : submit->channel,
                               .channel_order_ref = submit->channel_order_ref,
                               .idempotency_key = in->idempotency_key };
    struct order_id_text *id = arena_alloc(arena, sizeof *id);

    return order_identity(&name, id) ? id->text : NULL;
}

const char *order_cancel_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_cancel *cancel = in->message;

    (void)arena;
    return cancel->order_id;
}
