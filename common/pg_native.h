/* pg_native.h - what the files of the PostgreSQL wrapper share; nobody else includes it. */
#ifndef KERVAN_COMMON_PG_NATIVE_H
#define KERVAN_COMMON_PG_NATIVE_H

#include "common/pg.h"

#include <libpq-fe.h>

/* Type numbers of PostgreSQL's catalog; they never change. */
enum pg_type {
    PG_TYPE_BOOL = 16,
    PG_TYPE_BYTEA = 17,
    PG_TYPE_INT8 = 20,
    PG_TYPE_INT2 = 21,
    PG_TYPE_INT4 = 23,
    PG_TYPE_TEXT = 25,
    PG_TYPE_TIMESTAMPTZ = 1184
};

struct pg_kind {
    enum pg_type type;
    size_t width; /* of a fixed-width kind, else 0 */
};
extern const struct pg_kind pg_kinds[COLUMN_KIND_COUNT];

/* PostgreSQL counts from 2000-01-01 UTC. */
#define PG_EPOCH_MS INT64_C(946684800000)

/* What was sent and not answered yet, in order: statements' names, NULL for a sync. */
struct pending {
    const char **names;
    size_t first, end, capacity;
    size_t syncs, unsynced; /* syncs among them; statements behind the last one */
};

struct pg {
    PGconn *native;
    bool broken;
    int64_t patience_ms;
    struct pending pending;
    size_t queued_bytes; /* since the last push */
    enum err group_err;  /* of the last failing statement, for those the server skipped after it */
    char sqlstate[6];
    char constraint[64];
    char trouble[256]; /* why the connection is broken */
};

/* Arguments as libpq wants them; all parallel arrays of `count_max` members in the arena. */
struct pg_arguments {
    struct arena *arena;
    size_t count, count_max;
    const char **values;
    int *lengths;
    int *formats;
    size_t bytes; /* of all values */
    size_t
        out_of_range_with; /* the first argument with a number too big for its kind, from 1; else 0 */
};

/* A pg_result is libpq's own under a name of ours. */
static inline struct pg_result *pg_result_wrap(PGresult *native)
{
    return (struct pg_result *)(void *)native;
}
static inline const PGresult *pg_result_native(const struct pg_result *result)
{
    return (const PGresult *)(const void *)result;
}

/* Queues the name of what is sent; false when there is no room. */
bool pg_pending_add(struct pending *pending, const char *name);
void pg_pending_clear(struct pending *pending);

/* The connection counts as broken from now on; return false, for the caller to pass on. */
bool pg_lose(struct pg *pg, const char *why);
bool pg_lose_native(struct pg *pg); /* for the reason that libpq gives */
enum err pg_say_broken(struct ctx *ctx, const struct pg *pg);
/* The next answer, or NULL where libpq says that a statement's answers have ended; waits for it.
 * False when the connection is broken. */
bool pg_next_answer(struct pg *pg, PGresult **ret);
/* Sorts the answer of statement `name` into a code and remembers a failure. */
enum err pg_check_answer(struct ctx *ctx, struct pg *pg, const char *name, const PGresult *answer);
/* The first line of what libpq says; the others repeat it or quote values. */
void pg_copy_line(char *to, size_t size, const char *message);

#endif
