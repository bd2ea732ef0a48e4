/* audit.h - what is wrong in any service, for callers with the scope admin. */
#ifndef KERVAN_GATEWAY_AUDIT_H
#define KERVAN_GATEWAY_AUDIT_H

struct http_request;
struct http_answer;

void answer_audit(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
