/* sourcing_search.c - a depth-first search over sets of places.
 *
 * Each step takes the missing item that the fewest places have, and tries the places that have it, the best first; a place that was
 * tried is left out of all that follows, so no set comes twice.  A branch is cut when what it must cost at least is no better than
 * the best set so far.  Where there are many places greedy choices come first, so that the search begins with something
 * good, and its work is counted, not timed: the same problem has the same answer.
 */
#include "services/inventory/sourcing_set.h"

#include <string.h>

enum { SEARCH_PLACES_MAX = 64, SEARCH_WORK_MAX = 300000 };

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
    int64_t *best_values;
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
    enum source_measure measure = source_measure_of(search->sourcing, criterion);

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
    int order = search->best == 0
                    ? -1
                    : source_compare_values(values, search->best_values, search->criteria);

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
        then_values[i] = source_add_cost(source_measure_of(search->sourcing, i), values[i],
                                         search->costs[place * search->criteria + i], node->depth);
    }
    return (struct node){ node->depth + 1, node->chosen | bit(place),
                          node->undecided & ~bit(place) };
}

struct option {
    size_t place;
    int64_t served, cost; /* cost: by the first criterion */
};

/* The option to try next: that which serves all at once, else the best by itself where costs differ, else what serves most. */
static size_t next_option(const struct search *search, const struct survey *survey,
                          uint64_t options)
{
    size_t best = lowest(options);

    for (options &= options - 1; options != 0; options &= options - 1) {
        size_t place = lowest(options);
        struct option offer = { place, survey->served[place],
                                search->costs[place * search->criteria] };
        struct option rival = { best, survey->served[best],
                                search->costs[best * search->criteria] };
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
            int64_t available = source_available(sourcing, search->places[place], item);

            supply[place * items + item] = (int32_t)smaller(available, sourcing->wanted[item]);
            having[item] |= supply[place * items + item] > 0 ? bit(place) : 0;
        }
        for (size_t i = 0; i < criteria; i++) {
            costs[place * criteria + i] = source_cost(sourcing, search->places[place], i);
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
    source_evaluate(search->sourcing, chosen, values);
    consider(search, mask, values);
}

/* Those of the greedy choices and then the best by themselves, as many as a search can have. */
static bool select_places(struct arena *arena, struct search *search, bool *const *choices,
                          size_t choice_count)
{
    const struct sourcing *sourcing = search->sourcing;
    bool *selected = arena_alloc(arena, sourcing->place_count * sizeof *selected);
    size_t count = 0, ranked_count = 0;
    struct source_ranked *ranked = source_rank(arena, sourcing, NULL, &ranked_count);

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
    bool *choices[SOURCE_WAYS];

    for (size_t i = 0; i < SOURCE_WAYS; i++) {
        choices[i] = source_greedily(arena, search->sourcing, (enum source_way)i);
    }
    if (!select_places(arena, search, choices, SOURCE_WAYS)) { /* more parcels than anybody wants */
        memcpy(ret_chosen, choices[0], search->sourcing->place_count * sizeof *ret_chosen);
        return SOURCE_GOOD;
    }
    fill_search(arena, search);
    for (size_t i = 0; i < SOURCE_WAYS; i++) {
        consider_choice(arena, search, choices[i]);
    }
    search->work_left = SEARCH_WORK_MAX;
    look(search, first_node(search));
    return search->work_left > 0 && search->place_count == search->sourcing->place_count
               ? SOURCE_OPTIMAL
               : SOURCE_GOOD;
}

enum source_outcome source_search(struct arena *arena, const struct sourcing *sourcing,
                                  bool *ret_chosen)
{
    struct search search = { .sourcing = sourcing,
                             .item_count = sourcing->item_count,
                             .criteria = source_criteria(sourcing) };
    enum source_outcome outcome = sourcing->place_count <= SOURCING_EXACT_MAX
                                      ? choose_few(arena, &search)
                                      : choose_of_many(arena, &search, ret_chosen);

    if (search.place_count > 0) {
        memset(ret_chosen, 0, sourcing->place_count * sizeof *ret_chosen);
    }
    for (uint64_t left = search.best; left != 0; left &= left - 1) {
        ret_chosen[search.places[lowest(left)]] = true;
    }
    return outcome;
}
