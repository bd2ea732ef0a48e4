/* drafters.c - orders that are entered as drafts: saved again, submitted by two at once, discarded, or left to expire. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/order.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

enum { SUBMISSIONS_MAX = 3 };

/* A draft and the order that it says. */
struct entered {
    struct order_plan *plan;
    const char *draft_id;
    struct order_submit order;
};

static void save(struct sim *sim, const struct entered *entered, bool make)
{
    const struct draft_save message = { .draft_id = entered->draft_id,
                                        .make = make,
                                        .channel = entered->order.channel,
                                        .content = "{}",
                                        .email = entered->order.customer.email,
                                        .line_count = (int64_t)entered->order.lines_count };

    gateway_send(sim, &(struct request){ .type = MESSAGE_DRAFT_SAVE,
                                         .key = entered->plan->id.text,
                                         .message = &message });
}

static void save_again(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    save(sim, subject, false);
}

/* By the shop, until then: whoever saves it again afterwards is refused, or takes it back. */
static void offer(struct sim *sim, void *subject, int64_t number)
{
    const struct entered *entered = subject;
    const struct draft_offer message = { .draft_id = entered->draft_id,
                                         .body = { .valid_until = sim->now + number } };

    gateway_send(sim, &(struct request){ .type = MESSAGE_DRAFT_OFFER,
                                         .key = entered->plan->id.text,
                                         .message = &message });
}

static void discard(struct sim *sim, void *subject, int64_t number)
{
    const struct entered *entered = subject;
    const struct draft_discard message = { .draft_id = entered->draft_id };

    (void)number;
    gateway_send(sim, &(struct request){ .type = MESSAGE_DRAFT_DISCARD,
                                         .key = entered->plan->id.text,
                                         .message = &message });
}

/* Each of them says something else: the draft is one order all the same. */
static void submit(struct sim *sim, void *subject, int64_t number)
{
    const struct entered *entered = subject;
    struct order_submit order = entered->order;

    order.note = text_format(sim->ctx.arena, "submission %lld", (long long)number);
    gateway_send(sim,
                 &(struct request){ .type = MESSAGE_ORDER_SUBMIT,
                                    .key = entered->plan->id.text,
                                    .message = &order,
                                    .id = text_format(sim->ctx.arena, "req_s%03llx%028llx",
                                                      (unsigned long long)number + 1,
                                                      (unsigned long long)entered->plan->number),
                                    .channel = order.channel });
}

/* Its texts live as long as the world: it is sent later. */
static struct order_submit keep_order(struct sim *sim, const struct order_submit *order)
{
    struct order_submit kept = *order;
    struct order_submit_line *lines = arena_alloc(sim->kept, order->lines_count * sizeof *lines);

    for (size_t i = 0; i < order->lines_count; i++) {
        lines[i] = order->lines[i];
    }
    kept.lines = lines;
    kept.channel_order_ref = NULL;
    kept.customer.email =
        order->customer.email == NULL ? NULL : text_format(sim->kept, "%s", order->customer.email);
    kept.purchase_order_number = order->purchase_order_number == NULL
                                     ? NULL
                                     : text_format(sim->kept, "%s", order->purchase_order_number);
    return kept;
}

void drafter_enters(struct sim *sim, struct order_plan *plan, struct order_submit *order)
{
    struct entered *entered = arena_alloc(sim->kept, sizeof *entered);

    *entered = (struct entered){ .plan = plan,
                                 .draft_id = text_format(sim->kept, "%s-D1", plan->id.text),
                                 .order = keep_order(sim, order) };
    entered->order.draft_id = entered->draft_id;
    plan->draft = true;
    save(sim, entered, true);
    if (chance_of(&sim->chance, 30000)) {
        sim_plan(sim, chance_below(&sim->chance, 2 * SHOP_DRAFT_MS), save_again, entered, 0);
    }
    if (chance_of(&sim->chance, 30000)) {
        sim_plan(sim, chance_below(&sim->chance, SHOP_DRAFT_MS), offer, entered,
                 chance_below(&sim->chance, 2 * SHOP_DRAFT_MS));
    }
    if (chance_of(&sim->chance, 10000)) {
        sim_plan(sim, chance_below(&sim->chance, 2 * SHOP_DRAFT_MS), discard, entered, 0);
    }
    for (int64_t i = chance_between(&sim->chance, 1, SUBMISSIONS_MAX); i > 0; i--) {
        int64_t within_ms = chance_of(&sim->chance, 40000) ? SECOND_MS : SHOP_DRAFT_MS * 3 / 2;

        sim_plan(sim, chance_below(&sim->chance, within_ms), submit, entered, i);
    }
}
