/* links: order */
/* order_addition_test.c - lines are added to an order that is being made ready, with stock and money of their own; or nothing is. */
#include "tests/unit/order_story.h"

#include "common/memory_database.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "services/order/addition.h"
#include "services/order/detour.h"
#include "services/order/edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TOTAL_MINOR = 4988, ADDED_MINOR = 2 * 300 - 1 };

static const struct edit_row *edit_of(const struct order_bench *bench, int64_t edit_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_edit_table, &count);

    assert_in_range(edit_no, 1, count);
    return rows[edit_no - 1];
}

static const struct past_payment_row *added_payment(const struct order_bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_past_payment_table, &count);

    assert_in_range(count, 1, 2);
    return rows[0];
}

static void check_reply(const struct order_bench *bench, int64_t status, const char *detail)
{
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);

    assert_int_equal(reply->status, status);
    if (detail != NULL && strstr(reply->problem->detail, detail) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", reply->problem->detail, detail);
    }
}

/* Two of C, as line 3. */
static void propose(struct order_bench *bench, const char *id)
{
    static const struct line_added line = {
        .sku = "C", .quantity = 2, .unit_price_minor = 300, .discount_minor = 1
    };
    struct order_edit request = { .order_id = id, .body = { .add = &line, .add_count = 1 } };

    order_bench_run(bench,
                    (struct order_step){ .message_type = MESSAGE_ORDER_EDIT,
                                         .message = &request,
                                         .id = text_format(bench->kept, "e%zu", bench->said_count),
                                         .waited_for = true });
    check_reply(bench, 201, NULL);
}

/* What was asked for is held, one piece at each of two places. */
static void reserved(struct order_bench *bench, const char *id)
{
    static const struct allocation held[] = {
        { .line_no = 3, .sku = "C", .location = "WH-1", .quantity = 1 },
        { .line_no = 3, .sku = "C", .location = "WH-2", .quantity = 1 },
    };
    const struct order_row *order = order_bench_order(bench, id);
    struct inventory_reserved fact = { .order_id = id,
                                       .order_no = order->order_no,
                                       .clock = order->clock + 1,
                                       .reservation_id = order_bench_child(bench, id, "H2"),
                                       .allocations = held,
                                       .allocations_count = 2 };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_INVENTORY_RESERVED,
                                                .message = &fact,
                                                .id = "fact" });
}

static void authorized(struct order_bench *bench, const char *id)
{
    const struct order_row *order = order_bench_order(bench, id);
    struct payment_authorized fact = { .order_id = id,
                                       .order_no = order->order_no,
                                       .clock = order->clock + 1,
                                       .payment_id = order_bench_child(bench, id, "P2"),
                                       .amount_minor = ADDED_MINOR,
                                       .currency = "EUR",
                                       .provider = "demo" };

    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_PAYMENT_AUTHORIZED,
                                                .message = &fact,
                                                .id = "fact" });
}

static void of_payment(struct order_bench *bench, const char *id, uint32_t type)
{
    const struct order_row *order = order_bench_order(bench, id);
    struct payment_voided voided = { .order_id = id,
                                     .order_no = order->order_no,
                                     .clock = order->clock + 1,
                                     .payment_id = order_bench_child(bench, id, "P2") };
    struct payment_lapsed lapsed = { .order_id = id,
                                     .order_no = order->order_no,
                                     .clock = order->clock + 1,
                                     .payment_id = voided.payment_id,
                                     .amount_minor = ADDED_MINOR,
                                     .currency = "EUR" };
    struct payment_requires_action action = { .order_id = id,
                                              .order_no = order->order_no,
                                              .clock = order->clock + 1,
                                              .payment_id = voided.payment_id,
                                              .amount_minor = ADDED_MINOR,
                                              .currency = "EUR",
                                              .action = PAYMENT_REQUIRES_ACTION_ACTION_REDIRECT };
    const void *message = type == MESSAGE_PAYMENT_VOIDED   ? (const void *)&voided
                          : type == MESSAGE_PAYMENT_LAPSED ? (const void *)&lapsed
                                                           : (const void *)&action;

    order_bench_run(bench,
                    (struct order_step){ .message_type = type, .message = message, .id = "fact" });
}

static void check_said(struct order_bench *bench, const char *said)
{
    assert_string_equal(order_story_said(bench), said);
}

/* Confirmed, in one share, and so far that the money is asked for. */
static const char *add_until_money(struct order_bench *bench)
{
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    propose(bench, id);
    assert_int_equal(edit_of(bench, 1)->authorize_minor, ADDED_MINOR);
    assert_int_equal(edit_of(bench, 1)->total_minor, TOTAL_MINOR + ADDED_MINOR);
    TELL(bench, id, { "confirm:1 k1", "inventory.reserve", NULL });
    const struct inventory_reserve *reserve =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    assert_string_equal(reserve->reservation_id, order_bench_child(bench, id, "H2"));
    assert_int_equal(reserve->lines_count, 1);
    assert_int_equal(reserve->lines[0].line_no, 3);
    assert_false(reserve->backorder_allowed || reserve->partial_allowed);
    reserved(bench, id);
    check_said(bench, "payment.authorize");
    const struct payment_authorize *authorize =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_string_equal(authorize->payment_id, order_bench_child(bench, id, "P2"));
    assert_int_equal(authorize->amount_minor, ADDED_MINOR);
    return id;
}

static const char *add(struct order_bench *bench)
{
    const char *id = add_until_money(bench);

    authorized(bench, id);
    check_said(bench, "order.edited fulfillment.fulfill fulfillment.fulfill gateway.reply");
    check_reply(bench, 200, NULL);
    return id;
}

/* The order is as it was. */
static void check_as_it_was(struct order_bench *bench, const char *id, enum edit_reason reason)
{
    const struct order_row *order = order_bench_order(bench, id);

    assert_int_equal(order->step, STEP_FULFILLING);
    assert_int_equal(order->total_minor, TOTAL_MINOR);
    assert_int_equal(order->fulfillment_count, 1);
    assert_int_equal(order_bench_rows(bench, &order_line_table, order->order_no), 2);
    assert_int_equal(edit_of(bench, 1)->state, EDIT_DECLINED);
    assert_int_equal(edit_of(bench, 1)->reason, reason);
}

static const struct payment_capture *capture_of(struct order_bench *bench, const char *id,
                                                const char *payment, int64_t amount_minor)
{
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);

    assert_string_equal(capture->payment_id, order_bench_child(bench, id, payment));
    assert_int_equal(capture->amount_minor, amount_minor);
    return capture;
}

/* Each payment brings what it is for, to the cent, and lets go of the rest with its own last capture. */
static void each_payment_for_its_own(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add(bench);
    const struct order_edited *edited = order_bench_must_say(bench, MESSAGE_ORDER_EDITED);

    assert_int_equal(edited->added_count, 1);
    assert_int_equal(edited->added[0].line_no, 3);
    assert_int_equal(edited->total_minor, TOTAL_MINOR + ADDED_MINOR);
    TELL(bench, id, { "packed:2", "payment.capture", NULL });
    assert_false(capture_of(bench, id, "P2", 300)->final);
    TELL(bench, id, { "packed:1", "payment.capture", NULL });
    assert_true(capture_of(bench, id, "P1", TOTAL_MINOR)->final);
    TELL(bench, id, { "captured:2", "shipment.ship", NULL });
    TELL(bench, id, { "packed:3", "payment.capture", NULL });
    assert_true(capture_of(bench, id, "P2", 299)->final);
    TELL(bench, id, { "captured:1", "shipment.ship", NULL });
    assert_int_equal(order_bench_order(bench, id)->payment_state, PAYMENT_STATE_CAPTURED);
}

/* What is added is taxed as the order was, by the rates of the day on which it was placed. */
static void taxed_as_the_order(void **state)
{
    struct order_bench *bench = *state;
    static const struct tax_policy policy = { .seller_country = "DE" };
    static const struct tax_rate rate = { .tax_class = TAX_CLASS_STANDARD,
                                          .rate_ppm = 190000,
                                          .valid_from = "2021-01-01" };
    static const struct order_channel_put web = {
        .code = "web", .body = { .stock_policy = STOCK_POLICY_REJECT, .tax = &policy }
    };
    static const struct tax_rates_put rates = { .area = "DE",
                                                .body = { .rates = &rate, .rates_count = 1 } };
    size_t count = 0;

    for (int i = 0; i < 2; i++) {
        order_bench_run(bench,
                        (struct order_step){ .message_type = i == 0 ? MESSAGE_ORDER_CHANNEL_PUT
                                                                    : MESSAGE_TAX_RATES_PUT,
                                             .message = i == 0 ? (const void *)&web : &rates,
                                             .id = "put" });
    }
    (void)add(bench);
    const struct line_row *added =
        memory_database_rows(bench->database, &order_line_table, &count)[2];
    assert_int_equal(count, 3);
    assert_int_equal(added->tax_minor, 96); /* of 599 */
    const struct detour_row *detour =
        memory_database_rows(bench->database, &order_detour_table, &count)[0];
    assert_non_null(strstr(detour->taxes, ";2 1 190000;3 1 190000"));
}

static void no_stock(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE);
    propose(bench, id);
    TELL(bench, id, { "confirm:1 k1", "inventory.reserve", NULL },
         { "unsourced:2", "gateway.reply", NULL });
    check_reply(bench, 409, "not enough stock");
    check_as_it_was(bench, id, EDIT_REASON_OUT_OF_STOCK);
}

/* Stock is given back; and a payment that waits for its shopper is let go of. */
static void no_money(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add_until_money(bench);

    TELL(bench, id, { "declined:2", "inventory.release gateway.reply", NULL });
    check_reply(bench, 409, "declined");
    check_as_it_was(bench, id, EDIT_REASON_PAYMENT_DECLINED);
    TELL(bench, id, { "packed:1", "payment.capture", NULL });
    assert_true(capture_of(bench, id, "P1", TOTAL_MINOR)->final);
}

static void the_shopper_would_have_to_confirm(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add_until_money(bench);

    of_payment(bench, id, MESSAGE_PAYMENT_REQUIRES_ACTION);
    check_said(bench, "inventory.release payment.void gateway.reply");
    check_as_it_was(bench, id, EDIT_REASON_NEEDS_SHOPPER);
    assert_int_equal(added_payment(bench)->state, PAYMENT_STATE_VOIDING);
    of_payment(bench, id, MESSAGE_PAYMENT_VOIDED);
    check_said(bench, "");
    assert_int_equal(added_payment(bench)->state, PAYMENT_STATE_VOIDED);
}

/* Told once more, then given up: what may still be authorized is given back. */
static void no_answer(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add_until_money(bench);

    TELL(bench, id, { "time", "", NULL }, /* a timer from before */
         { "time", "payment.authorize", NULL },
         { "time", "inventory.release payment.void gateway.reply", NULL });
    check_reply(bench, 409, "in time");
    check_as_it_was(bench, id, EDIT_REASON_EXPIRED);
    authorized(bench, id); /* too late: it is let go of already */
    check_said(bench, "");
    assert_int_equal(order_bench_order(bench, id)->total_minor, TOTAL_MINOR);
}

/* One change at a time; but a cancellation of the order wins, and all of it comes back. */
static void a_cancellation_wins(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add_until_money(bench);

    TELL(bench, id, { "edit e9 1*1", "gateway.reply", NULL });
    assert_int_equal(edit_of(bench, 2)->refusals, EDIT_BUSY);
    TELL(bench, id, { "cut c9 1*1", "", NULL }); /* waits for what becomes of the addition */
    TELL(bench, id,
         { "cancel c1", "inventory.release payment.void fulfillment.reduce gateway.reply", NULL });
    assert_int_equal(edit_of(bench, 1)->reason, EDIT_REASON_CANCELED);
    assert_int_equal(order_bench_order(bench, id)->total_minor, TOTAL_MINOR);
}

/* Of a canceled order nothing is kept, and it is over only when both payments are let go of. */
static void all_comes_back(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add(bench);

    TELL(bench, id,
         { "cancel c1", "fulfillment.cancel fulfillment.cancel fulfillment.cancel", NULL },
         { "canceled:1", "", NULL }, { "canceled:2", "", NULL },
         { "canceled:3",
           "order.canceled inventory.release inventory.release payment.void payment.void "
           "gateway.reply",
           NULL },
         { "released", "", NULL }, { "voided", "", NULL });
    assert_int_equal(order_bench_order(bench, id)->step, STEP_UNDOING_MONEY);
    of_payment(bench, id, MESSAGE_PAYMENT_VOIDED);
    assert_int_equal(order_bench_order(bench, id)->step, STEP_ENDED);
}

/* What was added is taken off again: its payment is let go of, and the order's is not. */
static void taken_off_again(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add(bench);

    TELL(bench, id, { "cut c1 3*2", "fulfillment.cancel fulfillment.cancel", NULL },
         { "canceled:2", "", NULL },
         { "canceled:3", "order.reduced inventory.release payment.void gateway.reply", NULL });
    assert_int_equal(order_bench_order(bench, id)->total_minor, TOTAL_MINOR);
    assert_int_equal(added_payment(bench)->state, PAYMENT_STATE_VOIDING);
    TELL(bench, id, { "packed:1", "payment.capture", NULL });
    (void)capture_of(bench, id, "P1", TOTAL_MINOR);
}

/* What its provider lets go of is secured anew together with the rest: one payment for all that is not taken. */
static void its_authorization_lapses(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add(bench);

    TELL(bench, id, { "packed:2", "payment.capture", NULL },
         { "captured:2", "shipment.ship", NULL });
    of_payment(bench, id, MESSAGE_PAYMENT_LAPSED);
    check_said(bench, "payment.void payment.authorize");
    const struct payment_authorize *authorize =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_string_equal(authorize->payment_id, order_bench_child(bench, id, "P3"));
    assert_int_equal(authorize->amount_minor, TOTAL_MINOR + ADDED_MINOR - 300);
    TELL(bench, id, { "packed:3", "", NULL }); /* no money is secured for it */
}

/* That of the order lapses: only what it is for is secured anew. */
static void the_other_lapses(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add(bench);

    TELL(bench, id, { "lapsed", "payment.authorize", NULL });
    const struct payment_authorize *authorize =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_string_equal(authorize->payment_id, order_bench_child(bench, id, "P3"));
    assert_int_equal(authorize->amount_minor, TOTAL_MINOR);
    TELL(bench, id, { "packed:1", "", NULL }, { "packed:2", "payment.capture", NULL });
    (void)capture_of(bench, id, "P2", 300);
}

/* Nothing else is left: what is added has a payment for its goods alone, and nobody takes the price of shipping. */
static void nothing_else_is_left(void **state)
{
    struct order_bench *bench = *state;
    const char *id = add_until_money(bench);

    TELL(bench, id, { "shorted:1 1*2,2*1", "inventory.release inventory.reserve", NULL },
         { "canceled:1", "", NULL }, { "unsourced", "order.reduced", NULL });
    assert_int_equal(order_bench_order(bench, id)->total_minor, 0);
    authorized(bench, id);
    assert_int_equal(order_bench_order(bench, id)->total_minor, ADDED_MINOR);
    TELL(bench, id, { "packed:3", "payment.capture", NULL });
    (void)capture_of(bench, id, "P2", 300);
    TELL(bench, id, { "captured:3", "shipment.ship", NULL },
         { "packed:4", "payment.capture", NULL });
    assert_true(capture_of(bench, id, "P2", 299)->final);
}

static void not_possible(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, { "reserved", "payment.authorize", NULL });
    propose(bench, id);
    assert_int_equal(edit_of(bench, 1)->refusals, EDIT_BUSY | EDIT_PAYMENT);
    TELL(bench, id, { "confirm:1 k1", "gateway.reply", NULL });
    check_reply(bench, 409, "under way");
    TELL(bench, id, { "authorized", "order.confirmed fulfillment.fulfill", NULL },
         { "packed:1", "payment.capture", NULL }, { "captured:1", "shipment.ship", NULL },
         { "labeled:1", "", NULL }, { "shipped:1", "inventory.consume", NULL });
    propose(bench, id);
    assert_int_equal(edit_of(bench, 2)->refusals, EDIT_TOO_LATE);
}

#define ON_BENCH(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(each_payment_for_its_own),
        ON_BENCH(taxed_as_the_order),
        ON_BENCH(no_stock),
        ON_BENCH(no_money),
        ON_BENCH(the_shopper_would_have_to_confirm),
        ON_BENCH(no_answer),
        ON_BENCH(a_cancellation_wins),
        ON_BENCH(all_comes_back),
        ON_BENCH(taken_off_again),
        ON_BENCH(its_authorization_lapses),
        ON_BENCH(the_other_lapses),
        ON_BENCH(nothing_else_is_left),
        ON_BENCH(not_possible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
