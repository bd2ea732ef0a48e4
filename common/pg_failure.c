/* pg_failure.c - what the server's failures mean for the caller, and when a connection is given up. */
#include "common/pg_native.h"

#include <stdio.h>
#include <string.h>

/* The first row that fits decides; what fits none is ERR_FATAL. */
static const struct {
    const char *prefix;
    const char *constraint; /* how its name begins; "" is any, NULL needs none */
    enum err err;
} sqlstates[] = {
    { "22", NULL, ERR_RULE },             /* data exception */
    { "23505", "outbox_", ERR_CONFLICT }, /* a number used before: another has written here */
    { "23", "", ERR_RULE },               /* a business constraint; a NOT NULL has no name */
    { "P0K01", NULL, ERR_CONFLICT },      /* ours: the lane is lost, or an input gone */
    { "40001", NULL, ERR_CONFLICT },      /* could not serialize */
    { "40P01", NULL, ERR_CONFLICT },      /* deadlock */
    { "25P03", NULL, ERR_RETRY }, /* idle in a transaction for too long: the server hung up */
    { "08", NULL, ERR_RETRY },    /* connection */
    { "53", NULL, ERR_RETRY },    /* no disk, memory or connection left */
    { "55", NULL, ERR_RETRY },    /* lock not available */
    { "57", NULL, ERR_RETRY },    /* statement canceled, server going away or not yet there */
};

static void copy_cut(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from == NULL ? "" : from);
}

/* The first line of what libpq says; the others repeat it or quote values. */
void pg_copy_line(char *to, size_t size, const char *message)
{
    copy_cut(to, size, message);
    to[strcspn(to, "\n")] = '\0';
}

bool pg_lose(struct pg *pg, const char *why)
{
    if (!pg->broken)
        pg_copy_line(pg->trouble, sizeof pg->trouble, why);
    pg->broken = true;
    pg_pending_clear(&pg->pending);
    return false;
}

bool pg_lose_native(struct pg *pg)
{
    const char *message = PQerrorMessage(pg->native);

    return pg_lose(pg, message[0] == '\0' ? "connection lost" : message);
}

static enum err sort_sqlstate(const char *sqlstate, const char *constraint)
{
    for (size_t i = 0; i < sizeof sqlstates / sizeof sqlstates[0]; i++) {
        const char *prefix = sqlstates[i].prefix;
        const char *wanted = sqlstates[i].constraint;
        if (wanted != NULL &&
            (constraint[0] == '\0' || strncmp(constraint, wanted, strlen(wanted)) != 0))
            continue;
        if (strncmp(sqlstate, prefix, strlen(prefix)) == 0)
            return sqlstates[i].err;
    }
    return ERR_FATAL;
}

enum err pg_say_broken(struct ctx *ctx, const struct pg *pg)
{
    return err_set(ctx, ERR_RETRY, "database connection is broken: %s", pg->trouble);
}

/* Remembers a failure and says it.  Messages of class 22 quote values, so they are left out. */
static enum err say_failure(struct ctx *ctx, struct pg *pg, const char *name,
                            const PGresult *answer)
{
    const char *severity = PQresultErrorField(answer, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
    const char *sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);

    if (sqlstate == NULL) { /* libpq's own: nothing can be said about the server's side */
        pg_lose_native(pg);
        return pg_say_broken(ctx, pg);
    }
    copy_cut(pg->sqlstate, sizeof pg->sqlstate, sqlstate);
    copy_cut(pg->constraint, sizeof pg->constraint,
             PQresultErrorField(answer, PG_DIAG_CONSTRAINT_NAME));
    enum err err = sort_sqlstate(pg->sqlstate, pg->constraint);
    if (severity != NULL && strcmp(severity, "ERROR") != 0)
        pg_lose(pg, message == NULL ? "ended by the server" : message);
    if (message == NULL || strncmp(pg->sqlstate, "22", 2) == 0)
        message = "unfit data";
    return err_set(ctx, err, "statement \"%s\" failed: %s (SQLSTATE %s)", name, message,
                   pg->sqlstate);
}

enum err pg_check_answer(struct ctx *ctx, struct pg *pg, const char *name, const PGresult *answer)
{
    switch (PQresultStatus(answer)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        return OK;
    case PGRES_PIPELINE_ABORTED:
        return err_set(ctx, pg->group_err,
                       "statement \"%s\" was skipped because one before it failed", name);
    case PGRES_FATAL_ERROR:
        pg->group_err = say_failure(ctx, pg, name, answer);
        return pg->group_err;
    case PGRES_BAD_RESPONSE:
    case PGRES_COPY_OUT:
    case PGRES_COPY_IN:
    case PGRES_COPY_BOTH:
    case PGRES_NONFATAL_ERROR:
    case PGRES_SINGLE_TUPLE:
    case PGRES_PIPELINE_SYNC:
        break;
    }
    pg_lose(pg, "the server answers out of order");
    return pg_say_broken(ctx, pg);
}
