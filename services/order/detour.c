/* detour.c - finds and makes the row of what is out of the ordinary. */
#include "services/order/detour.h"

#include "common/id.h"
#include "proto/types.h"
#include "services/order/rows_of_order.h"

void order_need_all(int64_t order_no, struct rows *rows)
{
    order_need(order_no, rows);
    order_need_more(order_no, NEED_ALL, rows);
    order_need_side(order_no, rows);
}

void order_need_odd(const struct order_row *order, struct rows *rows)
{
    bool transfer = order->payment_method == PAYMENT_METHOD_BANK_TRANSFER;

    if (order->detour || transfer || order->open_holds > 0 || order->open_tasks > 0 ||
        order->open_cancels > 0 || order->refund_count > 0) {
        order_need_all(order->order_no, rows);
    }
}

struct detour_row *detour_find(const struct saga *saga)
{
    if (!saga->order->detour) {
        return NULL;
    }
    return rows_find(saga->out->rows, &order_detour_table, key_number(saga->order->order_no));
}

struct detour_row *detour_change(struct saga *saga)
{
    struct detour_row *detour = detour_find(saga);

    if (detour == NULL) {
        saga->order->detour = true;
        return rows_insert(saga->out->rows, &order_detour_table,
                           &(struct detour_row){ .order_no = saga->order->order_no,
                                                 .reservation_no = 1,
                                                 .payment_no = 1 });
    }
    rows_update(saga->out->rows, &order_detour_table, detour);
    return detour;
}

int64_t detour_waiting(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL ? 0 : detour->waiting_quantity;
}

int64_t detour_priority(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL ? 0 : detour->priority;
}

int64_t detour_reservation_no(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL ? 1 : detour->reservation_no;
}

int64_t detour_payment_no(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL ? 1 : detour->payment_no;
}

bool detour_is_present(const struct saga *saga, char letter, const char *id)
{
    return child_id_counter(id, letter) ==
           (letter == 'H' ? detour_reservation_no(saga) : detour_payment_no(saga));
}

int64_t detour_additions(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL ? 0 : detour->addition_count;
}

int64_t detour_policy(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL || detour->stock_policy == STOCK_POLICY_ABSENT ? STOCK_POLICY_REJECT
                                                                         : detour->stock_policy;
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one == 0 || (other != 0 && other < one) ? other : one;
}

int64_t detour_earliest(const struct saga *saga, int64_t other)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL || saga->order->ended_at != 0
               ? other
               : earlier(earlier(other, detour->hold_until), detour->stock_due_at);
}

int64_t detour_number_max(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);
    int64_t own = saga->order->fulfillment_count;

    return detour != NULL && detour->number_anew > own ? detour->number_anew : own;
}

int64_t detour_number_anew(struct saga *saga)
{
    int64_t number = detour_number_max(saga) + 1;

    detour_change(saga)->number_anew = number;
    return number;
}

int64_t detour_number_first(struct saga *saga, int64_t fulfillment_no)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL || fulfillment_no > detour->number_anew ? fulfillment_no
                                                                  : detour_number_anew(saga);
}
