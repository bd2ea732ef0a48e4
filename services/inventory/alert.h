/* alert.h - lines that the stock of an item at a place crosses, stated once a crossing.
 *
 * A row a kind and place: raised, acknowledged by somebody, closed, and raised again perhaps.  Written by the lane of the SKU.
 * Each change is a fact on inventory.events, but a new figure of what is open already is none.  Pure.
 */
#ifndef KERVAN_INVENTORY_ALERT_H
#define KERVAN_INVENTORY_ALERT_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/tables.h"

/* What is said of an alert that is raised, or looked at again. */
struct alert_figures {
    int64_t available, threshold, cover_days; /* NOT_GIVEN where the kind has none */
    int64_t excess;
    const char *transfer_to; /* NULL: nowhere */
    int64_t transfer_quantity;
};

/* Marks what alerts of an item are decided by, beside its level; wherever a level is published. */
void alert_want(struct rows *rows, const char *sku);

/* True when it is open, acknowledged or not. */
bool alert_is_open(const struct rows *rows, const struct stock_row *stock, enum alert_kind kind);
/* Raises it, or brings what is said of it up to date. */
void alert_raise(struct decision *out, const struct stock_row *stock, enum alert_kind kind,
                 const struct alert_figures *figures);
/* It holds no more; nothing where it did not. */
void alert_close(struct decision *out, const struct stock_row *stock, enum alert_kind kind);

/* stock_alert_acknowledge: somebody knows of it. */
void stock_alert_acknowledge_need(const struct incoming_message *in, struct rows *rows);
void stock_alert_acknowledge_need_shared(const struct incoming_message *in, struct rows *rows);
void on_stock_alert_acknowledge(struct decision *out, const struct incoming_message *in);
const char *stock_alert_acknowledge_lane_key(struct arena *arena,
                                             const struct incoming_message *in);

#endif
