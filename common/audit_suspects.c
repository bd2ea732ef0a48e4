/* audit_suspects.c - differences that may only be on their way: looked at again until they are gone, or findings.
 *
 * A difference counts when it says the same after the rule's settle_ms, and, between two services, when each has by then
 * applied what the other had written for its lane when the difference was first seen: nothing that was under way can
 * explain it any more.
 */
#include "common/audit_parts.h"

#include "common/waiting.h"

#include <stdio.h>
#include <string.h>

enum { LANE_BITS = 40, AGAIN_MS = 1000 };

/* The lane of an order, by the number that is the key. */
static size_t lane_of_key(const char *key)
{
    int64_t order_no = 0;

    (void)text_to_int(key, &order_no);
    return (size_t)(order_no >> LANE_BITS) % LANES_MAX;
}

static bool says_the_same(const struct suspect *suspect, const struct audit_row *row)
{
    return strncmp(suspect->expected, row->expected, AUDIT_TEXT_MAX - 1) == 0 &&
           strncmp(suspect->found, row->found, AUDIT_TEXT_MAX - 1) == 0;
}

static void begin(struct suspect *suspect, const struct audit_rule *rule,
                  const struct audit_look *look, const struct audit_row *row)
{
    size_t lane = lane_of_key(row->key);

    (void)snprintf(suspect->key, AUDIT_TEXT_MAX, "%s", row->key);
    (void)snprintf(suspect->subject, AUDIT_TEXT_MAX, "%s", row->subject);
    (void)snprintf(suspect->expected, AUDIT_TEXT_MAX, "%s", row->expected);
    (void)snprintf(suspect->found, AUDIT_TEXT_MAX, "%s", row->found);
    suspect->since = monotonic_ms();
    suspect->look_at = suspect->since + rule->settle_ms;
    suspect->our_written = look->marked ? look->ours[lane].written : 0;
    suspect->their_written = look->marked ? look->theirs[lane].written : 0;
}

static struct suspect *find(struct rule_state *state, const char *subject)
{
    for (size_t i = 0; i < state->suspect_count; i++) {
        if (text_equal(state->suspects[i].subject, subject)) {
            return &state->suspects[i];
        }
    }
    return NULL;
}

void audit_suspect(struct rule_state *state, const struct audit_look *look,
                   const struct audit_row *row)
{
    struct suspect *suspect = find(state, row->subject);

    if (suspect != NULL) {
        if (!says_the_same(suspect, row)) {
            begin(suspect, state->rule, look, row);
        }
    } else if (state->suspect_count < AUDIT_SUSPECTS_MAX) { /* else the next walk meets it again */
        begin(&state->suspects[state->suspect_count++], state->rule, look, row);
    }
}

/* Whether each side has applied what the other had written at first sight. */
static bool is_drained(const struct suspect *suspect, const struct audit_look *look)
{
    size_t lane = lane_of_key(suspect->key);

    return !look->marked || (look->ours[lane].applied >= suspect->their_written &&
                             look->theirs[lane].applied >= suspect->our_written);
}

static void drop(struct rule_state *state, struct suspect *suspect)
{
    *suspect = state->suspects[--state->suspect_count];
}

static enum err look_again(struct audit *audit, struct rule_state *state, struct suspect *suspect)
{
    struct audit_look look;
    enum err err = audit_look(audit, state, (struct audit_window){ suspect->key, 1 }, &look);

    suspect->look_at = monotonic_ms() + AGAIN_MS;
    if (err) {
        return audit_put_off(audit, state, err);
    }
    const struct audit_row *row = audit_look_find(&look, suspect->subject);
    if (row == NULL) {
        drop(state, suspect);
    } else if (!says_the_same(suspect, row)) {
        begin(suspect, state->rule, &look, row);
    } else if (is_drained(suspect, &look)) {
        drop(state, suspect);
        err = audit_finding_put(audit, state->rule, row);
    }
    return err;
}

/* NULL: none is due, or its rule cannot look now. */
static struct suspect *find_due(struct rule_state *state, int64_t now)
{
    for (size_t i = 0; i < state->suspect_count && !state->failing; i++) {
        if (state->suspects[i].look_at <= now) {
            return &state->suspects[i];
        }
    }
    return NULL;
}

enum err audit_suspects_look(struct audit *audit, bool *ret_did)
{
    int64_t now = monotonic_ms();

    *ret_did = false;
    for (size_t i = 0; i < audit->rule_count; i++) {
        struct suspect *due = find_due(&audit->rules[i], now);

        if (due != NULL) {
            *ret_did = true;
            return look_again(audit, &audit->rules[i], due);
        }
    }
    return OK;
}
