/* signers.c - a few places for certificates, each fetched once by whoever needs it first. */
#include "services/gateway/signers.h"

#include "common/arena.h"
#include "common/certificate.h"
#include "common/http_client.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/text.h"
#include "common/waiting.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

enum {
    PLACES = 16,
    FETCHES_MAX = 2,
    WAITERS_MAX = 16,
    CERTIFICATE_BYTES_MAX = 64 * 1024,
    FETCH_MS = 5000,
    WAIT_MS = 2000,
    LOOK_MS = 50,
    KEPT_MS = 24 * 60 * 60 * 1000,
    REFUSED_MS = 60 * 1000,
    AWAY_MS = 2000, /* the provider's place did not answer: it is asked again soon */
    STATUS_OK = 200,
    STATUS_TIMEOUT = 408,
    STATUS_TOO_MANY = 429
};

enum place_state { PLACE_FREE = 0, PLACE_COMING, PLACE_GOOD, PLACE_REFUSED, PLACE_AWAY };

struct place {
    enum place_state state;
    char address[ADDRESS_LENGTH_MAX + 1];
    struct certificate *certificate; /* of PLACE_GOOD */
    int64_t until_ms, used_ms;       /* of monotonic_ms */
};

struct signers {
    struct signers_options options;
    struct certificate_roots *roots;
    struct http_client *client;
    pthread_mutex_t mutex; /* of what follows */
    struct ctx ctx;
    struct place places[PLACES];
    int coming_count, waiting_count;
    struct metric *proven, *refused, *failed;
};

/* --- What has come ------------------------------------------------------------------------------ */

static void settle(struct place *place, enum place_state state, int64_t for_ms)
{
    place->state = state;
    place->until_ms = monotonic_ms() + for_ms;
}

/* The other side says that it has no such certificate. */
static bool is_no(int64_t status)
{
    return status >= 400 && status < 500 && status != STATUS_TIMEOUT && status != STATUS_TOO_MANY;
}

static void take_end(struct signers *signers, struct place *place, const struct http_end *end)
{
    const struct certificate_claim claim = { .pem = end->body,
                                             .length = end->body_length,
                                             .name = signers->options.name,
                                             .now_s = (int64_t)time(NULL) };
    bool whole = end->fate == HTTP_ANSWERED && end->status == STATUS_OK && end->error[0] == '\0';

    if (!whole && end->fate == HTTP_ANSWERED && is_no(end->status)) {
        metric_add(signers->refused, 1);
        settle(place, PLACE_REFUSED, REFUSED_MS);
    } else if (!whole) {
        metric_add(signers->failed, 1);
        log_warning("a certificate could not be fetched", LOG_TEXT("address", place->address),
                    LOG_INT("status", end->status), LOG_TEXT("detail", end->error));
        settle(place, PLACE_AWAY, AWAY_MS);
    } else if (certificate_read(&signers->ctx, signers->roots, &claim, &place->certificate) != OK) {
        metric_add(signers->refused, 1);
        log_warning("a certificate is refused", LOG_TEXT("address", place->address),
                    LOG_TEXT("detail", signers->ctx.detail));
        settle(place, PLACE_REFUSED, REFUSED_MS);
    } else {
        metric_add(signers->proven, 1);
        settle(place, PLACE_GOOD, KEPT_MS);
    }
}

static void take_ends(struct signers *signers)
{
    for (struct http_end *end = NULL; (end = http_client_take(signers->client)) != NULL;) {
        take_end(signers, &signers->places[end->id], end);
        signers->coming_count--;
        http_end_free(end);
    }
}

/* --- Places ------------------------------------------------------------------------------------- */

static void clear(struct place *place)
{
    certificate_free(place->certificate);
    *place = (struct place){ .state = PLACE_FREE };
}

static bool is_over(const struct place *place)
{
    return place->state != PLACE_COMING &&
           (place->until_ms <= monotonic_ms() ||
            (place->state == PLACE_GOOD &&
             !certificate_is_valid(place->certificate, (int64_t)time(NULL))));
}

static struct place *find(struct signers *signers, const char *address)
{
    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &signers->places[i];

        if (place->state != PLACE_FREE && is_over(place)) {
            clear(place);
        }
        if (place->state != PLACE_FREE && text_equal(place->address, address)) {
            return place;
        }
    }
    return NULL;
}

/* A free one, else one that did not count, else the one that was used longest ago: strangers push out no proven one while there
 * is another. */
static struct place *make_room(struct signers *signers)
{
    struct place *chosen = NULL;

    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &signers->places[i];

        if (place->state == PLACE_FREE) {
            return place;
        }
        bool better = chosen == NULL ||
                      (chosen->state == PLACE_GOOD) > (place->state == PLACE_GOOD) ||
                      ((chosen->state == PLACE_GOOD) == (place->state == PLACE_GOOD) &&
                       place->used_ms < chosen->used_ms);
        if (place->state != PLACE_COMING && better) {
            chosen = place;
        }
    }
    clear(chosen);
    return chosen;
}

/* NULL: as many are on their way as may be. */
static struct place *fetch(struct signers *signers, const char *address)
{
    if (signers->coming_count == FETCHES_MAX) {
        return NULL;
    }
    struct place *place = make_room(signers);
    const struct http_call call = {
        .id = place - signers->places, .method = "GET", .url = address, .timeout_ms = FETCH_MS
    };

    memcpy(place->address, address, strlen(address) + 1);
    place->state = PLACE_COMING;
    signers->coming_count++;
    http_client_send(signers->client, &call);
    return place;
}

/* --- Questions ---------------------------------------------------------------------------------- */

/* *ret_coming: the certificate is on its way. */
static enum signer_word look(struct signers *signers, const struct signed_text *asked,
                             bool *ret_coming)
{
    enum signer_word word = SIGNER_AWAY;

    (void)pthread_mutex_lock(&signers->mutex);
    take_ends(signers);
    struct place *place = find(signers, asked->address);
    if (place == NULL) {
        place = fetch(signers, asked->address);
    }
    *ret_coming = place == NULL || place->state == PLACE_COMING;
    if (place != NULL && place->state == PLACE_REFUSED) {
        word = SIGNER_FORGED;
    }
    if (place != NULL && place->state == PLACE_GOOD) {
        place->used_ms = monotonic_ms();
        word = certificate_signed(place->certificate, asked->text, asked->length, asked->signature,
                                  asked->signature_length)
                   ? SIGNER_GENUINE
                   : SIGNER_FORGED;
    }
    (void)pthread_mutex_unlock(&signers->mutex);
    return word;
}

/* False where enough threads wait already. */
static bool may_wait(struct signers *signers)
{
    (void)pthread_mutex_lock(&signers->mutex);
    bool may = signers->waiting_count < WAITERS_MAX;
    signers->waiting_count += may ? 1 : 0;
    (void)pthread_mutex_unlock(&signers->mutex);
    return may;
}

static void waited(struct signers *signers)
{
    (void)pthread_mutex_lock(&signers->mutex);
    signers->waiting_count--;
    (void)pthread_mutex_unlock(&signers->mutex);
}

enum signer_word signers_ask(struct signers *signers, const struct signed_text *asked)
{
    int64_t until_ms = monotonic_ms() + WAIT_MS;
    bool coming = false;

    if (strlen(asked->address) > ADDRESS_LENGTH_MAX ||
        !signers_address_is_ours(signers->options.addresses, asked->address)) {
        return SIGNER_FORGED;
    }
    enum signer_word word = look(signers, asked, &coming);
    if (!coming || !may_wait(signers)) {
        return word;
    }
    while (coming && monotonic_ms() < until_ms) {
        struct pollfd came = { .fd = http_client_fd(signers->client), .events = POLLIN };

        (void)poll(&came, 1, LOOK_MS); /* another may take what came: so it is looked at anyway */
        word = look(signers, asked, &coming);
    }
    waited(signers);
    return word;
}

/* --- Life --------------------------------------------------------------------------------------- */

static struct metric *count_of(const char *labels)
{
    return metric_register(METRIC_COUNTER, "kervan_gateway_certificates_total", labels,
                           "Certificates of those who sign webhooks, by what came of each fetch.");
}

static enum err open_parts(struct ctx *ctx, struct signers *signers)
{
    const struct http_client_options options = {
        .calls_at_once_max = FETCHES_MAX,
        .calls_a_host_max = FETCHES_MAX,
        .body_bytes_max = CERTIFICATE_BYTES_MAX,
        .roots = signers->options.roots[0] == '\0' ? NULL : signers->options.roots,
    };
    enum err err = certificate_roots_open(ctx, signers->options.roots, &signers->roots);

    return err ? err : http_client_open(ctx, &options, &signers->client);
}

enum err signers_open(struct ctx *ctx, struct arena *memory, const struct signers_options *options,
                      struct signers **ret)
{
    struct signers *signers = arena_alloc(memory, sizeof *signers);

    *signers = (struct signers){ .options = *options };
    (void)pthread_mutex_init(&signers->mutex, NULL);
    signers->proven = count_of("outcome=\"proven\"");
    signers->refused = count_of("outcome=\"refused\"");
    signers->failed = count_of("outcome=\"failed\"");
    enum err err = open_parts(ctx, signers);
    if (err) {
        (void)signers_close(signers);
        return err;
    }
    *ret = signers;
    return OK;
}

struct signers *signers_close(struct signers *signers)
{
    if (signers == NULL) {
        return NULL;
    }
    signers->client = http_client_close(signers->client);
    for (size_t i = 0; i < PLACES; i++) {
        clear(&signers->places[i]);
    }
    signers->roots = certificate_roots_close(signers->roots);
    (void)pthread_mutex_destroy(&signers->mutex);
    return NULL;
}
