/* parked.c - `kervan parked`: what services could not handle, and what is to become of it.
 *
 * Nothing is changed here but a row that asks the owner of the lane: it drives again or discards in
 * a transaction of its own, even if it dies meanwhile and another takes its place.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/text.h"
#include "tools/kervan/action_log.h"
#include "tools/kervan/request.h"

static const struct field list_fields[] = {
    { "id", "PARKED", CELL_TEXT },       { "service", NULL, CELL_TEXT },
    { "lane", NULL, CELL_NUMBER },       { "subject_id", "SUBJECT", CELL_TEXT },
    { "source", "SOURCE", CELL_TEXT },   { "topic", NULL, CELL_TEXT },
    { "offset", NULL, CELL_NUMBER },     { "type", "TYPE", CELL_TEXT },
    { "state", "STATE", CELL_TEXT },     { "reason", "REASON", CELL_TEXT },
    { "parked_at", "SINCE", CELL_TEXT }, { "asked", "ASKED", CELL_TEXT },
};

static const struct field show_fields[] = {
    { "id", "parked", CELL_TEXT },          { "service", "service", CELL_TEXT },
    { "lane", "lane", CELL_NUMBER },        { "subject_id", "subject", CELL_TEXT },
    { "source", "source", CELL_TEXT },      { "topic", "topic", CELL_TEXT },
    { "offset", "offset", CELL_NUMBER },    { "type", "type", CELL_TEXT },
    { "state", "state", CELL_TEXT },        { "reason", "reason", CELL_TEXT },
    { "parked_at", "since", CELL_TEXT },    { "key", "key", CELL_TEXT },
    { "headers", "headers", CELL_TEXT },    { "body", "body", CELL_TEXT },
    { "behind", "behind it", CELL_NUMBER },
};

static void fill_list(const struct invocation *call, struct pg_arguments *arguments)
{
    pg_argument_text(arguments, option_text(call, "--subject"));
    pg_argument_text(arguments, option_text(call, "--state"));
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--limit"));
}

enum err run_parked_list(struct invocation *call)
{
    const struct question question = { .statements = request_statements(),
                                       .statement = SQL(PARKED_LIST),
                                       .fill = fill_list,
                                       .field_count = FIELD_COUNT(list_fields) };
    struct section parked = { .fields = list_fields, .field_count = FIELD_COUNT(list_fields) };
    enum err err = ask_services(call, &question, &parked.listing);

    return err ? err : print_list(call, &parked, "nothing is parked");
}

static enum err open_parked(struct invocation *call, struct parked_name *name, struct pg **ret)
{
    enum err err = parked_name_read(call->ctx, call->arguments[0], name);

    return err ? err : open_schema(call->ctx, name->schema, request_statements(), ret);
}

enum err run_parked_show(struct invocation *call)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 3);
    struct section parked = { .fields = show_fields, .field_count = FIELD_COUNT(show_fields) };
    struct parked_name name = { 0 };
    struct pg *pg = NULL;
    enum err err = open_parked(call, &name, &pg);

    if (!err) {
        pg_argument_text(arguments, name.service);
        pg_argument_int(arguments, COLUMN_INT8, name.lane);
        pg_argument_int(arguments, COLUMN_INT8, name.id);
        err = ask(call->ctx, pg, SQL(PARKED_SHOW), arguments, &parked.listing);
    }
    pg_close(pg);
    if (!err && parked.listing.rows == 0) {
        return err_set(call->ctx, ERR_NOTFOUND, "nothing is parked as %s", call->arguments[0]);
    }
    return err ? err : print_document(call, &parked, 1);
}

static enum err ask_for(struct invocation *call, const char *kind)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 5);
    struct listing asked = { NULL, 0 };
    struct parked_name name = { 0 };
    struct pg *pg = NULL;
    enum err err = open_parked(call, &name, &pg);
    const char *reason = option_text(call, "--reason");

    if (!err) {
        err = action_log(call,
                         &(struct action){ .name = text_format(call->ctx->arena, "parked.%s", kind),
                                           .subject = call->arguments[0] });
    }
    if (!err) {
        pg_argument_text(arguments, kind);
        pg_argument_int(arguments, COLUMN_INT8, name.lane);
        pg_argument_int(arguments, COLUMN_INT8, name.id);
        pg_argument_text(arguments, actor_of(call));
        pg_argument_text(arguments, reason == NULL ? "" : reason);
        err = ask(call->ctx, pg, SQL(PARKED_ASK), arguments, &asked);
    }
    if (!err && asked.rows == 0) {
        err = err_set(call->ctx, ERR_NOTFOUND, "nothing is parked as %s", call->arguments[0]);
    }
    if (!err) {
        err = requests_await(call, pg, name.service, &asked);
    }
    pg_close(pg);
    return err;
}

/* Everything that one service has parked. */
static enum err redrive_all(struct invocation *call)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 2);
    struct service_list services = { .count = 0 };
    struct listing asked = { NULL, 0 };
    struct pg *pg = NULL;
    enum err err = list_services(call->ctx, option_text(call, "--service"), &services);

    pg_argument_text(arguments, actor_of(call));
    pg_argument_text(arguments, "all of the service");
    if (!err) {
        err = action_log(
            call, &(struct action){ .name = "parked.redrive", .subject = services.names[0] });
    }
    if (!err) {
        err = open_schema(call->ctx, services.schemas[0], request_statements(), &pg);
    }
    if (!err) {
        err = ask(call->ctx, pg, SQL(PARKED_ASK_ALL), arguments, &asked);
    }
    if (!err) {
        err = requests_await(call, pg, services.names[0], &asked);
    }
    pg_close(pg);
    return err;
}

enum err run_parked_redrive(struct invocation *call)
{
    bool all = option_is_given(call, "--service");

    if (all == (call->arguments[0] != NULL)) {
        return err_set(call->ctx, ERR_INPUT,
                       "say which parked message, or --service for all of it");
    }
    return all ? redrive_all(call) : ask_for(call, "redrive");
}

enum err run_parked_discard(struct invocation *call)
{
    return ask_for(call, "discard");
}
