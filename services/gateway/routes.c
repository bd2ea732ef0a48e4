/* routes.c - everything that the gateway answers. */
#include "services/gateway/gateway.h"

#include "common/arena.h"
#include "services/gateway/command.h"
#include "services/gateway/reads.h"

#include <string.h>

static const struct http_route plain_routes[] = {
    { "GET", "/healthz", answer_health, NULL },
    { "GET", "/readyz", answer_ready, NULL },
    { "GET", "/metrics", answer_metrics, NULL },
    { "GET", "/docs", answer_docs, NULL },
    { "GET", "/docs/problems", answer_problem_list, NULL },
    { "GET", "/docs/problems/:slug", answer_problem_page, NULL },
    { "GET", "/docs/*", answer_docs_file, NULL },
    { "POST", "/v1/orders", answer_submission, NULL },
    { "POST", "/v1/webhooks/:provider/:account", answer_webhook, NULL },
};
enum { PLAIN_COUNT = sizeof plain_routes / sizeof plain_routes[0] };

void gateway_routes(struct gateway *gateway, struct arena *arena)
{
    struct http_route *routes =
        arena_alloc(arena, (PLAIN_COUNT + COMMAND_COUNT + READ_COUNT) * sizeof *routes);
    size_t count = PLAIN_COUNT;

    memcpy(routes, plain_routes, sizeof plain_routes);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        routes[count++] = (struct http_route){ commands[i].method, commands[i].pattern,
                                               answer_command, &commands[i] };
    }
    for (size_t i = 0; i < READ_COUNT; i++) {
        routes[count++] = (struct http_route){ "GET", reads[i].pattern, answer_read, &reads[i] };
    }
    gateway->routes = routes;
    gateway->route_count = count;
}
