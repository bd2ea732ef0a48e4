/* webhooks.c - a queue of events, connections that carry one at a time, signatures, and tries after failures. */
#include "tests/bench/outside/webhooks.h"

#include "tests/bench/outside/http_client.h"
#include "tests/bench/outside/loop.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_BYTES = 32, SWEEP_US = 500000, US_A_MS = 1000, DOUBLINGS_MAX = 20 };

struct delivery {
    struct delivery *next;
    struct text body;
    long tries;
};

struct carrying {
    struct stream stream;
    struct delivery *delivery; /* under way, or NULL */
    struct carrying *next_idle, *next_open, *previous_open;
    int64_t started_us;
};

static const struct webhook_settings *settings;
static struct http_target target;
static EVP_MAC_CTX *mac;
static struct delivery *first, **last = &first;
static struct carrying *idle, *opened;
static long open_count;
static struct {
    long emitted, delivered, attempts, failed_attempts, gave_up, in_flight;
} counts;

static void enqueue(void *about)
{
    struct delivery *delivery = about;

    delivery->next = NULL;
    *last = delivery;
    last = &delivery->next;
}

static void forget(struct delivery *delivery)
{
    text_release(&delivery->body);
    free(delivery);
}

/* --- Outcomes ---------------------------------------------------------------------------------- */

/* Doubled with each try up to a cap, and half of it by chance. */
static int64_t wait_us(long tries)
{
    static uint64_t state = UINT64_C(88172645463325252);
    int64_t wait_ms = (int64_t)settings->backoff_ms
                      << (tries > DOUBLINGS_MAX ? DOUBLINGS_MAX : tries - 1);

    wait_ms = wait_ms > settings->backoff_cap_ms ? settings->backoff_cap_ms : wait_ms;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return wait_ms * US_A_MS / 2 + (int64_t)(state % (uint64_t)(wait_ms * US_A_MS / 2 + 1));
}

static void finish(struct delivery *delivery, bool delivered)
{
    delivery->tries++;
    counts.attempts++;
    counts.in_flight--;
    if (delivered) {
        counts.delivered++;
        forget(delivery);
        return;
    }
    counts.failed_attempts++;
    if (delivery->tries < settings->tries_max) {
        loop_after(wait_us(delivery->tries), enqueue, delivery);
        return;
    }
    counts.gave_up++;
    forget(delivery);
}

static size_t take(struct stream *stream, char *bytes, size_t length)
{
    struct carrying *carrying = (struct carrying *)stream;
    struct http_end end = { .status = 0 };
    struct delivery *delivery = carrying->delivery;
    size_t taken = http_read_answer(bytes, length, &end);

    if (delivery == NULL) { /* nobody asked */
        stream_end(stream);
        return length;
    }
    if (taken == 0) {
        return 0;
    }
    carrying->delivery = NULL;
    if (end.keep_alive) {
        carrying->next_idle = idle;
        idle = carrying;
    } else {
        stream_end(stream);
    }
    finish(delivery, end.status >= 200 && end.status < 300);
    return taken;
}

static void gone(struct stream *stream)
{
    struct carrying *carrying = (struct carrying *)stream;

    for (struct carrying **at = &idle; *at != NULL; at = &(*at)->next_idle) {
        if (*at == carrying) {
            *at = carrying->next_idle;
            break;
        }
    }
    if (carrying->previous_open != NULL) {
        carrying->previous_open->next_open = carrying->next_open;
    } else {
        opened = carrying->next_open;
    }
    if (carrying->next_open != NULL) {
        carrying->next_open->previous_open = carrying->previous_open;
    }
    open_count--;
    if (carrying->delivery != NULL) {
        finish(carrying->delivery, false);
    }
}

/* Ends what takes too long. */
static void sweep(void *about)
{
    int64_t limit_us = loop_now_us() - (int64_t)settings->timeout_ms * US_A_MS;

    for (struct carrying *each = opened; each != NULL; each = each->next_open) {
        if (each->delivery != NULL && each->started_us < limit_us) {
            stream_end(&each->stream);
        }
    }
    loop_after(SWEEP_US, sweep, about);
}

/* --- Sending ----------------------------------------------------------------------------------- */

static void digest(const struct text *before, const struct text *body, char *hex)
{
    unsigned char bytes[DIGEST_BYTES];
    size_t length = 0;

    if (EVP_MAC_init(mac, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(mac, (const unsigned char *)before->bytes, before->length) != 1 ||
        EVP_MAC_update(mac, (const unsigned char *)body->bytes, body->length) != 1 ||
        EVP_MAC_final(mac, bytes, &length, sizeof bytes) != 1) {
        abort();
    }
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    hex[2 * length] = '\0';
}

static void add_signature(struct text *out, const struct text *body)
{
    static struct text before;
    char hex[2 * DIGEST_BYTES + 1];
    long long second = now_second();

    before.length = 0;
    if (settings->signature == SIGNED_AS_STRIPE) {
        text_format(&before, "%lld.", second);
        digest(&before, body, hex);
        text_format(out, "Stripe-Signature: t=%lld,v1=%s\r\n", second, hex);
    } else {
        digest(&before, body, hex);
        text_format(out, "X-Hmac-Signature: hmac-sha256-hex=%s\r\n", hex);
    }
}

static void send_on(struct carrying *carrying, struct delivery *delivery)
{
    struct text *out = &carrying->stream.out;

    carrying->delivery = delivery;
    carrying->started_us = loop_now_us();
    counts.in_flight++;
    text_format(out,
                "POST %s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: %s\r\n"
                "Content-Type: application/json; charset=utf-8\r\n",
                target.path, target.host, target.port, settings->user_agent);
    add_signature(out, &delivery->body);
    text_format(out, "Content-Length: %zu\r\n\r\n", delivery->body.length);
    text_add(out, delivery->body.bytes, delivery->body.length);
    stream_flush(&carrying->stream);
}

static struct carrying *open_one(void)
{
    static const struct stream_kind kind = { .size = sizeof(struct carrying),
                                             .take = take,
                                             .gone = gone };
    struct carrying *carrying = (struct carrying *)loop_connect(target.host, target.port, &kind);

    if (carrying != NULL) {
        carrying->next_open = opened;
        if (opened != NULL) {
            opened->previous_open = carrying;
        }
        opened = carrying;
        open_count++;
    }
    return carrying;
}

static struct carrying *idle_or_new(void)
{
    struct carrying *carrying = idle;

    if (carrying == NULL) {
        return open_count < settings->concurrency ? open_one() : NULL;
    }
    idle = carrying->next_idle;
    carrying->next_idle = NULL;
    return carrying;
}

void webhooks_pump(void)
{
    while (first != NULL) {
        struct carrying *carrying = idle_or_new();

        if (carrying == NULL) {
            return;
        }
        struct delivery *delivery = first;
        first = delivery->next;
        last = first == NULL ? &first : last;
        send_on(carrying, delivery);
    }
}

bool webhooks_wanted(void)
{
    return target.port != 0;
}

void webhooks_emit(const struct text *body)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);

    if (delivery == NULL) {
        abort();
    }
    text_add(&delivery->body, body->bytes, body->length);
    counts.emitted++;
    enqueue(delivery);
}

bool webhooks_start(const struct webhook_settings *wanted)
{
    char sha256[] = "SHA256";
    const OSSL_PARAM parameters[] = { OSSL_PARAM_construct_utf8_string("digest", sha256, 0),
                                      OSSL_PARAM_construct_end() };

    settings = wanted;
    if (wanted->url == NULL) {
        return true;
    }
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    if (mac == NULL || wanted->secret == NULL ||
        EVP_MAC_init(mac, (const unsigned char *)wanted->secret, strlen(wanted->secret),
                     parameters) != 1) {
        (void)fprintf(stderr, "outside: --webhook-url needs a --webhook-secret-file\n");
        return false;
    }
    loop_after(SWEEP_US, sweep, NULL);
    return http_read_url(wanted->url, &target);
}

void webhooks_describe(struct text *text)
{
    text_format(text,
                "\"webhooks\":{\"emitted\":%ld,\"delivered\":%ld,\"attempts\":%ld,"
                "\"failed_attempts\":%ld,\"gave_up\":%ld,\"pending\":%ld,\"in_flight\":%ld}",
                counts.emitted, counts.delivered, counts.attempts, counts.failed_attempts,
                counts.gave_up, counts.emitted - counts.delivered - counts.gave_up,
                counts.in_flight);
}
