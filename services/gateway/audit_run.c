/* audit_run.c - all auditors look at everything now: a run, by the name under which somebody asked for it.
 *
 * Each service keeps the run itself; the gateway asks all of them under one name and puts their answers together, so
 * that a repeat asks only those that were away.
 */
#include "services/gateway/audit.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "services/gateway/admin.h"
#include "services/gateway/identity.h"

#include <string.h>

enum { STATUS_OK = 200, STATUS_ACCEPTED = 202, STATUS_NOT_FOUND = 404 };

/* How a run is, as far as it was told. */
struct run {
    const char *id;
    struct audit_run_view_service services[OWNER_COUNT];
    size_t reached, asked, done;
};

/* Asks one service for the run, or how far it is. */
static void ask_service(const struct call *call, enum owner owner, bool begin, struct run *run)
{
    struct arena *arena = call->request->ctx->arena;
    struct violations violations = { .count = 0 };
    struct http_fetched document = { .status = 0 };
    struct audit_run_of_service told;
    struct audit_run_view_service *service = &run->services[owner];
    const char *path = text_format(arena, "/v1/audit/runs/%s", run->id);
    enum err err =
        begin ? call_post(call, owner, text_format(arena, "%s?actor=%s", path, call_actor(call)),
                          &document)
              : call_read(call, owner, path, &document);
    bool known = !err && document.status == STATUS_OK &&
                 audit_run_of_service_decode(arena, document.body, document.body_length, &told,
                                             &violations) == OK;

    *service = (struct audit_run_view_service){
        .service = owners[owner].name,
        .reachable = known || (!err && document.status == STATUS_NOT_FOUND)
    };
    if (known) {
        service->has_asked_at = true;
        service->asked_at = told.asked_at;
        service->has_done_at = told.has_done_at;
        service->done_at = told.done_at;
    }
    run->reached += service->reachable ? 1 : 0;
    run->asked += service->has_asked_at ? 1 : 0;
    run->done += service->has_done_at ? 1 : 0;
}

static void ask_all(const struct call *call, bool begin, struct run *run)
{
    for (enum owner owner = 0; owner < OWNER_COUNT; owner++) {
        ask_service(call, owner, begin, run);
    }
}

/* What was found is asked for after how far they are: a run that is done has all that it found in it. */
static void answer_run(const struct call *call, int status, const struct run *run)
{
    struct audit_gathering gathered;

    audit_gathering_begin(call, &gathered);
    for (enum owner owner = 0; owner < OWNER_COUNT; owner++) {
        (void)audit_gather(call, owner, &gathered);
    }
    const struct audit_run_view view = { .id = run->id,
                                         .state = run->done == OWNER_COUNT
                                                      ? AUDIT_RUN_VIEW_STATE_DONE
                                                      : AUDIT_RUN_VIEW_STATE_RUNNING,
                                         .findings_open = gathered.open,
                                         .findings = gathered.findings,
                                         .findings_count = gathered.finding_count,
                                         .services = run->services,
                                         .services_count = OWNER_COUNT };
    call->answer->status = status;
    audit_run_view_encode(&view, &call->answer->body);
}

/* Of the Idempotency-Key where there is one, so that a repeat finds the run; else new.  False when it was refused. */
static bool name_run(const struct call *call, struct request_id *ret)
{
    const char *header = http_header(call->request, "Idempotency-Key");
    struct idempotency_key key;

    if (header == NULL) {
        *ret = request_id_mint();
        return true;
    }
    if (!idempotency_key_parse(header, &key)) {
        call_refuse(call, PROBLEM_IDEMPOTENCY_KEY,
                    "Idempotency-Key must have 1 to 255 visible ASCII characters");
        return false;
    }
    struct request_name name = { call_principal(call), "POST", "/v1/audit/runs", "run", key.text };
    *ret = request_id_of(&name);
    return true;
}

void answer_audit_run_ask(void *gateway, const struct http_request *request,
                          struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct request_id id;

    if (!admin_begin(&call) || !name_run(&call, &id) ||
        !admin_log(&call, &(struct logged){
                              .action = "audit.run", .subject = id.text, .request_id = id.text })) {
        return;
    }
    struct run run = { .id = id.text };
    ask_all(&call, true, &run);
    if (run.asked == 0) {
        call_refuse(&call, PROBLEM_UNAVAILABLE, "no service can be asked now");
        return;
    }
    call_location(&call, text_format(request->ctx->arena, "/v1/audit/runs/%s", id.text));
    answer_run(&call, STATUS_ACCEPTED, &run);
}

void answer_audit_run(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct call call = { .gateway = gateway, .request = request, .answer = answer };
    struct run run = { .id = http_path(request, "id") };

    if (!admin_begin(&call)) {
        return;
    }
    bool possible = request_id_is(run.id);
    if (possible) {
        ask_all(&call, false, &run);
    }
    if (run.asked > 0) {
        answer_run(&call, STATUS_OK, &run);
    } else if (possible && run.reached < OWNER_COUNT) {
        call_refuse(&call, PROBLEM_UNAVAILABLE, "not every service can be asked now");
    } else {
        call_refuse(&call, PROBLEM_NOT_FOUND, "no such run was asked for");
    }
}
