/* page.c - which addresses of pages a shopper can be told. */
#include "services/payment/providers/page.h"

#include "common/text.h"

#include <stddef.h>
#include <string.h>

bool page_can_be_told(const char *address)
{
    if (address == NULL || strlen(address) > PAGE_LENGTH_MAX ||
        (!text_starts_with(address, "https://") && !text_starts_with(address, "http://"))) {
        return false;
    }
    for (const char *at = address; *at != '\0'; at++) {
        if (*at < '!' || *at > '~') {
            return false;
        }
    }
    return true;
}
