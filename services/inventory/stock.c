/* stock.c - quantities of a stock row: on hand, reserved, owed; and of those who wait for more.
 *
 * A promise never raises what is owed: only what happened physically does.  So a promise too many
 * breaks the named constraint of the table instead of being booked as a debt.
 */
#include "services/inventory/stock.h"

#include "common/mutant.h"

#include <assert.h>
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

int64_t stock_available(const struct stock_row *stock)
{
    int64_t available = stock->on_hand - stock->reserved - stock->safety;

    return available > 0 ? available : 0;
}

int64_t backorder_pieces(const struct rows *rows, const char *sku)
{
    const struct backorder_row *row = rows_find(rows, &backorder_table, key_text(sku));

    return row == NULL ? 0 : row->pieces;
}

void backorder_change(struct rows *rows, const char *sku, int64_t change)
{
    struct backorder_row *row = rows_find(rows, &backorder_table, key_text(sku));

    assert(row != NULL && row->pieces + change >= 0);
    row->pieces += change;
    rows_update(rows, &backorder_table, row);
}

static const struct location_row *find_place(const struct rows *rows, const char *code)
{
    void **at = rows_list(rows, &location_table, key_number(LOCATION_NETWORK));

    while (*at != NULL && strcmp(((const struct location_row *)*at)->code, code) != 0) {
        at++;
    }
    return *at;
}

bool location_is_active(const struct rows *rows, const char *code)
{
    const struct location_row *place = find_place(rows, code);

    return place != NULL && place->active;
}

struct source {
    struct stock_row *stock;
    int64_t served, priority;
};

static bool serves_better(struct source source, struct source best)
{
    if (best.stock == NULL || source.served != best.served) {
        return source.served > (best.stock == NULL ? 0 : best.served);
    }
    if (source.priority != best.priority) {
        return source.priority < best.priority;
    }
    return strcmp(source.stock->location, best.stock->location) < 0;
}

struct stock_row *stock_choose(const struct rows *rows, const char *sku, int64_t quantity,
                               const char *but_not)
{
    struct source best = { .stock = NULL };

    for (void **at = rows_list(rows, &stock_table, key_text(sku)); *at != NULL; at++) {
        struct source source = { .stock = *at, .served = stock_available(*at) };
        const struct location_row *place = find_place(rows, source.stock->location);

        if (place == NULL || !place->active ||
            (but_not != NULL && strcmp(place->code, but_not) == 0)) {
            continue;
        }
        source.priority = place->priority;
        source.served = source.served < quantity ? source.served : quantity;
        best = serves_better(source, best) ? source : best;
    }
    return best.stock;
}

static void changed(struct rows *rows, struct stock_row *stock)
{
    stock->version++;
    rows_update(rows, &stock_table, stock);
}

static int64_t uncovered(const struct stock_row *stock)
{
    return stock->reserved > stock->on_hand ? stock->reserved - stock->on_hand : 0;
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

static void write_ledger(struct rows *rows, const struct stock_row *stock, enum ledger_kind kind,
                         int64_t quantity, const struct ledger_row *cause)
{
    struct ledger_row row = *cause;

    row.sku = stock->sku;
    row.location = stock->location;
    row.version = stock->version;
    row.kind = kind;
    row.quantity = quantity;
    if (quantity != 0) {
        rows_insert(rows, &ledger_table, &row);
    }
}

void stock_book(struct rows *rows, struct stock_row *stock, int64_t change,
                const struct ledger_row *cause)
{
    assert(stock->on_hand + change >= 0 && stock->on_hand + change <= STOCK_QUANTITY_MAX);
    stock->on_hand += change;
    stock->owed = uncovered(stock);
    changed(rows, stock);
    write_ledger(rows, stock, LEDGER_ADJUSTED, change, cause);
}

void stock_audit(struct rows *rows, struct stock_row *stock, int64_t change,
                 const struct ledger_row *cause)
{
    changed(rows, stock);
    write_ledger(rows, stock, LEDGER_AUDITED, change, cause);
}

void stock_lose(struct rows *rows, struct stock_row *stock, int64_t quantity,
                const struct ledger_row *cause)
{
    int64_t lost = quantity > stock->owed ? quantity - stock->owed : 0;

    assert(quantity > 0 && quantity <= stock->reserved && lost <= stock->on_hand);
    stock->reserved -= quantity;
    stock->on_hand -= lost;
    stock->owed = uncovered(stock);
    changed(rows, stock);
    write_ledger(rows, stock, LEDGER_LOST, -lost, cause);
}

void stock_ship(struct rows *rows, struct stock_row *stock, int64_t quantity, int64_t held,
                const struct ledger_row *cause)
{
    int64_t found = quantity > stock->on_hand ? quantity - stock->on_hand : 0;

    assert(quantity > 0 && held >= 0 && held <= quantity && held <= stock->reserved);
    stock->reserved -= held;
    stock->on_hand += found - quantity;
    stock->owed = mutant("owe_nothing") ? 0 : uncovered(stock);
    changed(rows, stock);
    write_ledger(rows, stock, LEDGER_FOUND, found, cause);
    write_ledger(rows, stock, LEDGER_SHIPPED, -quantity, cause);
}
