/* timeline.c - writes entries, keeps the order's clock at the highest one, and notes how the order was after each. */
#include "services/order/timeline.h"

#include "common/arena.h"
#include "common/mutant.h"
#include "common/text.h"
#include "proto/types.h"

#include <stdio.h>
#include <string.h>

enum { PIECE_LENGTH_MAX = 42 /* two numbers of 64 bits, a star and a comma */, AXIS_BITS = 4 };

/* An entry of a decision that is not over. */
struct timeline_made {
    struct timeline_row *row;
    struct timeline_made *earlier;
};

static struct timeline_row *add(struct saga *saga, struct timeline_row entry)
{
    struct timeline_made *made = arena_alloc(saga->out->arena, sizeof *made);

    entry.order_no = saga->order->order_no;
    entry.entry_no = ++saga->order->entry_count;
    entry.at = saga->out->now;
    entry.cause_no = saga->cause_no;
    entry.channel = saga->order->channel;
    entry.request_id = saga->request_id;
    if (saga->order->clock < entry.clock) {
        saga->order->clock = entry.clock;
    }
    made->row = rows_insert(saga->out->rows, &order_timeline_table, &entry);
    made->earlier = saga->made;
    saga->made = made;
    return made->row;
}

void timeline_saw(struct saga *saga, const struct timeline_news *news)
{
    const char *dash = news->subject_id == NULL ? NULL : strchr(news->subject_id, '-');

    if (mutant("forget_entry")) {
        return;
    }
    saga->cause_no = add(saga, (struct timeline_row){ .kind = news->kind,
                                                      .clock = news->clock,
                                                      .subject = dash == NULL ? NULL : dash + 1,
                                                      .detail = news->detail })
                         ->entry_no;
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

const char *timeline_pieces(struct arena *arena, const struct line_quantity *pieces, size_t count)
{
    size_t size = count * PIECE_LENGTH_MAX + 1, length = 0;
    char *text = arena_alloc(arena, size);

    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%lld*%lld", i == 0 ? "" : ",",
                                   (long long)pieces[i].line_no, (long long)pieces[i].quantity);
    }
    return text;
}

void timeline_reduced(struct saga *saga, const char *detail, const char *pieces)
{
    add(saga, (struct timeline_row){ .kind = TIMELINE_REDUCED,
                                     .clock = saga->out->clock + 1,
                                     .detail = detail,
                                     .pieces = pieces });
}

struct order_amounts order_amounts_of(const struct order_row *order)
{
    return (struct order_amounts){ order->total_minor, order->authorized_minor,
                                   order->captured_minor, order->refunded_minor };
}

static int64_t axes_of(const struct order_row *order)
{
    const int64_t axes[] = { order->cancel_reason, order->payment_state,      order->shopper_status,
                             order->return_status, order->fulfillment_status, order->payment_status,
                             order->status };
    int64_t packed = 0;

    for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++) {
        packed = packed << AXIS_BITS | axes[i];
    }
    return packed;
}

void timeline_end(struct saga *saga)
{
    struct order_amounts now = order_amounts_of(saga->order);
    const struct order_amounts *before = &saga->before;
    bool same = now.total_minor == before->total_minor &&
                now.authorized_minor == before->authorized_minor &&
                now.captured_minor == before->captured_minor &&
                now.refunded_minor == before->refunded_minor;

    for (const struct timeline_made *at = saga->made; at != NULL; at = at->earlier) {
        at->row->axes = axes_of(saga->order);
    }
    if (saga->made != NULL && !same) {
        saga->made->row->amounts =
            text_format(saga->out->arena, "%lld,%lld,%lld,%lld", (long long)now.total_minor,
                        (long long)now.authorized_minor, (long long)now.captured_minor,
                        (long long)now.refunded_minor);
    }
}
