/* services.h - the services as they are built, with the topics between them. */
#ifndef KERVAN_TESTS_SIM_SERVICES_H
#define KERVAN_TESTS_SIM_SERVICES_H

#include "tests/sim/sim.h"

/* Once a program. */
void services_open(void);
const struct service *service_of(enum service_index service);
/* A table of a service by its name; ends the program when there is none. */
const struct table *service_table(enum service_index service, const char *name);
/* Creates all topics. */
void services_topics(struct memory_log *log);
/* Views that a database answers from other tables. */
void services_views(struct memory_database *database, enum service_index service);
/* How long effects of each target are tried. */
const struct outside_access *service_access(enum service_index service);

#endif
