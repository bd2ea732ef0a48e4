/* cashiers.c - people at the payment service: they take, give back and let go of money at any time, and book what came in. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/payment.h"
#include "tests/sim/gateway.h"
#include "tests/sim/shop.h"

enum { ACTS_MAX = 5 };

static void ask(struct sim *sim, const struct order_plan *plan, enum message_type type,
                const void *message)
{
    gateway_send(sim, &(struct request){ .type = type, .key = plan->id.text, .message = message });
}

/* Mostly the order's first payment; it may have another one by now, or none yet. */
static const char *draw_payment(struct sim *sim, const struct order_plan *plan)
{
    return text_format(sim->ctx.arena, "%s-P%d", plan->id.text,
                       chance_of(&sim->chance, 80000) ? 1 : 2);
}

static int64_t draw_part(struct sim *sim, const struct order_plan *plan)
{
    return 1 + chance_below(&sim->chance, plan->total_minor + plan->total_minor / 10 + 1);
}

static void take_amount(struct sim *sim, const struct order_plan *plan, bool all)
{
    const struct payment_capture_now message = {
        .payment_id = draw_payment(sim, plan),
        .body = { .has_amount_minor = !all, .amount_minor = all ? 0 : draw_part(sim, plan) }
    };

    ask(sim, plan, MESSAGE_PAYMENT_CAPTURE_NOW, &message);
}

static void take(struct sim *sim, const struct order_plan *plan)
{
    take_amount(sim, plan, chance_of(&sim->chance, 30000));
}

void cashiers_take_all(struct sim *sim, const struct order_plan *plan)
{
    take_amount(sim, plan, true);
}

static void give_back(struct sim *sim, const struct order_plan *plan)
{
    bool all = chance_of(&sim->chance, 30000);
    const struct payment_refund_now message = { .payment_id = draw_payment(sim, plan),
                                                .body = { .has_amount_minor = !all,
                                                          .amount_minor =
                                                              all ? 0 : draw_part(sim, plan),
                                                          .reason = CANCEL_REASON_OTHER } };

    ask(sim, plan, MESSAGE_PAYMENT_REFUND_NOW, &message);
}

static void take_and_give_back(struct sim *sim, const struct order_plan *plan)
{
    take(sim, plan);
    give_back(sim, plan);
}

static void let_go(struct sim *sim, const struct order_plan *plan)
{
    const struct payment_void_now message = { .payment_id = draw_payment(sim, plan) };

    ask(sim, plan, MESSAGE_PAYMENT_VOID_NOW, &message);
}

static void take_and_let_go(struct sim *sim, const struct order_plan *plan)
{
    take(sim, plan);
    let_go(sim, plan);
}

/* Whatever way the order is paid, and whether or not it was waited for. */
static void book_transfer(struct sim *sim, const struct order_plan *plan)
{
    bool all = chance_of(&sim->chance, 40000);
    const struct payment_received message = {
        .payment_id = draw_payment(sim, plan),
        .body = { .amount_minor = all ? plan->total_minor : draw_part(sim, plan),
                  .currency = "EUR",
                  .received_at = sim->now,
                  .bank_reference =
                      text_format(sim->ctx.arena, "C-%lld-%lld", (long long)plan->number,
                                  (long long)sim->requests_sent) }
    };

    ask(sim, plan, MESSAGE_PAYMENT_RECEIVED, &message);
}

/* Part of what came is taken, and more comes. */
static void book_take_and_book(struct sim *sim, const struct order_plan *plan)
{
    book_transfer(sim, plan);
    take(sim, plan);
    book_transfer(sim, plan);
}

void cashiers_meddle(struct sim *sim, struct order_plan *plan)
{
    static void (*const ways[])(struct sim *, const struct order_plan *) = {
        take,   take,   take_and_give_back, take_and_let_go,    give_back,
        let_go, let_go, book_transfer,      book_take_and_book,
    };

    ways[chance_below(&sim->chance, sizeof ways / sizeof ways[0])](sim, plan);
}

static void act(struct sim *sim, void *subject, int64_t number)
{
    (void)number;
    if (!sim->healed) {
        cashiers_meddle(sim, subject);
    }
}

void cashiers_watch(struct sim *sim, struct order_plan *plan)
{
    int64_t acts = chance_of(&sim->chance, sim->temper.cashiers)
                       ? chance_between(&sim->chance, 1, ACTS_MAX)
                       : 0;

    if (plan->by_transfer && sim->temper.life_ms > FORTNIGHT_MS) { /* who has not paid by then? */
        sim_plan(sim, FORTNIGHT_MS + chance_below(&sim->chance, DAY_MS), act, plan, 0);
    }
    for (; acts > 0; acts--) {
        sim_plan(sim,
                 chance_of(&sim->chance, 80000) ? chance_soon(&sim->chance, sim->temper.life_ms)
                                                : chance_below(&sim->chance, sim->temper.life_ms),
                 act, plan, 0);
    }
}
