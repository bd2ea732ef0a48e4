/* main.c - runs the gateway: settings, sessions, the HTTP side, and a bounded drain.
 *
 * The gateway keeps nothing that matters: requests are in Kafka before they are answered, outcomes are read from
 * their owners.  kill -9 costs the callers of that moment an answer, and a repeat under the same name finds it.
 */
#include "services/gateway/gateway.h"

#include "common/arena.h"
#include "common/heap.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/tracing.h"
#include "services/gateway/access.h"
#include "services/gateway/bank_import.h"
#include "services/gateway/bulk.h"
#include "services/gateway/cors.h"
#include "services/gateway/intake.h"
#include "services/gateway/outgoing.h"
#include "services/gateway/rates.h"
#include "services/gateway/signers.h"
#include "sql/gateway_sql.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
    START_ARENA_BYTES = 1 << 22,
    REQUEST_ARENA_BYTES = 1 << 26,
    DOCUMENT_BYTES_MAX = 1 << 23,
    SESSIONS_MAX = 8,
    STATEMENT_MS = 3000,
    IDLE_MS = 60000,
    PAUSE_NS = 200000000
};

/* SIGTERM and SIGINT are waited for; SIGPIPE is nothing here. */
static void block_signals(sigset_t *ret)
{
    (void)sigemptyset(ret);
    (void)sigaddset(ret, SIGTERM);
    (void)sigaddset(ret, SIGINT);
    (void)sigaddset(ret, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, ret, NULL);
    (void)sigdelset(ret, SIGPIPE);
}

/* A reply for whoever waits; one that comes too late is counted. */
static void take_reply(void *argument, const char *key, const char *value, size_t length)
{
    struct gateway *gateway = argument;
    bool awaited = waiting_deliver(gateway->waiting, key, value, length);

    if (!awaited) {
        outgoing_late(gateway, value, length);
    }
    metric_add(awaited ? gateway->replies_awaited : gateway->replies_late, 1);
}

static enum err open_access(struct ctx *ctx, struct gateway *gateway)
{
    bool unused = false;

    return access_channel(gateway->access, ctx, "", &unused);
}

static enum err open_writer(struct ctx *ctx, struct gateway *gateway)
{
    static const char *topics[OWNER_COUNT];
    const struct request_writer_options options = {
        .bootstrap = gateway->settings.kafka,
        .client_id = gateway->settings.instance,
        .properties = gateway->settings.kafka_properties,
        .topics = topics,
        .topic_count = OWNER_COUNT,
        .lane_count = gateway->settings.lanes,
        .acknowledge_ms = gateway->settings.acknowledge_ms,
    };

    for (size_t i = 0; i < OWNER_COUNT; i++) {
        topics[i] = owners[i].requests;
    }
    return request_writer_open(ctx, &options, &gateway->writer);
}

static enum err open_reader(struct ctx *ctx, struct gateway *gateway)
{
    const struct reply_reader_options options = {
        .bootstrap = gateway->settings.kafka,
        .client_id = gateway->settings.instance,
        .properties = gateway->settings.kafka_properties,
        .topic = "gateway.replies",
        .partition = gateway->settings.reply_partition,
        .take = take_reply,
        .taker = gateway,
    };

    return reply_reader_open(ctx, &options, &gateway->reader);
}

static enum err open_http(struct ctx *ctx, struct gateway *gateway)
{
    static const struct http_upload_route uploads[] = { { ORDER_BULK_PATH, open_bulk },
                                                        { ITEM_BULK_PATH, open_bulk },
                                                        { BANK_IMPORT_PATH, open_bank_import } };
    const struct http_server_options options = {
        .port = gateway->settings.http_port,
        .bind_address = gateway->settings.http_bind,
        .body_bytes_max = BODY_BYTES_MAX,
        .connections_max = gateway->settings.connections_max,
        .connections_a_peer_max = gateway->settings.connections_a_peer_max,
        .idle_timeout_ms = IDLE_MS,
        .arena_bytes_max = REQUEST_ARENA_BYTES,
        .routes = gateway->routes,
        .route_count = gateway->route_count,
        .uploads = uploads,
        .upload_count = sizeof uploads / sizeof uploads[0],
        .service = gateway,
    };

    return http_server_open(ctx, &options, &gateway->http);
}

/* What is away at the start is waited for, until a signal comes: the supervisor would only start us again. */
static enum err patiently(struct ctx *ctx, struct gateway *gateway, const sigset_t *signals,
                          enum err (*open)(struct ctx *, struct gateway *))
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    enum err err = open(ctx, gateway);

    while (err == ERR_RETRY) {
        log_warning("waiting at the start", LOG_TEXT("detail", ctx->detail));
        if (sigtimedwait(signals, NULL, &pause) > 0) {
            return err;
        }
        arena_reset(ctx->arena);
        err = open(ctx, gateway);
    }
    return err;
}

static void prepare(struct gateway *gateway)
{
    const struct pg_options sessions = {
        .conninfo = gateway->settings.pg,
        .application_name = gateway->settings.instance,
        .search_path = "gateway",
        .statement_timeout_ms = STATEMENT_MS,
        .sets = { { gateway_sql_statements, GATEWAY_SQL_COUNT } },
    };

    gateway->pool = read_pool_new(&sessions, SESSIONS_MAX);
    gateway->access = access_new(gateway->memory, gateway->pool);
    gateway->cors = cors_new(gateway->memory, gateway->pool);
    gateway->rates = rates_new(gateway->memory);
    gateway->waiting = waiting_new();
    gateway->replies_awaited = metric_register(METRIC_COUNTER, "kervan_gateway_replies_total",
                                               "awaited=\"yes\"", "Replies of owners.");
    gateway->replies_late = metric_register(METRIC_COUNTER, "kervan_gateway_replies_total",
                                            "awaited=\"no\"", "Replies of owners.");
    gateway_routes(gateway, gateway->memory);
}

static enum err open_tracing(struct ctx *ctx, struct gateway *gateway)
{
    return start_tracing(ctx, &gateway->settings.tracing, "gateway", gateway->settings.instance);
}

static enum err open_intake(struct ctx *ctx, struct gateway *gateway)
{
    const struct intake_options options = { .fetcher = gateway->fetcher,
                                            .owner_api = gateway->settings.owner_api,
                                            .late_ms = gateway->settings.late_ms };

    return intake_open(ctx, gateway->memory, &options, &gateway->intake);
}

static enum err open_signers(struct ctx *ctx, struct gateway *gateway)
{
    const struct gateway_settings *settings = &gateway->settings;
    const struct signers_options options = { .addresses = settings->certificate_addresses,
                                             .name = settings->certificate_name,
                                             .roots = settings->certificate_roots };

    return settings->webhook_secrets[WEBHOOK_PAYPAL][0] == '\0'
               ? OK
               : signers_open(ctx, gateway->memory, &options, &gateway->signers);
}

static enum err open_all(struct ctx *ctx, struct gateway *gateway, const sigset_t *signals)
{
    enum err err = http_fetcher_open(ctx, DOCUMENT_BYTES_MAX, &gateway->fetcher);

    if (!err) {
        err = patiently(ctx, gateway, signals, open_tracing);
    }
    if (!err) {
        err = patiently(ctx, gateway, signals, open_access);
    }
    if (!err) {
        err = patiently(ctx, gateway, signals, open_writer);
    }
    if (!err) {
        err = patiently(ctx, gateway, signals, open_reader);
    }
    if (!err) {
        err = open_intake(ctx, gateway);
    }
    if (!err) {
        err = open_signers(ctx, gateway);
    }
    return err ? err : open_http(ctx, gateway);
}

/* Whoever waits is answered with what is known; a second signal ends the process at once. */
static void drain(struct gateway *gateway, const sigset_t *signals)
{
    log_info("draining", LOG_NOTHING);
    atomic_store(&gateway->draining, true);
    (void)pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    waiting_end(gateway->waiting);
    gateway->http = http_server_close(gateway->http, gateway->settings.drain_ms);
    gateway->reader = reply_reader_close(gateway->reader);
    gateway->writer = request_writer_close(gateway->writer);
    gateway->intake = intake_close(gateway->intake);
    gateway->signers = signers_close(gateway->signers);
    gateway->fetcher = http_fetcher_close(gateway->fetcher);
    tracing_stop();
    read_pool_free(gateway->pool);
    gateway->waiting = waiting_free(gateway->waiting);
    log_info("stopped", LOG_NOTHING);
}

/* The other threads do the work. */
static void await_end(const sigset_t *signals)
{
    const struct timespec pause = { .tv_sec = HEAP_TRIM_PAUSE_MS / 1000 };

    while (sigtimedwait(signals, NULL, &pause) < 0) {
        heap_trim();
    }
}

int main(int argc, char **argv)
{
    /* Static: what lives to the end is reachable to the end, and a leak checker names only what was lost. */
    static struct gateway the_gateway;
    static struct ctx ctx;
    struct gateway *gateway = &the_gateway;
    sigset_t signals;
    bool help = false;

    heap_bound();
    gateway->memory = arena_new(START_ARENA_BYTES);
    ctx.arena = arena_new(START_ARENA_BYTES);
    log_init("gateway", "gateway", LOG_LEVEL_INFO);
    if (gateway_settings_read(&ctx, gateway, argc, argv, &help) != OK) {
        log_error("wrong settings", LOG_TEXT("detail", ctx.detail));
        return EX_CONFIG;
    }
    if (help) {
        return EXIT_SUCCESS;
    }
    block_signals(&signals);
    prepare(gateway);
    enum err err = open_all(&ctx, gateway, &signals);
    if (err) {
        log_error("cannot go on", LOG_TEXT("error", err_name(err)), LOG_TEXT("detail", ctx.detail));
        return EXIT_FAILURE;
    }
    log_info("started", LOG_INT("http_port", http_server_port(gateway->http)),
             LOG_INT("reply_partition", reply_reader_partition(gateway->reader)),
             LOG_INT("pid", (int64_t)getpid()));
    await_end(&signals);
    drain(gateway, &signals);
    return EXIT_SUCCESS;
}
