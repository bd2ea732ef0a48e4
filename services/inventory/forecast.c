/* forecast.c - Croston's method, exponential smoothing, and Holt's. */
#include "services/inventory/forecast.h"

#include <math.h>

/* Small, as is usual: demand of a day says little.  Croston himself took 0.1 to 0.2. */
static const double croston_alpha = 0.1, smoothing_alpha = 0.2, holt_alpha = 0.2, holt_beta = 0.1;
/* Days between demands, in the mean, from which on demand is intermittent. */
static const double intermittent_from = 1.32;
enum { TREND_DAYS_MIN = 14 };

/* Squares of what forecasts missed. */
struct misses {
    double squares;
    size_t count;
};

static void miss(struct misses *misses, double forecast, int64_t came)
{
    double by = (double)came - forecast;

    misses->squares += by * by;
    misses->count++;
}

static double deviation_of(const struct misses *misses)
{
    return misses->count == 0 ? 0 : sqrt(misses->squares / (double)misses->count);
}

/* What is known of intermittent demand. */
struct demands {
    double size, interval; /* smoothed */
    double since;          /* days since the last one, this one counted */
    int seen;              /* 0, 1, or 2 for more */
};

/* Of a day: while there was one demand only, all that is known of the interval is that it is longer than since then. */
static double rate_of(const struct demands *demands)
{
    return demands->size / (demands->seen == 1 ? demands->since : demands->interval);
}

static void take_demand(struct demands *demands, double size)
{
    if (demands->seen < 2) {
        demands->interval = demands->since;
    } else {
        demands->interval += croston_alpha * (demands->since - demands->interval);
    }
    demands->size =
        demands->seen == 0 ? size : demands->size + croston_alpha * (size - demands->size);
    demands->seen += demands->seen < 2 ? 1 : 0;
    demands->since = 0;
}

struct forecast forecast_croston(const int64_t *days, size_t count)
{
    struct demands demands = { 0 };
    struct misses misses = { 0 };

    for (size_t i = 0; i < count; i++) {
        demands.since++;
        if (demands.seen > 0) {
            miss(&misses, rate_of(&demands), days[i]);
        }
        if (days[i] > 0) {
            take_demand(&demands, (double)days[i]);
        }
    }
    if (demands.seen == 0) {
        return (struct forecast){ .method = REORDER_METHOD_NONE };
    }
    demands.since++; /* tomorrow */
    return (struct forecast){ .method = REORDER_METHOD_CROSTON,
                              .level = (1 - croston_alpha / 2) * rate_of(&demands),
                              .deviation = deviation_of(&misses) };
}

struct forecast forecast_smoothing(const int64_t *days, size_t count)
{
    double level = count == 0 ? 0 : (double)days[0];
    struct misses misses = { 0 };

    for (size_t i = 1; i < count; i++) {
        miss(&misses, level, days[i]);
        level += smoothing_alpha * ((double)days[i] - level);
    }
    return (struct forecast){ .method = REORDER_METHOD_EXPONENTIAL_SMOOTHING,
                              .level = level,
                              .deviation = deviation_of(&misses) };
}

struct forecast forecast_holt(const int64_t *days, size_t count)
{
    double level = count == 0 ? 0 : (double)days[0];
    double trend = count < 2 ? 0 : (double)(days[1] - days[0]);
    struct misses misses = { 0 };

    for (size_t i = 1; i < count; i++) {
        double before = level;

        miss(&misses, level + trend, days[i]);
        level = holt_alpha * (double)days[i] + (1 - holt_alpha) * (level + trend);
        trend = holt_beta * (level - before) + (1 - holt_beta) * trend;
    }
    return (struct forecast){ .method = REORDER_METHOD_HOLT,
                              .level = level,
                              .trend = trend,
                              .deviation = deviation_of(&misses) };
}

struct forecast forecast_demand(const int64_t *days, size_t count)
{
    size_t demands = 0;

    while (count > 0 && days[0] == 0) {
        days++;
        count--;
    }
    for (size_t i = 0; i < count; i++) {
        demands += days[i] > 0 ? 1 : 0;
    }
    if (demands == 0) {
        return (struct forecast){ .method = REORDER_METHOD_NONE };
    }
    if ((double)count / (double)demands >= intermittent_from) {
        return forecast_croston(days, count);
    }
    const struct forecast level = forecast_smoothing(days, count);
    const struct forecast trend = forecast_holt(days, count);
    return count >= TREND_DAYS_MIN && trend.deviation < level.deviation ? trend : level;
}

double forecast_total(const struct forecast *forecast, int64_t days)
{
    double n = (double)days;
    double total = n * forecast->level + forecast->trend * n * (n + 1) / 2;

    return total > 0 ? total : 0;
}
