/* worker_batch.c - items become one transaction, or, when one of them is at fault, one transaction each.
 *
 * The order never changes: fence, the lanes' own rows, shared rows under lock, decide, write,
 * commit.  What a rule refuses as impossible is known by name: the batch is decided again with that
 * item parked.  What the database refuses (a bad value, a named constraint) is found by running the
 * items one by one.  Everything else is the machine's fault, and is left to the caller.
 */
#include "common/worker_parts.h"

static void need_own(const struct item *item, struct rows *rows)
{
    if (item->message_handler != NULL && item->message_handler->need != NULL) {
        item->message_handler->need(&item->message, rows);
    } else if (item->timer_handler != NULL && item->timer_handler->need != NULL) {
        item->timer_handler->need(&item->timer_in, rows);
    } else if (item->effect_handler != NULL && item->effect_handler->need != NULL) {
        item->effect_handler->need(&item->result, rows);
    }
}

static void need_shared(const struct item *item, struct rows *rows)
{
    if (item->message_handler != NULL && item->message_handler->need_shared != NULL) {
        item->message_handler->need_shared(&item->message, rows);
    } else if (item->timer_handler != NULL && item->timer_handler->need_shared != NULL) {
        item->timer_handler->need_shared(&item->timer_in, rows);
    } else if (item->effect_handler != NULL && item->effect_handler->need_shared != NULL) {
        item->effect_handler->need_shared(&item->result, rows);
    }
}

static void decide(const struct item *item, struct decision *decision)
{
    if (item->message_handler != NULL) {
        decision->clock = item->message.clock;
        item->message_handler->decide(decision, &item->message);
    } else if (item->timer_handler != NULL) {
        item->timer_handler->decide(decision, &item->timer_in);
    } else if (item->effect_handler != NULL) {
        decision->clock = item->flight->row.clock;
        item->effect_handler->decide(decision, &item->result);
    }
}

static void need_all(const struct item *items, size_t count, struct rows *rows,
                     void (*need)(const struct item *, struct rows *))
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].verdict == ITEM_DECIDE) {
            need(&items[i], rows);
        }
    }
}

static enum err load_all(struct worker *worker, const struct item *items, size_t count,
                         struct batch *batch)
{
    const struct store_operations *store = worker->store->operations;
    enum err err =
        store->begin(worker->store, &worker->ctx, batch->fenced, batch->fenced_count, &batch->now);

    need_all(items, count, batch->rows, need_own);
    if (!err) {
        err = store->load(worker->store, &worker->ctx, batch->rows);
    }
    if (!err) {
        need_all(items, count, batch->rows, need_shared);
        err = store->load(worker->store, &worker->ctx, batch->rows);
    }
    return err;
}

/* What came later for the same subject must not overtake what is parked now. */
static void park_later_ones(struct item *items, size_t count, size_t parked)
{
    for (size_t i = parked + 1; i < count; i++) {
        bool message = items[i].message_handler != NULL && items[i].kind != ITEM_REDRIVE;

        if (items[i].verdict != ITEM_DECIDE ||
            !text_equal(items[i].subject.id, items[parked].subject.id)) {
            continue;
        }
        worker_item_behind(&items[i]);
        items[i].verdict = message ? ITEM_BEHIND : ITEM_SKIP;
    }
}

static void park_item(struct item *items, size_t count, size_t index, const char *reason)
{
    items[index].verdict = ITEM_PARK;
    items[index].state = "failed";
    items[index].reason = reason;
    park_later_ones(items, count, index);
}

/* Decides in order.  False when an item turned out to be impossible: it is marked, and all must be decided again. */
static bool decide_all(struct worker *worker, struct item *items, size_t count, struct batch *batch,
                       enum err *ret_err)
{
    for (size_t i = 0; i < count; i++) {
        struct decision decision;

        if (items[i].verdict != ITEM_DECIDE) {
            continue;
        }
        decision_init(&decision, worker->ctx.arena, batch->rows, batch->now);
        decide(&items[i], &decision);
        if (decision.err) {
            park_item(items, count, i, decision.refusal);
            return false;
        }
        *ret_err = worker_write_decision(worker, batch, &items[i], &decision);
        if (*ret_err == ERR_RULE) {
            park_item(
                items, count, i,
                arena_copy_text(worker->ctx.arena, worker->ctx.detail, strlen(worker->ctx.detail)));
            *ret_err = OK;
            return false;
        }
        if (*ret_err) {
            return true;
        }
    }
    return true;
}

bool worker_batch_due(const struct worker *worker)
{
    int64_t fenced_at = INT64_MAX;

    for (size_t i = 0; i < worker->hold_count; i++) {
        if (worker->lanes[i]->fenced_at < fenced_at) {
            fenced_at = worker->lanes[i]->fenced_at;
        }
    }
    if (worker->hold_count == 0) {
        return false;
    }
    int64_t age = monotonic_ms(worker) - fenced_at;
    return age >= worker->options.lease_ms / 3 ||
           (age >= CURSOR_PAUSE_MS && worker_streams_cursor_moved(worker));
}

static void fence_lane(const struct worker *worker, struct batch *batch, size_t index)
{
    const struct held_lane *lane = worker->lanes[index];
    struct held_lane_next *next = &batch->next[index];

    batch->fenced[batch->fenced_count] = worker->holds[index];
    batch->fenced_lanes[batch->fenced_count++] = index;
    next->positions = arena_copy(worker->ctx.arena, lane->positions,
                                 worker->service->consumed_count * sizeof *next->positions);
    next->streams = arena_copy(worker->ctx.arena, lane->streams,
                               worker->service->published_count * sizeof *next->streams);
    next->effect_id = lane->effect_id;
    next->timer_due = lane->timer_due;
}

/* The lanes that have items are fenced; all of them, once one of them is due, so that they stay due together. */
static void fence_lanes(const struct worker *worker, struct batch *batch, const struct item *items,
                        size_t count)
{
    bool all = count == 0 || worker_batch_due(worker);
    uint64_t lanes = 0; /* bit set */

    for (size_t i = 0; i < count; i++) {
        lanes |= (uint64_t)1 << items[i].lane->lane;
    }
    for (size_t i = 0; i < worker->hold_count; i++) {
        if (all || (lanes >> worker->lanes[i]->lane & 1) != 0) {
            fence_lane(worker, batch, i);
        }
    }
}

static struct batch *new_batch(struct worker *worker, const struct item *items, size_t count)
{
    struct arena *arena = worker->ctx.arena;
    struct batch *batch = arena_alloc(arena, sizeof *batch);
    size_t lanes = worker->hold_count + 1;

    batch->rows = rows_new(arena);
    batch->next = arena_alloc(arena, lanes * sizeof *batch->next);
    batch->fenced = arena_alloc(arena, lanes * sizeof *batch->fenced);
    batch->fenced_lanes = arena_alloc(arena, lanes * sizeof *batch->fenced_lanes);
    fence_lanes(worker, batch, items, count);
    batch->replies_end = &batch->replies;
    batch->unnumbered_end = &batch->unnumbered;
    batch->flights_end = &batch->flights;
    return batch;
}

static void write_item(struct worker *worker, struct batch *batch, const struct item *item)
{
    worker_write_position(worker, batch, item);
    switch (item->verdict) {
    case ITEM_PARK:
    case ITEM_BEHIND:
        worker_write_parked(worker, batch, item);
        break;
    case ITEM_FORWARD:
        worker_write_forward(worker, batch, item);
        break;
    case ITEM_DECIDE:
        worker_write_done(worker, batch, item);
        break;
    case ITEM_SKIP:
        if (item->kind == ITEM_INPUT) {
            worker_write_done(worker, batch, item);
        }
        break;
    }
}

static void note_item(struct worker *worker, struct item *item)
{
    if (item->kind == ITEM_RECORD) {
        worker->messages++;
        if (item->gap) {
            worker->gaps++;
            metric_add(worker->metrics.gaps, 1);
        } else if (item->duplicate) {
            worker->duplicates++;
            metric_add(worker->metrics.duplicates, 1);
        }
    }
    if (item->verdict == ITEM_PARK) {
        worker->parked++;
        metric_add(worker->metrics.parked, 1);
        log_warning("parked", LOG_TEXT("subject", item->subject.id),
                    LOG_TEXT("reason", item->reason), LOG_INT("lane", item->lane->lane));
    }
}

/* What a committed item means for what is kept in memory. */
static void settle_item(struct worker *worker, struct item *item)
{
    bool parked = item->verdict == ITEM_PARK || item->verdict == ITEM_BEHIND;

    note_item(worker, item);
    worker_metrics_handled(worker, item, worker->now);
    worker_trace_item_end(worker, item);
    if (item->kind == ITEM_RESULT) {
        if (item->verdict == ITEM_DECIDE) {
            worker_effects_ended(worker, item->lane, item->flight);
        } else {
            worker_effects_stall(worker, item->flight);
        }
    }
    if (item->kind == ITEM_REDRIVE) {
        worker_parked_settle(worker, item);
    } else if (item->kind == ITEM_REQUEST) {
        worker_requests_settle(worker, item);
    } else if (parked) {
        worker_parked_note(item);
    }
}

static void settle_lane(struct worker *worker, const struct batch *batch, size_t fenced)
{
    size_t index = batch->fenced_lanes[fenced];
    struct held_lane *lane = worker->lanes[index];
    const struct held_lane_next *next = &batch->next[index];

    worker->holds[index] = batch->fenced[fenced];
    memcpy(lane->positions, next->positions,
           worker->service->consumed_count * sizeof *next->positions);
    for (size_t topic = 0; topic < worker->service->published_count; topic++) {
        lane->streams[topic].row = next->streams[topic].row;
        lane->streams[topic].stored = next->streams[topic].stored;
        lane->streams[topic].cursor_back = next->streams[topic].cursor_back;
    }
    lane->effect_id = next->effect_id;
    lane->timer_due = next->timer_due;
    lane->fenced_at = worker->now_at;
}

static void settle_lanes(struct worker *worker, const struct batch *batch)
{
    for (size_t i = 0; i < batch->fenced_count; i++) {
        settle_lane(worker, batch, i);
    }
    for (size_t i = 0; i < worker->hold_count; i++) {
        struct held_lane *lane = worker->lanes[i];

        lane->inputs_waiting |= (batch->input_lanes >> lane->lane & 1) != 0;
    }
}

int64_t worker_pause_after(size_t count, int64_t idle_ms, int64_t took_ms)
{
    enum { BUSY_MS = 5, TIMES = 3, MOST_MS = 50, LARGE = 64 };
    int64_t pause_ms = TIMES * took_ms < MOST_MS ? TIMES * took_ms : MOST_MS;

    return idle_ms <= BUSY_MS && count > 0 && count < LARGE ? pause_ms : 0;
}

static void after_commit(struct worker *worker, struct item *items, size_t count,
                         const struct batch *batch, int64_t began_at)
{
    /* A few lanes' floor may lie below what was told before; that of all lanes is the truth again. */
    if (batch->now > worker->now || batch->fenced_count == worker->hold_count) {
        worker->now = batch->now;
    }
    worker->now_at = monotonic_ms(worker);
    worker->free_at = worker->now_at + worker_pause_after(count, began_at - worker->free_at,
                                                          worker->now_at - began_at);
    worker->batches++;
    settle_lanes(worker, batch);
    for (size_t i = 0; i < count; i++) {
        settle_item(worker, &items[i]);
    }
    for (const struct flight_row *flight = batch->flights; flight != NULL; flight = flight->next) {
        if (!mutant("forget_effect")) {
            worker_effects_add(worker, flight->lane, flight->row, false);
        }
    }
    worker_streams_hand_over(worker, batch);
    metric_add(worker->metrics.commits, 1);
    metric_observe(worker->metrics.batch_messages, (double)count);
    metric_observe(worker->metrics.batch_seconds, (double)(worker->now_at - began_at) / 1000.0);
}

/* Decides all, again and again while one of them turns out impossible: each round parks one more, so it ends. */
static enum err batch_decided(struct worker *worker, struct item *items, size_t count,
                              struct batch **ret)
{
    for (;;) {
        struct batch *batch = new_batch(worker, items, count);
        enum err err = load_all(worker, items, count, batch);

        if (err || decide_all(worker, items, count, batch, &err)) {
            *ret = batch;
            return err;
        }
        worker->store->operations->rollback(worker->store, &worker->ctx);
    }
}

static enum err batch_try(struct worker *worker, struct item *items, size_t count)
{
    struct batch *batch = NULL;
    bool unknown = false;
    int64_t began_at = monotonic_ms(worker);
    enum err err = batch_decided(worker, items, count, &batch);

    if (err) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        write_item(worker, batch, &items[i]);
    }
    worker_write_lanes(worker, batch);
    fault_point("before_commit");
    err = worker->store->operations->save_and_commit(worker->store, &worker->ctx, batch->rows,
                                                     &unknown);
    if (err) {
        return err;
    }
    fault_point("after_commit");
    after_commit(worker, items, count, batch, began_at);
    fault_point("after_hand_over");
    return OK;
}

/* One item alone; what the database refuses is parked in a second try. */
static enum err batch_single(struct worker *worker, struct item *item)
{
    enum err err = batch_try(worker, item, 1);

    if (err != ERR_RULE) {
        return err;
    }
    worker->store->operations->rollback(worker->store, &worker->ctx);
    if (item->verdict != ITEM_DECIDE || item->kind == ITEM_REQUEST) {
        return err_set(&worker->ctx, ERR_FATAL, "cannot even be parked: %s", worker->ctx.detail);
    }
    park_item(item, 1, 0,
              arena_copy_text(worker->ctx.arena, worker->ctx.detail, strlen(worker->ctx.detail)));
    return batch_try(worker, item, 1);
}

/* What an earlier one of the same subject held up, when items run one by one. */
static void keep_order(struct item *item)
{
    const struct parked_set *parked = item->lane->parked;
    bool message = item->verdict == ITEM_DECIDE && item->message_handler != NULL;

    if (item->kind != ITEM_REDRIVE) {
        if (message && parked_set_has(parked, item->subject.id)) {
            worker_item_behind(item);
        }
    } else if (parked_set_has(parked, item->parked->subject_id) &&
               !parked_set_is_redriven(parked, item->parked->subject_id)) {
        item->verdict = ITEM_SKIP;
    }
}

enum err worker_batch_run(struct worker *worker, struct item *items, size_t count)
{
    enum err err = batch_try(worker, items, count);

    if (err != ERR_RULE) {
        return err;
    }
    log_warning("batch refused, running it one by one", LOG_INT("items", (int64_t)count),
                LOG_TEXT("detail", worker->ctx.detail));
    worker->store->operations->rollback(worker->store, &worker->ctx);
    err = OK;
    for (size_t i = 0; i < count && !err; i++) {
        keep_order(&items[i]);
        err = batch_single(worker, &items[i]);
    }
    return err;
}
