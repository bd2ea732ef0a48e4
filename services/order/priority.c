/* priority.c - takes how urgent an order is, and tells the places that work on it. */
#include "services/order/priority.h"

#include "common/reply.h"
#include "common/text.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/reply.h"
#include "services/order/request.h"
#include "services/order/shares.h"
#include "services/order/timeline.h"

void priority_note(struct saga *saga, const struct order_submit *submit)
{
    if (submit->has_priority) {
        detour_change(saga)->priority = submit->priority;
    }
}

static void change(struct saga *saga, int64_t priority)
{
    detour_change(saga)->priority = priority;
    timeline_made(saga, TIMELINE_PRIORITIZED,
                  text_format(saga->out->arena, "%lld", (long long)priority));
    amend_shares(saga, tell_priority);
    saga_end(saga);
}

void on_order_prioritize(struct decision *out, const struct incoming_message *in)
{
    const struct order_prioritize *request = in->message;
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    if (detour_priority(&saga) == request->body.priority) {
        order_reply_done(&saga, &in->reply, 200, saga.subject.id); /* made before, most likely */
    } else if (reply_stale(out, in, saga.order->clock)) {
        return;
    } else if (saga.order->ended_at != 0) {
        order_reply_conflict(&saga, &in->reply, "the order is over");
    } else {
        change(&saga, request->body.priority);
        order_reply_done(&saga, &in->reply, 200, saga.subject.id);
    }
}
