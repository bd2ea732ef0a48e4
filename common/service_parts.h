/* service_parts.h - what the files that run a service share.  Nobody else includes it.
 *
 *   service_main.c      opening, the loop, closing
 *   service_settings.c  what a process is told
 *   service_http.c      health, metrics, read routes
 */
#ifndef KERVAN_COMMON_SERVICE_PARTS_H
#define KERVAN_COMMON_SERVICE_PARTS_H

#include "common/audit.h"
#include "common/http_server.h"
#include "common/outside.h"
#include "common/read_api.h"
#include "common/service.h"
#include "common/start.h"
#include "common/worker.h"

#include <pthread.h>
#include <stdatomic.h>

struct process_settings {
    const char *instance, *pg, *kafka, *kafka_properties_text, *http_bind, *log_level;
    const char *const *kafka_properties;
    int64_t http_port, lanes, lease_ms, drain_ms, outbox_days, audit_percent;
    struct start_tracing tracing;
};

struct process {
    struct read_api reads; /* first: what the HTTP handlers are given */
    const struct service *service;
    struct arena *memory; /* lives as long as the process */
    struct process_settings settings;
    struct outside_access *access; /* one a target */
    const char **owner_urls;       /* one a rule of the audit; "" where nobody is asked */
    struct store *store;
    struct broker *broker;
    struct outside *outside;
    struct worker *worker;
    struct audit *audit; /* NULL: it is turned off */
    struct http_server *http;
    struct http_route *routes;
    pthread_t signal_thread;
    int64_t housekeeping_at; /* monotonic ms */
    int64_t trim_at;         /* monotonic ms */
    atomic_bool draining;
    bool help_shown;
};

/* CLOCK_MONOTONIC in ms; the argument is not looked at. */
int64_t clock_monotonic_ms(void *unused);

enum err service_settings_read(struct ctx *ctx, struct process *process, int argc,
                               char **argv) MUST_USE;
enum err service_http_open(struct ctx *ctx, struct process *process) MUST_USE;

#endif
