/* choice.c - the question that goes to the shopper, and what follows from the answer. */
#include "services/order/choice.h"

#include "common/arena.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "services/order/announce.h"
#include "services/order/cancel.h"
#include "services/order/detour.h"
#include "services/order/reply.h"
#include "services/order/request.h"
#include "services/order/rows_of_order.h"
#include "services/order/timeline.h"

static const char *order_id_of(const struct incoming_message *in)
{
    return ((const struct order_choose *)in->message)->order_id;
}

void order_choose_need(const struct incoming_message *in, struct rows *rows)
{
    submission_need(order_id_of(in), rows);
}

void order_choose_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct submission_row *submission = submission_find(order_id_of(in), rows);

    if (submission != NULL) {
        order_need_all(submission->order_no, rows);
    }
}

static int64_t missing_of(const struct inventory_short_line *line)
{
    return line->quantity > line->available ? line->quantity - line->available : line->quantity;
}

#define CAN(choice) (INT64_C(1) << ORDER_CHOOSE_BODY_CHOICE_##choice)

/* What inventory does not know may be tried. */
int64_t choice_offers(const struct inventory_short *fact)
{
    bool wait = !fact->has_backorder_allowed || fact->backorder_allowed;
    bool partial = !fact->has_partial_allowed || fact->partial_allowed;

    return CAN(CANCEL) | (wait ? CAN(WAIT) : 0) | (partial ? CAN(ACCEPT_PARTIAL) : 0);
}

void ask_shopper(struct saga *saga)
{
    const struct inventory_short *fact = saga->message;
    struct line_quantity *missing =
        arena_alloc(saga->out->arena, fact->lines_count * sizeof *missing);
    struct detour_row *detour = detour_change(saga);

    for (size_t i = 0; i < fact->lines_count; i++) {
        missing[i] = (struct line_quantity){ fact->lines[i].line_no, fact->lines[i].sku,
                                             missing_of(&fact->lines[i]) };
    }
    detour->offered = choice_offers(fact);
    detour->asked = timeline_pieces(saga->out->arena, missing, fact->lines_count);
    saga->order->deadline_at = saga->out->now + (detour->ask_ms > 0 ? detour->ask_ms : ASK_MS);
    announce_asked(saga, missing, fact->lines_count, detour->offered);
}

void announce_answered(struct saga *saga)
{
    state_answered(saga, detour_find(saga)->choice);
}

/* A shopper who cancels is one who asks to cancel. */
static void choose(struct saga *saga, const struct incoming_message *in)
{
    const struct order_choose *request = in->message;
    struct detour_row *detour = detour_change(saga);

    detour->choice = request->body.choice;
    if (request->body.choice == ORDER_CHOOSE_BODY_CHOICE_CANCEL) {
        state_answered(saga, detour->choice);
        cancel_by_shopper(saga, in->id);
        return;
    }
    detour->reservation_no++; /* the first one is refused for ever */
    saga_take(saga, ON_CHOSEN);
}

void on_order_choose(struct decision *out, const struct incoming_message *in)
{
    const struct order_choose *request = in->message;
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    const struct detour_row *detour = detour_find(&saga);
    bool asked = saga.order->step == STEP_ASKING;

    if (asked && (detour->offered >> request->body.choice & 1) == 0) {
        order_reply_invalid(&saga, &in->reply, "/choice",
                            request->body.choice == ORDER_CHOOSE_BODY_CHOICE_WAIT
                                ? "is not offered: not all that is missing can be waited for"
                                : "is not offered: nothing of the order is there");
        return;
    }
    if (asked) {
        choose(&saga, in);
        saga_end(&saga);
    }
    if (asked || (detour != NULL && detour->choice == (int64_t)request->body.choice)) {
        order_reply_done(&saga, &in->reply, 200, saga.subject.id);
    } else {
        order_reply_conflict(&saga, &in->reply,
                             "nothing is asked any more: it was answered, or time ran out");
    }
}
