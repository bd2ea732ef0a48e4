/* service_main.c - runs a service: settings, sessions, the worker's loop, the HTTP side, and a bounded drain.
 *
 * Crash-only: kill -9 must leave the same state as a drain does, only a little later.  The worker runs on the main
 * thread; reads, health and metrics on the HTTP server's; one thread waits for signals.
 */
#include "common/service_parts.h"

#include "common/arena.h"
#include "common/config.h"
#include "common/crypto.h"
#include "common/heap.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/outside_made.h"
#include "common/text.h"
#include "common/tracing.h"
#include "proto/registry.h"
#include "sql/runtime_sql.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
    STEP_WAIT_MS = 100,
    HOUSEKEEPING_MS = 600000,
    OUTBOX_DAYS_AHEAD = 2,
    READ_SESSIONS_MAX = 4,
    START_ARENA_BYTES = 1 << 22
};

int64_t clock_monotonic_ms(void *unused)
{
    struct timespec now;

    (void)unused;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for SIGTERM or SIGINT; the second one ends the process at once. */
static void *wait_for_signals(void *argument)
{
    struct process *process = argument;
    sigset_t set;
    int signal_number = 0;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    (void)sigwait(&set, &signal_number);
    process->draining = true;
    (void)sigwait(&set, &signal_number);
    _exit(1);
}

static enum err start_signals(struct ctx *ctx, struct process *process)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGPIPE);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
        pthread_create(&process->signal_thread, NULL, wait_for_signals, process) != 0) {
        return err_set(ctx, ERR_FATAL, "cannot start the signal thread");
    }
    return OK;
}

/* Days of the outbox are made ahead and dropped behind; whoever of several instances comes first does it. */
static enum err keep_house(struct ctx *ctx, struct process *process)
{
    struct pg_arguments *ahead = pg_arguments_new(ctx->arena, 1),
                        *keep = pg_arguments_new(ctx->arena, 1);
    const struct {
        int statement;
        struct pg_arguments *arguments;
    } chores[] = {
        { RUNTIME_SQL_OUTBOX_MAKE_DAYS, ahead },
        { RUNTIME_SQL_OUTBOX_DROP_DAYS, keep },
        { RUNTIME_SQL_FORGET_OLD, pg_arguments_new(ctx->arena, 0) },
    };
    enum err err = OK;

    pg_argument_int(ahead, COLUMN_INT8, OUTBOX_DAYS_AHEAD);
    pg_argument_int(keep, COLUMN_INT8, process->settings.outbox_days);
    for (size_t i = 0; i < sizeof chores / sizeof chores[0] && !err; i++) {
        struct pg_result *result = NULL;

        err = read_pool_run(process->reads.pool, ctx, &runtime_sql_statements[chores[i].statement],
                            chores[i].arguments, &result);
        pg_result_free(result);
    }
    return err;
}

/* A service without its database or broker at the start waits for them: the supervisor would only start it again. */
static enum err patiently(struct ctx *ctx, struct process *process,
                          enum err (*open)(struct ctx *, struct process *))
{
    enum err err = open(ctx, process);
    struct timespec pause = { .tv_nsec = 200000000 };

    while (err == ERR_RETRY && !process->draining) {
        log_warning("waiting at the start", LOG_TEXT("detail", ctx->detail));
        (void)nanosleep(&pause, NULL);
        arena_reset(ctx->arena);
        err = open(ctx, process);
    }
    return err;
}

static enum err open_store(struct ctx *ctx, struct process *process)
{
    const struct service *service = process->service;
    struct store_sql_options options = {
        .store = { .instance = process->settings.instance,
                   .lane_count = process->settings.lanes,
                   .lease_ms = process->settings.lease_ms,
                   .code_version = service->code_version,
                   .tables = service->tables,
                   .statements = service->statements },
        .conninfo = process->settings.pg,
        .schema = service->schema,
        .statement_count = service->statement_count,
    };

    return store_sql_open(ctx, &options, &process->store);
}

static enum err open_broker(struct ctx *ctx, struct process *process)
{
    const struct service *service = process->service;
    struct broker_options options = {
        .bootstrap = process->settings.kafka,
        .client_id = process->settings.instance,
        .consumed = service->consumed,
        .consumed_count = service->consumed_count,
        .published = service->published,
        .published_count = service->published_count,
        .lane_count = process->settings.lanes,
        .properties = process->settings.kafka_properties,
    };

    return broker_kafka_open(ctx, &options, &process->broker);
}

/* How many of the service's targets are systems outside (`made` false), or this process. */
static size_t count_targets(const struct service *service, bool made)
{
    size_t count = 0;

    for (size_t i = 0; i < service->target_count; i++) {
        count += (service->targets[i].make != NULL) == made;
    }
    return count;
}

static enum err open_outside(struct ctx *ctx, struct process *process)
{
    const struct service *service = process->service;
    enum err err = OK;

    if (count_targets(service, false) > 0) {
        err = outside_http_open(ctx, process->access, service->target_count, &process->outside);
    }
    if (!err && count_targets(service, true) > 0) {
        err = outside_made_open(ctx, service->targets, service->target_count, process->outside,
                                &process->outside);
    }
    return err;
}

static enum err open_worker(struct ctx *ctx, struct process *process)
{
    struct worker_options options = {
        .service = process->service,
        .store = process->store,
        .broker = process->broker,
        .outside = process->outside,
        .access = process->access,
        .instance = process->settings.instance,
        .lane_count = process->settings.lanes,
        .lease_ms = process->settings.lease_ms,
        .monotonic_ms = clock_monotonic_ms,
    };

    random_bytes(&options.seed, sizeof options.seed);
    return worker_new(ctx, &options, &process->worker);
}

static bool holds_lane_0(const void *worker)
{
    return worker_status(worker).holds_lane_0;
}

static enum err open_audit(struct ctx *ctx, struct process *process)
{
    const struct audit_options options = {
        .service = process->service,
        .conninfo = process->settings.pg,
        .instance = process->settings.instance,
        .percent = process->settings.audit_percent,
        .owner_urls = process->owner_urls,
        .access = process->access,
        .is_auditor = holds_lane_0,
        .is_auditor_of = process->worker,
    };

    return options.percent == 0 ? OK : audit_start(ctx, &options, &process->audit);
}

static enum err open_tracing(struct ctx *ctx, struct process *process)
{
    return start_tracing(ctx, &process->settings.tracing, process->service->name,
                         process->settings.instance);
}

static void open_reads(struct process *process)
{
    struct pg_options options = {
        .conninfo = process->settings.pg,
        .application_name = process->settings.instance,
        .search_path = process->service->schema,
        .statement_timeout_ms = 5000,
        .lock_timeout_ms = 2000,
        .idle_in_transaction_timeout_ms = 10000,
        .by_key = process->service->reads_by_key,
        .sets = { { runtime_sql_statements, RUNTIME_SQL_COUNT },
                  { process->service->statements, process->service->statement_count } },
    };

    process->reads = (struct read_api){ .service = process->service,
                                        .pool = read_pool_new(&options, READ_SESSIONS_MAX) };
}

static enum err open_all(struct ctx *ctx, struct process *process)
{
    enum err err = start_signals(ctx, process);

    open_reads(process);
    if (!err) {
        err = patiently(ctx, process, open_tracing);
    }
    if (!err) {
        err = patiently(ctx, process, keep_house);
    }
    if (!err) {
        err = patiently(ctx, process, open_store);
    }
    if (!err) {
        err = patiently(ctx, process, open_broker);
    }
    if (!err) {
        err = open_outside(ctx, process);
    }
    if (!err) {
        err = open_worker(ctx, process);
    }
    if (!err) {
        err = open_audit(ctx, process);
    }
    return err ? err : service_http_open(ctx, process);
}

/* At its hour; a failure is only told: the next hour comes. */
static void keep_house_at_times(struct ctx *ctx, struct process *process)
{
    if (clock_monotonic_ms(NULL) < process->housekeeping_at) {
        return;
    }
    arena_reset(ctx->arena);
    if (keep_house(ctx, process) != OK) {
        log_warning("housekeeping failed", LOG_TEXT("detail", ctx->detail));
    }
    process->housekeeping_at = clock_monotonic_ms(NULL) + HOUSEKEEPING_MS;
}

static void trim_heap_at_times(struct process *process)
{
    if (clock_monotonic_ms(NULL) >= process->trim_at) {
        heap_trim();
        process->trim_at = clock_monotonic_ms(NULL) + HEAP_TRIM_PAUSE_MS;
    }
}

static enum err serve(struct ctx *ctx, struct process *process)
{
    enum err err = OK;

    process->housekeeping_at = clock_monotonic_ms(NULL) + HOUSEKEEPING_MS;
    log_info("started", LOG_INT("http_port", http_server_port(process->http)),
             LOG_INT("pid", (int64_t)getpid()));
    while (!process->draining && !err) {
        err = worker_step(process->worker, STEP_WAIT_MS);
        keep_house_at_times(ctx, process);
        trim_heap_at_times(process);
    }
    return err;
}

static void close_all(struct process *process)
{
    log_info("draining", LOG_NOTHING);
    process->audit = audit_stop(process->audit);
    worker_drain(process->worker, process->settings.drain_ms);
    process->http = http_server_close(process->http, 1000);
    tracing_stop();
    log_info("stopped", LOG_NOTHING);
}

static enum err read_settings(struct ctx *ctx, struct process *process, int argc, char **argv)
{
    enum err err = service_settings_read(ctx, process, argc, argv);

    if (!err && !process->help_shown && process->service->start != NULL) {
        err = process->service->start(ctx);
    }
    return err;
}

int service_main(const struct service *service, int argc, char **argv)
{
    /* Static: what lives to the end is reachable to the end, and a leak checker names only what was lost. */
    static struct process the_process;
    static struct ctx ctx;
    struct process *process = &the_process;

    heap_bound();
    ctx.arena = arena_new(START_ARENA_BYTES);
    process->service = service;
    log_init(service->name, service->name, LOG_LEVEL_INFO);
    if (read_settings(&ctx, process, argc, argv) != OK) {
        log_error("wrong settings", LOG_TEXT("detail", ctx.detail));
        return EX_CONFIG;
    }
    if (process->help_shown) {
        return EXIT_SUCCESS;
    }
    enum err err = open_all(&ctx, process);
    if (!err) {
        err = serve(&ctx, process);
    }
    if (err) {
        log_error("cannot go on", LOG_TEXT("error", err_name(err)), LOG_TEXT("detail", ctx.detail));
        return EXIT_FAILURE;
    }
    close_all(process);
    return EXIT_SUCCESS;
}
