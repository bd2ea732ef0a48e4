/* rules_bench.c - batches of any service's rules on a store in memory, and what they decided. */
#include "tests/unit/rules_bench.h"

#include "common/buffer.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 1 << 28, BATCH_MAX = 64, TYPE_PREFIX = 7 };

struct rules_bench *rules_bench_new(const struct service *service)
{
    struct rules_bench *bench = calloc(1, sizeof *bench);
    const struct store_options options = { .instance = "bench",
                                           .lane_count = 1,
                                           .lease_ms = 3000,
                                           .code_version = 1,
                                           .tables = service->tables,
                                           .statements = service->statements };
    struct lane_share share;

    assert_non_null(bench);
    bench->service = service;
    bench->now = 1800000000000;
    bench->kept = arena_new(ARENA_BYTES);
    bench->ctx.arena = arena_new(ARENA_BYTES);
    bench->database = memory_database_new(1);
    memory_database_set_time(bench->database, bench->now);
    bench->store = store_memory_open(bench->database, &options);
    assert_int_equal(bench->store->operations->heartbeat(
                         bench->store, &bench->ctx, &(struct lane_claim){ .start = true }, &share),
                     OK);
    assert_int_equal(share.taken_count, 1);
    bench->holds[0] = share.taken[0];
    return bench;
}

void rules_bench_free(struct rules_bench *bench)
{
    bench->store->operations->close(bench->store);
    memory_database_free(bench->database);
    arena_free(bench->ctx.arena);
    arena_free(bench->kept);
    free(bench);
}

/* A step with the handlers of the service's tables. */
struct prepared {
    const struct message_handler *message;
    const struct timer_handler *timer;
    const struct effect_handler *effect;
    struct incoming_message in;
    struct incoming_timer timer_in;
    struct incoming_result result;
};

static const struct message_handler *find_message(const struct service *service, uint32_t type)
{
    for (size_t i = 0; i < service->message_count; i++) {
        if (service->messages[i].message_type == type) {
            return &service->messages[i];
        }
    }
    fail_msg("no handler for message type %u", (unsigned)type);
    return NULL;
}

static const struct timer_handler *find_timer(const struct service *service, const char *kind)
{
    for (size_t i = 0; i < service->timer_count; i++) {
        if (strcmp(service->timers[i].kind, kind) == 0) {
            return &service->timers[i];
        }
    }
    fail_msg("no handler for timer %s", kind);
    return NULL;
}

static const struct effect_handler *find_effect(const struct service *service, const char *kind)
{
    for (size_t i = 0; i < service->effect_count; i++) {
        if (strcmp(service->effects[i].kind, kind) == 0) {
            return &service->effects[i];
        }
    }
    fail_msg("no handler for effect %s", kind);
    return NULL;
}

static void prepare_message(struct rules_bench *bench, const struct rules_step *step,
                            struct prepared *ret)
{
    static const unsigned char digest[32];
    const char *id = text_format(bench->kept, "req_%026lld", (long long)++bench->request_no);

    ret->message = find_message(bench->service, step->message_type);
    ret->in = (struct incoming_message){
        .message_type = step->message_type,
        .message = step->message,
        .subject = step->subject,
        .id = id,
        .topic = message_infos[step->message_type].topic,
        .clock = message_clock((enum message_type)step->message_type, step->message),
        .digest = digest,
        .precondition = step->precondition,
        .reply = { message_infos[step->message_type].kind == MESSAGE_REQUEST ? id : NULL, 0 },
    };
    if (ret->message->lane_key != NULL) {
        const char *key = ret->message->lane_key(bench->ctx.arena, &ret->in);

        ret->in.subject.id = key != NULL ? key : ret->in.subject.id;
    }
}

static struct prepared prepare(struct rules_bench *bench, const struct rules_step *step)
{
    struct prepared prepared = { 0 };

    if (step->timer != NULL) {
        prepared.timer = find_timer(bench->service, step->timer);
        prepared.timer_in = (struct incoming_timer){ .kind = step->timer,
                                                     .subject = step->subject,
                                                     .due_at = bench->now,
                                                     .step = step->timer_step };
    } else if (step->effect != NULL) {
        prepared.effect = find_effect(bench->service, step->effect);
        prepared.result = (struct incoming_result){ .kind = step->effect,
                                                    .key = step->effect_key,
                                                    .subject = step->subject,
                                                    .payload = step->payload,
                                                    .result = step->result,
                                                    .given_up = step->given_up,
                                                    .may_have_happened = step->may_have_happened,
                                                    .attempts = 1 };
    } else {
        prepare_message(bench, step, &prepared);
    }
    return prepared;
}

static void need(const struct prepared *step, struct rows *rows)
{
    if (step->message != NULL && step->message->need != NULL) {
        step->message->need(&step->in, rows);
    } else if (step->timer != NULL && step->timer->need != NULL) {
        step->timer->need(&step->timer_in, rows);
    } else if (step->effect != NULL && step->effect->need != NULL) {
        step->effect->need(&step->result, rows);
    }
}

static void need_shared(const struct prepared *step, struct rows *rows)
{
    if (step->message != NULL && step->message->need_shared != NULL) {
        step->message->need_shared(&step->in, rows);
    } else if (step->timer != NULL && step->timer->need_shared != NULL) {
        step->timer->need_shared(&step->timer_in, rows);
    } else if (step->effect != NULL && step->effect->need_shared != NULL) {
        step->effect->need_shared(&step->result, rows);
    }
}

static void decide(const struct prepared *step, struct decision *decision)
{
    if (step->message != NULL) {
        decision->clock = step->in.clock;
        step->message->decide(decision, &step->in);
    } else if (step->timer != NULL) {
        step->timer->decide(decision, &step->timer_in);
    } else if (step->effect != NULL) {
        step->effect->decide(decision, &step->result);
    }
}

/* A message that its own schema refuses would be parked by whoever takes it. */
static void check_message(struct rules_bench *bench, uint32_t type, const void *message)
{
    const struct message_info *info = &message_infos[type];
    struct violations violations;
    struct buffer buffer;

    violations_clear(&violations);
    buffer_init(&buffer, 1 << 20);
    info->encode(message, &buffer);
    assert_false(buffer.overflowed);
    enum err err = info->decode(bench->ctx.arena, buffer.bytes, buffer.length,
                                arena_alloc(bench->ctx.arena, info->size), &violations);
    if (err != OK) {
        fail_msg("%s: %s %s", info->type, violations.items[0].pointer, violations.items[0].detail);
    }
    buffer_release(&buffer);
}

/* The request is built when the effect is decided. */
static void check_effect(struct rules_bench *bench, const struct effect_request *request)
{
    const struct effect_handler *handler = find_effect(bench->service, request->kind);
    struct outside_request outgoing = { 0 };

    check_message(bench, handler->payload_type, request->payload);
    handler->request(bench->ctx.arena, request->payload, request->key, &outgoing);
    assert_non_null(outgoing.method);
    assert_non_null(outgoing.path);
}

static void check_decision(struct rules_bench *bench, const struct decision *decision)
{
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        int64_t clock = message_clock((enum message_type)at->message_type, at->message);

        check_message(bench, at->message_type, at->message);
        assert_true(clock == 0 || clock == decision->clock + 1);
    }
    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        check_message(bench, at->message_type, at->message);
    }
    for (const struct reply_request *at = decision->replies; at != NULL; at = at->next) {
        check_message(bench, at->message_type, at->message);
    }
    for (const struct effect_request *at = decision->effects; at != NULL; at = at->next) {
        check_effect(bench, at);
    }
}

static struct rows *load(struct rules_bench *bench, const struct prepared *steps, size_t count)
{
    const struct store_operations *store = bench->store->operations;
    struct rows *rows = rows_new(bench->ctx.arena);
    int64_t now = 0;

    assert_int_equal(store->begin(bench->store, &bench->ctx, bench->holds, 1, &now), OK);
    for (size_t i = 0; i < count; i++) {
        need(&steps[i], rows);
    }
    assert_int_equal(store->load(bench->store, &bench->ctx, rows), OK);
    for (size_t i = 0; i < count; i++) {
        need_shared(&steps[i], rows);
    }
    assert_int_equal(store->load(bench->store, &bench->ctx, rows), OK);
    return rows;
}

/* As the runtime: when one step is impossible, nothing of the batch counts. */
void rules_batch(struct rules_bench *bench, const struct rules_step *steps, size_t count)
{
    struct prepared prepared[BATCH_MAX];
    const struct store_operations *store = bench->store->operations;
    bool unknown = false, impossible = false;

    assert_true(count <= BATCH_MAX);
    arena_reset(bench->ctx.arena);
    bench->decisions = arena_alloc(bench->ctx.arena, count * sizeof *bench->decisions);
    for (size_t i = 0; i < count; i++) {
        prepared[i] = prepare(bench, &steps[i]);
    }
    struct rows *rows = load(bench, prepared, count);
    for (size_t i = 0; i < count; i++) {
        struct decision *decision = &bench->decisions[i];

        decision_init(decision, bench->ctx.arena, rows, bench->now);
        decide(&prepared[i], decision);
        impossible |= decision->err != OK;
        if (decision->err == OK) {
            check_decision(bench, decision);
        }
    }
    if (impossible) {
        store->rollback(bench->store, &bench->ctx);
        return;
    }
    assert_int_equal(store->save_and_commit(bench->store, &bench->ctx, rows, &unknown), OK);
}

const struct decision *rules_run(struct rules_bench *bench, struct rules_step step)
{
    rules_batch(bench, &step, 1);
    return &bench->decisions[0];
}

int64_t rules_random(struct rules_bench *bench, int64_t below)
{
    bench->random = bench->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((bench->random >> 33) % (uint64_t)below);
}

const void *rules_keep(struct rules_bench *bench, const void *bytes, size_t size)
{
    return arena_copy(bench->kept, bytes, size);
}

const char *rules_order_id(struct rules_bench *bench, int64_t order_no)
{
    unsigned char bytes[ORDER_ID_BYTES] = { 0 };

    memcpy(bytes, &order_no, sizeof order_no);
    return text_format(bench->kept, "%s", order_id_format(bytes).text);
}

const char *rules_child_id(struct rules_bench *bench, int64_t order_no, const char *child)
{
    return text_format(bench->kept, "%s-%s", rules_order_id(bench, order_no), child);
}

struct rules_step rules_message(struct rules_bench *bench, uint32_t type, const void *message,
                                size_t size)
{
    const void *copy = rules_keep(bench, message, size);
    const char *order_id = message_order_id((enum message_type)type, copy);

    return (struct rules_step){ .message_type = type,
                                .message = copy,
                                .subject = { message_order_no((enum message_type)type, copy),
                                             order_id != NULL ? order_id : "" } };
}

/* "kervan.fulfillment.opened.v1" as "fulfillment.opened". */
static const char *short_name(struct rules_bench *bench, uint32_t type)
{
    const char *name = message_infos[type].type + TYPE_PREFIX;

    return arena_copy_text(bench->ctx.arena, name, strlen(name) - 3);
}

static void add_word(struct rules_bench *bench, const char **text, const char *kind,
                     const char *word)
{
    *text = text_format(bench->ctx.arena, "%s%s%s%s", *text, **text == '\0' ? "" : " ", kind, word);
}

const char *rules_said(struct rules_bench *bench, const struct decision *decision)
{
    const char *text = "";

    if (decision->err != OK) {
        return "impossible";
    }
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        add_word(bench, &text, "", short_name(bench, at->message_type));
    }
    for (const struct effect_request *at = decision->effects; at != NULL; at = at->next) {
        add_word(bench, &text, "effect:", at->kind);
    }
    for (const struct timer_request *at = decision->timers; at != NULL; at = at->next) {
        add_word(bench, &text, "timer:", at->kind);
    }
    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        add_word(bench, &text, "input:", short_name(bench, at->message_type));
    }
    for (const struct reply_request *at = decision->replies; at != NULL; at = at->next) {
        const struct gateway_reply *reply = at->message;

        add_word(bench, &text,
                 "reply:", text_format(bench->ctx.arena, "%lld", (long long)reply->status));
    }
    return text;
}

const void *rules_find(const struct decision *decision, uint32_t type)
{
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        if (at->message_type == type) {
            return at->message;
        }
    }
    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        if (at->message_type == type) {
            return at->message;
        }
    }
    return NULL;
}

const char *rules_problem(const struct decision *decision)
{
    const struct gateway_reply *reply =
        decision->replies == NULL ? NULL : decision->replies->message;

    return reply == NULL || reply->problem == NULL ? "" : reply->problem->detail;
}
