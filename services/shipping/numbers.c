/* numbers.c - tracking numbers, and events that wait for theirs to be known. */
#include "services/shipping/numbers.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/shipping/tables.h"

#include <string.h>

void label_known_need(const struct incoming_message *in, struct rows *rows)
{
    const char *number = ((const struct label_known *)in->message)->tracking_number;

    rows_want(rows, &tracking_table, key_text(number));
    rows_want(rows, &early_table, key_text(number));
}

/* As if it came now. */
static void take_again(struct decision *out, struct early_row *early)
{
    const struct shipping_webhook webhook = { .webhook = { .provider = early->provider,
                                                           .account = early->account,
                                                           .received_at = early->received_at,
                                                           .body = early->body } };

    decide_input(out, (struct subject){ .id = early->tracking_number }, MESSAGE_SHIPPING_WEBHOOK,
                 &webhook, sizeof webhook);
    rows_remove(out->rows, &early_table, early);
}

void on_label_known(struct decision *out, const struct incoming_message *in)
{
    const struct label_known *known = in->message;
    struct key number = key_text(known->tracking_number);
    struct tracking_row *stored = rows_find(out->rows, &tracking_table, number);
    unsigned char *order_id = arena_alloc(out->arena, ORDER_ID_BYTES);
    struct tracking_row row = { .tracking_number = known->tracking_number,
                                .order_id = { order_id, ORDER_ID_BYTES },
                                .order_no = known->order_no,
                                .shipment_no = child_id_counter(known->shipment_id, 'S'),
                                .parcel_no = known->parcel_no };

    if (!order_id_parse(known->order_id, order_id)) {
        decide_impossible(out, "the order id is none");
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &tracking_table, &row);
    } else {
        /* A carrier gives a number out again when it is old enough: the newest label counts. */
        row.tracking_number = stored->tracking_number;
        *stored = row;
        rows_update(out->rows, &tracking_table, stored);
    }
    for (void **early = rows_list(out->rows, &early_table, number); *early != NULL; early++) {
        take_again(out, *early);
    }
}

void carrier_event_need(const char *tracking_number, struct rows *rows)
{
    rows_want(rows, &tracking_table, key_text(tracking_number));
    rows_want(rows, &early_table, key_text(tracking_number));
}

static void keep_early(struct decision *out, const struct shipping_webhook *webhook,
                       const struct carrier_event *event)
{
    void **list = rows_list(out->rows, &early_table, key_text(event->tracking_number));
    size_t count = 0;

    for (; list[count] != NULL; count++) {
        if (text_equal(((const struct early_row *)list[count])->event_id, event->id)) {
            return;
        }
    }
    if (count == EARLY_EVENTS_MAX) {
        return; /* whatever it is, it is no parcel of ours */
    }
    rows_insert(out->rows, &early_table,
                &(struct early_row){ .tracking_number = event->tracking_number,
                                     .event_id = event->id,
                                     .provider = webhook->webhook.provider,
                                     .account = webhook->webhook.account,
                                     .body = webhook->webhook.body,
                                     .received_at = webhook->webhook.received_at });
    if (count == 0) {
        decide_timer(out, (struct subject){ .id = event->tracking_number }, TIMER_EARLY,
                     out->now + EARLY_KEPT_MS, 0);
    }
}

static const char *copy(struct arena *arena, const char *text)
{
    return arena_copy_text(arena, text, strlen(text));
}

void on_carrier_event(struct decision *out, const struct shipping_webhook *webhook,
                      const struct carrier_event *event)
{
    const struct tracking_row *tracking =
        rows_find(out->rows, &tracking_table, key_text(event->tracking_number));

    if (tracking == NULL) {
        keep_early(out, webhook, event);
        return;
    }
    struct order_id_text order_id = order_id_format(tracking->order_id.bytes);
    struct child_id_text shipment_id = child_id_format(order_id.text, 'S', tracking->shipment_no);
    struct parcel_tracked news = event->news;

    news.order_id = copy(out->arena, order_id.text);
    news.order_no = tracking->order_no;
    news.shipment_id = copy(out->arena, shipment_id.text);
    news.parcel_no = tracking->parcel_no;
    decide_input(out, (struct subject){ .number = tracking->order_no, .id = news.order_id },
                 MESSAGE_PARCEL_TRACKED, &news, sizeof news);
}

void early_due_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &early_table, key_text(in->subject.id));
}

/* The old ones go; for those that came later there is another time. */
void on_early_due(struct decision *out, const struct incoming_timer *in)
{
    void **early = rows_list(out->rows, &early_table, key_text(in->subject.id));
    bool left = false;

    for (; *early != NULL; early++) {
        const struct early_row *row = *early;

        if (row->received_at <= out->now - EARLY_KEPT_MS) {
            rows_remove(out->rows, &early_table, *early);
        } else {
            left = true;
        }
    }
    if (left) {
        decide_timer(out, in->subject, TIMER_EARLY, out->now + EARLY_KEPT_MS, 0);
    }
}
