/* lanes.c - `kervan lanes` and `owners`: who acts for which lane, how far it is, and a gap that is given up. */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/text.h"
#include "tools/kervan/action_log.h"
#include "tools/kervan/request.h"

static const struct field lane_fields[] = {
    { "service", "SERVICE", CELL_TEXT },
    { "lane", "LANE", CELL_NUMBER },
    { "owner", "OWNER", CELL_TEXT },
    { "lease_ms", "LEASE MS", CELL_NUMBER },
    { "version", "VERSION", CELL_NUMBER },
    { "gaps", "GAPS", CELL_NUMBER },
    { "unacknowledged", "OUTBOX", CELL_NUMBER },
    { "effects", "EFFECTS", CELL_NUMBER },
    { "timers_due", "DUE", CELL_NUMBER },
    { "inputs", "INPUTS", CELL_NUMBER },
    { "parked", "PARKED", CELL_NUMBER },
    { "requests", "ASKED", CELL_NUMBER },
};

static const struct field read_fields[] = {
    { "topic", "TOPIC", CELL_TEXT },
    { "next_offset", "OFFSET", CELL_NUMBER },
    { "generation", "GENERATION", CELL_NUMBER },
    { "number", "NUMBER", CELL_NUMBER },
    { "seen_generation", NULL, CELL_NUMBER },
    { "seen_number", "SEEN", CELL_NUMBER },
    { "gap", "GAP", CELL_BOOL },
    { "appended_at", "LAST FROM", CELL_TEXT },
};

static const struct field stream_fields[] = {
    { "topic", "TOPIC", CELL_TEXT },
    { "generation", "GENERATION", CELL_NUMBER },
    { "number", "NUMBER", CELL_NUMBER },
    { "cursor_generation", NULL, CELL_NUMBER },
    { "cursor_number", "CURSOR", CELL_NUMBER },
    { "unacknowledged", "WAITING", CELL_NUMBER },
    { "previous_generation", NULL, CELL_NUMBER },
    { "previous_number", "PREVIOUS", CELL_NUMBER },
};

static const struct field request_fields[] = {
    { "request", "REQUEST", CELL_NUMBER }, { "kind", "KIND", CELL_TEXT },
    { "actor", "WHO", CELL_TEXT },         { "reason", "WHY", CELL_TEXT },
    { "about", "ABOUT", CELL_TEXT },       { "asked_at", "ASKED", CELL_TEXT },
    { "done_at", "DONE", CELL_TEXT },      { "outcome", "OUTCOME", CELL_TEXT },
    { "detail", "DETAIL", CELL_TEXT },
};

static const struct field owner_fields[] = {
    { "service", "SERVICE", CELL_TEXT }, { "instance", "INSTANCE", CELL_TEXT },
    { "live", "LIVE", CELL_BOOL },       { "seen_ms_ago", "SEEN MS AGO", CELL_NUMBER },
    { "lanes", "LANES", CELL_NUMBER },   { "fair_share", "FAIR SHARE", CELL_NUMBER },
};

static struct pg_statements lane_statements(void)
{
    return SQL_RANGE(LANES_LIST, LAG_POSITIONS);
}

enum err run_lanes_list(struct invocation *call)
{
    const struct question question = { .statements = lane_statements(),
                                       .statement = SQL(LANES_LIST),
                                       .field_count = FIELD_COUNT(lane_fields) };
    struct section lanes = { .fields = lane_fields, .field_count = FIELD_COUNT(lane_fields) };
    enum err err = ask_services(call, &question, &lanes.listing);

    return err ? err : print_list(call, &lanes, "no service has lanes here");
}

static enum err read_lane(struct invocation *call, const char *text, int64_t *ret)
{
    if (!text_to_int(text, ret) || *ret < 0) {
        return err_set(call->ctx, ERR_INPUT, "\"%s\" is no lane: a number from 0", text);
    }
    return OK;
}

static enum err open_service(struct invocation *call, const char *service, struct pg **ret)
{
    struct service_list services = { .count = 0 };
    enum err err = list_services(call->ctx, service, &services);

    return err ? err : open_schema(call->ctx, services.schemas[0], lane_statements(), ret);
}

static enum err ask_lane(struct invocation *call, struct pg *pg,
                         const struct sql_statement *statement, struct section *section)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 1);
    int64_t lane = 0;
    enum err err = read_lane(call, call->arguments[1], &lane);

    pg_argument_int(arguments, COLUMN_INT8, lane);
    return err ? err : ask(call->ctx, pg, statement, arguments, &section->listing);
}

static enum err find_lane(struct invocation *call, struct pg *pg, struct section *section)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 1);
    struct listing all = { NULL, 0 };

    pg_argument_text(arguments, call->arguments[0]);
    enum err err = ask(call->ctx, pg, SQL(LANES_LIST), arguments, &all);
    for (size_t row = 0; row < all.rows && !err; row++) {
        const char **cells = all.cells + row * section->field_count;

        if (text_equal(cells[1], call->arguments[1])) {
            section->listing = (struct listing){ cells, 1 };
            return OK;
        }
    }
    return err ? err
               : err_set(call->ctx, ERR_NOTFOUND, "\"%s\" has no lane %s", call->arguments[0],
                         call->arguments[1]);
}

enum err run_lane_show(struct invocation *call)
{
    struct section sections[] = {
        { .fields = lane_fields, .field_count = FIELD_COUNT(lane_fields) },
        { "reads", "reads", read_fields, FIELD_COUNT(read_fields), { NULL, 0 } },
        { "streams", "says", stream_fields, FIELD_COUNT(stream_fields), { NULL, 0 } },
        { "asked", "asked by operators", request_fields, FIELD_COUNT(request_fields), { NULL, 0 } },
    };
    struct pg *pg = NULL;
    enum err err = open_service(call, call->arguments[0], &pg);

    if (!err) {
        err = find_lane(call, pg, &sections[0]);
    }
    if (!err) {
        err = ask_lane(call, pg, SQL(LANE_READS), &sections[1]);
    }
    if (!err) {
        err = ask_lane(call, pg, SQL(LANE_STREAMS), &sections[2]);
    }
    if (!err) {
        err = ask_lane(call, pg, SQL(LANE_REQUESTS), &sections[3]);
    }
    pg_close(pg);
    return err ? err : print_document(call, sections, FIELD_COUNT(sections));
}

struct gap {
    int64_t lane, generation, number, seen_generation, seen_number;
};

static enum err read_gap(struct invocation *call, struct pg *pg, struct gap *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 2);
    struct listing found = { NULL, 0 };
    enum err err = read_lane(call, call->arguments[2], &ret->lane);

    pg_argument_text(arguments, call->arguments[1]);
    pg_argument_int(arguments, COLUMN_INT8, ret->lane);
    if (!err) {
        err = ask(call->ctx, pg, SQL(GAP_SHOW), arguments, &found);
    }
    if (!err && found.rows == 0) {
        return err_set(call->ctx, ERR_NOTFOUND, "%s has read nothing of %s in lane %s",
                       call->arguments[0], call->arguments[1], call->arguments[2]);
    }
    if (!err) {
        (void)text_to_int(found.cells[0], &ret->generation);
        (void)text_to_int(found.cells[1], &ret->number);
        (void)text_to_int(found.cells[2], &ret->seen_generation);
        (void)text_to_int(found.cells[3], &ret->seen_number);
    }
    return err;
}

/* What is there cannot be given up: only numbers between the last one applied and the furthest one met. */
static enum err check_gap(struct invocation *call, const struct gap *gap, int64_t to)
{
    bool later = gap->seen_generation > gap->generation;

    if (!later && (gap->seen_generation < gap->generation || gap->seen_number <= gap->number)) {
        return err_set(call->ctx, ERR_RULE, "no number is missing: %lld is the last one applied",
                       (long long)gap->number);
    }
    if (to <= gap->number) {
        return err_set(call->ctx, ERR_RULE, "%lld was applied: the gap begins with %lld",
                       (long long)to, (long long)gap->number + 1);
    }
    if (!later && to >= gap->seen_number) {
        return err_set(call->ctx, ERR_RULE, "%lld is there: at most %lld can be given up",
                       (long long)gap->seen_number, (long long)gap->seen_number - 1);
    }
    return OK;
}

static enum err ask_to_skip(struct invocation *call, struct pg *pg, const struct gap *gap,
                            struct listing *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(call->ctx->arena, 6);

    pg_argument_int(arguments, COLUMN_INT8, gap->lane);
    pg_argument_text(arguments, call->arguments[1]);
    pg_argument_int(arguments, COLUMN_INT8, gap->generation);
    pg_argument_int(arguments, COLUMN_INT8, option_number(call, "--to"));
    pg_argument_text(arguments, actor_of(call));
    pg_argument_text(arguments, option_text(call, "--reason"));
    return ask(call->ctx, pg, SQL(GAP_ASK), arguments, ret);
}

static enum err await_answer(struct invocation *call, const struct listing *asked)
{
    struct service_list services = { .count = 0 };
    struct pg *pg = NULL;
    enum err err = list_services(call->ctx, call->arguments[0], &services);

    if (!err) {
        err = open_schema(call->ctx, services.schemas[0], request_statements(), &pg);
    }
    if (!err) {
        err = requests_await(call, pg, call->arguments[0], asked);
    }
    pg_close(pg);
    return err;
}

static enum err log_skip(struct invocation *call)
{
    struct arena *arena = call->ctx->arena;
    const char *subject =
        text_format(arena, "%s/%s/%s", call->arguments[0], call->arguments[1], call->arguments[2]);
    const char *after = text_format(arena, "{\"to\":%lld}", (long long)option_number(call, "--to"));

    return action_log(
        call, &(struct action){ .name = "lanes.skip_gap", .subject = subject, .after = after });
}

enum err run_lanes_skip_gap(struct invocation *call)
{
    struct listing asked = { NULL, 0 };
    struct gap gap = { 0 };
    struct pg *pg = NULL;
    enum err err = open_service(call, call->arguments[0], &pg);

    if (!err) {
        err = read_gap(call, pg, &gap);
    }
    if (!err) {
        err = check_gap(call, &gap, option_number(call, "--to"));
    }
    if (!err) {
        err = log_skip(call);
    }
    if (!err) {
        err = ask_to_skip(call, pg, &gap, &asked);
    }
    pg_close(pg);
    return err ? err : await_answer(call, &asked);
}

enum err run_owners(struct invocation *call)
{
    const struct question question = { .statements = lane_statements(),
                                       .statement = SQL(OWNERS_LIST),
                                       .field_count = FIELD_COUNT(owner_fields) };
    struct section owners = { .fields = owner_fields, .field_count = FIELD_COUNT(owner_fields) };
    enum err err = ask_services(call, &question, &owners.listing);

    return err ? err : print_list(call, &owners, "no service ever ran here");
}
