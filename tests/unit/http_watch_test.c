/* http_watch_test.c - connections that take too long are ended, others are not. */
#include "common/http_watch.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct pair {
    int ours, theirs;
    struct http_connection *connection;
};

static struct pair enter(struct http_watch *watch, enum http_activity activity)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    struct pair pair = { fds[0], fds[1], http_watch_enter(watch, fds[0], NULL) };
    assert_non_null(pair.connection);
    http_watch_note(pair.connection, activity);
    return pair;
}

static struct http_watch *open_watch(int64_t request_ms_max, int64_t crowd)
{
    return http_watch_open(&(struct http_watch_options){ .request_ms_max = request_ms_max,
                                                         .upload_ms_max = request_ms_max * 4,
                                                         .idle_ms_max = 60000,
                                                         .crowd = crowd });
}

static bool is_ended(struct pair pair, int timeout_ms)
{
    struct pollfd ready = { .fd = pair.theirs, .events = POLLIN };

    return poll(&ready, 1, timeout_ms) == 1;
}

static void leave(struct pair pair)
{
    http_watch_leave(pair.connection);
    (void)close(pair.ours);
    (void)close(pair.theirs);
}

static void overdue_connections_are_ended(void **state)
{
    struct http_watch *watch = open_watch(200, 100);
    struct pair reading = enter(watch, HTTP_READING), waiting = enter(watch, HTTP_WAITING);
    struct pair answering = enter(watch, HTTP_ANSWERING), taking = enter(watch, HTTP_TAKING);

    (void)state;
    assert_int_equal(http_watch_count(watch), 4);
    assert_true(is_ended(reading, 5000));
    assert_true(is_ended(taking, 5000));
    assert_false(is_ended(waiting, 0));
    assert_false(is_ended(answering, 0));
    leave(reading), leave(waiting), leave(answering), leave(taking);
    assert_int_equal(http_watch_count(watch), 0);
    http_watch_close(watch);
}

static void it_is_quiet_when_all_wait(void **state)
{
    struct http_watch *watch = open_watch(60000, 100);
    struct pair waiting = enter(watch, HTTP_WAITING), reading = enter(watch, HTTP_READING);
    struct pair answering = enter(watch, HTTP_ANSWERING);

    (void)state;
    assert_false(http_watch_until_quiet(watch, 50));
    http_watch_note(answering.connection, HTTP_WAITING);
    assert_false(http_watch_until_quiet(watch, 50));
    leave(reading); /* a connection that goes in the middle is quiet as well */
    assert_true(http_watch_until_quiet(watch, 0));
    leave(waiting), leave(answering);
    http_watch_close(watch);
}

/* Whoever is answered stays, and whoever asked last; who leaves makes room. */
static void a_crowd_loses_who_is_idle_longest(void **state)
{
    struct http_watch *watch = open_watch(60000, 3);
    struct pair answering = enter(watch, HTTP_ANSWERING), first = enter(watch, HTTP_WAITING);
    struct pair second = enter(watch, HTTP_READING);

    (void)state;
    assert_false(is_ended(first, 50));
    (void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 },
                    NULL); /* the clock has milliseconds */
    http_watch_note(first.connection, HTTP_READING);
    struct pair third = enter(watch, HTTP_WAITING);
    assert_true(is_ended(second, 500)); /* not when it is looked next, but at once */
    assert_false(is_ended(first, 50));
    leave(second);
    leave(third);
    struct pair fourth = enter(watch, HTTP_WAITING);
    assert_false(is_ended(first, 50));
    struct pair fifth = enter(watch, HTTP_ANSWERING), sixth = enter(watch, HTTP_ANSWERING);
    assert_true(is_ended(first, 500));
    assert_true(is_ended(fourth, 500));
    assert_false(is_ended(answering, 0) || is_ended(fifth, 0) || is_ended(sixth, 50));
    leave(answering), leave(first), leave(fourth), leave(fifth), leave(sixth);
    http_watch_close(watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overdue_connections_are_ended),
        cmocka_unit_test(it_is_quiet_when_all_wait),
        cmocka_unit_test(a_crowd_loses_who_is_idle_longest),
    };

    return cmocka_run_group_tests_name("http_watch", tests, NULL, NULL);
}
