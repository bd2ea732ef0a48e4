/* main.c - worlds of orders under seeds: makes them, heals them, judges them. */
#include "tests/sim/shop.h"

#include "common/log.h"
#include "tests/sim/columns.h"
#include "tests/sim/judge.h"
#include "tests/sim/mailbox.h"
#include "tests/sim/people.h"
#include "tests/sim/services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show_statuses(struct sim *sim)
{
    static struct view view;
    int64_t counts[20] = { 0 };
    size_t count = 0;

    view = view_of(SIM_ORDER, "orders", "step");
    void **rows = view_rows(sim, SIM_ORDER, &view, &count);
    for (size_t i = 0; i < count; i++) {
        counts[view_int(&view, rows[i], 0)]++;
    }
    for (int i = 0; i < 20; i++) {
        if (counts[i] > 0) {
            printf("step %d: %lld\n", i, (long long)counts[i]);
        }
    }
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    int64_t orders = argc > 2 ? strtoll(argv[2], NULL, 10) : 1;

    log_init("sim", "sim", LOG_LEVEL_ERROR);
    services_open();
    struct sim *sim = sim_new(seed);
    shop_open(sim);
    shop_order(sim, orders);
    office_begin(sim);
    sim_run(sim, sim->now + 2 * DAY_MS);
    sim_heal(sim);
    office_restock(sim);
    for (int visits = 0; visits < 200; visits++) {
        sim_run(sim, sim->now + 6 * HOUR_MS);
        if (office_visit(sim) == 0 && visits > 10) break;
    }
    sim_run(sim, INT64_MAX);
    show_statuses(sim);
    judge_world(sim);
    printf("%lld steps, %lld calls, %lld facts, %lld mails, %lld days\n",
           (long long)sim->happened.steps, (long long)sim->happened.calls,
           (long long)sim->happened.facts, (long long)sim->mailbox->mail_count,
           (long long)((sim->now - sim->began_at) / DAY_MS));
    sim_free(sim);
    return 0;
}
