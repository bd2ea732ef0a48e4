/* stream_age.h - since when the oldest message of a stream waits to be acknowledged.
 *
 * Messages are noted as they are committed, forgotten as they are acknowledged.  Only a few marks are
 * kept: where there are more, young messages count as old as the mark before them, until that is
 * acknowledged.  Pure; one thread; begin with { 0 }.
 */
#ifndef KERVAN_COMMON_STREAM_AGE_H
#define KERVAN_COMMON_STREAM_AGE_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_AGE_MARKS = 8 };

struct stream_age {
    struct stream_mark {
        int64_t generation, number; /* this message and those before it, down to the mark before */
        int64_t written_at;         /* business ms of the oldest of them */
    } marks[STREAM_AGE_MARKS];
    size_t count;
};

/* A message that waits.  One that a mark covers already may make that mark older, never younger. */
void stream_age_add(struct stream_age *age, int64_t generation, int64_t number, int64_t written_at);
/* All up to this message are acknowledged. */
void stream_age_acknowledge(struct stream_age *age, int64_t generation, int64_t number);
/* Business ms of the oldest message that waits; 0 when none does. */
int64_t stream_age_oldest(const struct stream_age *age);

#endif
