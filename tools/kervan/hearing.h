/* hearing.h - hears what a service answers to one request of this program, as a gateway does.
 *
 * Best effort: an answer can be lost with a broker or a service; what happened shows in the tables.
 */
#ifndef KERVAN_TOOLS_KERVAN_HEARING_H
#define KERVAN_TOOLS_KERVAN_HEARING_H

#include "common/err.h"

#include <stdint.h>

struct hearing;

/* Listens for the answer to the request of this id from now on.  ERR_RETRY when the broker does not let us. */
enum err hearing_open(struct ctx *ctx, const char *request_id, struct hearing **ret) MUST_USE;
/* What the request says in HEADER_REPLY_PARTITION. */
int64_t hearing_partition(const struct hearing *hearing);
/* Waits so long for the answer: OK when it is good or none came; a refusal is ERR_RULE or ERR_NOTFOUND with its reason as detail. */
enum err hearing_wait(struct hearing *hearing, struct ctx *ctx, int64_t wait_ms) MUST_USE;
/* Takes NULL; returns NULL. */
struct hearing *hearing_close(struct hearing *hearing);

#endif
