/* input_fuzz.c - feeds whatever reads bytes of strangers anything, and holds what it accepts to its promises.
 *
 * An input is `NAME<tab>BYTES`: a message's type and JSON, or an edge (edges.c) and what it reads; a name
 * that does not exist picks one by its bytes, so that no input is wasted.  A message that decodes must
 * encode, decode again and encode to the same bytes; one that does not must say why.  Built with
 * libFuzzer, or with corpus_main.c to run a corpus without it.
 */
#include "proto/registry.h"
#include "tests/fuzz/edges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024, ENCODED_BYTES_MAX = 16 * 1024 * 1024, TYPE_BYTES = 64 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static _Noreturn void die(const char *what, enum message_type type)
{
    (void)fprintf(stderr, "input_fuzz: %s: %s\n", message_type_name(type), what);
    abort();
}

/* Which of all types and, behind them, all edges. */
static size_t target_of(const char *name, size_t length)
{
    char text[TYPE_BYTES] = "";
    unsigned sum = 0;

    memcpy(text, name, length < TYPE_BYTES ? length : TYPE_BYTES - 1);
    for (size_t i = 0; i < length; i++)
        sum = sum * 31 + (unsigned char)name[i];

    enum message_type type = message_type_find(text);
    size_t edge = edge_find(text);

    if (type != MESSAGE_NONE)
        return type;
    return edge < edge_count() ? MESSAGE_TYPE_COUNT + edge
                               : 1 + sum % (MESSAGE_TYPE_COUNT + edge_count() - 1);
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

static void run_decoder(enum message_type type, struct arena *arena, const char *text,
                        size_t length)
{
    void *message = arena_alloc(arena, message_infos[type].size);
    struct violations violations;

    if (message_infos[type].decode(arena, text, length, message, &violations) == OK) {
        check_round_trip(type, message, arena);
    } else {
        check_violations(&violations, type);
    }
}

/* A copy of the exact size lets a sanitizer see a read beyond the NUL. */
static void run_edge(size_t edge, struct arena *arena, const char *text, size_t length)
{
    char *copy = malloc(length + 1);

    if (copy == NULL)
        return;
    memcpy(copy, text, length);
    copy[length] = '\0';
    edge_run(edge, arena, copy, length);
    free(copy);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const char *text = (const char *)data;
    const char *tab = size > 0 ? memchr(text, '\t', size) : NULL;

    if (tab == NULL)
        return 0;

    size_t target = target_of(text, (size_t)(tab - text));
    size_t length = size - (size_t)(tab + 1 - text);
    struct arena *arena = arena_new(ARENA_BYTES_MAX);

    if (target < MESSAGE_TYPE_COUNT) {
        run_decoder((enum message_type)target, arena, tab + 1, length);
    } else {
        run_edge(target - MESSAGE_TYPE_COUNT, arena, tab + 1, length);
    }
    arena_free(arena);
    return 0;
}
