/* sourcing.c - chooses the places that serve an order.
 *
 * A depth-first search over sets of places.  Each step takes the missing item that the fewest places have, and tries the places
 * that have it, the best first; a place that was tried is left out of all that follows, so no set comes twice.  A branch is cut when
 * what it must cost at least is no better than the best set so far.  Where there are many places greedy choices come first, so
 * that the search begins with something good, and its steps are counted, not timed: the same problem has the same answer.
 */
#include "services/inventory/sourcing.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BEHIND_COUNT = 0, BEHIND_PRIORITY = 1, BEHIND_NUMBERS = 2 };
enum { SEARCH_PLACES_MAX = 64, SEARCH_WORK_MAX = 300000 };

/* --- What a set of places is worth -------------------------------------------------------------- */

static int64_t available_at(const struct sourcing *sourcing, size_t place, size_t item)
{
    return sourcing->available[place * sourcing->item_count + item];
}

/* Rules, then the count and the sum of priorities. */
static size_t criteria_of(const struct sourcing *sourcing)
{
    return sourcing->rule_count + BEHIND_NUMBERS;
}

static enum source_measure measure_of(const struct sourcing *sourcing, size_t criterion)
{
    return criterion < sourcing->rule_count ? sourcing->rules[criterion] : SOURCE_SUM;
}

static int64_t cost_of(const struct sourcing *sourcing, size_t place, size_t criterion)
{
    if (criterion < sourcing->rule_count) {
        return sourcing->costs[place * sourcing->rule_count + criterion];
    }
    return criterion == sourcing->rule_count + BEHIND_COUNT ? 1 : sourcing->places[place].priority;
}

static int64_t larger(int64_t left, int64_t right)
{
    return left > right ? left : right;
}

static int64_t smaller(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* What a measure makes of so many chosen places and one more of this cost. */
static int64_t add_cost(enum source_measure measure, int64_t value, int64_t cost, size_t chosen)
{
    switch (measure) {
    case SOURCE_MOST:
        return larger(value, cost);
    case SOURCE_ALONE:
        return chosen > 0;
    case SOURCE_SUM:
    default:
        return value + cost;
    }
}

/* Below 0 when `left` is better. */
static int compare_values(const int64_t *left, const int64_t *right, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

static void evaluate(const struct sourcing *sourcing, const bool *chosen, int64_t *ret_values)
{
    size_t count = 0;

    memset(ret_values, 0, criteria_of(sourcing) * sizeof *ret_values);
    for (size_t place = 0; place < sourcing->place_count; place++) {
        for (size_t i = 0; chosen[place] && i < criteria_of(sourcing); i++) {
            ret_values[i] = add_cost(measure_of(sourcing, i), ret_values[i],
                                     cost_of(sourcing, place, i), count);
        }
        count += chosen[place];
    }
}

static bool all_serve(const struct sourcing *sourcing, const bool *chosen)
{
    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t missing = sourcing->wanted[item];

        for (size_t place = 0; place < sourcing->place_count && missing > 0; place++) {
            missing -= chosen[place] ? available_at(sourcing, place, item) : 0;
        }
        if (missing > 0) {
            return false;
        }
    }
    return true;
}

/* Places by themselves: the better at the first cost that differs, then the lower priority, then the earlier code. */
static int compare_places(const struct sourcing *sourcing, size_t left, size_t right)
{
    for (size_t i = 0; i < criteria_of(sourcing); i++) {
        bool counts = measure_of(sourcing, i) != SOURCE_ALONE;
        int64_t difference = counts ? cost_of(sourcing, left, i) - cost_of(sourcing, right, i) : 0;

        if (difference != 0) {
            return difference < 0 ? -1 : 1;
        }
    }
    return left < right ? -1 : left > right;
}

struct ranked {
    const struct sourcing *sourcing;
    size_t place;
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    return compare_places(a->sourcing, a->place, b->place);
}

/* The chosen places, or all where `chosen` is NULL, the best first. */
static struct ranked *rank(struct arena *arena, const struct sourcing *sourcing, const bool *chosen,
                           size_t *ret_count)
{
    struct ranked *ranked = arena_alloc(arena, sourcing->place_count * sizeof *ranked);

    *ret_count = 0;
    for (size_t place = 0; place < sourcing->place_count; place++) {
        if (chosen == NULL || chosen[place]) {
            ranked[(*ret_count)++] = (struct ranked){ sourcing, place };
        }
    }
    if (*ret_count > 1) {
        qsort(ranked, *ret_count, sizeof *ranked, compare_ranked);
    }
    return ranked;
}

/* --- Greedy choices, to begin with ---------------------------------------------------------------- */

static int64_t served_by(const struct sourcing *sourcing, const int64_t *missing, size_t place)
{
    int64_t served = 0;

    for (size_t item = 0; item < sourcing->item_count; item++) {
        served += smaller(available_at(sourcing, place, item), missing[item]);
    }
    return served;
}

struct offer {
    size_t place;
    int64_t served, cost; /* cost: by the first rule */
};

typedef bool (*is_better_offer)(const struct sourcing *, const struct offer *,
                                const struct offer *);

static bool serves_more(const struct sourcing *sourcing, const struct offer *offer,
                        const struct offer *best)
{
    if (offer->served != best->served) {
        return offer->served > best->served;
    }
    return compare_places(sourcing, offer->place, best->place) < 0;
}

static bool costs_less_a_piece(const struct sourcing *sourcing, const struct offer *offer,
                               const struct offer *best)
{
    int64_t difference = offer->cost * best->served - best->cost * offer->served;

    return difference != 0 ? difference < 0 : serves_more(sourcing, offer, best);
}

static bool costs_less(const struct sourcing *sourcing, const struct offer *offer,
                       const struct offer *best)
{
    return compare_places(sourcing, offer->place, best->place) < 0;
}

static struct offer best_offer(const struct sourcing *sourcing, const int64_t *missing,
                               const bool *chosen, is_better_offer is_better)
{
    struct offer best = { .served = 0 };

    for (size_t place = 0; place < sourcing->place_count; place++) {
        struct offer offer = { .place = place,
                               .served = chosen[place] ? 0 : served_by(sourcing, missing, place),
                               .cost = cost_of(sourcing, place, 0) };

        if (offer.served > 0 && (best.served == 0 || is_better(sourcing, &offer, &best))) {
            best = offer;
        }
    }
    return best;
}

/* Without a place when the others serve all, the worst first. */
static void drop_needless(struct arena *arena, const struct sourcing *sourcing, bool *chosen)
{
    size_t count = 0;
    struct ranked *ranked = rank(arena, sourcing, chosen, &count);

    for (size_t i = count; i > 0; i--) {
        chosen[ranked[i - 1].place] = false;
        chosen[ranked[i - 1].place] = !all_serve(sourcing, chosen);
    }
}

/* Only where all places together are enough. */
static bool *choose_greedily(struct arena *arena, const struct sourcing *sourcing,
                             is_better_offer is_better)
{
    bool *chosen = arena_alloc(arena, sourcing->place_count * sizeof *chosen);
    int64_t *missing = arena_alloc(arena, sourcing->item_count * sizeof *missing);
    struct offer offer;

    memcpy(missing, sourcing->wanted, sourcing->item_count * sizeof *missing);
    while ((offer = best_offer(sourcing, missing, chosen, is_better)).served > 0) {
        chosen[offer.place] = true;
        for (size_t item = 0; item < sourcing->item_count; item++) {
            missing[item] -= smaller(available_at(sourcing, offer.place, item), missing[item]);
        }
    }
    drop_needless(arena, sourcing, chosen);
    return chosen;
}

/* --- The search ----------------------------------------------------------------------------------- */

struct search {
    const struct sourcing *sourcing;
    size_t place_count, item_count, criteria;
    size_t places[SEARCH_PLACES_MAX]; /* which of the problem's, rising */
    const int32_t *supply;            /* [place * item_count + item], no more than is wanted */
    const int64_t *costs;             /* [place * criteria + criterion] */
    const uint64_t *having;           /* of an item: the places that have some, as bits */
    int32_t *missing;                 /* [depth * item_count + item] */
    int64_t *values;                  /* [depth * criteria + criterion] */
    bool exact;                       /* to the last tie, however long it takes */
    int64_t work_left;
    uint64_t best; /* 0: none yet */
    int64_t *best_values, *bound;
};

struct node {
    size_t depth; /* as many places are chosen */
    uint64_t chosen, undecided;
};

/* What there is to choose from at a node. */
struct survey {
    uint64_t options; /* the places that have the rarest missing item */
    int64_t missing, served_most;
    int32_t served[SEARCH_PLACES_MAX];
};

static size_t lowest(uint64_t bits)
{
    return (size_t)__builtin_ctzll(bits);
}

static uint64_t bit(size_t place)
{
    return UINT64_C(1) << place;
}

static const int32_t *missing_at(const struct search *search, size_t depth)
{
    return &search->missing[depth * search->item_count];
}

static void survey_served(const struct search *search, const struct node *node,
                          struct survey *survey)
{
    const int32_t *missing = missing_at(search, node->depth);

    for (uint64_t left = node->undecided; left != 0; left &= left - 1) {
        const int32_t *supply = &search->supply[lowest(left) * search->item_count];
        int32_t served = 0;

        for (size_t item = 0; item < search->item_count; item++) {
            served += supply[item] < missing[item] ? supply[item] : missing[item];
        }
        survey->served[lowest(left)] = served;
        survey->served_most = larger(survey->served_most, served);
    }
}

/* False when nothing is missing. */
static bool survey_node(const struct search *search, const struct node *node, struct survey *survey)
{
    const int32_t *missing = missing_at(search, node->depth);
    int fewest = SEARCH_PLACES_MAX + 1;

    survey->options = 0;
    survey->missing = survey->served_most = 0;
    for (size_t item = 0; item < search->item_count; item++) {
        uint64_t having = search->having[item] & node->undecided;

        survey->missing += missing[item];
        if (missing[item] > 0 && __builtin_popcountll(having) < fewest) {
            fewest = __builtin_popcountll(having);
            survey->options = having;
        }
    }
    if (survey->missing > 0) {
        survey_served(search, node, survey);
    }
    return survey->missing > 0;
}

static int64_t least_cost(const struct search *search, uint64_t places, size_t criterion)
{
    int64_t least = INT64_MAX;

    for (; places != 0; places &= places - 1) {
        least = smaller(least, search->costs[lowest(places) * search->criteria + criterion]);
    }
    return least;
}

/* The least that any set costs by a criterion that goes on from here, with `more` places at least. */
static int64_t bound_of(const struct search *search, const struct node *node,
                        const struct survey *survey, size_t criterion, int64_t more)
{
    int64_t value = search->values[node->depth * search->criteria + criterion];
    enum source_measure measure = measure_of(search->sourcing, criterion);

    if (measure == SOURCE_ALONE) {
        return (int64_t)node->depth + more > 1;
    }
    int64_t next = least_cost(search, survey->options, criterion);
    if (measure == SOURCE_MOST) {
        return larger(value, next);
    }
    return value + next + (more - 1) * least_cost(search, node->undecided, criterion);
}

/* Whether a set that goes on from here may be better than the best. */
static bool is_promising(const struct search *search, const struct node *node,
                         const struct survey *survey)
{
    int64_t more = 0;

    if (survey->options == 0 || survey->served_most == 0) {
        return false;
    }
    if (search->best == 0) {
        return true;
    }
    more = (survey->missing + survey->served_most - 1) / survey->served_most;
    for (size_t i = 0; i < search->criteria; i++) {
        int64_t bound = bound_of(search, node, survey, i, more);

        if (bound != search->best_values[i]) {
            return bound < search->best_values[i];
        }
    }
    return search->exact; /* may have earlier codes, at best */
}

/* Places are sorted by code: of two sets of one size the one with the lowest differing place has the earlier codes. */
static bool has_earlier_codes(uint64_t left, uint64_t right)
{
    uint64_t differing = left ^ right;

    return (left & (differing & (0U - differing))) != 0;
}

static void consider(struct search *search, uint64_t chosen, const int64_t *values)
{
    int order =
        search->best == 0 ? -1 : compare_values(values, search->best_values, search->criteria);

    if (order < 0 || (order == 0 && has_earlier_codes(chosen, search->best))) {
        search->best = chosen;
        memcpy(search->best_values, values, search->criteria * sizeof *values);
    }
}

static struct node choose(const struct search *search, const struct node *node, size_t place)
{
    const int32_t *supply = &search->supply[place * search->item_count];
    const int32_t *missing = missing_at(search, node->depth);
    const int64_t *values = &search->values[node->depth * search->criteria];
    int32_t *then_missing = &search->missing[(node->depth + 1) * search->item_count];
    int64_t *then_values = &search->values[(node->depth + 1) * search->criteria];

    for (size_t item = 0; item < search->item_count; item++) {
        then_missing[item] = missing[item] > supply[item] ? missing[item] - supply[item] : 0;
    }
    for (size_t i = 0; i < search->criteria; i++) {
        then_values[i] = add_cost(measure_of(search->sourcing, i), values[i],
                                  search->costs[place * search->criteria + i], node->depth);
    }
    return (struct node){ node->depth + 1, node->chosen | bit(place),
                          node->undecided & ~bit(place) };
}

/* The option to try next: that which serves all at once, else the best by itself where costs differ, else what serves most. */
static size_t next_option(const struct search *search, const struct survey *survey,
                          uint64_t options)
{
    size_t best = lowest(options);

    for (options &= options - 1; options != 0; options &= options - 1) {
        size_t place = lowest(options);
        struct offer offer = { place, survey->served[place],
                               search->costs[place * search->criteria] };
        struct offer rival = { best, survey->served[best], search->costs[best * search->criteria] };
        int64_t difference = offer.cost * rival.served - rival.cost * offer.served;

        if (difference != 0 ? difference < 0 : offer.served > rival.served) {
            best = place;
        }
    }
    return best;
}

static void look(struct search *search,
                 struct node node) /* NOLINT(misc-no-recursion): as deep as places are chosen */
{
    struct survey survey;

    search->work_left -= (int64_t)(search->item_count + search->criteria) *
                         (1 + __builtin_popcountll(node.undecided));
    if (!survey_node(search, &node, &survey)) {
        consider(search, node.chosen, &search->values[node.depth * search->criteria]);
        return;
    }
    while (survey.options != 0 && (search->exact || search->work_left > 0) &&
           is_promising(search, &node, &survey)) {
        size_t place = next_option(search, &survey, survey.options);

        look(search, choose(search, &node, place));
        node.undecided &= ~bit(place);
        survey.options &= ~bit(place);
    }
}

static void fill_search(struct arena *arena, struct search *search)
{
    const struct sourcing *sourcing = search->sourcing;
    size_t items = search->item_count, criteria = search->criteria;
    int32_t *supply = arena_alloc(arena, search->place_count * items * sizeof *supply);
    int64_t *costs = arena_alloc(arena, search->place_count * criteria * sizeof *costs);
    uint64_t *having = arena_alloc(arena, items * sizeof *having);

    for (size_t place = 0; place < search->place_count; place++) {
        for (size_t item = 0; item < items; item++) {
            int64_t available = available_at(sourcing, search->places[place], item);

            supply[place * items + item] = (int32_t)smaller(available, sourcing->wanted[item]);
            having[item] |= supply[place * items + item] > 0 ? bit(place) : 0;
        }
        for (size_t i = 0; i < criteria; i++) {
            costs[place * criteria + i] = cost_of(sourcing, search->places[place], i);
        }
    }
    search->supply = supply;
    search->costs = costs;
    search->having = having;
    search->missing = arena_alloc(arena, (search->place_count + 1) * items * sizeof(int32_t));
    search->values = arena_alloc(arena, (search->place_count + 1) * criteria * sizeof(int64_t));
    search->best_values = arena_alloc(arena, criteria * sizeof(int64_t));
    for (size_t item = 0; item < items; item++) {
        search->missing[item] = (int32_t)sourcing->wanted[item];
    }
}

/* A choice made otherwise, where all of its places take part in the search. */
static void consider_choice(struct arena *arena, struct search *search, const bool *chosen)
{
    int64_t *values = arena_alloc(arena, search->criteria * sizeof *values);
    uint64_t mask = 0;

    for (size_t place = 0; place < search->place_count; place++) {
        mask |= chosen[search->places[place]] ? bit(place) : 0;
    }
    evaluate(search->sourcing, chosen, values);
    consider(search, mask, values);
}

/* Those of the greedy choices and then the best by themselves, as many as a search can have. */
static bool select_places(struct arena *arena, struct search *search, bool *const *choices,
                          size_t choice_count)
{
    const struct sourcing *sourcing = search->sourcing;
    bool *selected = arena_alloc(arena, sourcing->place_count * sizeof *selected);
    size_t count = 0, ranked_count = 0;
    struct ranked *ranked = rank(arena, sourcing, NULL, &ranked_count);

    for (size_t i = 0; i < choice_count * sourcing->place_count; i++) {
        size_t place = i % sourcing->place_count;

        count += choices[i / sourcing->place_count][place] && !selected[place];
        selected[place] = selected[place] || choices[i / sourcing->place_count][place];
    }
    if (count > SEARCH_PLACES_MAX) {
        return false;
    }
    for (size_t i = 0; i < ranked_count && count < SEARCH_PLACES_MAX; i++) {
        count += !selected[ranked[i].place];
        selected[ranked[i].place] = true;
    }
    for (size_t place = 0; place < sourcing->place_count; place++) {
        if (selected[place]) {
            search->places[search->place_count++] = place;
        }
    }
    return true;
}

static struct node first_node(const struct search *search)
{
    return (struct node){ .undecided = search->place_count == SEARCH_PLACES_MAX
                                           ? UINT64_MAX
                                           : bit(search->place_count) - 1 };
}

static enum source_outcome choose_few(struct arena *arena, struct search *search)
{
    search->exact = true;
    for (size_t place = 0; place < search->sourcing->place_count; place++) {
        search->places[search->place_count++] = place;
    }
    fill_search(arena, search);
    look(search, first_node(search));
    return SOURCE_OPTIMAL;
}

static enum source_outcome choose_of_many(struct arena *arena, struct search *search,
                                          bool *ret_chosen)
{
    static const is_better_offer ways[] = { serves_more, costs_less_a_piece, costs_less };
    enum { WAYS = sizeof ways / sizeof ways[0] };
    bool *choices[WAYS];

    for (size_t i = 0; i < WAYS; i++) {
        choices[i] = choose_greedily(arena, search->sourcing, ways[i]);
    }
    if (!select_places(arena, search, choices, WAYS)) { /* more parcels than anybody wants */
        memcpy(ret_chosen, choices[0], search->sourcing->place_count * sizeof *ret_chosen);
        return SOURCE_GOOD;
    }
    fill_search(arena, search);
    for (size_t i = 0; i < WAYS; i++) {
        consider_choice(arena, search, choices[i]);
    }
    search->work_left = SEARCH_WORK_MAX;
    look(search, first_node(search));
    return search->work_left > 0 && search->place_count == search->sourcing->place_count
               ? SOURCE_OPTIMAL
               : SOURCE_GOOD;
}

/* --- What comes from where ------------------------------------------------------------------------ */

static void take(struct arena *arena, const struct sourcing *sourcing, const bool *chosen,
                 int64_t *ret_taken)
{
    size_t count = 0;
    struct ranked *ranked = rank(arena, sourcing, chosen, &count);

    for (size_t item = 0; item < sourcing->item_count; item++) {
        int64_t missing = sourcing->wanted[item];

        for (size_t i = 0; i < count && missing > 0; i++) {
            int64_t taken = smaller(available_at(sourcing, ranked[i].place, item), missing);

            ret_taken[ranked[i].place * sourcing->item_count + item] = taken;
            missing -= taken;
        }
        assert(missing <= 0);
    }
}

enum source_outcome source(struct arena *arena, const struct sourcing *sourcing, int64_t *ret_taken)
{
    struct search search = { .sourcing = sourcing,
                             .item_count = sourcing->item_count,
                             .criteria = criteria_of(sourcing) };
    bool *chosen = arena_alloc(arena, (sourcing->place_count + 1) * sizeof *chosen);
    enum source_outcome outcome = SOURCE_IMPOSSIBLE;

    assert(sourcing->rule_count <= SOURCING_RULES_MAX);
    memset(ret_taken, 0, sourcing->place_count * sourcing->item_count * sizeof *ret_taken);
    memset(chosen, true, sourcing->place_count * sizeof *chosen);
    if (sourcing->place_count == 0 || !all_serve(sourcing, chosen)) {
        return SOURCE_IMPOSSIBLE;
    }
    outcome = sourcing->place_count <= SOURCING_EXACT_MAX ? choose_few(arena, &search)
                                                          : choose_of_many(arena, &search, chosen);
    for (size_t i = 0; i < search.place_count; i++) {
        chosen[search.places[i]] = false;
    }
    for (uint64_t left = search.best; left != 0; left &= left - 1) {
        chosen[search.places[lowest(left)]] = true;
    }
    take(arena, sourcing, chosen, ret_taken);
    return outcome;
}

/* --- Why not elsewhere ------------------------------------------------------------------------------ */

static void read_choice(const struct sourcing *sourcing, const int64_t *taken, bool *ret_chosen,
                        int64_t *ret_totals)
{
    size_t items = sourcing->item_count;

    for (size_t place = 0; place < sourcing->place_count; place++) {
        for (size_t item = 0; item < items; item++) {
            ret_chosen[place] = ret_chosen[place] || taken[place * items + item] > 0;
        }
        for (size_t item = 0; ret_chosen[place] && item < items; item++) {
            ret_totals[item] += available_at(sourcing, place, item);
        }
    }
}

/* Whether `place` may stand in for `instead_of`, of places that have these totals. */
static bool may_stand_in(const struct sourcing *sourcing, const int64_t *totals, size_t place,
                         size_t instead_of)
{
    for (size_t item = 0; item < sourcing->item_count; item++) {
        if (totals[item] - available_at(sourcing, instead_of, item) +
                available_at(sourcing, place, item) <
            sourcing->wanted[item]) {
            return false;
        }
    }
    return true;
}

static struct source_reason reason_of(const struct sourcing *sourcing, const int64_t *values,
                                      const int64_t *best)
{
    size_t criterion = 0;

    while (criterion < criteria_of(sourcing) && values[criterion] == best[criterion]) {
        criterion++;
    }
    if (criterion == criteria_of(sourcing)) {
        return (struct source_reason){ .rule = (int64_t)criterion };
    }
    return (struct source_reason){ .rule = (int64_t)criterion,
                                   .value = values[criterion],
                                   .best = best[criterion] };
}

struct source_reason source_why_not(struct arena *arena, const struct sourcing *sourcing,
                                    const int64_t *taken, size_t place)
{
    size_t criteria = criteria_of(sourcing);
    bool *chosen = arena_alloc(arena, sourcing->place_count * sizeof *chosen);
    int64_t *totals = arena_alloc(arena, sourcing->item_count * sizeof *totals);
    int64_t *best = arena_alloc(arena, 3 * criteria * sizeof *best);
    int64_t *values = best + criteria, *nearest = values + criteria;
    struct source_reason reason = { .rule = SOURCE_LACKS };

    read_choice(sourcing, taken, chosen, totals);
    evaluate(sourcing, chosen, best);
    for (size_t other = 0; other < sourcing->place_count; other++) {
        if (!chosen[other] || !may_stand_in(sourcing, totals, place, other)) {
            continue;
        }
        chosen[other] = false;
        chosen[place] = true;
        evaluate(sourcing, chosen, values);
        if (reason.rule == SOURCE_LACKS || compare_values(values, nearest, criteria) < 0) {
            memcpy(nearest, values, criteria * sizeof *values);
            reason = reason_of(sourcing, values, best);
            reason.instead_of = other;
        }
        chosen[other] = true;
        chosen[place] = false;
    }
    return reason;
}
