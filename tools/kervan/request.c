/* request.c - asks the owner of a lane for something, and waits for what it says. */
#include "tools/kervan/request.h"

#include "common/arena.h"
#include "common/text.h"
#include "tools/kervan/kervan.h"

#include <string.h>
#include <time.h>

enum { POLL_MS = 100 };

static const struct field answer_fields[] = {
    { "service", "SERVICE", CELL_TEXT },   { "lane", "LANE", CELL_NUMBER },
    { "request", "REQUEST", CELL_NUMBER }, { "kind", "KIND", CELL_TEXT },
    { "outcome", "OUTCOME", CELL_TEXT },   { "detail", "DETAIL", CELL_TEXT },
};

struct pg_statements request_statements(void)
{
    return SQL_RANGE(PARKED_LIST, STUCK_PARKED);
}

enum err parked_name_read(struct ctx *ctx, const char *text, struct parked_name *ret)
{
    const char *first = strchr(text, '/'), *last = strrchr(text, '/');
    struct service_list services = { .count = 0 };

    if (first == NULL || first == last || !text_to_int(last + 1, &ret->id) ||
        !text_to_int(text_format(ctx->arena, "%.*s", (int)(last - first - 1), first + 1),
                     &ret->lane)) {
        return err_set(ctx, ERR_INPUT, "\"%s\" is no parked message: SERVICE/LANE/NUMBER", text);
    }
    const char *service = text_format(ctx->arena, "%.*s", (int)(first - text), text);
    enum err err = list_services(ctx, service, &services);
    if (!err) {
        ret->service = services.names[0];
        ret->schema = services.schemas[0];
    }
    return err;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* The answer to one request, empty while there is none; `lane` and `id` as the database wrote them. */
static enum err ask_state(struct ctx *ctx, struct pg *pg, const char *service,
                          const char *const *name, struct listing *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 3);
    int64_t lane = 0, id = 0;

    (void)text_to_int(name[0], &lane);
    (void)text_to_int(name[1], &id);
    pg_argument_text(arguments, service);
    pg_argument_int(arguments, COLUMN_INT8, lane);
    pg_argument_int(arguments, COLUMN_INT8, id);
    return ask(ctx, pg, SQL(REQUEST_STATE), arguments, ret);
}

static void add_waiting(struct ctx *ctx, const char *service, const char *const *name,
                        struct listing *ret)
{
    const char **cells = arena_alloc(ctx->arena, FIELD_COUNT(answer_fields) * sizeof *cells);

    cells[0] = service;
    cells[1] = name[0];
    cells[2] = name[1];
    cells[4] = "waiting";
    cells[5] = "asked for; whoever owns the lane will do it";
    *ret = (struct listing){ cells, 1 };
}

static void note_outcome(struct invocation *call, const struct listing *answer)
{
    const char *outcome = answer->cells[4];

    if (text_equal(outcome, "refused")) {
        call->status = EXIT_REFUSED;
    } else if (text_equal(outcome, "waiting") && call->status == EXIT_DONE) {
        call->status = EXIT_WAITING;
    }
}

struct wait {
    struct pg *pg;
    const char *service;
    int64_t end_ms;
};

static enum err await_one(struct ctx *ctx, const struct wait *wait, const char *const *name,
                          struct listing *ret)
{
    for (;;) {
        enum err err = ask_state(ctx, wait->pg, wait->service, name, ret);

        if (err || ret->rows > 0) {
            return err;
        }
        if (now_ms() >= wait->end_ms) {
            add_waiting(ctx, wait->service, name, ret);
            return OK;
        }
        pause_ms(POLL_MS);
    }
}

enum err requests_await(struct invocation *call, struct pg *pg, const char *service,
                        const struct listing *asked)
{
    const struct wait wait = { pg, service, now_ms() + 1000 * option_number(call, "--wait") };
    struct section answers = { .fields = answer_fields, .field_count = FIELD_COUNT(answer_fields) };
    enum err err = OK;

    for (size_t row = 0; row < asked->rows && !err; row++) {
        struct listing answer = { NULL, 0 };

        err = await_one(call->ctx, &wait, asked->cells + 2 * row, &answer);
        if (!err) {
            note_outcome(call, &answer);
            listing_append(call->ctx, &answers.listing, &answer, answers.field_count);
        }
    }
    return err ? err : print_list(call, &answers, "there was nothing to ask for");
}
