/* metrics.c - a registry of counters, gauges and histograms, and how they are written.
 *
 * A value is changed without a lock; the registry is only locked to register and to write, both
 * rare.  The figures of the process itself are in metrics_process.c.
 */
#include "common/metrics.h"

#include "common/buffer.h"
#include "common/log.h"
#include "common/metrics_process.h"
#include "common/text.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BOUNDS_MAX = 20 };

struct metric {
    struct metric *next; /* of the same name */
    enum metric_kind kind;
    char *labels;            /* "" when there are none */
    _Atomic int64_t counter; /* METRIC_COUNTER */
    _Atomic double number;   /* METRIC_GAUGE: value; METRIC_HISTOGRAM: sum */
    double bounds[BOUNDS_MAX];
    int bound_count;
    _Atomic uint64_t buckets[BOUNDS_MAX + 1]; /* each for itself; summed up when written */
};

struct family {
    struct family *next;
    enum metric_kind kind;
    char *name, *help;
    struct metric *first, **end;
};

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families;
static struct family **families_end = &families;

/* Registration happens at start: without memory there is nothing to start. */
static void *allocate(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL) {
        (void)fputs("no memory to register a metric\n", stderr);
        abort();
    }
    return memory;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(allocate(size), text, size);
}

static bool is_name(const char *name)
{
    static const char digits_and_letters[] =
        "0123456789_:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return strcspn(name, "0123456789") > 0 && name[strspn(name, digits_and_letters)] == '\0';
}

static struct family *find_family(enum metric_kind kind, const char *name, const char *help)
{
    struct family *family = families;

    while (family != NULL && !text_equal(family->name, name))
        family = family->next;
    if (family == NULL) {
        assert(is_name(name) && strpbrk(help, "\\\n") == NULL);
        family = allocate(sizeof *family);
        family->kind = kind;
        family->name = copy_text(name);
        family->help = copy_text(help);
        family->end = &family->first;
        *families_end = family;
        families_end = &family->next;
    }
    assert(family->kind == kind && text_equal(family->help, help) && "one name, one kind and help");
    return family;
}

static struct metric *find_metric(struct family *family, const char *labels)
{
    struct metric *metric = family->first;

    while (metric != NULL && !text_equal(metric->labels, labels))
        metric = metric->next;
    return metric;
}

/* The metric of this name and these labels; made from `shape` when it is new. */
static struct metric *enter(const char *name, const char *labels, const char *help,
                            const struct metric *shape)
{
    (void)pthread_mutex_lock(&registry_lock);
    struct family *family = find_family(shape->kind, name, help);
    struct metric *metric = find_metric(family, labels == NULL ? "" : labels);
    if (metric == NULL) {
        metric = allocate(sizeof *metric);
        metric->kind = shape->kind;
        metric->labels = copy_text(labels == NULL ? "" : labels);
        memcpy(metric->bounds, shape->bounds, sizeof metric->bounds);
        metric->bound_count = shape->bound_count;
        *family->end = metric;
        family->end = &metric->next;
    }
    (void)pthread_mutex_unlock(&registry_lock);
    return metric;
}

struct metric *metric_register(enum metric_kind kind, const char *name, const char *labels,
                               const char *help)
{
    assert(kind == METRIC_COUNTER || kind == METRIC_GAUGE);
    return enter(name, labels, help, &(struct metric){ .kind = kind });
}

struct metric *metric_histogram(const char *name, const char *labels, const char *help,
                                const double *bounds, int bound_count)
{
    struct metric shape = { .kind = METRIC_HISTOGRAM, .bound_count = bound_count };

    assert(bound_count >= 1 && bound_count <= BOUNDS_MAX);
    for (int i = 0; i < bound_count; i++) {
        assert(isfinite(bounds[i]) && (i == 0 || bounds[i] > bounds[i - 1]));
        shape.bounds[i] = bounds[i];
    }
    return enter(name, labels, help, &shape);
}

struct metric *metric_seconds(const char *name, const char *labels, const char *help)
{
    static const double bounds[] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                     0.1,    0.25,  0.5,    1,     2.5,  5,     10 };

    return metric_histogram(name, labels, help, bounds, (int)(sizeof bounds / sizeof bounds[0]));
}

static void add_number(struct metric *metric, double amount)
{
    double seen = atomic_load_explicit(&metric->number, memory_order_relaxed);

    /* Ends when no other thread was faster; each failure means that another one got through. */
    while (!atomic_compare_exchange_weak_explicit(&metric->number, &seen, seen + amount,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

void metric_add(struct metric *metric, int64_t amount)
{
    assert(metric->kind == METRIC_GAUGE || (metric->kind == METRIC_COUNTER && amount >= 0));
    if (metric->kind == METRIC_COUNTER) {
        atomic_fetch_add_explicit(&metric->counter, amount, memory_order_relaxed);
    } else {
        add_number(metric, (double)amount);
    }
}

void metric_set(struct metric *metric, double value)
{
    assert(metric->kind == METRIC_GAUGE);
    atomic_store_explicit(&metric->number, value, memory_order_relaxed);
}

void metric_observe(struct metric *metric, double value)
{
    int bucket = 0;

    assert(metric->kind == METRIC_HISTOGRAM);
    while (bucket < metric->bound_count && value > metric->bounds[bucket])
        bucket++;
    add_number(metric, value);
    atomic_fetch_add_explicit(&metric->buckets[bucket], 1, memory_order_relaxed);
}

double metric_value(const struct metric *metric)
{
    uint64_t count = 0;

    if (metric->kind == METRIC_COUNTER)
        return (double)atomic_load_explicit(&metric->counter, memory_order_relaxed);
    if (metric->kind == METRIC_GAUGE)
        return atomic_load_explicit(&metric->number, memory_order_relaxed);
    for (int i = 0; i <= metric->bound_count; i++)
        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
    return (double)count;
}

/* The shortest decimal that reads back as the same number. */
static void append_number(struct buffer *out, double number)
{
    char text[40];

    if (isnan(number) || isinf(number)) {
        buffer_append_text(out, isnan(number) ? "NaN" : number > 0 ? "+Inf" : "-Inf");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    buffer_append_text(out, text);
}

/* `name_suffix{labels,le="..."} ` up to the value; `le` is NULL for what is no bucket. */
static void append_sample(struct buffer *out, const struct family *family,
                          const struct metric *metric, const char *suffix, const double *le)
{
    bool has_labels = metric->labels[0] != '\0';

    buffer_append_text(out, family->name);
    buffer_append_text(out, suffix);
    if (has_labels || le != NULL)
        buffer_append_text(out, "{");
    buffer_append_text(out, metric->labels);
    if (le != NULL) {
        buffer_append_text(out, has_labels ? ",le=\"" : "le=\"");
        append_number(out, *le);
        buffer_append_text(out, "\"");
    }
    buffer_append_text(out, has_labels || le != NULL ? "} " : " ");
}

static void append_histogram(struct buffer *out, const struct family *family,
                             const struct metric *metric)
{
    uint64_t count = 0;

    for (int i = 0; i <= metric->bound_count; i++) {
        double bound = i < metric->bound_count ? metric->bounds[i] : (double)INFINITY;
        count += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
        append_sample(out, family, metric, "_bucket", &bound);
        buffer_append_int(out, (int64_t)count);
        buffer_append_text(out, "\n");
    }
    append_sample(out, family, metric, "_sum", NULL);
    append_number(out, atomic_load_explicit(&metric->number, memory_order_relaxed));
    buffer_append_text(out, "\n");
    append_sample(out, family, metric, "_count", NULL); /* the +Inf bucket, not a later reading */
    buffer_append_int(out, (int64_t)count);
    buffer_append_text(out, "\n");
}

static void append_metric(struct buffer *out, const struct family *family,
                          const struct metric *metric)
{
    if (metric->kind == METRIC_HISTOGRAM) {
        append_histogram(out, family, metric);
        return;
    }
    if (metric->kind == METRIC_GAUGE && isnan(metric_value(metric))) {
        return;
    }
    append_sample(out, family, metric, "", NULL);
    if (metric->kind == METRIC_COUNTER) {
        buffer_append_int(out, atomic_load_explicit(&metric->counter, memory_order_relaxed));
    } else {
        append_number(out, atomic_load_explicit(&metric->number, memory_order_relaxed));
    }
    buffer_append_text(out, "\n");
}

static void append_head(struct buffer *out, enum metric_kind kind, const char *name,
                        const char *help)
{
    static const char *const kinds[] = { "counter", "gauge", "histogram" };

    buffer_append_text(out, "# HELP ");
    buffer_append_text(out, name);
    buffer_append_text(out, " ");
    buffer_append_text(out, help);
    buffer_append_text(out, "\n# TYPE ");
    buffer_append_text(out, name);
    buffer_append_text(out, " ");
    buffer_append_text(out, kinds[kind]);
    buffer_append_text(out, "\n");
}

static void append_log_counts(struct buffer *out)
{
    static const char *const levels[] = { "debug", "info", "warning", "error" };

    append_head(out, METRIC_COUNTER, "kervan_log_lines_total", "Lines logged.");
    for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++) {
        buffer_append_text(out, "kervan_log_lines_total{level=\"");
        buffer_append_text(out, levels[level]);
        buffer_append_text(out, "\"} ");
        buffer_append_int(out, (int64_t)log_count((enum log_level)level));
        buffer_append_text(out, "\n");
    }
}

static void append_process(struct buffer *out)
{
    struct process_figure figures[PROCESS_FIGURES_MAX];
    int count = process_figures(figures);

    for (int i = 0; i < count; i++) {
        append_head(out, figures[i].kind, figures[i].name, figures[i].help);
        buffer_append_text(out, figures[i].name);
        buffer_append_text(out, " ");
        append_number(out, figures[i].value);
        buffer_append_text(out, "\n");
    }
}

void metrics_write(struct buffer *out)
{
    (void)pthread_mutex_lock(&registry_lock);
    for (const struct family *family = families; family != NULL; family = family->next) {
        append_head(out, family->kind, family->name, family->help);
        for (const struct metric *metric = family->first; metric != NULL; metric = metric->next)
            append_metric(out, family, metric);
    }
    (void)pthread_mutex_unlock(&registry_lock);
    append_log_counts(out);
    append_process(out);
}
