/* takers.c - people who take stock: sheet by sheet, while it sells; some count wrong, some count twice, some forget to. */
#include "tests/sim/people.h"

#include "common/text.h"
#include "proto/inventory.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/shop.h"

enum { DRAWN = 4, COUNTING = 1, SUBMITTED = 2, TO_COUNT = 1, NEWS_PERCENT = 30, ROUNDS_MAX = 3 };

static struct view sheet, line, stock;

static void open_views(void)
{
    (void)view_once(&sheet, SIM_INVENTORY, "count_sheet", "sheet_id state location round");
    (void)view_once(&line, SIM_INVENTORY, "count_line", "sheet_id sku location state");
    (void)view_once(&stock, SIM_INVENTORY, "stock", "sku location on_hand");
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
    if (count == 0 || chance_below(&sim->chance, 100) < NEWS_PERCENT) {
        draw_one(sim);
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
