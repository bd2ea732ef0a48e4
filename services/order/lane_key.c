/* lane_key.c - derives the id of a submission's order, as the gateway did before it published it. */
#include "services/order/lane_key.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/id.h"
#include "common/order_identity.h"
#include "common/text.h"
#include "proto/order.h"

#include <stddef.h>
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
    struct order_id_text *id = arena_alloc(arena, sizeof *id);

    if (submit->draft_id != NULL && in->reply.request_id != NULL) { /* as submit.c says */
        return child_id_order(submit->draft_id, id) ? id->text : NULL;
    }
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

/* All of them begin with the order they are about. */
const char *order_request_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_note *request = in->message;

    (void)arena;
    return request->order_id;
}

const char *edit_confirm_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_edit_confirm *request = in->message;
    struct order_id_text *id = arena_alloc(arena, sizeof *id);

    return child_id_order(request->edit_id, id) ? id->text : NULL;
}

const char *task_decide_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct order_task_decide *request = in->message;
    struct order_id_text *id = arena_alloc(arena, sizeof *id);

    return child_id_order(request->task_id, id) ? id->text : NULL;
}

_Static_assert(offsetof(struct order_hold, order_id) == 0 &&
                   offsetof(struct order_hold_release, order_id) == 0 &&
                   offsetof(struct order_choose, order_id) == 0 &&
                   offsetof(struct order_approve, order_id) == 0 &&
                   offsetof(struct order_edit, order_id) == 0 &&
                   offsetof(struct order_erase, order_id) == 0 &&
                   offsetof(struct order_note, order_id) == 0,
               "requests about an order are read alike");
