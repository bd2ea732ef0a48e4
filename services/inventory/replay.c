/* replay.c - reads what sourcing_record.c wrote, and decides again. */
#include "services/inventory/replay.h"

#include "common/text.h"
#include "services/inventory/sourcing_record.h"

#include <string.h>

/* Pieces of a text, cut one after the other. */
static char *next_piece(char **rest, char separator)
{
    char *piece = *rest, *end = piece == NULL ? NULL : strchr(piece, separator);

    *rest = end == NULL ? NULL : end + 1;
    if (end != NULL) {
        *end = '\0';
    }
    return piece;
}

static size_t count_pieces(const char *text, char separator)
{
    size_t count = 1;

    for (; (text = strchr(text, separator)) != NULL; text++) {
        count++;
    }
    return count;
}

/* So many numbers with commas between. */
static bool read_numbers(char *text, int64_t *ret, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *piece = next_piece(&text, ',');

        if (piece == NULL || !text_to_int(piece, &ret[i])) {
            return false;
        }
    }
    return text == NULL;
}

/* "5/1200,3": behind a stroke what was needed of it a day, where that is known. */
static bool read_stocked(char *text, int64_t *ret_stocked, int64_t *ret_demand_milli, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *piece = next_piece(&text, ',');
        const char *stocked = next_piece(&piece, '/');

        if (stocked == NULL || !text_to_int(stocked, &ret_stocked[i]) ||
            (piece != NULL && !text_to_int(piece, &ret_demand_milli[i]))) {
            return false;
        }
    }
    return text == NULL;
}

struct reading {
    struct sourcing_problem problem;
    struct candidate *candidates;
    int64_t *wanted, *stocked, *demand_milli, *taken; /* taken: then */
};

static bool read_items(struct arena *arena, const char *text, struct reading *reading)
{
    char *rest = arena_copy_text(arena, text, strlen(text));
    size_t count = count_pieces(text, ' ');
    const char **skus = arena_alloc(arena, count * sizeof *skus);

    reading->wanted = arena_alloc(arena, count * sizeof *reading->wanted);
    for (size_t i = 0; i < count; i++) {
        char *item = next_piece(&rest, ' ');

        skus[i] = next_piece(&item, ':');
        if (item == NULL || !text_to_int(item, &reading->wanted[i])) {
            return false;
        }
    }
    reading->problem.skus = skus;
    reading->problem.item_count = count;
    reading->problem.wanted = reading->wanted;
    return true;
}

enum { FACTS = 6 };

/* Kind, priority, distance, cost, days and whether it is full, "1+12" where the first of it expires in twelve days. */
static bool read_facts(char **line, struct candidate *candidate)
{
    int64_t facts[FACTS], expires_in_days = EXPIRES_NEVER;

    for (size_t i = 0; i < FACTS; i++) {
        char *piece = next_piece(line, ' ');
        const char *fact = next_piece(&piece, '+');

        if (fact == NULL || !text_to_int(fact, &facts[i]) ||
            (piece != NULL && !text_to_int(piece, &expires_in_days))) {
            return false;
        }
    }
    candidate->priority = facts[1];
    candidate->facts = (struct source_facts){ facts[0], facts[2],      facts[3],
                                              facts[4], facts[5] != 0, expires_in_days };
    return true;
}

static bool read_place(char *line, struct reading *reading, size_t index)
{
    struct candidate *candidate = &reading->candidates[index];
    size_t items = reading->problem.item_count;

    candidate->code = next_piece(&line, ' ');
    if (!read_facts(&line, candidate)) {
        return false;
    }
    char *stocked = next_piece(&line, ' '), *taken = next_piece(&line, ' ');
    if (stocked == NULL || taken == NULL ||
        !read_stocked(stocked, &reading->stocked[index * items],
                      &reading->demand_milli[index * items], items)) {
        return false;
    }
    candidate->standing = text_equal(line, "x") ? STANDING_EXCLUDED : STANDING_IN;
    return text_equal(taken, "-") || read_numbers(taken, &reading->taken[index * items], items);
}

static bool read_places(struct arena *arena, const char *text, struct reading *reading)
{
    char *rest = arena_copy_text(arena, text, strlen(text));
    size_t count = count_pieces(text, '\n'), cells = count * reading->problem.item_count;

    reading->candidates = arena_alloc(arena, count * sizeof *reading->candidates);
    reading->stocked = arena_alloc(arena, cells * sizeof *reading->stocked);
    reading->demand_milli = arena_alloc(arena, cells * sizeof *reading->demand_milli);
    reading->taken = arena_alloc(arena, cells * sizeof *reading->taken);
    for (size_t i = 0; i < count; i++) {
        if (!read_place(next_piece(&rest, '\n'), reading, i)) {
            return false;
        }
    }
    reading->problem.candidates = reading->candidates;
    reading->problem.candidate_count = count;
    reading->problem.stocked = reading->stocked;
    reading->problem.demand_milli = reading->demand_milli;
    return true;
}

static bool gives_any(const int64_t *taken, size_t place, size_t items)
{
    for (size_t item = 0; item < items; item++) {
        if (taken[place * items + item] > 0) {
            return true;
        }
    }
    return false;
}

static void compare(const struct reading *reading, const int64_t *taken, struct replay *ret)
{
    size_t items = reading->problem.item_count;

    for (size_t i = 0; i < ret->place_count; i++) {
        int64_t distance_km = reading->candidates[i].facts.distance_km;
        struct replayed_place *place = &ret->places[i];

        *place = (struct replayed_place){ reading->candidates[i].code,
                                          gives_any(reading->taken, i, items),
                                          gives_any(taken, i, items) };
        distance_km = distance_km == DISTANCE_UNKNOWN ? 0 : distance_km;
        ret->parcels_before += place->before;
        ret->parcels_after += place->after;
        ret->distance_before_km += place->before ? distance_km : 0;
        ret->distance_after_km += place->after ? distance_km : 0;
    }
    ret->same = memcmp(reading->taken, taken, ret->place_count * items * sizeof *taken) == 0;
}

bool replay(struct arena *arena, const struct replayed_choice_row *row, source_rules rules,
            struct replay *ret)
{
    struct reading reading = { .problem = { .rules = rules } };
    int64_t *taken = NULL;

    *ret = (struct replay){ 0 };
    if (!read_items(arena, row->items, &reading) || !read_places(arena, row->places, &reading)) {
        return false;
    }
    for (size_t i = 0; i < reading.problem.candidate_count; i++) {
        struct candidate *candidate = &reading.candidates[i];

        if (candidate->standing == STANDING_IN &&
            !source_is_allowed(rules, candidate->code, &candidate->facts, row->country)) {
            candidate->standing = STANDING_NOT_ALLOWED;
        }
    }
    ret->place_count = reading.problem.candidate_count;
    ret->places = arena_alloc(arena, ret->place_count * sizeof *ret->places);
    taken = arena_alloc(arena, ret->place_count * reading.problem.item_count * sizeof *taken);
    ret->served = sourcing_decide(arena, &reading.problem, taken, NULL) != SOURCE_IMPOSSIBLE;
    compare(&reading, taken, ret);
    return true;
}
