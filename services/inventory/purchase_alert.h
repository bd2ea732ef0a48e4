/* purchase_alert.h - a purchase order that its supplier may know nothing of: somebody is to see to it.
 *
 * A row an order: raised when the last mail with it cannot be delivered, acknowledged by somebody, closed when a later one arrives, or
 * when the supplier answers, the goods come or the order ends; and raised again perhaps.  Each change is a fact.  In the lane
 * of the order.  Pure.
 */
#ifndef KERVAN_INVENTORY_PURCHASE_ALERT_H
#define KERVAN_INVENTORY_PURCHASE_ALERT_H

#include "common/incoming.h"
#include "services/inventory/tables.h"

/* Marks the alert of an order. */
void purchase_alert_want(struct rows *rows, const char *purchase_order_id);

/* Its last mail, as far as mails are loaded, did not arrive (others raise nothing), or arrived. */
void purchase_alert_mailed(struct decision *out, const struct purchase_order_row *order,
                           const struct purchase_mail_row *mail);
/* The supplier knows of the order, or need not any more; nothing where none is open. */
void purchase_alert_close(struct decision *out, const struct purchase_order_row *order);

/* purchase_alert_acknowledge: somebody sees to it. */
void purchase_alert_acknowledge_need(const struct incoming_message *in, struct rows *rows);
void on_purchase_alert_acknowledge(struct decision *out, const struct incoming_message *in);
const char *purchase_alert_acknowledge_lane_key(struct arena *arena,
                                                const struct incoming_message *in);

#endif
