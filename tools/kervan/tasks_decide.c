/* tasks_decide.c - `kervan tasks decide`: puts a person's decision into the order service's requests.
 *
 * Whether the task offers the choice is the order service's to say, and its answer is waited for.
 */
#include "tools/kervan/kervan.h"

#include "common/id.h"
#include "common/text.h"
#include "tools/kervan/order_request.h"
#include "tools/kervan/schema_migrations.h"

enum { MESSAGE_BYTES_MAX = 16384 };
enum { TASK_STATE_CELL = 3 }; /* of task_show */

static const struct field fields[] = { { "id", NULL, CELL_TEXT },
                                       { "choice", NULL, CELL_TEXT },
                                       { "request_id", NULL, CELL_TEXT },
                                       { "state", NULL, CELL_TEXT } };

static enum err find_task(struct invocation *call, struct pg *pg, const char *id,
                          const char **ret_state)
{
    (void)id;
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 2);
    struct listing task = { NULL, 0 };
    enum err err = read_order_id(call->ctx, call->arguments[0], arguments);

    pg_argument_int(arguments, COLUMN_INT8, child_id_counter(call->arguments[0], 'T'));
    if (!err) {
        err = ask(call->ctx, pg, SQL(TASK_SHOW), arguments, &task);
    }
    if (!err && task.rows == 0) {
        return err_set(call->ctx, ERR_NOTFOUND, "no task \"%s\"", call->arguments[0]);
    }
    if (!err) {
        *ret_state = task.cells[TASK_STATE_CELL];
    }
    return err;
}

static bool is_decided(const char *state)
{
    return !text_equal(state, "open");
}

static void write_message(const struct invocation *call, struct buffer *text)
{
    const char *note = option_text(call, "--note");

    buffer_append_text(text, "{");
    append_member(text, "task_id", call->arguments[0]);
    buffer_append_text(text, ",\"body\":{");
    append_member(text, "choice", call->arguments[1]);
    if (note != NULL) {
        buffer_append_text(text, ",");
        append_member(text, "note", note);
    }
    buffer_append_text(text, "}}");
}

static enum err decide_task(struct invocation *call, struct pg *pg, const char *id,
                            const char **ret_state)
{
    struct buffer text;
    enum err err = find_task(call, pg, id, ret_state);

    if (!err && is_decided(*ret_state)) {
        return err_set(call->ctx, ERR_RULE, "\"%s\" is %s", call->arguments[0], *ret_state);
    }
    buffer_init(&text, MESSAGE_BYTES_MAX);
    if (!err) {
        write_message(call, &text);
        err = order_request_make(
            call, pg,
            &(struct order_request){ MESSAGE_ORDER_TASK_DECIDE, &text, find_task, is_decided }, id,
            ret_state);
    }
    buffer_release(&text);
    return err;
}

enum err run_task_decide(struct invocation *call)
{
    const char *id = order_request_id(call), *state = NULL;
    struct pg *pg = NULL;
    enum err err =
        open_schema(call->ctx, schema_of("order"), SQL_RANGE(ORDERS_LIST, TASK_SHOW), &pg);

    if (!err) {
        err = decide_task(call, pg, id, &state);
    }
    pg_close(pg);
    if (err) {
        return err;
    }
    const char *cells[] = { call->arguments[0], call->arguments[1], id, state };
    const struct section done = { .fields = fields,
                                  .field_count = FIELD_COUNT(fields),
                                  .listing = { cells, 1 } };
    bool open = text_equal(state, "open");

    call->status = open ? EXIT_WAITING : EXIT_DONE;
    return print_done(call, &done, open ? "sent; the task is still open" : "decided");
}
