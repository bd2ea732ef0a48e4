/* bulk_lines.c - a ring of places, each with the line that is under way in it; the oldest is collected first. */
#include "services/gateway/bulk_lines.h"

#include "common/text.h"
#include "proto/gateway_codec.h"

enum {
    BYTES_UNDER_WAY_MAX = 1 << 20,
    KEPT_BYTES_MAX = 16 * 1024, /* of a place between lines */
    ARENA_BYTES = 1 << 26,
    ANSWER_BYTES_MAX = 1 << 20,
    RESULTS_BYTES_MAX = 32 << 20,
    STATUS_PROBLEM = 400,
    STATUS_FAULT = 500,
    STATUS_UNAVAILABLE = 503,
    RETRY_AFTER_S = 1
};

struct bulk_lines {
    const struct call *call;
    const char *key;
    const struct line_kind *kind;
    struct bulk_place *places; /* as many as may be under way */
    int64_t given, collected;  /* lines */
    size_t bytes;              /* under way */
    struct buffer results;
    bool fails;
};

/* --- One line --------------------------------------------------------------------------------- */

static void write_result(struct bulk_lines *lines, const struct bulk_place *place)
{
    const struct http_answer *answer = &place->answer;
    struct bulk_result result = { .status = answer->status };

    if (answer->status >= STATUS_PROBLEM) {
        result.problem = arena_copy_text(place->ctx.arena, answer->body.bytes, answer->body.length);
    } else {
        result = place->told;
        result.status = answer->status;
    }
    result.line = place->line.number;
    result.has_retry_after_s = answer->status == STATUS_UNAVAILABLE;
    result.retry_after_s = RETRY_AFTER_S;
    bulk_result_encode(&result, &lines->results);
    buffer_append_text(&lines->results, "\n");
    lines->fails = lines->fails || answer->status >= STATUS_FAULT;
}

/* The name of a line that has none: the request's and its number. */
static const char *key_of(const struct bulk_lines *lines, const struct bulk_place *place)
{
    return lines->key == NULL ? NULL
                              : text_format(place->ctx.arena, "bulk/%s/%lld", lines->key,
                                            (long long)place->line.number);
}

static void copy_line(struct bulk_place *place, const struct line *line)
{
    place->line = *line;
    buffer_append(&place->text, line->text, line->length);
    buffer_append(&place->text, "", 1);
}

static void begin(struct bulk_lines *lines, struct bulk_place *place)
{
    place->request = *lines->call->request;
    place->request.ctx = &place->ctx;
    place->request.body = place->text.bytes;
    place->request.body_length = place->line.length;
    place->call = *lines->call;
    place->call.request = &place->request;
    place->call.answer = &place->answer;
    place->answer.status = 0;
    place->key = key_of(lines, place);
    place->told = (struct bulk_result){ .line = 0 };
    if (place->line.too_long) {
        call_refuse(&place->call, PROBLEM_TOO_LARGE,
                    text_format(place->ctx.arena, "a line may have %d bytes", BODY_BYTES_MAX));
    } else {
        lines->kind->begin(place);
    }
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
    size_t index = (size_t)lines->collected++ % lines->kind->under_way_max;
    struct bulk_place *place = &lines->places[index];

    if (!place->line.too_long) {
        lines->kind->end(place);
    }
    write_result(lines, place);
    lines->bytes -= place->line.length;
    keep_little(&place->answer.body);
    keep_little(&place->text);
    arena_reset(place->ctx.arena);
}

/* --- All of them ------------------------------------------------------------------------------ */

struct bulk_lines *bulk_lines_new(const struct call *call, const char *key,
                                  const struct line_kind *kind)
{
    struct arena *arena = call->request->ctx->arena;
    struct bulk_lines *lines = arena_alloc(arena, sizeof *lines);

    lines->call = call;
    lines->key = key;
    lines->kind = kind;
    lines->places = arena_alloc(arena, kind->under_way_max * sizeof *lines->places);
    buffer_init(&lines->results, RESULTS_BYTES_MAX);
    for (size_t i = 0; i < kind->under_way_max; i++) {
        lines->places[i].kept = arena;
        buffer_init(&lines->places[i].text, BODY_BYTES_MAX + 1);
        buffer_init(&lines->places[i].answer.body, ANSWER_BYTES_MAX);
    }
    return lines;
}

struct bulk_lines *bulk_lines_free(struct bulk_lines *lines)
{
    if (lines == NULL) {
        return NULL;
    }
    bulk_lines_finish(lines);
    for (size_t i = 0; i < lines->kind->under_way_max; i++) {
        struct bulk_place *place = &lines->places[i];

        if (lines->kind->release != NULL) {
            lines->kind->release(place);
        }
        arena_free(place->ctx.arena);
        buffer_release(&place->text);
        buffer_release(&place->answer.body);
    }
    buffer_release(&lines->results);
    return NULL;
}

void bulk_lines_give(struct bulk_lines *lines, const struct line *line)
{
    int64_t count_max = (int64_t)lines->kind->under_way_max;

    while (lines->given - lines->collected == count_max ||
           (lines->given > lines->collected && lines->bytes + line->length > BYTES_UNDER_WAY_MAX)) {
        collect_oldest(lines);
    }
    struct bulk_place *place = &lines->places[lines->given++ % count_max];
    if (place->ctx.arena == NULL) { /* with its first line: a bulk of three lines needs three */
        place->ctx.arena = arena_new_small(ARENA_BYTES);
    }
    copy_line(place, line);
    lines->bytes += line->length;
    begin(lines, place);
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
