/* purchase_mail.h - each time that a purchase order is sent: where it goes, and what became of it.
 *
 * In the lane of the order.  A mail waits for the documents, goes once with them as they are kept, and the notification service
 * says how it ended.  What either says to the other may be lost with a process: while nothing is heard it is asked again, and answered
 * again, under the mail's number.  One that was not delivered is told (purchase_order_mailed) and raises an alert, so that
 * somebody sends it again.  Pure.
 */
#ifndef KERVAN_INVENTORY_PURCHASE_MAIL_H
#define KERVAN_INVENTORY_PURCHASE_MAIL_H

#include "common/incoming.h"
#include "services/inventory/purchasing.h"

struct notification_supplier_mail;

/* Of a purchase order with a mail that nothing was heard of. */
#define PURCHASE_MAIL_TIMER "purchase_mail"

/* Marks the mails, and the documents that go again. */
void purchase_mail_want(struct rows *rows, const char *purchase_order_id);
/* A mail that waits for the documents: to the address of the request, or the supplier's; none where there is neither. */
void purchase_mail_ask(const struct purchasing *purchase);
/* The same for what was sent: at once, where there are documents.  False, and answered: there is no address. */
bool purchase_mail_again(struct purchasing *purchase);
/* The documents are there: what waits goes with `mail` (all of it but number and address), or never, when nobody wants it any more. */
void purchase_mails_go(struct decision *out, const char *purchase_order_id,
                       const struct notification_supplier_mail *mail, bool wanted);

const char *purchase_mailed_lane_key(struct arena *arena, const struct incoming_message *in);
void purchase_mailed_need(const struct incoming_message *in, struct rows *rows);
void on_purchase_mailed(struct decision *out, const struct incoming_message *in);

void purchase_mail_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_purchase_mail_due(struct decision *out, const struct incoming_timer *in);

#endif
