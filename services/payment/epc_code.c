/* epc_code.c - the lines of a code for a transfer, and whether an IBAN is one. */
#include "services/payment/epc_code.h"

#include "common/arena.h"
#include "common/text.h"

#include <string.h>

enum {
    IBAN_LENGTH_MIN = 15,
    IBAN_LENGTH_MAX = 34,
    IBAN_MOVED = 4, /* country and check digits are reckoned last */
    NAME_CHARACTERS_MAX = 70,
    LETTER_BASE = 10
};
#define AMOUNT_MINOR_MAX INT64_C(99999999999)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool epc_iban_is_valid(const char *iban)
{
    size_t length = strlen(iban);
    int rest = 0;

    if (length < IBAN_LENGTH_MIN || length > IBAN_LENGTH_MAX || !is_letter(iban[0]) ||
        !is_letter(iban[1]) || !is_digit(iban[2]) || !is_digit(iban[3])) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        char c = iban[(i + IBAN_MOVED) % length];

        if (!is_digit(c) && !is_letter(c)) {
            return false;
        }
        rest = is_digit(c) ? (rest * 10 + c - '0') % 97 : (rest * 100 + c - 'A' + LETTER_BASE) % 97;
    }
    return rest == 1;
}

static const char *short_name(struct arena *arena, const char *name)
{
    size_t length = 0;

    for (int i = 0; i < NAME_CHARACTERS_MAX && name[length] != '\0'; i++) {
        length += text_sequence_length((const unsigned char *)name + length);
    }
    return arena_copy_text(arena, name, length);
}

const char *epc_code_text(struct arena *arena, const char *name, const char *iban,
                          int64_t amount_minor, const char *remittance)
{
    if (amount_minor <= 0 || amount_minor > AMOUNT_MINOR_MAX) {
        return NULL;
    }
    return text_format(arena, "BCD\n002\n1\nSCT\n\n%s\n%s\nEUR%lld.%02lld\n\n\n%s",
                       short_name(arena, name), iban, (long long)(amount_minor / 100),
                       (long long)(amount_minor % 100), remittance);
}
