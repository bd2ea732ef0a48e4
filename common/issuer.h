/* issuer.h - who the documents of the shop come from: its name, address and tax number, from the settings.
 *
 * Read at the start, the same ever after; "" where a setting says nothing.
 */
#ifndef KERVAN_COMMON_ISSUER_H
#define KERVAN_COMMON_ISSUER_H

#include "common/config.h"

struct issuer {
    const char *name, *street, *city, *postal_code, *country;
    const char *tax_number, *email;
    const char *iban; /* where transfers go */
};

extern struct issuer issuer;

enum {
    ISSUER_TEXT_LENGTH_MAX = 100,
    ISSUER_EMAIL_LENGTH_MAX = 254,
    ISSUER_COUNTRY_LENGTH = 2,
    ISSUER_IBAN_LENGTH_MAX = 34,
    ISSUER_SETTING_COUNT = 8
};

/* Rows of a table of settings, for a service that has others besides. */
#define ISSUER_SETTINGS                                                                                \
    { "KERVAN_SHOP_NAME",                                                                              \
      SETTING_TEXT,                                                                                    \
      &issuer.name,                                                                                    \
      "Kervan",                                                                                        \
      1,                                                                                               \
      ISSUER_TEXT_LENGTH_MAX,                                                                          \
      "name that documents come from" },                                                               \
        { "KERVAN_SHOP_STREET",   SETTING_TEXT,           &issuer.street, "", 0,                       \
          ISSUER_TEXT_LENGTH_MAX, "its street and number" },                                           \
        { "KERVAN_SHOP_CITY", SETTING_TEXT, &issuer.city, "", 0, ISSUER_TEXT_LENGTH_MAX, "its city" }, \
        { "KERVAN_SHOP_POSTAL_CODE", SETTING_TEXT,     &issuer.postal_code, "", 0,                     \
          ISSUER_TEXT_LENGTH_MAX,    "its postal code" },                                              \
        { "KERVAN_SHOP_COUNTRY",                                                                       \
          SETTING_TEXT,                                                                                \
          &issuer.country,                                                                             \
          "",                                                                                          \
          0,                                                                                           \
          ISSUER_COUNTRY_LENGTH,                                                                       \
          "its country, two letters (ISO 3166-1); without one documents show no address" },            \
        { "KERVAN_SHOP_TAX_NUMBER", SETTING_TEXT,    &issuer.tax_number, "", 0,                        \
          ISSUER_TEXT_LENGTH_MAX,   "its tax number" },                                                \
        { "KERVAN_SHOP_EMAIL",                                                                         \
          SETTING_TEXT,                                                                                \
          &issuer.email,                                                                               \
          "",                                                                                          \
          0,                                                                                           \
          ISSUER_EMAIL_LENGTH_MAX,                                                                     \
          "where who has a question about a document writes" },                                        \
    {                                                                                                  \
        "KERVAN_SHOP_IBAN", SETTING_TEXT, &issuer.iban, "", 0, ISSUER_IBAN_LENGTH_MAX,                 \
            "its account (IBAN, without blanks), for transfers; without one invoices show none"        \
    }
extern const struct setting issuer_settings[ISSUER_SETTING_COUNT];

#endif
