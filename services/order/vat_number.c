/* vat_number.c - the forms of VAT numbers, as the Commission lists them. */
#include "services/order/vat_number.h"

#include "common/text_form.h"

#include <stddef.h>
#include <string.h>

/* Behind the prefix, in the signs of text_form.h. */
static const struct {
    const char *country, *prefix, *form;
} forms[] = {
    { "AT", "AT", "U99999999" },   { "BE", "BE", "0999999999" },   { "BE", "BE", "1999999999" },
    { "BG", "BG", "999999999" },   { "BG", "BG", "9999999999" },   { "CY", "CY", "99999999A" },
    { "CZ", "CZ", "99999999" },    { "CZ", "CZ", "999999999" },    { "CZ", "CZ", "9999999999" },
    { "DE", "DE", "999999999" },   { "DK", "DK", "99999999" },     { "EE", "EE", "999999999" },
    { "GR", "EL", "999999999" },   { "ES", "ES", "*9999999*" },    { "FI", "FI", "99999999" },
    { "FR", "FR", "**999999999" }, { "HR", "HR", "99999999999" },  { "HU", "HU", "99999999" },
    { "IE", "IE", "9*99999A" },    { "IE", "IE", "9999999AA" },    { "IT", "IT", "99999999999" },
    { "LT", "LT", "999999999" },   { "LT", "LT", "999999999999" }, { "LU", "LU", "99999999" },
    { "LV", "LV", "99999999999" }, { "MT", "MT", "99999999" },     { "NL", "NL", "999999999B99" },
    { "PL", "PL", "9999999999" },  { "PT", "PT", "999999999" },    { "RO", "RO", "99" },
    { "RO", "RO", "999" },         { "RO", "RO", "9999" },         { "RO", "RO", "99999" },
    { "RO", "RO", "999999" },      { "RO", "RO", "9999999" },      { "RO", "RO", "99999999" },
    { "RO", "RO", "999999999" },   { "RO", "RO", "9999999999" },   { "SE", "SE", "999999999999" },
    { "SI", "SI", "99999999" },    { "SK", "SK", "9999999999" },
};
enum { FORMS = sizeof forms / sizeof forms[0], NUMBER_MAX = 32 };

const char *vat_number_country(const char *number)
{
    char bare[NUMBER_MAX + 1] = "";
    size_t length = 0;

    for (; *number != '\0' && length < NUMBER_MAX; number++) {
        if (strchr(" ./-", *number) == NULL) {
            bare[length++] = *number;
        }
    }
    for (size_t i = 0; i < FORMS; i++) {
        if (memcmp(bare, forms[i].prefix, 2) == 0 &&
            text_form_fits(forms[i].form, strlen(forms[i].form), bare + 2)) {
            return forms[i].country;
        }
    }
    return NULL;
}

bool vat_is_member(const char *country)
{
    size_t at = 0;

    while (at < FORMS && strcmp(forms[at].country, country) != 0) {
        at++;
    }
    return at < FORMS;
}
