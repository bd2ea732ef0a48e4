/* intake.c - a thread that looks, and a lock around what it finds. */
#include "services/gateway/intake.h"

#include "common/arena.h"
#include "common/http_fetch.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/text.h"
#include "common/waiting.h"
#include "proto/gateway.h"
#include "proto/gateway_codec.h"
#include "services/gateway/admission.h"

#include <pthread.h>
#include <time.h>

/* Services know twice a second how late they are: each look finds another figure. */
enum { LOOK_PAUSE_MS = 600, ANSWER_MS = 250, STATUS_OK = 200, ARENA_BYTES = 1 << 22 };

struct intake {
    struct intake_options options;
    struct ctx ctx; /* the thread's */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ends;
    bool ended;
    bool asked;       /* somebody wanted in since the last look */
    int64_t wrote_ms; /* the longest since then */
    struct admission admission;
    struct metric *refused, *behind, *limit;
};

/* 0 where it does not answer. */
static int64_t lateness_of(struct intake *intake, enum owner owner)
{
    struct ctx *ctx = &intake->ctx;
    struct violations violations = { .count = 0 };
    struct http_fetched document;
    struct service_lateness told;
    const struct http_fetch_request request = {
        .url = text_format(ctx->arena, "%s/v1/lateness", intake->options.owner_api[owner]),
        .timeout_ms = ANSWER_MS,
    };

    if (http_fetch(intake->options.fetcher, ctx, &request, &document) != OK ||
        document.status != STATUS_OK ||
        service_lateness_decode(ctx->arena, document.body, document.body_length, &told,
                                &violations) != OK) {
        return 0;
    }
    return told.late_ms;
}

static int64_t latest(struct intake *intake)
{
    int64_t latest_ms = 0;

    arena_reset(intake->ctx.arena);
    for (enum owner owner = 0; owner < OWNER_COUNT; owner++) {
        int64_t late_ms =
            intake->options.owner_api[owner][0] == '\0' ? 0 : lateness_of(intake, owner);

        latest_ms = late_ms > latest_ms ? late_ms : latest_ms;
    }
    return latest_ms;
}

static void tell_change(double before, const struct admission *now)
{
    if (before == 0 && now->limit_per_second > 0) {
        log_warning("orders come faster than they are worked on: some are refused",
                    LOG_INT("behind_ms", now->behind_ms),
                    LOG_INT("limit_per_second", (int64_t)now->limit_per_second));
    } else if (before > 0 && now->limit_per_second == 0) {
        log_info("all orders are taken again", LOG_INT("behind_ms", now->behind_ms));
    }
}

static void look(struct intake *intake)
{
    struct admission *admission = &intake->admission;
    int64_t behind_ms = latest(intake);

    (void)pthread_mutex_lock(&intake->mutex);
    double before = admission->limit_per_second;
    behind_ms = intake->wrote_ms > behind_ms ? intake->wrote_ms : behind_ms;
    intake->wrote_ms = 0;
    intake->asked = false;
    admission_look(admission, intake->options.late_ms, behind_ms, monotonic_ms());
    const struct admission now = *admission;
    (void)pthread_mutex_unlock(&intake->mutex);
    tell_change(before, &now);
    metric_set(intake->behind, (double)now.behind_ms / 1000.0);
    metric_set(intake->limit, now.limit_per_second);
}

/* False when it is over. */
static bool pause_until_next(struct intake *intake)
{
    int64_t until_ms = monotonic_ms() + LOOK_PAUSE_MS;
    const struct timespec until = { .tv_sec = until_ms / 1000,
                                    .tv_nsec = until_ms % 1000 * 1000000 };

    (void)pthread_mutex_lock(&intake->mutex);
    while (!intake->ended && monotonic_ms() < until_ms) {
        (void)pthread_cond_timedwait(&intake->ends, &intake->mutex, &until);
    }
    bool goes_on = !intake->ended;
    (void)pthread_mutex_unlock(&intake->mutex);
    return goes_on;
}

static bool is_awaited(struct intake *intake)
{
    (void)pthread_mutex_lock(&intake->mutex);
    bool awaited = intake->asked || intake->admission.limit_per_second > 0;
    (void)pthread_mutex_unlock(&intake->mutex);
    return awaited;
}

static void *watch(void *argument)
{
    struct intake *intake = argument;

    while (pause_until_next(intake)) {
        if (is_awaited(intake)) {
            look(intake);
        }
    }
    return NULL;
}

static void prepare(struct intake *intake)
{
    pthread_condattr_t monotonic;

    intake->ctx.arena = arena_new(ARENA_BYTES);
    (void)pthread_mutex_init(&intake->mutex, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&intake->ends, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    intake->refused = metric_register(METRIC_COUNTER, "kervan_gateway_orders_refused_total", NULL,
                                      "Orders refused because the services were late");
    intake->behind = metric_register(METRIC_GAUGE, "kervan_gateway_behind_seconds", NULL,
                                     "By how much the latest service is late, as of the last look");
    intake->limit = metric_register(METRIC_GAUGE, "kervan_gateway_orders_limit_per_second", NULL,
                                    "How many new orders are taken; 0: all");
}

enum err intake_open(struct ctx *ctx, struct arena *memory, const struct intake_options *options,
                     struct intake **ret)
{
    struct intake *intake = arena_alloc(memory, sizeof *intake);

    *intake = (struct intake){ .options = *options };
    prepare(intake);
    if (options->late_ms > 0 && pthread_create(&intake->thread, NULL, watch, intake) != 0) {
        return err_set(ctx, ERR_FATAL, "cannot start the thread that looks how late services are");
    }
    *ret = intake;
    return OK;
}

struct intake *intake_close(struct intake *intake)
{
    if (intake == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&intake->mutex);
    intake->ended = true;
    (void)pthread_cond_signal(&intake->ends);
    (void)pthread_mutex_unlock(&intake->mutex);
    if (intake->options.late_ms > 0) {
        (void)pthread_join(intake->thread, NULL);
    }
    (void)pthread_cond_destroy(&intake->ends);
    (void)pthread_mutex_destroy(&intake->mutex);
    arena_free(intake->ctx.arena);
    return NULL;
}

bool intake_admits(struct intake *intake)
{
    (void)pthread_mutex_lock(&intake->mutex);
    intake->asked = true;
    bool admitted = admission_take(&intake->admission, monotonic_ms());
    (void)pthread_mutex_unlock(&intake->mutex);
    if (!admitted) {
        metric_add(intake->refused, 1);
    }
    return admitted;
}

bool intake_admits_spare(struct intake *intake)
{
    (void)pthread_mutex_lock(&intake->mutex);
    intake->asked = true;
    bool admitted =
        admission_take_spare(&intake->admission, intake->options.late_ms, monotonic_ms());
    (void)pthread_mutex_unlock(&intake->mutex);
    return admitted;
}

void intake_wrote(struct intake *intake, int64_t took_ms)
{
    (void)pthread_mutex_lock(&intake->mutex);
    intake->wrote_ms = took_ms > intake->wrote_ms ? took_ms : intake->wrote_ms;
    (void)pthread_mutex_unlock(&intake->mutex);
}
