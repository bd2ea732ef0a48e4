/* holds.c - when work stops, and when it goes on. */
#include "services/fulfillment/holds.h"

#include "services/fulfillment/commands.h"
#include "services/fulfillment/reply.h"
#include "services/fulfillment/work.h"

static const struct fulfillment_hold *hold_request(const struct incoming_message *in)
{
    return in->message;
}

static const struct fulfillment_hold_release *release_request(const struct incoming_message *in)
{
    return in->message;
}

void suspend_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, ((const struct fulfillment_suspend *)in->message)->fulfillment_id);
}

void resume_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, ((const struct fulfillment_resume *)in->message)->fulfillment_id);
}

const char *hold_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return work_order_of(arena, hold_request(in)->fulfillment_id);
}

void hold_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, hold_request(in)->fulfillment_id);
}

const char *hold_release_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return work_order_of(arena, release_request(in)->fulfillment_id);
}

void hold_release_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, release_request(in)->fulfillment_id);
}

/* A reason that only a newer writer knows is kept as "other". */
static int64_t known_reason(enum hold_reason reason)
{
    return reason > HOLD_REASON_OTHER ? HOLD_REASON_OTHER : reason;
}

/* Nobody holds it any more: a place without people begins where it stopped. */
static void go_on(const struct work *work)
{
    work->row->changed_at = work->out->now;
    say_resumed(work);
    if (work->row->state == WORK_OPEN) {
        decide_timer(work->out, work->subject, TIMER_PLACE, work->out->now,
                     work->row->fulfillment_no);
    }
}

/* --- The order ---------------------------------------------------------------------------------- */

void on_suspend(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_suspend *command = in->message;
    struct fulfillment_row *row = work_named(out->rows, command->fulfillment_id);

    if (work_rule(work_state_of(row), WORK_IN_SUSPEND).action != WORK_SUSPENDS) {
        return;
    }
    struct work work = work_of(out, row);

    if (row->order_hold == 0) {
        row->order_hold = known_reason(command->reason);
        row->changed_at = out->now;
    }
    say_on_hold(&work, (enum hold_reason)row->order_hold);
}

void on_resume(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_resume *command = in->message;
    struct fulfillment_row *row = work_named(out->rows, command->fulfillment_id);

    if (work_rule(work_state_of(row), WORK_IN_RESUME).action != WORK_RESUMES) {
        return;
    }
    struct work work = work_of(out, row);
    bool held = row->order_hold != 0;

    row->order_hold = 0;
    (void)work_touch(&work);
    if (row->place_hold != 0) {
        return; /* said when its people release it */
    }
    if (held) {
        go_on(&work);
    } else {
        say_resumed(&work);
    }
}

/* --- The place ---------------------------------------------------------------------------------- */

void on_hold(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_hold *request = in->message;
    struct fulfillment_row *row = work_named(out->rows, request->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_HOLD);

    if (reply_by_state(out, in, rule.action, request->fulfillment_id)) {
        return;
    }
    struct work work = work_of(out, row);

    if (row->place_hold == 0) {
        if (reply_stale(out, in, row->clock)) {
            return;
        }
        row->place_hold = request->body.reason;
        row->place_note = request->body.note;
        row->changed_at = out->now;
        say_on_hold(&work, request->body.reason);
    }
    reply_done(out, in, 200, request->fulfillment_id);
}

void on_hold_release(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal held_by_order = {
        .status = 409,
        .type = "conflict",
        .title = "The present state does not allow it",
        .detail = "the order is on hold: the work goes on when the order's hold is released"
    };
    const struct fulfillment_hold_release *request = in->message;
    struct fulfillment_row *row = work_named(out->rows, request->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_RELEASE);

    if (reply_by_state(out, in, rule.action, request->fulfillment_id)) {
        return;
    }
    struct work work = work_of(out, row);

    if (row->place_hold == 0 && row->order_hold != 0) {
        reply_refused(out, in, &held_by_order);
        return;
    }
    if (row->place_hold != 0) {
        if (reply_stale(out, in, row->clock)) {
            return;
        }
        row->place_hold = 0;
        row->place_note = request->body.note == NULL ? row->place_note : request->body.note;
        (void)work_touch(&work);
        if (row->order_hold == 0) {
            go_on(&work);
        }
    }
    reply_done(out, in, 200, request->fulfillment_id);
}
