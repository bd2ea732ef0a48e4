/* stream_prefix.c - how far one numbered stream is acknowledged, without a hole. */
#include "common/stream_prefix.h"

static bool follows(const struct stream_prefix *prefix, int64_t generation, int64_t number)
{
    return prefix->sent != prefix->first_sequence && generation == prefix->generation &&
           number == prefix->number + 1;
}

uint32_t stream_prefix_send(struct stream_prefix *prefix, int64_t generation, int64_t number)
{
    if (!follows(prefix, generation, number)) {
        prefix->first_number = number;
        prefix->first_sequence = prefix->sent;
        prefix->fresh = false;
    }
    prefix->generation = generation;
    prefix->number = number;
    return prefix->sent++;
}

bool stream_prefix_acknowledge(struct stream_prefix *prefix, uint32_t sequence)
{
    if (prefix->broken || sequence != prefix->acknowledged) {
        prefix->broken = true;
        return false;
    }
    prefix->acknowledged++;

    uint32_t place_in_run = sequence - prefix->first_sequence;
    uint32_t run_length = prefix->sent - prefix->first_sequence;
    if (place_in_run < run_length) { /* else of an older run, in the arithmetic that wraps around */
        prefix->acknowledged_number = prefix->first_number + (int64_t)place_in_run;
        prefix->fresh = true;
    }
    return true;
}

bool stream_prefix_take(struct stream_prefix *prefix, int64_t *ret_generation, int64_t *ret_number)
{
    if (!prefix->fresh)
        return false;
    prefix->fresh = false;
    *ret_generation = prefix->generation;
    *ret_number = prefix->acknowledged_number;
    return true;
}
