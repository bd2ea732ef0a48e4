/* links: order */
/* order_submit_test.c - one name, one order: repeats, other bodies, refusals that stay, keys across lanes. */
#include "tests/unit/order_bench.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "proto/order_codec.h"
#include "proto/registry.h"
#include "services/order/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct gateway_reply *the_reply(const struct order_bench *bench)
{
    assert_null(order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 1));
    return order_bench_must_say(bench, MESSAGE_GATEWAY_REPLY);
}

/* How many rows all tables hold: what must not grow when nothing happens. */
static size_t all_rows(const struct order_bench *bench)
{
    size_t all = 0;

    for (const struct table *const *table = order_tables; *table != NULL; table++) {
        size_t count = 0;

        (void)memory_database_rows(bench->database, *table, &count);
        all += count;
    }
    return all;
}

static void accepts(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "100045");
    const struct order_placed *placed = order_bench_must_say(bench, MESSAGE_ORDER_PLACED);
    const struct inventory_reserve *reserve =
        order_bench_must_say(bench, MESSAGE_INVENTORY_RESERVE);
    const struct notification_contact *contact =
        order_bench_must_say(bench, MESSAGE_NOTIFICATION_CONTACT);
    const struct order_row *order = order_bench_order(bench, id);

    assert_string_equal(order_bench_words(bench),
                        "order.placed notification.contact inventory.reserve @600 gateway.reply");
    assert_int_equal(placed->lines_count, 2);
    assert_true(placed->lines[0].customized);
    assert_int_equal(placed->total_minor, 4988);
    assert_string_equal(reserve->reservation_id, order_bench_child(bench, id, "H1"));
    assert_int_equal(reserve->valid_until, bench->now + RESERVE_MS);
    assert_string_equal(contact->email, "ada@shop.example");
    assert_int_equal(order->order_no, placed->order_no);
    assert_int_equal(order_no_lane(order->order_no), lane_of(id, ORDER_BENCH_LANES));
    assert_int_equal(order->status, ORDER_STATUS_PLACED);
    assert_int_equal(order->payment_status, PAYMENT_STATUS_PENDING);
    assert_int_equal(order->shopper_status, SHOPPER_STATUS_PENDING);
}

/* The reply's body is what the contract calls an order. */
static void replies_with_the_order(void **state)
{
    struct order_bench *bench = *state;
    const char *id = order_bench_place(bench, "100045");
    const struct gateway_reply *reply = the_reply(bench);
    struct order_view view = { 0 };
    struct violations violations = { 0 };

    assert_int_equal(reply->status, 201);
    assert_int_equal(reply->order_status, ORDER_STATUS_PLACED);
    assert_string_equal(reply->order_id, id);
    assert_string_equal(reply->request_id, "wait-req-100045");
    if (order_view_decode(bench->kept, reply->body, strlen(reply->body), &view, &violations) !=
        OK) {
        fail_msg("%s %s", violations.items[0].pointer, violations.items[0].detail);
    }
    assert_string_equal(view.id, id);
    assert_int_equal(view.lines_count, 2);
    assert_string_equal(view.lines[0].customization, "{\"engraving\":\"For Charles\"}");
    assert_int_equal(view.total_minor, 4988);
    assert_int_equal(view.status, ORDER_STATUS_PLACED);
    assert_string_equal(view.links->timeline,
                        text_format(bench->kept, "/v1/orders/%s/timeline", id));
    assert_null(strstr(reply->body, "Ada")); /* a topic holds no personal data */
}

static void numbers_count_in_their_lane(void **state)
{
    struct order_bench *bench = *state;
    int64_t last[ORDER_BENCH_LANES] = { 0 };

    for (int i = 0; i < 30; i++) {
        const char *id = order_bench_place(bench, text_format(bench->kept, "n%d", i));
        int64_t order_no = order_bench_order(bench, id)->order_no;
        int64_t lane = order_no_lane(order_no);

        assert_int_equal(order_no, order_no_make(lane, ++last[lane]));
    }
}

static void same_again_gets_the_same_answer(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    order_bench_run(bench, step);
    const char *first = the_reply(bench)->body;
    size_t rows = all_rows(bench);
    step.id = "req-2"; /* minted anew by a gateway that lost the answer */
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "gateway.reply");
    assert_int_equal(the_reply(bench)->status, 200);
    assert_string_equal(the_reply(bench)->request_id, "wait-req-2");
    assert_string_equal(the_reply(bench)->body, first);
    assert_int_equal(all_rows(bench), rows);
}

/* Twice in one batch: the second finds what the first wrote. */
static void same_in_one_batch(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");
    struct order_step steps[] = { step, step, step };

    steps[2].digest = "another body";
    order_bench_batch(bench, steps, 3);
    assert_null(bench->refusal);
    assert_int_equal(order_bench_said_count(bench, MESSAGE_ORDER_PLACED), 1);
    assert_int_equal(order_bench_said_count(bench, MESSAGE_GATEWAY_REPLY), 3);
    const struct gateway_reply *third = order_bench_said(bench, MESSAGE_GATEWAY_REPLY, 2);
    assert_non_null(third);
    assert_int_equal(third->status, 422);
}

static void another_body_is_refused(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    order_bench_run(bench, step);
    size_t rows = all_rows(bench);
    step.digest = "another body";
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "gateway.reply");
    assert_int_equal(the_reply(bench)->status, 422);
    assert_string_equal(the_reply(bench)->problem->type,
                        "https://kervan.example/problems/idempotency-mismatch");
    assert_int_equal(all_rows(bench), rows);
}

/* A storefront whose counter of references began anew hears that its orders are not taken; each once. */
static void another_body_is_heard_of(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    step.waited_for = false;
    order_bench_run(bench, step);
    assert_int_equal(order_bench_said_count(bench, MESSAGE_ORDER_PLACED), 1);
    step.digest = "another body";
    order_bench_run(bench, step);
    const struct order_submission_refused *refused =
        order_bench_must_say(bench, MESSAGE_ORDER_SUBMISSION_REFUSED);
    assert_string_equal(refused->channel_order_ref, "1");
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "");
    step.digest = "and another";
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "order.submission_refused");
}

static void a_refused_name_is_heard_of(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.total_minor++;
    struct order_step step = order_bench_submission(bench, &submit, "req-1");
    step.waited_for = false;
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "order.rejected");
    step.digest = "another body";
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "order.submission_refused");
}

static void another_body_in_one_batch(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    step.waited_for = false;
    struct order_step steps[] = { step, step, step };
    steps[1].digest = steps[2].digest = "another body";
    order_bench_batch(bench, steps, 3);
    assert_null(bench->refusal);
    assert_int_equal(order_bench_said_count(bench, MESSAGE_ORDER_PLACED), 1);
    assert_int_equal(order_bench_said_count(bench, MESSAGE_ORDER_SUBMISSION_REFUSED), 1);
}

/* A key that came beside a reference is the order's, too: also for submissions of other lanes. */
static void key_holds_across_lanes(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    step.idempotency_key = "key-1";
    order_bench_run(bench, step);
    const char *id = the_reply(bench)->order_id;
    size_t rows = all_rows(bench);
    for (int i = 2; i < 12; i++) { /* some of these ten go to another lane */
        struct order_submit other = order_bench_submit(bench, text_format(bench->kept, "%d", i));
        struct order_step with_key = order_bench_submission(bench, &other, "req-2");

        with_key.idempotency_key = "key-1";
        with_key.digest = "another body";
        order_bench_run(bench, with_key);
        assert_int_equal(the_reply(bench)->status, 422);
    }
    submit.channel_order_ref = NULL; /* the key alone names another id, but it is taken */
    step = order_bench_submission(bench, &submit, "req-3");
    step.idempotency_key = "key-1";
    order_bench_run(bench, step);
    assert_int_equal(the_reply(bench)->status, 200);
    assert_string_equal(the_reply(bench)->order_id, id);
    assert_int_equal(all_rows(bench), rows);
}

static void keys_belong_to_channels(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, NULL);
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    step.idempotency_key = "key-1";
    order_bench_run(bench, step);
    const char *web = the_reply(bench)->order_id;
    submit.channel = "phone";
    step = order_bench_submission(bench, &submit, "req-2");
    step.idempotency_key = "key-1";
    step.channel = "phone";
    order_bench_run(bench, step);
    assert_int_equal(the_reply(bench)->status, 201);
    assert_string_not_equal(the_reply(bench)->order_id, web);
}

static void refusal_stays(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.total_minor++;
    struct order_step step = order_bench_submission(bench, &submit, "req-1");
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "order.rejected gateway.reply");
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    const struct gateway_reply *reply = the_reply(bench);
    const struct order_row *order = order_bench_order(bench, rejected->order_id);

    assert_string_equal(rejected->channel_order_ref, "1");
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_TOTAL_MISMATCH);
    assert_int_equal(reply->status, 422);
    assert_string_equal(reply->problem->errors[0].pointer, "/total_minor");
    assert_int_equal(order->status, ORDER_STATUS_REJECTED);
    assert_int_equal(order->step, STEP_ENDED);
    assert_int_equal(order->watch_at, 0);
    assert_int_equal(order_bench_rows(bench, &order_contact_table, order->order_no), 0);

    order_bench_run(bench, step); /* the same: refused as before */
    assert_string_equal(order_bench_words(bench), "gateway.reply");
    assert_string_equal(the_reply(bench)->problem->errors[0].detail,
                        reply->problem->errors[0].detail);
    submit.total_minor--; /* right by now, but the name is taken */
    step = order_bench_submission(bench, &submit, "req-2");
    step.digest = "another body";
    order_bench_run(bench, step);
    assert_int_equal(the_reply(bench)->status, 422);
    assert_int_equal(order_bench_said_count(bench, MESSAGE_ORDER_PLACED), 0);
}

/* Who speaks for another channel uses up no name of that channel. */
static void stranger_takes_no_name(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    step.channel = "phone";
    order_bench_run(bench, step);
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_CHANNEL);
    assert_string_equal(rejected->channel, "phone");
    step.channel = "web";
    order_bench_run(bench, step);
    assert_int_equal(the_reply(bench)->status, 201);
}

static void needs_a_name(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, NULL);
    struct order_step step = order_bench_submission(bench, &submit, "req-1");

    order_bench_run(bench, step);
    assert_int_equal(the_reply(bench)->status, 422);
    assert_string_equal(the_reply(bench)->problem->errors[0].pointer, "/channel_order_ref");
    assert_int_equal(all_rows(bench), 0);
    step.waited_for = false; /* from a storefront's topic: the fact says what was wrong, once */
    order_bench_run(bench, step);
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_INVALID);
    assert_string_equal(rejected->errors[0].pointer, "/channel_order_ref");
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "");
    step.digest = "another one";
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "order.rejected");
    step.channel = NULL;
    order_bench_run(bench, step);
    assert_non_null(bench->refusal);
}

/* What is left of a body that cannot be decoded. */
static const struct order_malformed *read_malformed(struct order_bench *bench, const char *body)
{
    const struct message_info *info = &message_infos[MESSAGE_ORDER_SUBMIT];
    struct violations violations;
    void *message = arena_alloc(bench->kept, info->size);

    violations_clear(&violations);
    assert_int_not_equal(info->decode(bench->kept, body, strlen(body), message, &violations), OK);
    return bench->service.malformed[0].read(
        bench->kept, (struct bytes){ (const unsigned char *)body, strlen(body) }, &violations);
}

static void reads_what_is_left(void **state)
{
    static const struct {
        const char *body, *reference, *pointer;
    } cases[] = {
        { "{\"channel_order_ref\": \"77\", \"lines\": 3}", "77", "/lines" },
        { "{\"channel_order_ref\": \"7 7\"}", NULL, "/channel_order_ref" },
        { "{\"channel_order_ref\": 77}", NULL, "/channel_order_ref" },
        { "{\"channel_order_ref\": \"77\", \"ada@shop.example\": 1}", "77", "" },
        { "{\"channel_order_ref\": \"77\"", NULL, "" },
        { "[]", NULL, "" },
        { "", NULL, "" },
    };
    struct order_bench *bench = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct order_malformed *left = read_malformed(bench, cases[i].body);
        bool named = false;

        assert_true(text_equal(left->channel_order_ref, cases[i].reference) ||
                    left->channel_order_ref == cases[i].reference);
        for (size_t j = 0; j < left->errors_count; j++) {
            named |= strcmp(left->errors[j].pointer, cases[i].pointer) == 0;
            assert_null(strstr(left->errors[j].pointer, "ada@"));
        }
        assert_true(named);
    }
}

static void malformed_is_refused_once(void **state)
{
    struct order_bench *bench = *state;
    const struct order_malformed *left =
        read_malformed(bench, "{\"channel_order_ref\": \"77\", \"lines\": 3}");
    struct order_step step = { .message_type = MESSAGE_ORDER_MALFORMED,
                               .message = left,
                               .id = "order.requests.web/0/1",
                               .channel = "web" };

    order_bench_run(bench, step);
    const struct order_rejected *rejected = order_bench_must_say(bench, MESSAGE_ORDER_REJECTED);
    assert_int_equal(rejected->reason, ORDER_REJECTED_REASON_MALFORMED);
    assert_string_equal(rejected->channel_order_ref, "77");
    assert_string_equal(rejected->channel, "web");
    assert_int_equal(order_bench_order(bench, rejected->order_id)->status, ORDER_STATUS_REJECTED);
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "");
    step.channel = NULL; /* whose it is cannot be said */
    order_bench_run(bench, step);
    assert_non_null(bench->refusal);
}

static void storefront_is_told_by_the_fact(void **state)
{
    struct order_bench *bench = *state;
    struct order_submit submit = order_bench_submit(bench, "1");

    submit.currency = "XYZ";
    struct order_step step = order_bench_submission(bench, &submit, "order.requests.web/0/1");
    step.waited_for = false;
    order_bench_run(bench, step);
    assert_string_equal(order_bench_words(bench), "order.rejected");
}

static void reads_its_channels(void **state)
{
    struct order_bench *bench = *state;
    struct service service;

    assert_int_equal(bench->service.consumed_count, 7);
    assert_string_equal(bench->service.consumed[5].name, "order.requests.web");
    assert_string_equal(bench->service.consumed[6].channel, "phone");
    assert_int_equal(order_service(&bench->ctx, "", &service), OK);
    assert_int_equal(service.consumed_count, 5);
    assert_int_equal(order_service(&bench->ctx, "web,web", &service), ERR_FATAL);
    assert_int_equal(order_service(&bench->ctx, "web,,phone", &service), ERR_FATAL);
    assert_int_equal(order_service(&bench->ctx, "Web", &service), ERR_FATAL);
    assert_int_equal(order_service(&bench->ctx, "a,b,c,d,e,f,g,h,i,j,k", &service), ERR_FATAL);
}

#define ON_BENCH(test)                                                                             \
    cmocka_unit_test_setup_teardown(test, order_bench_set_up, order_bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(accepts),
        ON_BENCH(replies_with_the_order),
        ON_BENCH(numbers_count_in_their_lane),
        ON_BENCH(same_again_gets_the_same_answer),
        ON_BENCH(same_in_one_batch),
        ON_BENCH(another_body_is_refused),
        ON_BENCH(another_body_is_heard_of),
        ON_BENCH(a_refused_name_is_heard_of),
        ON_BENCH(another_body_in_one_batch),
        ON_BENCH(key_holds_across_lanes),
        ON_BENCH(keys_belong_to_channels),
        ON_BENCH(refusal_stays),
        ON_BENCH(stranger_takes_no_name),
        ON_BENCH(needs_a_name),
        ON_BENCH(reads_what_is_left),
        ON_BENCH(malformed_is_refused_once),
        ON_BENCH(storefront_is_told_by_the_fact),
        ON_BENCH(reads_its_channels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
