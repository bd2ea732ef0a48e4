/* told.c - news of the provider become inputs of the tables, once each. */
#include "services/payment/told.h"

#include "common/id.h"
#include "common/text.h"
#include "services/payment/payment.h"
#include "services/payment/refund.h"

#include <string.h>

/* The provider delivers an event again for three days; a day is for its clock and ours. */
static const int64_t retries_ms = INT64_C(4) * 24 * 60 * 60 * 1000;

void told_need(const struct news *news, struct rows *rows)
{
    if (news != NULL) {
        want_all_money(rows, news->order_no);
        rows_want(rows, &webhook_seen_table, key_number(news->order_no));
    }
}

/* False when this event was told before; the first of an order sets the timer that forgets. */
static bool is_new(const struct dealing *dealing, const struct news *news)
{
    struct decision *out = dealing->out;
    void **at = rows_list(out->rows, &webhook_seen_table, key_number(news->order_no));

    if (*at == NULL) {
        decide_timer(out, dealing->subject, WEBHOOK_TIMER, out->now + retries_ms, 0);
    }

    for (; *at != NULL; at++) {
        if (text_equal(((const struct webhook_row *)*at)->event_id, news->event_id)) {
            return false;
        }
    }
    struct webhook_row row = { .order_no = news->order_no,
                               .event_id = news->event_id,
                               .seen_at = out->now };

    rows_insert(out->rows, &webhook_seen_table, &row);
    return true;
}

/* What the news come to, as if it were an answer. */
static struct outcome outcome_of(const struct news *news)
{
    struct outcome outcome = { .kind = OUTCOME_NO,
                               .provider_ref = news->provider_ref,
                               .hold_ref = news->hold_ref,
                               .code = news->code,
                               .declined = true,
                               .retryable = true,
                               .gone = news->kind == NEWS_GONE };

    if (news->kind == NEWS_AUTHORIZED) {
        outcome.kind = OUTCOME_AUTHORIZED;
    } else if (news->kind == NEWS_APPROVED) {
        outcome.kind = OUTCOME_APPROVED;
    } else if (news->kind == NEWS_REFUNDED) {
        outcome.kind = OUTCOME_REFUNDED;
    }
    return outcome;
}

static enum payment_input payment_input_of(const struct news *news)
{
    if (news->kind == NEWS_APPROVED) {
        return ON_NEWS_APPROVED;
    }
    if (news->kind == NEWS_AUTHORIZED) {
        return ON_NEWS_AUTHORIZED;
    }
    return news->kind == NEWS_GONE ? ON_NEWS_GONE : ON_NEWS_DECLINED;
}

static enum refund_input refund_input_of(const struct news *news)
{
    return news->kind == NEWS_REFUNDED ? ON_NEWS_REFUNDED : ON_NEWS_REFUND_FAILED;
}

/* False when it changes nothing, which need not be remembered: most news tell what was answered already. */
static bool matters(const struct dealing *dealing, const struct news *news)
{
    const struct refund_row *refund = NULL;

    if (news->refund_no == 0) {
        return payment_answer(dealing, payment_input_of(news)).action != DOES_NOTHING;
    }
    refund = refund_find(dealing, news->refund_no);
    return refund != NULL && refund_rule((enum refund_state)refund->state, refund_input_of(news)) !=
                                 REFUND_DOES_NOTHING;
}

static void take(struct dealing *dealing, const struct news *news)
{
    if (news->refund_no == 0) {
        payment_take(dealing, payment_input_of(news));
    } else {
        refund_take(dealing, refund_find(dealing, news->refund_no), refund_input_of(news));
    }
}

/* Of a payment that another system has there under our names, or of what was held before that was renewed. */
static bool is_of_another(const struct payment_row *row, const struct news *news)
{
    bool other = row->provider_ref != NULL && !text_equal(row->provider_ref, news->provider_ref);
    bool renewed = row->hold_ref != NULL && news->hold_ref != NULL &&
                   !text_equal(row->hold_ref, news->hold_ref);

    return other || renewed;
}

void told(struct decision *out, const struct news *news)
{
    struct dealing dealing;

    if (news == NULL || news->kind == NEWS_NONE ||
        !dealing_find(&dealing, out, (struct subject){ news->order_no, news->order_id },
                      news->payment_id)) {
        return;
    }
    struct outcome outcome = outcome_of(news);
    bool of_payment = news->refund_no == 0;
    bool other = of_payment && is_of_another(dealing.row, news);

    if (!other && matters(&dealing, news) && is_new(&dealing, news)) {
        dealing.outcome = &outcome;
        take(&dealing, news);
    }
}

void forget_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &webhook_seen_table, key_number(in->subject.number));
}

void on_forget(struct decision *out, const struct incoming_timer *in)
{
    void **at = rows_list(out->rows, &webhook_seen_table, key_number(in->subject.number));
    int64_t next = 0;

    for (; *at != NULL; at++) {
        struct webhook_row *row = *at;
        int64_t due_at = row->seen_at + retries_ms;

        if (due_at <= out->now) {
            rows_remove(out->rows, &webhook_seen_table, row);
        } else if (next == 0 || due_at < next) {
            next = due_at;
        }
    }
    if (next != 0) {
        decide_timer(out, in->subject, WEBHOOK_TIMER, next, 0);
    }
}
