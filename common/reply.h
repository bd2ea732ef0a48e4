/* reply.h - answers for the gateway instance that waits for a request; nothing where nobody waits.
 *
 * A refusal is a problem as of RFC 9457.  What is given must live in the batch's arena, in loaded rows,
 * or for ever.  Pure.
 */
#ifndef KERVAN_COMMON_REPLY_H
#define KERVAN_COMMON_REPLY_H

#include "common/incoming.h"

struct gateway_reply;
struct problem;

/* What is wrong with a request. */
struct refusal {
    int64_t status;
    const char *type;    /* last part of the problem's URI: "invalid" */
    const char *title;   /* fixed for the type */
    const char *detail;  /* for people; NULL where the title says it all */
    const char *pointer; /* to the field of the body; NULL when it is none's fault */
};

/* Done, now or before.  `subject_id` is what it is about: the gateway reads from the owner what there is now. */
void reply_done(struct decision *out, const struct incoming_message *in, int64_t status,
                const char *subject_id);
void reply_refused(struct decision *out, const struct incoming_message *in,
                   const struct refusal *refusal);
/* 422: this field of the body is wrong. */
void reply_invalid(struct decision *out, const struct incoming_message *in, const char *pointer,
                   const char *detail);
/* True, and answered with 412 and the present version (0: there is nothing), when the request means another version of its
 * subject.  Asked behind whether the request came before, which is no second change, and before anything changes. */
bool reply_stale(struct decision *out, const struct incoming_message *in, int64_t version) MUST_USE;
/* The same for a request that replaces the whole of its subject.  Where all is already as it wants it, it was most likely made
 * before and its answer lost: it is done, whichever version it means (RFC 9110, 13.1.1), but not as something new. */
bool reply_stale_put(struct decision *out, const struct incoming_message *in, int64_t version,
                     bool same) MUST_USE;

/* An answer that says more.  The request's id is filled in. */
void reply_send(struct decision *out, const struct reply_address *to, struct gateway_reply *answer);
/* The same with a problem, whose `type` is the last part of the URI; its status is the answer's. */
void reply_problem(struct decision *out, const struct reply_address *to,
                   struct gateway_reply *answer, const struct problem *problem);

#endif
