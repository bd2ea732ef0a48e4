/* page_layout_test.c - blocks fill pages: what does not fit goes on, headings stay with what they head, heads come again. */
#include "common/page_layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCKS_MAX = 100, PAGE = 100 };

/* "0@0 0@20 1@10^3": page, top, and behind ^ the head that is repeated. */
static const char *laid_out(const struct page_block *blocks, size_t count)
{
    static char text[2048];
    struct page_place places[BLOCKS_MAX];
    size_t length = 0;
    int pages = page_layout(blocks, count, PAGE, places);

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%d@%d", i > 0 ? " " : "",
                                   places[i].page, places[i].top);
        if (places[i].head != PAGE_NO_HEAD) {
            length += (size_t)snprintf(text + length, sizeof text - length, "^%d", places[i].head);
        }
    }
    (void)snprintf(text + length, sizeof text - length, " of %d", pages);
    return text;
}
#define ASSERT_LAID_OUT(blocks, want)                                                              \
    assert_string_equal(laid_out(blocks, sizeof(blocks) / sizeof(blocks)[0]), want)

static void blocks_fill_pages(void **state)
{
    const struct page_block blocks[] = { { .height = 40, .gap = 10 }, { .height = 40, .gap = 10 },
                                         { .height = 10, .gap = 10 }, { .height = 100 },
                                         { .height = 150, .gap = 5 }, { .height = 1 } };

    (void)state;
    /* No gap at the top; what fits to the last unit fits; what is higher than a page has one. */
    ASSERT_LAID_OUT(blocks, "0@0 0@50 1@0 2@0 3@0 4@0 of 5");
}

static void nothing_is_one_empty_page(void **state)
{
    (void)state;
    assert_int_equal(page_layout(NULL, 0, PAGE, NULL), 1);
}

static void headings_stay_with_what_they_head(void **state)
{
    const struct page_block blocks[] = { { .height = 70 },
                                         { .height = 20, .keep_next = true },
                                         { .height = 20 },
                                         { .height = 50, .keep_next = true } };

    (void)state;
    ASSERT_LAID_OUT(blocks, "0@0 1@0 1@20 1@40 of 2");
}

static void heads_come_again(void **state)
{
    const struct page_block blocks[] = {
        { .kind = PAGE_BLOCK_PLAIN, .height = 30 }, { .kind = PAGE_BLOCK_HEAD, .height = 10 },
        { .kind = PAGE_BLOCK_ROW, .height = 40 },   { .kind = PAGE_BLOCK_ROW, .height = 40 },
        { .kind = PAGE_BLOCK_ROW, .height = 50 },   { .kind = PAGE_BLOCK_ROW, .height = 5 },
        { .kind = PAGE_BLOCK_PLAIN, .height = 90 },
    };

    (void)state;
    ASSERT_LAID_OUT(blocks, "0@0 0@30 0@40 1@10^1 1@50 2@10^1 3@0 of 4");
}

/* A head is never the last on a page, and is not repeated above itself. */
static void a_head_goes_with_its_first_row(void **state)
{
    const struct page_block blocks[] = { { .kind = PAGE_BLOCK_PLAIN, .height = 60 },
                                         { .kind = PAGE_BLOCK_HEAD, .height = 10 },
                                         { .kind = PAGE_BLOCK_ROW, .height = 31 } };

    (void)state;
    ASSERT_LAID_OUT(blocks, "0@0 1@0 1@10 of 2");
}

/* Whatever comes: in order, below each other, nothing over the end of a page that is not as high as one. */
static void blocks_never_overlap(void **state)
{
    unsigned random = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct page_block blocks[BLOCKS_MAX];
        struct page_place places[BLOCKS_MAX];

        for (size_t i = 0; i < BLOCKS_MAX; i++) {
            random = random * 1103515245U + 12345U;
            blocks[i] = (struct page_block){ .kind = (enum page_block_kind)(random >> 16) % 3,
                                             .height = 1 + (int)((random >> 20) % 45),
                                             .gap = (int)((random >> 26) % 8) };
        }
        int pages = page_layout(blocks, BLOCKS_MAX, PAGE, places);
        assert_int_equal(places[BLOCKS_MAX - 1].page + 1, pages);
        for (size_t i = 0; i < BLOCKS_MAX; i++) {
            bool next = i > 0 && places[i].page == places[i - 1].page;

            assert_true(places[i].top + blocks[i].height <= PAGE);
            assert_true(i == 0 || next || places[i].page == places[i - 1].page + 1);
            assert_true(!next || places[i].top >= places[i - 1].top + blocks[i - 1].height);
            assert_true(places[i].head == PAGE_NO_HEAD ||
                        places[i].top == blocks[places[i].head].height);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_fill_pages),
        cmocka_unit_test(nothing_is_one_empty_page),
        cmocka_unit_test(headings_stay_with_what_they_head),
        cmocka_unit_test(heads_come_again),
        cmocka_unit_test(a_head_goes_with_its_first_row),
        cmocka_unit_test(blocks_never_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
