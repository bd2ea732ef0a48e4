/* bundle_level.c - who is asked for the levels of bundles, and what these say. */
#include "services/inventory/bundle_level.h"

#include "common/arena.h"
#include "common/recipe.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/channel_level.h"
#include "services/inventory/level.h"
#include "services/inventory/stock.h"
#include "services/inventory/tables.h"

/* A new recipe may be of stock that changed less often, so the item's own version comes first. */
enum { VERSION_BITS = 36 };

void bundle_level_ask(struct decision *out, const char *sku)
{
    decide_timer(out, (struct subject){ .id = sku }, BUNDLE_LEVEL_TIMER, out->now, 0);
}

void bundles_follow(struct decision *out, const char *sku)
{
    const struct backorder_row *row = rows_find(out->rows, &backorder_table, key_text(sku));

    if (row != NULL && row->in_bundles > 0) {
        decide_timer(out, (struct subject){ .id = sku }, BUNDLES_TIMER, out->now, 0);
    }
}

void bundles_due_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &bundle_use_table, key_text(in->subject.id));
}

void on_bundles_due(struct decision *out, const struct incoming_timer *in)
{
    void **at = rows_list(out->rows, &bundle_use_table, key_text(in->subject.id));

    for (; *at != NULL; at++) {
        const struct stock_publish request = { .sku = ((const struct bundle_use_row *)*at)->bundle,
                                               .bundle = true,
                                               .has_bundle = true };

        decide_input(out, (struct subject){ .id = request.sku }, MESSAGE_STOCK_PUBLISH, &request,
                     sizeof request);
    }
}

void bundle_level_due_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &item_table, key_text(in->subject.id));
}

static const char *components_of(const struct rows *rows, const char *sku)
{
    const struct item_row *item = rows_find(rows, &item_table, key_text(sku));

    return item == NULL ? NULL : item->components;
}

void bundle_level_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
    channel_levels_want(rows);
    recipe_want(rows, &stock_table, components_of(rows, in->subject.id));
    recipe_want(rows, &backorder_table, components_of(rows, in->subject.id));
}

static int64_t version_of(const struct rows *rows, const struct item_row *item,
                          struct recipe recipe)
{
    int64_t version = item->version << VERSION_BITS;

    for (size_t i = 0; i < recipe.count; i++) {
        version += level_version(rows, recipe.components[i].sku) - 1;
    }
    return version;
}

/* True where the place has a row of every component. */
static bool has_all(const struct rows *rows, struct recipe recipe, const char *location)
{
    for (size_t i = 0; i < recipe.count; i++) {
        if (stock_find(rows, recipe.components[i].sku, location) == NULL) {
            return false;
        }
    }
    return true;
}

/* One of its components is a pre-order. */
static bool is_held_back(const struct rows *rows, struct recipe recipe)
{
    for (size_t i = 0; i < recipe.count; i++) {
        if (stock_held_until(rows, recipe.components[i].sku) != 0) {
            return true;
        }
    }
    return false;
}

static void add_places(struct decision *out, struct recipe recipe, struct stock_level *level)
{
    void **list = rows_list(out->rows, &stock_table, key_text(recipe.components[0].sku));
    size_t count = rows_count(list);
    struct stock_level_location *places = arena_alloc(out->arena, count * sizeof *places);
    bool held_back = is_held_back(out->rows, recipe);
    level->locations = places;
    for (size_t i = 0; i < count; i++) {
        const char *code = ((const struct stock_row *)list[i])->location;
        struct stock_level_location *place = &places[level->locations_count];

        if (has_all(out->rows, recipe, code)) {
            place->location = code;
            place->available = location_is_active(out->rows, code) && !held_back
                                   ? stock_whole(out->rows, recipe, code)
                                   : 0;
            level->available += place->available;
            level->locations_count++;
        }
    }
}

void on_bundle_level_due(struct decision *out, const struct incoming_timer *in)
{
    const char *sku = in->subject.id;
    const struct item_row *item = rows_find(out->rows, &item_table, key_text(sku));

    if (item == NULL || item->components == NULL) {
        return;
    }
    struct recipe recipe = recipe_of(out->arena, sku, item->components);
    struct stock_level level = { .sku = sku, .version = version_of(out->rows, item, recipe) };

    add_places(out, recipe, &level);
    channel_levels_add(out, recipe, &level);
    out->clock = level.version - 1; /* the SKU's own time */
    decide_emit(out, in->subject, MESSAGE_STOCK_LEVEL, &level, sizeof level);
}
