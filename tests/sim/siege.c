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
    STEP_ADDING_STOCK = 15,
    STEP_ADDING_MONEY = 16,
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
    SHARE_SET_ASIDE = 24,
    SHARE_SEEKING = 25
};
enum { ACTS_MAX = 80, RUSH_ACTS = 300, SQUEEZED = 60, RARE = 10000, ALWAYS = 100000 };
/* How soon another siege may begin; of the moments that always are one, not while the last one of them may last. */
#define PAUSE_MS      (4 * HOUR_MS)
#define PAUSE_RARE_MS (2 * HOUR_MS)

/* Who has to answer in a step, whose people act meanwhile, and how often, of 100,000 times that somebody looks, it is that moment:
 * rarely where a step lasts for hours, often where it is hardly ever seen. */
static const struct moment {
    int64_t step;
    enum service_index who, whose_people;
    int64_t often;
} of_orders[] = {
    { STEP_RESERVING, SIM_INVENTORY, SIM_INVENTORY, 200 },
    { STEP_AUTHORIZING, SIM_PAYMENT, SIM_PAYMENT, 200 },
    { STEP_AWAITING_SHOPPER, SIM_PAYMENT, SIM_PAYMENT, 20 },
    { STEP_CANCELING, SIM_FULFILLMENT, SIM_FULFILLMENT, 20000 },
    { STEP_UNDOING, SIM_INVENTORY, SIM_INVENTORY, 10000 },
    { STEP_UNDOING_STOCK, SIM_INVENTORY, SIM_INVENTORY, 10000 },
    { STEP_UNDOING_MONEY, SIM_PAYMENT, SIM_PAYMENT, 5000 },
    { STEP_HELD, SIM_PAYMENT, SIM_PAYMENT, 100 },
    { STEP_ASKING, SIM_INVENTORY, SIM_INVENTORY, 100 },
    { STEP_REDUCING, SIM_FULFILLMENT, SIM_FULFILLMENT, 20000 },
    { STEP_ADDING_STOCK, SIM_INVENTORY, SIM_INVENTORY, 30000 },
    { STEP_ADDING_MONEY, SIM_PAYMENT, SIM_PAYMENT, 30000 },
}, of_shares[] = {
    { SHARE_TOLD, SIM_FULFILLMENT, SIM_FULFILLMENT, 100 },
    { SHARE_OPEN, SIM_FULFILLMENT, SIM_FULFILLMENT, 20 },
    { SHARE_ASKED, SIM_FULFILLMENT, SIM_FULFILLMENT, 20000 },
    { SHARE_ASKED_LATE, SIM_FULFILLMENT, SIM_FULFILLMENT, 70000 },
    { SHARE_HELD, SIM_FULFILLMENT, SIM_FULFILLMENT, 1000 },
    { SHARE_REDUCING, SIM_FULFILLMENT, SIM_FULFILLMENT, 20000 },
    { SHARE_REDUCING_LATE, SIM_FULFILLMENT, SIM_FULFILLMENT, 70000 },
    { SHARE_CAPTURING, SIM_PAYMENT, SIM_PAYMENT, 200 },
    { SHARE_UNPAID, SIM_PAYMENT, SIM_PAYMENT, 1000 },
    { SHARE_COLLECTING, SIM_PAYMENT, SIM_PAYMENT, 10000 },
    { SHARE_PACKED, SIM_PAYMENT, SIM_PAYMENT, 300 },
    { SHARE_LABELING, SIM_SHIPPING, SIM_SHIPPING, 100 },
    { SHARE_LABELED, SIM_SHIPPING, SIM_SHIPPING, 10 },
    { SHARE_SHIPPED, SIM_SHIPPING, SIM_SHIPPING, 5 },
    { SHARE_VOIDING, SIM_SHIPPING, SIM_SHIPPING, 20000 },
    { SHARE_UNLABELED, SIM_SHIPPING, SIM_SHIPPING, 500 },
    { SHARE_SET_ASIDE, SIM_FULFILLMENT, SIM_FULFILLMENT, 20000 },
    { SHARE_LOST, SIM_INVENTORY, SIM_SHIPPING, 5000 },
    { SHARE_SOURCING, SIM_INVENTORY, SIM_INVENTORY, ALWAYS },
    { SHARE_RESENDING, SIM_INVENTORY, SIM_SHIPPING, ALWAYS },
    { SHARE_SEEKING, SIM_INVENTORY, SIM_INVENTORY, ALWAYS },
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

/* What it said is acknowledged: it looks again. */
static void is_heard_again(struct sim *sim, void *subject, int64_t number)
{
    struct process *process = subject;

    (void)sim;
    (void)number;
    process->rests_until = 0;
}

void siege_silence(struct sim *sim, enum service_index service, int64_t until)
{
    for (size_t i = 0; i < sim->process_count; i++) {
        struct process *process = &sim->processes[i];

        if (process->service == service && !process->dead) {
            broker_memory_stall(process->broker, until);
            sim_plan(sim, until - sim->now + SECOND_MS, is_heard_again, process, 0);
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
    int64_t drawn = chance_below(&sim->chance, 100);

    if (sim->healed) {
        return;
    }
    if (drawn < 35) {
        meddlers_meddle(sim, subject);
    } else if (drawn < 75) {
        meddlers_bother(sim, subject, (enum service_index)service);
    } else {
        meddlers_bother(sim, subject,
                        (enum service_index)chance_between(&sim->chance, SIM_ORDER, SIM_SHIPPING));
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

static void company_is_away(struct sim *sim, void *subject, int64_t service)
{
    (void)subject;
    sim->away_until[service] = sim->now + chance_below(&sim->chance, 70 * MINUTE_MS);
}

/* It is not that nobody answers, but that nobody hears it; or what the order asks is not heard. */
static void silence(struct sim *sim, enum service_index service, int64_t lasts_ms)
{
    bool asks = chance_of(&sim->chance, 40000);

    siege_silence(sim, asks ? SIM_ORDER : service, sim->now + lasts_ms);
    if (chance_of(&sim->chance, 50000)) {
        sim_plan(sim, chance_soon(&sim->chance, lasts_ms), company_is_away, NULL, service);
    }
}

/* The order's own shopper and people, and those of others that are in the same case. */
static void plan_acts(struct sim *sim, struct order_plan *plan, enum service_index who,
                      int64_t lasts_ms)
{
    for (int64_t acts = chance_between(&sim->chance, 1, ACTS_MAX); acts > 0; acts--) {
        int64_t at = chance_of(&sim->chance, 60000)
                         ? chance_below(&sim->chance, lasts_ms)
                         : lasts_ms + chance_soon(&sim->chance, 10 * MINUTE_MS);
        int64_t other = chance_below(&sim->chance, (int64_t)sim->order_count);

        sim_plan(sim, at, disturb, chance_of(&sim->chance, 40000) ? plan : sim->orders[other], who);
    }
}

static void begin(struct sim *sim, struct order_plan *plan, const struct moment *moment)
{
    bool both = moment == orders_in[STEP_UNDOING] || chance_of(&sim->chance, 30000);
    int64_t lasts_ms =
        1 + (chance_of(&sim->chance, 40000) ? chance_below(&sim->chance, HOUR_MS)
                                            : chance_below(&sim->chance, 8 * HOUR_MS));

    if (chance_of(&sim->chance, 50000)) {
        silence(sim, moment->who, lasts_ms);
    } else {
        take_away(sim, moment->who, sim->now + lasts_ms);
    }
    if (both) {
        take_away(sim, draw_other(sim, moment), sim->now + lasts_ms);
    }
    sim_plan(sim, MINUTE_MS, decide, NULL, 0);
    plan_acts(sim, plan, moment->whose_people, lasts_ms);
    for (int64_t at = HOUR_MS; at < lasts_ms; at += HOUR_MS) {
        sim_plan(sim, at, decide, NULL, 0);
    }
}

static void take_all(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        cashiers_take_all(sim, subject);
    }
}

static void cut(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        shopper_cuts(sim, subject);
    }
}

static void stop(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        chance_of(&sim->chance, 50000) ? shopper_cuts(sim, subject) : shopper_cancels(sim, subject);
    }
}

static void rush_fulfillment(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    if (!sim->healed) {
        siege_rush(sim, chance_of(&sim->chance, 50000) ? SIM_FULFILLMENT : SIM_ORDER, 3 * HOUR_MS);
    }
}

void siege_rush(struct sim *sim, enum service_index service, int64_t lasts_ms)
{
    if (chance_of(&sim->chance, 60000)) {
        siege_silence(sim, service, sim->now + lasts_ms);
    } else {
        siege_take_away(sim, service, sim->now + lasts_ms);
    }
    for (int i = 0; i < RUSH_ACTS; i++) {
        int64_t drawn = chance_below(&sim->chance, (int64_t)sim->order_count);

        sim_plan(sim, chance_below(&sim->chance, lasts_ms), disturb, sim->orders[drawn], service);
    }
    for (int64_t at = MINUTE_MS; at < lasts_ms; at += 30 * MINUTE_MS) {
        sim_plan(sim, at, decide, NULL, 0);
    }
}

void siege_squeeze(struct sim *sim)
{
    for (int i = 0; i < SQUEEZED; i++) {
        struct order_plan *plan =
            sim->orders[chance_below(&sim->chance, (int64_t)sim->order_count)];

        sim_plan(sim, 0, take_all, plan, 0);
        sim_plan(sim, SECOND_MS, cut, plan, 0);
        sim_plan(sim, 10 * SECOND_MS + chance_below(&sim->chance, HOUR_MS), stop, plan, 0);
    }
    sim_plan(sim, 5 * SECOND_MS, rush_fulfillment, NULL, 0);
}

static void note_begin(struct sim *sim, const struct moment *moment)
{
    struct siege *siege = &sim->siege;

    if (moment->often == ALWAYS) {
        siege->rare_left--;
        siege->rare_begins_at = sim->now + PAUSE_RARE_MS;
    } else {
        siege->left--;
        siege->begins_at = sim->now + chance_below(&sim->chance, PAUSE_MS);
    }
}

/* Orders or shares of them: whether it is the moment of one. */
static bool look_at(struct sim *sim, const struct view *view, const struct moment *const *moments)
{
    const struct siege *siege = &sim->siege;
    bool may_be_rare = siege->rare_left > 0 && sim->now >= siege->rare_begins_at;
    int64_t least = siege->left > 0 && sim->now >= siege->begins_at ? 0
                    : siege->left > 0                               ? RARE
                                                                    : ALWAYS;
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, view, &count);

    for (size_t i = 0; i < count; i++) {
        const struct moment *moment = moments[view_int(view, rows[i], 1)];

        if (moment != NULL && moment->often >= least && (moment->often < ALWAYS || may_be_rare) &&
            chance_of(&sim->chance, moment->often)) {
            note_begin(sim, moment);
            begin(sim, plan_of(sim, view_int(view, rows[i], 0)), moment);
            return true;
        }
    }
    return false;
}

void siege_look(struct sim *sim)
{
    if (sim->healed || (sim->siege.left == 0 && sim->siege.rare_left == 0)) {
        return;
    }
    open_views();
    (void)(look_at(sim, &share_view, shares_in) || look_at(sim, &order_view, orders_in));
}
