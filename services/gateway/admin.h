/* admin.h - channels and API keys: what the gateway owns itself, for callers with the scope admin.
 *
 * Who administers has a key that is bound to no channel.  Every change is told to the process's log: which key did what to
 * which; never a secret.  The table audit_log gets it, too, in the statement that makes the change (schema/0002_audit_log.sql).
 */
#ifndef KERVAN_GATEWAY_ADMIN_H
#define KERVAN_GATEWAY_ADMIN_H

#include "common/service.h"
#include "services/gateway/call.h"

/* `request->route->data` of answer_admin_read. */
extern const struct read_route channel_list, channel_document, key_list, key_document,
    audit_log_list;

void answer_admin_read(void *service, const struct http_request *request,
                       struct http_answer *answer);
void answer_channel_make(void *gateway, const struct http_request *request,
                         struct http_answer *answer);
void answer_channel_put(void *gateway, const struct http_request *request,
                        struct http_answer *answer);
void answer_key_make(void *gateway, const struct http_request *request, struct http_answer *answer);
void answer_key_revoke(void *gateway, const struct http_request *request,
                       struct http_answer *answer);
void answer_key_rotate(void *gateway, const struct http_request *request,
                       struct http_answer *answer);

/* For those above.  False, and answered, when the caller may not administer. */
bool admin_begin(struct call *call) MUST_USE;
/* Runs a statement of the gateway; false, and answered, when it cannot be run. */
bool admin_run(const struct call *call, int statement, const struct pg_arguments *arguments,
               struct pg_result **ret) MUST_USE;

/* What must be there for a change to count. */
struct admin_precondition {
    bool given;
    int64_t version; /* 0: nothing; -1: one that never was */
};
/* Of the headers; false, and answered, when no version can be read from them. */
bool admin_read_precondition(const struct call *call, struct admin_precondition *ret) MUST_USE;
void admin_bind_rate(struct pg_arguments *arguments, const struct request_rate *rate);
/* The last two arguments of a statement that changes something: who, in which request. */
void admin_bind_who(const struct call *call, struct pg_arguments *arguments);

/* What somebody asks of an owner; nothing of shoppers is in it. */
struct logged {
    const char *action, *subject;
    const char *before, *after; /* JSON, or NULL */
    const char *request_id;     /* as the owner knows it */
};
/* Appends it to the table audit_log; false, and answered, when that cannot be done now. */
bool admin_log(const struct call *call, const struct logged *logged) MUST_USE;
/* Tells the log who changed what. */
void admin_tell(const struct call *call, const char *what, const char *subject);

#endif
