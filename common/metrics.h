/* metrics.h - counters, gauges and histograms in Prometheus' text format 0.0.4.
 *
 * Metrics are registered at start, with their label values, and live for ever: no lookup and no
 * allocation on the way of a message.  Updates are atomic; all functions are thread-safe.
 */
#ifndef KERVAN_COMMON_METRICS_H
#define KERVAN_COMMON_METRICS_H

#include <stdint.h>

struct buffer;
struct metric;

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* `name` as Prometheus wants it (`kervan_batch_messages`), `labels` as it stands between braces
 * (`lane="3"`) or NULL.  Metrics of one name share kind and help.  Same name and labels: the same metric. */
struct metric *metric_register(enum metric_kind kind, const char *name, const char *labels,
                               const char *help);
/* A histogram with upper bounds in base units, rising; at most 20; the +Inf bucket is added. */
struct metric *metric_histogram(const char *name, const char *labels, const char *help,
                                const double *bounds, int bound_count);
/* The same with bounds 0.0005 ... 10 seconds, for latencies. */
struct metric *metric_seconds(const char *name, const char *labels, const char *help);

void metric_add(struct metric *metric, int64_t amount); /* counter, gauge */
/* gauge; NaN: it says nothing now, and is left out */
void metric_set(struct metric *metric, double value);
void metric_observe(struct metric *metric, double value); /* histogram */
double metric_value(const struct metric *metric); /* counter, gauge: value; histogram: count */

/* Everything registered, plus process_* figures of this process. */
void metrics_write(struct buffer *out);

#endif
