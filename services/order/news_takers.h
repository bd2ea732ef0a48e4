/* news_takers.h - each takes one kind of news: notes what it says, and puts it to the saga's tables.  For news.c.  Pure. */
#ifndef KERVAN_ORDER_NEWS_TAKERS_H
#define KERVAN_ORDER_NEWS_TAKERS_H

#include "services/order/saga.h"
#include "services/order/timeline.h"

/* The message is that of the news. */
typedef void news_taker(struct saga *saga, struct timeline_news *news);

/* news_inventory.c */
news_taker take_reserved, take_backordered, take_allocated, take_expected, take_short,
    take_released, take_consumed, take_taken_back;
/* news_payment.c */
news_taker take_authorized, take_requires_action, take_credit_awaited, take_declined, take_lapsed,
    take_money_received, take_captured, take_failed, take_voided, take_refunded;
/* dispute.c */
news_taker take_disputed, take_dispute_closed;
/* news_goods.c */
news_taker take_opened, take_picked, take_assembled, take_packed, take_canceled,
    take_cancel_refused, take_on_hold, take_resumed, take_shorted, take_reduced,
    take_reduce_refused, take_labeled, take_shipped, take_delivered, take_tracked,
    take_shipment_failed, take_shipment_voided;
/* news_refused.c */
news_taker take_inventory_refused, take_payment_refused, take_fulfillment_refused,
    take_shipment_refused;

/* Between the two about money. */
void payment_declined(struct saga *saga, const char *code);

#endif
