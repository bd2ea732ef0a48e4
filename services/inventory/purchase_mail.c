/* purchase_mail.c - mails with a purchase order: asked for, sent once with their documents, and what became of them. */
#include "services/inventory/purchase_mail.h"

#include "common/arena.h"
#include "common/base64.h"
#include "common/calendar.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "services/inventory/purchase_alert.h"

#include <string.h>

_Static_assert(PURCHASE_MAIL_STATE_WAITING == 1 && PURCHASE_MAIL_STATE_UNSENT == 5,
               "purchase_mail.state keeps these numbers");

enum { MAILS_MAX = 1000 };
/* A mail server that is away keeps a mail longer than this; asking then does no harm. */
static const int64_t silence_ms = INT64_C(3600000);

void purchase_mail_want(struct rows *rows, const char *purchase_order_id)
{
    rows_want(rows, &purchase_mail_table, key_text(purchase_order_id));
    rows_want(rows, &purchase_document_table, key_text(purchase_order_id));
}

/* --- Asked for ------------------------------------------------------------------------------------- */

static const struct supplier_row *supplier_of(const struct purchasing *purchase)
{
    return rows_find(purchase->out->rows, &supplier_table, key_text(purchase->row->supplier));
}

/* Where it goes this time; NULL: nobody knows. */
static const char *address_of(const struct purchasing *purchase)
{
    const struct purchase_send *request = purchase->in->message;
    bool asked = purchase->in->message_type == MESSAGE_PURCHASE_SEND;

    return asked && request->body.email != NULL ? request->body.email
                                                : supplier_of(purchase)->email;
}

void purchase_mail_ask(const struct purchasing *purchase)
{
    struct rows *rows = purchase->out->rows;
    void **mails = rows_list(rows, &purchase_mail_table, key_text(purchase->id));
    const struct purchase_mail_row row = { .purchase_order_id = purchase->id,
                                           .mail_no = 1 + (int64_t)rows_count(mails),
                                           .email = address_of(purchase),
                                           .request_id = purchase->in->id,
                                           .state = PURCHASE_MAIL_STATE_WAITING,
                                           .asked_at = purchase->out->now,
                                           .changed_at = purchase->out->now };

    if (row.email != NULL) {
        rows_insert(rows, &purchase_mail_table, &row);
    }
}

static void attach(const struct purchasing *purchase, struct notification_supplier_mail *mail)
{
    struct arena *arena = purchase->out->arena;
    void **documents =
        rows_list(purchase->out->rows, &purchase_document_table, key_text(purchase->id));
    size_t count = rows_count(documents);
    struct notification_supplier_mail_attachment *attachments =
        arena_alloc(arena, count * sizeof *attachments);

    for (size_t i = 0; i < count; i++) {
        const struct purchase_document_row *document = documents[i];
        char *hex = arena_alloc(arena, 2 * document->sha256.length + 1);

        text_hex(document->sha256.bytes, document->sha256.length, hex);
        attachments[i] = (struct notification_supplier_mail_attachment){
            .name = document->name,
            .media_type = document->media_type,
            .sha256 = hex,
            .content = base64_encode(arena, document->content.bytes, document->content.length),
        };
    }
    mail->attachments = attachments;
    mail->attachments_count = count;
}

static int64_t total_of(const struct purchasing *purchase)
{
    int64_t total_minor = 0;

    for (void **at = purchasing_lines(purchase); *at != NULL; at++) {
        const struct purchase_order_line_row *line = *at;

        total_minor += line->quantity * line->price_minor;
    }
    return total_minor;
}

static struct notification_supplier_mail mail_of(const struct purchasing *purchase)
{
    const struct purchase_order_row *order = purchase->row;
    const struct supplier_row *supplier = supplier_of(purchase);
    struct notification_supplier_mail mail = {
        .purchase_order_id = purchase->id,
        .supplier = supplier->code,
        .name = supplier->name,
        .language = supplier->language,
        .sent_at = purchase->out->now,
        .currency = order->currency,
        .total_minor = total_of(purchase),
        .deliver_on = order->expected_day == NOT_GIVEN
                          ? NULL
                          : calendar_date(purchase->out->arena, order->expected_day),
    };

    attach(purchase, &mail);
    return mail;
}

bool purchase_mail_again(struct purchasing *purchase)
{
    struct decision *out = purchase->out;
    const char *wrong = NULL;

    if (address_of(purchase) == NULL) {
        wrong = "must be given, the supplier has none";
    } else if (rows_count(rows_list(out->rows, &purchase_mail_table, key_text(purchase->id))) >=
               MAILS_MAX) {
        wrong = "it was sent a thousand times";
    }
    if (wrong != NULL) {
        reply_invalid(out, purchase->in, "/email", wrong);
        return false;
    }
    purchase_mail_ask(purchase);
    if (*rows_list(out->rows, &purchase_document_table, key_text(purchase->id)) != NULL) {
        const struct notification_supplier_mail mail = mail_of(purchase);

        purchase_mails_go(out, purchase->id, &mail, true);
    }
    return true;
}

/* --- Sent ------------------------------------------------------------------------------------------ */

static void send(struct decision *out, const char *purchase_order_id,
                 const struct notification_supplier_mail *mail, const struct purchase_mail_row *row)
{
    struct notification_supplier_mail sent = *mail;

    sent.mail_no = row->mail_no;
    sent.email = row->email;
    decide_emit(out, (struct subject){ .id = purchase_order_id },
                MESSAGE_NOTIFICATION_SUPPLIER_MAIL, &sent, sizeof sent);
    decide_timer(out, (struct subject){ .id = purchase_order_id }, PURCHASE_MAIL_TIMER,
                 out->now + silence_ms, 0);
}

void purchase_mails_go(struct decision *out, const char *purchase_order_id,
                       const struct notification_supplier_mail *mail, bool wanted)
{
    void **at = rows_list(out->rows, &purchase_mail_table, key_text(purchase_order_id));

    for (; *at != NULL; at++) {
        struct purchase_mail_row *row = *at;

        if (row->state != PURCHASE_MAIL_STATE_WAITING) {
            continue;
        }
        row->state = wanted ? PURCHASE_MAIL_STATE_SENDING : PURCHASE_MAIL_STATE_UNSENT;
        row->changed_at = out->now;
        rows_update(out->rows, &purchase_mail_table, row);
        if (wanted) {
            send(out, purchase_order_id, mail, row);
        }
    }
}

/* --- What became of it ----------------------------------------------------------------------------- */

const char *purchase_mailed_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct purchase_mailed *)in->message)->purchase_order_id;
}

void purchase_mailed_need(const struct incoming_message *in, struct rows *rows)
{
    const struct purchase_mailed *end = in->message;

    rows_want(rows, &purchase_order_table, key_text(end->purchase_order_id));
    rows_want(rows, &purchase_mail_table, key_text(end->purchase_order_id));
    purchase_alert_want(rows, end->purchase_order_id);
}

static void tell(struct decision *out, const struct purchase_order_row *order,
                 const struct purchase_mail_row *row)
{
    const struct inventory_purchase_order_mailed fact = {
        .purchase_order_id = order->purchase_order_id,
        .clock = order->version,
        .supplier = order->supplier,
        .mail_no = row->mail_no,
        .state = (enum purchase_mail_state)row->state,
        .reason = (enum undeliverable_reason)row->reason,
    };

    out->clock = order->version - 1; /* the order's own time */
    decide_emit(out, (struct subject){ .id = order->purchase_order_id },
                MESSAGE_INVENTORY_PURCHASE_ORDER_MAILED, &fact, sizeof fact);
}

void on_purchase_mailed(struct decision *out, const struct incoming_message *in)
{
    const struct purchase_mailed *end = in->message;
    const struct key key = key_text(end->purchase_order_id);
    const struct purchase_order_row *order = rows_find(out->rows, &purchase_order_table, key);
    void **at = rows_list(out->rows, &purchase_mail_table, key);

    while (*at != NULL && ((const struct purchase_mail_row *)*at)->mail_no != end->mail_no) {
        at++;
    }
    struct purchase_mail_row *row = *at;
    if (order == NULL || row == NULL || row->state != PURCHASE_MAIL_STATE_SENDING) {
        return; /* it ended before */
    }
    row->state = end->delivered ? PURCHASE_MAIL_STATE_TOLD : PURCHASE_MAIL_STATE_UNDELIVERABLE;
    row->reason = end->delivered ? 0 : end->reason;
    row->attempts = end->attempts;
    row->changed_at = out->now;
    rows_update(out->rows, &purchase_mail_table, row);
    tell(out, order, row);
    purchase_alert_mailed(out, order, row);
}

/* --- Nothing was heard ----------------------------------------------------------------------------- */

void purchase_mail_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    const struct purchase_order_row *order =
        rows_find(rows, &purchase_order_table, key_text(in->subject.id));

    if (order != NULL) {
        rows_want(rows, &supplier_table, key_text(order->supplier));
    }
}

void on_purchase_mail_due(struct decision *out, const struct incoming_timer *in)
{
    const struct key key = key_text(in->subject.id);
    const struct purchasing purchase = { .out = out,
                                         .id = in->subject.id,
                                         .row = rows_find(out->rows, &purchase_order_table, key) };
    void **at = rows_list(out->rows, &purchase_mail_table, key);

    for (; purchase.row != NULL && *at != NULL; at++) {
        const struct purchase_mail_row *row = *at;

        if (row->state == PURCHASE_MAIL_STATE_SENDING) {
            const struct notification_supplier_mail mail = mail_of(&purchase);

            send(out, purchase.row->purchase_order_id, &mail, row);
        }
    }
}
