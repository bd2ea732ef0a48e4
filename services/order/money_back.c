/* money_back.c - voids and refunds, each told once under its number. */
#include "services/order/money_back.h"

#include "common/id.h"
#include "common/mutant.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/task.h"

static struct refund_row **refunds_of(const struct saga *saga)
{
    static struct refund_row *none[1];

    return saga->order->refund_count == 0
               ? none
               : (struct refund_row **)rows_list(saga->out->rows, &order_refund_table,
                                                 key_number(saga->order->order_no));
}

static struct past_payment_row **past_payments(const struct saga *saga)
{
    static struct past_payment_row *none[1];

    return detour_payment_no(saga) == 1
               ? none
               : (struct past_payment_row **)rows_list(saga->out->rows, &order_past_payment_table,
                                                       key_number(saga->order->order_no));
}

struct past_payment_row *past_payment(const struct saga *saga, int64_t payment_no)
{
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        if ((*past)->payment_no == payment_no) {
            return *past;
        }
    }
    return NULL;
}

int64_t money_kept(const struct saga *saga)
{
    int64_t kept = saga->order->captured_minor - saga->order->refund_told_minor;

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        kept += (*past)->captured_minor - (*past)->refund_told_minor;
    }
    return kept;
}

int64_t money_taken(const struct saga *saga)
{
    int64_t taken = saga->order->captured_minor;

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        taken += (*past)->captured_minor;
    }
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        taken -= (*refund)->state == REFUND_REFUSED ? 0 : (*refund)->amount_minor;
    }
    return taken;
}

bool money_is_back(const struct saga *saga)
{
    const struct order_row *order = saga->order;

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        if ((*past)->refunded_minor < (*past)->captured_minor) {
            return false;
        }
    }
    return (order->payment_state == PAYMENT_STATE_VOIDED ||
            order->payment_state == PAYMENT_STATE_ABSENT) &&
           order->refunded_minor == order->captured_minor;
}

/* A new refund of the payment, at most what it has. */
static int64_t add_refund(struct saga *saga, int64_t payment_no, int64_t has_minor,
                          int64_t wanted_minor)
{
    struct refund_row refund = { .order_no = saga->order->order_no,
                                 .payment_no = payment_no,
                                 .amount_minor =
                                     wanted_minor < has_minor ? wanted_minor : has_minor,
                                 .state = REFUND_TOLD };

    if (refund.amount_minor <= 0) {
        return 0;
    }
    refund.refund_no = ++saga->order->refund_count;
    rows_insert(saga->out->rows, &order_refund_table, &refund);
    tell_refund(saga, &refund, false);
    return refund.amount_minor;
}

/* From the newest payment first: it is the one whose provider is likeliest to still know the card. */
static void give_back(struct saga *saga, int64_t amount_minor)
{
    struct order_row *order = saga->order;
    int64_t told = add_refund(saga, detour_payment_no(saga),
                              order->captured_minor - order->refund_told_minor, amount_minor);

    order->refund_told_minor += told;
    amount_minor -= told;
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        told = add_refund(saga, (*past)->payment_no,
                          (*past)->captured_minor - (*past)->refund_told_minor, amount_minor);
        (*past)->refund_told_minor += told;
        amount_minor -= told;
        rows_update(saga->out->rows, &order_past_payment_table, *past);
    }
}

void tell_refunds_again(struct saga *saga)
{
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_TOLD) {
            tell_refund(saga, *refund, false);
        }
    }
}

/* A person may have been faster: then nobody will say once more that it is back. */
static void end_if_back(struct saga *saga)
{
    if (money_is_back(saga)) {
        saga_take(saga, ON_MONEY_BACK);
    }
}

void give_back_left(struct saga *saga)
{
    give_back(saga, money_kept(saga));
}

void give_money_back(struct saga *saga)
{
    if (saga->order->payment_state != PAYMENT_STATE_VOIDED &&
        saga->order->payment_state != PAYMENT_STATE_ABSENT &&
        !mutant("drop_void")) { /* nobody was asked for any */
        tell_void(saga, false);
    }
    if (!mutant("drop_refund")) {
        give_back_left(saga);
    }
    end_if_back(saga);
}

void give_back_excess(struct saga *saga)
{
    give_back(saga, money_kept(saga) - saga->order->total_minor);
}

void give_back_for_share(struct saga *saga, int64_t value_minor)
{
    if (saga->order->payment_method != PAYMENT_METHOD_CASH_ON_DELIVERY) {
        int64_t kept = money_kept(saga);

        give_back(saga, value_minor < kept ? value_minor : kept);
    }
}

/* Something of the payment is not taken, and will not be. */
static bool has_rest(const struct saga *saga)
{
    const struct order_row *order = saga->order;

    return order->authorized_minor > order->captured_minor &&
           money_taken(saga) >= order->total_minor;
}

void tell_given_back(struct saga *saga)
{
    if (saga->order->payment_state != PAYMENT_STATE_VOIDED &&
        (saga->order->ended_at != 0 || has_rest(saga))) {
        tell_void(saga, true);
    }
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_TOLD || (*refund)->state == REFUND_FAILED) {
            tell_refund(saga, *refund, true);
        }
    }
    end_if_back(saga);
}

void let_rest_go(struct saga *saga)
{
    const struct order_row *order = saga->order;
    bool awaited = order->payment_state == PAYMENT_STATE_AUTHORIZING ||
                   order->payment_state == PAYMENT_STATE_REQUIRES_ACTION;

    if (awaited || (order->payment_state != PAYMENT_STATE_VOIDED &&
                    order->authorized_minor > order->captured_minor)) {
        tell_void(saga, false);
    }
}

static struct refund_row *find_refund(const struct saga *saga, const char *refund_id)
{
    int64_t refund_no = child_id_counter(refund_id, 'B');

    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->refund_no == refund_no) {
            return *refund;
        }
    }
    return NULL;
}

void note_refunded(struct saga *saga, int64_t payment_no, const char *refund_id,
                   int64_t refunded_minor)
{
    struct refund_row *refund = find_refund(saga, refund_id);
    struct past_payment_row *past = past_payment(saga, payment_no);
    int64_t *refunded = past == NULL ? &saga->order->refunded_minor : &past->refunded_minor;
    int64_t *told = past == NULL ? &saga->order->refund_told_minor : &past->refund_told_minor;

    bool ours = refund != NULL && refund->state != REFUND_REFUSED;

    if (!ours && refunded_minor > *refunded) { /* a person's: it is given back, too */
        *told += refunded_minor - *refunded;
    }
    if (refunded_minor > *refunded) {
        if (past != NULL) {
            detour_change(saga)->earlier_refunded_minor += refunded_minor - *refunded;
        }
        *refunded = refunded_minor;
    }
    if (refund != NULL) {
        refund->state = REFUND_DONE;
        rows_update(saga->out->rows, &order_refund_table, refund);
    }
    if (past != NULL) {
        rows_update(saga->out->rows, &order_past_payment_table, past);
    }
}

/* It is not told any more. */
static void forget(struct saga *saga, struct refund_row *refund)
{
    struct past_payment_row *past = past_payment(saga, refund->payment_no);

    refund->state = REFUND_REFUSED;
    rows_update(saga->out->rows, &order_refund_table, refund);
    if (past != NULL) {
        past->refund_told_minor -= refund->amount_minor;
        rows_update(saga->out->rows, &order_past_payment_table, past);
    } else {
        saga->order->refund_told_minor -= refund->amount_minor;
    }
}

int64_t note_refund_refused(struct saga *saga, const char *refund_id)
{
    struct refund_row *refund = find_refund(saga, refund_id);

    if (refund == NULL || refund->state != REFUND_TOLD) {
        return 0;
    }
    forget(saga, refund);
    return refund->amount_minor;
}

void forget_failed_refunds(struct saga *saga)
{
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_FAILED) {
            forget(saga, *refund);
        }
    }
}

/* The bank sent it back: it was not given back after all. */
static void take_back(struct saga *saga, const struct refund_row *refund)
{
    struct past_payment_row *past = past_payment(saga, refund->payment_no);

    if (past != NULL) {
        past->refunded_minor -= refund->amount_minor;
        detour_change(saga)->earlier_refunded_minor -= refund->amount_minor;
        rows_update(saga->out->rows, &order_past_payment_table, past);
    } else {
        saga->order->refunded_minor -= refund->amount_minor;
    }
}

void note_refund_failed(struct saga *saga, const char *refund_id, bool by_hand)
{
    struct refund_row *refund = find_refund(saga, refund_id);

    if (refund == NULL || refund->state == REFUND_REFUSED || refund->state == REFUND_FAILED ||
        (refund->state == REFUND_TOLD && by_hand)) {
        return;
    }
    if (refund->state == REFUND_DONE) {
        take_back(saga, refund);
    }
    refund->state = REFUND_FAILED;
    rows_update(saga->out->rows, &order_refund_table, refund);
}

/* What was said of the payment while the places were asked had to wait. */
void take_up_payment(struct saga *saga)
{
    int64_t state = saga->order->payment_state;

    if (money_taken(saga) >= saga->order->total_minor) {
        return;
    }
    if (state == PAYMENT_STATE_EXPIRED && detour_payment_no(saga) == 1) {
        renew_payment(saga);
    } else if (state == PAYMENT_STATE_EXPIRED || state == PAYMENT_STATE_FAILED ||
               state == PAYMENT_STATE_VOIDED) {
        ask_about_payment(saga);
    } else {
        await_payment(saga);
    }
}
