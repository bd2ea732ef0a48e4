/* office.c - the people with the list of tasks. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/order.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/shop.h"

enum { TASK_OPEN = 1, CALM_PERCENT = 40, SERIALS_ON_PALLET = 200 };

static struct view task_view, hold_view, order_view;

static void open_views(void)
{
    (void)view_once(&task_view, SIM_ORDER, "task", "order_no task_no state choices");
    (void)view_once(&hold_view, SIM_ORDER, "hold", "order_no hold_no released_at reason");
    (void)view_once(&order_view, SIM_ORDER, "orders", "order_no order_id");
}

static struct order_id_text id_of(struct sim *sim, int64_t order_no)
{
    struct memory_slice rows = view_find(sim, SIM_ORDER, &order_view, key_number(order_no));

    return order_id_format(view_bytes(&order_view, rows.rows[0], 1).bytes);
}

/* One of what the task offers; in the end one that gets somewhere. */
static int64_t draw_choice(struct sim *sim, int64_t choices)
{
    static const int64_t ends[] = { TASK_CHOICE_REFUND, TASK_CHOICE_CANCEL, TASK_CHOICE_REDUCE,
                                    TASK_CHOICE_DONE_BY_HAND };
    int64_t choice = 0;

    for (size_t i = 0; sim->healed && i < sizeof ends / sizeof ends[0]; i++) {
        if ((choices >> ends[i] & 1) != 0 && chance_of(&sim->chance, 60000)) {
            return ends[i];
        }
    }
    do {
        choice = chance_between(&sim->chance, 1, TASK_CHOICE_UNKNOWN - 1);
    } while ((choices >> choice & 1) == 0);
    return choice;
}

static void decide(struct sim *sim, const void *task)
{
    static const struct postal_address better = { .name = "Ada Lovelace",
                                                  .line1 = "Invalidenstr. 117",
                                                  .city = "Berlin",
                                                  .postal_code = "10115",
                                                  .country = "DE" };
    struct order_id_text order_id = id_of(sim, view_int(&task_view, task, 0));
    struct child_id_text task_id =
        child_id_format(order_id.text, 'T', view_int(&task_view, task, 1));
    const struct order_task_decide message = {
        .task_id = task_id.text,
        .body = { .choice = (enum task_choice)draw_choice(sim, view_int(&task_view, task, 3)),
                  .ship_to = &better },
    };

    gateway_send(sim, &(struct request){ .type = MESSAGE_ORDER_TASK_DECIDE,
                                         .key = order_id.text,
                                         .message = &message });
}

static void release(struct sim *sim, const void *hold)
{
    struct order_id_text order_id = id_of(sim, view_int(&hold_view, hold, 0));
    struct child_id_text hold_id =
        child_id_format(order_id.text, 'W', view_int(&hold_view, hold, 1));
    const struct order_hold_release message = { .order_id = order_id.text,
                                                .hold_id = hold_id.text };

    gateway_send(sim, &(struct request){ .type = MESSAGE_ORDER_HOLD_RELEASE,
                                         .key = order_id.text,
                                         .message = &message });
}

/* Nobody works through the whole list every day, unless the world is to come to rest. */
static bool looks_at_it(struct sim *sim)
{
    return sim->healed || chance_below(&sim->chance, 100) < CALM_PERCENT;
}

/* In the end there is credit enough: who waits for it hears so without anybody. */
static bool goes_by_itself(const struct sim *sim, const void *hold)
{
    return sim->healed && view_int(&hold_view, hold, 3) == HOLD_REASON_CREDIT;
}

int64_t office_visit(struct sim *sim)
{
    int64_t found = 0;
    size_t count = 0;

    open_views();
    void **tasks = view_rows(sim, SIM_ORDER, &task_view, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&task_view, tasks[i], 2) == TASK_OPEN && looks_at_it(sim)) {
            decide(sim, tasks[i]);
            found++;
        }
    }
    void **holds = view_rows(sim, SIM_ORDER, &hold_view, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&hold_view, holds[i], 2) == 0 && !goes_by_itself(sim, holds[i]) &&
            looks_at_it(sim)) {
            release(sim, holds[i]);
            found++;
        }
    }
    return found;
}

static void come_again(struct sim *sim, void *subject, int64_t number)
{
    if (!sim->healed) {
        (void)office_visit(sim);
        sim_plan(sim, 3 * HOUR_MS, come_again, subject, number);
    }
}

/* A file says what was counted of an item at two places, which may be one and the same: then the line is refused. */
static void import_count(struct sim *sim, int64_t item, int64_t place, int64_t counted)
{
    const char *sku = shop_item(item), *other = shop_place(chance_below(&sim->chance, SIM_PLACES));
    int64_t there = chance_below(&sim->chance, 40);
    const struct named_lots here = lots_counted(sim, sku, shop_place(place), counted),
                            too = lots_counted(sim, sku, other, there);
    const struct import_stock stock[] = {
        { .location = shop_place(place),
          .on_hand = counted,
          .lots = here.lots,
          .lots_count = here.count },
        { .location = other,
          .on_hand = there,
          .safety = chance_below(&sim->chance, 3),
          .has_safety = true,
          .lots = too.lots,
          .lots_count = too.count },
    };
    const struct item_import message = {
        .sku = sku, .item = shop_item_body(sim, item), .stock = stock, .stock_count = 2
    };

    gateway_send(sim,
                 &(struct request){ .type = MESSAGE_ITEM_IMPORT, .key = sku, .message = &message });
}

/* A pallet comes, or a count finds another number than the books have. */
static void change_stock(struct sim *sim, int64_t item, int64_t place, int64_t pieces)
{
    struct stock_adjust message = { .sku = shop_item(item),
                                    .location = shop_place(place),
                                    .reason = ADJUSTMENT_REASON_RECEIVED };
    struct named_lots named;

    if (pieces > 0) {
        message.has_quantity_change = true;
        message.quantity_change = pieces;
        named = lots_arriving(sim, message.sku, pieces, 0);
    } else {
        named = lots_counted(sim, message.sku, message.location, -pieces);
        message.has_counted = true;
        message.counted = -pieces;
        message.reason = ADJUSTMENT_REASON_COUNT;
        message.has_counted_at = chance_below(&sim->chance, 2) == 0;
        message.counted_at = sim->now - chance_below(&sim->chance, HOUR_MS);
    }
    message.lots = named.lots;
    message.lots_count = named.count;
    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_ADJUST, .key = message.sku, .message = &message });
}

static void stock_lives(struct sim *sim, void *subject, int64_t number)
{
    int64_t item = chance_below(&sim->chance, SIM_ITEMS);
    bool found_less = chance_of(&sim->chance, 3 * sim->temper.losses);
    bool comes = item != SIM_LATE_ITEM || !sim->temper.late_stock;

    if (!sim->healed && found_less && chance_below(&sim->chance, 3) == 0) {
        import_count(sim, item, chance_below(&sim->chance, SIM_PLACES),
                     chance_below(&sim->chance, 20));
    } else if (!sim->healed && (comes || found_less)) {
        change_stock(sim, item, chance_below(&sim->chance, SIM_PLACES),
                     found_less
                         ? -chance_below(&sim->chance, 20)
                         : lots_fit(shop_item(item),
                                    chance_between(&sim->chance, 1, sim->temper.scarce ? 6 : 60)));
    }
    if (!sim->healed) {
        sim_plan(sim,
                 chance_between(&sim->chance, 1, 20) *
                     (sim->temper.losses > 10000 ? MINUTE_MS : 5 * MINUTE_MS),
                 stock_lives, subject, number);
    }
}

/* Somebody looks at the shelves: pieces are broken, are to be looked at, are good again after all, or are thrown away. */
static void look_at(struct sim *sim, const char *sku, const char *place)
{
    struct stock_move message = {
        .sku = sku,
        .location = place,
        .from = (enum stock_condition)chance_between(&sim->chance, STOCK_CONDITION_SELLABLE,
                                                     STOCK_CONDITION_QUALITY_CONTROL),
        .to = (enum stock_condition)chance_between(&sim->chance, STOCK_CONDITION_SELLABLE,
                                                   STOCK_CONDITION_WRITTEN_OFF),
        .quantity = chance_between(&sim->chance, 1, 4),
        .reason = ADJUSTMENT_REASON_INSPECTION,
    };
    const struct named_lots named = lots_lying(sim, sku, place, message.from, message.quantity);

    if (named.pieces > 0) {
        message.quantity = named.pieces;
        message.lots = named.lots;
        message.lots_count = named.count;
    }
    gateway_send(sim,
                 &(struct request){ .type = MESSAGE_STOCK_MOVE, .key = sku, .message = &message });
}

static void keep_back(struct sim *sim, const char *sku, const char *place)
{
    const struct stock_safety message = { .sku = sku,
                                          .location = place,
                                          .quantity = chance_below(&sim->chance, 4) };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_STOCK_SAFETY, .key = sku, .message = &message });
}

static void shelves_are_seen_to(struct sim *sim, void *subject, int64_t number)
{
    const char *sku = shop_item(chance_below(&sim->chance, SIM_ITEMS));
    const char *place = shop_place(chance_below(&sim->chance, SIM_PLACES));

    if (sim->healed) {
        return;
    }
    if (chance_below(&sim->chance, 5) == 0) {
        keep_back(sim, sku, place);
    } else {
        look_at(sim, sku, place);
    }
    sim_plan(sim, chance_between(&sim->chance, 1, 60) * MINUTE_MS, shelves_are_seen_to, subject,
             number);
}

/* Nothing is left at a place, or anywhere. */
static void it_burns(struct sim *sim, void *subject, int64_t places)
{
    int64_t first = chance_below(&sim->chance, SIM_PLACES);

    (void)subject;
    for (int64_t i = 0; !sim->healed && i < places * SIM_ITEMS; i++) {
        change_stock(sim, i % SIM_ITEMS, (first + i / SIM_ITEMS) % SIM_PLACES, 0);
    }
}

/* Now, whatever was received an hour ago. */
static void count_none(struct sim *sim, int64_t item, int64_t place)
{
    const struct stock_adjust message = { .sku = shop_item(item),
                                          .location = shop_place(place),
                                          .has_counted = true,
                                          .reason = ADJUSTMENT_REASON_COUNT };

    gateway_send(sim, &(struct request){ .type = MESSAGE_STOCK_ADJUST,
                                         .key = shop_item(item),
                                         .message = &message });
}

/* Of what may be waited for there is hardly any. */
static void sell_out(struct sim *sim)
{
    for (int64_t i = 0; i < (int64_t)SIM_ITEMS * SIM_PLACES; i++) {
        if (shop_may_be_waited_for(i / SIM_PLACES)) {
            change_stock(sim, i / SIM_PLACES, i % SIM_PLACES, -chance_below(&sim->chance, 4));
        }
    }
}

static void it_is_late(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    if (!sim->healed) {
        shop_put_off(sim);
    }
}

void office_begin(struct sim *sim)
{
    if (chance_of(&sim->chance, 50000)) {
        sim_plan(sim, chance_below(&sim->chance, 3 * DAY_MS), it_is_late, NULL, 0);
    }
    if (sim->temper.scarce) {
        sell_out(sim);
    }
    for (int64_t place = 0; sim->temper.late_stock && place < SIM_PLACES; place++) {
        count_none(sim, SIM_LATE_ITEM, place);
    }
    if (sim->temper.life_ms > FORTNIGHT_MS) { /* some still wait for a transfer */
        sim_plan(sim, FORTNIGHT_MS - chance_below(&sim->chance, 2 * DAY_MS), it_burns, NULL,
                 SIM_PLACES);
    }
    if (chance_of(&sim->chance, sim->temper.losses)) {
        sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), it_burns, NULL,
                 chance_between(&sim->chance, 1, SIM_PLACES));
    }
    sim_plan(sim, HOUR_MS, come_again, NULL, 0);
    sim_plan(sim, 10 * SECOND_MS, stock_lives, NULL, 0);
    sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), shelves_are_seen_to, NULL, 0);
    hauliers_begin(sim);
    buyers_begin(sim);
    lenders_begin(sim);
    takers_begin(sim);
    stowers_begin(sim);
}

static void pallets_come(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    for (int64_t item = 0; item < SIM_ITEMS; item++) {
        change_stock(sim, item, 0,
                     lots_apart(shop_item(item)) == APART_SERIALS ? SERIALS_ON_PALLET : 100000);
    }
}

static bool is_of(const struct order_plan *plan, const char *sku)
{
    for (size_t i = 0; i < plan->sku_count; i++) {
        if (text_equal(plan->skus[i], sku)) {
            return true;
        }
    }
    return false;
}

void office_supply(struct sim *sim, const struct order_plan *plan, int64_t pieces)
{
    for (int64_t item = 0; item < SIM_ITEMS; item++) {
        if (is_of(plan, shop_item(item))) {
            change_stock(sim, item, chance_below(&sim->chance, SIM_PLACES), pieces);
        }
    }
}

void office_restock(struct sim *sim)
{
    sim_plan(sim, sim->temper.late_stock ? 20 * DAY_MS : 0, pallets_come, NULL, 0);
}
