/* arena.c - memory for one batch: bump a pointer, forget everything at once.
 *
 * Blocks grow by doubling.  A reset that finds several blocks gives them all back and lets the
 * next first block be as large as the round needed, so a steady load runs in a single block.
 */
#include "common/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALIGNMENT = 16,
    BLOCK_BYTES_MIN = 16 * 1024,
    BLOCK_BYTES_SMALL = 2 * 1024,
    /* A single huge round must not pin its memory for the life of the process. */
    BLOCK_BYTES_KEPT_MAX = 4 * 1024 * 1024,
};

struct block {
    struct block *next;
    size_t size;
    size_t used;
    size_t padding; /* keeps `bytes` aligned */
    unsigned char bytes[];
};

_Static_assert(sizeof(struct block) % ALIGNMENT == 0, "block content must stay aligned");

struct arena {
    struct block *blocks; /* newest first */
    size_t bytes_max;
    size_t used;
    size_t next_block_bytes;
};

static _Noreturn void die(const char *what, size_t bytes)
{
    (void)fprintf(stderr, "arena: %s (%zu bytes)\n", what, bytes);
    abort();
}

static void blocks_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct block *block = arena->blocks;

        arena->blocks = block->next;
        free(block);
    }
}

static struct block *block_add(struct arena *arena, size_t size)
{
    size_t bytes = arena->next_block_bytes > size ? arena->next_block_bytes : size;
    struct block *block = malloc(sizeof *block + bytes);

    if (block == NULL)
        die("the machine has no memory left", bytes);
    *block = (struct block){ .next = arena->blocks, .size = bytes };
    arena->blocks = block;
    if (arena->next_block_bytes < BLOCK_BYTES_KEPT_MAX)
        arena->next_block_bytes *= 2;
    return block;
}

static struct arena *new_with_blocks(size_t bytes_max, size_t block_bytes)
{
    struct arena *arena = malloc(sizeof *arena);

    if (arena == NULL)
        die("the machine has no memory left", sizeof *arena);
    *arena = (struct arena){ .bytes_max = bytes_max, .next_block_bytes = block_bytes };
    return arena;
}

struct arena *arena_new(size_t bytes_max)
{
    return new_with_blocks(bytes_max, BLOCK_BYTES_MIN);
}

struct arena *arena_new_small(size_t bytes_max)
{
    return new_with_blocks(bytes_max, BLOCK_BYTES_SMALL);
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    blocks_free(arena);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    size_t needed = arena->used;

    if (arena->blocks != NULL && arena->blocks->next == NULL &&
        arena->blocks->size <= BLOCK_BYTES_KEPT_MAX) {
        arena->blocks->used = 0;
    } else {
        blocks_free(arena);
        arena->next_block_bytes = BLOCK_BYTES_MIN;
        while (arena->next_block_bytes < needed && arena->next_block_bytes < BLOCK_BYTES_KEPT_MAX)
            arena->next_block_bytes *= 2;
    }
    arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > arena->bytes_max)
        die("one allocation is over the arena's maximum", size);

    size_t padded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

    if (padded > arena->bytes_max - arena->used)
        die("the arena's maximum is used up", arena->bytes_max);

    struct block *block = arena->blocks;

    if (block == NULL || padded > block->size - block->used)
        block = block_add(arena, padded);

    void *memory = block->bytes + block->used;

    block->used += padded;
    arena->used += padded;
    memset(memory, 0, padded);
    return memory;
}

char *arena_copy_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, text, length);
    return copy;
}

void *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
    void *copy = arena_alloc(arena, length);

    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

size_t arena_used_bytes(const struct arena *arena)
{
    return arena->used;
}
