/* notification_message_test.c - which facts a customer is told, in which order facts and contact may come, and that each is told once.
 *
 * links: notification
 */
#include "tests/unit/notification_bench.h"

#include "common/buffer.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/notification.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/notification/customer_message.h"
#include "services/notification/letter.h"
#include "services/notification/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_SAID(bench, step, want)                                                             \
    assert_string_equal(rules_said(bench, rules_run(bench, step)), want)

enum { LINES_MAX = 500, KINDS = CUSTOMER_MESSAGE_REFUND_REVERSED + 1 };

/* --- What comes in -------------------------------------------------------------------------------- */

static struct rules_step placed_lines(struct rules_bench *bench, int64_t order_no, size_t count)
{
    struct order_placed_line *lines = arena_alloc(bench->kept, count * sizeof *lines);
    const struct order_placed fact = {
        .order_id = rules_order_id(bench, order_no),
        .order_no = order_no,
        .clock = 1,
        .channel = "web",
        .currency = "EUR",
        .tax_mode = TAX_MODE_EXCLUSIVE,
        .lines = lines,
        .lines_count = count,
        .shipping_service = "standard",
        .shipping_price_minor = 490,
        .payment_method = PAYMENT_METHOD_CARD,
        .total_minor = 4488,
        .ship_country = "DE",
        .placed_at = bench->now,
    };

    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct order_placed_line){ .line_no = (int64_t)i + 1,
                                               .sku = text_format(bench->kept, "SKU-%zu", i + 1),
                                               .quantity = 2,
                                               .unit_price_minor = 1000,
                                               .discount_minor = 1,
                                               .has_discount_minor = true,
                                               .tax_minor = 3,
                                               .has_tax_minor = true };
    }
    return rules_message(bench, MESSAGE_ORDER_PLACED, &fact, sizeof fact);
}

static struct rules_step placed(struct rules_bench *bench, int64_t order_no)
{
    return placed_lines(bench, order_no, 2);
}

static struct rules_step confirmed(struct rules_bench *bench, int64_t order_no)
{
    const struct order_confirmed fact = { .order_id = rules_order_id(bench, order_no),
                                          .order_no = order_no,
                                          .clock = 5,
                                          .currency = "EUR",
                                          .total_minor = 4488,
                                          .confirmed_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_CONFIRMED, &fact, sizeof fact);
}

static struct rules_step canceled(struct rules_bench *bench, int64_t order_no)
{
    const struct order_canceled fact = { .order_id = rules_order_id(bench, order_no),
                                         .order_no = order_no,
                                         .clock = 20,
                                         .reason = CANCEL_REASON_SHOPPER_REQUEST,
                                         .canceled_by = CANCELED_BY_SHOPPER,
                                         .canceled_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_CANCELED, &fact, sizeof fact);
}

static struct rules_step rejected(struct rules_bench *bench, int64_t order_no,
                                  enum order_rejected_reason reason)
{
    const struct order_rejected fact = { .order_id = rules_order_id(bench, order_no),
                                         .order_no = order_no,
                                         .clock = 4,
                                         .reason = reason,
                                         .rejected_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_REJECTED, &fact, sizeof fact);
}

static struct rules_step expired(struct rules_bench *bench, int64_t order_no)
{
    const struct order_expired fact = { .order_id = rules_order_id(bench, order_no),
                                        .order_no = order_no,
                                        .clock = 6,
                                        .awaited = ORDER_EXPIRED_AWAITED_PAYMENT,
                                        .expired_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_EXPIRED, &fact, sizeof fact);
}

static struct rules_step shipped(struct rules_bench *bench, int64_t order_no, const char *shipment)
{
    const struct shipment_shipped fact = {
        .order_id = rules_order_id(bench, order_no),
        .order_no = order_no,
        .clock = 10,
        .shipment_id = rules_child_id(bench, order_no, shipment),
        .fulfillment_id = rules_child_id(bench, order_no, "F1"),
        .carrier = "demo-carrier",
        .tracking_number = "1Z999AA10123456784",
        .shipped_at = bench->now,
    };

    return rules_message(bench, MESSAGE_SHIPMENT_SHIPPED, &fact, sizeof fact);
}

static struct rules_step delivered(struct rules_bench *bench, int64_t order_no,
                                   const char *shipment)
{
    const struct shipment_delivered fact = {
        .order_id = rules_order_id(bench, order_no),
        .order_no = order_no,
        .clock = 15,
        .shipment_id = rules_child_id(bench, order_no, shipment),
        .fulfillment_id = rules_child_id(bench, order_no, "F1"),
        .delivered_at = bench->now,
    };

    return rules_message(bench, MESSAGE_SHIPMENT_DELIVERED, &fact, sizeof fact);
}

static struct rules_step contact_at(struct rules_bench *bench, int64_t order_no, const char *email,
                                    int64_t clock)
{
    const struct notification_contact command = { .order_id = rules_order_id(bench, order_no),
                                                  .order_no = order_no,
                                                  .clock = clock,
                                                  .channel = "web",
                                                  .name = "Ada Lovelace",
                                                  .email = email,
                                                  .locale = "tr-TR",
                                                  .channel_order_ref = "100045" };

    return rules_message(bench, MESSAGE_NOTIFICATION_CONTACT, &command, sizeof command);
}

static struct rules_step contact(struct rules_bench *bench, int64_t order_no)
{
    return contact_at(bench, order_no, "ada@shop.example", 2);
}

static struct rules_step silencing(struct rules_bench *bench, int64_t order_no,
                                   enum customer_message message)
{
    struct notification_contact command =
        *(const struct notification_contact *)contact(bench, order_no).message;

    command.silenced = rules_keep(bench, &message, sizeof message);
    command.silenced_count = 1;
    return rules_message(bench, MESSAGE_NOTIFICATION_CONTACT, &command, sizeof command);
}

static struct rules_step opened(struct rules_bench *bench, int64_t order_no, const char *share)
{
    const struct work_line line = { .line_no = 1, .sku = "A", .quantity = 1 };
    const struct fulfillment_opened fact = { .order_id = rules_order_id(bench, order_no),
                                             .order_no = order_no,
                                             .clock = 8,
                                             .fulfillment_id =
                                                 rules_child_id(bench, order_no, share),
                                             .location = "WH-1",
                                             .lines = rules_keep(bench, &line, sizeof line),
                                             .lines_count = 1 };

    return rules_message(bench, MESSAGE_FULFILLMENT_OPENED, &fact, sizeof fact);
}

static struct rules_step share_canceled(struct rules_bench *bench, int64_t order_no,
                                        const char *share)
{
    const struct fulfillment_canceled fact = { .order_id = rules_order_id(bench, order_no),
                                               .order_no = order_no,
                                               .clock = 9,
                                               .fulfillment_id =
                                                   rules_child_id(bench, order_no, share),
                                               .reason = CANCEL_REASON_OUT_OF_STOCK };

    return rules_message(bench, MESSAGE_FULFILLMENT_CANCELED, &fact, sizeof fact);
}

static const struct line_quantity two_pieces = { .line_no = 1, .sku = "A", .quantity = 2 };

static struct rules_step asked(struct rules_bench *bench, int64_t order_no)
{
    const struct order_asked fact = { .order_id = rules_order_id(bench, order_no),
                                      .order_no = order_no,
                                      .clock = 3,
                                      .missing = &two_pieces,
                                      .missing_count = 1,
                                      .expires_at = bench->now + 1000,
                                      .asked_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_ASKED, &fact, sizeof fact);
}

static struct rules_step reduced(struct rules_bench *bench, int64_t order_no, int64_t clock)
{
    const struct order_reduced fact = { .order_id = rules_order_id(bench, order_no),
                                        .order_no = order_no,
                                        .clock = clock,
                                        .reason = REDUCE_REASON_SHORT_PICK,
                                        .lines = &two_pieces,
                                        .lines_count = 1,
                                        .currency = "EUR",
                                        .total_minor = 500,
                                        .reduced_by_minor = 200,
                                        .reduced_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_REDUCED, &fact, sizeof fact);
}

static struct rules_step delayed(struct rules_bench *bench, int64_t order_no)
{
    const struct order_delayed fact = { .order_id = rules_order_id(bench, order_no),
                                        .order_no = order_no,
                                        .clock = 12,
                                        .awaited = ORDER_DELAYED_AWAITED_PACKING,
                                        .delayed_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_DELAYED, &fact, sizeof fact);
}

static struct rules_step later(struct rules_bench *bench, int64_t order_no)
{
    const struct order_promise_changed fact = { .order_id = rules_order_id(bench, order_no),
                                                .order_no = order_no,
                                                .clock = 14,
                                                .reason = ORDER_PROMISE_CHANGED_REASON_CARRIER,
                                                .promised_delivery = { "2026-03-03", "2026-03-06" },
                                                .changed_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_PROMISE_CHANGED, &fact, sizeof fact);
}

static struct rules_step completed(struct rules_bench *bench, int64_t order_no)
{
    const struct order_completed fact = { .order_id = rules_order_id(bench, order_no),
                                          .order_no = order_no,
                                          .clock = 30,
                                          .completed_at = bench->now };

    return rules_message(bench, MESSAGE_ORDER_COMPLETED, &fact, sizeof fact);
}

static struct rules_step awaited(struct rules_bench *bench, int64_t order_no, const char *payment,
                                 bool transfer)
{
    const struct payment_requires_action fact = {
        .order_id = rules_order_id(bench, order_no),
        .order_no = order_no,
        .clock = 4,
        .payment_id = rules_child_id(bench, order_no, payment),
        .amount_minor = 4488,
        .currency = "EUR",
        .action = transfer ? PAYMENT_REQUIRES_ACTION_ACTION_TRANSFER
                           : PAYMENT_REQUIRES_ACTION_ACTION_REDIRECT,
        .action_url = transfer ? NULL : "https://pay.example/3ds/42",
        .reference = transfer ? "RF42" : NULL,
        .expires_at = bench->now + 1000,
        .has_expires_at = true,
    };

    return rules_message(bench, MESSAGE_PAYMENT_REQUIRES_ACTION, &fact, sizeof fact);
}

static struct rules_step declined(struct rules_bench *bench, int64_t order_no, const char *payment)
{
    const struct payment_declined fact = { .order_id = rules_order_id(bench, order_no),
                                           .order_no = order_no,
                                           .clock = 6,
                                           .payment_id = rules_child_id(bench, order_no, payment),
                                           .amount_minor = 4488,
                                           .currency = "EUR",
                                           .code = "insufficient_funds" };

    return rules_message(bench, MESSAGE_PAYMENT_DECLINED, &fact, sizeof fact);
}

static struct rules_step refunded(struct rules_bench *bench, int64_t order_no, const char *refund)
{
    const struct payment_refunded fact = { .order_id = rules_order_id(bench, order_no),
                                           .order_no = order_no,
                                           .clock = 20,
                                           .payment_id = rules_child_id(bench, order_no, "P1"),
                                           .refund_id = rules_child_id(bench, order_no, refund),
                                           .amount_minor = 700,
                                           .currency = "EUR",
                                           .refunded_minor = 700 };

    return rules_message(bench, MESSAGE_PAYMENT_REFUNDED, &fact, sizeof fact);
}

static struct rules_step refund_failed(struct rules_bench *bench, int64_t order_no,
                                       const char *refund)
{
    const struct payment_failed fact = { .order_id = rules_order_id(bench, order_no),
                                         .order_no = order_no,
                                         .clock = 21,
                                         .payment_id = rules_child_id(bench, order_no, "P1"),
                                         .operation = PAYMENT_FAILED_OPERATION_REFUND,
                                         .operation_id = rules_child_id(bench, order_no, refund),
                                         .code = "expired_or_canceled_card",
                                         .amount_minor = 700,
                                         .has_amount_minor = true,
                                         .currency = "EUR",
                                         .failed_at = bench->now - 1000,
                                         .has_failed_at = true };

    return rules_message(bench, MESSAGE_PAYMENT_FAILED, &fact, sizeof fact);
}

/* The end of a mail of an order. */
static struct rules_step mail_end(struct rules_bench *bench, int64_t order_no,
                                  enum customer_message message, int64_t event_no, bool accepted)
{
    const struct notification_mail mail = { .order_id = rules_order_id(bench, order_no),
                                            .order_no = order_no,
                                            .message = message,
                                            .event_no = event_no };
    const struct mail_end end = { .accepted = accepted };

    return (struct rules_step){ .effect = MAIL_EFFECT,
                                .effect_key = "key",
                                .payload = rules_keep(bench, &mail, sizeof mail),
                                .result = rules_keep(bench, &end, sizeof end),
                                .subject = { order_no, mail.order_id } };
}

/* --- What was decided ----------------------------------------------------------------------------- */

/* The mails of a decision, by the part of their keys behind the order: "received shipped.1". */
static const char *mails(struct rules_bench *bench, const struct decision *decision)
{
    const char *text = "";

    for (const struct effect_request *at = decision->effects; at != NULL; at = at->next) {
        text = text_format(bench->kept, "%s%s%s", text, text[0] == '\0' ? "" : " ",
                           strchr(at->key, '.') + 1);
    }
    return text;
}

static const struct notification_mail *first_mail(const struct decision *decision)
{
    assert_non_null(decision->effects);
    return decision->effects->payload;
}

static enum undeliverable_reason reason_of(const struct decision *decision)
{
    const struct notification_undeliverable *fact =
        rules_find(decision, MESSAGE_NOTIFICATION_UNDELIVERABLE);

    return fact == NULL ? UNDELIVERABLE_REASON_ABSENT : fact->reason;
}

static size_t count_rows(struct rules_bench *bench, const struct table *table)
{
    size_t count = 0;

    memory_database_rows(bench->database, table, &count);
    return count;
}

/* Of the messages that are on their way (an order has one at most) any; NULL when there is none. */
static const struct customer_message_row *on_its_way(struct rules_bench *bench, int64_t order_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &customer_message_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct customer_message_row *row = rows[i];

        if (row->order_no == order_no && row->state == NOTIFICATION_MESSAGE_STATE_SENDING) {
            return row;
        }
    }
    return NULL;
}

/* The mail that is on its way arrives; the mails that go out then. */
static const char *arrives(struct rules_bench *bench, int64_t order_no)
{
    const struct customer_message_row *row = on_its_way(bench, order_no);

    assert_non_null(row);
    return mails(bench, rules_run(bench, mail_end(bench, order_no, (enum customer_message)row->kind,
                                                  row->event_no, true)));
}

/* --- Tests ---------------------------------------------------------------------------------------- */

/* A row a state, a column an input: too early, possible, impossible, unwanted, accepted, refused; "." is nothing. */
static void follows_the_picture(void **state)
{
    static const char *const picture[] = {
        [NOTIFICATION_MESSAGE_STATE_ABSENT] = "wsuq..",
        [NOTIFICATION_MESSAGE_STATE_WAITING] = ".suq..",
        [NOTIFICATION_MESSAGE_STATE_SENDING] = "....tu",
        [NOTIFICATION_MESSAGE_STATE_TOLD] = "......",
        [NOTIFICATION_MESSAGE_STATE_UNDELIVERABLE] = "......",
        [NOTIFICATION_MESSAGE_STATE_SILENCED] = "......",
    };

    (void)state;
    for (int from = 0; from <= NOTIFICATION_MESSAGE_STATE_SILENCED; from++) {
        for (int input = 0; input < TELLING_INPUT_COUNT; input++) {
            enum notification_message_state next =
                message_next((enum notification_message_state)from, (enum telling_input)input);

            assert_int_equal(".wstuq"[next], picture[from][input]);
        }
    }
}

static void tells_each_fact_once(void **state)
{
    struct rules_bench *bench = *state;
    const struct {
        struct rules_step fact;
        const char *mail;
    } steps[] = {
        { placed(bench, 1), "received" },
        { confirmed(bench, 1), "confirmed" },
        { shipped(bench, 1, "S1"), "shipped.1" },
        { shipped(bench, 1, "S2"), "shipped.2" },
        { delivered(bench, 1, "S2"), "delivered.2" },
        { delivered(bench, 1, "S1"), "delivered.1" },
        { canceled(bench, 1), "canceled" },
    };

    ASSERT_SAID(bench, contact(bench, 1), "");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_string_equal(mails(bench, rules_run(bench, steps[i].fact)), steps[i].mail);
        ASSERT_SAID(bench, steps[i].fact, "");
        assert_string_equal(arrives(bench, 1), "");
    }
    ASSERT_SAID(bench, contact(bench, 1), "");
    assert_int_equal(count_rows(bench, &early_line_table), 0);
}

static void same_batch_tells_once(void **state)
{
    struct rules_bench *bench = *state;
    const struct rules_step steps[] = { placed(bench, 1), placed(bench, 1), contact(bench, 1),
                                        placed(bench, 1), contact(bench, 1) };

    rules_batch(bench, steps, 5);
    assert_string_equal(rules_said(bench, &bench->decisions[0]), "");
    assert_string_equal(rules_said(bench, &bench->decisions[1]), "");
    assert_string_equal(mails(bench, &bench->decisions[2]), "received");
    assert_string_equal(rules_said(bench, &bench->decisions[3]), "");
    assert_string_equal(rules_said(bench, &bench->decisions[4]), "");
    assert_int_equal(first_mail(&bench->decisions[2])->lines_count, 2);
}

static void early_facts_wait_for_the_contact(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, delivered(bench, 1, "S1"), "");
    ASSERT_SAID(bench, shipped(bench, 1, "S1"), "");
    ASSERT_SAID(bench, placed(bench, 1), "");
    ASSERT_SAID(bench, placed(bench, 1), "");
    ASSERT_SAID(bench, confirmed(bench, 1), "");
    assert_int_equal(count_rows(bench, &early_line_table), 2);
    const struct decision *decision = rules_run(bench, contact(bench, 1));
    assert_string_equal(mails(bench, decision), "received");
    const struct notification_mail *mail = first_mail(decision);
    assert_int_equal(mail->lines_count, 2);
    assert_string_equal(mail->lines[1].sku, "SKU-2");
    assert_int_equal(mail->lines[1].price_minor, 1999);
    assert_int_equal(mail->tax_minor, 6);
    assert_int_equal(mail->more_lines, 0);
    assert_int_equal(count_rows(bench, &early_line_table), 0);
    ASSERT_SAID(bench, contact(bench, 1), "");
    assert_string_equal(arrives(bench, 1), "confirmed");
    assert_string_equal(arrives(bench, 1), "shipped.1");
    assert_string_equal(arrives(bench, 1), "delivered.1");
    assert_string_equal(arrives(bench, 1), "");
}

/* As far as they are known: what is read later and happened earlier goes first. */
static void mails_go_out_by_the_clock(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, contact(bench, 1), "");
    ASSERT_SAID(bench, placed(bench, 1), "effect:mail");
    ASSERT_SAID(bench, delivered(bench, 1, "S1"), "");
    ASSERT_SAID(bench, shipped(bench, 1, "S1"), "");
    ASSERT_SAID(bench, confirmed(bench, 1), "");
    assert_string_equal(arrives(bench, 1), "confirmed");
    rules_run(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_CONFIRMED, 0,
                              false)); /* refused: the next one all the same */
    assert_int_equal(on_its_way(bench, 1)->kind, CUSTOMER_MESSAGE_SHIPPED);
    assert_string_equal(arrives(bench, 1), "delivered.1");
}

static void a_mail_says_what_the_fact_said(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, contact(bench, 1), "");
    const struct notification_mail *mail = first_mail(rules_run(bench, shipped(bench, 1, "S1")));
    assert_string_equal(mail->email, "ada@shop.example");
    assert_string_equal(mail->name, "Ada Lovelace");
    assert_string_equal(mail->locale, "tr-TR");
    assert_string_equal(mail->channel_order_ref, "100045");
    assert_string_equal(mail->carrier, "demo-carrier");
    assert_string_equal(mail->tracking_number, "1Z999AA10123456784");
    assert_int_equal(mail->event_no, 1);
    assert_null(mail->currency);
    arrives(bench, 1);
    mail = first_mail(rules_run(bench, confirmed(bench, 1)));
    assert_string_equal(mail->currency, "EUR");
    assert_int_equal(mail->total_minor, 4488);
    assert_int_equal(mail->lines_count, 0);
}

/* Also when it waited: the same lines are listed. */
static void a_long_order_is_listed_in_part(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, contact(bench, 1), "");
    ASSERT_SAID(bench, placed_lines(bench, 2, LINES_MAX), "");
    const struct notification_mail *mail =
        first_mail(rules_run(bench, placed_lines(bench, 1, LINES_MAX)));
    assert_int_equal(mail->lines_count, LETTER_LINES_MAX);
    assert_int_equal(mail->more_lines, LINES_MAX - LETTER_LINES_MAX);
    mail = first_mail(rules_run(bench, contact(bench, 2)));
    assert_int_equal(mail->lines_count, LETTER_LINES_MAX);
    assert_int_equal(mail->more_lines, LINES_MAX - LETTER_LINES_MAX);
    assert_string_equal(mail->lines[LETTER_LINES_MAX - 1].sku, "SKU-100");
}

static void however_it_ends_it_is_told_once(void **state)
{
    struct rules_bench *bench = *state;

    for (int64_t order_no = 1; order_no <= 4; order_no++) {
        ASSERT_SAID(bench, contact(bench, order_no), "");
    }
    assert_string_equal(mails(bench, rules_run(bench, expired(bench, 1))), "expired");
    assert_string_equal(mails(bench, rules_run(bench, canceled(bench, 2))), "canceled");
    assert_string_equal(
        mails(bench, rules_run(bench, rejected(bench, 3, ORDER_REJECTED_REASON_OUT_OF_STOCK))),
        "rejected");
    ASSERT_SAID(bench, rejected(bench, 4, ORDER_REJECTED_REASON_INVALID), "");
    ASSERT_SAID(bench, expired(bench, 1), "");
}

static void without_a_way_nobody_is_told(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, contact_at(bench, 1, NULL, 2), "");
    const struct decision *decision = rules_run(bench, placed(bench, 1));
    assert_int_equal(reason_of(decision), UNDELIVERABLE_REASON_NO_ADDRESS);
    assert_null(decision->effects);
    ASSERT_SAID(bench, placed(bench, 1), "");

    ASSERT_SAID(bench, placed(bench, 2), "");
    decision = rules_run(bench, contact_at(bench, 2, "ada@,eve@shop.example", 2));
    assert_int_equal(reason_of(decision), UNDELIVERABLE_REASON_BAD_ADDRESS);
    assert_null(decision->effects);
    assert_int_equal(count_rows(bench, &early_line_table), 0);
}

static void old_news_is_not_told(void **state)
{
    struct rules_bench *bench = *state;
    const int64_t week_ms = INT64_C(7) * 24 * 3600 * 1000;
    struct rules_step old = placed(bench, 1), in_time = confirmed(bench, 1);

    ASSERT_SAID(bench, contact(bench, 1), "");
    bench->now += week_ms;
    ASSERT_SAID(bench, in_time, "effect:mail");
    arrives(bench, 1);
    bench->now += 1;
    assert_int_equal(reason_of(rules_run(bench, old)), UNDELIVERABLE_REASON_LATE);
}

static void the_end_of_a_mail_is_stated_once(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, contact(bench, 1));
    rules_run(bench, shipped(bench, 1, "S3"));
    rules_run(bench, confirmed(bench, 1));
    bench->now += 1000;
    const struct decision *decision =
        rules_run(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_SHIPPED, 3, true));
    const struct notification_told *told = rules_find(decision, MESSAGE_NOTIFICATION_TOLD);
    assert_non_null(told);
    assert_string_equal(told->shipment_id, rules_child_id(bench, 1, "S3"));
    assert_int_equal(told->message, CUSTOMER_MESSAGE_SHIPPED);
    assert_int_equal(told->told_at, bench->now);
    ASSERT_SAID(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_SHIPPED, 3, true), "");
    ASSERT_SAID(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_SHIPPED, 3, false), "");

    decision = rules_run(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_CONFIRMED, 0, false));
    assert_int_equal(reason_of(decision), UNDELIVERABLE_REASON_REFUSED);
    ASSERT_SAID(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_CONFIRMED, 0, true), "");
    ASSERT_SAID(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_DELIVERED, 3, true), "");
}

/* A mail that is told when the contact comes is caused by both. */
static void clocks_follow_what_caused_them(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, placed(bench, 1));
    rules_run(bench, confirmed(bench, 1));
    const struct decision *decision = rules_run(bench, contact_at(bench, 1, NULL, 2));
    const struct notification_undeliverable *fact =
        rules_find(decision, MESSAGE_NOTIFICATION_UNDELIVERABLE);
    assert_non_null(fact);
    assert_int_equal(fact->clock, 6);
}

static void the_later_contact_counts(void **state)
{
    struct rules_bench *bench = *state;

    rules_run(bench, contact_at(bench, 1, "old@shop.example", 2));
    rules_run(bench, contact_at(bench, 1, "new@shop.example", 9));
    rules_run(bench, contact_at(bench, 1, "old@shop.example", 2));
    assert_string_equal(first_mail(rules_run(bench, placed(bench, 1)))->email, "new@shop.example");
}

static void what_names_two_orders_is_parked(void **state)
{
    struct rules_bench *bench = *state;
    struct rules_step step = placed(bench, 1);

    step.subject.id = rules_order_id(bench, 2);
    ASSERT_SAID(bench, step, "impossible");
    step = contact(bench, 1);
    step.subject.id = rules_order_id(bench, 2);
    ASSERT_SAID(bench, step, "impossible");
    struct shipment_shipped fact =
        *(const struct shipment_shipped *)shipped(bench, 1, "S1").message;
    fact.shipment_id = rules_child_id(bench, 2, "S1");
    ASSERT_SAID(bench, rules_message(bench, MESSAGE_SHIPMENT_SHIPPED, &fact, sizeof fact),
                "impossible");
    fact.shipment_id = rules_child_id(bench, 1, "F1");
    ASSERT_SAID(bench, rules_message(bench, MESSAGE_SHIPMENT_SHIPPED, &fact, sizeof fact),
                "impossible");
}

/* Each is told once, however often it comes; those that may come again are told apart. */
static void tells_what_goes_otherwise(void **state)
{
    struct rules_bench *bench = *state;
    const struct {
        struct rules_step fact;
        const char *mail;
    } steps[] = {
        { asked(bench, 1), "choice_asked.3" },
        { awaited(bench, 1, "P1", true), "payment_awaited.1" },
        { declined(bench, 1, "P1"), "payment_failed.1" },
        { awaited(bench, 1, "P2", false), "payment_awaited.2" },
        { reduced(bench, 1, 10), "reduced.10" },
        { reduced(bench, 1, 11), "reduced.11" },
        { delayed(bench, 1), "delayed.12" },
        { later(bench, 1), "promise_changed.14" },
        { refunded(bench, 1, "B1"), "refunded.1" },
        { refunded(bench, 1, "B2"), "refunded.2" },
        { refund_failed(bench, 1, "B2"), "refund_reversed.2" },
        { completed(bench, 1), "completed" },
    };

    ASSERT_SAID(bench, contact(bench, 1), "");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        assert_string_equal(mails(bench, rules_run(bench, steps[i].fact)), steps[i].mail);
        ASSERT_SAID(bench, steps[i].fact, "");
        assert_string_equal(arrives(bench, 1), "");
        ASSERT_SAID(bench, steps[i].fact, "");
    }
}

/* What the customer was never told of did not come back for them. */
static void a_refund_that_never_was_is_not_told(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, contact(bench, 1), "");
    assert_string_equal(mails(bench, rules_run(bench, refund_failed(bench, 1, "B1"))), "");
    assert_string_equal(mails(bench, rules_run(bench, refunded(bench, 1, "B2"))), "refunded.2");
    arrives(bench, 1);
    const struct notification_mail *mail =
        first_mail(rules_run(bench, refund_failed(bench, 1, "B2")));
    assert_int_equal(mail->happened_at, bench->now - 1000);
    assert_int_equal(mail->amount_minor, 700);
}

static void mails_say_what_is_to_be_done(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, contact(bench, 1), "");
    const struct notification_mail *mail =
        first_mail(rules_run(bench, awaited(bench, 1, "P1", true)));
    assert_string_equal(mail->reference, "RF42");
    assert_null(mail->url);
    assert_int_equal(mail->amount_minor, 4488);
    assert_int_equal(mail->until, bench->now + 1000);
    arrives(bench, 1);
    mail = first_mail(rules_run(bench, awaited(bench, 1, "P2", false)));
    assert_string_equal(mail->url, "https://pay.example/3ds/42");
    assert_null(mail->reference);
    ASSERT_SAID(bench, asked(bench, 1), ""); /* waits, with its lines and its deadline */
    ASSERT_SAID(bench, reduced(bench, 1, 10), "");
    const struct customer_message_row *row = on_its_way(bench, 1);
    mail = first_mail(rules_run(
        bench, mail_end(bench, 1, (enum customer_message)row->kind, row->event_no, true)));
    assert_int_equal(mail->message, CUSTOMER_MESSAGE_CHOICE_ASKED);
    assert_int_equal(mail->until, bench->now + 1000);
    assert_int_equal(mail->lines_count, 1);
    assert_int_equal(mail->lines[0].quantity, 2);
    mail = first_mail(rules_run(bench, mail_end(bench, 1, CUSTOMER_MESSAGE_CHOICE_ASKED, 3, true)));
    assert_int_equal(mail->lines_count, 1);
    assert_int_equal(mail->amount_minor, 200);
    assert_int_equal(mail->total_minor, 500);
    assert_int_equal(count_rows(bench, &early_line_table), 0);
}

/* A consignment is a part as long as another one is to come. */
static void a_part_is_called_a_part(void **state)
{
    struct rules_bench *bench = *state;
    static const char *const ends[] = { "partly_shipped.1", "partly_shipped.2", "shipped.3" };

    ASSERT_SAID(bench, contact(bench, 1), "");
    ASSERT_SAID(bench, opened(bench, 1, "F1"), "");
    ASSERT_SAID(bench, opened(bench, 1, "F2"), "");
    ASSERT_SAID(bench, opened(bench, 1, "F2"), "");
    ASSERT_SAID(bench, opened(bench, 1, "F3"), "");
    ASSERT_SAID(bench, opened(bench, 1, "F4"), "");
    ASSERT_SAID(bench, share_canceled(bench, 1, "F4"), "");
    for (int i = 0; i < 3; i++) {
        struct rules_step step = shipped(bench, 1, text_format(bench->kept, "S%d", i + 1));

        assert_string_equal(mails(bench, rules_run(bench, step)), ends[i]);
        ASSERT_SAID(bench, step, "");
        arrives(bench, 1);
        ASSERT_SAID(bench, step, "");
    }
    ASSERT_SAID(bench, contact(bench, 2), "");
    ASSERT_SAID(bench, opened(bench, 2, "F2"), "");
    ASSERT_SAID(bench, share_canceled(bench, 2, "F1"), "");
    assert_string_equal(mails(bench, rules_run(bench, shipped(bench, 2, "S1"))), "shipped.1");
}

static void what_is_silenced_is_not_told(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, silencing(bench, 1, CUSTOMER_MESSAGE_CONFIRMED), "");
    ASSERT_SAID(bench, confirmed(bench, 1), "");
    assert_null(on_its_way(bench, 1));
    ASSERT_SAID(bench, placed(bench, 1), "effect:mail");
    ASSERT_SAID(bench, placed(bench, 2), "");
    ASSERT_SAID(bench, silencing(bench, 2, CUSTOMER_MESSAGE_RECEIVED), "");
    assert_int_equal(count_rows(bench, &early_line_table), 0);
}

static void a_mailbox_that_puts_off_is_given_up(void **state)
{
    struct rules_bench *bench = *state;
    struct rules_step given_up = mail_end(bench, 1, CUSTOMER_MESSAGE_RECEIVED, 0, false);

    given_up.result = NULL;
    ASSERT_SAID(bench, contact(bench, 1), "");
    ASSERT_SAID(bench, placed(bench, 1), "effect:mail");
    ASSERT_SAID(bench, confirmed(bench, 1), "");
    const struct decision *decision = rules_run(bench, given_up);
    assert_int_equal(reason_of(decision), UNDELIVERABLE_REASON_UNREACHABLE);
    assert_string_equal(mails(bench, decision), "confirmed");
}

/* One of the inputs of order 1. */
static struct rules_step any_step(struct rules_bench *bench)
{
    switch (rules_random(bench, 10)) {
    case 0:
        return placed(bench, 1);
    case 1:
        return confirmed(bench, 1);
    case 2:
        return shipped(bench, 1, "S1");
    case 3:
        return shipped(bench, 1, "S2");
    case 4:
        return delivered(bench, 1, "S1");
    case 5:
        return canceled(bench, 1);
    case 6:
        return contact(bench, 1);
    case 7:
        return opened(bench, 1, "F2");
    default:
        return mail_end(bench, 1, (enum customer_message)(1 + rules_random(bench, KINDS - 1)),
                        rules_random(bench, 3), rules_random(bench, 2) == 0);
    }
}

struct tally {
    int mails[KINDS][4], ends[KINDS][4];
};

static void count_decision(const struct decision *decision, struct tally *tally)
{
    for (const struct effect_request *at = decision->effects; at != NULL; at = at->next) {
        const struct notification_mail *mail = at->payload;

        tally->mails[mail->message][mail->event_no]++;
    }
    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        bool told = at->message_type == MESSAGE_NOTIFICATION_TOLD;
        const struct notification_told *fact = at->message;
        const struct notification_undeliverable *other = at->message;
        const char *shipment = told ? fact->shipment_id : other->shipment_id;

        tally->ends[told ? fact->message : other->message]
                   [shipment == NULL ? 0 : shipment[strlen(shipment) - 1] - '0']++;
    }
}

/* A random course of one order. */
static void run_course(struct rules_bench *bench, uint64_t seed, struct tally *tally)
{
    bench->random = seed;
    for (int i = 0; i < 40; i++) {
        struct rules_step steps[3] = { any_step(bench), any_step(bench), any_step(bench) };

        rules_batch(bench, steps, 3);
        for (size_t at = 0; at < 3; at++) {
            count_decision(&bench->decisions[at], tally);
        }
    }
    rules_run(bench, contact(bench, 1));
    for (const struct customer_message_row *row = on_its_way(bench, 1); row != NULL;
         row = on_its_way(bench, 1)) {
        count_decision(rules_run(bench, mail_end(bench, 1, (enum customer_message)row->kind,
                                                 row->event_no, true)),
                       tally);
    }
    assert_int_equal(count_rows(bench, &early_line_table), 0);
}

/* Whatever comes in whichever order, however often: a mail a message at most, an end a mail at most. */
static void any_order_tells_once(void **state)
{
    struct rules_bench *bench = *state;

    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct rules_bench *one = rules_bench_new(bench->service);
        struct tally tally = { 0 };

        run_course(one, seed, &tally);
        rules_bench_free(one);
        for (int kind = 0; kind < KINDS * 4; kind++) {
            assert_in_range(tally.mails[kind / 4][kind % 4], 0, 1);
            assert_in_range(tally.ends[kind / 4][kind % 4], 0, tally.mails[kind / 4][kind % 4]);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static struct rules_step erase(struct rules_bench *bench, int64_t order_no)
{
    const struct notification_erase command = { .order_id = rules_order_id(bench, order_no),
                                                .order_no = order_no,
                                                .clock = 90 };

    return rules_message(bench, MESSAGE_NOTIFICATION_ERASE, &command, sizeof command);
}

static const struct contact_row *stored_contact(struct rules_bench *bench)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &customer_contact_table, &count);

    assert_int_equal(count, 1);
    return rows[0];
}

/* What comes later has no address, and an older word of the order service does not bring it back. */
static void who_was_erased_hears_nothing(void **state)
{
    struct rules_bench *bench = *state;

    ASSERT_SAID(bench, erase(bench, 1), "");
    rules_run(bench, contact(bench, 1));
    rules_run(bench, awaited(bench, 1, "P1", PAYMENT_REQUIRES_ACTION_ACTION_REDIRECT));
    (void)arrives(bench, 1);
    ASSERT_SAID(bench, erase(bench, 1), "");
    rules_run(bench, contact(bench, 1));
    assert_string_equal(stored_contact(bench)->name, "");
    assert_null(stored_contact(bench)->email);
    assert_null(stored_contact(bench)->locale);
    const struct decision *decision = rules_run(bench, completed(bench, 1));
    assert_int_equal(reason_of(decision), UNDELIVERABLE_REASON_NO_ADDRESS);
    assert_null(decision->effects);
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &customer_message_table, &count);
    for (size_t i = 0; i < count; i++) {
        assert_null(((const struct customer_message_row *)rows[i])->url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_was_erased_hears_nothing, set_up, tear_down),
        cmocka_unit_test(follows_the_picture),
        TEST(tells_each_fact_once),
        TEST(same_batch_tells_once),
        TEST(early_facts_wait_for_the_contact),
        TEST(mails_go_out_by_the_clock),
        TEST(tells_what_goes_otherwise),
        TEST(a_refund_that_never_was_is_not_told),
        TEST(mails_say_what_is_to_be_done),
        TEST(a_part_is_called_a_part),
        TEST(what_is_silenced_is_not_told),
        TEST(a_mailbox_that_puts_off_is_given_up),
        TEST(a_mail_says_what_the_fact_said),
        TEST(a_long_order_is_listed_in_part),
        TEST(however_it_ends_it_is_told_once),
        TEST(without_a_way_nobody_is_told),
        TEST(old_news_is_not_told),
        TEST(the_end_of_a_mail_is_stated_once),
        TEST(clocks_follow_what_caused_them),
        TEST(the_later_contact_counts),
        TEST(what_names_two_orders_is_parked),
        TEST(any_order_tells_once),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
