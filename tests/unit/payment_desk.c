/* payment_desk.c - batches on a store in memory, calls that wait, and what is said. */
#include "tests/unit/payment_desk.h"

#include "common/crypto.h"
#include "common/id.h"
#include "common/store.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "proto/registry.h"
#include "services/payment/payment.h"
#include "services/payment/service.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 1 << 30, ENCODED_BYTES_MAX = 1 << 20 };

static void open_store(struct desk *desk)
{
    const struct store_options options = { .instance = "desk",
                                           .lane_count = 1,
                                           .lease_ms = 3000,
                                           .code_version = 1,
                                           .tables = payment_tables,
                                           .statements = payment_service.statements };
    struct lane_share share;

    desk->database = memory_database_new(1);
    memory_database_set_time(desk->database, desk->now);
    desk->store = store_memory_open(desk->database, &options);
    assert_int_equal(desk->store->operations->heartbeat(
                         desk->store, &desk->ctx, &(struct lane_claim){ .start = true }, &share),
                     OK);
    assert_int_equal(share.taken_count, 1);
    desk->holds[0] = share.taken[0];
}

int desk_set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);

    assert_non_null(desk);
    desk->now = 1800000000000;
    desk->kept = arena_new(ARENA_BYTES);
    desk->ctx.arena = arena_new(ARENA_BYTES);
    open_store(desk);
    *state = desk;
    return 0;
}

static void close_store(struct desk *desk)
{
    desk->store->operations->close(desk->store);
    memory_database_free(desk->database);
}

int desk_tear_down(void **state)
{
    struct desk *desk = *state;

    close_store(desk);
    arena_free(desk->ctx.arena);
    arena_free(desk->kept);
    free(desk);
    return 0;
}

void desk_forget(struct desk *desk)
{
    close_store(desk);
    arena_reset(desk->kept);
    arena_reset(desk->ctx.arena);
    desk->call_count = 0;
    desk->timer_due = 0;
    open_store(desk);
}

/* What travels or is kept is encoded; `arena` holds what is decoded again. */
static void *through_the_wire(struct desk *desk, struct arena *arena, uint32_t type,
                              const void *message)
{
    const struct message_info *info = &message_infos[type];
    void *again = arena_alloc(arena, info->size);
    struct violations violations;
    struct buffer buffer;

    (void)desk;
    buffer_init(&buffer, ENCODED_BYTES_MAX);
    info->encode(message, &buffer);
    assert_false(buffer.overflowed);
    violations_clear(&violations);
    if (info->decode(arena, buffer.bytes, buffer.length, again, &violations) != OK) {
        fail_msg("%s: %s %s", info->type, violations.items[0].pointer, violations.items[0].detail);
    }
    buffer_release(&buffer);
    return again;
}

/* A fact ends with when it happened, if anybody knows. */
static const char *when_of(struct desk *desk, uint32_t type, const void *message)
{
    struct buffer buffer;

    buffer_init(&buffer, ENCODED_BYTES_MAX);
    message_infos[type].encode(message, &buffer);
    const char *text = arena_copy_text(desk->kept, buffer.bytes, buffer.length);
    const char *last = strrchr(text, ',');
    buffer_release(&buffer);
    assert_non_null(last);
    assert_true(desk->undated || strstr(last, "_at\":\"") != NULL);
    return last + 1;
}

static const struct effect_handler *find_effect(const char *kind)
{
    for (size_t i = 0; i < payment_service.effect_count; i++) {
        if (strcmp(payment_service.effects[i].kind, kind) == 0) {
            return &payment_service.effects[i];
        }
    }
    fail_msg("no handler for effect %s", kind);
    abort();
}

static const char *keep(struct desk *desk, const char *text)
{
    return arena_copy_text(desk->kept, text, strlen(text));
}

static void keep_call(struct desk *desk, const struct effect_request *request, int64_t clock)
{
    struct desk_call *call = &desk->calls[desk->call_count++];
    struct outside_request built = { 0 };

    assert_true(desk->call_count <= DESK_CALLS_MAX);
    *call = (struct desk_call){
        .handler = find_effect(request->kind),
        .key = keep(desk, request->key),
        .subject = { request->subject.number, keep(desk, request->subject.id) },
        .clock = clock,
        .payload = through_the_wire(desk, desk->kept, find_effect(request->kind)->payload_type,
                                    request->payload),
    };
    call->handler->request(desk->kept, call->payload, call->key, &built);
    if (strcmp(built.method, "GET") ==
        0) { /* a question, also where that is all that can be done */
        assert_non_null(strstr("ask void renew dispute_look dispute_list", request->kind));
        assert_int_equal(built.body_length, 0);
    } else {
        assert_string_equal(built.method, "POST");
        assert_int_equal(built.body_length, strlen(built.body));
    }
    call->path = built.path;
    call->form = built.body;
}

static void note(struct desk *desk, struct decision *decision)
{
    desk->err = decision->err;
    desk->reply = "";
    desk->facts = "";
    desk->timers = "";
    desk->asked = "";
    desk->said_clock = 0;
    if (decision->err != OK) {
        desk->facts = text_format(desk->kept, "impossible: %s", decision->refusal);
        return;
    }
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        const void *again = through_the_wire(desk, desk->ctx.arena, at->message_type, at->message);

        assert_int_equal(message_clock((enum message_type)at->message_type, again),
                         decision->clock + 1);
        desk->said_clock = decision->clock + 1;
        desk->when = when_of(desk, at->message_type, again);
        assert_true(lane_of(at->subject.id, 12) ==
                    lane_of(message_order_id((enum message_type)at->message_type, again), 12));
        desk->facts = text_format(desk->kept, "%s%s%s", desk->facts, *desk->facts ? "; " : "",
                                  desk_show(desk, at->message_type, again));
    }
    for (const struct effect_request *at = decision->effects; at != NULL; at = at->next) {
        keep_call(desk, at, decision->clock + 1);
    }
    for (const struct reply_request *at = decision->replies; at != NULL; at = at->next) {
        const void *again = through_the_wire(desk, desk->ctx.arena, at->message_type, at->message);

        assert_string_equal(desk->reply, "");
        desk->reply = desk_show_reply(desk, again);
    }
    desk->input_count = 0;
    for (const struct input_request *at = decision->inputs; at != NULL; at = at->next) {
        const void *again = through_the_wire(desk, desk->kept, at->message_type, at->message);

        assert_true(desk->input_count < DESK_INPUTS_MAX);
        desk->inputs[desk->input_count++] = (struct desk_input){
            at->message_type, { at->subject.number, keep(desk, at->subject.id) }, again
        };
        desk->asked = text_format(desk->kept, "%s%s%lld", desk->asked, *desk->asked ? " " : "",
                                  (long long)at->subject.number);
    }
    for (const struct timer_request *at = decision->timers; at != NULL; at = at->next) {
        desk->timer_due = at->due_at;
        desk->timers =
            text_format(desk->kept, "%s%s%s", desk->timers, *desk->timers ? " " : "", at->kind);
    }
}

/* --- Batches of one ---------------------------------------------------------------------------- */

struct step {
    const struct message_handler *message;
    const struct timer_handler *timer;
    const struct effect_handler *effect;
    struct incoming_message in;
    struct incoming_timer timer_in;
    struct incoming_result result;
};

static void decide(const struct step *step, struct decision *decision)
{
    if (step->message != NULL) {
        decision->clock = step->in.clock;
        step->message->decide(decision, &step->in);
    } else if (step->timer != NULL) {
        step->timer->decide(decision, &step->timer_in);
    } else {
        step->effect->decide(decision, &step->result);
    }
}

static void need(const struct step *step, struct rows *rows)
{
    if (step->message != NULL) {
        if (step->message->need != NULL) {
            step->message->need(&step->in, rows);
        }
    } else if (step->timer != NULL) {
        step->timer->need(&step->timer_in, rows);
    } else {
        assert(step->effect != NULL);
        step->effect->need(&step->result, rows);
    }
}

static void load_all(struct desk *desk, const struct step *steps, size_t count, struct rows *rows)
{
    const struct store_operations *store = desk->store->operations;

    for (size_t i = 0; i < count; i++) {
        need(&steps[i], rows);
    }
    assert_int_equal(store->load(desk->store, &desk->ctx, rows), OK);
    for (size_t i = 0; i < count; i++) {
        if (steps[i].message != NULL && steps[i].message->need_shared != NULL) {
            steps[i].message->need_shared(&steps[i].in, rows);
        }
    }
    assert_int_equal(store->load(desk->store, &desk->ctx, rows), OK);
}

/* One batch; what the last step said is what was said. */
static const char *run_all(struct desk *desk, const struct step *steps, size_t count, int64_t clock)
{
    const struct store_operations *store = desk->store->operations;
    struct rows *rows = rows_new(desk->ctx.arena);
    struct decision *decisions = arena_alloc(desk->ctx.arena, count * sizeof *decisions);
    bool unknown = false;
    int64_t now = 0;

    memory_database_set_time(desk->database, desk->now);
    assert_int_equal(store->begin(desk->store, &desk->ctx, desk->holds, 1, &now), OK);
    load_all(desk, steps, count, rows);
    for (size_t i = 0; i < count; i++) {
        decision_init(&decisions[i], desk->ctx.arena, rows, desk->now);
        decisions[i].clock = clock;
        decide(&steps[i], &decisions[i]);
        if (decisions[i].err != OK) {
            store->rollback(desk->store, &desk->ctx);
            note(desk, &decisions[i]);
            return desk->facts;
        }
    }
    assert_int_equal(store->save_and_commit(desk->store, &desk->ctx, rows, &unknown), OK);
    for (size_t i = 0; i < count; i++) {
        note(desk, &decisions[i]);
    }
    return desk->facts;
}

static const char *run(struct desk *desk, const struct step *step, int64_t clock)
{
    return run_all(desk, step, 1, clock);
}

static const struct message_handler *find_message(uint32_t type)
{
    for (size_t i = 0; i < payment_service.message_count; i++) {
        if (payment_service.messages[i].message_type == type) {
            return &payment_service.messages[i];
        }
    }
    fail_msg("no handler for message type %u", (unsigned)type);
    abort();
}

static struct step command_step(struct desk *desk, uint32_t type, const void *message)
{
    void *again = through_the_wire(desk, desk->ctx.arena, type, message);

    return (struct step){
        .message = find_message(type),
        .in = { .message_type = type,
                .message = again,
                .subject = { message_order_no((enum message_type)type, again),
                             message_order_id((enum message_type)type, again) },
                .id = "command",
                .topic = "payment.commands",
                .clock = message_clock((enum message_type)type, again) },
    };
}

const char *desk_command(struct desk *desk, uint32_t type, const void *message)
{
    arena_reset(desk->ctx.arena);
    struct step step = command_step(desk, type, message);

    return run(desk, &step, step.in.clock);
}

const char *desk_order_id(struct desk *desk, int64_t order_no)
{
    unsigned char bytes[ORDER_ID_BYTES] = { 0 };

    memcpy(bytes, &order_no, sizeof order_no);
    return keep(desk, order_id_format(bytes).text);
}

const char *desk_child_id(struct desk *desk, int64_t order_no, const char *child)
{
    return text_format(desk->kept, "%s-%s", desk_order_id(desk, order_no), child);
}

const char *desk_pass_on(struct desk *desk)
{
    const struct desk_input input = desk->inputs[0];
    struct step step = { .message = find_message(input.type),
                         .in = { .message_type = input.type,
                                 .message = input.message,
                                 .subject = input.subject,
                                 .id = "input" } };

    assert_true(desk->input_count > 0);
    arena_reset(desk->ctx.arena);
    return run(desk, &step, 0);
}

static struct step request_step(struct desk *desk, const char *request, uint32_t type,
                                const void *message)
{
    unsigned char *digest = arena_alloc(desk->ctx.arena, 32);
    struct step step = { .message = find_message(type) };
    const struct message_info *info = &message_infos[type];
    struct buffer body;

    buffer_init(&body, ENCODED_BYTES_MAX);
    info->encode(message, &body);
    sha256(body.bytes, body.length, digest);
    buffer_release(&body);
    step.in = (struct incoming_message){
        .message_type = type,
        .message = through_the_wire(desk, desk->ctx.arena, type, message),
        .id = request,
        .topic = "payment.requests",
        .reply = { .request_id = request, .partition = 3 },
        .actor = "user:7",
        .precondition = desk->precondition,
        .digest = digest,
    };
    step.in.subject.id = step.message->lane_key(desk->ctx.arena, &step.in);
    return step;
}

const char *desk_request(struct desk *desk, const char *request, uint32_t type, const void *message)
{
    arena_reset(desk->ctx.arena);
    struct step step = request_step(desk, request, type, message);

    return run(desk, &step, 0);
}

const char *desk_refunds_at_once(struct desk *desk, const struct payment_authorize *command,
                                 const struct payment_refund_now *message)
{
    arena_reset(desk->ctx.arena);
    const struct step steps[] = {
        command_step(desk, MESSAGE_PAYMENT_AUTHORIZE, command),
        request_step(desk, "r1", MESSAGE_PAYMENT_REFUND_NOW, message),
        request_step(desk, "r2", MESSAGE_PAYMENT_REFUND_NOW, message),
    };

    return run_all(desk, steps, sizeof steps / sizeof steps[0], command->clock);
}

static const struct timer_handler *find_timer(const char *kind)
{
    for (size_t i = 0; i < payment_service.timer_count; i++) {
        if (strcmp(payment_service.timers[i].kind, kind) == 0) {
            return &payment_service.timers[i];
        }
    }
    fail_msg("no handler for timer %s", kind);
    abort();
}

const char *desk_list_timer(struct desk *desk, const char *subject, const char *kind)
{
    struct step timer = { .timer = find_timer(kind),
                          .timer_in = {
                              .kind = kind, .subject = { 0, subject }, .due_at = desk->now } };

    arena_reset(desk->ctx.arena);
    return run(desk, &timer, 0);
}

const char *desk_timer(struct desk *desk, int64_t order_no, const char *kind, int64_t step)
{
    struct step timer = { .timer = find_timer(kind),
                          .timer_in = { .kind = kind,
                                        .subject = { order_no, desk_order_id(desk, order_no) },
                                        .due_at = desk->now,
                                        .step = step } };

    arena_reset(desk->ctx.arena);
    return run(desk, &timer, 0);
}

const char *desk_deadline(struct desk *desk, int64_t order_no)
{
    return desk_timer(desk, order_no, ACTION_TIMER, 1);
}

static void end_call(struct desk *desk, size_t index)
{
    desk->call_count--;
    memmove(&desk->calls[index], &desk->calls[index + 1],
            (desk->call_count - index) * sizeof desk->calls[0]);
}

const char *desk_answer_to(struct desk *desk, size_t call_index, int64_t status, const char *body)
{
    struct http_end end = { .fate = HTTP_ANSWERED,
                            .status = status,
                            .body = arena_copy_text(desk->kept, body, strlen(body)),
                            .body_length = strlen(body) };
    struct desk_call call = desk->calls[call_index];
    struct step step = { .effect = call.handler };

    assert_true(call_index < desk->call_count);
    arena_reset(desk->ctx.arena);
    step.result = (struct incoming_result){ .kind = call.handler->kind,
                                            .key = call.key,
                                            .subject = call.subject,
                                            .payload = call.payload };
    desk->verdict =
        call.handler->read(desk->ctx.arena, call.payload, &end, false, &step.result.result);
    if (desk->verdict != EFFECT_DONE) {
        return "";
    }
    end_call(desk, call_index);
    return run(desk, &step, call.clock);
}

const char *desk_answer(struct desk *desk, int64_t status, const char *body)
{
    return desk_answer_to(desk, 0, status, body);
}

const char *desk_tell(struct desk *desk, const char *body)
{
    return desk_tell_raw(desk, "stripe", base64_encode(desk->kept, body, strlen(body)));
}

const char *desk_tell_raw(struct desk *desk, const char *provider, const char *base64)
{
    struct step step = { .message = find_message(MESSAGE_PAYMENT_WEBHOOK) };
    struct payment_webhook message = { .webhook = { .provider = provider,
                                                    .account = "main",
                                                    .received_at = desk->now,
                                                    .body = base64 } };

    arena_reset(desk->ctx.arena);
    step.in = (struct incoming_message){
        .message_type = MESSAGE_PAYMENT_WEBHOOK,
        .message = through_the_wire(desk, desk->ctx.arena, MESSAGE_PAYMENT_WEBHOOK, &message),
        .subject = { 0, "evt" },
        .id = "evt",
        .topic = "payment.requests",
    };
    const char *key = step.message->lane_key(desk->ctx.arena, &step.in);

    step.in.subject.id = key == NULL ? step.in.subject.id : key;
    return run(desk, &step, 0);
}
