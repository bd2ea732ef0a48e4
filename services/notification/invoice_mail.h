/* invoice_mail.h - the rules: an invoice or credit note goes to the customer by mail, each number of its mails once, with its files as they came.
 *
 * Whatever is delivered or repeated finds the message and is passed over.  Pure.
 */
#ifndef KERVAN_NOTIFICATION_INVOICE_MAIL_H
#define KERVAN_NOTIFICATION_INVOICE_MAIL_H

#include "common/incoming.h"
#include "proto/notification.h"

#define INVOICE_MAIL_EFFECT "invoice_mail"

enum invoice_message_state {
    INVOICE_MESSAGE_SENDING = 1,
    INVOICE_MESSAGE_TOLD,
    INVOICE_MESSAGE_UNDELIVERABLE
};

void invoice_mail_need(const struct incoming_message *in, struct rows *rows);
void on_invoice_mail(struct decision *out, const struct incoming_message *in);

/* The end of the mail; the payload is a struct notification_invoice_mail, the result a struct mail_end, NULL when it was given up. */
void invoice_mail_end_need(const struct incoming_result *in, struct rows *rows);
void on_invoice_mail_end(struct decision *out, const struct incoming_result *in);

#endif
