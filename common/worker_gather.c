/* worker_gather.c - what has arrived becomes items of the next batch.
 *
 * Ends of effects, timers that may fire, inputs from other lanes, redriven messages, records.  An
 * item knows its handler and whether it is to be decided, parked, forwarded or only passed over.
 * Nothing here changes a lane: if the batch fails, all of it is gathered again.
 */
#include "common/worker_parts.h"

#include "common/crypto.h"
#include "common/id.h"

#include <poll.h>

enum { ITEMS_MAX = 2 * WORKER_BATCH_MAX, BLOCKED_TIMER_PAUSE_MS = 1000 };

struct item *worker_item_add(struct worker *worker, enum item_kind kind, struct held_lane *lane)
{
    assert(worker->item_count < ITEMS_MAX);
    struct item *item = &worker->items[worker->item_count++];

    *item = (struct item){ .kind = kind, .verdict = ITEM_SKIP, .lane = lane };
    worker->rest = false;
    return item;
}

static void park(struct item *item, const char *state, const char *reason)
{
    item->verdict = ITEM_PARK;
    item->state = state;
    item->reason = reason;
}

void worker_item_behind(struct item *item)
{
    item->verdict = ITEM_BEHIND;
    item->state = "behind";
    item->reason = "waits behind an earlier one";
}

static const struct message_handler *find_message_handler(const struct worker *worker,
                                                          uint32_t type)
{
    for (size_t i = 0; i < worker->service->message_count; i++) {
        if (worker->service->messages[i].message_type == type) {
            return &worker->service->messages[i];
        }
    }
    return NULL;
}

static const char *violations_text(struct arena *arena, const struct violations *violations)
{
    if (violations->count == 0) {
        return "cannot be decoded";
    }
    return text_format(arena, "cannot be decoded: %s %s", violations->items[0].pointer,
                       violations->items[0].detail);
}

static bool is_valid_key(const char *key)
{
    return key != NULL && key[0] != '\0' && strlen(key) <= 128;
}

/* Where the key of an open topic's message says it belongs; false when that is another lane. */
static bool belongs_here(const struct worker *worker, struct item *item)
{
    const struct message_handler *handler = item->message_handler;

    if (handler->lane_key != NULL) {
        const char *key = handler->lane_key(worker->ctx.arena, &item->message);

        if (key == NULL) {
            return true; /* the rule will say what is missing */
        }
        item->subject.id = item->message.subject.id = key;
    }
    return !is_valid_key(item->subject.id) ||
           lane_of(item->subject.id, worker->options.lane_count) == item->lane->lane;
}

static void *digest_of(struct arena *arena, struct bytes body)
{
    unsigned char *digest = arena_alloc(arena, SHA256_BYTES);

    sha256(body.bytes, body.length, digest);
    return digest;
}

/* What cannot be decoded becomes the message that its handler makes of it, or is parked. */
static bool decode_malformed(struct worker *worker, struct item *item, struct bytes body,
                             const struct violations *violations)
{
    const struct malformed_reader *readers = worker->service->malformed;

    for (size_t i = 0; i < worker->service->malformed_count; i++) {
        if (readers[i].message_type == item->message_handler->message_type) {
            item->message.message_type = readers[i].malformed_type;
            item->message.message = readers[i].read(worker->ctx.arena, body, violations);
            item->message_handler = find_message_handler(worker, readers[i].malformed_type);
            return true;
        }
    }
    park(item, "failed", violations_text(worker->ctx.arena, violations));
    return false;
}

static bool decode_message(struct worker *worker, struct item *item, uint32_t type,
                           struct bytes body)
{
    const struct message_info *info = &worker->service->infos[type];
    struct arena *arena = worker->ctx.arena;
    struct violations violations = { .count = 0 };
    void *message = arena_alloc(arena, info->size);

    if (info->decode(arena, (const char *)body.bytes, body.length, message, &violations) != OK) {
        return decode_malformed(worker, item, body, &violations);
    }
    item->message.message_type = type;
    item->message.message = message;
    if (info->order_no_offset != MESSAGE_NO_FIELD) {
        memcpy(&item->subject.number, (const char *)message + info->order_no_offset,
               sizeof item->subject.number);
    }
    return true;
}

/* By which a message came, now or before it was parked; NULL: by none, or by one that is not read any more. */
static const struct broker_topic *topic_of(const struct worker *worker, const struct item *item)
{
    const struct broker_topic *topics = worker->service->consumed;

    if (item->kind == ITEM_RECORD) {
        return &topics[item->topic];
    }
    for (size_t i = 0; i < worker->service->consumed_count; i++) {
        if (text_equal(topics[i].name, item->message.topic)) {
            return &topics[i];
        }
    }
    return NULL;
}

/* By a lane: what has a number, and inputs, which come by no topic. */
static bool is_written_by_lane(const struct worker *worker, const struct item *item)
{
    const struct broker_topic *topic = topic_of(worker, item);

    return item->message.topic == NULL || (topic != NULL && topic->numbered);
}

static void fill_incoming(struct item *item, const struct envelope *envelope, struct worker *worker,
                          struct bytes body)
{
    item->message.subject = item->subject;
    item->message.id = envelope->id != NULL ? envelope->id : item->message.id;
    item->message.lane = item->lane->lane;
    /* Nothing that a stranger says is older or younger than what it is about. */
    item->message.clock = is_written_by_lane(worker, item) ? envelope->clock : 0;
    item->message.reply = (struct reply_address){ envelope->request_id, envelope->reply_partition };
    item->message.until = envelope->until;
    item->message.channel =
        item->message.channel != NULL ? item->message.channel : envelope->channel;
    item->message.idempotency_key = envelope->idempotency_key;
    item->message.precondition = envelope->precondition;
    item->message.actor = envelope->actor;
    item->message.digest = item->number == 0 ? digest_of(worker->ctx.arena, body) : NULL;
}

/* Whoever may write to a storefront's own topic may ask for what is written there without a type, and for nothing else. */
static bool is_permitted(const struct worker *worker, const struct item *item, const char *type)
{
    const struct broker_topic *topic = topic_of(worker, item);

    return topic == NULL || topic->channel == NULL || text_equal(type, topic->default_type);
}

void worker_item_message(struct worker *worker, struct item *item, const struct envelope *envelope,
                         const char *key, struct bytes body)
{
    uint32_t type = envelope->type == NULL ? 0 : worker_message_type(worker, envelope->type);

    item->subject = (struct subject){ .id = key };
    item->trace = envelope->trace;
    if (!is_permitted(worker, item, envelope->type)) {
        item->subject.id =
            ""; /* its key is the storefront's choice: nobody's messages wait behind it */
        park(item, "failed", "is of a type that a storefront's own topic does not take");
        return;
    }
    if (type == 0) {
        park(item, "newer",
             envelope->type == NULL ? "has no type" : "has a type that this program does not know");
        return;
    }
    item->message_handler = find_message_handler(worker, type);
    if (item->message_handler == NULL) {
        return; /* of no interest to this service */
    }
    worker_trace_item(worker, item, envelope->trace);
    if (!decode_message(worker, item, type, body)) {
        return; /* parked */
    }
    fill_incoming(item, envelope, worker, body);
    item->verdict = belongs_here(worker, item) ? ITEM_DECIDE : ITEM_FORWARD;
    item->message.subject = item->subject;
    if (item->verdict == ITEM_DECIDE && item->kind != ITEM_REDRIVE &&
        parked_set_has(item->lane->parked, item->subject.id)) {
        worker_item_behind(item);
    }
}

/* Sorts a numbered record into seen before, next, or too early. */
static bool is_next_number(struct item *item, const struct lane_position *position,
                           const struct envelope *envelope)
{
    int64_t generation = position->row.generation, number = position->row.number;
    /* Where the log's beginning is gone, the first number seen is the start. */
    bool first =
        !position->numbered_before && position->row.next_offset == 0 && item->record->offset > 0;
    bool follows = compare_numbers(envelope->after_generation, envelope->after_number, generation,
                                   number) <= 0;
    bool next = (envelope->generation == generation && envelope->number == number + 1) ||
                (envelope->generation > generation && envelope->number == 1 && follows);

    item->generation = envelope->generation;
    item->number = envelope->number;
    if (first || next) {
        return true;
    }
    if (mutant("apply_duplicates")) {
        return true;
    }
    item->gap = compare_numbers(envelope->generation, envelope->number, generation, number) > 0;
    item->duplicate = !item->gap;
    return item->gap && mutant("ignore_gaps");
}

static bool is_command(const struct worker *worker, const struct record *record)
{
    const char *end = strrchr(worker->service->consumed[record->topic].name, '.');

    return end != NULL && text_equal(end, ".commands");
}

/* A deliberate defect: of what came at once, the latest command is the first, so that only what commands name guards against it. */
static void turn_commands_round(const struct worker *worker, struct record *records, size_t count)
{
    size_t first = 0, end = count;

    while (first < end) {
        if (!is_command(worker, &records[first])) {
            first++;
        } else if (!is_command(worker, &records[end - 1])) {
            end--;
        } else {
            const struct record kept = records[first];

            records[first++] = records[--end];
            records[end] = kept;
        }
    }
}

static bool is_taken_anyhow(const struct worker *worker, struct item *item)
{
    if (!mutant("commands_backwards") || !is_command(worker, item->record)) {
        return false;
    }
    item->gap = item->duplicate = false;
    return true;
}

/* Positions move within a gathering as records are looked at, so that the second record of a stream
 * is compared with the first: those of a held lane follow each other. */

static enum err gather_record(struct worker *worker, struct lane_position *gathering,
                              struct record *record)
{
    struct held_lane *lane = worker_lane(worker, record->lane);
    const struct broker_topic *topic = &worker->service->consumed[record->topic];

    if (lane == NULL || !lane->active) {
        return OK;
    }
    struct lane_position *position =
        &gathering[lane_index(worker, lane) * worker->service->consumed_count + record->topic];
    struct item *item = worker_item_add(worker, ITEM_RECORD, lane);
    struct envelope envelope = envelope_read(record->headers, record->header_count);
    item->record = record;
    item->topic = record->topic;
    metric_add(worker->metrics.records, 1);
    if (topic->numbered) {
        bool next = is_next_number(item, position, &envelope) || is_taken_anyhow(worker, item);

        position->row.next_offset = record->offset + 1;
        if (!next) {
            return OK;
        }
        position->row.generation = envelope.generation;
        position->row.number = envelope.number;
        position->numbered_before = true;
    }
    position->row.next_offset = record->offset + 1;
    if (topic->channel == NULL && text_equal(envelope.type, TYPE_RESEND)) {
        return topic->numbered ? OK : worker_streams_send_again(worker, lane, record);
    }
    if (envelope.type == NULL) {
        envelope.type = topic->default_type;
    }
    item->message.topic = topic->name;
    item->message.channel = topic->channel;
    item->message.id = text_format(worker->ctx.arena, "%s/%lld/%lld", topic->name,
                                   (long long)record->lane, (long long)record->offset);
    worker_item_message(
        worker, item, &envelope, is_valid_key(record->key) ? record->key : "",
        (struct bytes){ (const unsigned char *)record->value, record->value_length });
    return OK;
}

/* Sleeps until the broker or the outside has something, at most wait_ms.  In memory there is nothing to sleep on. */
static void wait_for_something(struct worker *worker, int64_t wait_ms)
{
    struct pollfd sources[] = {
        { .fd = worker->broker->operations->descriptor(worker->broker), .events = POLLIN },
        { .fd = worker->outside == NULL ? -1
                                        : worker->outside->operations->descriptor(worker->outside),
          .events = POLLIN },
    };

    if (sources[0].fd >= 0) {
        (void)poll(sources, sizeof sources / sizeof sources[0], (int)wait_ms);
    }
    worker_effects_land(worker);
}

static struct lane_position *positions_of_all(const struct worker *worker)
{
    size_t topics = worker->service->consumed_count;
    struct lane_position *copies =
        arena_alloc(worker->ctx.arena, worker->hold_count * topics * sizeof *copies);

    for (size_t i = 0; i < worker->hold_count; i++) {
        memcpy(copies + i * topics, worker->lanes[i]->positions, topics * sizeof *copies);
    }
    return copies;
}

/* Until more ride along.  In memory nobody waits. */
static void wait_for_company(const struct worker *worker)
{
    int64_t left_ms = worker->free_at - monotonic_ms(worker);

    if (left_ms > 0 && worker->broker->operations->descriptor(worker->broker) >= 0) {
        (void)poll(NULL, 0, (int)left_ms);
    }
}

static enum err gather_records(struct worker *worker, int64_t wait_ms)
{
    size_t count = WORKER_BATCH_MAX;

    if (worker->rest && wait_ms > 0) {
        wait_for_something(worker, wait_ms);
    }
    if (worker->service->batch_messages_max > 0 &&
        (size_t)worker->service->batch_messages_max < count) {
        count = (size_t)worker->service->batch_messages_max;
    }
    size_t max = count;
    worker->gathered_at = monotonic_ms(worker);
    enum err err =
        worker->broker->operations->poll(worker->broker, &worker->ctx, worker->records, &count, 0);
    worker->much_arrived = count == max;
    if (count > 0) {
        fault_point("after_poll");
    }
    struct lane_position *gathering = count > 0 && !err ? positions_of_all(worker) : NULL;
    if (mutant("commands_backwards")) {
        turn_commands_round(worker, worker->records, count);
    }
    for (size_t i = 0; i < count && !err; i++) {
        err = gather_record(worker, gathering, &worker->records[i]);
    }
    return err;
}

static enum err gather_inputs(struct worker *worker, struct held_lane *lane)
{
    struct scan_answer answer = { 0 };
    enum err err =
        worker_scan(worker, &inputs_after, key_number(lane->lane), key_number(0), &answer);

    if (err) {
        return err;
    }
    lane->inputs_waiting = answer.count == SCAN_ROWS_MAX;
    for (size_t i = 0; i < answer.count; i++) {
        const struct input_row *row = answer.rows[i];
        struct record_header headers[RECORD_HEADERS_MAX];
        size_t header_count = headers_from_text(worker->ctx.arena, row->headers, headers);
        struct envelope envelope = envelope_read(headers, header_count);
        struct item *item = worker_item_add(worker, ITEM_INPUT, lane);

        item->input = row;
        item->message.id = text_format(worker->ctx.arena, "input/%lld/%lld", (long long)row->lane,
                                       (long long)row->id);
        worker_item_message(worker, item, &envelope, row->key, row->body);
    }
    return OK;
}

void worker_item_timer(struct worker *worker, struct item *item, const struct timer_row *timer)
{
    item->timer = timer;
    item->subject = (struct subject){ .number = timer->subject_number, .id = timer->subject_id };
    item->timer_in = (struct incoming_timer){ .kind = timer->kind,
                                              .subject = item->subject,
                                              .due_at = timer->due_at,
                                              .step = timer->step,
                                              .lane = timer->lane };
    worker_trace_item(worker, item, timer->trace);
    park(item, "failed", "no rule for this kind of timer");
    for (size_t i = 0; i < worker->service->timer_count; i++) {
        if (strcmp(worker->service->timers[i].kind, timer->kind) == 0) {
            item->timer_handler = &worker->service->timers[i];
            item->verdict = ITEM_DECIDE;
        }
    }
}

/* Timers of a subject that has something parked stay where they are. */
static bool timer_is_blocked(const struct held_lane *lane, const struct timer_row *timer)
{
    return parked_set_has(lane->parked, timer->subject_id);
}

static enum err gather_timers(struct worker *worker, struct held_lane *lane)
{
    struct scan_answer answer = { 0 };
    enum err err = worker_scan(worker, &timers_due, key_number(lane->lane),
                               key_number(lane->timers_clear_to), &answer);
    bool blocked = false;

    if (err) {
        return err;
    }
    for (size_t i = 0; i < answer.count; i++) {
        const struct timer_row *timer = answer.rows[i];

        if (timer_is_blocked(lane, timer)) {
            blocked = true;
        } else {
            worker_item_timer(worker, worker_item_add(worker, ITEM_TIMER, lane), timer);
        }
    }
    lane->timer_recheck = true;
    lane->timer_due = blocked ? business_ms(worker) + BLOCKED_TIMER_PAUSE_MS : INT64_MIN;
    return OK;
}

static enum err gather_lane(struct worker *worker, struct held_lane *lane)
{
    enum err err = OK;

    if (lane->inputs_waiting && worker->item_count + SCAN_ROWS_MAX <= WORKER_BATCH_MAX) {
        err = gather_inputs(worker, lane);
    }
    if (!err && lane->timer_recheck && lane->timer_due <= business_ms(worker)) {
        err = worker_lane_first_timer(worker, lane);
    }
    if (!err && lane->timer_due <= lane->timers_clear_to &&
        worker->item_count + SCAN_ROWS_MAX <= WORKER_BATCH_MAX) {
        err = gather_timers(worker, lane);
    }
    if (!err && (lane->redrive_waiting || lane->requests_waiting)) {
        err = worker_requests_gather(worker, lane);
    }
    return err;
}

static void look_for_inputs(struct worker *worker)
{
    if (worker->instances_live < 2 || monotonic_ms(worker) - worker->inputs_at < INPUTS_PAUSE_MS) {
        return;
    }
    worker->inputs_at = monotonic_ms(worker);
    for (size_t i = 0; i < worker->hold_count; i++) {
        worker->lanes[i]->inputs_waiting = true;
    }
}

enum err worker_gather(struct worker *worker, int64_t wait_ms)
{
    enum err err = OK;

    wait_for_company(worker);
    worker_effects_land(worker);
    worker_ends_look(worker);
    look_for_inputs(worker);
    for (size_t i = 0; i < worker->hold_count && !err; i++) {
        if (worker->lanes[i]->active) {
            err = gather_lane(worker, worker->lanes[i]);
        }
    }
    if (!err && !worker->gap_closes) {
        err = gather_records(worker, wait_ms);
    }
    return err;
}
