/* invoice_mail.c - a mail with an invoice is sent, and told or not. */
#include "services/notification/invoice_mail.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "services/notification/customer_message.h"
#include "services/notification/mime.h"
#include "services/notification/tables.h"

void invoice_mail_need(const struct incoming_message *in, struct rows *rows)
{
    const struct notification_invoice_mail *wanted = in->message;

    rows_want(rows, &invoice_message_table, key_number(wanted->order_no));
}

static int64_t document_no_of(const struct notification_invoice_mail *mail)
{
    return child_id_counter(mail->invoice_id, 'I');
}

static struct invoice_message_row *find(const struct rows *rows,
                                        const struct notification_invoice_mail *mail)
{
    void **at = rows_list(rows, &invoice_message_table, key_number(mail->order_no));

    for (; *at != NULL; at++) {
        struct invoice_message_row *row = *at;

        if (row->document_no == document_no_of(mail) && row->mail_no == mail->mail_no) {
            return row;
        }
    }
    return NULL;
}

/* The payment service shows it beside the document. */
static void tell(struct decision *out, const struct notification_invoice_mail *mail,
                 const struct invoice_message_row *row)
{
    const struct payment_invoice_mailed end = {
        .order_id = mail->order_id,
        .order_no = mail->order_no,
        .invoice_id = mail->invoice_id,
        .mail_no = mail->mail_no,
        .delivered = row->state == INVOICE_MESSAGE_TOLD,
        .reason = (enum undeliverable_reason)row->reason,
        .attempts = row->attempts,
    };

    decide_emit(out, (struct subject){ .id = mail->order_id, .number = mail->order_no },
                MESSAGE_PAYMENT_INVOICE_MAILED, &end, sizeof end);
}

/* `invoice_id` is the order's, whose lane this is. */
static bool is_of_order(const struct incoming_message *in)
{
    const struct notification_invoice_mail *wanted = in->message;

    return text_equal(in->subject.id, wanted->order_id) &&
           text_starts_with(wanted->invoice_id, wanted->order_id);
}

void on_invoice_mail(struct decision *out, const struct incoming_message *in)
{
    const struct notification_invoice_mail *wanted = in->message;
    bool possible = mime_is_address(wanted->email);
    const struct invoice_message_row row = {
        .order_no = wanted->order_no,
        .document_no = document_no_of(wanted),
        .mail_no = wanted->mail_no,
        .state = possible ? INVOICE_MESSAGE_SENDING : INVOICE_MESSAGE_UNDELIVERABLE,
        .reason = possible ? 0 : UNDELIVERABLE_REASON_BAD_ADDRESS,
        .asked_at = out->now,
        .changed_at = out->now,
    };

    if (!is_of_order(in)) {
        decide_impossible(out, "key \"%s\" is not the order of invoice \"%s\"", in->subject.id,
                          wanted->invoice_id);
        return;
    }
    const struct invoice_message_row *known = find(out->rows, wanted);
    if (known != NULL) {
        if (known->state != INVOICE_MESSAGE_SENDING) {
            tell(out, wanted, known); /* what was told got lost */
        }
        return;
    }
    rows_insert(out->rows, &invoice_message_table, &row);
    if (possible) {
        const struct effect_request request = {
            .kind = INVOICE_MAIL_EFFECT,
            .key = text_format(out->arena, "%s.mail.%lld", wanted->invoice_id,
                               (long long)wanted->mail_no),
            .subject = { .id = wanted->order_id, .number = wanted->order_no },
            .payload = wanted
        };

        decide_effect(out, &request, sizeof *wanted);
    } else {
        tell(out, wanted, &row);
    }
}

void invoice_mail_end_need(const struct incoming_result *in, struct rows *rows)
{
    const struct notification_invoice_mail *mail = in->payload;

    rows_want(rows, &invoice_message_table, key_number(mail->order_no));
}

void on_invoice_mail_end(struct decision *out, const struct incoming_result *in)
{
    const struct mail_end *end = in->result;
    struct invoice_message_row *row = find(out->rows, in->payload);
    bool accepted = end != NULL && end->accepted;

    if (row == NULL || row->state != INVOICE_MESSAGE_SENDING) {
        return;
    }
    row->state = accepted ? INVOICE_MESSAGE_TOLD : INVOICE_MESSAGE_UNDELIVERABLE;
    if (!accepted) {
        row->reason = end == NULL ? UNDELIVERABLE_REASON_UNREACHABLE : UNDELIVERABLE_REASON_REFUSED;
    }
    row->attempts = in->attempts;
    row->changed_at = out->now;
    rows_update(out->rows, &invoice_message_table, row);
    tell(out, in->payload, row);
}
