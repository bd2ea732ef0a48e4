/* sim.h - a world: all services with rules, several processes each, on databases, a log and an outside in memory, under a seed.
 *
 * One thread, one clock.  Nothing in it is left to chance but what is drawn from the seed, so the same seed and
 * options make the same history, byte by byte.
 */
#ifndef KERVAN_TESTS_SIM_SIM_H
#define KERVAN_TESTS_SIM_SIM_H

#include "common/broker_memory.h"
#include "common/id.h"
#include "common/worker.h"
#include "tests/sim/agenda.h"
#include "tests/sim/chance.h"
#include "tests/sim/names.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
/* How long a transfer is waited for. */
#define FORTNIGHT_MS (14 * DAY_MS)

enum {
    SIM_LANES = 4,
    SIM_LEASE_MS = 3000,
    SIM_INSTANCES_MAX = 3,
    SIM_TARGETS_MAX = 1, /* a service calls one system outside at most */
    SIM_ITEMS = 12,
    SIM_BUNDLES = 3,
    SIM_PREORDER_ITEM = 4, /* in some worlds */
    SIM_LATE_ITEM = 10,    /* that nothing comes of, where stock is late; it may be waited for */
    SIM_PLACES = 3,
    SIM_CHANNELS = 5,
    SIM_LINES_MAX = 3
};

enum service_index {
    SIM_ORDER,
    SIM_INVENTORY,
    SIM_PAYMENT,
    SIM_FULFILLMENT,
    SIM_SHIPPING,
    SIM_NOTIFICATION,
    SIM_SERVICES
};

struct process {
    enum service_index service;
    char instance[32];
    struct store *store;
    struct broker *broker;
    struct outside *outside;
    struct worker *worker;
    bool dead;
    int64_t asleep_until; /* dead or standing still; 0: neither */
    int64_t rests_until;  /* had nothing to do, and will not before, unless something arrives */
    int rested;           /* steps without anything to do */
    int looks;            /* in a row, at what is due and does not come */
};

/* How badly a world is treated; all in 100,000 of what happens. */
struct faults {
    struct memory_faults log;
    int64_t crash, pause, lost_answer, lost_producer, restart, cut; /* of a process's steps */
    int64_t not_sent, lost, lost_after_acting, busy, slow;          /* of calls to the outside */
    int64_t repeated_request;                                       /* of what callers send */
    int64_t webhook_lost, webhook_twice, webhook_late;
};

/* How the people and the companies of a world are; all in 100,000. */
struct temper {
    bool worst;       /* bad in most of what follows */
    int64_t meddling; /* orders that somebody asks anything of, at any time */
    int64_t
        cashiers; /* orders whose money somebody takes, gives back or lets go by hand, at any time */
    int64_t mute;       /* whether for hours nobody hears what a service does */
    int64_t life_ms;    /* how long it goes wrong */
    int64_t outages;    /* whether a service or a system outside is away for hours */
    int64_t stinginess; /* requests that the provider and the carrier refuse */
    int64_t lapses;     /* authorizations that end by themselves, refunds that come back */
    int64_t losses;     /* counts of stock that find less than the books have */
    bool silent;        /* the carrier does not say what became of some parcels */
    bool late_stock;    /* what is waited for comes after weeks */
    bool scarce;        /* most orders wait for a part, that comes piece by piece */
    bool growth;        /* a place opens while people order, and not everybody hears of it */
    bool siege;         /* services go away just when something waits for them */
    bool ambush;        /* people ask for a change just when something else is about to happen */
};

/* The next moment at which a service goes away; siege.c. */
struct siege {
    int64_t left;           /* how many follow */
    int64_t rare_left;      /* of moments that hardly ever come, beside the others */
    int64_t begins_at;      /* not before */
    int64_t rare_begins_at; /* the like, of the rare ones */
};

/* What happened, for the report. */
struct happened {
    int64_t crashes, pauses, lost_answers, producers_lost, restarts, cuts;
    int64_t steps, calls, calls_gone_wrong, requests, facts;
};

/* When people lie in wait; ambush.c. */
enum occasion {
    STOCK_IS_LATE_SOON,
    STOCK_IS_AWAITED,
    PAYMENT_IS_RENEWED,
    WORK_IS_DONE,
    PARCEL_WAITS,
    LABEL_IS_BOUGHT,
    TASK_IS_OPEN,
    MONEY_GOES_BACK,
    TRANSFER_IS_ASKED,
    LAST_PARCEL_IS_OUT,
    ONE_PLACE_IS_PACKED,
    OCCASIONS
};

struct order_plan; /* what its shopper and others will do to an order; shoppers.c */

struct sim {
    uint64_t seed;
    struct chance chance;
    int64_t now, began_at;
    struct arena *kept; /* as long as the world */
    struct ctx ctx;     /* of the step of whoever acts outside */
    struct faults faults;
    struct temper temper;
    struct siege siege;
    int64_t ambushes_left[OCCASIONS];
    int64_t away_until[SIM_SERVICES]; /* the system outside that the service calls */
    bool healed;                      /* no more faults; people do their work */
    bool
        restless; /* it was given up: it works ten times as much as any world needs, and does not stop */
    struct memory_log *log;
    struct memory_database *databases[SIM_SERVICES];
    struct process processes[SIM_SERVICES * SIM_INSTANCES_MAX];
    size_t process_count;
    struct agenda agenda;
    struct broker *gateway; /* writes requests, as gateways and storefronts do */
    int64_t requests_sent, serials_made;
    /* An item is a pre-order until then, since 1970-01-01; 0: none is.  And until when it was first said to be. */
    int64_t preorder_day, preorder_first;
    int64_t ended_picked; /* answers that said yes to a pick of what was not to be sold any more */
    struct provider *provider;
    struct carrier *carrier;
    struct mailbox *mailbox;
    struct watch *watch;
    struct order_plan **orders; /* all that were submitted */
    size_t order_count, order_capacity;
    struct names orders_by_id;
    struct happened happened;
    struct happened before_rest; /* what had happened when it was healed */
    struct order_id_text
        overlapping; /* an order with two calls of one process under way at once; "": none */
    bool
        requests_lost; /* the broker lost what callers had written: only what was answered must be there */
    /* Of the judgment. */
    bool quiet;
    size_t judging;  /* index of the rule */
    uint64_t broken; /* bit set of rules */
    int64_t findings;
};

struct sim *sim_new(uint64_t seed);
void sim_free(struct sim *sim);
/* So many orders come, under faults; then no more faults, and people work until everything is at rest. */
void sim_live(struct sim *sim, int64_t orders);
/* Plans `act` for `delay_ms` from now. */
void sim_plan(struct sim *sim, int64_t delay_ms, agenda_act *act, void *subject, int64_t number);
/* Everything that happens until `until`, or until nothing happens any more. */
void sim_run(struct sim *sim, int64_t until);

#endif
