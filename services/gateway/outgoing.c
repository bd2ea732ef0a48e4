/* outgoing.c - headers, the lane, Kafka's acknowledgment, and the wait. */
#include "services/gateway/outgoing.h"

#include "common/arena.h"
#include "common/envelope.h"
#include "common/fault.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "proto/registry.h"
#include "services/gateway/identity.h"
#include "services/gateway/intake.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { HEADERS_MAX = 16, STATUS_PROBLEM = 400, REPLY_ARENA_BYTES = 1 << 22 };

struct header_list {
    struct record_header headers[HEADERS_MAX];
    size_t count;
};

static void add(struct header_list *list, const char *name, const char *value)
{
    if (value != NULL) {
        list->headers[list->count++] = (struct record_header){ name, value };
    }
}

static const char *now_text(struct arena *arena)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct instant_text text = instant_format((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    return arena_copy_text(arena, text.text, strlen(text.text));
}

static void add_reply_address(const struct call *call, const struct outgoing *outgoing,
                              const char *wait_id, struct header_list *list)
{
    int64_t partition = reply_reader_partition(call->gateway->reader);

    if (outgoing->wait_s > 0) {
        add(list, HEADER_REQUEST_ID, wait_id);
        add(list, HEADER_REPLY_PARTITION,
            text_format(call->request->ctx->arena, "%" PRId64, partition));
        add(list, HEADER_UNTIL, outgoing->until);
    }
}

static void fill_headers(const struct call *call, const struct outgoing *outgoing,
                         struct header_list *list)
{
    struct arena *arena = call->request->ctx->arena;

    add(list, "content-type", "application/json");
    add(list, "ce_specversion", "1.0");
    add(list, "ce_source", "/gateway");
    add(list, "ce_time", now_text(arena));
    add(list, HEADER_TYPE, message_type_name(outgoing->type));
    add(list, HEADER_ID, outgoing->id);
    add(list, HEADER_CHANNEL, outgoing->channel);
    add(list, HEADER_IDEMPOTENCY_KEY, outgoing->idempotency_key);
    add(list, HEADER_PRECONDITION,
        text_equal(outgoing->precondition, "") ? NULL : outgoing->precondition);
    add(list, HEADER_ACTOR,
        call->actor == NULL && call->caller.key_id[0] == '\0' ? NULL : call_actor(call));
    add(list, HEADER_TRACE, call->request->trace);
}

struct sending {
    const struct outgoing *outgoing;
    struct waiter waiter;
    struct request_ticket *ticket;
    int64_t began_ms, until_ms; /* a reply is waited for from when Kafka has the record */
};

/* NULL, and answered, when the record is surely not in the log. */
static struct request_ticket *write_record(const struct call *call, const struct outgoing *outgoing,
                                           const struct header_list *list)
{
    struct buffer body;

    buffer_init(&body, RECORD_BYTES_MAX);
    message_infos[outgoing->type].encode(outgoing->message, &body);
    struct request_record record = {
        .topic = (size_t)outgoing->owner,
        .lane = lane_of(outgoing->key, call->gateway->settings.lanes),
        .key = outgoing->key,
        .value = body.bytes,
        .value_length = body.length,
        .headers = list->headers,
        .header_count = list->count,
    };
    struct request_ticket *ticket =
        request_write_begin(call->gateway->writer, call->request->ctx, &record);
    buffer_release(&body);
    if (ticket == NULL) {
        http_problem_err(call->request, call->answer, ERR_RETRY);
    }
    return ticket;
}

/* False, and answered, when the record is not surely in the log. */
static bool await_record(const struct call *call, struct sending *sending)
{
    int64_t took_ms = 0;
    enum write_outcome outcome = request_write_end(sending->ticket, call->request->ctx, &took_ms);

    if (outcome == WRITE_DONE) {
        intake_wrote(call->gateway->intake, took_ms);
        sending->until_ms = sending->began_ms + took_ms + 1000 * sending->outgoing->wait_s;
    }
    if (outcome == WRITE_UNKNOWN) {
        call_refuse(call, PROBLEM_OUTCOME_UNKNOWN,
                    "it was sent and not acknowledged in time; repeat it under the same name");
    } else if (outcome == WRITE_NOTHING) {
        http_problem_err(call->request, call->answer, ERR_RETRY);
    }
    return outcome == WRITE_DONE;
}

/* Whether a reply ends the wait. */
static bool is_enough(const struct outgoing *outgoing, const struct gateway_reply *reply)
{
    return outgoing->until == NULL || reply->status >= STATUS_PROBLEM ||
           (reply->order_status != ORDER_STATUS_PLACED &&
            reply->order_status != ORDER_STATUS_DRAFT);
}

/* What one request heard of an order is what all its repeats wait for: the owner tells the first alone. */
static void share(struct gateway *gateway, const struct gateway_reply *reply, const char *bytes,
                  size_t length)
{
    if (reply->order_id != NULL) {
        waiting_share(gateway->waiting, reply->order_id, bytes, length);
    }
}

void outgoing_late(struct gateway *gateway, const char *bytes, size_t length)
{
    static const struct outgoing confirmed = { .until = "confirmed" };
    struct arena *arena = arena_new(REPLY_ARENA_BYTES);
    struct violations violations = { .count = 0 };
    struct gateway_reply reply;

    if (gateway_reply_decode(arena, bytes, length, &reply, &violations) == OK &&
        is_enough(&confirmed, &reply)) {
        share(gateway, &reply, bytes, length);
    }
    arena_free(arena);
}

/* Of a reply to this very request; what others shared is shared already. */
static void share_own(const struct call *call, const struct waiter *waiter,
                      const struct gateway_reply *reply, const char *bytes, size_t length)
{
    if (waiter->matter[0] != '\0' && text_equal(reply->request_id, waiter->id)) {
        share(call->gateway, reply, bytes, length);
    }
}

static enum sent wait_for(const struct call *call, struct sending *sending,
                          struct gateway_reply *ret)
{
    const struct outgoing *outgoing = sending->outgoing;
    struct arena *arena = call->request->ctx->arena;
    const char *bytes = NULL;
    size_t length = 0;

    do { /* ends: an order has few replies, and time passes */
        struct violations violations = { .count = 0 };

        bytes = waiting_take(call->gateway->waiting, &sending->waiter, arena, sending->until_ms,
                             &length);
        if (bytes != NULL && gateway_reply_decode(arena, bytes, length, ret, &violations) == OK &&
            is_enough(outgoing, ret)) {
            share_own(call, &sending->waiter, ret, bytes, length);
            return SENT_REPLIED;
        }
    } while (bytes != NULL);
    return SENT_SILENT;
}

struct sending *outgoing_begin(const struct call *call, const struct outgoing *outgoing)
{
    struct sending *sending = arena_alloc(call->request->ctx->arena, sizeof *sending);
    struct request_id wait_id = request_id_mint(); /* a repeat waits for a reply of its own */
    struct header_list list = { .count = 0 };

    sending->outgoing = outgoing;
    fill_headers(call, outgoing, &list);
    add_reply_address(call, outgoing, wait_id.text, &list);
    waiting_enter(call->gateway->waiting, &sending->waiter, wait_id.text,
                  outgoing->until == NULL ? NULL : outgoing->key);
    sending->began_ms = monotonic_ms();
    sending->ticket = write_record(call, outgoing, &list);
    if (sending->ticket == NULL) {
        waiting_leave(call->gateway->waiting, &sending->waiter);
    }
    return sending->ticket == NULL ? NULL : sending;
}

enum sent outgoing_end(const struct call *call, struct sending *sending,
                       struct gateway_reply *ret_reply)
{
    enum sent sent = SENT_NOT;

    if (await_record(call, sending)) {
        fault_point("before_reply");
        sent = sending->outgoing->wait_s > 0 ? wait_for(call, sending, ret_reply) : SENT_SILENT;
    }
    waiting_leave(call->gateway->waiting, &sending->waiter);
    return sent;
}

enum sent outgoing_send(const struct call *call, const struct outgoing *outgoing,
                        struct gateway_reply *ret_reply)
{
    struct sending *sending = outgoing_begin(call, outgoing);

    return sending == NULL ? SENT_NOT : outgoing_end(call, sending, ret_reply);
}
