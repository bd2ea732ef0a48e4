/* worker_parts.h - what the files of the lane worker share.  Nobody else includes it.
 *
 *   worker.c          life, one step, what follows from an error
 *   worker_lanes.c    taking, activating and dropping lanes
 *   worker_gather.c   what has arrived becomes items
 *   worker_ends.c     what the ends of the log say: timers may fire, or something is lost
 *   worker_batch.c    items become one transaction
 *   worker_write.c    a decision becomes rows
 *   worker_streams.c  committed messages reach the broker, and stay there
 *   worker_effects.c  calls to the outside: one at a time a subject, until their end is known
 *   worker_parked.c   what could not be handled, and its second chance
 *   worker_requests.c what operators asked for, done in the lane's own transaction
 *   worker_metrics.c  what it shows of itself
 *   worker_trace.c    its spans of a trace
 */
#ifndef KERVAN_COMMON_WORKER_PARTS_H
#define KERVAN_COMMON_WORKER_PARTS_H

#include "common/arena.h"
#include "common/envelope.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/mutant.h"
#include "common/text.h"
#include "common/tracing.h"
#include "common/worker.h"
#include "proto/registry.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES_MAX = 1 << 30, /* a batch of the largest records; in practice a few MB */
    SCAN_ROWS_MAX = 128,
    RESEND_PAUSE_MS = 1000,
    CURSOR_PAUSE_MS = 1000,
    INPUTS_PAUSE_MS = 250, /* other instances write inputs for our lanes without a word */
    PAUSE_MS_FIRST = 50,
    PAUSE_MS_MAX = 2000,
    REPUBLISH_ROWS = 256,
    STREAM_UNACKED_MAX = 4096 /* handed over and not acknowledged; beyond, rows wait in the table */
};

struct effect_metrics {
    struct metric *seconds, *open, *age;
};
struct worker_metrics {
    struct metric *batch_messages, *batch_seconds, *duplicates, *gaps, *parked, *commits,
        *rollbacks, *lanes, *late, *outbox_pending, *outbox_age, *records, *resends, *repeats;
    struct metric *delay[WORKER_TOPICS_MAX];
    struct metric **lag;            /* topic * LANES_MAX + lane */
    struct metric **handle;         /* by message handler */
    struct effect_metrics *effects; /* by effect handler */
};

struct worker {
    struct worker_options options;
    const struct service *service;
    struct store *store;
    struct broker *broker;
    struct outside *outside;
    struct ctx ctx; /* its arena is that of the step */
    struct lane_hold holds[LANES_MAX];
    struct held_lane *lanes[LANES_MAX]; /* lanes[i] belongs to holds[i] */
    size_t hold_count;
    bool started; /* the first heartbeat was answered */
    bool fatal;
    int64_t generation_wanted; /* above the present one: what the ends of the log ask for */
    int64_t generation;        /* of streams, as of the last taking */
    int64_t now,
        now_at; /* business time of the last batch, and the monotonic ms when it was told */
    int64_t heartbeat_at, inputs_at;
    int64_t gathered_at;    /* when what had arrived was read */
    int64_t free_at;        /* no batch begins before, so that more ride along (monotonic ms) */
    int64_t shown_at;       /* when gauges were looked at */
    int64_t shown_messages; /* how many had been read then */
    int64_t pause_until, pause_ms;
    struct flight
        *kept, /* begun when their lanes were dropped, in the order of their lanes' effects */
        **kept_end;
    bool ends_asked;        /* an answer of broker ends is under way */
    int64_t looked_at;      /* monotonic ms of the last answer */
    bool much_arrived;      /* the last poll was full: more waits */
    int64_t outside_ids;    /* last id given to a call */
    uint64_t random;        /* of the jitter */
    struct record *records; /* WORKER_BATCH_MAX of them */
    struct item *items;
    size_t item_count;
    bool rest;       /* nothing arrived in this step */
    bool gap_closes; /* this step gives up a gap: records are read when it is done */
    atomic_llong idle_steps, lanes_held, lanes_active, instances_live, batches, messages,
        duplicates, gaps, parked, effects_under_way, late_ms, last_step_at, holds_lane_0;
    struct worker_metrics metrics;
};

/* What a batch writes, and what follows after its commit. */
struct reply_row {
    struct reply_row *next;
    int64_t partition;
    const char *request_id;
    const struct message_info *info;
    const char *body;
    size_t body_length;
    const char *trace;
};
struct batch {
    struct rows *rows;
    int64_t now;
    struct held_lane_next *next; /* by index of the hold; of the fenced lanes only */
    struct lane_hold *fenced;    /* their holds, raised by the commit */
    size_t *fenced_lanes;        /* indices of these holds */
    size_t fenced_count;
    struct outbox_row **published; /* in order */
    size_t published_count, published_capacity;
    struct reply_row *replies, **replies_end;
    struct unnumbered_row *unnumbered, **unnumbered_end;
    struct flight_row *flights, **flights_end;
    uint64_t input_lanes; /* bit set of lanes that got an input */
};

/* What a batch would make of a lane; copied back when it is committed. */
struct held_lane_next {
    struct lane_position *positions; /* by index of the consumed topic */
    struct lane_stream *streams;     /* by index of the published topic */
    int64_t effect_id;
    int64_t timer_due;
};
struct unnumbered_row {
    struct unnumbered_row *next;
    size_t topic;
    int64_t lane;
    const char *key, *type, *body, *trace;
    size_t body_length;
};
struct flight_row {
    struct flight_row *next;
    struct held_lane *lane;
    const struct effect_row *row;
};

/* An effect that is decided and not ended.  Lives on the heap until its end is committed or its lane is dropped. */
enum flight_state { FLIGHT_WAITS, FLIGHT_FLIES, FLIGHT_LANDED, FLIGHT_STALLED };
struct flight {
    struct flight *next;
    enum flight_state state;
    struct effect_row row; /* its texts and bytes are owned by `memory` */
    struct arena *memory;
    const struct effect_handler *handler;
    size_t target;      /* of the last call */
    bool behind;        /* an earlier effect of the same subject has not ended */
    bool ask;           /* the next call is the question */
    int64_t not_before; /* monotonic ms */
    int64_t attempts;
    int64_t began_at; /* monotonic ms of this owner's first call */
    int64_t call_id;
    struct http_end *end; /* FLIGHT_LANDED: what was answered */
    bool end_was_asked;
    struct span *span; /* of the last call; NULL: none was recorded */
    int64_t kept_lane,
        kept_at; /* while its lane is not held: which one, and since when (monotonic ms) */
};

static inline int64_t monotonic_ms(const struct worker *worker)
{
    return worker->options.monotonic_ms(worker->options.clock);
}
/* Business time, as far as it can be known without asking: the last batch's plus what has passed since. */
static inline int64_t business_ms(const struct worker *worker)
{
    return worker->now + (monotonic_ms(worker) - worker->now_at);
}
static inline size_t lane_index(const struct worker *worker, const struct held_lane *lane)
{
    for (size_t i = 0; i < worker->hold_count; i++) {
        if (worker->lanes[i] == lane) {
            return i;
        }
    }
    return LANES_MAX;
}

/* (generation, number) compared: an older generation is smaller. */
static inline int compare_numbers(int64_t left_generation, int64_t left, int64_t right_generation,
                                  int64_t right)
{
    if (left_generation != right_generation) {
        return left_generation < right_generation ? -1 : 1;
    }
    return (left > right) - (left < right);
}
/* Whether a number is missing: a later one was met.  It is asked for each second, and timers wait. */
static inline bool has_gap(const struct lane_position *position)
{
    return compare_numbers(position->row.seen_generation, position->row.seen_number,
                           position->row.generation, position->row.number) > 0;
}

/* worker.c: what the service's tables say */
/* Index of a published topic; published_count when there is none of this name. */
size_t worker_published(const struct worker *worker, const char *topic);
/* NULL when the service has no such kind. */
const struct effect_handler *worker_effect_handler(const struct worker *worker, const char *kind);
/* Index into the registry, which is sorted by type; 0 when the type is unknown. */
uint32_t worker_message_type(const struct worker *worker, const char *type);
struct held_lane *worker_lane(const struct worker *worker, int64_t lane); /* NULL when not held */
int64_t worker_jitter_ms(struct worker *worker,
                         int64_t pause_ms); /* between half of it and all of it */

/* worker_lanes.c */
enum err worker_keep_lanes(struct worker *worker) MUST_USE;
void worker_drop_lanes(struct worker *worker);
void worker_drop_lane(struct worker *worker, size_t index);
/* A scan of up to two arguments, at most SCAN_ROWS_MAX rows. */
enum err worker_scan(struct worker *worker, const struct scan *scan, struct key first,
                     struct key second, struct scan_answer *ret) MUST_USE;
/* Reads when the lane's next timer is due. */
enum err worker_lane_first_timer(struct worker *worker, struct held_lane *lane) MUST_USE;

/* worker_gather.c */
enum err worker_gather(struct worker *worker, int64_t wait_ms) MUST_USE;
struct item *worker_item_add(struct worker *worker, enum item_kind kind, struct held_lane *lane);
/* Finds the handler, decodes and checks; sets the verdict.  `headers` are those of the record or row. */
void worker_item_message(struct worker *worker, struct item *item, const struct envelope *envelope,
                         const char *key, struct bytes body);
/* The item waits behind an earlier one of its subject. */
void worker_item_behind(struct item *item);
void worker_item_timer(struct worker *worker, struct item *item, const struct timer_row *timer);

/* worker_ends.c */
/* Asks for the ends of the log when a timer waits for them, and every few seconds. */
void worker_ends_look(struct worker *worker);

/* worker_parked.c and worker_requests.c use these of worker_write.c */
struct held_lane_next *worker_next_of(const struct worker *worker, struct batch *batch,
                                      const struct item *item);
void worker_remove_stored(struct batch *batch, const struct table *table, const void *row);

/* worker_batch.c */
/* Whether a lane must be renewed, or what was acknowledged must be stored, though nothing has arrived. */
bool worker_batch_due(const struct worker *worker);
enum err worker_batch_run(struct worker *worker, struct item *items, size_t count) MUST_USE;
/* How long after a batch of `count` items, which took so long and began so long after the worker was free, the next one
 * may not begin.  A batch costs its process, the database and the broker nearly the same with one item as with fifty; where one
 * follows the other, three times of what it took is waited, 50 ms at most, and what comes meanwhile rides along.  Who finds the
 * worker idle waits for nothing. */
int64_t worker_pause_after(size_t count, int64_t idle_ms, int64_t took_ms);

/* worker_write.c */
enum err worker_write_decision(struct worker *worker, struct batch *batch, const struct item *item,
                               const struct decision *decision) MUST_USE;
void worker_write_position(struct worker *worker, struct batch *batch, const struct item *item);
void worker_write_parked(struct worker *worker, struct batch *batch, const struct item *item);
void worker_write_forward(struct worker *worker, struct batch *batch, const struct item *item);
void worker_write_done(struct worker *worker, struct batch *batch, const struct item *item);
void worker_write_lanes(struct worker *worker, struct batch *batch);

/* worker_streams.c */
void worker_streams_take_acknowledgments(struct worker *worker);
void worker_streams_hand_over(struct worker *worker, const struct batch *batch);
enum err worker_streams_republish(struct worker *worker) MUST_USE;
/* Of all lanes that are not active yet. */
enum err worker_streams_compare_tails(struct worker *worker) MUST_USE;
enum err worker_streams_send_again(struct worker *worker, struct held_lane *lane,
                                   const struct record *request) MUST_USE;
void worker_streams_from_cursor(struct worker *worker);
void worker_streams_ask_for_gaps(struct worker *worker);
bool worker_streams_cursor_moved(const struct worker *worker);
/* Messages not acknowledged, and since when the oldest waits (business ms); the latter stays when there is none. */
void worker_streams_waiting(const struct worker *worker, int64_t *ret_count, int64_t *ret_oldest);

/* worker_effects.c */
struct bytes worker_effects_pack(struct arena *arena, const struct outside_request *request);
void worker_effects_add(struct worker *worker, struct held_lane *lane, const struct effect_row *row,
                        bool taken_over);
void worker_effects_start(struct worker *worker);
void worker_effects_land(struct worker *worker);
void worker_effects_ended(struct worker *worker, struct held_lane *lane, struct flight *flight);
void worker_effects_stall(struct worker *worker, struct flight *flight);
void worker_effects_release_subject(struct worker *worker, struct held_lane *lane,
                                    const char *subject_id);
/* The lane is dropped: what was never sent is forgotten, what was is kept for a while, should the lane be taken again. */
void worker_effects_forget(struct worker *worker, struct held_lane *lane);
/* All effects of the lane were added: what is still kept of it has ended elsewhere. */
void worker_effects_loaded(struct worker *worker, const struct held_lane *lane);
void worker_effects_free(struct worker *worker);
/* Whether an answer to a call of this lane is still to come, or to be saved. */
bool worker_effects_are_open(const struct held_lane *lane);
/* Saves the answers to calls under way, until there are no more or it is `end` (monotonic ms); begins no other call. */
enum err worker_effects_await(struct worker *worker, int64_t end) MUST_USE;
int64_t worker_effects_wait_ms(const struct worker *worker, int64_t wait_ms);
/* Open effects of a kind, and since when the oldest is due (business ms); the latter stays when there is none. */
void worker_effects_open(const struct worker *worker, const struct effect_handler *handler,
                         int64_t *ret_count, int64_t *ret_oldest);

/* worker_parked.c */
struct parked_set *parked_set_new(void);
void parked_set_free(struct parked_set *set);
void parked_set_add(struct parked_set *set, const char *subject_id, int64_t count);
bool parked_set_has(const struct parked_set *set, const char *subject_id);
bool parked_set_is_redriven(const struct parked_set *set, const char *subject_id);
enum err worker_parked_load(struct worker *worker, struct held_lane *lane) MUST_USE;
/* Rows of redriven subjects become items, those that `request` (NULL: none) asks for among them: *ret_asked of these. */
enum err worker_parked_gather(struct worker *worker, struct held_lane *lane,
                              const struct operator_request_row *request,
                              size_t *ret_asked) MUST_USE;
/* After a batch: an item was parked. */
void worker_parked_note(const struct item *item);
/* After a batch: what a redriven item's end means for its subject. */
void worker_parked_settle(struct worker *worker, const struct item *item);
/* After a batch: a parked row is gone. */
void worker_parked_gone(struct worker *worker, struct held_lane *lane, const char *subject_id);
void worker_parked_redrive(struct held_lane *lane, const char *subject_id);

/* worker_requests.c */
/* The lane's first open request, and what is driven again without one. */
enum err worker_requests_gather(struct worker *worker, struct held_lane *lane) MUST_USE;
/* What the request changes, and that it is over. */
void worker_requests_write(struct worker *worker, struct batch *batch, const struct item *item);
/* That the request of a redriven item is over, since it is impossible again. */
void worker_requests_refuse(struct batch *batch, const struct item *item);
/* After the commit. */
void worker_requests_settle(struct worker *worker, const struct item *item);

/* worker_trace.c */
/* The item is going to be handled: sets what it passes on as `trace`, and begins its span. */
void worker_trace_item(struct worker *worker, struct item *item, const char *parent);
/* Its batch is committed. */
void worker_trace_item_end(struct worker *worker, struct item *item);
/* A call begins: what it carries outside, or NULL. */
const char *worker_trace_call(struct worker *worker, struct flight *flight);
void worker_trace_call_end(struct worker *worker, struct flight *flight,
                           const struct http_end *end);
/* Whose child the handling of its outcome is. */
const char *worker_trace_of_call(struct worker *worker, const struct flight *flight);

/* worker_metrics.c */
bool worker_metrics_register(struct worker *worker);
void worker_metrics_free(struct worker *worker);
/* A committed item; `now` is its batch's. */
void worker_metrics_handled(struct worker *worker, const struct item *item, int64_t now);
void worker_metrics_effect_ended(struct worker *worker, const struct flight *flight);
void worker_metrics_lane_dropped(struct worker *worker, int64_t lane);
/* Gauges, at most twice a second; asks nobody. */
void worker_metrics_show(struct worker *worker);

#endif
