/* tally.h - pieces that a report or a command names, held against a fulfillment's lines.
 *
 * The first thing that is wrong is kept with the pointer to it.  Pure; lives in the batch's arena.
 */
#ifndef KERVAN_FULFILLMENT_TALLY_H
#define KERVAN_FULFILLMENT_TALLY_H

#include "services/fulfillment/work.h"

struct tally {
    struct arena *arena;
    struct line_row **lines; /* with pieces that are still to be made ready */
    size_t count;
    int64_t *reported;            /* pieces, one number a line */
    const char *pointer, *detail; /* NULL while nothing is wrong */
};

struct tally tally_of(const struct work *work);

/* Something is wrong at `pointer`; only the first is kept. */
void tally_object(struct tally *tally, const char *pointer, const char *detail);
/* Counts pieces of a line; objects to a line that is none. */
void tally_count(struct tally *tally, int64_t line_no, int64_t quantity, const char *pointer);
/* As tally_count; objects to more pieces than the line has left. */
void tally_take(struct tally *tally, int64_t line_no, int64_t quantity, const char *pointer);
/* Objects unless each line is counted in full; `advice` says what to do. */
void tally_compare(struct tally *tally, const char *pointer, const char *advice);

/* The lines that were counted, with as many pieces. */
const struct line_quantity *tally_counted(const struct tally *tally, size_t *ret_count);
/* What was counted leaves the lines. */
void tally_take_off(const struct tally *tally, const struct work *work);

#endif
