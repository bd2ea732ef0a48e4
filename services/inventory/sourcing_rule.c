/* sourcing_rule.c - the kinds of rules, as a table. */
#include "services/inventory/sourcing_rule.h"

#include "common/text.h"
#include "proto/types.h"

#include <assert.h>
#include <string.h>

enum {
    FAR_KM = 20040,      /* half of the equator: nothing is farther */
    COVER_MAX = 1000000, /* days */
    HARDLY_ANY =
        1, /* needed a day, in thousandths, of what nobody buys: more of it is better still */
    KEEPS_DAYS_MAX = 1000000, /* as long as what never expires */
    HUNDRED = 100,
};

/* A place and a rule that judges it. */
struct judged {
    const struct sourcing *sourcing;
    const struct source_facts *facts;
    const struct sourcing_rule_row *rule;
    size_t place;
};

static int64_t one(const struct judged *judged)
{
    (void)judged;
    return 1;
}

static int64_t nothing(const struct judged *judged)
{
    (void)judged;
    return 0;
}

static int64_t bands_away(const struct judged *judged)
{
    int64_t distance_km = judged->facts->distance_km;

    return (distance_km == DISTANCE_UNKNOWN ? FAR_KM : distance_km) / judged->rule->band_km;
}

static int64_t parcel_cost(const struct judged *judged)
{
    int64_t cost_minor = judged->facts->parcel_cost_minor;

    return cost_minor < SOURCE_COST_MAX ? cost_minor : SOURCE_COST_MAX;
}

static int64_t is_full(const struct judged *judged)
{
    return judged->facts->full;
}

static int64_t days_to_wait(const struct judged *judged)
{
    return judged->facts->days;
}

static int64_t days_it_keeps(const struct judged *judged)
{
    int64_t days = judged->facts->expires_in_days;

    return days == EXPIRES_NEVER || days > KEEPS_DAYS_MAX ? KEEPS_DAYS_MAX : days;
}

/* For how many days that lasts which is left of an item when the place serves as much as it can. */
static int64_t days_left(const struct sourcing *sourcing, size_t place, size_t item)
{
    size_t cell = place * sourcing->item_count + item;
    int64_t available = sourcing->available[cell];
    int64_t left = available > sourcing->wanted[item] ? available - sourcing->wanted[item] : 0;
    int64_t needed = sourcing->demand_milli == NULL ? 0 : sourcing->demand_milli[cell];
    int64_t days = left * 1000 / (needed > 0 ? needed : HARDLY_ANY);

    return days < COVER_MAX ? days : COVER_MAX;
}

/* How soon the first of the items that it has of those ordered is gone there. */
static int64_t short_cover(const struct judged *judged)
{
    const struct sourcing *sourcing = judged->sourcing;
    int64_t least = COVER_MAX;

    for (size_t item = 0; item < sourcing->item_count; item++) {
        if (sourcing->available[judged->place * sourcing->item_count + item] > 0) {
            int64_t days = days_left(sourcing, judged->place, item);

            least = days < least ? days : least;
        }
    }
    return COVER_MAX - least;
}

static const struct {
    const char *word;
    enum source_measure measure;
    int64_t (*cost)(const struct judged *judged); /* NULL: it leaves places or pieces out */
} kinds[] = {
    [SOURCING_RULE_KIND_ALLOWED] = { "allowed", SOURCE_SUM, NULL },
    [SOURCING_RULE_KIND_SINGLE_PLACE] = { "single_place", SOURCE_ALONE, nothing },
    [SOURCING_RULE_KIND_FEWEST_PARCELS] = { "fewest_parcels", SOURCE_SUM, one },
    [SOURCING_RULE_KIND_NEAREST] = { "nearest", SOURCE_SUM, bands_away },
    [SOURCING_RULE_KIND_CHEAPEST] = { "cheapest", SOURCE_SUM, parcel_cost },
    [SOURCING_RULE_KIND_CAPACITY] = { "capacity", SOURCE_SUM, is_full },
    [SOURCING_RULE_KIND_SOONEST] = { "soonest", SOURCE_MOST, days_to_wait },
    [SOURCING_RULE_KIND_BALANCE] = { "balance", SOURCE_MOST, short_cover },
    [SOURCING_RULE_KIND_EXPIRY_FIRST] = { "expiry_first", SOURCE_MOST, days_it_keeps },
    [SOURCING_RULE_KIND_BUFFER] = { "buffer", SOURCE_SUM, NULL },
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };
_Static_assert((int)KIND_COUNT == (int)SOURCING_RULE_KIND_UNKNOWN, "each kind has its row");

/* A kind that a newer release knows is no rule for this one. */
static bool compares(const struct sourcing_rule_row *rule)
{
    return rule->kind > 0 && rule->kind < KIND_COUNT && kinds[rule->kind].cost != NULL;
}

/* Whether a word is among those with a space on either side. */
static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = words; at != NULL && (at = strstr(at, word)) != NULL; at++) {
        if (at > words && at[-1] == ' ' && at[length] == ' ') {
            return true;
        }
    }
    return false;
}

bool source_is_allowed(source_rules rules, const char *code, const struct source_facts *facts,
                       const char *country)
{
    for (; *rules != NULL; rules++) {
        const struct sourcing_rule_row *rule = *rules;
        bool counts =
            rule->kind == SOURCING_RULE_KIND_ALLOWED &&
            (rule->countries == NULL || (country != NULL && has_word(rule->countries, country)));

        if (counts && !has_word(rule->locations, code) && (rule->kinds >> facts->kind & 1) == 0) {
            return false;
        }
    }
    return true;
}

const struct sourcing_rule_row *source_buffer(source_rules rules, const char *sku)
{
    for (; *rules != NULL; rules++) {
        if ((*rules)->kind == SOURCING_RULE_KIND_BUFFER &&
            ((*rules)->skus == NULL || has_word((*rules)->skus, sku))) {
            return *rules;
        }
    }
    return NULL;
}

int64_t source_kept_back(const struct sourcing_rule_row *buffer, int64_t sellable)
{
    return buffer->percent > 0 ? (sellable * buffer->percent + HUNDRED - 1) / HUNDRED
                               : buffer->pieces;
}

bool source_limits(source_rules rules)
{
    for (; *rules != NULL; rules++) {
        if ((*rules)->kind == SOURCING_RULE_KIND_BUFFER ||
            ((*rules)->kind == SOURCING_RULE_KIND_ALLOWED && (*rules)->countries == NULL)) {
            return true;
        }
    }
    return false;
}

static size_t count_compared(source_rules rules)
{
    size_t count = 0;

    for (; *rules != NULL; rules++) {
        count += compares(*rules);
    }
    return count;
}

void source_apply(struct arena *arena, source_rules rules, const struct source_facts *facts,
                  struct sourcing *sourcing)
{
    size_t count = count_compared(rules), rule = 0;
    enum source_measure *measures = arena_alloc(arena, count * sizeof *measures);
    int64_t *costs = arena_alloc(arena, count * sourcing->place_count * sizeof *costs);

    assert(count <= SOURCING_RULES_MAX);
    for (; *rules != NULL; rules++) {
        if (!compares(*rules)) {
            continue;
        }
        measures[rule] = kinds[(*rules)->kind].measure;
        for (size_t place = 0; place < sourcing->place_count; place++) {
            const struct judged judged = { sourcing, &facts[place], *rules, place };

            costs[place * count + rule] = kinds[(*rules)->kind].cost(&judged);
        }
        rule++;
    }
    sourcing->rules = measures;
    sourcing->rule_count = count;
    sourcing->costs = costs;
}

bool source_asks_for_demand(source_rules rules)
{
    while (*rules != NULL && (*rules)->kind != SOURCING_RULE_KIND_BALANCE) {
        rules++;
    }
    return *rules != NULL;
}

const char *source_rule_words(struct arena *arena, source_rules rules)
{
    const char *words = "";

    for (; *rules != NULL; rules++) {
        if (compares(*rules)) {
            words = text_format(arena, "%s%s ", words, kinds[(*rules)->kind].word);
        }
    }
    return text_format(arena, "%scount priority code", words);
}
