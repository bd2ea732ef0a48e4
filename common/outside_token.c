/* outside_token.c - access tokens: kept, doubted, waited for. */
#include "common/outside_token.h"

#include "common/arena.h"
#include "proto/payment_codec.h"

#include <stdlib.h>
#include <string.h>

enum {
    STATUS_OK = 200,
    SCRATCH_BYTES_MAX = 1 << 20,
    CALL_BYTES_MAX = 1 << 22,
    YOUNG_MS = 5000 /* answers of so long ago may still be about the one before */
};
/* It is renewed so long before its end, or at half its life. */
static const int64_t early_ms = 60000;

const char *outside_token_value(const struct outside_token *token, int64_t now_ms)
{
    return token->value != NULL && now_ms < token->until_ms ? token->value : NULL;
}

static const char *copy(struct arena *memory, const char *text)
{
    return text == NULL ? NULL : arena_copy_text(memory, text, strlen(text));
}

void outside_token_wait(struct outside_token *token, const struct outside_call *call)
{
    struct arena *memory = arena_new_small(CALL_BYTES_MAX);
    struct waiting_call *waiting = arena_alloc(memory, sizeof *waiting);
    struct waiting_call **end = &token->first;

    *waiting = (struct waiting_call){ .memory = memory, .call = *call };
    waiting->call.request.method = copy(memory, call->request.method);
    waiting->call.request.path = copy(memory, call->request.path);
    waiting->call.request.headers = copy(memory, call->request.headers);
    waiting->call.request.body = NULL;
    if (call->request.body_length > 0) {
        waiting->call.request.body =
            arena_copy(memory, call->request.body, call->request.body_length);
    }
    waiting->call.key = copy(memory, call->key);
    waiting->call.trace = copy(memory, call->trace);
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = waiting;
}

struct waiting_call *outside_token_next(struct outside_token *token)
{
    struct waiting_call *waiting = token->first;

    if (waiting != NULL) {
        token->first = waiting->next;
    }
    return waiting;
}

void outside_token_free_call(struct waiting_call *waiting)
{
    arena_free(waiting->memory);
}

static void forget(struct outside_token *token)
{
    free(token->value);
    token->value = NULL;
}

bool outside_token_take(struct outside_token *token, const struct http_end *end, int64_t now_ms)
{
    static const char scheme[] = "Bearer ";
    struct arena *scratch = arena_new(SCRATCH_BYTES_MAX);
    struct violations violations = { .count = 0 };
    struct oauth_token answer;

    forget(token);
    if (end->fate == HTTP_ANSWERED && end->status == STATUS_OK &&
        oauth_token_decode(scratch, end->body, end->body_length, &answer, &violations) == OK) {
        int64_t life_ms = answer.expires_in * 1000;
        size_t length = strlen(answer.access_token);

        token->value = malloc(sizeof scheme + length);
        if (token->value != NULL) {
            memcpy(token->value, scheme, sizeof scheme - 1);
            memcpy(token->value + sizeof scheme - 1, answer.access_token, length + 1);
        }
        token->since_ms = now_ms;
        token->until_ms = now_ms + (life_ms > 2 * early_ms ? life_ms - early_ms : life_ms / 2);
    }
    arena_free(scratch);
    return token->value != NULL;
}

void outside_token_doubt(struct outside_token *token, int64_t now_ms)
{
    if (token->value != NULL && now_ms - token->since_ms >= YOUNG_MS) {
        forget(token);
    }
}

void outside_token_release(struct outside_token *token)
{
    struct waiting_call *waiting = NULL;

    while ((waiting = outside_token_next(token)) != NULL) {
        outside_token_free_call(waiting);
    }
    if (token->refused != NULL) {
        http_end_free(token->refused);
    }
    forget(token);
}
