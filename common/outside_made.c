/* outside_made.c - a queue of calls, a thread that makes what they ask for, and a list of ends. */
#include "common/outside_made.h"

#include "common/arena.h"
#include "common/buffer.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAKE_BYTES_MAX = 1 << 25, ANSWER_BYTES_MAX = 1 << 22 };

/* A call, then its end. */
struct job {
    struct job *next;
    const struct outside_target *target;
    struct arena *memory;
    struct outside_request request;
    struct http_end *end;
};

struct jobs {
    struct job *first, **behind;
};

struct outside_made {
    struct outside outside;
    struct outside *others;
    const struct outside_target *targets;
    size_t target_count;
    int event_fd, both_fd; /* both_fd: readable when either has an end */
    pthread_t thread;
    pthread_mutex_t mutex; /* of the next three */
    struct jobs given, ended;
    bool closing;
    pthread_cond_t given_some;
};

static struct outside_made *made_of(struct outside *outside)
{
    return (struct outside_made *)outside;
}

static void jobs_add(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    *jobs->behind = job;
    jobs->behind = &job->next;
}

static struct job *jobs_take(struct jobs *jobs)
{
    struct job *job = jobs->first;

    if (job != NULL) {
        jobs->first = job->next;
        jobs->behind = jobs->first == NULL ? &jobs->first : jobs->behind;
    }
    return job;
}

static void free_job(struct job *job)
{
    http_end_free(job->end);
    arena_free(job->memory);
    free(job);
}

/* --- The thread -------------------------------------------------------------------------------- */

/* What could not be made was surely not made. */
static void make(struct job *job)
{
    struct ctx ctx = { .arena = job->memory };
    struct buffer answer;

    buffer_init(&answer, ANSWER_BYTES_MAX);
    enum err err = job->target->make(&ctx, &job->request, &answer);
    bool made = err == OK && !answer.overflowed;
    char *body = malloc(answer.length + 1);
    assert(body != NULL);
    if (answer.length > 0) {
        memcpy(body, answer.bytes, answer.length);
    }
    body[answer.length] = '\0';
    job->end->fate = made ? HTTP_ANSWERED : HTTP_NOT_SENT;
    job->end->status = made ? 200 : 0;
    job->end->body = body;
    job->end->body_length = answer.length;
    (void)snprintf(job->end->error, sizeof job->end->error, "%.150s",
                   err == OK && !made ? "what was made is too large" : ctx.detail);
    buffer_release(&answer);
}

static struct job *await_job(struct outside_made *made)
{
    (void)pthread_mutex_lock(&made->mutex);
    while (made->given.first == NULL && !made->closing) {
        (void)pthread_cond_wait(&made->given_some, &made->mutex);
    }
    struct job *job = made->closing ? NULL : jobs_take(&made->given);
    (void)pthread_mutex_unlock(&made->mutex);
    return job;
}

static void hand_back(struct outside_made *made, struct job *job)
{
    uint64_t one = 1;

    (void)pthread_mutex_lock(&made->mutex);
    jobs_add(&made->ended, job);
    (void)pthread_mutex_unlock(&made->mutex);
    ssize_t written = write(made->event_fd, &one, sizeof one);
    assert(written == sizeof one);
    (void)written;
}

static void *run(void *argument)
{
    struct outside_made *made = argument;
    struct job *job = NULL;

    while ((job = await_job(made)) != NULL) {
        make(job);
        hand_back(made, job);
    }
    return NULL;
}

/* --- The interface ----------------------------------------------------------------------------- */

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy_text(arena, text, strlen(text));
}

static struct job *new_job(const struct outside_target *target, const struct outside_call *call)
{
    struct job *job = calloc(1, sizeof *job);
    const struct outside_request *request = &call->request;

    assert(job != NULL);
    job->target = target;
    job->end = calloc(1, sizeof *job->end);
    assert(job->end != NULL);
    job->end->id = call->id;
    job->memory = arena_new(MAKE_BYTES_MAX);
    job->request = (struct outside_request){
        .method = copy_text(job->memory, request->method),
        .path = copy_text(job->memory, request->path),
        .headers = copy_text(job->memory, request->headers),
        .body = arena_copy_text(job->memory, request->body, request->body_length),
        .body_length = request->body_length,
    };
    return job;
}

static void outside_made_send(struct outside *outside, const struct outside_call *call)
{
    struct outside_made *made = made_of(outside);

    assert(call->target < made->target_count);
    if (made->targets[call->target].make == NULL) {
        made->others->operations->send(made->others, call);
        return;
    }
    struct job *job = new_job(&made->targets[call->target], call);
    (void)pthread_mutex_lock(&made->mutex);
    jobs_add(&made->given, job);
    (void)pthread_cond_signal(&made->given_some);
    (void)pthread_mutex_unlock(&made->mutex);
}

static struct http_end *take_made(struct outside_made *made)
{
    uint64_t count = 0;

    (void)pthread_mutex_lock(&made->mutex);
    struct job *job = jobs_take(&made->ended);
    if (job == NULL) {
        (void)!read(made->event_fd, &count, sizeof count);
    }
    (void)pthread_mutex_unlock(&made->mutex);
    if (job == NULL) {
        return NULL;
    }
    struct http_end *end = job->end;
    job->end = NULL;
    free_job(job);
    return end;
}

static struct http_end *outside_made_take(struct outside *outside)
{
    struct outside_made *made = made_of(outside);
    struct http_end *end = take_made(made);

    return end != NULL || made->others == NULL ? end : made->others->operations->take(made->others);
}

static int outside_made_descriptor(struct outside *outside)
{
    return made_of(outside)->both_fd;
}

static void free_jobs(struct jobs *jobs)
{
    struct job *job = NULL;

    while ((job = jobs_take(jobs)) != NULL) {
        free_job(job);
    }
}

static void free_made(struct outside_made *made)
{
    if (made->others != NULL) {
        made->others->operations->close(made->others);
    }
    if (made->event_fd >= 0) {
        (void)close(made->event_fd);
    }
    if (made->both_fd >= 0) {
        (void)close(made->both_fd);
    }
    free(made);
}

static void outside_made_close(struct outside *outside)
{
    struct outside_made *made = made_of(outside);

    (void)pthread_mutex_lock(&made->mutex);
    made->closing = true;
    (void)pthread_cond_signal(&made->given_some);
    (void)pthread_mutex_unlock(&made->mutex);
    (void)pthread_join(made->thread, NULL);
    free_jobs(&made->given);
    free_jobs(&made->ended);
    (void)pthread_cond_destroy(&made->given_some);
    (void)pthread_mutex_destroy(&made->mutex);
    free_made(made);
}

static const struct outside_operations operations = {
    .send = outside_made_send,
    .take = outside_made_take,
    .descriptor = outside_made_descriptor,
    .close = outside_made_close,
};

static bool watch(const struct outside_made *made, int descriptor)
{
    struct epoll_event event = { .events = EPOLLIN };

    return epoll_ctl(made->both_fd, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static bool open_descriptors(struct outside_made *made)
{
    made->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->both_fd = epoll_create1(EPOLL_CLOEXEC);
    return made->event_fd >= 0 && made->both_fd >= 0 && watch(made, made->event_fd) &&
           (made->others == NULL ||
            watch(made, made->others->operations->descriptor(made->others)));
}

enum err outside_made_open(struct ctx *ctx, const struct outside_target *targets, size_t count,
                           struct outside *others, struct outside **ret)
{
    struct outside_made *made = calloc(1, sizeof *made);

    if (made == NULL) {
        return err_set(ctx, ERR_FATAL, "no memory for what is made");
    }
    *made = (struct outside_made){
        .outside = { &operations }, .others = others, .targets = targets, .target_count = count
    };
    made->given.behind = &made->given.first;
    made->ended.behind = &made->ended.first;
    (void)pthread_mutex_init(&made->mutex, NULL);
    (void)pthread_cond_init(&made->given_some, NULL);
    if (!open_descriptors(made) || pthread_create(&made->thread, NULL, run, made) != 0) {
        free_made(made);
        return err_set(ctx, ERR_FATAL, "no thread for what is made");
    }
    *ret = &made->outside;
    return OK;
}
