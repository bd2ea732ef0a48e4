/* webhooks.h - events on their way: kept connections, many under way, tried again until somebody takes them. */
#ifndef KERVAN_BENCH_OUTSIDE_WEBHOOKS_H
#define KERVAN_BENCH_OUTSIDE_WEBHOOKS_H

#include "tests/bench/outside/text.h"

#include <stdbool.h>

enum webhook_signature {
    SIGNED_AS_STRIPE,  /* over the second and the body */
    SIGNED_AS_EASYPOST /* over the body */
};

struct webhook_settings {
    const char *url, *secret, *user_agent;
    enum webhook_signature signature;
    long concurrency, tries_max, backoff_ms, backoff_cap_ms, timeout_ms;
};

/* Without a URL there are no events.  False when the URL is none; the settings stay the caller's. */
bool webhooks_start(const struct webhook_settings *settings);
bool webhooks_wanted(void);

/* Sends a body, which is copied, after this turn of the loop. */
void webhooks_emit(const struct text *body);
/* To be called after each turn. */
void webhooks_pump(void);

/* `"webhooks":{…}` of the books. */
void webhooks_describe(struct text *text);

#endif
