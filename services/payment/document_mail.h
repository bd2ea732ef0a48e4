/* document_mail.h - invoices and credit notes go to the customer by mail: once each, and once more where a person asks.
 *
 * The notification service sends them and says what became of it; silence is asked about after an hour, until an answer is heard.  The
 * PDF goes along, and UBL to buyers with a tax number.  Where it goes is forgotten with the customer.  Pure.
 */
#ifndef KERVAN_PAYMENT_DOCUMENT_MAIL_H
#define KERVAN_PAYMENT_DOCUMENT_MAIL_H

#include "common/incoming.h"
#include "proto/payment.h"
#include "services/payment/document_rows.h"

#define DOCUMENT_MAIL_TIMER "invoice_mail"

enum document_mail_state {
    DOCUMENT_MAIL_WAITING = 1, /* for its files */
    DOCUMENT_MAIL_SENDING,
    DOCUMENT_MAIL_TOLD,
    DOCUMENT_MAIL_UNDELIVERABLE
};

/* A document was written that is to be mailed. */
void document_mail_ask(struct decision *out, const struct document_row *document,
                       const struct payment_document *command);
/* Its files are there. */
void document_mails_go(struct decision *out, struct subject subject, int64_t document_no);

/* Invoices stay, as the law wants; where they went does not, and what did not go yet never will. */
void document_mails_forget(struct decision *out, int64_t order_no);

/* A person has it mailed. */
const char *invoice_send_lane_key(struct arena *arena, const struct incoming_message *in);
void invoice_send_need(const struct incoming_message *in, struct rows *rows);
void invoice_send_need_shared(const struct incoming_message *in, struct rows *rows);
void on_invoice_send(struct decision *out, const struct incoming_message *in);

/* What became of it. */
void invoice_mailed_need(const struct incoming_message *in, struct rows *rows);
void on_invoice_mailed(struct decision *out, const struct incoming_message *in);

/* Nothing was heard. */
void document_mail_due_need(const struct incoming_timer *in, struct rows *rows);
void document_mail_due_need_shared(const struct incoming_timer *in, struct rows *rows);
void on_document_mail_due(struct decision *out, const struct incoming_timer *in);

#endif
