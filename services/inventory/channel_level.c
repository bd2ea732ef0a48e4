/* channel_level.c - a level without what the rules of a channel keep from it. */
#include "services/inventory/channel_level.h"

#include "common/arena.h"
#include "proto/inventory.h"
#include "services/inventory/sourcing_rule.h"
#include "services/inventory/stock.h"

#include <string.h>

struct limited {
    const struct decision *out;
    source_rules rules;
    void *const *places; /* rows of stock of the first component */
    size_t place_count;
    int64_t *whole; /* how often each place has all of it */
};

void channel_levels_want(struct rows *rows)
{
    rows_want(rows, &channel_rule_table, key_number(LOCATION_NETWORK));
}

static bool may_take_part(const struct limited *limited, const char *code)
{
    const struct location_row *location = location_find(limited->out->rows, code);
    const struct source_facts facts = { .kind = location == NULL ? 0 : location->kind };

    return location != NULL && location->active &&
           source_is_allowed(limited->rules, code, &facts, NULL);
}

/* What of a component each place may give to the channel; some is kept back, at the last places first. */
static int64_t *free_of(const struct limited *limited, const char *sku)
{
    int64_t *pieces = arena_alloc(limited->out->arena, limited->place_count * sizeof *pieces);
    const struct sourcing_rule_row *buffer = source_buffer(limited->rules, sku);
    bool held_back = stock_held_until(limited->out->rows, sku) != 0;
    int64_t sellable = 0;

    for (size_t i = 0; i < limited->place_count; i++) {
        const char *code = ((const struct stock_row *)limited->places[i])->location;
        const struct stock_row *stock = stock_find(limited->out->rows, sku, code);
        bool counts = stock != NULL && !held_back && may_take_part(limited, code);

        pieces[i] = counts ? stock_available(stock) : 0;
        sellable += counts ? stock_sellable(stock) : 0;
    }
    int64_t kept = buffer == NULL ? 0 : source_kept_back(buffer, sellable);
    for (size_t i = limited->place_count; i > 0 && kept > 0; i--) {
        int64_t quantity = pieces[i - 1] < kept ? pieces[i - 1] : kept;

        pieces[i - 1] -= quantity;
        kept -= quantity;
    }
    return pieces;
}

static int64_t available_to(const struct limited *limited, struct recipe recipe)
{
    int64_t available = 0;

    for (size_t i = 0; i < recipe.count; i++) {
        const int64_t *pieces = free_of(limited, recipe.components[i].sku);

        for (size_t place = 0; place < limited->place_count; place++) {
            int64_t often = pieces[place] / recipe.components[i].quantity;

            limited->whole[place] =
                i == 0 || often < limited->whole[place] ? often : limited->whole[place];
        }
    }
    for (size_t place = 0; place < limited->place_count; place++) {
        available += limited->whole[place];
    }
    return available;
}

/* The rules of the channel that begins at a row, NULL-terminated, in the arena. */
static source_rules rules_from(struct arena *arena, void *const *from, size_t *ret_count)
{
    const struct channel_rule_row *first = from[0];
    size_t count = 0;

    while (from[count] != NULL && strcmp(((const struct channel_rule_row *)from[count])->rule.scope,
                                         first->rule.scope) == 0) {
        count++;
    }
    const struct sourcing_rule_row **rules = arena_alloc(arena, (count + 1) * sizeof *rules);
    for (size_t i = 0; i < count; i++) {
        rules[i] = &((const struct channel_rule_row *)from[i])->rule;
    }
    rules[count] = NULL;
    *ret_count = count;
    return rules;
}

void channel_levels_add(struct decision *out, struct recipe recipe, struct stock_level *level)
{
    void **list = rows_list(out->rows, &channel_rule_table, key_number(LOCATION_NETWORK));
    void **places = rows_list(out->rows, &stock_table, key_text(recipe.components[0].sku));
    struct limited limited = { .out = out, .places = places, .place_count = rows_count(places) };
    struct stock_level_channel *channels =
        arena_alloc(out->arena, rows_count(list) * sizeof *channels);
    bool all_limited = false; /* those without rules of their own: "*" sorts before any channel */

    limited.whole = arena_alloc(out->arena, limited.place_count * sizeof *limited.whole);
    level->channels = channels;
    for (size_t count = 0; *list != NULL; list += count) {
        const char *scope = ((const struct channel_rule_row *)*list)->rule.scope;

        limited.rules = rules_from(out->arena, list, &count);
        if (source_limits(limited.rules) || all_limited) {
            all_limited = all_limited || strcmp(scope, SCOPE_ALL) == 0;
            channels[level->channels_count++] =
                (struct stock_level_channel){ scope, available_to(&limited, recipe) };
        }
    }
}
