/* fulfillment_hall.h - what a place and the order service say to fulfillment, and how far the work is.
 *
 * Order 1, F1: two pieces of A and one of B at WH-1, told in steps of a rules bench.
 */
#ifndef KERVAN_TESTS_FULFILLMENT_HALL_H
#define KERVAN_TESTS_FULFILLMENT_HALL_H

#include "tests/unit/rules_bench.h"

#include "proto/fulfillment.h"
#include "services/fulfillment/work.h"

#define ASSERT_SAID(bench, step, want)                                                             \
    assert_string_equal(rules_said(bench, rules_run(bench, step)), want)

#define OPENED         "fulfillment.opened"
#define PICKED         "fulfillment.picked"
#define PACKED         "fulfillment.packed"
#define CANCELED       "fulfillment.canceled"
#define REFUSED        "fulfillment.refused"
#define SHORTED        "fulfillment.shorted"
#define ON_HOLD        "fulfillment.on_hold"
#define RESUMED        "fulfillment.resumed"
#define REDUCED        "fulfillment.reduced"
#define REDUCE_REFUSED "fulfillment.reduce_refused"
#define UNKNOWN        "reply:404"
#define CONFLICT       "reply:409"
#define DONE           "reply:200"

#define PICKED_NOW            "fulfillment.picked reply:200"
#define PACKED_NOW            "fulfillment.packed reply:200"
#define PICKED_AND_PACKED_NOW "fulfillment.picked fulfillment.packed reply:200"
#define HELD_NOW              "fulfillment.on_hold reply:200"
#define SHORTED_NOW           "fulfillment.shorted reply:200"
#define CANCELED_NOW          "fulfillment.canceled reply:200"

/* All pieces of the order. */
extern const struct parcel_line hall_pieces[2];

struct rules_step hall_place(struct rules_bench *bench, const char *code, bool automatic,
                             int64_t clock);
struct rules_step hall_item(struct rules_bench *bench, const char *sku, int64_t weight_grams,
                            int64_t version);
struct fulfillment_fulfill hall_two_lines(struct rules_bench *bench);
struct rules_step hall_fulfill_step(struct rules_bench *bench,
                                    const struct fulfillment_fulfill *command);
struct rules_step hall_fulfill(struct rules_bench *bench);
struct rules_step hall_fulfill_later(struct rules_bench *bench);
struct rules_step hall_cancel(struct rules_bench *bench);
struct rules_step hall_pick_of(struct rules_bench *bench, const struct parcel_line *lines,
                               size_t count);
struct rules_step hall_pick(struct rules_bench *bench);
struct rules_step hall_pack_of(struct rules_bench *bench, const struct parcel *parcels,
                               size_t count);
struct rules_step hall_pack(struct rules_bench *bench);
struct rules_step hall_short_of(struct rules_bench *bench, const struct parcel_line *lines,
                                size_t count);
struct rules_step hall_short_one(struct rules_bench *bench);
struct rules_step hall_suspend(struct rules_bench *bench);
struct rules_step hall_resume(struct rules_bench *bench);
struct rules_step hall_hold(struct rules_bench *bench);
struct rules_step hall_release(struct rules_bench *bench);
struct rules_step hall_give_up(struct rules_bench *bench);
struct rules_step hall_reduce_by(struct rules_bench *bench, int64_t change_no,
                                 const struct line_quantity *lines, size_t count);
struct rules_step hall_reduce(struct rules_bench *bench);
struct rules_step hall_due(struct rules_bench *bench, const char *kind);
struct rules_step hall_input_step(struct rules_bench *bench, enum work_input input);
const struct fulfillment_row *hall_stored(struct rules_bench *bench);
enum work_state hall_state_of(struct rules_bench *bench);
void hall_bring_into(struct rules_bench *bench, enum work_state to);

#endif
