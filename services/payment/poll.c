/* poll.c - when the provider is asked, and what its answer comes to. */
#include "services/payment/poll.h"

#include "common/id.h"
#include "services/payment/call.h"
#include "services/payment/payment.h"
#include "services/payment/refund.h"
#include "services/payment/result.h"

enum { DOUBLINGS_MAX = 6 };
static const int64_t shopper_first_ms = INT64_C(60) * 1000;     /* then up to about an hour */
static const int64_t refund_first_ms = INT64_C(30) * 60 * 1000; /* then up to about a day */
/* A bank sends a refund back within a month, and the news of it may never come. */
static const int64_t refund_last_ms = INT64_C(31) * 24 * 60 * 60 * 1000;

static int64_t pause_ms(const struct dealing *dealing, int64_t first_ms)
{
    int64_t count = dealing->row->poll_count;

    return first_ms << (count < DOUBLINGS_MAX ? count : DOUBLINGS_MAX);
}

void poll_later(struct dealing *dealing)
{
    decide_timer(dealing->out, dealing->subject, POLL_TIMER,
                 dealing->out->now + pause_ms(dealing, shopper_first_ms), dealing->payment_no);
}

void poll_refund_later(struct dealing *dealing, const struct refund_row *refund)
{
    decide_timer(dealing->out, dealing->subject, POLL_REFUND_TIMER,
                 dealing->out->now + pause_ms(dealing, refund_first_ms), refund->refund_no);
}

void poll_refund_at_last(struct dealing *dealing, const struct refund_row *refund)
{
    decide_timer(dealing->out, dealing->subject, POLL_REFUND_TIMER,
                 dealing->out->now + refund_last_ms, refund->refund_no);
}

void poll_need(const struct incoming_timer *in, struct rows *rows)
{
    want_all_money(rows, in->subject.number);
}

/* The provider holds it, and the shopper may pay there: also one whose card was declined, as long as there is a page. */
static bool waits_at_provider(const struct dealing *dealing)
{
    enum payment_state state = dealing_state(dealing);

    return dealing_holder(dealing) == HELD_BY_PROVIDER &&
           (state == PAYMENT_STATE_REQUIRES_ACTION ||
            (state == PAYMENT_STATE_FAILED && dealing->row->action_url != NULL));
}

/* What the shopper approved on the provider's page. */
static bool is_secured_now(const struct dealing *dealing)
{
    return dealing_state(dealing) == PAYMENT_STATE_AUTHORIZING && dealing->row->action_url != NULL;
}

void on_poll(struct decision *out, const struct incoming_timer *in)
{
    struct dealing dealing;

    if (!dealing_open_number(&dealing, out, in->subject, in->step)) {
        return;
    }
    if (waits_at_provider(&dealing)) {
        call_ask(&dealing, NULL);
    } else if (is_secured_now(&dealing)) {
        poll_later(&dealing); /* he may be sent to the page once more */
    }
}

/* One that the provider may have news of; not one that a person gave. */
static struct refund_row *asked_refund(struct decision *out, struct subject subject,
                                       int64_t refund_no)
{
    struct dealing order = { .out = out, .subject = subject };
    struct refund_row *refund = refund_find(&order, refund_no);

    return refund != NULL && (refund->state == REFUND_PENDING || refund->state == REFUND_SUCCEEDED)
               ? refund
               : NULL;
}

void on_poll_refund(struct decision *out, const struct incoming_timer *in)
{
    const struct refund_row *refund = asked_refund(out, in->subject, in->step);
    struct dealing dealing;

    if (refund != NULL && dealing_open_number(&dealing, out, in->subject, refund->payment_no)) {
        call_ask(&dealing, refund);
    }
}

static void hear_of_refund(struct dealing *dealing, struct refund_row *refund)
{
    bool made = refund->state == REFUND_SUCCEEDED;

    if (made && (dealing->outcome->kind != OUTCOME_NO || dealing->outcome->provider_ref == NULL)) {
        return; /* it is where it went, or the provider did not say */
    }
    if (dealing->outcome->kind == OUTCOME_REFUNDED) {
        refund_take(dealing, refund, ON_NEWS_REFUNDED);
    } else if (dealing->outcome->kind == OUTCOME_NO) {
        refund_take(dealing, refund, ON_NEWS_REFUND_FAILED);
    } else {
        poll_refund_later(dealing, refund);
    }
}

/* Nobody can pay there any more. */
static void forget_page(struct dealing *dealing)
{
    if (dealing->outcome->gone && dealing->row->action_url != NULL) {
        dealing->row->action_url = NULL;
        dealing_change(dealing);
    }
}

static void hear_of_payment(struct dealing *dealing)
{
    const struct outcome *outcome = dealing->outcome;

    if (outcome->kind == OUTCOME_AUTHORIZED) {
        payment_take(dealing, ON_NEWS_AUTHORIZED);
    } else if (outcome->kind == OUTCOME_APPROVED) {
        payment_take(dealing, ON_NEWS_APPROVED);
    } else if (outcome->kind == OUTCOME_NO) {
        payment_take(dealing, outcome->gone ? ON_NEWS_GONE : ON_NEWS_DECLINED);
        forget_page(dealing);
    }
    if (dealing_state(dealing) == PAYMENT_STATE_FAILED &&
        dealing->out->now >= dealing->row->action_expires_at) {
        payment_take(dealing, ON_DEADLINE); /* the provider would not close the page then */
    } else if (waits_at_provider(dealing)) {
        poll_later(dealing);
    }
}

void on_poll_result(struct decision *out, const struct incoming_result *in)
{
    const struct payment_call *call = in->payload;
    struct refund_row *refund = NULL;
    struct dealing dealing;

    if (!result_open(&dealing, out, in)) {
        return;
    }
    if (call->operation == PAYMENT_CALL_OPERATION_REFUND) {
        refund = asked_refund(out, in->subject, child_id_counter(call->operation_id, 'B'));
        if (refund != NULL) {
            hear_of_refund(&dealing, refund);
        }
    } else if (waits_at_provider(&dealing)) {
        hear_of_payment(&dealing);
    }
}
