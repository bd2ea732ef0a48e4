/* sourcing_policy.c - rules of sourcing as rows. */
#include "services/inventory/sourcing_policy.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"

#include <string.h>

static const struct sourcing_put *request_of(const struct incoming_message *in)
{
    return in->message;
}

const char *sourcing_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return request_of(in)->scope;
}

void sourcing_put_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &inventory_policy_table, key_text(request_of(in)->scope));
    rows_want(rows, &inventory_rule_table, key_text(request_of(in)->scope));
}

void sourcing_rules_need(const char *channel, struct rows *rows)
{
    rows_want(rows, &inventory_rule_table, key_text(channel));
    rows_want(rows, &inventory_rule_table, key_text(SCOPE_ALL));
}

static struct sourcing_rule_row **rules_of(const struct rows *rows, const char *scope)
{
    return (struct sourcing_rule_row **)rows_list(rows, &inventory_rule_table, key_text(scope));
}

source_rules sourcing_rules_of(const struct rows *rows, const char *scope)
{
    return (source_rules)rules_of(rows, scope);
}

source_rules sourcing_rules_find(const struct rows *rows, const char *channel)
{
    struct sourcing_rule_row **own = rules_of(rows, channel);

    return (source_rules)(*own != NULL ? own : rules_of(rows, SCOPE_ALL));
}

/* Words with a space before and behind each; NULL when there are none. */
static const char *join(struct arena *arena, const char *const *words, size_t count)
{
    size_t length = 0;
    char *text = NULL, *end = NULL;

    for (size_t i = 0; i < count; i++) {
        length += strlen(words[i]) + 2;
    }
    if (count == 0) {
        return NULL;
    }
    text = end = arena_alloc(arena, length + 1);
    for (size_t i = 0; i < count; i++) {
        size_t word_length = strlen(words[i]);

        *end++ = ' ';
        memcpy(end, words[i], word_length);
        end += word_length;
        *end++ = ' ';
    }
    return text;
}

static struct sourcing_rule_row row_of(struct arena *arena, const char *scope,
                                       const struct sourcing_rule *rule)
{
    struct sourcing_rule_row row = {
        .scope = scope,
        .kind = rule->kind,
        .band_km = rule->has_band_km ? rule->band_km : 1,
        .locations = join(arena, rule->locations, rule->locations_count),
        .countries = join(arena, rule->countries, rule->countries_count),
        .skus = join(arena, rule->skus, rule->skus_count),
        .pieces = rule->has_pieces ? rule->pieces : 0,
        .percent = rule->has_percent ? rule->percent : 0,
    };

    for (size_t i = 0; i < rule->kinds_count; i++) {
        row.kinds |= INT64_C(1) << rule->kinds[i];
    }
    return row;
}

static bool is_same(const struct sourcing_rule_row *one, const struct sourcing_rule_row *other)
{
    return one->kind == other->kind && one->band_km == other->band_km &&
           one->kinds == other->kinds && text_equal(one->locations, other->locations) &&
           text_equal(one->countries, other->countries) && text_equal(one->skus, other->skus) &&
           one->pieces == other->pieces && one->percent == other->percent;
}

static bool are_same(struct arena *arena, const struct sourcing_put *request,
                     struct sourcing_rule_row *const *stored)
{
    for (size_t i = 0; i < request->body.rules_count; i++, stored++) {
        struct sourcing_rule_row row = row_of(arena, request->scope, &request->body.rules[i]);

        if (*stored == NULL || !is_same(*stored, &row)) {
            return false;
        }
    }
    return *stored == NULL;
}

void sourcing_rules_put(struct decision *out, const char *scope,
                        const struct sourcing_policy *policy)
{
    int64_t rule_no = 0;

    for (struct sourcing_rule_row **stored = rules_of(out->rows, scope); *stored != NULL;
         stored++) {
        rule_no = (*stored)->rule_no;
        rows_remove(out->rows, &inventory_rule_table, *stored);
    }
    for (size_t i = 0; i < policy->rules_count; i++) {
        struct sourcing_rule_row row = row_of(out->arena, scope, &policy->rules[i]);

        row.rule_no = ++rule_no;
        rows_insert(out->rows, &inventory_rule_table, &row);
    }
}

static const char *fault_of_buffer(const struct sourcing_rule *rule)
{
    bool says_how_many = rule->has_pieces || rule->has_percent;

    if (rule->kind != SOURCING_RULE_KIND_BUFFER) {
        return says_how_many || rule->skus_count > 0
                   ? "names items or how many are kept back, which only the kind buffer goes by"
                   : NULL;
    }
    return rule->has_pieces == rule->has_percent
               ? "says how many are kept back either in pieces or in percent"
               : NULL;
}

static const char *fault_of(const struct sourcing_rule *rule)
{
    bool allowed = rule->kind == SOURCING_RULE_KIND_ALLOWED;
    bool names = rule->locations_count > 0 || rule->kinds_count > 0;

    if (allowed && !names) {
        return "names neither locations nor kinds: no place would be allowed";
    }
    if (!allowed && (names || rule->countries_count > 0)) {
        return "names places or countries, which only the kind allowed goes by";
    }
    return rule->has_band_km && rule->kind != SOURCING_RULE_KIND_NEAREST
               ? "names a band, which only the kind nearest goes by"
               : fault_of_buffer(rule);
}

bool sourcing_rules_make_sense(struct decision *out, const struct incoming_message *in,
                               const struct sourcing_policy *policy)
{
    for (size_t i = 0; i < policy->rules_count; i++) {
        const char *fault = fault_of(&policy->rules[i]);

        if (fault != NULL) {
            reply_invalid(out, in, text_format(out->arena, "/rules/%zu", i), fault);
            return false;
        }
    }
    return true;
}

static bool makes_sense(struct decision *out, const struct incoming_message *in)
{
    const struct sourcing_put *request = request_of(in);

    if (request->scope[0] == '*' && request->scope[1] != '\0') {
        reply_invalid(out, in, "", "the scope is a channel, or * for all");
        return false;
    }
    return sourcing_rules_make_sense(out, in, &request->body);
}

void on_sourcing_put(struct decision *out, const struct incoming_message *in)
{
    const struct sourcing_put *request = request_of(in);
    struct sourcing_policy_row *stored =
        rows_find(out->rows, &inventory_policy_table, key_text(request->scope));
    bool is_new = stored == NULL;
    bool same = !is_new && are_same(out->arena, request, rules_of(out->rows, request->scope));

    if (!makes_sense(out, in) || reply_stale_put(out, in, is_new ? 0 : stored->version, same)) {
        return;
    }
    if (is_new) {
        const struct sourcing_policy_row row = { .scope = request->scope, .version = 1 };

        rows_insert(out->rows, &inventory_policy_table, &row);
    } else if (!same) {
        stored->version++;
        rows_update(out->rows, &inventory_policy_table, stored);
    }
    if (!same) {
        sourcing_rules_put(out, request->scope, &request->body);
    }
    reply_done(out, in, is_new ? 201 : 200, request->scope);
}
