/* part.c - a part is held and booked piece by piece of what it is made of. */
#include "services/inventory/part.h"

#include "proto/inventory.h"
#include "services/inventory/level.h"
#include "services/inventory/lot.h"
#include "services/inventory/stock.h"

#include <string.h>

void part_want(struct rows *rows, const struct reservation_line_row *part)
{
    rows_want(rows, &stock_table, key_text(part->sku));
    rows_want(rows, &backorder_table, key_text(part->sku));
    recipe_want(rows, &stock_table, part->components);
    recipe_want(rows, &backorder_table, part->components);
}

void part_want_all(struct rows *rows, int64_t order_no)
{
    void **at = rows_list(rows, &reservation_line_table, key_number(order_no));

    for (; *at != NULL; at++) {
        part_want(rows, *at);
    }
}

struct recipe part_recipe(struct arena *arena, const struct reservation_line_row *part)
{
    return recipe_of(arena, part->sku, part->components);
}

void part_hold(struct decision *out, const struct reservation_line_row *part, int64_t quantity)
{
    struct recipe recipe = part_recipe(out->arena, part);

    for (size_t i = 0; i < recipe.count; i++) {
        const struct bundle_component *component = &recipe.components[i];

        stock_hold(out->rows, stock_find(out->rows, component->sku, part->location),
                   quantity * component->quantity);
        level_ask(out, component->sku);
    }
}

int64_t part_held_in(const struct decision *out, int64_t order_no, const struct stock_row *stock)
{
    void **at = rows_list(out->rows, &reservation_line_table, key_number(order_no));
    int64_t held = 0;

    for (; *at != NULL; at++) {
        const struct reservation_line_row *part = *at;

        if (part->state == PART_HELD && strcmp(part->location, stock->location) == 0) {
            held += part->quantity * recipe_pieces(part_recipe(out->arena, part), stock->sku);
        }
    }
    return held;
}

/* More is not picked for an order than it holds; its parts still say what it held before. */
static void put_picked_back(const struct decision *out, int64_t order_no, struct stock_row *stock,
                            int64_t quantity)
{
    if (stock->lots != NULL) {
        lots_unpick(out->rows, stock, order_no, part_held_in(out, order_no, stock) - quantity);
    }
}

void part_give_back(struct decision *out, const struct reservation_line_row *part, int64_t quantity)
{
    struct recipe recipe = part_recipe(out->arena, part);

    for (size_t i = 0; i < recipe.count; i++) {
        const struct bundle_component *component = &recipe.components[i];

        struct stock_row *stock = stock_find(out->rows, component->sku, part->location);

        stock_give_back(out->rows, stock, quantity * component->quantity);
        put_picked_back(out, part->order_no, stock, quantity * component->quantity);
        level_ask(out, component->sku);
    }
}

static bool names_line(const struct part_losses *losses, int64_t line_no)
{
    for (size_t i = 0; i < losses->count; i++) {
        if (losses->named[i].line_no == line_no) {
            return true;
        }
    }
    return false;
}

/* How many of these pieces of a component are lost; they are not lost again. */
static int64_t take_lost(const struct part_losses *losses, const struct line_quantity *pieces)
{
    int64_t lost = 0;

    if (!names_line(losses, pieces->line_no)) {
        return pieces->quantity;
    }
    for (size_t i = 0; i < losses->count; i++) {
        struct line_quantity *named = &losses->named[i];
        int64_t left = pieces->quantity - lost;

        if (named->line_no == pieces->line_no && strcmp(named->sku, pieces->sku) == 0) {
            int64_t more = named->quantity < left ? named->quantity : left;

            named->quantity -= more;
            lost += more;
        }
    }
    return lost;
}

void part_lose(struct decision *out, const struct reservation_line_row *part, int64_t quantity,
               const struct part_losses *losses, const struct ledger_row *cause)
{
    struct recipe recipe = part_recipe(out->arena, part);

    for (size_t i = 0; i < recipe.count; i++) {
        const struct bundle_component *component = &recipe.components[i];
        struct stock_row *stock = stock_find(out->rows, component->sku, part->location);
        const struct line_quantity pieces = { part->line_no, component->sku,
                                              quantity * component->quantity };
        int64_t lost = take_lost(losses, &pieces);

        if (lost > 0) {
            stock_lose(out->rows, stock, lost, cause);
        }
        if (lost < pieces.quantity) {
            stock_give_back(out->rows, stock, pieces.quantity - lost);
        }
        put_picked_back(out, part->order_no, stock, pieces.quantity);
        level_ask(out, component->sku);
    }
}

void part_ship(struct decision *out, const struct reservation_line_row *part, int64_t quantity,
               int64_t held, const struct ledger_row *cause)
{
    struct recipe recipe = part_recipe(out->arena, part);

    for (size_t i = 0; i < recipe.count; i++) {
        const struct bundle_component *component = &recipe.components[i];
        struct stock_row *stock = stock_find(out->rows, component->sku, part->location);

        if (stock != NULL) {
            stock_ship(out->rows, stock, quantity * component->quantity, held * component->quantity,
                       cause);
            put_picked_back(out, cause->order_no, stock, held * component->quantity);
        }
        level_ask(out, component->sku);
    }
}
