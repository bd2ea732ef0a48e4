/* sourcing_record.c - decides, and writes down how it came about. */
#include "services/inventory/sourcing_record.h"

#include "common/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A batch holds hundreds of orders: what one needs while it is decided is given back at once. */
enum { SCRATCH_BYTES_MAX = 1 << 28 };

/* The candidates that take part, as sourcing.h wants them. */
struct contest {
    struct sourcing sourcing;
    struct source_place *places;
    struct source_facts *facts;
    size_t *candidates; /* which of the problem's each place is */
    int64_t *available, *demand_milli, *taken;
};

static void admit(const struct sourcing_problem *problem, struct contest *contest, size_t candidate)
{
    size_t place = contest->sourcing.place_count++, items = problem->item_count;
    const struct candidate *who = &problem->candidates[candidate];

    contest->places[place] = (struct source_place){ who->code, who->priority };
    contest->facts[place] = who->facts;
    contest->candidates[place] = candidate;
    memcpy(&contest->available[place * items], &problem->stocked[candidate * items],
           items * sizeof(int64_t));
    if (problem->demand_milli != NULL) {
        memcpy(&contest->demand_milli[place * items], &problem->demand_milli[candidate * items],
               items * sizeof(int64_t));
    }
}

static struct contest *open_contest(struct arena *arena, const struct sourcing_problem *problem)
{
    size_t count = problem->candidate_count, cells = count * problem->item_count;
    struct contest *contest = arena_alloc(arena, sizeof *contest);

    contest->places = arena_alloc(arena, count * sizeof *contest->places);
    contest->facts = arena_alloc(arena, count * sizeof *contest->facts);
    contest->candidates = arena_alloc(arena, count * sizeof *contest->candidates);
    contest->available = arena_alloc(arena, cells * sizeof *contest->available);
    contest->demand_milli = arena_alloc(arena, cells * sizeof *contest->demand_milli);
    contest->taken = arena_alloc(arena, cells * sizeof *contest->taken);
    contest->sourcing =
        (struct sourcing){ .places = contest->places,
                           .item_count = problem->item_count,
                           .wanted = problem->wanted,
                           .available = contest->available,
                           .demand_milli =
                               problem->demand_milli == NULL ? NULL : contest->demand_milli };
    for (size_t i = 0; i < count; i++) {
        if (problem->candidates[i].standing == STANDING_IN) {
            admit(problem, contest, i);
        }
    }
    source_apply(arena, problem->rules, contest->facts, &contest->sourcing);
    return contest;
}

/* --- Written down ----------------------------------------------------------------------------------- */

struct writer {
    char *text;
    size_t length, capacity;
};

static void PRINTF_LIKE(2, 3) add(struct writer *writer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(writer->text + writer->length, writer->capacity - writer->length, format,
                           arguments);
    va_end(arguments);
    writer->length += length > 0 ? (size_t)length : 0;
    assert(writer->length < writer->capacity); /* room was made for the longest of all fields */
}

static void add_numbers(struct writer *writer, const int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(writer, "%s%lld", i == 0 ? " " : ",", (long long)numbers[i]);
    }
}

/* "5/1200,3": what is there, and behind a stroke what is needed of it a day, in thousandths. */
static void add_stocked(struct writer *writer, const struct sourcing_problem *problem,
                        size_t candidate)
{
    size_t first = candidate * problem->item_count;

    if (problem->demand_milli == NULL) {
        add_numbers(writer, &problem->stocked[first], problem->item_count);
        return;
    }
    for (size_t i = 0; i < problem->item_count; i++) {
        add(writer, "%s%lld", i == 0 ? " " : ",", (long long)problem->stocked[first + i]);
        if (problem->demand_milli[first + i] > 0) {
            add(writer, "/%lld", (long long)problem->demand_milli[first + i]);
        }
    }
}

static bool gives_any(const int64_t *taken, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (taken[i] > 0) {
            return true;
        }
    }
    return false;
}

static void add_reason(struct arena *arena, struct writer *writer, const struct contest *contest,
                       size_t place)
{
    struct source_reason reason = source_why_not(arena, &contest->sourcing, contest->taken, place);

    if (reason.rule == SOURCE_LACKS) {
        add(writer, " - l");
        return;
    }
    add(writer, " - r%lld %lld %lld %s", (long long)reason.rule, (long long)reason.value,
        (long long)reason.best, contest->places[reason.instead_of].code);
}

static void add_candidate(struct writer *writer, const struct sourcing_problem *problem,
                          size_t candidate)
{
    const struct candidate *who = &problem->candidates[candidate];

    add(writer, "%s%s %lld %lld %lld %lld %lld %d", candidate == 0 ? "" : "\n", who->code,
        (long long)who->facts.kind, (long long)who->priority, (long long)who->facts.distance_km,
        (long long)who->facts.parcel_cost_minor, (long long)who->facts.days, who->facts.full);
    if (who->facts.expires_in_days != EXPIRES_NEVER) {
        add(writer, "+%lld", (long long)who->facts.expires_in_days);
    }
    add_stocked(writer, problem, candidate);
}

enum { FIELDS_BYTES = 320, NUMBER_BYTES = 48 };

static const char *write_places(struct arena *arena, const struct sourcing_problem *problem,
                                const struct contest *contest)
{
    size_t items = problem->item_count, place = 0;
    struct writer writer = { .capacity =
                                 problem->candidate_count * (FIELDS_BYTES + items * NUMBER_BYTES) };

    writer.text = arena_alloc(arena, writer.capacity + 1);
    for (size_t i = 0; i < problem->candidate_count; i++) {
        enum standing standing = problem->candidates[i].standing;

        add_candidate(&writer, problem, i);
        if (standing != STANDING_IN) {
            add(&writer, " - %s", standing == STANDING_EXCLUDED ? "x" : "f");
            continue;
        }
        if (gives_any(&contest->taken[place * items], items)) {
            add_numbers(&writer, &contest->taken[place * items], items);
        } else {
            add_reason(arena, &writer, contest, place);
        }
        place++;
    }
    return writer.text;
}

static const char *write_items(struct arena *arena, const struct sourcing_problem *problem)
{
    enum { SKU_BYTES = 72 };
    struct writer writer = { .capacity = problem->item_count * (SKU_BYTES + NUMBER_BYTES) };

    writer.text = arena_alloc(arena, writer.capacity + 1);
    for (size_t i = 0; i < problem->item_count; i++) {
        add(&writer, "%s%s:%lld", i == 0 ? "" : " ", problem->skus[i],
            (long long)problem->wanted[i]);
    }
    return writer.text;
}

static void write_row(struct arena *arena, struct arena *scratch,
                      const struct sourcing_problem *problem, const struct contest *contest,
                      struct sourcing_choice_row *ret)
{
    const char *items = write_items(scratch, problem);
    const char *places = write_places(scratch, problem, contest);

    ret->rules = source_rule_words(arena, problem->rules);
    ret->items = arena_copy_text(arena, items, strlen(items));
    ret->places = arena_copy_text(arena, places, strlen(places));
}

enum source_outcome sourcing_decide(struct arena *arena, const struct sourcing_problem *problem,
                                    int64_t *ret_taken, struct sourcing_choice_row *ret_row)
{
    struct arena *scratch = arena_new_small(SCRATCH_BYTES_MAX);
    struct contest *contest = open_contest(scratch, problem);
    enum source_outcome outcome = source(scratch, &contest->sourcing, contest->taken);
    size_t items = problem->item_count;

    memset(ret_taken, 0, problem->candidate_count * items * sizeof *ret_taken);
    for (size_t place = 0; place < contest->sourcing.place_count; place++) {
        memcpy(&ret_taken[contest->candidates[place] * items], &contest->taken[place * items],
               items * sizeof *ret_taken);
    }
    if (ret_row != NULL) {
        ret_row->proven = outcome == SOURCE_OPTIMAL;
        write_row(arena, scratch, problem, contest, ret_row);
    }
    arena_free(scratch);
    return outcome;
}
