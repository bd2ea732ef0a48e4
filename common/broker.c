/* broker.c - what both implementations of the log share: reading headers. */
#include "common/broker.h"

#include "common/text.h"

const char *record_header(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (text_equal(record->headers[i].name, name))
            return record->headers[i].value;
    }
    return NULL;
}

static void raise_unbroken(struct stream_tail *tail, int64_t generation, int64_t number)
{
    bool first = tail->unbroken_generation == 0;
    bool next = generation == tail->unbroken_generation && number == tail->unbroken_number + 1;
    bool begins = generation > tail->unbroken_generation && number == 1;

    if (first || next || begins) {
        tail->unbroken_generation = generation;
        tail->unbroken_number = number;
    }
}

void stream_tail_raise(struct stream_tail *tail, const char *generation, const char *number)
{
    int64_t generation_read, number_read;

    if (generation == NULL || number == NULL)
        return;
    if (!text_to_int(generation, &generation_read) || !text_to_int(number, &number_read))
        return;
    raise_unbroken(tail, generation_read, number_read);
    if (generation_read < tail->generation ||
        (generation_read == tail->generation && number_read <= tail->number))
        return;
    tail->generation = generation_read;
    tail->number = number_read;
}
