/* decode_fuzz.c - feeds the decoders anything, and holds what they accept to a round trip.
 *
 * An input is `TYPE<tab>JSON`; a type that does not exist picks one by its bytes, so that no input is
 * wasted.  What decodes must encode, decode again and encode to the same bytes; what does not must say
 * why.  Built with libFuzzer, or with corpus_main.c to run a corpus without it.
 */
#include "proto/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024, ENCODED_BYTES_MAX = 16 * 1024 * 1024, TYPE_BYTES = 64 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static _Noreturn void die(const char *what, enum message_type type)
{
    (void)fprintf(stderr, "decode_fuzz: %s: %s\n", message_type_name(type), what);
    abort();
}

static enum message_type type_of(const char *name, size_t length)
{
    char text[TYPE_BYTES] = "";
    unsigned sum = 0;

    memcpy(text, name, length < TYPE_BYTES ? length : TYPE_BYTES - 1);
    for (size_t i = 0; i < length; i++)
        sum = sum * 31 + (unsigned char)name[i];

    enum message_type type = message_type_find(text);

    return type != MESSAGE_NONE ? type : (enum message_type)(1 + sum % (MESSAGE_TYPE_COUNT - 1));
}

static void check_violations(const struct violations *violations, enum message_type type)
{
    if (violations->found == 0 || violations->count == 0 || violations->count > VIOLATIONS_MAX)
        die("refused without a reason", type);
    for (size_t i = 0; i < violations->count; i++) {
        const struct violation *item = &violations->items[i];

        if (memchr(item->pointer, '\0', sizeof item->pointer) == NULL ||
            memchr(item->detail, '\0', sizeof item->detail) == NULL || item->keyword == NULL)
            die("a violation is not whole", type);
    }
}

static void check_round_trip(enum message_type type, const void *message, struct arena *arena)
{
    const struct message_info *info = &message_infos[type];
    void *again = arena_alloc(arena, info->size);
    struct violations violations;
    struct buffer first, second;

    buffer_init(&first, ENCODED_BYTES_MAX);
    buffer_init(&second, ENCODED_BYTES_MAX);
    info->encode(message, &first);
    if (first.overflowed)
        die("encodes to too much", type);
    if (info->decode(arena, first.bytes, first.length, again, &violations) != OK)
        die("does not decode what was encoded", type);
    info->encode(again, &second);
    if (first.length != second.length || memcmp(first.bytes, second.bytes, first.length) != 0)
        die("does not come back the same", type);
    buffer_release(&first);
    buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *text = (const char *)data;
    const char *tab = size > 0 ? memchr(text, '\t', size) : NULL;

    if (tab == NULL)
        return 0;

    enum message_type type = type_of(text, (size_t)(tab - text));
    struct arena *arena = arena_new(ARENA_BYTES_MAX);
    void *message = arena_alloc(arena, message_infos[type].size);
    size_t length = size - (size_t)(tab + 1 - text);
    struct violations violations;

    if (message_infos[type].decode(arena, tab + 1, length, message, &violations) == OK) {
        check_round_trip(type, message, arena);
    } else {
        check_violations(&violations, type);
    }
    arena_free(arena);
    return 0;
}
