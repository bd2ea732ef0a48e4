/* gateway.c - encodes, names, writes; and brings webhooks. */
#include "tests/sim/gateway.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/crypto.h"
#include "common/envelope.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/payment.h"
#include "proto/registry.h"
#include "proto/shipping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEBHOOK_MS = 30 };

static const struct broker_topic topics[] = {
    { .name = "order.requests" },       { .name = "inventory.requests" },
    { .name = "payment.requests" },     { .name = "fulfillment.requests" },
    { .name = "shipping.requests" },    { .name = "order.requests.web" },
    { .name = "order.requests.phone" },
};
enum { TOPIC_COUNT = sizeof topics / sizeof topics[0], HEADERS = 8 };

void gateway_open(struct sim *sim)
{
    const struct broker_options options = { .client_id = "gateway",
                                            .published = topics,
                                            .published_count = TOPIC_COUNT,
                                            .lane_count = SIM_LANES };

    if (broker_memory_open(sim->log, &sim->ctx, &options, &sim->gateway) != OK) {
        (void)fprintf(stderr, "sim: the gateway: %s\n", sim->ctx.detail);
        abort();
    }
}

static size_t topic_of(const char *name)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        if (strcmp(topics[i].name, name) == 0) {
            return i;
        }
    }
    abort(); /* the gateway writes to the topics of its table */
}

static size_t fill_headers(const struct request *request, const char *id,
                           struct record_header *headers)
{
    size_t count = 0;

    if (request->topic != NULL) {
        return 0;
    }
    headers[count++] = (struct record_header){ HEADER_TYPE, message_type_name(request->type) };
    headers[count++] = (struct record_header){ HEADER_ID, id };
    headers[count++] = (struct record_header){ HEADER_REQUEST_ID, id };
    headers[count++] = (struct record_header){ HEADER_REPLY_PARTITION, "0" };
    if (request->channel != NULL) {
        headers[count++] = (struct record_header){ HEADER_CHANNEL, request->channel };
    }
    if (request->idempotency_key != NULL) {
        headers[count++] =
            (struct record_header){ HEADER_IDEMPOTENCY_KEY, request->idempotency_key };
    }
    if (request->actor != NULL) {
        headers[count++] = (struct record_header){ HEADER_ACTOR, request->actor };
    }
    return count;
}

/* An answer that did not come is asked for again, under the same name. */
static int copies(struct sim *sim)
{
    return !sim->healed && chance_of(&sim->chance, sim->faults.repeated_request) ? 2 : 1;
}

void gateway_send(struct sim *sim, const struct request *request)
{
    const struct message_info *info = &message_infos[request->type];
    const char *id = request->id != NULL ? request->id
                                         : text_format(sim->ctx.arena, "req_%032llx",
                                                       (unsigned long long)++sim->requests_sent);
    struct record_header headers[HEADERS];
    struct buffer body;

    buffer_init(&body, RECORD_BYTES_MAX);
    info->encode(request->message, &body);
    const struct publication publication = {
        .topic = topic_of(request->topic != NULL ? request->topic : info->topic),
        .lane = lane_of(request->key, SIM_LANES),
        .key = request->key,
        .value = body.bytes,
        .value_length = body.length,
        .headers = headers,
        .header_count = fill_headers(request, id, headers),
    };
    for (int i = copies(sim); i > 0; i--) {
        sim->happened.requests++;
        if (sim->gateway->operations->publish(sim->gateway, &sim->ctx, &publication) != OK) {
            (void)fprintf(stderr, "sim: the gateway cannot write: %s\n", sim->ctx.detail);
            abort();
        }
    }
    buffer_release(&body);
}

/* --- Webhooks -------------------------------------------------------------------------------------- */

struct delivery {
    const char *provider, *event_id, *body;
};

static void deliver(struct sim *sim, void *subject, int64_t number)
{
    const struct delivery *delivery = subject;
    const struct webhook webhook = {
        .provider = delivery->provider,
        .account = "main",
        .received_at = sim->now,
        .body = base64_encode(sim->ctx.arena, delivery->body, strlen(delivery->body)),
    };
    bool money = text_equal(delivery->provider, "stripe");
    struct payment_webhook to_payment = { webhook };
    struct shipping_webhook to_shipping = { webhook };
    char id[40];

    (void)number;
    (void)snprintf(id, sizeof id, "req_%032llx",
                   (unsigned long long)key_hash(key_text(delivery->event_id)));
    gateway_send(sim, &(struct request){
                          .type = money ? MESSAGE_PAYMENT_WEBHOOK : MESSAGE_SHIPPING_WEBHOOK,
                          .key = id,
                          .message = money ? (const void *)&to_payment : (const void *)&to_shipping,
                          .id = id });
}

void gateway_webhook(struct sim *sim, const char *provider, const char *event_id, const char *body)
{
    struct delivery *delivery = arena_alloc(sim->kept, sizeof *delivery);
    int64_t times = 1, delay_ms = WEBHOOK_MS;

    *delivery = (struct delivery){ provider, event_id, body };
    if (!sim->healed) {
        times = chance_of(&sim->chance, sim->faults.webhook_lost)    ? 0
                : chance_of(&sim->chance, sim->faults.webhook_twice) ? 2
                                                                     : 1;
        delay_ms = chance_of(&sim->chance, sim->faults.webhook_late) ? 2 * HOUR_MS : WEBHOOK_MS;
    }
    for (; times > 0; times--) {
        sim_plan(sim, chance_below(&sim->chance, delay_ms), deliver, delivery, 0);
    }
}
