/* worker.c - the life of a lane worker: one step after the other, and what follows from an error.
 *
 * There is one way back from trouble: forget everything in memory, take the lanes anew and read
 * their state from the database.  It serves a lost lease, a lost answer, a vanished row, a lost
 * session and a broken machine alike, so it is used often enough to be right.
 */
#include "common/worker_parts.h"

enum err worker_new(struct ctx *ctx, const struct worker_options *options, struct worker **ret)
{
    struct worker *worker = calloc(1, sizeof *worker);

    if (options->service->consumed_count > WORKER_TOPICS_MAX ||
        options->service->published_count > WORKER_TOPICS_MAX || options->lane_count > LANES_MAX) {
        free(worker);
        return err_set(ctx, ERR_FATAL, "more topics or lanes than a worker can hold");
    }
    if (worker == NULL) {
        return err_set(ctx, ERR_FATAL, "no memory for the worker");
    }
    worker->options = *options;
    worker->service = options->service;
    worker->store = options->store;
    worker->broker = options->broker;
    worker->outside = options->outside;
    worker->ctx.arena = arena_new(ARENA_BYTES_MAX);
    worker->records = calloc(WORKER_BATCH_MAX, sizeof *worker->records);
    worker->items = calloc((size_t)2 * WORKER_BATCH_MAX, sizeof *worker->items);
    worker->kept_end = &worker->kept;
    worker->random = options->seed | 1;
    worker->pause_ms = PAUSE_MS_FIRST;
    worker->now_at = monotonic_ms(worker);
    if (worker->records == NULL || worker->items == NULL || !worker_metrics_register(worker)) {
        worker_free(worker);
        return err_set(ctx, ERR_FATAL, "no memory for the worker's batch");
    }
    *ret = worker;
    return OK;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL) {
        return;
    }
    worker_drop_lanes(worker);
    worker_effects_free(worker);
    worker_metrics_free(worker);
    arena_free(worker->ctx.arena);
    free(worker->records);
    free(worker->items);
    free(worker);
}

struct held_lane *worker_lane(const struct worker *worker, int64_t lane)
{
    for (size_t i = 0; i < worker->hold_count; i++) {
        if (worker->holds[i].lane == lane) {
            return worker->lanes[i];
        }
    }
    return NULL;
}

size_t worker_published(const struct worker *worker, const char *topic)
{
    size_t i = 0;

    while (i < worker->service->published_count &&
           strcmp(worker->service->published[i].name, topic) != 0) {
        i++;
    }
    return i;
}

const struct effect_handler *worker_effect_handler(const struct worker *worker, const char *kind)
{
    for (size_t i = 0; i < worker->service->effect_count; i++) {
        if (strcmp(worker->service->effects[i].kind, kind) == 0) {
            return &worker->service->effects[i];
        }
    }
    return NULL;
}

uint32_t worker_message_type(const struct worker *worker, const char *type)
{
    size_t low = 1, high = worker->service->info_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(worker->service->infos[middle].type, type);

        if (order == 0) {
            return (uint32_t)middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 0;
}

/* xorshift64: jitter needs no better randomness, and the simulation needs the same one again. */
int64_t worker_jitter_ms(struct worker *worker, int64_t pause_ms)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return pause_ms / 2 + (int64_t)(worker->random % (uint64_t)(pause_ms / 2 + 1));
}

static void pause_worker(struct worker *worker)
{
    worker->pause_until = monotonic_ms(worker) + worker_jitter_ms(worker, worker->pause_ms);
    worker->pause_ms = worker->pause_ms * 2 < PAUSE_MS_MAX ? worker->pause_ms * 2 : PAUSE_MS_MAX;
}

/* What follows from the outcome of a step; only what is lasting leaves the worker. */
static enum err settle(struct worker *worker, enum err err)
{
    if (err == OK) {
        worker->pause_ms = PAUSE_MS_FIRST;
        return OK;
    }
    metric_add(worker->metrics.rollbacks, 1);
    worker->store->operations->rollback(worker->store, &(struct ctx){ .arena = worker->ctx.arena });
    if (err == ERR_FATAL) {
        return err;
    }
    log_warning("lanes dropped, to be taken anew", LOG_TEXT("error", err_name(err)),
                LOG_TEXT("detail", worker->ctx.detail));
    worker_drop_lanes(worker);
    worker->heartbeat_at = 0;
    if (err != ERR_CONFLICT) {
        pause_worker(worker);
    }
    return OK;
}

static void note_events(struct worker *worker, unsigned events)
{
    if (events & BROKER_RECONNECTED) {
        /* Tails and positions are compared when lanes are activated: the one way does for this, too. */
        log_info("broker is back, lanes are activated anew", LOG_NOTHING);
        for (size_t i = 0; i < worker->hold_count; i++) {
            worker->lanes[i]->active = false;
            worker->broker->operations->unassign(worker->broker, worker->holds[i].lane);
        }
    }
}

static enum err keep_producer(struct worker *worker)
{
    unsigned events = worker->broker->operations->events(worker->broker);

    note_events(worker, events);
    if (events & BROKER_PRODUCER_LOST) {
        log_warning("producer lost, publishing again from the cursor", LOG_NOTHING);
        metric_add(worker->metrics.resends, 1);
        enum err err = worker->broker->operations->renew_producer(worker->broker, &worker->ctx);
        if (err) {
            return err;
        }
        worker_streams_from_cursor(worker);
    }
    return OK;
}

static enum err step(struct worker *worker, int64_t wait_ms)
{
    enum err err = keep_producer(worker);

    worker_streams_take_acknowledgments(worker);
    if (!err) {
        err = worker_keep_lanes(worker);
    }
    if (!err) {
        err = worker_streams_republish(worker);
    }
    worker_effects_start(worker);
    if (!err) {
        err = worker_gather(worker, worker_effects_wait_ms(worker, wait_ms));
    }
    if (!err && (worker->item_count > 0 || worker_batch_due(worker))) {
        err = worker_batch_run(worker, worker->items, worker->item_count);
    }
    worker_streams_ask_for_gaps(worker);
    worker_metrics_show(worker);
    return err;
}

static void wait_out_pause(struct worker *worker, int64_t wait_ms)
{
    int64_t left = worker->pause_until - monotonic_ms(worker);
    size_t count = 1;

    /* No lane is held, so nothing can come: polling is only a wait that still serves the broker's callbacks. */
    (void)worker->broker->operations->poll(worker->broker, &worker->ctx, worker->records, &count,
                                           left < wait_ms ? left : wait_ms);
}

enum err worker_step(struct worker *worker, int64_t wait_ms)
{
    arena_reset(worker->ctx.arena);
    worker->item_count = 0;
    worker->rest = true;
    worker->gap_closes = false;
    worker->last_step_at = monotonic_ms(worker);
    if (worker->pause_until > monotonic_ms(worker)) {
        wait_out_pause(worker, wait_ms);
        return OK;
    }
    enum err err = settle(worker, step(worker, wait_ms));
    worker->idle_steps = worker->rest ? worker->idle_steps + 1 : 0;
    return err;
}

/* What was published is acknowledged, and the cursors are stored with the last batch. */
static enum err save_cursors(struct worker *worker, int64_t end)
{
    const struct broker_operations *broker = worker->broker->operations;

    arena_reset(worker->ctx.arena);
    worker->item_count = 0;
    while (broker->unacknowledged(worker->broker) > 0 && monotonic_ms(worker) < end) {
        broker->flush(worker->broker, 100);
    }
    worker_streams_take_acknowledgments(worker);
    return worker_batch_run(worker, worker->items, 0);
}

void worker_drain(struct worker *worker, int64_t drain_ms)
{
    int64_t end = monotonic_ms(worker) + drain_ms;

    for (size_t i = 0; i < worker->hold_count; i++) {
        worker->broker->operations->unassign(worker->broker, worker->holds[i].lane);
    }
    if (worker->hold_count > 0 && worker_effects_await(worker, end) == OK &&
        save_cursors(worker, end) == OK) {
        (void)worker->store->operations->release(worker->store, &worker->ctx, worker->holds,
                                                 worker->hold_count);
    }
    worker_drop_lanes(worker);
}

struct worker_status worker_status(const struct worker *worker)
{
    return (struct worker_status){
        .lanes_held = worker->lanes_held,
        .lanes_active = worker->lanes_active,
        .instances_live = worker->instances_live,
        .batches = worker->batches,
        .messages = worker->messages,
        .duplicates = worker->duplicates,
        .gaps = worker->gaps,
        .parked = worker->parked,
        .effects_under_way = worker->effects_under_way,
        .late_ms = worker->late_ms,
        .last_step_at = worker->last_step_at,
        .paused_until = worker->pause_until,
        .holds_lane_0 = worker->holds_lane_0 != 0,
    };
}

int64_t worker_idle_steps(const struct worker *worker)
{
    return worker->idle_steps;
}

static int64_t earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static int64_t lane_due_at(const struct worker *worker, const struct held_lane *lane,
                           bool cursor_moved)
{
    int64_t now = monotonic_ms(worker), due_at = INT64_MAX;

    if (!lane->active || lane->inputs_waiting || lane->requests_waiting || lane->redrive_waiting) {
        return now;
    }
    if (cursor_moved) {
        due_at = lane->fenced_at + CURSOR_PAUSE_MS;
    }
    if (lane->timer_due != INT64_MAX) {
        int64_t wait_ms = lane->timer_due - business_ms(worker);

        due_at = earlier(due_at, wait_ms > 0 ? now + wait_ms : now);
    }
    for (size_t i = 0; i < worker->service->consumed_count; i++) {
        if (has_gap(&lane->positions[i])) {
            due_at = earlier(due_at, lane->positions[i].asked_at + RESEND_PAUSE_MS);
        }
    }
    return due_at;
}

int64_t worker_due_at(const struct worker *worker)
{
    int64_t now = monotonic_ms(worker), wait_ms = INT64_MAX / 2;
    int64_t effects_ms = worker_effects_wait_ms(worker, wait_ms);
    int64_t due_at = effects_ms < wait_ms ? now + effects_ms : INT64_MAX;

    if (worker->pause_until > now) {
        return worker->pause_until;
    }
    if (!worker->started) {
        return now;
    }
    bool cursor_moved = worker_streams_cursor_moved(worker);
    for (size_t i = 0; i < worker->hold_count; i++) {
        due_at = earlier(due_at, lane_due_at(worker, worker->lanes[i], cursor_moved));
    }
    return due_at;
}
