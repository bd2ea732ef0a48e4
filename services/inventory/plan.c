/* plan.c - from the lines of an order to pieces at places.
 *
 * Demands (one an item) and candidates (active places that have any of it) are what sourcing.c
 * chooses from; plan_parts.c cuts its answer into parts of the order's lines.
 */
#include "services/inventory/plan.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/capacity.h"
#include "services/inventory/lot.h"
#include "services/inventory/part.h"
#include "services/inventory/place.h"
#include "services/inventory/planning.h"
#include "services/inventory/postal.h"
#include "services/inventory/sourcing_policy.h"
#include "services/inventory/sourcing_record.h"
#include "services/inventory/stock.h"

#include <stdlib.h>
#include <string.h>

void plan_need(const struct inventory_reserve *command, struct rows *rows)
{
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
    sourcing_rules_need(command->channel, rows);
    for (size_t i = 0; i < command->lines_count; i++) { /* says what a bundle is made of */
        rows_want(rows, &item_table, key_text(command->lines[i].sku));
    }
}

/* Without a place whose position is known nobody asks where the parcel goes. */
static bool asks_where(const struct rows *rows)
{
    for (void **at = rows_list(rows, &location_table, key_number(LOCATION_NETWORK)); *at != NULL;
         at++) {
        const struct location_row *location = *at;

        if (spot_is_known((struct spot){ location->latitude, location->longitude })) {
            return true;
        }
    }
    return false;
}

/* What left a place lately, by the last review, of items and of what bundles are made of. */
static void want_demand(const struct inventory_reserve *command, struct rows *rows)
{
    for (size_t i = 0; i < command->lines_count; i++) {
        const struct item_row *item = rows_find(rows, &item_table, key_text(command->lines[i].sku));

        rows_want(rows, &stock_watch_table, key_text(command->lines[i].sku));
        recipe_want(rows, &stock_watch_table, item == NULL ? NULL : item->components);
    }
}

void plan_need_shared(const struct inventory_reserve *command, struct rows *rows)
{
    for (size_t i = 0; i < command->lines_count; i++) {
        const char *sku = command->lines[i].sku;
        const struct item_row *item = rows_find(rows, &item_table, key_text(sku));

        part_want(rows, &(struct reservation_line_row){
                            .sku = sku, .components = item == NULL ? NULL : item->components });
        recipe_want(rows, &item_table, item == NULL ? NULL : item->components);
    }
    if (source_asks_for_demand(sourcing_rules_find(rows, command->channel))) {
        want_demand(command, rows);
    }
    capacity_need(rows);
    if (asks_where(rows)) {
        rows_want(rows, &inventory_postal_table, key_text(command->ship_country));
    }
}

/* Not asked for where pieces were promised before. */
static const struct item_row *item_of(const struct planning *planning, const char *sku)
{
    return planning->promised != NULL ? NULL
                                      : rows_find(planning->out->rows, &item_table, key_text(sku));
}

static size_t good_of(struct planning *planning, const char *sku)
{
    size_t i = 0;

    while (i < planning->good_count && strcmp(planning->goods[i].sku, sku) != 0) {
        i++;
    }
    if (i == planning->good_count) {
        planning->goods[planning->good_count++] =
            (struct good){ .sku = sku, .item = item_of(planning, sku) };
    }
    return i;
}

static size_t demand_of(struct planning *planning, size_t line)
{
    struct arena *arena = planning->out->arena;
    const char *sku = planning->command->lines[line].sku;
    size_t i = 0;

    while (i < planning->demand_count && strcmp(planning->demands[i].sku, sku) != 0) {
        i++;
    }
    if (i == planning->demand_count) {
        struct demand *demand = &planning->demands[planning->demand_count++];

        demand->sku = sku;
        demand->item = item_of(planning, sku);
        demand->components = planning->promised != NULL ? planning->promised[line]
                             : demand->item != NULL     ? demand->item->components
                                                        : NULL;
        demand->recipe = recipe_of(arena, sku, demand->components);
        demand->goods = arena_alloc(arena, demand->recipe.count * sizeof *demand->goods);
    }
    return i;
}

static void gather_goods(struct planning *planning)
{
    size_t room = 0;

    for (size_t i = 0; i < planning->demand_count; i++) {
        room += planning->demands[i].recipe.count;
    }
    planning->goods = arena_alloc(planning->out->arena, room * sizeof *planning->goods);
    for (size_t i = 0; i < planning->demand_count; i++) {
        struct demand *demand = &planning->demands[i];

        for (size_t j = 0; j < demand->recipe.count; j++) {
            const struct bundle_component *component = &demand->recipe.components[j];
            struct good *good = NULL;

            demand->goods[j] = good_of(planning, component->sku);
            good = &planning->goods[demand->goods[j]];
            good->asked += demand->asked * component->quantity;
            good->demanders++;
        }
    }
}

static void gather_demands(struct planning *planning, const struct inventory_reserve *command)
{
    struct arena *arena = planning->out->arena;

    planning->line_count = command->lines_count;
    planning->lines = arena_alloc(arena, command->lines_count * sizeof *planning->lines);
    planning->demands = arena_alloc(arena, command->lines_count * sizeof *planning->demands);
    for (size_t i = 0; i < command->lines_count; i++) {
        size_t demand = demand_of(planning, i);

        planning->lines[i] = (struct line){ .wanted = &command->lines[i], .demand = demand };
        planning->demands[demand].asked += command->lines[i].quantity;
    }
    gather_goods(planning);
}

/* The stock of an item that may be sold; none when the item may not, or not yet. */
static void *const *stock_of(const struct planning *planning, const struct good *good)
{
    static void *const none[] = { NULL };

    if (planning->promised == NULL && (good->item == NULL || !good->item->active ||
                                       stock_held_until(planning->out->rows, good->sku) != 0)) {
        return none;
    }
    return rows_list(planning->out->rows, &stock_table, key_text(good->sku));
}

static const struct location_row *find_active(const struct planning *planning, const char *code)
{
    void **at = rows_list(planning->out->rows, &location_table, key_number(LOCATION_NETWORK));

    for (; *at != NULL; at++) {
        const struct location_row *location = *at;

        if (location->active && strcmp(location->code, code) == 0) {
            return location;
        }
    }
    return NULL;
}

/* Index of a place among the candidates, or their number. */
static size_t find_place(const struct planning *planning, const char *code)
{
    size_t i = 0;

    while (i < planning->place_count && strcmp(planning->places[i].code, code) != 0) {
        i++;
    }
    return i;
}

/* Until the first lot of what is ordered expires there; a lot that ended is about to be set apart. */
static int64_t expires_in_days(const struct planning *planning, const char *code, int64_t today)
{
    int64_t first = NOT_GIVEN;

    for (size_t i = 0; i < planning->good_count; i++) {
        const struct stock_row *stock =
            stock_find(planning->out->rows, planning->goods[i].sku, code);
        int64_t day = stock == NULL || stock->lots == NULL || stock_available(stock) == 0
                          ? NOT_GIVEN
                          : lots_first_expiry(planning->out->arena, stock->lots);

        first = day != NOT_GIVEN && (first == NOT_GIVEN || day < first) ? day : first;
    }
    return first == NOT_GIVEN ? EXPIRES_NEVER : first > today ? first - today : 0;
}

static struct source_facts facts_of(const struct planning *planning,
                                    const struct location_row *location)
{
    struct place_days days = place_days(location, planning->out->now);
    struct spot spot = { location->latitude, location->longitude };

    return (struct source_facts){
        .kind = location->kind,
        .distance_km = spot_distance_km(spot, planning->destination),
        .parcel_cost_minor = location->parcel_cost_minor,
        .days = days.begins - days.today,
        .full = capacity_is_used_up(planning->out->rows, location, days.begins),
        .expires_in_days = expires_in_days(planning, location->code, days.today),
    };
}

static bool gave_up(const struct inventory_reserve *command, const char *code)
{
    return text_equal(command->not_at, code) ||
           text_is_among(code, command->avoid, command->avoid_count);
}

static enum standing standing_of(const struct planning *planning, const char *code,
                                 const struct source_facts *facts)
{
    if (gave_up(planning->command, code)) {
        return STANDING_EXCLUDED;
    }
    return source_is_allowed(planning->rules, code, facts, planning->command->ship_country)
               ? STANDING_IN
               : STANDING_NOT_ALLOWED;
}

static void add_place(struct planning *planning, const struct location_row *location)
{
    struct candidate candidate = { .code = location->code,
                                   .priority = location->priority,
                                   .facts = facts_of(planning, location) };

    candidate.standing = standing_of(planning, candidate.code, &candidate.facts);
    if (planning->place_count == planning->place_capacity) {
        struct candidate *old = planning->places;

        planning->place_capacity = 2 * planning->place_capacity + 8;
        planning->places =
            arena_alloc(planning->out->arena, planning->place_capacity * sizeof *planning->places);
        if (planning->place_count > 0) {
            memcpy(planning->places, old, planning->place_count * sizeof *old);
        }
    }
    planning->places[planning->place_count++] = candidate;
}

static int compare_places(const void *left, const void *right)
{
    return strcmp(((const struct candidate *)left)->code, ((const struct candidate *)right)->code);
}

/* Places that have some of this item become candidates. */
static void gather_places_of(struct planning *planning, const struct good *good)
{
    for (void *const *at = stock_of(planning, good); *at != NULL; at++) {
        const struct stock_row *stock = *at;
        const struct location_row *location = NULL;

        if (stock_available(stock) > 0 &&
            find_place(planning, stock->location) == planning->place_count) {
            location = find_active(planning, stock->location);
        }
        if (location != NULL) {
            add_place(planning, location);
        }
    }
}

static void gather_places(struct planning *planning)
{
    for (size_t i = 0; i < planning->good_count; i++) {
        gather_places_of(planning, &planning->goods[i]);
    }
    if (planning->place_count > 1) {
        qsort(planning->places, planning->place_count, sizeof *planning->places, compare_places);
    }
}

/* So many pieces of a good are not for this order, at the last places first. */
static void keep(struct planning *planning, size_t index, int64_t kept)
{
    for (size_t place = planning->place_count; place > 0 && kept > 0; place--) {
        int64_t *pieces = &planning->free[(place - 1) * planning->good_count + index];
        bool counts = planning->places[place - 1].standing == STANDING_IN;
        int64_t quantity = !counts ? 0 : *pieces < kept ? *pieces : kept;

        *pieces -= quantity;
        kept -= quantity;
    }
}

/* What lies, promised or not, at places that the rules allow. */
static int64_t sellable_pieces(const struct planning *planning, const struct good *good)
{
    int64_t sellable = 0;

    for (void *const *at = stock_of(planning, good); *at != NULL; at++) {
        const struct stock_row *stock = *at;
        const struct location_row *location = find_active(planning, stock->location);
        const struct source_facts facts = { .kind = location == NULL ? 0 : location->kind };

        if (location != NULL && standing_of(planning, location->code, &facts) == STANDING_IN) {
            sellable += stock_sellable(stock);
        }
    }
    return sellable;
}

static int64_t kept_back(const struct planning *planning, const struct good *good)
{
    const struct sourcing_rule_row *buffer = source_buffer(planning->rules, good->sku);

    return buffer == NULL ? 0 : source_kept_back(buffer, sellable_pieces(planning, good));
}

/* Pieces that others wait for are theirs, and about to be given to them; some are kept back from the channel.  What was promised
 * before comes first. */
static void keep_for_others(struct planning *planning, size_t index)
{
    const struct good *good = &planning->goods[index];

    if (planning->promised == NULL) {
        keep(planning, index,
             kept_back(planning, good) + backorder_pieces(planning->out->rows, good->sku));
    }
}

static void gather_free_of(struct planning *planning, size_t index)
{
    void *const *at = stock_of(planning, &planning->goods[index]);

    for (; *at != NULL; at++) {
        const struct stock_row *stock = *at;
        size_t place = find_place(planning, stock->location);

        if (place < planning->place_count) {
            planning->free[place * planning->good_count + index] = stock_available(stock);
        }
    }
    keep_for_others(planning, index);
}

static int64_t needed_at(const struct planning *planning, const char *sku, const char *location)
{
    void **at = rows_list(planning->out->rows, &stock_watch_table, key_text(sku));

    for (; *at != NULL; at++) {
        const struct stock_watch_row *watch = *at;

        if (strcmp(watch->location, location) == 0) {
            return watch->demand_milli;
        }
    }
    return 0;
}

/* Of a bundle as often as the component that is needed most. */
static void gather_needed(struct planning *planning, size_t place, size_t index)
{
    const struct demand *demand = &planning->demands[index];
    int64_t *most = &planning->demand_milli[place * planning->demand_count + index];

    for (size_t i = 0; i < demand->recipe.count; i++) {
        const struct bundle_component *component = &demand->recipe.components[i];
        int64_t needed =
            needed_at(planning, component->sku, planning->places[place].code) / component->quantity;

        *most = needed > *most ? needed : *most;
    }
}

static void gather_demand(struct planning *planning)
{
    size_t cells = planning->place_count * planning->demand_count;

    if (!source_asks_for_demand(planning->rules)) {
        return;
    }
    planning->demand_milli = arena_alloc(planning->out->arena, cells * sizeof(int64_t));
    for (size_t place = 0; place < planning->place_count; place++) {
        for (size_t i = 0; i < planning->demand_count; i++) {
            gather_needed(planning, place, i);
        }
    }
}

static void gather_available(struct planning *planning)
{
    size_t cells = planning->place_count * planning->demand_count;

    planning->available = arena_alloc(planning->out->arena, cells * sizeof(int64_t));
    planning->taken = arena_alloc(planning->out->arena, cells * sizeof(int64_t));
    planning->free = arena_alloc(planning->out->arena,
                                 planning->place_count * planning->good_count * sizeof(int64_t));
    for (size_t i = 0; i < planning->good_count; i++) {
        gather_free_of(planning, i);
    }
    for (size_t i = 0; i < planning->demand_count; i++) {
        planning_count_available(planning, i);
    }
    gather_demand(planning);
}

/* Lines take what is available in their order; true when every line is served whole. */
static bool share_available(struct planning *planning)
{
    bool whole = true;

    for (size_t i = 0; i < planning->line_count; i++) {
        struct line *line = &planning->lines[i];
        struct demand *demand = &planning->demands[line->demand];

        line->served =
            demand->left < line->wanted->quantity ? demand->left : line->wanted->quantity;
        demand->left -= line->served;
        whole = whole && line->served == line->wanted->quantity;
    }
    return whole;
}

/* Who waits is given whatever is free, so nobody waits while some of that is kept back from his channel. */
static bool keeps_back(const struct decision *out, const char *channel, const char *sku)
{
    const struct sourcing_rule_row *buffer =
        source_buffer(sourcing_rules_find(out->rows, channel), sku);
    int64_t there = buffer == NULL ? 0 : stock_free(out->rows, sku);

    return there > 0 && source_kept_back(buffer, there) > 0;
}

bool plan_may_wait(const struct decision *out, const struct inventory_reserve *command,
                   const char *sku, int64_t pieces)
{
    const struct item_row *item = rows_find(out->rows, &item_table, key_text(sku));
    const struct backorder_row *waiting = rows_find(out->rows, &backorder_table, key_text(sku));
    bool preorder = stock_held_until(out->rows, sku) != 0;

    /* The row under lock knows of a bundle that was made since the item was read. */
    if (item == NULL || !item->active || !(preorder || item->backorder_allowed) ||
        (waiting != NULL && waiting->bundle) || keeps_back(out, command->channel, sku)) {
        return false;
    }
    int64_t limit = preorder ? item->preorder_limit : item->backorder_limit;
    return limit == NOT_GIVEN || pieces + backorder_pieces(out->rows, sku) <= limit;
}

/* Whether the missing pieces of each item may wait. */
static bool may_wait(const struct planning *planning)
{
    for (size_t i = 0; i < planning->demand_count; i++) {
        const struct demand *demand = &planning->demands[i];
        int64_t missing = demand->asked - demand->total_available;

        if (missing > 0 && !plan_may_wait(planning->out, planning->command, demand->sku, missing)) {
            return false;
        }
    }
    return true;
}

/* What is kept of a decision stays below some hundred kilobytes. */
enum { CHOICE_CELLS_MAX = 20000 };

/* Nothing is wanted beyond what there is, so only an order that waits entirely finds no place. */
static void choose_places(struct planning *planning)
{
    struct arena *arena = planning->out->arena;
    int64_t *wanted = arena_alloc(arena, planning->demand_count * sizeof *wanted);
    const char **skus = arena_alloc(arena, planning->demand_count * sizeof *skus);
    struct sourcing_problem problem = { .candidates = planning->places,
                                        .candidate_count = planning->place_count,
                                        .skus = skus,
                                        .item_count = planning->demand_count,
                                        .wanted = wanted,
                                        .stocked = planning->available,
                                        .demand_milli = planning->demand_milli,
                                        .rules = planning->rules };
    bool any = false;

    for (size_t i = 0; i < planning->demand_count; i++) {
        const struct demand *demand = &planning->demands[i];

        skus[i] = demand->sku;
        wanted[i] =
            demand->asked < demand->total_available ? demand->asked : demand->total_available;
        any = any || wanted[i] > 0;
    }
    if (any && planning->place_count > 1 &&
        planning->place_count * planning->demand_count <= CHOICE_CELLS_MAX) {
        planning->plan.choice = arena_alloc(arena, sizeof *planning->plan.choice);
        planning->plan.choice->channel = planning->command->channel;
        planning->plan.choice->country = planning->command->ship_country;
    }
    (void)sourcing_decide(arena, &problem, planning->taken, planning->plan.choice);
}

static bool any_served(const struct planning *planning)
{
    for (size_t i = 0; i < planning->line_count; i++) {
        if (planning->lines[i].served > 0) {
            return true;
        }
    }
    return false;
}

/* Waiting is asked for before a part is enough: who allows both would rather have all of it. */
static enum plan_verdict judge(struct planning *planning, const struct inventory_reserve *command)
{
    if (share_available(planning)) {
        return PLAN_HOLDS;
    }
    if (command->backorder_allowed && may_wait(planning)) {
        return PLAN_WAITS;
    }
    return command->partial_allowed && any_served(planning) ? PLAN_PARTLY : PLAN_SHORT;
}

void planning_run(struct planning *planning)
{
    const struct inventory_reserve *command = planning->command;

    planning->plan.destination = planning->destination;
    gather_demands(planning, command);
    gather_places(planning);
    gather_available(planning);
    if (planning_shares_goods(planning)) {
        planning_settle_shared_goods(planning);
    }
    planning->plan.verdict = judge(planning, command);
    if (planning->plan.verdict != PLAN_SHORT && !planning->placed) {
        choose_places(planning);
    }
    planning_cut(planning);
}

struct plan plan_reservation(struct decision *out, const struct inventory_reserve *command)
{
    struct planning planning = { .out = out,
                                 .command = command,
                                 .rules = sourcing_rules_find(out->rows, command->channel) };

    if (asks_where(out->rows)) {
        planning.destination =
            postal_find(out->rows, command->ship_country, command->ship_postal_code);
    }
    planning_run(&planning);
    return planning.plan;
}
