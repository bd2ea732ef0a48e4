/* links: order */
/* order_life_test.c - stories of orders that go well, and of those that are canceled. */
#include "tests/unit/order_story.h"

#include "common/memory_database.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/order_codec.h"
#include "proto/payment.h"
#include "proto/shipping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void check_timeline(struct order_bench *bench, const struct order_row *order)
{
    const struct order_completed *completed = order_bench_must_say(bench, MESSAGE_ORDER_COMPLETED);
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_timeline_table, &count);
    int64_t clock = 0;

    assert_int_equal(count, 15);
    assert_int_equal(order->entry_count, 15);
    for (size_t i = 0; i < count; i++) {
        const struct timeline_row *entry = rows[i];

        assert_int_equal(entry->entry_no, i + 1);
        assert_true(entry->cause_no < entry->entry_no);
        assert_true(entry->clock >= clock);
        clock = entry->clock;
    }
    assert_int_equal(clock, completed->clock);
    assert_int_equal(order->clock, completed->clock);
}

static void all_goes_well(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved", "payment.authorize", "placed pending unfulfilled pending" },
         { "authorized", "order.confirmed fulfillment.fulfill",
           "confirmed authorized unfulfilled processing" },
         { "opened", "", NULL },    //
         { "picked", "", NULL },    //
         { "assembled", "", NULL }, //
         { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "labeled", "", NULL },
         { "shipped", "inventory.consume", "confirmed paid fulfilled shipped" },
         { "consumed", "", NULL }, //
         { "tracked", "", NULL },
         { "delivered", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
    const struct order_row *order = order_bench_order(bench, id);
    check_timeline(bench, order);
    order_play(bench, id, "time"); /* its one timer finds nothing */
    assert_string_equal(order_bench_words(bench), "");
}

static void commands_are_complete(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    order_play(bench, id, "reserved");
    const struct payment_authorize *authorize =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_string_equal(authorize->payment_id, order_bench_child(bench, id, "P1"));
    assert_string_equal(authorize->token, "tok_ok");
    assert_int_equal(authorize->amount_minor, 4988);
    assert_int_equal(authorize->valid_until, bench->now + AUTHORIZE_MS);
    order_play(bench, id, "authorized");
    const struct fulfillment_fulfill *fulfill =
        order_bench_must_say(bench, MESSAGE_FULFILLMENT_FULFILL);
    assert_string_equal(fulfill->fulfillment_id, order_bench_child(bench, id, "F1"));
    assert_string_equal(fulfill->location, "WH-1");
    assert_string_equal(fulfill->lines[0].customization, "{\"engraving\":\"For Charles\"}");
    assert_string_equal(fulfill->ship_to.city, "Berlin");
    order_play(bench, id, "packed");
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_string_equal(capture->capture_id, order_bench_child(bench, id, "C1"));
    assert_int_equal(capture->amount_minor, 4988);
    assert_true(capture->final);
    order_play(bench, id, "captured");
    const struct shipment_ship *ship = order_bench_must_say(bench, MESSAGE_SHIPMENT_SHIP);
    assert_string_equal(ship->shipment_id, order_bench_child(bench, id, "S1"));
    assert_int_equal(ship->parcels_count, 2);
    assert_int_equal(ship->parcels[0].lines_count, 2);
    assert_int_equal(ship->parcels[0].lines[1].line_no, 2);
    assert_int_equal(ship->parcels[0].lines[0].quantity, 2);
    assert_int_equal(ship->parcels[0].length_mm, 300);
    assert_false(ship->parcels[1].has_length_mm);
    assert_int_equal(ship->value_minor, 4498);
    assert_false(ship->has_cash_on_delivery_minor);
    order_play(bench, id, "shipped");
    const struct inventory_consume *consume =
        order_bench_must_say(bench, MESSAGE_INVENTORY_CONSUME);
    assert_int_equal(consume->lines_count, 2);
    assert_string_equal(consume->lines[0].location, "WH-1");
    assert_int_equal(consume->lines[0].quantity, 2);
}

static void three_places(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved:3", "payment.authorize", "placed pending unfulfilled pending" },
         { "authorized",
           "order.confirmed fulfillment.fulfill fulfillment.fulfill fulfillment.fulfill",
           "confirmed authorized unfulfilled processing" },
         { "packed:2", "payment.capture", NULL },
         { "captured:2", "shipment.ship", "confirmed partially_paid unfulfilled processing" },
         { "packed:1", "payment.capture", NULL },
         { "shipped:2", "inventory.consume",
           "confirmed partially_paid partially_fulfilled partially_shipped" },
         { "captured:1", "shipment.ship", NULL }, //
         { "packed:3", "payment.capture", NULL },
         { "captured:3", "shipment.ship", "confirmed paid partially_fulfilled partially_shipped" },
         { "delivered:2", "", "confirmed paid partially_delivered partially_delivered" },
         { "shipped:3", "inventory.consume", NULL }, //
         { "shipped:1", "inventory.consume", NULL }, //
         { "delivered:1", "", NULL },
         { "delivered:3", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

static void captures_make_up_the_total(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    static const char *const lines[] = { "reserved:3", "authorized", "packed:2", "packed:3",
                                         "packed:1" };
    static const int64_t amounts[] = { 1999, 1999 + 490, 500 };
    int64_t sum = 0;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        order_play(bench, id, lines[i]);
    }
    for (int64_t no = 1; no <= 3; no++) {
        const struct payment_capture *capture = order_told(bench, id, MESSAGE_PAYMENT_CAPTURE, no);

        assert_non_null(capture);
        assert_int_equal(capture->amount_minor, amounts[no - 1]);
        assert_false(capture->final); /* one that is under way may fail, and be tried again */
        sum += capture->amount_minor;
    }
    assert_int_equal(sum, 4988);
}

static void shopper_confirms(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    order_play(bench, id, "reserved");
    order_play(bench, id, "action");
    const struct order_row *order = order_bench_order(bench, id);
    assert_string_equal(order->payment_action_url, "https://pay.example/3ds/42");
    assert_int_equal(order->payment_state, PAYMENT_STATE_REQUIRES_ACTION);
    assert_true(order->deadline_at > bench->now + HOUR_MS);
    TELL(bench, id,
         { "authorized", "order.confirmed fulfillment.fulfill",
           "confirmed authorized unfulfilled processing" });
}

static void transfer_takes_days(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_BANK_TRANSFER };
    const char *id = order_bench_place_order(bench, &submit);
    order_play(bench, id, "reserved");
    int64_t told_at = bench->now;
    order_play(bench, id, "action");
    assert_int_equal(order_bench_order(bench, id)->deadline_at,
                     told_at + TRANSFER_MS + SHOPPER_GRACE_MS);
}

/* Who cancels pieces while a transfer is awaited has less to send, and that is enough. */
static void transfer_of_less(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_BANK_TRANSFER };
    const char *id = order_bench_place_order(bench, &submit);
    TELL(bench, id, //
         { "reserved", "payment.authorize", NULL }, { "action", "", NULL },
         { "cut c1 1*1", "order.reduced inventory.release payment.authorize gateway.reply",
           "placed pending unfulfilled pending" });
    const struct payment_authorize *less = order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_int_equal(less->amount_minor, 4988 - 1999);
    assert_string_equal(less->payment_id, order_bench_child(bench, id, "P1"));
    TELL(bench, id, //
         { "action", "", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill",
           "confirmed authorized unfulfilled processing" });
}

static void cancel_before_anything(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "cancel c1", "order.canceled inventory.release gateway.reply",
           "canceled none canceled canceled" },
         { "reserved", "", NULL },               /* the release is on its way behind it */
         { "cancel c1", "gateway.reply", NULL }, /* once more, the same answer */
         { "cancel c2", "gateway.reply", NULL }, //
         { "released", "", NULL },               //
         { "cancel c3", "gateway.reply", NULL });
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_int_equal(reply->status, 200);
    assert_int_equal(order_bench_said_count(bench, MESSAGE_ORDER_CANCELED), 1);
    order_story_rests(bench, id);
}

static void cancel_while_authorizing(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved", "payment.authorize", NULL },
         { "cancel c1 user", "order.canceled inventory.release payment.void gateway.reply",
           "canceled pending canceled canceled" },
         { "authorized", "", "canceled authorized canceled canceled" }, //
         { "voided", "", "canceled voided canceled canceled" },         //
         { "released", "", NULL });
    order_story_rests(bench, id);
}

static void who_canceled_and_why(void **state)
{
    struct order_bench *bench = *state;
    const char *first = order_bench_place(bench, "1"), *second = order_bench_place(bench, "2");

    order_play(bench, first, "cancel c1");
    const struct order_canceled *canceled = order_bench_must_say(bench, MESSAGE_ORDER_CANCELED);
    assert_int_equal(canceled->canceled_by, CANCELED_BY_SHOPPER);
    assert_int_equal(canceled->reason, CANCEL_REASON_SHOPPER_REQUEST);
    order_play(bench, second, "cancel c1 user");
    canceled = order_bench_must_say(bench, MESSAGE_ORDER_CANCELED);
    assert_int_equal(canceled->canceled_by, CANCELED_BY_MERCHANT);
    assert_int_equal(canceled->reason, CANCEL_REASON_FRAUD);
    const struct inventory_release *release =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RELEASE);
    assert_int_equal(release->reason, CANCEL_REASON_FRAUD);
}

static void cancel_before_packing(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "opened:1", "", NULL },
         { "cancel c1", "fulfillment.cancel fulfillment.cancel",
           "confirmed authorized unfulfilled processing" },
         { "cancel c2", "", NULL }, /* another gateway, the same question */
         { "canceled:2", "", NULL },
         { "canceled:1",
           "order.canceled inventory.release payment.void gateway.reply gateway.reply",
           "canceled authorized canceled canceled" },
         { "released", "", NULL }, //
         { "voided", "", "canceled voided canceled canceled" });
    order_story_rests(bench, id);
}

static void cancel_when_packed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
         { "cancel c1", "gateway.reply", "confirmed authorized unfulfilled processing" });
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_int_equal(reply->status, 409);
    assert_string_equal(reply->request_id, "wait-c1");
    assert_string_equal(reply->problem->type, "https://kervan.example/problems/cancel-refused");
    TELL(bench, id,                                                                          //
         { "captured", "shipment.ship", NULL },                                              //
         { "shipped", "inventory.consume", NULL }, { "delivered", "order.completed", NULL }, //
         { "cancel c2", "gateway.reply", "completed paid delivered completed" });
    reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_string_equal(reply->problem->detail, "the order is completed already");
}

static void never_half(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "cancel c1", "fulfillment.cancel fulfillment.cancel", NULL },
         { "packed:1", "", NULL }, /* before it read the question */
         { "canceled:2", "", NULL },
         { "cancel_refused:1", "payment.capture fulfillment.fulfill gateway.reply",
           "confirmed authorized unfulfilled processing" });
    const struct fulfillment_fulfill *again =
        order_bench_must_say(bench, MESSAGE_FULFILLMENT_FULFILL);
    assert_string_equal(again->fulfillment_id, order_bench_child(bench, id, "F3"));
    assert_string_equal(again->location, "WH-2");
    assert_int_equal(again->lines_count, 1);
    TELL(bench, id, //
         { "captured:1", "shipment.ship", "confirmed partially_paid unfulfilled processing" },
         { "packed:3", "payment.capture", NULL },
         { "captured:3", "shipment.ship", "confirmed paid unfulfilled processing" },
         { "shipped:1", "inventory.consume",
           "confirmed paid partially_fulfilled partially_shipped" },               //
         { "shipped:3", "inventory.consume", "confirmed paid fulfilled shipped" }, //
         { "delivered:1", "", "confirmed paid partially_delivered partially_delivered" },
         { "delivered:3", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

/* It has a label, and is not with the carrier: the label is asked back first. */
static void cancel_when_labeled(void **state)
{
    struct order_bench *bench = *state;
    const char *stops = order_bench_place(bench, "1"), *not = order_bench_place(bench, "2");

    TELL(bench, stops, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", NULL }, { "labeled", "", NULL },
         { "cancel c1", "shipment.void", "confirmed paid unfulfilled processing" },
         { "unlabeled:1",
           "order.canceled inventory.release payment.void payment.refund gateway.reply",
           "canceled paid canceled canceled" },
         { "voided", "", NULL }, { "released", "", NULL },
         { "refunded", "", "canceled refunded canceled canceled" });
    order_story_rests(bench, stops);
    TELL(bench, not, //
         CONFIRMED_IN_ONE_SHARE, { "packed", "payment.capture", NULL },
         { "captured", "shipment.ship", NULL },
         { "cancel c2", "shipment.void", "confirmed paid unfulfilled processing" }, //
         { "labeled", "", NULL }, { "refused void:1", "gateway.reply", NULL });
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_int_equal(reply->status, 409);
    assert_non_null(strstr(reply->problem->detail, "carrier"));
    TELL(bench, not, { "shipped", "inventory.consume", "confirmed paid fulfilled shipped" },
         { "delivered", "order.completed", "completed paid delivered completed" });
}

/* A part has left: the rest does not follow it, and what is secured for that is let go. */
static void cancel_of_the_rest(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         CONFIRMED_IN_TWO_SHARES, { "packed:1", "payment.capture", NULL },
         { "captured:1", "shipment.ship", NULL }, { "shipped:1", "inventory.consume", NULL },
         { "cancel c1", "fulfillment.cancel",
           "confirmed partially_paid partially_fulfilled partially_shipped" },
         { "canceled:2", "order.reduced inventory.release payment.void gateway.reply",
           "confirmed paid fulfilled shipped" });
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_int_equal(reply->status, 200);
    TELL(bench, id, { "voided", "", NULL },
         { "cancel c2", "gateway.reply", "confirmed paid fulfilled shipped" }, /* nothing is left */
         { "delivered:1", "order.completed", "completed paid delivered completed" });
    order_story_rests(bench, id);
}

/* A place does not stop: what was labeled beside it goes with a new label, and is paid for once. */
static void rest_is_never_half(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, //
         { "reserved:3", "payment.authorize", NULL },
         { "authorized",
           "order.confirmed fulfillment.fulfill fulfillment.fulfill fulfillment.fulfill", NULL },
         { "packed:1", "payment.capture", NULL }, { "captured:1", "shipment.ship", NULL },
         { "shipped:1", "inventory.consume", NULL }, { "packed:2", "payment.capture", NULL },
         { "captured:2", "shipment.ship", NULL }, { "labeled:2", "", NULL },
         { "cancel c1", "shipment.void fulfillment.cancel", NULL }, { "unlabeled:2", "", NULL },
         { "cancel_refused:3", "shipment.ship gateway.reply", NULL });
    const struct shipment_ship *ship = order_bench_must_say(bench, MESSAGE_SHIPMENT_SHIP);
    assert_string_equal(ship->shipment_id, order_bench_child(bench, id, "S4"));
    assert_string_equal(ship->fulfillment_id, order_bench_child(bench, id, "F2"));
    TELL(bench, id, { "shipped:4", "inventory.consume", NULL });
}

static void costs_nothing(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_submit_line free_line = { .sku = "A", .quantity = 1 };

    submit.lines = &free_line;
    submit.lines_count = 1;
    submit.shipping.price_minor = 0;
    submit.total_minor = 0;
    order_bench_run(bench, order_bench_submission(bench, &submit, "req-1"));
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    const struct allocation place = { .line_no = 1, .sku = "A", .location = "WH-1", .quantity = 1 };
    const struct inventory_reserved reserved = { .order_id = placed->order_id,
                                                 .order_no = placed->order_no,
                                                 .clock = 2,
                                                 .reservation_id = order_bench_child(
                                                     bench, placed->order_id, "H1"),
                                                 .allocations = &place,
                                                 .allocations_count = 1 };
    order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_INVENTORY_RESERVED,
                                                .message = &reserved,
                                                .id = "fact" });
    assert_string_equal(order_story_said(bench), "order.confirmed fulfillment.fulfill");
    TELL(bench, placed->order_id, //
         { "packed", "shipment.ship", "confirmed none unfulfilled processing" },
         { "shipped", "inventory.consume", "confirmed none fulfilled shipped" },
         { "delivered", "order.completed", "completed none delivered completed" });
    order_story_rests(bench, placed->order_id);
}

static void waits_for_ship_not_before(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.ship_not_before = bench->now + 30 * DAY_MS;
    submit.has_ship_not_before = true;
    const char *id = order_bench_place_order(bench, &submit);
    order_play(bench, id, "reserved");
    order_play(bench, id, "authorized");
    order_play(bench, id, "opened");
    const struct fulfillment_row *share =
        order_bench_share(bench, order_bench_order(bench, id)->order_no, 1);
    assert_int_equal(share->deadline_at, submit.ship_not_before + PACK_MS);
}

static void waits_until_confirmed(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");
    struct violations violations = { 0 };
    struct order_view view = { 0 };

    step.until = "confirmed";
    order_bench_run(bench, step);
    const char *id =
        ((const struct order_placed *)order_bench_must_say(bench, MESSAGE_ORDER_PLACED))->order_id;
    TELL(bench, id, //
         { "reserved:2", "payment.authorize", NULL },
         { "authorized", "order.confirmed fulfillment.fulfill fulfillment.fulfill gateway.reply",
           NULL });
    const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
    assert_int_equal(reply->status, 201);
    assert_int_equal(reply->order_status, ORDER_STATUS_CONFIRMED);
    if (order_view_decode(bench->kept, reply->body, strlen(reply->body), &view, &violations)) {
        fail_msg("%s %s", violations.items[0].pointer, violations.items[0].detail);
    }
    assert_int_equal(view.status, ORDER_STATUS_CONFIRMED);
    assert_int_equal(view.fulfillments_count, 2);
    assert_string_equal(view.fulfillments[1].location, "WH-2");
    assert_int_equal(view.payments[0].authorized_minor, 4988);
    order_bench_run(bench, step); /* again, when both answers are known */
    assert_string_equal(order_bench_words(bench), "gateway.reply gateway.reply");
    TELL(bench, id,                                                      //
         { "cancel c1", "fulfillment.cancel fulfillment.cancel", NULL }, //
         { "canceled:1", "", NULL },
         { "canceled:2", "order.canceled inventory.release payment.void gateway.reply", NULL });
}

static void waits_and_is_told_why_not(void **state)
{
    struct order_bench *bench = *state;
    static const struct {
        const char *news, *type;
    } ends[] = {
        { "short", "https://kervan.example/problems/out-of-stock" },
        { "cancel c1", "https://kervan.example/problems/not-confirmed" },
        { "declined", "https://kervan.example/problems/payment-declined" },
    };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct order_submit submit = order_bench_submit(bench, text_format(bench->kept, "%zu", i));
        struct order_step step = order_bench_submission(bench, &submit, "req-1");

        step.until = "confirmed";
        order_bench_run(bench, step);
        const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
        if (strcmp(ends[i].news, "declined") == 0) {
            order_play(bench, placed->order_id, "reserved");
        }
        order_play(bench, placed->order_id, ends[i].news);
        const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
        assert_string_equal(reply->request_id, "wait-req-1");
        assert_int_equal(reply->status, 422);
        assert_string_equal(reply->problem->type, ends[i].type);
    }
}

static void cancel_of_nothing(void **state)
{
    struct order_bench *bench = *state;
    static const char *const ids[] = { "ord_mfrggzdfmztwq2lknnwg23tpoa",
                                       "ord_mfrggzdfmztwq2lknnwg23tpob" /* no id at all */ };

    for (size_t i = 0; i < 2; i++) {
        struct order_cancel request = { .order_id = ids[i],
                                        .body = { .reason = CANCEL_REASON_OTHER } };

        order_bench_run(bench, (struct order_step){ .message_type = MESSAGE_ORDER_CANCEL,
                                                    .message = &request,
                                                    .id = "c1",
                                                    .waited_for = true });
        const struct gateway_reply *reply = order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
        assert_int_equal(reply->status, 404);
    }
}

static void all_in_one_batch(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step steps[3] = { order_bench_submission(bench, &submit, "req-1") };
    struct order_cancel request = { .body = { .reason = CANCEL_REASON_OTHER } };
    struct order_bench *other = order_bench_new(); /* to learn the id */

    request.order_id = order_bench_place(other, "1");
    steps[1] = (struct order_step){
        .message_type = MESSAGE_ORDER_CANCEL, .message = &request, .id = "c1", .waited_for = true
    };
    steps[2] = steps[1];
    order_bench_batch(bench, steps, 3);
    assert_null(bench->refusal);
    assert_string_equal(order_story_said(bench),
                        "order.placed notification.contact inventory.reserve gateway.reply "
                        "order.canceled inventory.release gateway.reply gateway.reply");
    order_bench_free(other);
}

#define ON_BENCH(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(all_goes_well),
        ON_BENCH(commands_are_complete),
        ON_BENCH(three_places),
        ON_BENCH(captures_make_up_the_total),
        ON_BENCH(shopper_confirms),
        ON_BENCH(transfer_takes_days),
        ON_BENCH(transfer_of_less),
        ON_BENCH(cancel_before_anything),
        ON_BENCH(cancel_while_authorizing),
        ON_BENCH(who_canceled_and_why),
        ON_BENCH(cancel_before_packing),
        ON_BENCH(cancel_when_labeled),
        ON_BENCH(cancel_of_the_rest),
        ON_BENCH(rest_is_never_half),
        ON_BENCH(cancel_when_packed),
        ON_BENCH(never_half),
        ON_BENCH(costs_nothing),
        ON_BENCH(waits_for_ship_not_before),
        ON_BENCH(waits_until_confirmed),
        ON_BENCH(waits_and_is_told_why_not),
        ON_BENCH(cancel_of_nothing),
        ON_BENCH(all_in_one_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
