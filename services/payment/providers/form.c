/* form.c - forms, percent-encoded. */
#include "services/payment/providers/form.h"

#include "common/text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

struct form form_new(struct arena *arena, size_t length_max)
{
    return (struct form){ .text = arena_alloc(arena, length_max), .length_max = length_max };
}

static void form_append_byte(struct form *form, char byte)
{
    assert(form->length + 1 < form->length_max);
    form->text[form->length++] = byte;
}

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("-._~", byte) != NULL);
}

static void form_append(struct form *form, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        if (is_plain(*text)) {
            form_append_byte(form, *text);
        } else {
            form_append_byte(form, '%');
            form_append_byte(form, digits[(unsigned char)*text >> 4]);
            form_append_byte(form, digits[(unsigned char)*text & 15]);
        }
    }
}

void form_add(struct form *form, const char *name, const char *value)
{
    if (value == NULL) {
        return;
    }
    if (form->length > 0) {
        form_append_byte(form, '&');
    }
    form_append(form, name);
    form_append_byte(form, '=');
    form_append(form, value);
}

void form_add_int(struct arena *arena, struct form *form, const char *name, int64_t value)
{
    form_add(form, name, text_format(arena, "%lld", (long long)value));
}
