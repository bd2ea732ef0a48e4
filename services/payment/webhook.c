/* webhook.c - finds the provider whose scheme a webhook follows, and has it read. */
#include "services/payment/webhook.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "proto/payment.h"
#include "services/payment/dispute.h"
#include "services/payment/provider_calls.h"
#include "services/payment/told.h"

enum { NEED_BYTES_MAX = 4 * 1024 * 1024 };

/* NULL where a webhook says nothing to us. */
static const struct news *read(struct arena *arena, const struct incoming_message *in)
{
    const struct payment_webhook *message = in->message;
    size_t length = 0;
    const unsigned char *body = base64_decode(arena, message->webhook.body, &length);

    return body == NULL ? NULL
                        : provider_read_webhook(arena, message->webhook.provider,
                                                (const char *)body, length);
}

const char *webhook_lane_key(struct arena *arena, const struct incoming_message *in)
{
    const struct news *news = read(arena, in);

    return news == NULL ? NULL : news->kind == NEWS_DISPUTE ? news->dispute_ref : news->order_id;
}

void webhook_need(const struct incoming_message *in, struct rows *rows)
{
    struct arena *arena = arena_new(NEED_BYTES_MAX);

    const struct news *news = read(arena, in);

    if (news != NULL && news->kind != NEWS_DISPUTE) {
        told_need(news, rows);
    }
    arena_free(arena);
}

void on_webhook(struct decision *out, const struct incoming_message *in)
{
    const struct news *news = read(out->arena, in);

    if (news != NULL && news->kind == NEWS_DISPUTE) {
        dispute_look(out, ((const struct payment_webhook *)in->message)->webhook.provider,
                     news->dispute_ref);
    } else {
        told(out, news);
    }
}
