/* lot_move.c - pieces of lots come, leave, change their condition, and are picked for orders. */
#include "services/inventory/lot.h"

#include "common/arena.h"
#include "common/mutant.h"
#include "common/rows.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const int64_t day_ms = INT64_C(86400000);

/* Lots of a row while something is booked. */
struct moving {
    struct rows *rows;
    struct arena *arena;
    struct stock_row *stock;
    const struct ledger_row *cause;
    struct lots lots;
    struct lots before;  /* as `lots` was, entry by entry */
    struct lots *others; /* of the item's other places, read when they are asked for */
    size_t other_count;
    int64_t *left;          /* pieces that each name still stands for */
    struct lot_named *pool; /* taken, and not put anywhere yet */
    size_t pool_count;
};

static size_t name_count(const struct ledger_row *cause)
{
    return cause->names == NULL ? 0 : cause->names->count;
}

/* Of each lot that is taken from and each name one entry more may come about, and an unnamed one. */
static struct moving moving_of(struct rows *rows, struct stock_row *stock,
                               const struct ledger_row *cause)
{
    struct arena *arena = rows_arena(rows);
    struct lots before = lots_of(arena, stock->lots, 0);
    size_t names = name_count(cause), room = 2 * before.count + names + 1;
    struct moving moving = { .rows = rows,
                             .arena = arena,
                             .stock = stock,
                             .cause = cause,
                             .lots = lots_of(arena, stock->lots, room),
                             .before = before,
                             .left = arena_alloc(arena, names * sizeof(int64_t)),
                             .pool = arena_alloc(arena, 4 * room * sizeof(struct lot_named)) };

    if (before.count > 1) {
        qsort(moving.lots.items, before.count, sizeof *before.items, lot_compare);
        qsort(before.items, before.count, sizeof *before.items, lot_compare);
    }
    for (size_t i = 0; i < names; i++) {
        moving.left[i] = cause->names->items[i].quantity;
    }
    return moving;
}

/* --- What a lot is called ------------------------------------------------------------------------- */

static void read_others(struct moving *moving)
{
    void **list = rows_list(moving->rows, &stock_table, key_text(moving->stock->sku));
    size_t count = 0;

    while (list[count] != NULL) {
        count++;
    }
    moving->others = arena_alloc(moving->arena, count * sizeof *moving->others);
    for (size_t i = 0; i < count; i++) {
        if (list[i] != moving->stock) {
            moving->others[moving->other_count++] =
                lots_of(moving->arena, ((const struct stock_row *)list[i])->lots, 0);
        }
    }
}

/* Two pieces with one serial number would be one too many: where it is already, what arrives is unnamed. */
static bool is_there_already(struct moving *moving, const char *number)
{
    if (moving->others == NULL) {
        read_others(moving);
    }
    for (size_t i = 0; i < moving->other_count; i++) {
        if (lots_find(&moving->others[i], number) != NULL) {
            return true;
        }
    }
    return lots_find(&moving->lots, number) != NULL;
}

static struct lot *find_entry(struct lots *lots, const char *number, int64_t order_no)
{
    for (size_t i = 0; i < lots->count; i++) {
        if (lots->items[i].order_no == order_no && strcmp(lots->items[i].number, number) == 0) {
            return &lots->items[i];
        }
    }
    return NULL;
}

/* The entry of a lot, made where there is none.  Of two days the earlier one is believed. */
static struct lot *entry_of(struct moving *moving, const char *number, int64_t expires_day,
                            int64_t order_no)
{
    struct lots *lots = &moving->lots;
    struct lot *lot = find_entry(lots, number, order_no);
    const struct lot *same = lots_find(lots, number);

    if (lot == NULL) {
        lots->items[lots->count] = (struct lot){ .number = number,
                                                 .expires_day = NOT_GIVEN,
                                                 .received_day = moving->cause->at / day_ms,
                                                 .order_no = order_no };
        lot = &lots->items[lots->count++];
        if (same != NULL) {
            lot->expires_day = same->expires_day;
            lot->received_day = same->received_day;
        }
    }
    if (expires_day != NOT_GIVEN &&
        (lot->expires_day == NOT_GIVEN || expires_day < lot->expires_day)) {
        lot->expires_day = expires_day;
    }
    return lot;
}

static void put(struct moving *moving, const struct lot_named *named, enum lot_condition condition,
                int64_t quantity)
{
    bool serial = moving->lots.tracking == LOT_TRACKING_SERIAL && named->number[0] != '\0';
    bool full =
        moving->lots.count >= LOTS_MAX && find_entry(&moving->lots, named->number, 0) == NULL;
    bool unnamed = full || (serial && (quantity != 1 || is_there_already(moving, named->number)));

    entry_of(moving, unnamed && !mutant("double_serial") ? "" : named->number,
             unnamed ? NOT_GIVEN : named->expires_day, 0)
        ->pieces[condition] += quantity;
}

/* --- Taken ---------------------------------------------------------------------------------------- */

static void take(struct moving *moving, struct lot *lot, enum lot_condition condition,
                 int64_t quantity)
{
    if (quantity > 0) {
        lot->pieces[condition] -= quantity;
        moving->pool[moving->pool_count++] = (struct lot_named){ .number = lot->number,
                                                                 .quantity = quantity,
                                                                 .expires_day = lot->expires_day };
    }
}

static int64_t least(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* Who may take from an entry before whom: what was picked for the order that gets it, what is free, what others picked. */
enum { TURN_OWN, TURN_FREE, TURN_OTHERS, TURN_COUNT };

static int turn_of(const struct moving *moving, const struct lot *lot)
{
    bool leaves = moving->cause->kind == LEDGER_SHIPPED;

    if (lot->order_no == 0) {
        return TURN_FREE;
    }
    return leaves && lot->order_no == moving->cause->order_no ? TURN_OWN : TURN_OTHERS;
}

/* Takes from the entries of one turn, only those with this number where one is given; how many are still missing. */
static int64_t take_turn(struct moving *moving, const char *number, enum lot_condition condition,
                         int64_t quantity, int turn)
{
    for (size_t i = 0; i < moving->lots.count && quantity > 0; i++) {
        struct lot *lot = &moving->lots.items[i];
        int64_t here = least(lot->pieces[condition], quantity);
        bool meant = number == NULL || strcmp(number, lot->number) == 0;

        if (here > 0 && meant && turn_of(moving, lot) == turn) {
            take(moving, lot, condition, here);
            quantity -= here;
        }
    }
    return quantity;
}

static int64_t take_turns(struct moving *moving, const char *number, enum lot_condition condition,
                          int64_t quantity, int turns)
{
    for (int turn = 0; turn < turns && quantity > 0; turn++) {
        quantity = take_turn(moving, number, condition, quantity, turn);
    }
    return quantity;
}

static int64_t take_named(struct moving *moving, enum lot_condition condition, int64_t quantity)
{
    for (size_t i = 0; i < name_count(moving->cause) && quantity > 0; i++) {
        int64_t wanted = least(moving->left[i], quantity);
        int64_t taken = wanted - take_turns(moving, moving->cause->names->items[i].number,
                                            condition, wanted, TURN_COUNT);

        moving->left[i] -= taken;
        quantity -= taken;
    }
    return quantity;
}

/* Which piece it was is known of a serial number only when somebody says so. */
static void take_unnamed(struct moving *moving, enum lot_condition condition, int64_t quantity)
{
    quantity = take_turns(moving, NULL, condition, quantity, TURN_FREE);
    quantity = take_turns(moving, "", condition, quantity, TURN_COUNT);
    if (quantity > 0) {
        take(moving, entry_of(moving, "", NOT_GIVEN, 0), condition, quantity);
    }
}

static void take_some(struct moving *moving, enum lot_condition condition, int64_t quantity)
{
    quantity = take_named(moving, condition, quantity);
    if (moving->lots.tracking == LOT_TRACKING_SERIAL) {
        take_unnamed(moving, condition, quantity);
    } else {
        quantity = take_turns(moving, NULL, condition, quantity, TURN_COUNT);
        assert(quantity == 0);
    }
}

/* --- Put ------------------------------------------------------------------------------------------ */

static int64_t put_from_pool(struct moving *moving, enum lot_condition condition, int64_t quantity)
{
    for (size_t i = 0; i < moving->pool_count && quantity > 0; i++) {
        struct lot_named *taken = &moving->pool[i];
        int64_t here = least(taken->quantity, quantity);

        if (here > 0) {
            put(moving, taken, condition, here);
            taken->quantity -= here;
            quantity -= here;
        }
    }
    return quantity;
}

/* What a name brings in this condition; pieces that the books did not know of are those that are named and not there. */
static int64_t brought(const struct moving *moving, size_t index, enum lot_condition condition)
{
    const struct lot_named *named = &moving->cause->names->items[index];

    if (moving->cause->kind == LEDGER_FOUND) {
        int64_t missing = named->quantity - lots_free(&moving->lots, named->number, condition, 0);

        return missing > 0 ? missing : 0;
    }
    return condition == LOT_DAMAGED ? named->damaged : named->quantity - named->damaged;
}

static void put_some(struct moving *moving, enum lot_condition condition, int64_t quantity)
{
    const struct lot_named unnamed = { .number = "", .expires_day = NOT_GIVEN };

    quantity = put_from_pool(moving, condition, quantity);
    for (size_t i = 0; i < name_count(moving->cause) && quantity > 0; i++) {
        int64_t here = least(brought(moving, i, condition), quantity);

        if (here > 0) {
            put(moving, &moving->cause->names->items[i], condition, here);
            quantity -= here;
        }
    }
    if (quantity > 0) {
        put(moving, &unnamed, condition, quantity);
    }
}

/* --- Written -------------------------------------------------------------------------------------- */

static struct lot sum_of(const struct lots *lots, const char *number)
{
    struct lot sum = { .number = number, .expires_day = NOT_GIVEN };

    for (size_t i = 0; i < lots->count; i++) {
        if (strcmp(lots->items[i].number, number) == 0) {
            lot_add(&sum, &lots->items[i]);
            sum.expires_day = lots->items[i].expires_day;
        }
    }
    return sum;
}

static bool is_changed(const struct moving *moving, size_t index)
{
    const struct lot *now = &moving->lots.items[index], *was = &moving->before.items[index];

    return index >= moving->before.count ||
           memcmp(now->pieces, was->pieces, sizeof now->pieces) != 0;
}

static bool is_told(const struct moving *moving, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_changed(moving, i) &&
            strcmp(moving->lots.items[i].number, moving->lots.items[index].number) == 0) {
            return true;
        }
    }
    return false;
}

/* Emptied entries are still among the lots here, so each lot that changed is. */
static void write_lines(const struct moving *moving)
{
    for (size_t i = 0; i < moving->lots.count; i++) {
        if (!is_changed(moving, i) || is_told(moving, i)) {
            continue;
        }
        const char *number = moving->lots.items[i].number;
        const struct lot now = sum_of(&moving->lots, number), was = sum_of(&moving->before, number);
        const struct lot_movement_row line = {
            .sku = moving->stock->sku,
            .location = moving->stock->location,
            .version = moving->stock->version,
            .kind = moving->cause->kind,
            .lot = number,
            .on_hand = lot_on_hand(&now) - lot_on_hand(&was),
            .damaged = now.pieces[LOT_DAMAGED] - was.pieces[LOT_DAMAGED],
            .quality_control = now.pieces[LOT_QUALITY_CONTROL] - was.pieces[LOT_QUALITY_CONTROL],
            .expires_day = now.expires_day,
            .order_no = moving->cause->order_no,
            .fulfillment_no = moving->cause->fulfillment_no,
            .at = moving->cause->at
        };
        bool moved = line.on_hand != 0 || line.damaged != 0 || line.quality_control != 0;

        if (moved) {
            rows_insert(moving->rows, &lot_movement_table, &line);
        }
    }
}

static void write(struct moving *moving)
{
    moving->stock->lots = lots_text(moving->arena, &moving->lots);
    rows_update(moving->rows, &stock_table, moving->stock);
}

void lots_follow(struct rows *rows, struct stock_row *stock, const struct stock_row *before,
                 const struct ledger_row *cause)
{
    const int64_t damaged = stock->damaged - before->damaged,
                  control = stock->quality_control - before->quality_control;
    const int64_t change[LOT_CONDITION_COUNT] = {
        [LOT_SELLABLE] = stock->on_hand - before->on_hand - damaged - control,
        [LOT_DAMAGED] = damaged,
        [LOT_QUALITY_CONTROL] = control,
    };

    if (stock->lots == NULL || mutant("forget_lots")) {
        return;
    }
    struct moving moving = moving_of(rows, stock, cause);
    for (int i = 0; i < LOT_CONDITION_COUNT; i++) {
        if (change[i] < 0) {
            take_some(&moving, (enum lot_condition)i, -change[i]);
        }
    }
    for (int i = 0; i < LOT_CONDITION_COUNT; i++) {
        if (change[i] > 0) {
            put_some(&moving, (enum lot_condition)i, change[i]);
        }
    }
    write_lines(&moving);
    write(&moving);
}

/* --- Corrected ------------------------------------------------------------------------------------ */

/* Less of a lot than the books say: what is sellable is missed first, then what was set apart. */
static void take_less(struct moving *moving, const char *number, int64_t quantity)
{
    static const enum lot_condition order[] = { LOT_SELLABLE, LOT_QUALITY_CONTROL, LOT_DAMAGED };

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        quantity = take_turns(moving, number, order[i], quantity, TURN_COUNT);
    }
    if (quantity > 0) {
        assert(number[0] == '\0' && moving->lots.tracking == LOT_TRACKING_SERIAL);
        take(moving, entry_of(moving, "", NOT_GIVEN, 0), LOT_SELLABLE, quantity);
    }
}

/* Pieces in a condition, of all lots. */
static int64_t total_in(const struct lots *lots, enum lot_condition condition)
{
    int64_t total = 0;

    for (size_t i = 0; i < lots->count; i++) {
        total += lots->items[i].pieces[condition];
    }
    return total;
}

static void change_unnamed(struct moving *moving, enum lot_condition from, enum lot_condition to,
                           int64_t quantity)
{
    struct lot *unnamed = entry_of(moving, "", NOT_GIVEN, 0);

    unnamed->pieces[from] -= quantity;
    unnamed->pieces[to] += quantity;
}

/* Of serial numbers pieces left unnamed that were damaged, or not: when it is known which these were, no condition has fewer than none. */
static void balance_unnamed(struct moving *moving)
{
    static const enum lot_condition parts[] = { LOT_QUALITY_CONTROL, LOT_DAMAGED };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct lot *unnamed = entry_of(moving, "", NOT_GIVEN, 0);
        int64_t own = least(-unnamed->pieces[parts[i]], unnamed->pieces[LOT_SELLABLE]);
        int64_t missing = -total_in(&moving->lots, parts[i]);

        missing = missing > own ? missing : own;
        if (missing > 0) {
            change_unnamed(moving, LOT_SELLABLE, parts[i], missing);
        }
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        int64_t missing =
            least(-total_in(&moving->lots, LOT_SELLABLE), total_in(&moving->lots, parts[i]));

        if (missing > 0) {
            change_unnamed(moving, parts[i], LOT_SELLABLE, missing);
        }
    }
}

void lots_correct(struct rows *rows, struct stock_row *stock, const struct ledger_row *cause,
                  int64_t ret_change[LOT_CONDITION_COUNT])
{
    struct moving moving = moving_of(rows, stock, cause);

    for (size_t i = 0; i < cause->names->count; i++) {
        const struct lot_named *named = &cause->names->items[i];

        if (named->quantity < 0) {
            take_less(&moving, named->number, -named->quantity);
        }
    }
    for (size_t i = 0; i < cause->names->count; i++) {
        if (cause->names->items[i].quantity > 0) {
            put(&moving, &cause->names->items[i], LOT_SELLABLE, cause->names->items[i].quantity);
        }
    }
    if (moving.lots.tracking == LOT_TRACKING_SERIAL) {
        balance_unnamed(&moving);
    }
    for (int i = 0; i < LOT_CONDITION_COUNT; i++) {
        const enum lot_condition condition = (enum lot_condition)i;

        ret_change[i] = total_in(&moving.lots, condition) - total_in(&moving.before, condition);
    }
    write_lines(&moving);
    write(&moving);
}

/* --- Picked --------------------------------------------------------------------------------------- */

/* So many pieces of an entry are of another owner. */
static void give_to(struct moving *moving, size_t index, int64_t order_no, int64_t quantity)
{
    struct lot *entry = entry_of(moving, moving->lots.items[index].number, NOT_GIVEN, order_no);

    entry->pieces[LOT_SELLABLE] += quantity;
    moving->lots.items[index].pieces[LOT_SELLABLE] -= quantity;
}

/* What keeps longest is put back first. */
void lots_unpick(struct rows *rows, struct stock_row *stock, int64_t order_no, int64_t keep)
{
    const struct ledger_row cause = { .order_no = order_no };

    if (stock->lots == NULL) {
        return;
    }
    struct moving moving = moving_of(rows, stock, &cause);
    int64_t left = lots_picked(&moving.lots, order_no) - keep;
    if (left <= 0 || mutant("keep_picked")) {
        return;
    }
    for (size_t i = moving.lots.count; i > 0 && left > 0; i--) {
        const struct lot *lot = &moving.lots.items[i - 1];
        int64_t back = least(lot->pieces[LOT_SELLABLE], left);

        if (lot->order_no == order_no && back > 0) {
            give_to(&moving, i - 1, 0, back);
            left -= back;
        }
    }
    write(&moving);
}

/* Free pieces of a lot become those of the order. */
static void pick_named(struct moving *moving, const char *number, int64_t quantity,
                       int64_t order_no)
{
    for (size_t i = 0; i < moving->lots.count && quantity > 0; i++) {
        const struct lot *lot = &moving->lots.items[i];
        int64_t here = least(lot->pieces[LOT_SELLABLE], quantity);

        if (lot->order_no == 0 && here > 0 && strcmp(lot->number, number) == 0) {
            give_to(moving, i, order_no, here);
            quantity -= here;
        }
    }
    assert(quantity == 0);
}

void lots_pick(struct rows *rows, struct stock_row *stock, int64_t order_no,
               const struct lot_names *names)
{
    const struct ledger_row cause = { .order_no = order_no, .names = names };

    lots_unpick(rows, stock, order_no, 0);
    struct moving moving = moving_of(rows, stock, &cause);
    for (size_t i = 0; i < names->count; i++) {
        pick_named(&moving, names->items[i].number, names->items[i].quantity, order_no);
    }
    write(&moving);
}
