/* bank_csv.c - a bank's CSV by the names of its columns, which are data of the account: RFC 4180, UTF-8, with or without its mark. */
#include "services/gateway/bank_file.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum { CELLS_MAX = 100, NAME_BYTES = 140, DAY_BYTES = 11, TEN = 10, NAME_HEX = 16 };

/* The columns that count, in the order of `names`. */
enum column {
    BOOKED_ON,
    AMOUNT,
    CREDIT,
    DEBIT,
    CURRENCY,
    PAYER_NAME,
    PAYER_ACCOUNT,
    TEXT,
    CREDITOR_REFERENCE,
    BANK_REFERENCE,
    COLUMN_COUNT
};
static const size_t names[COLUMN_COUNT] = {
    [BOOKED_ON] = offsetof(struct bank_csv, booked_on),
    [AMOUNT] = offsetof(struct bank_csv, amount),
    [CREDIT] = offsetof(struct bank_csv, credit),
    [DEBIT] = offsetof(struct bank_csv, debit),
    [CURRENCY] = offsetof(struct bank_csv, currency),
    [PAYER_NAME] = offsetof(struct bank_csv, payer_name),
    [PAYER_ACCOUNT] = offsetof(struct bank_csv, payer_account),
    [TEXT] = offsetof(struct bank_csv, text),
    [CREDITOR_REFERENCE] = offsetof(struct bank_csv, creditor_reference),
    [BANK_REFERENCE] = offsetof(struct bank_csv, bank_reference),
};

struct reader {
    struct bank_file *file;
    const struct bank_account_view *account;
    const struct bank_csv *csv;
    const char *statement;
    const char *at, *end;
    char delimiter, decimal;
    int64_t line; /* of the file, from 1 */
    const char *cells[CELLS_MAX];
    size_t cell_count;
    size_t places[COLUMN_COUNT]; /* CELLS_MAX: there is none */
};

/* --- Cells --------------------------------------------------------------------------------------- */

/* Behind its closing quotation mark; two of them stand for one. */
static const char *read_quoted(struct reader *reader)
{
    char *cell = NULL;
    size_t length = 0, room = 1;

    for (const char *at = reader->at + 1; at < reader->end && *at != '\0'; at++) {
        room++; /* at most up to the end of the file, which a cell without an end takes once */
        if (*at == '"' && at[1] != '"') {
            break;
        }
        at += *at == '"' ? 1 : 0;
    }
    cell = arena_alloc(reader->file->scratch, room);
    for (reader->at++; reader->at < reader->end; reader->at++) {
        if (*reader->at == '"' && reader->at[1] != '"') {
            reader->at++;
            return cell;
        }
        reader->at += *reader->at == '"' ? 1 : 0;
        reader->line += *reader->at == '\n' ? 1 : 0;
        cell[length++] = *reader->at;
    }
    bank_file_fail(reader->file, "line %lld: a quotation mark is not closed",
                   (long long)reader->line);
    return cell;
}

static bool ends_cell(const struct reader *reader)
{
    return reader->at == reader->end || *reader->at == reader->delimiter || *reader->at == '\n' ||
           *reader->at == '\r';
}

static const char *read_cell(struct reader *reader)
{
    if (reader->at < reader->end && *reader->at == '"') {
        return read_quoted(reader);
    }
    const char *begin = reader->at;

    while (!ends_cell(reader)) {
        reader->at++;
    }
    return arena_copy_text(reader->file->scratch, begin, (size_t)(reader->at - begin));
}

/* False at the end of the file. */
static bool read_row(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == '\n' || *reader->at == '\r')) {
        reader->line += *reader->at++ == '\n' ? 1 : 0;
    }
    reader->cell_count = 0;
    arena_reset(reader->file->scratch);
    if (reader->at == reader->end) {
        return false;
    }
    for (;;) { /* each cell takes some of the bytes, or ends the row */
        if (reader->cell_count == CELLS_MAX) {
            bank_file_fail(reader->file, "line %lld: it has more than %d columns",
                           (long long)reader->line, CELLS_MAX);
            break;
        }
        reader->cells[reader->cell_count++] = read_cell(reader);
        if (reader->file->fault != NULL || reader->at == reader->end ||
            *reader->at != reader->delimiter) {
            break;
        }
        reader->at++;
    }
    if (reader->file->fault == NULL && !ends_cell(reader)) {
        bank_file_fail(reader->file, "line %lld: something follows a closing quotation mark",
                       (long long)reader->line);
    }
    return reader->file->fault == NULL;
}

/* --- The header ---------------------------------------------------------------------------------- */

static const char *name_of(const struct reader *reader, enum column column)
{
    const char *name = NULL;

    memcpy(&name, (const char *)reader->csv + names[column], sizeof name);
    return name;
}

/* Which cell of the row holds it; CELLS_MAX: none. */
static size_t place_of(const struct reader *reader, const char *name)
{
    for (size_t i = 0; name != NULL && i < reader->cell_count; i++) {
        char cell[BANK_TEXT_BYTES + 1] = "";

        bank_text_add(cell, reader->cells[i], NAME_BYTES);
        if (strcmp(cell, name) == 0) {
            return i;
        }
    }
    return CELLS_MAX;
}

/* A row is the header when it names the column of the day. */
static bool find_columns(struct reader *reader)
{
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        reader->places[column] = place_of(reader, name_of(reader, (enum column)column));
    }
    return reader->places[BOOKED_ON] < CELLS_MAX;
}

/* Banks put lines of their own before the header. */
static void read_header(struct reader *reader)
{
    bool found = false;

    while (!found && read_row(reader)) {
        found = find_columns(reader);
    }
    for (size_t column = 0; column < COLUMN_COUNT && reader->file->fault == NULL; column++) {
        const char *name = name_of(reader, (enum column)column);

        if (name != NULL && (!found || reader->places[column] == CELLS_MAX)) {
            bank_file_fail(reader->file,
                           "there is no column \"%s\", as csv of the account names it", name);
        }
    }
}

/* --- Lines --------------------------------------------------------------------------------------- */

static const char *cell(const struct reader *reader, enum column column)
{
    size_t place = reader->places[column];

    return place < reader->cell_count ? reader->cells[place] : "";
}

/* One or two digits, then the mark that ends them. */
static bool read_part(const char **at, char mark, int *ret)
{
    *ret = 0;
    for (int i = 0; i < 2 && **at >= '0' && **at <= '9'; i++) {
        *ret = *ret * TEN + (*(*at)++ - '0');
    }
    return *ret > 0 && *(*at)++ == mark;
}

static bool read_day(const struct reader *reader, int64_t *ret_ms)
{
    enum bank_csv_date form = reader->csv->date;
    char text[BANK_TEXT_BYTES + 1] = "", iso[BANK_TEXT_BYTES + 1] = "";
    char mark = form == BANK_CSV_DATE_DMY_DOT ? '.' : '/';
    const char *at = text;
    int first = 0, second = 0;

    bank_text_add(text, cell(reader, BOOKED_ON), DAY_BYTES - 1);
    if (form == BANK_CSV_DATE_YMD_DASH) {
        return bank_day(text, ret_ms);
    }
    if (!read_part(&at, mark, &first) || !read_part(&at, mark, &second) || strlen(at) != 4) {
        return false;
    }
    bool month_first = form == BANK_CSV_DATE_MDY_SLASH;

    (void)snprintf(iso, sizeof iso, "%s-%02d-%02d", at, month_first ? first : second,
                   month_first ? second : first);
    return bank_day(iso, ret_ms);
}

static bool amount_at(const struct reader *reader, enum column column, const char *currency,
                      int64_t *ret_minor)
{
    return bank_amount(cell(reader, column), reader->decimal, currency, ret_minor);
}

/* Below 0 where money went out. */
static bool read_amount(const struct reader *reader, const char *currency, int64_t *ret_minor)
{
    if (reader->places[AMOUNT] < CELLS_MAX) {
        return amount_at(reader, AMOUNT, currency, ret_minor);
    }
    if (amount_at(reader, CREDIT, currency, ret_minor) && *ret_minor != 0) {
        return true;
    }
    bool debit = amount_at(reader, DEBIT, currency, ret_minor);

    *ret_minor = *ret_minor > 0 ? -*ret_minor : *ret_minor;
    return debit;
}

static const char *text_at(const struct reader *reader, enum column column, size_t bytes_max)
{
    return bank_text(reader->file->arena, cell(reader, column), bytes_max);
}

static void add_line(const struct reader *reader)
{
    const char *told = text_at(reader, CURRENCY, 3);
    struct bank_statement_line line = { .currency =
                                            told != NULL ? told : reader->account->body.currency };
    int64_t minor = 0;

    if (!read_day(reader, &line.booked_at)) {
        bank_file_fail(reader->file,
                       "line %lld: column \"%s\" has no day in the form that csv says",
                       (long long)reader->line, reader->csv->booked_on);
    } else if (!read_amount(reader, line.currency, &minor)) {
        bank_file_fail(reader->file, "line %lld: no amount of %s can be read",
                       (long long)reader->line, line.currency);
    }
    struct bank_entry *entry =
        reader->file->fault != NULL || minor == 0 ? NULL : bank_file_add(reader->file);

    if (entry == NULL) {
        return;
    }
    line.credit = minor > 0;
    line.amount_minor = minor > 0 ? minor : -minor;
    line.bank_reference = bank_reference_text(reader->file->arena, cell(reader, BANK_REFERENCE));
    line.payer_name = text_at(reader, PAYER_NAME, NAME_BYTES);
    line.payer_account = text_at(reader, PAYER_ACCOUNT, NAME_BYTES);
    line.creditor_reference = text_at(reader, CREDITOR_REFERENCE, NAME_BYTES);
    line.text = text_at(reader, TEXT, BANK_TEXT_BYTES);
    *entry = (struct bank_entry){ line, reader->account->account, reader->statement };
}

/* No bank gives it a name: its own bytes do. */
static const char *statement_name(struct arena *arena, const char *bytes, size_t length)
{
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    sha256(bytes, length, digest);
    text_hex(digest, SHA256_BYTES, hex);
    return text_format(arena, "csv-%.*s", NAME_HEX, hex);
}

void bank_csv_read(struct bank_file *file, const struct bank_account_view *account,
                   const char *bytes, size_t length)
{
    static const char delimiters[] = { [BANK_CSV_DELIMITER_COMMA] = ',',
                                       [BANK_CSV_DELIMITER_SEMICOLON] = ';',
                                       [BANK_CSV_DELIMITER_TAB] = '\t' };
    static const char mark[] = "\xef\xbb\xbf";
    bool marked = length >= 3 && memcmp(bytes, mark, 3) == 0;

    if (account->body.csv == NULL) {
        bank_file_fail(file, "the account has no csv, which says what the columns are");
        return;
    }
    if (strlen(bytes) != length || !text_is_utf8(bytes)) {
        bank_file_fail(file, "the file is not UTF-8");
        return;
    }
    struct reader reader = { .file = file,
                             .account = account,
                             .csv = account->body.csv,
                             .statement = statement_name(file->arena, bytes, length),
                             .at = bytes + (marked ? 3 : 0),
                             .end = bytes + length,
                             .delimiter = delimiters[account->body.csv->delimiter],
                             .decimal =
                                 account->body.csv->decimal == BANK_CSV_DECIMAL_COMMA ? ',' : '.',
                             .line = 1 };

    read_header(&reader);
    while (file->fault == NULL && read_row(&reader)) {
        add_line(&reader);
    }
    if (file->fault == NULL) {
        bank_file_name(file);
    }
}
