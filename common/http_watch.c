/* http_watch.c - a list of connections, and a thread that looks through it once a second, and when there are too many. */
#include "common/http_watch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { LOOK_EVERY_MS = 1000 };

struct http_watch {
    int64_t ms_max[4]; /* by activity; 0: no limit */
    pthread_mutex_t mutex;
    pthread_cond_t quiet, ending;
    pthread_t thread;
    struct http_connection *first;
    int64_t count, busy_count, ended_count, crowd;
    bool closing, look_now;
};

static struct timespec monotonic(int64_t plus_ms)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ns = now.tv_nsec + plus_ms % 1000 * 1000000;
    return (struct timespec){ .tv_sec = now.tv_sec + plus_ms / 1000 + ns / 1000000000,
                              .tv_nsec = ns % 1000000000 };
}

static int64_t monotonic_ms(void)
{
    struct timespec now = monotonic(0);

    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A connection leaves the list before its socket is closed, so what is shut down here is its own. */
static void end(struct http_connection *connection)
{
    if (!connection->ended) {
        connection->ended = true;
        connection->watch->ended_count++;
        (void)shutdown(connection->fd, SHUT_RDWR);
    }
}

/* Of those for whom nothing is done; NULL when there are none. */
static struct http_connection *longest_idle(const struct http_watch *watch)
{
    struct http_connection *longest = NULL;

    for (struct http_connection *each = watch->first; each != NULL; each = each->next) {
        bool idle =
            !each->ended && each->activity != HTTP_ANSWERING && each->activity != HTTP_TAKING;
        if (idle && (longest == NULL || each->since_ms <= longest->since_ms))
            longest = each;
    }
    return longest;
}

static bool is_crowded(const struct http_watch *watch)
{
    return watch->count - watch->ended_count > watch->crowd;
}

static void end_crowd(struct http_watch *watch)
{
    struct http_connection *longest = NULL;

    while (is_crowded(watch) && (longest = longest_idle(watch)) != NULL) /* each once */
        end(longest);
}

static void end_overdue(struct http_watch *watch)
{
    int64_t now_ms = monotonic_ms();

    for (struct http_connection *each = watch->first; each != NULL; each = each->next) {
        int64_t ms_max = watch->ms_max[each->activity];
        if (ms_max > 0 && now_ms - each->since_ms > ms_max)
            end(each);
    }
}

static void *thread_main(void *argument)
{
    struct http_watch *watch = argument;

    (void)pthread_mutex_lock(&watch->mutex);
    while (!watch->closing) {
        struct timespec until = monotonic(LOOK_EVERY_MS);
        while (!watch->closing && !watch->look_now &&
               pthread_cond_timedwait(&watch->ending, &watch->mutex, &until) == 0)
            ; /* woken for nothing */
        watch->look_now = false;
        end_overdue(watch);
        end_crowd(watch);
    }
    (void)pthread_mutex_unlock(&watch->mutex);
    return NULL;
}

struct http_watch *http_watch_open(const struct http_watch_options *options)
{
    struct http_watch *watch = calloc(1, sizeof *watch);
    pthread_condattr_t attributes;
    sigset_t all, before;

    if (watch == NULL)
        return NULL;
    watch->ms_max[HTTP_READING] = options->request_ms_max;
    watch->ms_max[HTTP_TAKING] = options->upload_ms_max;
    watch->ms_max[HTTP_WAITING] = options->idle_ms_max;
    watch->crowd = options->crowd;
    (void)pthread_mutex_init(&watch->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&watch->quiet, &attributes);
    (void)pthread_cond_init(&watch->ending, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&watch->thread, NULL, thread_main, watch);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        free(watch);
        return NULL;
    }
    return watch;
}

void http_watch_close(struct http_watch *watch)
{
    if (watch == NULL)
        return;
    (void)pthread_mutex_lock(&watch->mutex);
    watch->closing = true;
    (void)pthread_cond_broadcast(&watch->ending);
    (void)pthread_mutex_unlock(&watch->mutex);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->quiet);
    (void)pthread_cond_destroy(&watch->ending);
    (void)pthread_mutex_destroy(&watch->mutex);
    free(watch);
}

static void write_address(struct http_connection *connection, const struct sockaddr *peer)
{
    const void *bytes = NULL;

    if (peer != NULL && peer->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
    if (peer != NULL && peer->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
    if (bytes != NULL)
        (void)inet_ntop(peer->sa_family, bytes, connection->address, sizeof connection->address);
}

struct http_connection *http_watch_enter(struct http_watch *watch, int fd,
                                         const struct sockaddr *peer)
{
    struct http_connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL)
        return NULL;
    connection->watch = watch;
    connection->fd = fd;
    connection->since_ms = monotonic_ms();
    write_address(connection, peer);
    (void)pthread_mutex_lock(&watch->mutex);
    connection->next = watch->first;
    connection->at = &watch->first;
    if (watch->first != NULL)
        watch->first->at = &connection->next;
    watch->first = connection;
    watch->count++;
    watch->look_now = is_crowded(watch);
    if (watch->look_now)
        (void)pthread_cond_broadcast(&watch->ending);
    (void)pthread_mutex_unlock(&watch->mutex);
    return connection;
}

/* Under the mutex. */
static void note(struct http_connection *connection, enum http_activity activity)
{
    struct http_watch *watch = connection->watch;

    watch->busy_count += (activity != HTTP_WAITING) - (connection->activity != HTTP_WAITING);
    connection->activity = activity;
    connection->since_ms = monotonic_ms();
    if (watch->busy_count == 0)
        (void)pthread_cond_broadcast(&watch->quiet);
}

void http_watch_note(struct http_connection *connection, enum http_activity activity)
{
    (void)pthread_mutex_lock(&connection->watch->mutex);
    note(connection, activity);
    (void)pthread_mutex_unlock(&connection->watch->mutex);
}

void http_watch_leave(struct http_connection *connection)
{
    struct http_watch *watch = connection->watch;

    (void)pthread_mutex_lock(&watch->mutex);
    note(connection, HTTP_WAITING);
    *connection->at = connection->next;
    if (connection->next != NULL)
        connection->next->at = connection->at;
    watch->count--;
    watch->ended_count -= connection->ended;
    (void)pthread_mutex_unlock(&watch->mutex);
    free(connection);
}

bool http_watch_until_quiet(struct http_watch *watch, int64_t timeout_ms)
{
    struct timespec until = monotonic(timeout_ms);
    int failed = 0;

    (void)pthread_mutex_lock(&watch->mutex);
    while (watch->busy_count > 0 && failed == 0)
        failed = pthread_cond_timedwait(&watch->quiet, &watch->mutex, &until);
    bool quiet = watch->busy_count == 0;
    (void)pthread_mutex_unlock(&watch->mutex);
    return quiet;
}

int64_t http_watch_count(struct http_watch *watch)
{
    (void)pthread_mutex_lock(&watch->mutex);
    int64_t count = watch->count;
    (void)pthread_mutex_unlock(&watch->mutex);
    return count;
}
