/* proto_check.c - shows on standard output what the decoders make of messages on standard input.
 *
 * A line in is `TYPE<tab>JSON`, a line out is one of
 *
 *     ok<tab>JSON                          what the encoder writes of it
 *     input<tab>POINTER KEYWORD<tab>...    what is wrong with it, <nul> for the empty pointer
 *     unknown                              no such type
 *     broken<tab>WHAT                      our fault: decode and encode do not agree
 *
 * Built for the test that holds the decoders against another validator, and handy on its own.
 */
#include "proto/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024, ENCODED_BYTES_MAX = 16 * 1024 * 1024 };

struct check {
    struct arena *arena;
    struct buffer first;
    struct buffer second;
    struct violations violations;
};

static void show_violations(const struct violations *violations)
{
    (void)fputs("input", stdout);
    for (size_t i = 0; i < violations->count; i++) {
        const struct violation *item = &violations->items[i];

        (void)printf("\t%s %s", item->pointer[0] == '\0' ? "<nul>" : item->pointer, item->keyword);
    }
    (void)putchar('\n');
}

/* What was encoded must decode, and encode to the same bytes. */
static bool survives_round_trip(struct check *check, const struct message_info *info)
{
    void *again = arena_alloc(check->arena, info->size);

    if (info->decode(check->arena, check->first.bytes, check->first.length, again,
                     &check->violations) != OK)
        return false;
    buffer_clear(&check->second);
    info->encode(again, &check->second);
    return check->first.length == check->second.length &&
           memcmp(check->first.bytes, check->second.bytes, check->first.length) == 0;
}

static void show_encoded(struct check *check, const struct message_info *info, const void *message)
{
    buffer_clear(&check->first);
    info->encode(message, &check->first);
    if (check->first.overflowed) {
        (void)puts("broken\tencoded too long");
    } else if (!survives_round_trip(check, info)) {
        (void)puts("broken\tencoded, decoded and encoded differ");
    } else {
        (void)printf("ok\t%.*s\n", (int)check->first.length, check->first.bytes);
    }
}

static void check_line(struct check *check, char *line, size_t length)
{
    char *tab = memchr(line, '\t', length);

    if (tab == NULL) {
        (void)puts("unknown");
        return;
    }
    *tab = '\0';

    enum message_type type = message_type_find(line);
    const struct message_info *info = &message_infos[type];

    if (type == MESSAGE_NONE) {
        (void)puts("unknown");
        return;
    }
    void *message = arena_alloc(check->arena, info->size);
    size_t json_length = length - (size_t)(tab + 1 - line);

    if (info->decode(check->arena, tab + 1, json_length, message, &check->violations) != OK) {
        show_violations(&check->violations);
    } else {
        show_encoded(check, info, message);
    }
}

int main(void)
{
    struct check check = { .arena = arena_new(ARENA_BYTES_MAX) };
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    buffer_init(&check.first, ENCODED_BYTES_MAX);
    buffer_init(&check.second, ENCODED_BYTES_MAX);
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        if (line[length - 1] == '\n')
            length--;
        check_line(&check, line, (size_t)length);
        arena_reset(check.arena);
    }
    free(line);
    buffer_release(&check.first);
    buffer_release(&check.second);
    arena_free(check.arena);
    return ferror(stdout) != 0;
}
