/* worker_effects.c - calls to the outside, one at a time a subject, in the order decided, until their end is known.
 *
 * A flight is an effect that is decided and not ended.  Where a repetition with the same key is
 * safe, trouble of any kind means the same request again; elsewhere the question is put first, and a
 * new owner lets the time-out of a call that may still be under way pass before it asks.  Where the
 * target's patience ends before anything is known, that is the end.
 */
#include "common/worker_parts.h"

#include <poll.h>

enum {
    EFFECT_PAUSE_MS_FIRST = 100,
    EFFECT_PAUSE_MS_MAX = 30000,
    FLIGHTS_IN_THE_AIR_MAX = 256,
    ANSWER_WAIT_MS = 100,
    KEPT_MS_MAX = 600000
};

/* "METHOD path\nheader lines\n\nbody": what is stored is what is sent. */
struct bytes worker_effects_pack(struct arena *arena, const struct outside_request *request)
{
    const char *headers = request->headers == NULL ? "" : request->headers;
    const char *head = text_format(arena, "%s %s\n%s\n", request->method, request->path, headers);
    size_t head_length = strlen(head);
    unsigned char *packed = arena_alloc(arena, head_length + request->body_length + 1);

    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes with a length, no text */
    memcpy(packed, head, head_length);
    if (request->body_length > 0) {
        memcpy(packed + head_length, request->body, request->body_length);
    }
    return (struct bytes){ packed, head_length + request->body_length };
}

/* The way back; texts are in the arena.  A stored request is ours, so its form is certain. */
static struct outside_request unpack(struct arena *arena, struct bytes packed)
{
    char *text = arena_copy_text(arena, (const char *)packed.bytes, packed.length);
    char *space = strchr(text, ' ');
    char *line = strchr(text, '\n');
    char *end = line;

    assert(space != NULL && line != NULL && space < line);
    *space = '\0';
    *line = '\0';
    /* Header lines end with an empty one. */
    while (end[1] != '\n') {
        end = strchr(end + 1, '\n');
        assert(end != NULL);
    }
    const char *headers = end == line ? "" : arena_copy_text(arena, line + 1, (size_t)(end - line));
    const char *body = end + 2;

    return (struct outside_request){ .method = text,
                                     .path = space + 1,
                                     .headers = headers,
                                     .body = body,
                                     .body_length = packed.length - (size_t)(body - text) };
}

static const char *keep_text(struct arena *memory, const char *text)
{
    return text == NULL ? NULL : arena_copy_text(memory, text, strlen(text));
}

static struct bytes keep_bytes(struct arena *memory, struct bytes bytes)
{
    return (struct bytes){ arena_copy(memory, bytes.bytes, bytes.length), bytes.length };
}

static struct effect_row keep_row(struct arena *memory, const struct effect_row *row)
{
    struct effect_row kept = *row;

    kept.kind = keep_text(memory, row->kind);
    kept.key = keep_text(memory, row->key);
    kept.subject_id = keep_text(memory, row->subject_id);
    kept.trace = keep_text(memory, row->trace);
    kept.payload = keep_bytes(memory, row->payload);
    kept.request = keep_bytes(memory, row->request);
    return kept;
}

static void append_flight(struct held_lane *lane, struct flight *flight)
{
    struct flight **end = &lane->flights;

    if (lane->flights_end != NULL) {
        end = lane->flights_end;
    }
    *end = flight;
    lane->flights_end = &flight->next;
}

/* The first effect of the subject that has not ended, or NULL. */
static struct flight *first_of(const struct held_lane *lane, const char *subject_id)
{
    struct flight *flight = lane->flights;

    while (flight != NULL && strcmp(flight->row.subject_id, subject_id) != 0) {
        flight = flight->next;
    }
    return flight;
}

static struct flight *new_flight(struct worker *worker, const struct effect_row *row)
{
    struct flight *flight = calloc(1, sizeof *flight);
    const struct effect_handler *handler = worker_effect_handler(worker, row->kind);
    int64_t wait_ms = row->not_before > worker->now ? row->not_before - worker->now : 0;

    assert(flight != NULL && handler != NULL);
    flight->memory = arena_new_small((size_t)4 * RECORD_BYTES_MAX);
    flight->row = keep_row(flight->memory, row);
    flight->handler = handler;
    flight->not_before = monotonic_ms(worker) + wait_ms;
    worker->effects_under_way++;
    return flight;
}

static void *decode_payload(struct arena *arena, const struct worker *worker,
                            const struct flight *flight)
{
    const struct message_info *info = &worker->service->infos[flight->handler->payload_type];
    void *payload = arena_alloc(arena, info->size);
    struct violations violations = { .count = 0 };
    enum err err = info->decode(arena, (const char *)flight->row.payload.bytes,
                                flight->row.payload.length, payload, &violations);

    assert(err == OK); /* we encoded it */
    (void)err;
    return payload;
}

/* The same again under the same key does nothing twice, so nobody asks. */
static bool is_repeatable(const struct worker *worker, const struct flight *flight)
{
    const struct effect_handler *handler = flight->handler;

    if (handler->ask == NULL || handler->repeatable == NULL) {
        return handler->ask == NULL;
    }
    struct arena *arena = arena_new_small((size_t)4 * RECORD_BYTES_MAX);
    bool repeatable = handler->repeatable(decode_payload(arena, worker, flight));

    arena_free(arena);
    return repeatable;
}

/* A call of the last owner may still be under way: its time-out first, then the question. */
static void take_over(struct worker *worker, struct flight *flight)
{
    if (is_repeatable(worker, flight)) {
        metric_add(worker->metrics.repeats, 1);
        return;
    }
    int64_t timed_out_at = monotonic_ms(worker) + flight->handler->timeout_ms;

    flight->ask = true;
    flight->not_before = flight->not_before > timed_out_at ? flight->not_before : timed_out_at;
}

/* Takes the flight at `*at` out of what is kept. */
static struct flight *unlink_kept(struct worker *worker, struct flight **at)
{
    struct flight *flight = *at;

    *at = flight->next;
    if (worker->kept_end == &flight->next) {
        worker->kept_end = at;
    }
    flight->next = NULL;
    return flight;
}

/* The flight of this effect that had begun when its lane was dropped, or NULL. */
static struct flight *take_kept(struct worker *worker, const struct effect_row *row)
{
    for (struct flight **at = &worker->kept; *at != NULL; at = &(*at)->next) {
        struct flight *flight = *at;

        if (flight->kept_lane == row->lane && flight->row.id == row->id &&
            strcmp(flight->row.key, row->key) == 0) {
            worker->effects_under_way++;
            return unlink_kept(worker, at);
        }
    }
    return NULL;
}

void worker_effects_add(struct worker *worker, struct held_lane *lane, const struct effect_row *row,
                        bool taken_over)
{
    struct flight *flight = taken_over ? take_kept(worker, row) : NULL;

    if (flight == NULL) {
        flight = new_flight(worker, row);
    }
    if (taken_over && flight->state == FLIGHT_WAITS) {
        take_over(worker, flight);
    }
    flight->behind = first_of(lane, row->subject_id) != NULL && !mutant("effects_at_once");
    append_flight(lane, flight);
}

static void free_flight(struct flight *flight)
{
    if (flight->end != NULL) {
        http_end_free(flight->end);
    }
    arena_free(flight->memory);
    free(flight);
}

void worker_effects_ended(struct worker *worker, struct held_lane *lane, struct flight *flight)
{
    struct flight **at = &lane->flights;

    worker_metrics_effect_ended(worker, flight);
    while (*at != flight) {
        at = &(*at)->next;
    }
    *at = flight->next;
    if (lane->flights_end == &flight->next) {
        lane->flights_end = at;
    }
    struct flight *next = first_of(lane, flight->row.subject_id);
    if (next != NULL) {
        next->behind = false;
    }
    free_flight(flight);
    worker->effects_under_way--;
}

/* What was sent or answered is so whoever holds the lane: this worker may be the one that takes it again.  What waits to be
 * tried again waits on: trouble of ours is no reason to call at once who is away. */
static void keep_flight(struct worker *worker, const struct held_lane *lane, struct flight *flight)
{
    flight->kept_lane = lane->lane;
    flight->kept_at = monotonic_ms(worker);
    if (flight->state != FLIGHT_FLIES) {
        flight->state = flight->end != NULL ? FLIGHT_LANDED : FLIGHT_WAITS;
    }
    flight->next = NULL;
    *worker->kept_end = flight;
    worker->kept_end = &flight->next;
}

/* Frees what is kept of one lane, and what is kept for too long. */
static void free_kept(struct worker *worker, int64_t lane)
{
    int64_t oldest = monotonic_ms(worker) - KEPT_MS_MAX;

    for (struct flight **at = &worker->kept; *at != NULL;) {
        struct flight *flight = *at;

        if (flight->kept_lane == lane || flight->kept_at < oldest) {
            free_flight(unlink_kept(worker, at));
        } else {
            at = &flight->next;
        }
    }
}

void worker_effects_loaded(struct worker *worker, const struct held_lane *lane)
{
    free_kept(worker, lane->lane);
}

void worker_effects_forget(struct worker *worker, struct held_lane *lane)
{
    while (lane->flights != NULL) {
        struct flight *flight = lane->flights;

        lane->flights = flight->next;
        worker->effects_under_way--;
        if (flight->attempts > 0) {
            keep_flight(worker, lane, flight);
        } else {
            free_flight(flight);
        }
    }
    lane->flights_end = NULL;
}

void worker_effects_free(struct worker *worker)
{
    while (worker->kept != NULL) {
        free_kept(worker, worker->kept->kept_lane);
    }
}

void worker_effects_stall(struct worker *worker, struct flight *flight)
{
    (void)worker;
    flight->state = FLIGHT_STALLED;
}

void worker_effects_release_subject(struct worker *worker, struct held_lane *lane,
                                    const char *subject_id)
{
    for (struct flight *flight = lane->flights; flight != NULL; flight = flight->next) {
        if (flight->state == FLIGHT_STALLED && strcmp(flight->row.subject_id, subject_id) == 0) {
            flight->state = flight->end != NULL ? FLIGHT_LANDED : FLIGHT_WAITS;
            flight->not_before = monotonic_ms(worker);
        }
    }
}

/* All flights of all lanes in one loop: begin with { 0 }. */
struct flight_walk {
    size_t lane;
    struct flight *flight;
};

static bool next_flight(const struct worker *worker, struct flight_walk *walk)
{
    if (walk->flight != NULL && walk->flight->next != NULL) {
        walk->flight = walk->flight->next;
        return true;
    }
    walk->lane += walk->flight != NULL ? 1 : 0;
    while (walk->lane < worker->hold_count && worker->lanes[walk->lane]->flights == NULL) {
        walk->lane++;
    }
    walk->flight = walk->lane < worker->hold_count ? worker->lanes[walk->lane]->flights : NULL;
    return walk->flight != NULL;
}

static size_t target_of(struct worker *worker, const struct flight *flight)
{
    const struct effect_handler *handler = flight->handler;

    return handler->target_of == NULL
               ? handler->target
               : handler->target_of(decode_payload(worker->ctx.arena, worker, flight));
}

static void start_flight(struct worker *worker, struct flight *flight)
{
    flight->target = target_of(worker, flight);

    struct outside_call call = {
        .id = mutant("late_answer_for_new") ? 1 : ++worker->outside_ids,
        .target = flight->target,
        .key = mutant("new_key_at_each_try")
                   ? text_format(worker->ctx.arena, "%s/%lld", flight->row.key,
                                 (long long)flight->attempts)
                   : flight->row.key,
        .timeout_ms = flight->handler->timeout_ms,
        .trace = worker_trace_call(worker, flight),
    };

    if (flight->ask) {
        flight->handler->ask(worker->ctx.arena, decode_payload(worker->ctx.arena, worker, flight),
                             flight->row.key, &call.request);
    } else {
        call.request = unpack(worker->ctx.arena, flight->row.request);
    }
    flight->state = FLIGHT_FLIES;
    flight->call_id = call.id;
    flight->end_was_asked = flight->ask;
    flight->began_at = flight->attempts == 0 ? monotonic_ms(worker) : flight->began_at;
    flight->attempts++;
    worker->rest = false;
    worker->outside->operations->send(worker->outside, &call);
}

/* Whoever stood still longer than its lease may have been replaced, and finds out with the next batch: until then it calls nobody. */
static bool lease_is_sure(const struct worker *worker, const struct held_lane *lane)
{
    return monotonic_ms(worker) - lane->fenced_at < worker->options.lease_ms;
}

static bool may_start(const struct worker *worker, const struct held_lane *lane,
                      const struct flight *flight)
{
    return flight->state == FLIGHT_WAITS && !flight->behind && lane->active && !lane->leaves &&
           lease_is_sure(worker, lane) && flight->not_before <= monotonic_ms(worker) &&
           !parked_set_has(lane->parked, flight->row.subject_id);
}

void worker_effects_start(struct worker *worker)
{
    int64_t in_the_air = 0;
    for (struct flight_walk walk = { 0 }; next_flight(worker, &walk);) {
        in_the_air += walk.flight->state == FLIGHT_FLIES ? 1 : 0;
    }
    for (struct flight_walk walk = { 0 };
         in_the_air < FLIGHTS_IN_THE_AIR_MAX && next_flight(worker, &walk);) {
        if (may_start(worker, worker->lanes[walk.lane], walk.flight)) {
            start_flight(worker, walk.flight);
            in_the_air++;
        }
    }
}

static struct flight *find_flight(const struct worker *worker, int64_t call_id)
{
    for (struct flight *flight = worker->kept; flight != NULL; flight = flight->next) {
        if (flight->state == FLIGHT_FLIES && flight->call_id == call_id) {
            return flight;
        }
    }
    for (struct flight_walk walk = { 0 }; next_flight(worker, &walk);) {
        if (walk.flight->state == FLIGHT_FLIES && walk.flight->call_id == call_id) {
            return walk.flight;
        }
    }
    return NULL;
}

static void try_again(struct worker *worker, struct flight *flight, bool ask,
                      int64_t retry_after_ms)
{
    int64_t pause_ms = EFFECT_PAUSE_MS_FIRST;

    for (int64_t i = 1; i < flight->attempts && pause_ms < EFFECT_PAUSE_MS_MAX; i++) {
        pause_ms *= 2;
    }
    pause_ms =
        worker_jitter_ms(worker, pause_ms < EFFECT_PAUSE_MS_MAX ? pause_ms : EFFECT_PAUSE_MS_MAX);
    bool repeatable = ask && is_repeatable(worker, flight);

    if (repeatable) {
        metric_add(worker->metrics.repeats, 1);
    }
    flight->state = FLIGHT_WAITS;
    flight->ask = ask && !repeatable;
    flight->not_before =
        monotonic_ms(worker) + (pause_ms > retry_after_ms ? pause_ms : retry_after_ms);
    log_info("effect to be tried again", LOG_TEXT("kind", flight->row.kind),
             LOG_INT("attempts", flight->attempts), LOG_INT("ask", flight->ask),
             LOG_TEXT("subject", flight->row.subject_id), LOG_TEXT("error", flight->end->error),
             LOG_INT("status", flight->end->status));
    http_end_free(flight->end);
    flight->end = NULL;
}

static bool patience_ends(const struct worker *worker, const struct flight *flight)
{
    const struct outside_access *access = worker->options.access;
    int64_t patience_ms = access == NULL ? 0 : access[flight->target].patience_ms;

    return patience_ms > 0 && monotonic_ms(worker) - flight->began_at >= patience_ms;
}

static struct incoming_result *add_result(struct worker *worker, struct held_lane *lane,
                                          struct flight *flight, const void *payload)
{
    struct item *item = worker_item_add(worker, ITEM_RESULT, lane);

    item->verdict = ITEM_DECIDE;
    item->flight = flight;
    item->effect_handler = flight->handler;
    worker_trace_item(worker, item, worker_trace_of_call(worker, flight));
    item->subject =
        (struct subject){ .number = flight->row.subject_number, .id = flight->row.subject_id };
    item->result = (struct incoming_result){ .kind = flight->row.kind,
                                             .key = flight->row.key,
                                             .subject = item->subject,
                                             .payload = payload,
                                             .lane = lane->lane,
                                             .attempts = flight->attempts };
    return &item->result;
}

static void give_up(struct worker *worker, struct held_lane *lane, struct flight *flight,
                    enum effect_verdict verdict, const void *payload)
{
    struct incoming_result *result = add_result(worker, lane, flight, payload);

    result->given_up = true;
    result->may_have_happened = verdict == EFFECT_ASK;
    log_error("effect given up", LOG_TEXT("kind", flight->row.kind),
              LOG_INT("attempts", flight->attempts), LOG_TEXT("subject", flight->row.subject_id),
              LOG_TEXT("error", flight->end->error), LOG_INT("status", flight->end->status));
}

/* A landed flight whose answer is understood, or that is given up, becomes an item; every other one flies again later. */
static void understand(struct worker *worker, struct held_lane *lane, struct flight *flight)
{
    const void *payload = decode_payload(worker->ctx.arena, worker, flight);
    const void *result = NULL;
    enum effect_verdict verdict = EFFECT_DONE;

    if (flight->end->fate == HTTP_ANSWERED) {
        verdict = flight->handler->read(worker->ctx.arena, payload, flight->end,
                                        flight->end_was_asked, &result);
    } else {
        /* A question that got no answer is put again; a request that surely was not sent is sent again. */
        verdict = flight->end->fate == HTTP_NOT_SENT && !flight->end_was_asked ? EFFECT_AGAIN
                                                                               : EFFECT_ASK;
    }
    if (verdict == EFFECT_DONE) {
        add_result(worker, lane, flight, payload)->result = result;
    } else if (patience_ends(worker, flight)) {
        give_up(worker, lane, flight, verdict, payload);
    } else {
        try_again(worker, flight, verdict == EFFECT_ASK, flight->end->retry_after_ms);
    }
}

/* A result waits in memory while something of its subject is parked. */
static void land(struct worker *worker, struct held_lane *lane, struct flight *flight)
{
    if (parked_set_has(lane->parked, flight->row.subject_id)) {
        flight->state = FLIGHT_STALLED;
    } else if (worker->item_count < WORKER_BATCH_MAX) {
        understand(worker, lane, flight);
    }
}

static bool is_in_batch(const struct worker *worker, const struct flight *flight)
{
    for (size_t i = 0; i < worker->item_count; i++) {
        if (worker->items[i].flight == flight) {
            return true;
        }
    }
    return false;
}

static void take_end(struct worker *worker, struct http_end *end)
{
    struct flight *flight = find_flight(worker, end->id);

    worker->rest = false;
    if (flight == NULL) {
        http_end_free(end); /* of a lane that was dropped: whoever holds it now asks anew */
        return;
    }
    worker_trace_call_end(worker, flight, end);
    flight->state = FLIGHT_LANDED;
    flight->end = end;
}

void worker_effects_land(struct worker *worker)
{
    struct http_end *end = NULL;

    while (worker->outside != NULL &&
           (end = worker->outside->operations->take(worker->outside)) != NULL) {
        take_end(worker, end);
    }
    for (struct flight_walk walk = { 0 }; next_flight(worker, &walk);) {
        if (walk.flight->state == FLIGHT_LANDED && !is_in_batch(worker, walk.flight)) {
            land(worker, worker->lanes[walk.lane], walk.flight);
        }
    }
}

bool worker_effects_are_open(const struct held_lane *lane)
{
    for (const struct flight *flight = lane->flights; flight != NULL; flight = flight->next) {
        if (flight->state == FLIGHT_FLIES || flight->state == FLIGHT_LANDED) {
            return true;
        }
    }
    return false;
}

static bool is_any_open(const struct worker *worker)
{
    for (size_t i = 0; i < worker->hold_count; i++) {
        if (worker_effects_are_open(worker->lanes[i])) {
            return true;
        }
    }
    return false;
}

static void wait_for_answers(const struct worker *worker)
{
    struct pollfd source = { .fd = worker->outside->operations->descriptor(worker->outside),
                             .events = POLLIN };

    /* In memory there is nothing to sleep on. */
    if (source.fd >= 0) {
        (void)poll(&source, 1, ANSWER_WAIT_MS);
    }
}

enum err worker_effects_await(struct worker *worker, int64_t end)
{
    enum err err = OK;

    while (!err && is_any_open(worker) && monotonic_ms(worker) < end) {
        arena_reset(worker->ctx.arena);
        worker->item_count = 0;
        wait_for_answers(worker);
        worker_effects_land(worker);
        if (worker->item_count > 0 || worker_batch_due(worker)) {
            err = worker_batch_run(worker, worker->items, worker->item_count);
        }
    }
    return err;
}

int64_t worker_effects_wait_ms(const struct worker *worker, int64_t wait_ms)
{
    int64_t now = monotonic_ms(worker);

    for (struct flight_walk walk = { 0 }; next_flight(worker, &walk);) {
        bool startable = walk.flight->state == FLIGHT_WAITS && !walk.flight->behind;

        if (startable && walk.flight->not_before - now < wait_ms) {
            wait_ms = walk.flight->not_before > now ? walk.flight->not_before - now : 0;
        }
    }
    return wait_ms;
}

void worker_effects_open(const struct worker *worker, const struct effect_handler *handler,
                         int64_t *ret_count, int64_t *ret_oldest)
{
    for (struct flight_walk walk = { 0 }; next_flight(worker, &walk);) {
        const struct effect_row *row = &walk.flight->row;
        int64_t due = row->not_before > row->decided_at ? row->not_before : row->decided_at;

        if (walk.flight->handler == handler) {
            ++*ret_count;
            *ret_oldest = due < *ret_oldest ? due : *ret_oldest;
        }
    }
}
