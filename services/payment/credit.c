/* credit.c - holds the credit of companies, and has it follow their payments. */
#include "services/payment/credit.h"

#include "common/id.h"
#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/payment/payment.h"
#include "services/payment/tables.h"

/* So many are asked at once; what they do not take is room that the next change finds. */
enum { ASKED_MAX = 100 };

static int64_t above_zero(int64_t minor)
{
    return minor > 0 ? minor : 0;
}

static bool waits(const struct payment_row *payment)
{
    return payment->state == PAYMENT_STATE_REQUIRES_ACTION &&
           method_holder((enum payment_method)payment->method) == HELD_AS_CREDIT;
}

struct credit_use credit_use_of(const struct payment_row *payment)
{
    struct credit_use use = { 0 };

    if (payment != NULL && method_holder((enum payment_method)payment->method) == HELD_AS_CREDIT) {
        use.held_minor =
            payment->authorized_minor - payment->captured_minor - payment->released_minor;
        use.receivable_minor =
            above_zero(payment->captured_minor - payment->refunded_minor - payment->received_minor);
        use.awaited_minor = waits(payment) ? payment->amount_minor : 0;
    }
    return use;
}

static int64_t used_minor(const struct credit_row *account)
{
    return account->held_minor + account->receivable_minor;
}

/* Below zero where the limit was lowered. */
static int64_t room_minor(const struct credit_row *account)
{
    return account->limit_minor - used_minor(account);
}

const char *credit_objection(const struct credit_row *account, const char *currency,
                             int64_t amount_minor)
{
    if (account == NULL || !account->active) {
        return "credit_not_granted";
    }
    if (!text_equal(account->currency, currency)) {
        return "currency_differs";
    }
    if (mutant("lend_beyond")) {
        return NULL;
    }
    return amount_minor > room_minor(account) ? CREDIT_LIMIT_EXCEEDED : NULL;
}

/* --- Who waits ----------------------------------------------------------------------------------- */

static struct credit_waiter_row *waiter_of(const struct rows *rows,
                                           const struct payment_row *payment)
{
    void **at = rows_list(rows, &credit_waiter_table, key_text(payment->company));

    for (; *at != NULL; at++) {
        struct credit_waiter_row *waiter = *at;

        if (waiter->order_no == payment->order_no && waiter->payment_no == payment->payment_no) {
            return waiter;
        }
    }
    return NULL;
}

/* True: it waits no more, or for less, so that what it was to have may be another's. */
static bool line_up(struct dealing *dealing)
{
    const struct payment_row *payment = dealing->row;
    struct rows *rows = dealing->out->rows;
    int64_t before_minor = dealing->followed.awaited_minor;
    int64_t awaited_minor = credit_use_of(payment).awaited_minor;

    dealing->followed.awaited_minor = awaited_minor;
    if (awaited_minor == before_minor) {
        return false;
    }
    if (before_minor == 0) {
        rows_insert(rows, &credit_waiter_table,
                    &(struct credit_waiter_row){ .company = payment->company,
                                                 .order_no = payment->order_no,
                                                 .payment_no = payment->payment_no,
                                                 .amount_minor = awaited_minor,
                                                 .since = dealing->out->now,
                                                 .order_id = payment->order_id });
        return false;
    }
    struct credit_waiter_row *waiter = waiter_of(rows, payment);

    if (awaited_minor == 0) {
        rows_remove(rows, &credit_waiter_table, waiter);
    } else {
        waiter->amount_minor = awaited_minor;
        rows_update(rows, &credit_waiter_table, waiter);
    }
    return true;
}

static void have_try(struct decision *out, const struct credit_waiter_row *waiter)
{
    const char *order_id =
        text_format(out->arena, "%s", order_id_format(waiter->order_id.bytes).text);
    const struct credit_try input = {
        .order_id = order_id,
        .order_no = waiter->order_no,
        .payment_id = text_format(out->arena, "%s-P%lld", order_id, (long long)waiter->payment_no),
    };

    decide_input(out, (struct subject){ waiter->order_no, order_id }, MESSAGE_CREDIT_TRY, &input,
                 sizeof input);
}

/* The oldest that fit, as far as the room goes: one that needs more does not keep smaller ones waiting. */
static void share_room(struct decision *out, const struct credit_row *account)
{
    bool lends = account != NULL && account->active;
    int64_t left_minor = lends ? room_minor(account) : 0;
    void **at =
        lends ? rows_list(out->rows, &credit_waiter_table, key_text(account->company)) : NULL;

    for (size_t asked = 0; left_minor > 0 && *at != NULL && asked < ASKED_MAX; at++) {
        const struct credit_waiter_row *waiter = *at;

        if (waiter->amount_minor <= left_minor) {
            have_try(out, waiter);
            left_minor -= waiter->amount_minor;
            asked++;
        }
    }
}

/* --- The account --------------------------------------------------------------------------------- */

static struct credit_row *account_of(const struct dealing *dealing)
{
    return rows_find(dealing->out->rows, &credit_table, key_text(dealing->row->company));
}

/* True: some of the account is free again. */
static bool use_account(struct dealing *dealing)
{
    struct credit_use use = credit_use_of(dealing->row);
    struct credit_use *followed = &dealing->followed;
    int64_t held_minor = use.held_minor - followed->held_minor;
    int64_t receivable_minor = use.receivable_minor - followed->receivable_minor;

    if (mutant("keep_credit") && held_minor < 0) {
        held_minor = 0;
    }
    if (held_minor == 0 && receivable_minor == 0) {
        return false;
    }
    struct credit_row *account = account_of(dealing);

    if (account == NULL) {
        decide_impossible(dealing->out, "payment \"%s\" uses credit of \"%s\", which has none",
                          dealing->payment_id, dealing->row->company);
        return false;
    }
    followed->held_minor = use.held_minor;
    followed->receivable_minor = use.receivable_minor;
    account->held_minor += held_minor;
    account->receivable_minor += receivable_minor;
    int64_t above_minor = above_zero(used_minor(account) - account->limit_minor);

    if (account->excess_minor >
        above_minor) { /* it only ever shrinks here: see credit_within_limit */
        account->excess_minor = above_minor;
    }
    rows_update(dealing->out->rows, &credit_table, account);
    return held_minor + receivable_minor < 0;
}

void credit_follow(struct dealing *dealing)
{
    if (dealing->row == NULL || dealing->row->company == NULL) {
        return;
    }
    bool left_line = line_up(dealing), made_room = use_account(dealing);

    if ((left_line || made_room) && !mutant("let_credit_lie")) {
        share_room(dealing->out, account_of(dealing));
    }
}

/* --- Rows ---------------------------------------------------------------------------------------- */

void credit_want(const char *company, struct rows *rows)
{
    rows_want(rows, &credit_table, key_text(company));
    rows_want(rows, &credit_waiter_table, key_text(company));
}

void authorize_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_authorize *command = in->message;

    if (command->company != NULL) {
        credit_want(command->company, rows);
    }
}

void credit_need_shared(const struct incoming_message *in, struct rows *rows)
{
    void **at = rows_list(rows, &payment_table, key_number(in->subject.number));

    for (; *at != NULL; at++) {
        const struct payment_row *payment = *at;

        if (payment->company != NULL) {
            credit_want(payment->company, rows);
        }
    }
}

/* --- The terms ----------------------------------------------------------------------------------- */

static const struct credit_put *put_of(const struct incoming_message *in)
{
    return in->message;
}

const char *credit_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return put_of(in)->company;
}

void credit_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    credit_want(put_of(in)->company, rows);
}

static bool same_terms(const struct credit_row *account, const struct credit_terms *terms)
{
    return account->limit_minor == terms->limit_minor && account->net_days == terms->net_days &&
           account->active == (!terms->has_active || terms->active);
}

static void set_terms(struct credit_row *account, const struct credit_terms *terms, int64_t now)
{
    account->version++;
    account->limit_minor = terms->limit_minor;
    account->net_days = terms->net_days;
    account->active = !terms->has_active || terms->active;
    account->excess_minor = above_zero(used_minor(account) - account->limit_minor);
    account->changed_at = now;
}

void on_credit_put(struct decision *out, const struct incoming_message *in)
{
    const struct credit_put *request = put_of(in);
    const struct credit_terms *terms = &request->body;
    struct credit_row *stored = rows_find(out->rows, &credit_table, key_text(request->company));
    bool same = stored != NULL && same_terms(stored, terms);

    if (stored != NULL && !text_equal(stored->currency, terms->currency)) {
        reply_invalid(out, in, "/currency", "is not the one that the company's credit is in");
        return;
    }
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        struct credit_row row = { .company = request->company, .currency = terms->currency };

        set_terms(&row, terms, out->now);
        rows_insert(out->rows, &credit_table, &row);
    } else if (!same) {
        set_terms(stored, terms, out->now);
        rows_update(out->rows, &credit_table, stored);
        share_room(out, stored);
    }
    reply_done(out, in, stored == NULL ? 201 : 200, request->company);
}

/* --- Trying again -------------------------------------------------------------------------------- */

void credit_try_need(const struct incoming_message *in, struct rows *rows)
{
    want_payments(rows, in->subject.number);
}

void on_credit_try(struct decision *out, const struct incoming_message *in)
{
    const struct credit_try *input = in->message;
    struct dealing dealing;

    if (dealing_open(&dealing, out, in->subject, input->payment_id)) {
        payment_take(&dealing, ON_ROOM);
        if (waits(
                dealing.row)) { /* another one was faster: what it left may be enough for others */
            share_room(out, account_of(&dealing));
        }
    }
}
