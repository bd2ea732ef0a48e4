/* inventory_purchase_test.c - pieces are bought: on whose terms, expected from when, received in parts, too few and too many.
 *
 * links: inventory
 */
#include "tests/unit/inventory_bench.h"

#include "common/text.h"
#include "services/inventory/purchase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_STOCK(bench, sku, want)   assert_string_equal(bench_stock(bench, sku), want)
#define ASSERT_FACTS(bench, step, want)  assert_string_equal(facts_of(bench, step), want)
#define ASSERT_ANSWER(bench, step, want) assert_string_equal(answer(bench, step), want)

static struct step request(struct bench *bench, uint32_t type, const void *message, size_t size)
{
    return (struct step){ .message_type = type,
                          .message = arena_copy(bench->kept, message, size),
                          .id = text_format(bench->kept, "request-%lld",
                                            (long long)++bench->request_no) };
}

static const char *facts_of(struct bench *bench, struct step step)
{
    return bench_facts(bench, bench_run(bench, step));
}

/* The answer to who waits: "200", "409", or "422 /lines/0/sku". */
static const char *answer(struct bench *bench, struct step step)
{
    static char text[100];
    const struct gateway_reply *reply = bench_run(bench, step)->replies->message;
    bool pointed = reply->problem != NULL && reply->problem->errors_count > 0;

    (void)snprintf(text, sizeof text, "%d%s%s", (int)reply->status, pointed ? " " : "",
                   pointed ? reply->problem->errors[0].pointer : "");
    return text;
}

static struct step supplier_step(struct bench *bench, struct supplier_body body)
{
    const struct supplier_put put = { .code = "ACME", .body = body };

    return request(bench, MESSAGE_SUPPLIER_PUT, &put, sizeof put);
}

static struct step terms_step(struct bench *bench, const char *sku, struct supplier_terms body)
{
    const struct supplier_item_put put = { .code = "ACME", .sku = sku, .body = body };

    return request(bench, MESSAGE_SUPPLIER_ITEM_PUT, &put, sizeof put);
}

static const struct supplier_body acme = {
    .name = "Acme", .currency = "EUR", .lead_time_days = 7, .location = "WH-1"
};
/* In packs of 6, no less than 12. */
static const struct supplier_terms packs = { .pack_size = 6,
                                             .has_pack_size = true,
                                             .minimum_quantity = 12,
                                             .has_minimum_quantity = true,
                                             .price_minor = 250 };
static const struct supplier_terms singly = { .price_minor = 100,
                                              .lead_time_days = 10,
                                              .has_lead_time_days = true };

static void sells(struct bench *bench)
{
    bench_stocked_item(bench, "A", 1);
    bench_stocked_item(bench, "B", 1);
    ASSERT_ANSWER(bench, supplier_step(bench, acme), "201");
    ASSERT_ANSWER(bench, terms_step(bench, "A", packs), "201");
    ASSERT_ANSWER(bench, terms_step(bench, "B", singly), "201");
}

/* "A" and how many, "B" and how many (0: not). */
static struct step draft(struct bench *bench, int64_t a, int64_t b)
{
    struct purchase_order_draft_line *lines = arena_alloc(bench->kept, 2 * sizeof *lines);
    struct purchase_order_draft order = { .supplier = "ACME", .lines = lines };

    if (a > 0) {
        lines[order.lines_count++] =
            (struct purchase_order_draft_line){ .sku = "A", .quantity = a };
    }
    if (b > 0) {
        lines[order.lines_count++] =
            (struct purchase_order_draft_line){ .sku = "B", .quantity = b };
    }
    return request(bench, MESSAGE_PURCHASE_ORDER_DRAFT, &order, sizeof order);
}

static struct step send_step(struct bench *bench, const char *id)
{
    const struct purchase_send message = { .purchase_order_id = id };

    return request(bench, MESSAGE_PURCHASE_SEND, &message, sizeof message);
}

static struct step receive_step(struct bench *bench, const char *id, const char *sku,
                                int64_t quantity, int64_t damaged)
{
    struct purchase_receive_body_line *line = arena_alloc(bench->kept, sizeof *line);
    const struct purchase_receive message = { .purchase_order_id = id,
                                              .body = { .lines = line, .lines_count = 1 } };

    *line = (struct purchase_receive_body_line){
        .sku = sku, .quantity = quantity, .damaged = damaged, .has_damaged = damaged > 0
    };
    return request(bench, MESSAGE_PURCHASE_RECEIVE, &message, sizeof message);
}

static struct step close_step(struct bench *bench, const char *id)
{
    const struct purchase_close message = { .purchase_order_id = id,
                                            .body = { .reason = UNDELIVERED_REASON_LATE } };

    return request(bench, MESSAGE_PURCHASE_CLOSE, &message, sizeof message);
}

static struct step cancel_step(struct bench *bench, const char *id)
{
    const struct purchase_cancel message = { .purchase_order_id = id };

    return request(bench, MESSAGE_PURCHASE_CANCEL, &message, sizeof message);
}

static struct step confirm_step(struct bench *bench, const char *id, const char *day)
{
    const struct purchase_confirm message = { .purchase_order_id = id,
                                              .body = { .expected_on = day } };

    return request(bench, MESSAGE_PURCHASE_CONFIRM, &message, sizeof message);
}

static struct step confirm_lines(struct bench *bench, const char *id,
                                 const struct purchase_confirm_body_line *lines, size_t count)
{
    const struct purchase_confirm message = {
        .purchase_order_id = id,
        .body = { .lines = arena_copy(bench->kept, lines, count * sizeof *lines),
                  .lines_count = count },
    };

    return request(bench, MESSAGE_PURCHASE_CONFIRM, &message, sizeof message);
}

static struct step decline_step(struct bench *bench, const char *id)
{
    const struct purchase_decline message = {
        .purchase_order_id = id, .body = { .reason = UNDELIVERED_REASON_DISCONTINUED }
    };

    return request(bench, MESSAGE_PURCHASE_DECLINE, &message, sizeof message);
}

/* Twelve of A and three of B, sent. */
static const char *sent(struct bench *bench)
{
    sells(bench);
    struct step step = draft(bench, 12, 3);
    ASSERT_FACTS(bench, step, "purchase draft A 12~0>0!0-0+0 B 3~0>0!0-0+0");
    /* The clock of the bench stands at 2027-01-15; the slower of both takes ten days. */
    ASSERT_FACTS(bench, send_step(bench, step.id),
                 "purchase sent 2027-01-25 A 12~12>0!0-0+0 B 3~3>0!0-0+0");
    (void)bench_settle(bench);
    return step.id;
}

static void suppliers_are_data(void **state)
{
    struct bench *bench = *state;
    struct supplier_body elsewhere = acme;

    ASSERT_ANSWER(bench, terms_step(bench, "A", packs), "404");
    elsewhere.location = "NOWHERE";
    ASSERT_ANSWER(bench, supplier_step(bench, elsewhere), "422 /location");
    sells(bench);
    ASSERT_ANSWER(bench, supplier_step(bench, acme), "200");
    ASSERT_ANSWER(bench, terms_step(bench, "A", packs), "200");
    ASSERT_ANSWER(bench, terms_step(bench, "UNKNOWN", packs), "404");
    struct step changed = terms_step(bench, "A", singly), late = terms_step(bench, "A", packs);
    changed.precondition = late.precondition = "1";
    ASSERT_ANSWER(bench, changed, "200");
    ASSERT_ANSWER(bench, late, "412");
}

static void only_what_is_sold_is_ordered(void **state)
{
    struct bench *bench = *state;
    struct supplier_body body = acme;

    ASSERT_ANSWER(bench, draft(bench, 12, 0), "422 /supplier");
    sells(bench);
    ASSERT_ANSWER(bench, draft(bench, 13, 0), "422 /lines/0/quantity"); /* no whole packs */
    ASSERT_ANSWER(bench, draft(bench, 6, 0), "422 /lines/0/quantity");  /* too few */
    struct supplier_terms gone = singly;
    gone.has_active = true;
    ASSERT_ANSWER(bench, terms_step(bench, "B", gone), "200");
    ASSERT_ANSWER(bench, draft(bench, 12, 3), "422 /lines/1/sku");
    struct step order = draft(bench, 12, 0);
    ASSERT_ANSWER(bench, order, "201");
    ASSERT_ANSWER(bench, order, "201"); /* the same again */
    body.location = NULL;
    ASSERT_ANSWER(bench, supplier_step(bench, body), "200");
    ASSERT_ANSWER(bench, draft(bench, 12, 0), "422 /location");
    body.has_active = true;
    ASSERT_ANSWER(bench, supplier_step(bench, body), "200");
    ASSERT_ANSWER(bench, draft(bench, 12, 0), "422 /supplier");
}

static void components_are_bought(void **state)
{
    struct bench *bench = *state;
    const struct bundle_component made_of = { .sku = "A", .quantity = 2 };
    const struct item_body set = { .name = "Set", .components = &made_of, .components_count = 1 };

    sells(bench);
    bench_item(bench, "SET", set);
    ASSERT_ANSWER(bench, terms_step(bench, "SET", singly), "422 ");
    bench_item(bench, "LATER", (struct item_body){ .name = "Later" });
    ASSERT_ANSWER(bench, terms_step(bench, "LATER", singly), "201");
    const struct purchase_order_draft_line line = { .sku = "LATER", .quantity = 1 };
    const struct purchase_order_draft order = {
        .supplier = "ACME", .lines = arena_copy(bench->kept, &line, sizeof line), .lines_count = 1
    };
    struct step step = request(bench, MESSAGE_PURCHASE_ORDER_DRAFT, &order, sizeof order);
    ASSERT_ANSWER(bench, step, "201");
    bench_item(bench, "LATER", set);
    ASSERT_ANSWER(bench, send_step(bench, step.id), "422 ");
    bench_check(bench);
}

static void goods_come_in_parts(void **state)
{
    struct bench *bench = *state;
    const char *id = sent(bench);

    ASSERT_STOCK(bench, "A", "WH-1 1-0+0 incoming 12");
    bench_check(bench);
    ASSERT_FACTS(bench, confirm_step(bench, id, "2027-01-20"),
                 "purchase confirmed 2027-01-20 A 12~12>0!0-0+0 B 3~3>0!0-0+0");
    ASSERT_ANSWER(bench, confirm_step(bench, id, "2027-02-30"), "422 /expected_on");
    struct step first = receive_step(bench, id, "A", 5, 1);
    ASSERT_FACTS(bench, first, "purchase partly 2027-01-20 A 12~7>5!1-0+0 B 3~3>0!0-0+0");
    ASSERT_ANSWER(bench, first, "201"); /* nothing twice */
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 6-0+0 damaged 1 incoming 7");
    ASSERT_ANSWER(bench, cancel_step(bench, id), "409");
    bench_run(bench, receive_step(bench, id, "B", 3, 0));
    ASSERT_FACTS(bench, receive_step(bench, id, "A", 7, 0),
                 "purchase received 2027-01-20 A 12~0>12!1-0+0 B 3~0>3!0-0+0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 13-0+0 damaged 1");
    ASSERT_ANSWER(bench, close_step(bench, id), "409");
    bench_check(bench);
}

static void more_may_come_than_was_ordered(void **state)
{
    struct bench *bench = *state;
    const char *id = sent(bench);

    ASSERT_FACTS(bench, receive_step(bench, id, "A", 14, 0),
                 "purchase partly 2027-01-25 A 12~0>14!0-0+2 B 3~3>0!0-0+0");
    ASSERT_FACTS(bench, close_step(bench, id),
                 "purchase closed 2027-01-25 A 12~0>14!0-0+2 B 3~0>0!0-3+0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 15-0+0");
    ASSERT_STOCK(bench, "B", "WH-1 1-0+0");
    /* What nobody expected any more comes after all, and more. */
    ASSERT_FACTS(bench, receive_step(bench, id, "B", 4, 0),
                 "purchase closed 2027-01-25 A 12~0>14!0-0+2 B 3~0>4!0-0+1");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "B", "WH-1 5-0+0");
    ASSERT_ANSWER(bench, receive_step(bench, id, "UNKNOWN", 1, 0), "422 /lines/0/sku");
    ASSERT_ANSWER(bench, receive_step(bench, id, "B", 1, 2), "422 /lines/0/damaged");
    bench_check(bench);
}

static void nothing_is_expected_of_what_is_canceled(void **state)
{
    struct bench *bench = *state;
    const char *id = sent(bench);

    ASSERT_FACTS(bench, cancel_step(bench, id),
                 "purchase canceled 2027-01-25 A 12~0>0!0-12+0 B 3~0>0!0-3+0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0");
    struct step other = draft(bench, 12, 0);
    bench_run(bench, other);
    ASSERT_ANSWER(bench, receive_step(bench, other.id, "A", 1, 0), "409"); /* it was not sent */
    ASSERT_FACTS(bench, cancel_step(bench, other.id), "purchase canceled A 12~0>0!0-12+0");
    ASSERT_FACTS(bench, receive_step(bench, other.id, "A", 13, 0),
                 "purchase canceled A 12~0>13!0-0+1");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 14-0+0");
    ASSERT_ANSWER(bench, send_step(bench, "unknown"), "404");
    bench_check(bench);
}

static struct step wait_for(struct bench *bench, int64_t order_no, const char *lines)
{
    struct step step = bench_reserve(bench, order_no, lines);
    struct inventory_reserve *message = arena_copy(bench->kept, step.message, sizeof *message);

    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    return step;
}

static void who_waits_goes_on_the_oldest_first(void **state)
{
    struct bench *bench = *state;
    const struct item_body waited_for = { .name = "A",
                                          .backorder_allowed = true,
                                          .has_backorder_allowed = true };
    const char *id = sent(bench);

    bench_item(bench, "A", waited_for);
    bench_run(bench, wait_for(bench, 1, "A:4"));
    bench->now += 1000;
    bench_run(bench, wait_for(bench, 2, "A:6"));
    (void)bench_settle(bench);
    bench_run(bench, receive_step(bench, id, "A", 4, 0));
    assert_string_equal(bench_settle(bench),
                        "1 allocated 1A:3@WH-1; 2 allocated 1A:1@WH-1 1A:5...");
    bench_run(bench, receive_step(bench, id, "A", 8, 0));
    assert_string_equal(bench_settle(bench), "2 allocated 1A:5@WH-1");
    ASSERT_STOCK(bench, "A", "WH-1 13-10+0");
    bench_check(bench);
}

static int64_t expected_day(struct bench *bench, struct step step)
{
    const struct decision *decision = bench_run(bench, step);
    const struct inventory_backordered *fact = decision->emissions->message;

    assert_int_equal(decision->emissions->message_type, MESSAGE_INVENTORY_BACKORDERED);
    return fact->has_expected_at ? fact->expected_at / INT64_C(86400000) : 0;
}

/* What is bought serves who waits in their order: who comes when all of it is spoken for is told no day. */
static void who_waits_is_told_when(void **state)
{
    enum { JANUARY_25 = 20843 };
    struct bench *bench = *state;
    const struct item_body waited_for = { .name = "A",
                                          .backorder_allowed = true,
                                          .has_backorder_allowed = true };
    const char *id = sent(bench); /* twelve */

    bench_item(bench, "A", waited_for);
    assert_int_equal(expected_day(bench, wait_for(bench, 1, "A:5")), JANUARY_25); /* one is there */
    bench_run(bench, confirm_step(bench, id, "2027-01-27"));
    (void)bench_settle(bench);
    struct step step = wait_for(bench, 2, "A:8");
    assert_int_equal(expected_day(bench, step), JANUARY_25 + 2);
    assert_int_equal(expected_day(bench, wait_for(bench, 3, "A:1")), 0);
    assert_int_equal(expected_day(bench, step), JANUARY_25 + 2); /* told again as it was */
    bench_check(bench);
}

/* By line: how much it still delivers, and when.  What it will not deliver is undelivered, until it says otherwise. */
static void a_supplier_says_more_of_single_items(void **state)
{
    struct bench *bench = *state;
    const char *id = sent(bench);
    const struct purchase_confirm_body_line fewer[] = {
        { .sku = "A", .quantity = 6, .has_quantity = true, .expected_on = "2027-02-01" },
        { .sku = "B", .quantity = 0, .has_quantity = true },
    };
    const struct purchase_confirm_body_line all[] = {
        { .sku = "A", .quantity = 12, .has_quantity = true },
        { .sku = "B", .expected_on = "2027-02-03" },
    };
    struct step step = confirm_lines(bench, id, fewer, 2);

    ASSERT_FACTS(bench, step,
                 "purchase confirmed 2027-01-25 A 12~6>0!0-6+0 2027-02-01 B 3~0>0!0-3+0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0 incoming 6");
    ASSERT_STOCK(bench, "B", "WH-1 1-0+0");
    ASSERT_ANSWER(bench, step, "200"); /* nothing twice */
    ASSERT_FACTS(
        bench, confirm_lines(bench, id, all, 2),
        "purchase confirmed 2027-01-25 A 12~12>0!0-0+0 2027-02-01 B 3~0>0!0-3+0 2027-02-03");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0 incoming 12");
    /* A day of the whole order is one of all its lines. */
    ASSERT_FACTS(bench, confirm_step(bench, id, "2027-01-28"),
                 "purchase confirmed 2027-01-28 A 12~12>0!0-0+0 B 3~0>0!0-3+0");
    bench_check(bench);
}

static void what_cannot_be_said_of_an_item(void **state)
{
    static const struct {
        struct purchase_confirm_body_line lines[2];
        const char *want;
    } cases[] = {
        { { { .sku = "A" }, { .sku = "C" } }, "422 /lines/1/sku" },
        { { { .sku = "A" }, { .sku = "A" } }, "422 /lines/1/sku" },
        { { { .sku = "A", .quantity = 13, .has_quantity = true }, { .sku = "B" } },
          "422 /lines/0/quantity" },
        { { { .sku = "A" }, { .sku = "B", .expected_on = "2027-02-30" } },
          "422 /lines/1/expected_on" },
        { { { .sku = "A", .has_quantity = true }, { .sku = "B", .has_quantity = true } },
          "422 /lines" },
    };
    struct bench *bench = *state;
    const char *id = sent(bench);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ASSERT_ANSWER(bench, confirm_lines(bench, id, cases[i].lines, 2), cases[i].want);
    }
    bench_check(bench);
}

static void a_supplier_declines(void **state)
{
    struct bench *bench = *state;
    const char *id = sent(bench);

    ASSERT_FACTS(bench, decline_step(bench, id),
                 "purchase canceled 2027-01-25 A 12~0>0!0-12+0 B 3~0>0!0-3+0");
    (void)bench_settle(bench);
    ASSERT_STOCK(bench, "A", "WH-1 1-0+0");
    ASSERT_ANSWER(bench, decline_step(bench, id), "409");
    ASSERT_ANSWER(bench, confirm_step(bench, id, "2027-01-28"), "409");
    bench_check(bench);
}

/* What is bought changes: who waits hears of it, each in its turn, and only where the day is another one. */
static void who_waits_hears_of_another_day(void **state)
{
    struct bench *bench = *state;
    const struct item_body waited_for = { .name = "A",
                                          .backorder_allowed = true,
                                          .has_backorder_allowed = true };
    const char *id = sent(bench); /* twelve */
    struct step more = draft(bench, 12, 0);

    bench_item(bench, "A", waited_for);
    bench_run(bench, wait_for(bench, 1, "A:5"));
    bench->now += 1000;
    bench_run(bench, wait_for(bench, 2, "A:9"));
    bench_run(bench, more);
    bench_run(bench, send_step(bench, more.id)); /* in seven days, before the others */
    assert_string_equal(bench_settle(bench),
                        "1 expected 2027-01-22 1A:4...; 2 expected 2027-01-25 1A:9...");
    bench_run(bench, confirm_step(bench, id, "2027-02-01"));
    assert_string_equal(bench_settle(bench), "2 expected 2027-02-01 1A:9...");
    bench_run(bench, decline_step(bench, more.id));
    assert_string_equal(bench_settle(bench),
                        "1 expected 2027-02-01 1A:4...; 2 expected never 1A:9...");
    /* Those who are given what came are not told that they are waited for longer. */
    bench_run(bench, receive_step(bench, id, "A", 12, 0));
    assert_string_equal(bench_settle(bench),
                        "1 allocated 1A:4@WH-1; 2 allocated 1A:8@WH-1 1A:1...");
    bench_check(bench);
}

/* Where goods are expected, and only there, they are received; what is over is over. */
static void the_table_of_states(void **state)
{
    (void)state;
    for (int row = PURCHASE_ORDER_STATE_DRAFT; row <= PURCHASE_ORDER_STATE_CANCELED; row++) {
        struct purchase_rule rule =
            purchase_rule((enum purchase_order_state)row, PURCHASE_IN_RECEIVE);

        assert_int_equal(rule.action,
                         row == PURCHASE_ORDER_STATE_DRAFT ? PURCHASE_REFUSES : PURCHASE_RECEIVES);
        rule = purchase_rule((enum purchase_order_state)row, PURCHASE_IN_SEND);
        assert_int_equal(rule.action, row == PURCHASE_ORDER_STATE_DRAFT     ? PURCHASE_SENDS
                                      : row < PURCHASE_ORDER_STATE_RECEIVED ? PURCHASE_SENDS_AGAIN
                                                                            : PURCHASE_REFUSES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(suppliers_are_data, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(only_what_is_sold_is_ordered, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(components_are_bought, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(goods_come_in_parts, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(more_may_come_than_was_ordered, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_expected_of_what_is_canceled, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(who_waits_goes_on_the_oldest_first, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(who_waits_hears_of_another_day, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_supplier_declines, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_said_of_an_item, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(a_supplier_says_more_of_single_items, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(who_waits_is_told_when, bench_set_up, bench_tear_down),
        cmocka_unit_test(the_table_of_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
