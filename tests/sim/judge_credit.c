/* judge_credit.c - what companies buy on account: within what they are granted, and the sums of their payments. */
#include "tests/sim/judge.h"

#include "common/text.h"

#include <stddef.h>

enum {
    COMPANY,
    LIMIT,
    HELD,
    RECEIVABLE,
    EXCESS,
    ACTIVE,
    METHOD_INVOICE = 4,
    STATE_REQUIRES_ACTION = 2
};

static struct view account, payment, awaiting, waiter;

static void open_views(void)
{
    (void)view_once(&account, SIM_PAYMENT, "credit",
                    "company limit_minor held_minor receivable_minor excess_minor active");
    (void)view_once(&payment, SIM_PAYMENT, "payment",
                    "company method authorized_minor captured_minor released_minor refunded_minor "
                    "received_minor");
}

static void add_payment(struct sim *sim, const void *row, struct sums *held, struct sums *owed)
{
    const char *company = view_text(&payment, row, 0);
    int64_t captured_minor = view_int(&payment, row, 3);
    int64_t owed_minor = captured_minor - view_int(&payment, row, 5) - view_int(&payment, row, 6);

    if (company != NULL && view_int(&payment, row, 1) == METHOD_INVOICE) {
        sums_add(sim, held, company,
                 view_int(&payment, row, 2) - captured_minor - view_int(&payment, row, 4));
        sums_add(sim, owed, company, owed_minor > 0 ? owed_minor : 0);
    }
}

static void judge_account(struct sim *sim, const void *row, const struct sums *held,
                          const struct sums *owed)
{
    const char *company = view_text(&account, row, COMPANY);
    int64_t held_minor = view_int(&account, row, HELD);
    int64_t owed_minor = view_int(&account, row, RECEIVABLE);

    if (held_minor != sums_get(held, company) || owed_minor != sums_get(owed, company)) {
        judge_find(sim, company, "%lld held and %lld owed, its payments make %lld and %lld",
                   (long long)held_minor, (long long)owed_minor, (long long)sums_get(held, company),
                   (long long)sums_get(owed, company));
    }
    if (held_minor + owed_minor >
        view_int(&account, row, LIMIT) + view_int(&account, row, EXCESS)) {
        judge_find(sim, company, "%lld held and %lld owed, of a limit of %lld lowered by %lld",
                   (long long)held_minor, (long long)owed_minor,
                   (long long)view_int(&account, row, LIMIT),
                   (long long)view_int(&account, row, EXCESS));
    }
}

void judge_credit(struct sim *sim)
{
    struct sums held = { 0 }, owed = { 0 };
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);
    for (size_t i = 0; i < count; i++) {
        add_payment(sim, rows[i], &held, &owed);
    }
    rows = view_rows(sim, SIM_PAYMENT, &account, &count);
    for (size_t i = 0; i < count; i++) {
        judge_account(sim, rows[i], &held, &owed);
    }
}

/* In its line a company has the payments that wait for room, for what they need. */
void judge_credit_line(struct sim *sim)
{
    struct sums awaited = { 0 }, lined_up = { 0 };
    size_t count = 0;

    open_views();
    (void)view_once(&awaiting, SIM_PAYMENT, "payment", "company method state amount_minor");
    (void)view_once(&waiter, SIM_PAYMENT, "credit_waiter", "company amount_minor order_id");
    void **rows = view_rows(sim, SIM_PAYMENT, &awaiting, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&awaiting, rows[i], 1) == METHOD_INVOICE &&
            view_int(&awaiting, rows[i], 2) == STATE_REQUIRES_ACTION) {
            sums_add(sim, &awaited, view_text(&awaiting, rows[i], 0),
                     view_int(&awaiting, rows[i], 3));
        }
    }
    rows = view_rows(sim, SIM_PAYMENT, &waiter, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &lined_up, view_text(&waiter, rows[i], 0), view_int(&waiter, rows[i], 1));
    }
    rows = view_rows(sim, SIM_PAYMENT, &account, &count);
    for (size_t i = 0; i < count; i++) {
        const char *company = view_text(&account, rows[i], COMPANY);

        if (sums_get(&awaited, company) != sums_get(&lined_up, company)) {
            judge_find(sim, company, "%lld are awaited, and %lld are in its line",
                       (long long)sums_get(&awaited, company),
                       (long long)sums_get(&lined_up, company));
        }
    }
}

/* The least that anybody waits for; INT64_MAX where nobody does, or one is asked, who asks on. */
static int64_t least_awaited_minor(struct sim *sim, const char *company)
{
    int64_t least_minor = INT64_MAX;
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &waiter, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t amount_minor = view_int(&waiter, rows[i], 1);
        const struct bytes id = view_bytes(&waiter, rows[i], 2);

        if (!text_equal(company, view_text(&waiter, rows[i], 0))) {
            continue;
        }
        if (pending_inputs(sim, SIM_PAYMENT, order_id_format(id.bytes).text)) {
            return INT64_MAX;
        }
        least_minor = amount_minor < least_minor ? amount_minor : least_minor;
    }
    return least_minor;
}

/* Who waits for room that there is has been asked to try again. */
void judge_credit_waits(struct sim *sim)
{
    size_t count = 0;

    open_views();
    (void)view_once(&waiter, SIM_PAYMENT, "credit_waiter", "company amount_minor order_id");
    void **rows = view_rows(sim, SIM_PAYMENT, &account, &count);
    for (size_t i = 0; i < count; i++) {
        const char *company = view_text(&account, rows[i], COMPANY);
        int64_t room_minor = view_int(&account, rows[i], LIMIT) -
                             view_int(&account, rows[i], HELD) -
                             view_int(&account, rows[i], RECEIVABLE);
        int64_t least_minor = least_awaited_minor(sim, company);

        if (view_bool(&account, rows[i], ACTIVE) && least_minor <= room_minor) {
            judge_find(sim, company, "%lld wait, and %lld are free", (long long)least_minor,
                       (long long)room_minor);
        }
    }
}

void judge_credit_let_go(struct sim *sim)
{
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_PAYMENT, &account, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&account, rows[i], HELD) != 0) {
            judge_find(sim, view_text(&account, rows[i], COMPANY),
                       "%lld are held, and all orders are over",
                       (long long)view_int(&account, rows[i], HELD));
        }
    }
}
