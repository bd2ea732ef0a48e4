/* timeline.c - writes entries, and keeps the order's clock at the highest one. */
#include "services/order/timeline.h"

#include <string.h>

static int64_t add(struct saga *saga, struct timeline_row entry)
{
    entry.order_no = saga->order->order_no;
    entry.entry_no = ++saga->order->entry_count;
    entry.at = saga->out->now;
    entry.cause_no = saga->cause_no;
    entry.channel = saga->order->channel;
    entry.request_id = saga->request_id;
    if (saga->order->clock < entry.clock) {
        saga->order->clock = entry.clock;
    }
    rows_insert(saga->out->rows, &order_timeline_table, &entry);
    return entry.entry_no;
}

void timeline_saw(struct saga *saga, const struct timeline_news *news)
{
    const char *dash = news->subject_id == NULL ? NULL : strchr(news->subject_id, '-');

    saga->cause_no = add(saga, (struct timeline_row){ .kind = news->kind,
                                                      .clock = news->clock,
                                                      .subject = dash == NULL ? NULL : dash + 1,
                                                      .detail = news->detail });
}

void timeline_made_of(struct saga *saga, enum timeline_kind kind, const char *subject_id,
                      const char *detail)
{
    add(saga, (struct timeline_row){ .kind = kind,
                                     .clock = saga->out->clock + 1,
                                     .subject = strchr(subject_id, '-') + 1,
                                     .detail = detail });
}

void timeline_made(struct saga *saga, enum timeline_kind kind, const char *detail)
{
    add(saga,
        (struct timeline_row){ .kind = kind, .clock = saga->out->clock + 1, .detail = detail });
}
