/* world.c - a small simulated world for the lane worker. */
#include "tests/unit/world.h"

#include "common/arena.h"
#include "common/envelope.h"
#include "common/id.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    LEASE_MS = 3000,
    SETTLE_STEPS_MIN = 2000,
    SETTLE_STEPS_MAX = 400000,
    REST_STEPS = 400,
    SHOP_TOPIC = 2
};

struct acted {
    struct acted *next;
    char key[64];
};

uint64_t world_random(struct world *world, uint64_t below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return world->random % below;
}

static bool chance(struct world *world, int permille)
{
    return permille > 0 && world_random(world, 1000) < (uint64_t)permille;
}

static int64_t world_now(void *clock)
{
    struct world *world = clock;

    world->now += world->look_ms;
    return world->now;
}

/* --- The outside: acts once a key, answers late, or not at all -------------------------------------- */

struct pending_end {
    struct pending_end *next;
    struct http_end *end;
    int64_t at;
};
struct world_outside {
    struct outside outside;
    struct world *world;
    struct pending_end *pending;
};

static void act_once(struct world *world, const char *key)
{
    struct acted **at = &world->acted[key_hash(key_text(key)) % 256];

    world->calls++;
    for (const struct acted *seen = *at; seen != NULL; seen = seen->next) {
        if (strcmp(seen->key, key) == 0) {
            return;
        }
    }
    struct acted *acted = calloc(1, sizeof *acted);
    assert_non_null(acted);
    (void)snprintf(acted->key, sizeof acted->key, "%s", key);
    acted->next = *at;
    *at = acted;
    world->acts++;
}

/* The trace of the ping that a call follows from: "key/n". */
static void check_trace(const struct outside_call *call)
{
    char expected[TRACEPARENT_LENGTH + 1];
    const char *slash = strrchr(call->key, '/');

    assert_non_null(slash);
    assert_non_null(call->trace);
    (void)snprintf(expected, sizeof expected, WORLD_TRACE, strtoull(slash + 1, NULL, 10));
    assert_string_equal(call->trace, expected);
}

static void outside_send(struct outside *outside, const struct outside_call *call)
{
    struct world_outside *own = (struct world_outside *)outside;
    struct world *world = own->world;
    struct pending_end *pending = calloc(1, sizeof *pending);
    struct http_end *end = calloc(1, sizeof *end);
    bool wrong = chance(world, world->faults.outside_permille);
    uint64_t kind = wrong ? world_random(world, 4) : 4;

    assert_non_null(pending);
    assert_non_null(end);
    check_trace(call);
    world->tries++;
    end->id = call->id;
    end->fate = kind == 0 ? HTTP_NOT_SENT : kind <= 2 ? HTTP_UNKNOWN : HTTP_ANSWERED;
    end->status = kind == 3 ? 503 : 200;
    if (kind == 1 || kind == 4) { /* lost after acting, or all is well */
        act_once(world, call->key);
    }
    pending->end = end;
    pending->at =
        world->now + (world->answer_ms > 0 ? world->answer_ms : (int64_t)world_random(world, 30));
    pending->next = own->pending;
    own->pending = pending;
}

static struct http_end *outside_take(struct outside *outside)
{
    struct world_outside *own = (struct world_outside *)outside;

    for (struct pending_end **at = &own->pending; *at != NULL; at = &(*at)->next) {
        if ((*at)->at <= own->world->now) {
            struct pending_end *pending = *at;
            struct http_end *end = pending->end;

            *at = pending->next;
            free(pending);
            return end;
        }
    }
    return NULL;
}

static int outside_descriptor(struct outside *outside)
{
    (void)outside;
    return -1;
}

static void outside_close(struct outside *outside)
{
    struct world_outside *own = (struct world_outside *)outside;

    while (own->pending != NULL) {
        struct pending_end *pending = own->pending;

        own->pending = pending->next;
        http_end_free(pending->end);
        free(pending);
    }
    free(own);
}

static const struct outside_operations outside_operations = { outside_send, outside_take,
                                                              outside_descriptor, outside_close };

static struct outside *outside_new(struct world *world)
{
    struct world_outside *own = calloc(1, sizeof *own);

    assert_non_null(own);
    own->outside.operations = &outside_operations;
    own->world = world;
    return &own->outside;
}

/* --- Processes ------------------------------------------------------------------------------------- */

void world_start(struct world *world, size_t index)
{
    struct world_process *process = &world->processes[index];
    const struct service *service = process->service;
    struct store_options store = { .instance = process->instance,
                                   .lane_count = world->lanes,
                                   .lease_ms = LEASE_MS,
                                   .code_version = 1,
                                   .tables = service->tables };
    struct broker_options broker = { .client_id = process->instance,
                                     .consumed = service->consumed,
                                     .consumed_count = service->consumed_count,
                                     .published = service->published,
                                     .published_count = service->published_count,
                                     .lane_count = world->lanes };

    process->store = store_memory_open(
        service == &relay_service ? world->relay_database : world->count_database, &store);
    assert_int_equal(broker_memory_open(world->log, &world->ctx, &broker, &process->broker), OK);
    process->outside = outside_new(world);
    struct worker_options options = { .service = service,
                                      .store = process->store,
                                      .broker = process->broker,
                                      .outside = process->outside,
                                      .access = world->access,
                                      .instance = process->instance,
                                      .lane_count = world->lanes,
                                      .lease_ms = LEASE_MS,
                                      .monotonic_ms = world_now,
                                      .clock = world,
                                      .seed = world_random(world, 1 << 30) };
    assert_int_equal(worker_new(&world->ctx, &options, &process->worker), OK);
    process->dead = false;
    process->asleep_until = 0;
}

void world_crash(struct world *world, size_t index)
{
    struct world_process *process = &world->processes[index];

    if (process->dead) {
        return;
    }
    worker_free(process->worker);
    broker_memory_crash(process->broker);
    process->store->operations->close(process->store);
    process->outside->operations->close(process->outside);
    process->dead = true;
    process->asleep_until = world->now + (int64_t)world_random(world, 4000);
    world->crashes++;
}

static void add_process(struct world *world, const struct service *service, size_t number)
{
    struct world_process *process = &world->processes[world->process_count];

    process->service = service;
    (void)snprintf(process->instance, sizeof process->instance, "%s-%zu", service->name, number);
    world_start(world, world->process_count++);
}

static void open_sender(struct world *world)
{
    static const struct broker_topic published[] = { { .name = "relay.requests" },
                                                     { .name = "count.requests" },
                                                     { .name = "relay.requests.shop" } };
    struct broker_options options = { .client_id = "sender",
                                      .published = published,
                                      .published_count = 3,
                                      .lane_count = world->lanes };

    assert_int_equal(broker_memory_open(world->log, &world->ctx, &options, &world->sender), OK);
}

struct world *world_new(uint64_t seed, size_t relays, size_t counts,
                        const struct world_faults *faults)
{
    const struct world_shape shape = {
        .lanes = WORLD_LANES, .relays = relays, .counts = counts, .counter = &count_service
    };

    return world_new_of(seed, &shape, faults);
}

struct world *world_new_of(uint64_t seed, const struct world_shape *shape,
                           const struct world_faults *faults)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    world->lanes = shape->lanes;
    world->random = seed * 2654435761u + 1;
    world->now = INT64_C(1700000000000);
    world->faults = *faults;
    world->ctx.arena = arena_new(1 << 26);
    world->relay_database = memory_database_new(world->lanes);
    world->count_database = memory_database_new(world->lanes);
    memory_database_set_time(world->relay_database, world->now);
    memory_database_set_time(world->count_database, world->now);
    world->log = memory_log_new(&(struct memory_log_options){
        .seed = seed, .now_ms = world_now, .clock = world, .faults = faults->log });
    for (size_t i = 0; i < relay_service.consumed_count; i++) {
        memory_log_create_topic(world->log, relay_service.consumed[i].name, world->lanes);
    }
    for (size_t i = 0; i < shape->counter->consumed_count; i++) {
        memory_log_create_topic(world->log, shape->counter->consumed[i].name, world->lanes);
    }
    for (size_t i = 0; i < WORLD_KEYS; i++) {
        world->expected[i].last_n = -1;
    }
    open_sender(world);
    for (size_t i = 0; i < shape->relays; i++) {
        add_process(world, &relay_service, i);
    }
    for (size_t i = 0; i < shape->counts; i++) {
        add_process(world, shape->counter, i);
    }
    return world;
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < world->process_count; i++) {
        world_crash(world, i);
    }
    world->sender->operations->close(world->sender);
    memory_log_free(world->log);
    memory_database_free(world->relay_database);
    memory_database_free(world->count_database);
    for (size_t i = 0; i < 256; i++) {
        while (world->acted[i] != NULL) {
            struct acted *acted = world->acted[i];

            world->acted[i] = acted->next;
            free(acted);
        }
    }
    arena_free(world->ctx.arena);
    free(world);
}

/* --- Load, schedule, check ------------------------------------------------------------------------- */

static void expect(struct world *world, size_t key, int64_t n)
{
    struct tally_row *tally = &world->expected[key];

    tally->count++;
    tally->sum += n;
    tally->last_n = n;
    tally->echoes += n % 10 == 0 ? 1 : 0;
    tally->fired += n % 7 == 0 ? 1 : 0;
    if (n % 11 == 0) {
        world->hub_expected[n / 11 % 5]++;
    }
}

static void publish(struct world *world, const struct publication *publication)
{
    assert_int_equal(world->sender->operations->publish(world->sender, &world->ctx, publication),
                     OK);
}

static void send(struct world *world, size_t index, enum world_way way, bool impossible)
{
    int64_t n = ++world->sent;
    char key[16], body[64], trace[TRACEPARENT_LENGTH + 1];
    const struct record_header headers[] = {
        { HEADER_TRACE, trace }, { HEADER_CLOCK, "9007199254740991" }, /* which nobody believes */
    };

    (void)snprintf(trace, sizeof trace, WORLD_TRACE, (unsigned long long)n);
    (void)snprintf(key, sizeof key, "key-%zu", index);
    (void)snprintf(body, sizeof body, "{\"n\":%lld,\"key\":\"%s\"}",
                   (long long)(impossible ? -n : n), key);
    publish(world,
            &(struct publication){
                .topic = way == WORLD_BY_SHOP ? SHOP_TOPIC : 0,
                .lane = (lane_of(key, world->lanes) + (way == WORLD_ASTRAY ? 1 : 0)) % world->lanes,
                .key = key,
                .value = body,
                .value_length = strlen(body),
                .headers = headers,
                .header_count = 2 });
    expect(world, index, n);
}

void world_send(struct world *world, bool impossible)
{
    send(world, (size_t)world_random(world, WORLD_KEYS), WORLD_STRAIGHT, impossible);
}

void world_send_by(struct world *world, size_t key, enum world_way way)
{
    send(world, key, way, false);
}

void world_write_as_shop(struct world *world, size_t key, const struct record_header *headers,
                         size_t count)
{
    char text[16];

    (void)snprintf(text, sizeof text, "key-%zu", key);
    publish(world, &(struct publication){ .topic = SHOP_TOPIC,
                                          .lane = lane_of(text, world->lanes),
                                          .key = text,
                                          .value = "{}",
                                          .value_length = 2,
                                          .headers = headers,
                                          .header_count = count });
}

void world_ask(struct world *world, const struct operator_request_row *request)
{
    struct operator_request_row row = *request;

    row.subject_id = row.subject_id == NULL ? "" : row.subject_id;
    row.topic = row.topic == NULL ? "" : row.topic;
    row.outcome = row.detail = "";
    memory_database_add(world->count_database, &operator_request_table, &row);
}

void world_redrive(struct world *world)
{
    for (size_t i = 0; i < WORLD_KEYS; i++) {
        char key[16];

        (void)snprintf(key, sizeof key, "key-%zu", i);
        world_ask(world, &(struct operator_request_row){ .lane = lane_of(key, world->lanes),
                                                         .kind = "redrive",
                                                         .subject_id = key });
    }
}

void world_forget(struct world *world, size_t key, int64_t n)
{
    struct tally_row *tally = &world->expected[key];

    tally->count--;
    tally->sum -= n;
    tally->echoes -= n % 10 == 0 ? 1 : 0;
    tally->fired -= n % 7 == 0 ? 1 : 0;
    if (n % 11 == 0) {
        world->hub_expected[n / 11 % 5]--;
    }
}

size_t world_requests(struct world *world, const char *outcome)
{
    size_t count = 0, found = 0;
    void **rows = memory_database_rows(world->count_database, &operator_request_table, &count);

    for (size_t i = 0; i < count; i++) {
        found += strcmp(((const struct operator_request_row *)rows[i])->outcome, outcome) == 0;
    }
    return found;
}

static void strike_log(struct world *world)
{
    if (chance(world, world->faults.restart_permille)) {
        memory_log_stop(world->log);
        if (chance(world, world->faults.cut_permille)) {
            memory_log_cut(world->log, "relay.events",
                           (int64_t)world_random(world, (uint64_t)world->lanes),
                           1 + (int64_t)world_random(world, 5));
            world->cuts++;
        }
        memory_log_start(world->log);
        world->restarts++;
    }
}

static void strike_process(struct world *world, size_t index)
{
    struct world_process *process = &world->processes[index];

    if (chance(world, world->faults.crash_permille)) {
        world_crash(world, index);
    } else if (chance(world, world->faults.pause_permille)) {
        process->asleep_until = world->now + LEASE_MS + (int64_t)world_random(world, LEASE_MS);
        world->pauses++;
    } else if (chance(world, world->faults.producer_permille)) {
        broker_memory_lose_producer(process->broker);
        world->producers_lost++;
    } else if (chance(world, world->faults.lost_answer_permille)) {
        memory_database_lose_answer(process->service == &count_service ? world->count_database
                                                                       : world->relay_database,
                                    world_random(world, 2) == 0);
        world->lost_answers++;
    }
}

static void advance(struct world *world, int64_t ms)
{
    world->now += ms;
    memory_database_set_time(world->relay_database, world->now);
    memory_database_set_time(world->count_database, world->now);
}

void world_step(struct world *world)
{
    size_t index = (size_t)world_random(world, world->process_count);
    struct world_process *process = &world->processes[index];

    arena_reset(world->ctx.arena);
    advance(world, (int64_t)world_random(world, 6));
    strike_log(world);
    if (process->asleep_until > world->now) {
        return;
    }
    if (process->dead) {
        world_start(world, index);
        return;
    }
    assert_int_equal(worker_step(process->worker, 0), OK);
    strike_process(world, index);
}

/* Effects of a subject that has something parked wait with it. */
static bool is_idle(const struct world_process *process, bool parked)
{
    struct worker_status status = worker_status(process->worker);

    return worker_idle_steps(process->worker) >= REST_STEPS &&
           (parked || status.effects_under_way == 0) && status.lanes_active == status.lanes_held;
}

static bool at_rest(struct world *world)
{
    size_t parked = 0;

    (void)memory_database_rows(world->count_database, &parked_table, &parked);
    for (size_t i = 0; i < world->process_count; i++) {
        const struct world_process *process = &world->processes[i];

        if (process->dead || process->asleep_until > world->now || !is_idle(process, parked > 0)) {
            return false;
        }
    }
    return memory_log_next_at(world->log) == INT64_MAX && world_requests(world, "") == 0;
}

void world_settle(struct world *world)
{
    int64_t steps = 0;

    world->faults = (struct world_faults){ 0 };
    memory_log_set_faults(world->log, &(struct memory_faults){ 0 });
    /* Idle steps counted so far say nothing of what was just sent. */
    while ((steps < SETTLE_STEPS_MIN || !at_rest(world)) && steps < SETTLE_STEPS_MAX) {
        world_step(world);
        steps++;
    }
    assert_true(steps < SETTLE_STEPS_MAX); /* else it never comes to rest */
}

const struct tally_row *world_tally(struct world *world, const char *key)
{
    size_t count = 0;
    void **rows = memory_database_rows(world->count_database, &tally_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct tally_row *row = rows[i];

        if (strcmp(row->key, key) == 0) {
            return row;
        }
    }
    return NULL;
}

static void check_key(struct world *world, size_t index)
{
    const struct tally_row *expected = &world->expected[index];
    char key[16];

    (void)snprintf(key, sizeof key, "key-%zu", index);
    const struct tally_row *row = world_tally(world, key);
    if (expected->count == 0) {
        assert_null(row);
        return;
    }
    assert_non_null(row);
    assert_int_equal(row->count, expected->count);
    assert_int_equal(row->sum, expected->sum);
    assert_int_equal(row->last_n, expected->last_n);
    assert_int_equal(row->disorder, 0);
    assert_int_equal(row->echoes, expected->echoes);
    assert_int_equal(row->fired, expected->fired);
}

void world_check(struct world *world)
{
    int64_t echoes = 0;

    for (size_t i = 0; i < WORLD_KEYS; i++) {
        check_key(world, i);
        echoes += world->expected[i].echoes;
    }
    for (size_t i = 0; i < 5; i++) {
        char key[16];

        (void)snprintf(key, sizeof key, "hub-%zu", i);
        const struct tally_row *row = world_tally(world, key);
        assert_int_equal(row == NULL ? 0 : row->hubbed, world->hub_expected[i]);
    }
    assert_int_equal(world->acts, echoes);
}
