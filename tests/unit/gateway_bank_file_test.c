/* gateway_bank_file_test.c - files of banks: what is read of them, that an entry has one name, and that nothing else is believed.
 *
 * links: gateway common
 */
#include "services/gateway/bank_file.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ARENA_BYTES = 64 << 20 };

static int set_up(void **state)
{
    *state = arena_new(ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct bank_file open_file(struct arena *arena)
{
    return (struct bank_file){ .arena = arena, .scratch = arena_new(BANK_SCRATCH_BYTES_MAX) };
}

static struct bank_file camt(struct arena *arena, const char *text)
{
    struct bank_file file = open_file(arena);

    camt_read(&file, text, strlen(text));
    arena_free(file.scratch);
    return file;
}

static struct bank_file csv(struct arena *arena, const struct bank_csv *columns, const char *text)
{
    const struct bank_account_view account = { .account = "TR330006100519786457841326",
                                               .body = { .currency = "EUR", .csv = columns } };
    struct bank_file file = open_file(arena);

    bank_csv_read(&file, &account, text, strlen(text));
    arena_free(file.scratch);
    return file;
}

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

static const char *line_shown(struct arena *arena, const struct bank_statement_line *line)
{
    bool named = strcmp(line->bank_reference, line->line_id) != 0;
    const char *sign = line->credit ? "+" : "-";

    return text_format(
        arena, "%s%s%lld %s %.10s %s %s: %s", line->reversal ? "~" : "", sign,
        (long long)line->amount_minor, line->currency, instant_format(line->booked_at).text,
        named ? line->bank_reference : "*", or_nothing(line->payer_name),
        line->creditor_reference != NULL ? line->creditor_reference : or_nothing(line->text));
}

/* "+4488 EUR 2026-03-01 ref Ada Lovelace: text", a line each. */
static const char *shown(struct arena *arena, const struct bank_file *file)
{
    const char *text = "";

    for (size_t i = 0; i < file->count; i++) {
        text = text_format(arena, "%s%s%s", text, i > 0 ? "\n" : "",
                           line_shown(arena, &file->entries[i].line));
    }
    return file->fault != NULL ? file->fault : text;
}

/* --- CAMT.053 ------------------------------------------------------------------------------------ */

#define HEAD(version)                                                                              \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"                                                   \
    "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001." version                       \
    "\"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>"
#define STMT                                                                                       \
    "<Stmt><Id>S-1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>"    \
    "<Bal><Amt Ccy=\"EUR\">9.99</Amt></Bal>"
#define END "</Stmt></BkToCstmrStmt></Document>"

static const char plain_02[] = HEAD("02") STMT
    "<Ntry><Amt Ccy=\"EUR\">44.88</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>"
    "<BookgDt><Dt>2026-03-01</Dt></BookgDt><ValDt><Dt>2026-03-02</Dt></ValDt>"
    "<AcctSvcrRef>20260301 0042</AcctSvcrRef><NtryDtls><TxDtls>"
    "<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
    "<AmtDtls><TxAmt><Amt Ccy=\"EUR\">44.88</Amt></TxAmt></AmtDtls>"
    "<RltdPties><Dbtr><Nm>Zeynep &amp; Şen</Nm></Dbtr></RltdPties>"
    "<RmtInf><Ustrd>Order</Ustrd><Ustrd>KV-0000-0000-01A</Ustrd></RmtInf>"
    "</TxDtls></NtryDtls></Ntry>"
    "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts>"
    "<BookgDt><Dt>2026-03-01</Dt></BookgDt></Ntry>"
    "<Ntry><Amt "
    "Ccy=\"EUR\">7</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts>BOOK</Sts>"
    "<BookgDt><DtTm>2026-03-03T10:00:00+01:00</DtTm></BookgDt><AddtlNtryInf>Return</AddtlNtryInf>"
    "</Ntry>" END;

static void version_02_is_read(void **state)
{
    struct bank_file file = camt(*state, plain_02);

    assert_string_equal(shown(*state, &file),
                        "+4488 EUR 2026-03-01 202603010042 Zeynep & Şen: Order KV-0000-0000-01A\n"
                        "~-700 EUR 2026-03-03 * : Return");
    assert_string_equal(file.entries[0].account, "DE89370400440532013000");
    assert_string_equal(file.entries[0].statement, "S-1");
    assert_null(file.entries[0].line.end_to_end_id);
}

/* One entry, two payments; parties and statuses stand one element deeper. */
static const char batch_08[] = HEAD("08") STMT
    "<Ntry><NtryRef>1</NtryRef><Amt Ccy=\"EUR\">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
    "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-01</Dt></BookgDt>"
    "<AcctSvcrRef>B1</AcctSvcrRef><NtryDtls>"
    "<TxDtls><Amt "
    "Ccy=\"EUR\">10.00</Amt><RltdPties><Dbtr><Pty><Nm>Ada</Nm></Pty></Dbtr></RltdPties>"
    "<RmtInf><Strd><CdtrRefInf><Ref>RF90KV0000000001A</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
    "<TxDtls><Amt "
    "Ccy=\"EUR\">20.00</Amt><RltdPties><Dbtr><Pty><Nm>Bob</Nm></Pty></Dbtr></RltdPties>"
    "<RmtInf><Ustrd>two</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>" END;

static void a_batch_becomes_its_payments(void **state)
{
    struct bank_file file = camt(*state, batch_08);

    assert_string_equal(shown(*state, &file), "+1000 EUR 2026-03-01 B1/1 Ada: RF90KV0000000001A\n"
                                              "+2000 EUR 2026-03-01 B1/2 Bob: two");
}

/* Payments that do not add up to their entry are one line for a person. */
static void a_batch_that_does_not_add_up_stays_one(void **state)
{
    static const char text[] = HEAD("08") STMT
        "<Ntry><Amt Ccy=\"EUR\">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        "<BookgDt><Dt>2026-03-01</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef><NtryDtls>"
        "<TxDtls><Amt Ccy=\"EUR\">10.00</Amt><RmtInf><Ustrd>one</Ustrd></RmtInf></TxDtls>"
        "<TxDtls><Amt Ccy=\"EUR\">21.00</Amt><RmtInf><Ustrd>two</Ustrd></RmtInf></TxDtls>"
        "</NtryDtls></Ntry>" END;
    struct bank_file file = camt(*state, text);

    assert_string_equal(shown(*state, &file), "+3000 EUR 2026-03-01 B1 : one two");
}

/* The same file again, and two entries that are alike in it. */
static void an_entry_has_one_name(void **state)
{
    static const char text[] =
        HEAD("02") STMT "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
                        "<BookgDt><Dt>2026-03-01</Dt></BookgDt></Ntry>"
                        "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
                        "<BookgDt><Dt>2026-03-01</Dt></BookgDt></Ntry>"
                        "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
                        "<BookgDt><Dt>2026-03-02</Dt></BookgDt></Ntry>" END;
    struct bank_file first = camt(*state, text), again = camt(*state, text);

    assert_int_equal(first.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(first.entries[i].line.line_id, again.entries[i].line.line_id);
        assert_int_equal(strlen(first.entries[i].line.line_id), 36);
        for (size_t other = 0; other < i; other++) {
            assert_string_not_equal(first.entries[i].line.line_id,
                                    first.entries[other].line.line_id);
        }
    }
    /* Another statement, a day later, which begins with what the first ended with. */
    struct bank_file overlap =
        camt(*state, HEAD("02") STMT "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
                                     "<BookgDt><Dt>2026-03-02</Dt></BookgDt></Ntry>" END);

    assert_string_equal(overlap.entries[0].line.line_id, first.entries[2].line.line_id);
}

static void what_is_no_statement_is_refused(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { "", "this is no XML" },
        { "no xml", "this is no XML" },
        { "<a/>", "this is no camt.053: its namespace is \"\"" },
        { "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.03\"/>", "pain.001" },
        { HEAD("02") STMT, "this is no XML" },
        { "<!DOCTYPE a [<!ENTITY b \"c\">]><Document/>", "this is no XML without a document type" },
        { "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><Document/>", "without a document type" },
        { HEAD("02") STMT "<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>" END, "has no Amt" },
        { HEAD("02") STMT "<Ntry><Amt Ccy=\"EUR\">1</Amt></Ntry>" END, "has no CdtDbtInd" },
        { HEAD("02") STMT
          "<Ntry><Amt Ccy=\"EUR\">1.001</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>" END,
          "has no Amt with a currency" },
        { HEAD("02") STMT "<Ntry><Amt>1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>" END,
          "has no Amt with a currency" },
        { HEAD("02") STMT "<Ntry><Amt Ccy=\"EUR\">1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>" END,
          "has no day" },
        { HEAD("02") "<Stmt><Id>S</Id><Ntry><Amt Ccy=\"EUR\">1</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
                     "<BookgDt><Dt>2026-03-01</Dt></BookgDt></Ntry>" END,
          "has no account" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bank_file file = camt(*state, cases[i].text);

        assert_non_null(file.fault);
        if (strstr(file.fault, cases[i].fault) == NULL) {
            print_message("%s\n", file.fault);
        }
        assert_non_null(strstr(file.fault, cases[i].fault));
    }
}

/* Depth and texts have bounds, whatever the file says. */
static void a_file_is_bounded(void **state)
{
    enum { DEEP = 40, LONG = 100000 };
    struct arena *arena = *state;
    const char *text = HEAD("02");

    for (int i = 0; i < DEEP; i++) {
        text = text_format(arena, "%s<a>", text);
    }
    struct bank_file deep = camt(arena, text);
    assert_non_null(strstr(deep.fault, "this is no XML"));

    char *middle = arena_alloc(arena, (size_t)LONG + 1);

    memset(middle, 'x', LONG);
    struct bank_file wide =
        camt(arena, text_format(arena, "%s%s%s",
                                HEAD("02") STMT "<Ntry><Amt Ccy=\"EUR\">1</Amt>"
                                                "<CdtDbtInd>CRDT</CdtDbtInd><BookgDt>"
                                                "<Dt>2026-03-01</Dt></BookgDt><AddtlNtryInf>",
                                middle + LONG / 2, "</AddtlNtryInf></Ntry>" END));
    assert_null(wide.fault);
    assert_true(strlen(wide.entries[0].line.text) <= 500);
}

/* --- CSV ----------------------------------------------------------------------------------------- */

static const struct bank_csv german = {
    .delimiter = BANK_CSV_DELIMITER_SEMICOLON,
    .decimal = BANK_CSV_DECIMAL_COMMA,
    .date = BANK_CSV_DATE_DMY_DOT,
    .booked_on = "Buchungstag",
    .amount = "Betrag",
    .payer_name = "Name",
    .text = "Verwendungszweck",
};

static void a_csv_is_read_as_its_columns_say(void **state)
{
    struct bank_file file =
        csv(*state, &german,
            "\xef\xbb\xbfKonto;DE89\r\n\r\n"
            "Buchungstag;Name;Verwendungszweck;Betrag\r\n"
            "01.03.2026;\"Ada; Countess \"\"L\"\"\";\"KV-0000-\n0000-01A\";1.234,5\r\n"
            "1.3.2026;;Fees;-0,99\r\n"
            "02.03.2026;;Nothing;0,00\r\n");

    assert_string_equal(shown(*state, &file),
                        "+123450 EUR 2026-03-01 * Ada; Countess \"L\": KV-0000- 0000-01A\n"
                        "-99 EUR 2026-03-01 * : Fees");
}

static void credit_and_debit_may_stand_apart(void **state)
{
    static const struct bank_csv columns = {
        .delimiter = BANK_CSV_DELIMITER_COMMA,
        .decimal = BANK_CSV_DECIMAL_POINT,
        .date = BANK_CSV_DATE_MDY_SLASH,
        .booked_on = "Date",
        .credit = "In",
        .debit = "Out",
        .currency = "Ccy",
        .bank_reference = "Ref",
    };
    struct bank_file file = csv(*state, &columns,
                                "Date,In,Out,Ccy,Ref\n12/31/2026,\"1,234.50\",,USD,A 1\n"
                                "1/2/2026,,3.00,JPY,A2\n");

    assert_non_null(strstr(shown(*state, &file), "+123450 USD 2026-12-31 A1"));
    assert_non_null(strstr(shown(*state, &file), "-3 JPY 2026-01-02 A2"));
}

static void a_csv_says_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { "", "there is no column \"Buchungstag\"" },
        { "Buchungstag;Name;Verwendungszweck\n", "there is no column \"Betrag\"" },
        { "Buchungstag;Name;Verwendungszweck;Betrag\n32.03.2026;;;1,00\n", "line 2: column \"Bu" },
        { "Buchungstag;Name;Verwendungszweck;Betrag\n2026-03-01;;;1,00\n", "line 2: column \"Bu" },
        { "Buchungstag;Name;Verwendungszweck;Betrag\n01.03.2026;;;1,001\n", "line 2: no amount" },
        { "Buchungstag;Name;Verwendungszweck;Betrag\n01.03.2026;;;EUR\n", "line 2: no amount" },
        { "Buchungstag;Name;Verwendungszweck;Betrag\n01.03.2026;;;1,0,0\n", "line 2: no amount" },
        { "Buchungstag;Name;Verwendungszweck;Betrag\n01.03.2026;\"A;;1\n", "is not closed" },
        { "Buchungstag;\"Name\"x;Verwendungszweck;Betrag\n", "follows a closing" },
        { "Buchungstag;\xff\n", "is not UTF-8" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bank_file file = csv(*state, &german, cases[i].text);

        assert_non_null(file.fault);
        if (strstr(file.fault, cases[i].fault) == NULL) {
            print_message("%zu: %s\n", i, file.fault);
        }
        assert_non_null(strstr(file.fault, cases[i].fault));
    }
    struct bank_file none = csv(*state, NULL, "");
    assert_non_null(strstr(none.fault, "has no csv"));
}

static const struct {
    const char *text;
    char decimal;
    const char *currency;
    int64_t minor; /* -1: none */
} amounts[] = {
    { "44.88", '.', "EUR", 4488 },
    { "44,88", ',', "EUR", 4488 },
    { "44", '.', "EUR", 4400 },
    { "44.8", '.', "EUR", 4480 },
    { "44.880", '.', "EUR", 4488 },
    { "44.881", '.', "EUR", -1 },
    { "1 234 567,89", ',', "EUR", 123456789 },
    { "1'234.50", '.', "CHF", 123450 },
    { "+5", '.', "EUR", 500 },
    { "500", '.', "JPY", 500 },
    { "500.5", '.', "JPY", -1 },
    { "1.5", '.', "KWD", 1500 },
    { "90071992547409.91", '.', "EUR", 9007199254740991 },
    { "90071992547409.92", '.', "EUR", -1 },
    { "99999999999999999999", '.', "EUR", -1 },
    { "1", '.', "XYZ", -1 },
    { "", '.', "EUR", -1 },
    { "1e3", '.', "EUR", -1 },
    { "1-2", '.', "EUR", -1 },
};

static void amounts_are_exact(void **state)
{
    int64_t minor = 0;

    (void)state;
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        bool read = bank_amount(amounts[i].text, amounts[i].decimal, amounts[i].currency, &minor);
        int64_t found = read ? minor : -1;

        if (found != amounts[i].minor) {
            print_message("%s %s\n", amounts[i].text, amounts[i].currency);
        }
        assert_int_equal(found, amounts[i].minor);
    }
    assert_true(bank_amount("-44.88", '.', "EUR", &minor));
    assert_int_equal(minor, -4488);
    assert_true(bank_amount("44.88-", '.', "EUR", &minor));
    assert_int_equal(minor, -4488);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_02_is_read),
        cmocka_unit_test(a_batch_becomes_its_payments),
        cmocka_unit_test(a_batch_that_does_not_add_up_stays_one),
        cmocka_unit_test(an_entry_has_one_name),
        cmocka_unit_test(what_is_no_statement_is_refused),
        cmocka_unit_test(a_file_is_bounded),
        cmocka_unit_test(a_csv_is_read_as_its_columns_say),
        cmocka_unit_test(credit_and_debit_may_stand_apart),
        cmocka_unit_test(a_csv_says_what_is_wrong),
        cmocka_unit_test(amounts_are_exact),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
