/* broker_conformance.h - what every implementation of the log must do, as tests over a world of its own. */
#ifndef KERVAN_TESTS_BROKER_CONFORMANCE_H
#define KERVAN_TESTS_BROKER_CONFORMANCE_H

#include "common/broker.h"

/* The log under test with its hands and feet.  Every call returns when it is done. */
struct broker_world {
    enum err (*open)(struct broker_world *, struct ctx *, const struct broker_options *,
                     struct broker **ret);
    void (*create_topic)(struct broker_world *, const char *name, int64_t partitions);
    /* Lets time pass. */
    void (*pass)(struct broker_world *, int64_t ms);
    /* The broker process dies and comes back with all it had, or (cut) without a partition's last records. */
    void (*restart)(struct broker_world *);
    void (*cut)(struct broker_world *, const char *topic, int64_t lane, int64_t count);
    /* A fatal error of the producer. */
    void (*lose_producer)(struct broker_world *, struct broker *);
};

/* Runs all tests in `world`; returns how many failed. */
int broker_conformance_run(struct broker_world *world);

#endif
