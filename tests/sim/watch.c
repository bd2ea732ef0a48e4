/* watch.c - reads topics from the place where it was. */
#include "tests/sim/watch.h"

#include "common/arena.h"
#include "common/envelope.h"
#include "tests/sim/people.h"

static const char *const topics[] = { "order.events",       "inventory.events", "payment.events",
                                      "fulfillment.events", "shipping.events",  "gateway.replies" };
enum { TOPIC_COUNT = sizeof topics / sizeof topics[0] };

struct watch {
    int64_t next[TOPIC_COUNT][SIM_LANES];
};

struct watch *watch_new(struct arena *arena)
{
    return arena_alloc(arena, sizeof(struct watch));
}

static bool read_partition(struct sim *sim, size_t topic, int64_t lane)
{
    int64_t *next = &sim->watch->next[topic][lane];
    int64_t first = 0, end = 0;
    bool any = false;

    memory_log_range(sim->log, topics[topic], lane, &first, &end);
    *next = *next > end ? end : *next; /* the broker lost its end */
    for (; *next < end; (*next)++) {
        struct record record;

        memory_log_record(sim->log, topics[topic], lane, *next, &record);
        arena_reset(sim->ctx.arena);
        people_hear(sim, &record);
        any = true;
    }
    return any;
}

bool watch_facts(struct sim *sim)
{
    bool any = false;

    for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
        int64_t lanes = topic == TOPIC_COUNT - 1 ? 1 : SIM_LANES;

        for (int64_t lane = 0; lane < lanes; lane++) {
            any |= read_partition(sim, topic, lane);
        }
    }
    return any;
}
