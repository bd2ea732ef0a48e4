/* judge_money.c - never more than was allowed, the same in our books and the provider's, and what was sent. */
#include "tests/sim/judge.h"

#include "common/envelope.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "tests/sim/provider.h"

#include <string.h>

enum {
    AMOUNT,
    AUTHORIZED,
    CAPTURED,
    RELEASED,
    REFUNDED, /* columns of a payment */
    METHOD_CARD = 1,
    PART_SUCCEEDED = 3,
    REFUND_SUCCEEDED = 4,
    REFUND_GIVEN = 7, /* by a person */
    STAFF_FIRST_NO = 5001,
    EVENT_SUCCESS = 2,
    EVENT_ADJUSTMENT = 4,
    OPERATION_CAPTURE = 2,
    OPERATION_REFUND = 4,
    LOST = 10, /* a column of a payment, behind its names */
    STATUS_COMPLETED = 4,
    STATUS_REJECTED = 5,
    STATUS_EXPIRED = 7
};

static struct view payment, capture, refund, event, order, past;

static void open_views(void)
{
    (void)view_once(&payment, SIM_PAYMENT, "payment",
                    "amount_minor authorized_minor captured_minor released_minor refunded_minor "
                    "order_no payment_no order_id method disputed_minor lost_minor");
    (void)view_once(&capture, SIM_PAYMENT, "payment_capture",
                    "order_no payment_no state amount_minor");
    (void)view_once(&refund, SIM_PAYMENT, "payment_refund",
                    "order_no payment_no state amount_minor refund_no");
    (void)view_once(&event, SIM_PAYMENT, "payment_event",
                    "order_no payment_no kind operation amount_minor");
    (void)view_once(&order, SIM_ORDER, "orders",
                    "order_no status total_minor authorized_minor captured_minor refunded_minor");
    (void)view_once(&past, SIM_ORDER, "past_payment",
                    "order_no payment_no authorized_minor captured_minor refunded_minor");
}

static int64_t minor(const void *row, size_t column)
{
    return view_int(&payment, row, column);
}

static struct child_id_text payment_id(const void *row)
{
    struct order_id_text id = order_id_format(view_bytes(&payment, row, 7).bytes);

    return child_id_format(id.text, 'P', view_int(&payment, row, 6));
}

void judge_bounds(struct sim *sim)
{
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);
    for (size_t i = 0; i < count; i++) {
        if (minor(rows[i], REFUNDED) < 0 || minor(rows[i], REFUNDED) > minor(rows[i], CAPTURED) ||
            minor(rows[i], CAPTURED) > minor(rows[i], AUTHORIZED) ||
            minor(rows[i], AUTHORIZED) > minor(rows[i], AMOUNT)) {
            judge_find(sim, payment_id(rows[i]).text,
                       "refunded %lld, captured %lld, authorized %lld of %lld",
                       (long long)minor(rows[i], REFUNDED), (long long)minor(rows[i], CAPTURED),
                       (long long)minor(rows[i], AUTHORIZED), (long long)minor(rows[i], AMOUNT));
        }
    }
}

/* Of rows (order_no, payment_no, state, amount): those in this state, by payment. */
static void add_parts(struct sim *sim, struct sums *sums, const struct view *view, int64_t state)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, view, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_int(view, rows[i], 2) == state) {
            sums_add(sim, sums,
                     sums_name(sim, view_int(view, rows[i], 0), view_int(view, rows[i], 1), NULL),
                     view_int(view, rows[i], 3));
        }
    }
}

static void add_events(struct sim *sim, struct sums *sums, int64_t operation)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &event, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t kind = view_int(&event, rows[i], 2);

        if ((kind == EVENT_SUCCESS || kind == EVENT_ADJUSTMENT) &&
            view_int(&event, rows[i], 3) == operation) {
            sums_add(
                sim, sums,
                sums_name(sim, view_int(&event, rows[i], 0), view_int(&event, rows[i], 1), NULL),
                kind == EVENT_SUCCESS ? view_int(&event, rows[i], 4)
                                      : -view_int(&event, rows[i], 4));
        }
    }
}

static void compare_sums(struct sim *sim, const void *row, size_t column, const struct sums *parts,
                         const struct sums *booked)
{
    const char *name = sums_name(sim, view_int(&payment, row, 5), view_int(&payment, row, 6), NULL);
    int64_t total = minor(row, column);

    if (total != sums_get(parts, name) || total != sums_get(booked, name)) {
        judge_find(sim, payment_id(row).text, "%lld %s, its parts make %lld, its ledger %lld",
                   (long long)total, column == CAPTURED ? "captured" : "refunded",
                   (long long)sums_get(parts, name), (long long)sums_get(booked, name));
    }
}

void judge_sums(struct sim *sim)
{
    struct sums captures = { 0 }, refunds = { 0 }, captured = { 0 }, refunded = { 0 };
    size_t count = 0;

    add_parts(sim, &captures, &capture, PART_SUCCEEDED);
    add_parts(sim, &refunds, &refund, REFUND_SUCCEEDED);
    add_parts(sim, &refunds, &refund, REFUND_GIVEN);
    add_events(sim, &captured, OPERATION_CAPTURE);
    add_events(sim, &refunded, OPERATION_REFUND);
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);
    for (size_t i = 0; i < count; i++) {
        compare_sums(sim, rows[i], CAPTURED, &captures, &captured);
        compare_sums(sim, rows[i], REFUNDED, &refunds, &refunded);
    }
}

/* --- The provider ---------------------------------------------------------------------------------- */

/* What a person did by hand (the order service says so in its commands) the provider need not know of, and lets go of by itself
 * one day: money that it was asked to let go of, and would not. */
struct by_hand {
    struct sums refunded; /* minor units by payment */
    struct names voided, seen;
};

static void note_by_hand(struct sim *sim, struct by_hand *by_hand, const struct record *record)
{
    struct violations violations = { .count = 0 };
    const char *type = record_header(record, HEADER_TYPE);
    struct payment_refund back;
    struct payment_void let_go;

    if (strstr(record->value, "\"by_hand\":true") == NULL) {
        return;
    }
    if (text_equal(type, "kervan.payment.refund.v1") &&
        payment_refund_decode(sim->ctx.arena, record->value, record->value_length, &back,
                              &violations) == OK) {
        if (names_find(&by_hand->seen, back.refund_id) == NULL) {
            names_put(sim->ctx.arena, &by_hand->seen, back.refund_id, by_hand);
            sums_add(sim, &by_hand->refunded, back.payment_id, back.amount_minor);
        }
    } else if (text_equal(type, "kervan.payment.void.v1") &&
               payment_void_decode(sim->ctx.arena, record->value, record->value_length, &let_go,
                                   &violations) == OK) {
        names_put(sim->ctx.arena, &by_hand->voided, let_go.payment_id, by_hand);
    }
}

static void read_by_hand(struct sim *sim, struct by_hand *by_hand)
{
    for (int64_t lane = 0; lane < SIM_LANES; lane++) {
        int64_t first = 0, end = 0;

        memory_log_range(sim->log, "payment.commands", lane, &first, &end);
        for (int64_t offset = first; offset < end; offset++) {
            struct record record;

            memory_log_record(sim->log, "payment.commands", lane, offset, &record);
            note_by_hand(sim, by_hand, &record);
        }
    }
}

static void compare_intent(struct sim *sim, const void *row, const struct intent *intent,
                           const struct by_hand *by_hand)
{
    struct child_id_text id = payment_id(row);
    const char *name = id.text;
    int64_t held = minor(row, AUTHORIZED) - minor(row, CAPTURED) - minor(row, RELEASED);
    int64_t least_minor = minor(row, REFUNDED) - sums_get(&by_hand->refunded, name);
    bool let_go = intent->cancel_refused && names_find(&by_hand->voided, name) != NULL;
    bool held_agrees = provider_held_minor(intent) == held || (held == 0 && let_go);

    if (intent->captured_minor != minor(row, CAPTURED) ||
        intent->refunded_minor > minor(row, REFUNDED) || intent->refunded_minor < least_minor ||
        !held_agrees) {
        judge_find(sim, name,
                   "captured %lld, refunded %lld, held %lld; the provider says %lld, %lld, %lld",
                   (long long)minor(row, CAPTURED), (long long)minor(row, REFUNDED),
                   (long long)held, (long long)intent->captured_minor,
                   (long long)intent->refunded_minor, (long long)provider_held_minor(intent));
    }
}

void judge_provider(struct sim *sim)
{
    struct names known = { 0 };
    struct by_hand by_hand = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);

    read_by_hand(sim, &by_hand);
    for (size_t i = 0; i < count; i++) {
        struct child_id_text name = payment_id(rows[i]);
        const struct intent *intent = names_find(&sim->provider->by_payment, name.text);

        names_put(sim->ctx.arena, &known, name.text, rows[i]);
        if (intent != NULL) {
            compare_intent(sim, rows[i], intent, &by_hand);
        } else if (view_int(&payment, rows[i], 8) == METHOD_CARD &&
                   minor(rows[i], AUTHORIZED) > 0) {
            judge_find(sim, name.text, "is authorized, and the provider knows nothing of it");
        }
    }
    for (size_t i = 0; i < sim->provider->intent_count; i++) {
        const struct intent *intent = sim->provider->intents[i];

        if (names_find(&known, intent->payment_id) == NULL) {
            judge_find(sim, intent->payment_id, "the provider has it, we do not");
        }
    }
}

void judge_provider_once(struct sim *sim)
{
    struct sums refunds = { 0 };

    for (size_t i = 0; i < sim->provider->intent_count; i++) {
        const struct intent *intent = sim->provider->intents[i];

        if (intent->same_payment != NULL) {
            judge_find(sim, intent->payment_id, "the provider has two payments of this name");
        }
    }
    for (const struct refund *at = sim->provider->refunds; at != NULL; at = at->next) {
        sums_add(sim, &refunds, at->refund_id, 1);
    }
    for (const struct sum *sum = refunds.first; sum != NULL; sum = sum->next) {
        if (sum->value > 1) {
            judge_find(sim, sum->name, "was refunded %lld times", (long long)sum->value);
        }
    }
}

/* --- The order ------------------------------------------------------------------------------------- */

/* Of what people asked to be given back beside the order, what was given. */
static int64_t by_request_minor(struct sim *sim, int64_t order_no)
{
    struct memory_slice refunds = view_find(sim, SIM_PAYMENT, &refund, key_number(order_no));
    int64_t sum_minor = 0;

    for (size_t i = 0; i < refunds.count; i++) {
        int64_t state = view_int(&refund, refunds.rows[i], 2);
        bool given = state == REFUND_SUCCEEDED || state == REFUND_GIVEN;

        if (given && view_int(&refund, refunds.rows[i], 4) >= STAFF_FIRST_NO) {
            sum_minor += view_int(&refund, refunds.rows[i], 3);
        }
    }
    return sum_minor;
}

struct paid {
    int64_t net, lost;
};

/* An order may be worth less to the shop by what people gave back, and by what disputes took. */
static bool is_paid(struct sim *sim, int64_t order_no, int64_t worth, struct paid paid)
{
    return paid.net <= worth && paid.net >= worth - paid.lost - by_request_minor(sim, order_no);
}

static void judge_worth_of(struct sim *sim, const void *row)
{
    int64_t order_no = view_int(&order, row, 0), status = view_int(&order, row, 1);
    int64_t net = 0, held = 0, lost = 0, worth = view_int(&order, row, 2);
    struct memory_slice payments = view_find(sim, SIM_PAYMENT, &payment, key_number(order_no));

    for (size_t i = 0; i < payments.count; i++) {
        const void *one = payments.rows[i];

        net += minor(one, CAPTURED) - minor(one, REFUNDED) - minor(one, LOST);
        lost += minor(one, LOST);
        held += minor(one, AUTHORIZED) - minor(one, CAPTURED) - minor(one, RELEASED);
    }
    if (status == STATUS_COMPLETED && !is_paid(sim, order_no, worth, (struct paid){ net, lost })) {
        judge_find_order(sim, order_no, "is completed and worth %lld, %lld was paid for it",
                         (long long)worth, (long long)net);
    }
    if (status >= STATUS_REJECTED && status <= STATUS_EXPIRED && net != 0 &&
        (net > 0 || lost == 0)) {
        judge_find_order(sim, order_no, "ended early, and %lld of its money is kept",
                         (long long)net);
    }
    if (status >= STATUS_COMPLETED && held != 0) {
        judge_find_order(sim, order_no, "is over, and %lld is still held for it", (long long)held);
    }
}

void judge_worth(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);

    for (size_t i = 0; i < count; i++) {
        judge_worth_of(sim, rows[i]);
    }
}

/* Columns of the order, of past payments and of payments that must agree. */
static const struct shown {
    size_t order_column, past_column, payment_column;
    const char *word;
} shown[] = { { 3, 2, AUTHORIZED, "authorized" },
              { 4, 3, CAPTURED, "captured" },
              { 5, 4, REFUNDED, "refunded" } };

static void judge_shown(struct sim *sim, const void *row, const struct shown *what)
{
    struct key order_no = key_number(view_int(&order, row, 0));
    struct memory_slice payments = view_find(sim, SIM_PAYMENT, &payment, order_no);
    struct memory_slice earlier = view_find(sim, SIM_ORDER, &past, order_no);
    int64_t total = 0, said = view_int(&order, row, what->order_column), let_go_minor = 0;

    for (size_t i = 0; i < payments.count; i++) {
        const void *one = payments.rows[i];
        bool let_go =
            what->payment_column == AUTHORIZED && minor(one, RELEASED) == minor(one, AUTHORIZED);

        total += minor(one, what->payment_column);
        let_go_minor += let_go ? minor(one, AUTHORIZED) : 0;
    }
    for (size_t i = 0; i < earlier.count; i++) {
        said += view_int(&past, earlier.rows[i], what->past_column);
    }
    /* What was let go as soon as it was secured the order need not have heard of. */
    if (said > total || said < total - let_go_minor) {
        judge_find_order(sim, order_no.number, "shows %lld %s, the payment service has %lld",
                         (long long)said, what->word, (long long)total);
    }
}

void judge_money_shown(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &order, &count);

    for (size_t i = 0; i < count; i++) {
        for (size_t what = 0; what < sizeof shown / sizeof shown[0]; what++) {
            judge_shown(sim, rows[i], &shown[what]);
        }
    }
}
