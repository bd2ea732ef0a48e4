/* waiting_test.c - replies reach whoever waits under their id, and nobody else. */
#include "common/waiting.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 16, LONG_MS = 10000 };

static void early_replies_wait(void **state)
{
    struct waiting *waiting = waiting_new();
    struct arena *arena = arena_new(1 << 16);
    struct waiter waiter;
    size_t length = 0;

    (void)state;
    assert_false(waiting_deliver(waiting, "a", "x", 1));
    waiting_enter(waiting, &waiter, "a", NULL);
    assert_false(waiting_deliver(waiting, "b", "x", 1));
    assert_true(waiting_deliver(waiting, "a", "first", 5));
    assert_true(waiting_deliver(waiting, "a", "second", 6));
    assert_string_equal(waiting_take(waiting, &waiter, arena, monotonic_ms() + LONG_MS, &length),
                        "second");
    assert_int_equal(length, 6);
    assert_null(waiting_take(waiting, &waiter, arena, monotonic_ms() + 20, &length));
    waiting_leave(waiting, &waiter);
    assert_false(waiting_deliver(waiting, "a", "x", 1));
    arena_free(arena);
    waiting_free(waiting);
}

static void an_outcome_is_shared(void **state)
{
    struct waiting *waiting = waiting_new();
    struct arena *arena = arena_new(1 << 16);
    struct waiter one, two, other;
    int64_t long_ms = monotonic_ms() + LONG_MS;
    size_t length = 0;

    (void)state;
    waiting_enter(waiting, &one, "a", "m");
    waiting_enter(waiting, &other, "b", "n");
    waiting_enter(waiting, &two, "c", "m");
    waiting_share(waiting, "m", "outcome", 7);
    assert_null(waiting_take(waiting, &one, arena, monotonic_ms() + 20, &length));
    assert_true(waiting_deliver(waiting, "a", "own", 3));
    assert_string_equal(waiting_take(waiting, &one, arena, long_ms, &length), "own");
    assert_string_equal(waiting_take(waiting, &one, arena, long_ms, &length), "outcome");
    assert_int_equal(length, 7);
    assert_true(waiting_deliver(waiting, "b", "own", 3));
    assert_string_equal(waiting_take(waiting, &other, arena, long_ms, &length), "own");
    assert_null(waiting_take(waiting, &other, arena, monotonic_ms() + 20, &length));
    waiting_leave(waiting, &one);
    waiting_leave(waiting, &two); /* with what it never took */
    waiting_leave(waiting, &other);
    waiting_share(waiting, "m", "outcome", 7);
    arena_free(arena);
    waiting_free(waiting);
}

struct sleeper {
    struct waiting *waiting;
    char id[16];
    char got[16];
    pthread_t thread;
};

static void *sleep_for_reply(void *argument)
{
    struct sleeper *sleeper = argument;
    struct arena *arena = arena_new(1 << 16);
    struct waiter waiter;
    size_t length = 0;

    waiting_enter(sleeper->waiting, &waiter, sleeper->id, NULL);
    const char *reply =
        waiting_take(sleeper->waiting, &waiter, arena, monotonic_ms() + LONG_MS, &length);
    (void)snprintf(sleeper->got, sizeof sleeper->got, "%s", reply == NULL ? "none" : reply);
    waiting_leave(sleeper->waiting, &waiter);
    arena_free(arena);
    return NULL;
}

static void start(struct sleeper sleepers[THREADS], struct waiting *waiting)
{
    for (int i = 0; i < THREADS; i++) {
        sleepers[i] = (struct sleeper){ .waiting = waiting };
        (void)snprintf(sleepers[i].id, sizeof sleepers[i].id, "id-%d", i);
        assert_int_equal(pthread_create(&sleepers[i].thread, NULL, sleep_for_reply, &sleepers[i]),
                         0);
    }
}

static void each_gets_its_own(void **state)
{
    struct waiting *waiting = waiting_new();
    struct sleeper sleepers[THREADS];

    (void)state;
    start(sleepers, waiting);
    for (int i = THREADS - 1; i >= 0; i--) {
        int64_t until = monotonic_ms() + LONG_MS;

        while (!waiting_deliver(waiting, sleepers[i].id, sleepers[i].id, strlen(sleepers[i].id)))
            assert_true(monotonic_ms() < until); /* until its thread has entered */
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(sleepers[i].thread, NULL);
        assert_string_equal(sleepers[i].got, sleepers[i].id);
    }
    waiting_free(waiting);
}

static void the_end_wakes_all(void **state)
{
    struct waiting *waiting = waiting_new();
    struct sleeper sleepers[THREADS];
    int64_t start_ms = monotonic_ms();

    (void)state;
    start(sleepers, waiting);
    waiting_end(waiting);
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(sleepers[i].thread, NULL);
        assert_string_equal(sleepers[i].got, "none");
    }
    assert_true(monotonic_ms() - start_ms < LONG_MS);
    waiting_free(waiting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(early_replies_wait),
        cmocka_unit_test(an_outcome_is_shared),
        cmocka_unit_test(each_gets_its_own),
        cmocka_unit_test(the_end_wakes_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
