/* news.c - reads facts, and puts them to the saga.
 *
 * Learning comes first, moving second: what a fact says of money or parcels is noted even where the
 * saga has no cell for it, because it happened.
 */
#include "services/order/news.h"

#include "proto/message_type.h"
#include "proto/types.h"
#include "services/order/detour.h"
#include "services/order/news_takers.h"
#include "services/order/rows_of_order.h"

#include <assert.h>

/* What telling needs: a command to fulfill, to ship, to consume. */
enum {
    FULFILL_NEEDS = NEED_LINES | NEED_CONTACT | NEED_ALLOCATIONS,
    SHIP_NEEDS = NEED_CONTACT | NEED_PARCELS,
    CONSUME_NEEDS = NEED_LINES | NEED_ALLOCATIONS
};

static const struct row_of_news {
    uint32_t message_type;
    uint32_t kind; /* in the timeline; stored */
    unsigned needs;
    news_taker *take;
} all_news[] = {
    { MESSAGE_INVENTORY_RESERVED, 20, FULFILL_NEEDS, take_reserved },
    { MESSAGE_INVENTORY_SHORT, 21, 0, take_short },
    { MESSAGE_INVENTORY_RELEASED, 22, 0, take_released },
    { MESSAGE_INVENTORY_CONSUMED, 23, 0, take_consumed },
    { MESSAGE_INVENTORY_REFUSED, 24, NEED_LINES | NEED_CONTACT, take_inventory_refused },
    { MESSAGE_INVENTORY_BACKORDERED, 25, NEED_ALL, take_backordered },
    { MESSAGE_INVENTORY_ALLOCATED, 26, NEED_ALL, take_allocated },
    { MESSAGE_INVENTORY_TAKEN_BACK, 27, NEED_ALL, take_taken_back },
    { MESSAGE_INVENTORY_EXPECTED, 28, NEED_ALL, take_expected },
    { MESSAGE_PAYMENT_LAPSED, 48, NEED_ALL, take_lapsed },
    { MESSAGE_PAYMENT_MONEY_RECEIVED, 49, 0, take_money_received },
    { MESSAGE_PAYMENT_DISPUTED, 51, NEED_ALL, take_disputed },
    { MESSAGE_PAYMENT_DISPUTE_CLOSED, 52, NEED_ALL, take_dispute_closed },
    { MESSAGE_FULFILLMENT_ON_HOLD, 67, 0, take_on_hold },
    { MESSAGE_FULFILLMENT_RESUMED, 68, 0, take_resumed },
    { MESSAGE_FULFILLMENT_SHORTED, 69, NEED_ALL, take_shorted },
    { MESSAGE_FULFILLMENT_REDUCED, 70, NEED_ALL, take_reduced },
    { MESSAGE_FULFILLMENT_REDUCE_REFUSED, 71, NEED_ALL, take_reduce_refused },
    { MESSAGE_PAYMENT_AUTHORIZED, 40, FULFILL_NEEDS, take_authorized },
    { MESSAGE_PAYMENT_DECLINED, 41, 0, take_declined },
    { MESSAGE_PAYMENT_REQUIRES_ACTION, 42, 0, take_requires_action },
    { MESSAGE_PAYMENT_CREDIT_AWAITED, 50, NEED_ALL, take_credit_awaited },
    { MESSAGE_PAYMENT_CAPTURED, 43, SHIP_NEEDS, take_captured },
    { MESSAGE_PAYMENT_FAILED, 44, 0, take_failed },
    { MESSAGE_PAYMENT_REFUSED, 45, NEED_CONTACT, take_payment_refused },
    { MESSAGE_PAYMENT_VOIDED, 46, 0, take_voided },
    { MESSAGE_PAYMENT_REFUNDED, 47, 0, take_refunded },
    { MESSAGE_FULFILLMENT_OPENED, 60, 0, take_opened },
    { MESSAGE_FULFILLMENT_PICKED, 61, 0, take_picked },
    { MESSAGE_FULFILLMENT_ASSEMBLED, 62, 0, take_assembled },
    { MESSAGE_FULFILLMENT_PACKED, 63, 0, take_packed },
    { MESSAGE_FULFILLMENT_CANCELED, 64, NEED_ALL, take_canceled },
    { MESSAGE_FULFILLMENT_CANCEL_REFUSED, 65, NEED_ALL, take_cancel_refused },
    { MESSAGE_FULFILLMENT_REFUSED, 66, FULFILL_NEEDS, take_fulfillment_refused },
    { MESSAGE_SHIPMENT_LABELED, 80, 0, take_labeled },
    { MESSAGE_SHIPMENT_SHIPPED, 81, CONSUME_NEEDS, take_shipped },
    { MESSAGE_SHIPMENT_DELIVERED, 82, CONSUME_NEEDS, take_delivered },
    { MESSAGE_SHIPMENT_TRACKED, 83, 0, take_tracked },
    { MESSAGE_SHIPMENT_FAILED, 84, CONSUME_NEEDS, take_shipment_failed },
    { MESSAGE_SHIPMENT_REFUSED, 85, SHIP_NEEDS, take_shipment_refused },
    { MESSAGE_SHIPMENT_VOIDED, 86, 0, take_shipment_voided },
};

size_t order_news_count(void)
{
    return sizeof all_news / sizeof all_news[0];
}

uint32_t order_news_type(size_t index)
{
    assert(index < order_news_count());
    return all_news[index].message_type;
}

static const struct row_of_news *find(uint32_t message_type)
{
    size_t i = 0;

    while (all_news[i].message_type != message_type) { /* handlers are made of this table */
        i++;
    }
    return &all_news[i];
}

void order_news_need(const struct incoming_message *in, struct rows *rows)
{
    order_need(in->subject.number, rows);
    order_need_more(in->subject.number, find(in->message_type)->needs, rows);
}

/* A share that costs nothing is shipped as soon as it is packed, and one that is paid for at the door.  Where a person took money
 * beside the captures of shares, nothing may be left to take. */
static bool may_ship_unpaid(const struct order_row *order, struct rows *rows)
{
    int64_t by_shares_minor = 0;

    for (struct fulfillment_row **at = (struct fulfillment_row **)rows_list(
             rows, &order_fulfillment_table, key_number(order->order_no));
         *at != NULL; at++) {
        const struct fulfillment_row *share = *at;
        bool captured = share->step >= SHARE_LABELING && share->step <= SHARE_DELIVERED;

        by_shares_minor += captured ? share->capture_minor : 0;
        if (share->value_minor == 0 || order->payment_method == PAYMENT_METHOD_CASH_ON_DELIVERY) {
            return true;
        }
    }
    return order->captured_minor != by_shares_minor;
}

void order_news_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct order_row *order = order_find(in->subject.number, rows);

    if (order == NULL) {
        return;
    }
    order_need_odd(order, rows);
    if (in->message_type == MESSAGE_FULFILLMENT_PACKED && may_ship_unpaid(order, rows)) {
        order_need_more(order->order_no, SHIP_NEEDS, rows);
    }
}

void on_order_news(struct decision *out, const struct incoming_message *in)
{
    const struct row_of_news *row = find(in->message_type);
    struct order_row *order = order_find(in->subject.number, out->rows);

    if (order == NULL) {
        decide_impossible(out, "order number %lld is unknown", (long long)in->subject.number);
        return;
    }
    struct saga saga = saga_begin(out, order);
    struct timeline_news news = { .kind = row->kind, .clock = in->clock };
    saga.message = in->message;
    row->take(&saga, &news);
    saga_end(&saga);
}
