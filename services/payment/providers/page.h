/* page.h - which addresses of pages a shopper can be told.  Pure. */
#ifndef KERVAN_PAYMENT_PROVIDERS_PAGE_H
#define KERVAN_PAYMENT_PROVIDERS_PAGE_H

#include <stdbool.h>

enum { PAGE_LENGTH_MAX = 2048 };

/* An http or https address of visible ASCII, no longer than PAGE_LENGTH_MAX; NULL is none. */
bool page_can_be_told(const char *address);

#endif
