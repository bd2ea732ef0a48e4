/* bank_file.c - what is common to files of banks: amounts, days, texts, and names of entries. */
#include "services/gateway/bank_file.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/instant.h"
#include "common/money.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULT_BYTES = 400, ROOM_FIRST = 64, LINE_ID_HEX = 32, AMOUNT_MAX_DIGITS = 16, TEN = 10 };

void bank_file_fail(struct bank_file *file, const char *format, ...)
{
    char text[FAULT_BYTES] = "";
    va_list arguments;

    if (file->fault != NULL) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    file->fault = arena_copy_text(file->arena, text, strlen(text));
}

struct bank_entry *bank_file_add(struct bank_file *file)
{
    if (file->count == BANK_FILE_LINES_MAX) {
        bank_file_fail(file, "a file may have %d entries: send it in parts", BANK_FILE_LINES_MAX);
        return NULL;
    }
    if (file->count == file->room) {
        size_t room = file->room == 0 ? ROOM_FIRST : 2 * file->room;
        struct bank_entry *entries = arena_alloc(file->arena, room * sizeof *entries);

        if (file->count > 0) {
            memcpy(entries, file->entries, file->count * sizeof *entries);
        }
        file->entries = entries;
        file->room = room;
    }
    return &file->entries[file->count++];
}

/* --- Values -------------------------------------------------------------------------------------- */

static bool is_control(unsigned char character)
{
    return character < ' ' || character == 0x7f;
}

void bank_text_add(char ret[BANK_TEXT_BYTES + 1], const char *text, size_t bytes_max)
{
    size_t length = strlen(ret);
    bool apart = length > 0; /* a blank is due before the next character */

    for (size_t step = 0; *text != '\0'; text += step) {
        step = text_sequence_length((const unsigned char *)text);
        bool blank = step == 0 || is_control((unsigned char)*text) || *text == ' ';

        step = step == 0 ? 1 : step;
        if (blank) {
            apart = length > 0;
            continue;
        }
        if (length + step + (apart ? 1 : 0) > bytes_max) {
            break;
        }
        if (apart) {
            ret[length++] = ' ';
            apart = false;
        }
        memcpy(ret + length, text, step);
        length += step;
    }
    ret[length] = '\0';
}

const char *bank_text(struct arena *arena, const char *text, size_t bytes_max)
{
    char ret[BANK_TEXT_BYTES + 1] = "";

    bank_text_add(ret, text, bytes_max);
    return ret[0] == '\0' ? NULL : arena_copy_text(arena, ret, strlen(ret));
}

const char *bank_reference_text(struct arena *arena, const char *text)
{
    static const char *const none[] = { "NOTPROVIDED", "NONREF", "NOREF", "0", "-" };
    enum { REFERENCE_BYTES = 100 };
    char ret[REFERENCE_BYTES + 1] = "";
    size_t length = 0;

    for (; *text != '\0' && length < REFERENCE_BYTES; text++) {
        if (*text > ' ' && *text <= '~') {
            ret[length++] = *text;
        }
    }
    bool says_none = text_is_among(ret, none, sizeof none / sizeof none[0]);

    return length == 0 || says_none ? NULL : arena_copy_text(arena, ret, length);
}

/* Digits of an amount so far. */
struct amount {
    int64_t minor;
    int digits, decimals; /* decimals: -1 before the mark */
    bool negative, ended;
};

static bool take_sign(struct amount *amount, char character)
{
    bool first = amount->digits == 0 && !amount->negative;

    if (character == '-' && (first || !amount->ended)) {
        amount->ended = amount->digits > 0; /* some banks write it behind */
        amount->negative = true;
        return true;
    }
    return character == '+' && first;
}

static bool take_character(struct amount *amount, char character, char decimal)
{
    if (character >= '0' && character <= '9') {
        if (amount->ended || amount->digits == AMOUNT_MAX_DIGITS) {
            return false;
        }
        amount->minor = amount->minor * TEN + (character - '0');
        amount->digits += amount->minor > 0 ? 1 : 0;
        amount->decimals += amount->decimals >= 0 ? 1 : 0;
        return true;
    }
    if (character == decimal && amount->decimals < 0) {
        amount->decimals = 0;
        return true;
    }
    bool groups = amount->decimals < 0 && strchr(" .,'", character) != NULL && character != decimal;

    return groups || take_sign(amount, character);
}

bool bank_amount(const char *text, char decimal, const char *currency, int64_t *ret_minor)
{
    struct amount amount = { .decimals = -1 };
    int digits = currency_digits(currency);
    bool any = strpbrk(text, "0123456789") != NULL;

    for (; *text != '\0'; text++) {
        if (!take_character(&amount, *text, decimal)) {
            return false;
        }
    }
    if (amount.decimals < 0) {
        amount.decimals = 0;
    }
    for (; amount.decimals < digits && amount.minor <= MONEY_MINOR_MAX / TEN; amount.decimals++) {
        amount.minor *= TEN;
    }
    for (; amount.decimals > digits && amount.minor % TEN == 0; amount.decimals--) {
        amount.minor /= TEN; /* "12.500" of euros is 12.50 */
    }
    *ret_minor = amount.negative ? -amount.minor : amount.minor;
    return any && digits >= 0 && amount.decimals == digits && amount.minor <= MONEY_MINOR_MAX;
}

bool bank_day(const char *text, int64_t *ret_ms)
{
    char instant[32] = "";

    if (strnlen(text, TEN) < TEN) {
        return false;
    }
    (void)snprintf(instant, sizeof instant, "%.10sT00:00:00Z", text);
    return instant_parse(instant, strlen(instant), ret_ms);
}

/* --- Names --------------------------------------------------------------------------------------- */

/* What one entry is known by, before entries that are alike are counted. */
struct named {
    unsigned char digest[SHA256_BYTES];
    size_t place;
};

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

/* With a bank's own name of it what shoppers wrote does not matter: banks write that anew now and then. */
static void digest_of(struct arena *arena, const struct bank_entry *entry, unsigned char *ret)
{
    const struct bank_statement_line *line = &entry->line;
    bool named = line->bank_reference != NULL;
    const char *basis = text_format(
        arena, "%s\n%s\n%d\n%lld\n%s\n%lld\n%s\n%s\n%s\n%s\n%s", entry->account,
        or_nothing(line->bank_reference), line->credit ? 1 : 0, (long long)line->amount_minor,
        line->currency, (long long)line->booked_at, named ? "" : or_nothing(line->payer_name),
        named ? "" : or_nothing(line->payer_account),
        named ? "" : or_nothing(line->creditor_reference),
        named ? "" : or_nothing(line->end_to_end_id), named ? "" : or_nothing(line->text));

    sha256(basis, strlen(basis), ret);
}

static int compare(const void *left, const void *right)
{
    const struct named *one = left, *other = right;
    int order = memcmp(one->digest, other->digest, SHA256_BYTES);

    if (order != 0) {
        return order;
    }
    return one->place < other->place ? -1 : one->place > other->place;
}

static void name_entry(struct bank_file *file, const struct named *named, size_t occurrence)
{
    struct bank_statement_line *line = &file->entries[named->place].line;
    unsigned char bytes[SHA256_BYTES + 4] = { 0 }, digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    memcpy(bytes, named->digest, SHA256_BYTES);
    for (size_t i = 0; i < 4; i++) {
        bytes[SHA256_BYTES + i] = (unsigned char)(occurrence >> (8 * i));
    }
    sha256(bytes, sizeof bytes, digest);
    text_hex(digest, SHA256_BYTES, hex);
    hex[LINE_ID_HEX] = '\0';
    line->line_id = text_format(file->arena, "bnk_%s", hex);
    if (line->bank_reference == NULL) {
        line->bank_reference = line->line_id;
    } else if (occurrence > 0) {
        line->bank_reference =
            text_format(file->arena, "%s#%zu", line->bank_reference, occurrence + 1);
    }
}

void bank_file_name(struct bank_file *file)
{
    struct named *named = arena_alloc(file->arena, file->count * sizeof *named);
    size_t occurrence = 0;

    for (size_t i = 0; i < file->count; i++) {
        named[i].place = i;
        arena_reset(file->scratch);
        digest_of(file->scratch, &file->entries[i], named[i].digest);
    }
    qsort(named, file->count, sizeof *named, compare);
    for (size_t i = 0; i < file->count; i++) {
        bool alike = i > 0 && memcmp(named[i].digest, named[i - 1].digest, SHA256_BYTES) == 0;

        occurrence = alike ? occurrence + 1 : 0;
        name_entry(file, &named[i], occurrence);
    }
}
