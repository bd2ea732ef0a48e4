/* stream_age.c - since when the oldest message of a stream waits to be acknowledged. */
#include "common/stream_age.h"

#include <stdbool.h>
#include <string.h>

static bool is_up_to(int64_t generation, int64_t number, const struct stream_mark *mark)
{
    return generation < mark->generation ||
           (generation == mark->generation && number <= mark->number);
}

static void make_older(struct stream_mark *mark, int64_t written_at)
{
    if (written_at < mark->written_at)
        mark->written_at = written_at;
}

void stream_age_add(struct stream_age *age, int64_t generation, int64_t number, int64_t written_at)
{
    struct stream_mark *last = age->count > 0 ? &age->marks[age->count - 1] : NULL;

    for (size_t i = 0; i < age->count; i++) {
        if (is_up_to(generation, number, &age->marks[i])) {
            make_older(&age->marks[i], written_at);
            return;
        }
    }
    bool same_batch = last != NULL && last->written_at == written_at;
    if (same_batch || age->count == STREAM_AGE_MARKS) {
        last->generation = generation;
        last->number = number;
        make_older(last, written_at);
        return;
    }
    age->marks[age->count++] = (struct stream_mark){ generation, number, written_at };
}

void stream_age_acknowledge(struct stream_age *age, int64_t generation, int64_t number)
{
    size_t gone = 0;

    while (gone < age->count &&
           (generation > age->marks[gone].generation ||
            (generation == age->marks[gone].generation && number >= age->marks[gone].number)))
        gone++;
    age->count -= gone;
    memmove(age->marks, age->marks + gone, age->count * sizeof *age->marks);
}

int64_t stream_age_oldest(const struct stream_age *age)
{
    return age->count > 0 ? age->marks[0].written_at : 0;
}
