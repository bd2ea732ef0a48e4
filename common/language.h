/* language.h - the languages that customers are written to in, and how each writes amounts, numbers and dates.
 *
 * Amounts are minor units; all texts are UTF-8 and live in the arena.  Pure, thread-safe.
 */
#ifndef KERVAN_COMMON_LANGUAGE_H
#define KERVAN_COMMON_LANGUAGE_H

#include <stdint.h>

struct arena;

enum language { LANGUAGE_ENGLISH, LANGUAGE_TURKISH, LANGUAGE_UKRAINIAN, LANGUAGE_COUNT };

/* By the first part of a BCP 47 tag; English for all others and for NULL. */
enum language language_of(const char *locale);
/* "en", "tr", "uk": part of the names of template files. */
const char *language_tag(enum language language);

/* 123456 EUR: "€1,234.56", "€1.234,56", "1 234,56 €" (with no-break spaces).  Never negative. */
const char *language_money(struct arena *arena, enum language language, int64_t amount_minor,
                           const char *currency);
const char *language_number(struct arena *arena, enum language language, int64_t number);
/* "1 March 2026", of the day in UTC; years 1970 to 9999. */
const char *language_date(struct arena *arena, enum language language, int64_t instant_ms);
/* The same with hour and minute: "3 March 2026, 09:30 UTC". */
const char *language_moment(struct arena *arena, enum language language, int64_t instant_ms);
#endif
