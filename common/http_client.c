/* http_client.c - the client's thread: takes calls, keeps the bounds, gives ends back.
 *
 * A host that does not answer fills its own share of the calls at once and no more: calls to others
 * overtake those that wait for it.  The clock of a call starts when it is sent, not while it waits.
 * Only the lists under the mutex are shared; libcurl's handles belong to the thread.
 */
#include "common/http_job.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    POLL_MS = 1000, /* only a net: whoever gives work wakes the thread */
    IDLE_KEPT = 8
};

struct queue {
    struct http_job *first, **end;
};

struct http_client {
    struct http_client_options options;
    CURLM *multi;
    pthread_t thread;
    int event_fd;

    pthread_mutex_t mutex; /* of the next three */
    struct queue given;
    struct http_ended *ended_first, **ended_end;
    bool closing;
    _Atomic int64_t under_way;

    struct queue waiting, running; /* the thread's own */
    int64_t running_count;
    CURL **idle; /* handles for the next calls */
    int64_t idle_count;
};

static void queue_add(struct queue *queue, struct http_job *job)
{
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
}

static void queue_remove(struct queue *queue, struct http_job **at)
{
    struct http_job *job = *at;

    *at = job->next;
    if (queue->end == &job->next)
        queue->end = at;
}

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

static void queue_free(struct queue *queue)
{
    while (queue->first != NULL) {
        struct http_job *job = queue->first;
        queue_remove(queue, &queue->first);
        http_job_free(job);
    }
}

static void add_ended(struct http_client *client, struct http_ended *ended)
{
    uint64_t one = 1;

    (void)pthread_mutex_lock(&client->mutex);
    ended->next = NULL;
    *client->ended_end = ended;
    client->ended_end = &ended->next;
    ssize_t written = write(client->event_fd, &one, sizeof one);
    assert(written == (ssize_t)sizeof one); /* a counter with room for 2^64 - 2 */
    atomic_fetch_sub(&client->under_way, 1);
    (void)pthread_mutex_unlock(&client->mutex);
}

static void end_job(struct http_client *client, struct http_job *job, CURLcode code)
{
    struct http_ended *ended = http_job_finish(job, code);

    http_job_free(job);
    add_ended(client, ended);
}

static CURL *take_handle(struct http_client *client)
{
    return client->idle_count > 0 ? client->idle[--client->idle_count] : curl_easy_init();
}

static void give_handle(struct http_client *client, CURL *easy)
{
    curl_easy_reset(easy);
    client->idle[client->idle_count++] = easy; /* there are never more than run at once */
}

static void start_job(struct http_client *client, struct http_job *job)
{
    CURL *easy = take_handle(client);

    if (easy == NULL) {
        job->refusal = "no memory for a call";
        end_job(client, job, CURLE_OUT_OF_MEMORY);
        return;
    }
    http_job_prepare(job, easy, client->options.roots);
    CURLMcode code = curl_multi_add_handle(client->multi, easy);
    assert(code == CURLM_OK);
    queue_add(&client->running, job);
    client->running_count++;
}

static bool host_has_room(const struct http_client *client, uint64_t host)
{
    int64_t count = 0;

    for (const struct http_job *job = client->running.first; job != NULL; job = job->next)
        count += job->host == host;
    return count < client->options.calls_a_host_max;
}

static void start_waiting(struct http_client *client)
{
    struct http_job **at = &client->waiting.first;

    while (*at != NULL && client->running_count < client->options.calls_at_once_max) {
        struct http_job *job = *at;
        if (job->refusal != NULL) {
            queue_remove(&client->waiting, at);
            end_job(client, job, CURLE_OK);
        } else if (host_has_room(client, job->host)) {
            queue_remove(&client->waiting, at);
            start_job(client, job);
        } else {
            at = &job->next;
        }
    }
}

/* Moves what was given to the thread's own queue; true when the thread is to end. */
static bool take_given(struct http_client *client)
{
    (void)pthread_mutex_lock(&client->mutex);
    if (client->given.first != NULL) {
        *client->waiting.end = client->given.first;
        client->waiting.end = client->given.end;
        queue_init(&client->given);
    }
    bool closing = client->closing;
    (void)pthread_mutex_unlock(&client->mutex);
    return closing;
}

static void finish_run(struct http_client *client, CURL *easy, CURLcode code)
{
    struct http_job **at = &client->running.first;

    while ((*at)->easy != easy) /* it is there: only running jobs have a handle in the multi */
        at = &(*at)->next;
    struct http_job *job = *at;
    queue_remove(&client->running, at);
    client->running_count--;
    end_job(client, job, code);
    (void)curl_multi_remove_handle(client->multi, easy);
    give_handle(client, easy);
}

/* Ends what libcurl has finished; true when there was anything. */
static bool take_finished(struct http_client *client)
{
    int left = 0;
    bool any = false;

    for (CURLMsg *message = curl_multi_info_read(client->multi, &left); message != NULL;
         message = curl_multi_info_read(client->multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        finish_run(client, message->easy_handle, message->data.result);
        any = true;
    }
    return any;
}

/* What a busy moment needed is given back when it is quiet. */
static void drop_idle_handle(struct http_client *client)
{
    if (client->running_count == 0 && client->idle_count > IDLE_KEPT)
        curl_easy_cleanup(client->idle[--client->idle_count]);
}

static void *thread_main(void *argument)
{
    struct http_client *client = argument;
    int running = 0;

    while (!take_given(client)) {
        start_waiting(client);
        (void)curl_multi_perform(client->multi, &running);
        if (!take_finished(client)) {
            (void)curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL);
            drop_idle_handle(client);
        }
    }
    return NULL;
}

/* Signals are for the program's own threads. */
static bool start_thread(struct http_client *client)
{
    sigset_t all, before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&client->thread, NULL, thread_main, client);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

static void release(struct http_client *client)
{
    for (struct http_job *job = client->running.first; job != NULL; job = job->next) {
        (void)curl_multi_remove_handle(client->multi, job->easy);
        curl_easy_cleanup(job->easy);
    }
    queue_free(&client->running);
    queue_free(&client->waiting);
    queue_free(&client->given);
    for (struct http_end *end = http_client_take(client); end != NULL;
         end = http_client_take(client))
        http_end_free(end);
    while (client->idle_count > 0)
        curl_easy_cleanup(client->idle[--client->idle_count]);
    (void)curl_multi_cleanup(client->multi);
    if (client->event_fd >= 0)
        (void)close(client->event_fd);
    (void)pthread_mutex_destroy(&client->mutex);
    free(client->idle);
    free(client);
}

static bool init(struct http_client *client, const struct http_client_options *options)
{
    client->options = *options;
    queue_init(&client->given);
    queue_init(&client->waiting);
    queue_init(&client->running);
    client->ended_end = &client->ended_first;
    (void)pthread_mutex_init(&client->mutex, NULL);
    client->idle = calloc((size_t)options->calls_at_once_max, sizeof(CURL *));
    client->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    client->multi = curl_multi_init();
    if (client->idle == NULL || client->event_fd < 0 || client->multi == NULL)
        return false;
    return curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS,
                             (long)options->calls_at_once_max) == CURLM_OK;
}

enum err http_client_open(struct ctx *ctx, const struct http_client_options *options,
                          struct http_client **ret)
{
    assert(options->calls_at_once_max > 0 && options->calls_a_host_max > 0);
    assert(options->body_bytes_max > 0);
    *ret = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(ctx, ERR_FATAL, "cannot start libcurl");
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return err_set(ctx, ERR_RETRY, "no memory for the HTTP client");
    if (!init(client, options) || !start_thread(client)) {
        release(client);
        return err_set(ctx, ERR_RETRY, "could not start the HTTP client's thread");
    }
    *ret = client;
    return OK;
}

struct http_client *http_client_close(struct http_client *client)
{
    if (client == NULL)
        return NULL;
    (void)pthread_mutex_lock(&client->mutex);
    client->closing = true;
    (void)pthread_mutex_unlock(&client->mutex);
    (void)curl_multi_wakeup(client->multi);
    (void)pthread_join(client->thread, NULL);
    release(client);
    return NULL;
}

void http_client_send(struct http_client *client, const struct http_call *call)
{
    struct http_job *job = http_job_new(call, (size_t)client->options.body_bytes_max);

    atomic_fetch_add(&client->under_way, 1);
    (void)pthread_mutex_lock(&client->mutex);
    queue_add(&client->given, job);
    (void)pthread_mutex_unlock(&client->mutex);
    (void)curl_multi_wakeup(client->multi);
}

struct http_end *http_client_take(struct http_client *client)
{
    (void)pthread_mutex_lock(&client->mutex);
    struct http_ended *ended = client->ended_first;
    if (ended != NULL) {
        client->ended_first = ended->next;
        if (client->ended_first == NULL)
            client->ended_end = &client->ended_first;
    }
    if (client->ended_first == NULL) { /* nothing waits: the descriptor falls silent */
        uint64_t count = 0;
        ssize_t length = read(client->event_fd, &count, sizeof count);
        (void)length;
    }
    (void)pthread_mutex_unlock(&client->mutex);
    return ended == NULL ? NULL : &ended->end;
}

int http_client_fd(const struct http_client *client)
{
    return client->event_fd;
}

int64_t http_client_under_way(const struct http_client *client)
{
    return atomic_load(&client->under_way);
}
