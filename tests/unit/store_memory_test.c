/* store_memory_test.c - the store in memory: what every store does, lost answers and restores.
 *
 * links: shelf
 */
#include "store_conformance.h"

#include "common/arena.h"
#include "common/runtime_tables.h"
#include "tests/services/shelf/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LANES = 4, LEASE_MS = 400 };

/* --- The world of the conformance tests ------------------------------------------------------------ */

struct memory_world {
    struct store_world world;
    struct memory_database *database;
    int64_t now;
};

static void world_reset(struct store_world *world)
{
    struct memory_world *memory = (struct memory_world *)world;

    memory_database_free(memory->database);
    memory->database = memory_database_new(LANES);
    memory_database_set_time(memory->database, memory->now);
}

static enum err world_open(struct store_world *world, struct ctx *ctx,
                           const struct store_options *options, struct store **ret)
{
    (void)ctx;
    *ret = store_memory_open(((struct memory_world *)world)->database, options);
    return OK;
}

static void world_pass(struct store_world *world, int64_t ms)
{
    struct memory_world *memory = (struct memory_world *)world;

    memory->now += ms;
    memory_database_set_time(memory->database, memory->now);
}

/* --- What only memory can show ---------------------------------------------------------------------- */

struct fixture {
    struct memory_database *database;
    struct store *store;
    struct ctx ctx;
    struct lane_share share;
};

static void take_lanes(struct fixture *fixture)
{
    struct lane_claim claim = { .start = true };

    assert_int_equal(fixture->store->operations->heartbeat(fixture->store, &fixture->ctx, &claim,
                                                           &fixture->share),
                     OK);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    static const struct store_options options = {
        .instance = "a", .lane_count = LANES, .lease_ms = LEASE_MS, .tables = shelf_tables
    };

    fixture = (struct fixture){ .ctx = { .arena = arena_new(1 << 24) },
                                .database = memory_database_new(LANES) };
    memory_database_set_time(fixture.database, 1700000000000);
    fixture.store = store_memory_open(fixture.database, &options);
    take_lanes(&fixture);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    fixture->store->operations->close(fixture->store);
    memory_database_free(fixture->database);
    arena_free(fixture->ctx.arena);
    return 0;
}

/* Sets how much a shelf holds, in a batch of its own. */
static enum err set_held(struct fixture *fixture, const char *sku, int64_t held, bool *ret_unknown)
{
    const struct store_operations *operations = fixture->store->operations;
    struct rows *rows = rows_new(fixture->ctx.arena);
    int64_t now;

    rows_want(rows, &shelf_table, key_text(sku));
    enum err err = operations->begin(fixture->store, &fixture->ctx, fixture->share.taken,
                                     fixture->share.taken_count, &now);
    if (!err) {
        err = operations->load(fixture->store, &fixture->ctx, rows);
    }
    if (err) {
        return err;
    }
    struct shelf_row *shelf = rows_find(rows, &shelf_table, key_text(sku));
    if (shelf == NULL) {
        rows_insert(rows, &shelf_table, &(struct shelf_row){ sku, held });
    } else {
        shelf->held = held;
        rows_update(rows, &shelf_table, shelf);
    }
    return operations->save_and_commit(fixture->store, &fixture->ctx, rows, ret_unknown);
}

static void set(struct fixture *fixture, const char *sku, int64_t held)
{
    bool unknown;

    assert_int_equal(set_held(fixture, sku, held, &unknown), OK);
}

/* "CUP=1 TEA=2": what all shelves hold, in their order. */
static void assert_shelves(struct memory_database *database, const char *want)
{
    char text[200] = "";
    size_t count = 0;
    void **rows = memory_database_rows(database, &shelf_table, &count);

    assert_null(rows[count]);
    for (size_t i = 0; i < count; i++) {
        const struct shelf_row *row = rows[i];
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "%s%s=%d", i == 0 ? "" : " ", row->sku,
                       (int)row->held);
    }
    assert_string_equal(text, want);
}

static void rows_are_shown_in_order(void **state)
{
    struct fixture *fixture = *state;

    assert_shelves(fixture->database, "");
    set(fixture, "TEA", 1);
    set(fixture, "CUP", 2);
    set(fixture, "POT", 3);
    set(fixture, "CUP", 4);
    assert_shelves(fixture->database, "CUP=4 POT=3 TEA=1");
    set(fixture, "PAN", 5); /* and what came after a look */
    set(fixture, "BOX", 6);
    set(fixture, "URN", 7);
    assert_shelves(fixture->database, "BOX=6 CUP=4 PAN=5 POT=3 TEA=1 URN=7");
}

static void answers_get_lost(void **state)
{
    struct fixture *fixture = *state;

    set(fixture, "TEA", 1);
    for (int committed = 0; committed <= 1; committed++) {
        int64_t version = fixture->share.taken[0].version;
        bool unknown = false;

        memory_database_lose_answer(fixture->database, committed == 1);
        assert_int_equal(set_held(fixture, "TEA", 2, &unknown), ERR_RETRY);
        assert_true(unknown);
        assert_int_equal(fixture->share.taken[0].version, version);
        assert_true(fixture->store->operations->is_broken(fixture->store));
        assert_int_equal(set_held(fixture, "TEA", 3, &unknown), ERR_RETRY);
        assert_shelves(fixture->database, committed ? "TEA=2" : "TEA=1");

        assert_int_equal(fixture->store->operations->reopen(fixture->store, &fixture->ctx), OK);
        /* The fence tells which it was. */
        assert_int_equal(set_held(fixture, "TEA", 1, &unknown), committed ? ERR_CONFLICT : OK);
        fixture->store->operations->rollback(fixture->store, &fixture->ctx);
    }
}

static void add_input(struct fixture *fixture)
{
    const struct store_operations *operations = fixture->store->operations;
    struct rows *rows = rows_new(fixture->ctx.arena);
    struct input_row row = { .lane = 1, .key = "TEA", .headers = "", .body = { NULL, 0 } };
    int64_t now;
    bool unknown;

    rows_insert(rows, &input_table, &row);
    assert_int_equal(operations->begin(fixture->store, &fixture->ctx, fixture->share.taken,
                                       fixture->share.taken_count, &now),
                     OK);
    assert_int_equal(operations->save_and_commit(fixture->store, &fixture->ctx, rows, &unknown),
                     OK);
}

static void numbers_go_on_after_a_restore(void **state)
{
    struct fixture *fixture = *state;
    size_t count = 0;

    add_input(fixture);
    struct memory_database *copy = memory_database_copy(fixture->database);
    memory_database_restore(fixture->database, copy);
    memory_database_free(copy);
    assert_int_equal(fixture->store->operations->reopen(fixture->store, &fixture->ctx), OK);
    take_lanes(fixture);
    add_input(fixture);
    void **rows = memory_database_rows(fixture->database, &input_table, &count);
    assert_int_equal(count, 2);
    assert_true(((struct input_row *)rows[1])->id > ((struct input_row *)rows[0])->id);
}

static void a_restore_brings_everything_back(void **state)
{
    struct fixture *fixture = *state;
    int64_t generation = 0, raised = 0;
    bool unknown;

    set(fixture, "TEA", 1);
    assert_int_equal(
        fixture->store->operations->generation(fixture->store, &fixture->ctx, 0, &generation), OK);
    struct memory_database *copy = memory_database_copy(fixture->database);
    set(fixture, "TEA", 2);
    set(fixture, "CUP", 2);
    assert_shelves(copy, "TEA=1");

    memory_database_restore(fixture->database, copy);
    assert_shelves(fixture->database, "TEA=1");
    assert_true(fixture->store->operations->is_broken(fixture->store));
    assert_int_equal(set_held(fixture, "TEA", 3, &unknown), ERR_RETRY);
    assert_int_equal(fixture->store->operations->reopen(fixture->store, &fixture->ctx), OK);
    assert_int_equal(set_held(fixture, "TEA", 3, &unknown), ERR_CONFLICT); /* versions went back */
    fixture->store->operations->rollback(fixture->store, &fixture->ctx);
    take_lanes(fixture);
    set(fixture, "TEA", 4);
    assert_int_equal(
        fixture->store->operations->generation(fixture->store, &fixture->ctx, 0, &raised), OK);
    assert_true(raised > generation);
    assert_shelves(copy, "TEA=1");
    assert_shelves(fixture->database, "TEA=4");
    memory_database_free(copy);
}

/* A session that is torn away from an open batch by a restore, and one that dies in the middle of it. */
static void an_open_batch_leaves_no_lock(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->store;
    struct rows *rows = rows_new(fixture->ctx.arena);
    int64_t now;

    set(fixture, "TEA", 1);
    for (int i = 0; i < 2; i++) {
        struct memory_database *copy = memory_database_copy(fixture->database);

        rows_want(rows, &shelf_table, key_text("TEA"));
        assert_int_equal(store->operations->begin(store, &fixture->ctx, fixture->share.taken,
                                                  fixture->share.taken_count, &now),
                         OK);
        assert_int_equal(store->operations->load(store, &fixture->ctx, rows), OK);
        if (i == 0) {
            memory_database_restore(fixture->database, copy);
        }
        assert_int_equal(store->operations->reopen(store, &fixture->ctx), OK);
        take_lanes(fixture);
        set(fixture, "TEA", 2);
        memory_database_free(copy);
    }
}

static void the_clock_of_a_lane_never_goes_back(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->store;
    struct rows *rows = rows_new(fixture->ctx.arena);
    int64_t now = 0;
    bool unknown;

    set(fixture, "TEA", 1);
    memory_database_set_time(fixture->database, 1600000000000);
    assert_int_equal(store->operations->begin(store, &fixture->ctx, fixture->share.taken, 1, &now),
                     OK);
    assert_int_equal(now, 0); /* told with the first answer only */
    assert_int_equal(store->operations->save_and_commit(store, &fixture->ctx, rows, &unknown), OK);
    assert_true(now == 1700000000001); /* and no two batches share an instant */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    struct memory_world world = { .world = { world_reset, world_open, world_pass },
                                  .now = 1700000000000 };
    const struct CMUnitTest tests[] = {
        TEST(rows_are_shown_in_order),          TEST(answers_get_lost),
        TEST(a_restore_brings_everything_back), TEST(numbers_go_on_after_a_restore),
        TEST(an_open_batch_leaves_no_lock),     TEST(the_clock_of_a_lane_never_goes_back),
    };

    int failed = store_conformance_run(&world.world);
    memory_database_free(world.database);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
