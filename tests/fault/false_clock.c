/* false_clock.c - loaded into a program before all else: its wall clock is wrong by so many seconds, as a file says.
 *
 * The monotonic clock stays right.  timespec_get is left alone, too: librdkafka computes its waits with it, and waits by
 * the kernel's clock.  FALSE_CLOCK names a file of one 64-bit number, which is mapped, so it may change at any time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Later than any monotonic clock, earlier than any wall clock. */
enum { WALL_CLOCK_S_MIN = 1000000000 };

static const volatile int64_t *shift_s;

__attribute__((constructor)) static void map_shift(void)
{
    const char *path =
        getenv("FALSE_CLOCK"); /* NOLINT(concurrency-mt-unsafe): before there are threads */
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof *shift_s, PROT_READ, MAP_SHARED, file, 0);
    (void)close(file);
    if (mapped != MAP_FAILED)
        shift_s = mapped;
}

static int64_t shift(void)
{
    return shift_s == NULL ? 0 : *shift_s;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's names are its own */

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, ret);

    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        ret->tv_sec += shift();
    return failed;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);

    (void)zone;
    ret->tv_sec = now.tv_sec;
    ret->tv_usec = now.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *ret)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret != NULL)
        *ret = now.tv_sec;
    return now.tv_sec;
}

/* A deadline by the wrong clock is waited for by the kernel's. */
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict deadline)
{
    typedef int wait_function(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    static wait_function *wait;
    struct timespec right = *deadline;

    if (wait == NULL)
        *(void **)&wait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    if (right.tv_sec > WALL_CLOCK_S_MIN)
        right.tv_sec -= shift();
    return wait(condition, mutex, &right);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
