/* told.c - news of the provider become inputs of the tables, once each. */
#include "services/payment/told.h"

#include "common/id.h"
#include "common/text.h"
#include "services/payment/payment.h"
#include "services/payment/refund.h"

#include <string.h>

void told_need(const struct news *news, struct rows *rows)
{
    if (news != NULL) {
        want_all_money(rows, news->order_no);
        rows_want(rows, &webhook_seen_table, key_number(news->order_no));
    }
}

/* The payment that the news are about, if it is ours: a number alone could be another system's. */
static bool find_payment(struct dealing *dealing, struct decision *out, const struct news *news)
{
    void **at = rows_list(out->rows, &payment_table, key_number(news->order_no));
    int64_t payment_no = child_id_counter(news->payment_id, 'P');
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(news->order_id, bytes)) {
        return false;
    }
    for (; *at != NULL; at++) {
        struct payment_row *row = *at;

        if (row->payment_no == payment_no &&
            memcmp(row->order_id.bytes, bytes, ORDER_ID_BYTES) == 0) {
            *dealing =
                (struct dealing){ .out = out,
                                  .subject = { .number = news->order_no, .id = news->order_id },
                                  .payment_id = news->payment_id,
                                  .payment_no = payment_no,
                                  .row = row };
            return true;
        }
    }
    return false;
}

/* False when this event was told before. */
static bool is_new(struct decision *out, const struct news *news)
{
    void **at = rows_list(out->rows, &webhook_seen_table, key_number(news->order_no));

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
                               .code = news->code,
                               .declined = true,
                               .retryable = true,
                               .gone = news->kind == NEWS_GONE };

    if (news->kind == NEWS_AUTHORIZED) {
        outcome.kind = OUTCOME_AUTHORIZED;
    } else if (news->kind == NEWS_REFUNDED) {
        outcome.kind = OUTCOME_REFUNDED;
    }
    return outcome;
}

static void take(struct dealing *dealing, const struct news *news)
{
    switch (news->kind) {
    case NEWS_AUTHORIZED:
        payment_take(dealing, ON_NEWS_AUTHORIZED);
        break;
    case NEWS_DECLINED:
        payment_take(dealing, ON_NEWS_DECLINED);
        break;
    case NEWS_GONE:
        payment_take(dealing, ON_NEWS_GONE);
        break;
    case NEWS_REFUNDED:
        refund_take(dealing, refund_find(dealing, news->refund_no), ON_NEWS_REFUNDED);
        break;
    case NEWS_REFUND_FAILED:
        refund_take(dealing, refund_find(dealing, news->refund_no), ON_NEWS_REFUND_FAILED);
        break;
    case NEWS_NONE:
        break;
    }
}

void told(struct decision *out, const struct news *news)
{
    struct dealing dealing;

    if (news == NULL || news->kind == NEWS_NONE || !find_payment(&dealing, out, news)) {
        return;
    }
    struct outcome outcome = outcome_of(news);
    bool of_payment = news->refund_no == 0;
    bool other = of_payment && dealing.row->provider_ref != NULL &&
                 !text_equal(dealing.row->provider_ref, news->provider_ref);

    if (!other && is_new(out, news)) {
        dealing.outcome = &outcome;
        take(&dealing, news);
    }
}
