/* page_layout.h - which block of a document goes on which page, and how far down.
 *
 * Heights are in the caller's unit, whole numbers.  A block is never cut: one that does not fit goes on the next page, and
 * one that is higher than a page has a page of its own.  Where rows of a table go on on another page, its head is there
 * again.  Pure, thread-safe.
 */
#ifndef KERVAN_COMMON_PAGE_LAYOUT_H
#define KERVAN_COMMON_PAGE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

enum page_block_kind {
    PAGE_BLOCK_PLAIN, /* belongs to no table */
    PAGE_BLOCK_HEAD,  /* of the table whose rows follow; stays with the first of them */
    PAGE_BLOCK_ROW /* of the table whose head is the last one before; without one of a table that has none */
};

struct page_block {
    enum page_block_kind kind;
    int height;
    int gap;        /* above it, but not at the top of a page */
    bool keep_next; /* on the page of what follows: a heading */
};

enum { PAGE_NO_HEAD = -1 };
struct page_place {
    int page; /* from 0 */
    int top;
    int head; /* the block that is repeated at the top of this one's page, right above it; or PAGE_NO_HEAD */
};

/* The places of `count` blocks on pages of this height; how many pages: at least one. */
int page_layout(const struct page_block *blocks, size_t count, int page_height,
                struct page_place *ret);

#endif
