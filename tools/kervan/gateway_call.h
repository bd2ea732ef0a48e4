/* gateway_call.h - calls of the gateway by a person's tool, one after the other, in the name of KERVAN_STAFF_KEY. */
#ifndef KERVAN_TOOLS_KERVAN_GATEWAY_CALL_H
#define KERVAN_TOOLS_KERVAN_GATEWAY_CALL_H

#include "common/arena.h"
#include "common/http_client.h"

/* A client that takes answers of at most so many bytes.  ERR_FATAL where KERVAN_URL or KERVAN_STAFF_KEY is not set. */
enum err gateway_open(struct ctx *ctx, int64_t answer_bytes_max, struct http_client **ret) MUST_USE;
/* The header that says who calls, in the arena. */
const char *gateway_authorization(struct arena *arena);
/* Sends the call and waits until it ends, which it does in its time.  The end is freed by http_end_free. */
struct http_end *gateway_call(struct http_client *client, const struct http_call *call);
/* What an answer that is none of success says: ERR_RETRY of a fault of the gateway, else ERR_INPUT. */
enum err gateway_refused(struct ctx *ctx, const struct http_end *end) MUST_USE;

#endif
