/* page_layout.c - blocks are put below each other until a page is full. */
#include "common/page_layout.h"

/* Where the next block goes. */
struct position {
    int page, top;
    int head; /* of the table that is under way, or PAGE_NO_HEAD */
};

static bool stays_with_next(const struct page_block *block)
{
    return block->keep_next || block->kind == PAGE_BLOCK_HEAD;
}

/* The height of a block with all that must stay below it. */
static int height_kept(const struct page_block *blocks, size_t count, size_t index)
{
    int height = blocks[index].height;

    while (stays_with_next(&blocks[index]) && index + 1 < count) {
        index++;
        height += blocks[index].gap + blocks[index].height;
    }
    return height;
}

static int head_of(const struct page_block *block, size_t index, int before)
{
    if (block->kind == PAGE_BLOCK_HEAD) {
        return (int)index;
    }
    return block->kind == PAGE_BLOCK_ROW ? before : PAGE_NO_HEAD;
}

int page_layout(const struct page_block *blocks, size_t count, int page_height,
                struct page_place *ret)
{
    struct position at = { 0, 0, PAGE_NO_HEAD };

    for (size_t i = 0; i < count; i++) {
        const struct page_block *block = &blocks[i];
        int gap = at.top > 0 ? block->gap : 0;
        bool repeats = false;

        at.head = head_of(block, i, at.head);
        if (at.top > 0 && at.top + gap + height_kept(blocks, count, i) > page_height) {
            repeats = at.head != PAGE_NO_HEAD && at.head != (int)i;
            at.page++;
            at.top = repeats ? blocks[at.head].height : 0;
            gap = 0;
        }
        ret[i] = (struct page_place){ at.page, at.top + gap, repeats ? at.head : PAGE_NO_HEAD };
        at.top += gap + block->height;
    }
    return at.page + 1;
}
