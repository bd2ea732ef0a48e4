/* action_log.c - appends to the gateway's log of what people did; audit_trail.c proves it. */
#include "tools/kervan/action_log.h"

enum err action_log(const struct invocation *call, const struct action *action)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 5);
    struct listing entry = { NULL, 0 };
    struct pg *pg = NULL;
    enum err err =
        open_schema(call->ctx, "gateway", SQL_RANGE(AUDIT_LOG_APPEND, AUDIT_LOG_APPEND), &pg);

    if (err == ERR_NOTFOUND) {
        return OK;
    }
    pg_argument_text(arguments, actor_of(call));
    pg_argument_text(arguments, action->name);
    pg_argument_text(arguments, action->subject);
    pg_argument_text(arguments, action->after);
    pg_argument_text(arguments, action->request_id);
    if (!err) {
        err = ask(call->ctx, pg, SQL(AUDIT_LOG_APPEND), arguments, &entry);
    }
    pg_close(pg);
    return err;
}
