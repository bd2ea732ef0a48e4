/* plan_parts.c - what was taken where, as parts of the order's lines. */
#include "services/inventory/planning.h"

#include "common/arena.h"
#include "proto/inventory.h"

static struct reservation_line_row *add_part(struct planning *planning, const struct line *line,
                                             int64_t part_no, enum part_state state)
{
    struct plan *plan = &planning->plan;

    if (plan->part_count == planning->part_capacity) {
        plan->verdict = PLAN_TOO_LARGE; /* nobody reads the parts then */
        plan->part_count--;
    }
    plan->parts[plan->part_count] = (struct reservation_line_row){
        .line_no = line->wanted->line_no,
        .part_no = part_no,
        .state = state,
        .sku = line->wanted->sku,
        .location = "",
        .components = planning->demands[line->demand].components,
    };
    return &plan->parts[plan->part_count++];
}

/* A line has a part a place that serves it, and one that waits; places are shared by the lines of an item. */
static void make_room_for_parts(struct planning *planning)
{
    planning->part_capacity =
        2 * planning->line_count + planning->place_count * planning->demand_count;
    if (planning->part_capacity > PLAN_PARTS_MAX) {
        planning->part_capacity = PLAN_PARTS_MAX;
    }
    planning->plan.parts =
        arena_alloc(planning->out->arena, planning->part_capacity * sizeof *planning->plan.parts);
}

static void add_short_parts(struct planning *planning)
{
    for (size_t i = 0; i < planning->line_count; i++) {
        const struct line *line = &planning->lines[i];

        if (line->served < line->wanted->quantity) {
            struct reservation_line_row *part = add_part(planning, line, 1, PART_MISSING);

            part->quantity = line->wanted->quantity;
            part->available = line->served;
        }
    }
}

/* One part for each place that serves the line, and one for what waits or is missing. */
static void add_line_parts(struct planning *planning, const struct line *line)
{
    int64_t part_no = 0, left = line->served;

    for (size_t place = 0; place < planning->place_count && left > 0; place++) {
        int64_t *taken = &planning->taken[place * planning->demand_count + line->demand];
        int64_t quantity = *taken < left ? *taken : left;

        if (quantity > 0) {
            struct reservation_line_row *part = add_part(planning, line, ++part_no, PART_HELD);

            part->location = planning->places[place].code;
            part->quantity = quantity;
            *taken -= quantity;
            left -= quantity;
        }
    }
    if (line->served < line->wanted->quantity) {
        enum part_state state = planning->plan.verdict == PLAN_PARTLY ? PART_MISSING : PART_WAITING;

        add_part(planning, line, ++part_no, state)->quantity =
            line->wanted->quantity - line->served;
    }
}

void planning_cut(struct planning *planning)
{
    make_room_for_parts(planning);
    if (planning->plan.verdict == PLAN_SHORT) {
        add_short_parts(planning);
        return;
    }
    for (size_t i = 0; i < planning->line_count; i++) {
        add_line_parts(planning, &planning->lines[i]);
    }
}
