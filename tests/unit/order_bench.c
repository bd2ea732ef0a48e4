/* order_bench.c - batches on a store in memory, and what they said. */
#include "tests/unit/order_bench.h"

#include "common/buffer.h"
#include "common/id.h"
#include "common/memory_database.h"
#include "common/store.h"
#include "common/text.h"
#include "proto/registry.h"
#include "services/order/tables.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 512 * 1024 * 1024, MESSAGE_BYTES_MAX = 1 << 20 };

static void open_store(struct order_bench *bench)
{
    const struct store_options options = { .instance = "bench",
                                           .lane_count = ORDER_BENCH_LANES,
                                           .lease_ms = 3000,
                                           .code_version = 1,
                                           .tables = order_tables,
                                           .statements = bench->service.statements };
    struct lane_share share;

    bench->store = store_memory_open(bench->database, &options);
    assert_int_equal(bench->store->operations->heartbeat(
                         bench->store, &bench->ctx, &(struct lane_claim){ .start = true }, &share),
                     OK);
    assert_int_equal(share.taken_count, ORDER_BENCH_LANES);
    memcpy(bench->holds, share.taken, sizeof bench->holds);
}

struct order_bench *order_bench_new(void)
{
    struct order_bench *bench = calloc(1, sizeof *bench);

    assert_non_null(bench);
    bench->now = 1800000000000;
    bench->kept = arena_new(ARENA_BYTES);
    bench->ctx.arena = bench->kept;
    assert_int_equal(order_service(&bench->ctx, "web,phone", &bench->service), OK);
    bench->ctx.arena = arena_new(ARENA_BYTES);
    bench->database = memory_database_new(ORDER_BENCH_LANES);
    memory_database_set_time(bench->database, bench->now);
    open_store(bench);
    return bench;
}

void order_bench_free(struct order_bench *bench)
{
    bench->store->operations->close(bench->store);
    memory_database_free(bench->database);
    arena_free(bench->ctx.arena);
    arena_free(bench->kept);
    free(bench->said);
    free(bench);
}

int order_bench_set_up(void **state)
{
    *state = order_bench_new();
    return 0;
}

int order_bench_tear_down(void **state)
{
    order_bench_free(*state);
    return 0;
}

/* A step with the handlers of the service's table. */
struct prepared {
    const struct message_handler *message;
    const struct timer_handler *timer;
    struct incoming_message in;
    struct incoming_timer timer_in;
};

static const struct message_handler *find_handler(const struct order_bench *bench, uint32_t type)
{
    for (size_t i = 0; i < bench->service.message_count; i++) {
        if (bench->service.messages[i].message_type == type) {
            return &bench->service.messages[i];
        }
    }
    fail_msg("no handler for %s", message_infos[type].type);
    abort(); /* fail_msg does not return; the compiler cannot know */
}

static const void *digest_of(struct order_bench *bench, const char *text)
{
    unsigned char *digest = arena_alloc(bench->ctx.arena, 32);

    for (size_t i = 0; i < 32 && text[i] != '\0'; i++) {
        digest[i] = (unsigned char)text[i];
    }
    return digest;
}

static struct prepared prepare_timer(struct order_bench *bench, const struct said *timer)
{
    const struct timer_handler *handler = bench->service.timers;

    while (strcmp(handler->kind, timer->kind) != 0) {
        handler++; /* it is there: the service has set it */
    }
    return (struct prepared){
        .timer = handler,
        .timer_in = { .kind = timer->kind,
                      .subject = { timer->order_no, timer->subject_id },
                      .due_at = timer->due_at,
                      .lane = lane_of(timer->subject_id, ORDER_BENCH_LANES) },
    };
}

static struct prepared prepare(struct order_bench *bench, const struct order_step *step)
{
    if (step->message_type == MESSAGE_NONE) {
        return prepare_timer(bench, step->timer);
    }
    const enum message_type type = (enum message_type)step->message_type;
    struct prepared prepared = {
        .message = find_handler(bench, step->message_type),
        .in = { .message_type = step->message_type,
                .message = step->message,
                .subject = { message_order_no(type, step->message), "a-stranger's-key" },
                .id = step->id,
                .topic = message_infos[type].topic,
                .clock = message_clock(type, step->message),
                .reply = { step->waited_for ? text_format(bench->kept, "wait-%s", step->id) : NULL,
                           1 },
                .channel = step->channel,
                .idempotency_key = step->idempotency_key,
                .actor = step->actor,
                .until = step->until,
                .precondition = step->precondition,
                .digest = digest_of(bench, step->digest == NULL ? "" : step->digest) },
    };

    const char *key = prepared.message->lane_key == NULL
                          ? message_order_id(type, step->message)
                          : prepared.message->lane_key(bench->ctx.arena, &prepared.in);
    if (key != NULL) {
        prepared.in.subject.id = key;
    }
    prepared.in.lane = lane_of(prepared.in.subject.id, ORDER_BENCH_LANES);
    return prepared;
}

static void need(const struct prepared *step, struct rows *rows)
{
    if (step->message != NULL) {
        step->message->need(&step->in, rows);
    } else {
        step->timer->need(&step->timer_in, rows);
    }
}

static void need_shared(const struct prepared *step, struct rows *rows)
{
    if (step->message != NULL && step->message->need_shared != NULL) {
        step->message->need_shared(&step->in, rows);
    } else if (step->message == NULL && step->timer->need_shared != NULL) {
        step->timer->need_shared(&step->timer_in, rows);
    }
}

/* A message that its own schema refuses would be parked by whoever takes it. */
static const void *copy_message(struct order_bench *bench, uint32_t type, const void *message)
{
    const struct message_info *info = &message_infos[type];
    void *copy = arena_alloc(bench->kept, info->size);
    struct violations violations;
    struct buffer buffer;

    violations_clear(&violations);
    buffer_init(&buffer, MESSAGE_BYTES_MAX);
    info->encode(message, &buffer);
    assert_false(buffer.overflowed);
    if (info->decode(bench->kept, buffer.bytes, buffer.length, copy, &violations) != OK) {
        fail_msg("%s: %s %s", info->type, violations.items[0].pointer, violations.items[0].detail);
    }
    buffer_release(&buffer);
    return copy;
}

static void keep(struct order_bench *bench, struct said said)
{
    if (bench->said_count == bench->said_capacity) {
        bench->said_capacity = bench->said_capacity == 0 ? 256 : 2 * bench->said_capacity;
        bench->said = realloc(bench->said, bench->said_capacity * sizeof *bench->said);
        assert_non_null(bench->said);
    }
    bench->said[bench->said_count++] = said;
}

/* What is said of an order later follows from all that was said of it before. */
static void check_clock(const struct order_bench *bench, size_t before,
                        const struct emission *emission)
{
    for (size_t i = before; i > 0; i--) {
        const struct said *said = &bench->said[i - 1];

        if (said->type != MESSAGE_NONE && said->order_no == emission->subject.number) {
            assert_true(
                message_clock((enum message_type)emission->message_type, emission->message) >
                message_clock((enum message_type)said->type, said->message));
            return;
        }
    }
}

static void keep_decision(struct order_bench *bench, const struct decision *decision, int64_t lane)
{
    size_t before = bench->said_count;

    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        const enum message_type type = (enum message_type)at->message_type;

        assert_int_equal(lane_of(at->subject.id, ORDER_BENCH_LANES), lane);
        if (at->subject.number != 0) { /* else it is about a channel */
            assert_int_equal(message_clock(type, at->message), decision->clock + 1);
            assert_string_equal(message_order_id(type, at->message), at->subject.id);
            check_clock(bench, before, at);
        }
        keep(bench, (struct said){ .type = type,
                                   .subject_id = text_format(bench->kept, "%s", at->subject.id),
                                   .order_no = at->subject.number,
                                   .message = copy_message(bench, type, at->message) });
    }
    for (const struct timer_request *at = decision->timers; at != NULL; at = at->next) {
        keep(bench, (struct said){ .subject_id = text_format(bench->kept, "%s", at->subject.id),
                                   .order_no = at->subject.number,
                                   .due_at = at->due_at,
                                   .kind = at->kind });
    }
    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        keep(bench, (struct said){ .type = at->message_type,
                                   .subject_id = text_format(bench->kept, "%s", at->subject.id),
                                   .message = copy_message(bench, at->message_type, at->message) });
    }
    for (const struct reply_request *at = decision->replies; at != NULL; at = at->next) {
        assert_int_equal(at->partition, 1);
        keep(bench, (struct said){ .type = at->message_type,
                                   .subject_id = text_format(bench->kept, "%s", at->request_id),
                                   .message = copy_message(bench, at->message_type, at->message) });
    }
}

static struct rows *load(struct order_bench *bench, const struct prepared *steps, size_t count)
{
    const struct store_operations *store = bench->store->operations;
    struct rows *rows = rows_new(bench->ctx.arena);
    int64_t now = 0;

    memory_database_set_time(bench->database, bench->now);
    assert_int_equal(store->begin(bench->store, &bench->ctx, bench->holds, ORDER_BENCH_LANES, &now),
                     OK);
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

static void decide(struct decision *out, const struct prepared *step)
{
    if (step->message != NULL) {
        out->clock = step->in.clock;
        step->message->decide(out, &step->in);
    } else {
        step->timer->decide(out, &step->timer_in);
    }
}

static void commit(struct order_bench *bench, struct rows *rows, const struct prepared *steps,
                   const struct decision *decisions, size_t count)
{
    bool unknown = false;

    for (size_t i = 0; i < count; i++) {
        keep_decision(bench, &decisions[i],
                      steps[i].message != NULL ? steps[i].in.lane : steps[i].timer_in.lane);
    }
    enum err err =
        bench->store->operations->save_and_commit(bench->store, &bench->ctx, rows, &unknown);
    if (err) {
        fail_msg("commit: %s", bench->ctx.detail);
    }
}

void order_bench_batch(struct order_bench *bench, const struct order_step *steps, size_t count)
{
    struct prepared prepared[ORDER_BENCH_BATCH_MAX];
    struct decision decisions[ORDER_BENCH_BATCH_MAX];

    assert_true(count <= ORDER_BENCH_BATCH_MAX);
    arena_reset(bench->ctx.arena);
    bench->now++;
    bench->batch_from = bench->said_count;
    bench->refusal = NULL;
    for (size_t i = 0; i < count; i++) {
        prepared[i] = prepare(bench, &steps[i]);
    }
    struct rows *rows = load(bench, prepared, count);
    for (size_t i = 0; i < count && bench->refusal == NULL; i++) {
        decision_init(&decisions[i], bench->ctx.arena, rows, bench->now);
        decide(&decisions[i], &prepared[i]);
        bench->refusal = decisions[i].err ? decisions[i].refusal : NULL;
    }
    if (bench->refusal != NULL) {
        bench->store->operations->rollback(bench->store, &bench->ctx);
    } else {
        commit(bench, rows, prepared, decisions, count);
    }
}

void order_bench_run(struct order_bench *bench, struct order_step step)
{
    order_bench_batch(bench, &step, 1);
}

const void *order_bench_said(const struct order_bench *bench, uint32_t type, size_t nth)
{
    for (size_t i = bench->batch_from; i < bench->said_count; i++) {
        if (bench->said[i].type == type && nth-- == 0) {
            return bench->said[i].message;
        }
    }
    return NULL;
}

const void *order_bench_must_say(const struct order_bench *bench, uint32_t type)
{
    const void *message = order_bench_said(bench, type, 0);

    if (message == NULL) {
        fail_msg("%s was not said", message_infos[type].type);
        abort(); /* fail_msg does not return; the compiler cannot know */
    }
    return message;
}

size_t order_bench_said_count(const struct order_bench *bench, uint32_t type)
{
    size_t count = 0;

    for (size_t i = 0; i < bench->said_count; i++) {
        count += bench->said[i].type == type ? 1 : 0;
    }
    return count;
}

const char *order_bench_words(struct order_bench *bench)
{
    const char *words = "";

    for (size_t i = bench->batch_from; i < bench->said_count; i++) {
        const struct said *said = &bench->said[i];
        const char *space = words[0] == '\0' ? "" : " ";

        if (said->type == MESSAGE_NONE) {
            words = text_format(bench->kept, "%s%s@%lld", words, space,
                                (long long)(said->due_at - bench->now) / 1000);
        } else {
            const char *type = message_infos[said->type].type + strlen("kervan.");

            words = text_format(bench->kept, "%s%s%.*s", words, space,
                                (int)(strlen(type) - strlen(".v1")), type);
        }
    }
    return words;
}

const struct order_row *order_bench_order(const struct order_bench *bench, const char *order_id)
{
    unsigned char id[ORDER_ID_BYTES];
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_table, &count);

    assert_true(order_id_parse(order_id, id));
    for (size_t i = 0; i < count; i++) {
        const struct order_row *order = rows[i];

        if (memcmp(order->order_id.bytes, id, ORDER_ID_BYTES) == 0) {
            return order;
        }
    }
    return NULL;
}

const struct fulfillment_row *order_bench_share(const struct order_bench *bench, int64_t order_no,
                                                int64_t no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_fulfillment_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct fulfillment_row *share = rows[i];

        if (share->order_no == order_no && share->fulfillment_no == no) {
            return share;
        }
    }
    return NULL;
}

static const struct timeline_row *entry(const struct order_bench *bench, int64_t order_no,
                                        int64_t entry_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_timeline_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct timeline_row *row = rows[i];

        if (row->order_no == order_no && row->entry_no == entry_no) {
            return row;
        }
    }
    return NULL;
}

void order_bench_causes_come_first(const struct order_bench *bench, int64_t order_no)
{
    const struct timeline_row *row = NULL;

    for (int64_t no = 1; (row = entry(bench, order_no, no)) != NULL; no++) {
        if (row->cause_no != 0) {
            assert_true(entry(bench, order_no, row->cause_no)->clock < row->clock);
        }
    }
}

const struct hold_row *order_bench_hold(const struct order_bench *bench, int64_t order_no,
                                        int64_t hold_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_hold_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct hold_row *hold = rows[i];

        if (hold->order_no == order_no && hold->hold_no == hold_no) {
            return hold;
        }
    }
    return NULL;
}

size_t order_bench_rows(const struct order_bench *bench, const struct table *table,
                        int64_t order_no)
{
    size_t count = 0, found = 0;
    void **rows = memory_database_rows(bench->database, table, &count);

    for (size_t i = 0; i < count; i++) {
        found += table_key(table, rows[i], 0).number == order_no ? 1 : 0;
    }
    return found;
}

struct order_submit order_bench_submit(struct order_bench *bench, const char *ref)
{
    struct order_submit_line *lines = arena_alloc(bench->kept, 2 * sizeof *lines);

    lines[0] = (struct order_submit_line){ .sku = "A",
                                           .quantity = 2,
                                           .unit_price_minor = 1999,
                                           .customization = "{\"engraving\":\"For Charles\"}" };
    lines[1] = (struct order_submit_line){ .sku = "B", .quantity = 1, .unit_price_minor = 500 };
    return (struct order_submit){
        .channel = "web",
        .channel_order_ref = ref,
        .currency = "EUR",
        .customer = { .name = "Ada Lovelace", .email = "ada@shop.example", .locale = "en-GB" },
        .ship_to = { .name = "Ada Lovelace",
                     .line1 = "Invalidenstr. 117",
                     .city = "Berlin",
                     .postal_code = "10115",
                     .country = "DE" },
        .lines = lines,
        .lines_count = 2,
        .shipping = { "standard", 490 },
        .payment = { .method = PAYMENT_METHOD_CARD, .token = "tok_ok" },
        .total_minor = 4988,
    };
}

struct order_step order_bench_submission(struct order_bench *bench,
                                         const struct order_submit *submit, const char *id)
{
    return (struct order_step){ .message_type = MESSAGE_ORDER_SUBMIT,
                                .message = arena_copy(bench->kept, submit, sizeof *submit),
                                .id = id,
                                .channel = "web",
                                .waited_for = true };
}

const char *order_bench_place_order(struct order_bench *bench, const struct order_submit *submit)
{
    order_bench_run(
        bench, order_bench_submission(
                   bench, submit, text_format(bench->kept, "req-%s", submit->channel_order_ref)));
    assert_null(bench->refusal);
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    return placed->order_id;
}

const char *order_bench_place(struct order_bench *bench, const char *ref)
{
    const struct order_submit submit = order_bench_submit(bench, ref);

    return order_bench_place_order(bench, &submit);
}

const char *order_bench_child(struct order_bench *bench, const char *order_id, const char *child)
{
    return text_format(bench->kept, "%s-%s", order_id, child);
}
