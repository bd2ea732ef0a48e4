/* template.c - reads the tags of a template, and fills them in. */
#include "services/notification/template.h"

#include "common/buffer.h"
#include "common/text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum tag_kind { TAG_NONE, TAG_VALUE, TAG_OPEN, TAG_CLOSE, TAG_BROKEN };

struct tag {
    enum tag_kind kind;
    const char *start, *name;
    size_t name_length;
    const char *end; /* behind the tag, and behind its line when it stands there alone */
};

/* Where names are looked up. */
struct scope {
    const struct template_model *model;
    const struct template_list *list; /* NULL outside of lists */
    size_t row;
};

static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((name[i] < 'a' || name[i] > 'z') && name[i] != '_') {
            return false;
        }
    }
    return length > 0;
}

static bool is_alone(const char *text, const struct tag *tag)
{
    return (tag->start == text || tag->start[-1] == '\n') && tag->end[0] == '\n';
}

/* The first tag at or behind `from`; `text` is where the template begins. */
static struct tag next_tag(const char *text, const char *from)
{
    struct tag tag = { .start = strstr(from, "{{") };

    if (tag.start == NULL) {
        return tag;
    }
    char sign = tag.start[2];
    bool of_list = sign == '#' || sign == '/';
    const char *close = strstr(tag.start, "}}");

    tag.name = tag.start + (of_list ? 3 : 2);
    if (close == NULL || close < tag.name || !is_name(tag.name, (size_t)(close - tag.name))) {
        tag.kind = TAG_BROKEN;
        return tag;
    }
    tag.name_length = (size_t)(close - tag.name);
    tag.end = close + 2;
    tag.kind = TAG_VALUE;
    if (of_list) {
        tag.kind = sign == '#' ? TAG_OPEN : TAG_CLOSE;
        tag.end += is_alone(text, &tag) ? 1 : 0;
    }
    return tag;
}

static bool names(const struct tag *tag, const char *name)
{
    return strlen(name) == tag->name_length && memcmp(tag->name, name, tag->name_length) == 0;
}

static const char *find_in(const struct template_value *values, size_t count, const struct tag *tag)
{
    for (size_t i = 0; i < count; i++) {
        if (names(tag, values[i].name)) {
            return values[i].text;
        }
    }
    return NULL;
}

/* The row's names first, then the outer ones; NULL when there is no such name. */
static const char *find_value(const struct scope *scope, const struct tag *tag)
{
    const struct template_list *list = scope->list;
    const char *value = NULL;

    if (list != NULL && list->values_a_row > 0) {
        value = find_in(list->values + scope->row * list->values_a_row, list->values_a_row, tag);
    }
    return value != NULL ? value : find_in(scope->model->values, scope->model->value_count, tag);
}

static const struct template_list *find_list(const struct template_model *model,
                                             const struct tag *tag)
{
    for (size_t i = 0; i < model->list_count; i++) {
        if (names(tag, model->lists[i].name)) {
            return &model->lists[i];
        }
    }
    return NULL;
}

/* What is wrong with a tag; follows it into its list or out of it. */
static const char *tag_problem(struct scope *scope, const struct tag *tag)
{
    switch (tag->kind) {
    case TAG_BROKEN:
        return "\"{{\" is not followed by a name and \"}}\"";
    case TAG_VALUE:
        return find_value(scope, tag) == NULL ? "there is no such name" : NULL;
    case TAG_OPEN:
        if (scope->list != NULL) {
            return "lists do not nest";
        }
        scope->list = find_list(scope->model, tag);
        return scope->list == NULL ? "there is no such list" : NULL;
    case TAG_CLOSE:
        if (scope->list == NULL || !names(tag, scope->list->name)) {
            return "closes what is not open";
        }
        scope->list = NULL;
        return NULL;
    case TAG_NONE:
        break;
    }
    return scope->list != NULL ? "a list is not closed" : NULL;
}

static int line_of(const char *text, const char *place)
{
    int line = 1;

    for (const char *at = text; at < place; at++) {
        line += *at == '\n' ? 1 : 0;
    }
    return line;
}

const char *template_problem(struct arena *arena, const char *text,
                             const struct template_model *model)
{
    struct scope scope = { .model = model };
    struct tag tag = next_tag(text, text);
    const char *problem = tag_problem(&scope, &tag);

    while (problem == NULL && tag.kind != TAG_NONE) {
        tag = next_tag(text, tag.end);
        problem = tag_problem(&scope, &tag);
    }
    if (problem == NULL) {
        return NULL;
    }
    const char *place = tag.start != NULL ? tag.start : text + strlen(text);
    return text_format(arena, "line %d: %s: %.30s", line_of(text, place), problem, place);
}

static const char *entity_of(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return "&#39;";
    }
}

static void append_value(struct buffer *out, const char *value, enum template_escape escape)
{
    if (escape == TEMPLATE_PLAIN) {
        buffer_append_text(out, value);
        return;
    }
    while (*value != '\0') {
        size_t plain = strcspn(value, "&<>\"'");

        buffer_append(out, value, plain);
        value += plain;
        if (*value != '\0') {
            buffer_append_text(out, entity_of(*value));
            value++;
        }
    }
}

/* Fills up to the end of the text, or up to the tag that closes the scope's list; returns what is behind. */
static const char *fill_values(struct buffer *out, const char *text, const char *from,
                               const struct scope *scope, enum template_escape escape)
{
    struct tag tag = next_tag(text, from);

    while (tag.kind == TAG_VALUE) {
        const char *value = find_value(scope, &tag);

        assert(value != NULL);
        buffer_append(out, from, (size_t)(tag.start - from));
        append_value(out, value, escape);
        from = tag.end;
        tag = next_tag(text, from);
    }
    assert(tag.kind != TAG_BROKEN);
    if (tag.kind == TAG_NONE) {
        buffer_append_text(out, from);
        return NULL;
    }
    buffer_append(out, from, (size_t)(tag.start - from));
    return tag.start;
}

/* Passes over a list that has no row. */
static const char *find_close(const char *text, const char *from)
{
    struct tag tag = next_tag(text, from);

    while (tag.kind != TAG_CLOSE) {
        assert(tag.kind == TAG_VALUE);
        tag = next_tag(text, tag.end);
    }
    return tag.start;
}

void template_fill(struct buffer *out, const char *text, const struct template_model *model,
                   enum template_escape escape)
{
    struct scope scope = { .model = model };
    const char *at = fill_values(out, text, text, &scope, escape);

    while (at != NULL) {
        struct tag open = next_tag(text, at);
        const char *close = find_close(text, open.end);

        scope.list = find_list(model, &open);
        assert(open.kind == TAG_OPEN && scope.list != NULL);
        for (scope.row = 0; scope.row < scope.list->row_count; scope.row++) {
            (void)fill_values(out, text, open.end, &scope, escape);
        }
        scope.list = NULL;
        at = fill_values(out, text, next_tag(text, close).end, &scope, escape);
    }
}
