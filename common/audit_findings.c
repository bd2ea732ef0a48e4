/* audit_findings.c - what is wrong, in the table: put when it is found, looked at again, ended when it is gone. */
#include "common/audit_parts.h"

#include "common/log.h"
#include "common/metrics.h"
#include "sql/runtime_sql.h"

enum err audit_finding_put(struct audit *audit, const struct audit_rule *rule,
                           const struct audit_row *row)
{
    struct pg_arguments *arguments = pg_arguments_new(audit->ctx.arena, 5);
    struct pg_result *result = NULL;

    pg_argument_text(arguments, rule->name);
    pg_argument_text(arguments, row->subject);
    pg_argument_text(arguments, row->key);
    pg_argument_text(arguments, row->expected);
    pg_argument_text(arguments, row->found);
    enum err err = audit_run(audit, RUNTIME_SQL_AUDIT_FINDING_PUT, arguments, &result);
    if (!err && pg_row_count(result) == 1 && pg_bool(result, 0, 0)) {
        log_error("the audit found something wrong", LOG_TEXT("rule", rule->name),
                  LOG_TEXT("subject", row->subject), LOG_TEXT("expected", row->expected),
                  LOG_TEXT("found", row->found));
    }
    pg_result_free(result);
    return err;
}

static enum err end(struct audit *audit, const char *rule, const char *subject)
{
    struct pg_arguments *arguments = pg_arguments_new(audit->ctx.arena, 2);

    pg_argument_text(arguments, rule);
    pg_argument_text(arguments, subject);
    log_info("what the audit found is gone", LOG_TEXT("rule", rule), LOG_TEXT("subject", subject));
    return audit_run(audit, RUNTIME_SQL_AUDIT_FINDING_END, arguments, NULL);
}

static enum err recheck(struct audit *audit, struct rule_state *state, const char *subject,
                        const char *key)
{
    struct audit_look look;
    enum err err = audit_look(audit, state, (struct audit_window){ key, 1 }, &look);

    if (err) {
        return audit_put_off(audit, state, err);
    }
    const struct audit_row *row = audit_look_find(&look, subject);
    return row == NULL ? end(audit, state->rule->name, subject)
                       : audit_finding_put(audit, state->rule, row);
}

enum err audit_findings_recheck(struct audit *audit)
{
    struct pg_result *result = NULL;
    enum err err = audit_run(audit, RUNTIME_SQL_AUDIT_FINDINGS_OPEN, NULL, &result);

    for (int row = 0; !err && row < pg_row_count(result); row++) {
        struct rule_state *state = audit_rule_named(audit, pg_text(result, row, 0));

        if (state != NULL && !state->failing) {
            err = recheck(audit, state, pg_text(result, row, 1), pg_text(result, row, 2));
        }
    }
    pg_result_free(result);
    return err;
}

enum err audit_findings_count(struct audit *audit)
{
    struct pg_result *result = NULL;
    enum err err = audit_run(audit, RUNTIME_SQL_AUDIT_FINDINGS_COUNT, NULL, &result);

    if (err) {
        return err;
    }
    for (size_t i = 0; i < audit->rule_count; i++) {
        metric_set(audit->rules[i].findings, 0);
    }
    for (int row = 0; row < pg_row_count(result); row++) {
        struct rule_state *state = audit_rule_named(audit, pg_text(result, row, 0));

        if (state != NULL) {
            metric_set(state->findings, (double)pg_int(result, row, 1, COLUMN_INT8));
        }
    }
    pg_result_free(result);
    return OK;
}

enum err audit_findings_forget(struct audit *audit)
{
    struct arena *arena = audit->ctx.arena;
    struct pg_arguments *arguments = pg_arguments_new(arena, 1);
    struct key *names = arena_alloc(arena, (audit->rule_count + 1) * sizeof *names);

    for (size_t i = 0; i < audit->rule_count; i++) {
        names[i] = key_text(audit->rules[i].rule->name);
    }
    pg_argument_keys(arguments, COLUMN_TEXT, names, audit->rule_count);
    enum err err = audit_run(audit, RUNTIME_SQL_AUDIT_RULES_KEEP, arguments, NULL);
    return err ? err : audit_run(audit, RUNTIME_SQL_AUDIT_FINDINGS_FORGET, NULL, NULL);
}
