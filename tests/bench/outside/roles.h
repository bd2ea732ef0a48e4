/* roles.h - what each role is started with, and how it starts. */
#ifndef KERVAN_BENCH_OUTSIDE_ROLES_H
#define KERVAN_BENCH_OUTSIDE_ROLES_H

#include "tests/bench/outside/http.h"
#include "tests/bench/outside/webhooks.h"

struct options {
    const char *host, *public_url, *transit_ms, *refuse_zip, *currency;
    long port, smtp_port, refuse_percent, refund_ms, size_limit;
    const char *api_key; /* NULL: everybody is let in */
    struct webhook_settings webhooks;
};

/* Each opens its ports and says on stdout where it listens; false, with a message on stderr, when it cannot.
 * The options stay the caller's, for good. */
bool payment_start(struct options *options);
bool carrier_start(struct options *options);
bool mail_start(struct options *options);

/* Answers /healthz, and what is asked for in vain; false when the request is none of them. */
bool own_pages(const struct request *request, struct answer *answer, const char *name);

#endif
