/* resourcing.c - what is kept of an order for its rules, and a plan for what it lost. */
#include "services/inventory/resourcing.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/capacity.h"
#include "services/inventory/planning.h"

#include <string.h>

enum { COARSE = 10000 }; /* millionths of a degree in what is kept: about a kilometer */

static int64_t coarse(int64_t microdegrees)
{
    return (microdegrees + (microdegrees < 0 ? -COARSE / 2 : COARSE / 2)) / COARSE;
}

const char *resourcing_text(struct arena *arena, const struct inventory_reserve *command,
                            struct spot destination)
{
    const char *text = text_format(arena, "%s %s %lld %lld", command->channel,
                                   command->ship_country, (long long)coarse(destination.latitude),
                                   (long long)coarse(destination.longitude));

    if (command->not_at != NULL) {
        text = text_format(arena, "%s %s", text, command->not_at);
    }
    for (size_t i = 0; i < command->avoid_count; i++) {
        text = text_format(arena, "%s %s", text, command->avoid[i]);
    }
    return text;
}

void resourcing_need(struct rows *rows)
{
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
}

/* The scope of the rules, which is the first word. */
static void rules_need(struct rows *rows, const char *sourcing)
{
    char channel[SCOPE_BYTES_MAX];
    size_t length = strcspn(sourcing, " ");

    if (length < sizeof channel) {
        memcpy(channel, sourcing, length);
        channel[length] = '\0';
        sourcing_rules_need(channel, rows);
    }
}

void resourcing_need_shared(struct rows *rows, int64_t order_no)
{
    void **at = rows_list(rows, &reservation_table, key_number(order_no));

    for (; *at != NULL; at++) {
        const struct reservation_row *row = *at;

        if (row->sourcing != NULL) {
            rules_need(rows, row->sourcing);
        }
    }
    /* Whether a rule asks for demand is known too late to ask for it. */
    for (at = rows_list(rows, &reservation_line_table, key_number(order_no)); *at != NULL; at++) {
        const struct reservation_line_row *part = *at;

        rows_want(rows, &stock_watch_table, key_text(part->sku));
        recipe_want(rows, &stock_watch_table, part->components);
    }
    capacity_need(rows);
}

static char *next_word(char **rest)
{
    char *word = *rest, *end = word == NULL ? NULL : strchr(word, ' ');

    *rest = end == NULL ? NULL : end + 1;
    if (end != NULL) {
        *end = '\0';
    }
    return word;
}

static int64_t next_degrees(char **rest)
{
    const char *word = next_word(rest);
    int64_t hundredths = 0;

    return word != NULL && text_to_int(word, &hundredths) ? hundredths * COARSE : 0;
}

static void read_sourcing(struct planning *planning, struct inventory_reserve *command,
                          const char *sourcing)
{
    struct arena *arena = planning->out->arena;
    size_t length = strlen(sourcing);
    char *rest = arena_copy_text(arena, sourcing, length);
    const char **avoid = arena_alloc(arena, (length / 2 + 1) * sizeof *avoid);
    const char *place = NULL;

    command->channel = next_word(&rest);
    command->ship_country = next_word(&rest);
    planning->destination.latitude = next_degrees(&rest);
    planning->destination.longitude = next_degrees(&rest);
    while ((place = next_word(&rest)) != NULL) {
        avoid[command->avoid_count++] = place;
    }
    command->avoid = avoid;
    planning->rules = sourcing_rules_find(planning->out->rows, command->channel);
}

/* Each line once. */
static void gather_lines(struct inventory_reserve *command, struct line_quantity *lines,
                         const char **components, const struct lost_parts *lost)
{
    for (size_t i = 0; i < lost->count; i++) {
        const struct reservation_line_row *part = &lost->parts[i];
        size_t line = 0;

        while (line < command->lines_count && lines[line].line_no != part->line_no) {
            line++;
        }
        if (line == command->lines_count) {
            lines[command->lines_count++] = (struct line_quantity){ part->line_no, part->sku, 0 };
            components[line] = part->components;
        }
        lines[line].quantity += part->quantity;
    }
    command->lines = lines;
}

struct plan resourcing_plan(struct decision *out, const struct lost_parts *lost)
{
    static const struct sourcing_rule_row *const none[] = { NULL };
    const char **components = arena_alloc(out->arena, lost->count * sizeof *components);
    struct inventory_reserve command = { .channel = "",
                                         .ship_country = "",
                                         .not_at = lost->location,
                                         .partial_allowed = true,
                                         .has_partial_allowed = true };
    struct planning planning = {
        .out = out, .command = &command, .promised = components, .rules = none
    };

    if (lost->sourcing != NULL) {
        read_sourcing(&planning, &command, lost->sourcing);
    }
    gather_lines(&command, arena_alloc(out->arena, lost->count * sizeof *command.lines), components,
                 lost);
    planning_run(&planning);
    if (lost->sourcing == NULL) {
        planning.plan.choice = NULL; /* nothing could be said of the order */
    }
    return planning.plan;
}
