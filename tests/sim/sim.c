/* sim.c - one clock, and everything that happens by it. */
#include "tests/sim/sim.h"

#include "common/arena.h"
#include "tests/sim/ambush.h"
#include "tests/sim/carrier.h"
#include "tests/sim/gateway.h"
#include "tests/sim/judge.h"
#include "tests/sim/mailbox.h"
#include "tests/sim/people.h"
#include "tests/sim/process.h"
#include "tests/sim/provider.h"
#include "tests/sim/services.h"
#include "tests/sim/shop.h"
#include "tests/sim/siege.h"
#include "tests/sim/watch.h"

#include <stdlib.h>

enum {
    KEPT_BYTES_MAX = 1 << 30,
    STEP_BYTES_MAX = 1 << 26,
    GRAIN_MS = 20,
    GRAIN_HEALED_MS = 60000,
    ROUNDS_MAX = 100000,
    STEPS_MAX =
        400000, /* of a world that is to come to rest; TROUBLED_TIMES as many before, when all is taken anew for ever */
    FACTS_MAX = 150000, /* also those that are told again because nobody acknowledged them */
    TROUBLED_TIMES = 4
};

/* How often people come when there is work, and how long everybody waits when there is none. */
#define VISIT_MS (6 * HOUR_MS)
#define CALM_MS  (45 * DAY_MS)
/* How long it goes wrong (in few worlds until transfers, refunds and parcels are late), and how often somebody looks
 * meanwhile at what holds at any moment. */
#define LIFE_MS      (2 * DAY_MS)
#define LIFE_LONG_MS (18 * DAY_MS)
#define LOOK_MS      (4 * HOUR_MS)
enum { VISITS_MAX = 400 };

static const int64_t beginning = INT64_C(1700000000000);

static int64_t now_of(void *clock)
{
    return ((struct sim *)clock)->now;
}

static void set_clock(struct sim *sim, int64_t now)
{
    sim->now = now;
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        memory_database_set_time(sim->databases[i], now);
    }
    for (size_t i = 0; i < sim->process_count; i++) {
        process_renew(sim, &sim->processes[i]);
    }
}

static void open_all(struct sim *sim)
{
    sim->log = memory_log_new(&(struct memory_log_options){
        .seed = chance_next(&sim->chance), .now_ms = now_of, .clock = sim });
    services_topics(sim->log);
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        sim->databases[i] = memory_database_new(SIM_LANES);
        services_views(sim->databases[i], (enum service_index)i);
    }
    set_clock(sim, beginning);
    gateway_open(sim);
    sim->provider = provider_new(sim->kept);
    sim->carrier = carrier_new(sim->kept);
    sim->mailbox = mailbox_new(sim->kept);
    sim->watch = watch_new(sim);
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        int64_t instances = chance_of(&sim->chance, 60000)   ? 1
                            : chance_of(&sim->chance, 75000) ? 2
                                                             : 3;

        for (int64_t number = 1; number <= instances; number++) {
            process_add(sim, (enum service_index)i, (int)number);
        }
    }
}

struct sim *sim_new(uint64_t seed)
{
    struct sim *sim = calloc(1, sizeof *sim);

    if (sim == NULL) {
        abort();
    }
    sim->seed = seed;
    sim->chance.state = seed * 0x9e3779b97f4a7c15u + 1;
    sim->kept = arena_new(KEPT_BYTES_MAX);
    sim->ctx.arena = arena_new(STEP_BYTES_MAX);
    sim->began_at = beginning;
    open_all(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    for (size_t i = 0; i < sim->process_count; i++) {
        process_crash(&sim->processes[i]);
    }
    sim->gateway->operations->close(sim->gateway);
    memory_log_free(sim->log);
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        memory_database_free(sim->databases[i]);
    }
    provider_free(sim->provider);
    agenda_release(&sim->agenda);
    free(sim->orders);
    arena_free(sim->ctx.arena);
    arena_free(sim->kept);
    free(sim);
}

void sim_plan(struct sim *sim, int64_t delay_ms, agenda_act *act, void *subject, int64_t number)
{
    agenda_add(&sim->agenda,
               (struct plan){
                   .at = sim->now + delay_ms, .act = act, .subject = subject, .number = number });
}

static bool act(struct sim *sim)
{
    struct plan plan;
    bool any = false;

    while (agenda_take(&sim->agenda, sim->now, &plan)) {
        arena_reset(sim->ctx.arena);
        plan.act(sim, plan.subject, plan.number);
        any = true;
    }
    return any;
}

/* Everything that happens at this instant. */
static void run_instant(struct sim *sim)
{
    bool any = true;

    for (int round = 0; any && round < ROUNDS_MAX; round++) {
        size_t first = (size_t)chance_below(&sim->chance, (int64_t)sim->process_count);

        any = act(sim);
        for (size_t i = 0; i < sim->process_count; i++) {
            any |= process_work(sim, &sim->processes[(first + i) % sim->process_count]);
        }
        any |= watch_facts(sim);
    }
    if (any) {
        abort(); /* a world that never lets time pass is broken */
    }
}

static int64_t earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static int64_t next_at(const struct sim *sim)
{
    int64_t at = earlier(agenda_next_at(&sim->agenda), memory_log_next_at(sim->log));

    for (size_t i = 0; i < sim->process_count; i++) {
        at = earlier(at, process_due_at(sim, &sim->processes[i]));
    }
    return at;
}

static bool is_restless(const struct sim *sim)
{
    int64_t times = sim->healed ? 1 : TROUBLED_TIMES;

    return sim->happened.steps - sim->before_rest.steps > times * STEPS_MAX ||
           sim->happened.facts - sim->before_rest.facts > times * FACTS_MAX;
}

void sim_run(struct sim *sim, int64_t until)
{
    run_instant(sim);
    for (int64_t at = next_at(sim); at <= until && at != INT64_MAX && !sim->restless;
         at = next_at(sim)) {
        int64_t grain = sim->now + (sim->healed ? GRAIN_HEALED_MS : GRAIN_MS);

        set_clock(sim, at > grain ? at : earlier(grain, until));
        run_instant(sim);
        sim->restless = is_restless(sim);
    }
    if (until != INT64_MAX && until > sim->now) {
        set_clock(sim, until);
    }
}

/* The broker restarts once more: what it lost at the very end of a stream shows when it comes back. */
static void heal(struct sim *sim)
{
    sim->healed = true;
    sim->before_rest = sim->happened;
    memory_log_stop(sim->log);
    memory_log_start(sim->log);
    sim->faults = (struct faults){ 0 };
    memory_log_set_faults(sim->log, &sim->faults.log);
    for (size_t i = 0; i < sim->process_count; i++) {
        process_wake(sim, &sim->processes[i]);
    }
}

/* A world in five is calm; in the others each kind of trouble is rare, usual, or absent. */
static int64_t draw_trouble(struct sim *sim, int64_t usual)
{
    int64_t drawn = chance_below(&sim->chance, 4);

    return drawn == 0 ? 0 : drawn == 1 ? usual / 10 : usual;
}

static void begin_faults(struct sim *sim)
{
    struct faults *faults = &sim->faults;

    if (chance_of(&sim->chance, 20000)) {
        return;
    }
    *faults = (struct faults){
        .log = { .landing_ms_max = draw_trouble(sim, 40),
                 .acknowledging_ms_max = draw_trouble(sim, 40),
                 .torn_ms_max = draw_trouble(sim, 2000),
                 .duplicate_permille = (int)draw_trouble(sim, 20),
                 .hole_permille = (int)draw_trouble(sim, 3),
                 .short_poll_permille = (int)draw_trouble(sim, 200) },
        .crash = draw_trouble(sim, 150),
        .pause = draw_trouble(sim, 100),
        .lost_answer = draw_trouble(sim, 200),
        .lost_producer = draw_trouble(sim, 150),
        .restart = draw_trouble(sim, 60),
        .cut = draw_trouble(sim, 40000),
        .not_sent = draw_trouble(sim, 1000),
        .lost = draw_trouble(sim, 1000),
        .lost_after_acting = draw_trouble(sim, 2000),
        .busy = draw_trouble(sim, 2000),
        .slow = draw_trouble(sim, 2000),
        .repeated_request = draw_trouble(sim, 5000),
        .webhook_lost = draw_trouble(sim, 5000),
        .webhook_twice = draw_trouble(sim, 5000),
        .webhook_late = draw_trouble(sim, 5000),
    };
    memory_log_set_faults(sim->log, &faults->log);
}

/* In most worlds people are reasonable and companies dependable; in the worst ones hardly any are. */
static int64_t draw_temper(struct sim *sim, int64_t usual, int64_t bad)
{
    return chance_of(&sim->chance, sim->temper.worst ? 80000 : 20000) ? bad : usual;
}

static void service_is_away(struct sim *sim, void *subject, int64_t service)
{
    int64_t most_ms = 10 * HOUR_MS;
    int64_t until = sim->now + 10 * MINUTE_MS +
                    (chance_of(&sim->chance, 50000) ? chance_soon(&sim->chance, most_ms)
                                                    : chance_below(&sim->chance, most_ms));

    (void)subject;
    if (!sim->healed) {
        siege_take_away(sim, (enum service_index)service, until);
    }
}

static void outside_is_away(struct sim *sim, void *subject, int64_t service)
{
    (void)subject;
    sim->away_until[service] = sim->now + chance_soon(&sim->chance, 2 * HOUR_MS);
}

static void service_is_mute(struct sim *sim, void *subject, int64_t service)
{
    (void)subject;
    if (!sim->healed) {
        siege_silence(sim, (enum service_index)service,
                      sim->now + HOUR_MS + chance_below(&sim->chance, 12 * HOUR_MS));
    }
}

/* Early, when most is under way, or at any time. */
static void plan_trouble(struct sim *sim, int64_t likely, agenda_act *trouble, int64_t service)
{
    if (chance_of(&sim->chance, likely)) {
        sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), trouble, NULL, service);
    }
}

/* While the first payments are asked for. */
static void plan_first_minutes(struct sim *sim)
{
    if (chance_of(&sim->chance, sim->temper.mute)) {
        sim_plan(sim, chance_soon(&sim->chance, 10 * MINUTE_MS),
                 chance_of(&sim->chance, 60000) ? service_is_mute : service_is_away, NULL,
                 SIM_PAYMENT);
    }
}

/* When transfers are waited for no more, and stock is late, what was asked shortly before is still unanswered. */
static void last_minutes(struct sim *sim, void *subject, int64_t number)
{
    static const enum service_index services[] = { SIM_ORDER, SIM_ORDER, SIM_FULFILLMENT,
                                                   SIM_PAYMENT };

    (void)subject;
    (void)number;
    if (!sim->healed) {
        siege_rush(sim, services[chance_below(&sim->chance, 4)],
                   HOUR_MS + chance_below(&sim->chance, 4 * HOUR_MS));
    }
}

/* A long life: one thing after the other fails, also just when the first transfers are waited for no more. */
static void plan_weeks(struct sim *sim)
{
    for (int64_t day = 1; day < sim->temper.life_ms / DAY_MS; day++) {
        int64_t service =
            chance_of(&sim->chance, 30000) ? SIM_PAYMENT : chance_below(&sim->chance, SIM_SERVICES);

        sim_plan(sim, day * DAY_MS + chance_below(&sim->chance, DAY_MS),
                 chance_of(&sim->chance, 50000) ? service_is_mute : service_is_away, NULL, service);
    }
    if (chance_of(&sim->chance, 70000)) {
        sim_plan(sim, FORTNIGHT_MS - chance_below(&sim->chance, HOUR_MS), service_is_mute, NULL,
                 SIM_PAYMENT);
    }
}

static void money_is_squeezed(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    if (!sim->healed) {
        siege_squeeze(sim);
    }
}

static void draw_tempers(struct sim *sim)
{
    struct temper *temper = &sim->temper;

    bool lasts = chance_of(&sim->chance, 12000);

    temper->worst = chance_of(&sim->chance, 10000);
    *temper = (struct temper){ .worst = temper->worst,
                               .meddling = draw_temper(sim, 3000, 60000),
                               .cashiers = lasts ? 40000 : draw_temper(sim, 1500, 50000),
                               .mute = draw_temper(sim, 5000, 70000),
                               .life_ms = lasts ? LIFE_LONG_MS : LIFE_MS,
                               .outages = draw_temper(sim, 5000, 80000),
                               .stinginess = draw_temper(sim, 700, 7000),
                               .lapses = draw_temper(sim, 2000, 20000),
                               .losses = draw_temper(sim, 10000, 25000),
                               .silent = chance_of(&sim->chance, 30000),
                               .late_stock = chance_of(&sim->chance, lasts ? 50000 : 10000),
                               .scarce = chance_of(&sim->chance, 60000),
                               .growth = chance_of(&sim->chance, 40000),
                               .siege = chance_of(&sim->chance, 50000),
                               .ambush = chance_of(&sim->chance, lasts ? 60000 : 20000) };
    sim->siege.left = temper->siege ? chance_between(&sim->chance, 2, 30) : 0;
    sim->siege.rare_left = temper->siege ? 6 : 0;
    for (int64_t service = 0; service < SIM_SERVICES; service++) {
        plan_trouble(sim, temper->outages / 2, service_is_away, service);
        plan_trouble(sim, temper->outages / 2, outside_is_away, service);
        plan_trouble(sim, temper->mute / 2, service_is_mute, service);
    }
    plan_first_minutes(sim);
    if (temper->siege && chance_of(&sim->chance, 30000)) {
        sim_plan(sim, chance_between(&sim->chance, 1, 30) * MINUTE_MS, money_is_squeezed, NULL, 0);
    }
    if (lasts) {
        plan_weeks(sim);
        sim_plan(sim, FORTNIGHT_MS - chance_below(&sim->chance, 40 * MINUTE_MS), last_minutes, NULL,
                 0);
    }
}

/* People work while there is anything to do; then time passes, and they look again. */
static void come_to_rest(struct sim *sim)
{
    for (int visits = 0; visits < VISITS_MAX && !sim->restless; visits++) {
        sim_run(sim, sim->now + VISIT_MS);
        if (office_visit(sim) > 0) {
            continue;
        }
        sim_run(sim, sim->now + CALM_MS);
        if (office_visit(sim) == 0 && next_at(sim) == INT64_MAX) {
            return;
        }
    }
}

/* The first hour is the busiest: somebody looks at its halves, too. */
static void live_under_faults(struct sim *sim)
{
    int64_t until = sim->now + sim->temper.life_ms;

    for (int64_t pause_ms = 2 * MINUTE_MS; sim->now < until && sim->findings == 0;) {
        sim_run(sim, earlier(sim->now + pause_ms, until));
        judge_moment(sim);
        pause_ms = pause_ms < LOOK_MS ? 2 * pause_ms : LOOK_MS;
    }
}

void sim_live(struct sim *sim, int64_t orders)
{
    shop_open(sim);
    begin_faults(sim);
    draw_tempers(sim);
    shop_order(sim, orders);
    shop_grow(sim);
    office_begin(sim);
    ambush_begin(sim);
    live_under_faults(sim);
    heal(sim);
    office_restock(sim);
    lenders_relent(sim);
    come_to_rest(sim);
}
