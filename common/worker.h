/* worker.h - the lane worker: takes lanes, runs batches, publishes what was committed.
 *
 * One worker is one thread with one store, one broker and one outside, each behind its narrow
 * interface, so the same worker runs against real servers and in the simulation.  worker_step()
 * does everything; whoever owns the thread calls it again and again.  This header is for the
 * runtime's own files (worker*.c, service_main.c) and its tests.
 */
#ifndef KERVAN_COMMON_WORKER_H
#define KERVAN_COMMON_WORKER_H

#include "common/outside.h"
#include "common/runtime_tables.h"
#include "common/stream_age.h"

#include <stdbool.h>
#include <stdint.h>

enum { WORKER_BATCH_MAX = 512, WORKER_TOPICS_MAX = 32 };

/* How far one topic of a held lane was handled. */
struct lane_position {
    struct read_position_row row;
    bool stored;          /* the row is in the database */
    bool numbered_before; /* a first number was seen */
    bool changed;         /* in a batch's copy: to be written */
    int64_t asked_at;     /* monotonic ms of the last request to send again */
    /* The log goes on behind this offset, and brings nothing: since when (monotonic ms; 0: no). */
    int64_t behind_offset, behind_since;
    bool silent; /* for so long that it must be lost: to be asked for */
};

/* A numbered stream that a held lane publishes. */
struct lane_stream {
    struct stream_row row;
    bool stored;
    int64_t handed_generation, handed_number; /* last given to this producer */
    int64_t acked_generation, acked_number;   /* unbroken prefix known to the broker */
    bool cursor_back;                         /* the cursor was moved back and must be stored so */
};

struct span;
struct flight; /* an effect that is decided and not ended; worker_effects.c */

struct held_lane {
    int64_t lane;
    bool loaded;       /* its state was read from the store */
    bool active;       /* and its partitions are assigned */
    bool leaves;       /* it is more than the fair share, and begins no calls */
    int64_t fenced_at; /* monotonic ms of the last batch that renewed it */
    struct lane_position positions[WORKER_TOPICS_MAX];
    struct lane_stream streams[WORKER_TOPICS_MAX];
    struct stream_age ages[WORKER_TOPICS_MAX]; /* of what waits in each stream */
    int64_t effect_id;                         /* last given */
    struct flight *flights, **flights_end;
    bool inputs_waiting; /* rows may be there */
    int64_t timer_due;   /* business ms of the earliest known timer, INT64_MAX when none */
    bool timer_recheck;  /* timer_due is only when to look again */
    int64_t
        timers_clear_to; /* timers due until then may fire: everything published before was handled */
    struct parked_set *parked; /* subjects that have something parked */
    bool redrive_waiting;
    bool requests_waiting; /* operators' requests may be there */
};

enum item_kind { ITEM_RECORD, ITEM_INPUT, ITEM_TIMER, ITEM_RESULT, ITEM_REDRIVE, ITEM_REQUEST };
enum item_verdict {
    ITEM_SKIP, /* seen before, foreign, or of no interest: only the position moves */
    ITEM_DECIDE,
    ITEM_PARK,    /* cannot be handled: `reason` */
    ITEM_BEHIND,  /* something of the same subject is parked */
    ITEM_FORWARD, /* came to the wrong lane: becomes an input of the right one */
};

/* One thing that a batch deals with. */
struct item {
    enum item_kind kind;
    enum item_verdict verdict;
    const char *reason; /* why it is parked */
    const char *state;  /* of the parked row: "failed", "newer" or "behind" */
    struct held_lane *lane;
    struct record *record; /* ITEM_RECORD */
    size_t topic;          /* of the record */
    int64_t generation, number;
    bool gap, duplicate;
    const struct input_row *input;   /* ITEM_INPUT */
    const struct timer_row *timer;   /* ITEM_TIMER */
    const struct parked_row *parked; /* ITEM_REDRIVE; ITEM_REQUEST: to be given up, or NULL */
    /* ITEM_REQUEST; ITEM_REDRIVE: NULL unless an operator asked for it */
    const struct operator_request_row *request;
    struct flight *flight; /* ITEM_RESULT; ITEM_REQUEST: of the parked effect, or NULL */
    const char *trace;     /* what follows from it belongs to: a traceparent, or NULL */
    struct span *span;     /* NULL: nobody wants one */
    struct subject subject;
    const struct message_handler *message_handler;
    const struct timer_handler *timer_handler;
    const struct effect_handler *effect_handler;
    struct incoming_message message;
    struct incoming_timer timer_in;
    struct incoming_result result;
};

struct worker_options {
    const struct service *service;
    struct store *store;
    struct broker *broker;
    struct outside *outside; /* NULL when the service has no effects */
    const struct outside_access
        *access; /* of each target, for its patience; NULL: none is given up */
    const char *instance;
    int64_t lane_count, lease_ms;
    int64_t (*monotonic_ms)(
        void *clock); /* for waits, backoff and lease renewal; never for business */
    void *clock;
    uint64_t seed; /* of the jitter */
};

struct worker;

/* Nothing is taken yet.  Borrows everything in the options. */
enum err worker_new(struct ctx *ctx, const struct worker_options *options,
                    struct worker **ret) MUST_USE;
/* One step: renews, takes, gathers, decides, commits, publishes.  Waits at most wait_ms when there is nothing to do.
 * ERR_FATAL ends the process; every other trouble is dealt with inside. */
enum err worker_step(struct worker *worker, int64_t wait_ms) MUST_USE;
/* Reads nothing more and begins no call.  Saves the answers to calls under way, waits for acknowledgments (both within
 * drain_ms), saves cursors, gives the lanes back. */
void worker_drain(struct worker *worker, int64_t drain_ms);
void worker_free(struct worker *worker);

/* For readiness and metrics; may be called by other threads. */
struct worker_status {
    int64_t lanes_held, lanes_active, instances_live;
    int64_t batches, messages, duplicates, gaps, parked, effects_under_way;
    int64_t late_ms;      /* how long what waits in the log will take, as of the last half second */
    int64_t last_step_at; /* monotonic ms */
    int64_t paused_until; /* monotonic ms: it waits after trouble, and looks at nothing before */
    bool holds_lane_0;    /* what one process of a service does is its */
};
struct worker_status worker_status(const struct worker *worker);
/* How many steps found nothing to do in a row: 0 while busy.  The simulation's sign of rest. */
int64_t worker_idle_steps(const struct worker *worker);
/* Monotonic ms from when on it has something to do though nothing arrives, renewing its leases aside; INT64_MAX: never.
 * For the simulation, whose clock jumps to the next event. */
int64_t worker_due_at(const struct worker *worker);

#endif
