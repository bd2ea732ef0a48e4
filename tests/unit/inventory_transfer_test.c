/* inventory_transfer_test.c - pieces go from place to place: held, on their way, received, lost in between.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "services/inventory/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_STOCK(bench, sku, want)  assert_string_equal(bench_stock(bench, sku), want)
#define ASSERT_FACTS(bench, step, want) assert_string_equal(facts_of(bench, step), want)

static const char *facts_of(struct bench *bench, struct step step)
{
    return bench_facts(bench, bench_run(bench, step));
}

/* The answer to who waits: "200", "409", or "422 /to". */
static const char *answer(struct bench *bench, struct step step)
{
    static char text[100];
    const struct gateway_reply *reply = bench_run(bench, step)->replies->message;
    bool pointed = reply->problem != NULL && reply->problem->errors_count > 0;

    (void)snprintf(text, sizeof text, "%d%s%s", (int)reply->status, pointed ? " " : "",
                   pointed ? reply->problem->errors[0].pointer : "");
    return text;
}

/* Ten of A and four of B at WH-1, another place, and a transfer of five and two. */
static const char *requested(struct bench *bench)
{
    bench_stocked_item(bench, "A", 10);
    bench_stocked_item(bench, "B", 4);
    bench_location(bench, "WH-2", 5, true);
    struct step step = bench_transfer(bench, "WH-1>WH-2", "A:5 B:2");
    ASSERT_FACTS(bench, step, "transfer requested A 5:5>0~0>0!0-0 B 2:2>0~0>0!0-0");
    return step.id;
}

static void goes_from_place_to_place(void **state)
{
    struct bench *bench = *state;
    const char *id = requested(bench);

    ASSERT_STOCK(bench, "A", "WH-1 10-5+0");
    ASSERT_FACTS(bench, bench_reserve(bench, 1, "A:6"), "short 1A:5<6"); /* it is held */
    ASSERT_FACTS(bench, bench_ship(bench, id, NULL),
                 "transfer in_transit A 5:0>5~5>0!0-0 B 2:0>2~2>0!0-0");
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 0-0+0 incoming 5");
    ASSERT_STOCK(bench, "B", "WH-1 2-0+0, WH-2 0-0+0 incoming 2");
    bench_check(bench);
    ASSERT_FACTS(bench, bench_receive(bench, id, "A:3", 1),
                 "transfer partly A 5:0>5~2>3!1-0 B 2:0>2~2>0!0-0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 3-0+0 damaged 1 incoming 2");
    ASSERT_FACTS(bench, bench_receive(bench, id, "A:2 B:2", 0),
                 "transfer received A 5:0>5~0>5!1-0 B 2:0>2~0>2!0-0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 5-0+0 damaged 1");
    ASSERT_FACTS(bench, bench_close(bench, id), "transfer closed A 5:0>5~0>5!1-0 B 2:0>2~0>2!0-0");
    bench_check(bench);
}

static void what_does_not_arrive_is_lost(void **state)
{
    struct bench *bench = *state;
    const char *id = requested(bench);

    bench_run(bench, bench_ship(bench, id, NULL));
    bench_run(bench, bench_receive(bench, id, "A:3", 0));
    ASSERT_FACTS(bench, bench_close(bench, id), "transfer closed A 5:0>5~0>3!0-2 B 2:0>2~0>0!0-2");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 3-0+0");
    ASSERT_STOCK(bench, "B", "WH-1 2-0+0, WH-2 0-0+0");
    bench_check(bench);
    /* It turns up after all, and one that nobody sent with it. */
    ASSERT_FACTS(bench, bench_receive(bench, id, "A:3", 0),
                 "transfer closed A 5:0>5~0>6!0-0 B 2:0>2~0>0!0-2");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 6-0+0");
    bench_check(bench);
}

static void more_may_arrive_than_was_sent(void **state)
{
    struct bench *bench = *state;
    const char *id = requested(bench);

    bench_run(bench, bench_ship(bench, id, NULL));
    ASSERT_FACTS(bench, bench_receive(bench, id, "A:7 B:2", 2),
                 "transfer received A 5:0>5~0>7!2-0 B 2:0>2~0>2!2-0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 5-0+0, WH-2 7-0+0 damaged 2");
    bench_check(bench);
}

/* What left is what somebody says, not what was held: the rest of what was held is free again. */
static void other_pieces_may_leave_than_were_held(void **state)
{
    struct bench *bench = *state;
    const char *id = requested(bench);

    ASSERT_FACTS(bench, bench_ship(bench, id, "A:3"),
                 "transfer in_transit A 5:0>3~3>0!0-0 B 2:0>0~0>0!0-0");
    ASSERT_STOCK(bench, "A", "WH-1 7-0+0");
    ASSERT_STOCK(bench, "B", "WH-1 4-0+0");
    (void)bench_settle(bench);
    bench_check(bench);
    struct step more = bench_transfer(bench, "WH-1>WH-2", "A:2 B:1");
    bench_run(bench, more);
    ASSERT_FACTS(bench, bench_ship(bench, more.id, "A:9"), /* two more than the books know of */
                 "transfer in_transit A 2:0>9~9>0!0-0 B 1:0>0~0>0!0-0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 0-0+0, WH-2 0-0+0 incoming 12");
    bench_check(bench);
}

static void a_canceled_one_gives_back(void **state)
{
    struct bench *bench = *state;
    const char *id = requested(bench);

    ASSERT_FACTS(bench, bench_cancel_transfer(bench, id),
                 "transfer canceled A 5:0>0~0>0!0-0 B 2:0>0~0>0!0-0");
    ASSERT_STOCK(bench, "A", "WH-1 10-0+0");
    bench_check(bench);
    assert_string_equal(answer(bench, bench_ship(bench, id, NULL)), "409");
}

static void takes_nothing_that_is_not_free(void **state)
{
    struct bench *bench = *state;

    requested(bench);
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-2", "A:6")),
                        "422 /lines/0/quantity");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-2", "A:5 B:3")),
                        "422 /lines/1/quantity");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-2>WH-1", "A:1")),
                        "422 /lines/0/quantity");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-2", "A:1 A:1")),
                        "422 /lines/1/sku");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-2", "C:1")),
                        "422 /lines/0/sku");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-9>WH-2", "A:1")), "422 /from");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-9", "A:1")), "422 /to");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-1", "A:1")), "422 /to");
    ASSERT_STOCK(bench, "A", "WH-1 10-5+0");
    bench_check(bench);
}

static void leaves_what_orders_wait_for(void **state)
{
    struct bench *bench = *state;
    struct step waits = bench_reserve(bench, 1, "A:3");
    struct inventory_reserve message = *(const struct inventory_reserve *)waits.message;

    bench_stocked_item(bench, "A", 0);
    bench_item(bench, "A",
               (struct item_body){
                   .name = "A", .backorder_allowed = true, .has_backorder_allowed = true });
    bench_location(bench, "WH-2", 5, true);
    message.backorder_allowed = message.has_backorder_allowed = true;
    waits.message = &message;
    bench_run(bench, waits);
    bench_count(bench, "A", "WH-1", 5); /* three of them are about to be given to the order */
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-2", "A:3")),
                        "422 /lines/0/quantity");
    assert_string_equal(answer(bench, bench_transfer(bench, "WH-1>WH-2", "A:2")), "201");
    assert_string_equal(bench_settle(bench), "1 allocated 1A:3@WH-1");
    bench_check(bench);
}

/* A count finds less than is held: what is only to be moved is given up before what an order holds. */
static void gives_up_before_orders_do(void **state)
{
    struct bench *bench = *state;
    const char *id = requested(bench);

    bench_run(bench, bench_reserve(bench, 1, "A:5"));
    bench_count(bench, "A", "WH-1", 7);
    ASSERT_STOCK(bench, "A", "WH-1 7-10+3");
    assert_string_equal(bench_settle(bench), "");
    ASSERT_STOCK(bench, "A", "WH-1 7-7+0");
    bench_check(bench);
    bench_count(bench, "A", "WH-1", 4);
    assert_string_equal(bench_settle(bench), "1 taken_back 1A:1@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 4-4+0");
    bench_check(bench);
    ASSERT_FACTS(bench, bench_ship(bench, id, NULL),
                 "transfer in_transit A 5:0>0~0>0!0-0 B 2:0>2~2>0!0-0");
    bench_check(bench);
}

static void refuses_what_it_does_not_hold(void **state)
{
    struct bench *bench = *state;
    const char *id = requested(bench);

    assert_string_equal(answer(bench, bench_ship(bench, "nothing", NULL)), "404");
    assert_string_equal(answer(bench, bench_ship(bench, id, "C:1")), "422 /lines/0/sku");
    assert_string_equal(answer(bench, bench_ship(bench, id, "A:1 A:1")), "422 /lines/1/sku");
    assert_string_equal(answer(bench, bench_receive(bench, id, "A:1", 0)), "409");
    assert_string_equal(answer(bench, bench_close(bench, id)), "409");
    bench_run(bench, bench_ship(bench, id, NULL));
    assert_string_equal(answer(bench, bench_receive(bench, id, "C:1", 0)), "422 /lines/0/sku");
    assert_string_equal(answer(bench, bench_receive(bench, id, "A:1 A:1", 0)), "422 /lines/1/sku");
    assert_string_equal(answer(bench, bench_receive(bench, id, "A:1", 2)), "422 /lines/0/damaged");
    assert_string_equal(answer(bench, bench_cancel_transfer(bench, id)), "409");
    assert_string_equal(answer(bench, bench_ship(bench, id, NULL)), "409");
}

static void does_each_request_once(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 10);
    bench_location(bench, "WH-2", 5, true);
    struct step request = bench_transfer(bench, "WH-1>WH-2", "A:5");
    assert_string_equal(answer(bench, request), "201");
    assert_string_equal(answer(bench, request), "201");
    struct step ship = bench_ship(bench, request.id, "A:4");
    ship.id = "ship";
    struct step receive = bench_receive(bench, request.id, "A:2", 0);
    receive.id = "receive";
    assert_string_equal(answer(bench, ship), "200");
    assert_string_equal(answer(bench, ship), "200");
    assert_string_equal(answer(bench, receive), "200");
    assert_string_equal(answer(bench, receive), "200");
    request.digest = receive.digest = "another body";
    assert_string_equal(answer(bench, request), "422 ");
    assert_string_equal(answer(bench, receive), "422 ");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 6-0+0, WH-2 2-0+0 incoming 2");
    bench_check(bench);
}

/* Each state and each request: the table is what people read, and this is what they should read. */
static void every_cell_says_what_it_does(void **state)
{
    static const char *const want[] = {
        /* request ship receive close cancel give_up */
        "H1 U0 U0 U0 U0 .0", "R1 S2 R1 R1 C6 G1", "R2 R2 A4 L5 R2 .2", "R3 R3 A4 L5 R3 .3",
        "R4 R4 A4 L5 R4 .4", "R5 R5 A5 R5 R5 .5", "R6 R6 R6 R6 R6 .6",
    };
    static const char letters[] = ".HSALCGUR";

    (void)state;
    for (int row = TRANSFER_NONE; row <= TRANSFER_STATE_CANCELED; row++) {
        char text[40] = "";

        for (int input = 0; input < TRANSFER_INPUT_COUNT; input++) {
            struct transfer_rule rule =
                transfer_rule((enum transfer_state)row, (enum transfer_input)input);

            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%c%d",
                           input == 0 ? "" : " ", letters[rule.action], (int)rule.next);
        }
        assert_string_equal(text, want[row]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(goes_from_place_to_place),      TEST(what_does_not_arrive_is_lost),
        TEST(more_may_arrive_than_was_sent), TEST(other_pieces_may_leave_than_were_held),
        TEST(a_canceled_one_gives_back),     TEST(takes_nothing_that_is_not_free),
        TEST(leaves_what_orders_wait_for),   TEST(gives_up_before_orders_do),
        TEST(refuses_what_it_does_not_hold), TEST(does_each_request_once),
        TEST(every_cell_says_what_it_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
