/* credit.c - holds the credit of companies, and has it follow their payments. */
#include "services/payment/credit.h"

#include "common/mutant.h"
#include "common/reply.h"
#include "common/text.h"
#include "services/payment/tables.h"

static int64_t above_zero(int64_t minor)
{
    return minor > 0 ? minor : 0;
}

struct credit_use credit_use_of(const struct payment_row *payment)
{
    struct credit_use use = { 0 };

    if (payment != NULL && method_holder((enum payment_method)payment->method) == HELD_AS_CREDIT) {
        use.held_minor =
            payment->authorized_minor - payment->captured_minor - payment->released_minor;
        use.receivable_minor =
            above_zero(payment->captured_minor - payment->refunded_minor - payment->received_minor);
    }
    return use;
}

static int64_t used_minor(const struct credit_row *account)
{
    return account->held_minor + account->receivable_minor;
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
    return amount_minor > account->limit_minor - used_minor(account) ? "credit_limit_exceeded"
                                                                     : NULL;
}

void credit_follow(struct dealing *dealing)
{
    struct credit_use use = credit_use_of(dealing->row);
    struct credit_use *followed = &dealing->followed;
    int64_t held_minor = use.held_minor - followed->held_minor;
    int64_t receivable_minor = use.receivable_minor - followed->receivable_minor;

    if (mutant("keep_credit") && held_minor < 0) {
        held_minor = 0;
    }
    if (held_minor == 0 && receivable_minor == 0) {
        return;
    }
    struct rows *rows = dealing->out->rows;
    struct credit_row *account = rows_find(rows, &credit_table, key_text(dealing->row->company));

    if (account == NULL) {
        decide_impossible(dealing->out, "payment \"%s\" uses credit of \"%s\", which has none",
                          dealing->payment_id, dealing->row->company);
        return;
    }
    *followed = use;
    account->held_minor += held_minor;
    account->receivable_minor += receivable_minor;
    int64_t above_minor = above_zero(used_minor(account) - account->limit_minor);

    if (account->excess_minor >
        above_minor) { /* it only ever shrinks here: see credit_within_limit */
        account->excess_minor = above_minor;
    }
    rows_update(rows, &credit_table, account);
}

/* --- Rows ---------------------------------------------------------------------------------------- */

void authorize_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_authorize *command = in->message;

    if (command->company != NULL) {
        rows_want(rows, &credit_table, key_text(command->company));
    }
}

void credit_need_shared(const struct incoming_message *in, struct rows *rows)
{
    void **at = rows_list(rows, &payment_table, key_number(in->subject.number));

    for (; *at != NULL; at++) {
        const struct payment_row *payment = *at;

        if (payment->company != NULL) {
            rows_want(rows, &credit_table, key_text(payment->company));
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
    rows_want(rows, &credit_table, key_text(put_of(in)->company));
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
    }
    reply_done(out, in, stored == NULL ? 201 : 200, request->company);
}
