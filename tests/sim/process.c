/* process.c - runs the real worker of a service, and lets it go wrong. */
#include "tests/sim/process.h"

#include "tests/sim/ambush.h"
#include "tests/sim/calls.h"
#include "tests/sim/services.h"
#include "tests/sim/siege.h"

#include <stdio.h>
#include <stdlib.h>

enum { RESTS_ENOUGH = 4, LOOK_AGAIN_MS = 50, LOOKS_MAX = 6, INPUTS_MS = 250, CODE_VERSION = 1 };

static int64_t now_of(void *clock)
{
    return ((struct sim *)clock)->now;
}

static _Noreturn void die(const struct sim *sim, const struct process *process, const char *what)
{
    (void)fprintf(stderr, "sim: seed %llu: %s %s: %s\n", (unsigned long long)sim->seed,
                  process->instance, what, sim->ctx.detail);
    abort();
}

static void open_broker(struct sim *sim, struct process *process)
{
    const struct service *service = service_of(process->service);
    const struct broker_options options = { .client_id = process->instance,
                                            .consumed = service->consumed,
                                            .consumed_count = service->consumed_count,
                                            .published = service->published,
                                            .published_count = service->published_count,
                                            .lane_count = SIM_LANES };

    if (broker_memory_open(sim->log, &sim->ctx, &options, &process->broker) != OK) {
        die(sim, process, "has no broker");
    }
}

static void start(struct sim *sim, struct process *process)
{
    const struct service *service = service_of(process->service);
    const struct store_options store = { .instance = process->instance,
                                         .lane_count = SIM_LANES,
                                         .lease_ms = SIM_LEASE_MS,
                                         .code_version = CODE_VERSION,
                                         .tables = service->tables,
                                         .statements = service->statements };

    process->store = store_memory_open(sim->databases[process->service], &store);
    open_broker(sim, process);
    process->outside = calls_open(sim, process->service);
    const struct worker_options options = { .service = service,
                                            .store = process->store,
                                            .broker = process->broker,
                                            .outside = process->outside,
                                            .access = service_access(process->service),
                                            .instance = process->instance,
                                            .lane_count = SIM_LANES,
                                            .lease_ms = SIM_LEASE_MS,
                                            .monotonic_ms = now_of,
                                            .clock = sim,
                                            .seed = chance_next(&sim->chance) };
    if (worker_new(&sim->ctx, &options, &process->worker) != OK) {
        die(sim, process, "has no worker");
    }
    process->dead = false;
    process->asleep_until = process->rests_until = 0;
    process->rested = 0;
}

void process_add(struct sim *sim, enum service_index service, int number)
{
    struct process *process = &sim->processes[sim->process_count++];

    process->service = service;
    (void)snprintf(process->instance, sizeof process->instance, "%s-%d", service_of(service)->name,
                   number);
    start(sim, process);
}

void process_crash(struct process *process)
{
    if (process->dead) {
        return;
    }
    worker_free(process->worker);
    broker_memory_crash(process->broker);
    process->store->operations->close(process->store);
    process->outside->operations->close(process->outside);
    process->dead = true;
}

void process_wake(struct sim *sim, struct process *process)
{
    if (process->dead) {
        start(sim, process);
    }
    process->asleep_until = process->rests_until = 0;
    process->rested = 0;
}

void process_renew(struct sim *sim, const struct process *process)
{
    if (!process->dead && process->asleep_until == 0) {
        memory_database_renew(sim->databases[process->service], process->instance,
                              worker_status(process->worker).lanes_held, SIM_LEASE_MS);
    }
}

/* Mostly short, now and then so long that deadlines pass. */
static int64_t trouble_ms(struct sim *sim)
{
    int64_t most_ms = chance_of(&sim->chance, 2000) ? 20 * MINUTE_MS : (int64_t)3 * SIM_LEASE_MS;

    return 1 + chance_below(&sim->chance, most_ms);
}

static void strike_log(struct sim *sim, const struct process *process)
{
    const struct service *service = service_of(process->service);
    const struct broker_topic *topic =
        &service->published[chance_below(&sim->chance, (int64_t)service->published_count)];

    if (chance_of(&sim->chance, sim->faults.restart)) {
        sim->happened.restarts++;
        memory_log_stop(sim->log);
        memory_log_start(sim->log);
        if (chance_of(&sim->chance, sim->faults.cut) && topic->partitions == 0) {
            sim->happened.cuts++;
            sim->requests_lost |= !topic->numbered;
            memory_log_cut(sim->log, topic->name, chance_below(&sim->chance, SIM_LANES),
                           chance_between(&sim->chance, 1, 20));
        }
    }
}

/* One thing at most goes wrong with a process at a time; true when it does not go on. */
static bool strike(struct sim *sim, struct process *process)
{
    if (chance_of(&sim->chance, sim->faults.crash)) {
        sim->happened.crashes++;
        process_crash(process);
        process->asleep_until = sim->now + trouble_ms(sim);
        return true;
    }
    if (chance_of(&sim->chance, sim->faults.pause)) {
        sim->happened.pauses++;
        process->asleep_until = sim->now + trouble_ms(sim);
        broker_memory_stall(process->broker, process->asleep_until);
        return true;
    }
    if (chance_of(&sim->chance, sim->faults.lost_answer)) {
        sim->happened.lost_answers++;
        memory_database_lose_answer(sim->databases[process->service],
                                    chance_of(&sim->chance, 50000));
    }
    if (chance_of(&sim->chance, sim->faults.lost_producer)) {
        sim->happened.producers_lost++;
        broker_memory_lose_producer(process->broker);
    }
    strike_log(sim, process);
    return false;
}

/* Whether lanes are free or may become so: an instance is dead or stands still, or all together hold not just all lanes. */
static bool lanes_move(const struct sim *sim, const struct process *process)
{
    int64_t held = 0;
    bool weak = false;

    for (size_t i = 0; i < sim->process_count; i++) {
        const struct process *other = &sim->processes[i];

        if (other->service == process->service) {
            weak |= other->asleep_until != 0;
            held += other->dead ? 0 : worker_status(other->worker).lanes_held;
        }
    }
    return weak || held != SIM_LANES;
}

static int64_t earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* What others have done and did not tell it of: lanes that they left, inputs that they wrote. */
static int64_t looks_at(const struct sim *sim, const struct process *process)
{
    int64_t last_at = worker_status(process->worker).last_step_at, at = INT64_MAX;

    if (lanes_move(sim, process)) {
        at = last_at + SIM_LEASE_MS / 3;
    }
    if (memory_database_count(sim->databases[process->service], &input_table) > 0) {
        at = earlier(at, last_at + INPUTS_MS);
    }
    return at;
}

static bool has_anything(struct sim *sim, const struct process *process)
{
    if (worker_status(process->worker).paused_until > sim->now) {
        return false;
    }
    return process->rests_until <= sim->now || broker_memory_has_news(process->broker) ||
           calls_next_at(process->outside) <= sim->now || looks_at(sim, process) <= sim->now;
}

/* What waits for something that did not come in this instant is looked at again a little later, and then rarely: it may be hours
 * until who has to repeat a record is there again. */
static void rest(struct sim *sim, struct process *process)
{
    int64_t due_at = worker_due_at(process->worker);

    process->rested = 0;
    if (due_at > sim->now) {
        process->rests_until = due_at;
    } else {
        process->rests_until = sim->now + (LOOK_AGAIN_MS << process->looks);
        process->looks += process->looks < LOOKS_MAX ? 1 : 0;
    }
}

static void step(struct sim *sim, struct process *process)
{
    sim->happened.steps++;
    if (worker_step(process->worker, 0) != OK) {
        die(sim, process, "ended by itself");
    }
    process->rested = worker_idle_steps(process->worker) > 0 ? process->rested + 1 : 0;
    bool waits = worker_due_at(process->worker) <= sim->now;

    process->looks = process->rested > 0 ? process->looks : 0;
    if (process->rested >= RESTS_ENOUGH || (process->rested > 0 && !waits)) {
        rest(sim, process);
    } else {
        process->rests_until = 0;
    }
}

bool process_work(struct sim *sim, struct process *process)
{
    if (process->asleep_until > sim->now) {
        return false;
    }
    if (process->asleep_until != 0) {
        process_wake(sim, process);
    }
    if (!has_anything(sim, process)) {
        return false;
    }
    if (sim->healed || !strike(sim, process)) {
        step(sim, process);
        if (process->service == SIM_ORDER) {
            siege_look(sim);
            ambush_look(sim);
        }
    }
    return true;
}

int64_t process_due_at(const struct sim *sim, const struct process *process)
{
    if (process->asleep_until != 0) {
        return process->asleep_until;
    }
    int64_t paused_until = worker_status(process->worker).paused_until;

    if (paused_until > sim->now) {
        return paused_until;
    }
    return earlier(earlier(process->rests_until, looks_at(sim, process)),
                   calls_next_at(process->outside));
}
