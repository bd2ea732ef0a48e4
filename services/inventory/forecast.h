/* forecast.h - how many pieces a day an item will need, from how many it needed.
 *
 * Demand that comes on few days is intermittent: Croston's method, with the correction of its bias.  The border is an average of
 * 1.32 days between demands.  Else exponential smoothing, or Holt's with a trend where that would have been nearer to what came.
 *   J. D. Croston, Forecasting and stock control for intermittent demands, Operational Research Quarterly 23 (1972), 289-303
 *   A. A. Syntetos, J. E. Boylan, The accuracy of intermittent demand estimates, Int. J. of Forecasting 21 (2005), 303-314
 *   A. A. Syntetos, J. E. Boylan, J. D. Croston, On the categorization of demand patterns, JORS 56 (2005), 495-503
 *   C. C. Holt, Forecasting seasonals and trends by exponentially weighted moving averages, ONR Memorandum 52 (1957)
 * Pure; the same days give the same answer on every machine that has IEEE 754 doubles.
 */
#ifndef KERVAN_INVENTORY_FORECAST_H
#define KERVAN_INVENTORY_FORECAST_H

#include "proto/types.h"

#include <stddef.h>
#include <stdint.h>

struct forecast {
    enum reorder_method method; /* NONE: nothing was ever needed */
    double level, trend;        /* pieces a day, now; and how much more each day */
    double deviation; /* pieces: of a day from what was forecast for it (root of the mean square) */
};

/* `days` are pieces needed a day, the oldest first; those before the first demand count for nothing. */
struct forecast forecast_demand(const int64_t *days, size_t count);
/* Each of them, for whom it fits. */
struct forecast forecast_croston(const int64_t *days, size_t count);
struct forecast forecast_smoothing(const int64_t *days, size_t count);
struct forecast forecast_holt(const int64_t *days, size_t count);

/* Pieces needed in so many days from now, together; never negative. */
double forecast_total(const struct forecast *forecast, int64_t days);

#endif
