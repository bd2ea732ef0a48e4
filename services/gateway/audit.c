/* audit.c - GET /v1/audit: what the auditors of all services found, put together. */
#include "services/gateway/audit.h"

#include "common/arena.h"
#include "proto/gateway_codec.h"
#include "services/gateway/admin.h"

enum { STATUS_OK = 200, FINDINGS_MAX = 1600 };

/* Since when every rule has looked at everything; 0 when none has. */
static int64_t looked_at(const struct audit_of_service *told)
{
    int64_t earliest = 0;

    for (size_t i = 0; i < told->rules_count; i++) {
        int64_t began_at = told->rules[i].began_at;

        earliest = earliest == 0 || began_at < earliest ? began_at : earliest;
    }
    return earliest;
}

static struct audit_view_service add_service(struct audit_gathering *to, const char *service,
                                             const struct audit_of_service *told)
{
    int64_t since = looked_at(told);

    to->open += told->findings_open;
    for (size_t i = 0; i < told->findings_count && to->finding_count < FINDINGS_MAX; i++) {
        const struct audit_of_service_finding *finding = &told->findings[i];

        to->findings[to->finding_count++] =
            (struct audit_finding){ service,           finding->rule,  finding->subject,
                                    finding->expected, finding->found, finding->since };
    }
    return (struct audit_view_service){ .service = service,
                                        .reachable = true,
                                        .has_findings_open = true,
                                        .findings_open = told->findings_open,
                                        .has_rules = true,
                                        .rules = (int64_t)told->rules_count,
                                        .has_looked_at = since > 0,
                                        .looked_at = since };
}

void audit_gathering_begin(const struct call *call, struct audit_gathering *ret)
{
    struct arena *arena = call->request->ctx->arena;

    *ret = (struct audit_gathering){ .finding_count = 0 };
    ret->findings = arena_alloc(arena, FINDINGS_MAX * sizeof *ret->findings);
}

struct audit_view_service audit_gather(const struct call *call, enum owner owner,
                                       struct audit_gathering *to)
{
    struct arena *arena = call->request->ctx->arena;
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };
    struct audit_of_service told;
    enum err err = call_read(call, owner, "/v1/audit", &document);

    if (!err && document.status == STATUS_OK &&
        audit_of_service_decode(arena, document.body, document.body_length, &told, &violations) ==
            OK) {
        return add_service(to, owners[owner].name, &told);
    }
    return (struct audit_view_service){ .service = owners[owner].name, .reachable = false };
}

void answer_audit(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct audit_view_service *services =
        arena_alloc(request->ctx->arena, OWNER_COUNT * sizeof *services);
    struct audit_gathering gathered;

    if (!admin_begin(&call)) {
        return;
    }
    audit_gathering_begin(&call, &gathered);
    for (enum owner owner = 0; owner < OWNER_COUNT; owner++) {
        services[owner] = audit_gather(&call, owner, &gathered);
    }
    const struct audit_view view = { .findings_open = gathered.open,
                                     .findings = gathered.findings,
                                     .findings_count = gathered.finding_count,
                                     .services = services,
                                     .services_count = OWNER_COUNT };
    answer->status = STATUS_OK;
    audit_view_encode(&view, &answer->body);
}
