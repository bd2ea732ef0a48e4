/* judge_disputes.c - disputes: our books are the provider's, nothing is given back that was lost, and somebody answers. */
#include "tests/sim/judge.h"

#include "common/envelope.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "tests/sim/disputes.h"

enum {
    STATE_INQUIRY = 1,
    STATE_NEEDS_RESPONSE = 2,
    STATE_UNDER_REVIEW = 3,
    STATE_WON = 4,
    STATE_LOST = 5,
    STATE_EXPIRED = 7,
    STATE_WITHDRAWN = 8,
    REFUND_GIVEN = 7,
    MATTER_DISPUTE = 8
};

static struct view payment, dispute, refund, task;

static void open_views(void)
{
    (void)view_once(&payment, SIM_PAYMENT, "payment",
                    "order_no payment_no captured_minor refunded_minor disputed_minor lost_minor");
    (void)view_once(&dispute, SIM_PAYMENT, "payment_dispute",
                    "order_no payment_no state amount_minor lost_minor provider_ref");
    (void)view_once(&refund, SIM_PAYMENT, "payment_refund",
                    "order_no payment_no state amount_minor");
    (void)view_once(&task, SIM_ORDER, "task", "order_no matter change_no");
}

/* What people gave back by other ways the provider does not know of. */
static int64_t by_hand_minor(struct sim *sim, int64_t order_no, int64_t payment_no)
{
    struct memory_slice refunds = view_find(sim, SIM_PAYMENT, &refund, key_number(order_no));
    int64_t sum_minor = 0;

    for (size_t i = 0; i < refunds.count; i++) {
        bool given = view_int(&refund, refunds.rows[i], 1) == payment_no &&
                     view_int(&refund, refunds.rows[i], 2) == REFUND_GIVEN;

        sum_minor += given ? view_int(&refund, refunds.rows[i], 3) : 0;
    }
    return sum_minor;
}

static void judge_payment(struct sim *sim, const void *row)
{
    int64_t order_no = view_int(&payment, row, 0), payment_no = view_int(&payment, row, 1);
    struct memory_slice disputes = view_find(sim, SIM_PAYMENT, &dispute, key_number(order_no));
    int64_t claimed = 0, lost = 0, disputed = view_int(&payment, row, 4);
    int64_t kept_minor = view_int(&payment, row, 2) - view_int(&payment, row, 3) +
                         by_hand_minor(sim, order_no, payment_no);

    for (size_t i = 0; i < disputes.count; i++) {
        const void *one = disputes.rows[i];
        int64_t state = view_int(&dispute, one, 2);

        if (view_int(&dispute, one, 1) == payment_no) {
            claimed += state == STATE_NEEDS_RESPONSE || state == STATE_UNDER_REVIEW
                           ? view_int(&dispute, one, 3)
                           : 0;
            lost += view_int(&dispute, one, 4);
        }
    }
    if (disputed != claimed || view_int(&payment, row, 5) != lost || lost > kept_minor) {
        judge_find_order(sim, order_no,
                         "has %lld disputed and %lld lost, its disputes say %lld and %lld; %lld is "
                         "not given back",
                         (long long)disputed, (long long)view_int(&payment, row, 5),
                         (long long)claimed, (long long)lost, (long long)kept_minor);
    }
}

void judge_disputes(struct sim *sim)
{
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);
    for (size_t i = 0; i < count; i++) {
        judge_payment(sim, rows[i]);
    }
}

/* --- The provider -------------------------------------------------------------------------------- */

static const void *ours_of(struct sim *sim, const struct dispute *theirs)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &dispute, &count);

    for (size_t i = 0; i < count; i++) {
        if (text_equal(view_text(&dispute, rows[i], 5), theirs->id)) {
            return rows[i];
        }
    }
    return NULL;
}

static bool is_same(const struct dispute *theirs, int64_t state)
{
    switch (theirs->status) {
    case DISPUTE_WARNING:
        return state == STATE_INQUIRY;
    case DISPUTE_NEEDS_RESPONSE:
        return state == STATE_NEEDS_RESPONSE;
    case DISPUTE_UNDER_REVIEW:
        return state == STATE_UNDER_REVIEW;
    case DISPUTE_WON:
        return state == STATE_WON;
    case DISPUTE_LOST:
        return state >= STATE_LOST && state <= STATE_EXPIRED;
    case DISPUTE_WARNING_CLOSED:
        return state == STATE_WITHDRAWN;
    case DISPUTE_STATUS_COUNT:
        break;
    }
    return false;
}

void judge_disputes_known(struct sim *sim)
{
    open_views();
    for (const struct dispute *at = sim->provider->disputes; at != NULL; at = at->earlier) {
        const void *ours = ours_of(sim, at);
        int64_t state = ours == NULL ? 0 : view_int(&dispute, ours, 2);

        if (!is_same(at, state)) {
            judge_find(sim, at->intent->payment_id,
                       "dispute %s is in state %d at the provider, in %lld here", at->id,
                       (int)at->status, (long long)state);
        }
    }
}

/* --- People -------------------------------------------------------------------------------------- */

static bool had_task(struct sim *sim, int64_t order_no, int64_t dispute_no)
{
    struct memory_slice tasks = view_find(sim, SIM_ORDER, &task, key_number(order_no));

    for (size_t i = 0; i < tasks.count; i++) {
        if (view_int(&task, tasks.rows[i], 1) == MATTER_DISPUTE &&
            view_int(&task, tasks.rows[i], 2) == dispute_no) {
            return true;
        }
    }
    return false;
}

static void judge_said(struct sim *sim, const struct record *record)
{
    struct violations violations = { .count = 0 };
    struct payment_disputed said;

    if (!text_equal(record_header(record, HEADER_TYPE), "kervan.payment.disputed.v1") ||
        payment_disputed_decode(sim->ctx.arena, record->value, record->value_length, &said,
                                &violations) != OK) {
        return;
    }
    if (said.state == DISPUTE_STATE_NEEDS_RESPONSE &&
        !had_task(sim, said.order_no, child_id_counter(said.dispute_id, 'X'))) {
        judge_find(sim, said.dispute_id, "is to be answered, and nobody was asked to");
    }
}

void judge_disputes_asked(struct sim *sim)
{
    open_views();
    for (int64_t lane = 0; lane < SIM_LANES; lane++) {
        int64_t first = 0, end = 0;

        memory_log_range(sim->log, "payment.events", lane, &first, &end);
        for (int64_t offset = first; offset < end; offset++) {
            struct record record;

            memory_log_record(sim->log, "payment.events", lane, offset, &record);
            judge_said(sim, &record);
        }
    }
}
