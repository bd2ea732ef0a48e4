/* tasks.c - `kervan tasks`: what waits for a person. */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/id.h"
#include "tools/kervan/schema_migrations.h"
#include "tools/kervan/session.h"

static const struct field list_fields[] = {
    { "id", "TASK", CELL_TEXT },          { "kind", "KIND", CELL_TEXT },
    { "state", "STATE", CELL_TEXT },      { "fulfillment_id", NULL, CELL_TEXT },
    { "reason", "REASON", CELL_TEXT },    { "choices", "CHOICES", CELL_TEXT },
    { "opened_at", "OPENED", CELL_TEXT }, { "closed_at", "CLOSED", CELL_TEXT },
};

static const struct field show_fields[] = {
    { "id", "task", CELL_TEXT },
    { "order_id", "order", CELL_TEXT },
    { "kind", "kind", CELL_TEXT },
    { "state", "state", CELL_TEXT },
    { "fulfillment_id", "fulfillment", CELL_TEXT },
    { "reason", "reason", CELL_TEXT },
    { "choices", "choices", CELL_TEXT },
    { "opened_at", "opened", CELL_TEXT },
    { "closed_at", "closed", CELL_TEXT },
    { "status", "order is", CELL_TEXT },
    { "payment_status", "payment is", CELL_TEXT },
    { "fulfillment_status", "fulfillment is", CELL_TEXT },
};

static enum err open_orders(struct ctx *ctx, struct pg **ret)
{
    return open_schema(ctx, schema_of("order"), SQL_RANGE(ORDERS_LIST, TASK_SHOW), ret);
}

enum err run_tasks_list(struct invocation *call)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 3);
    struct section tasks = { .fields = list_fields, .field_count = FIELD_COUNT(list_fields) };
    struct pg *pg = NULL;
    enum err err = open_orders(call->ctx, &pg);

    pg_argument_text(arguments, option_is_given(call, "--all") ? NULL : "open");
    pg_argument_text(arguments, option_text(call, "--kind"));
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--limit"));
    if (!err) {
        err = ask(call->ctx, pg, SQL(TASKS_LIST), arguments, &tasks.listing);
    }
    pg_close(pg);
    return err ? err : print_list(call, &tasks, "nothing waits for a person");
}

enum err run_task_show(struct invocation *call)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 2);
    struct section task = { .fields = show_fields, .field_count = FIELD_COUNT(show_fields) };
    int64_t number = child_id_counter(call->arguments[0], 'T');
    struct pg *pg = NULL;
    enum err err = read_order_id(call->ctx, call->arguments[0], arguments);

    pg_argument_int(arguments, COLUMN_INT8, number);
    if (!err && number == 0) {
        err = err_set(call->ctx, ERR_INPUT, "\"%s\" is no task: an order's id, -T and a number",
                      call->arguments[0]);
    }
    if (!err) {
        err = open_orders(call->ctx, &pg);
    }
    if (!err) {
        err = ask(call->ctx, pg, SQL(TASK_SHOW), arguments, &task.listing);
    }
    pg_close(pg);
    if (!err && task.listing.rows == 0) {
        return err_set(call->ctx, ERR_NOTFOUND, "no task \"%s\"", call->arguments[0]);
    }
    return err ? err : print_document(call, &task, 1);
}
