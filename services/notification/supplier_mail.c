/* supplier_mail.c - a mail to a supplier is sent, and told or not. */
#include "services/notification/supplier_mail.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/notification/customer_message.h"
#include "services/notification/mime.h"
#include "services/notification/tables.h"

#include <string.h>

void supplier_mail_need(const struct incoming_message *in, struct rows *rows)
{
    const struct notification_supplier_mail *wanted = in->message;

    rows_want(rows, &supplier_message_table, key_text(wanted->purchase_order_id));
}

static struct supplier_message_row *find(const struct rows *rows,
                                         const struct notification_supplier_mail *mail)
{
    void **at = rows_list(rows, &supplier_message_table, key_text(mail->purchase_order_id));

    while (*at != NULL && ((const struct supplier_message_row *)*at)->mail_no != mail->mail_no) {
        at++;
    }
    return *at;
}

/* The identity of the mail, for ever.  An id that no Message-ID can have stands there as its hash. */
static const char *mail_key(struct arena *arena, const struct notification_supplier_mail *mail)
{
    const char *key = text_format(arena, "%s.purchase-order.%lld", mail->purchase_order_id,
                                  (long long)mail->mail_no);

    return mime_is_id(key)
               ? key
               : text_format(arena, "%016llx.purchase-order.%lld",
                             (unsigned long long)key_hash(key_text(mail->purchase_order_id)),
                             (long long)mail->mail_no);
}

/* The inventory shows it beside the order. */
static void tell(struct decision *out, const struct supplier_message_row *row)
{
    const struct purchase_mailed end = {
        .purchase_order_id = row->purchase_order_id,
        .mail_no = row->mail_no,
        .delivered = row->state == SUPPLIER_MESSAGE_TOLD,
        .reason = (enum undeliverable_reason)row->reason,
        .attempts = row->attempts,
    };

    decide_emit(out, (struct subject){ .id = row->purchase_order_id }, MESSAGE_PURCHASE_MAILED,
                &end, sizeof end);
}

void on_supplier_mail(struct decision *out, const struct incoming_message *in)
{
    const struct notification_supplier_mail *wanted = in->message;
    bool possible = mime_is_address(wanted->email);
    const struct supplier_message_row row = {
        .purchase_order_id = wanted->purchase_order_id,
        .mail_no = wanted->mail_no,
        .supplier = wanted->supplier,
        .state = possible ? SUPPLIER_MESSAGE_SENDING : SUPPLIER_MESSAGE_UNDELIVERABLE,
        .reason = possible ? 0 : UNDELIVERABLE_REASON_BAD_ADDRESS,
        .asked_at = out->now,
        .changed_at = out->now,
    };

    if (!text_equal(in->subject.id, wanted->purchase_order_id)) {
        decide_impossible(out, "key \"%s\" is not the purchase order \"%s\"", in->subject.id,
                          wanted->purchase_order_id);
        return;
    }
    const struct supplier_message_row *known = find(out->rows, wanted);
    if (known != NULL) {
        if (known->state != SUPPLIER_MESSAGE_SENDING) {
            tell(out, known); /* what was told got lost */
        }
        return;
    }
    rows_insert(out->rows, &supplier_message_table, &row);
    if (possible) {
        const struct effect_request request = { .kind = SUPPLIER_MAIL_EFFECT,
                                                .key = mail_key(out->arena, wanted),
                                                .subject = in->subject,
                                                .payload = wanted };

        decide_effect(out, &request, sizeof *wanted);
    } else {
        tell(out, &row);
    }
}

void supplier_mail_end_need(const struct incoming_result *in, struct rows *rows)
{
    rows_want(rows, &supplier_message_table, key_text(in->subject.id));
}

void on_supplier_mail_end(struct decision *out, const struct incoming_result *in)
{
    const struct mail_end *end = in->result;
    struct supplier_message_row *row = find(out->rows, in->payload);
    bool accepted = end != NULL && end->accepted;

    if (row == NULL || row->state != SUPPLIER_MESSAGE_SENDING) {
        return;
    }
    row->state = accepted ? SUPPLIER_MESSAGE_TOLD : SUPPLIER_MESSAGE_UNDELIVERABLE;
    if (!accepted) {
        row->reason = end == NULL ? UNDELIVERABLE_REASON_UNREACHABLE : UNDELIVERABLE_REASON_REFUSED;
    }
    row->attempts = in->attempts;
    row->changed_at = out->now;
    rows_update(out->rows, &supplier_message_table, row);
    tell(out, row);
}
