/* findings.c - `kervan audit findings` and `kervan audit run`: what the auditors of the services found. */
#include "tools/kervan/kervan.h"

#include "common/text.h"
#include "tools/kervan/action_log.h"
#include "tools/kervan/session.h"

enum { FIELDS = 7, RUN_FIELDS = 2, POLL_MS = 200 };

static const struct field finding_fields[FIELDS] = {
    { "service", "SERVICE", CELL_TEXT },     { "rule", "RULE", CELL_TEXT },
    { "subject", "SUBJECT", CELL_TEXT },     { "expected", "EXPECTED", CELL_TEXT },
    { "found", "FOUND", CELL_TEXT },         { "since", "SINCE", CELL_TEXT },
    { "ended_at", "GONE SINCE", CELL_TEXT },
};

static struct pg_statements statements(void)
{
    return SQL_RANGE(AUDIT_FINDINGS_LIST, AUDIT_RUN_ENDED);
}

static void fill_list(const struct invocation *call, struct pg_arguments *arguments)
{
    pg_argument_bool(arguments, option_is_given(call, "--all"));
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--limit"));
}

static void fill_run(const struct invocation *call, struct pg_arguments *arguments)
{
    pg_argument_text(arguments, actor_of(call));
}

enum err run_audit_findings(struct invocation *call)
{
    struct section findings = { .fields = finding_fields, .field_count = FIELDS };
    struct question question = { .statements = statements(),
                                 .statement = SQL(AUDIT_FINDINGS_LIST),
                                 .fill = fill_list,
                                 .field_count = FIELDS };
    enum err err = ask_services(call, &question, &findings.listing);

    for (size_t row = 0; row < findings.listing.rows; row++) {
        if (listing_cell(&findings.listing, FIELDS, row, FIELDS - 1) == NULL) {
            call->status = EXIT_WRONG;
        }
    }
    return err ? err : print_list(call, &findings, "the auditors have found nothing");
}

/* Whether the service's auditor has looked at everything since it was asked. */
static enum err is_ended(struct ctx *ctx, const char *service, const char *run, bool *ret)
{
    struct service_list schemas = { .count = 0 };
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 1);
    struct listing answer = { NULL, 0 };
    struct pg *pg = NULL;
    int64_t id = 0;
    enum err err = list_services(ctx, service, &schemas);

    (void)text_to_int(run, &id);
    pg_argument_int(arguments, COLUMN_INT8, id);
    if (!err) {
        err = open_schema(ctx, schemas.schemas[0], statements(), &pg);
    }
    if (!err) {
        err = ask(ctx, pg, SQL(AUDIT_RUN_ENDED), arguments, &answer);
    }
    pg_close(pg);
    *ret = !err && answer.rows == 1 && text_equal(answer.cells[0], "true");
    return err;
}

/* Waits for one after the other: they look at the same time. */
static enum err await_all(struct invocation *call, const struct listing *asked, bool *ret_ended)
{
    int64_t polls = option_number(call, "--wait") * 1000 / POLL_MS;
    enum err err = OK;

    *ret_ended = true;
    for (size_t row = 0; row < asked->rows && !err && *ret_ended; row++) {
        const char *service = listing_cell(asked, RUN_FIELDS, row, 0);
        const char *run = listing_cell(asked, RUN_FIELDS, row, 1);

        err = is_ended(call->ctx, service, run, ret_ended);
        for (; !err && !*ret_ended && polls > 0; polls--) {
            pause_ms(POLL_MS);
            err = is_ended(call->ctx, service, run, ret_ended);
        }
    }
    return err;
}

enum err run_audit_run(struct invocation *call)
{
    struct question question = { .statements = statements(),
                                 .statement = SQL(AUDIT_RUN_ASK),
                                 .fill = fill_run,
                                 .field_count = RUN_FIELDS };
    struct listing asked = { NULL, 0 };
    bool ended = false;
    const char *only = option_text(call, "--service");
    enum err err = action_log(
        call, &(struct action){ .name = "audit.run", .subject = only == NULL ? "all" : only });

    if (!err) {
        err = ask_services(call, &question, &asked);
    }
    if (!err) {
        err = await_all(call, &asked, &ended);
    }
    if (!err) {
        err = run_audit_findings(call);
    }
    if (!err && !ended) {
        call->status = EXIT_WAITING;
    }
    return err;
}
