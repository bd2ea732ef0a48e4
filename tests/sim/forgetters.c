/* forgetters.c - customers who want to be forgotten once an order of theirs is over, and ask again while others are not. */
#include "tests/sim/people.h"

#include "common/text.h"
#include "proto/order.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

#include <string.h>

enum { TIMES = 4, PERCENT_WHO_ASK = 12 };

/* Whoever of the orders of a customer names them: services.c says which are one's. */
static void ask(struct sim *sim, void *subject, int64_t times)
{
    const struct order_plan *plan = subject;
    bool waits = chance_below(&sim->chance, 4) == 0;
    const struct customer_erase message = {
        .customer_id = text_format(sim->ctx.arena, "cus_%s", plan->id.text + strlen("ord_")),
        .body = { .when_over = waits, .has_when_over = waits },
    };

    gateway_send(sim, &(struct request){ .type = MESSAGE_CUSTOMER_ERASE,
                                         .key = message.customer_id,
                                         .message = &message });
    if (times > 1) {
        sim_plan(sim, chance_below(&sim->chance, 2 * DAY_MS), ask, subject, times - 1);
    }
}

void forgetter_sees_end(struct sim *sim, struct order_plan *plan)
{
    if (chance_below(&sim->chance, 100) < PERCENT_WHO_ASK) {
        sim_plan(sim, chance_below(&sim->chance, 2) * chance_below(&sim->chance, DAY_MS), ask, plan,
                 TIMES);
    }
}
