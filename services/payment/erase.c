/* erase.c - forgets pages of the provider, and what people wrote with their requests. */
#include "services/payment/erase.h"

#include "services/payment/dealing.h"
#include "services/payment/dispute_tables.h"
#include "services/payment/document_mail.h"

#define PAGE_FORGOTTEN ""

void payment_erase_need(const struct incoming_message *in, struct rows *rows)
{
    want_payments(rows, in->subject.number);
    rows_want(rows, &request_table, key_number(in->subject.number));
    rows_want(rows, &document_mail_table, key_number(in->subject.number));
    rows_want(rows, &evidence_table, key_number(in->subject.number));
}

/* What was said of the shopper, or with him. */
static void forget_evidence(struct decision *out, struct key order)
{
    for (void **at = rows_list(out->rows, &evidence_table, order); *at != NULL; at++) {
        struct evidence_row *evidence = *at;

        evidence->delivery_proof = NULL;
        evidence->customer_communication = NULL;
        evidence->refund_refusal = NULL;
        evidence->explanation = NULL;
        rows_update(out->rows, &evidence_table, evidence);
    }
}

void on_payment_erase(struct decision *out, const struct incoming_message *in)
{
    struct key order = key_number(in->subject.number);

    for (void **at = rows_list(out->rows, &payment_table, order); *at != NULL; at++) {
        struct payment_row *payment = *at;

        if (payment->action_url !=
            NULL) { /* that there is one stays: it is still to be closed, or watched */
            payment->action_url = PAGE_FORGOTTEN;
            rows_update(out->rows, &payment_table, payment);
        }
    }
    document_mails_forget(out, in->subject.number);
    forget_evidence(out, order);
    for (void **at = rows_list(out->rows, &request_table, order); *at != NULL; at++) {
        struct request_row *request = *at;

        if (request->note != NULL) {
            request->note = NULL;
            rows_update(out->rows, &request_table, request);
        }
    }
}
