/* malformed.c - what can still be told of a submission that cannot be decoded. */
#include "services/order/malformed.h"

#include "common/arena.h"
#include "proto/order_codec.h"
#include "proto/runtime.h"

#include <string.h>

/* The storefront's reference, where it can still be read; NULL otherwise. */
static const char *find_reference(struct arena *arena, struct bytes body)
{
    struct order_named named;
    struct violations ignored;

    violations_clear(&ignored);
    if (order_named_decode(arena, (const char *)body.bytes, body.length, &named, &ignored) != OK) {
        return NULL;
    }
    return named.channel_order_ref;
}

/* The name of an unknown field is the sender's own word, which a fact must not repeat. */
static const char *safe_pointer(struct arena *arena, const struct violation *violation)
{
    size_t length = strlen(violation->pointer);

    if (strcmp(violation->keyword, "additionalProperties") == 0) {
        const char *last = strrchr(violation->pointer, '/');

        length = last == NULL ? 0 : (size_t)(last - violation->pointer);
    }
    return arena_copy_text(arena, violation->pointer, length);
}

const void *order_malformed_read(struct arena *arena, struct bytes body,
                                 const struct violations *violations)
{
    struct order_malformed *ret = arena_alloc(arena, sizeof *ret);
    size_t count = violations->count > 0 ? violations->count : 1;
    struct field_error *errors = arena_alloc(arena, count * sizeof *errors);

    errors[0] = (struct field_error){ .pointer = "", .detail = "cannot be decoded" };
    for (size_t i = 0; i < violations->count; i++) {
        const struct violation *violation = &violations->items[i];

        errors[i] = (struct field_error){ .pointer = safe_pointer(arena, violation),
                                          .detail = arena_copy_text(arena, violation->detail,
                                                                    strlen(violation->detail)) };
    }
    *ret = (struct order_malformed){ .channel_order_ref = find_reference(arena, body),
                                     .errors = errors,
                                     .errors_count = count };
    return ret;
}
