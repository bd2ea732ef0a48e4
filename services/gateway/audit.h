/* audit.h - what is wrong in any service, and that all look at everything now, for callers with the scope admin. */
#ifndef KERVAN_GATEWAY_AUDIT_H
#define KERVAN_GATEWAY_AUDIT_H

#include "proto/gateway.h"
#include "services/gateway/call.h"

/* What the auditors of the services that were asked so far found. */
struct audit_gathering {
    struct audit_finding *findings;
    size_t finding_count;
    int64_t open;
};
void audit_gathering_begin(const struct call *call, struct audit_gathering *ret);
/* Asks a service, adds what it found, and tells how far it is; of one that cannot be asked, that. */
struct audit_view_service audit_gather(const struct call *call, enum owner owner,
                                       struct audit_gathering *to);

void answer_audit(void *gateway, const struct http_request *request, struct http_answer *answer);
/* POST asks for a run under the request's name, GET tells how far it is and what is wrong. */
void answer_audit_run_ask(void *gateway, const struct http_request *request,
                          struct http_answer *answer);
void answer_audit_run(void *gateway, const struct http_request *request,
                      struct http_answer *answer);

#endif
