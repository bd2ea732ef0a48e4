/* bulk_lines.c - a ring of places, each with a thread that answers the line in it; the oldest is collected first. */
#include "services/gateway/bulk_lines.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "services/gateway/submission.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    /* Each waits for its outcome, so this is what one bulk adds to what waits for the order service. */
    UNDER_WAY_MAX = 32,
    BYTES_UNDER_WAY_MAX = 1 << 20,
    KEPT_BYTES_MAX = 16 * 1024, /* of a place between lines */
    WAIT_S = 5,
    STACK_BYTES = 256 * 1024,
    ARENA_BYTES = 1 << 26,
    ANSWER_BYTES_MAX = 1 << 20,
    RESULTS_BYTES_MAX = 32 << 20,
    STATUS_PROBLEM = 400,
    STATUS_FAULT = 500,
    STATUS_UNAVAILABLE = 503,
    RETRY_AFTER_S = 1
};

enum place_state { PLACE_FREE, PLACE_GIVEN, PLACE_DONE, PLACE_ENDED };

struct place {
    struct bulk_lines *lines;
    pthread_t thread;
    pthread_cond_t changed;
    bool started;
    enum place_state
        state; /* under the mutex; the rest is the thread's while it is GIVEN, else the connection's */
    struct ctx ctx;
    struct line line;
    struct buffer text, result;
    int status;
};

struct bulk_lines {
    const struct call *call;
    const char *key;
    pthread_mutex_t mutex;
    struct place places[UNDER_WAY_MAX];
    int64_t given, collected; /* lines */
    size_t bytes;             /* under way */
    struct buffer results;
    bool fails;
};

/* --- One line --------------------------------------------------------------------------------- */

static void write_result(struct place *place, const struct http_answer *answer,
                         const struct order_id_text *id)
{
    struct bulk_result result = { .line = place->line.number, .status = answer->status };

    if (answer->status >= STATUS_PROBLEM) {
        result.problem = arena_copy_text(place->ctx.arena, answer->body.bytes, answer->body.length);
    } else {
        result.order_id = id->text;
    }
    result.has_retry_after_s = answer->status == STATUS_UNAVAILABLE;
    result.retry_after_s = RETRY_AFTER_S;
    bulk_result_encode(&result, &place->result);
    buffer_append_text(&place->result, "\n");
    place->status = answer->status;
}

/* The name of a line that has none: the request's and its number. */
static const char *key_of(const struct place *place)
{
    const char *key = place->lines->key;

    return key == NULL
               ? NULL
               : text_format(place->ctx.arena, "bulk/%s/%lld", key, (long long)place->line.number);
}

static void answer_line(struct place *place)
{
    struct http_request request = *place->lines->call->request;
    struct http_answer answer = { .status = 0 };
    struct call call = *place->lines->call;
    const struct submission_terms terms = { .idempotency_key = key_of(place),
                                            .wait_s = WAIT_S,
                                            .for_bulk = true };
    struct order_id_text id = { "" };

    request.ctx = &place->ctx;
    request.body = place->text.bytes;
    request.body_length = place->line.length;
    call.request = &request;
    call.answer = &answer;
    buffer_init(&answer.body, ANSWER_BYTES_MAX);
    if (place->line.too_long) {
        call_refuse(&call, PROBLEM_TOO_LARGE,
                    text_format(place->ctx.arena, "a line may have %d bytes", BODY_BYTES_MAX));
    } else {
        submission_answer(&call, &terms, &id);
    }
    write_result(place, &answer, &id);
    buffer_release(&answer.body);
    arena_reset(place->ctx.arena);
}

static void *work(void *argument)
{
    struct place *place = argument;
    pthread_mutex_t *mutex = &place->lines->mutex;

    (void)pthread_mutex_lock(mutex);
    while (place->state != PLACE_ENDED) {
        if (place->state == PLACE_GIVEN) {
            (void)pthread_mutex_unlock(mutex);
            answer_line(place);
            (void)pthread_mutex_lock(mutex);
            place->state = PLACE_DONE;
            (void)pthread_cond_signal(&place->changed);
        } else {
            (void)pthread_cond_wait(&place->changed, mutex);
        }
    }
    (void)pthread_mutex_unlock(mutex);
    return NULL;
}

/* --- All of them ------------------------------------------------------------------------------ */

static void set_state(struct place *place, enum place_state state)
{
    (void)pthread_mutex_lock(&place->lines->mutex);
    place->state = state;
    (void)pthread_cond_signal(&place->changed);
    (void)pthread_mutex_unlock(&place->lines->mutex);
}

struct bulk_lines *bulk_lines_new(const struct call *call, const char *key)
{
    struct bulk_lines *lines = arena_alloc(call->request->ctx->arena, sizeof *lines);

    lines->call = call;
    lines->key = key;
    (void)pthread_mutex_init(&lines->mutex, NULL);
    buffer_init(&lines->results, RESULTS_BYTES_MAX);
    for (size_t i = 0; i < UNDER_WAY_MAX; i++) {
        struct place *place = &lines->places[i];

        place->lines = lines;
        (void)pthread_cond_init(&place->changed, NULL);
        buffer_init(&place->text, BODY_BYTES_MAX + 1);
        buffer_init(&place->result, ANSWER_BYTES_MAX);
    }
    return lines;
}

/* A place gets its thread with its first line: a bulk of three lines needs three. */
static void start(struct place *place)
{
    pthread_attr_t attributes;

    place->ctx.arena = arena_new(ARENA_BYTES);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    place->started = pthread_create(&place->thread, &attributes, work, place) == 0;
    (void)pthread_attr_destroy(&attributes);
}

static void end(struct place *place)
{
    if (place->started) {
        set_state(place, PLACE_ENDED);
        (void)pthread_join(place->thread, NULL);
    }
    arena_free(place->ctx.arena);
    buffer_release(&place->text);
    buffer_release(&place->result);
    (void)pthread_cond_destroy(&place->changed);
}

struct bulk_lines *bulk_lines_free(struct bulk_lines *lines)
{
    if (lines == NULL) {
        return NULL;
    }
    bulk_lines_finish(lines);
    for (size_t i = 0; i < UNDER_WAY_MAX; i++) {
        end(&lines->places[i]);
    }
    buffer_release(&lines->results);
    (void)pthread_mutex_destroy(&lines->mutex);
    return NULL;
}

static void keep_little(struct buffer *buffer)
{
    if (buffer->capacity > KEPT_BYTES_MAX) {
        buffer_release(buffer);
    } else {
        buffer_clear(buffer);
    }
}

static void collect_oldest(struct bulk_lines *lines)
{
    struct place *place = &lines->places[lines->collected++ % UNDER_WAY_MAX];

    (void)pthread_mutex_lock(&lines->mutex);
    while (place->state != PLACE_DONE) {
        (void)pthread_cond_wait(&place->changed, &lines->mutex);
    }
    place->state = PLACE_FREE;
    (void)pthread_mutex_unlock(&lines->mutex);
    buffer_append(&lines->results, place->result.bytes, place->result.length);
    lines->fails = lines->fails || place->status >= STATUS_FAULT;
    lines->bytes -= place->line.length;
    keep_little(&place->result);
    keep_little(&place->text);
}

void bulk_lines_give(struct bulk_lines *lines, const struct line *line)
{
    while (lines->given - lines->collected == UNDER_WAY_MAX ||
           (lines->given > lines->collected && lines->bytes + line->length > BYTES_UNDER_WAY_MAX)) {
        collect_oldest(lines);
    }
    struct place *place = &lines->places[lines->given++ % UNDER_WAY_MAX];
    place->line = *line;
    buffer_append(&place->text, line->text, line->length);
    buffer_append(&place->text, "", 1);
    lines->bytes += line->length;
    if (place->ctx.arena == NULL) {
        start(place);
    }
    if (!place->started) { /* no thread was to be had: then here */
        answer_line(place);
    }
    set_state(place, place->started ? PLACE_GIVEN : PLACE_DONE);
}

void bulk_lines_finish(struct bulk_lines *lines)
{
    while (lines->collected < lines->given) {
        collect_oldest(lines);
    }
}

struct buffer *bulk_lines_results(struct bulk_lines *lines)
{
    return &lines->results;
}

bool bulk_lines_fail(const struct bulk_lines *lines)
{
    return lines->fails;
}
