/* bank_file.h - the statements in a file of a bank: CAMT.053 or CSV, read as far as payments are concerned.
 *
 * Every entry gets a name that is the same whenever it comes again: of the bank's reference, day, amount and direction, else of all
 * that the bank says of it; entries that are alike in one file are counted.  Texts live in the arena.  No I/O.
 */
#ifndef KERVAN_GATEWAY_BANK_FILE_H
#define KERVAN_GATEWAY_BANK_FILE_H

#include "proto/payment.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A line takes a kilobyte of the arena, an entry under way six megabytes of the other one at most; a row of a CSV all of the file. */
enum {
    BANK_FILE_LINES_MAX = 20000,
    BANK_FILE_BYTES_MAX = 8 << 20,
    BANK_SCRATCH_BYTES_MAX = 32 << 20,
    BANK_TEXT_BYTES = 500
};

/* A line, and where it stands. */
struct bank_entry {
    struct bank_statement_line line;
    const char *account, *statement;
};
struct bank_file {
    struct arena *arena;   /* of the lines */
    struct arena *scratch; /* of what is being read; reset from entry to entry */
    struct bank_entry *entries;
    size_t count, room;
    const char *fault; /* in words; NULL: it was read */
};

/* Both read `length` bytes, at most BANK_FILE_BYTES_MAX, with a NUL behind them, into a file that has nothing but its arenas.
 * ISO 20022 camt.053.001.02 to .08 and what is like them. */
void camt_read(struct bank_file *file, const char *bytes, size_t length);
/* As the columns of this account say. */
void bank_csv_read(struct bank_file *file, const struct bank_account_view *account,
                   const char *bytes, size_t length);

/* For the readers.  NULL, with a fault, when there are too many. */
struct bank_entry *bank_file_add(struct bank_file *file);
/* printf; the first fault stays. */
void bank_file_fail(struct bank_file *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Names the entries, once all are there; of those with a name of the bank's own it is kept beside. */
void bank_file_name(struct bank_file *file);

/* A text as the contract takes it, behind what `ret` holds already: no control characters, blanks folded, at most `bytes_max` in all. */
void bank_text_add(char ret[BANK_TEXT_BYTES + 1], const char *text, size_t bytes_max);
/* The same of its own; NULL when nothing is left. */
const char *bank_text(struct arena *arena, const char *text, size_t bytes_max);
/* A reference: visible ASCII alone; NULL when nothing is left, or it says that there is none. */
const char *bank_reference_text(struct arena *arena, const char *text);
/* "1.234,56" with its currency in minor units; `decimal` stands before those, other marks group.  False: it is no amount. */
bool bank_amount(const char *text, char decimal, const char *currency, int64_t *ret_minor);
/* A day, "2026-03-01" in front, at midnight UTC. */
bool bank_day(const char *text, int64_t *ret_ms);

#endif
