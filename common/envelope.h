/* envelope.h - what travels around a message: CloudEvents attributes and ours, as headers of a record.
 *
 * CloudEvents 1.0, Kafka binary mode: attribute `x` is the header `ce_x`.  Texts are borrowed from the
 * record.  Pure.
 */
#ifndef KERVAN_COMMON_ENVELOPE_H
#define KERVAN_COMMON_ENVELOPE_H

#include "common/broker.h"
#include "common/trace.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;

#define HEADER_TYPE    "ce_type"
#define HEADER_ID      "ce_id"
#define HEADER_SUBJECT "ce_subject"
#define HEADER_CLOCK   "ce_clock"
/* Of number 1 of a later generation: the last number of the one before, as the publisher knows it. */
#define HEADER_AFTER_GENERATION "ce_aftergeneration"
#define HEADER_AFTER_NUMBER     "ce_afternumber"
#define HEADER_CAUSE            "ce_causationid"
#define HEADER_TRACE            "traceparent"
#define HEADER_CHANNEL          "ce_channel"
#define HEADER_IDEMPOTENCY_KEY  "ce_idempotencykey"
#define HEADER_ACTOR            "ce_actor"
#define HEADER_REQUEST_ID       "ce_requestid"
#define HEADER_REPLY_PARTITION  "ce_replypartition"
#define HEADER_UNTIL            "ce_until"
#define HEADER_PRECONDITION     "ce_precondition"

/* The runtime's own request, understood by every worker: its fields are headers, the body is empty. */
#define TYPE_RESEND                                                                                \
    "kervan.runtime.resend.v1" /* ce_topic, ce_generation, ce_number: from behind this number */
#define HEADER_TOPIC "ce_topic"

struct envelope {
    const char *type; /* NULL when absent */
    const char *id;   /* NULL when absent or longer than 128 bytes */
    const char *subject;
    const char *trace; /* a well-formed traceparent, or NULL */
    const char *channel, *idempotency_key, *actor;
    const char *request_id;   /* NULL: nobody waits for a reply */
    const char *until;        /* "confirmed": whoever waits wants to know that, too; or NULL */
    const char *precondition; /* of requests: see common/precondition.h; NULL demands nothing */
    int64_t reply_partition;
    int64_t clock;
    int64_t generation, number; /* 0, 0 when absent or malformed */
    int64_t after_generation, after_number;
};

/* Never fails: what is malformed counts as absent. */
struct envelope envelope_read(const struct record_header *headers, size_t count);

/* "name: value\n" lines of those headers that envelope_read understands, for keeping a message in a row. */
const char *headers_to_text(struct arena *arena, const struct record_header *headers, size_t count);
/* The way back; at most RECORD_HEADERS_MAX.  Returns the count. */
size_t headers_from_text(struct arena *arena, const char *text, struct record_header *ret);

#endif
