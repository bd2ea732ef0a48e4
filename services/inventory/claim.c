/* claim.c - pieces of a reservation that are taken back, moved, or found at last. */
#include "services/inventory/claim.h"

#include "common/arena.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/capacity.h"
#include "services/inventory/holding.h"
#include "services/inventory/level.h"
#include "services/inventory/part.h"
#include "services/inventory/plan.h"
#include "services/inventory/reservation.h"
#include "services/inventory/resourcing.h"
#include "services/inventory/stock.h"

#include <string.h>

/* Allocations of a fact, as they come about. */
struct listing {
    struct allocation items[PLAN_PARTS_MAX];
    size_t count;
};

struct claiming {
    struct holding holding;
    int64_t left; /* pieces still to be given up, or to be given */
    struct listing *taken, *found;
    struct reservation_line_row *gone; /* as `taken` */
    struct sourcing_choice_row
        *choice; /* from where `found` comes; NULL when there was no choice */
};

static bool is_full(const struct listing *listing)
{
    return listing->count == PLAN_PARTS_MAX;
}

static void list(const struct claiming *claiming, struct listing *listing,
                 const struct reservation_line_row *part)
{
    listing->items[listing->count++] = holding_allocation(&claiming->holding, part);
}

static bool claim_open(struct claiming *claiming, struct decision *out,
                       const struct incoming_message *in, const char *reservation_id)
{
    claiming->taken = arena_alloc(out->arena, sizeof *claiming->taken);
    claiming->found = arena_alloc(out->arena, sizeof *claiming->found);
    claiming->taken->count = 0;
    claiming->found->count = 0;
    return holding_open(&claiming->holding, out, in->subject, reservation_id);
}

void give_up_need(const struct incoming_message *in, struct rows *rows)
{
    reservation_need(in, rows);
    resourcing_need(rows);
}

void give_up_need_shared(const struct incoming_message *in, struct rows *rows)
{
    resourcing_need_shared(rows, in->subject.number);
    level_want(rows, ((const struct stock_give_up *)in->message)->sku);
    part_want_all(rows, in->subject.number);
}

void allot_need_shared(const struct incoming_message *in, struct rows *rows)
{
    level_want(rows, ((const struct stock_allot *)in->message)->sku);
}

/* Bundles are given up whole: what is in them beside the item is free again. */
static void give_up_part(struct claiming *claiming, struct reservation_line_row *part,
                         int64_t pieces)
{
    const struct reservation_line_row fate = { .state = PART_TAKEN_BACK,
                                               .location = part->location };
    struct reservation_line_row gone = *part;
    int64_t wanted = (claiming->left + pieces - 1) / pieces;

    gone.quantity = part->quantity < wanted ? part->quantity : wanted;
    part_give_back(claiming->holding.out, part, gone.quantity);
    holding_change_part(&claiming->holding, part, gone.quantity, &fate);
    claiming->gone[claiming->taken->count] = gone;
    list(claiming, claiming->taken, &gone);
    claiming->left -= gone.quantity * pieces;
}

/* Holds what was given up at a place elsewhere, as far as there is any. */
static void hold_elsewhere(struct claiming *claiming, const char *location)
{
    struct holding *holding = &claiming->holding;
    const struct lost_parts lost = { holding->row->sourcing, location, claiming->gone,
                                     claiming->taken->count };
    struct plan plan = resourcing_plan(holding->out, &lost);

    if (plan.verdict != PLAN_HOLDS && plan.verdict != PLAN_PARTLY) {
        return;
    }
    for (size_t i = 0; i < plan.part_count; i++) {
        if (plan.parts[i].state == PART_HELD) {
            part_hold(holding->out, &plan.parts[i], plan.parts[i].quantity);
            holding_add_part(holding, &plan.parts[i]);
            list(claiming, claiming->found, &plan.parts[i]);
        }
    }
    capacity_count(holding->out, plan.parts, plan.part_count);
    claiming->choice = plan.choice;
}

static void tell_taken_back(struct claiming *claiming)
{
    struct holding *holding = &claiming->holding;
    struct inventory_taken_back fact = { .order_id = holding->order_id,
                                         .order_no = holding->subject.number,
                                         .clock = holding_clock(holding),
                                         .reservation_id = holding->reservation_id,
                                         .allocations = claiming->taken->items,
                                         .allocations_count = claiming->taken->count,
                                         .moved = claiming->found->items,
                                         .moved_count = claiming->found->count };

    holding_keep_choice(holding, claiming->choice, fact.clock);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_TAKEN_BACK, &fact, sizeof fact);
}

/* Nothing is held any more: no command will come for what has left or is gone. */
static void end_if_nothing_is_held(struct holding *holding)
{
    if (!holding_is_open(holding)) {
        holding_move(holding,
                     holding_any_left(holding) ? RESERVATION_CONSUMED : RESERVATION_RELEASED);
    }
}

void on_give_up(struct decision *out, const struct incoming_message *in)
{
    const struct stock_give_up *input = in->message;
    struct stock_row *stock = stock_find(out->rows, input->sku, input->location);
    struct claiming claiming = { .left = 0 };

    if (!claim_open(&claiming, out, in, input->reservation_id) || stock == NULL) {
        return;
    }
    claiming.gone = arena_alloc(out->arena, PLAN_PARTS_MAX * sizeof *claiming.gone);
    claiming.left = input->quantity < stock->owed ? input->quantity : stock->owed;
    struct reservation_line_row **parts = holding_parts(&claiming.holding);
    for (; *parts != NULL && claiming.left > 0 && !is_full(claiming.taken); parts++) {
        struct reservation_line_row *part = *parts;
        int64_t pieces = recipe_pieces(part_recipe(out->arena, part), stock->sku);

        if (part->state == PART_HELD && pieces > 0 &&
            strcmp(part->location, stock->location) == 0) {
            give_up_part(&claiming, part, pieces);
        }
    }
    if (claiming.taken->count > 0) {
        hold_elsewhere(&claiming, stock->location);
        end_if_nothing_is_held(&claiming.holding);
        tell_taken_back(&claiming);
    }
}

/* One place after the other serves the part, until it waits no more or there is nothing left.  No bundle waits. */
static void serve_part(struct claiming *claiming, struct reservation_line_row *part)
{
    struct decision *out = claiming->holding.out;
    struct recipe recipe = part_recipe(out->arena, part);

    while (part->state == PART_WAITING && claiming->left > 0 && !is_full(claiming->found)) {
        int64_t wanted = part->quantity < claiming->left ? part->quantity : claiming->left;
        struct reservation_line_row found = *part;

        found.location = stock_choose(out->rows, recipe, wanted, &found.quantity);
        if (found.location == NULL) {
            return;
        }
        const struct reservation_line_row fate = { .state = PART_HELD, .location = found.location };
        part_hold(out, &found, found.quantity);
        backorder_change(out, part->sku, -found.quantity);
        holding_change_part(&claiming->holding, part, found.quantity, &fate);
        list(claiming, claiming->found, &found);
        claiming->left -= found.quantity;
    }
}

static void tell_allocated(struct claiming *claiming)
{
    struct holding *holding = &claiming->holding;
    struct inventory_allocated fact = { .order_id = holding->order_id,
                                        .order_no = holding->subject.number,
                                        .clock = holding_clock(holding),
                                        .reservation_id = holding->reservation_id,
                                        .allocations = claiming->found->items,
                                        .allocations_count = claiming->found->count };

    fact.backorders = holding_lines(holding, PART_WAITING, &fact.backorders_count);
    decide_emit(holding->out, holding->subject, MESSAGE_INVENTORY_ALLOCATED, &fact, sizeof fact);
}

void on_allot(struct decision *out, const struct incoming_message *in)
{
    const struct stock_allot *input = in->message;
    struct claiming claiming = { .left = input->quantity };

    if (!claim_open(&claiming, out, in, input->reservation_id) ||
        stock_held_until(out->rows, input->sku) != 0) {
        return; /* put off since it was asked */
    }
    struct reservation_line_row **parts = holding_parts(&claiming.holding);
    for (; *parts != NULL; parts++) {
        if ((*parts)->state == PART_WAITING && strcmp((*parts)->sku, input->sku) == 0) {
            serve_part(&claiming, *parts);
        }
    }
    if (claiming.found->count > 0) {
        tell_allocated(&claiming);
    }
}
