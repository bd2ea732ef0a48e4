/* links: order */
/* order_reduce_test.c - random orders that are divided and made smaller: the parts always sum up to the whole, to the cent. */
#include "tests/unit/order_bench.h"

#include "common/id.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "services/order/reduce.h"
#include "services/order/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { WORLDS = 300, LINES_MAX = 4, PLACES = 3, CUTS = 6 };

static uint64_t dice(uint64_t *random, uint64_t below)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random % below;
}

/* The pieces of a whole: each costs the same but for a cent, and together they cost it. */
static void pieces_make_up_the_whole(void **state)
{
    uint64_t random = 42;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        int64_t value = (int64_t)dice(&random, 100000), all = 1 + (int64_t)dice(&random, 40);

        assert_int_equal(pieces_value(value, 0, all), 0);
        assert_int_equal(pieces_value(value, all, all), value);
        for (int64_t pieces = 1; pieces <= all; pieces++) {
            int64_t one = pieces_value(value, pieces, all) - pieces_value(value, pieces - 1, all);

            assert_in_range(one, value / all, value / all + 1);
        }
    }
}

struct world {
    struct order_bench *bench;
    uint64_t random;
    const char *id;
    int64_t order_no, paid_minor;
    struct order_submit_line lines[LINES_MAX];
    struct order_submit submit;
};

static void make_order(struct world *world)
{
    struct order_submit *submit = &world->submit;

    *submit = order_bench_submit(world->bench, "1");
    submit->tax_mode = dice(&world->random, 2) == 0 ? TAX_MODE_EXCLUSIVE : TAX_MODE_INCLUSIVE;
    submit->lines = world->lines;
    submit->lines_count = 1 + dice(&world->random, LINES_MAX);
    submit->total_minor = submit->shipping.price_minor;
    for (size_t i = 0; i < submit->lines_count; i++) {
        struct order_submit_line *line = &world->lines[i];
        int64_t gross = 0;

        *line = (struct order_submit_line){ .sku = "A",
                                            .quantity = 1 + (int64_t)dice(&world->random, 7),
                                            .unit_price_minor =
                                                1 + (int64_t)dice(&world->random, 999) };
        gross = line->quantity * line->unit_price_minor;
        line->discount_minor = (int64_t)dice(&world->random, (uint64_t)gross);
        line->tax_minor = (int64_t)dice(&world->random, (uint64_t)(gross - line->discount_minor));
        submit->total_minor += gross - line->discount_minor +
                               (submit->tax_mode == TAX_MODE_EXCLUSIVE ? line->tax_minor : 0);
    }
    order_bench_run(world->bench, order_bench_submission(world->bench, submit, "req-1"));
    const struct order_placed *placed = order_bench_must_say(world->bench, MESSAGE_ORDER_PLACED);
    world->id = placed->order_id;
    world->order_no = placed->order_no;
}

static void run(struct world *world, uint32_t type, const void *message)
{
    order_bench_run(world->bench,
                    (struct order_step){ .message_type = type, .message = message, .id = "fact" });
    if (world->bench->refusal != NULL) {
        fail_msg("%s", world->bench->refusal);
    }
}

static const char *child(struct world *world, char letter, int64_t no)
{
    return text_format(world->bench->kept, "%s", child_id_format(world->id, letter, no).text);
}

#define HEAD(world) .order_id = (world)->id, .order_no = (world)->order_no, .clock = 1

static void reserve(struct world *world)
{
    static const char *const places[PLACES] = { "WH-1", "WH-2", "STORE-1" };
    struct allocation held[LINES_MAX * 8];
    struct inventory_reserved fact = { HEAD(world), .reservation_id = child(world, 'H', 1),
                                       .allocations = held };

    for (size_t i = 0; i < world->submit.lines_count; i++) {
        for (int64_t piece = 0; piece < world->lines[i].quantity; piece++) {
            held[fact.allocations_count++] =
                (struct allocation){ .line_no = (int64_t)i + 1,
                                     .sku = "A",
                                     .location = places[dice(&world->random, PLACES)],
                                     .quantity = 1 };
        }
    }
    run(world, MESSAGE_INVENTORY_RESERVED, &fact);
    struct payment_authorized authorized = { HEAD(world), .payment_id = child(world, 'P', 1),
                                             .amount_minor = world->submit.total_minor,
                                             .currency = "EUR", .provider = "demo" };
    if (world->submit.total_minor > 0) {
        run(world, MESSAGE_PAYMENT_AUTHORIZED, &authorized);
    }
}

static bool is_replaced(const struct world *world, int64_t no)
{
    return order_bench_share(world->bench, world->order_no, no)->replaced;
}

/* Shipping, and what the shares cost that no other took the place of: that is what the order costs. */
static void check(const struct world *world)
{
    const struct order_row *order = order_bench_order(world->bench, world->id);
    int64_t sum = order->shipping_price_minor, pieces = 0;
    size_t count = 0;

    for (int64_t no = 1; no <= order->fulfillment_count; no++) {
        if (!is_replaced(world, no)) {
            sum += order_bench_share(world->bench, world->order_no, no)->value_minor;
        }
    }
    assert_int_equal(sum, order->total_minor);
    void **rows = memory_database_rows(world->bench->database, &order_allocation_table, &count);
    sum = order->shipping_price_minor;
    for (size_t i = 0; i < count; i++) {
        const struct allocation_row *work = rows[i];

        assert_true(work->value_minor >= 0 && work->quantity >= 0);
        assert_true(work->quantity > 0 || work->value_minor == 0);
        if (!is_replaced(world, work->fulfillment_no)) {
            sum += work->value_minor;
            pieces += work->quantity;
        }
    }
    assert_int_equal(sum, order->total_minor);
    rows = memory_database_rows(world->bench->database, &order_line_table, &count);
    for (size_t i = 0; i < count; i++) {
        const struct line_row *line = rows[i];

        pieces -= line->quantity - line->canceled_quantity;
    }
    assert_int_equal(pieces, 0);
}

/* Another place has what was not found, or none has: then it goes off the order. */
static void seek(struct world *world)
{
    const struct inventory_reserve *asked =
        order_bench_said(world->bench, MESSAGE_INVENTORY_RESERVE, 0);

    if (asked == NULL) {
        return;
    }
    assert_int_equal(asked->lines_count, 1);
    const struct line_quantity line = asked->lines[0];
    if (dice(&world->random, 2) == 0) {
        struct inventory_short_line lacking = { line.line_no, line.sku, line.quantity, 0 };
        struct inventory_short fact = { HEAD(world), .reservation_id = asked->reservation_id,
                                        .lines = &lacking, .lines_count = 1 };

        run(world, MESSAGE_INVENTORY_SHORT, &fact);
    } else {
        struct allocation there = {
            .line_no = line.line_no, .sku = line.sku, .location = "WH-2", .quantity = line.quantity
        };
        struct inventory_reserved fact = { HEAD(world), .reservation_id = asked->reservation_id,
                                           .allocations = &there, .allocations_count = 1 };

        run(world, MESSAGE_INVENTORY_RESERVED, &fact);
    }
}

static void short_some(struct world *world)
{
    const struct order_row *order = order_bench_order(world->bench, world->id);
    int64_t no = 1 + (int64_t)dice(&world->random, (uint64_t)order->fulfillment_count);
    struct line_quantity line = { 1 + (int64_t)dice(&world->random, world->submit.lines_count), "A",
                                  1 + (int64_t)dice(&world->random, 3) };
    struct fulfillment_shorted fact = { HEAD(world), .fulfillment_id = child(world, 'F', no),
                                        .location = "WH-1", .lines = &line, .lines_count = 1 };
    int64_t before = order->total_minor;

    run(world, MESSAGE_FULFILLMENT_SHORTED, &fact);
    seek(world);
    const struct order_reduced *reduced = order_bench_said(world->bench, MESSAGE_ORDER_REDUCED, 0);
    order = order_bench_order(world->bench, world->id);
    assert_int_equal(order->total_minor,
                     before - (reduced == NULL ? 0 : reduced->reduced_by_minor));
}

/* Packed one after the other, each is taken what is said; together that is the total. */
static void pack(struct world *world, int64_t no)
{
    static const struct parcel_line line = { 1, 1 };
    static const struct parcel parcel = {
        .parcel_no = 1, .weight_grams = 100, .lines = &line, .lines_count = 1
    };
    struct fulfillment_packed packed = { HEAD(world), .fulfillment_id = child(world, 'F', no),
                                         .location = "WH-1", .parcels = &parcel,
                                         .parcels_count = 1 };

    run(world, MESSAGE_FULFILLMENT_PACKED, &packed);
    const struct payment_capture *capture =
        order_bench_said(world->bench, MESSAGE_PAYMENT_CAPTURE, 0);
    if (capture != NULL) {
        world->paid_minor += capture->amount_minor;
        struct payment_captured captured = { HEAD(world),
                                             .payment_id = child(world, 'P', 1),
                                             .capture_id = capture->capture_id,
                                             .amount_minor = capture->amount_minor,
                                             .currency = "EUR",
                                             .captured_minor = world->paid_minor };

        run(world, MESSAGE_PAYMENT_CAPTURED, &captured);
    }
}

static void ask(struct world *world, uint32_t type, const void *request)
{
    order_bench_run(world->bench,
                    (struct order_step){
                        .message_type = type,
                        .message = request,
                        .id = text_format(world->bench->kept, "ask-%zu", world->bench->said_count),
                        .waited_for = true });
}

/* Number 0: there is none. */
static struct edit_row last_edit(const struct world *world)
{
    size_t count = 0;
    void **rows = memory_database_rows(world->bench->database, &order_edit_table, &count);

    return count == 0 ? (struct edit_row){ 0 } : *(const struct edit_row *)rows[count - 1];
}

/* The places leave out what they are asked to. */
static void leave_out(struct world *world)
{
    struct order_bench *bench = world->bench;
    size_t first = bench->batch_from, last = bench->said_count;

    for (size_t i = first; i < last; i++) {
        if (bench->said[i].type == MESSAGE_FULFILLMENT_REDUCE) {
            const struct fulfillment_reduce *told = bench->said[i].message;
            struct fulfillment_reduced fact = { HEAD(world),
                                                .fulfillment_id = told->fulfillment_id,
                                                .change_no = told->change_no,
                                                .has_change_no = true,
                                                .location = "WH-1",
                                                .lines = told->lines,
                                                .lines_count = told->lines_count };

            run(world, MESSAGE_FULFILLMENT_REDUCED, &fact);
        } else if (bench->said[i].type == MESSAGE_FULFILLMENT_CANCEL) {
            const struct fulfillment_cancel *told = bench->said[i].message;
            struct fulfillment_canceled fact = { HEAD(world),
                                                 .fulfillment_id = told->fulfillment_id,
                                                 .reason = CANCEL_REASON_OTHER };

            run(world, MESSAGE_FULFILLMENT_CANCELED, &fact);
        }
    }
}

/* What is shown is what is done, to the cent; what is not shown to be possible changes nothing.  Returns whether it was made. */
static bool edit_some(struct world *world)
{
    int64_t before_no = last_edit(world).edit_no;
    struct line_wanted wanted = { 1 + (int64_t)dice(&world->random, world->submit.lines_count),
                                  (int64_t)dice(&world->random, 4) };
    struct order_edit request = { .order_id = world->id,
                                  .body = { .lines = &wanted, .lines_count = 1 } };

    ask(world, MESSAGE_ORDER_EDIT, &request);
    const struct edit_row shown = last_edit(world);
    if (shown.edit_no == before_no) {
        return false; /* nothing, or more than there is */
    }
    struct order_edit_confirm confirm = { .edit_id = child(world, 'M', shown.edit_no) };
    ask(world, MESSAGE_ORDER_EDIT_CONFIRM, &confirm);
    leave_out(world);
    const struct edit_row edit = last_edit(world);
    const struct order_row *order = order_bench_order(world->bench, world->id);
    bool possible = edit.refusals == 0 && edit.late_pieces == NULL;
    assert_int_equal(edit.state == EDIT_CONFIRMED, possible);
    assert_int_equal(order->total_minor, possible ? edit.total_minor : edit.total_before_minor);
    return possible;
}

/* Pieces go before and after some of the parcels are packed and paid for. */
static void edited_world(uint64_t seed, int *edited)
{
    struct world world = { .bench = order_bench_new(), .random = seed * 0x9e3779b97f4a7c15 + 1 };

    make_order(&world);
    reserve(&world);
    for (int64_t no = 1; no <= order_bench_order(world.bench, world.id)->fulfillment_count; no++) {
        for (uint64_t edits = dice(&world.random, 3); edits > 0; edits--) {
            *edited += edit_some(&world) ? 1 : 0;
            check(&world);
        }
        int64_t order_no = world.order_no;
        if (order_bench_share(world.bench, order_no, no)->step == SHARE_TOLD ||
            order_bench_share(world.bench, order_no, no)->step == SHARE_OPEN) {
            pack(&world, no);
        }
    }
    assert_int_equal(world.paid_minor, order_bench_order(world.bench, world.id)->total_minor);
    order_bench_free(world.bench);
}

static void edits_do_what_they_show(void **state)
{
    int edited = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        edited_world(seed, &edited);
    }
    assert_true(edited > WORLDS / 2);
}

static void one_world(uint64_t seed)
{
    struct world world = { .bench = order_bench_new(), .random = seed * 0x9e3779b97f4a7c15 + 1 };

    make_order(&world);
    reserve(&world);
    check(&world);
    for (int i = 0; i < CUTS; i++) {
        short_some(&world);
        check(&world);
    }
    int64_t shares = order_bench_order(world.bench, world.id)->fulfillment_count;
    for (int64_t no = 1; no <= shares; no++) {
        pack(&world, no);
    }
    assert_int_equal(world.paid_minor, order_bench_order(world.bench, world.id)->total_minor);
    order_bench_free(world.bench);
}

static void parts_sum_up(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        one_world(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_up_the_whole),
        cmocka_unit_test(parts_sum_up),
        cmocka_unit_test(edits_do_what_they_show),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
