/* pg_script.c - statements as a file has them, for migrations. */
#include "common/pg_native.h"

#include <assert.h>

/* The first failure counts; the server answers nothing behind it. */
static enum err read_answers(struct ctx *ctx, struct pg *pg, const char *name)
{
    enum err e = OK;
    PGresult *answer = NULL;

    do { /* ends: a script has so many statements, and a lost connection is told */
        if (!pg_next_answer(pg, &answer))
            return pg_say_broken(ctx, pg);
        if (answer != NULL && e == OK)
            e = pg_check_answer(ctx, pg, name, answer);
        PQclear(answer);
    } while (answer != NULL && !pg->broken);
    return e;
}

enum err pg_script(struct ctx *ctx, struct pg *pg, const char *name, const char *text)
{
    assert(pg->pending.first == pg->pending.end);
    if (pg->broken)
        return pg_say_broken(ctx, pg);
    if (PQexitPipelineMode(pg->native) != 1 || PQsendQuery(pg->native, text) != 1) {
        pg_lose_native(pg);
        return pg_say_broken(ctx, pg);
    }
    enum err e = read_answers(ctx, pg, name);
    if (!pg->broken && PQenterPipelineMode(pg->native) != 1) {
        pg_lose_native(pg);
        return pg_say_broken(ctx, pg);
    }
    return e;
}
