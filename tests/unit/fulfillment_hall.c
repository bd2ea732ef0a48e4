/* fulfillment_hall.c - messages as a place and the order service would write them. */
#include "tests/unit/fulfillment_hall.h"

#include "proto/inventory.h"
#include "services/fulfillment/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- What comes in -------------------------------------------------------------------------------- */

struct rules_step hall_place(struct rules_bench *bench, const char *code, bool automatic,
                             int64_t clock)
{
    const struct location_changed fact = {
        .code = code,
        .clock = clock,
        .location = { .name = code, .automatic = automatic, .has_automatic = true }
    };

    return (struct rules_step){ .message_type = MESSAGE_LOCATION_CHANGED,
                                .message = rules_keep(bench, &fact, sizeof fact),
                                .subject = { .id = code } };
}

struct rules_step hall_item(struct rules_bench *bench, const char *sku, int64_t weight_grams,
                            int64_t version)
{
    const struct item_state item_state = {
        .sku = sku,
        .version = version,
        .item = { .name = sku, .weight_grams = weight_grams, .has_weight_grams = weight_grams > 0 }
    };

    return (struct rules_step){ .message_type = MESSAGE_ITEM_STATE,
                                .message = rules_keep(bench, &item_state, sizeof item_state),
                                .subject = { .id = sku } };
}

/* Order 1, F1: two pieces of A and one of B at WH-1. */
struct fulfillment_fulfill hall_two_lines(struct rules_bench *bench)
{
    static const struct work_line lines[] = {
        { .line_no = 1, .sku = "A", .quantity = 2, .customization = "{\"engraving\":\"C\"}" },
        { .line_no = 2, .sku = "B", .quantity = 1 },
    };

    return (struct fulfillment_fulfill){
        .order_id = rules_order_id(bench, 1),
        .order_no = 1,
        .clock = 5,
        .valid_until = bench->now + 60000,
        .fulfillment_id = rules_child_id(bench, 1, "F1"),
        .location = "WH-1",
        .lines = lines,
        .lines_count = 2,
        .ship_to = { .name = "Ada \"A\" Lovelace",
                     .line1 = "Street 1",
                     .city = "Berlin",
                     .country = "DE" },
        .shipping_service = "standard",
    };
}

struct rules_step hall_fulfill_step(struct rules_bench *bench,
                                    const struct fulfillment_fulfill *command)
{
    return rules_message(bench, MESSAGE_FULFILLMENT_FULFILL, command, sizeof *command);
}

struct rules_step hall_fulfill(struct rules_bench *bench)
{
    const struct fulfillment_fulfill command = hall_two_lines(bench);

    return hall_fulfill_step(bench, &command);
}

struct rules_step hall_fulfill_later(struct rules_bench *bench)
{
    struct fulfillment_fulfill command = hall_two_lines(bench);

    command.has_ship_not_before = true;
    command.ship_not_before = bench->now + 86400000;
    return hall_fulfill_step(bench, &command);
}

struct rules_step hall_cancel(struct rules_bench *bench)
{
    const struct fulfillment_cancel command = { .order_id = rules_order_id(bench, 1),
                                                .order_no = 1,
                                                .clock = 9,
                                                .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                                .reason = CANCEL_REASON_SHOPPER_REQUEST };

    return rules_message(bench, MESSAGE_FULFILLMENT_CANCEL, &command, sizeof command);
}

struct rules_step hall_pick_of(struct rules_bench *bench, const struct parcel_line *lines,
                               size_t count)
{
    const struct fulfillment_pick request = { .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                              .body = { .lines = lines, .lines_count = count } };

    return rules_message(bench, MESSAGE_FULFILLMENT_PICK, &request, sizeof request);
}

struct rules_step hall_pick(struct rules_bench *bench)
{
    return hall_pick_of(bench, NULL, 0);
}

struct rules_step hall_pack_of(struct rules_bench *bench, const struct parcel *parcels,
                               size_t count)
{
    const struct fulfillment_pack request = {
        .fulfillment_id = rules_child_id(bench, 1, "F1"),
        .body = { rules_keep(bench, parcels, count * sizeof *parcels), count }
    };

    return rules_message(bench, MESSAGE_FULFILLMENT_PACK, &request, sizeof request);
}

const struct parcel_line hall_pieces[2] = { { 1, 2 }, { 2, 1 } };

struct rules_step hall_pack(struct rules_bench *bench)
{
    const struct parcel parcel = { .parcel_no = 1,
                                   .weight_grams = 900,
                                   .length_mm = 300,
                                   .has_length_mm = true,
                                   .lines = hall_pieces,
                                   .lines_count = 2 };

    return hall_pack_of(bench, &parcel, 1);
}

struct rules_step hall_short_of(struct rules_bench *bench, const struct parcel_line *lines,
                                size_t count)
{
    const struct fulfillment_short request = { .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                               .body = {
                                                   .lines = lines,
                                                   .lines_count = count,
                                                   .reason = FULFILLMENT_SHORT_BODY_REASON_DAMAGED,
                                                   .note = "wet",
                                               } };

    return rules_message(bench, MESSAGE_FULFILLMENT_SHORT, &request, sizeof request);
}

struct rules_step hall_short_one(struct rules_bench *bench)
{
    static const struct parcel_line one[] = { { 1, 1 } };

    return hall_short_of(bench, one, 1);
}

struct rules_step hall_suspend(struct rules_bench *bench)
{
    const struct fulfillment_suspend command = { .order_id = rules_order_id(bench, 1),
                                                 .order_no = 1,
                                                 .clock = 9,
                                                 .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                                 .reason = HOLD_REASON_FRAUD };

    return rules_message(bench, MESSAGE_FULFILLMENT_SUSPEND, &command, sizeof command);
}

struct rules_step hall_resume(struct rules_bench *bench)
{
    const struct fulfillment_resume command = { .order_id = rules_order_id(bench, 1),
                                                .order_no = 1,
                                                .clock = 9,
                                                .fulfillment_id = rules_child_id(bench, 1, "F1") };

    return rules_message(bench, MESSAGE_FULFILLMENT_RESUME, &command, sizeof command);
}

struct rules_step hall_hold(struct rules_bench *bench)
{
    const struct fulfillment_hold request = { .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                              .body = { .reason = HOLD_REASON_MANUAL,
                                                        .note = "the scale is broken" } };

    return rules_message(bench, MESSAGE_FULFILLMENT_HOLD, &request, sizeof request);
}

struct rules_step hall_release(struct rules_bench *bench)
{
    const struct fulfillment_hold_release request = { .fulfillment_id =
                                                          rules_child_id(bench, 1, "F1") };

    return rules_message(bench, MESSAGE_FULFILLMENT_HOLD_RELEASE, &request, sizeof request);
}

struct rules_step hall_give_up(struct rules_bench *bench)
{
    const struct fulfillment_cancel_now request = { .fulfillment_id =
                                                        rules_child_id(bench, 1, "F1"),
                                                    .body = { .reason = CANCEL_REASON_OTHER } };

    return rules_message(bench, MESSAGE_FULFILLMENT_CANCEL_NOW, &request, sizeof request);
}

struct rules_step hall_reduce_by(struct rules_bench *bench, int64_t change_no,
                                 const struct line_quantity *lines, size_t count)
{
    const struct fulfillment_reduce command = { .order_id = rules_order_id(bench, 1),
                                                .order_no = 1,
                                                .clock = 9,
                                                .valid_until = bench->now + 60000,
                                                .fulfillment_id = rules_child_id(bench, 1, "F1"),
                                                .change_no = change_no,
                                                .lines = lines,
                                                .lines_count = count };

    return rules_message(bench, MESSAGE_FULFILLMENT_REDUCE, &command, sizeof command);
}

struct rules_step hall_reduce(struct rules_bench *bench)
{
    static const struct line_quantity one[] = { { 1, "A", 1 } };

    return hall_reduce_by(bench, 1, one, 1);
}

struct rules_step hall_due(struct rules_bench *bench, const char *kind)
{
    return (struct rules_step){ .timer = kind,
                                .timer_step = 1,
                                .subject = { 1, rules_order_id(bench, 1) } };
}

struct rules_step hall_input_step(struct rules_bench *bench, enum work_input input)
{
    switch (input) {
    case WORK_IN_FULFILL:
        return hall_fulfill(bench);
    case WORK_IN_DUE:
        return hall_due(bench, TIMER_OPEN);
    case WORK_IN_PICK:
        return hall_pick(bench);
    case WORK_IN_PACK:
        return hall_pack(bench);
    case WORK_IN_CANCEL:
        return hall_cancel(bench);
    case WORK_IN_SHORT:
        return hall_short_one(bench);
    case WORK_IN_SUSPEND:
        return hall_suspend(bench);
    case WORK_IN_RESUME:
        return hall_resume(bench);
    case WORK_IN_HOLD:
        return hall_hold(bench);
    case WORK_IN_RELEASE:
        return hall_release(bench);
    case WORK_IN_GIVE_UP:
        return hall_give_up(bench);
    case WORK_IN_REDUCE:
        return hall_reduce(bench);
    case WORK_INPUT_COUNT:
        break;
    }
    fail();
    return (struct rules_step){ 0 };
}

/* --- Where it is ---------------------------------------------------------------------------------- */

const struct fulfillment_row *hall_stored(struct rules_bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &fulfillment_table, &count);

    assert_true(count <= 1);
    return count == 0 ? NULL : rows[0];
}

enum work_state hall_state_of(struct rules_bench *bench)
{
    const struct fulfillment_row *row = hall_stored(bench);

    return row == NULL ? WORK_NONE : (enum work_state)row->state;
}

void hall_bring_into(struct rules_bench *bench, enum work_state to)
{
    rules_run(bench, hall_place(bench, "WH-1", false, 1));
    if (to == WORK_TOMBSTONE) {
        rules_run(bench, hall_cancel(bench));
    } else if (to == WORK_SCHEDULED) {
        rules_run(bench, hall_fulfill_later(bench));
    } else if (to != WORK_NONE) {
        rules_run(bench, hall_fulfill(bench));
    }
    if (to == WORK_PICKED || to == WORK_PACKED) {
        rules_run(bench, hall_pick(bench));
    }
    if (to == WORK_PACKED) {
        rules_run(bench, hall_pack(bench));
    }
    if (to == WORK_CANCELED) {
        rules_run(bench, hall_cancel(bench));
    }
    assert_int_equal(hall_state_of(bench), to);
}
