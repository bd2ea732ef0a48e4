/* news.h - what the other services state, and what it means for an order.
 *
 * One table, in news.c: message, its number in the timeline, the rows that what follows needs, and
 * the few lines that learn from it and put the right input to the saga.  Pure.
 */
#ifndef KERVAN_ORDER_NEWS_H
#define KERVAN_ORDER_NEWS_H

#include "common/incoming.h"

/* For every message of the table. */
void order_news_need(const struct incoming_message *in, struct rows *rows);
void order_news_need_shared(const struct incoming_message *in, struct rows *rows);
void on_order_news(struct decision *out, const struct incoming_message *in);

size_t order_news_count(void);
/* Type of the `index`th message, which is one of the table's. */
uint32_t order_news_type(size_t index);

#endif
