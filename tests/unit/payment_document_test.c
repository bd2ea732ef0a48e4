/* payment_document_test.c - one invoice a capture, one credit note a refund: numbered without gaps, to the last cent.
 *
 * links: payment
 */
#include "tests/unit/rules_bench.h"

#include "common/buffer.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "proto/notification.h"
#include "proto/payment.h"
#include "proto/registry.h"
#include "services/payment/document.h"
#include "services/payment/document_mail.h"
#include "services/payment/document_maker.h"
#include "services/payment/document_tax.h"
#include "services/payment/epc_code.h"
#include "services/payment/service.h"
#include "services/payment/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ANSWER_BYTES_MAX = 1 << 20, LINES_MAX = 8, LIVES = 400 };
#define NEW_YEAR_2027 INT64_C(1798761600000)

static int set_up(void **state)
{
    struct rules_bench *bench = rules_bench_new(&payment_service);

    bench->now = 1772352000000; /* 2026-03-01T08:00:00Z */
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    rules_bench_free(*state);
    return 0;
}

#define MESSAGE(bench, type, message) rules_message(bench, type, &(message), sizeof(message))
#define RUN(bench, type, message)     rules_run(bench, MESSAGE(bench, type, message))

/* --- Money, without a provider ------------------------------------------------------------------- */

static void secure(struct rules_bench *bench, int64_t order_no, int64_t amount_minor)
{
    const struct payment_authorize command = { .order_id = rules_order_id(bench, order_no),
                                               .order_no = order_no,
                                               .clock = 1,
                                               .valid_until = bench->now + 60000,
                                               .payment_id = rules_child_id(bench, order_no, "P1"),
                                               .method = PAYMENT_METHOD_CASH_ON_DELIVERY,
                                               .amount_minor = amount_minor,
                                               .currency = "EUR",
                                               .channel = "web",
                                               .country = "DE" };

    (void)RUN(bench, MESSAGE_PAYMENT_AUTHORIZE, command);
}

static void take(struct rules_bench *bench, int64_t order_no, const char *capture,
                 int64_t amount_minor)
{
    const struct payment_capture command = { .order_id = rules_order_id(bench, order_no),
                                             .order_no = order_no,
                                             .clock = 2,
                                             .valid_until = bench->now + 60000,
                                             .payment_id = rules_child_id(bench, order_no, "P1"),
                                             .capture_id = rules_child_id(bench, order_no, capture),
                                             .amount_minor = amount_minor,
                                             .currency = "EUR" };

    assert_non_null(
        rules_find(RUN(bench, MESSAGE_PAYMENT_CAPTURE, command), MESSAGE_PAYMENT_CAPTURED));
}

/* By a person's hand, since no provider holds it. */
static void give_back(struct rules_bench *bench, int64_t order_no, const char *refund,
                      int64_t amount_minor)
{
    struct payment_refund command = { .order_id = rules_order_id(bench, order_no),
                                      .order_no = order_no,
                                      .clock = 3,
                                      .payment_id = rules_child_id(bench, order_no, "P1"),
                                      .refund_id = rules_child_id(bench, order_no, refund),
                                      .amount_minor = amount_minor,
                                      .currency = "EUR",
                                      .reason = CANCEL_REASON_OTHER };

    (void)RUN(bench, MESSAGE_PAYMENT_REFUND, command);
    command.by_hand = true;
    command.has_by_hand = true;
    assert_non_null(
        rules_find(RUN(bench, MESSAGE_PAYMENT_REFUND, command), MESSAGE_PAYMENT_REFUNDED));
}

/* --- Documents ----------------------------------------------------------------------------------- */

static struct payment_document of_capture(struct rules_bench *bench, int64_t order_no,
                                          const char *capture, const struct billed_line *lines,
                                          size_t count)
{
    return (struct payment_document){
        .order_id = rules_order_id(bench, order_no),
        .order_no = order_no,
        .clock = 7,
        .kind = DOCUMENT_KIND_INVOICE,
        .payment_id = rules_child_id(bench, order_no, "P1"),
        .capture_id = rules_child_id(bench, order_no, capture),
        .series = { .prefix = "INV", .yearly = true, .has_yearly = true },
        .tax_mode = TAX_MODE_INCLUSIVE,
        .language = "uk",
        .buyer = { .name = "Ґанна Їжак", .email = "hanna@shop.example" },
        .lines = rules_keep(bench, lines, (count > 0 ? count : 1) * sizeof *lines),
        .lines_count = count,
        .tax_of_order_minor = 190,
        .has_tax_of_order_minor = true,
        .total_of_order_minor = 1190,
        .has_total_of_order_minor = true,
    };
}

static struct payment_document of_refund(struct rules_bench *bench, int64_t order_no,
                                         const char *refund)
{
    static const struct billed_line none[1];
    struct payment_document command = of_capture(bench, order_no, "C1", none, 0);

    command.kind = DOCUMENT_KIND_CREDIT_NOTE;
    command.capture_id = NULL;
    command.refund_id = rules_child_id(bench, order_no, refund);
    command.series.prefix = "CN";
    return command;
}

static struct billed_line goods(int64_t line_no, int64_t quantity, int64_t unit_minor,
                                int64_t amount_minor, int64_t tax_minor)
{
    return (struct billed_line){ .kind = INVOICE_LINE_KIND_GOODS,
                                 .line_no = line_no,
                                 .has_line_no = true,
                                 .sku = "MUG",
                                 .quantity = quantity,
                                 .has_quantity = true,
                                 .unit_price_minor = unit_minor,
                                 .has_unit_price_minor = true,
                                 .amount_minor = amount_minor,
                                 .tax_minor = tax_minor };
}

/* What it says, or NULL where nothing was written; kept. */
static const struct payment_invoice *written(struct rules_bench *bench,
                                             struct payment_document command)
{
    const struct decision *decision = RUN(bench, MESSAGE_PAYMENT_DOCUMENT, command);
    const struct message_info *info = &message_infos[MESSAGE_PAYMENT_INVOICE];
    struct payment_invoice *again = arena_alloc(bench->kept, sizeof *again);
    struct violations violations = { .count = 0 };
    struct outside_request request;

    if (decision->effects == NULL) {
        assert_string_equal(rules_said(bench, decision), "");
        return NULL;
    }
    assert_string_equal(rules_said(bench, decision), "payment.documented effect:document");
    document_request(bench->kept, decision->effects->payload, "k", &request);
    assert_int_equal(
        info->decode(bench->kept, request.body, request.body_length, again, &violations), OK);
    return again;
}

static int64_t sum_of_lines(const struct payment_invoice *invoice)
{
    int64_t sum_minor = 0;

    for (size_t i = 0; i < invoice->lines_count; i++) {
        const struct invoice_line *line = &invoice->lines[i];

        assert_int_equal(line->net_minor + line->tax_minor, line->amount_minor);
        sum_minor += line->amount_minor;
    }
    return sum_minor;
}

static void assert_adds_up(const struct payment_invoice *invoice, int64_t amount_minor)
{
    int64_t net_minor = 0, tax_minor = 0;

    for (size_t i = 0; i < invoice->taxes_count; i++) {
        net_minor += invoice->taxes[i].net_minor;
        tax_minor += invoice->taxes[i].tax_minor;
    }
    assert_int_equal(invoice->amount_minor, amount_minor);
    assert_int_equal(sum_of_lines(invoice), amount_minor);
    assert_int_equal(net_minor, invoice->net_minor);
    assert_int_equal(tax_minor, invoice->tax_minor);
    assert_int_equal(net_minor + tax_minor, amount_minor);
}

static void an_invoice_of_a_capture(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line lines[] = {
        goods(1, 2, 595, 1190, 190),
        goods(2, 1, 120, 107, 7),
        { .kind = INVOICE_LINE_KIND_SHIPPING, .amount_minor = 500 },
    };

    secure(bench, 1, 1797);
    take(bench, 1, "C1", 1797);
    const struct payment_invoice *invoice = written(bench, of_capture(bench, 1, "C1", lines, 3));
    assert_string_equal(invoice->number, "INV-2026-000001");
    assert_adds_up(invoice, 1797);
    assert_int_equal(invoice->taxes_count, 3);
    assert_int_equal(invoice->taxes[0].rate_ppm, 190000);
    assert_int_equal(invoice->taxes[0].net_minor, 1000);
    assert_int_equal(invoice->taxes[1].rate_ppm, 70000);
    assert_int_equal(invoice->taxes[2].rate_ppm, 0);
    assert_int_equal(invoice->taxes[2].category, TAX_CATEGORY_ZERO);
    assert_int_equal(invoice->lines[1].discount_minor, 13);
    assert_false(invoice->lines[0].has_discount_minor);
    assert_false(invoice->has_due_at);
}

/* Not read off the amounts, which would say 0 % of a cent and something else of the rest. */
static void rates_as_they_are_told(void **state)
{
    struct rules_bench *bench = *state;
    struct billed_line lines[] = { goods(1, 1, 1, 1, 0), goods(2, 1, 1190, 1190, 190),
                                   goods(3, 1, 500, 500, 0) };
    struct payment_document command;

    for (size_t i = 0; i < 3; i++) {
        lines[i].category = i == 2 ? TAX_CATEGORY_EXEMPT : TAX_CATEGORY_STANDARD;
        lines[i].rate_ppm = i == 2 ? 0 : 190000;
        lines[i].has_rate_ppm = true;
    }
    secure(bench, 1, 1691);
    take(bench, 1, "C1", 1691);
    command = of_capture(bench, 1, "C1", lines, 3);
    command.tax_reason = "NATO 7";
    const struct payment_invoice *invoice = written(bench, command);
    assert_adds_up(invoice, 1691);
    assert_int_equal(invoice->taxes_count, 2);
    assert_int_equal(invoice->taxes[0].rate_ppm, 190000);
    assert_int_equal(invoice->taxes[0].net_minor, 1001);
    assert_int_equal(invoice->taxes[1].category, TAX_CATEGORY_EXEMPT);
    assert_string_equal(invoice->tax_reason, "NATO 7");
    give_back(bench, 1, "B1", 1691);
    command = of_refund(bench, 1, "B1");
    command.tax_reason = "NATO 7";
    const struct payment_invoice *note = written(bench, command);
    assert_adds_up(note, 1691);
    assert_int_equal(note->taxes_count, 2);
    assert_int_equal(note->taxes[1].category, TAX_CATEGORY_EXEMPT);
    assert_string_equal(note->tax_reason, "NATO 7");
}

/* What is settled apart of an order for which nothing is charged is not charged for the same reason. */
static void what_is_settled_apart_untaxed(void **state)
{
    struct rules_bench *bench = *state;
    struct billed_line line = goods(1, 1, 1190, 1190, 0);

    line.category = TAX_CATEGORY_REVERSE_CHARGE;
    line.has_rate_ppm = true;
    secure(bench, 1, 1000);
    take(bench, 1, "C1", 1000);
    struct payment_document command = of_capture(bench, 1, "C1", &line, 1);
    command.tax_of_order_minor = 0;
    const struct payment_invoice *invoice = written(bench, command);
    assert_adds_up(invoice, 1000);
    assert_int_equal(invoice->taxes_count, 1);
    assert_int_equal(invoice->taxes[0].category, TAX_CATEGORY_REVERSE_CHARGE);
}

static void prices_without_tax(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 3, 100, 333, 53);
    struct payment_document command = of_capture(bench, 1, "C1", &line, 1);

    secure(bench, 1, 333);
    take(bench, 1, "C1", 333);
    command.tax_mode = TAX_MODE_EXCLUSIVE;
    const struct payment_invoice *invoice = written(bench, command);
    assert_adds_up(invoice, 333);
    assert_int_equal(invoice->net_minor, 280);
    assert_int_equal(invoice->lines[0].discount_minor, 20);
    assert_int_equal(invoice->lines[0].rate_ppm, 190000);
}

static void each_once_and_none_left_out(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 1, 1190, 1190, 190);
    struct rules_step steps[4];

    for (int64_t order_no = 1; order_no <= 3; order_no++) {
        secure(bench, order_no, 2380);
        take(bench, order_no, "C1", 1190);
    }
    for (int64_t order_no = 1; order_no <= 4; order_no++) { /* the last one is the first again */
        struct payment_document command =
            of_capture(bench, order_no == 4 ? 1 : order_no, "C1", &line, 1);

        steps[order_no - 1] = MESSAGE(bench, MESSAGE_PAYMENT_DOCUMENT, command);
    }
    rules_batch(bench, steps, 4);
    for (size_t i = 0; i < 3; i++) {
        const struct payment_documented *fact =
            rules_find(&bench->decisions[i], MESSAGE_PAYMENT_DOCUMENTED);

        assert_string_equal(fact->number, text_format(bench->kept, "INV-2026-%06zu", i + 1));
    }
    assert_string_equal(rules_said(bench, &bench->decisions[3]), "");
    assert_null(written(bench, of_capture(bench, 2, "C1", &line, 1)));
    take(bench, 2, "C2", 1190);
    assert_string_equal(written(bench, of_capture(bench, 2, "C2", &line, 1))->number,
                        "INV-2026-000004");
    bench->now = NEW_YEAR_2027;
    take(bench, 3, "C2", 1190);
    const struct payment_invoice *invoice = written(bench, of_capture(bench, 3, "C2", &line, 1));
    assert_string_equal(invoice->number, "INV-2027-000001");
    assert_string_equal(invoice->id, rules_child_id(bench, 3, "I2"));
}

static void what_was_not_taken_has_none(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 1, 1190, 1190, 190);
    struct payment_document command = of_capture(bench, 1, "C1", &line, 1);

    secure(bench, 1, 1190);
    assert_string_equal(rules_said(bench, RUN(bench, MESSAGE_PAYMENT_DOCUMENT, command)),
                        "impossible");
    command.capture_id = rules_child_id(bench, 2, "C1");
    assert_string_equal(rules_said(bench, RUN(bench, MESSAGE_PAYMENT_DOCUMENT, command)),
                        "impossible");
    take(bench, 1, "C1", 1190);
    assert_string_equal(written(bench, of_capture(bench, 1, "C1", &line, 1))->number,
                        "INV-2026-000001");
}

/* A person took some before, and what was packed later was charged for so much less. */
static void what_was_taken_beside_shares(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 1, 1190, 1190, 190);

    secure(bench, 1, 1190);
    take(bench, 1, "C5001", 500);
    const struct payment_invoice *before = written(bench, of_capture(bench, 1, "C5001", &line, 0));
    assert_adds_up(before, 500);
    assert_int_equal(before->lines[0].kind, INVOICE_LINE_KIND_BALANCE);
    assert_int_equal(before->tax_minor, 80);
    take(bench, 1, "C1", 690);
    const struct payment_invoice *after = written(bench, of_capture(bench, 1, "C1", &line, 1));
    assert_adds_up(after, 690);
    assert_int_equal(after->lines[1].amount_minor, -500);
    assert_int_equal(before->tax_minor + after->tax_minor, 190);
}

static void a_credit_note_of_a_refund(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line lines[] = { goods(1, 2, 595, 1190, 190), goods(2, 1, 107, 107, 7) };

    secure(bench, 1, 1297);
    take(bench, 1, "C1", 1297);
    assert_non_null(written(bench, of_capture(bench, 1, "C1", lines, 2)));
    assert_null(written(bench, of_refund(bench, 1, "B1"))); /* nobody gave anything back */
    give_back(bench, 1, "B1", 400);
    const struct payment_invoice *first = written(bench, of_refund(bench, 1, "B1"));
    assert_string_equal(first->number, "CN-2026-000001");
    assert_string_equal(first->corrects[0], "INV-2026-000001");
    assert_adds_up(first, 400);
    assert_int_equal(first->taxes_count, 2);
    assert_int_equal(first->taxes[0].rate_ppm, 190000);
    give_back(bench, 1, "B2", 897);
    const struct payment_invoice *rest = written(bench, of_refund(bench, 1, "B2"));
    assert_adds_up(rest, 897);
    assert_int_equal(first->tax_minor + rest->tax_minor, 197);
    assert_null(written(bench, of_refund(bench, 1, "B2")));
}

/* Less was taken than the lines come to, which is taken off at the rate of the whole order: all of it comes back, to the last cent. */
static void all_of_what_was_taken_off(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line lines[] = { goods(1, 2, 595, 1190, 190), goods(2, 1, 107, 107, 7) };

    secure(bench, 1, 1297);
    take(bench, 1, "C1", 304);
    struct payment_document command = of_capture(bench, 1, "C1", lines, 2);
    command.tax_of_order_minor = 197;
    command.total_of_order_minor = 1297;
    const struct payment_invoice *invoice = written(bench, command);
    assert_adds_up(invoice, 304);
    assert_int_equal(invoice->taxes_count, 3);
    give_back(bench, 1, "B1", 304);
    const struct payment_invoice *note = written(bench, of_refund(bench, 1, "B1"));
    assert_adds_up(note, 304);
    assert_int_equal(note->tax_minor, invoice->tax_minor);
}

static void set_state(struct rules_bench *bench, int64_t refund_no, int64_t state)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &refund_table, &count);

    for (size_t i = 0; i < count; i++) {
        struct refund_row *refund = rows[i];

        if (refund->refund_no == refund_no) {
            refund->state = state;
        }
    }
}

/* A bank sends one back, another is given meanwhile, and then the first after all: what the books owe is credited by it. */
static void given_after_all(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line lines[] = { goods(1, 2, 595, 1190, 190) };

    secure(bench, 1, 1190);
    take(bench, 1, "C1", 1190);
    assert_non_null(written(bench, of_capture(bench, 1, "C1", lines, 1)));
    give_back(bench, 1, "B1", 400);
    assert_adds_up(written(bench, of_refund(bench, 1, "B1")), 400);
    set_state(bench, 1, REFUND_FAILED);
    give_back(bench, 1, "B2", 300);
    assert_null(written(bench, of_refund(bench, 1, "B2")));
    set_state(bench, 1, REFUND_GIVEN);
    assert_adds_up(written(bench, of_refund(bench, 1, "B1")), 300);
    assert_null(written(bench, of_refund(bench, 1, "B1")));
    assert_null(written(bench, of_refund(bench, 1, "B2")));
}

/* Whatever is taken and given back in whatever parts: all of it is documented, and the tax comes back to the last cent. */
static void any_life_adds_up(void **state)
{
    static const int64_t rates[] = { 0, 7, 19, 20 };
    struct rules_bench *bench = *state;

    for (int64_t order_no = 1; order_no <= LIVES; order_no++) {
        struct billed_line lines[LINES_MAX];
        size_t count = (size_t)rules_random(bench, LINES_MAX) + 1;
        int64_t total_minor = 0, tax_minor = 0, credited_minor = 0, refund_no = 0;

        for (size_t i = 0; i < count; i++) {
            int64_t quantity = rules_random(bench, 5) + 1, unit = rules_random(bench, 5000) + 1;
            int64_t rate = rates[rules_random(bench, 4)], amount = quantity * unit;
            int64_t tax = amount * rate / (100 + rate);

            lines[i] = goods((int64_t)i + 1, quantity, unit, amount, tax);
            total_minor += amount;
            tax_minor += tax;
        }
        secure(bench, order_no, total_minor);
        take(bench, order_no, "C1", total_minor);
        const struct payment_invoice *invoice =
            written(bench, of_capture(bench, order_no, "C1", lines, count));
        assert_adds_up(invoice, total_minor);
        assert_int_equal(invoice->tax_minor, tax_minor);
        for (int64_t left_minor = total_minor; left_minor > 0;) {
            int64_t part = refund_no == 3 ? left_minor : rules_random(bench, left_minor) + 1;
            const char *refund = text_format(bench->kept, "B%d", (int)++refund_no);

            give_back(bench, order_no, refund, part);
            const struct payment_invoice *note = written(bench, of_refund(bench, order_no, refund));
            assert_adds_up(note, part);
            credited_minor += note->tax_minor;
            left_minor -= part;
        }
        assert_int_equal(credited_minor, tax_minor);
    }
}

static void a_rate_is_the_roundest_that_fits(void **state)
{
    (void)state;
    assert_int_equal(tax_rate_of(377, 72, 1), 190000);
    assert_int_equal(tax_rate_of(1000, 55, 1), 55000);
    assert_int_equal(tax_rate_of(100000, 8875, 1), 88750);
    assert_int_equal(tax_rate_of(10000000, 887500, 1), 88750);
    assert_int_equal(tax_rate_of(-377, -72, 1), 190000);
    assert_int_equal(tax_rate_of(100, 0, 1), 0);
    assert_int_equal(tax_rate_of(0, 5, 1), TAX_RATE_PPM_MAX);
    assert_int_equal(tax_rate_of(INT64_C(9000000000000000), INT64_C(1710000000000000), 1), 190000);
}

static void an_iban_has_its_check_digits(void **state)
{
    static const char *const wrong[] = { "",
                                         "DE88370400440532013000",
                                         "DE8937040044053201300",
                                         "de89370400440532013000",
                                         "DE89 3704 0044 0532 0130 00",
                                         "8937DE0400440532013000" };
    struct rules_bench *bench = *state;

    assert_true(epc_iban_is_valid("DE89370400440532013000"));
    assert_true(epc_iban_is_valid("TR330006100519786457841326"));
    assert_true(epc_iban_is_valid("GB82WEST12345698765432"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(epc_iban_is_valid(wrong[i]));
    }
    assert_string_equal(epc_code_text(bench->kept, "Kervan", "DE89", 5, "INV-1"),
                        "BCD\n002\n1\nSCT\n\nKervan\nDE89\nEUR0.05\n\n\nINV-1");
    assert_null(epc_code_text(bench->kept, "Kervan", "DE89", 0, "INV-1"));
    assert_null(epc_code_text(bench->kept, "Kervan", "DE89", INT64_C(100000000000), "INV-1"));
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
    struct subject subject = { effect->subject.number,
                               text_format(bench->kept, "%s", effect->subject.id) };
    const struct message_info *info = &message_infos[MESSAGE_PAYMENT_INVOICE];
    struct violations violations = { .count = 0 };
    void *payload = arena_alloc(bench->kept, info->size);
    assert_int_equal(
        info->decode(bench->kept, request.body, request.body_length, payload, &violations), OK);
    return (struct rules_step){ .effect = DOCUMENT_EFFECT,
                                .effect_key = text_format(bench->kept, "%s", effect->key),
                                .subject = subject,
                                .payload = payload,
                                .result = result };
}

/* --- Mails --------------------------------------------------------------------------------------- */

static const struct document_mail_row *mail_of(struct rules_bench *bench, size_t index)
{
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &document_mail_table, &count);

    assert_in_range(index, 0, count - 1);
    return rows[index];
}

/* Written, and its files made: what that says. */
static const struct decision *mailed(struct rules_bench *bench, struct payment_document command)
{
    command.mailed = true;
    command.has_mailed = true;
    return rules_run(bench, made(bench, RUN(bench, MESSAGE_PAYMENT_DOCUMENT, command)));
}

static void it_is_mailed_once(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 1, 1190, 1190, 190);
    const struct payment_invoice_mailed told = { .order_id = rules_order_id(bench, 1),
                                                 .order_no = 1,
                                                 .invoice_id = rules_child_id(bench, 1, "I1"),
                                                 .mail_no = 1,
                                                 .delivered = true,
                                                 .attempts = 2 };
    const struct rules_step silence = { .timer = DOCUMENT_MAIL_TIMER,
                                        .timer_step = 1,
                                        .subject = { 1, rules_order_id(bench, 1) } };

    secure(bench, 1, 1190);
    take(bench, 1, "C1", 1190);
    const struct decision *decision = mailed(bench, of_capture(bench, 1, "C1", &line, 1));
    const struct notification_invoice_mail *mail =
        rules_find(decision, MESSAGE_NOTIFICATION_INVOICE_MAIL);
    assert_non_null(mail);
    assert_string_equal(mail->email, "hanna@shop.example");
    assert_string_equal(mail->number, "INV-2026-000001");
    assert_string_equal(mail->language, "uk");
    assert_int_equal(mail->amount_minor, 1190);
    assert_int_equal(mail->attachments_count, 1); /* XML is for who has a tax number */
    assert_string_equal(mail->attachments[0].name, "invoice.pdf");
    assert_memory_equal(mail->attachments[0].content, "JVBERi0xLjUK", 12);
    /* Silence is asked about, until an answer is heard. */
    mail = rules_find(rules_run(bench, silence), MESSAGE_NOTIFICATION_INVOICE_MAIL);
    assert_non_null(mail);
    assert_int_equal(mail->mail_no, 1);
    (void)RUN(bench, MESSAGE_PAYMENT_INVOICE_MAILED, told);
    assert_int_equal(mail_of(bench, 0)->state, DOCUMENT_MAIL_TOLD);
    assert_int_equal(mail_of(bench, 0)->attempts, 2);
    assert_string_equal(rules_said(bench, rules_run(bench, silence)), "");
}

static void who_asks_has_it_mailed(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 1, 1190, 1190, 190);
    struct payment_document command = of_capture(bench, 1, "C1", &line, 1);
    struct payment_invoice_send request = { .invoice_id = rules_child_id(bench, 1, "I1") };

    assert_string_equal(rules_problem(RUN(bench, MESSAGE_PAYMENT_INVOICE_SEND, request)),
                        "there is no invoice with this id");
    command.buyer.tax_number = "DE1";
    secure(bench, 1, 1190);
    take(bench, 1, "C1", 1190);
    (void)rules_run(bench, made(bench, RUN(bench, MESSAGE_PAYMENT_DOCUMENT, command)));
    assert_string_equal(rules_problem(RUN(bench, MESSAGE_PAYMENT_INVOICE_SEND, request)),
                        "must be given: it went nowhere before");
    request.body.email = "books@shop.example";
    const struct notification_invoice_mail *mail = rules_find(
        RUN(bench, MESSAGE_PAYMENT_INVOICE_SEND, request), MESSAGE_NOTIFICATION_INVOICE_MAIL);
    assert_non_null(mail);
    assert_string_equal(mail->email, "books@shop.example");
    assert_int_equal(mail->attachments_count, 2);
    assert_string_equal(mail->attachments[1].name, "invoice.xml");
}

static void nothing_is_left_of_who_is_forgotten(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 1, 1190, 1190, 190);
    const struct payment_erase erase = { .order_id = rules_order_id(bench, 1),
                                         .order_no = 1,
                                         .clock = 9 };

    secure(bench, 1, 1190);
    take(bench, 1, "C1", 1190);
    (void)mailed(bench, of_capture(bench, 1, "C1", &line, 1));
    (void)RUN(bench, MESSAGE_PAYMENT_ERASE, erase);
    assert_null(mail_of(bench, 0)->email);
    assert_string_equal(mail_of(bench, 0)->name, "");
    assert_string_equal(
        rules_said(
            bench,
            rules_run(bench, (struct rules_step){ .timer = DOCUMENT_MAIL_TIMER,
                                                  .timer_step = 1,
                                                  .subject = { 1, rules_order_id(bench, 1) } })),
        "");
}

static void its_files_are_kept_once(void **state)
{
    struct rules_bench *bench = *state;
    const struct billed_line line = goods(1, 1, 1190, 1190, 190);
    struct payment_document command = of_capture(bench, 1, "C1", &line, 1);

    secure(bench, 1, 1190);
    take(bench, 1, "C1", 1190);
    const struct decision *decision = RUN(bench, MESSAGE_PAYMENT_DOCUMENT, command);
    struct rules_step first = made(bench, decision), second = made(bench, decision);
    const struct made_files *one = first.result, *other = second.result;
    assert_int_equal(one->count, 3);
    for (size_t i = 0; i < one->count; i++) {
        assert_string_equal(one->items[i].paper->sha256, other->items[i].paper->sha256);
    }
    assert_memory_equal(one->items[1].content.bytes, "%PDF-1.5", 8);
    assert_memory_equal(one->items[2].content.bytes, "<?xml", 5);
    (void)rules_run(bench, first);
    assert_string_equal(rules_said(bench, rules_run(bench, second)), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_invoice_of_a_capture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_mailed_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_asks_has_it_mailed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_left_of_who_is_forgotten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rates_as_they_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_settled_apart_untaxed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prices_without_tax, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_once_and_none_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_taken_has_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_taken_beside_shares, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_credit_note_of_a_refund, set_up, tear_down),
        cmocka_unit_test_setup_teardown(given_after_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_of_what_was_taken_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_life_adds_up, set_up, tear_down),
        cmocka_unit_test(a_rate_is_the_roundest_that_fits),
        cmocka_unit_test_setup_teardown(an_iban_has_its_check_digits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_files_are_kept_once, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
