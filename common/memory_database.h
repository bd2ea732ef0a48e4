/* memory_database.h - what the stores in memory share: lanes, instances, rows, and their clock.
 *
 * For store_memory.c and memory_*.c only; the public part is in store.h.  Not thread-safe.
 */
#ifndef KERVAN_COMMON_MEMORY_DATABASE_H
#define KERVAN_COMMON_MEMORY_DATABASE_H

#include "common/memory_rows.h"
#include "common/store.h"

enum {
    MEMORY_INSTANCES_MAX = 64,
    MEMORY_TABLES_MAX = 64,
    MEMORY_NAME_BYTES_MAX = 64,
    MEMORY_VIEWS_MAX = 12,
};

struct memory_view {
    const struct table *table;
    memory_derive *derive;
};

struct memory_lane {
    unsigned char holder[HOLDER_BYTES];
    char instance[MEMORY_NAME_BYTES_MAX];
    int64_t version, lease_until, now_floor;
    const void *locked_by; /* the session whose open batch fenced it */
};

struct memory_instance {
    char name[MEMORY_NAME_BYTES_MAX];
    int64_t process, seen_at;
};

enum lost_answer { ANSWER_COMES, ANSWER_LOST_BEFORE_COMMIT, ANSWER_LOST_AFTER_COMMIT };

struct memory_database {
    /* What a copy holds and a restore brings back. */
    int64_t lane_count;
    struct memory_lane lanes[LANES_MAX];
    struct memory_instance instances[MEMORY_INSTANCES_MAX];
    size_t instance_count;
    struct memory_table *tables[MEMORY_TABLES_MAX];
    size_t table_count;
    struct memory_view views[MEMORY_VIEWS_MAX];
    size_t view_count;
    int64_t code_version_min;
    int64_t generation, generation_timeline; /* the timeline that `generation` was raised for */

    /* What belongs to the server that runs, and stays through a restore. */
    int64_t now;
    int64_t timeline;           /* raised by each restore; sessions of an earlier one are broken */
    int64_t processes, holders; /* given so far: the simulation wants them without chance */
    enum lost_answer lost_answer;
};

/* The rows of a table; empty ones when it was never mentioned before. */
struct memory_table *memory_database_table(struct memory_database *database,
                                           const struct table *table);

/* How the rows of a view are made; NULL for a table. */
memory_derive *memory_database_view(const struct memory_database *database,
                                    const struct table *table);

/* Whether the changes of a batch can be written, each as PostgreSQL would; and writes them. */
enum err memory_check_rows(struct memory_database *database, struct ctx *ctx,
                           const struct store_options *options, const struct rows *rows) MUST_USE;
void memory_write_rows(struct memory_database *database, const struct rows *rows);

/* As lane_heartbeat(), lane_release() and lane_fence() of the schema, which decide the same. */
void memory_lanes_heartbeat(struct memory_database *database, const struct store_options *options,
                            int64_t process, const struct lane_claim *claim,
                            struct lane_share *ret);
void memory_lanes_release(struct memory_database *database, const struct lane_hold *held,
                          size_t held_count);
/* Locks the lanes for `session` and tells business time.  ERR_CONFLICT: one is lost.  ERR_RETRY: one is locked. */
enum err memory_lanes_fence(struct memory_database *database, struct ctx *ctx, const void *session,
                            const struct lane_claim *claim, int64_t *ret_now) MUST_USE;
/* The batch is committed: raises versions, renews leases. */
void memory_lanes_commit(struct memory_database *database, const struct lane_hold *held,
                         size_t held_count, int64_t lease_ms, int64_t now);
void memory_lanes_unlock(struct memory_database *database, const void *session);

#endif
