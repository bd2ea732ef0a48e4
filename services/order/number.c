/* number.c - counts the orders of a series. */
#include "services/order/number.h"

#include "common/instant.h"
#include "common/text.h"

#include <stdlib.h>

static bool has_series(const struct channel_row *channel)
{
    return channel != NULL && channel->number_prefix != NULL;
}

/* Channels with one prefix count together, or two orders would have one number; with the year and without it are counted apart. */
static const char *series_code(struct arena *arena, const struct channel_row *channel)
{
    return channel->number_yearly ? text_format(arena, "%s-", channel->number_prefix)
                                  : channel->number_prefix;
}

void number_need(const struct channel_row *channel, struct rows *rows)
{
    if (has_series(channel)) {
        rows_want(rows, &order_series_table, key_text(series_code(rows_arena(rows), channel)));
    }
}

static int64_t year_of(int64_t instant_ms)
{
    struct instant_text text = instant_format(instant_ms);

    return strtol(text.text, NULL, 10);
}

static struct series_row *series_of(struct decision *out, const struct channel_row *channel)
{
    const char *code = series_code(out->arena, channel);
    struct series_row *series = rows_find(out->rows, &order_series_table, key_text(code));

    return series != NULL
               ? series
               : rows_insert(out->rows, &order_series_table, &(struct series_row){ .code = code });
}

const char *number_next(struct decision *out, const struct channel_row *channel)
{
    if (!has_series(channel)) {
        return NULL;
    }
    struct series_row *series = series_of(out, channel);
    int64_t year = year_of(out->now);

    /* Lanes are milliseconds apart: one that is still in the old year counts on in the new one. */
    if (year > series->year) {
        series->last = channel->number_yearly ? 0 : series->last;
        series->year = year;
    }
    series->last++;
    rows_update(out->rows, &order_series_table, series);
    if (channel->number_yearly) {
        return text_format(out->arena, "%s-%lld-%0*lld", channel->number_prefix,
                           (long long)series->year, (int)channel->number_digits,
                           (long long)series->last);
    }
    return text_format(out->arena, "%s-%0*lld", channel->number_prefix, (int)channel->number_digits,
                       (long long)series->last);
}
