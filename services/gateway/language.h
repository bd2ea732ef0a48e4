/* language.h - the language of a page, among those that Kervan's pages speak.  Pure. */
#ifndef KERVAN_GATEWAY_LANGUAGE_H
#define KERVAN_GATEWAY_LANGUAGE_H

#include "common/language.h"

/* What an Accept-Language header (RFC 9110, 12.5.4; NULL: none) likes best; English where it likes none of them. */
enum language language_wanted(const char *accepted);

#endif
