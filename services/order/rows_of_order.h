/* rows_of_order.h - finding an order's rows, by number and by public id.  Pure. */
#ifndef KERVAN_ORDER_ROWS_OF_ORDER_H
#define KERVAN_ORDER_ROWS_OF_ORDER_H

#include "common/rows.h"
#include "services/order/tables.h"

/* By the public id, as it is written; NULL when no order goes by it. */
void submission_need(const char *order_id, struct rows *rows);
struct submission_row *submission_find(const char *order_id, struct rows *rows);

/* What every decision about an order reads: itself and its shares. */
void order_need(int64_t order_no, struct rows *rows);
/* NULL when there is none. */
struct order_row *order_find(int64_t order_no, struct rows *rows);

/* What deciding may need beside: bits. */
enum order_needs {
    NEED_LINES = 1,
    NEED_CONTACT = 2,
    NEED_ALLOCATIONS = 4,
    NEED_PARCELS = 8,
    NEED_ALL = 15
};
void order_need_more(int64_t order_no, unsigned needs, struct rows *rows);

/* What an order rarely has: a table of its own each. */
void order_need_side(int64_t order_no, struct rows *rows);

/* A new order has no rows in any table: says so, that whoever decides about it later in this batch finds none. */
void order_is_new(int64_t order_no, struct rows *rows);

#endif
