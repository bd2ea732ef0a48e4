/* worker_lanes.c - which lanes this worker holds, and how a lane is made ready.
 *
 * A lane that was taken is inactive until its state was read (in statements later than the one that
 * wrote the new holder), the ends of its streams were compared with the broker's log, and its
 * partitions are assigned.  After trouble with the broker only the last two are done again.
 */
#include "common/worker_parts.h"

static const int64_t far_future = INT64_C(253402300799000); /* the end of the year 9999 */

static void count_lanes(struct worker *worker)
{
    int64_t active = 0, first = 0;

    for (size_t i = 0; i < worker->hold_count; i++) {
        active += worker->lanes[i]->active ? 1 : 0;
        first += worker->lanes[i]->active && worker->lanes[i]->lane == 0 ? 1 : 0;
    }
    worker->holds_lane_0 = first;
    worker->lanes_held = (int64_t)worker->hold_count;
    worker->lanes_active = active;
    metric_set(worker->metrics.lanes, (double)active);
}

void worker_drop_lane(struct worker *worker, size_t index)
{
    struct held_lane *lane = worker->lanes[index];

    worker->broker->operations->unassign(worker->broker, lane->lane);
    worker_metrics_lane_dropped(worker, lane->lane);
    worker_effects_forget(worker, lane);
    parked_set_free(lane->parked);
    free(lane);
    worker->hold_count--;
    worker->holds[index] = worker->holds[worker->hold_count];
    worker->lanes[index] = worker->lanes[worker->hold_count];
    count_lanes(worker);
}

void worker_drop_lanes(struct worker *worker)
{
    while (worker->hold_count > 0) {
        worker_drop_lane(worker, worker->hold_count - 1);
    }
    worker->item_count = 0;
}

static enum err add_lane(struct worker *worker, const struct lane_hold *hold)
{
    struct held_lane *lane = calloc(1, sizeof *lane);

    if (lane == NULL) {
        return err_set(&worker->ctx, ERR_RETRY, "no memory for a lane");
    }
    lane->lane = hold->lane;
    worker->holds[worker->hold_count] = *hold;
    worker->lanes[worker->hold_count] = lane;
    worker->hold_count++;
    return OK;
}

/* Gives back what is more than the fair share: the highest lanes, after what they published is acknowledged or not.  One with
 * calls under way begins no more of them, and goes when they are answered: who takes it would make them again.  Where this code
 * is too old for the schema all go at once: it may write nothing more. */
static enum err give_back(struct worker *worker, const struct lane_share *share)
{
    int64_t keep = share->code_too_old ? 0 : share->lanes_fair;
    enum err err = OK;

    for (size_t i = worker->hold_count; i-- > 0 && !err;) {
        struct held_lane *lane = worker->lanes[i];

        lane->leaves = (int64_t)i >= keep;
        if (!lane->leaves || (!share->code_too_old && worker_effects_are_open(lane))) {
            continue;
        }
        err = worker->store->operations->release(worker->store, &worker->ctx, &worker->holds[i], 1);
        if (!err) {
            log_info("lane given back", LOG_INT("lane", lane->lane));
            worker_drop_lane(worker, i);
        }
    }
    return err;
}

static enum err heartbeat(struct worker *worker)
{
    struct lane_share share = { 0 };
    struct lane_claim claim = { .held = worker->holds,
                                .held_count = worker->hold_count,
                                .start = !worker->started };
    enum err err =
        worker->store->operations->heartbeat(worker->store, &worker->ctx, &claim, &share);

    if (err) {
        return err;
    }
    worker->started = true;
    /* Often enough that what another leaves is taken within a second of the end of its lease. */
    worker->heartbeat_at = monotonic_ms(worker) + worker->options.lease_ms / 4;
    worker->instances_live = share.instances_live;
    if (share.displaced) {
        return err_set(&worker->ctx, ERR_FATAL, "another process runs under the name \"%s\"",
                       worker->options.instance);
    }
    for (size_t i = 0; i < share.taken_count && !err; i++) {
        err = add_lane(worker, &share.taken[i]);
    }
    for (size_t i = 0; i < worker->hold_count; i++) {
        worker->lanes[i]->requests_waiting |= share.requests_open;
    }
    if (share.taken_count > 0) {
        log_info("lanes taken", LOG_INT("count", (int64_t)share.taken_count),
                 LOG_INT("held", (int64_t)worker->hold_count));
    }
    return err ? err : give_back(worker, &share);
}

static size_t topic_index(const struct broker_topic *topics, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(topics[i].name, name) == 0) {
            return i;
        }
    }
    return count;
}

enum err worker_scan(struct worker *worker, const struct scan *scan, struct key first,
                     struct key second, struct scan_answer *ret)
{
    struct scan_query query = { .scan = scan,
                                .arguments = { first, second },
                                .limit = SCAN_ROWS_MAX };

    return worker->store->operations->scan(worker->store, &worker->ctx, &query, ret);
}

static enum err load_positions(struct worker *worker, struct held_lane *lane)
{
    const struct service *service = worker->service;
    struct scan_answer answer = { 0 };
    enum err err = worker_scan(worker, &read_positions_of_lane, key_number(lane->lane),
                               key_number(0), &answer);

    if (err) {
        return err;
    }
    for (size_t i = 0; i < service->consumed_count; i++) {
        lane->positions[i] =
            (struct lane_position){ .row = { .lane = lane->lane,
                                             .topic = service->consumed[i].name } };
    }
    for (size_t i = 0; i < answer.count; i++) {
        const struct read_position_row *row = answer.rows[i];
        size_t topic = topic_index(service->consumed, service->consumed_count, row->topic);

        if (topic < service->consumed_count) {
            lane->positions[topic].row = *row;
            lane->positions[topic].row.topic = service->consumed[topic].name;
            lane->positions[topic].stored = true;
            lane->positions[topic].numbered_before = row->number > 0;
        }
    }
    return OK;
}

/* In a new generation numbers start anew; what the old one left unacknowledged is still published first. */
static void enter_generation(struct lane_stream *stream, int64_t generation)
{
    if (stream->row.generation != generation) {
        if (stream->row.number > 0) {
            stream->row.previous_generation = stream->row.generation;
            stream->row.previous_number = stream->row.number;
        }
        stream->row.generation = generation;
        stream->row.number = 0;
    }
}

static enum err load_streams(struct worker *worker, struct held_lane *lane)
{
    const struct service *service = worker->service;
    struct scan_answer answer = { 0 };
    enum err err =
        worker_scan(worker, &streams_of_lane, key_number(lane->lane), key_number(0), &answer);

    if (err) {
        return err;
    }
    for (size_t i = 0; i < service->published_count; i++) {
        lane->streams[i] = (struct lane_stream){
            .row = { .lane = lane->lane,
                     .topic = service->published[i].name,
                     .generation = worker->generation,
                     .cursor_generation = worker->generation },
        };
    }
    for (size_t i = 0; i < answer.count; i++) {
        const struct stream_row *row = answer.rows[i];
        size_t topic = topic_index(service->published, service->published_count, row->topic);

        if (topic < service->published_count) {
            lane->streams[topic].row = *row;
            lane->streams[topic].row.topic = service->published[topic].name;
            lane->streams[topic].stored = true;
            enter_generation(&lane->streams[topic], worker->generation);
        }
    }
    return OK;
}

static enum err load_effects(struct worker *worker, struct held_lane *lane)
{
    for (;;) {
        struct scan_answer answer = { 0 };
        enum err err = worker_scan(worker, &effects_after, key_number(lane->lane),
                                   key_number(lane->effect_id), &answer);

        if (!err && answer.count == 0) {
            worker_effects_loaded(worker, lane);
        }
        if (err || answer.count == 0) {
            return err;
        }
        for (size_t i = 0; i < answer.count; i++) {
            const struct effect_row *row = answer.rows[i];

            worker_effects_add(worker, lane, row, true);
            lane->effect_id = row->id;
        }
    }
}

enum err worker_lane_first_timer(struct worker *worker, struct held_lane *lane)
{
    struct scan_query query = {
        .scan = &timers_due,
        .arguments = { key_number(lane->lane), key_number(far_future) },
        .limit = 1,
    };
    struct scan_answer answer = { 0 };
    enum err err = worker->store->operations->scan(worker->store, &worker->ctx, &query, &answer);

    if (err) {
        return err;
    }
    lane->timer_due =
        answer.count > 0 ? ((const struct timer_row *)answer.rows[0])->due_at : INT64_MAX;
    lane->timer_recheck = false;
    return OK;
}

static enum err load_lane(struct worker *worker, struct held_lane *lane)
{
    worker_effects_forget(worker, lane);
    lane->effect_id = 0;
    lane->timers_clear_to = INT64_MIN;
    lane->inputs_waiting = true;
    enum err err = load_positions(worker, lane);

    if (!err) {
        err = load_streams(worker, lane);
    }
    if (!err) {
        err = load_effects(worker, lane);
    }
    if (!err) {
        err = worker_lane_first_timer(worker, lane);
    }
    if (!err) {
        err = worker_parked_load(worker, lane);
    }
    lane->loaded = err == OK;
    return err;
}

static enum err assign_lane(struct worker *worker, const struct held_lane *lane)
{
    struct read_position positions[WORKER_TOPICS_MAX];

    for (size_t i = 0; i < worker->service->consumed_count; i++) {
        positions[i] = (struct read_position){
            .topic = i,
            .lane = lane->lane,
            .next_offset = lane->positions[i].row.next_offset,
            .appended_at = lane->positions[i].row.appended_at,
        };
    }
    return worker->broker->operations->assign(worker->broker, &worker->ctx, positions,
                                              worker->service->consumed_count);
}

static enum err load_lanes(struct worker *worker)
{
    enum err err = OK;

    for (size_t i = 0; i < worker->hold_count && !err; i++) {
        if (!worker->lanes[i]->loaded) {
            err = load_lane(worker, worker->lanes[i]);
        }
    }
    return err ? err : worker_streams_compare_tails(worker);
}

/* The log has numbers that this database never gave: it was set back, and does not know.  All lanes count anew.  Who stood still
 * beyond its lease sees such numbers, too: another one gave them.  So the lanes must still be ours behind the look. */
static enum err load_lanes_anew(struct worker *worker)
{
    int64_t at_least = worker->generation_wanted;
    enum err err = worker_batch_run(worker, NULL, 0);

    if (err) {
        return err;
    }
    log_warning("the log is ahead of the database, a new generation begins",
                LOG_INT("generation", at_least));
    for (size_t i = 0; i < worker->hold_count; i++) {
        worker->lanes[i]->loaded = worker->lanes[i]->active = false;
        worker->broker->operations->unassign(worker->broker, worker->holds[i].lane);
    }
    err = worker->store->operations->generation(worker->store, &worker->ctx, at_least,
                                                &worker->generation);
    return err ? err : load_lanes(worker);
}

static enum err activate_lanes(struct worker *worker)
{
    worker->generation_wanted = 0;
    enum err err =
        worker->store->operations->generation(worker->store, &worker->ctx, 0, &worker->generation);

    if (!err) {
        err = load_lanes(worker);
    }
    if (!err && worker->generation_wanted > worker->generation) {
        err = load_lanes_anew(worker);
    }
    for (size_t i = 0; i < worker->hold_count && !err; i++) {
        if (!worker->lanes[i]->active) {
            err = assign_lane(worker, worker->lanes[i]);
            worker->lanes[i]->active = err == OK;
        }
    }
    count_lanes(worker);
    if (!err) {
        log_info("lanes active", LOG_INT("count", (int64_t)worker->hold_count));
    }
    return err;
}

enum err worker_keep_lanes(struct worker *worker)
{
    bool inactive = false;
    enum err err = OK;

    if (worker->store->operations->is_broken(worker->store)) {
        worker_drop_lanes(worker);
        err = worker->store->operations->reopen(worker->store, &worker->ctx);
    }
    if (!err && monotonic_ms(worker) >= worker->heartbeat_at) {
        err = heartbeat(worker);
    }
    for (size_t i = 0; i < worker->hold_count; i++) {
        inactive |= !worker->lanes[i]->active;
    }
    return !err && inactive ? activate_lanes(worker) : err;
}
