/* payment_bank_test.c - transfers as the bank tells of them: references however they are typed, and what each line pays.
 *
 * links: payment
 */
#include "tests/unit/payment_desk.h"

#include "common/store.h"
#include "common/text.h"
#include "services/payment/bank_reference.h"
#include "services/payment/bank_tables.h"
#include "services/payment/payment.h"
#include "services/payment/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define IBAN "DE89370400440532013000"
#define LINE "bnk_0123456789abcdef0123456789abc"

enum { DUE = 4488, NOON_MS = 1000 };

/* --- References ---------------------------------------------------------------------------------- */

static void a_creditor_reference_checks_itself(void **state)
{
    struct desk *desk = *state;

    assert_true(creditor_reference_holds("RF18 5390 0754 7034")); /* of the standard */
    assert_false(creditor_reference_holds("RF18 5390 0754 7035"));
    assert_false(creditor_reference_holds("RF18"));
    assert_false(creditor_reference_holds("RF18539007547034539007547034"));
    assert_string_equal(creditor_reference_of(desk->kept, 1, 1), "RF90KV0000000001A");
    for (int64_t order_no = 1; order_no < 2000000000000; order_no = order_no * 3 + 1) {
        assert_true(creditor_reference_holds(creditor_reference_of(desk->kept, order_no, 1)));
        assert_true(creditor_reference_holds(creditor_reference_of(desk->kept, order_no, 12)));
    }
}

/* What a text is taken for: "1/1 text". */
static const char *found_in(struct desk *desk, const char *text)
{
    static const char *const rules[] = { "",     "creditor_reference", "end_to_end_id",
                                         "text", "unchecked",          "person" };
    const struct bank_statement_line line = { .text = text };
    struct bank_finds finds = bank_find(&line);
    const char *found = "";

    for (size_t i = 0; i < finds.count; i++) {
        found = text_format(desk->kept, "%s%s%lld/%lld %s", found, i > 0 ? ", " : "",
                            (long long)finds.found[i].order_no,
                            (long long)finds.found[i].payment_no, rules[finds.found[i].rule]);
    }
    return found;
}

static void references_are_found_as_people_type_them(void **state)
{
    static const struct {
        const char *text, *found;
    } cases[] = {
        { "KV-0000-0000-01A", "1/1 text" },
        { "Order KV-0000-0000-01A, thank you", "1/1 text" },
        { "RF90KV0000000001A", "1/1 text" },
        { "RF90 KV00 0000 0001 A", "1/1 text" },
        { "kv 0000 0000 01a", "1/1 text" },
        { "kvOOOO-oooo-OlA", "1/1 text" },
        { "Ref:KV-0000-0000-01A-2", "1/2 text" },
        { "RF31KV0000000001AP2", "1/2 text" },
        { "KV-0000-0000-01A 2 shirts", "1/1 text" },
        { "\u041a\u0412-\u041e000-0000-01\u0410", "1/1 text" }, /* Ukrainian, as it looks */
        { "\u043a\u0432 0000 0000 \u043e1\u0430", "1/1 text" },
        { "s\u0130par\u0130\u015f KV-0000-0000-0\u0131A", "1/1 text" },
        { "KV-0000-0000-01A KV-0000-0000-01A", "1/1 text" },
        { "KV-0000-0000-01A and KV-0000-0000-02M", "1/1 text, 2/1 text" },
        { "KV-0000-0000-01", "1/1 unchecked" },
        { "KV-0000-0000-01 Bob", "1/1 unchecked" },
        { "KV-0000-0000-01B", "" }, /* a digit is wrong */
        { "KV-0000-0000-00", "" },
        { "KV-0000-0000", "" },
        { "0000-0000-01A", "" },
        { "\xff\xfe KV-0000-0000-01A", "1/1 text" },
        { "", "" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = found_in(*state, cases[i].text);

        if (strcmp(found, cases[i].found) != 0) {
            print_message("%s: %s\n", cases[i].text, found);
        }
        assert_string_equal(found, cases[i].found);
    }
}

/* Every reference is found again, and none of them with a wrong character is another's. */
static void every_reference_is_found(void **state)
{
    struct desk *desk = *state;

    for (int64_t order_no = 1; order_no < 2000000000000; order_no = order_no * 2 + 1) {
        char text[40];

        (void)snprintf(text, sizeof text, "%s", reference_of(desk->kept, order_no, 1));
        assert_string_equal(found_in(desk, text),
                            text_format(desk->kept, "%lld/1 text", (long long)order_no));
        for (size_t at = 3; at < strlen(text); at++) {
            char kept = text[at];

            text[at] = kept == '7' ? '8' : '7';
            assert_string_equal(kept == '-' ? "" : found_in(desk, text), "");
            text[at] = kept;
        }
    }
}

static void the_surest_field_counts(void **state)
{
    const struct bank_statement_line line = { .creditor_reference = "RF90KV0000000001A",
                                              .end_to_end_id = "KV-0000-0000-01A",
                                              .text = "KV-0000-0000-01A" };
    struct bank_finds finds = bank_find(&line);

    (void)state;
    assert_int_equal(finds.count, 1);
    assert_int_equal(finds.found[0].rule, BANK_RULE_CREDITOR_REFERENCE);
}

/* --- Lines --------------------------------------------------------------------------------------- */

static void put_account(struct desk *desk, int64_t tolerance_minor)
{
    const struct bank_account_put message = { .account = IBAN,
                                              .body = { .holder = "Kervan GmbH",
                                                        .currency = "EUR",
                                                        .tolerance_minor = tolerance_minor,
                                                        .has_tolerance_minor = true } };

    (void)desk_request(desk, "put", MESSAGE_BANK_ACCOUNT_PUT, &message);
}

static const char *line_id(struct desk *desk, int64_t number)
{
    return text_format(desk->kept, LINE "%03lld", (long long)number);
}

static const struct bank_line_row *line_of(struct desk *desk, int64_t number)
{
    struct memory_slice found =
        memory_database_find(desk->database, &bank_line_table, key_text(line_id(desk, number)));

    return found.count == 0 ? NULL : found.rows[0];
}

/* A line of a statement comes; what the lane of the order says of it, if it is asked. */
static const char *tell_line(struct desk *desk, int64_t number,
                             const struct bank_statement_line *told)
{
    struct bank_statement_line line = *told;

    line.line_id = line_id(desk, number);
    line.bank_reference = told->bank_reference != NULL ? told->bank_reference : line.line_id;
    line.currency = told->currency != NULL ? told->currency : "EUR";
    line.booked_at = NOON_MS;
    line.has_reversal = told->reversal;
    const struct bank_statement message = {
        .account = IBAN, .statement = "2026-03-01", .lines = &line, .lines_count = 1
    };

    (void)desk_request(desk, "import", MESSAGE_BANK_STATEMENT, &message);
    if (desk->asked[0] == '\0') {
        return "";
    }
    const struct bank_line_row *row = line_of(desk, number);
    const struct bank_line_try input = {
        .order_id = desk_order_id(desk, row->order_no),
        .order_no = row->order_no,
        .payment_id = text_format(desk->kept, "%s-P%lld", desk_order_id(desk, row->order_no),
                                  (long long)row->payment_no),
        .line_id = line.line_id,
        .rule = (enum bank_rule)row->rule,
    };

    return desk_command(desk, MESSAGE_BANK_LINE_TRY, &input);
}

static const char *credit(struct desk *desk, int64_t number, int64_t amount_minor, const char *text)
{
    return tell_line(desk, number,
                     &(struct bank_statement_line){
                         .credit = true, .amount_minor = amount_minor, .text = text });
}

static const char *take_back(struct desk *desk, int64_t number, int64_t amount_minor)
{
    return tell_line(desk, number,
                     &(struct bank_statement_line){ .reversal = true,
                                                    .amount_minor = amount_minor,
                                                    .text = "KV-0000-0000-01A" });
}

/* "matched", or "open no_reference". */
static const char *what_became(struct desk *desk, int64_t number)
{
    static const char *const states[] = { "", "open", "asked", "matched", "set_aside", "noted" };
    const struct bank_line_row *row = line_of(desk, number);

    return row == NULL ? "nothing"
                       : text_format(desk->kept, "%s%s%s", states[row->state],
                                     row->reason == NULL ? "" : " ",
                                     row->reason == NULL ? "" : row->reason);
}

/* Sums of matched lines are what the payment says, and each line was decided as often as its events say. */
static void check_lines(struct desk *desk)
{
    size_t count = 0, events = 0;
    int64_t sum_minor = 0, decided = 0;
    void **rows = memory_database_rows(desk->database, &transfer_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct transfer_row *row = rows[i];

        sum_minor += row->kind == TRANSFER_TAKEN_BACK ? -row->amount_minor : row->amount_minor;
    }
    assert_int_equal(sum_minor, desk_payment(desk, 1)->received_minor);
    rows = memory_database_rows(desk->database, &bank_line_table, &count);
    for (size_t i = 0; i < count; i++) {
        decided += ((const struct bank_line_row *)rows[i])->event_count;
    }
    (void)memory_database_rows(desk->database, &bank_line_event_table, &events);
    assert_int_equal(decided, events);
    desk_check(desk);
}

static void await_transfer(struct desk *desk, int64_t tolerance_minor)
{
    desk_forget(desk);
    put_account(desk, tolerance_minor);
    desk_authorize_by(desk, 1, PAYMENT_METHOD_BANK_TRANSFER, DUE);
}

static void a_line_pays_an_order_once(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 0);
    assert_string_equal(credit(desk, 1, DUE, "KV-0000-0000-01A"),
                        "money_received 4488 4488/4488; authorized 4488");
    assert_string_equal(what_became(desk, 1), "matched");
    assert_string_equal(credit(desk, 1, DUE, "KV-0000-0000-01A"), "");
    assert_int_equal(line_of(desk, 1)->event_count, 2);
    check_lines(desk);
}

static void parts_pay_together_and_too_much_is_told(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 10);
    assert_string_equal(credit(desk, 1, 4000, "KV-0000-0000-01A"), "money_received 4000 4000/4488");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_REQUIRES_ACTION);
    assert_string_equal(credit(desk, 2, 488, "KV-0000-0000-01A"),
                        "money_received 488 4488/4488; authorized 4488");
    assert_string_equal(credit(desk, 3, 1, "KV-0000-0000-01A"), "money_received 1 4489/4488");
    check_lines(desk);
}

static void a_little_less_is_enough(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 10);
    assert_string_equal(credit(desk, 1, DUE - 11, "KV-0000-0000-01A"),
                        "money_received 4477 4477/4488");
    await_transfer(desk, 10);
    assert_string_equal(
        credit(desk, 1, DUE - 10, "KV-0000-0000-01A"),
        "money_received 4478 4478/4488; money_received 10 4488/4488; authorized 4488");
    check_lines(desk);
}

static void a_person_accepts_less(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 0);
    const struct payment_accept_short message = { .payment_id = desk_child_id(desk, 1, "P1"),
                                                  .body = { .note = "Bank fees." } };

    desk_request(desk, "r1", MESSAGE_PAYMENT_ACCEPT_SHORT, &message);
    assert_string_equal(desk->reply, "409"); /* nothing has come */
    credit(desk, 1, 4000, "KV-0000-0000-01A");
    assert_string_equal(desk_request(desk, "r2", MESSAGE_PAYMENT_ACCEPT_SHORT, &message),
                        "money_received 488 4488/4488; authorized 4488");
    assert_string_equal(desk->reply, "201 P1");
    desk_request(desk, "r2", MESSAGE_PAYMENT_ACCEPT_SHORT, &message);
    assert_string_equal(desk->reply, "201 P1");
    desk_request(desk, "r3", MESSAGE_PAYMENT_ACCEPT_SHORT, &message);
    assert_string_equal(desk->reply, "409");
    check_lines(desk);
}

static void what_pays_nothing_waits(void **state)
{
    static const struct {
        struct bank_statement_line line;
        const char *became;
    } cases[] = {
        { { .credit = true, .amount_minor = DUE, .text = "thank you" }, "open no_reference" },
        { { .credit = true, .amount_minor = DUE }, "open no_reference" },
        { { .credit = true, .amount_minor = DUE, .text = "KV-0000-0000-022" },
          "open no_reference" },
        { { .credit = true, .amount_minor = DUE, .text = "KV-0000-0000-02M" },
          "open unknown_payment" },
        { { .credit = true, .amount_minor = DUE, .text = "KV-0000-0000-01A-7" },
          "open unknown_payment" },
        { { .credit = true, .amount_minor = DUE, .text = "KV-0000-0000-01A KV-0000-0000-02M" },
          "open several_references" },
        { { .credit = true, .amount_minor = DUE, .currency = "USD", .text = "KV-0000-0000-01A" },
          "open currency_differs" },
        { { .credit = true, .amount_minor = 1, .text = "KV-0000-0000-01" }, "open amount_differs" },
        { { .credit = true, .reversal = true, .amount_minor = 1, .text = "KV-0000-0000-01A" },
          "open refund_came_back" },
        { { .reversal = true, .amount_minor = 1, .text = "KV-0000-0000-01A" }, "open not_to_undo" },
        { { .amount_minor = DUE, .text = "KV-0000-0000-01A" }, "noted" },
    };
    struct desk *desk = *state;

    await_transfer(desk, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(tell_line(desk, 100 + (int64_t)i, &cases[i].line), "");
        assert_string_equal(what_became(desk, 100 + (int64_t)i), cases[i].became);
    }
    check_lines(desk);
    assert_string_equal(credit(desk, 1, DUE, "KV-0000-0000-01"),
                        "money_received 4488 4488/4488; authorized 4488"); /* the very amount */
    check_lines(desk);
}

static void a_card_takes_no_transfer(void **state)
{
    struct desk *desk = *state;

    desk_forget(desk);
    put_account(desk, 0);
    desk_authorize(desk, 1, "tok_ok", DUE);
    assert_string_equal(credit(desk, 1, DUE, "KV-0000-0000-01A"), "");
    assert_string_equal(what_became(desk, 1), "open not_awaited");
}

static void money_for_what_is_over_is_late(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 0);
    desk_deadline(desk, 1);
    assert_string_equal(credit(desk, 1, DUE, "KV-0000-0000-01A"),
                        "money_received 4488 4488/4488 late");
    assert_string_equal(what_became(desk, 1), "matched");
    check_lines(desk);
}

static void the_bank_takes_back(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 0);
    credit(desk, 1, 4000, "KV-0000-0000-01A");
    assert_string_equal(take_back(desk, 2, 4000), "");
    assert_string_equal(what_became(desk, 2), "matched");
    assert_int_equal(desk_payment(desk, 1)->received_minor, 0);
    credit(desk, 3, DUE + 1, "KV-0000-0000-01A");
    assert_string_equal(take_back(desk, 4, 2), "");
    assert_string_equal(what_became(desk, 4), "open part_is_left");
    assert_string_equal(take_back(desk, 5, 1), "");
    assert_string_equal(take_back(desk, 6, DUE), "lapsed 4488");
    assert_string_equal(what_became(desk, 6), "matched");
    assert_int_equal(desk_state(desk, 1), PAYMENT_STATE_EXPIRED);
    assert_string_equal(take_back(desk, 7, DUE), "");
    assert_string_equal(what_became(desk, 7), "open not_to_undo");
    check_lines(desk);
}

static void what_is_taken_is_not_undone_by_itself(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 0);
    credit(desk, 1, DUE, "KV-0000-0000-01A");
    desk_capture(desk, 1, "C1", DUE);
    assert_string_equal(take_back(desk, 2, DUE), "");
    assert_string_equal(what_became(desk, 2), "open not_to_undo");
    check_lines(desk);
}

static void what_a_person_told_counts_once(void **state)
{
    struct desk *desk = *state;
    struct bank_statement_line line = {
        .credit = true, .amount_minor = DUE, .bank_reference = "entry-1", .text = "KV-0000-0000-01A"
    };

    await_transfer(desk, 0);
    desk_received(desk, "r1", 1, DUE, "entry-1");
    assert_string_equal(tell_line(desk, 1, &line), "");
    assert_string_equal(what_became(desk, 1), "matched");
    line.amount_minor = 1;
    assert_string_equal(tell_line(desk, 2, &line), "");
    assert_string_equal(what_became(desk, 2), "open counted_before");
    await_transfer(desk, 0);
    line.amount_minor = DUE;
    tell_line(desk, 1, &line);
    desk_received(desk, "r1", 1, DUE, "entry-1");
    assert_string_equal(desk->reply, "201 P1");
    check_lines(desk);
}

/* --- People -------------------------------------------------------------------------------------- */

static const char *match(struct desk *desk, const char *request, int64_t number, int64_t order_no)
{
    const struct bank_line_match message = { .line_id = line_id(desk, number),
                                             .body = { .payment_id =
                                                           desk_child_id(desk, order_no, "P1") } };

    return desk_request(desk, request, MESSAGE_BANK_LINE_MATCH, &message);
}

static void set_aside(struct desk *desk, const char *request, int64_t number)
{
    const struct bank_line_set_aside message = { .line_id = line_id(desk, number),
                                                 .body = { .reason = "Interest." } };

    (void)desk_request(desk, request, MESSAGE_BANK_LINE_SET_ASIDE, &message);
}

static void a_person_matches(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 0);
    credit(desk, 1, 4000, "thanks");
    assert_string_equal(match(desk, "r1", 1, 1), "money_received 4000 4000/4488");
    assert_string_equal(what_became(desk, 1), "matched");
    assert_string_equal(line_of(desk, 1)->who, "r1");
    assert_string_equal(match(desk, "r1", 1, 1), "");
    assert_memory_equal(desk->reply, "201", 3);
    match(desk, "r2", 1, 1);
    assert_string_equal(desk->reply, "409");
    match(desk, "r3", 9, 1);
    assert_string_equal(desk->reply, "404");
    credit(desk, 2, 488, "thanks");
    match(desk, "r4", 2, 9);
    assert_string_equal(desk->reply, "404");
    check_lines(desk);
}

static void a_person_sets_aside(void **state)
{
    struct desk *desk = *state;

    await_transfer(desk, 0);
    credit(desk, 1, DUE, "interest");
    set_aside(desk, "r1", 1);
    assert_memory_equal(desk->reply, "201", 3);
    assert_string_equal(what_became(desk, 1), "set_aside Interest.");
    set_aside(desk, "r1", 1);
    assert_int_equal(line_of(desk, 1)->event_count, 2);
    assert_string_equal(match(desk, "r2", 1, 1), "money_received 4488 4488/4488; authorized 4488");
    set_aside(desk, "r3", 1);
    assert_string_equal(desk->reply, "409");
    set_aside(desk, "r4", 9);
    assert_string_equal(desk->reply, "404");
    check_lines(desk);
}

static void accounts_are_data(void **state)
{
    struct desk *desk = *state;
    struct bank_account_put message = { .account = IBAN,
                                        .body = { .holder = "Kervan GmbH", .currency = "EUR" } };
    const struct bank_csv no_amount = { .delimiter = BANK_CSV_DELIMITER_COMMA,
                                        .decimal = BANK_CSV_DECIMAL_POINT,
                                        .date = BANK_CSV_DATE_YMD_DASH,
                                        .booked_on = "Date" };

    desk_forget(desk);
    assert_string_equal(credit(desk, 1, DUE, "KV-0000-0000-01A"), "");
    assert_string_equal(desk->reply, "422 /account");
    desk_request(desk, "r1", MESSAGE_BANK_ACCOUNT_PUT, &message);
    assert_memory_equal(desk->reply, "201", 3);
    desk_request(desk, "r2", MESSAGE_BANK_ACCOUNT_PUT, &message);
    assert_memory_equal(desk->reply, "200", 3);
    message.body.csv = &no_amount;
    desk_request(desk, "r3", MESSAGE_BANK_ACCOUNT_PUT, &message);
    assert_string_equal(desk->reply, "422 /csv/amount");
    message.body.csv = NULL;
    message.body.currency = "USD";
    desk_request(desk, "r4", MESSAGE_BANK_ACCOUNT_PUT, &message);
    assert_string_equal(desk->reply, "422 /currency");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_creditor_reference_checks_itself),
        cmocka_unit_test(references_are_found_as_people_type_them),
        cmocka_unit_test(every_reference_is_found),
        cmocka_unit_test(the_surest_field_counts),
        cmocka_unit_test(a_line_pays_an_order_once),
        cmocka_unit_test(parts_pay_together_and_too_much_is_told),
        cmocka_unit_test(a_little_less_is_enough),
        cmocka_unit_test(a_person_accepts_less),
        cmocka_unit_test(what_pays_nothing_waits),
        cmocka_unit_test(a_card_takes_no_transfer),
        cmocka_unit_test(money_for_what_is_over_is_late),
        cmocka_unit_test(the_bank_takes_back),
        cmocka_unit_test(what_is_taken_is_not_undone_by_itself),
        cmocka_unit_test(what_a_person_told_counts_once),
        cmocka_unit_test(a_person_matches),
        cmocka_unit_test(a_person_sets_aside),
        cmocka_unit_test(accounts_are_data),
    };

    return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
