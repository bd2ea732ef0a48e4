/* routes.c - everything that the gateway answers. */
#include "services/gateway/gateway.h"

#include "common/arena.h"
#include "services/gateway/admin.h"
#include "services/gateway/audit.h"
#include "services/gateway/bank_import.h"
#include "services/gateway/bulk.h"
#include "services/gateway/choice.h"
#include "services/gateway/command.h"
#include "services/gateway/cors.h"
#include "services/gateway/customer_erasure.h"
#include "services/gateway/customer_export.h"
#include "services/gateway/draft.h"
#include "services/gateway/events.h"
#include "services/gateway/export.h"
#include "services/gateway/reads.h"
#include "services/gateway/saved_view.h"
#include "services/gateway/shopper.h"
#include "services/gateway/stream.h"
#include "services/gateway/supplier.h"
#include "services/gateway/tracking.h"

#include <string.h>

static const struct http_route plain_routes[] = {
    { "GET", "/healthz", answer_health, NULL },
    { "GET", "/readyz", answer_ready, NULL },
    { "GET", "/metrics", answer_metrics, NULL },
    { "GET", "/docs", answer_docs, NULL },
    { "GET", "/docs/problems", answer_problem_list, NULL },
    { "GET", "/docs/problems/:slug", answer_problem_page, NULL },
    { "GET", "/docs/errors", answer_problem_list, NULL },
    { "GET", "/docs/errors/:slug", answer_problem_page, NULL },
    { "GET", "/docs/*", answer_docs_file, NULL },
    { "POST", "/v1/orders", answer_submission, NULL },
    { "POST", ORDER_BULK_PATH, answer_bulk, NULL },
    { "POST", ITEM_BULK_PATH, answer_bulk, NULL },
    { "POST", BANK_IMPORT_PATH, answer_bank_import, NULL },
    { "OPTIONS", "/v1/*", answer_preflight, NULL },
    { "GET", "/v1/orders/:id/stream", answer_order_stream, NULL },
    { "GET", "/v1/orders.csv", answer_order_export, NULL },
    { "GET", "/v1/journal.csv", answer_journal_export, NULL },
    { "POST", "/v1/drafts", answer_draft_make, NULL },
    { "PUT", "/v1/drafts/:draft_id", answer_draft_put, NULL },
    { "DELETE", "/v1/drafts/:draft_id", answer_draft_discard, NULL },
    { "POST", "/v1/drafts/:draft_id/submit", answer_draft_submit, NULL },
    { "GET", "/v1/views", answer_saved_view_read, &saved_view_list },
    { "GET", "/v1/views/:name", answer_saved_view_read, &saved_view_document },
    { "PUT", "/v1/views/:name", answer_saved_view_put, NULL },
    { "DELETE", "/v1/views/:name", answer_saved_view_remove, NULL },
    { "GET", "/v1/events", answer_events, NULL },
    { "GET", "/v1/choices/:token", answer_choice_read, NULL },
    { "POST", "/v1/choices/:token", answer_choice, NULL },
    { "GET", "/choices/:token", answer_choice_page, NULL },
    { "POST", "/choices/:token", answer_choice_form, NULL },
    { "POST", "/v1/purchase-orders/:purchase_order_id/supplier-links", answer_supplier_link, NULL },
    { "GET", "/track/:token", answer_tracking, NULL },
    { "GET", "/suppliers/:token", answer_supplier_page, NULL },
    { "POST", "/suppliers/:token", answer_supplier_form, NULL },
    { "GET", "/v1/customers/:customer_id/export", answer_customer_export, NULL },
    { "GET", "/v1/customers/:customer_id/erasure", answer_customer_erasure, NULL },
    { "POST", "/v1/customers/:customer_id/tokens", answer_shopper_token, NULL },
    { "GET", "/v1/me/orders", answer_my_orders, NULL },
    { "GET", "/v1/me/orders/:id", answer_my_order, NULL },
    { "POST", "/v1/webhooks/:provider/:account", answer_webhook, NULL },
};
/* What the gateway owns itself. */
static const struct http_route admin_routes[] = {
    { "GET", "/v1/channels", answer_admin_read, &channel_list },
    { "POST", "/v1/channels", answer_channel_make, NULL },
    { "GET", "/v1/channels/:code", answer_admin_read, &channel_document },
    { "PUT", "/v1/channels/:code", answer_channel_put, NULL },
    { "GET", "/v1/keys", answer_admin_read, &key_list },
    { "POST", "/v1/keys", answer_key_make, NULL },
    { "GET", "/v1/keys/:id", answer_admin_read, &key_document },
    { "DELETE", "/v1/keys/:id", answer_key_revoke, NULL },
    { "POST", "/v1/keys/:id/rotate", answer_key_rotate, NULL },
    { "GET", "/v1/audit", answer_audit, NULL },
    { "POST", "/v1/audit/runs", answer_audit_run_ask, NULL },
    { "GET", "/v1/audit/runs/:id", answer_audit_run, NULL },
    { "GET", "/v1/audit/log", answer_admin_read, &audit_log_list },
};
enum { ADMIN_COUNT = sizeof admin_routes / sizeof admin_routes[0] };
enum { PLAIN_COUNT = sizeof plain_routes / sizeof plain_routes[0] };

void gateway_routes(struct gateway *gateway, struct arena *arena)
{
    struct http_route *routes = arena_alloc(
        arena, (PLAIN_COUNT + ADMIN_COUNT + command_count + read_count) * sizeof *routes);
    size_t count = PLAIN_COUNT;

    memcpy(routes, plain_routes, sizeof plain_routes);
    memcpy(routes + count, admin_routes, sizeof admin_routes);
    count += ADMIN_COUNT;
    for (size_t i = 0; i < command_count; i++) {
        routes[count++] = (struct http_route){ commands[i].method, commands[i].pattern,
                                               answer_command, &commands[i] };
    }
    for (size_t i = 0; i < read_count; i++) {
        routes[count++] = (struct http_route){ "GET", reads[i].pattern, answer_read, &reads[i] };
    }
    gateway->routes = routes;
    gateway->route_count = count;
}
