/* priority.c - which work is done first. */
#include "services/fulfillment/priority.h"

#include "services/fulfillment/reply.h"
#include "services/fulfillment/work.h"

static const struct fulfillment_prioritize *request_of(const struct incoming_message *in)
{
    return in->message;
}

const char *prioritize_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return work_order_of(arena, request_of(in)->fulfillment_id);
}

void prioritize_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, request_of(in)->fulfillment_id);
}

/* It may be said as long as the work may be put on hold: while it is not packed. */
void on_prioritize(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_prioritize *request = in->message;
    struct fulfillment_row *row = work_named(out->rows, request->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_HOLD);

    if (reply_by_state(out, in, rule.action, request->fulfillment_id)) {
        return;
    }
    if (row->priority != request->body.priority) {
        if (reply_stale(out, in, row->clock)) {
            return;
        }
        struct work work = work_of(out, row);

        row->priority = request->body.priority;
        (void)work_touch(&work);
    }
    reply_done(out, in, 200, request->fulfillment_id);
}
