/* inventory_document_test.c - a purchase order that is sent is documented once, as it was then, and mailed while it counts.
 *
 * links: inventory
 */
#include "tests/unit/rules_bench.h"

#include "common/buffer.h"
#include "common/crypto.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/notification.h"
#include "proto/registry.h"
#include "services/inventory/document_maker.h"
#include "services/inventory/inventory.h"
#include "services/inventory/purchase_document.h"
#include "services/inventory/purchase_mail.h"
#include "services/inventory/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ANSWER_BYTES_MAX = 1 << 20 };

static int set_up(void **state)
{
    *state = rules_bench_new(&inventory_service);
    return 0;
}

static int tear_down(void **state)
{
    rules_bench_free(*state);
    return 0;
}

static const struct decision *run(struct rules_bench *bench, uint32_t type, const void *message,
                                  size_t size)
{
    return rules_run(bench, rules_message(bench, type, message, size));
}
#define RUN(bench, type, message) run(bench, type, &(message), sizeof(message))

/* An order of 24 mugs, drafted; its id. */
static const char *drafted(struct rules_bench *bench, const char *email)
{
    const struct location_put place = {
        .code = "WH-1",
        .body = { .name = "Berlin",
                  .kind = LOCATION_KIND_WAREHOUSE,
                  .address = { .name = "Kervan Berlin",
                               .line1 = "Invalidenstr. 117",
                               .city = "Berlin",
                               .postal_code = "10115",
                               .country = "DE" } },
    };
    const struct postal_address street = {
        .name = "Satış", .line1 = "İstiklal Cad. 1", .city = "İstanbul", .country = "TR"
    };
    const struct item_put item = { .sku = "MUG",
                                   .body = { .name = "Кружка, синя", .unit = "piece" } };
    const struct supplier_put supplier = { .code = "ACME",
                                           .body = { .name = "Çağrı Ticaret",
                                                     .email = email,
                                                     .address =
                                                         rules_keep(bench, &street, sizeof street),
                                                     .language = "tr",
                                                     .currency = "TRY",
                                                     .lead_time_days = 7,
                                                     .location = "WH-1" } };
    const struct supplier_item_put terms = {
        .code = "ACME", .sku = "MUG", .body = { .supplier_sku = "A-77", .price_minor = 499 }
    };
    const struct purchase_order_draft_line line = { .sku = "MUG", .quantity = 24 };
    const struct purchase_order_draft draft = { .supplier = "ACME",
                                                .lines = rules_keep(bench, &line, sizeof line),
                                                .lines_count = 1 };

    bench->now = 1772352000000; /* 2026-03-01T08:00:00Z */
    (void)RUN(bench, MESSAGE_LOCATION_PUT, place);
    (void)RUN(bench, MESSAGE_ITEM_PUT, item);
    (void)RUN(bench, MESSAGE_SUPPLIER_PUT, supplier);
    (void)RUN(bench, MESSAGE_SUPPLIER_ITEM_PUT, terms);
    const struct inventory_purchase_order_changed *fact = rules_find(
        RUN(bench, MESSAGE_PURCHASE_ORDER_DRAFT, draft), MESSAGE_INVENTORY_PURCHASE_ORDER_CHANGED);
    return text_format(bench->kept, "%s", fact->purchase_order_id);
}

static const struct decision *sent(struct rules_bench *bench, const char *id)
{
    const struct purchase_send send = { .purchase_order_id = id };

    return RUN(bench, MESSAGE_PURCHASE_SEND, send);
}

/* What the maker answers to what was decided, kept. */
static struct rules_step made(struct rules_bench *bench, const struct decision *decision)
{
    struct ctx ctx = { .arena = bench->kept };
    const struct effect_request *effect = decision->effects;
    struct outside_request request;
    struct buffer answer;
    const void *result = NULL;

    buffer_init(&answer, ANSWER_BYTES_MAX);
    document_request(bench->kept, effect->payload, effect->key, &request);
    if (document_make(&ctx, &request, &answer) != OK) {
        fail_msg("%s", ctx.detail);
    }
    struct http_end end = { .status = 200,
                            .body = arena_copy_text(bench->kept, answer.bytes, answer.length),
                            .body_length = answer.length };
    buffer_release(&answer);
    assert_int_equal(document_read(bench->kept, effect->payload, &end, false, &result),
                     EFFECT_DONE);
    /* The payload as a process that starts anew reads it. */
    const struct message_info *info = &message_infos[MESSAGE_INVENTORY_PURCHASE_PAPER];
    struct violations violations = { .count = 0 };
    void *payload = arena_alloc(bench->kept, info->size);
    assert_int_equal(
        info->decode(bench->kept, request.body, request.body_length, payload, &violations), OK);
    return (
        struct rules_step){ .effect = DOCUMENT_EFFECT,
                            .effect_key = text_format(bench->kept, "%s", effect->key),
                            .subject = { .id = text_format(bench->kept, "%s", effect->subject.id) },
                            .payload = payload,
                            .result = result };
}

static void what_is_sent_is_on_paper(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, "siparis@acme.example");
    const struct decision *decision = sent(bench, id);

    assert_string_equal(rules_said(bench, decision),
                        "inventory.purchase_order_changed effect:document input:stock.transit "
                        "input:stock.expect reply:200");
    const struct inventory_purchase_paper *paper = decision->effects->payload;
    assert_string_equal(paper->purchase_order_id, id);
    assert_string_equal(paper->name, "Çağrı Ticaret");
    assert_string_equal(paper->deliver_on, "2026-03-08");
    assert_string_equal(paper->address->city, "Berlin");
    assert_int_equal(paper->lines_count, 1);
    assert_string_equal(paper->lines[0].supplier_sku, "A-77");
    assert_string_equal(paper->lines[0].name, "Кружка, синя");
    assert_int_equal(paper->lines[0].price_minor, 499);
}

static void it_is_documented_once_and_mailed(void **state)
{
    struct rules_bench *bench = *state;
    struct rules_step step = made(bench, sent(bench, drafted(bench, "siparis@acme.example")));
    const struct decision *decision = rules_run(bench, step);

    assert_string_equal(rules_said(bench, decision),
                        "inventory.purchase_order_documented notification.supplier_mail "
                        "timer:purchase_mail");
    const struct inventory_purchase_order_documented *fact =
        rules_find(decision, MESSAGE_INVENTORY_PURCHASE_ORDER_DOCUMENTED);
    const struct notification_supplier_mail *mail =
        rules_find(decision, MESSAGE_NOTIFICATION_SUPPLIER_MAIL);
    assert_int_equal(fact->documents_count, 2);
    assert_int_equal(mail->attachments_count, 2);
    assert_int_equal(mail->total_minor, 24 * 499);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(mail->attachments[i].name, fact->documents[i].name);
        assert_string_equal(mail->attachments[i].sha256, fact->documents[i].sha256);
    }
    assert_string_equal(fact->documents[0].name, "purchase-order.pdf");
    assert_string_equal(fact->documents[1].name, "purchase-order.xml");
    assert_string_equal(rules_said(bench, rules_run(bench, step)), "");
}

static const struct decision *send_to(struct rules_bench *bench, const char *id, const char *email)
{
    const struct purchase_send send = { .purchase_order_id = id, .body = { .email = email } };

    return RUN(bench, MESSAGE_PURCHASE_SEND, send);
}

static const struct decision *mail_ended(struct rules_bench *bench, const char *id, int64_t mail_no,
                                         enum undeliverable_reason reason)
{
    const struct purchase_mailed end = { .purchase_order_id = id,
                                         .mail_no = mail_no,
                                         .delivered = reason == UNDELIVERABLE_REASON_ABSENT,
                                         .reason = reason,
                                         .attempts = 1 };

    return RUN(bench, MESSAGE_PURCHASE_MAILED, end);
}

/* "1 a@acme.example told 0; 2 ...", as rows have it. */
static const char *mails_of(struct rules_bench *bench)
{
    static const char *const states[] = { "",     "waiting",       "sending",
                                          "told", "undeliverable", "unsent" };
    const char *text = "";
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &purchase_mail_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct purchase_mail_row *row = rows[i];

        text = text_format(bench->kept, "%s%s%d %s %s %d", text, i > 0 ? "; " : "",
                           (int)row->mail_no, row->email, states[row->state], (int)row->reason);
    }
    return text;
}

/* Once more, to another address, with the same bytes; and it is known how each ended. */
static void it_is_sent_again(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, "a@acme.example");
    const struct notification_supplier_mail *mail = rules_find(
        rules_run(bench, made(bench, sent(bench, id))), MESSAGE_NOTIFICATION_SUPPLIER_MAIL);
    const char *content = text_format(bench->kept, "%s", mail->attachments[1].content),
               *hash = text_format(bench->kept, "%s", mail->attachments[1].sha256);

    assert_string_equal(rules_said(bench, mail_ended(bench, id, 1, UNDELIVERABLE_REASON_REFUSED)),
                        "inventory.purchase_order_mailed inventory.purchase_alert_changed");
    assert_string_equal(rules_said(bench, mail_ended(bench, id, 1, UNDELIVERABLE_REASON_ABSENT)),
                        "");
    bench->now += 3600000;
    mail = rules_find(send_to(bench, id, "b@acme.example"), MESSAGE_NOTIFICATION_SUPPLIER_MAIL);
    assert_int_equal(mail->mail_no, 2);
    assert_int_equal(mail->sent_at, bench->now);
    assert_string_equal(mail->email, "b@acme.example");
    assert_string_equal(mail->attachments[1].content, content);
    assert_string_equal(mail->attachments[1].sha256, hash);
    assert_int_equal(mail->total_minor, 24 * 499);
    (void)mail_ended(bench, id, 2, UNDELIVERABLE_REASON_ABSENT);
    assert_string_equal(mails_of(bench),
                        "1 a@acme.example undeliverable 3; 2 b@acme.example told 0");
}

/* "open 1x 1 a@acme.example 3", as the row has it; "" where there is none. */
static const char *alert_of(struct rules_bench *bench)
{
    static const char *const states[] = { "", "open", "acknowledged", "closed" };
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &purchase_alert_table, &count);

    if (count == 0) {
        return "";
    }
    const struct purchase_alert_row *row = rows[0];
    assert_true((row->state == ALERT_STATE_CLOSED) == (row->closed_at > 0));
    assert_true((row->acknowledged_at > 0) == text_equal(row->note, "by phone"));
    return text_format(bench->kept, "%s %dx %d %s %d", states[row->state], (int)row->times,
                       (int)row->mail_no, row->email, (int)row->reason);
}

static const char *acknowledged(struct rules_bench *bench, const char *id)
{
    const struct purchase_alert_acknowledge request = { .purchase_order_id = id,
                                                        .body = { .note = "by phone" } };

    return rules_said(bench, RUN(bench, MESSAGE_PURCHASE_ALERT_ACKNOWLEDGE, request));
}

/* Somebody sees to it until a later mail arrives; what fails once more is raised once more. */
static void what_did_not_arrive_is_seen_to(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, "a@acme.example");

    (void)rules_run(bench, made(bench, sent(bench, id)));
    assert_string_equal(acknowledged(bench, id), "reply:404");
    (void)mail_ended(bench, id, 1, UNDELIVERABLE_REASON_REFUSED);
    assert_string_equal(alert_of(bench), "open 1x 1 a@acme.example 3");
    assert_string_equal(acknowledged(bench, id), "inventory.purchase_alert_changed reply:200");
    assert_string_equal(acknowledged(bench, id), "reply:200");
    assert_non_null(strstr(alert_of(bench), "acknowledged 1x"));
    (void)send_to(bench, id, "b@acme.example");
    assert_non_null(strstr(alert_of(bench), "acknowledged 1x"));
    (void)mail_ended(bench, id, 2, UNDELIVERABLE_REASON_LATE);
    assert_string_equal(alert_of(bench), "open 2x 2 b@acme.example 4");
    (void)send_to(bench, id, "c@acme.example");
    assert_string_equal(rules_said(bench, mail_ended(bench, id, 3, UNDELIVERABLE_REASON_ABSENT)),
                        "inventory.purchase_order_mailed inventory.purchase_alert_changed");
    assert_string_equal(alert_of(bench), "closed 2x 2 b@acme.example 4");
    assert_string_equal(acknowledged(bench, id), "reply:409");
}

/* The end of an earlier mail says nothing of the last one, nor does one of an order that is over. */
static void only_the_last_mail_counts(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, "a@acme.example");
    const struct purchase_cancel cancel = { .purchase_order_id = id };

    (void)rules_run(bench, made(bench, sent(bench, id)));
    (void)send_to(bench, id, "b@acme.example");
    (void)mail_ended(bench, id, 1, UNDELIVERABLE_REASON_REFUSED);
    assert_string_equal(alert_of(bench), "");
    (void)send_to(bench, id, "c@acme.example");
    (void)RUN(bench, MESSAGE_PURCHASE_CANCEL, cancel);
    (void)mail_ended(bench, id, 3, UNDELIVERABLE_REASON_REFUSED);
    assert_string_equal(alert_of(bench), "");
}

/* Whoever answers knows of it; what is canceled nobody need know of. */
static void an_answer_is_enough(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, "a@acme.example");
    const struct purchase_confirm confirm = { .purchase_order_id = id,
                                              .body = { .expected_on = "2026-03-09" } };
    const struct purchase_cancel cancel = { .purchase_order_id = id };

    (void)rules_run(bench, made(bench, sent(bench, id)));
    (void)mail_ended(bench, id, 1, UNDELIVERABLE_REASON_UNREACHABLE);
    (void)RUN(bench, MESSAGE_PURCHASE_CONFIRM, confirm);
    assert_non_null(strstr(alert_of(bench), "closed 1x"));
    (void)send_to(bench, id, "b@acme.example");
    (void)mail_ended(bench, id, 2, UNDELIVERABLE_REASON_BAD_ADDRESS);
    assert_non_null(strstr(alert_of(bench), "open 2x"));
    (void)RUN(bench, MESSAGE_PURCHASE_CANCEL, cancel);
    assert_non_null(strstr(alert_of(bench), "closed 2x"));
}

/* Before its documents are there it waits for them, and so does what is sent meanwhile. */
static void both_wait_for_the_documents(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, NULL);
    const struct rules_step step = made(bench, sent(bench, id));

    assert_string_equal(rules_said(bench, send_to(bench, id, NULL)), "reply:422");
    (void)send_to(bench, id, "b@acme.example");
    assert_string_equal(mails_of(bench), "1 b@acme.example waiting 0");
    assert_string_equal(rules_said(bench, rules_run(bench, step)),
                        "inventory.purchase_order_documented notification.supplier_mail "
                        "timer:purchase_mail");
    assert_string_equal(mails_of(bench), "1 b@acme.example sending 0");
}

/* A process may die before it says what it committed: until an answer is heard the same mail is asked for, and then no more. */
static void silence_is_asked_about(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, "a@acme.example");
    const struct rules_step due = { .timer = PURCHASE_MAIL_TIMER, .subject = { .id = id } };

    (void)rules_run(bench, made(bench, sent(bench, id)));
    const struct decision *decision = rules_run(bench, due);
    assert_string_equal(rules_said(bench, decision),
                        "notification.supplier_mail timer:purchase_mail");
    const struct notification_supplier_mail *mail =
        rules_find(decision, MESSAGE_NOTIFICATION_SUPPLIER_MAIL);
    assert_int_equal(mail->mail_no, 1);
    assert_string_equal(mail->email, "a@acme.example");
    assert_int_equal(mail->attachments_count, 2);
    (void)mail_ended(bench, id, 1, UNDELIVERABLE_REASON_ABSENT);
    assert_string_equal(rules_said(bench, rules_run(bench, due)), "");
}

static void who_has_no_address_gets_no_mail(void **state)
{
    struct rules_bench *bench = *state;

    assert_string_equal(
        rules_said(bench, rules_run(bench, made(bench, sent(bench, drafted(bench, NULL))))),
        "inventory.purchase_order_documented");
}

static void what_is_canceled_meanwhile_is_kept_and_not_mailed(void **state)
{
    struct rules_bench *bench = *state;
    const char *id = drafted(bench, "siparis@acme.example");
    struct rules_step step = made(bench, sent(bench, id));
    const struct purchase_cancel cancel = { .purchase_order_id = id };

    (void)RUN(bench, MESSAGE_PURCHASE_CANCEL, cancel);
    assert_string_equal(rules_said(bench, rules_run(bench, step)),
                        "inventory.purchase_order_documented");
}

/* The same order, made anywhere and at any time, is the same to the last byte. */
static void it_is_the_same_when_it_is_made_again(void **state)
{
    struct rules_bench *bench = *state;
    const struct decision *decision = sent(bench, drafted(bench, "siparis@acme.example"));
    const struct made_documents *first = made(bench, decision).result,
                                *second = made(bench, decision).result;

    assert_int_equal(first->count, 2);
    for (size_t i = 0; i < first->count; i++) {
        assert_string_equal(first->items[i].paper->sha256, second->items[i].paper->sha256);
        assert_int_equal(first->items[i].content.length, second->items[i].content.length);
    }
    assert_memory_equal(first->items[0].content.bytes, "%PDF-1.5", 8);
    assert_memory_equal(first->items[1].content.bytes, "<?xml", 5);
    assert_non_null(strstr((const char *)first->items[1].content.bytes, "İstiklal Cad. 1"));
}

static void an_answer_that_is_none_is_asked_for_again(void **state)
{
    struct rules_bench *bench = *state;
    const void *result = NULL;
    static char wrong[] =
        "{\"papers\":[{\"name\":\"a.pdf\",\"media_type\":\"application/pdf\",\"sha256\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\","
        "\"content\":\"JVBERi0xLjUK\"}]}";
    struct http_end ends[] = { { .status = 200, .body = wrong, .body_length = sizeof wrong - 1 },
                               { .status = 200, .body = wrong, .body_length = 5 } };

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(document_read(bench->kept, NULL, &ends[i], false, &result), EFFECT_AGAIN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent_is_on_paper, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_documented_once_and_mailed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_sent_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_did_not_arrive_is_seen_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_last_mail_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(both_wait_for_the_documents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_is_asked_about, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_no_address_gets_no_mail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_canceled_meanwhile_is_kept_and_not_mailed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_is_the_same_when_it_is_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_that_is_none_is_asked_for_again, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
