/* dispute.c - what may become of a dispute, as a table, and what follows for the money. */
#include "services/payment/dispute.h"

#include "common/mutant.h"
#include "common/reached.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/payment/actions.h"
#include "services/payment/capture.h"

#include <assert.h>

_Static_assert(DISPUTE_STATE_INQUIRY == 1 && DISPUTE_STATE_WITHDRAWN == 8,
               "payment_dispute.state keeps these numbers");

#define ENDS(action)                                                                               \
    [DISPUTE_STATE_WON] = (action), [DISPUTE_STATE_LOST] = (action),                               \
    [DISPUTE_STATE_ACCEPTED] = (action), [DISPUTE_STATE_EXPIRED] = (action),                       \
    [DISPUTE_STATE_WITHDRAWN] = (action)
/* One that was over is appealed against; what else is seen of it may be another end. */
#define OVER                                                                                       \
    {                                                                                              \
        [DISPUTE_STATE_NEEDS_RESPONSE] = DISPUTE_REOPENS,                                          \
        [DISPUTE_STATE_UNDER_REVIEW] = DISPUTE_REOPENS, ENDS(DISPUTE_CLOSES)                       \
    }

/* Row: where it is.  Column: what the provider shows.  A missing cell changes nothing. */
static const enum dispute_action rules[DISPUTE_STATE_COUNT][DISPUTE_STATE_COUNT] = {
    [DISPUTE_STATE_ABSENT] = {
        [DISPUTE_STATE_INQUIRY] = DISPUTE_OPENS,
        [DISPUTE_STATE_NEEDS_RESPONSE] = DISPUTE_OPENS,
        [DISPUTE_STATE_UNDER_REVIEW] = DISPUTE_OPENS,
        ENDS(DISPUTE_FOUND_CLOSED),
    },
    [DISPUTE_STATE_INQUIRY] = {
        [DISPUTE_STATE_INQUIRY] = DISPUTE_KEEPS,
        [DISPUTE_STATE_NEEDS_RESPONSE] = DISPUTE_MOVES,
        [DISPUTE_STATE_UNDER_REVIEW] = DISPUTE_MOVES,
        ENDS(DISPUTE_CLOSES),
    },
    [DISPUTE_STATE_NEEDS_RESPONSE] = {
        [DISPUTE_STATE_NEEDS_RESPONSE] = DISPUTE_KEEPS,
        [DISPUTE_STATE_UNDER_REVIEW] = DISPUTE_MOVES,
        ENDS(DISPUTE_CLOSES),
    },
    [DISPUTE_STATE_UNDER_REVIEW] = {
        [DISPUTE_STATE_NEEDS_RESPONSE] = DISPUTE_MOVES, /* more is wanted to be known */
        [DISPUTE_STATE_UNDER_REVIEW] = DISPUTE_KEEPS,
        ENDS(DISPUTE_CLOSES),
    },
    [DISPUTE_STATE_WON] = OVER,
    [DISPUTE_STATE_LOST] = OVER,
    [DISPUTE_STATE_ACCEPTED] = OVER,
    [DISPUTE_STATE_EXPIRED] = OVER,
    [DISPUTE_STATE_WITHDRAWN] = OVER,
};

#define NAMES                                                                                      \
    REACHED_NAMES(DISPUTE_STATE_ABSENT, DISPUTE_STATE_INQUIRY, DISPUTE_STATE_NEEDS_RESPONSE,       \
                  DISPUTE_STATE_UNDER_REVIEW, DISPUTE_STATE_WON, DISPUTE_STATE_LOST,               \
                  DISPUTE_STATE_ACCEPTED, DISPUTE_STATE_EXPIRED, DISPUTE_STATE_WITHDRAWN)

static bool dispute_has(int row, int column)
{
    return rules[row][column] != DISPUTE_DOES_NOTHING;
}
static const struct reached_table dispute_cells = {
    .name = "dispute",
    .rows = DISPUTE_STATE_COUNT,
    .columns = DISPUTE_STATE_COUNT,
    .has = dispute_has,
    .row_names = NAMES,
    .column_names = NAMES,
};

enum dispute_action dispute_rule(enum dispute_state from, enum dispute_state seen)
{
    assert((int)from < DISPUTE_STATE_COUNT && (int)seen < DISPUTE_STATE_COUNT);
    reached(&dispute_cells, (int)from, (int)seen);
    return rules[from][seen];
}

bool dispute_is_open(enum dispute_state state)
{
    return state == DISPUTE_STATE_INQUIRY || state == DISPUTE_STATE_NEEDS_RESPONSE ||
           state == DISPUTE_STATE_UNDER_REVIEW;
}

/* --- Rows ---------------------------------------------------------------------------------------- */

void want_disputes(struct rows *rows, int64_t order_no)
{
    want_all_money(rows, order_no);
    rows_want(rows, &dispute_table, key_number(order_no));
    rows_want(rows, &evidence_table, key_number(order_no));
}

static struct dispute_row *find(const struct disputing *disputing, int64_t dispute_no)
{
    const struct dealing *dealing = &disputing->dealing;
    void **at = rows_list(dealing->out->rows, &dispute_table, key_number(dealing->subject.number));

    for (; *at != NULL; at++) {
        struct dispute_row *row = *at;

        if (row->dispute_no == dispute_no) {
            return row;
        }
    }
    return NULL;
}

bool disputing_open(struct disputing *disputing, struct decision *out, struct subject subject,
                    int64_t dispute_no)
{
    disputing->dealing = (struct dealing){ .out = out, .subject = subject };
    struct dispute_row *row = find(disputing, dispute_no);

    disputing->row = row;
    return row != NULL && dealing_open_number(&disputing->dealing, out, subject, row->payment_no) &&
           disputing->dealing.row != NULL;
}

const char *dispute_id_of(const struct disputing *disputing)
{
    return dealing_child_id(&disputing->dealing, 'X', disputing->row->dispute_no);
}

/* --- Facts --------------------------------------------------------------------------------------- */

void dispute_tell(struct disputing *disputing)
{
    struct dealing *dealing = &disputing->dealing;
    const struct dispute_row *row = disputing->row;
    struct payment_disputed fact = { .order_id = dealing->subject.id,
                                     .order_no = dealing->subject.number,
                                     .clock = dealing_clock(dealing),
                                     .payment_id = dealing->payment_id,
                                     .dispute_id = dispute_id_of(disputing),
                                     .provider = row->provider,
                                     .provider_ref = row->provider_ref,
                                     .state = (enum dispute_state)row->state,
                                     .reason = row->reason,
                                     .amount_minor = row->amount_minor,
                                     .currency = dealing->row->currency,
                                     .due_at = row->due_at,
                                     .has_due_at = row->due_at != 0,
                                     .code = row->code,
                                     .disputed_at = row->changed_at };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_DISPUTED, &fact, sizeof fact);
}

static void tell_closed(struct disputing *disputing)
{
    struct dealing *dealing = &disputing->dealing;
    const struct dispute_row *row = disputing->row;
    struct payment_dispute_closed fact = { .order_id = dealing->subject.id,
                                           .order_no = dealing->subject.number,
                                           .clock = dealing_clock(dealing),
                                           .payment_id = dealing->payment_id,
                                           .dispute_id = dispute_id_of(disputing),
                                           .provider = row->provider,
                                           .provider_ref = row->provider_ref,
                                           .state = (enum dispute_state)row->state,
                                           .reason = row->reason,
                                           .amount_minor = row->amount_minor,
                                           .lost_minor = row->lost_minor,
                                           .payment_lost_minor = dealing->row->lost_minor,
                                           .fee_minor = row->fee_minor,
                                           .currency = dealing->row->currency,
                                           .closed_at = row->closed_at };

    decide_emit(dealing->out, dealing->subject, MESSAGE_PAYMENT_DISPUTE_CLOSED, &fact, sizeof fact);
}

/* --- Money --------------------------------------------------------------------------------------- */

/* What it keeps from being given back: an inquiry nothing. */
static int64_t claims_minor(const struct dispute_row *row)
{
    return row->state == DISPUTE_STATE_NEEDS_RESPONSE || row->state == DISPUTE_STATE_UNDER_REVIEW
               ? row->amount_minor
               : 0;
}

/* The payment, and the capture, as they are with what the dispute claims and lost now instead of before. */
static void reckon(struct disputing *disputing, int64_t claimed_minor, int64_t lost_minor)
{
    const struct dispute_row *row = disputing->row;
    struct payment_row *payment = disputing->dealing.row;
    struct capture_row *capture =
        row->capture_no == 0 ? NULL : capture_find(&disputing->dealing, row->capture_no);
    int64_t more_claimed = claims_minor(row) - claimed_minor;
    int64_t more_lost = row->lost_minor - lost_minor;

    payment->disputed_minor += more_claimed;
    payment->lost_minor += mutant("forget_lost") ? 0 : more_lost;
    dealing_change(&disputing->dealing);
    if (capture != NULL) {
        capture->disputed_minor += more_claimed + more_lost;
        rows_update(disputing->dealing.out->rows, &capture_table, capture);
    }
}

static void book(struct disputing *disputing, struct entry entry)
{
    entry.operation_no = disputing->row->dispute_no;
    if (entry.amount_minor != 0) {
        dealing_book(&disputing->dealing, &entry);
    }
}

/* What the provider moved since it was seen last; what it moves back by less counts as an adjustment. */
static void book_moved(struct disputing *disputing, int64_t *known_minor, int64_t seen_minor,
                       int64_t operation)
{
    int64_t more_minor = seen_minor - *known_minor;

    book(disputing, (struct entry){ .kind = more_minor > 0 ? EVENT_SUCCESS : EVENT_ADJUSTMENT,
                                    .operation = operation,
                                    .amount_minor = more_minor > 0 ? more_minor : -more_minor });
    *known_minor = seen_minor;
}

static void book_funds(struct disputing *disputing, const struct payment_dispute_seen *seen)
{
    struct dispute_row *row = disputing->row;

    book_moved(disputing, &row->withdrawn_minor, seen->withdrawn_minor,
               OPERATION_DISPUTE_WITHDRAWN);
    book_moved(disputing, &row->reinstated_minor, seen->reinstated_minor,
               OPERATION_DISPUTE_REINSTATED);
    book_moved(disputing, &row->fee_minor, seen->fee_minor, OPERATION_DISPUTE_FEE);
}

static enum event_kind kind_of(enum dispute_state state)
{
    return dispute_is_open(state)                                           ? EVENT_REQUEST
           : state == DISPUTE_STATE_WON || state == DISPUTE_STATE_WITHDRAWN ? EVENT_SUCCESS
                                                                            : EVENT_FAILURE;
}

/* --- What is seen -------------------------------------------------------------------------------- */

/* What the provider words as lost is accepted where we had said so, and expired where we had said nothing. */
static enum dispute_state state_seen(const struct dispute_row *row,
                                     const struct payment_dispute_seen *seen, int64_t now)
{
    bool lost = seen->state == DISPUTE_STATE_LOST;

    if (lost && row->answer == ANSWER_ACCEPT) {
        return DISPUTE_STATE_ACCEPTED;
    }
    return lost && row->answer == ANSWER_NONE && row->due_at != 0 && now > row->due_at
               ? DISPUTE_STATE_EXPIRED
               : seen->state;
}

static void learn(struct disputing *disputing, const struct payment_dispute_seen *seen,
                  enum dispute_state state)
{
    struct dispute_row *row = disputing->row;
    int64_t claimed_minor = claims_minor(row), lost_minor = row->lost_minor;
    bool moves = row->state != (int64_t)state;
    int64_t now = disputing->dealing.out->now;

    row->state = state;
    row->amount_minor = seen->amount_minor;
    row->lost_minor = seen->lost_minor;
    row->due_at = seen->has_due_at ? seen->due_at : row->due_at;
    row->changed_at = now;
    row->closed_at = dispute_is_open(state) ? 0 : now;
    row->poll_count = moves ? 0 : row->poll_count;
    if (moves && state == DISPUTE_STATE_NEEDS_RESPONSE) {
        row->answer = ANSWER_NONE; /* it may be answered once more */
        row->answered = false;
    }
    rows_update(disputing->dealing.out->rows, &dispute_table, row);
    reckon(disputing, claimed_minor, lost_minor);
    if (moves) {
        book(disputing, (struct entry){ .kind = kind_of(state),
                                        .operation = OPERATION_DISPUTE,
                                        .amount_minor = row->amount_minor,
                                        .code = row->reason });
    }
    book_funds(disputing, seen);
}

static int64_t capture_named(const struct disputing *disputing, const char *capture_ref)
{
    const struct dealing *dealing = &disputing->dealing;
    void **at = rows_list(dealing->out->rows, &capture_table, key_number(dealing->subject.number));

    for (; capture_ref != NULL && *at != NULL; at++) {
        const struct capture_row *capture = *at;

        if (capture->payment_no == dealing->payment_no &&
            text_equal(capture->provider_ref, capture_ref)) {
            return capture->capture_no;
        }
    }
    return 0;
}

static void insert(struct disputing *disputing, const struct payment_dispute_seen *seen)
{
    struct dealing *dealing = &disputing->dealing;
    void **at = rows_list(dealing->out->rows, &dispute_table, key_number(dealing->subject.number));
    struct dispute_row row = { .order_no = dealing->subject.number,
                               .dispute_no = 1,
                               .payment_no = dealing->payment_no,
                               .provider = seen->provider,
                               .provider_ref = seen->dispute_ref,
                               .capture_no = capture_named(disputing, seen->capture_ref),
                               .reason = seen->reason,
                               .opened_at = dealing->out->now,
                               .changed_at = dealing->out->now };

    for (; *at != NULL; at++) {
        row.dispute_no += 1;
    }
    disputing->row = rows_insert(dealing->out->rows, &dispute_table, &row);
}

/* What waited for the end of it goes on. */
static void close(struct disputing *disputing, const struct payment_dispute_seen *seen,
                  enum dispute_state state)
{
    learn(disputing, seen, state);
    tell_closed(disputing);
    go_on_with_refunds(&disputing->dealing);
}

static void go_on(struct disputing *disputing, const struct payment_dispute_seen *seen,
                  enum dispute_state state)
{
    learn(disputing, seen, state);
    dispute_tell(disputing);
}

/* The same end as before may have brought the money back meanwhile. */
static void close_again(struct disputing *disputing, const struct payment_dispute_seen *seen,
                        enum dispute_state state)
{
    const struct dispute_row before = *disputing->row;

    if (before.state == (int64_t)state && before.lost_minor == seen->lost_minor) {
        learn(disputing, seen, state);
        disputing->row->closed_at = before.closed_at;
    } else {
        close(disputing, seen, state);
    }
}

static void keep(struct disputing *disputing, const struct payment_dispute_seen *seen,
                 enum dispute_state state)
{
    const struct dispute_row before = *disputing->row;

    learn(disputing, seen, state);
    if (before.due_at != disputing->row->due_at || before.amount_minor != seen->amount_minor) {
        dispute_tell(disputing);
    }
}

/* Money that was taken out and comes back may come after the end. */
static bool is_watched(const struct dispute_row *row)
{
    enum dispute_state state = (enum dispute_state)row->state;
    bool ours = state == DISPUTE_STATE_WON || state == DISPUTE_STATE_WITHDRAWN;

    return dispute_is_open(state) || (ours && row->reinstated_minor < row->withdrawn_minor);
}

void dispute_take(struct disputing *disputing, const struct payment_dispute_seen *seen)
{
    if (disputing->row == NULL) {
        insert(disputing, seen);
    }
    enum dispute_state from = (enum dispute_state)disputing->row->state;
    enum dispute_state state = state_seen(disputing->row, seen, disputing->dealing.out->now);
    bool watched = from != DISPUTE_STATE_ABSENT && is_watched(disputing->row);

    switch (dispute_rule(from, state)) {
    case DISPUTE_OPENS:
    case DISPUTE_MOVES:
    case DISPUTE_REOPENS:
        go_on(disputing, seen, state);
        break;
    case DISPUTE_KEEPS:
        keep(disputing, seen, state);
        break;
    case DISPUTE_FOUND_CLOSED:
        close(disputing, seen, state);
        break;
    case DISPUTE_CLOSES:
        if (dispute_is_open(from)) {
            close(disputing, seen, state);
        } else {
            close_again(disputing, seen, state);
        }
        break;
    case DISPUTE_DOES_NOTHING:
        break;
    }
    if (!watched && is_watched(disputing->row)) {
        dispute_look_later(disputing);
    }
}

void dispute_seen_need(const struct incoming_message *in, struct rows *rows)
{
    want_disputes(rows, in->subject.number);
}

static struct dispute_row *find_by_ref(const struct dealing *dealing,
                                       const struct payment_dispute_seen *seen)
{
    void **at = rows_list(dealing->out->rows, &dispute_table, key_number(dealing->subject.number));

    for (; *at != NULL; at++) {
        struct dispute_row *row = *at;

        if (text_equal(row->provider_ref, seen->dispute_ref) &&
            text_equal(row->provider, seen->provider)) {
            return row;
        }
    }
    return NULL;
}

/* It is ours when the names fit all: another system may use our names at the same account. */
static bool is_ours(const struct dealing *dealing, const struct payment_dispute_seen *seen)
{
    const struct payment_row *row = dealing->row;
    const struct provider *provider = row == NULL ? NULL : dealing_provider(row);

    return provider != NULL && text_equal(provider->name, seen->provider) &&
           text_equal(row->currency, seen->currency) &&
           (seen->payment_ref == NULL || text_equal(row->provider_ref, seen->payment_ref));
}

void on_dispute_seen(struct decision *out, const struct incoming_message *in)
{
    const struct payment_dispute_seen *seen = in->message;
    struct disputing disputing = { .row = NULL };

    if (!dealing_find(&disputing.dealing, out, in->subject, seen->payment_id) ||
        !is_ours(&disputing.dealing, seen)) {
        return;
    }
    disputing.row = find_by_ref(&disputing.dealing, seen);
    if (disputing.row != NULL || !mutant("lose_dispute")) {
        dispute_take(&disputing, seen);
    }
}
