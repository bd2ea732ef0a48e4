/* json.c - looks into a tree, and writes it. */
#include "proto/json.h"

#include <string.h>

static bool same_text(struct json_text left, struct json_text right)
{
    return left.length == right.length && memcmp(left.bytes, right.bytes, left.length) == 0;
}

const struct json_value *json_find(const struct json_value *object, const char *name, size_t length)
{
    const struct json_value *member = object->is.items.first;

    while (member != NULL && !same_text(member->name, (struct json_text){ name, length }))
        member = member->next;
    return member;
}

static bool same_members(const struct json_value *left, const struct json_value *right)
{
    for (const struct json_value *member = left->is.items.first; member != NULL;
         member = member->next) {
        const struct json_value *other = json_find(right, member->name.bytes, member->name.length);

        if (other == NULL || !json_same(member, other))
            return false;
    }
    return left->is.items.count == right->is.items.count;
}

static bool same_elements(const struct json_value *left, const struct json_value *right)
{
    const struct json_value *other = right->is.items.first;

    for (const struct json_value *element = left->is.items.first; element != NULL;
         element = element->next) {
        if (other == NULL || !json_same(element, other))
            return false;
        other = other->next;
    }
    return other == NULL;
}

bool json_same(const struct json_value *left, const struct json_value *right)
{
    if (left->kind != right->kind)
        return false;
    switch (left->kind) {
    case JSON_KIND_OBJECT:
        return same_members(left, right);
    case JSON_KIND_ARRAY:
        return same_elements(left, right);
    case JSON_KIND_STRING:
    case JSON_KIND_REAL:
        return same_text(left->is.text, right->is.text);
    case JSON_KIND_INTEGER:
        return left->is.integer == right->is.integer;
    case JSON_KIND_BOOLEAN:
        return left->is.truth == right->is.truth;
    case JSON_KIND_NULL:
        break;
    }
    return true;
}

static void write_items(struct buffer *buffer, const struct json_value *value)
{
    bool named = value->kind == JSON_KIND_OBJECT;

    buffer_append_text(buffer, named ? "{" : "[");
    for (const struct json_value *item = value->is.items.first; item != NULL; item = item->next) {
        if (item != value->is.items.first)
            buffer_append_text(buffer, ",");
        if (named) {
            buffer_append_json_bytes(buffer, item->name.bytes, item->name.length);
            buffer_append_text(buffer, ":");
        }
        json_write(buffer, item);
    }
    buffer_append_text(buffer, named ? "}" : "]");
}

void json_write(struct buffer *buffer, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_KIND_OBJECT:
    case JSON_KIND_ARRAY:
        write_items(buffer, value);
        break;
    case JSON_KIND_STRING:
        buffer_append_json_bytes(buffer, value->is.text.bytes, value->is.text.length);
        break;
    case JSON_KIND_REAL:
        buffer_append(buffer, value->is.text.bytes, value->is.text.length);
        break;
    case JSON_KIND_INTEGER:
        buffer_append_int(buffer, value->is.integer);
        break;
    case JSON_KIND_BOOLEAN:
        buffer_append_text(buffer, value->is.truth ? "true" : "false");
        break;
    case JSON_KIND_NULL:
        buffer_append_text(buffer, "null");
        break;
    }
}
