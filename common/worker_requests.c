/* worker_requests.c - what operators asked of a lane: drive again, discard, give up a gap.
 *
 * A request is a row that the kervan command wrote.  It stays open until the transaction that does
 * it, so whoever owns the lane by then does it: nothing is lost with a process.  Those of a lane are
 * done in order, one after the other; a redrive takes as many batches as it needs.
 */
#include "common/worker_parts.h"

/* What a request comes to, once the batch is committed. */
struct ending {
    const char *outcome, *detail;
};

static const struct ending nothing_left = { "done", "nothing is parked for it any more" };
static const struct ending discarded = { "done", "discarded" };
static const struct ending gap_given_up = { "done",
                                            "given up; the log is read from its beginning" };
static const struct ending not_parked = { "refused", "no such message is parked" };
static const struct ending no_such_gap = {
    "refused", "no number is missing up to there, or what is behind it was never met"
};
static const struct ending unknown_topic = { "refused",
                                             "the service reads no such numbered topic" };
static const struct ending unknown_kind = { "refused", "this program does not know the request" };

static bool is_kind(const struct operator_request_row *request, const char *kind)
{
    return strcmp(request->kind, kind) == 0;
}

static struct item *add_ending(struct worker *worker, struct held_lane *lane,
                               const struct operator_request_row *request,
                               const struct ending *ending)
{
    struct item *item = worker_item_add(worker, ITEM_REQUEST, lane);

    item->verdict = ITEM_DECIDE; /* there is nothing to decide, only to write */
    item->request = request;
    item->state = ending->outcome;
    item->reason = ending->detail;
    return item;
}

static enum err gather_redrive(struct worker *worker, struct held_lane *lane,
                               const struct operator_request_row *request)
{
    size_t asked = 0;

    worker_parked_redrive(lane, request->subject_id);
    enum err err = worker_parked_gather(worker, lane, request, &asked);
    if (!err && asked == 0) {
        add_ending(worker, lane, request, &nothing_left);
    }
    return err;
}

/* The flight of a parked effect, which ends with it; NULL for any other row. */
static struct flight *flight_of(const struct held_lane *lane, const struct parked_row *row)
{
    struct flight *flight = strcmp(row->source, "effect") == 0 ? lane->flights : NULL;

    while (flight != NULL && flight->row.id != row->record_offset) {
        flight = flight->next;
    }
    return flight;
}

static enum err gather_discard(struct worker *worker, struct held_lane *lane,
                               const struct operator_request_row *request)
{
    struct scan_answer answer = { 0 };
    enum err err = worker_scan(worker, &parked_after, key_number(lane->lane),
                               key_number(request->parked_id - 1), &answer);
    const struct parked_row *row = answer.count > 0 ? answer.rows[0] : NULL;

    if (err) {
        return err;
    }
    if (row == NULL || row->id != request->parked_id) {
        add_ending(worker, lane, request, &not_parked);
        return OK;
    }
    struct item *item = add_ending(worker, lane, request, &discarded);
    item->parked = row;
    item->flight = flight_of(lane, row);
    item->subject = (struct subject){ .id = row->subject_id };
    return OK;
}

static enum err gather_skip_gap(struct worker *worker, struct held_lane *lane,
                                const struct operator_request_row *request)
{
    const struct service *service = worker->service;
    size_t topic = 0;

    while (topic < service->consumed_count &&
           strcmp(service->consumed[topic].name, request->topic) != 0) {
        topic++;
    }
    if (topic == service->consumed_count || !service->consumed[topic].numbered) {
        add_ending(worker, lane, request, &unknown_topic);
        return OK;
    }
    const struct read_position_row *position = &lane->positions[topic].row;
    bool missing = compare_numbers(request->generation, request->number, position->generation,
                                   position->number) > 0 &&
                   compare_numbers(request->generation, request->number, position->seen_generation,
                                   position->seen_number) < 0;
    struct item *item = add_ending(worker, lane, request, missing ? &gap_given_up : &no_such_gap);
    item->gap = missing;
    item->topic = topic;
    worker->gap_closes |= missing;
    return OK;
}

enum err worker_requests_gather(struct worker *worker, struct held_lane *lane)
{
    struct scan_answer answer = { 0 };
    size_t asked = 0;
    enum err err = OK;

    if (worker->item_count >= WORKER_BATCH_MAX) {
        return OK;
    }
    if (lane->requests_waiting) {
        err = worker_scan(worker, &operator_requests_open, key_number(lane->lane), key_number(0),
                          &answer);
    }
    if (err) {
        return err;
    }
    lane->requests_waiting = answer.count > 0;
    if (answer.count == 0) {
        return worker_parked_gather(worker, lane, NULL, &asked);
    }
    const struct operator_request_row *request = answer.rows[0];
    if (is_kind(request, "redrive")) {
        return gather_redrive(worker, lane, request);
    }
    if (is_kind(request, "discard")) {
        return gather_discard(worker, lane, request);
    }
    if (is_kind(request, "skip_gap")) {
        return gather_skip_gap(worker, lane, request);
    }
    add_ending(worker, lane, request, &unknown_kind);
    return OK;
}

static void write_ending(struct batch *batch, const struct item *item, const char *outcome)
{
    struct operator_request_row *row =
        rows_put_stored(batch->rows, &operator_request_table, item->request);

    row->done_at = batch->now;
    row->outcome = outcome;
    row->detail = item->reason;
    rows_update(batch->rows, &operator_request_table, row);
}

/* The log is read from its beginning: what came behind the gap was passed over, and where it stands is not known. */
static void write_position(struct worker *worker, struct batch *batch, const struct item *item)
{
    struct lane_position *position = &worker_next_of(worker, batch, item)->positions[item->topic];

    position->row.generation = item->request->generation;
    position->row.number = item->request->number;
    position->row.next_offset = 0;
    position->row.appended_at = 0;
    position->numbered_before = true;
    position->changed = true;
}

void worker_requests_write(struct worker *worker, struct batch *batch, const struct item *item)
{
    write_ending(batch, item, item->state);
    if (item->parked != NULL) {
        worker_remove_stored(batch, &parked_table, item->parked);
    }
    if (item->flight != NULL) {
        worker_remove_stored(batch, &effect_table, &item->flight->row);
    }
    if (item->gap) {
        write_position(worker, batch, item);
    }
}

void worker_requests_refuse(struct batch *batch, const struct item *item)
{
    write_ending(batch, item, "refused");
}

/* The first of its subject went: what waits behind it goes on. */
static void settle_discard(struct worker *worker, const struct item *item)
{
    struct held_lane *lane = item->lane;
    const struct parked_row *row = item->parked;

    if (item->flight != NULL) {
        worker_effects_ended(worker, lane, item->flight);
    }
    worker_parked_gone(worker, lane, row->subject_id);
    if (strcmp(row->state, "behind") != 0) {
        worker_parked_redrive(lane, row->subject_id);
    }
}

void worker_requests_settle(struct worker *worker, const struct item *item)
{
    log_warning("an operator's request is done", LOG_TEXT("kind", item->request->kind),
                LOG_INT("lane", item->lane->lane), LOG_INT("request", item->request->id),
                LOG_TEXT("outcome", item->state), LOG_TEXT("detail", item->reason));
    if (item->parked != NULL) {
        settle_discard(worker, item);
    }
    if (item->gap) {
        /* It is assigned anew, from the position that the request wrote. */
        item->lane->active = false;
        worker->broker->operations->unassign(worker->broker, item->lane->lane);
    }
}
