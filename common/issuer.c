/* issuer.c - the settings of who documents come from. */
#include "common/issuer.h"

enum { TEXT_LENGTH_MAX = 100, EMAIL_LENGTH_MAX = 254, COUNTRY_LENGTH = 2 };

struct issuer issuer = { "Kervan", "", "", "", "", "", "" };

const struct setting issuer_settings[ISSUER_SETTING_COUNT] = {
    { "KERVAN_SHOP_NAME", SETTING_TEXT, &issuer.name, "Kervan", 1, TEXT_LENGTH_MAX,
      "name that documents come from" },
    { "KERVAN_SHOP_STREET", SETTING_TEXT, &issuer.street, "", 0, TEXT_LENGTH_MAX,
      "its street and number" },
    { "KERVAN_SHOP_CITY", SETTING_TEXT, &issuer.city, "", 0, TEXT_LENGTH_MAX, "its city" },
    { "KERVAN_SHOP_POSTAL_CODE", SETTING_TEXT, &issuer.postal_code, "", 0, TEXT_LENGTH_MAX,
      "its postal code" },
    { "KERVAN_SHOP_COUNTRY", SETTING_TEXT, &issuer.country, "", 0, COUNTRY_LENGTH,
      "its country, two letters (ISO 3166-1); without one documents show no address" },
    { "KERVAN_SHOP_TAX_NUMBER", SETTING_TEXT, &issuer.tax_number, "", 0, TEXT_LENGTH_MAX,
      "its tax number" },
    { "KERVAN_SHOP_EMAIL", SETTING_TEXT, &issuer.email, "", 0, EMAIL_LENGTH_MAX,
      "where who has a question about a document writes" },
};
