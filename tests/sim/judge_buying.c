/* judge_buying.c - what drafts are to order for who waits is what their items say, and no more than is missing. */
#include "tests/sim/judge.h"

#include "common/text.h"
#include "tests/sim/people.h"

enum { ORDER_DRAFT = 1 };

static struct view buying, order, line, waiting, stock, place;

/* Pieces of an item in drafts that were gathered. */
static int64_t drafted(struct sim *sim, const char *sku)
{
    size_t count = 0;
    int64_t pieces = 0;
    void **lines = view_rows(sim, SIM_INVENTORY, &line, &count);

    for (size_t i = 0; i < count; i++) {
        const struct memory_slice orders =
            view_find(sim, SIM_INVENTORY, &order, key_text(view_text(&line, lines[i], 0)));
        bool gathered = orders.count > 0 && view_int(&order, orders.rows[0], 1) == ORDER_DRAFT &&
                        view_int(&order, orders.rows[0], 2) != 0;

        pieces += gathered && text_equal(view_text(&line, lines[i], 1), sku)
                      ? view_int(&line, lines[i], 2)
                      : 0;
    }
    return pieces;
}

static void judge_item(struct sim *sim, const char *sku, int64_t pieces)
{
    int64_t found = drafted(sim, sku);

    if (found != pieces) {
        judge_find(sim, sku, "%lld are to be ordered, and %lld are in drafts", (long long)pieces,
                   (long long)found);
    }
}

/* What is waited for and neither incoming nor dismissed: nobody waits for what is there at rest. */
static int64_t missing(struct sim *sim, const void *row)
{
    const struct key sku = key_text(view_text(&buying, row, 0));
    const struct memory_slice waits = view_find(sim, SIM_INVENTORY, &waiting, sku);
    const struct memory_slice stocks = view_find(sim, SIM_INVENTORY, &stock, sku);
    int64_t pieces = waits.count == 0 ? 0 : view_int(&waiting, waits.rows[0], 1);

    for (size_t i = 0; i < stocks.count; i++) {
        pieces -= view_int(&stock, stocks.rows[i], 1);
    }
    return pieces - view_int(&buying, row, 2);
}

static void open_views(void)
{
    (void)view_once(&buying, SIM_INVENTORY, "stock_buying",
                    "sku pieces dismissed purchase_order_id");
    (void)view_once(&order, SIM_INVENTORY, "purchase_order", "purchase_order_id state buying");
    (void)view_once(&line, SIM_INVENTORY, "purchase_order_line", "purchase_order_id sku quantity");
    (void)view_once(&waiting, SIM_INVENTORY, "backorder", "sku pieces buy_asked");
    (void)view_once(&stock, SIM_INVENTORY, "stock", "sku incoming");
    (void)view_once(&place, SIM_INVENTORY, "item", "sku");
}

/* No more is to be ordered than fills the packs of what is missing. */
static void judge_pieces(struct sim *sim, const void *row)
{
    int64_t pieces = view_int(&buying, row, 1);

    if (pieces > 0 && pieces - missing(sim, row) >= BUYERS_PACK) {
        judge_find(sim, view_text(&buying, row, 0),
                   "%lld are to be ordered, where %lld are missing", (long long)pieces,
                   (long long)missing(sim, row));
    }
}

void judge_buying(struct sim *sim)
{
    size_t count = 0;

    open_views();
    void **items = view_rows(sim, SIM_INVENTORY, &place, &count);
    for (size_t i = 0; i < count; i++) {
        const char *sku = view_text(&place, items[i], 0);
        const struct memory_slice rows = view_find(sim, SIM_INVENTORY, &buying, key_text(sku));

        judge_item(sim, sku, rows.count == 0 ? 0 : view_int(&buying, rows.rows[0], 1));
    }
    void **rows = view_rows(sim, SIM_INVENTORY, &buying, &count);
    for (size_t i = 0; i < count; i++) {
        judge_pieces(sim, rows[i]);
    }
}

/* Its lane looks soon, or has heard of something. */
static bool is_looked_at(struct sim *sim, const char *sku)
{
    const struct memory_slice waits = view_find(sim, SIM_INVENTORY, &waiting, key_text(sku));

    return (waits.count > 0 && view_bool(&waiting, waits.rows[0], 2)) ||
           pending_inputs(sim, SIM_INVENTORY, sku);
}

/* Whether a draft has heard of something that it has not done yet. */
static bool any_draft_hears(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &order, &count);
    bool any = false;

    for (size_t i = 0; i < count && !any; i++) {
        any = view_int(&order, rows[i], 2) != 0 &&
              pending_inputs(sim, SIM_INVENTORY, view_text(&order, rows[i], 0));
    }
    return any;
}

/* While orders wait and drafts are sent, too: whatever changed since the last look asks for the next one. */
void judge_bought_once(struct sim *sim)
{
    size_t count = 0;

    open_views();
    bool told = !any_draft_hears(sim);
    void **rows = view_rows(sim, SIM_INVENTORY, &buying, &count);
    for (size_t i = 0; i < count; i++) {
        const char *sku = view_text(&buying, rows[i], 0);

        if (is_looked_at(sim, sku)) {
            continue;
        }
        judge_pieces(sim, rows[i]);
        if (told && !pending_inputs(sim, SIM_INVENTORY, view_text(&buying, rows[i], 3))) {
            judge_item(sim, sku, view_int(&buying, rows[i], 1));
        }
    }
}
