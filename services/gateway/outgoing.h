/* outgoing.h - a request becomes a record of its owner's topic; then its reply is waited for. */
#ifndef KERVAN_GATEWAY_OUTGOING_H
#define KERVAN_GATEWAY_OUTGOING_H

#include "proto/message_type.h"
#include "services/gateway/call.h"

struct outgoing {
    enum owner owner;
    enum message_type type;
    const void *message;
    const char *key;             /* of the record; names the lane */
    const char *id;              /* identity of the request: the same in each repeat */
    const char *idempotency_key; /* NULL: none */
    const char *channel;         /* NULL: none */
    const char *precondition;    /* which version is meant; NULL or "": no one */
    const char *until;           /* "confirmed", or NULL: the first reply is enough */
    int64_t wait_s;              /* 0: no reply is asked for */
};

enum sent {
    SENT_NOT,     /* refused with 503 or 504: answered */
    SENT_SILENT,  /* durable; no reply came in time, or none that is enough */
    SENT_REPLIED, /* durable, and *ret_reply says how it ended */
};

/* The two halves of outgoing_send, for who has several under way: `outgoing` and what it points to outlive the second, which
 * must come.  NULL, and answered, when it was surely not sent. */
struct sending;
struct sending *outgoing_begin(const struct call *call, const struct outgoing *outgoing) MUST_USE;
enum sent outgoing_end(const struct call *call, struct sending *sending,
                       struct gateway_reply *ret_reply) MUST_USE;
enum sent outgoing_send(const struct call *call, const struct outgoing *outgoing,
                        struct gateway_reply *ret_reply) MUST_USE;

/* A reply whose request does not wait any more: others may wait for the same outcome. */
void outgoing_late(struct gateway *gateway, const char *bytes, size_t length);

#endif
