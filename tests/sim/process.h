/* process.h - an instance of a service: starts, works, stands still, dies. */
#ifndef KERVAN_TESTS_SIM_PROCESS_H
#define KERVAN_TESTS_SIM_PROCESS_H

#include "tests/sim/sim.h"

void process_add(struct sim *sim, enum service_index service, int number);
/* One step, or a fault, if it has anything to do; false when it has not. */
bool process_work(struct sim *sim, struct process *process);
/* When it has something to do though nothing arrives; INT64_MAX: never. */
int64_t process_due_at(const struct sim *sim, const struct process *process);
void process_crash(struct process *process);
/* Up and awake at once. */
void process_wake(struct sim *sim, struct process *process);
/* The time has moved on: whoever stands still or is dead has not renewed its leases, all others have. */
void process_renew(struct sim *sim, const struct process *process);

#endif
