/* call.h - a request on its way through the gateway: who asks, and how it is refused. */
#ifndef KERVAN_GATEWAY_CALL_H
#define KERVAN_GATEWAY_CALL_H

#include "proto/gateway.h"
#include "proto/runtime.h"
#include "services/gateway/access.h"
#include "services/gateway/gateway.h"
#include "services/gateway/problems.h"
#include "services/gateway/rate_limit.h"

struct http_pair;

struct call {
    struct gateway *gateway;
    const struct http_request *request;
    struct http_answer *answer;
    struct caller caller;
    const char *actor;            /* who asks where no key does; NULL: the key */
    const struct http_pair *view; /* filters of a saved view; NULL where none is asked for */
    size_t view_count;
};

/* Finds out who calls, and whether they have the scope; false when they were refused. */
bool call_begin(struct call *call, enum scope scope) MUST_USE;
/* Counts a request of `name` and says so in the headers; false when it is one too many: nothing is answered yet. */
bool call_take_rate(const struct call *call, const char *policy, const char *name,
                    struct rate_limit limit) MUST_USE;
/* How often the caller's key may ask. */
struct rate_limit call_rate(const struct call *call);
/* Whether the key is bound to a channel. */
bool call_is_bound(const struct call *call);
/* For what is not divided by channels: false, and answered, when the key is bound to one. */
bool call_sees_all_channels(const struct call *call);
/* The caller as messages name it: "key:<id>", or who asks without a key. */
const char *call_actor(const struct call *call);
/* Whose names of requests are meant: the channel's, which outlives its keys, else the key's. */
const char *call_principal(const struct call *call);

/* A key of a channel submits to it alone; any other to all that there are.  False, and answered, when it may not. */
bool call_may_submit_to(const struct call *call, const char *channel) MUST_USE;

/* Answers with a problem; 503 comes with Retry-After. */
void call_refuse(const struct call *call, enum problem_kind kind, const char *detail);
/* 400 that names a parameter. */
void call_refuse_parameter(const struct call *call, const char *name, const char *detail);
/* A body that does not fit: a fault each.  `prefix` is taken off the pointers. */
void call_refuse_body(const struct call *call, const struct violations *violations,
                      const char *prefix);
/* What an owner says against a request, in its words. */
void call_refuse_reply(const struct call *call, const struct gateway_reply *reply);
/* False, and answered, when the body is said to be anything but this media type. */
bool call_is_type(const struct call *call, const char *media_type) MUST_USE;
bool call_is_json(const struct call *call) MUST_USE;
/* The same of JSON, and when a precondition is asked for that nobody would check. */
bool call_has_json(const struct call *call) MUST_USE;

/* Reads from an owner: `path` begins with a slash and holds the query.  ERR_RETRY when it is away, or not well. */
enum err call_read(const struct call *call, enum owner owner, const char *path,
                   struct http_fetched *ret) MUST_USE;
/* The same by a POST without a body, for what an owner does at once and may be asked again. */
enum err call_post(const struct call *call, enum owner owner, const char *path,
                   struct http_fetched *ret) MUST_USE;
/* How an order is, by the order service: ERR_NOTFOUND when it knows none, or it is another channel's than the
 * caller's.  `ret_document` may be NULL. */
enum err call_glance(const struct call *call, const char *order_id, struct order_glance *ret,
                     struct http_fetched *ret_document) MUST_USE;
/* True when the caller may see what belongs to the order of this id or child id; else it was refused. */
bool call_may_see(const struct call *call, const char *id) MUST_USE;

/* 200, 201 ... with a document of an owner. */
void call_answer(const struct call *call, int status, const struct http_fetched *document);
void call_location(const struct call *call, const char *path);

#endif
