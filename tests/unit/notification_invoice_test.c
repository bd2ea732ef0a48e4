/* notification_invoice_test.c - an invoice is mailed once a number, in the customer's language, with its files as they came, and told or not.
 *
 * links: notification
 */
#include "tests/unit/notification_bench.h"
#include "tests/unit/parts_in_order.h"

#include "common/arena.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "proto/payment.h"
#include "services/notification/customer_message.h"
#include "services/notification/invoice_mail.h"
#include "services/notification/mail.h"
#include "services/notification/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ORDER   "ord_mfrggzdfmztwq2lknnwg23tpoa"
#define INVOICE ORDER "-I1"

static struct notification_invoice_mail wanted(const char *email)
{
    static const struct notification_invoice_mail_attachment file = { "invoice.pdf",
                                                                      "application/pdf",
                                                                      "JVBERi0xLjUK" };

    return (struct notification_invoice_mail){ .order_id = ORDER,
                                               .order_no = 1,
                                               .invoice_id = INVOICE,
                                               .mail_no = 1,
                                               .kind = DOCUMENT_KIND_CREDIT_NOTE,
                                               .number = "CN-000001",
                                               .name = "Ada Lovelace",
                                               .email = email,
                                               .language = "tr",
                                               .sent_at = 1772352000000,
                                               .currency = "EUR",
                                               .amount_minor = 11976,
                                               .attachments = &file,
                                               .attachments_count = 1 };
}

static struct rules_step asked(struct rules_bench *bench,
                               const struct notification_invoice_mail *mail)
{
    return (struct rules_step){ .message_type = MESSAGE_NOTIFICATION_INVOICE_MAIL,
                                .message = rules_keep(bench, mail, sizeof *mail),
                                .subject = { .id = mail->order_id } };
}

static struct rules_step ended(struct rules_bench *bench,
                               const struct notification_invoice_mail *mail,
                               const struct mail_end *end)
{
    return (struct rules_step){ .effect = INVOICE_MAIL_EFFECT,
                                .effect_key = "k",
                                .payload = rules_keep(bench, mail, sizeof *mail),
                                .result = end,
                                .given_up = end == NULL,
                                .subject = { .id = mail->order_id, .number = 1 } };
}

static void each_number_is_mailed_once(void **state)
{
    struct rules_bench *bench = *state;
    struct notification_invoice_mail mail = wanted("ada@shop.example");
    const struct mail_end accepted = { .accepted = true };

    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))),
                        "effect:invoice_mail");
    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))), "");
    const struct payment_invoice_mailed *told = rules_find(
        rules_run(bench, ended(bench, &mail, &accepted)), MESSAGE_PAYMENT_INVOICE_MAILED);
    assert_true(told->delivered && told->mail_no == 1 && told->attempts == 1);
    told = rules_find(rules_run(bench, asked(bench, &mail)), MESSAGE_PAYMENT_INVOICE_MAILED);
    assert_true(told->delivered); /* it was not heard */
    mail.mail_no = 2;
    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))),
                        "effect:invoice_mail");
    mail.invoice_id = ORDER "-I2";
    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))),
                        "effect:invoice_mail");
}

static void what_cannot_be_delivered_says_why(void **state)
{
    struct rules_bench *bench = *state;
    struct notification_invoice_mail mail = wanted("ada@shop.example");

    (void)rules_run(bench, asked(bench, &mail));
    const struct payment_invoice_mailed *told =
        rules_find(rules_run(bench, ended(bench, &mail, NULL)), MESSAGE_PAYMENT_INVOICE_MAILED);
    assert_true(!told->delivered && told->reason == UNDELIVERABLE_REASON_UNREACHABLE);
    mail.mail_no = 2;
    mail.email = "o@-shop";
    told = rules_find(rules_run(bench, asked(bench, &mail)), MESSAGE_PAYMENT_INVOICE_MAILED);
    assert_true(!told->delivered && told->reason == UNDELIVERABLE_REASON_BAD_ADDRESS);
}

static void one_of_another_order_is_impossible(void **state)
{
    struct rules_bench *bench = *state;
    struct notification_invoice_mail mail = wanted("ada@shop.example");

    mail.invoice_id = "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa-I1";
    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))), "impossible");
}

/* In this order. */
static const char *const parts[] = {
    "Message-ID:",
    "multipart/mixed;",
    "multipart/alternative;",
    "CN-000001",
    "Content-Type: application/pdf;\r\n name=\"invoice.pdf\"\r\n",
    "JVBERi0xLjUK\r\n",
};

static void the_mail_has_its_files(void **state)
{
    struct rules_bench *bench = *state;
    const struct notification_invoice_mail mail = wanted("ada@shop.example");
    struct outside_request request = { 0 };

    invoice_mail_request(bench->kept, &mail, INVOICE ".mail.1", &request);
    assert_string_equal(strchr(request.path, ' ') + 1, "ada@shop.example");
    const char *text = arena_copy_text(bench->kept, request.body, request.body_length);
    assert_non_null(strstr(text, "<" INVOICE ".mail.1@"));
    assert_parts_in_order(text, parts, sizeof parts / sizeof parts[0]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_number_is_mailed_once),
        TEST(what_cannot_be_delivered_says_why),
        TEST(one_of_another_order_is_impossible),
        TEST(the_mail_has_its_files),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
