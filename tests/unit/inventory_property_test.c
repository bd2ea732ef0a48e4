/* inventory_property_test.c - thousands of random orders, counts and shipments, repeated and out of order:
 * the ledger adds up, what is reserved is held for somebody, nothing is promised twice.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    SKUS = 3,
    BUNDLES = 2,
    PLACES = 3,
    ORDERS = 12,
    RUNS = 60,
    BATCHES = 60,
    BATCH_STEPS_MAX = 6,
    TRANSFERS = 4
};

static const char *const skus[SKUS + BUNDLES] = { "A", "B", "C", "K", "L" };
static const char *const places[PLACES] = { "WH-1", "WH-2", "WH-3" };

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int below(uint64_t *seed, int limit)
{
    return (int)(next_random(seed) % (uint64_t)limit);
}

static struct step random_reserve(struct bench *bench, uint64_t *seed, int64_t order_no)
{
    char lines[64] = "";
    int count = 1 + below(seed, 3);

    for (int i = 0; i < count; i++) {
        size_t length = strlen(lines);

        (void)snprintf(lines + length, sizeof lines - length, "%s:%d ",
                       skus[below(seed, SKUS + BUNDLES)], 1 + below(seed, 4));
    }
    struct step step = bench_reserve(bench, order_no, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);
    message->backorder_allowed = message->has_backorder_allowed = below(seed, 2) == 0;
    message->partial_allowed = message->has_partial_allowed = below(seed, 3) == 0;
    step.message = message;
    return step;
}

static struct step random_consume(struct bench *bench, uint64_t *seed, int64_t order_no)
{
    char lines[64], fulfillment[8];

    (void)snprintf(lines, sizeof lines, "%d%s:%d@%s", 1 + below(seed, 3),
                   skus[below(seed, SKUS + BUNDLES)], 1 + below(seed, 4),
                   places[below(seed, PLACES)]);
    (void)snprintf(fulfillment, sizeof fulfillment, "F%d", 1 + below(seed, 3));
    return bench_consume(bench, order_no, fulfillment, lines);
}

static struct step random_reduce(struct bench *bench, uint64_t *seed, int64_t order_no)
{
    char lines[64];

    (void)snprintf(lines, sizeof lines, "%d%s:%d@%s", 1 + below(seed, 3),
                   skus[below(seed, SKUS + BUNDLES)], 1 + below(seed, 3),
                   places[below(seed, PLACES)]);
    struct step step = bench_reduce(bench, order_no, 1 + below(seed, 4), lines);
    struct inventory_release *message = arena_copy(bench->kept, step.message, sizeof *message);
    message->lost = message->has_lost = below(seed, 3) == 0;
    step.message = message;
    return step;
}

static struct step random_adjust(struct bench *bench, uint64_t *seed)
{
    struct stock_adjust request = { .sku = skus[below(seed, SKUS)],
                                    .location = places[below(seed, PLACES)],
                                    .reason = ADJUSTMENT_REASON_CORRECTION };

    if (below(seed, 2) == 0) {
        request.has_counted = true;
        request.counted = below(seed, 9);
    } else {
        request.has_quantity_change = true;
        request.quantity_change = below(seed, 9) - 4;
    }
    return (struct step){ .message_type = MESSAGE_STOCK_ADJUST,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = request.sku } };
}

static struct step random_move(struct bench *bench, uint64_t *seed)
{
    static const struct stock_way ways[] = {
        { STOCK_CONDITION_SELLABLE, STOCK_CONDITION_DAMAGED, 1 },
        { STOCK_CONDITION_SELLABLE, STOCK_CONDITION_QUALITY_CONTROL, 1 },
        { STOCK_CONDITION_DAMAGED, STOCK_CONDITION_SELLABLE, 1 },
        { STOCK_CONDITION_DAMAGED, STOCK_CONDITION_QUALITY_CONTROL, 1 },
        { STOCK_CONDITION_DAMAGED, STOCK_CONDITION_WRITTEN_OFF, 1 },
        { STOCK_CONDITION_QUALITY_CONTROL, STOCK_CONDITION_SELLABLE, 1 },
        { STOCK_CONDITION_QUALITY_CONTROL, STOCK_CONDITION_DAMAGED, 1 },
        { STOCK_CONDITION_QUALITY_CONTROL, STOCK_CONDITION_WRITTEN_OFF, 1 },
    };
    struct stock_way way = ways[below(seed, sizeof ways / sizeof ways[0])];
    const char *sku = skus[below(seed, SKUS)], *place = places[below(seed, PLACES)];

    if (below(seed, 6) == 0) {
        return bench_keep_back(bench, sku, place, below(seed, 3));
    }
    way.quantity = 1 + below(seed, 4);
    return bench_move(bench, sku, place, way);
}

static struct {
    const char *id;
    int sku;            /* the first of its two */
} transfers[TRANSFERS]; /* of this run */

static struct step new_transfer(struct bench *bench, uint64_t *seed, int which)
{
    char way[16], lines[32];
    int from = below(seed, PLACES), sku = below(seed, SKUS);

    (void)snprintf(way, sizeof way, "%s>%s", places[from], places[(from + 1) % PLACES]);
    (void)snprintf(lines, sizeof lines, "%s:%d %s:1", skus[sku], 1 + below(seed, 2),
                   skus[(sku + 1) % SKUS]);
    struct step step = bench_transfer(bench, way, lines);
    transfers[which].id = step.id;
    transfers[which].sku = sku;
    return step;
}

/* A new transfer, or anything that may be asked of one of the last, at any time. */
static struct step random_transfer(struct bench *bench, uint64_t *seed)
{
    int which = below(seed, TRANSFERS), sku = transfers[which].sku;
    const char *id = transfers[which].id;
    char lines[32];

    if (id == NULL || below(seed, 6) == 0) {
        return new_transfer(bench, seed, which);
    }
    (void)snprintf(lines, sizeof lines, "%s:%d %s:%d", skus[sku], 1 + below(seed, 3),
                   skus[(sku + 1) % SKUS], 1 + below(seed, 2));
    switch (below(seed, 12)) {
    case 0:
        return bench_cancel_transfer(bench, id);
    case 1:
        return bench_close(bench, id);
    case 2:
        return bench_ship(bench, id, lines);
    case 3:
    case 4:
        return bench_ship(bench, id, NULL);
    default:
        return bench_receive(bench, id, lines, below(seed, 2));
    }
}

/* Bundles that have a component in common; what is in them changes while orders hold them. */
static struct step random_bundle(struct bench *bench, uint64_t *seed, int bundle)
{
    struct bundle_component *components = arena_alloc(bench->kept, 2 * sizeof *components);
    int first = below(seed, SKUS);
    struct item_put put = { .sku = skus[SKUS + bundle],
                            .body = { .name = "Kit",
                                      .components = components,
                                      .components_count = 1 + (size_t)below(seed, 2) } };

    components[0] = (struct bundle_component){ skus[first], 1 + below(seed, 2) };
    components[1] = (struct bundle_component){ skus[(first + 1) % SKUS], 1 };
    return (struct step){ .message_type = MESSAGE_ITEM_PUT,
                          .message = arena_copy(bench->kept, &put, sizeof put),
                          .subject = { .id = put.sku } };
}

static struct step random_step(struct bench *bench, uint64_t *seed)
{
    int64_t order_no = 1 + below(seed, ORDERS);
    int dice = below(seed, 100);

    if (dice < 3) {
        return random_bundle(bench, seed, below(seed, BUNDLES));
    }
    if (dice < 50) {
        return random_reserve(bench, seed, order_no);
    }
    if (dice < 55) {
        return random_reduce(bench, seed, order_no);
    }
    if (dice < 60) {
        return bench_release(bench, order_no, CANCEL_REASON_OTHER);
    }
    if (dice < 67) {
        return bench_expire(bench, order_no);
    }
    if (dice < 77) {
        return random_consume(bench, seed, order_no);
    }
    if (dice < 90) {
        return random_transfer(bench, seed);
    }
    return dice < 95 ? random_move(bench, seed) : random_adjust(bench, seed);
}

static void stock_the_shop(struct bench *bench, uint64_t *seed)
{
    memset(transfers, 0, sizeof transfers);
    for (int i = 0; i < SKUS; i++) {
        bench_item(bench, skus[i],
                   (struct item_body){ .name = skus[i],
                                       .backorder_allowed = i < 2,
                                       .has_backorder_allowed = true });
    }
    for (int i = 0; i < BUNDLES; i++) {
        bench_run(bench, random_bundle(bench, seed, i));
    }
    for (int i = 0; i < PLACES; i++) {
        bench_location(bench, places[i], i, true);
        for (int sku = 0; sku < SKUS; sku++) {
            bench_count(bench, skus[sku], places[i], below(seed, 8));
        }
    }
}

/* Bundles that an order has, or that moved. */
static int bundles_of(const struct allocation *list, size_t count)
{
    int bundles = 0;

    for (size_t i = 0; i < count; i++) {
        bundles += list[i].components_count > 0;
    }
    return bundles;
}

/* What the facts added up to: pieces said to be held and not yet given back or gone. */
struct told {
    int held, said_short, released, consumed, backordered, taken_back, moved, allocated;
    int conditions, on_their_way, arrived;
    int bundles_held, bundles_left, bundles_taken_back, bundles_moved;
};

static void note_bundles(struct told *told, const struct emission *at)
{
    if (at->message_type == MESSAGE_INVENTORY_RESERVED) {
        const struct inventory_reserved *fact = at->message;

        told->bundles_held += bundles_of(fact->allocations, fact->allocations_count);
    }
    if (at->message_type == MESSAGE_INVENTORY_CONSUMED) {
        const struct inventory_consumed *fact = at->message;

        told->bundles_left += bundles_of(fact->allocations, fact->allocations_count);
    }
}

static void note(struct told *told, const struct decision *decision)
{
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        told->held += at->message_type == MESSAGE_INVENTORY_RESERVED;
        told->backordered += at->message_type == MESSAGE_INVENTORY_BACKORDERED;
        told->said_short += at->message_type == MESSAGE_INVENTORY_SHORT;
        told->released += at->message_type == MESSAGE_INVENTORY_RELEASED;
        told->consumed += at->message_type == MESSAGE_INVENTORY_CONSUMED;
        if (at->message_type == MESSAGE_INVENTORY_TRANSFER_CHANGED) {
            const struct inventory_transfer_changed *fact = at->message;

            told->on_their_way += fact->state == TRANSFER_STATE_IN_TRANSIT;
            told->arrived += fact->state == TRANSFER_STATE_RECEIVED;
        }
        note_bundles(told, at);
        told->conditions += at->message_type == MESSAGE_INVENTORY_MOVED;
        told->allocated += at->message_type == MESSAGE_INVENTORY_ALLOCATED;
        if (at->message_type == MESSAGE_INVENTORY_TAKEN_BACK) {
            const struct inventory_taken_back *fact = at->message;

            told->taken_back++;
            told->moved += fact->moved_count > 0;
            told->bundles_taken_back += bundles_of(fact->allocations, fact->allocations_count);
            told->bundles_moved += bundles_of(fact->moved, fact->moved_count);
        }
    }
}

/* Where no debt is, nothing more is promised than is there: the table's named constraint, before the database sees it. */
static void check_promises(struct bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &stock_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_row *stock = rows[i];

        assert_true(stock->reserved <= stock_sellable(stock) + stock->owed);
    }
}

static void run_batch(struct bench *bench, uint64_t *seed, struct told *told)
{
    struct step steps[BATCH_STEPS_MAX];
    size_t count = 1 + (size_t)below(seed, BATCH_STEPS_MAX);

    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && below(seed, 5) == 0;
        steps[i] = again ? steps[i - 1] : random_step(bench, seed);
    }
    bench_batch(bench, steps, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bench->decisions[i].err, OK);
        note(told, &bench->decisions[i]);
    }
}

/* Nothing is owed, and nobody waits for what is there. */
static void check_settled(struct bench *bench)
{
    size_t stock_count = 0, waiting_count = 0;
    void **stocks = memory_database_rows(bench->database, &stock_table, &stock_count);
    void **waiting = memory_database_rows(bench->database, &backorder_table, &waiting_count);

    for (size_t i = 0; i < stock_count; i++) {
        const struct stock_row *stock = stocks[i];

        assert_int_equal(stock->owed, 0);
        assert_true(stock->reserved <= stock_sellable(stock));
        for (size_t j = 0; j < waiting_count; j++) {
            const struct backorder_row *row = waiting[j];

            assert_true(strcmp(row->sku, stock->sku) != 0 || row->pieces == 0 ||
                        stock_available(stock) == 0);
        }
    }
}

/* Some of what waits runs between the batches, in any order: the lanes do not wait for each other. */
static void settle_some(struct bench *bench, uint64_t *seed, struct told *told)
{
    for (int i = below(seed, 8); i > 0 && bench->waiting_count > 0; i--) {
        (void)bench_settle_one(bench, (size_t)below(seed, (int)bench->waiting_count));
        note(told, &bench->decisions[0]);
    }
}

/* Nothing of what orders held is held any more: what is reserved then is for transfers, and bench_check counts these. */
static void give_all_back(struct bench *bench)
{
    size_t count = 0;

    for (int64_t order_no = 1; order_no <= ORDERS; order_no++) {
        bench_run(bench, bench_release(bench, order_no, CANCEL_REASON_OTHER));
    }
    bench_check(bench);
    void **rows = memory_database_rows(bench->database, &reservation_line_table, &count);
    for (size_t i = 0; i < count; i++) {
        assert_true(((const struct reservation_line_row *)rows[i])->state > PART_WAITING);
    }
}

static void keeps_its_books(void **state)
{
    struct told told = { 0 };

    (void)state;
    for (uint64_t run = 1; run <= RUNS; run++) {
        uint64_t seed = run * 0x9e3779b97f4a7c15;
        struct bench *bench = NULL;

        bench_set_up((void **)&bench);
        stock_the_shop(bench, &seed);
        for (int batch = 0; batch < BATCHES; batch++) {
            run_batch(bench, &seed, &told);
            check_promises(bench);
            settle_some(bench, &seed, &told);
            bench_check(bench);
        }
        (void)bench_settle(bench);
        bench_check(bench);
        check_settled(bench);
        give_all_back(bench);
        bench_tear_down((void **)&bench);
    }
    print_message("[          ] reserved %d, backordered %d, short %d, released %d, consumed %d\n",
                  told.held, told.backordered, told.said_short, told.released, told.consumed);
    assert_true(told.held > RUNS && told.said_short > RUNS && told.backordered > RUNS / 4);
    assert_true(told.released > RUNS && told.consumed > RUNS);
    print_message("[          ] conditions %d, on their way %d, arrived %d\n", told.conditions,
                  told.on_their_way, told.arrived);
    assert_true(told.conditions > RUNS / 2 && told.on_their_way > RUNS / 4 &&
                told.arrived > RUNS / 8);
    print_message("[          ] taken back %d, moved %d, allocated %d\n", told.taken_back,
                  told.moved, told.allocated);
    print_message("[          ] bundles held %d, left %d, taken back %d, moved %d\n",
                  told.bundles_held, told.bundles_left, told.bundles_taken_back,
                  told.bundles_moved);
    assert_true(told.bundles_held > RUNS && told.bundles_left > RUNS / 4 &&
                told.bundles_taken_back > RUNS / 4 && told.bundles_moved > 0);
    assert_true(told.taken_back > RUNS && told.moved > RUNS / 4 && told.allocated > RUNS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_books),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
