/* main.c - worlds of orders under seeds: each is made, healed and judged; the seed of one that fails repeats it. */
#include "tests/sim/coverage.h"
#include "tests/sim/history.h"
#include "tests/sim/judge.h"
#include "tests/sim/people.h"
#include "tests/sim/plants.h"
#include "tests/sim/services.h"
#include "tests/sim/shop.h"

#include "common/log.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ORDERS_A_WORLD = 250, FAILURES_MAX = 5, WORLDS_TO_PLANT_MAX = 10 };

struct arguments {
    uint64_t seed;
    int64_t orders;
    const char *history;  /* of this order; NULL: none */
    int64_t failures_max; /* worlds, then it is enough */
    bool coverage;        /* which cells of the rules were not reached */
    bool one_world;       /* `seed` is a world's own */
    bool plants;          /* the judges are judged */
};

struct total {
    int64_t orders, worlds, failed_worlds;
    uint64_t digest;
    struct happened happened;
};

static uint64_t draw_seed(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* "--name=value": the value, or NULL. */
static const char *value_of(const char *argument, const char *name)
{
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                           : NULL;
}

static bool read_argument(struct arguments *to, const char *argument)
{
    const char *value = NULL;

    if ((value = value_of(argument, "--seed")) != NULL) {
        to->seed = strtoull(value, NULL, 10);
    } else if ((value = value_of(argument, "--world")) != NULL) {
        to->seed = strtoull(value, NULL, 10);
        to->one_world = true;
    } else if ((value = value_of(argument, "--orders")) != NULL) {
        to->orders = strtoll(value, NULL, 10);
    } else if ((value = value_of(argument, "--history")) != NULL) {
        to->history = value;
    } else if ((value = value_of(argument, "--mutant")) != NULL) {
        mutant_choose(value);
        to->failures_max = 1;
    } else if (strcmp(argument, "--plants") == 0) {
        to->plants = true;
    } else if (strcmp(argument, "--coverage") == 0) {
        to->coverage = true;
    } else {
        return false;
    }
    return true;
}

static void add_happened(struct total *total, const struct sim *sim)
{
    const int64_t *from = (const int64_t *)(const void *)&sim->happened;
    int64_t *to = (int64_t *)(void *)&total->happened;

    for (size_t i = 0; i < sizeof sim->happened / sizeof *from; i++) {
        to[i] += from[i];
    }
}

/* A rule that must not be broken ends the program: which world it was is said all the same. */
static char present_world[100];

static void on_abort(int signal_number)
{
    (void)signal_number;
    (void)!write(STDERR_FILENO, present_world, strlen(present_world));
}

static void run_world(const struct arguments *arguments, uint64_t seed, int64_t orders,
                      struct total *total)
{
    struct sim *sim = sim_new(seed);

    (void)snprintf(present_world, sizeof present_world,
                   "it was: sim --world=%" PRIu64 " --orders=%" PRId64 "\n", seed, orders);
    sim_live(sim, orders);
    judge_world(sim);
    sim->findings += coverage_contradictions(seed);
    if (arguments->history != NULL) {
        history_print(sim, arguments->history);
    }
    total->digest = (total->digest ^ history_digest(sim)) * 0x9e3779b97f4a7c15u;
    total->worlds++;
    total->orders += orders;
    total->failed_worlds += sim->findings > 0;
    add_happened(total, sim);
    if (sim->findings > 0) {
        printf("repeat it: sim --world=%" PRIu64 " --orders=%" PRId64 "  (%" PRId64 " findings)\n",
               seed, orders, sim->findings);
        (void)fflush(stdout);
    }
    sim_free(sim);
}

/* In a world whose places burn down before anybody has paid there is nothing to plant in: then the next one is taken. */
static int judge_judges(uint64_t seed, int64_t orders)
{
    struct sim *sim = NULL;
    bool fit = false;

    for (uint64_t i = 0; !fit && i < WORLDS_TO_PLANT_MAX; i++) {
        sim = sim_new(seed + i);
        sim_live(sim, orders);
        fit = plants_fit(sim);
        if (!fit) {
            printf("nothing can be planted in world %" PRIu64 "\n", seed + i);
            sim_free(sim);
        }
    }
    if (!fit) {
        return EXIT_FAILURE;
    }
    bool found = plants_are_found(sim);
    sim_free(sim);
    return found ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void report(const struct arguments *arguments, const struct total *total, double seconds)
{
    const struct happened *happened = &total->happened;

    printf("seed %" PRIu64 ": %" PRId64 " orders in %" PRId64 " worlds, %.1f s, %.0f us an order\n",
           arguments->seed, total->orders, total->worlds, seconds,
           seconds * 1e6 / (double)total->orders);
    printf("%" PRId64 " crashes, %" PRId64 " pauses, %" PRId64 " answers to commits lost, %" PRId64
           " producers lost, %" PRId64 " broker restarts, %" PRId64 " tails lost\n",
           happened->crashes, happened->pauses, happened->lost_answers, happened->producers_lost,
           happened->restarts, happened->cuts);
    printf("%" PRId64 " calls outside, %" PRId64 " of them went wrong; %" PRId64
           " requests, %" PRId64 " facts, %" PRId64 " steps\n",
           happened->calls, happened->calls_gone_wrong, happened->requests, happened->facts,
           happened->steps);
    coverage_print(arguments->coverage);
    printf("digest %016" PRIx64 "\n", total->digest);
    printf("%s\n", total->failed_worlds == 0 ? "everything holds" : "NOT everything holds");
}

static double cpu_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(const struct arguments *arguments, struct total *total)
{
    struct chance seeds = { arguments->seed };

    while (total->orders < arguments->orders && total->failed_worlds < arguments->failures_max) {
        int64_t left = arguments->orders - total->orders;
        uint64_t seed = chance_next(&seeds) >> 16;

        run_world(arguments, seed, left < ORDERS_A_WORLD ? left : ORDERS_A_WORLD, total);
    }
}

int main(int argc, char **argv)
{
    struct arguments arguments = { .seed = draw_seed(),
                                   .orders = ORDERS_A_WORLD,
                                   .failures_max = FAILURES_MAX };
    struct total total = { 0 };
    double began = cpu_seconds();

    for (int i = 1; i < argc; i++) {
        if (!read_argument(&arguments, argv[i])) {
            (void)fprintf(stderr, "usage: sim [--seed=N | --world=N] [--orders=N] "
                                  "[--history=ord_...] [--coverage] [--mutant=NAME] [--plants]\n");
            return EXIT_FAILURE;
        }
    }
    log_init("sim", "sim", LOG_LEVEL_ERROR);
    (void)signal(SIGABRT, on_abort);
    services_open();
    if (arguments.plants) {
        return judge_judges(arguments.seed, arguments.orders);
    }
    if (arguments.one_world) {
        run_world(&arguments, arguments.seed, arguments.orders, &total);
    } else {
        run(&arguments, &total);
    }
    report(&arguments, &total, cpu_seconds() - began);
    return total.failed_worlds == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
