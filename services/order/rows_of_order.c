/* rows_of_order.c - which rows belong to an order. */
#include "services/order/rows_of_order.h"

#include "common/id.h"
#include "services/order/place.h"

void submission_need(const char *order_id, struct rows *rows)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (order_id_parse(order_id, bytes)) {
        rows_want(rows, &order_submission_table, key_bytes((struct bytes){ bytes, sizeof bytes }));
    }
}

struct submission_row *submission_find(const char *order_id, struct rows *rows)
{
    unsigned char bytes[ORDER_ID_BYTES];

    return order_id_parse(order_id, bytes)
               ? rows_find(rows, &order_submission_table,
                           key_bytes((struct bytes){ bytes, sizeof bytes }))
               : NULL;
}

void order_need(int64_t order_no, struct rows *rows)
{
    rows_want(rows, &order_table, key_number(order_no));
    rows_want(rows, &order_fulfillment_table, key_number(order_no));
}

struct order_row *order_find(int64_t order_no, struct rows *rows)
{
    return rows_find(rows, &order_table, key_number(order_no));
}

static void want_parts(int64_t order_no, unsigned needs, struct rows *rows)
{
    static const struct {
        unsigned bit;
        const struct table *table;
    } tables[] = {
        { NEED_LINES, &order_line_table },
        { NEED_CONTACT, &order_contact_table },
        { NEED_ALLOCATIONS, &order_allocation_table },
        { NEED_PARCELS, &order_parcel_table },
    };

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if ((needs & tables[i].bit) != 0) {
            rows_want(rows, tables[i].table, key_number(order_no));
        }
    }
}

void order_need_more(int64_t order_no, unsigned needs, struct rows *rows)
{
    const unsigned of_shares = NEED_LINES | NEED_CONTACT | NEED_ALLOCATIONS;

    want_parts(order_no, needs, rows);
    if ((needs & of_shares) == of_shares) { /* whoever makes shares promises when they arrive */
        places_need(rows);
    }
}

void order_need_side(int64_t order_no, struct rows *rows)
{
    static const struct table *const tables[] = {
        &order_task_table,         &order_cancellation_table, &order_detour_table,
        &order_hold_table,         &order_cut_table,          &order_refund_table,
        &order_past_payment_table, &order_edit_table,         &order_edit_line_table,
        &order_dispute_table
    };

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        rows_want(rows, tables[i], key_number(order_no));
    }
}

void order_is_new(int64_t order_no, struct rows *rows)
{
    order_need(order_no, rows);
    want_parts(order_no, NEED_ALL, rows);
    order_need_side(order_no, rows);
    rows_want(rows, &order_refusal_table, key_number(order_no));
    rows_want(rows, &order_note_table, key_number(order_no));
}
