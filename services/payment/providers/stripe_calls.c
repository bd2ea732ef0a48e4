/* stripe_calls.c - between the bytes that Stripe sends and takes, and stripe.c, which knows what they mean. */
#include "services/payment/providers/stripe_calls.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/providers/stripe.h"

#include <string.h>

struct outside_request stripe_post(struct arena *arena, const char *path, const char *form,
                                   const char *key)
{
    return (struct outside_request){
        .method = "POST",
        .path = path,
        .headers = text_format(arena,
                               "Content-Type: application/x-www-form-urlencoded\n"
                               "Stripe-Version: " STRIPE_API_VERSION "\nIdempotency-Key: %s\n",
                               key),
        .body = form,
        .body_length = strlen(form),
    };
}

struct outside_request stripe_get(const char *path)
{
    return (struct outside_request){ .method = "GET",
                                     .path = path,
                                     .headers = "Stripe-Version: " STRIPE_API_VERSION "\n" };
}

void stripe_build(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret)
{
    struct stripe_request request = stripe_request(arena, payload);

    *ret = stripe_post(arena, request.path, request.form, key);
}

/* False when the body is not what an answer to this call looks like. */
static bool read_done(struct arena *arena, const struct payment_call *call,
                      const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct stripe_intent intent;
    struct stripe_refund refund;

    if (call->operation == PAYMENT_CALL_OPERATION_REFUND) {
        if (stripe_refund_decode(arena, end->body, end->body_length, &refund, &violations) != OK) {
            return false;
        }
        *ret = stripe_refund_outcome(&refund);
        return true;
    }
    if (stripe_intent_decode(arena, end->body, end->body_length, &intent, &violations) != OK) {
        return false;
    }
    *ret = stripe_intent_outcome(call, &intent);
    return true;
}

static enum effect_verdict read_not_done(struct arena *arena, const struct payment_call *call,
                                         const struct http_end *end, struct outcome *ret)
{
    struct violations violations;
    struct stripe_error answer;
    bool readable =
        stripe_error_decode(arena, end->body, end->body_length, &answer, &violations) == OK;

    switch (stripe_sense(end->status, readable ? &answer.error : NULL)) {
    case STRIPE_FINAL:
        *ret = stripe_no(call, &answer.error);
        return EFFECT_DONE;
    case STRIPE_NOT_YET:
        return EFFECT_AGAIN;
    case STRIPE_UNCLEAR:
        break;
    }
    return EFFECT_ASK;
}

enum effect_verdict stripe_read(struct arena *arena, const void *payload,
                                const struct http_end *end, bool asked, const void **ret_result)
{
    const struct payment_call *call = payload;
    struct outcome *outcome = arena_alloc(arena, sizeof *outcome);

    (void)asked; /* a question is the same request under the same key */
    *ret_result = outcome;
    if (end->status == 200) {
        return read_done(arena, call, end, outcome) ? EFFECT_DONE : EFFECT_ASK;
    }
    return read_not_done(arena, call, end, outcome);
}

void stripe_ask(struct arena *arena, const void *payload, const char *key,
                struct outside_request *ret)
{
    (void)key; /* a question changes nothing */
    *ret = stripe_get(stripe_ask_path(arena, payload));
}

enum effect_verdict stripe_read_asked(struct arena *arena, const void *payload,
                                      const struct http_end *end, bool asked,
                                      const void **ret_result)
{
    enum effect_verdict verdict = stripe_read(arena, payload, end, asked, ret_result);
    struct outcome *outcome = arena_alloc(arena, sizeof *outcome);

    if (verdict == EFFECT_DONE && end->status != 200) {
        *ret_result = outcome; /* it would not say: asked again later */
    }
    return verdict;
}

const struct news *stripe_read_webhook(struct arena *arena, const char *body, size_t length)
{
    struct violations violations;
    struct stripe_event event;

    if (stripe_event_decode(arena, body, length, &event, &violations) != OK) {
        return NULL;
    }
    struct news news = stripe_news(&event);

    return news.kind == NEWS_NONE ? NULL : arena_copy(arena, &news, sizeof news);
}
