/* worker_streams.c - committed messages reach the broker in order of number, and stay there.
 *
 * A stream is one topic of one lane.  Committed rows go to the producer from memory while their
 * number is the next one to hand over; else they are read from the outbox until it is.  The cursor
 * is the unbroken acknowledged prefix; it is written with the next batch, under the fence.
 */
#include "common/worker_parts.h"

#include "common/fault.h"
#include "common/instant.h"

#include <stdio.h>

static bool is_numbered(const struct worker *worker, size_t topic)
{
    return worker->service->published[topic].numbered;
}

/* All numbered streams of all held lanes in one loop: begin with { 0 }. */
struct stream_walk {
    size_t at; /* lane * topics + topic, behind the present one */
    size_t lane, topic;
    struct lane_stream *stream;
};

static bool next_stream(const struct worker *worker, struct stream_walk *walk)
{
    size_t topics = worker->service->published_count;

    while (walk->at < worker->hold_count * topics) {
        walk->lane = walk->at / topics;
        walk->topic = walk->at++ % topics;
        walk->stream = &worker->lanes[walk->lane]->streams[walk->topic];
        if (is_numbered(worker, walk->topic)) {
            return true;
        }
    }
    return false;
}

/* Messages of a stream that are not acknowledged: of this generation, and what the one before it left. */
static int64_t waiting_in(const struct lane_stream *stream)
{
    const struct stream_row *row = &stream->row;

    if (stream->acked_generation == row->generation) {
        return row->number - stream->acked_number;
    }
    return row->number + (stream->acked_generation == row->previous_generation
                              ? row->previous_number - stream->acked_number
                              : 0);
}

void worker_streams_waiting(const struct worker *worker, int64_t *ret_count, int64_t *ret_oldest)
{
    for (struct stream_walk walk = { 0 }; next_stream(worker, &walk);) {
        int64_t oldest = stream_age_oldest(&worker->lanes[walk.lane]->ages[walk.topic]);

        *ret_count += waiting_in(walk.stream);
        *ret_oldest = oldest > 0 && oldest < *ret_oldest ? oldest : *ret_oldest;
    }
}

static void take_acknowledgment(struct worker *worker, const struct acknowledgment *ack)
{
    struct held_lane *lane = worker_lane(worker, ack->lane);

    if (lane == NULL) {
        return;
    }
    struct lane_stream *stream = &lane->streams[ack->topic];
    if (compare_numbers(ack->generation, ack->number, stream->acked_generation,
                        stream->acked_number) > 0) {
        stream->acked_generation = ack->generation;
        stream->acked_number = ack->number;
        stream_age_acknowledge(&lane->ages[ack->topic], ack->generation, ack->number);
    }
}

void worker_streams_take_acknowledgments(struct worker *worker)
{
    struct acknowledgment acks[64];
    size_t count = 0;

    do {
        count = worker->broker->operations->acknowledged(worker->broker, acks, 64);
        for (size_t i = 0; i < count; i++) {
            take_acknowledgment(worker, &acks[i]);
            fault_point("after_acknowledged");
        }
    } while (count == 64);
}

/* The headers of a message: CloudEvents attributes, and ours; the broker adds generation and number. */
struct outgoing_headers {
    struct record_header headers[14];
    size_t count;
};

static void add_header(struct outgoing_headers *out, const char *name, const char *value)
{
    if (value != NULL) {
        out->headers[out->count++] = (struct record_header){ name, value };
    }
}

static enum err publish_row(struct worker *worker, size_t topic, const struct lane_stream *stream,
                            const struct outbox_row *row)
{
    struct outgoing_headers out = { .count = 0 };
    struct instant_text time = instant_format(row->written_at);
    char id[160], source[64], clock[24], after_generation[24], after_number[24];

    (void)snprintf(id, sizeof id, "%s/%lld/%lld/%lld", row->topic, (long long)row->lane,
                   (long long)row->generation, (long long)row->number);
    (void)snprintf(source, sizeof source, "/kervan/%s", worker->service->name);
    (void)snprintf(clock, sizeof clock, "%lld", (long long)row->clock);
    add_header(&out, "content-type", "application/json");
    add_header(&out, "ce_specversion", "1.0");
    add_header(&out, HEADER_ID, id);
    add_header(&out, "ce_source", source);
    add_header(&out, HEADER_TYPE, row->type);
    add_header(&out, HEADER_SUBJECT, row->key);
    add_header(&out, "ce_time", time.text);
    add_header(&out, HEADER_CLOCK, clock);
    if (row->number == 1 && stream->row.previous_generation > 0) {
        (void)snprintf(after_generation, sizeof after_generation, "%lld",
                       (long long)stream->row.previous_generation);
        (void)snprintf(after_number, sizeof after_number, "%lld",
                       (long long)stream->row.previous_number);
        add_header(&out, HEADER_AFTER_GENERATION, after_generation);
        add_header(&out, HEADER_AFTER_NUMBER, after_number);
    }
    add_header(&out, HEADER_CAUSE, row->cause);
    add_header(&out, HEADER_TRACE, row->trace);
    struct publication publication = {
        .topic = topic,
        .lane = row->lane,
        .generation = row->generation,
        .number = row->number,
        .key = row->key,
        .value = (const char *)row->body.bytes,
        .value_length = row->body.length,
        .headers = out.headers,
        .header_count = out.count,
    };
    return worker->broker->operations->publish(worker->broker, &worker->ctx, &publication);
}

static bool may_hand_over(const struct lane_stream *stream)
{
    return stream->handed_generation != stream->acked_generation ||
           stream->handed_number - stream->acked_number < STREAM_UNACKED_MAX;
}

static void hand_over_row(struct worker *worker, size_t topic, struct lane_stream *stream,
                          const struct outbox_row *row)
{
    bool next = stream->handed_generation == row->generation
                    ? stream->handed_number == row->number - 1
                    : stream->handed_generation < row->generation && row->number == 1 &&
                          stream->handed_generation == stream->acked_generation &&
                          stream->handed_number == stream->acked_number;

    if (next && may_hand_over(stream) && publish_row(worker, topic, stream, row) == OK) {
        stream->handed_generation = row->generation;
        stream->handed_number = row->number;
    }
}

static void publish_unnumbered(struct worker *worker, const struct unnumbered_row *row)
{
    struct outgoing_headers out = { .count = 0 };
    struct publication publication = {
        .topic = row->topic,
        .lane = row->lane,
        .key = row->key,
        .value = row->body,
        .value_length = row->body_length,
        .headers = out.headers,
    };

    add_header(&out, "content-type", "application/json");
    add_header(&out, "ce_specversion", "1.0");
    add_header(&out, HEADER_TYPE, row->type);
    add_header(&out, HEADER_SUBJECT, row->key);
    add_header(&out, HEADER_TRACE, row->trace);
    publication.header_count = out.count;
    if (worker->broker->operations->publish(worker->broker, &worker->ctx, &publication) != OK) {
        log_warning("best-effort message not sent", LOG_TEXT("type", row->type));
    }
}

static void publish_reply(struct worker *worker, const struct reply_row *reply)
{
    size_t topic = worker_published(worker, "gateway.replies");

    if (topic == worker->service->published_count) {
        return;
    }
    publish_unnumbered(worker, &(struct unnumbered_row){
                                   .topic = topic,
                                   .lane = reply->partition,
                                   .key = reply->request_id,
                                   .type = reply->info->type,
                                   .body = reply->body,
                                   .body_length = reply->body_length,
                                   .trace = reply->trace,
                               });
}

void worker_streams_hand_over(struct worker *worker, const struct batch *batch)
{
    for (size_t i = 0; i < batch->published_count; i++) {
        const struct outbox_row *row = batch->published[i];
        size_t topic = worker_published(worker, row->topic);
        struct held_lane *lane = worker_lane(worker, row->lane);

        stream_age_add(&lane->ages[topic], row->generation, row->number, row->written_at);
        hand_over_row(worker, topic, &lane->streams[topic], row);
    }
    for (const struct unnumbered_row *row = batch->unnumbered; row != NULL; row = row->next) {
        publish_unnumbered(worker, row);
    }
    for (const struct reply_row *reply = batch->replies; reply != NULL; reply = reply->next) {
        publish_reply(worker, reply);
    }
}

/* Reads what is behind the last number handed over, and hands it over; one round a step. */
static enum err republish_stream(struct worker *worker, struct held_lane *lane, size_t topic)
{
    struct lane_stream *stream = &lane->streams[topic];
    struct scan_query query = {
        .scan = &outbox_after,
        .arguments = { key_number(stream->row.lane), key_text(stream->row.topic),
                       key_number(stream->handed_generation), key_number(stream->handed_number) },
        .limit = REPUBLISH_ROWS,
    };
    struct scan_answer answer = { 0 };

    if (!may_hand_over(stream) ||
        compare_numbers(stream->handed_generation, stream->handed_number, stream->row.generation,
                        stream->row.number) >= 0) {
        return OK;
    }
    enum err err = worker->store->operations->scan(worker->store, &worker->ctx, &query, &answer);

    for (size_t i = 0; i < answer.count && !err; i++) {
        const struct outbox_row *row = answer.rows[i];

        stream_age_add(&lane->ages[topic], row->generation, row->number, row->written_at);
        if (publish_row(worker, topic, stream, row) != OK) {
            break;
        }
        worker->rest = false;
        stream->handed_generation = row->generation;
        stream->handed_number = row->number;
    }
    return err;
}

enum err worker_streams_republish(struct worker *worker)
{
    enum err err = OK;

    if (mutant("republish_nothing")) {
        return OK;
    }
    for (struct stream_walk walk = { 0 }; !err && next_stream(worker, &walk);) {
        if (worker->lanes[walk.lane]->active) {
            err = republish_stream(worker, worker->lanes[walk.lane], walk.topic);
        }
    }
    return err;
}

/* How long what is behind the cursor waits already shows when it is read from the table. */
static void start_from_cursor(const struct worker *worker, struct held_lane *lane, size_t topic)
{
    struct lane_stream *stream = &lane->streams[topic];

    stream->acked_generation = stream->handed_generation = stream->row.cursor_generation;
    stream->acked_number = stream->handed_number = stream->row.cursor_number;
    lane->ages[topic] = (struct stream_age){ 0 };
    if (waiting_in(stream) > 0) {
        stream_age_add(&lane->ages[topic], stream->row.generation, stream->row.number,
                       business_ms(worker));
    }
}

void worker_streams_from_cursor(struct worker *worker)
{
    for (struct stream_walk walk = { 0 }; next_stream(worker, &walk);) {
        start_from_cursor(worker, worker->lanes[walk.lane], walk.topic);
    }
    /* What the broker lost with its old connection shows at the tails only. */
    for (size_t i = 0; i < worker->hold_count; i++) {
        worker->lanes[i]->active = false;
        worker->broker->operations->unassign(worker->broker, worker->holds[i].lane);
    }
}

static size_t list_tails(const struct worker *worker, struct stream_tail *tails)
{
    size_t count = 0;

    for (struct stream_walk walk = { 0 }; next_stream(worker, &walk);) {
        if (!worker->lanes[walk.lane]->active) {
            tails[count++] =
                (struct stream_tail){ .topic = walk.topic, .lane = worker->lanes[walk.lane]->lane };
        }
    }
    return count;
}

/* The log ends before the cursor: the broker lost what it had acknowledged.  The stored cursor must go back before anything
 * new is published, else a crash would hide the hole behind new numbers. */
static bool fall_back_to_tail(struct worker *worker, const struct stream_tail *tail)
{
    struct held_lane *lane = worker_lane(worker, tail->lane);
    struct lane_stream *stream = &lane->streams[tail->topic];
    struct stream_row *row = &stream->row;
    bool lost = compare_numbers(tail->unbroken_generation, tail->unbroken_number,
                                row->cursor_generation, row->cursor_number) < 0;

    if (compare_numbers(tail->generation, tail->number, row->generation, row->number) > 0 &&
        tail->generation >= worker->generation_wanted) {
        worker->generation_wanted = tail->generation + 1;
    }
    /* A stream that never published has no cursor to lose: number 0 is before everything. */
    lost = lost && row->cursor_number > 0 && !mutant("ignore_lost_tail");
    if (lost) {
        log_warning("the broker lost acknowledged records, publishing them again",
                    LOG_TEXT("topic", row->topic), LOG_INT("lane", row->lane),
                    LOG_INT("cursor", row->cursor_number), LOG_INT("tail", tail->unbroken_number));
        row->cursor_generation = tail->unbroken_generation;
        row->cursor_number = tail->unbroken_number;
        stream->cursor_back = true;
        metric_add(worker->metrics.resends, 1);
    }
    start_from_cursor(worker, lane, tail->topic);
    return lost;
}

enum err worker_streams_compare_tails(struct worker *worker)
{
    struct stream_tail *tails =
        arena_alloc(worker->ctx.arena,
                    (worker->hold_count * worker->service->published_count + 1) * sizeof *tails);
    size_t count = list_tails(worker, tails);
    bool lost = false;
    enum err err =
        count > 0 ? worker->broker->operations->tails(worker->broker, &worker->ctx, tails, count)
                  : OK;

    for (size_t i = 0; i < count && !err; i++) {
        lost |= fall_back_to_tail(worker, &tails[i]);
    }
    return !err && lost ? worker_batch_run(worker, NULL, 0) : err;
}

bool worker_streams_cursor_moved(const struct worker *worker)
{
    for (struct stream_walk walk = { 0 }; next_stream(worker, &walk);) {
        const struct lane_stream *stream = walk.stream;

        if (compare_numbers(stream->acked_generation, stream->acked_number,
                            stream->row.cursor_generation, stream->row.cursor_number) > 0) {
            return true;
        }
    }
    return false;
}

/* Somebody misses a number: the stored cursor goes back to before it, and the stream is published again from there. */
enum err worker_streams_send_again(struct worker *worker, struct held_lane *lane,
                                   const struct record *request)
{
    const char *topic_name = record_header(request, HEADER_TOPIC);
    struct envelope envelope = envelope_read(request->headers, request->header_count);
    size_t topic = topic_name == NULL ? worker->service->published_count
                                      : worker_published(worker, topic_name);

    if (topic == worker->service->published_count || !is_numbered(worker, topic)) {
        return OK;
    }
    struct lane_stream *stream = &lane->streams[topic];
    if (compare_numbers(envelope.generation, envelope.number, stream->acked_generation,
                        stream->acked_number) >= 0) {
        return OK; /* not acknowledged yet: it is on its way */
    }
    log_warning("a consumer misses records, publishing again", LOG_TEXT("topic", topic_name),
                LOG_INT("lane", lane->lane), LOG_INT("from", envelope.number));
    metric_add(worker->metrics.resends, 1);
    stream->row.cursor_generation = envelope.generation;
    stream->row.cursor_number = envelope.number;
    stream->cursor_back = true;
    start_from_cursor(worker, lane, topic);
    return worker_batch_run(worker, NULL, 0);
}

/* From behind the last number applied; where the log is silent the last one, too: it comes even if nothing was lost. */
static void ask_for_gap(struct worker *worker, struct lane_position *position, size_t topic)
{
    const struct broker_topic *consumed = &worker->service->consumed[topic];
    int64_t behind = position->row.number - (position->silent && position->row.number > 0 ? 1 : 0);
    char generation[24], number[24];

    (void)snprintf(generation, sizeof generation, "%lld", (long long)position->row.generation);
    (void)snprintf(number, sizeof number, "%lld", (long long)behind);
    struct record_header headers[] = {
        { HEADER_TYPE, TYPE_RESEND },
        { HEADER_TOPIC, consumed->name },
        { HEADER_GENERATION, generation },
        { HEADER_NUMBER, number },
    };
    struct publication publication = {
        .topic = worker_published(worker, consumed->requests),
        .lane = position->row.lane,
        .key = consumed->name,
        .value = "{}",
        .value_length = 2,
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
    };
    if (worker->broker->operations->publish(worker->broker, &worker->ctx, &publication) == OK) {
        position->asked_at = monotonic_ms(worker);
        position->silent = false;
    }
}

static bool misses_records(const struct worker *worker, const struct lane_position *position)
{
    return (has_gap(position) && monotonic_ms(worker) - position->asked_at >= RESEND_PAUSE_MS) ||
           position->silent;
}

void worker_streams_ask_for_gaps(struct worker *worker)
{
    size_t topics = worker->service->consumed_count;

    for (size_t at = 0; at < worker->hold_count * topics; at++) {
        struct lane_position *position = &worker->lanes[at / topics]->positions[at % topics];

        if (misses_records(worker, position)) {
            ask_for_gap(worker, position, at % topics);
        }
    }
}
