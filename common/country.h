/* country.h - which two-letter codes are countries (ISO 3166-1 as of 2024).  Pure. */
#ifndef KERVAN_COMMON_COUNTRY_H
#define KERVAN_COMMON_COUNTRY_H

#include <stdbool.h>

bool country_is_known(const char *code);

#endif
