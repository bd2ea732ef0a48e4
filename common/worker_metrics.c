/* worker_metrics.c - what a lane worker shows of itself: registered once, some counted on the way, some looked at twice a second.
 *
 * Labels are what the service's tables say (topics, kinds, types) and lanes, so there are never more than at the start.
 */
#include "common/worker_parts.h"

#include <math.h>
#include <stdio.h>

enum { SHOW_PAUSE_MS = 500, LABELS_CHARACTERS = 160 };

static struct metric *counter(const char *name, const char *help)
{
    return metric_register(METRIC_COUNTER, name, NULL, help);
}

static struct metric *gauge(const char *name, const char *help)
{
    return metric_register(METRIC_GAUGE, name, NULL, help);
}

static void register_batch(struct worker_metrics *metrics)
{
    static const double sizes[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500 };

    metrics->batch_messages =
        metric_histogram("kervan_batch_items", NULL, "Items decided in one transaction", sizes,
                         sizeof sizes / sizeof sizes[0]);
    metrics->batch_seconds = metric_seconds("kervan_batch_duration_seconds", NULL,
                                            "Time from begin to commit of a batch");
    metrics->duplicates = counter("kervan_duplicates_dropped_total", "Records seen before");
    metrics->gaps = counter("kervan_gaps_total", "Records that came before a missing one");
    metrics->parked = counter("kervan_parked_total", "Items that could not be handled");
    metrics->commits = counter("kervan_commits_total", "Batches committed");
    metrics->rollbacks = counter("kervan_rollbacks_total", "Batches rolled back");
    metrics->records = counter("kervan_records_total", "Records read");
    metrics->resends = counter("kervan_resends_total", "Times a stream was published again");
    metrics->repeats =
        counter("kervan_effects_repeated_total", "Requests sent again that may have acted before");
    metrics->lanes = gauge("kervan_lanes_active", "Lanes held and working");
    metrics->late = gauge("kervan_late_seconds", "How long what waits in the log will take");
    metrics->outbox_pending =
        gauge("kervan_outbox_pending", "Messages committed and not yet acknowledged");
    metrics->outbox_age = gauge("kervan_outbox_oldest_age_seconds",
                                "Age of the oldest message not yet acknowledged; 0 without one");
}

static void register_topics(struct worker *worker)
{
    const struct service *service = worker->service;
    char labels[LABELS_CHARACTERS];

    for (size_t topic = 0; topic < service->consumed_count; topic++) {
        const char *name = service->consumed[topic].name;

        (void)snprintf(labels, sizeof labels, "topic=\"%s\"", name);
        worker->metrics.delay[topic] =
            metric_seconds("kervan_message_delay_seconds", labels,
                           "From a message's append to the log to the batch that handles it");
        for (int64_t lane = 0; lane < worker->options.lane_count; lane++) {
            (void)snprintf(labels, sizeof labels, "topic=\"%s\",lane=\"%lld\"", name,
                           (long long)lane);
            struct metric *lag = metric_register(METRIC_GAUGE, "kervan_lag_messages", labels,
                                                 "Messages in the log that a lane has not applied");

            metric_set(lag, (double)NAN);
            worker->metrics.lag[topic * LANES_MAX + (size_t)lane] = lag;
        }
    }
}

static void register_kinds(struct worker *worker)
{
    static const double bounds[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                     2.5,   5,    10,    30,   60,  300,  1800 };
    const struct service *service = worker->service;
    char labels[LABELS_CHARACTERS];

    for (size_t i = 0; i < service->message_count; i++) {
        (void)snprintf(labels, sizeof labels, "type=\"%s\"",
                       service->infos[service->messages[i].message_type].type);
        worker->metrics.handle[i] =
            metric_seconds("kervan_handle_duration_seconds", labels,
                           "From reading a message to the commit of what follows from it");
    }
    for (size_t i = 0; i < service->effect_count; i++) {
        struct effect_metrics *effect = &worker->metrics.effects[i];

        (void)snprintf(labels, sizeof labels, "kind=\"%s\"", service->effects[i].kind);
        effect->seconds =
            metric_histogram("kervan_effect_duration_seconds", labels,
                             "From the first sending of an effect to its outcome's commit", bounds,
                             sizeof bounds / sizeof bounds[0]);
        effect->open = metric_register(METRIC_GAUGE, "kervan_effects_open", labels,
                                       "Effects decided and not ended");
        effect->age = metric_register(METRIC_GAUGE, "kervan_effect_oldest_age_seconds", labels,
                                      "Since when the oldest open effect is due; 0 without one");
    }
}

bool worker_metrics_register(struct worker *worker)
{
    const struct service *service = worker->service;
    struct worker_metrics *metrics = &worker->metrics;

    metrics->lag = calloc((size_t)WORKER_TOPICS_MAX * LANES_MAX, sizeof(struct metric *));
    metrics->handle = calloc(service->message_count + 1, sizeof(struct metric *));
    metrics->effects = calloc(service->effect_count + 1, sizeof *metrics->effects);
    if (metrics->lag == NULL || metrics->handle == NULL || metrics->effects == NULL) {
        return false;
    }
    register_batch(metrics);
    register_topics(worker);
    register_kinds(worker);
    return true;
}

void worker_metrics_free(struct worker *worker)
{
    free(worker->metrics.lag);
    free(worker->metrics.handle);
    free(worker->metrics.effects);
}

/* --- On the way ------------------------------------------------------------------------------- */

void worker_metrics_handled(struct worker *worker, const struct item *item, int64_t now)
{
    if (item->verdict != ITEM_DECIDE || item->message_handler == NULL) {
        return;
    }
    size_t handler = (size_t)(item->message_handler - worker->service->messages);

    metric_observe(worker->metrics.handle[handler],
                   (double)(monotonic_ms(worker) - worker->gathered_at) / 1000.0);
    if (item->kind == ITEM_RECORD) {
        int64_t delay_ms = now - item->record->appended_at; /* of two machines' clocks */

        metric_observe(worker->metrics.delay[item->topic],
                       delay_ms > 0 ? (double)delay_ms / 1000.0 : 0);
    }
}

static struct effect_metrics *metrics_of(const struct worker *worker, const struct flight *flight)
{
    return &worker->metrics.effects[flight->handler - worker->service->effects];
}

void worker_metrics_effect_ended(struct worker *worker, const struct flight *flight)
{
    if (flight->attempts > 0) { /* else an operator ended it before it was sent */
        metric_observe(metrics_of(worker, flight)->seconds,
                       (double)(monotonic_ms(worker) - flight->began_at) / 1000.0);
    }
}

void worker_metrics_lane_dropped(struct worker *worker, int64_t lane)
{
    for (size_t topic = 0; topic < worker->service->consumed_count; topic++) {
        metric_set(worker->metrics.lag[topic * LANES_MAX + (size_t)lane], (double)NAN);
    }
}

/* --- Twice a second --------------------------------------------------------------------------- */

/* How long what waits will take at the pace of the time since the last look.  Who did nothing is no late worker, but one who
 * is away, like a process that there is not. */
static void note_lateness(struct worker *worker, int64_t waiting, int64_t passed_ms)
{
    int64_t read = worker->messages - worker->shown_messages;

    worker->shown_messages = worker->messages;
    worker->late_ms = read > 0 ? waiting * passed_ms / read : 0;
    metric_set(worker->metrics.late, (double)worker->late_ms / 1000.0);
}

/* Offsets may have holes, so this may be too much, never too little.  Returns how many messages wait in all. */
static int64_t show_lag(struct worker *worker)
{
    int64_t waiting = 0;
    size_t most = worker->service->consumed_count * (size_t)worker->options.lane_count;
    struct partition_end *ends = arena_alloc(worker->ctx.arena, most * sizeof *ends);
    size_t count = worker->broker->operations->known_ends(worker->broker, ends, most);

    for (size_t i = 0; i < count; i++) {
        const struct held_lane *lane = worker_lane(worker, ends[i].lane);

        if (lane != NULL && lane->active) {
            int64_t lag = ends[i].end_offset - lane->positions[ends[i].topic].row.next_offset;

            metric_set(worker->metrics.lag[ends[i].topic * LANES_MAX + (size_t)ends[i].lane],
                       lag > 0 ? (double)lag : 0);
            waiting += lag > 0 ? lag : 0;
        }
    }
    return waiting;
}

static double age_seconds(const struct worker *worker, int64_t since)
{
    int64_t age_ms = since == INT64_MAX ? 0 : business_ms(worker) - since;

    return age_ms > 0 ? (double)age_ms / 1000.0 : 0;
}

static void show_outbox(struct worker *worker)
{
    int64_t waiting = 0, oldest = INT64_MAX;

    worker_streams_waiting(worker, &waiting, &oldest);
    metric_set(worker->metrics.outbox_pending, (double)waiting);
    metric_set(worker->metrics.outbox_age, age_seconds(worker, oldest));
}

static void show_effects(struct worker *worker)
{
    for (size_t i = 0; i < worker->service->effect_count; i++) {
        const struct effect_handler *handler = &worker->service->effects[i];
        int64_t count = 0, oldest = INT64_MAX;

        worker_effects_open(worker, handler, &count, &oldest);
        metric_set(worker->metrics.effects[i].open, (double)count);
        metric_set(worker->metrics.effects[i].age, age_seconds(worker, oldest));
    }
}

void worker_metrics_show(struct worker *worker)
{
    int64_t passed_ms = monotonic_ms(worker) - worker->shown_at;

    if (passed_ms < SHOW_PAUSE_MS) {
        return;
    }
    worker->shown_at = monotonic_ms(worker);
    note_lateness(worker, show_lag(worker), passed_ms);
    show_outbox(worker);
    show_effects(worker);
}
