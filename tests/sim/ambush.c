/* ambush.c - looks for orders of which something is about to happen, and begins another thing. */
#include "tests/sim/ambush.h"

#include "tests/sim/carrier.h"
#include "tests/sim/columns.h"
#include "tests/sim/people.h"
#include "tests/sim/provider.h"
#include "tests/sim/shop.h"
#include "tests/sim/siege.h"

/* As the order service stores them. */
enum {
    STEP_FULFILLING = 5,
    STEP_CANCELING = 6,
    SHARE_TOLD = 2,
    SHARE_OPEN = 3,
    SHARE_CAPTURING = 6,
    SHARE_LABELING = 7,
    SHARE_LABELED = 8,
    SHARE_SHIPPED = 9,
    TASK_OPEN = 1,
    MATTER_WAITING = 2,
    MATTER_REFUND = 4
};
/* A few of each kind: what comes early leaves enough for what comes late. */
enum { LEFT = 8, OFTEN = 10000, ALWAYS = 100000 };
#define LOOK_PAUSE_MS (3 * MINUTE_MS)
/* Shorter than a step of an edit that adds lines waits. */
#define LASTS_MS (9 * MINUTE_MS)

static struct view order_view, detour_view, share_view, task_view, refund_view;

static void open_views(void)
{
    (void)view_once(&order_view, SIM_ORDER, "orders", "order_no step order_id open_tasks");
    (void)view_once(&detour_view, SIM_ORDER, "detour",
                    "order_no stock_due_at waiting_quantity payment_no");
    (void)view_once(&share_view, SIM_ORDER, "order_fulfillment", "order_no step captured");
    (void)view_once(&task_view, SIM_ORDER, "task", "order_no state matter fulfillment_no");
    (void)view_once(&refund_view, SIM_ORDER, "refund", "order_no state");
}

/* --- Who is away, and what happens meanwhile ---------------------------------------------------------- */

static void visit(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    if (!sim->healed) {
        (void)office_visit(sim);
    }
}

static void goods_come(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        meddlers_bother(sim, subject, SIM_INVENTORY);
    }
}

static void money_goes(struct sim *sim, void *subject, int64_t number)
{
    struct order_plan *plan = subject;

    (void)number;
    if (!sim->healed) {
        provider_lets_go(sim, plan->id.text);
    }
}

static void cancel_again(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        shopper_cancels(sim, subject);
    }
}

static void parcels_move(struct sim *sim, void *subject, int64_t number)
{
    struct order_plan *plan = subject;

    (void)number;
    carrier_hurries(sim, plan->id.text);
}

static void plan_some(struct sim *sim, int times, agenda_act *act, struct order_plan *plan)
{
    for (; times > 0; times--) {
        sim_plan(sim, chance_below(&sim->chance, LASTS_MS), act, plan, 0);
    }
}

/* The service, what it calls, or only what it says. */
static void nobody_answers(struct sim *sim, enum service_index service)
{
    int64_t way = chance_below(&sim->chance, 3), until = sim->now + LASTS_MS;

    if (way == 0) {
        siege_take_away(sim, service, until);
    } else if (way == 1) {
        siege_silence(sim, service, until);
    } else {
        sim->away_until[service] = until;
    }
}

/* --- What is asked -------------------------------------------------------------------------------------- */

static void add(struct sim *sim, struct order_plan *plan)
{
    nobody_answers(sim, chance_of(&sim->chance, 50000) ? SIM_INVENTORY : SIM_PAYMENT);
    editor_adds(sim, plan);
    plan_some(sim, 3, visit, NULL);
    plan_some(sim, 2, goods_come, plan);
    plan_some(sim, 1, money_goes, plan);
}

static void cut_now(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        shopper_cuts(sim, subject);
    }
}

/* A piece has come, and its place was told of it, when the order is asked to become less, or to end: that waits for the place. */
static void stop_what_came(struct sim *sim, struct order_plan *plan, agenda_act *stop)
{
    siege_silence(sim, SIM_FULFILLMENT, sim->now + LASTS_MS + MINUTE_MS);
    office_supply(sim, plan, 1);
    sim_plan(sim, 10 * SECOND_MS + chance_below(&sim->chance, MINUTE_MS), stop, plan, 0);
    plan_some(sim, 2, visit, NULL);
}

static void cut(struct sim *sim, struct order_plan *plan)
{
    stop_what_came(sim, plan, cut_now);
}

static void cancel(struct sim *sim, struct order_plan *plan)
{
    stop_what_came(sim, plan, cancel_again);
}

/* One place is done, the other leaves it: whoever asks again may hear of the one before the other. */
static void cancel_while_packed(struct sim *sim, struct order_plan *plan)
{
    pickers_hurry(sim, plan);
    shopper_cancels(sim, plan);
    siege_take_away(sim, SIM_ORDER, sim->now + MINUTE_MS);
    plan_some(sim, 12, cancel_again, plan);
}

/* Its labels are asked back while it leaves. */
static void cancel_on_the_way(struct sim *sim, struct order_plan *plan)
{
    nobody_answers(sim, SIM_SHIPPING);
    shopper_cancels(sim, plan);
    plan_some(sim, 3, parcels_move, plan);
}

static void recall_on_the_way(struct sim *sim, struct order_plan *plan)
{
    meddlers_bother(sim, plan, SIM_SHIPPING);
    meddlers_bother(sim, plan, SIM_SHIPPING);
    plan_some(sim, 3, parcels_move, plan);
}

/* The rest is not wanted any more, and nobody hears that its goods have come before its parcel arrives. */
static void cancel_rest(struct sim *sim, struct order_plan *plan)
{
    siege_silence(sim, SIM_INVENTORY, sim->now + 3 * DAY_MS);
    office_supply(sim, plan, 20);
    sim_plan(sim, MINUTE_MS, cancel_again, plan, 0);
}

/* --- Occasions ------------------------------------------------------------------------------------------ */

typedef void plot(struct sim *sim, struct order_plan *plan);

static bool draw(struct sim *sim, enum occasion occasion, int64_t likely)
{
    return sim->ambushes_left[occasion] > 0 && chance_of(&sim->chance, likely);
}

static struct order_plan *plan_of(struct sim *sim, const void *order)
{
    struct order_id_text id = order_id_format(view_bytes(&order_view, order, 2).bytes);

    return names_find(&sim->orders_by_id, id.text);
}

static void begin(struct sim *sim, enum occasion occasion, int64_t order_no, plot *begins)
{
    struct memory_slice orders = view_find(sim, SIM_ORDER, &order_view, key_number(order_no));

    if (orders.count == 0 || view_int(&order_view, orders.rows[0], 1) != STEP_FULFILLING) {
        return;
    }
    struct order_plan *plan = plan_of(sim, orders.rows[0]);
    if (plan != NULL) {
        sim->ambushes_left[occasion]--;
        begins(sim, plan);
    }
}

static void begin_before_late(struct sim *sim, int64_t order_no)
{
    static plot *const plots[] = { add, add, cut, cancel };

    if (draw(sim, STOCK_IS_LATE_SOON, ALWAYS / 2)) {
        begin(sim, STOCK_IS_LATE_SOON, order_no, plots[chance_below(&sim->chance, 4)]);
    }
}

static void look_at_detours(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &detour_view, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&detour_view, rows[i], 0);
        int64_t due_at = view_int(&detour_view, rows[i], 1);

        if (due_at > sim->now && due_at < sim->now + 2 * LOOK_PAUSE_MS) {
            begin_before_late(sim, order_no);
        } else if (view_int(&detour_view, rows[i], 2) > 0 &&
                   draw(sim, STOCK_IS_AWAITED, OFTEN / 20)) {
            begin(sim, STOCK_IS_AWAITED, order_no, add);
        } else if (view_int(&detour_view, rows[i], 3) > 1 &&
                   draw(sim, PAYMENT_IS_RENEWED, OFTEN / 2)) {
            begin(sim, PAYMENT_IS_RENEWED, order_no, add);
        }
    }
}

static bool waits_for_stock(struct sim *sim, int64_t order_no)
{
    struct memory_slice rows = view_find(sim, SIM_ORDER, &detour_view, key_number(order_no));

    return rows.count > 0 && view_int(&detour_view, rows.rows[0], 2) > 0;
}

static void look_at_shares(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &share_view, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&share_view, rows[i], 0);
        int64_t step = view_int(&share_view, rows[i], 1);
        bool paid = view_bool(&share_view, rows[i], 2);

        if ((step == SHARE_TOLD || step == SHARE_OPEN) && draw(sim, WORK_IS_DONE, OFTEN / 100)) {
            begin(sim, WORK_IS_DONE, order_no, cancel_while_packed);
        } else if (step == SHARE_LABELED && !paid && draw(sim, PARCEL_WAITS, OFTEN / 20)) {
            begin(sim, PARCEL_WAITS, order_no, cancel_on_the_way);
        } else if (step == SHARE_SHIPPED && waits_for_stock(sim, order_no) &&
                   draw(sim, LAST_PARCEL_IS_OUT, OFTEN)) {
            begin(sim, LAST_PARCEL_IS_OUT, order_no, cancel_rest);
        } else if (step == SHARE_LABELING && draw(sim, LABEL_IS_BOUGHT, OFTEN)) {
            begin(sim, LABEL_IS_BOUGHT, order_no, recall_on_the_way);
        }
    }
}

static void look_at_tasks(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &task_view, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t matter = view_int(&task_view, rows[i], 2);

        if (view_int(&task_view, rows[i], 1) == TASK_OPEN &&
            view_int(&task_view, rows[i], 3) == 0 &&
            (matter == MATTER_WAITING || matter == MATTER_REFUND) &&
            draw(sim, TASK_IS_OPEN, OFTEN)) {
            begin(sim, TASK_IS_OPEN, view_int(&task_view, rows[i], 0), add);
        }
    }
}

static void look_at_refunds(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &refund_view, &count);

    for (size_t i = 0; i < count; i++) {
        if (draw(sim, MONEY_GOES_BACK, OFTEN / 20)) {
            begin(sim, MONEY_GOES_BACK, view_int(&refund_view, rows[i], 0), add);
        }
    }
}

static void look(struct sim *sim, void *subject, int64_t number)
{
    if (sim->healed) {
        return;
    }
    open_views();
    look_at_detours(sim);
    look_at_shares(sim);
    look_at_tasks(sim);
    look_at_refunds(sim);
    if (draw(sim, TRANSFER_IS_ASKED, OFTEN / 10)) {
        sim->ambushes_left[TRANSFER_IS_ASKED]--;
        hauliers_race(sim);
    }
    sim_plan(sim, LOOK_PAUSE_MS, look, subject, number);
}

/* A place was faster than the cancellation; while the others have not answered, it is asked for again. */
static void look_at_canceling(struct sim *sim, const void *order)
{
    struct memory_slice shares =
        view_find(sim, SIM_ORDER, &share_view, key_number(view_int(&order_view, order, 0)));
    struct order_plan *plan = plan_of(sim, order);

    for (size_t i = 0; plan != NULL && i < shares.count; i++) {
        if (view_int(&share_view, shares.rows[i], 1) == SHARE_CAPTURING) {
            sim->ambushes_left[ONE_PLACE_IS_PACKED]--;
            siege_silence(sim, SIM_FULFILLMENT, sim->now + MINUTE_MS);
            shopper_cancels(sim, plan);
            return;
        }
    }
}

void ambush_look(struct sim *sim)
{
    size_t count = 0;

    if (sim->healed || sim->ambushes_left[ONE_PLACE_IS_PACKED] == 0) {
        return;
    }
    open_views();
    void **rows = view_rows(sim, SIM_ORDER, &order_view, &count);
    for (size_t i = 0; i < count && sim->ambushes_left[ONE_PLACE_IS_PACKED] > 0; i++) {
        if (view_int(&order_view, rows[i], 1) == STEP_CANCELING) {
            look_at_canceling(sim, rows[i]);
        }
    }
}

void ambush_begin(struct sim *sim)
{
    if (sim->temper.ambush) {
        for (size_t i = 0; i < OCCASIONS; i++) {
            sim->ambushes_left[i] = LEFT;
        }
        sim_plan(sim, LOOK_PAUSE_MS, look, NULL, 0);
    }
}
