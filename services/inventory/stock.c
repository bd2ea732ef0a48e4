/* stock.c - quantities of a stock row: its counters, what is reserved and owed; and of those who wait for more.
 *
 * A promise never raises what is owed: only what happened physically does.  So a promise too many
 * breaks the named constraint of the table instead of being booked as a debt.
 */
#include "services/inventory/stock.h"

#include "common/mutant.h"
#include "services/inventory/buying.h"
#include "services/inventory/lot.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

struct stock_row *stock_find(const struct rows *rows, const char *sku, const char *location)
{
    for (void **at = rows_list(rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        struct stock_row *stock = *at;

        if (strcmp(stock->location, location) == 0) {
            return stock;
        }
    }
    return NULL;
}

enum { COUNTERS = STOCK_COUNTER_INCOMING + 1 };

static const size_t counter_members[COUNTERS] = {
    [STOCK_COUNTER_ON_HAND] = offsetof(struct stock_row, on_hand),
    [STOCK_COUNTER_DAMAGED] = offsetof(struct stock_row, damaged),
    [STOCK_COUNTER_QUALITY_CONTROL] = offsetof(struct stock_row, quality_control),
    [STOCK_COUNTER_SAFETY] = offsetof(struct stock_row, safety),
    [STOCK_COUNTER_INCOMING] = offsetof(struct stock_row, incoming),
};

int64_t stock_counted(const struct stock_row *stock, enum stock_counter counter)
{
    assert(counter >= STOCK_COUNTER_ON_HAND && counter <= STOCK_COUNTER_INCOMING);
    return *(const int64_t *)(const void *)((const char *)stock + counter_members[counter]);
}

int64_t stock_sellable(const struct stock_row *stock)
{
    return stock->on_hand - stock->damaged - stock->quality_control;
}

int64_t stock_available(const struct stock_row *stock)
{
    int64_t sellable = mutant("promise_damaged") ? stock->on_hand : stock_sellable(stock);
    int64_t available = sellable - stock->reserved - stock->safety;

    return available > 0 ? available : 0;
}

int64_t backorder_pieces(const struct rows *rows, const char *sku)
{
    const struct backorder_row *row = rows_find(rows, &backorder_table, key_text(sku));

    return row == NULL ? 0 : row->pieces;
}

int64_t stock_held_until(const struct rows *rows, const char *sku)
{
    const struct backorder_row *row = rows_find(rows, &backorder_table, key_text(sku));

    return row == NULL || mutant("sell_early") ? 0 : row->held_until;
}

void backorder_change(struct decision *out, const char *sku, int64_t change)
{
    struct backorder_row *row = rows_find(out->rows, &backorder_table, key_text(sku));

    assert(row != NULL && row->pieces + change >= 0);
    row->pieces += change;
    rows_update(out->rows, &backorder_table, row);
    buying_ask(out, sku);
}

const struct location_row *location_find(const struct rows *rows, const char *code)
{
    void **at = rows_list(rows, &location_table, key_number(LOCATION_NETWORK));

    while (*at != NULL && strcmp(((const struct location_row *)*at)->code, code) != 0) {
        at++;
    }
    return *at;
}

bool location_is_known(const struct rows *rows, const char *code)
{
    return location_find(rows, code) != NULL;
}

bool location_is_active(const struct rows *rows, const char *code)
{
    const struct location_row *place = location_find(rows, code);

    return place != NULL && place->active;
}

int64_t stock_free(const struct rows *rows, const char *sku)
{
    int64_t pieces = 0;

    if (stock_held_until(rows, sku) != 0) {
        return 0;
    }
    for (void **at = rows_list(rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        const struct stock_row *stock = *at;

        pieces += location_is_active(rows, stock->location) ? stock_available(stock) : 0;
    }
    return pieces;
}

int64_t stock_whole(const struct rows *rows, struct recipe recipe, const char *location)
{
    int64_t whole = INT64_MAX;

    for (size_t i = 0; i < recipe.count; i++) {
        const struct stock_row *stock = stock_find(rows, recipe.components[i].sku, location);
        int64_t available = stock == NULL ? 0 : stock_available(stock);

        available /= recipe.components[i].quantity;
        whole = available < whole ? available : whole;
    }
    return whole;
}

struct source {
    const struct location_row *place;
    int64_t served;
};

static bool serves_better(struct source source, struct source best)
{
    if (best.place == NULL || source.served != best.served) {
        return source.served > (best.place == NULL ? 0 : best.served);
    }
    if (source.place->priority != best.place->priority) {
        return source.place->priority < best.place->priority;
    }
    return strcmp(source.place->code, best.place->code) < 0;
}

const char *stock_choose(const struct rows *rows, struct recipe recipe, int64_t quantity,
                         int64_t *ret_quantity)
{
    void **at = rows_list(rows, &stock_table, key_text(recipe.components[0].sku));
    struct source best = { .place = NULL };

    for (; *at != NULL; at++) {
        const char *code = ((const struct stock_row *)*at)->location;
        struct source source = { .place = location_find(rows, code) };

        if (source.place == NULL || !source.place->active) {
            continue;
        }
        source.served = stock_whole(rows, recipe, code);
        source.served = source.served < quantity ? source.served : quantity;
        best = serves_better(source, best) ? source : best;
    }
    *ret_quantity = best.served;
    return best.place == NULL ? NULL : best.place->code;
}

static void changed(struct rows *rows, struct stock_row *stock)
{
    stock->version++;
    rows_update(rows, &stock_table, stock);
}

void stock_touch(struct rows *rows, struct stock_row *stock)
{
    changed(rows, stock);
}

static int64_t uncovered(const struct stock_row *stock)
{
    int64_t sellable = stock_sellable(stock);

    return stock->reserved > sellable ? stock->reserved - sellable : 0;
}

static void lower_owed(struct stock_row *stock)
{
    if (stock->owed > uncovered(stock)) {
        stock->owed = uncovered(stock);
    }
}

void stock_hold(struct rows *rows, struct stock_row *stock, int64_t quantity)
{
    assert(quantity > 0 && quantity <= stock_available(stock));
    stock->reserved += quantity;
    changed(rows, stock);
}

void stock_give_back(struct rows *rows, struct stock_row *stock, int64_t quantity)
{
    assert(quantity > 0 && quantity <= stock->reserved);
    stock->reserved -= mutant("keep_reserved") ? 0 : quantity;
    lower_owed(stock);
    changed(rows, stock);
}

static struct ledger_row line_of(const struct ledger_row *cause, enum stock_counter counter,
                                 enum ledger_kind kind, int64_t quantity)
{
    struct ledger_row line = *cause;

    line.counter = counter;
    line.kind = kind;
    line.quantity = quantity;
    return line;
}

static void write_ledger(struct rows *rows, const struct stock_row *stock, struct ledger_row line)
{
    line.sku = stock->sku;
    line.location = stock->location;
    line.version = stock->version;
    if (line.quantity != 0) {
        rows_insert(rows, &ledger_table, &line);
    }
}

/* The one way in which a counter with a ledger changes; the version that does it is made before. */
static void count(struct rows *rows, struct stock_row *stock, struct ledger_row line)
{
    int64_t *counter = (int64_t *)(void *)((char *)stock + counter_members[line.counter]);

    *counter += line.quantity;
    assert(*counter >= 0);
    if (!mutant("forget_counter_line") || line.counter == STOCK_COUNTER_ON_HAND) {
        write_ledger(rows, stock, line);
    }
}

/* What is not there cannot be broken or wait to be looked at. */
static void forget_gone(struct rows *rows, struct stock_row *stock, const struct ledger_row *cause)
{
    static const enum stock_counter parts[] = { STOCK_COUNTER_QUALITY_CONTROL,
                                                STOCK_COUNTER_DAMAGED };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && stock_sellable(stock) < 0; i++) {
        int64_t part = stock_counted(stock, parts[i]), gone = -stock_sellable(stock);

        gone = gone < part ? gone : part;
        count(rows, stock, line_of(cause, parts[i], LEDGER_GONE, -gone));
    }
}

/* What was done since `before` is done to the lots. */
static void follow(struct rows *rows, struct stock_row *stock, const struct stock_row *before,
                   struct ledger_row line)
{
    lots_follow(rows, stock, before, &line);
}

static void correct_lots(struct rows *rows, struct stock_row *stock, const struct ledger_row *cause)
{
    const struct ledger_row line = line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_ADJUSTED, 0);
    int64_t change[LOT_CONDITION_COUNT];

    changed(rows, stock);
    lots_correct(rows, stock, &line, change);
    count(rows, stock,
          line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_ADJUSTED,
                  change[LOT_SELLABLE] + change[LOT_DAMAGED] + change[LOT_QUALITY_CONTROL]));
    count(rows, stock,
          line_of(cause, STOCK_COUNTER_QUALITY_CONTROL, LEDGER_GONE, change[LOT_QUALITY_CONTROL]));
    count(rows, stock, line_of(cause, STOCK_COUNTER_DAMAGED, LEDGER_GONE, change[LOT_DAMAGED]));
    stock->owed = uncovered(stock);
}

void stock_book(struct rows *rows, struct stock_row *stock, int64_t change,
                const struct ledger_row *cause)
{
    const struct stock_row before = *stock;

    if (stock->lots != NULL && cause->names != NULL) {
        correct_lots(rows, stock, cause);
        return;
    }
    assert(stock->on_hand + change >= 0 && stock->on_hand + change <= STOCK_QUANTITY_MAX);
    changed(rows, stock);
    count(rows, stock, line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_ADJUSTED, change));
    forget_gone(rows, stock, cause);
    stock->owed = uncovered(stock);
    follow(rows, stock, &before, line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_ADJUSTED, change));
}

void stock_audit(struct rows *rows, struct stock_row *stock, int64_t change,
                 const struct ledger_row *cause)
{
    changed(rows, stock);
    write_ledger(rows, stock,
                 line_of(cause, (enum stock_counter)cause->counter, LEDGER_AUDITED, change));
}

enum { CONDITIONS = STOCK_CONDITION_WRITTEN_OFF + 1 };

static const bool ways[CONDITIONS][CONDITIONS] = {
    [STOCK_CONDITION_SELLABLE] = { [STOCK_CONDITION_DAMAGED] = true,
                                   [STOCK_CONDITION_QUALITY_CONTROL] = true },
    [STOCK_CONDITION_DAMAGED] = { [STOCK_CONDITION_SELLABLE] = true,
                                  [STOCK_CONDITION_QUALITY_CONTROL] = true,
                                  [STOCK_CONDITION_WRITTEN_OFF] = true },
    [STOCK_CONDITION_QUALITY_CONTROL] = { [STOCK_CONDITION_SELLABLE] = true,
                                          [STOCK_CONDITION_DAMAGED] = true,
                                          [STOCK_CONDITION_WRITTEN_OFF] = true },
};

/* Where pieces of a condition are counted beside what is on hand; 0: nowhere. */
static const enum stock_counter condition_counters[CONDITIONS] = {
    [STOCK_CONDITION_DAMAGED] = STOCK_COUNTER_DAMAGED,
    [STOCK_CONDITION_QUALITY_CONTROL] = STOCK_COUNTER_QUALITY_CONTROL,
};

bool stock_may_move(enum stock_condition from, enum stock_condition to)
{
    return ways[from][to];
}

int64_t stock_in_condition(const struct stock_row *stock, enum stock_condition condition)
{
    enum stock_counter counter = condition_counters[condition];

    if (condition == STOCK_CONDITION_SELLABLE) {
        return stock_sellable(stock);
    }
    return counter == 0 ? 0 : stock_counted(stock, counter);
}

void stock_move(struct rows *rows, struct stock_row *stock, const struct stock_way *way,
                const struct ledger_row *cause)
{
    bool gone = way->to == STOCK_CONDITION_WRITTEN_OFF;
    enum ledger_kind kind = gone ? LEDGER_WRITTEN_OFF : LEDGER_MOVED;
    const struct stock_row before = *stock;

    assert(stock_may_move(way->from, way->to));
    assert(way->quantity > 0 && way->quantity <= stock_in_condition(stock, way->from));
    changed(rows, stock);
    if (condition_counters[way->from] != 0) {
        count(rows, stock, line_of(cause, condition_counters[way->from], kind, -way->quantity));
    }
    if (condition_counters[way->to] != 0) {
        count(rows, stock, line_of(cause, condition_counters[way->to], kind, way->quantity));
    }
    if (gone) {
        count(rows, stock, line_of(cause, STOCK_COUNTER_ON_HAND, kind, -way->quantity));
    }
    stock->owed = uncovered(stock);
    follow(rows, stock, &before, line_of(cause, STOCK_COUNTER_ON_HAND, kind, 0));
}

void stock_keep_back(struct rows *rows, struct stock_row *stock, int64_t safety,
                     const struct ledger_row *cause)
{
    assert(safety >= 0 && safety <= STOCK_QUANTITY_MAX);
    changed(rows, stock);
    count(rows, stock,
          line_of(cause, STOCK_COUNTER_SAFETY, LEDGER_ADJUSTED, safety - stock->safety));
}

void stock_lose(struct rows *rows, struct stock_row *stock, int64_t quantity,
                const struct ledger_row *cause)
{
    int64_t lost = quantity > stock->owed ? quantity - stock->owed : 0;
    const struct stock_row before = *stock;

    assert(quantity > 0 && quantity <= stock->reserved && lost <= stock_sellable(stock));
    stock->reserved -= quantity;
    changed(rows, stock);
    count(rows, stock, line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_LOST, -lost));
    stock->owed = uncovered(stock);
    follow(rows, stock, &before, line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_LOST, 0));
}

/* Out of the door, as `cause` says by its kind. */
static void leave(struct rows *rows, struct stock_row *stock, int64_t quantity, int64_t held,
                  const struct ledger_row *cause)
{
    int64_t found = quantity > stock->on_hand ? quantity - stock->on_hand : 0;
    struct stock_row before = *stock;

    assert(quantity > 0 && held >= 0 && held <= quantity && held <= stock->reserved);
    stock->reserved -= held;
    changed(rows, stock);
    count(rows, stock, line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_FOUND, found));
    if (found > 0) {
        follow(rows, stock, &before, line_of(cause, STOCK_COUNTER_ON_HAND, LEDGER_FOUND, 0));
        before = *stock;
    }
    count(rows, stock,
          line_of(cause, STOCK_COUNTER_ON_HAND, (enum ledger_kind)cause->kind, -quantity));
    forget_gone(rows, stock, cause);
    stock->owed = mutant("owe_nothing") ? 0 : uncovered(stock);
    follow(rows, stock, &before, *cause);
}

void stock_ship(struct rows *rows, struct stock_row *stock, int64_t quantity, int64_t held,
                const struct ledger_row *cause)
{
    struct ledger_row shipped = *cause;

    shipped.kind = LEDGER_SHIPPED;
    leave(rows, stock, quantity, held, &shipped);
}

void stock_send(struct rows *rows, struct stock_row *stock, int64_t quantity, int64_t held,
                const struct ledger_row *cause)
{
    struct ledger_row sent = *cause;

    sent.kind = LEDGER_SENT;
    leave(rows, stock, quantity, held, &sent);
}

void stock_arrive(struct rows *rows, struct stock_row *stock, const struct stock_arrival *arrival,
                  const struct ledger_row *cause)
{
    enum ledger_kind came = arrival->bought ? LEDGER_RECEIVED : LEDGER_ARRIVED;
    enum ledger_kind kind = arrival->lost ? (arrival->bought ? LEDGER_UNDELIVERED : LEDGER_LOST)
                            : arrival->incoming_change > 0
                                ? (arrival->bought ? LEDGER_ORDERED : LEDGER_SENT)
                                : came;
    const struct stock_row before = *stock;

    assert(arrival->damaged >= 0 && arrival->damaged <= arrival->quantity);
    changed(rows, stock);
    count(rows, stock, line_of(cause, STOCK_COUNTER_INCOMING, kind, arrival->incoming_change));
    count(rows, stock, line_of(cause, STOCK_COUNTER_ON_HAND, came, arrival->quantity));
    count(rows, stock, line_of(cause, STOCK_COUNTER_DAMAGED, came, arrival->damaged));
    stock->owed = uncovered(stock);
    follow(rows, stock, &before, line_of(cause, STOCK_COUNTER_ON_HAND, came, 0));
}
