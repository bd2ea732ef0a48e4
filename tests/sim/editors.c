/* editors.c - people who change what was ordered: they look at what it would do, and mostly confirm it, some of them late or twice. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/order.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

#include <string.h>

enum { STATUS_CREATED = 201, WANTED_MAX = 3 };

static void propose(struct sim *sim, const struct order_plan *plan, struct order_edit_body body)
{
    const struct order_edit message = { .order_id = plan->id.text, .body = body };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_ORDER_EDIT, .key = plan->id.text, .message = &message });
}

/* One line besides, or two; of an item that it has, or of any. */
void editor_adds(struct sim *sim, const struct order_plan *plan)
{
    struct line_added added[] = {
        { .sku = plan->skus[0],
          .quantity = 1 + chance_below(&sim->chance, WANTED_MAX),
          .unit_price_minor = 100 + chance_below(&sim->chance, 5000),
          .discount_minor = chance_below(&sim->chance, 100) },
        { .sku = shop_item(chance_below(&sim->chance, SIM_ITEMS)),
          .quantity = 1,
          .unit_price_minor = chance_below(&sim->chance, 2000),
          .tax_minor = 0 },
    };

    propose(sim, plan,
            (struct order_edit_body){ .add = added,
                                      .add_count = 1 + (size_t)chance_below(&sim->chance, 2) });
}

void editor_edits(struct sim *sim, const struct order_plan *plan)
{
    const struct shipping_choice slow = { .service = "slow",
                                          .price_minor = chance_below(&sim->chance, 300) };
    struct line_wanted wanted[] = { { 1, chance_below(&sim->chance, WANTED_MAX) },
                                    { 2, chance_below(&sim->chance, WANTED_MAX) } };
    int64_t way = chance_below(&sim->chance, 13);

    if (way >= 10) {
        editor_adds(sim, plan);
    } else if (way < 3) {
        propose(sim, plan, (struct order_edit_body){ .note = "ring twice" });
    } else if (way == 3) {
        propose(sim, plan, (struct order_edit_body){ .shipping = &slow });
    } else {
        propose(sim, plan,
                (struct order_edit_body){ .lines = way < 7 ? wanted : wanted + 1,
                                          .lines_count = way < 5 ? 2 : 1,
                                          .shipping = way == 9 ? &slow : NULL });
    }
}

static void think_again(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        editor_edits(sim, subject);
    }
}

void editor_sees_confirmed(struct sim *sim, struct order_plan *plan)
{
    if (!sim->healed && chance_of(&sim->chance, 8000)) {
        sim_plan(sim, chance_below(&sim->chance, 10 * MINUTE_MS), think_again, plan, 0);
    }
}

static void confirm(struct sim *sim, void *subject, int64_t number)
{
    const struct order_edit_confirm message = { .edit_id = subject };
    struct order_id_text order_id;

    (void)number;
    (void)child_id_order(subject, &order_id);
    gateway_send(sim, &(struct request){ .type = MESSAGE_ORDER_EDIT_CONFIRM,
                                         .key = order_id.text,
                                         .message = &message });
}

void editor_hears(struct sim *sim, const struct gateway_reply *reply)
{
    if (reply->status != STATUS_CREATED || reply->subject_id == NULL ||
        child_id_counter(reply->subject_id, 'M') == 0 || !chance_of(&sim->chance, 90000)) {
        return;
    }
    char *edit_id = arena_copy_text(sim->kept, reply->subject_id, strlen(reply->subject_id));
    bool slow = chance_of(&sim->chance, 10000);
    for (int times = chance_of(&sim->chance, 20000) ? 2 : 1; times > 0; times--) {
        sim_plan(sim, chance_below(&sim->chance, slow ? HOUR_MS : 20 * SECOND_MS), confirm, edit_id,
                 0);
    }
}
