/* payment_dispute_test.c - charge-backs: in any order, twice or late; what they keep from being given back, and answers to them.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/crypto.h"
#include "common/store.h"
#include "common/text.h"
#include "services/payment/dispute.h"
#include "services/payment/providers/paypal_disputes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HELD  "{\"id\":\"pi_1\",\"status\":\"requires_capture\",\"amount_capturable\":1000}"
#define DUE_S "1801000000"

static void take(struct desk *desk)
{
    desk_forget(desk);
    desk_authorize(desk, 1, "tok_ok", 1000);
    desk_answer(desk, 200, HELD);
    desk_capture(desk, 1, "C1!", 1000);
    assert_string_equal(
        desk_answer(desk, 200,
                    "{\"id\":\"pi_1\",\"status\":\"succeeded\",\"amount_received\":1000}"),
        "captured C1 1000/1000");
}

/* What Stripe shows of it. */
static const char *shown(struct desk *desk, const char *status, const char *more)
{
    return text_format(
        desk->kept,
        "{\"id\":\"du_1\",\"amount\":1000,\"currency\":\"eur\",\"status\":\"%s\",\"reason\":"
        "\"fraudulent\",\"payment_intent\":{\"id\":\"pi_1\",\"metadata\":{\"order_id\":\"%s\","
        "\"order_no\":\"1\",\"payment_id\":\"%s-P1\"}},\"evidence_details\":{\"due_by\":" DUE_S
        ",\"submission_count\":0}%s}",
        status, desk_order_id(desk, 1), desk_order_id(desk, 1), more);
}

/* A webhook of any kind has it looked at; what is seen goes to the order's lane. */
static const char *see(struct desk *desk, const char *status, const char *more)
{
    assert_string_equal(desk_tell(desk, "{\"id\":\"evt_1\",\"type\":\"charge.dispute.updated\","
                                        "\"data\":{\"object\":{\"id\":\"du_1\"}}}"),
                        "");
    assert_string_equal(desk->calls[desk->call_count - 1].path,
                        "/v1/disputes/du_1?expand[]=payment_intent");
    assert_string_equal(desk_answer_to(desk, desk->call_count - 1, 200, shown(desk, status, more)),
                        "");
    return desk_pass_on(desk);
}

static const struct dispute_row *dispute(struct desk *desk)
{
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &dispute_table, &count);

    assert_int_equal(count, 1);
    return rows[0];
}

#define OUT ",\"balance_transactions\":[{\"amount\":-1000,\"fee\":1500,\"currency\":\"eur\"}]"
#define BACK                                                                                       \
    ",\"balance_transactions\":[{\"amount\":-1000,\"fee\":1500,\"currency\":\"eur\"},"             \
    "{\"amount\":1000,\"fee\":0,\"currency\":\"eur\"}]"

static void a_dispute_is_lost(void **state)
{
    struct desk *desk = *state;

    take(desk);
    assert_string_equal(see(desk, "needs_response", OUT), "disputed X1 needs_response 1000");
    assert_string_equal(desk->timers, "poll_dispute");
    assert_string_equal(see(desk, "needs_response", OUT), "");
    assert_int_equal(desk_payment(desk, 1)->disputed_minor, 1000);
    assert_string_equal(see(desk, "under_review", OUT), "disputed X1 under_review 1000");
    assert_string_equal(see(desk, "lost", OUT), "closed X1 lost 1000/1000");
    assert_string_equal(see(desk, "lost", OUT), "");
    assert_int_equal(desk_payment(desk, 1)->disputed_minor, 0);
    assert_int_equal(desk_payment(desk, 1)->lost_minor, 1000);
    assert_string_equal(desk_ledger(desk, 1),
                        "request authorize 1000, success authorize 1000, request capture 1000, "
                        "success capture 1000, request dispute 1000, success withdrawn 1000, "
                        "success fee 1500, request dispute 1000, failure dispute 1000");
    desk_refund_now(desk, "r1", 1, 100);
    assert_string_equal(desk->reply, "409");
    desk_check(desk);
}

static void a_dispute_is_won(void **state)
{
    struct desk *desk = *state;

    take(desk);
    see(desk, "needs_response", OUT);
    assert_string_equal(see(desk, "won", OUT), "closed X1 won 0/0");
    assert_string_equal(see(desk, "won", BACK), "");
    assert_int_equal(dispute(desk)->reinstated_minor, 1000);
    assert_int_equal(desk_payment(desk, 1)->disputed_minor, 0);
    desk_refund(desk, 1, "B1", 1000);
    assert_string_equal(desk_calls(desk), "B1/refund");
}

/* The first that is heard of it may be its end; and an end may be appealed against. */
static void news_come_in_any_order(void **state)
{
    struct desk *desk = *state;

    take(desk);
    assert_string_equal(see(desk, "lost", OUT), "closed X1 lost 1000/1000");
    assert_string_equal(see(desk, "under_review", OUT), "disputed X1 under_review 1000");
    assert_int_equal(desk_payment(desk, 1)->lost_minor, 0);
    assert_int_equal(desk_payment(desk, 1)->disputed_minor, 1000);
    assert_string_equal(see(desk, "won", BACK), "closed X1 won 0/0");
}

static void an_inquiry_keeps_nothing_back(void **state)
{
    struct desk *desk = *state;

    take(desk);
    assert_string_equal(see(desk, "warning_needs_response", ""), "disputed X1 inquiry 1000");
    desk_refund_now(desk, "r1", 1, 400);
    assert_string_equal(desk->reply, "201 B5001");
    assert_string_equal(desk_answer(desk, 200, "{\"id\":\"re_1\",\"status\":\"succeeded\"}"),
                        "refunded B5001 400/400");
    assert_string_equal(see(desk, "warning_closed", ""), "closed X1 withdrawn 0/0");
}

/* A person is told that it cannot be; what the order asks for waits, and is made, or is with the shopper already. */
static void refunds_wait(void **state)
{
    struct desk *desk = *state;

    take(desk);
    see(desk, "needs_response", OUT);
    desk_refund_now(desk, "r1", 1, 100);
    assert_string_equal(desk->reply, "409");
    assert_string_equal(desk_refund(desk, 1, "B1", 600), "");
    assert_string_equal(desk_calls(desk), "");
    assert_string_equal(desk_refund(desk, 1, "B2", 600), "refused rule:disputed B2");
    assert_string_equal(see(desk, "won", BACK), "closed X1 won 0/0");
    assert_string_equal(desk_calls(desk), "B1/refund");

    take(desk);
    see(desk, "needs_response", OUT);
    desk_refund(desk, 1, "B1", 600);
    assert_string_equal(see(desk, "lost", OUT),
                        "closed X1 lost 1000/1000; failed refund B1 lost_in_dispute 0");
    desk_check(desk);
}

static const char *say(struct desk *desk, const char *request, bool submit, const char *policy)
{
    const struct dispute_evidence evidence = { .refund_policy = policy };
    const struct payment_dispute_evidence message = {
        .dispute_id = desk_child_id(desk, 1, "X1"),
        .body = { .evidence = policy == NULL ? NULL : &evidence, .submit = submit }
    };

    return desk_request(desk, request, MESSAGE_PAYMENT_DISPUTE_EVIDENCE, &message);
}

static const char *accept(struct desk *desk, const char *request)
{
    const struct payment_dispute_accept message = { .dispute_id = desk_child_id(desk, 1, "X1") };

    return desk_request(desk, request, MESSAGE_PAYMENT_DISPUTE_ACCEPT, &message);
}

static void evidence_is_saved_and_sent_once(void **state)
{
    struct desk *desk = *state;

    take(desk);
    see(desk, "needs_response", OUT);
    say(desk, "r1", true, NULL);
    assert_string_equal(desk->reply, "422 /evidence");
    say(desk, "r2", false, "30 days & more");
    assert_string_equal(desk->reply, "201 X1");
    assert_string_equal(desk_calls(desk), "");
    say(desk, "r3", true, NULL);
    assert_string_equal(desk->reply, "201 X1");
    assert_string_equal(desk_calls(desk), "X1/answer/1");
    assert_string_equal(desk->calls[0].path, "/v1/disputes/du_1");
    assert_string_equal(
        desk->calls[0].form,
        "evidence%5Brefund_policy_disclosure%5D=30%20days%20%26%20more&submit=true");
    say(desk, "r4", true, "other");
    assert_string_equal(desk->reply, "409");
    say(desk, "r3", true, NULL);
    assert_string_equal(desk->reply, "201 X1");
    desk_answer(desk, 200, shown(desk, "under_review", OUT));
    assert_true(dispute(desk)->answered);
    desk_pass_on(desk); /* it is looked at by that */
    assert_string_equal(desk_answer(desk, 200, shown(desk, "under_review", OUT)), "");
    assert_string_equal(desk_pass_on(desk), "disputed X1 under_review 1000");
}

static void an_answer_may_be_refused(void **state)
{
    struct desk *desk = *state;

    take(desk);
    see(desk, "needs_response", OUT);
    say(desk, "r1", true, "30 days");
    assert_string_equal(desk_answer(desk, 400,
                                    "{\"error\":{\"type\":\"invalid_request_error\","
                                    "\"code\":\"dispute_evidence_too_long\"}}"),
                        "disputed X1 needs_response 1000 dispute_evidence_too_long");
    say(desk, "r2", true, "29 days");
    assert_string_equal(desk->reply, "201 X1");
    assert_string_equal(desk_calls(desk), "X1/answer/2");
}

static void what_is_accepted_is_lost(void **state)
{
    struct desk *desk = *state;

    take(desk);
    see(desk, "needs_response", OUT);
    accept(desk, "r1");
    assert_string_equal(desk->calls[0].path, "/v1/disputes/du_1/close");
    desk_answer(desk, 200, shown(desk, "lost", OUT));
    assert_string_equal(see(desk, "lost", OUT), "closed X1 accepted 1000/1000");
    accept(desk, "r2");
    assert_string_equal(desk->reply, "409");
}

static void nobody_answered_in_time(void **state)
{
    struct desk *desk = *state;

    take(desk);
    see(desk, "needs_response", OUT);
    desk->now += INT64_C(40) * 24 * 60 * 60 * 1000;
    say(desk, "r1", true, "30 days");
    assert_string_equal(desk->reply, "409");
    assert_string_equal(see(desk, "lost", OUT), "closed X1 expired 1000/1000");
    desk->now = 1800000000000;
}

/* Another order's, another currency's, another system's. */
static void what_is_not_ours_changes_nothing(void **state)
{
    struct desk *desk = *state;
    const char *others = NULL;

    take(desk);
    desk_tell(desk, "{\"id\":\"evt_1\",\"type\":\"charge.dispute.created\",\"data\":{\"object\":"
                    "{\"id\":\"du_1\"}}}");
    others = "{\"id\":\"du_1\",\"amount\":10,\"currency\":\"eur\",\"status\":\"needs_response\","
             "\"payment_intent\":{\"id\":\"pi_9\",\"metadata\":{}}}";
    desk_answer(desk, 200, others);
    assert_int_equal(desk->input_count, 0);
    assert_string_equal(desk_tell(desk, "{\"id\":\"evt_1\",\"type\":\"charge.dispute.created\","
                                        "\"data\":{\"object\":{\"id\":\"du/../1\"}}}"),
                        "");
    assert_string_equal(desk_calls(desk), "");
}

static void it_is_asked_about_until_it_is_over(void **state)
{
    struct desk *desk = *state;

    take(desk);
    see(desk, "needs_response", OUT);
    desk_timer(desk, 1, DISPUTE_POLL_TIMER, 1);
    assert_string_equal(desk->timers, "poll_dispute");
    desk_pass_on(desk);
    assert_string_equal(desk_answer(desk, 200, shown(desk, "won", BACK)), "");
    assert_string_equal(desk_pass_on(desk), "closed X1 won 0/0");
    desk_timer(desk, 1, DISPUTE_POLL_TIMER, 1);
    assert_string_equal(desk->timers, "");
}

/* A webhook that never comes: the list of disputes has it. */
static void the_list_is_read(void **state)
{
    struct desk *desk = *state;
    const struct payment_dispute_look look = { .provider = "stripe" };
    struct dispute_watch_row *row = NULL;
    size_t count = 0;

    take(desk);
    desk->inputs[0] =
        (struct desk_input){ MESSAGE_PAYMENT_DISPUTE_LOOK, { 0, "disputes.stripe" }, &look };
    desk->input_count = 1;
    desk_pass_on(desk);
    assert_string_equal(desk->timers, "watch_disputes");
    desk_list_timer(desk, "disputes.stripe", DISPUTE_WATCH_TIMER);
    assert_string_equal(desk->calls[0].path, "/v1/disputes?limit=100&created[gte]=1797404400");
    desk_answer(desk, 200, "{\"has_more\":true,\"data\":[{\"id\":\"../du_2\"},{\"id\":\"du_1\"}]}");
    assert_int_equal(desk->input_count, 1);
    assert_non_null(strstr(desk->calls[0].path, "&starting_after=du_1"));
    desk_answer(desk, 200, "{\"has_more\":false,\"data\":[]}");
    assert_string_equal(desk->timers, "watch_disputes");
    row = memory_database_rows(desk->database, &dispute_watch_table, &count)[0];
    assert_true(row->looked_at == desk->now);
}

/* --- PayPal -------------------------------------------------------------------------------------- */

static void paypal_shows_whose_it_is(void **state)
{
    struct desk *desk = *state;
    const char *event = "{\"id\":\"WH-1\",\"event_type\":\"CUSTOMER.DISPUTE.CREATED\",\"resource\":"
                        "{\"dispute_id\":\"PP-D-1\"}}";

    take(desk);
    desk_tell_raw(desk, "paypal", base64_encode(desk->kept, event, strlen(event)));
    assert_string_equal(desk->calls[0].path, "/v1/customer/disputes/PP-D-1");
    desk_answer(desk, 200,
                text_format(desk->kept,
                            "{\"dispute_id\":\"PP-D-1\",\"reason\":\"UNAUTHORISED\",\"status\":"
                            "\"RESOLVED\",\"dispute_life_cycle_stage\":\"CHARGEBACK\","
                            "\"dispute_amount\":{\"currency_code\":\"EUR\",\"value\":\"10.00\"},"
                            "\"dispute_outcome\":{\"outcome_code\":\"RESOLVED_BUYER_FAVOUR\","
                            "\"amount_refunded\":{\"currency_code\":\"EUR\",\"value\":\"7.5\"}},"
                            "\"disputed_transactions\":[{\"seller_transaction_id\":\"3C\","
                            "\"custom\":\"1,%s-P1\"}]}",
                            desk_order_id(desk, 1)));
    const struct payment_dispute_seen *seen = desk->inputs[0].message;

    assert_int_equal(desk->input_count, 1);
    assert_int_equal(seen->state, DISPUTE_STATE_LOST);
    assert_int_equal(seen->amount_minor, 1000);
    assert_int_equal(seen->lost_minor, 750);
    assert_string_equal(seen->reason, "unauthorised");
    assert_string_equal(desk_pass_on(desk), ""); /* but the payment is Stripe's */
}

/* What people wrote is JSON of PayPal's, whatever stands in it, and no half of a character at the end. */
static void paypal_is_told_in_json(void **state)
{
    enum { NOTES_BYTES = 2000 };
    struct arena *arena = arena_new(1 << 20);
    char long_text[NOTES_BYTES + 2];
    struct dispute_evidence evidence = { .tracking_number = "1Z\"9",
                                         .explanation = "a\\b\n\"c\"\t\xc3\xa9 /" };
    const struct payment_dispute_call call = { .operation = PAYMENT_DISPUTE_CALL_OPERATION_EVIDENCE,
                                               .dispute_ref = "PP-D-1",
                                               .evidence = &evidence };
    struct outside_request request;

    (void)state;
    paypal_dispute_build(arena, &call, "key-1", &request);
    assert_string_equal(request.path, "/v1/customer/disputes/PP-D-1/provide-evidence");
    assert_non_null(
        strstr(request.body,
               "{\"evidences\":[{\"evidence_type\":\"PROOF_OF_FULFILLMENT\",\"evidence_info\":"
               "{\"tracking_info\":[{\"carrier_name\":\"OTHER\",\"carrier_name_other\":\"unknown\","
               "\"tracking_number\":\"1Z\\\"9\"}]},"
               "\"notes\":\"a\\\\b\\n\\\"c\\\"\\t\xc3\xa9 /\\n\"}]}\r\n"));

    memset(long_text, 'x', NOTES_BYTES - 1);
    memcpy(long_text + NOTES_BYTES - 1, "\xc3\xa9", sizeof "\xc3\xa9");
    evidence = (struct dispute_evidence){ .explanation = long_text };
    paypal_dispute_build(arena, &call, "key-1", &request);
    assert_non_null(strstr(request.body, "xx\"}]}\r\n"));
    long_text[NOTES_BYTES - 1] = '\0';
    assert_non_null(strstr(request.body, long_text));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dispute_is_lost),
        cmocka_unit_test(a_dispute_is_won),
        cmocka_unit_test(news_come_in_any_order),
        cmocka_unit_test(an_inquiry_keeps_nothing_back),
        cmocka_unit_test(refunds_wait),
        cmocka_unit_test(evidence_is_saved_and_sent_once),
        cmocka_unit_test(an_answer_may_be_refused),
        cmocka_unit_test(what_is_accepted_is_lost),
        cmocka_unit_test(nobody_answered_in_time),
        cmocka_unit_test(what_is_not_ours_changes_nothing),
        cmocka_unit_test(it_is_asked_about_until_it_is_over),
        cmocka_unit_test(the_list_is_read),
        cmocka_unit_test(paypal_shows_whose_it_is),
        cmocka_unit_test(paypal_is_told_in_json),
    };

    return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
