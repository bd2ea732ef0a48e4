/* consignment.c - what each message says of a consignment, and whether it is all of the order.
 *
 * How many shares an order has is known from those that were opened; every order has the first one, so
 * only the others, and canceled ones, are kept.
 */
#include "common/id.h"
#include "proto/fulfillment.h"
#include "proto/shipping.h"
#include "services/notification/customer_message.h"
#include "services/notification/news.h"

#include <string.h>

void share_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &share_table, key_number(in->subject.number));
}

static struct share_row *find_share(const struct rows *rows, int64_t order_no,
                                    int64_t fulfillment_no)
{
    for (void **at = rows_list(rows, &share_table, key_number(order_no)); *at != NULL; at++) {
        struct share_row *row = *at;

        if (row->fulfillment_no == fulfillment_no) {
            return row;
        }
    }
    return NULL;
}

void on_share_opened(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_opened *opened = in->message;
    const struct share_row share = { .order_no = in->subject.number,
                                     .fulfillment_no =
                                         child_id_counter(opened->fulfillment_id, 'F') };

    if (message_is_of_order(out, in->subject, opened->order_id) && share.fulfillment_no > 1 &&
        find_share(out->rows, share.order_no, share.fulfillment_no) == NULL) {
        rows_insert(out->rows, &share_table, &share);
    }
}

void on_share_canceled(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_canceled *canceled = in->message;
    const struct share_row share = { .order_no = in->subject.number,
                                     .fulfillment_no =
                                         child_id_counter(canceled->fulfillment_id, 'F'),
                                     .canceled = true };

    if (!message_is_of_order(out, in->subject, canceled->order_id) || share.fulfillment_no == 0) {
        return;
    }
    struct share_row *known = find_share(out->rows, share.order_no, share.fulfillment_no);
    if (known == NULL) {
        rows_insert(out->rows, &share_table, &share);
    } else if (!known->canceled) {
        known->canceled = true;
        rows_update(out->rows, &share_table, known);
    }
}

/* Shares that will come or have come. */
static int64_t count_shares(const struct rows *rows, int64_t order_no)
{
    int64_t count = find_share(rows, order_no, 1) == NULL ? 1 : 0;

    for (void **at = rows_list(rows, &share_table, key_number(order_no)); *at != NULL; at++) {
        count += ((const struct share_row *)*at)->canceled ? 0 : 1;
    }
    return count;
}

static bool tells_of_shipping(const struct customer_message_row *row)
{
    return row->kind == CUSTOMER_MESSAGE_SHIPPED || row->kind == CUSTOMER_MESSAGE_PARTLY_SHIPPED;
}

static int64_t count_shipped(const struct rows *rows, int64_t order_no)
{
    int64_t count = 0;

    for (void **at = rows_list(rows, &customer_message_table, key_number(order_no)); *at != NULL;
         at++) {
        count += tells_of_shipping(*at) ? 1 : 0;
    }
    return count;
}

/* False when this consignment was told of before, or is none of the order. */
static bool is_news(struct decision *out, const struct incoming_message *in, const char *shipment,
                    struct news *news)
{
    struct order_id_text owner;

    news->row.event_no = child_id_counter(shipment, 'S');
    if (news->row.event_no == 0 || !child_id_order(shipment, &owner) ||
        strcmp(owner.text, in->subject.id) != 0) {
        decide_impossible(out, "shipment \"%s\" is none of order \"%s\"", shipment, in->subject.id);
        return false;
    }
    return true;
}

void shipped_need(const struct incoming_message *in, struct rows *rows)
{
    fact_need(in, rows);
    share_need(in, rows);
}

void on_shipment_shipped(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_shipped *shipped = in->message;
    int64_t order_no = in->subject.number;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_SHIPPED,
                                  .happened_at = shipped->shipped_at,
                                  .carrier = shipped->carrier,
                                  .tracking_number = shipped->tracking_number } };

    if (!message_is_of_order(out, in->subject, shipped->order_id) ||
        !is_news(out, in, shipped->shipment_id, &news) ||
        message_find(out->rows, order_no, CUSTOMER_MESSAGE_PARTLY_SHIPPED, news.row.event_no) !=
            NULL) {
        return;
    }
    if (count_shares(out->rows, order_no) > count_shipped(out->rows, order_no) + 1) {
        news.row.kind = CUSTOMER_MESSAGE_PARTLY_SHIPPED;
    }
    if (message_find(out->rows, order_no, CUSTOMER_MESSAGE_SHIPPED, news.row.event_no) == NULL) {
        message_hear(out, in->subject, &news);
    }
}

void on_shipment_delivered(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_delivered *delivered = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_DELIVERED,
                                  .happened_at = delivered->delivered_at } };

    if (message_is_of_order(out, in->subject, delivered->order_id) &&
        is_news(out, in, delivered->shipment_id, &news)) {
        message_hear(out, in->subject, &news);
    }
}
