/* stream_prefix.h - how far one numbered stream is acknowledged, without a hole.
 *
 * A producer hands records of a stream over in order and gets their acknowledgments in the same
 * order, or not at all.  Each record sent gets a sequence, counted per stream and producer; the
 * acknowledgment brings it back.  Pure; one thread.
 */
#ifndef KERVAN_COMMON_STREAM_PREFIX_H
#define KERVAN_COMMON_STREAM_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

struct stream_prefix {
    int64_t generation, number; /* of the record sent last; 0, 0: none yet */
    int64_t first_number;       /* of the run: numbers that follow each other since */
    uint32_t first_sequence;    /* of the run */
    uint32_t sent;              /* records sent so far; wraps around */
    uint32_t acknowledged;      /* records acknowledged so far; wraps around */
    int64_t acknowledged_number;
    bool fresh;  /* acknowledged_number was not taken yet */
    bool broken; /* a record was lost: nothing after it counts */
};

/* Notes a record handed over; what it returns comes back with the acknowledgment.  One that does not follow the one
 * before it begins a new run.  When the handing over fails, the caller puts a copy made before back. */
uint32_t stream_prefix_send(struct stream_prefix *prefix, int64_t generation, int64_t number);

/* False when the acknowledgment is out of turn: the stream is broken from here on. */
bool stream_prefix_acknowledge(struct stream_prefix *prefix, uint32_t sequence);

/* The highest number of the unbroken prefix, once after each rise; false when it has not risen. */
bool stream_prefix_take(struct stream_prefix *prefix, int64_t *ret_generation, int64_t *ret_number);

#endif
