/* metrics_process.h - what the kernel knows about this process, under Prometheus' usual names.
 *
 * Used by metrics.c only.  Thread-safe.
 */
#ifndef KERVAN_COMMON_METRICS_PROCESS_H
#define KERVAN_COMMON_METRICS_PROCESS_H

#include "common/metrics.h"

enum { PROCESS_FIGURES_MAX = 5 };

struct process_figure {
    enum metric_kind kind;
    const char *name, *help;
    double value;
};

/* Fills in what could be read and returns how many that are: a figure that is not known is left out. */
int process_figures(struct process_figure ret[PROCESS_FIGURES_MAX]);

#endif
