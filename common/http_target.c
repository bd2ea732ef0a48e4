/* http_target.c - targets of requests taken apart. */
#include "common/http_target.h"

#include "common/arena.h"
#include "common/text.h"

#include <assert.h>
#include <string.h>

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)((at - digits) & 15);
}

/* The byte that stands at `text`, and its length there; -1 when it is none that a text may hold. */
static int decode_byte(const char *text, size_t left, bool plus_is_space, size_t *ret_length)
{
    int value = (unsigned char)text[0];

    *ret_length = 1;
    if (text[0] == '+' && plus_is_space)
        return ' ';
    if (text[0] == '%') {
        int high = left >= 3 ? hex_digit(text[1]) : -1;
        int low = high >= 0 ? hex_digit(text[2]) : -1;
        value = low >= 0 ? high * 16 + low : -1;
        *ret_length = 3;
    }
    return value < ' ' || value == 0x7f ? -1 : value;
}

/* NULL when it is not UTF-8 after decoding, holds a control character or a percent sign alone. */
static const char *decode(struct arena *arena, const char *text, size_t length, bool plus_is_space)
{
    char *decoded = arena_alloc(arena, length + 1);
    size_t count = 0;

    for (size_t i = 0, step = 0; i < length; i += step) {
        int value = decode_byte(text + i, length - i, plus_is_space, &step);
        if (value < 0)
            return NULL;
        decoded[count++] = (char)value;
    }
    return text_is_utf8(decoded) ? decoded : NULL;
}

const char *http_pair_find(const struct http_pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(pairs[i].name, name))
            return pairs[i].value;
    }
    return NULL;
}

static enum err parse_path(struct ctx *ctx, const char *text, size_t length,
                           struct http_target *target)
{
    const char *end = text + length;

    while (text < end && length > 1) {
        const char *segment = text + 1; /* behind its slash */
        const char *slash = memchr(segment, '/', (size_t)(end - segment));
        if (target->segment_count == TARGET_SEGMENTS_MAX)
            return err_set(ctx, ERR_INPUT, "the path has more than %d parts", TARGET_SEGMENTS_MAX);
        text = slash == NULL ? end : slash;
        const char *decoded = decode(ctx->arena, segment, (size_t)(text - segment), false);
        if (decoded == NULL)
            return err_set(ctx, ERR_INPUT, "the path is not UTF-8, percent-encoded");
        target->segments[target->segment_count++] = decoded;
    }
    return OK;
}

static enum err parse_pair(struct ctx *ctx, const char *text, size_t length,
                           struct http_target *target)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - text);
    const char *value = equals == NULL ? "" : equals + 1;

    if (length == 0)
        return OK;
    if (target->query_count == TARGET_QUERY_MAX)
        return err_set(ctx, ERR_INPUT, "the query has more than %d parameters", TARGET_QUERY_MAX);
    struct http_pair *pair = &target->query[target->query_count++];
    pair->name = decode(ctx->arena, text, name_length, true);
    pair->value = decode(ctx->arena, value, equals == NULL ? 0 : length - name_length - 1, true);
    if (pair->name == NULL || pair->value == NULL)
        return err_set(ctx, ERR_INPUT, "the query is not UTF-8, percent-encoded");
    return OK;
}

enum err http_target_parse(struct ctx *ctx, const char *text, struct http_target *ret)
{
    const char *query = strchr(text, '?');
    size_t path_length = query == NULL ? strlen(text) : (size_t)(query - text);

    *ret = (struct http_target){ 0 };
    if (text[0] != '/')
        return err_set(ctx, ERR_INPUT, "the path does not begin with a slash");
    enum err e = parse_path(ctx, text, path_length, ret);
    while (e == OK && query != NULL) {
        const char *pair = query + 1; /* behind '?' or '&' */
        query = strchr(pair, '&');
        e = parse_pair(ctx, pair, query == NULL ? strlen(pair) : (size_t)(query - pair), ret);
    }
    return e;
}

/* The segments from `first` on as one path, or NULL when it could leave the place it is meant for. */
static const char *rest_of(const struct http_target *target, size_t first, struct arena *arena)
{
    const char *rest = "";

    for (size_t i = first; i < target->segment_count; i++) {
        const char *segment = target->segments[i];
        bool is_root = segment[0] == '\0' && i == first && i + 1 < target->segment_count;
        if (is_root || text_equal(segment, ".") || text_equal(segment, "..") ||
            strpbrk(segment, "/\\") != NULL)
            return NULL;
        rest = i == first ? segment : text_format(arena, "%s/%s", rest, segment);
    }
    return rest;
}

static bool fits_segment(struct http_target *target, const char *pattern, size_t length,
                         const char *segment, struct arena *arena)
{
    if (pattern[0] != ':')
        return strlen(segment) == length && memcmp(segment, pattern, length) == 0;
    if (segment[0] == '\0')
        return false;
    assert(target->parameter_count < TARGET_PARAMETERS_MAX);
    target->parameters[target->parameter_count++] =
        (struct http_pair){ arena_copy_text(arena, pattern + 1, length - 1), segment };
    return true;
}

bool http_target_fits(struct http_target *target, const char *pattern, struct arena *arena)
{
    size_t at = 0;

    target->parameter_count = 0;
    for (; pattern[0] == '/' && pattern[1] != '\0'; at++) { /* the pattern gets shorter */
        const char *word = pattern + 1;
        size_t length = strcspn(word, "/");
        if (at == target->segment_count)
            return false;
        if (text_equal(word, "*")) {
            const char *rest = rest_of(target, at, arena);
            target->parameters[target->parameter_count++] = (struct http_pair){ "*", rest };
            return rest != NULL;
        }
        if (!fits_segment(target, word, length, target->segments[at], arena))
            return false;
        pattern = word + length;
    }
    return at == target->segment_count;
}
