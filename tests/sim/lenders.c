/* lenders.c - companies that buy: people grant them credit, more or less of it, book what they pay, and theirs approve. */
#include "tests/sim/people.h"

#include "common/text.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

enum { METHOD_INVOICE = 4, PAYS_PERCENT = 30 };

/* So little that it is used up now and then, and enough for some. */
static const int64_t limits_minor[] = { 12000, 60000, 400000 };
static const char *const companies[] = { "ACME", "BULK", "GRAND" };
enum { COMPANIES = sizeof companies / sizeof companies[0] };

static const char *const names[] = { "clerk", "head", "owner" };
enum { BUYERS = sizeof names / sizeof names[0], REASON_APPROVAL = 9 };

static struct view payment, hold, held_order, detour;

const char *lender_company(struct sim *sim)
{
    int64_t drawn = chance_below(&sim->chance, 20);

    return drawn == 0 ? "STRANGER" : companies[drawn % COMPANIES];
}

static void grant(struct sim *sim, int64_t number, int64_t limit_minor, bool active)
{
    const struct credit_put put = { .company = companies[number],
                                    .body = { .currency = "EUR",
                                              .limit_minor = limit_minor,
                                              .net_days = 14,
                                              .active = active,
                                              .has_active = true } };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_CREDIT_PUT, .key = companies[number], .message = &put });
}

/* All that it owes for an order, or a part of it, or a little more. */
static void pay(struct sim *sim, const void *row, int64_t owed_minor)
{
    struct order_id_text order = order_id_format(view_bytes(&payment, row, 6).bytes);
    int64_t payment_no = view_int(&payment, row, 1), drawn = chance_below(&sim->chance, 10);
    struct child_id_text id = child_id_format(order.text, 'P', payment_no);
    const struct payment_received message = {
        .payment_id = id.text,
        .body = { .amount_minor = drawn == 0   ? 1 + owed_minor / 2
                                  : drawn == 1 ? owed_minor + 5
                                               : owed_minor,
                  .currency = "EUR",
                  .received_at = sim->now,
                  .bank_reference = text_format(
                      sim->ctx.arena, "L-%lld-%lld-%lld", (long long)view_int(&payment, row, 0),
                      (long long)payment_no, (long long)sim->requests_sent) }
    };

    gateway_send(sim, &(struct request){ .type = MESSAGE_PAYMENT_RECEIVED,
                                         .key = order.text,
                                         .message = &message });
}

static void companies_pay(struct sim *sim)
{
    size_t count = 0;

    (void)view_once(&payment, SIM_PAYMENT, "payment",
                    "order_no payment_no method captured_minor refunded_minor received_minor "
                    "order_id");
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t owed_minor = view_int(&payment, rows[i], 3) - view_int(&payment, rows[i], 4) -
                             view_int(&payment, rows[i], 5);

        if (view_int(&payment, rows[i], 2) == METHOD_INVOICE && owed_minor > 0 &&
            chance_below(&sim->chance, 100) < PAYS_PERCENT) {
            pay(sim, rows[i], owed_minor);
        }
    }
}

static void think_again(struct sim *sim)
{
    int64_t number = chance_below(&sim->chance, COMPANIES);
    int64_t percent = chance_between(&sim->chance, 20, 180);

    grant(sim, number, limits_minor[number] * percent / 100, chance_below(&sim->chance, 8) > 0);
}

/* Who may order a little alone, who may order more and approve as much, and who may do anything. */
static void put_company(struct sim *sim, int64_t number)
{
    static const struct company_buyer buyers[] = {
        { .channel_customer_ref = "clerk",
          .approval_limit_minor = 3000,
          .has_approval_limit_minor = true },
        { .channel_customer_ref = "head",
          .approval_limit_minor = 9000,
          .has_approval_limit_minor = true,
          .may_approve = true,
          .has_may_approve = true },
        { .channel_customer_ref = "owner", .may_approve = true, .has_may_approve = true },
    };
    const struct company_put put = { .code = companies[number],
                                     .body = { .name = "Acme Ltd.",
                                               .currency = "EUR",
                                               .hold_over_credit = number > 0,
                                               .has_hold_over_credit = true,
                                               .buyers = buyers,
                                               .buyers_count = 3 } };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_COMPANY_PUT, .key = companies[number], .message = &put });
}

const char *lender_buyer(struct sim *sim)
{
    return chance_below(&sim->chance, 30) == 0 ? "stranger"
                                               : names[chance_below(&sim->chance, BUYERS)];
}

/* Somebody of some company decides about the order; mostly it is theirs. */
static void decide(struct sim *sim, const void *row)
{
    struct memory_slice orders =
        view_find(sim, SIM_ORDER, &held_order, key_number(view_int(&hold, row, 0)));
    struct memory_slice detours =
        view_find(sim, SIM_ORDER, &detour, key_number(view_int(&hold, row, 0)));
    struct order_id_text id = order_id_format(view_bytes(&held_order, orders.rows[0], 1).bytes);
    int64_t drawn = chance_below(&sim->chance, 10);
    const struct order_approve message = {
        .order_id = id.text,
        .company = drawn == 0 ? companies[0] : view_text(&detour, detours.rows[0], 1),
        .body = { .decision = drawn < 3 ? ORDER_APPROVE_BODY_DECISION_REJECT
                                        : ORDER_APPROVE_BODY_DECISION_APPROVE,
                  .buyer = drawn == 9 ? NULL : lender_buyer(sim) }
    };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_ORDER_APPROVE, .key = id.text, .message = &message });
}

static void companies_approve(struct sim *sim)
{
    size_t count = 0;

    (void)view_once(&hold, SIM_ORDER, "hold", "order_no reason released_at");
    (void)view_once(&held_order, SIM_ORDER, "orders", "order_no order_id");
    (void)view_once(&detour, SIM_ORDER, "detour", "order_no company");
    void **rows = view_rows(sim, SIM_ORDER, &hold, &count);
    for (size_t i = 0; i < count; i++) {
        bool waits = view_int(&hold, rows[i], 1) == REASON_APPROVAL &&
                     (view_int(&hold, rows[i], 2) == 0 || chance_of(&sim->chance, 1000));

        if (waits && chance_below(&sim->chance, 3) > 0) {
            decide(sim, rows[i]);
        }
    }
}

static void come_again(struct sim *sim, void *subject, int64_t number)
{
    if (sim->healed) {
        return;
    }
    companies_pay(sim);
    companies_approve(sim);
    if (chance_below(&sim->chance, 3) == 0) {
        think_again(sim);
    }
    sim_plan(sim, chance_between(&sim->chance, 1, 60) * MINUTE_MS, come_again, subject, number);
}

void lenders_open(struct sim *sim)
{
    for (int64_t i = 0; i < COMPANIES; i++) {
        put_company(sim, i);
        grant(sim, i, limits_minor[i], true);
    }
}

void lenders_relent(struct sim *sim)
{
    for (int64_t i = 0; i < COMPANIES; i++) {
        grant(sim, i, INT64_C(90000000), true);
    }
}

void lenders_begin(struct sim *sim)
{
    sim_plan(sim, HOUR_MS, come_again, NULL, 0);
}
