/* signers_address.c - from where certificates of who signs webhooks may be taken.  Pure. */
#include "common/text.h"
#include "services/gateway/signers.h"

#include <string.h>

enum { NAME_LENGTH_MAX = 128 };

/* The next word of the list, of *ret_length characters; NULL behind the last. */
static const char *next_word(const char **at, size_t *ret_length)
{
    const char *word = *at + strspn(*at, " ");

    *ret_length = strcspn(word, " ");
    *at = word + *ret_length;
    return *ret_length == 0 ? NULL : word;
}

bool signers_addresses_are_good(const char *addresses)
{
    static const char scheme[] = "https://";
    size_t length = 0;
    bool any = false;

    for (const char *word = NULL; (word = next_word(&addresses, &length)) != NULL; any = true) {
        if (!text_starts_with(word, scheme) || length <= strlen(scheme) + 1 ||
            word[length - 1] != '/' || length > ADDRESS_LENGTH_MAX / 2) {
            return false;
        }
    }
    return any;
}

bool signers_address_is_ours(const char *addresses, const char *address)
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t length = 0;

    for (const char *word = NULL; (word = next_word(&addresses, &length)) != NULL;) {
        if (strncmp(address, word, length) != 0) {
            continue;
        }
        size_t name_length = strlen(address + length);

        return name_length > 0 && name_length <= NAME_LENGTH_MAX &&
               strspn(address + length, characters) == name_length;
    }
    return false;
}
