/* arena_test.c - memory of a batch is zeroed, aligned, bounded and forgotten at once. */
#include "common/arena.h"

#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_aligned_and_zeroed_after_use(void **state)
{
    struct arena *arena = arena_new((size_t)1024 * 1024);

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size += 7) {
            unsigned char *bytes = arena_alloc(arena, size);

            assert_non_null(bytes);
            assert_int_equal((uintptr_t)bytes % 16, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(bytes[i], 0);
            memset(bytes, 0xA5, size);
        }
        arena_reset(arena);
        assert_int_equal(arena_used_bytes(arena), 0);
    }
    arena_free(arena);
}

static void test_allocations_do_not_overlap(void **state)
{
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    unsigned char *blocks[400];

    (void)state;
    for (size_t i = 0; i < 400; i++) {
        blocks[i] = arena_alloc(arena, i * 13);
        memset(blocks[i], (int)(i & 0xFF), i * 13);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t k = 0; k < i * 13; k++)
            assert_int_equal(blocks[i][k], i & 0xFF);
    }
    arena_free(arena);
}

/* Many small ones side by side: each costs little, and grows when it must. */
static void test_small_ones(void **state)
{
    enum { MANY = 2000, BYTES = 1500, MORE_BYTES = 100000, HEAP_BYTES_EACH = 4096 };
    static struct arena *arenas[MANY];
    size_t before = mallinfo2().uordblks;
    unsigned char *more = NULL;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        arenas[i] = arena_new_small((size_t)1024 * 1024);
        memset(arena_alloc(arenas[i], BYTES), 1, BYTES);
    }
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(mallinfo2().uordblks - before < (size_t)MANY * HEAP_BYTES_EACH);
#endif
    (void)before;
    more = arena_alloc(arenas[0], MORE_BYTES);
    memset(more, 2, MORE_BYTES);
    assert_int_equal(arena_used_bytes(arenas[0]), 1504 + MORE_BYTES);
    for (size_t i = 0; i < MANY; i++) {
        arena_free(arenas[i]);
    }
}

static void test_copies(void **state)
{
    struct arena *arena = arena_new(4096);
    static const char bytes[] = { 'a', '\0', 'b' };
    const char *copy = arena_copy(arena, bytes, sizeof bytes);

    (void)state;
    assert_string_equal(arena_copy_text(arena, "textual", 4), "text");
    assert_string_equal(arena_copy_text(arena, "", 0), "");
    assert_memory_equal(copy, bytes, sizeof bytes);
    assert_non_null(arena_copy(arena, NULL, 0));
    arena_free(arena);
}

static void test_used_bytes_up_to_the_maximum(void **state)
{
    struct arena *arena = arena_new(160);

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        (void)arena_alloc(arena, 1);
        assert_int_equal(arena_used_bytes(arena), (i + 1) * 16);
    }
    arena_reset(arena);
    (void)arena_alloc(arena, 160);
    arena_free(arena);
    arena_free(NULL);
}

/* Runs the allocation in a child; the signal that ended it, 0 when it went through. */
static int signal_of(size_t bytes_max, size_t first, size_t second)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct arena *arena = arena_new(bytes_max);

        (void)close(STDERR_FILENO);
        (void)arena_alloc(arena, first);
        (void)arena_alloc(arena, second);
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_over_the_maximum_ends_the_process(void **state)
{
    (void)state;
    assert_int_equal(signal_of(128, 64, 64), 0);
    assert_int_equal(signal_of(128, 64, 65), SIGABRT);
    assert_int_equal(signal_of(128, 129, 0), SIGABRT);
    assert_int_equal(signal_of(128, SIZE_MAX, 0), SIGABRT);
    assert_int_equal(signal_of(128, 16, SIZE_MAX - 8), SIGABRT);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aligned_and_zeroed_after_use),
        cmocka_unit_test(test_allocations_do_not_overlap),
        cmocka_unit_test(test_small_ones),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_used_bytes_up_to_the_maximum),
        cmocka_unit_test(test_over_the_maximum_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
