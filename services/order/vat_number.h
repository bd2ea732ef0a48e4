/* vat_number.h - VAT numbers of the European Union, by how each member state writes them.  Whether one was given to anybody only the
 * state knows.  Pure. */
#ifndef KERVAN_ORDER_VAT_NUMBER_H
#define KERVAN_ORDER_VAT_NUMBER_H

#include <stdbool.h>

/* The member state (ISO 3166-1) whose form it has; NULL: none's.  Spaces, dots, slashes and hyphens do not count. */
const char *vat_number_country(const char *number);
bool vat_is_member(const char *country);

#endif
