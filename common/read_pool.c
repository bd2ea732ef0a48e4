/* read_pool.c - sessions for reads, opened when first needed, closed when broken. */
#include "common/read_api.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { SESSIONS_MAX = 32, WAIT_S = 2 };

struct read_pool {
    struct pg_options options;
    pthread_mutex_t mutex;
    pthread_cond_t returned;
    struct pg *idle[SESSIONS_MAX];
    size_t idle_count, lent_count, sessions_max;
};

struct read_pool *read_pool_new(const struct pg_options *options, size_t sessions_max)
{
    struct read_pool *pool = calloc(1, sizeof *pool);

    if (pool == NULL) {
        abort();
    }
    pool->options = *options;
    pool->sessions_max = sessions_max < SESSIONS_MAX ? sessions_max : SESSIONS_MAX;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->returned, NULL);
    return pool;
}

void read_pool_free(struct read_pool *pool)
{
    for (size_t i = 0; i < pool->idle_count; i++) {
        pg_close(pool->idle[i]);
    }
    pthread_cond_destroy(&pool->returned);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

/* Waits for a turn; *ret is a session, or NULL when one is to be opened. */
static bool take_turn(struct read_pool *pool, struct pg **ret)
{
    struct timespec end;
    bool mine = false;
    int waited = 0;

    (void)clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_S;
    pthread_mutex_lock(&pool->mutex);
    while (pool->lent_count >= pool->sessions_max && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&pool->returned, &pool->mutex, &end);
    }
    mine = pool->lent_count < pool->sessions_max;
    if (mine) {
        pool->lent_count++;
        *ret = pool->idle_count > 0 ? pool->idle[--pool->idle_count] : NULL;
    }
    pthread_mutex_unlock(&pool->mutex);
    return mine;
}

static void give_turn(struct read_pool *pool, struct pg *pg)
{
    if (pg != NULL && pg_is_broken(pg)) {
        pg = pg_close(pg);
    }
    pthread_mutex_lock(&pool->mutex);
    if (pg != NULL) {
        pool->idle[pool->idle_count++] = pg;
    }
    pool->lent_count--;
    pthread_cond_signal(&pool->returned);
    pthread_mutex_unlock(&pool->mutex);
}

enum err read_pool_run(struct read_pool *pool, struct ctx *ctx,
                       const struct sql_statement *statement, const struct pg_arguments *arguments,
                       struct pg_result **ret)
{
    struct pg *pg = NULL;
    enum err err = OK;

    if (!take_turn(pool, &pg)) {
        return err_set(ctx, ERR_RETRY, "no database session is free");
    }
    if (pg != NULL && pg_is_broken(pg)) {
        pg = pg_close(pg);
    }
    if (pg == NULL) {
        err = pg_open(ctx, &pool->options, &pg);
    }
    if (!err) {
        err = pg_run(ctx, pg, statement, arguments, ret);
    }
    give_turn(pool, pg);
    return err;
}
