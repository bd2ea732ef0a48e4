/* audit.c - the auditor's thread: one look after the other, and the pauses between them.
 *
 * A round is a walk of every rule over all that it is about; rules take turns, a window each.  Between two steps comes
 * what is more urgent: what people asked for, findings that may have healed, differences whose time has come.
 */
#include "common/audit_parts.h"

#include "common/log.h"
#include "common/metrics.h"
#include "common/waiting.h"
#include "sql/runtime_sql.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum {
    WINDOW_KEYS = 200,
    ROUND_MS = 10000, /* a round begins at most so often */
    CHORES_MS = 2000,
    RECHECK_MS = 5000,
    FORGET_MS = 3600000,
    AWAY_MS = 1000, /* this process is not the auditor, or something failed */
    PAUSE_MS_MIN = 20,
    PAUSE_MS_MAX =
        1000, /* on a machine that is busy with other things a step takes long, and costs little */
    NAP_MS = 100,
    STATEMENT_MS = 5000,
    LOCK_MS = 1000,
    ARENA_BYTES = 1 << 26,
    ANSWER_BYTES = 1 << 23,
    LABEL_CHARACTERS = 80
};

/* --- The session ------------------------------------------------------------------------------- */

static enum err open_session(struct audit *audit)
{
    const struct audit_options *options = &audit->options;
    const struct pg_options session = {
        .conninfo = options->conninfo,
        .application_name = text_format(audit->ctx.arena, "%s audit", options->instance),
        .search_path = options->service->schema,
        .statement_timeout_ms = STATEMENT_MS,
        .lock_timeout_ms = LOCK_MS,
        .idle_in_transaction_timeout_ms = STATEMENT_MS,
        .by_key = true,
        .sets = { { runtime_sql_statements, RUNTIME_SQL_COUNT },
                  { options->service->statements, options->service->statement_count } },
    };

    return audit->pg != NULL ? OK : pg_open(&audit->ctx, &session, &audit->pg);
}

enum err audit_run(struct audit *audit, int statement, const struct pg_arguments *arguments,
                   struct pg_result **ret)
{
    struct pg_result *result = NULL;
    enum err err =
        pg_run(&audit->ctx, audit->pg, &runtime_sql_statements[statement], arguments, &result);

    if (ret != NULL && !err) {
        *ret = result;
    } else {
        pg_result_free(result);
    }
    return err;
}

struct rule_state *audit_rule_named(struct audit *audit, const char *name)
{
    for (size_t i = 0; i < audit->rule_count; i++) {
        if (text_equal(audit->rules[i].rule->name, name)) {
            return &audit->rules[i];
        }
    }
    return NULL;
}

/* --- Chores ------------------------------------------------------------------------------------ */

static void begin_round(struct audit *audit)
{
    for (size_t i = 0; i < audit->rule_count; i++) {
        struct rule_state *state = &audit->rules[i];

        if (state->done) { /* one whose look failed goes on where it was */
            state->began_at = state->next[0] == '\0' ? monotonic_ms() : state->began_at;
        }
        state->done = false;
    }
    audit->round_at = monotonic_ms();
}

static void begin_run(struct audit *audit)
{
    audit->run_under_way = audit->run_asked;
    for (size_t i = 0; i < audit->rule_count; i++) {
        audit->rules[i].next[0] = '\0';
        audit->rules[i].done = true;
    }
    begin_round(audit);
}

static enum err end_run(struct audit *audit)
{
    struct pg_arguments *arguments = pg_arguments_new(audit->ctx.arena, 1);

    pg_argument_int(arguments, COLUMN_INT8, audit->run_under_way);
    enum err err = audit_run(audit, RUNTIME_SQL_AUDIT_RUN_DONE, arguments, NULL);
    audit->run_under_way = err ? audit->run_under_way : 0;
    return err;
}

static enum err look_for_runs(struct audit *audit)
{
    struct pg_result *result = NULL;
    enum err err = audit_run(audit, RUNTIME_SQL_AUDIT_RUNS_OPEN, NULL, &result);

    if (!err) {
        audit->run_asked = pg_int(result, 0, 0, COLUMN_INT8);
    }
    pg_result_free(result);
    if (!err && audit->run_asked > audit->run_under_way) {
        begin_run(audit);
    }
    return err;
}

static void show(struct audit *audit, bool mine)
{
    int64_t now = monotonic_ms();

    for (size_t i = 0; i < audit->rule_count; i++) {
        struct rule_state *state = &audit->rules[i];

        if (!mine) {
            metric_set(state->findings, (double)NAN);
            metric_set(state->age, (double)NAN);
            metric_set(state->seconds, (double)NAN);
        } else {
            metric_set(state->age, (double)(now - state->walked_at) / 1000);
        }
    }
}

static enum err do_chores(struct audit *audit, int64_t now)
{
    enum err err = look_for_runs(audit);

    if (!err && now >= audit->recheck_at) {
        audit->recheck_at = now + RECHECK_MS;
        err = audit_findings_recheck(audit);
    }
    if (!err && now >= audit->forget_at) {
        audit->forget_at = now + FORGET_MS;
        err = audit_findings_forget(audit);
    }
    show(audit, true);
    return err ? err : audit_findings_count(audit);
}

/* --- Walking ----------------------------------------------------------------------------------- */

static enum err end_walk(struct audit *audit, struct rule_state *state)
{
    struct pg_arguments *arguments = pg_arguments_new(audit->ctx.arena, 2);
    int64_t took_ms = monotonic_ms() - state->began_at;

    state->done = true;
    state->next[0] = '\0';
    state->walked_at = monotonic_ms();
    metric_set(state->seconds, (double)took_ms / 1000);
    pg_argument_text(arguments, state->rule->name);
    pg_argument_int(arguments, COLUMN_INT8, took_ms);
    return audit_run(audit, RUNTIME_SQL_AUDIT_WALK_DONE, arguments, NULL);
}

enum err audit_put_off(struct audit *audit, struct rule_state *state, enum err err)
{
    if (!state->failing) {
        log_warning("a rule of the audit cannot look", LOG_TEXT("rule", state->rule->name),
                    LOG_TEXT("detail", audit->ctx.detail));
    }
    state->failing = true;
    state->done = true;
    state->again_at = monotonic_ms() + ROUND_MS;
    metric_add(audit->failures, 1);
    return pg_is_broken(audit->pg) ? err : OK;
}

static enum err take_findings(struct audit *audit, struct rule_state *state,
                              const struct audit_look *look)
{
    enum err err = OK;

    for (size_t i = 0; i < look->row_count && !err; i++) {
        if (state->rule->settle_ms > 0) {
            audit_suspect(state, look, &look->rows[i]);
        } else {
            err = audit_finding_put(audit, state->rule, &look->rows[i]);
        }
    }
    return err;
}

static enum err walk_on(struct audit *audit, struct rule_state *state)
{
    struct audit_look look;
    enum err err =
        audit_look(audit, state, (struct audit_window){ state->next, WINDOW_KEYS }, &look);

    if (err) {
        return audit_put_off(audit, state, err);
    }
    state->failing = false;
    err = take_findings(audit, state, &look);
    if (!err && look.next != NULL) {
        (void)snprintf(state->next, sizeof state->next, "%s", look.next);
    }
    return err || look.next != NULL ? err : end_walk(audit, state);
}

/* The next rule whose walk goes on; NULL when all are through, or cannot look for now. */
static struct rule_state *next_rule(struct audit *audit)
{
    for (size_t i = 0; i < audit->rule_count; i++) {
        struct rule_state *state = &audit->rules[audit->turn++ % audit->rule_count];

        if (!state->done || (state->failing && monotonic_ms() >= state->again_at)) {
            state->done = false;
            return state;
        }
    }
    return NULL;
}

/* Nothing waits to be looked at a second time: then a run that people asked for is through. */
static bool is_settled(const struct audit *audit)
{
    for (size_t i = 0; i < audit->rule_count; i++) {
        if (audit->rules[i].suspect_count > 0) {
            return false;
        }
    }
    return true;
}

/* Chores when they are due, and one look; *ret_did: there was something to look at.  What waits for a second look takes turns
 * with the walks: where a pause is as long as that wait, they would never go on. */
static enum err step(struct audit *audit, bool *ret_did)
{
    int64_t now = monotonic_ms();
    enum err err = OK;

    if (now >= audit->chores_at) {
        audit->chores_at = now + CHORES_MS;
        err = do_chores(audit, now);
    }
    if (!err && !audit->looked_again) {
        err = audit_suspects_look(audit, ret_did);
        audit->looked_again = *ret_did;
    } else {
        audit->looked_again = false;
    }
    if (err || *ret_did) {
        return err;
    }
    struct rule_state *state = next_rule(audit);
    *ret_did = state != NULL;
    if (state != NULL) {
        return walk_on(audit, state);
    }
    if (audit->run_under_way > 0 && is_settled(audit)) {
        return end_run(audit);
    }
    if (audit->run_under_way == 0 && now - audit->round_at >= ROUND_MS) {
        begin_round(audit);
    }
    return OK;
}

/* --- The thread -------------------------------------------------------------------------------- */

static int64_t monotonic_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* For so long that it is at work for `percent` of the time. */
static int64_t pause_after(const struct audit *audit, int64_t spent_us)
{
    int64_t pause_ms = spent_us * (100 - audit->options.percent) / audit->options.percent / 1000;

    if (audit->run_under_way > 0) {
        return 0;
    }
    pause_ms = pause_ms < PAUSE_MS_MIN ? PAUSE_MS_MIN : pause_ms;
    return pause_ms > PAUSE_MS_MAX ? PAUSE_MS_MAX : pause_ms;
}

/* What it will look at next may be anything: the rows may have changed while another process audited. */
static void give_way(struct audit *audit)
{
    audit->pg = pg_close(audit->pg);
    for (size_t i = 0; i < audit->rule_count; i++) {
        audit->rules[i].suspect_count = 0;
    }
    show(audit, false);
}

static int64_t work(struct audit *audit)
{
    int64_t began_us = monotonic_us(), spent_us = 0;
    bool did = false;

    arena_reset(audit->ctx.arena);
    enum err err = open_session(audit);
    if (!err) {
        err = step(audit, &did);
    }
    spent_us = monotonic_us() - began_us;
    if (err) {
        log_warning("the audit pauses", LOG_TEXT("detail", audit->ctx.detail));
        audit->pg = audit->pg != NULL && pg_is_broken(audit->pg) ? pg_close(audit->pg) : audit->pg;
        return AWAY_MS;
    }
    if (did) {
        metric_add(audit->looks, 1);
        metric_observe(audit->look_seconds, (double)spent_us / 1e6);
    }
    return did ? pause_after(audit, spent_us) : NAP_MS;
}

static void *audit_for_life(void *argument)
{
    const struct timespec nap = { .tv_nsec = NAP_MS * INT64_C(1000000) / 10 };
    struct audit *audit = argument;
    int64_t next_at = 0;

    (void)prctl(PR_SET_NAME, "audit"); /* what it takes can be told apart from outside */
    while (!audit->ending) {
        if (monotonic_ms() < next_at) {
            (void)nanosleep(&nap, NULL);
        } else if (audit->options.is_auditor(audit->options.is_auditor_of)) {
            next_at = monotonic_ms() + work(audit);
        } else {
            give_way(audit);
            next_at = monotonic_ms() + AWAY_MS;
        }
    }
    audit->pg = pg_close(audit->pg);
    return NULL;
}

static void register_metrics(struct audit *audit)
{
    char label[LABEL_CHARACTERS];

    audit->looks =
        metric_register(METRIC_COUNTER, "kervan_audit_looks_total", NULL, "Steps of the auditor");
    audit->look_seconds =
        metric_seconds("kervan_audit_look_seconds", NULL, "Time of a step of the auditor");
    audit->failures = metric_register(METRIC_COUNTER, "kervan_audit_failures_total", NULL,
                                      "Looks that could not be taken");
    for (size_t i = 0; i < audit->rule_count; i++) {
        struct rule_state *state = &audit->rules[i];

        (void)snprintf(label, sizeof label, "rule=\"%s\"", state->rule->name);
        state->findings = metric_register(METRIC_GAUGE, "kervan_audit_findings", label,
                                          "Things that are wrong by a rule");
        state->age = metric_register(METRIC_GAUGE, "kervan_audit_rule_age_seconds", label,
                                     "Since when a rule has not looked at everything");
        state->seconds = metric_register(METRIC_GAUGE, "kervan_audit_walk_seconds", label,
                                         "How long a rule's last look at everything took");
    }
    show(audit, false);
}

static void take_rule(struct audit *audit, const struct audit_rule *rule, const char *owner_url)
{
    struct rule_state *state = &audit->rules[audit->rule_count++];

    state->rule = rule;
    state->owner_url = owner_url;
    state->walked_at = monotonic_ms();
    state->began_at = state->walked_at;
}

/* Rules of the service that can be asked here, behind the runtime's own. */
static void take_rules(struct audit *audit)
{
    static const struct audit_rule own = { .name = "stream-numbers",
                                           .promise =
                                               "nothing is acknowledged that was never written",
                                           .statement = RUNTIME_SQL_AUDIT_STREAM_NUMBERS,
                                           .runtime = true };
    const struct service *service = audit->options.service;

    take_rule(audit, &own, "");
    for (size_t i = 0; i < service_audit_rule_count(service); i++) {
        const struct audit_rule *rule = &service->audit_rules->rows[i];
        const char *url = audit->options.owner_urls[i];

        if (rule->owner == NULL || url[0] != '\0') {
            take_rule(audit, rule, url);
        }
    }
}

enum err audit_start(struct ctx *ctx, const struct audit_options *options, struct audit **ret)
{
    struct rule_state *rules =
        calloc(service_audit_rule_count(options->service) + 1, sizeof *rules);
    struct outside_token *tokens = calloc(options->service->target_count + 1, sizeof *tokens);
    struct audit *audit = calloc(1, sizeof *audit);

    if (audit == NULL || rules == NULL || tokens == NULL) {
        free(audit);
        free(tokens);
        free(rules);
        return err_set(ctx, ERR_FATAL, "no memory for the auditor");
    }
    audit->rules = rules;
    audit->options = *options;
    audit->tokens = tokens;
    audit->ctx.arena = arena_new(ARENA_BYTES);
    enum err err = http_fetcher_open(ctx, ANSWER_BYTES, &audit->fetcher);
    if (err) {
        return err;
    }
    take_rules(audit);
    register_metrics(audit);
    if (pthread_create(&audit->thread, NULL, audit_for_life, audit) != 0) {
        return err_set(ctx, ERR_FATAL, "cannot start the auditor's thread");
    }
    *ret = audit;
    return OK;
}

struct audit *audit_stop(struct audit *audit)
{
    if (audit == NULL) {
        return NULL;
    }
    audit->ending = true;
    (void)pthread_join(audit->thread, NULL);
    audit->fetcher = http_fetcher_close(audit->fetcher);
    arena_free(audit->ctx.arena);
    for (size_t i = 0; i < audit->options.service->target_count; i++) {
        outside_token_release(&audit->tokens[i]);
    }
    free(audit->tokens);
    free(audit->rules);
    free(audit);
    return NULL;
}
