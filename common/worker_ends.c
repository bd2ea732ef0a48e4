/* worker_ends.c - what the ends of the log say to who has read up to them, and to who has not.
 *
 * A lane that has read everything may let its timers fire.  A lane that stays behind an end though
 * nothing comes has lost what stood there: retention deleted it unread, and no later number shows
 * the gap.  It asks for its last number again; when that comes, what follows it is behind it.
 */
#include "common/worker_parts.h"

enum { LOOK_MS = 5000 };

/* Whether a lane has read everything: each of its positions is at or behind the end of its partition. */
static bool has_read_to(const struct worker *worker, const struct held_lane *lane,
                        const struct partition_end *ends, size_t count)
{
    size_t read = 0;

    for (size_t i = 0; i < count; i++) {
        const struct lane_position *position = &lane->positions[ends[i].topic];

        if (ends[i].lane == lane->lane && !has_gap(position) &&
            position->row.next_offset >= ends[i].end_offset) {
            read++;
        }
    }
    return lane->active && read == worker->service->consumed_count;
}

/* Silent is who stands where it stood when it was behind an end that was asked for a while ago. */
static void note_silence(struct worker *worker, const struct partition_end *end, int64_t asked_at)
{
    const struct held_lane *lane = worker_lane(worker, end->lane);

    if (lane == NULL || !lane->active || !worker->service->consumed[end->topic].numbered) {
        return;
    }
    struct lane_position *position = &worker_lane(worker, end->lane)->positions[end->topic];
    if (position->row.next_offset >= end->end_offset || worker->much_arrived) {
        position->behind_since = 0;
    } else if (position->behind_since == 0 ||
               position->behind_offset != position->row.next_offset) {
        position->behind_since = asked_at;
        position->behind_offset = position->row.next_offset;
    } else {
        position->silent = asked_at - position->behind_since >= LOOK_MS;
    }
}

/* The ends were asked for at `asked_at`: timers that were due by then may fire where all before them is read. */
static void note_ends(struct worker *worker, const struct partition_end *ends, size_t count,
                      int64_t asked_at)
{
    int64_t asked_business = worker->now + (asked_at - worker->now_at);

    for (size_t i = 0; i < worker->hold_count; i++) {
        if (has_read_to(worker, worker->lanes[i], ends, count)) {
            worker->lanes[i]->timers_clear_to = asked_business;
        }
    }
    for (size_t i = 0; i < count; i++) {
        note_silence(worker, &ends[i], asked_at);
    }
}

void worker_ends_look(struct worker *worker)
{
    size_t most = worker->service->consumed_count * (size_t)worker->options.lane_count;
    int64_t asked_at = 0;
    bool wanted = monotonic_ms(worker) - worker->looked_at >= LOOK_MS;

    for (size_t i = 0; i < worker->hold_count; i++) {
        const struct held_lane *lane = worker->lanes[i];

        wanted |= lane->active && lane->timer_due <= business_ms(worker) &&
                  lane->timer_due > lane->timers_clear_to;
    }
    if (!wanted && !worker->ends_asked) {
        return;
    }
    struct partition_end *ends = arena_alloc(worker->ctx.arena, most * sizeof *ends);
    size_t count = worker->broker->operations->ends(worker->broker, ends, most, &asked_at);
    worker->ends_asked = count == 0;
    if (count > 0) {
        worker->looked_at = monotonic_ms(worker);
        note_ends(worker, ends, count, asked_at);
    }
}
