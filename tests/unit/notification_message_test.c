/* notification_message_test.c - which facts a customer is told, in which order facts and contact may come, and that each is told once.
 *
 * links: notification
 */
#include "tests/unit/rules_bench.h"

#include "common/buffer.h"
#include "common/text.h"
#include "proto/notification.h"
#include "proto/order.h"
#include "proto/shipping.h"
#include "services/notification/customer_message.h"
#include "services/notification/letter.h"
#include "services/notification/mail.h"
#include "services/notification/notification.h"
#include "services/notification/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASSERT_SAID(bench, step, want)                                                             \
    assert_string_equal(rules_said(bench, rules_run(bench, step)), want)

enum { LINES_MAX = 500, KINDS = CUSTOMER_MESSAGE_CANCELED + 1 };

/* By default mails are made of the templates of the tree. */
static int start(void **state)
{
    struct ctx ctx = { .arena = arena_new(1 << 22) };

    (void)state;
    if (mail_start(&ctx) != OK) {
        fail_msg("%s", ctx.detail);
    }
    arena_free(ctx.arena);
    return 0;
}

static int set_up(void **state)
{
    *state = rules_bench_new(&notification_service);
    return 0;
}

static int tear_down(void **state)
{
    rules_bench_free(*state);
    return 0;
}

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

/* The end of a mail of an order. */
static struct rules_step mail_end(struct rules_bench *bench, int64_t order_no,
                                  enum customer_message message, int64_t shipment_no, bool accepted)
{
    const struct notification_mail mail = { .order_id = rules_order_id(bench, order_no),
                                            .order_no = order_no,
                                            .message = message,
                                            .shipment_no = shipment_no };
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

/* --- Tests ---------------------------------------------------------------------------------------- */

/* A row a state, a column an input: too early, possible, impossible, accepted, refused; "." is nothing. */
static void follows_the_picture(void **state)
{
    static const char *const picture[] = {
        [NOTIFICATION_MESSAGE_STATE_ABSENT] = "wsu..",
        [NOTIFICATION_MESSAGE_STATE_WAITING] = ".su..",
        [NOTIFICATION_MESSAGE_STATE_SENDING] = "...tu",
        [NOTIFICATION_MESSAGE_STATE_TOLD] = ".....",
        [NOTIFICATION_MESSAGE_STATE_UNDELIVERABLE] = ".....",
    };

    (void)state;
    for (int from = 0; from <= NOTIFICATION_MESSAGE_STATE_UNDELIVERABLE; from++) {
        for (int input = 0; input < TELLING_INPUT_COUNT; input++) {
            enum notification_message_state next =
                message_next((enum notification_message_state)from, (enum telling_input)input);

            assert_int_equal(".wstu"[next], picture[from][input]);
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
    }
    ASSERT_SAID(bench, contact(bench, 1), "");
    ASSERT_SAID(bench, expired(bench, 1), ""); /* it is known to have ended */
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
    assert_string_equal(mails(bench, decision), "received confirmed shipped.1 delivered.1");
    const struct notification_mail *mail = first_mail(decision);
    assert_int_equal(mail->lines_count, 2);
    assert_string_equal(mail->lines[1].sku, "SKU-2");
    assert_int_equal(mail->lines[1].price_minor, 1999);
    assert_int_equal(mail->tax_minor, 6);
    assert_int_equal(mail->more_lines, 0);
    assert_int_equal(count_rows(bench, &early_line_table), 0);
    ASSERT_SAID(bench, contact(bench, 1), "");
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
    assert_int_equal(mail->shipment_no, 1);
    assert_null(mail->currency);
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
    assert_string_equal(mails(bench, rules_run(bench, expired(bench, 1))), "canceled");
    assert_string_equal(mails(bench, rules_run(bench, canceled(bench, 2))), "canceled");
    assert_string_equal(
        mails(bench, rules_run(bench, rejected(bench, 3, ORDER_REJECTED_REASON_OUT_OF_STOCK))),
        "canceled");
    ASSERT_SAID(bench, rejected(bench, 4, ORDER_REJECTED_REASON_INVALID), "");
    ASSERT_SAID(bench, canceled(bench, 1), "");
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

/* One of the inputs of order 1. */
static struct rules_step any_step(struct rules_bench *bench)
{
    switch (rules_random(bench, 9)) {
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

        tally->mails[mail->message][mail->shipment_no]++;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_picture),
        TEST(tells_each_fact_once),
        TEST(same_batch_tells_once),
        TEST(early_facts_wait_for_the_contact),
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
