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
};

extern struct issuer issuer;

enum { ISSUER_SETTING_COUNT = 7 };
extern const struct setting issuer_settings[ISSUER_SETTING_COUNT];

#endif
