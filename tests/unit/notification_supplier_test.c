/* notification_supplier_test.c - a purchase order is mailed once a number, with its files as they came, and told or not.
 *
 * links: notification
 */
#include "tests/unit/notification_bench.h"
#include "tests/unit/parts_in_order.h"

#include "common/arena.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "services/notification/customer_message.h"
#include "services/notification/mail.h"
#include "services/notification/supplier_mail.h"
#include "services/notification/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ORDER "req_mfrggzdfmztwq2lknnwg23tpoa"

static const struct notification_supplier_mail_attachment files[] = {
    { "purchase-order.pdf", "application/pdf",
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      "JVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUK" },
    { "purchase-order.xml", "application/xml",
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "PGE+PC9hPg==" },
};

static struct notification_supplier_mail wanted(const char *email)
{
    return (struct notification_supplier_mail){ .purchase_order_id = ORDER,
                                                .mail_no = 1,
                                                .supplier = "ACME",
                                                .name = "Acme Ltd.",
                                                .email = email,
                                                .language = "en",
                                                .sent_at = 1772352000000,
                                                .currency = "EUR",
                                                .total_minor = 11976,
                                                .deliver_on = "2026-03-08",
                                                .attachments = files,
                                                .attachments_count = 2 };
}

static struct rules_step asked(struct rules_bench *bench,
                               const struct notification_supplier_mail *mail)
{
    return (struct rules_step){ .message_type = MESSAGE_NOTIFICATION_SUPPLIER_MAIL,
                                .message = rules_keep(bench, mail, sizeof *mail),
                                .subject = { .id = mail->purchase_order_id } };
}

static struct rules_step ended(struct rules_bench *bench,
                               const struct notification_supplier_mail *mail,
                               const struct mail_end *end)
{
    return (struct rules_step){ .effect = SUPPLIER_MAIL_EFFECT,
                                .effect_key = "k",
                                .payload = rules_keep(bench, mail, sizeof *mail),
                                .result = end,
                                .given_up = end == NULL,
                                .subject = { .id = mail->purchase_order_id } };
}

/* "2 told 0 after 1", as rows have it. */
static const char *rows_of(struct rules_bench *bench)
{
    static const char *const states[] = { "", "sending", "told", "undeliverable" };
    const char *text = "";
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &supplier_message_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct supplier_message_row *row = rows[i];

        text = text_format(bench->kept, "%s%s%d %s %d after %d", text, i > 0 ? "; " : "",
                           (int)row->mail_no, states[row->state], (int)row->reason,
                           (int)row->attempts);
    }
    return text;
}

static void each_number_is_mailed_once(void **state)
{
    struct rules_bench *bench = *state;
    struct notification_supplier_mail mail = wanted("orders@acme.example");
    const struct mail_end accepted = { .accepted = true };

    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))),
                        "effect:supplier_mail");
    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))), "");
    assert_string_equal(rows_of(bench), "1 sending 0 after 0");
    const struct purchase_mailed *told =
        rules_find(rules_run(bench, ended(bench, &mail, &accepted)), MESSAGE_PURCHASE_MAILED);
    assert_true(told->delivered && told->mail_no == 1 && told->attempts == 1);
    assert_string_equal(rows_of(bench), "1 told 0 after 1");
    told = rules_find(rules_run(bench, asked(bench, &mail)), MESSAGE_PURCHASE_MAILED);
    assert_true(told->delivered && told->mail_no == 1 &&
                told->attempts == 1); /* it was not heard */
    mail.mail_no = 2;
    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))),
                        "effect:supplier_mail");
    assert_string_equal(rows_of(bench), "1 told 0 after 1; 2 sending 0 after 0");
}

static void what_cannot_be_delivered_says_why(void **state)
{
    struct rules_bench *bench = *state;
    struct notification_supplier_mail mail = wanted("orders@acme.example");
    const struct mail_end refused = { .accepted = false };

    (void)rules_run(bench, asked(bench, &mail));
    (void)rules_run(bench, ended(bench, &mail, &refused));
    mail.mail_no = 2;
    (void)rules_run(bench, asked(bench, &mail));
    const struct purchase_mailed *told =
        rules_find(rules_run(bench, ended(bench, &mail, NULL)), MESSAGE_PURCHASE_MAILED);
    assert_true(!told->delivered && told->reason == UNDELIVERABLE_REASON_UNREACHABLE);
    mail.mail_no = 3;
    mail.email = "o@-acme";
    assert_string_equal(rules_said(bench, rules_run(bench, asked(bench, &mail))),
                        "purchase.mailed");
    assert_string_equal(rows_of(bench), "1 undeliverable 3 after 1; 2 undeliverable 5 after 1; "
                                        "3 undeliverable 2 after 0");
}

static void a_key_of_another_order_is_impossible(void **state)
{
    struct rules_bench *bench = *state;
    const struct notification_supplier_mail mail = wanted("orders@acme.example");
    struct rules_step step = asked(bench, &mail);

    step.subject.id = "req_2";
    assert_string_equal(rules_said(bench, rules_run(bench, step)), "impossible");
}

/* In this order. */
static const char *const parts[] = {
    "Message-ID:",
    "<" ORDER ".purchase-order.1@",
    "multipart/mixed;",
    "boundary=\"=_.files." ORDER ".purchase-order.1\"",
    "--=_.files." ORDER ".purchase-order.1\r\n",
    "multipart/alternative;",
    "/suppliers/",
    "--=_" ORDER ".purchase-order.1--\r\n",
    "Content-Type: application/pdf;\r\n name=\"purchase-order.pdf\"\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Disposition: attachment;\r\n filename=\"purchase-order.pdf\"\r\n\r\n",
    "JVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBERi0xLjUKJVBE\r\nRi0xLjUK\r"
    "\n",
    "application/xml",
    "PGE+PC9hPg==\r\n",
    "--=_.files." ORDER ".purchase-order.1--\r\n",
};

static void the_mail_has_its_files(void **state)
{
    struct rules_bench *bench = *state;
    const struct notification_supplier_mail mail = wanted("orders@acme.example");
    struct outside_request request = { 0 };

    supplier_mail_request(bench->kept, &mail, ORDER ".purchase-order.1", &request);
    assert_string_equal(strchr(request.path, ' ') + 1, "orders@acme.example");
    assert_parts_in_order(arena_copy_text(bench->kept, request.body, request.body_length), parts,
                          sizeof parts / sizeof parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_number_is_mailed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_delivered_says_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_of_another_order_is_impossible, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_mail_has_its_files, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
