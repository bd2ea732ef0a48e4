/* takers.c - people who take stock: sheet by sheet, while it sells; some count wrong, some count twice, some forget to.
 *
 * Some places have a policy: then what is drawn is what is due of one class, as GET /v1/locations/{code}/count-suggestions shows it.
 */
#include "tests/sim/people.h"

#include "common/text.h"
#include "proto/inventory.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/shop.h"

#include <stdlib.h>
#include <string.h>

enum {
    POLICY_PERCENT = 8,
    DUE_PERCENT = 50,
    LEDGER_SHIPPED = 2,
    COUNTER_OF_PIECES = 1,
    BASIS_PICKS = 1
};
/* Columns of a policy, behind its place. */
enum { BASIS = 1, DAYS, A_PERCENT, B_PERCENT, A_DAYS };
enum { DRAWN = 4, COUNTING = 1, SUBMITTED = 2, TO_COUNT = 1, NEWS_PERCENT = 30, ROUNDS_MAX = 3 };

static struct view sheet, line, stock, policy, ledger, watch;

static void open_views(void)
{
    (void)view_once(&sheet, SIM_INVENTORY, "count_sheet", "sheet_id state location round");
    (void)view_once(&line, SIM_INVENTORY, "count_line", "sheet_id sku location state");
    (void)view_once(&stock, SIM_INVENTORY, "stock", "sku location on_hand");
    (void)view_once(&policy, SIM_INVENTORY, "count_policy",
                    "location basis days a_percent b_percent a_days b_days c_days");
    (void)view_once(&ledger, SIM_INVENTORY, "stock_ledger",
                    "sku location kind counter quantity at");
    (void)view_once(&watch, SIM_INVENTORY, "stock_watch", "sku location counted_at");
}

static void ask(struct sim *sim, enum message_type type, const char *id, const void *message)
{
    gateway_send(sim,
                 &(struct request){ .type = type,
                                    .key = id,
                                    .message = message,
                                    .id = type == MESSAGE_STOCK_COUNT_SHEET ? id : NULL,
                                    .actor = chance_below(&sim->chance, 3) == 0 ? "user:boss"
                                                                                : "user:taker" });
}

static void draw_one(struct sim *sim)
{
    const char *id =
        text_format(sim->ctx.arena, "req_%032llx", (unsigned long long)++sim->requests_sent);
    const char *const skus[] = { shop_item(chance_below(&sim->chance, SIM_ITEMS)) };
    bool items = chance_below(&sim->chance, 3) == 0;
    const struct stock_count_sheet message = {
        .location = shop_place(chance_below(&sim->chance, SIM_PLACES)),
        .select = items ? COUNT_SELECTION_ITEMS : COUNT_SELECTION_PLACE,
        .skus = items ? skus : NULL,
        .skus_count = items ? 1 : 0,
        .after = items || chance_below(&sim->chance, 2) == 0 ? NULL : skus[0],
        .limit = DRAWN,
        .has_limit = true,
        .blind = chance_below(&sim->chance, 2) == 0,
        .has_blind = true,
        .tolerance_pieces = chance_below(&sim->chance, 2),
        .has_tolerance_pieces = true
    };

    ask(sim, MESSAGE_STOCK_COUNT_SHEET, id, &message);
}

/* --- By class ------------------------------------------------------------------------------------- */

/* What people ask for; the last three make no sense, and are refused. */
static const struct count_policy_body policies[] = {
    { COUNT_BASIS_PICKS, 30, 50, 80, 1, 2, 3 }, { COUNT_BASIS_PIECES, 1, 70, 90, 1, 1, 2 },
    { COUNT_BASIS_VALUE, 7, 20, 99, 1, 3, 9 },  { COUNT_BASIS_PICKS, 30, 80, 80, 1, 2, 3 },
    { COUNT_BASIS_PICKS, 30, 50, 80, 3, 2, 9 }, { COUNT_BASIS_VALUE, 30, 50, 80, 1, 9, 3 },
};
enum { POLICIES = sizeof policies / sizeof policies[0] };

static void put_policy(struct sim *sim)
{
    const struct count_policy_put put = { .code = chance_below(&sim->chance, 20) == 0
                                                      ? "NOWHERE"
                                                      : shop_place(
                                                            chance_below(&sim->chance, SIM_PLACES)),
                                          .body = policies[chance_below(&sim->chance, POLICIES)] };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_COUNT_POLICY_PUT, .key = put.code, .message = &put });
}

struct weighed {
    const char *sku;
    int64_t weight;
};

static int heaviest_first(const void *left, const void *right)
{
    const struct weighed *one = left, *other = right;

    return one->weight != other->weight ? (one->weight > other->weight ? -1 : 1)
                                        : strcmp(one->sku, other->sku);
}

static const void *row_at(struct memory_slice rows, const struct view *view, const char *place)
{
    for (size_t i = 0; i < rows.count; i++) {
        if (text_equal(view_text(view, rows.rows[i], 1), place)) {
            return rows.rows[i];
        }
    }
    return NULL;
}

/* Items that lie there. */
static size_t gather_items(struct sim *sim, const char *place, struct weighed ret[SIM_ITEMS])
{
    size_t count = 0;

    for (int64_t i = 0; i < SIM_ITEMS; i++) {
        const char *sku = shop_item(i);
        const void *row =
            row_at(view_find(sim, SIM_INVENTORY, &stock, key_text(sku)), &stock, place);

        if (row != NULL && view_int(&stock, row, 2) > 0) {
            ret[count++] = (struct weighed){ sku, 0 };
        }
    }
    return count;
}

static struct weighed *item_of(struct weighed *items, size_t count, const char *sku)
{
    size_t i = 0;

    while (i < count && !text_equal(items[i].sku, sku)) {
        i++;
    }
    return i == count ? NULL : &items[i];
}

/* What left with orders, by the policy's measure; all cost the same. */
static int64_t weigh(struct sim *sim, const void *how, struct weighed *items, size_t item_count)
{
    size_t count = 0;
    int64_t total = 0, from = sim->now - view_int(&policy, how, DAYS) * DAY_MS;
    bool picks = view_int(&policy, how, BASIS) == BASIS_PICKS;
    void **rows = view_rows(sim, SIM_INVENTORY, &ledger, &count);

    for (size_t i = 0; i < count; i++) {
        bool counts = view_int(&ledger, rows[i], 2) == LEDGER_SHIPPED &&
                      view_int(&ledger, rows[i], 3) == COUNTER_OF_PIECES &&
                      view_int(&ledger, rows[i], 5) > from &&
                      text_equal(view_text(&ledger, rows[i], 1), view_text(&policy, how, 0));
        struct weighed *item =
            counts ? item_of(items, item_count, view_text(&ledger, rows[i], 0)) : NULL;

        if (item != NULL) {
            int64_t weight = picks ? 1 : -view_int(&ledger, rows[i], 4);

            item->weight += weight;
            total += weight;
        }
    }
    return total;
}

static bool is_due(struct sim *sim, const char *sku, const char *place, int64_t days)
{
    const void *row = row_at(view_find(sim, SIM_INVENTORY, &watch, key_text(sku)), &watch, place);

    return row == NULL || view_int(&watch, row, 2) + days * DAY_MS <= sim->now;
}

/* What is due of the class, which is drawn. */
static size_t find_due(struct sim *sim, const void *how, const char *ret_skus[SIM_ITEMS])
{
    struct weighed items[SIM_ITEMS];
    const char *place = view_text(&policy, how, 0);
    size_t count = gather_items(sim, place, items), due = 0;
    int64_t total = weigh(sim, how, items, count), above = 0, class = chance_below(&sim->chance, 3);

    qsort(items, count, sizeof items[0], heaviest_first);
    for (size_t i = 0; i < count; i++) {
        int64_t its = items[i].weight == 0                                      ? 2
                      : above * 100 < view_int(&policy, how, A_PERCENT) * total ? 0
                      : above * 100 < view_int(&policy, how, B_PERCENT) * total ? 1
                                                                                : 2;

        if (its == class &&
            is_due(sim, items[i].sku, place, view_int(&policy, how, A_DAYS + (size_t)its))) {
            ret_skus[due++] = items[i].sku;
        }
        above += items[i].weight;
    }
    return due;
}

/* A sheet of what is due somewhere; nothing where nothing is. */
static void draw_due(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &policy, &count);
    const char *skus[SIM_ITEMS];
    struct stock_count_sheet message = { .select = COUNT_SELECTION_ITEMS, .skus = skus };

    if (count == 0) {
        return;
    }
    const void *how = rows[chance_below(&sim->chance, (int64_t)count)];
    message.location = view_text(&policy, how, 0);
    message.skus_count = find_due(sim, how, skus);
    if (message.skus_count > 0) {
        ask(sim, MESSAGE_STOCK_COUNT_SHEET,
            text_format(sim->ctx.arena, "req_%032llx", (unsigned long long)++sim->requests_sent),
            &message);
    }
}

/* --- A sheet -------------------------------------------------------------------------------------- */

/* As the books say, a moment ago or now; now and then a piece more or less. */
static void count_it(struct sim *sim, const char *id, const char *sku, const char *place)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &stock, key_text(sku));
    struct stock_count_enter_body_line entry = { .sku = sku };
    const struct stock_count_enter message = { .sheet_id = id,
                                               .body = { .lines = &entry, .lines_count = 1 } };

    for (size_t i = 0; i < rows.count; i++) {
        if (text_equal(view_text(&stock, rows.rows[i], 1), place)) {
            entry.counted = view_int(&stock, rows.rows[i], 2);
        }
    }
    entry.counted += chance_below(&sim->chance, 4) == 0 ? chance_between(&sim->chance, -1, 1) : 0;
    entry.counted = entry.counted < 0 ? 0 : entry.counted;
    const struct named_lots named = lots_counted(sim, sku, place, entry.counted);
    entry.lots = named.lots;
    entry.lots_count = named.count;
    entry.has_counted_at = chance_below(&sim->chance, 2) == 0;
    entry.counted_at = sim->now;
    ask(sim, MESSAGE_STOCK_COUNT_ENTER, id, &message);
}

static void count_lines(struct sim *sim, const char *id)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));
    bool left = false;

    for (size_t i = 0; i < rows.count; i++) {
        if (view_int(&line, rows.rows[i], 3) == TO_COUNT) {
            count_it(sim, id, view_text(&line, rows.rows[i], 1), view_text(&line, rows.rows[i], 2));
            left = true;
        }
    }
    if (!left || chance_below(&sim->chance, 4) == 0) {
        const struct stock_count_submit message = {
            .sheet_id = id,
            .body = { .uncounted = chance_below(&sim->chance, 4) == 0 ? UNCOUNTED_POLICY_SKIP
                                                                      : UNCOUNTED_POLICY_ABSENT }
        };

        ask(sim, MESSAGE_STOCK_COUNT_SUBMIT, id, &message);
    }
}

static void enter_unknown(struct sim *sim, const char *id)
{
    count_it(sim, id, shop_item(chance_below(&sim->chance, SIM_ITEMS)), shop_place(0));
}

static void submit_it(struct sim *sim, const char *id)
{
    const struct stock_count_submit message = { .sheet_id = id };

    ask(sim, MESSAGE_STOCK_COUNT_SUBMIT, id, &message);
}

static void recount_it(struct sim *sim, const char *id)
{
    const struct stock_count_recount message = { .sheet_id = id };

    ask(sim, MESSAGE_STOCK_COUNT_RECOUNT, id, &message);
}

static void approve_it(struct sim *sim, const char *id)
{
    const struct stock_count_approve message = { .sheet_id = id };

    ask(sim, MESSAGE_STOCK_COUNT_APPROVE, id, &message);
}

static void reject_it(struct sim *sim, const char *id)
{
    const struct stock_count_reject message = { .sheet_id = id };

    ask(sim, MESSAGE_STOCK_COUNT_REJECT, id, &message);
}

static void cancel_it(struct sim *sim, const char *id)
{
    const struct stock_count_cancel message = { .sheet_id = id };

    ask(sim, MESSAGE_STOCK_COUNT_CANCEL, id, &message);
}

static void (*const requests[])(struct sim *, const char *) = { enter_unknown, submit_it,
                                                                recount_it,    approve_it,
                                                                reject_it,     cancel_it };
enum { REQUESTS = sizeof requests / sizeof requests[0] };

/* What its state asks for, or anything else. */
static void see_to(struct sim *sim, const void *row)
{
    const char *id = view_text(&sheet, row, 0);
    int64_t state = view_int(&sheet, row, 1);

    if (chance_below(&sim->chance, 10) == 0) {
        requests[chance_below(&sim->chance, REQUESTS)](sim, id);
    } else if (state == COUNTING) {
        count_lines(sim, id);
    } else if (state == SUBMITTED && view_int(&sheet, row, 3) < ROUNDS_MAX &&
               chance_below(&sim->chance, 3) == 0) {
        recount_it(sim, id);
    } else if (state == SUBMITTED) {
        approve_it(sim, id);
    }
}

static void come(struct sim *sim, void *subject, int64_t number)
{
    size_t count = 0;

    if (sim->healed) {
        return;
    }
    open_views();
    void **rows = view_rows(sim, SIM_INVENTORY, &sheet, &count);
    if (chance_below(&sim->chance, 100) < POLICY_PERCENT) {
        put_policy(sim);
    } else if (count == 0 || chance_below(&sim->chance, 100) < NEWS_PERCENT) {
        (chance_below(&sim->chance, 100) < DUE_PERCENT ? draw_due : draw_one)(sim);
    } else if (chance_below(&sim->chance, 50) == 0) {
        requests[chance_below(&sim->chance, REQUESTS)](sim, "req_unknown");
    } else {
        see_to(sim, rows[chance_below(&sim->chance, (int64_t)count)]);
    }
    sim_plan(sim, chance_between(&sim->chance, 1, 90) * MINUTE_MS, come, subject, number);
}

void takers_begin(struct sim *sim)
{
    sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), come, NULL, 0);
}
