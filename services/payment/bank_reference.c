/* bank_reference.c - references in what banks pass on: a table of rules, each a field and how it is read. */
#include "services/payment/bank_reference.h"

#include "common/text.h"
#include "services/payment/reference.h"

#include <string.h>

enum {
    BODY = 10,        /* digits of the order's number */
    FOLDED_MAX = 600, /* longer than any field */
    PAYMENT_NO_DIGITS = 4,
    RF_LENGTH_MAX = 25,
    MODULUS = 97,
    TEN = 10
};

/* --- Mod 97 -------------------------------------------------------------------------------------- */

/* The value of a character of ISO 11649: 0 to 9, A is 10; -1: none. */
static int value_of(char character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    return character >= 'A' && character <= 'Z' ? character - 'A' + TEN : -1;
}

static int64_t append(int64_t remainder, int value)
{
    return (remainder * (value < TEN ? TEN : TEN * TEN) + value) % MODULUS;
}

/* The remainder of `text`, then "RF" and two digits; -1: it has other characters. */
static int64_t remainder_of(const char *text, const char *checks)
{
    int64_t remainder = 0;

    for (; *text != '\0'; text++) {
        int value = value_of(*text);

        if (value < 0) {
            return -1;
        }
        remainder = append(remainder, value);
    }
    remainder = append(append(remainder, value_of('R')), value_of('F'));
    for (int i = 0; i < 2; i++) {
        if (checks[i] < '0' || checks[i] > '9') {
            return -1;
        }
        remainder = append(remainder, value_of(checks[i]));
    }
    return remainder;
}

const char *creditor_reference_of(struct arena *arena, int64_t order_no, int64_t payment_no)
{
    const char *typed = reference_of(arena, order_no, 1);
    char compact[FOLDED_MAX] = "";
    size_t length = 0;

    for (; *typed != '\0'; typed++) {
        if (*typed != '-') {
            compact[length++] = *typed;
        }
    }
    const char *whole = payment_no == 1
                            ? text_format(arena, "%s", compact)
                            : text_format(arena, "%sP%lld", compact, (long long)payment_no);

    return text_format(arena, "RF%02lld%s", (long long)(MODULUS + 1 - remainder_of(whole, "00")),
                       whole);
}

bool creditor_reference_holds(const char *text)
{
    char compact[RF_LENGTH_MAX + 1] = "";
    size_t length = 0;

    for (; *text != '\0'; text++) {
        if (*text == ' ') {
            continue;
        }
        if (length == RF_LENGTH_MAX) {
            return false;
        }
        compact[length++] = *text;
    }
    return length > 4 && memcmp(compact, "RF", 2) == 0 &&
           remainder_of(compact + 4, compact + 2) == 1;
}

/* --- As people type ------------------------------------------------------------------------------ */

/* Letters of other alphabets, in UTF-8, as what they look like here.  The prefix alone is also known by its sound. */
static const struct {
    const char *typed;
    char meant;
} letters[] = {
    { "\u0410", 'A' }, { "\u0430", 'A' }, { "\u0412", 'B' }, { "\u0432", 'B' }, { "\u0421", 'C' },
    { "\u0441", 'C' }, { "\u0415", 'E' }, { "\u0435", 'E' }, { "\u041d", 'H' }, { "\u043d", 'H' },
    { "\u041a", 'K' }, { "\u043a", 'K' }, { "\u041c", 'M' }, { "\u043c", 'M' }, { "\u0420", 'P' },
    { "\u0440", 'P' }, { "\u0422", 'T' }, { "\u0442", 'T' }, { "\u0425", 'X' }, { "\u0445", 'X' },
    { "\u0423", 'Y' }, { "\u0443", 'Y' }, { "\u041e", '0' }, { "\u043e", '0' }, { "\u0406", '1' },
    { "\u0456", '1' }, { "\u0130", '1' }, { "\u0131", '1' }, { "\u015e", 'S' }, { "\u015f", 'S' },
    { "\u00c7", 'C' }, { "\u00e7", 'C' }, { "\u011e", 'G' }, { "\u011f", 'G' },
};

/* What a character of ASCII stands for in a reference, which has no I, L, O, U, Z; 0: nothing, it is left out. */
static char meant_by(char character)
{
    static const char typed[] = "ILOUZ", meant[] = "110V2";
    char upper = (char)(character >= 'a' && character <= 'z' ? character - 'a' + 'A' : character);
    const char *at = upper == '\0' ? NULL : strchr(typed, upper);

    if (at != NULL) {
        return meant[at - typed];
    }
    if (value_of(upper) < 0) {
        upper = '\0';
    }
    return upper;
}

/* A text as the characters of references alone, and where each of them ends in it. */
struct folded {
    char text[FOLDED_MAX + 1];
    const char *end[FOLDED_MAX];
    size_t length;
};

static char foreign(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (strlen(letters[i].typed) == length && memcmp(letters[i].typed, text, length) == 0) {
            return letters[i].meant;
        }
    }
    return '\0';
}

static void fold(const char *text, struct folded *ret)
{
    ret->length = 0;
    while (*text != '\0' && ret->length < FOLDED_MAX) {
        size_t length = text_sequence_length((const unsigned char *)text);
        char meant = meant_by(*text);

        if (length > 1) {
            meant = foreign(text, length);
        }
        text += length == 0 ? 1 : length;
        if (meant != '\0') {
            ret->end[ret->length] = text;
            ret->text[ret->length++] = meant;
        }
    }
    ret->text[ret->length] = '\0';
}

static bool is_plain(char character)
{
    return value_of((char)(character >= 'a' && character <= 'z' ? character - 'a' + 'A'
                                                                : character)) >= 0;
}

/* "-2" or "P2" right behind; 1 where there is none. */
static int64_t payment_no_at(const char *text)
{
    int64_t number = 0;
    size_t digits = 0;

    if (*text != '-' && *text != 'P' && *text != 'p') {
        return 1;
    }
    for (text++; *text >= '0' && *text <= '9' && digits <= PAYMENT_NO_DIGITS; text++, digits++) {
        number = number * TEN + (*text - '0');
    }
    return number > 0 && digits <= PAYMENT_NO_DIGITS && !is_plain(*text) ? number : 1;
}

/* --- Rules --------------------------------------------------------------------------------------- */

static void add(struct bank_finds *finds, const struct bank_found *found)
{
    for (size_t i = 0; i < finds->count; i++) {
        if (finds->found[i].order_no == found->order_no &&
            finds->found[i].payment_no == found->payment_no) {
            return; /* by a surer rule */
        }
    }
    if (finds->count < BANK_FOUND_MAX) {
        finds->found[finds->count++] = *found;
    }
}

/* The reference that begins here, if one does. */
static bool read_at(const struct folded *text, size_t at, bool unchecked, struct bank_found *ret)
{
    size_t body = at + 2; /* behind "KV", or what sounds like it */

    if (text->length < body + BODY || text->text[at] != 'K' ||
        (text->text[at + 1] != 'V' && text->text[at + 1] != 'B') ||
        !reference_number(text->text + body, &ret->order_no)) {
        return false;
    }
    bool checked =
        text->length > body + BODY && reference_check(ret->order_no) == text->text[body + BODY];

    if (checked) {
        ret->payment_no = payment_no_at(text->end[body + BODY]);
        return !unchecked;
    }
    /* Its last character is missing, not wrong: a wrong one means that a digit is, too. */
    ret->payment_no = 1;
    return unchecked && !is_plain(*text->end[body + BODY - 1]);
}

static void search(const char *text, bool unchecked, enum bank_rule rule, struct bank_finds *finds)
{
    struct folded folded;

    if (text == NULL) {
        return;
    }
    fold(text, &folded);
    for (size_t at = 0; at < folded.length; at++) {
        struct bank_found found = { .rule = rule };

        if (read_at(&folded, at, unchecked, &found)) {
            add(finds, &found);
        }
    }
}

/* The surest first.  A field for references is read like a text: people type into those, too. */
static const struct {
    size_t field; /* of the line */
    enum bank_rule rule;
    bool unchecked;
} rules[] = {
    { offsetof(struct bank_statement_line, creditor_reference), BANK_RULE_CREDITOR_REFERENCE,
      false },
    { offsetof(struct bank_statement_line, end_to_end_id), BANK_RULE_END_TO_END_ID, false },
    { offsetof(struct bank_statement_line, text), BANK_RULE_TEXT, false },
    { offsetof(struct bank_statement_line, creditor_reference), BANK_RULE_UNCHECKED, true },
    { offsetof(struct bank_statement_line, end_to_end_id), BANK_RULE_UNCHECKED, true },
    { offsetof(struct bank_statement_line, text), BANK_RULE_UNCHECKED, true },
};

struct bank_finds bank_find(const struct bank_statement_line *line)
{
    struct bank_finds finds = { .count = 0 };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const char *field = NULL;

        memcpy(&field, (const char *)line + rules[i].field, sizeof field);
        search(field, rules[i].unchecked, rules[i].rule, &finds);
    }
    return finds;
}
