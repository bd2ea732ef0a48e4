/* watch.c - reads topics from the place where it was. */
#include "tests/sim/watch.h"

#include "common/arena.h"
#include "common/envelope.h"
#include "common/memory_log.h"
#include "tests/sim/people.h"

static const char *const topics[] = { "order.events",       "inventory.events", "payment.events",
                                      "fulfillment.events", "shipping.events",  "gateway.replies" };
enum { TOPIC_COUNT = sizeof topics / sizeof topics[0] };

struct watch {
    const struct memory_topic *topics[TOPIC_COUNT];
    int64_t next[TOPIC_COUNT][SIM_LANES];
};

struct watch *watch_new(struct sim *sim)
{
    struct watch *watch = arena_alloc(sim->kept, sizeof *watch);

    for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
        watch->topics[topic] = memory_log_topic(sim->log, topics[topic]);
    }
    return watch;
}

static bool read_partition(struct sim *sim, const struct memory_partition *partition, int64_t lane,
                           int64_t *next)
{
    int64_t end = memory_partition_end(partition);
    bool any = false;

    *next = *next > end ? end : *next; /* the broker lost its end */
    for (; *next < end; (*next)++) {
        struct record record = { .lane = lane, .offset = *next };

        memory_entry_show(memory_partition_at(partition, *next), &record);
        arena_reset(sim->ctx.arena);
        people_hear(sim, &record);
        any = true;
    }
    return any;
}

bool watch_facts(struct sim *sim)
{
    bool any = false;

    memory_log_advance(sim->log); /* what is under way lands, also while no process looks */
    for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
        const struct memory_topic *from = sim->watch->topics[topic];

        for (int64_t lane = 0; lane < from->partition_count; lane++) {
            any |=
                read_partition(sim, &from->partitions[lane], lane, &sim->watch->next[topic][lane]);
        }
    }
    return any;
}
