/* intake.h - whether a new order may come in: asks the services how late they are, while orders come, and keeps the limit.
 *
 * A service that does not answer counts for nothing: orders are taken while one is away, and wait in the log.  Repeats
 * of orders are new orders to it.  Thread-safe.
 */
#ifndef KERVAN_GATEWAY_INTAKE_H
#define KERVAN_GATEWAY_INTAKE_H

#include "common/err.h"
#include "services/gateway/owners.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct http_fetcher;
struct intake;

struct intake_options {
    struct http_fetcher *fetcher;
    const char *const *owner_api; /* OWNER_COUNT base URLs; "" where the service is not installed */
    int64_t late_ms;              /* 0: nobody is refused, nobody asked */
};

/* Starts a thread.  It lives in `memory`.  ERR_FATAL when there is none to be had. */
enum err intake_open(struct ctx *ctx, struct arena *memory, const struct intake_options *options,
                     struct intake **ret) MUST_USE;
/* Takes NULL; returns NULL. */
struct intake *intake_close(struct intake *intake);
/* False when this order is to be refused. */
bool intake_admits(struct intake *intake);
/* False when this order, which can wait, is to be asked for again some milliseconds later. */
bool intake_admits_spare(struct intake *intake);
/* How long Kafka took to acknowledge an order: what waits there is late, too. */
void intake_wrote(struct intake *intake, int64_t took_ms);

#endif
