/* worker_write.c - a decision becomes rows: outbox, effects, timers, inputs; and what every item leaves behind.
 *
 * Numbers, effect ids and positions are given in the batch's copy of the lane; the lane itself
 * changes only when the batch is committed.
 */
#include "common/worker_parts.h"

#include "common/id.h"
#include "common/text.h"

#include <stdio.h>

enum { MS_A_DAY = 86400000 };

struct held_lane_next *worker_next_of(const struct worker *worker, struct batch *batch,
                                      const struct item *item)
{
    return &batch->next[lane_index(worker, item->lane)];
}

/* Encodes a message into the arena. */
static enum err encode(struct worker *worker, uint32_t type, const void *message, struct bytes *ret)
{
    struct buffer buffer;

    assert(type > 0 && type < worker->service->info_count);
    buffer_init(&buffer, RECORD_BYTES_MAX);
    worker->service->infos[type].encode(message, &buffer);
    bool overflowed = buffer.overflowed;
    ret->length = buffer.length;
    ret->bytes = arena_copy(worker->ctx.arena, buffer.bytes, buffer.length);
    buffer_release(&buffer);
    if (overflowed) {
        return err_set(&worker->ctx, ERR_RULE, "message of type %s is too large",
                       worker->service->infos[type].type);
    }
    return OK;
}

/* A service names what it publishes: another topic is a programming error. */
static size_t published_topic(const struct worker *worker, const char *topic)
{
    size_t index = worker_published(worker, topic);

    assert(index < worker->service->published_count);
    return index;
}

static void add_published(struct worker *worker, struct batch *batch, struct outbox_row *row)
{
    if (batch->published_count == batch->published_capacity) {
        size_t capacity = batch->published_capacity == 0 ? 256 : 2 * batch->published_capacity;
        struct outbox_row **grown = arena_alloc(worker->ctx.arena, capacity * sizeof *grown);

        if (batch->published_count > 0) {
            memcpy(grown, batch->published, batch->published_count * sizeof *grown);
        }
        batch->published = grown;
        batch->published_capacity = capacity;
    }
    batch->published[batch->published_count++] = row;
}

static const char *cause_of(const struct item *item)
{
    return item->message_handler != NULL ? item->message.id : NULL;
}

static void write_numbered(struct worker *worker, struct batch *batch, const struct item *item,
                           const struct emission *emission, struct outbox_row row)
{
    const struct message_info *info = &worker->service->infos[emission->message_type];
    size_t topic = published_topic(worker, info->topic);
    struct lane_stream *stream = &worker_next_of(worker, batch, item)->streams[topic];

    /* One writer, one order: what is keyed to another lane is that lane's to say. */
    assert(lane_of(emission->subject.id, worker->options.lane_count) == item->lane->lane);
    row.lane = item->lane->lane;
    row.topic = worker->service->published[topic].name;
    row.generation = stream->row.generation;
    stream->row.number += mutant("number_with_gap") && stream->row.number % 50 == 49 ? 1 : 0;
    row.number = ++stream->row.number;
    row.type = info->type;
    row.key = emission->subject.id;
    row.cause = cause_of(item);
    row.trace = item->trace;
    row.written_at = batch->now;
    row.day = batch->now / MS_A_DAY;
    add_published(worker, batch, rows_insert(batch->rows, &outbox_table, &row));
}

static void write_unnumbered(struct worker *worker, struct batch *batch, const struct item *item,
                             const struct emission *emission, struct bytes body)
{
    const struct message_info *info = &worker->service->infos[emission->message_type];
    struct unnumbered_row *row = arena_alloc(worker->ctx.arena, sizeof *row);

    *row = (struct unnumbered_row){
        .topic = published_topic(worker, info->topic),
        .lane = lane_of(emission->subject.id, worker->options.lane_count),
        .key = emission->subject.id,
        .type = info->type,
        .body = (const char *)body.bytes,
        .body_length = body.length,
        .trace = item->trace,
    };
    *batch->unnumbered_end = row;
    batch->unnumbered_end = &row->next;
}

static enum err write_emission(struct worker *worker, struct batch *batch, const struct item *item,
                               const struct decision *decision, const struct emission *emission)
{
    const struct message_info *info = &worker->service->infos[emission->message_type];
    struct outbox_row row = { .clock = decision->clock + 1 };
    enum err err = encode(worker, emission->message_type, emission->message, &row.body);

    if (err) {
        return err;
    }
    if (worker->service->published[published_topic(worker, info->topic)].numbered) {
        write_numbered(worker, batch, item, emission, row);
    } else {
        write_unnumbered(worker, batch, item, emission, row.body);
    }
    return OK;
}

static enum err write_effect(struct worker *worker, struct batch *batch, const struct item *item,
                             const struct decision *decision, const struct effect_request *request)
{
    const struct effect_handler *handler = worker_effect_handler(worker, request->kind);
    struct held_lane_next *next = worker_next_of(worker, batch, item);
    struct outside_request outgoing = { 0 };
    struct effect_row row = {
        .lane = item->lane->lane,
        .id = ++next->effect_id,
        .kind = request->kind,
        .key = request->key,
        .subject_id = request->subject.id,
        .subject_number = request->subject.number,
        .not_before = request->not_before,
        .decided_at = batch->now,
        .trace = item->trace,
        .clock = decision->clock + 1,
    };

    assert(handler != NULL); /* a service names its effects */
    enum err err = encode(worker, handler->payload_type, request->payload, &row.payload);
    if (err) {
        return err;
    }
    handler->request(worker->ctx.arena, request->payload, request->key, &outgoing);
    row.request = worker_effects_pack(worker->ctx.arena, &outgoing);
    struct flight_row *flight = arena_alloc(worker->ctx.arena, sizeof *flight);
    flight->lane = item->lane;
    flight->row = rows_insert(batch->rows, &effect_table, &row);
    *batch->flights_end = flight;
    batch->flights_end = &flight->next;
    return OK;
}

static bool is_same_timer(const struct timer_row *left, const struct timer_row *right)
{
    return left != NULL && left->due_at == right->due_at && left->step == right->step &&
           text_equal(left->subject_id, right->subject_id) && text_equal(left->kind, right->kind);
}

static void write_timer(struct worker *worker, struct batch *batch, const struct item *item,
                        const struct timer_request *request)
{
    struct held_lane_next *next = worker_next_of(worker, batch, item);
    struct timer_row row = {
        .lane = item->lane->lane,
        .due_at = request->due_at,
        .subject_id = request->subject.id,
        .kind = request->kind,
        .step = request->step,
        .subject_number = request->subject.number,
        .trace = item->trace,
    };

    if (is_same_timer(item->timer, &row)) { /* set anew while it fires: it would go with it */
        row.due_at++;
    }
    rows_insert(batch->rows, &timer_table, &row);
    if (row.due_at < next->timer_due) {
        next->timer_due = row.due_at;
    }
}

static enum err write_input(struct worker *worker, struct batch *batch, const struct item *item,
                            const struct decision *decision, const struct input_request *request)
{
    struct input_row row = { .lane = lane_of(request->subject.id, worker->options.lane_count),
                             .key = request->subject.id };
    char clock[24];

    (void)snprintf(clock, sizeof clock, "%lld", (long long)decision->clock + 1);
    struct record_header headers[] = {
        { HEADER_TYPE, worker->service->infos[request->message_type].type },
        { HEADER_CLOCK, clock },
        { HEADER_TRACE, item->trace == NULL ? "" : item->trace },
    };
    row.headers = headers_to_text(worker->ctx.arena, headers, sizeof headers / sizeof headers[0]);
    enum err err = encode(worker, request->message_type, request->message, &row.body);
    if (!err && !mutant("drop_input")) {
        rows_insert(batch->rows, &input_table, &row);
        batch->input_lanes |= UINT64_C(1) << row.lane;
    }
    return err;
}

static enum err write_reply(struct worker *worker, struct batch *batch, const struct item *item,
                            const struct reply_request *request)
{
    struct reply_row *reply = arena_alloc(worker->ctx.arena, sizeof *reply);
    struct bytes body = { 0 };
    enum err err = encode(worker, request->message_type, request->message, &body);

    if (err) {
        return err;
    }
    *reply = (struct reply_row){
        .partition = request->partition,
        .request_id = request->request_id,
        .info = &worker->service->infos[request->message_type],
        .body = (const char *)body.bytes,
        .body_length = body.length,
        .trace = item->trace,
    };
    *batch->replies_end = reply;
    batch->replies_end = &reply->next;
    return OK;
}

enum err worker_write_decision(struct worker *worker, struct batch *batch, const struct item *item,
                               const struct decision *decision)
{
    enum err err = OK;

    for (const struct emission *at = decision->emissions; at != NULL && !err; at = at->next) {
        err = write_emission(worker, batch, item, decision, at);
    }
    for (const struct effect_request *at = decision->effects; at != NULL && !err; at = at->next) {
        err = write_effect(worker, batch, item, decision, at);
    }
    for (const struct timer_request *at = decision->timers; at != NULL; at = at->next) {
        write_timer(worker, batch, item, at);
    }
    for (const struct input_request *at = decision->inputs; at != NULL && !err; at = at->next) {
        err = write_input(worker, batch, item, decision, at);
    }
    for (const struct reply_request *at = decision->replies; at != NULL && !err; at = at->next) {
        err = write_reply(worker, batch, item, at);
    }
    return err;
}

void worker_write_position(struct worker *worker, struct batch *batch, const struct item *item)
{
    if (item->kind != ITEM_RECORD) {
        return;
    }
    struct lane_position *position = &worker_next_of(worker, batch, item)->positions[item->topic];

    position->row.next_offset = item->record->offset + 1;
    position->row.appended_at = item->record->appended_at;
    position->changed = true;
    if (item->number > 0 &&
        compare_numbers(item->generation, item->number, position->row.seen_generation,
                        position->row.seen_number) > 0) {
        position->row.seen_generation = item->generation;
        position->row.seen_number = item->number;
    }
    if (item->number > 0 && !item->gap && !item->duplicate) {
        position->row.generation = item->generation;
        position->row.number = item->number;
        position->numbered_before = true;
    }
}

/* What a record's or a row's headers were, as text; without the clock of a stranger, whom nobody could tell from a lane then. */
static const char *headers_of(struct worker *worker, const struct item *item)
{
    if (item->kind == ITEM_INPUT) {
        return item->input->headers;
    }
    if (item->kind == ITEM_REDRIVE) {
        return item->parked->headers;
    }
    struct record_header headers[RECORD_HEADERS_MAX + 2];
    size_t count = 0;

    for (size_t i = 0; i < item->record->header_count; i++) {
        const struct record_header *header = &item->record->headers[i];

        if (item->number > 0 || !text_equal(header->name, HEADER_CLOCK)) {
            headers[count++] = *header;
        }
    }
    if (record_header(item->record, HEADER_TYPE) == NULL &&
        worker->service->consumed[item->topic].default_type != NULL) {
        headers[count++] =
            (struct record_header){ .name = HEADER_TYPE,
                                    .value = worker->service->consumed[item->topic].default_type };
    }
    if (item->message.channel != NULL && record_header(item->record, HEADER_CHANNEL) == NULL) {
        headers[count++] =
            (struct record_header){ .name = HEADER_CHANNEL, .value = item->message.channel };
    }
    return headers_to_text(worker->ctx.arena, headers, count);
}

static struct bytes body_of(const struct item *item)
{
    if (item->kind == ITEM_INPUT) {
        return item->input->body;
    }
    if (item->kind == ITEM_REDRIVE) {
        return item->parked->body;
    }
    const char *value = item->record->value == NULL ? "" : item->record->value;

    return (struct bytes){ (const unsigned char *)value, item->record->value_length };
}

static void fill_parked_message(struct worker *worker, const struct item *item,
                                struct parked_row *row)
{
    row->source = "message";
    row->topic = item->kind == ITEM_RECORD ? worker->service->consumed[item->topic].name : "";
    row->record_offset = item->kind == ITEM_RECORD ? item->record->offset : 0;
    row->key = item->subject.id;
    row->headers = headers_of(worker, item);
    row->body = body_of(item);
}

/* A timer is kept as its row: kind, step, subject's number and due time, one a line. */
static void fill_parked_timer(struct worker *worker, const struct item *item,
                              struct parked_row *row)
{
    const char *trace = item->timer->trace;

    row->source = "timer";
    row->topic = "";
    row->key = item->timer->kind;
    row->headers =
        text_format(worker->ctx.arena, "due_at: %lld\nstep: %lld\nsubject_number: %lld\n%s%s%s",
                    (long long)item->timer->due_at, (long long)item->timer->step,
                    (long long)item->timer->subject_number, trace == NULL ? "" : HEADER_TRACE ": ",
                    trace == NULL ? "" : trace, trace == NULL ? "" : "\n");
    row->body = (struct bytes){ (const unsigned char *)"", 0 };
}

static void fill_parked_effect(struct worker *worker, const struct item *item,
                               struct parked_row *row)
{
    row->source = "effect";
    row->topic = "";
    row->record_offset = item->flight->row.id;
    row->key = item->flight->row.key;
    row->headers = text_format(worker->ctx.arena, "kind: %s\n", item->flight->row.kind);
    row->body = (struct bytes){ (const unsigned char *)"", 0 };
}

/* Tried again and impossible again: it keeps its place, with the new reason. */
static void refuse_again(struct batch *batch, const struct item *item)
{
    struct parked_row *row = rows_put_stored(batch->rows, &parked_table, item->parked);

    row->reason = item->reason;
    row->state = item->state;
    rows_update(batch->rows, &parked_table, row);
    if (item->request != NULL) {
        worker_requests_refuse(batch, item);
    }
}

void worker_write_parked(struct worker *worker, struct batch *batch, const struct item *item)
{
    struct parked_row row = {
        .lane = item->lane->lane,
        .subject_id = item->subject.id == NULL ? "" : item->subject.id,
        .reason = item->reason,
        .state = item->state,
        .parked_at = batch->now,
    };

    if (item->kind == ITEM_REDRIVE) {
        refuse_again(batch, item);
        return;
    }
    if (item->kind == ITEM_TIMER) {
        fill_parked_timer(worker, item, &row);
    } else if (item->kind == ITEM_RESULT) {
        fill_parked_effect(worker, item, &row);
    } else {
        fill_parked_message(worker, item, &row);
    }
    rows_insert(batch->rows, &parked_table, &row);
    if (item->kind != ITEM_RESULT) {
        worker_write_done(worker, batch, item);
    }
}

void worker_write_forward(struct worker *worker, struct batch *batch, const struct item *item)
{
    struct input_row row = {
        .lane = lane_of(item->subject.id, worker->options.lane_count),
        .key = item->subject.id,
        .headers = headers_of(worker, item),
        .body = body_of(item),
    };

    rows_insert(batch->rows, &input_table, &row);
    batch->input_lanes |= UINT64_C(1) << row.lane;
    worker_write_done(worker, batch, item);
}

void worker_remove_stored(struct batch *batch, const struct table *table, const void *row)
{
    rows_remove(batch->rows, table, rows_put_stored(batch->rows, table, row));
}

/* The row that an item came from is gone with its transaction. */
void worker_write_done(struct worker *worker, struct batch *batch, const struct item *item)
{
    switch (item->kind) {
    case ITEM_RECORD:
        break;
    case ITEM_INPUT:
        worker_remove_stored(batch, &input_table, item->input);
        break;
    case ITEM_TIMER:
        worker_remove_stored(batch, &timer_table, item->timer);
        break;
    case ITEM_RESULT:
        worker_remove_stored(batch, &effect_table, &item->flight->row);
        break;
    case ITEM_REDRIVE:
        worker_remove_stored(batch, &parked_table, item->parked);
        break;
    case ITEM_REQUEST:
        worker_requests_write(worker, batch, item);
        break;
    }
}

static void write_positions(struct worker *worker, struct batch *batch, size_t lane)
{
    for (size_t i = 0; i < worker->service->consumed_count; i++) {
        struct lane_position *position = &batch->next[lane].positions[i];

        if (!position->changed || (mutant("lose_offset") && lane % 2 == 1)) {
            continue;
        }
        if (position->stored) {
            rows_update(batch->rows, &read_position_table,
                        rows_put_stored(batch->rows, &read_position_table, &position->row));
        } else {
            rows_insert(batch->rows, &read_position_table, &position->row);
        }
        position->stored = true;
        position->changed = false;
    }
}

static void write_stream(struct worker *worker, struct batch *batch, size_t lane, size_t topic)
{
    const struct lane_stream *now = &worker->lanes[lane]->streams[topic];
    struct lane_stream *next = &batch->next[lane].streams[topic];
    bool acked_moved = now->acked_generation > next->row.cursor_generation ||
                       (now->acked_generation == next->row.cursor_generation &&
                        now->acked_number > next->row.cursor_number);

    if (acked_moved) {
        next->row.cursor_generation = now->acked_generation;
        next->row.cursor_number = now->acked_number;
    }
    if (!acked_moved && !next->cursor_back && next->row.number == now->row.number &&
        next->row.generation == now->row.generation) {
        return;
    }
    next->cursor_back = false;
    if (next->stored) {
        rows_update(batch->rows, &stream_table,
                    rows_put_stored(batch->rows, &stream_table, &next->row));
    } else {
        rows_insert(batch->rows, &stream_table, &next->row);
    }
    next->stored = true;
}

static void write_streams(struct worker *worker, struct batch *batch, size_t lane)
{
    for (size_t topic = 0; topic < worker->service->published_count; topic++) {
        if (worker->service->published[topic].numbered) {
            write_stream(worker, batch, lane, topic);
        }
    }
}

/* Positions, numbers and cursors of every fenced lane that moved. */
void worker_write_lanes(struct worker *worker, struct batch *batch)
{
    for (size_t i = 0; i < batch->fenced_count; i++) {
        size_t lane = batch->fenced_lanes[i];

        if (worker->lanes[lane]->loaded) {
            write_positions(worker, batch, lane);
            write_streams(worker, batch, lane);
        }
    }
}
