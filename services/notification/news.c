/* news.c - what each message says of the order and of its payments. */
#include "services/notification/news.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/id.h"
#include "common/money.h"
#include "common/text.h"
#include "proto/order.h"
#include "proto/payment.h"
#include "services/notification/letter.h"

/* What a line costs; an amount that is out of range was refused when the order was placed. */
static int64_t line_price(const struct order_placed_line *line)
{
    int64_t price_minor = 0;

    if (!money_multiply(line->unit_price_minor, line->quantity, &price_minor)) {
        return 0;
    }
    return price_minor > line->discount_minor ? price_minor - line->discount_minor : 0;
}

static int64_t tax_on_top(const struct order_placed *placed)
{
    int64_t tax_minor = 0;

    for (size_t i = 0; placed->tax_mode == TAX_MODE_EXCLUSIVE && i < placed->lines_count; i++) {
        (void)money_add(&tax_minor, placed->lines[i].tax_minor);
    }
    return tax_minor;
}

void on_order_placed(struct decision *out, const struct incoming_message *in)
{
    const struct order_placed *placed = in->message;
    size_t count = placed->lines_count < LETTER_LINES_MAX ? placed->lines_count : LETTER_LINES_MAX;
    struct notification_mail_line *lines = arena_alloc(out->arena, count * sizeof *lines);
    struct news news = {
        .row = { .kind = CUSTOMER_MESSAGE_RECEIVED,
                 .happened_at = placed->placed_at,
                 .line_count = (int64_t)placed->lines_count,
                 .currency = placed->currency,
                 .total_minor = placed->total_minor,
                 .shipping_price_minor = placed->shipping_price_minor,
                 .tax_minor = tax_on_top(placed) },
        .lines = lines,
        .line_count = count,
    };

    for (size_t i = 0; i < count; i++) {
        const struct order_placed_line *line = &placed->lines[i];

        lines[i] = (struct notification_mail_line){ line->sku, line->quantity, line_price(line) };
    }
    if (message_is_of_order(out, in->subject, placed->order_id)) {
        message_hear(out, in->subject, &news);
    }
}

/* What is no day is not told. */
static void note_promise(struct news *news, const struct promised_delivery *promised)
{
    int64_t earliest = 0, latest = 0;

    if (calendar_day_parse(promised->earliest, &earliest) &&
        calendar_day_parse(promised->latest, &latest)) {
        news->row.promised_earliest = earliest;
        news->row.promised_latest = latest;
    }
}

void on_order_confirmed(struct decision *out, const struct incoming_message *in)
{
    const struct order_confirmed *confirmed = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_CONFIRMED,
                                  .happened_at = confirmed->confirmed_at,
                                  .currency = confirmed->currency,
                                  .total_minor = confirmed->total_minor } };

    if (confirmed->promised_delivery != NULL) {
        note_promise(&news, confirmed->promised_delivery);
    }

    if (message_is_of_order(out, in->subject, confirmed->order_id)) {
        message_hear(out, in->subject, &news);
    }
}

/* However an order ends early, the customer is told that nothing more will come. */
static void hear_end(struct decision *out, const struct incoming_message *in, const char *order_id,
                     struct customer_message_row row)
{
    struct news news = { .row = row };

    if (message_is_of_order(out, in->subject, order_id)) {
        message_hear(out, in->subject, &news);
    }
}

void on_order_canceled(struct decision *out, const struct incoming_message *in)
{
    const struct order_canceled *canceled = in->message;

    hear_end(out, in, canceled->order_id,
             (struct customer_message_row){ .kind = CUSTOMER_MESSAGE_CANCELED,
                                            .happened_at = canceled->canceled_at });
}

void on_order_expired(struct decision *out, const struct incoming_message *in)
{
    const struct order_expired *expired = in->message;

    hear_end(out, in, expired->order_id,
             (struct customer_message_row){ .kind = CUSTOMER_MESSAGE_EXPIRED,
                                            .happened_at = expired->expired_at });
}

void on_order_rejected(struct decision *out, const struct incoming_message *in)
{
    const struct order_rejected *rejected = in->message;

    if (rejected->reason == ORDER_REJECTED_REASON_OUT_OF_STOCK) {
        hear_end(out, in, rejected->order_id,
                 (struct customer_message_row){ .kind = CUSTOMER_MESSAGE_REJECTED,
                                                .happened_at = rejected->rejected_at });
    }
}

void on_order_completed(struct decision *out, const struct incoming_message *in)
{
    const struct order_completed *completed = in->message;

    hear_end(out, in, completed->order_id,
             (struct customer_message_row){ .kind = CUSTOMER_MESSAGE_COMPLETED,
                                            .happened_at = completed->completed_at });
}

/* Pieces that are missing or were taken off, as far as a mail lists them. */
static void list_pieces(struct decision *out, struct news *news, const struct line_quantity *pieces,
                        size_t count)
{
    size_t listed = count < LETTER_LINES_MAX ? count : LETTER_LINES_MAX;
    struct notification_mail_line *lines = arena_alloc(out->arena, listed * sizeof *lines);

    for (size_t i = 0; i < listed; i++) {
        lines[i] =
            (struct notification_mail_line){ .sku = pieces[i].sku, .quantity = pieces[i].quantity };
    }
    news->row.line_count = (int64_t)count;
    news->lines = lines;
    news->line_count = listed;
}

void on_order_asked(struct decision *out, const struct incoming_message *in)
{
    const struct order_asked *asked = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_CHOICE_ASKED,
                                  .event_no = asked->clock,
                                  .happened_at = asked->asked_at,
                                  .until_at = asked->expires_at } };

    list_pieces(out, &news, asked->missing, asked->missing_count);
    if (message_is_of_order(out, in->subject, asked->order_id)) {
        message_hear(out, in->subject, &news);
    }
}

void on_order_reduced(struct decision *out, const struct incoming_message *in)
{
    const struct order_reduced *reduced = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_REDUCED,
                                  .event_no = reduced->clock,
                                  .happened_at = reduced->reduced_at,
                                  .currency = reduced->currency,
                                  .total_minor = reduced->total_minor,
                                  .amount_minor = reduced->reduced_by_minor } };

    list_pieces(out, &news, reduced->lines, reduced->lines_count);
    if (message_is_of_order(out, in->subject, reduced->order_id)) {
        message_hear(out, in->subject, &news);
    }
}

void on_order_promise_changed(struct decision *out, const struct incoming_message *in)
{
    const struct order_promise_changed *changed = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_PROMISE_CHANGED,
                                  .event_no = changed->clock,
                                  .happened_at = changed->changed_at } };

    if (changed->before == NULL) { /* nothing was promised while it waited */
        news.row.awaited = ORDER_DELAYED_AWAITED_STOCK;
    }
    note_promise(&news, &changed->promised_delivery);
    if (message_is_of_order(out, in->subject, changed->order_id)) {
        message_hear(out, in->subject, &news);
    }
}

_Static_assert(NOTIFICATION_MAIL_AWAITED_STOCK == (int)ORDER_DELAYED_AWAITED_STOCK &&
                   NOTIFICATION_MAIL_AWAITED_DELIVERY == (int)ORDER_DELAYED_AWAITED_DELIVERY,
               "a mail says what the fact says");

void on_order_delayed(struct decision *out, const struct incoming_message *in)
{
    const struct order_delayed *delayed = in->message;

    hear_end(
        out, in, delayed->order_id,
        (struct customer_message_row){
            .kind = CUSTOMER_MESSAGE_DELAYED,
            .event_no = delayed->clock,
            .happened_at = delayed->delayed_at,
            .awaited = delayed->awaited == ORDER_DELAYED_AWAITED_UNKNOWN ? 0 : delayed->awaited,
            .until_at = delayed->expected_at });
}

/* News of a payment or a refund; the counter of its id tells it from the order's other ones. */
static void hear_of_payment(struct decision *out, const struct incoming_message *in,
                            const char *order_id, const char *child_id, struct news *news)
{
    struct order_id_text owner;

    if (!message_is_of_order(out, in->subject, order_id)) {
        return;
    }
    bool of_refund = news->row.kind == CUSTOMER_MESSAGE_REFUNDED ||
                     news->row.kind == CUSTOMER_MESSAGE_REFUND_REVERSED;
    news->row.event_no = child_id_counter(child_id, of_refund ? 'B' : 'P');
    if (news->row.happened_at == 0) {
        news->row.happened_at = out->now;
    }
    if (news->row.event_no == 0 || !child_id_order(child_id, &owner) ||
        !text_equal(owner.text, order_id)) {
        decide_impossible(out, "\"%s\" is none of order \"%s\"", child_id, order_id);
        return;
    }
    message_hear(out, in->subject, news);
}

void on_payment_requires_action(struct decision *out, const struct incoming_message *in)
{
    const struct payment_requires_action *fact = in->message;
    bool transfer = fact->action == PAYMENT_REQUIRES_ACTION_ACTION_TRANSFER;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_PAYMENT_AWAITED,
                                  .happened_at = fact->asked_at,
                                  .currency = fact->currency,
                                  .amount_minor = fact->amount_minor,
                                  .until_at = fact->expires_at,
                                  .reference = transfer ? fact->reference : NULL,
                                  .url = transfer ? NULL : fact->action_url } };

    hear_of_payment(out, in, fact->order_id, fact->payment_id, &news);
}

void on_payment_declined(struct decision *out, const struct incoming_message *in)
{
    const struct payment_declined *fact = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_PAYMENT_FAILED,
                                  .happened_at = fact->declined_at,
                                  .currency = fact->currency,
                                  .amount_minor = fact->amount_minor } };

    hear_of_payment(out, in, fact->order_id, fact->payment_id, &news);
}

void on_payment_refunded(struct decision *out, const struct incoming_message *in)
{
    const struct payment_refunded *fact = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_REFUNDED,
                                  .happened_at = fact->refunded_at,
                                  .currency = fact->currency,
                                  .amount_minor = fact->amount_minor } };

    hear_of_payment(out, in, fact->order_id, fact->refund_id, &news);
}

void on_payment_failed(struct decision *out, const struct incoming_message *in)
{
    const struct payment_failed *fact = in->message;
    int64_t refund_no = fact->operation_id == NULL ? 0 : child_id_counter(fact->operation_id, 'B');
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_REFUND_REVERSED,
                                  .happened_at = fact->failed_at,
                                  .currency = fact->currency,
                                  .amount_minor = fact->amount_minor } };

    if (fact->operation == PAYMENT_FAILED_OPERATION_REFUND && fact->has_amount_minor &&
        message_find(out->rows, in->subject.number, CUSTOMER_MESSAGE_REFUNDED, refund_no) != NULL) {
        hear_of_payment(out, in, fact->order_id, fact->operation_id, &news);
    }
}
