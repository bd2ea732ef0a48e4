/* loop.c - epoll, and a heap of instants. */
#include "tests/bench/outside/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, FIRST_TIMERS = 1024, US_A_MS = 1000 };

struct timer {
    int64_t due_us;
    void (*act)(void *about);
    void *about;
};

static int epoll_fd, signal_fd;
static struct timer *timers;
static size_t timer_count, timer_capacity;

int64_t loop_now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int loop_watch(struct watched *watched, uint32_t events, bool known)
{
    struct epoll_event event = { .events = events, .data.ptr = watched };

    return epoll_ctl(epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watched->fd, &event);
}

void loop_start(void)
{
    sigset_t ends;

    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    signal_fd = signalfd(-1, &ends, SFD_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN };
    if (epoll_fd < 0 || signal_fd < 0 ||
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, signal_fd, &event) != 0) {
        abort();
    }
}

static void swap(size_t one, size_t other)
{
    struct timer kept = timers[one];

    timers[one] = timers[other];
    timers[other] = kept;
}

void loop_after(int64_t delay_us, void (*act)(void *about), void *about)
{
    if (timer_count == timer_capacity) {
        timer_capacity = timer_capacity == 0 ? FIRST_TIMERS : timer_capacity * 2;
        timers = realloc(timers, timer_capacity * sizeof *timers);
        if (timers == NULL) {
            abort();
        }
    }
    size_t at = timer_count++;
    timers[at] = (struct timer){ loop_now_us() + delay_us, act, about };
    while (at > 0 && timers[(at - 1) / 2].due_us > timers[at].due_us) {
        swap(at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static struct timer take_first(void)
{
    struct timer first = timers[0];
    size_t at = 0;

    timers[0] = timers[--timer_count];
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < timer_count; child++) {
            least = timers[child].due_us < timers[least].due_us ? child : least;
        }
        if (least == at) {
            return first;
        }
        swap(at, least);
        at = least;
    }
}

static void fire(void)
{
    int64_t now_us = timer_count > 0 ? loop_now_us() : 0;

    while (timer_count > 0 && timers[0].due_us <= now_us) {
        struct timer timer = take_first();

        timer.act(timer.about);
    }
}

/* Rounded up, so that what is due in the same millisecond is done in one turn. */
static int wait_ms(void)
{
    if (timer_count == 0) {
        return -1;
    }
    int64_t left_us = timers[0].due_us - loop_now_us();
    return left_us <= 0 ? 0 : (int)((left_us + US_A_MS - 1) / US_A_MS);
}

/* False when it is time to end. */
static bool take_events(void)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll_fd, events, EVENTS, wait_ms());

    for (int i = 0; i < count; i++) {
        struct watched *watched = events[i].data.ptr;

        if (watched == NULL) {
            return false;
        }
        watched->ready(watched, events[i].events);
    }
    return true;
}

void loop_run(void (*turn)(void))
{
    while (take_events()) {
        fire();
        turn();
    }
}
