/* store_conformance.h - what every store must do, as tests over a world of its own. */
#ifndef KERVAN_TESTS_UNIT_STORE_CONFORMANCE_H
#define KERVAN_TESTS_UNIT_STORE_CONFORMANCE_H

#include "common/store.h"

/* The store under test with its hands and feet. */
struct store_world {
    /* An empty database with the tables of shelf.h. */
    void (*reset)(struct store_world *);
    enum err (*open)(struct store_world *, struct ctx *, const struct store_options *,
                     struct store **ret);
    /* Lets time pass; returns when it has. */
    void (*pass)(struct store_world *, int64_t ms);
};

/* Runs all tests in `world`; returns how many failed. */
int store_conformance_run(struct store_world *world);

#endif
