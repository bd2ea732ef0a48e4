/* lots.c - which lots there are, which come, and which somebody names. */
#include "tests/sim/lots.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/text.h"
#include "tests/sim/columns.h"
#include "tests/sim/shop.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_WORDS = 3, SERIALS_MOST = 12, LOT_NUMBERS = 5, AGAIN_PERCENT = 3 };

/* By the number of the item: some are components of bundles, and one is waited for. */
static const enum apart kept[SIM_ITEMS] = { [3] = APART_EXPIRING,
                                            [5] = APART_LOTS,
                                            [7] = APART_EXPIRING,
                                            [9] = APART_SERIALS,
                                            [11] = APART_SERIALS };

enum apart lots_apart(const char *sku)
{
    for (int64_t i = 0; i < SIM_ITEMS; i++) {
        if (text_equal(shop_item(i), sku)) {
            return kept[i];
        }
    }
    return APART_NOT;
}

void lots_describe(struct item_body *item, int64_t number)
{
    item->lot_tracked = kept[number] == APART_LOTS || kept[number] == APART_EXPIRING;
    item->has_lot_tracked = item->lot_tracked;
    item->expires = kept[number] == APART_EXPIRING;
    item->has_expires = item->expires;
    item->serial_tracked = kept[number] == APART_SERIALS;
    item->has_serial_tracked = item->serial_tracked;
    item->minimum_shelf_life_days = number % 2;
    item->has_minimum_shelf_life_days = number == 3;
}

int64_t lots_fit(const char *sku, int64_t pieces)
{
    return lots_apart(sku) == APART_SERIALS && pieces > SERIALS_MOST ? SERIALS_MOST : pieces;
}

/* --- What is there -------------------------------------------------------------------------------- */

static size_t count_words(const char *text)
{
    size_t words = 1;

    for (; *text != '\0'; text++) {
        words += *text == ' ' ? 1 : 0;
    }
    return words;
}

/* "number|last day|day of receipt|order|sellable|damaged|quality control" */
static struct shelf_lot read_lot(char *entry)
{
    enum { EXPIRES, RECEIVED, ORDER, SELLABLE, DAMAGED, CONTROL, VALUES };
    int64_t values[VALUES];
    char *at = strchr(entry, '|');

    *at++ = '\0';
    for (size_t i = 0; i < VALUES; i++) {
        values[i] = strtoll(at, &at, 10);
        at += *at == '|' ? 1 : 0;
    }
    return (struct shelf_lot){ .number = entry,
                               .expires_day = values[EXPIRES],
                               .order_no = values[ORDER],
                               .sellable = values[SELLABLE],
                               .damaged = values[DAMAGED],
                               .control = values[CONTROL] };
}

/* "L 20600 30 <a lot> ...": how they are kept, when somebody looks next, with how many days left none is sold */
struct shelf_lots lots_read(struct sim *sim, const char *text)
{
    struct shelf_lots shelf = { .count = 0 };
    char *rest = NULL;

    if (text == NULL) {
        return shelf;
    }
    char *words = arena_copy_text(sim->ctx.arena, text, strlen(text));
    shelf.lots = arena_alloc(sim->ctx.arena, count_words(text) * sizeof *shelf.lots);
    shelf.serials = strtok_r(words, " ", &rest)[0] == 'S';
    (void)strtok_r(NULL, " ", &rest);
    shelf.shelf_life_days = strtoll(strtok_r(NULL, " ", &rest), NULL, 10);
    for (char *word = strtok_r(NULL, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        shelf.lots[shelf.count++] = read_lot(word);
    }
    return shelf;
}

int64_t lots_end(const struct shelf_lots *shelf, const struct shelf_lot *lot)
{
    return lot->expires_day < 0 ? INT64_MAX : lot->expires_day - shelf->shelf_life_days + 1;
}

struct shelf_lots lots_on_shelf(struct sim *sim, const char *sku, const char *place)
{
    static struct view stock;
    const char *text = NULL;

    (void)view_once(&stock, SIM_INVENTORY, "stock", "sku location lots");
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &stock, key_text(sku));
    for (size_t i = 0; i < rows.count; i++) {
        if (text_equal(view_text(&stock, rows.rows[i], 1), place)) {
            text = view_text(&stock, rows.rows[i], 2);
        }
    }
    return lots_read(sim, text);
}

/* --- What is named -------------------------------------------------------------------------------- */

/* Room for so many lots. */
static struct named_lots nothing_named(struct sim *sim, int64_t room)
{
    return (struct named_lots){
        .lots = arena_alloc(sim->ctx.arena, (size_t)(room + 1) * sizeof(struct lot_pieces))
    };
}

/* A lot is named once. */
static void name(struct named_lots *named, struct lot_pieces lot)
{
    named->pieces += lot.quantity;
    for (size_t i = 0; i < named->count; i++) {
        if (text_equal(named->lots[i].lot, lot.lot)) {
            named->lots[i].quantity += lot.quantity;
            return;
        }
    }
    named->lots[named->count++] = lot;
}

static struct lot_pieces serial_of(struct sim *sim, int64_t number)
{
    return (struct lot_pieces){ .lot = text_format(sim->ctx.arena, "S%lld", (long long)number),
                                .quantity = 1 };
}

/* Soon, mostly: the number of a lot says its last day, so that nobody says two of one. */
static struct lot_pieces expiring(struct sim *sim, int64_t pieces)
{
    static const int64_t days[] = { 0, 1, 1, 2, 3, 5, 9, 60 };
    int64_t soon = days[chance_below(&sim->chance, (int64_t)(sizeof days / sizeof days[0]))];
    int64_t day = sim->now / DAY_MS + (sim->healed ? 60 : soon);

    return (struct lot_pieces){ .lot = text_format(sim->ctx.arena, "E%lld", (long long)day),
                                .quantity = pieces,
                                .expires_on = calendar_date(sim->ctx.arena, day) };
}

static bool is_named(const struct named_lots *named, const char *number)
{
    for (size_t i = 0; i < named->count; i++) {
        if (text_equal(named->lots[i].lot, number)) {
            return true;
        }
    }
    return false;
}

static void name_serials(struct sim *sim, struct named_lots *named, int64_t pieces)
{
    while (named->pieces < pieces) {
        bool again = sim->serials_made > 0 && !sim->healed &&
                     chance_below(&sim->chance, 100) < AGAIN_PERCENT;
        const struct lot_pieces piece = serial_of(
            sim, again ? chance_between(&sim->chance, 1, sim->serials_made) : ++sim->serials_made);

        if (!is_named(named, piece.lot)) {
            name(named, piece);
        }
    }
}

/* Others than those that are named already, until there are so many. */
static void name_more(struct sim *sim, struct named_lots *named, const char *sku, int64_t pieces)
{
    enum apart apart = lots_apart(sku);
    int64_t left = pieces - named->pieces;

    if (left <= 0 || apart == APART_NOT) {
        return;
    }
    if (apart == APART_SERIALS) {
        name_serials(sim, named, pieces);
    } else if (apart == APART_EXPIRING) {
        if (left > 1) {
            name(named, expiring(sim, left / 2));
        }
        name(named, expiring(sim, left - left / 2));
    } else {
        name(named, (struct lot_pieces){
                        .lot = text_format(sim->ctx.arena, "L%lld",
                                           (long long)chance_below(&sim->chance, LOT_NUMBERS)),
                        .quantity = left });
    }
}

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static void break_some(struct named_lots *named, int64_t damaged)
{
    for (size_t i = 0; i < named->count && damaged > 0; i++) {
        int64_t here = least(damaged, named->lots[i].quantity);

        named->lots[i].damaged = here;
        named->lots[i].has_damaged = true;
        damaged -= here;
    }
}

struct named_lots lots_arriving(struct sim *sim, const char *sku, int64_t pieces, int64_t damaged)
{
    struct named_lots named = nothing_named(sim, lots_apart(sku) == APART_SERIALS ? pieces : 2);

    name_more(sim, &named, sku, pieces);
    break_some(&named, damaged);
    return named;
}

static void name_some(struct named_lots *named, const struct shelf_lot *lot, int64_t here,
                      int64_t pieces)
{
    int64_t taken = least(here, pieces - named->pieces);

    if (taken > 0 && lot->number[0] != '\0') {
        name(named, (struct lot_pieces){ .lot = lot->number, .quantity = taken });
    }
}

struct named_lots lots_lying(struct sim *sim, const char *sku, const char *place,
                             enum stock_condition condition, int64_t pieces)
{
    const struct shelf_lots shelf = lots_on_shelf(sim, sku, place);
    struct named_lots named = nothing_named(sim, (int64_t)shelf.count);

    for (size_t i = 0; i < shelf.count; i++) {
        const struct shelf_lot *lot = &shelf.lots[i];
        int64_t here = condition == STOCK_CONDITION_DAMAGED           ? lot->damaged
                       : condition == STOCK_CONDITION_QUALITY_CONTROL ? lot->control
                                                                      : lot->sellable;

        if (lot->order_no == 0) {
            name_some(&named, lot, here, pieces);
        }
    }
    return named;
}

struct named_lots lots_brought(struct sim *sim, const char *sku, const char *shipped,
                               int64_t pieces, int64_t damaged)
{
    const struct shelf_lots sent = lots_read(sim, shipped);
    struct named_lots named = nothing_named(sim, (int64_t)sent.count + pieces + 2);

    for (size_t i = 0; i < sent.count; i++) {
        name_some(&named, &sent.lots[i], sent.lots[i].sellable, pieces);
    }
    name_more(sim, &named, sku, pieces);
    break_some(&named, damaged);
    return named;
}

struct named_lots lots_counted(struct sim *sim, const char *sku, const char *place, int64_t pieces)
{
    const struct shelf_lots shelf = lots_on_shelf(sim, sku, place);
    struct named_lots named = nothing_named(sim, (int64_t)shelf.count + pieces + 2);

    if (lots_apart(sku) == APART_NOT) {
        return named;
    }
    for (size_t i = 0; i < shelf.count; i++) {
        const struct shelf_lot *lot = &shelf.lots[i];

        name_some(&named, lot, lot->sellable + lot->damaged + lot->control, pieces);
    }
    name_more(sim, &named, sku, pieces);
    return named;
}

struct named_lots lots_to_pick(struct sim *sim, const char *sku, const char *place,
                               int64_t order_no, int64_t pieces)
{
    const struct shelf_lots shelf = lots_on_shelf(sim, sku, place);
    struct named_lots named = nothing_named(sim, (int64_t)shelf.count);
    int64_t first = shelf.count == 0 ? 0 : chance_below(&sim->chance, (int64_t)shelf.count);

    for (size_t i = 0; i < shelf.count; i++) {
        const struct shelf_lot *lot = &shelf.lots[(i + (size_t)first) % shelf.count];
        int64_t before = named.pieces;

        if (lot->order_no == 0 || lot->order_no == order_no) {
            name_some(&named, lot, lot->sellable, pieces);
        }
        named.ended |= named.pieces > before && lot->order_no == 0 &&
                       lots_end(&shelf, lot) < sim->now / DAY_MS;
    }
    return named;
}
