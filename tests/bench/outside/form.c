/* form.c - decodes forms. */
#include "tests/bench/outside/form.h"

#include "tests/bench/outside/map.h"
#include "tests/bench/outside/text.h"

#include <string.h>

static int digit(char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = byte == '\0' ? NULL : strchr(digits, byte | ' ');

    return found == NULL ? -1 : (int)(found - digits);
}

/* In its place; returns the new end. */
static char *decode(char *from, const char *end)
{
    char *to = from;

    for (const char *at = from; at < end; at++) {
        if (*at == '%' && at + 2 < end && digit(at[1]) >= 0 && digit(at[2]) >= 0) {
            *to++ = (char)(digit(at[1]) * 16 + digit(at[2]));
            at += 2;
        } else {
            *to++ = (char)(*at == '+' ? ' ' : *at);
        }
    }
    return to;
}

bool form_read(const char *bytes, size_t length, struct form *ret)
{
    static struct text copy;
    char *at = NULL, *end = NULL;

    copy.length = 0;
    text_add(&copy, bytes, length);
    text_add(&copy, "\0", 1);
    ret->count = 0;
    for (at = copy.bytes; at < copy.bytes + length; at = end + 1) {
        end = memchr(at, '&', (size_t)(copy.bytes + length - at));
        end = end == NULL ? copy.bytes + length : end;
        char *mark = memchr(at, '=', (size_t)(end - at));
        if (ret->count == FORM_FIELDS_MAX) {
            return false;
        }
        ret->fields[ret->count++] = (struct field){ at, mark == NULL ? "" : mark + 1 };
        *decode(at, mark == NULL ? end : mark) = '\0';
        if (mark != NULL) {
            *decode(mark + 1, end) = '\0';
        }
    }
    return true;
}

const char *form_find(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            return form->fields[i].value;
        }
    }
    return NULL;
}

static bool is_known(const char *name, size_t length, const char *known)
{
    for (const char *at = known; *at != '\0'; at += strcspn(at, " ")) {
        at += strspn(at, " ");
        if (strncmp(at, name, length) == 0 && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

const char *form_unknown(const struct form *form, const char *known)
{
    for (size_t i = 0; i < form->count; i++) {
        const char *name = form->fields[i].name;

        if (!is_known(name, strcspn(name, "["), known)) {
            return name;
        }
    }
    return NULL;
}

uint64_t form_digest(const struct form *form)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < form->count; i++) {
        const struct field *field = &form->fields[i];
        uint64_t name = hash_of(field->name, strlen(field->name));

        sum += name * 31 + (hash_of(field->value, strlen(field->value)) ^ (name >> 7));
    }
    return sum;
}
