/* order_request.h - puts what a person asks of an order into the order service's requests, and waits for what becomes of it.
 *
 * The record is the one that the gateway writes for the same request, checked against the same schema and logged before it is
 * sent; whether it can be done is the order service's to say, and its answer is waited for.
 */
#ifndef KERVAN_TOOLS_KERVAN_ORDER_REQUEST_H
#define KERVAN_TOOLS_KERVAN_ORDER_REQUEST_H

#include "common/buffer.h"
#include "proto/message_type.h"
#include "tools/kervan/session.h"

struct order_request {
    enum message_type type;
    const struct buffer *text; /* the message */
    /* Reads what there is of it now, by its own id: a word, and whether that is all there will be. */
    enum err (*look)(struct invocation *call, struct pg *pg, const char *id, const char **ret_word);
    bool (*is_over)(const char *word);
};

/* A new one's id, in the call's arena. */
const char *order_request_id(struct invocation *call);
/* About the order that the call's first argument begins with.  Asks, and looks until it is over, at most --wait seconds.
 * ERR_INPUT when the contract does not take it, ERR_RULE or ERR_NOTFOUND when the order service refuses it. */
enum err order_request_make(struct invocation *call, struct pg *pg,
                            const struct order_request *request, const char *id,
                            const char **ret_word) MUST_USE;

/* "name":"value" */
void append_member(struct buffer *text, const char *name, const char *value);

#endif
