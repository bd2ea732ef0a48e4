/* gateway.h - what the parts of the gateway share: its settings, and what it reaches the others through. */
#ifndef KERVAN_GATEWAY_GATEWAY_H
#define KERVAN_GATEWAY_GATEWAY_H

#include "common/http_fetch.h"
#include "common/http_server.h"
#include "common/read_api.h"
#include "common/reply_reader.h"
#include "common/request_writer.h"
#include "common/start.h"
#include "common/waiting.h"
#include "services/gateway/owners.h"
#include "services/gateway/webhook.h"

#include <stdatomic.h>

struct metric;
struct access;
struct cors;
struct intake;
struct rates;
struct signers;

enum { BODY_BYTES_MAX = 256 * 1024 };

struct gateway_settings {
    const char *instance, *pg, *kafka, *kafka_properties_text, *http_bind, *log_level, *docs;
    const char *const *kafka_properties;
    const char *certificate_addresses, *certificate_name, *certificate_roots; /* of PayPal's */
    const char *link_secret;            /* of links to shoppers; "" where there are none */
    const char *owner_api[OWNER_COUNT]; /* base URLs; "" where the service is not installed */
    const char
        *webhook_secrets[WEBHOOK_PROVIDER_COUNT]; /* one or two, a blank between; "" for none */
    int64_t http_port, lanes, drain_ms, acknowledge_ms, reply_partition;
    int64_t connections_max, connections_a_peer_max, rate_per_second, rate_burst;
    int64_t link_rate_per_second, late_ms;
    struct start_tracing tracing;
};

struct gateway {
    struct arena *memory; /* lives as long as the process */
    struct gateway_settings settings;
    struct read_pool *pool;
    struct access *access;
    struct cors *cors;
    struct rates *rates;
    struct request_writer *writer;
    struct reply_reader *reader;
    struct waiting *waiting;
    struct http_fetcher *fetcher;
    struct intake *intake;
    struct signers *signers; /* NULL where no webhook is signed with a certificate */
    struct http_server *http;
    struct http_route *routes;
    size_t route_count;
    struct metric *replies_awaited, *replies_late;
    atomic_bool draining;
    atomic_int subscriber_count; /* of streams and of those who wait for events */
    atomic_int bulk_count;
    atomic_int export_count;
};

/* settings.c: ERR_FATAL with a detail that names the first wrong one; *ret_help: --help was answered. */
enum err gateway_settings_read(struct ctx *ctx, struct gateway *gateway, int argc, char **argv,
                               bool *ret_help) MUST_USE;
/* routes.c: all that is answered, in the arena. */
void gateway_routes(struct gateway *gateway, struct arena *arena);

/* status.c */
void answer_health(void *gateway, const struct http_request *request, struct http_answer *answer);
void answer_ready(void *service, const struct http_request *request, struct http_answer *answer);
void answer_metrics(void *gateway, const struct http_request *request, struct http_answer *answer);
/* docs.c */
void answer_docs(void *gateway, const struct http_request *request, struct http_answer *answer);
void answer_docs_file(void *service, const struct http_request *request,
                      struct http_answer *answer);
void answer_problem_list(void *gateway, const struct http_request *request,
                         struct http_answer *answer);
void answer_problem_page(void *gateway, const struct http_request *request,
                         struct http_answer *answer);

#endif
