/* money_back.c - voids and refunds, each told once under its number. */
#include "services/order/money_back.h"

#include "common/id.h"
#include "common/mutant.h"
#include "common/text.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/dispute.h"
#include "services/order/shares.h"
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

    return detour_payment_no(saga) == 1 && detour_additions(saga) == 0
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

/* What was lost in disputes the shopper has; where some of it was given back before, too, that is no debt of other payments. */
static int64_t without_lost(const struct saga *saga, int64_t payment_no, int64_t left_minor)
{
    int64_t lost_minor = dispute_lost_minor(saga, payment_no);

    if (left_minor <= 0) {
        return left_minor;
    }
    return lost_minor < left_minor ? left_minor - lost_minor : 0;
}

/* Taken by the present payment, and neither told to be given back nor lost. */
static int64_t has_minor(const struct saga *saga)
{
    return without_lost(saga, detour_payment_no(saga),
                        saga->order->captured_minor - saga->order->refund_told_minor);
}

static int64_t past_has_minor(const struct saga *saga, const struct past_payment_row *past)
{
    return without_lost(saga, past->payment_no, past->captured_minor - past->refund_told_minor);
}

int64_t money_kept(const struct saga *saga)
{
    int64_t kept = has_minor(saga);

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        kept += past_has_minor(saga, *past);
    }
    return kept;
}

/* By our word, whatever became of it. */
static bool is_wanted(const struct refund_row *refund)
{
    return refund->state == REFUND_TOLD || refund->state == REFUND_DONE ||
           refund->state == REFUND_FAILED;
}

static bool is_by_staff(const struct refund_row *refund)
{
    return refund->state == REFUND_STAFF_FAILED || refund->state == REFUND_STAFF_GIVEN ||
           refund->state == REFUND_STAFF_LEFT;
}

int64_t money_taken(const struct saga *saga)
{
    int64_t taken = saga->order->captured_minor;

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        taken += (*past)->captured_minor;
    }
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        taken -= is_wanted(*refund) ? (*refund)->amount_minor : 0;
    }
    return taken;
}

int64_t payments_last(const struct saga *saga)
{
    int64_t last = detour_payment_no(saga);

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        last = (*past)->payment_no > last ? (*past)->payment_no : last;
    }
    return last;
}

bool payment_was_renewed(const struct saga *saga)
{
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        if ((*past)->edit_no == 0) {
            return true;
        }
    }
    return false;
}

/* Of a payment that an edit added; one that took the place of another, or whose place was taken, is not asked about. */
static bool is_live(const struct past_payment_row *payment)
{
    return payment->edit_no != 0 && payment->state != PAYMENT_STATE_VOIDED &&
           payment->state != PAYMENT_STATE_EXPIRED && payment->state != PAYMENT_STATE_FAILED;
}

int64_t added_payment_left(const struct past_payment_row *payment)
{
    return is_live(payment) && payment->authorized_minor > payment->captured_minor
               ? payment->authorized_minor - payment->captured_minor
               : 0;
}

/* What it is still to bring: a person may have taken some of it, or pieces may have gone. */
static int64_t to_bring(const struct saga *saga, const struct past_payment_row *payment)
{
    int64_t wanted_minor = shares_wanted_of(saga, payment->payment_no);
    int64_t left_minor = added_payment_left(payment);

    return wanted_minor < left_minor ? wanted_minor : left_minor;
}

int64_t money_due(const struct saga *saga)
{
    int64_t due_minor = saga->order->total_minor;

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        due_minor -= to_bring(saga, *past);
    }
    return due_minor;
}

static void let_go_of(struct saga *saga, struct past_payment_row *payment)
{
    payment->state = PAYMENT_STATE_VOIDING;
    rows_update(saga->out->rows, &order_past_payment_table, payment);
    tell_void_of(saga, payment->payment_no, false);
}

void let_payment_go(struct saga *saga, int64_t payment_no)
{
    struct past_payment_row *payment = past_payment(saga, payment_no);

    if (payment != NULL && is_live(payment)) {
        let_go_of(saga, payment);
    }
}

/* Those that edits added, as far as they are not let go of: all, or those that nothing is wanted of any more. */
static void let_added_go(struct saga *saga, bool all)
{
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        bool unneeded = added_payment_left(*past) > 0 && to_bring(saga, *past) == 0 &&
                        (*past)->state != PAYMENT_STATE_VOIDING;

        if (is_live(*past) && (all || unneeded)) {
            let_go_of(saga, *past);
        }
    }
}

bool money_is_back(const struct saga *saga)
{
    const struct order_row *order = saga->order;
    int64_t lost_minor = dispute_lost_minor(saga, detour_payment_no(saga));

    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        int64_t back_minor =
            (*past)->refunded_minor + dispute_lost_minor(saga, (*past)->payment_no);

        if (back_minor < (*past)->captured_minor || is_live(*past)) {
            return false;
        }
    }
    return (order->payment_state == PAYMENT_STATE_VOIDED ||
            order->payment_state == PAYMENT_STATE_ABSENT) &&
           order->refunded_minor + lost_minor >= order->captured_minor;
}

/* A new refund. */
struct giving {
    int64_t amount_minor;
    enum refund_word word;
};

/* A new refund of the payment, at most what it has. */
static int64_t add_refund(struct saga *saga, int64_t payment_no, int64_t has_minor,
                          struct giving giving)
{
    struct refund_row refund = { .order_no = saga->order->order_no,
                                 .payment_no = payment_no,
                                 .amount_minor = giving.amount_minor < has_minor
                                                     ? giving.amount_minor
                                                     : has_minor,
                                 .state = REFUND_TOLD };

    if (refund.amount_minor <= 0) {
        return 0;
    }
    refund.refund_no = ++saga->order->refund_count;
    rows_insert(saga->out->rows, &order_refund_table, &refund);
    tell_refund(saga, &refund, giving.word);
    return refund.amount_minor;
}

/* From the newest payment first: it is the one whose provider is likeliest to still know the card. */
static void give_back_so(struct saga *saga, struct giving giving)
{
    struct order_row *order = saga->order;
    int64_t told = add_refund(saga, detour_payment_no(saga), has_minor(saga), giving);

    order->refund_told_minor += told;
    giving.amount_minor -= told;
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        told = add_refund(saga, (*past)->payment_no, past_has_minor(saga, *past), giving);
        (*past)->refund_told_minor += told;
        giving.amount_minor -= told;
        rows_update(saga->out->rows, &order_past_payment_table, *past);
    }
}

static void give_back(struct saga *saga, int64_t amount_minor)
{
    if (!mutant("drop_refund")) {
        give_back_so(saga, (struct giving){ amount_minor, REFUND_ASKED });
    }
}

void tell_refunds_again(struct saga *saga)
{
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_TOLD) {
            tell_refund(saga, *refund, REFUND_ASKED);
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
    let_added_go(saga, true);
    give_back_left(saga);
    end_if_back(saga);
}

void undo_taken(struct saga *saga)
{
    if (money_kept(saga) > 0 || saga->order->payment_state == PAYMENT_STATE_VOIDING) {
        saga_take(saga, ON_MONEY_TAKEN);
    }
}

void give_back_excess(struct saga *saga)
{
    give_back(saga, money_kept(saga) - money_due(saga));
}

void give_back_for_share(struct saga *saga, int64_t value_minor)
{
    if (saga->order->payment_method != PAYMENT_METHOD_CASH_ON_DELIVERY) {
        int64_t kept = money_kept(saga);

        give_back(saga, value_minor < kept ? value_minor : kept);
    }
}

/* Early: nothing of its money may stay. */
static bool is_over(const struct saga *saga)
{
    return saga->order->ended_at != 0 && saga->order->status != ORDER_STATUS_COMPLETED;
}

/* Something of the payment is not taken, and will not be. */
static bool has_rest(const struct saga *saga)
{
    const struct order_row *order = saga->order;

    return order->authorized_minor > order->captured_minor && money_taken(saga) >= money_due(saga);
}

/* Those that people asked for, and that did not arrive or wait for a hand: up to so much.  Returns how much. */
static int64_t tell_staff_given(struct saga *saga, int64_t at_most_minor)
{
    int64_t told_minor = 0;

    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_STAFF_FAILED &&
            (*refund)->amount_minor <= at_most_minor - told_minor) {
            tell_refund(saga, *refund, REFUND_GIVEN_BY_HAND);
            told_minor += (*refund)->amount_minor;
        }
    }
    return told_minor;
}

/* What waits for a hand by people's request counts as on its way at payment: no refund of ours is made in its place.  What they had
 * given back, and the bank sent back, may have no refund at all. */
static void tell_rest_given(struct saga *saga)
{
    int64_t kept_minor = money_kept(saga);
    int64_t told_minor = tell_staff_given(saga, kept_minor);

    give_back_so(saga, (struct giving){ kept_minor - told_minor, REFUND_GIVEN_BY_HAND });
}

/* That it is wanted no more is known from then on, whoever asked first. */
void note_not_let_go(struct saga *saga)
{
    const struct order_row *order = saga->order;

    if (order->authorized_minor > order->captured_minor &&
        order->payment_state != PAYMENT_STATE_VOIDED) {
        saga->order->payment_state = PAYMENT_STATE_VOIDING;
    }
}

void tell_past_voids(struct saga *saga, bool by_hand)
{
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        if (!is_live(*past) || (*past)->state == PAYMENT_STATE_VOIDING) {
            tell_void_of(saga, (*past)->payment_no, by_hand);
        }
    }
}

void tell_given_back(struct saga *saga)
{
    int64_t state = saga->order->payment_state;

    if (state == PAYMENT_STATE_VOIDING || (is_over(saga) && state != PAYMENT_STATE_VOIDED)) {
        tell_void(saga, true);
    }
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        if ((*past)->state == PAYMENT_STATE_VOIDING) {
            tell_void_of(saga, (*past)->payment_no, true);
        }
    }
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_TOLD || (*refund)->state == REFUND_FAILED) {
            tell_refund(saga, *refund, REFUND_GIVEN_BY_HAND);
        }
    }
    if (is_over(saga)) {
        tell_rest_given(saga);
    }
    end_if_back(saga);
}

void tell_staff_refunds_given(struct saga *saga)
{
    (void)tell_staff_given(saga, INT64_MAX);
}

void leave_staff_refunds(struct saga *saga)
{
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_STAFF_FAILED) {
            (*refund)->state = REFUND_STAFF_LEFT;
            rows_update(saga->out->rows, &order_refund_table, *refund);
            tell_refund(saga, *refund, REFUND_WITHDRAWN);
        }
    }
}

void let_unneeded_go(struct saga *saga)
{
    struct share_summary shares = shares_sum_up(saga);

    if (has_rest(saga) && shares.live > shares.delivered &&
        saga->order->payment_state != PAYMENT_STATE_VOIDED) {
        tell_void(saga, false);
    }
    let_added_go(saga, false);
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
    for (struct past_payment_row **past = past_payments(saga); *past != NULL; past++) {
        if (added_payment_left(*past) > 0 && (*past)->state != PAYMENT_STATE_VOIDING) {
            let_go_of(saga, *past);
        }
    }
}

/* Where it is not taken, and something of it is held. */
static void let_present_go(struct saga *saga)
{
    struct order_row *order = saga->order;
    bool lost = order->payment_state == PAYMENT_STATE_VOIDED ||
                order->payment_state == PAYMENT_STATE_FAILED ||
                order->payment_state == PAYMENT_STATE_EXPIRED;

    if (!lost && order->authorized_minor > order->captured_minor) {
        tell_void(saga, false);
    }
    order->payment_state = PAYMENT_STATE_EXPIRED;
}

/* One payment for all that is not taken is simpler than one for each part, and asks the shopper once. */
void lose_added_payment(struct saga *saga, struct past_payment_row *payment,
                        enum payment_state state)
{
    bool wanted = saga->order->ended_at == 0 && shares_wanted_of(saga, payment->payment_no) > 0;
    bool renewed = payment_was_renewed(saga);

    payment->state = state;
    rows_update(saga->out->rows, &order_past_payment_table, payment);
    if (wanted) {
        shares_leave_payment(saga, payment->payment_no);
        let_present_go(saga);
        saga->code = "lapsed";
        saga_take(saga, renewed ? ON_DECLINED : ON_LAPSED);
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

/* Where the sums of a payment are kept. */
struct sums {
    struct past_payment_row *past; /* NULL: it is the present one */
    int64_t *refunded, *told;
};

static struct sums sums_of(struct saga *saga, int64_t payment_no)
{
    struct past_payment_row *past = past_payment(saga, payment_no);

    return past == NULL ? (struct sums){ NULL, &saga->order->refunded_minor,
                                         &saga->order->refund_told_minor }
                        : (struct sums){ past, &past->refunded_minor, &past->refund_told_minor };
}

/* What people give back of their own accord counts as told, too. */
static void count_refunded(struct saga *saga, struct sums sums, int64_t more_minor, bool ours)
{
    *sums.refunded += more_minor;
    *sums.told += ours ? 0 : more_minor;
    if (sums.past != NULL) {
        detour_change(saga)->earlier_refunded_minor += more_minor;
        rows_update(saga->out->rows, &order_past_payment_table, sums.past);
    }
}

void note_refunded(struct saga *saga, int64_t payment_no, const char *refund_id,
                   int64_t refunded_minor)
{
    struct refund_row *refund = find_refund(saga, refund_id);
    struct sums sums = sums_of(saga, payment_no);
    bool ours = refund != NULL && is_wanted(refund);

    if (refunded_minor > *sums.refunded) {
        count_refunded(saga, sums, refunded_minor - *sums.refunded, ours);
    }
    if (refund != NULL) {
        refund->state = is_by_staff(refund) ? REFUND_STAFF_GIVEN : REFUND_DONE;
        rows_update(saga->out->rows, &order_refund_table, refund);
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

bool tell_left_given(struct saga *saga, const char *refund_id)
{
    struct refund_row *refund = find_refund(saga, refund_id);

    if (refund == NULL || refund->state != REFUND_FAILED || money_kept(saga) >= 0) {
        return false;
    }
    forget(saga, refund);
    if (is_over(saga)) {
        tell_rest_given(saga);
    } else {
        give_back_so(saga,
                     (struct giving){ money_kept(saga) - money_due(saga), REFUND_GIVEN_BY_HAND });
    }
    return true;
}

void forget_failed_refunds(struct saga *saga)
{
    for (struct refund_row **refund = refunds_of(saga); *refund != NULL; refund++) {
        if ((*refund)->state == REFUND_FAILED) {
            forget(saga, *refund);
        }
    }
}

/* How much less of the payment is given back than was known: the bank sent it back. */
static int64_t come_back_minor(const struct payment_failed *failed, const struct refund_row *refund,
                               int64_t known_minor)
{
    if (failed->has_refunded_minor) {
        return known_minor > failed->refunded_minor ? known_minor - failed->refunded_minor : 0;
    }
    return refund != NULL && refund->state == REFUND_DONE ? refund->amount_minor : 0;
}

/* It is kept, so that a person can say that it is given by other means.  Its row counts as a number of ours. */
static void keep_staff_refund(struct saga *saga, struct refund_row *refund,
                              const struct payment_failed *failed)
{
    if (refund != NULL) {
        refund->state = REFUND_STAFF_FAILED;
        rows_update(saga->out->rows, &order_refund_table, refund);
    } else if (failed->has_amount_minor) {
        saga->order->refund_count++;
        rows_insert(saga->out->rows, &order_refund_table,
                    &(struct refund_row){ .order_no = saga->order->order_no,
                                          .refund_no = child_id_counter(failed->operation_id, 'B'),
                                          .payment_no = child_id_counter(failed->payment_id, 'P'),
                                          .amount_minor = failed->amount_minor,
                                          .state = REFUND_STAFF_FAILED });
    }
}

/* One that was refused, and told again before we heard of that, may have been taken up: what is
 * told in its stead needs its room. */
static enum missed_by keep_failed(struct saga *saga, struct refund_row *refund, bool by_hand)
{
    if (refund->state == REFUND_REFUSED && by_hand) {
        tell_refund(saga, refund, REFUND_WITHDRAWN);
        return MISSED_BY_NOBODY;
    }
    if (refund->state != REFUND_REFUSED && !(refund->state == REFUND_TOLD && by_hand)) {
        refund->state = REFUND_FAILED;
        rows_update(saga->out->rows, &order_refund_table, refund);
    }
    return MISSED_BY_ORDER;
}

enum missed_by note_refund_failed(struct saga *saga, const struct payment_failed *failed)
{
    struct refund_row *refund = find_refund(saga, failed->operation_id);
    struct sums sums = sums_of(saga, child_id_counter(failed->payment_id, 'P'));
    bool ours = refund != NULL &&
                (is_wanted(refund) || refund->state == REFUND_REFUSED); /* perhaps long ago */
    int64_t back_minor = come_back_minor(failed, refund, *sums.refunded);

    if (back_minor > 0) {
        count_refunded(saga, sums, -back_minor, refund != NULL && is_wanted(refund));
    }
    if (ours) {
        return keep_failed(saga, refund, text_equal(failed->code, "by_hand"));
    }
    keep_staff_refund(saga, refund, failed);
    return is_over(saga) && money_kept(saga) > 0 ? MISSED_BY_ORDER : MISSED_BY_STAFF;
}

/* What was said of the payment while the places were asked had to wait. */
void take_up_payment(struct saga *saga)
{
    int64_t state = saga->order->payment_state;

    if (money_taken(saga) >= money_due(saga)) {
        return;
    }
    if (state == PAYMENT_STATE_EXPIRED && !payment_was_renewed(saga)) {
        renew_payment(saga);
    } else if (state == PAYMENT_STATE_EXPIRED || state == PAYMENT_STATE_FAILED ||
               state == PAYMENT_STATE_VOIDED) {
        ask_about_payment(saga);
    } else {
        await_payment(saga);
    }
}
