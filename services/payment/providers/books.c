/* books.c - the words in which a provider's books and ours are compared. */
#include "services/payment/providers/books.h"

#include "common/text.h"

#include <inttypes.h>
#include <string.h>

const char *books_name(const char *key)
{
    const char *last = strrchr(key, '/');

    return last == NULL ? key : last + 1;
}

const char *books_held(struct arena *arena, const struct books_sums *sums)
{
    if (sums->held_minor == 0 && sums->captured_minor == 0 && sums->refunded_minor == 0) {
        return "";
    }
    return text_format(arena, "held %" PRId64 ", captured %" PRId64 ", refunded %" PRId64,
                       sums->held_minor, sums->captured_minor, sums->refunded_minor);
}
