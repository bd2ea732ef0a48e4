/* supplier_mail.h - the rules: a purchase order goes to its supplier by mail, each number of its mails once, with its documents as they came.
 *
 * Whatever is delivered or repeated finds the message and is passed over.  Pure.
 */
#ifndef KERVAN_NOTIFICATION_SUPPLIER_MAIL_H
#define KERVAN_NOTIFICATION_SUPPLIER_MAIL_H

#include "common/incoming.h"
#include "proto/notification.h"

#define SUPPLIER_MAIL_EFFECT "supplier_mail"

enum supplier_message_state {
    SUPPLIER_MESSAGE_SENDING = 1,
    SUPPLIER_MESSAGE_TOLD,
    SUPPLIER_MESSAGE_UNDELIVERABLE
};

void supplier_mail_need(const struct incoming_message *in, struct rows *rows);
void on_supplier_mail(struct decision *out, const struct incoming_message *in);

/* The end of the mail; the payload is a struct notification_supplier_mail, the result a struct mail_end, NULL when it was
 * given up. */
void supplier_mail_end_need(const struct incoming_result *in, struct rows *rows);
void on_supplier_mail_end(struct decision *out, const struct incoming_result *in);

#endif
