/* pg.c - one connection: statements out, answers back, and bytes both ways meanwhile.
 *
 * The socket never blocks: whoever waits, for room or for an answer, reads and writes as the socket
 * allows, so a batch that is larger than both sides' buffers cannot stop both.  Every wait ends:
 * a server silent for longer than it may be (a statement's time-out and a margin) is given up, and
 * the connection counts as broken.  libpq is not asked again once it is, since a lost pipeline may
 * go on answering for ever.  Connections begin and end in pg_open.c, values go out in pg_argument.c
 * and come back in pg_result.c, failures are sorted in pg_failure.c.
 */
#include "common/pg_native.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    QUEUED_BYTES_MAX = 4 << 20,
    PENDING_MAX = 1 << 20,
    ANSWERS_A_STATEMENT_MAX = 4 /* libpq gives one; more is a broken protocol */
};

static int64_t monotonic_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool pg_pending_add(struct pending *pending, const char *name)
{
    if (pending->end == pending->capacity) {
        size_t capacity = pending->capacity == 0 ? 256 : pending->capacity * 2;
        const char **names =
            capacity > PENDING_MAX ? NULL : realloc(pending->names, capacity * sizeof *names);
        if (names == NULL)
            return false;
        pending->names = names;
        pending->capacity = capacity;
    }
    pending->names[pending->end++] = name;
    pending->syncs += name == NULL;
    pending->unsynced = name == NULL ? 0 : pending->unsynced + 1;
    return true;
}

static const char *pending_take(struct pending *pending)
{
    const char *name = pending->names[pending->first++];

    pending->syncs -= name == NULL;
    if (pending->first == pending->end)
        pending->first = pending->end = 0;
    return name;
}

void pg_pending_clear(struct pending *pending)
{
    pending->first = pending->end = pending->syncs = pending->unsynced = 0;
}

/* From here to pg_send: false means that the connection is broken. */

/* Waits until the socket can do something and lets it; `unsent` says whether output is left. */
static bool pump(struct pg *pg, bool unsent, int64_t deadline_ms)
{
    struct pollfd ready = { .fd = PQsocket(pg->native), .events = POLLIN };

    if (ready.fd < 0)
        return pg_lose_native(pg);
    if (unsent)
        ready.events |= POLLOUT;
    int64_t left_ms = deadline_ms - monotonic_ms();
    int count = left_ms <= 0 ? 0 : poll(&ready, 1, (int)left_ms);
    if (count < 0 && errno == EINTR)
        return true;
    if (count == 0)
        return pg_lose(pg, "the server gave no answer in time");
    if (count < 0 || (ready.revents & POLLNVAL) != 0)
        return pg_lose(pg, "cannot wait for the connection's socket");
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && PQconsumeInput(pg->native) == 0)
        return pg_lose_native(pg);
    return true;
}

/* Writes all that is queued; every sign of life of the server gives it new time. */
static bool push(struct pg *pg)
{
    int unsent = PQflush(pg->native);

    while (unsent == 1) {
        if (!pump(pg, true, monotonic_ms() + pg->patience_ms))
            return false;
        unsent = PQflush(pg->native);
    }
    pg->queued_bytes = 0;
    return unsent == 0 ? true : pg_lose_native(pg);
}

bool pg_next_answer(struct pg *pg, PGresult **ret)
{
    int64_t deadline_ms = monotonic_ms() + pg->patience_ms;

    while (PQisBusy(pg->native) != 0) {
        int unsent = PQflush(pg->native);
        if (unsent < 0)
            return pg_lose_native(pg);
        if (!pump(pg, unsent == 1, deadline_ms))
            return false;
    }
    PGresult *answer = PQgetResult(pg->native);
    if (PQstatus(pg->native) == CONNECTION_BAD) {
        const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
        pg_lose_native(pg);
        if (sqlstate == NULL) {
            PQclear(answer);
            return false;
        }
    }
    *ret = answer;
    return true;
}

/* Reads to the NULL behind a statement's answer. */
static bool end_of_answers(struct pg *pg)
{
    for (int i = 0; !pg->broken && i < ANSWERS_A_STATEMENT_MAX; i++) {
        PGresult *more = NULL;
        if (!pg_next_answer(pg, &more))
            return false;
        if (more == NULL)
            return true;
        PQclear(more);
    }
    return pg_lose(pg, "the server answers one statement more than once");
}

enum err pg_send(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement,
                 const struct pg_arguments *arguments)
{
    static const struct pg_arguments none = { 0 };

    if (arguments == NULL)
        arguments = &none;
    assert(arguments->count == statement->parameter_count);
    if (pg->broken)
        return pg_say_broken(ctx, pg);
    if (arguments->out_of_range_with != 0) {
        return err_set(ctx, ERR_RULE, "argument %zu of statement \"%s\" does not fit its column",
                       arguments->out_of_range_with, statement->name);
    }
    if (PQsendQueryPrepared(pg->native, statement->name, (int)arguments->count, arguments->values,
                            arguments->lengths, arguments->formats, 1) != 1) {
        pg_lose_native(pg);
        return pg_say_broken(ctx, pg);
    }
    if (!pg_pending_add(&pg->pending, statement->name))
        pg_lose(pg, "too many statements without an answer read");
    pg->queued_bytes += arguments->bytes;
    if (!pg->broken && pg->queued_bytes > QUEUED_BYTES_MAX)
        (void)push(pg);
    return pg->broken ? pg_say_broken(ctx, pg) : OK;
}

static bool send_sync(struct pg *pg)
{
    if (pg->broken)
        return false;
    if (PQpipelineSync(pg->native) != 1)
        return pg_lose_native(pg);
    if (!pg_pending_add(&pg->pending, NULL))
        return pg_lose(pg, "too many groups without an answer read");
    return push(pg);
}

enum err pg_sync(struct ctx *ctx, struct pg *pg)
{
    return send_sync(pg) ? OK : pg_say_broken(ctx, pg);
}

enum err pg_receive(struct ctx *ctx, struct pg *pg, struct pg_result **ret)
{
    if (pg->broken)
        return pg_say_broken(ctx, pg);
    assert(pg->pending.syncs > 0); /* else the server still waits for the sync, and we for it */
    const char *name = pending_take(&pg->pending);
    assert(name != NULL);
    PGresult *answer = NULL;
    if (!pg_next_answer(pg, &answer))
        return pg_say_broken(ctx, pg);
    enum err e = pg_check_answer(ctx, pg, name, answer);
    if (!pg->broken && !end_of_answers(pg) && e == OK)
        e = pg_say_broken(ctx, pg);
    if (e != OK) {
        PQclear(answer);
        return e;
    }
    *ret = pg_result_wrap(answer);
    return OK;
}

/* A sync ends the group's own transaction where no other is open, so deferred constraints fail here. */
enum err pg_receive_sync(struct ctx *ctx, struct pg *pg)
{
    enum err e = OK;

    if (pg->broken)
        return pg_say_broken(ctx, pg);
    assert(pg->pending.syncs > 0);
    const char *name = pending_take(&pg->pending);
    assert(name == NULL);
    (void)name;
    for (int i = 0; i < ANSWERS_A_STATEMENT_MAX; i++) {
        PGresult *answer = NULL;
        if (!pg_next_answer(pg, &answer))
            return pg_say_broken(ctx, pg);
        bool ended = answer != NULL && PQresultStatus(answer) == PGRES_PIPELINE_SYNC;
        if (answer != NULL && !ended)
            e = pg_check_answer(ctx, pg, "end of the group", answer);
        PQclear(answer);
        if (ended || pg->broken)
            return pg->broken ? pg_say_broken(ctx, pg) : e;
    }
    pg_lose(pg, "the server does not end a group");
    return pg_say_broken(ctx, pg);
}

/* Reads to the end of what a statement, or a sync, is answered with. */
static void drain_one(struct pg *pg, bool is_sync)
{
    for (int i = 0; i < ANSWERS_A_STATEMENT_MAX; i++) {
        PGresult *answer = NULL;
        if (!pg_next_answer(pg, &answer))
            return;
        bool is_end = answer != NULL && PQresultStatus(answer) == PGRES_PIPELINE_SYNC;
        bool ended = is_sync ? is_end : answer == NULL;
        PQclear(answer);
        if (ended || pg->broken)
            return;
    }
    pg_lose(pg, "the server does not end its answers");
}

void pg_drain(struct pg *pg)
{
    if (pg->pending.unsynced > 0 && !send_sync(pg))
        return;
    while (!pg->broken && pg->pending.first < pg->pending.end) /* each round takes one away */
        drain_one(pg, pending_take(&pg->pending) == NULL);
}

enum err pg_run(struct ctx *ctx, struct pg *pg, const struct sql_statement *statement,
                const struct pg_arguments *arguments, struct pg_result **ret)
{
    assert(pg->pending.first == pg->pending.end);
    struct pg_result *result = NULL;
    enum err e = pg_send(ctx, pg, statement, arguments);

    if (e == OK)
        e = pg_sync(ctx, pg);
    if (e == OK)
        e = pg_receive(ctx, pg, &result);
    if (e == OK)
        e = pg_receive_sync(ctx, pg);
    if (e != OK) {
        pg_drain(pg);
        pg_result_free(result);
        return e;
    }
    *ret = result;
    return OK;
}

bool pg_is_broken(const struct pg *pg)
{
    return pg->broken;
}

int64_t pg_backend_pid(const struct pg *pg)
{
    return PQbackendPID(pg->native);
}

const char *pg_sqlstate(const struct pg *pg)
{
    return pg->sqlstate;
}

const char *pg_constraint(const struct pg *pg)
{
    return pg->constraint;
}
