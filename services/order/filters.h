/* filters.h - which words a search of orders takes. */
#ifndef KERVAN_ORDER_FILTERS_H
#define KERVAN_ORDER_FILTERS_H

#include <stdbool.h>

bool filter_is_order_status(const char *text);
bool filter_is_payment_status(const char *text);
bool filter_is_fulfillment_status(const char *text);
bool filter_is_return_status(const char *text);
bool filter_is_shopper_status(const char *text);
bool filter_is_draft_state(const char *text);
bool filter_is_hold(const char *text); /* "any" or a reason */
bool filter_is_task(const char *text); /* "any" or a kind */
bool filter_is_truth(const char *text);
bool filter_is_detail(const char *text); /* "orders" or "lines" */
bool filter_is_currency(const char *text);

#endif
