/* store.h - where a service keeps everything: leases, aggregates, offsets, outbox, timers, effects.
 *
 * One narrow interface with two implementations that pass one conformance suite: PostgreSQL
 * (store_sql.c) and memory (store_memory.c, for the simulation).  A store is one session and
 * belongs to one thread.  A batch is: begin, load (any number of times), save_and_commit.
 * Errors: ERR_CONFLICT a lane is not ours any more, or a row that had to be there was gone: drop
 * the lanes and take them anew.  ERR_RETRY the machine: roll back, wait, the same again.
 * ERR_RULE a message's fault (bad value, named constraint): roll back, try message by message.
 */
#ifndef KERVAN_COMMON_STORE_H
#define KERVAN_COMMON_STORE_H

#include "common/err.h"
#include "common/rows.h"

#include <stdbool.h>
#include <stdint.h>

enum { HOLDER_BYTES = 16, LANES_MAX = 64, SCAN_ARGUMENTS_MAX = 4 };

/* A lane as its owner holds it. */
struct lane_hold {
    int64_t lane;
    int64_t version; /* of the last transaction seen; raised by each commit */
    unsigned char holder[HOLDER_BYTES];
};

/* What the heartbeat tells: lanes newly taken (with their holds), lanes to give back (more than the fair share), who lives. */
struct lane_share {
    struct lane_hold taken[LANES_MAX];
    size_t taken_count;
    int64_t lanes_fair; /* ceil(lanes / live instances) */
    int64_t instances_live;
    bool displaced;     /* another process runs under our instance name: exit */
    bool code_too_old;  /* the schema wants newer code: give the lanes back */
    bool requests_open; /* an operator's request waits, of whatever lane */
};

/* A question about the runtime's own rows; both stores answer it alike: the rows for which `match` holds, by identity, at most `limit`. */
struct scan {
    const struct table *table;
    int statement; /* $1... = the arguments, the last parameter = limit */
    enum column_kind argument_kinds[SCAN_ARGUMENTS_MAX];
    size_t argument_count;
    bool (*match)(const void *row, const struct key *arguments);
};

/* A question and its arguments; and the answer, in ctx's arena. */
struct scan_query {
    const struct scan *scan;
    struct key arguments[SCAN_ARGUMENTS_MAX];
    int64_t limit;
};
struct scan_answer {
    void **rows;
    size_t count;
};

/* What the heartbeat says: the lanes held now; `start` marks the first call of a process, which may displace another one of
 * the same name. */
struct lane_claim {
    const struct lane_hold *held;
    size_t held_count;
    bool start;
};

struct store;

struct store_operations {
    /* Says that this instance lives, and takes lanes up to its fair share: those under its own name that it does not hold, at
     * once, then free and expired ones.  The new holder is written in a transaction of its own, so that whatever is read
     * later is later. */
    enum err (*heartbeat)(struct store *, struct ctx *, const struct lane_claim *,
                          struct lane_share *ret);
    /* Gives lanes back: their leases end now.  Holds that are not current are ignored. */
    enum err (*release)(struct store *, struct ctx *, const struct lane_hold *held,
                        size_t held_count);
    /* Number of the generation that streams count in: raised when the database is another one than before, and to
     * `at_least` where the log shows numbers that this database never gave. */
    enum err (*generation)(struct store *, struct ctx *, int64_t at_least, int64_t *ret);

    /* Starts a batch and fences: raises the version of every hold (in memory only after the commit).  May be answered late,
     * with the first load or the commit; *ret_now is set by then.  `held` and `ret_now` must live until the commit or
     * the rollback. */
    enum err (*begin)(struct store *, struct ctx *, struct lane_hold *held, size_t held_count,
                      int64_t *ret_now);
    /* Loads all keys wanted in `rows` and not loaded yet: lanes' own tables first, then shared ones, locked, in the order
     * of the store's table list. */
    enum err (*load)(struct store *, struct ctx *, struct rows *rows);
    /* Writes every change in `rows` and commits.  OK: committed, holds are raised.  ERR_RETRY with *ret_unknown: the answer was lost, it may
     * have committed: take the lanes anew. */
    enum err (*save_and_commit)(struct store *, struct ctx *, struct rows *rows, bool *ret_unknown);
    /* Ends an open batch without a trace; does nothing when none is open.  A session that cannot is broken afterwards. */
    void (*rollback)(struct store *, struct ctx *);

    /* Reads outside a batch (its own snapshot).  Rows are in ctx's arena. */
    enum err (*scan)(struct store *, struct ctx *, const struct scan_query *,
                     struct scan_answer *ret);
    /* Whether the session is usable; a broken one is opened again by `reopen`. */
    bool (*is_broken)(const struct store *);
    enum err (*reopen)(struct store *, struct ctx *);
    void (*close)(struct store *);
};

/* The head of every implementation's struct. */
struct store {
    const struct store_operations *operations;
};

struct sql_statement;
struct store_options {
    const char *instance; /* unique name of this process among its kind */
    int64_t lane_count, lease_ms;
    int64_t code_version; /* of this program; the schema may ask for a minimum */
    const struct table *const
        *tables; /* the service's, in the one fixed order of locks and writes; NULL-terminated */
    /* The service's.  In memory they are not run, and may be NULL: else no UPDATE may leave out a column that changed. */
    const struct sql_statement *statements;
};

/* PostgreSQL (store_sql.c). */
struct store_sql_options {
    struct store_options store;
    const char *conninfo; /* of the service's role */
    const char *schema;
    size_t statement_count;
};
enum err store_sql_open(struct ctx *ctx, const struct store_sql_options *options,
                        struct store **ret) MUST_USE;

/* Memory (store_memory.c): a database that several stores of one process share; each store is a session.  Nothing is
 * thread-safe.  `memory_database_lose_answer` makes the next commit's answer get lost after (or before) it counted. */
struct memory_database;
struct memory_database *memory_database_new(int64_t lane_count);
void memory_database_free(struct memory_database *database);
/* The clock that leases and business time follow, in ms; it never moves by itself. */
void memory_database_set_time(struct memory_database *database, int64_t now);
/* Programs of an earlier version are to give their lanes back. */
void memory_database_want_code(struct memory_database *database, int64_t version);
/* What holds a lease under this name renews it, as a heartbeat and a batch of this moment would: the simulation passes over
 * the hours in which nothing else happens.  Where it knows of `held` lanes, and there are more, those that it forgot have to
 * end by themselves: none is renewed. */
void memory_database_renew(struct memory_database *database, const char *instance, int64_t held,
                           int64_t lease_ms);
void memory_database_lose_answer(struct memory_database *database, bool committed);
/* Takes a copy, and goes back to it as a restored database would: the generation rises. */
struct memory_database *memory_database_copy(const struct memory_database *database);
void memory_database_restore(struct memory_database *database, const struct memory_database *copy);
struct store *store_memory_open(struct memory_database *database,
                                const struct store_options *options);
/* Adds a row as another program than a service writes it, to a table that numbers its rows: it gets the next number. */
void memory_database_add(struct memory_database *database, const struct table *table,
                         const void *row);
/* A view, which no batch writes: `derive` puts its rows with a load key into `rows`, as its load statement answers. */
typedef void memory_derive(struct memory_database *database, struct key load_key,
                           struct arena *arena, struct rows *rows);
void memory_database_derive(struct memory_database *database, const struct table *table,
                            memory_derive *derive);
/* All live rows of a table in identity order, for checkers; borrowed until the next change. */
void **memory_database_rows(struct memory_database *database, const struct table *table,
                            size_t *ret_count);
size_t memory_database_count(struct memory_database *database, const struct table *table);
/* Live rows with one load key, in identity order; borrowed until the next change. */
struct memory_slice {
    const void *const *rows;
    size_t count;
};
struct memory_slice memory_database_find(struct memory_database *database,
                                         const struct table *table, struct key load_key);

#endif
