/* address_form.c - the countries that have postal codes, and whether a code is written as one of them is. */
#include "common/address_form.h"

#include "common/text_form.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTRY_LETTERS = 2 };

struct address_form {
    char country[COUNTRY_LETTERS + 1];
    bool wants_region;
    const char *postal_forms;
};

/* By country, for bsearch. */
static const struct address_form forms[] = {
    { "AD", false, "AD999" },
    { "AM", false, "9999" },
    { "AR", false, "9999|A9999|A9999AAA" },
    { "AT", false, "9999" },
    { "AU", true, "9999" },
    { "AX", false, "22999" },
    { "AZ", false, "9999|AZ_9999" },
    { "BA", false, "99999" },
    { "BD", false, "9999" },
    { "BE", false, "9999" },
    { "BG", false, "9999" },
    { "BN", false, "AA_9999" },
    { "BR", true, "99999999|99999-999" },
    { "BY", false, "999999" },
    { "CA", true, "A9A_9A9" },
    { "CH", false, "9999" },
    { "CL", false, "9999999|999-9999" },
    { "CN", true, "999999" },
    { "CR", false, "99999" },
    { "CY", false, "9999" },
    { "CZ", false, "999_99" },
    { "DE", false, "99999" },
    { "DK", false, "9999" },
    { "DO", false, "99999" },
    { "DZ", false, "99999" },
    { "EC", false, "999999" },
    { "EE", false, "99999" },
    { "EG", false, "99999" },
    { "ES", false, "99999" },
    { "FI", false, "99999" },
    { "FO", false, "999" },
    { "FR", false, "99_999" },
    { "GB", false,
      "A9_9AA|A99_9AA|A9A_9AA|AA9_9AA|AA99_9AA|AA9A_9AA|GIR_0AA|BFPO_9|BFPO_99|BFPO_999|BFPO_"
      "9999" },
    { "GE", false, "9999" },
    { "GF", false, "973_99" },
    { "GG", false, "GY9_9AA|GY99_9AA" },
    { "GL", false, "39_99" },
    { "GP", false, "971_99" },
    { "GR", false, "999_99" },
    { "GT", false, "99999" },
    { "GU", false, "969_99|96999-9999" },
    { "HR", false, "99999" },
    { "HU", false, "9999" },
    { "ID", false, "99999" },
    { "IE", false, "A99_****|A9W_****" },
    { "IL", false, "9999999|99999" },
    { "IM", false, "IM9_9AA|IM99_9AA" },
    { "IN", true, "999_999" },
    { "IQ", false, "99999" },
    { "IS", false, "999" },
    { "IT", false, "99999" },
    { "JE", false, "JE9_9AA|JE99_9AA" },
    { "JO", false, "99999" },
    { "JP", true, "999-9999|9999999" },
    { "KE", false, "99999" },
    { "KG", false, "999999" },
    { "KH", false, "99999|999999" },
    { "KR", false, "99999" },
    { "KW", false, "99999" },
    { "KZ", false, "999999" },
    { "LA", false, "99999" },
    { "LI", false, "9999" },
    { "LK", false, "99999" },
    { "LT", false, "99999|LT-99999" },
    { "LU", false, "9999|L-9999" },
    { "LV", false, "9999|LV-9999" },
    { "MA", false, "99999" },
    { "MC", false, "980_99" },
    { "MD", false, "9999|MD-9999|MD9999" },
    { "ME", false, "8_9999" },
    { "MG", false, "999" },
    { "MK", false, "9999" },
    { "MN", false, "99999|999999" },
    { "MQ", false, "972_99" },
    { "MT", false, "AAA_9999" },
    { "MU", false, "99999|999AA999" },
    { "MX", true, "99999" },
    { "MY", false, "99999" },
    { "NC", false, "988_99" },
    { "NL", false, "9999_AA" },
    { "NO", false, "9999" },
    { "NP", false, "99999" },
    { "NZ", false, "9999" },
    { "PE", false, "99999" },
    { "PF", false, "987_99" },
    { "PH", false, "9999" },
    { "PK", false, "99999" },
    { "PL", false, "99-999" },
    { "PM", false, "975_99" },
    { "PR", false, "00999|00999-9999" },
    { "PT", false, "9999|9999-999" },
    { "PY", false, "9999|999999" },
    { "RE", false, "974_99" },
    { "RO", false, "999999" },
    { "RS", false, "99999|999999" },
    { "RU", false, "999999" },
    { "SA", false, "99999|99999-9999" },
    { "SE", false, "999_99" },
    { "SG", false, "999999" },
    { "SI", false, "9999|SI-9999" },
    { "SJ", false, "9999" },
    { "SK", false, "999_99" },
    { "SM", false, "4789_9" },
    { "SN", false, "99999" },
    { "TH", false, "99999" },
    { "TJ", false, "999999" },
    { "TM", false, "999999" },
    { "TN", false, "9999" },
    { "TR", false, "99999" },
    { "TW", false, "999|99999|999999" },
    { "UA", false, "99999" },
    { "US", true, "99999|99999-9999" },
    { "UY", false, "99999" },
    { "UZ", false, "999999" },
    { "VA", false, "00120" },
    { "VE", false, "9999" },
    { "VI", false, "00899|00899-9999" },
    { "VN", false, "99999|999999" },
    { "WF", false, "986_99" },
    { "YT", false, "976_99" },
    { "ZA", false, "9999" },
    { "ZM", false, "99999" },
};

static int by_country(const void *key, const void *form)
{
    return strcmp(key, ((const struct address_form *)form)->country);
}

static const struct address_form *form_of(const char *country)
{
    return bsearch(country, forms, sizeof forms / sizeof forms[0], sizeof forms[0], by_country);
}

const char *address_postal_forms(const char *country)
{
    const struct address_form *form = form_of(country);

    return form == NULL ? NULL : form->postal_forms;
}

static bool fits(const char *postal_forms, const char *code)
{
    for (const char *form = postal_forms; form != NULL;) {
        size_t length = strcspn(form, "|");

        if (text_form_fits(form, length, code)) {
            return true;
        }
        form = form[length] == '|' ? form + length + 1 : NULL;
    }
    return false;
}

static bool is_missing(const char *text)
{
    return text == NULL || text[strspn(text, " ")] == '\0';
}

enum address_fault address_fault_of(const char *country, const char *region,
                                    const char *postal_code)
{
    const struct address_form *form = form_of(country);

    if (form == NULL) {
        return ADDRESS_FAULT_NONE;
    }
    if (form->wants_region && is_missing(region)) {
        return ADDRESS_FAULT_REGION_MISSING;
    }
    if (is_missing(postal_code)) {
        return ADDRESS_FAULT_POSTAL_CODE_MISSING;
    }
    return fits(form->postal_forms, postal_code) ? ADDRESS_FAULT_NONE
                                                 : ADDRESS_FAULT_POSTAL_CODE_FORM;
}
