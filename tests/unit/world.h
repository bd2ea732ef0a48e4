/* world.h - several processes of the two test services on a database, a log and an outside in memory, under a seed.
 *
 * Every step is one of: a process works, time passes, a fault strikes.  The same seed gives the
 * same history.  The checker knows what must have been counted, and asks the database.
 */
#ifndef KERVAN_TESTS_UNIT_WORLD_H
#define KERVAN_TESTS_UNIT_WORLD_H

#include "common/broker_memory.h"
#include "common/worker.h"
#include "tests/services/relay/relay.h"

/* Ping n brings this trace along; whatever follows from it has it, too, whoever dies meanwhile. */
#define WORLD_TRACE "00-%032llx-00000000000000aa-01"

enum { WORLD_PROCESSES_MAX = 8, WORLD_KEYS = 17, WORLD_LANES = 4 };

struct world_faults {
    struct memory_faults log;
    int crash_permille;       /* a process dies, and starts again some time later */
    int pause_permille;       /* a process stands still beyond its lease, and goes on as a zombie */
    int lost_answer_permille; /* the answer to a commit is lost, applied or not */
    int producer_permille;    /* a producer is lost */
    int restart_permille;     /* the broker restarts */
    int cut_permille;         /* ... and has lost the end of a partition */
    int outside_permille;     /* a call goes wrong: not sent, lost after acting, refused for now */
};

struct world_process {
    const struct service *service;
    char instance[32];
    struct store *store;
    struct broker *broker;
    struct worker *worker;
    struct outside *outside;
    int64_t asleep_until; /* paused, or dead and to be started again */
    bool dead;
};

struct world {
    int64_t lanes;
    uint64_t random;
    int64_t now;
    int64_t
        look_ms; /* that a look at the clock takes: for what waits without a step of the world */
    int64_t answer_ms; /* until the outside answers; 0: as chance has it, soon */
    struct world_faults faults;
    struct memory_database *relay_database, *count_database;
    struct memory_log *log;
    struct broker *sender; /* writes the pings, as a gateway would */
    struct world_process processes[WORLD_PROCESSES_MAX];
    size_t process_count;
    struct outside_access access[1]; /* of the echo: its patience */
    struct ctx ctx;
    struct tally_row expected[WORLD_KEYS];
    int64_t hub_expected[5];
    int64_t sent;
    int64_t tries; /* calls that were sent */
    int64_t calls; /* of them, those that reached the outside */
    int64_t acts;  /* calls that did something: the first with their key */
    struct acted *acted[256];
    int64_t crashes, pauses, restarts, lost_answers, producers_lost, cuts;
};

struct world *world_new(uint64_t seed, size_t relays, size_t counts,
                        const struct world_faults *faults);
/* Of another size, or with another counter than count_service. */
struct world_shape {
    int64_t lanes;
    size_t relays, counts;
    const struct service *counter;
};
struct world *world_new_of(uint64_t seed, const struct world_shape *shape,
                           const struct world_faults *faults);
void world_free(struct world *world);
uint64_t world_random(struct world *world, uint64_t below);
/* Sends the next number of a key chosen at random; as a negative one it is impossible for the counter of today. */
void world_send(struct world *world, bool impossible);
/* Sends the next number of this key: to its lane, to another one, or as a storefront to its own topic. */
enum world_way { WORLD_STRAIGHT, WORLD_ASTRAY, WORLD_BY_SHOP };
void world_send_by(struct world *world, size_t key, enum world_way way);
/* Whatever else the storefront may write, under this key. */
void world_write_as_shop(struct world *world, size_t key, const struct record_header *headers,
                         size_t count);
/* Writes what an operator asks of a lane of the counter; texts that are NULL are empty. */
void world_ask(struct world *world, const struct operator_request_row *request);
/* Asks that whatever is parked is tried again. */
void world_redrive(struct world *world);
/* Requests with this outcome; "": those that wait. */
size_t world_requests(struct world *world, const char *outcome);
/* Number `n` of a key is not expected any more. */
void world_forget(struct world *world, size_t key, int64_t n);
/* One step of one process, or a fault. */
void world_step(struct world *world);
/* No more faults; steps until everything is at rest.  Fails the test when that takes too long. */
void world_settle(struct world *world);
/* Compares what was counted with what had to be. */
void world_check(struct world *world);
void world_crash(struct world *world, size_t index);
void world_start(struct world *world, size_t index);
/* The tally of a key, or NULL. */
const struct tally_row *world_tally(struct world *world, const char *key);

#endif
