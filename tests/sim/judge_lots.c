/* judge_lots.c - lots and serial numbers are what is there, are in one place, end in time, and leave with who picked them. */
#include "tests/sim/judge.h"

#include "common/text.h"
#include "tests/sim/lots.h"
#include "tests/sim/pieces.h"

/* While it goes wrong nobody may be there to look for so long. */
enum { PART_HELD = 1, DAYS_LATE = 4 };

/* Columns of the view of stock, in the order that they are asked for. */
enum { SKU, PLACE, ON_HAND, DAMAGED, CONTROL, LOTS };

static struct view stock, movement, part;

static void open_views(void)
{
    (void)view_once(&stock, SIM_INVENTORY, "stock",
                    "sku location on_hand damaged quality_control lots");
    (void)view_once(&movement, SIM_INVENTORY, "lot_movement",
                    "sku location on_hand damaged quality_control lot");
    (void)view_once(&part, SIM_INVENTORY, "reservation_line",
                    "order_no state quantity sku location components");
}

/* What is done with each row of stock that is kept apart. */
typedef void each_shelf(struct sim *sim, struct sums *sums, const void *row,
                        const struct shelf_lots *shelf);

static void look_at_all(struct sim *sim, struct sums *sums, each_shelf *look)
{
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_INVENTORY, &stock, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_text(&stock, rows[i], LOTS) != NULL) {
            const struct shelf_lots shelf = lots_read(sim, view_text(&stock, rows[i], LOTS));

            look(sim, sums, rows[i], &shelf);
        }
    }
}

/* "S12 of C-1 at WH-1" */
static const char *lot_at(struct sim *sim, const char *number, const struct view *view,
                          const void *row)
{
    return text_format(sim->ctx.arena, "%s of %s at %s", number[0] == '\0' ? "unnamed" : number,
                       view_text(view, row, SKU), view_text(view, row, PLACE));
}

static void find_differences(struct sim *sim, const struct sums *sums, const char *what)
{
    for (const struct sum *sum = sums->first; sum != NULL; sum = sum->next) {
        if (sum->value != 0) {
            judge_find(sim, sum->name, "%s: %lld", what, (long long)sum->value);
        }
    }
}

/* --- They are what is there ------------------------------------------------------------------------ */

/* Pieces on hand, damaged and in quality control in one number: none of them is ever a million. */
static int64_t weigh(int64_t on_hand, int64_t damaged, int64_t control)
{
    return on_hand + 1000000 * damaged + 1000000000000 * control;
}

static int64_t weight_of(const struct view *view, const void *row)
{
    return weigh(view_int(view, row, ON_HAND), view_int(view, row, DAMAGED),
                 view_int(view, row, CONTROL));
}

/* A serial number whose piece left unnamed is there by the books until somebody counts: the unnamed are fewer than none. */
static void add_shelf(struct sim *sim, struct sums *sums, const void *row,
                      const struct shelf_lots *shelf)
{
    int64_t in_lots = 0;

    for (size_t i = 0; i < shelf->count; i++) {
        const struct shelf_lot *lot = &shelf->lots[i];
        int64_t weight =
            weigh(lot->sellable + lot->damaged + lot->control, lot->damaged, lot->control);
        bool unnamed_serials = shelf->serials && lot->number[0] == '\0';

        in_lots += weight;
        sums_add(sim, sums, lot_at(sim, lot->number, &stock, row), weight);
        if (!unnamed_serials && (lot->sellable < 0 || lot->damaged < 0 || lot->control < 0)) {
            judge_find(sim, lot_at(sim, lot->number, &stock, row), "%s", "is less than nothing");
        }
    }
    if (in_lots != weight_of(&stock, row)) {
        judge_find(sim, lot_at(sim, "all", &stock, row), "%lld by its lots, %lld by its counters",
                   (long long)in_lots, (long long)weight_of(&stock, row));
    }
}

void judge_lots(struct sim *sim)
{
    struct sums sums = { 0 };
    size_t count = 0;

    look_at_all(sim, &sums, add_shelf);
    void **rows = view_rows(sim, SIM_INVENTORY, &movement, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &sums, lot_at(sim, view_text(&movement, rows[i], 5), &movement, rows[i]),
                 -weight_of(&movement, rows[i]));
    }
    find_differences(sim, &sums, "is not the sum of its movements, by");
}

/* --- A piece is in one place ----------------------------------------------------------------------- */

static void add_serials(struct sim *sim, struct sums *sums, const void *row,
                        const struct shelf_lots *shelf)
{
    for (size_t i = 0; shelf->serials && i < shelf->count; i++) {
        const struct shelf_lot *lot = &shelf->lots[i];

        if (lot->number[0] != '\0') {
            sums_add(
                sim, sums,
                text_format(sim->ctx.arena, "%s of %s", lot->number, view_text(&stock, row, SKU)),
                lot->sellable + lot->damaged + lot->control);
        }
    }
}

void judge_serials(struct sim *sim)
{
    struct sums sums = { 0 };

    look_at_all(sim, &sums, add_serials);
    for (const struct sum *sum = sums.first; sum != NULL; sum = sum->next) {
        if (sum->value > 1) {
            judge_find(sim, sum->name, "is there %lld times", (long long)sum->value);
        }
    }
}

/* --- It ends in time ------------------------------------------------------------------------------- */

static void find_ended(struct sim *sim, const void *row, const struct shelf_lots *shelf,
                       int64_t last_day)
{
    for (size_t i = 0; i < shelf->count; i++) {
        const struct shelf_lot *lot = &shelf->lots[i];

        if (lot->order_no == 0 && lot->sellable > 0 && lots_end(shelf, lot) <= last_day) {
            judge_find(sim, lot_at(sim, lot->number, &stock, row),
                       "ended on day %lld, and %lld pieces are for sale on day %lld",
                       (long long)lots_end(shelf, lot), (long long)lot->sellable,
                       (long long)(sim->now / DAY_MS));
        }
    }
}

static void find_for_sale(struct sim *sim, struct sums *sums, const void *row,
                          const struct shelf_lots *shelf)
{
    (void)sums;
    find_ended(sim, row, shelf, sim->now / DAY_MS);
}

static void find_long_for_sale(struct sim *sim, struct sums *sums, const void *row,
                               const struct shelf_lots *shelf)
{
    (void)sums;
    find_ended(sim, row, shelf, sim->now / DAY_MS - DAYS_LATE);
}

void judge_ended_lots(struct sim *sim)
{
    look_at_all(sim, NULL, find_for_sale);
    if (sim->ended_picked > 0) {
        judge_find(sim, "picks", "%lld took what was not to be sold any more",
                   (long long)sim->ended_picked);
    }
}

void judge_ending_lots(struct sim *sim)
{
    look_at_all(sim, NULL, find_long_for_sale);
}

/* --- What is picked leaves ------------------------------------------------------------------------- */

/* "12/0/C-1 at WH-1": of this order */
static const char *held_by(struct sim *sim, int64_t order_no, const char *sku, const char *place)
{
    return sums_name(sim, order_no, 0, text_format(sim->ctx.arena, "%s at %s", sku, place));
}

static void add_picked(struct sim *sim, struct sums *sums, const void *row,
                       const struct shelf_lots *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        const struct shelf_lot *lot = &shelf->lots[i];

        if (lot->order_no != 0) {
            sums_add(sim, sums,
                     held_by(sim, lot->order_no, view_text(&stock, row, SKU),
                             view_text(&stock, row, PLACE)),
                     lot->sellable + lot->damaged + lot->control);
        }
    }
}

static void take_held(struct sim *sim, struct sums *sums, const void *row)
{
    struct piece pieces[PIECES_MAX];
    size_t count =
        pieces_of(sim->ctx.arena, view_text(&part, row, 3), view_text(&part, row, 5), pieces);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, sums,
                 held_by(sim, view_int(&part, row, 0), pieces[i].sku, view_text(&part, row, 4)),
                 -view_int(&part, row, 2) * pieces[i].quantity);
    }
}

void judge_picked(struct sim *sim)
{
    struct sums sums = { 0 };
    size_t count = 0;

    look_at_all(sim, &sums, add_picked);
    void **rows = view_rows(sim, SIM_INVENTORY, &part, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&part, rows[i], 1) == PART_HELD) {
            take_held(sim, &sums, rows[i]);
        }
    }
    for (const struct sum *sum = sums.first; sum != NULL; sum = sum->next) {
        if (sum->value > 0) {
            judge_find(sim, sum->name, "%lld more are picked for the order than it holds",
                       (long long)sum->value);
        }
    }
}
