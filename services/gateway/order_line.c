/* order_line.c - one line of POST /v1/orders/bulk: a submission on a thread of its place, as it would be on a connection's.
 *
 * What becomes of an order may have to be asked of its owner, who may be slow: so lines do not wait for each other.
 */
#include "services/gateway/bulk_lines.h"
#include "services/gateway/submission.h"

#include <pthread.h>
#include <string.h>

enum { WAIT_S = 5, LINES_UNDER_WAY_MAX = 32, STACK_BYTES = 256 * 1024 };

enum work_state { WORK_NONE, WORK_GIVEN, WORK_DONE, WORK_ENDED };

struct line_worker {
    struct bulk_place *place;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool started;
    enum work_state
        state; /* under the mutex; the place is the thread's while it is GIVEN, else the connection's */
};

static void answer_line(struct bulk_place *place)
{
    const struct submission_terms terms = { .idempotency_key = place->key,
                                            .wait_s = WAIT_S,
                                            .for_bulk = true };
    struct order_id_text id = { "" };

    submission_answer(&place->call, &terms, &id);
    place->told.order_id = arena_copy_text(place->ctx.arena, id.text, strlen(id.text));
}

static void *work(void *argument)
{
    struct line_worker *worker = argument;

    (void)pthread_mutex_lock(&worker->mutex);
    while (worker->state != WORK_ENDED) {
        if (worker->state == WORK_GIVEN) {
            (void)pthread_mutex_unlock(&worker->mutex);
            answer_line(worker->place);
            (void)pthread_mutex_lock(&worker->mutex);
            worker->state = WORK_DONE;
            (void)pthread_cond_signal(&worker->changed);
        } else {
            (void)pthread_cond_wait(&worker->changed, &worker->mutex);
        }
    }
    (void)pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

static void set_state(struct line_worker *worker, enum work_state state)
{
    (void)pthread_mutex_lock(&worker->mutex);
    worker->state = state;
    (void)pthread_cond_signal(&worker->changed);
    (void)pthread_mutex_unlock(&worker->mutex);
}

static struct line_worker *worker_new(struct bulk_place *place)
{
    struct line_worker *worker = arena_alloc(place->kept, sizeof *worker);
    pthread_attr_t attributes;

    worker->place = place;
    (void)pthread_mutex_init(&worker->mutex, NULL);
    (void)pthread_cond_init(&worker->changed, NULL);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    worker->started = pthread_create(&worker->thread, &attributes, work, worker) == 0;
    (void)pthread_attr_destroy(&attributes);
    return worker;
}

static void begin_order_line(struct bulk_place *place)
{
    if (place->worker == NULL) {
        place->worker = worker_new(place);
    }
    struct line_worker *worker = place->worker;
    if (!worker->started) { /* no thread was to be had: then here */
        answer_line(place);
    }
    set_state(worker, worker->started ? WORK_GIVEN : WORK_DONE);
}

static void end_order_line(struct bulk_place *place)
{
    struct line_worker *worker = place->worker;

    (void)pthread_mutex_lock(&worker->mutex);
    while (worker->state != WORK_DONE) {
        (void)pthread_cond_wait(&worker->changed, &worker->mutex);
    }
    worker->state = WORK_NONE;
    (void)pthread_mutex_unlock(&worker->mutex);
}

static void release_order_line(struct bulk_place *place)
{
    struct line_worker *worker = place->worker;

    if (worker == NULL) {
        return;
    }
    if (worker->started) {
        set_state(worker, WORK_ENDED);
        (void)pthread_join(worker->thread, NULL);
    }
    (void)pthread_cond_destroy(&worker->changed);
    (void)pthread_mutex_destroy(&worker->mutex);
}

const struct line_kind order_lines = { LINES_UNDER_WAY_MAX, begin_order_line, end_order_line,
                                       release_order_line };
