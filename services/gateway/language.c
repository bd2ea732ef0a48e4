/* language.c - reads weights of languages; only the first part of a tag counts. */
#include "services/gateway/language.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { WEIGHT_MAX = 1000 };

/* Whether a range such as "tr-TR;q=0.5" is of this language. */
static bool is_of(const char *range, const char *tag)
{
    size_t length = strlen(tag);

    return strncasecmp(range, tag, length) == 0 &&
           (range[length] == '\0' || strchr("-;, \t", range[length]) != NULL);
}

/* Thousandths: of "q=0.25" 250; 1000 where there is no weight, or none that can be read. */
static int weight_of(const char *range, size_t length)
{
    const char *at = memchr(range, '=', length);
    int weight = 0, unit = WEIGHT_MAX;

    if (at == NULL || at[1] != '0') {
        return WEIGHT_MAX;
    }
    if (at[2] != '.') {
        return 0;
    }
    for (at += 3; *at >= '0' && *at <= '9' && unit > 1; at++) {
        unit /= 10;
        weight += unit * (*at - '0');
    }
    return weight;
}

/* LANGUAGE_COUNT when the range names none of ours. */
static enum language language_of_range(const char *range)
{
    int i = 0;

    while (i < LANGUAGE_COUNT && !is_of(range, language_tag((enum language)i))) {
        i++;
    }
    return (enum language)i;
}

enum language language_wanted(const char *accepted)
{
    enum language best = LANGUAGE_ENGLISH;
    int most = 0;

    while (accepted != NULL && *accepted != '\0') {
        const char *range = accepted + strspn(accepted, " \t,");
        size_t length = strcspn(range, ",");
        int weight = weight_of(range, length);
        enum language language = language_of_range(range);

        if (weight > most && language != LANGUAGE_COUNT) {
            best = language;
            most = weight;
        }
        accepted = range + length;
    }
    return best;
}
