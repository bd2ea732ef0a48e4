/* siege.c - waits until something is in one of the steps that last milliseconds, and lets it stay there for hours. */
#include "tests/sim/siege.h"

#include "common/id.h"
#include "tests/sim/columns.h"
#include "tests/sim/people.h"
#include "tests/sim/process.h"
#include "tests/sim/shop.h"

/* As the order service stores them. */
enum {
    STEP_RESERVING = 2,
    STEP_AUTHORIZING = 3,
    STEP_AWAITING_SHOPPER = 4,
    STEP_CANCELING = 6,
    STEP_UNDOING = 7,
    STEP_UNDOING_STOCK = 8,
    STEP_UNDOING_MONEY = 9,
    STEP_HELD = 12,
    STEP_ASKING = 13,
    STEP_REDUCING = 14,
};
enum {
    SHARE_TOLD = 2,
    SHARE_OPEN = 3,
    SHARE_ASKED = 4,
    SHARE_ASKED_LATE = 5,
    SHARE_CAPTURING = 6,
    SHARE_LABELING = 7,
    SHARE_LABELED = 8,
    SHARE_SHIPPED = 9,
    SHARE_HELD = 13,
    SHARE_PACKED = 14,
    SHARE_REDUCING = 15,
    SHARE_REDUCING_LATE = 16,
    SHARE_UNLABELED = 17,
    SHARE_LOST = 18,
    SHARE_COLLECTING = 19,
    SHARE_UNPAID = 20,
    SHARE_SOURCING = 21,
    SHARE_RESENDING = 22,
    SHARE_VOIDING = 23,
    SHARE_SET_ASIDE = 24
};
enum { ACTS_MAX = 30, RARE = 10000 };

/* Who has to answer in a step, and how often, of 100,000 times that somebody looks, it is that moment: rarely where a step lasts
 * for hours, often where it is hardly ever seen. */
static const struct moment {
    int64_t step;
    enum service_index who;
    int64_t often;
} of_orders[] = {
    { STEP_RESERVING, SIM_INVENTORY, 200 },
    { STEP_AUTHORIZING, SIM_PAYMENT, 200 },
    { STEP_AWAITING_SHOPPER, SIM_PAYMENT, 20 },
    { STEP_CANCELING, SIM_FULFILLMENT, 20000 },
    { STEP_UNDOING, SIM_INVENTORY, 10000 },
    { STEP_UNDOING_STOCK, SIM_INVENTORY, 10000 },
    { STEP_UNDOING_MONEY, SIM_PAYMENT, 5000 },
    { STEP_HELD, SIM_PAYMENT, 100 },
    { STEP_ASKING, SIM_INVENTORY, 100 },
    { STEP_REDUCING, SIM_FULFILLMENT, 20000 },
}, of_shares[] = {
    { SHARE_TOLD, SIM_FULFILLMENT, 100 },
    { SHARE_OPEN, SIM_FULFILLMENT, 20 },
    { SHARE_ASKED, SIM_FULFILLMENT, 20000 },
    { SHARE_ASKED_LATE, SIM_FULFILLMENT, 70000 },
    { SHARE_HELD, SIM_FULFILLMENT, 1000 },
    { SHARE_REDUCING, SIM_FULFILLMENT, 20000 },
    { SHARE_REDUCING_LATE, SIM_FULFILLMENT, 70000 },
    { SHARE_CAPTURING, SIM_PAYMENT, 200 },
    { SHARE_UNPAID, SIM_PAYMENT, 1000 },
    { SHARE_COLLECTING, SIM_PAYMENT, 10000 },
    { SHARE_PACKED, SIM_PAYMENT, 300 },
    { SHARE_LABELING, SIM_SHIPPING, 100 },
    { SHARE_LABELED, SIM_SHIPPING, 10 },
    { SHARE_SHIPPED, SIM_SHIPPING, 5 },
    { SHARE_VOIDING, SIM_SHIPPING, 20000 },
    { SHARE_UNLABELED, SIM_SHIPPING, 500 },
    { SHARE_SET_ASIDE, SIM_FULFILLMENT, 20000 },
    { SHARE_LOST, SIM_INVENTORY, 300 },
    { SHARE_SOURCING, SIM_INVENTORY, 30000 },
    { SHARE_RESENDING, SIM_INVENTORY, 50000 },
};
enum {
    ORDER_MOMENTS = sizeof of_orders / sizeof of_orders[0],
    SHARE_MOMENTS = sizeof of_shares / sizeof of_shares[0],
    STEPS_MAX = 32
};

static const struct moment *orders_in[STEPS_MAX], *shares_in[STEPS_MAX];
static struct view order_view, share_view;

static void open_views(void)
{
    (void)view_once(&order_view, SIM_ORDER, "orders", "order_no step order_id");
    (void)view_once(&share_view, SIM_ORDER, "order_fulfillment", "order_no step");
    for (size_t i = 0; i < ORDER_MOMENTS; i++) {
        orders_in[of_orders[i].step] = &of_orders[i];
    }
    for (size_t i = 0; i < SHARE_MOMENTS; i++) {
        shares_in[of_shares[i].step] = &of_shares[i];
    }
}

/* --- Away ------------------------------------------------------------------------------------------ */

void siege_take_away(struct sim *sim, enum service_index service, int64_t until)
{
    for (size_t i = 0; i < sim->process_count; i++) {
        if (sim->processes[i].service == service) {
            process_crash(&sim->processes[i]);
            sim->processes[i].asleep_until = until;
        }
    }
}

/* The service itself, or the company that it calls. */
static void take_away(struct sim *sim, enum service_index service, int64_t until)
{
    bool calls = service == SIM_PAYMENT || service == SIM_SHIPPING;

    if (calls && chance_of(&sim->chance, 20000)) {
        sim->away_until[service] =
            until < sim->now + 70 * MINUTE_MS ? until : sim->now + 70 * MINUTE_MS;
    } else {
        siege_take_away(sim, service, until);
    }
}

/* --- The moment ------------------------------------------------------------------------------------ */

static struct order_plan *plan_of(struct sim *sim, int64_t order_no)
{
    struct memory_slice orders = view_find(sim, SIM_ORDER, &order_view, key_number(order_no));
    struct order_id_text id = order_id_format(view_bytes(&order_view, orders.rows[0], 2).bytes);

    return names_find(&sim->orders_by_id, id.text);
}

static void disturb(struct sim *sim, void *subject, int64_t service)
{
    if (sim->healed) {
        return;
    }
    if (chance_of(&sim->chance, 50000)) {
        meddlers_meddle(sim, subject);
    } else {
        meddlers_bother(sim, subject, (enum service_index)service);
    }
}

static void decide(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    if (!sim->healed) {
        (void)office_visit(sim);
    }
}

/* The stock and the money of an order come back together: neither does. */
static enum service_index draw_other(struct sim *sim, const struct moment *moment)
{
    return moment == orders_in[STEP_UNDOING]
               ? SIM_PAYMENT
               : (enum service_index)chance_between(&sim->chance, SIM_INVENTORY, SIM_SHIPPING);
}

static void begin(struct sim *sim, struct order_plan *plan, const struct moment *moment)
{
    bool both = moment == orders_in[STEP_UNDOING] || chance_of(&sim->chance, 30000);
    int64_t lasts_ms = chance_of(&sim->chance, 40000) ? chance_below(&sim->chance, HOUR_MS)
                                                      : chance_below(&sim->chance, 8 * HOUR_MS);

    take_away(sim, moment->who, sim->now + lasts_ms);
    if (both) {
        take_away(sim, draw_other(sim, moment), sim->now + lasts_ms);
    }
    for (int64_t acts = chance_between(&sim->chance, 1, ACTS_MAX); acts > 0; acts--) {
        int64_t at = chance_of(&sim->chance, 60000)
                         ? chance_below(&sim->chance, lasts_ms)
                         : lasts_ms + chance_soon(&sim->chance, 10 * MINUTE_MS);

        sim_plan(sim, at, disturb, plan, moment->who);
    }
    for (int64_t at = HOUR_MS; at < lasts_ms; at += HOUR_MS) {
        sim_plan(sim, at, decide, NULL, 0);
    }
}

/* Orders or shares of them: whether it is the moment of one. */
static bool look_at(struct sim *sim, const struct view *view, const struct moment *const *moments)
{
    bool may_begin = sim->now >= sim->siege.begins_at;
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, view, &count);

    for (size_t i = 0; i < count; i++) {
        const struct moment *moment = moments[view_int(view, rows[i], 1)];

        if (moment != NULL && (may_begin || moment->often >= RARE) &&
            chance_of(&sim->chance, moment->often)) {
            begin(sim, plan_of(sim, view_int(view, rows[i], 0)), moment);
            return true;
        }
    }
    return false;
}

void siege_look(struct sim *sim)
{
    struct siege *siege = &sim->siege;

    if (siege->left == 0 || sim->healed) {
        return;
    }
    open_views();
    if (look_at(sim, &share_view, shares_in) || look_at(sim, &order_view, orders_in)) {
        siege->left--;
        siege->begins_at = sim->now + chance_below(&sim->chance, 6 * HOUR_MS);
    }
}
