/* dispute_call.c - looks at disputes where their providers have them, reads their lists now and then, and answers. */
#include "proto/message_type.h"
#include "services/payment/dispute.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "services/payment/dispute_outcome.h"

#include <string.h>

enum { DOUBLINGS_MAX = 5, POLLS_MAX = 60, WATCH_EVERY = 8, WATCH_SLOWER = 8 };
static const int64_t poll_first_ms = INT64_C(60) * 60 * 1000; /* then up to about a day */
static const int64_t watch_ms = INT64_C(15) * 60 * 1000;
/* Lists show what happened some time later than it did. */
static const int64_t overlap_ms = INT64_C(60) * 60 * 1000;

/* How long a payment may be disputed. */
static const int64_t watched_ms = INT64_C(180) * 24 * 60 * 60 * 1000;
static const int64_t first_look_ms = INT64_C(30) * 24 * 60 * 60 * 1000;

/* --- Looking ------------------------------------------------------------------------------------- */

static void decide_call(struct decision *out, const char *kind, const char *key,
                        struct subject subject, const struct payment_dispute_call *call)
{
    struct effect_request request = {
        .kind = kind, .key = key, .subject = subject, .payload = call
    };

    decide_effect(out, &request, sizeof *call);
}

void dispute_look(struct decision *out, const char *provider, const char *dispute_ref)
{
    const struct payment_dispute_call call = { .operation = PAYMENT_DISPUTE_CALL_OPERATION_LOOK,
                                               .provider = provider,
                                               .dispute_ref = dispute_ref };

    decide_call(out, CALL_DISPUTE_LOOK, text_format(out->arena, "%s/look", dispute_ref),
                (struct subject){ .id = dispute_ref }, &call);
}

/* The lane where the list of a provider is read. */
static struct subject list_of(struct decision *out, const char *provider)
{
    return (struct subject){ .id = text_format(out->arena, "disputes.%s", provider) };
}

static void read_list(struct decision *out, const struct dispute_watch_row *row, const char *page)
{
    const struct payment_dispute_call call = { .operation = PAYMENT_DISPUTE_CALL_OPERATION_LIST,
                                               .provider = row->provider,
                                               .since = row->looked_at - overlap_ms,
                                               .has_since = true,
                                               .page = page };
    struct subject subject = list_of(out, row->provider);

    decide_call(out, CALL_DISPUTE_LIST, text_format(out->arena, "%s/list", subject.id), subject,
                &call);
}

/* Ever more rarely, the longer nothing was taken. */
static void watch_later(struct decision *out, const struct dispute_watch_row *row)
{
    int64_t quiet_ms = (out->now - row->wanted_at) / WATCH_SLOWER;

    decide_timer(out, list_of(out, row->provider), DISPUTE_WATCH_TIMER,
                 out->now + (quiet_ms > watch_ms ? quiet_ms : watch_ms), 0);
}

/* Of a list that nobody watched yet, what came lately is looked at as well. */
static void start_watch(struct decision *out, const char *provider)
{
    struct dispute_watch_row row = { .provider = provider,
                                     .wanted_at = out->now,
                                     .watching = true,
                                     .looked_at = out->now - first_look_ms,
                                     .asked_at = out->now };

    rows_insert(out->rows, &dispute_watch_table, &row);
    watch_later(out, &row);
}

/* Money was taken: whoever paid it may dispute it for months. */
static void go_on_watching(struct decision *out, struct dispute_watch_row *row)
{
    row->wanted_at = out->now;
    if (!row->watching) {
        row->watching = true;
        watch_later(out, row);
    }
    rows_update(out->rows, &dispute_watch_table, row);
}

void dispute_look_need(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_dispute_look *look = in->message;

    if (look->dispute_ref == NULL) {
        rows_want(rows, &dispute_watch_table, key_text(look->provider));
    }
}

void on_dispute_look(struct decision *out, const struct incoming_message *in)
{
    const struct payment_dispute_look *look = in->message;

    if (look->dispute_ref != NULL) {
        dispute_look(out, look->provider, look->dispute_ref);
        return;
    }
    struct dispute_watch_row *row =
        rows_find(out->rows, &dispute_watch_table, key_text(look->provider));

    if (row == NULL) {
        start_watch(out, look->provider);
    } else {
        go_on_watching(out, row);
    }
}

static void ask_look(struct decision *out, const char *provider, const char *dispute_ref)
{
    const struct payment_dispute_look look = { .provider = provider, .dispute_ref = dispute_ref };

    decide_input(out, (struct subject){ .id = dispute_ref }, MESSAGE_PAYMENT_DISPUTE_LOOK, &look,
                 sizeof look);
}

void dispute_watch(const struct dealing *dealing)
{
    const struct provider *provider = dealing_provider(dealing->row);
    int64_t counter = dealing->row->order_no & ((INT64_C(1) << ORDER_NO_COUNTER_BITS) - 1);

    if (provider != NULL && provider->shows_disputes && counter % WATCH_EVERY == 0) {
        const struct payment_dispute_look look = { .provider = provider->name };

        decide_input(dealing->out, list_of(dealing->out, provider->name),
                     MESSAGE_PAYMENT_DISPUTE_LOOK, &look, sizeof look);
    }
}

/* The provider whose list it is. */
static const char *watched(const struct incoming_timer *in)
{
    return strchr(in->subject.id, '.') + 1;
}

void dispute_watch_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &dispute_watch_table, key_text(watched(in)));
}

void on_dispute_watch(struct decision *out, const struct incoming_timer *in)
{
    struct dispute_watch_row *row =
        rows_find(out->rows, &dispute_watch_table, key_text(watched(in)));

    if (row != NULL) {
        row->asked_at = out->now;
        rows_update(out->rows, &dispute_watch_table, row);
        read_list(out, row, NULL);
    }
}

void dispute_listed_need(const struct incoming_result *in, struct rows *rows)
{
    const struct payment_dispute_call *call = in->payload;

    rows_want(rows, &dispute_watch_table, key_text(call->provider));
}

void on_dispute_listed(struct decision *out, const struct incoming_result *in)
{
    const struct payment_dispute_call *call = in->payload;
    const struct dispute_outcome *outcome = in->result;
    struct dispute_watch_row *row =
        rows_find(out->rows, &dispute_watch_table, key_text(call->provider));

    for (size_t i = 0; i < outcome->ref_count; i++) {
        ask_look(out, call->provider, outcome->refs[i]);
    }
    if (row == NULL) {
        return;
    }
    if (outcome->next != NULL) {
        read_list(out, row, outcome->next);
        return;
    }
    row->looked_at = row->asked_at;
    row->watching = out->now - row->wanted_at < watched_ms;
    rows_update(out->rows, &dispute_watch_table, row);
    if (row->watching) {
        watch_later(out, row);
    }
}

/* Nothing of it is known here: that is of the lane of its order. */
void dispute_looked_need(const struct incoming_result *in, struct rows *rows)
{
    (void)in;
    (void)rows;
}

void on_dispute_looked(struct decision *out, const struct incoming_result *in)
{
    const struct dispute_outcome *outcome = in->result;
    const struct payment_dispute_seen *seen = outcome->seen;

    if (seen != NULL) {
        decide_input(out, (struct subject){ .number = seen->order_no, .id = seen->order_id },
                     MESSAGE_PAYMENT_DISPUTE_SEEN, seen, sizeof *seen);
    }
}

/* --- Asking again -------------------------------------------------------------------------------- */

void dispute_look_later(struct disputing *disputing)
{
    const struct dispute_row *row = disputing->row;
    int64_t doublings = row->poll_count < DOUBLINGS_MAX ? row->poll_count : DOUBLINGS_MAX;

    decide_timer(disputing->dealing.out, disputing->dealing.subject, DISPUTE_POLL_TIMER,
                 disputing->dealing.out->now + (poll_first_ms << doublings), row->dispute_no);
}

void dispute_poll_need(const struct incoming_timer *in, struct rows *rows)
{
    want_disputes(rows, in->subject.number);
}

/* One that is over is asked about some more times, should money come back. */
void on_dispute_poll(struct decision *out, const struct incoming_timer *in)
{
    struct disputing disputing;

    if (!disputing_open(&disputing, out, in->subject, in->step)) {
        return;
    }
    struct dispute_row *row = disputing.row;
    bool open = dispute_is_open((enum dispute_state)row->state);
    bool back = row->reinstated_minor >= row->withdrawn_minor;

    if (!open && (back || row->lost_minor > 0 || row->poll_count >= POLLS_MAX)) {
        return;
    }
    row->poll_count += row->poll_count < POLLS_MAX ? 1 : 0;
    rows_update(out->rows, &dispute_table, row);
    ask_look(out, row->provider, row->provider_ref);
    dispute_look_later(&disputing);
}

/* --- Answering ----------------------------------------------------------------------------------- */

void call_dispute_answer(struct disputing *disputing, const struct dispute_evidence *evidence)
{
    struct dealing *dealing = &disputing->dealing;
    struct dispute_row *row = disputing->row;
    struct decision *out = dealing->out;
    bool accepts = row->answer == ANSWER_ACCEPT;
    const struct payment_dispute_call call = { .operation =
                                                   accepts
                                                       ? PAYMENT_DISPUTE_CALL_OPERATION_ACCEPT
                                                       : PAYMENT_DISPUTE_CALL_OPERATION_EVIDENCE,
                                               .provider = row->provider,
                                               .dispute_ref = row->provider_ref,
                                               .order_id = dealing->subject.id,
                                               .order_no = dealing->subject.number,
                                               .has_order_no = true,
                                               .dispute_id = dispute_id_of(disputing),
                                               .amount_minor = row->amount_minor,
                                               .has_amount_minor = true,
                                               .currency = dealing->row->currency,
                                               .evidence = evidence };

    row->answer_count++;
    row->code = NULL;
    rows_update(out->rows, &dispute_table, row);
    dealing_book(dealing, &(struct entry){ .kind = EVENT_REQUEST,
                                           .operation = OPERATION_DISPUTE,
                                           .operation_no = row->dispute_no,
                                           .amount_minor = row->amount_minor,
                                           .code = accepts ? "accept" : "evidence" });
    decide_call(
        out, CALL_DISPUTE_ANSWER,
        text_format(out->arena, "%s/answer/%lld", call.dispute_id, (long long)row->answer_count),
        dealing->subject, &call);
}

void dispute_answered_need(const struct incoming_result *in, struct rows *rows)
{
    want_disputes(rows, in->subject.number);
}

/* What has become of it by that is looked at as ever: an answer may be older than what was seen. */
void on_dispute_answered(struct decision *out, const struct incoming_result *in)
{
    const struct payment_dispute_call *call = in->payload;
    const struct dispute_outcome *outcome = in->result;
    struct disputing disputing;

    if (!disputing_open(&disputing, out, in->subject, child_id_counter(call->dispute_id, 'X'))) {
        decide_impossible(out, "an answer about dispute \"%s\", which is not there",
                          call->dispute_id);
        return;
    }
    struct dispute_row *row = disputing.row;

    row->answered = outcome->code == NULL;
    row->code = outcome->code;
    row->changed_at = out->now;
    if (outcome->code != NULL) {
        row->answer = ANSWER_NONE;
    }
    rows_update(out->rows, &dispute_table, row);
    dealing_change(&disputing.dealing);
    if (outcome->code != NULL && dispute_is_open((enum dispute_state)row->state)) {
        dispute_tell(&disputing);
    }
    ask_look(out, row->provider, row->provider_ref);
}
