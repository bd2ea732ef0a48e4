/* memory_lanes.c - leases of lanes in memory, decided as the schema's functions decide them. */
#include "common/memory_database.h"
#include "common/mutant.h"
#include "common/runtime_tables.h"

#include "common/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEASES_FORGOTTEN = 20 }; /* an instance unseen for so many is not listed any more */

static struct memory_instance *find_instance(struct memory_database *database, const char *name)
{
    for (size_t i = 0; i < database->instance_count; i++) {
        if (text_equal(database->instances[i].name, name)) {
            return &database->instances[i];
        }
    }
    return NULL;
}

/* Lists this process as living; forgets who was not seen for long. */
static void note_instance(struct memory_database *database, const struct store_options *options,
                          int64_t process)
{
    struct memory_instance *mine = find_instance(database, options->instance);
    int64_t forgotten_before = database->now - LEASES_FORGOTTEN * options->lease_ms;
    size_t kept = 0;

    if (mine == NULL) {
        assert(database->instance_count < MEMORY_INSTANCES_MAX);
        mine = &database->instances[database->instance_count++];
        (void)snprintf(mine->name, sizeof mine->name, "%s", options->instance);
    }
    mine->process = process;
    mine->seen_at = database->now;
    for (size_t i = 0; i < database->instance_count; i++) {
        if (database->instances[i].seen_at >= forgotten_before) {
            database->instances[kept++] = database->instances[i];
        }
    }
    database->instance_count = kept;
}

static int64_t count_living(const struct memory_database *database, int64_t lease_ms)
{
    int64_t living = 0;

    for (size_t i = 0; i < database->instance_count; i++) {
        living += database->instances[i].seen_at > database->now - lease_ms;
    }
    assert(living > 0); /* whoever asks has just been seen */
    return living;
}

static bool is_held(const struct lane_claim *claim, size_t lane)
{
    for (size_t i = 0; i < claim->held_count; i++) {
        if (claim->held[i].lane == (int64_t)lane) {
            return true;
        }
    }
    return false;
}

/* Takes lanes under our own name (`own`), or free and expired ones, while the share has room. */
static void take_lanes(struct memory_database *database, const struct store_options *options,
                       const struct lane_claim *claim, bool own, struct lane_share *share)
{
    for (size_t i = 0; i < (size_t)database->lane_count; i++) {
        struct memory_lane *lane = &database->lanes[i];
        bool is_own = text_equal(lane->instance, options->instance);
        bool is_free = is_own || lane->lease_until < database->now;

        if (is_own != own || !is_free || is_held(claim, i) || lane->locked_by != NULL ||
            (int64_t)(claim->held_count + share->taken_count) >= share->lanes_fair) {
            continue;
        }
        struct lane_hold *hold = &share->taken[share->taken_count++];
        memset(lane->holder, 0, HOLDER_BYTES);
        memcpy(lane->holder, &database->holders, sizeof database->holders);
        (void)snprintf(lane->instance, sizeof lane->instance, "%s", options->instance);
        lane->lease_until = database->now + options->lease_ms;
        hold->lane = (int64_t)i;
        hold->version = ++lane->version;
        memcpy(hold->holder, lane->holder, HOLDER_BYTES);
    }
}

static int compare_holds(const void *left, const void *right)
{
    const struct lane_hold *a = left, *b = right;

    return (a->lane > b->lane) - (a->lane < b->lane);
}

static bool has_open_requests(struct memory_database *database)
{
    size_t count = 0;
    void **rows = memory_database_rows(database, &operator_request_table, &count);
    bool open = false;

    for (size_t i = 0; i < count; i++) {
        open |= ((const struct operator_request_row *)rows[i])->done_at == 0;
    }
    return open;
}

void memory_lanes_heartbeat(struct memory_database *database, const struct store_options *options,
                            int64_t process, const struct lane_claim *claim, struct lane_share *ret)
{
    const struct memory_instance *mine = find_instance(database, options->instance);

    assert(strlen(options->instance) < MEMORY_NAME_BYTES_MAX);
    *ret = (struct lane_share){ 0 };
    if (mine != NULL && mine->process != process && !claim->start) {
        ret->displaced = true;
        return;
    }
    note_instance(database, options, process);
    ret->instances_live = count_living(database, options->lease_ms);
    ret->lanes_fair = (database->lane_count + ret->instances_live - 1) / ret->instances_live;
    ret->code_too_old = options->code_version < database->code_version_min;
    database->holders++;
    if (!ret->code_too_old) {
        take_lanes(database, options, claim, true, ret);
        take_lanes(database, options, claim, false, ret);
    }
    ret->requests_open = has_open_requests(database);
    qsort(ret->taken, ret->taken_count, sizeof ret->taken[0], compare_holds);
}

static struct memory_lane *lane_of_hold(struct memory_database *database,
                                        const struct lane_hold *hold)
{
    assert(hold->lane >= 0 && hold->lane < database->lane_count);
    return &database->lanes[hold->lane];
}

static bool is_holder(const struct memory_lane *lane, const struct lane_hold *hold)
{
    return memcmp(lane->holder, hold->holder, HOLDER_BYTES) == 0;
}

void memory_lanes_release(struct memory_database *database, const struct lane_hold *held,
                          size_t held_count)
{
    for (size_t i = 0; i < held_count; i++) {
        struct memory_lane *lane = lane_of_hold(database, &held[i]);

        if (is_holder(lane, &held[i])) {
            lane->lease_until = INT64_MIN;
            memset(lane->holder, 0, HOLDER_BYTES);
            lane->instance[0] = '\0';
        }
    }
}

enum err memory_lanes_fence(struct memory_database *database, struct ctx *ctx, const void *session,
                            const struct lane_claim *claim, int64_t *ret_now)
{
    int64_t now = database->now;
    size_t current = 0;

    for (size_t i = 0; i < claim->held_count; i++) {
        const struct lane_hold *hold = &claim->held[i];
        const struct memory_lane *lane = lane_of_hold(database, hold);

        if (lane->locked_by != NULL) {
            return err_set(ctx, ERR_RETRY, "lane %lld is locked by another session",
                           (long long)hold->lane);
        }
        current += is_holder(lane, hold) && lane->version == hold->version;
        now = lane->now_floor >= now ? lane->now_floor + 1 : now;
    }
    if (current != claim->held_count && !mutant("skip_fence")) {
        return err_set(ctx, ERR_CONFLICT, "lane lost: %zu of %zu held", current, claim->held_count);
    }
    for (size_t i = 0; i < claim->held_count; i++) {
        lane_of_hold(database, &claim->held[i])->locked_by = session;
    }
    *ret_now = now;
    return OK;
}

void memory_lanes_commit(struct memory_database *database, const struct lane_hold *held,
                         size_t held_count, int64_t lease_ms, int64_t now)
{
    for (size_t i = 0; i < held_count; i++) {
        struct memory_lane *lane = lane_of_hold(database, &held[i]);

        lane->version++;
        lane->lease_until = database->now + lease_ms;
        lane->now_floor = now;
    }
}

void memory_lanes_unlock(struct memory_database *database, const void *session)
{
    for (size_t i = 0; i < (size_t)database->lane_count; i++) {
        if (database->lanes[i].locked_by == session) {
            database->lanes[i].locked_by = NULL;
        }
    }
}

static bool is_leased_to(const struct memory_lane *lane, const char *instance)
{
    return lane->lease_until != INT64_MIN && text_equal(lane->instance, instance);
}

static int64_t count_leased_to(const struct memory_database *database, const char *instance)
{
    int64_t count = 0;

    for (size_t i = 0; i < (size_t)database->lane_count; i++) {
        count += is_leased_to(&database->lanes[i], instance);
    }
    return count;
}

void memory_database_renew(struct memory_database *database, const char *instance, int64_t held,
                           int64_t lease_ms)
{
    struct memory_instance *mine = find_instance(database, instance);

    if (mine == NULL) {
        return;
    }
    mine->seen_at = database->now;
    if (count_leased_to(database, instance) != held) {
        return;
    }
    for (size_t i = 0; i < (size_t)database->lane_count; i++) {
        if (is_leased_to(&database->lanes[i], instance)) {
            database->lanes[i].lease_until = database->now + lease_ms;
        }
    }
}
