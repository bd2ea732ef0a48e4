/* camt.c - ISO 20022 bank-to-customer statements (camt.053): two tables say which elements matter, by their paths.
 *
 * The versions differ in where a party and a status stand, so both places are rows.  An entry that holds several payments becomes a
 * line for each, where their amounts are told and add up; else one line.  Entries that are not booked yet come again and are left out.
 */
#include "services/gateway/bank_file.h"

#include "common/arena.h"
#include "common/text.h"
#include "common/xml_read.h"

#include <string.h>

#define NAMESPACE  "urn:iso:std:iso:20022:tech:xsd:camt.053."
#define STATEMENT  "/Document/BkToCstmrStmt/Stmt"
#define ENTRY      STATEMENT "/Ntry"
#define DETAILS    ENTRY "/NtryDtls/TxDtls"
#define NAME_BYTES 140

enum { CURRENCY_BYTES = 4, DETAILS_MAX = 1000 };

/* What is read of an entry, or of one payment in it; NULL and "": nothing. */
struct booking {
    const char *amount, *direction, *reversal, *status, *booked, *valued, *reference, *entry_name,
        *payer, *payer_account, *creditor_reference, *end_to_end_id;
    char currency[CURRENCY_BYTES];
    char text[BANK_TEXT_BYTES + 1];
};

struct reader {
    struct xml_read *xml;
    struct bank_file *file;
    const char *account, *statement;
    char currency[CURRENCY_BYTES]; /* of the element that was opened last */
    struct booking entry;
    struct booking *details;
    size_t detail_count;
    bool returned; /* the entry tells that it sends something back */
    bool is_camt;  /* its root was read */
};

/* --- Which elements matter ------------------------------------------------------------------------ */

struct element {
    const char *path; /* behind the entry, or the payment in it */
    size_t field;     /* a pointer of the booking, or its text */
};
#define FIELD(member) offsetof(struct booking, member)

static const struct element entry_elements[] = {
    { "/Amt", FIELD(amount) },          { "/CdtDbtInd", FIELD(direction) },
    { "/RvslInd", FIELD(reversal) },    { "/Sts", FIELD(status) },
    { "/Sts/Cd", FIELD(status) },       { "/BookgDt/Dt", FIELD(booked) },
    { "/BookgDt/DtTm", FIELD(booked) }, { "/ValDt/Dt", FIELD(valued) },
    { "/ValDt/DtTm", FIELD(valued) },   { "/AcctSvcrRef", FIELD(reference) },
    { "/NtryRef", FIELD(entry_name) },  { "/AddtlNtryInf", FIELD(text) },
};
static const struct element detail_elements[] = {
    { "/Amt", FIELD(amount) },
    { "/AmtDtls/TxAmt/Amt", FIELD(amount) },
    { "/CdtDbtInd", FIELD(direction) },
    { "/Refs/AcctSvcrRef", FIELD(reference) },
    { "/Refs/EndToEndId", FIELD(end_to_end_id) },
    { "/RltdPties/Dbtr/Nm", FIELD(payer) },
    { "/RltdPties/Dbtr/Pty/Nm", FIELD(payer) },
    { "/RltdPties/DbtrAcct/Id/IBAN", FIELD(payer_account) },
    { "/RltdPties/DbtrAcct/Id/Othr/Id", FIELD(payer_account) },
    { "/RmtInf/Ustrd", FIELD(text) },
    { "/RmtInf/Strd/CdtrRefInf/Ref", FIELD(creditor_reference) },
};
enum {
    ENTRY_ELEMENTS = sizeof entry_elements / sizeof entry_elements[0],
    DETAIL_ELEMENTS = sizeof detail_elements / sizeof detail_elements[0]
};

/* Texts come in pieces, which belong together; of all else the first counts. */
static void keep(const struct reader *reader, struct booking *booking, size_t field)
{
    const char *text = xml_read_text(reader->xml);

    if (field == FIELD(text)) {
        bank_text_add(booking->text, text, BANK_TEXT_BYTES);
        return;
    }
    const char *kept = NULL;

    memcpy(&kept, (const char *)booking + field, sizeof kept);
    if (kept == NULL) {
        kept = bank_text(reader->file->scratch, text, NAME_BYTES);
        memcpy((char *)booking + field, &kept, sizeof kept);
        if (field == FIELD(amount)) {
            memcpy(booking->currency, reader->currency, CURRENCY_BYTES);
        }
    }
}

static void keep_of(const struct reader *reader, struct booking *booking, const char *path,
                    const struct element *elements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(elements[i].path, path) == 0) {
            keep(reader, booking, elements[i].field);
        }
    }
}

/* --- Lines --------------------------------------------------------------------------------------- */

static bool is_word(const char *text, const char *word)
{
    return text != NULL && strcmp(text, word) == 0;
}

static void fail(const struct reader *reader, const char *what)
{
    bank_file_fail(reader->file, "line %lld: the entry that ends here %s",
                   (long long)xml_read_line(reader->xml), what);
}

static const char *either(const char *first, const char *second)
{
    return first != NULL ? first : second;
}

static const char *name_of(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : bank_text(arena, text, NAME_BYTES);
}

/* What moved, which way and when; false, with a fault, when that is not told. */
static bool read_money(const struct reader *reader, const struct booking *booking,
                       struct bank_statement_line *line)
{
    const struct booking *entry = &reader->entry;
    const char *amount = either(booking->amount, entry->amount);
    const char *currency = booking->amount != NULL ? booking->currency : entry->currency;
    const char *direction = either(booking->direction, entry->direction);
    const char *booked = either(entry->booked, entry->valued);

    line->credit = is_word(direction, "CRDT");
    line->currency = arena_copy_text(reader->file->arena, currency, strlen(currency));
    if (!line->credit && !is_word(direction, "DBIT")) {
        fail(reader, "has no CdtDbtInd");
    } else if (amount == NULL || !bank_amount(amount, '.', currency, &line->amount_minor) ||
               line->amount_minor < 0) {
        fail(reader, "has no Amt with a currency and its digits");
    } else if (booked == NULL || !bank_day(booked, &line->booked_at)) {
        fail(reader, "has no day of booking");
    }
    return reader->file->fault == NULL;
}

static bool is_reversal(const struct reader *reader)
{
    const char *told = reader->entry.reversal;

    return reader->returned || is_word(told, "true") || is_word(told, "1");
}

static void read_words(const struct reader *reader, const struct booking *booking,
                       struct bank_statement_line *line)
{
    struct arena *arena = reader->file->arena;
    const struct booking *entry = &reader->entry;
    const char *text = booking->text[0] != '\0' ? booking->text : entry->text;

    line->payer_name = name_of(arena, booking->payer);
    line->payer_account = name_of(arena, booking->payer_account);
    line->creditor_reference = name_of(arena, booking->creditor_reference);
    line->end_to_end_id = is_word(booking->end_to_end_id, "NOTPROVIDED")
                              ? NULL
                              : name_of(arena, booking->end_to_end_id);
    line->text = text[0] == '\0' ? NULL : arena_copy_text(arena, text, strlen(text));
}

/* A line of an entry, or of one payment in it; `number` counts those, 0: it is the entry. */
static void add_line(const struct reader *reader, const struct booking *booking, size_t number)
{
    struct arena *arena = reader->file->arena;
    const struct booking *entry = &reader->entry;
    const char *reference = either(either(entry->reference, booking->reference), entry->entry_name);
    struct bank_statement_line line = { .reversal = is_reversal(reader) };
    bool moves = read_money(reader, booking, &line) && line.amount_minor > 0;
    struct bank_entry *added = moves ? bank_file_add(reader->file) : NULL;

    if (added == NULL) {
        return;
    }
    line.has_reversal = line.reversal;
    line.bank_reference = reference == NULL ? NULL : bank_reference_text(arena, reference);
    if (line.bank_reference != NULL && number > 0) {
        line.bank_reference = text_format(arena, "%s/%zu", line.bank_reference, number);
    }
    read_words(reader, booking, &line);
    *added = (struct bank_entry){ line, reader->account, reader->statement };
}

/* Whether the payments in an entry tell all of it. */
static bool adds_up(const struct reader *reader)
{
    const struct booking *entry = &reader->entry;
    int64_t sum_minor = 0, whole_minor = 0;

    if (reader->detail_count < 2 || entry->amount == NULL ||
        !bank_amount(entry->amount, '.', entry->currency, &whole_minor)) {
        return false;
    }
    for (size_t i = 0; i < reader->detail_count; i++) {
        const struct booking *detail = &reader->details[i];
        int64_t minor = 0;

        if (detail->amount == NULL || strcmp(detail->currency, entry->currency) != 0 ||
            !bank_amount(detail->amount, '.', detail->currency, &minor)) {
            return false;
        }
        sum_minor += minor;
    }
    return sum_minor == whole_minor;
}

/* All that the payments of an entry say, in one line for a person: too many references are no reference. */
static struct booking merged(const struct reader *reader)
{
    struct booking all = { 0 };

    for (size_t i = 0; i < reader->detail_count; i++) {
        const struct booking *detail = &reader->details[i];

        all.payer = either(all.payer, detail->payer);
        all.payer_account = either(all.payer_account, detail->payer_account);
        all.creditor_reference = either(all.creditor_reference, detail->creditor_reference);
        all.end_to_end_id = either(all.end_to_end_id, detail->end_to_end_id);
        all.reference = either(all.reference, detail->reference);
        bank_text_add(all.text, detail->text, BANK_TEXT_BYTES);
    }
    return all;
}

static void end_entry(struct reader *reader)
{
    const char *status = reader->entry.status;

    if (status != NULL && strcmp(status, "BOOK") != 0) {
        return;
    }
    if (adds_up(reader)) {
        for (size_t i = 0; i < reader->detail_count; i++) {
            add_line(reader, &reader->details[i], i + 1);
        }
        return;
    }
    struct booking all = merged(reader);

    add_line(reader, &all, 0);
}

/* --- Elements ------------------------------------------------------------------------------------ */

static void open_element(struct reader *reader)
{
    const char *path = xml_read_path(reader->xml);

    xml_read_attribute(reader->xml, "Ccy", reader->currency, sizeof reader->currency);
    reader->is_camt =
        reader->is_camt || (strcmp(path, "/Document") == 0 &&
                            text_starts_with(xml_read_namespace(reader->xml), NAMESPACE));
    if (!reader->is_camt) {
        bank_file_fail(reader->file, "this is no camt.053: its namespace is \"%.100s\"",
                       xml_read_namespace(reader->xml));
    } else if (strcmp(path, STATEMENT) == 0) {
        reader->account = NULL;
        reader->statement = NULL;
    } else if (strcmp(path, ENTRY) == 0) {
        arena_reset(reader->file->scratch);
        reader->entry = (struct booking){ .amount = NULL };
        reader->detail_count = 0;
        reader->returned = false;
    } else if (strcmp(path, DETAILS) == 0) {
        if (reader->detail_count == DETAILS_MAX) {
            fail(reader, "holds more than 1000 payments");
        } else {
            reader->details[reader->detail_count++] = (struct booking){ .amount = NULL };
        }
    } else if (strcmp(path, DETAILS "/RtrInf") == 0) {
        reader->returned = true;
    }
}

static void close_statement_element(struct reader *reader, const char *path)
{
    struct arena *arena = reader->file->arena;

    if (strcmp(path, "/Id") == 0) {
        reader->statement = bank_text(arena, xml_read_text(reader->xml), NAME_BYTES);
    } else if (strcmp(path, "/Acct/Id/IBAN") == 0 || strcmp(path, "/Acct/Id/Othr/Id") == 0) {
        reader->account = bank_reference_text(arena, xml_read_text(reader->xml));
    }
}

static void close_element(struct reader *reader)
{
    const char *path = xml_read_path(reader->xml);
    size_t entry = strlen(ENTRY), details = strlen(DETAILS), statement = strlen(STATEMENT);

    if (strcmp(path, ENTRY) == 0) {
        end_entry(reader);
    } else if (text_starts_with(path, DETAILS "/") && reader->detail_count > 0) {
        keep_of(reader, &reader->details[reader->detail_count - 1], path + details, detail_elements,
                DETAIL_ELEMENTS);
    } else if (text_starts_with(path, ENTRY "/")) {
        keep_of(reader, &reader->entry, path + entry, entry_elements, ENTRY_ELEMENTS);
    } else if (text_starts_with(path, STATEMENT "/")) {
        close_statement_element(reader, path + statement);
    }
}

static void check_statements(struct bank_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        if (file->entries[i].account == NULL) {
            bank_file_fail(file, "a statement has no account: Acct/Id/IBAN or Acct/Id/Othr/Id");
        } else if (file->entries[i].statement == NULL) {
            bank_file_fail(file, "a statement has no name: Stmt/Id");
        }
    }
}

void camt_read(struct bank_file *file, const char *bytes, size_t length)
{
    struct reader reader = {
        .xml = xml_read_new(bytes, length),
        .file = file,
        .details = arena_alloc(file->arena, DETAILS_MAX * sizeof(struct booking)),
    };
    enum xml_event event = XML_OPENS;

    while (file->fault == NULL && (event = xml_read_next(reader.xml)) != XML_ENDS) {
        if (event == XML_OPENS) {
            open_element(&reader);
        } else if (event == XML_CLOSES) {
            close_element(&reader);
        } else {
            bank_file_fail(file, "line %lld: this is no XML without a document type",
                           (long long)xml_read_line(reader.xml));
        }
    }
    reader.xml = xml_read_free(reader.xml);
    check_statements(file);
    if (file->fault == NULL) {
        bank_file_name(file);
    }
}
