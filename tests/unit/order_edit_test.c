/* links: order */
/* order_edit_test.c - an order is edited after it was placed: what is shown is done, or nothing. */
#include "tests/unit/order_story.h"

#include "common/memory_database.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "services/order/detour.h"
#include "services/order/edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct edit_row *edit_of(const struct order_bench *bench, int64_t edit_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &order_edit_table, &count);

    assert_in_range(edit_no, 1, count);
    return rows[edit_no - 1];
}

static const struct gateway_reply *reply_of(const struct order_bench *bench)
{
    return order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
}

static void check_reply(const struct order_bench *bench, int64_t status, const char *detail)
{
    const struct gateway_reply *reply = reply_of(bench);

    assert_int_equal(reply->status, status);
    if (detail != NULL && strstr(reply->problem->detail, detail) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", reply->problem->detail, detail);
    }
}

static void check_shown(const struct order_bench *bench, int64_t edit_no, const char *pieces,
                        struct edit_plan money)
{
    const struct edit_row *edit = edit_of(bench, edit_no);

    if (!text_equal(edit->pieces, pieces)) {
        fail_msg("pieces %s", edit->pieces == NULL ? "none" : edit->pieces);
    }
    assert_int_equal(edit->total_minor, money.total_minor);
    assert_int_equal(edit->release_minor, money.release_minor);
    assert_int_equal(edit->refund_minor, money.refund_minor);
    assert_int_equal(edit->refusals, money.refusals);
}

static struct order_step edit_step(struct order_bench *bench, const char *order_id,
                                   struct order_edit_body body)
{
    struct order_edit request = { .order_id = order_id, .body = body };

    return (struct order_step){ .message_type = MESSAGE_ORDER_EDIT,
                                .message = arena_copy(bench->kept, &request, sizeof request),
                                .id = text_format(bench->kept, "edit-%zu", bench->said_count),
                                .waited_for = true };
}

/* A proposal changes nothing, not even the version; confirmed, a line goes, before anything is confirmed. */
static void before_the_confirmation(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, { "reserved", "payment.authorize", NULL });
    int64_t version = order_bench_order(bench, id)->clock;
    TELL(bench, id, { "edit e1 1*1,2*0", "gateway.reply", NULL });
    check_reply(bench, 201, NULL);
    assert_string_equal(reply_of(bench)->subject_id, order_bench_child(bench, id, "M1"));
    check_shown(bench, 1, "1*1@1,2*1@1",
                (struct edit_plan){ .total_minor = 1999 + 490, .release_minor = 1999 + 500 });
    assert_int_equal(order_bench_order(bench, id)->clock, version);
    assert_int_equal(order_bench_order(bench, id)->total_minor, 4988);
    TELL(bench, id, { "edit e1 1*1,2*0", "gateway.reply", NULL }); /* the same request again */
    assert_string_equal(reply_of(bench)->subject_id, order_bench_child(bench, id, "M1"));
    TELL(bench, id,
         { "confirm:1 k1", "order.reduced inventory.release order.edited gateway.reply", NULL });
    check_reply(bench, 200, NULL);
    assert_int_equal(order_bench_order(bench, id)->total_minor, 1999 + 490);
    assert_int_equal(edit_of(bench, 1)->edited_minor, 1999 + 490);
    TELL(bench, id, { "confirm:1 k2", "gateway.reply", NULL }); /* made once */
    check_reply(bench, 200, NULL);
    TELL(bench, id, { "authorized", "order.confirmed fulfillment.fulfill", NULL });
    order_bench_causes_come_first(bench, order_bench_order(bench, id)->order_no);
}

/* A place that works on it is asked; so long it is the one change of the order. */
static void a_place_leaves_pieces_out(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE, { "opened", "", NULL },
         { "edit e1 1*1", "gateway.reply", NULL }, { "edit e2 2*0", "gateway.reply", NULL },
         { "confirm:1 k1", "fulfillment.reduce", NULL });
    assert_int_equal(edit_of(bench, 1)->state, EDIT_REQUESTED);
    assert_int_equal(order_bench_order(bench, id)->total_minor, 4988);
    TELL(bench, id, { "confirm:2 k2", "gateway.reply", NULL });
    check_reply(bench, 409, "under way");
    TELL(bench, id, { "edit e3 2*0", "gateway.reply", NULL });
    check_shown(bench, 3, NULL, (struct edit_plan){ .total_minor = 4988, .refusals = EDIT_BUSY });
    assert_null(edit_of(bench, 3)->late_pieces);
    TELL(bench, id, { "confirm:1 k3", "", NULL }, /* who asks again waits for the same */
         { "reduced:1 1*1", "order.reduced inventory.release order.edited gateway.reply", NULL });
    check_reply(bench, 200, NULL);
    assert_int_equal(order_bench_order(bench, id)->total_minor, 4988 - 1999);
    TELL(bench, id, { "confirm:2 k2", "gateway.reply", NULL }); /* the total is another by now */
    check_reply(bench, 409, "not true any more");
    assert_int_equal(edit_of(bench, 2)->reason, EDIT_REASON_CHANGED);
}

/* What is packed stays: shown where it is known, else when the place says so. */
static void too_late_for_the_place(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_TWO_SHARES, { "edit e1 1*0", "gateway.reply", NULL },
         { "edit e2 1*1", "gateway.reply", NULL },
         { "confirm:1 k1", "fulfillment.reduce fulfillment.cancel", NULL },
         { "packed:1", "", NULL }, { "reduce_refused:1", "payment.capture", NULL });
    assert_int_equal(edit_of(bench, 1)->state, EDIT_REQUESTED);
    TELL(bench, id, { "canceled:2", "fulfillment.fulfill gateway.reply", NULL });
    check_reply(bench, 409, "packed");
    assert_int_equal(edit_of(bench, 1)->state, EDIT_DECLINED);
    assert_int_equal(edit_of(bench, 1)->reason, EDIT_REASON_PACKED);
    assert_int_equal(order_bench_order(bench, id)->total_minor, 4988);
    TELL(bench, id, { "edit e3 1*0", "gateway.reply", NULL });
    assert_string_equal(edit_of(bench, 3)->late_pieces, "1*1");
    TELL(bench, id, { "confirm:3 k3", "gateway.reply", NULL });
    check_reply(bench, 409, "packed");
    TELL(bench, id,
         { "confirm:2 k2", "gateway.reply", NULL }); /* its pieces are another share's now */
    check_reply(bench, 409, "not true any more");
}

/* Who cancels while places are asked wins: the edit is made or not, the order ends. */
static void a_cancel_wins(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE, { "opened", "", NULL },
         { "edit e1 1*1", "gateway.reply", NULL }, { "confirm:1 k1", "fulfillment.reduce", NULL },
         { "cancel c1", "", NULL },
         { "reduced:1 1*1",
           "order.reduced inventory.release order.edited fulfillment.cancel gateway.reply", NULL },
         { "canceled:1", "order.canceled inventory.release payment.void gateway.reply", NULL });
    TELL(bench, id, { "edit e2 2*0", "gateway.reply", NULL });
    check_reply(bench, 409, "over");
}

static void delivery_and_note(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    struct shipping_choice slow = { "slow", 290 }, express = { "express", 990 };

    order_play(bench, id, "reserved");
    order_bench_run(
        bench,
        edit_step(bench, id, (struct order_edit_body){ .shipping = &slow, .note = "Ring twice" }));
    check_shown(bench, 1, NULL,
                (struct edit_plan){ .total_minor = 4988 - 200, .release_minor = 200 });
    order_bench_run(bench, edit_step(bench, id, (struct order_edit_body){ .shipping = &express }));
    check_shown(bench, 2, NULL,
                (struct edit_plan){ .total_minor = 4988 + 500, .refusals = EDIT_COSTS_MORE });
    TELL(bench, id, { "confirm:2 k2", "gateway.reply", NULL });
    check_reply(bench, 409, "cost more");
    TELL(bench, id, { "confirm:1 k1", "order.edited gateway.reply", NULL });
    const struct order_edited *edited = order_bench_must_say(bench, MESSAGE_ORDER_EDITED);
    assert_string_equal(edited->shipping->service, "slow");
    assert_int_equal(edited->shipping->price_minor, 290);
    const struct order_row *order = order_bench_order(bench, id);
    assert_int_equal(order->total_minor, 4988 - 200);
    assert_string_equal(order->shipping_service, "slow");
    TELL(bench, id, { "authorized", "order.confirmed fulfillment.fulfill", NULL });
    const struct fulfillment_fulfill *fulfill =
        order_bench_must_say(bench, MESSAGE_FULFILLMENT_FULFILL);
    assert_string_equal(fulfill->note, "Ring twice");
    assert_string_equal(fulfill->shipping_service, "slow");
    TELL(bench, id, { "packed:1", "payment.capture", NULL });
    const struct payment_capture *capture = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_int_equal(capture->amount_minor, 4988 - 200);
    order_bench_run(bench, edit_step(bench, id, (struct order_edit_body){ .note = "Do not" }));
    assert_int_equal(edit_of(bench, 3)->refusals, EDIT_TOO_LATE);
    TELL(bench, id, { "confirm:3 k3", "gateway.reply", NULL });
    check_reply(bench, 409, "packed already");
}

/* Places that work on it begin anew with another note, less a piece; a share that loses all of it does not. */
static void places_begin_anew(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    struct line_wanted wanted = { 2, 0 };

    TELL(bench, id, { "reserved:3", "payment.authorize", NULL });
    order_play(bench, id, "authorized");
    order_bench_run(bench,
                    edit_step(bench, id,
                              (struct order_edit_body){
                                  .note = "Ring twice", .lines = &wanted, .lines_count = 1 }));
    check_shown(bench, 1, "2*1@3",
                (struct edit_plan){ .total_minor = 4988 - 500, .release_minor = 500 });
    assert_string_equal(edit_of(bench, 1)->restarted, "1,2");
    TELL(bench, id,
         { "confirm:1 k1", "fulfillment.cancel fulfillment.cancel fulfillment.cancel", NULL },
         { "canceled:1", "", NULL }, { "canceled:3", "", NULL },
         { "canceled:2",
           "order.reduced inventory.release order.edited fulfillment.fulfill fulfillment.fulfill "
           "gateway.reply",
           NULL });
    const struct fulfillment_fulfill *fulfill =
        order_bench_must_say(bench, MESSAGE_FULFILLMENT_FULFILL);
    assert_string_equal(fulfill->note, "Ring twice");
    assert_string_equal(fulfill->fulfillment_id, order_bench_child(bench, id, "F4"));
    TELL(bench, id, { "packed:4", "payment.capture", NULL },
         { "captured:4", "shipment.ship", NULL }, { "packed:5", "payment.capture", NULL });
    const struct payment_capture *last = order_bench_must_say(bench, MESSAGE_PAYMENT_CAPTURE);
    assert_true(last->final);
}

/* One has packed its share: the others begin what they had anew, with the old note. */
static void a_place_does_not_begin_anew(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_TWO_SHARES);
    order_bench_run(bench, edit_step(bench, id, (struct order_edit_body){ .note = "Ring twice" }));
    TELL(bench, id, { "confirm:1 k1", "fulfillment.cancel fulfillment.cancel", NULL },
         { "canceled:1", "", NULL }, { "packed:2", "", NULL },
         { "cancel_refused:2", "payment.capture fulfillment.fulfill gateway.reply", NULL });
    check_reply(bench, 409, "packed");
    const struct fulfillment_fulfill *fulfill =
        order_bench_must_say(bench, MESSAGE_FULFILLMENT_FULFILL);
    assert_null(fulfill->note);
    assert_int_equal(edit_of(bench, 1)->state, EDIT_DECLINED);
    assert_int_equal(order_bench_order(bench, id)->total_minor, 4988);
}

/* What no order can be is refused at once; what this one cannot be is shown. */
static void not_possible(void **state)
{
    static const struct {
        const char *line, *pointer;
    } refused[] = {
        { "edit e1 3*1", "/lines/0/line_no" },
        { "edit e2 1*1,1*0", "/lines/1/line_no" },
        { "edit e3 2*0,1*3", "/lines/1/quantity" },
        { "edit e4 1*2", "" },
        { "edit e5", "" },
    };
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    order_play(bench, id, "reserved");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        TELL(bench, id, { refused[i].line, "gateway.reply", NULL });
        assert_int_equal(reply_of(bench)->status, 422);
        assert_string_equal(reply_of(bench)->problem->errors[0].pointer, refused[i].pointer);
    }
    TELL(bench, id, { "edit e6 1*0,2*0", "gateway.reply", NULL });
    assert_int_equal(edit_of(bench, 1)->refusals, EDIT_NOTHING_LEFT);
    TELL(bench, id, { "confirm:1 k1", "gateway.reply", NULL });
    check_reply(bench, 409, "cancel it");
    TELL(bench, id, { "confirm:9 k9", "gateway.reply", NULL });
    assert_int_equal(reply_of(bench)->status, 404);
    assert_int_equal(edit_of(bench, 1)->state, EDIT_PROPOSED);
}

/* What has changed since is not done under an old preview; nor is it after half an hour. */
static void shown_too_long_ago(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE, { "edit e1 1*1", "gateway.reply", NULL },
         { "edit e2 1*1", "gateway.reply", NULL },
         { "shorted:1 1*1", "inventory.release inventory.reserve", NULL }, //
         { "unsourced", "order.reduced", NULL }, { "confirm:1 k1", "gateway.reply", NULL });
    check_reply(bench, 409, "not true any more");
    assert_int_equal(order_bench_order(bench, id)->total_minor, 4988 - 1999);
    bench->now += EDIT_MS;
    TELL(bench, id, { "confirm:2 k2", "gateway.reply", NULL });
    check_reply(bench, 409, "too long ago");
    assert_int_equal(edit_of(bench, 2)->state, EDIT_PROPOSED);
}

/* Nothing is held any more: an edit lets nothing go, and less is secured anew. */
static void of_a_payment_that_lapsed(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");

    TELL(bench, id, CONFIRMED_IN_ONE_SHARE, { "lapsed", "payment.authorize", NULL },
         { "declined:2", "", NULL }, { "edit e1 1*1", "gateway.reply", NULL });
    check_shown(bench, 1, "1*1@1", (struct edit_plan){ .total_minor = 4988 - 1999 });
    TELL(bench, id, { "confirm:1 k1", "fulfillment.reduce", NULL },
         { "reduced:1 1*1", "order.reduced inventory.release order.edited gateway.reply", NULL },
         { "decide T2 again", "order.task_decided payment.authorize gateway.reply", NULL });
    const struct payment_authorize *authorize =
        order_bench_must_say(bench, MESSAGE_PAYMENT_AUTHORIZE);
    assert_int_equal(authorize->amount_minor, 4988 - 1999);
}

/* Two have seen one version: one is done, the other is told the version of then. */
static void two_editors(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "1");
    struct order_edit_confirm first = { .edit_id = order_bench_child(bench, id, "M1") },
                              second = { .edit_id = order_bench_child(bench, id, "M2") };

    TELL(bench, id, { "reserved", "payment.authorize", NULL },
         { "edit e1 1*1", "gateway.reply", NULL }, { "edit e2 2*0", "gateway.reply", NULL });
    const char *version =
        text_format(bench->kept, "%lld", (long long)order_bench_order(bench, id)->clock);
    assert_int_equal(edit_of(bench, 2)->order_clock, order_bench_order(bench, id)->clock);
    const struct order_step steps[] = {
        { .message_type = MESSAGE_ORDER_EDIT_CONFIRM,
          .message = &first,
          .id = "k1",
          .precondition = version,
          .waited_for = true },
        { .message_type = MESSAGE_ORDER_EDIT_CONFIRM,
          .message = &second,
          .id = "k2",
          .precondition = version,
          .waited_for = true },
    };
    order_bench_batch(bench, steps, 2);
    const struct gateway_reply *stale = order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 1);
    assert_int_equal(reply_of(bench)->status, 200);
    assert_int_equal(stale->status, 412);
    assert_int_equal(stale->version, order_bench_order(bench, id)->clock);
    assert_int_equal(order_bench_order(bench, id)->total_minor, 4988 - 1999);
    assert_int_equal(edit_of(bench, 2)->state, EDIT_PROPOSED);
}

#define ON_BENCH(name)                                                                             \
    cmocka_unit_test_setup_teardown(name, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(before_the_confirmation),
        ON_BENCH(a_place_leaves_pieces_out),
        ON_BENCH(too_late_for_the_place),
        ON_BENCH(a_cancel_wins),
        ON_BENCH(delivery_and_note),
        ON_BENCH(places_begin_anew),
        ON_BENCH(a_place_does_not_begin_anew),
        ON_BENCH(not_possible),
        ON_BENCH(shown_too_long_ago),
        ON_BENCH(of_a_payment_that_lapsed),
        ON_BENCH(two_editors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
