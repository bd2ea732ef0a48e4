/* action_log.c - appends to the gateway's log of what people did; audit_trail.c proves it. */
#include "tools/kervan/action_log.h"

#include "common/text.h"

/* One statement of audit_trail.sql in the gateway's schema. */
static enum err ask_gateway(const struct invocation *call, const struct sql_statement *statement,
                            const struct pg_arguments *arguments, struct listing *ret)
{
    struct pg *pg = NULL;
    enum err err = open_schema(call->ctx, "gateway", (struct pg_statements){ statement, 1 }, &pg);

    if (!err) {
        err = ask(call->ctx, pg, statement, arguments, ret);
    }
    pg_close(pg);
    return err;
}

enum err action_log(const struct invocation *call, const struct action *action)
{
    struct pg_arguments *none = pg_arguments_new(call->ctx->arena, 0);
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 5);
    struct listing kept = { NULL, 0 }, entry = { NULL, 0 };
    enum err err = ask_gateway(call, SQL(AUDIT_LOG_IS_KEPT), none, &kept);

    if (err == ERR_NOTFOUND || (!err && !text_equal(kept.cells[0], "true"))) {
        return OK;
    }
    pg_argument_text(arguments, actor_of(call));
    pg_argument_text(arguments, action->name);
    pg_argument_text(arguments, action->subject);
    pg_argument_text(arguments, action->after);
    pg_argument_text(arguments, action->request_id);
    return err ? err : ask_gateway(call, SQL(AUDIT_LOG_APPEND), arguments, &entry);
}
