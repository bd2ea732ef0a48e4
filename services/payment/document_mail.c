/* document_mail.c - mails with a document: asked for, sent once with its files, and what became of them. */
#include "services/payment/document_mail.h"

#include "common/arena.h"
#include "common/base64.h"
#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/notification.h"
#include "services/payment/dealing.h"
#include "services/payment/tables.h"

#include <assert.h>

enum { MAILS_MAX = 1000, STATUS_CREATED = 201, FILES_MAX = 2, ATTACHED_BYTES_MAX = 640000 };
/* A mail server that is away keeps a mail longer than this; asking then does no harm. */
static const int64_t silence_ms = INT64_C(3600000);

/* All that is needed to send mails of an order. */
static void want_all(struct rows *rows, int64_t order_no)
{
    static const struct table *const tables[] = { &document_table, &document_file_table,
                                                  &document_mail_table };

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        rows_want(rows, tables[i], key_number(order_no));
    }
}

static const struct document_row *document_find(const struct rows *rows, int64_t order_no,
                                                int64_t document_no)
{
    void **at = rows_list(rows, &document_table, key_number(order_no));

    while (*at != NULL && ((const struct document_row *)*at)->document_no != document_no) {
        at++;
    }
    return *at;
}

/* The last one of the document; NULL: none was ever asked for. */
static struct document_mail_row *last_mail(const struct rows *rows, int64_t order_no,
                                           int64_t document_no)
{
    struct document_mail_row *last = NULL;

    for (void **at = rows_list(rows, &document_mail_table, key_number(order_no)); *at != NULL;
         at++) {
        struct document_mail_row *row = *at;

        last = row->document_no == document_no ? row : last;
    }
    return last;
}

/* --- Asked for ------------------------------------------------------------------------------------- */

void document_mail_ask(struct decision *out, const struct document_row *document,
                       const struct payment_document *command)
{
    const struct invoice_party *buyer = &command->buyer;
    bool possible = buyer->email != NULL;
    const struct document_mail_row row = {
        .order_no = document->order_no,
        .document_no = document->document_no,
        .mail_no = 1,
        .name = buyer->name,
        .email = buyer->email,
        .language = command->language,
        .with_xml = buyer->tax_number != NULL,
        .state = possible ? DOCUMENT_MAIL_WAITING : DOCUMENT_MAIL_UNDELIVERABLE,
        .reason = possible ? 0 : UNDELIVERABLE_REASON_NO_ADDRESS,
        .asked_at = out->now,
        .changed_at = out->now,
    };

    if (command->mailed) {
        rows_insert(out->rows, &document_mail_table, &row);
    }
}

/* --- Sent ------------------------------------------------------------------------------------------ */

static bool is_attached(const struct document_file_row *file, const struct document_mail_row *row)
{
    return file->document_no == row->document_no &&
           (text_equal(file->name, "invoice.pdf") ||
            (row->with_xml && text_equal(file->name, "invoice.xml")));
}

/* As far as they fit into a message: the PDF comes first, by its name. */
static void attach(struct decision *out, const struct document_mail_row *row,
                   struct notification_invoice_mail *mail)
{
    struct notification_invoice_mail_attachment *attachments =
        arena_alloc(out->arena, FILES_MAX * sizeof *attachments);
    void **at = rows_list(out->rows, &document_file_table, key_number(row->order_no));
    size_t bytes = 0;

    for (; *at != NULL && mail->attachments_count < FILES_MAX; at++) {
        const struct document_file_row *file = *at;

        if (is_attached(file, row) && bytes + file->content.length <= ATTACHED_BYTES_MAX) {
            bytes += file->content.length;
            attachments[mail->attachments_count++] = (struct notification_invoice_mail_attachment){
                file->name, file->media_type,
                base64_encode(out->arena, file->content.bytes, file->content.length)
            };
        }
    }
    mail->attachments = attachments;
}

static void send(struct decision *out, struct subject subject, const struct document_mail_row *row)
{
    const struct document_row *document = document_find(out->rows, row->order_no, row->document_no);
    assert(document != NULL); /* mails are of documents */
    struct notification_invoice_mail mail = {
        .order_id = subject.id,
        .order_no = row->order_no,
        .invoice_id = text_format(out->arena, "%s-I%lld", subject.id, (long long)row->document_no),
        .mail_no = row->mail_no,
        .kind = (enum document_kind)document->kind,
        .number = document->number,
        .name = row->name,
        .email = row->email,
        .language = row->language,
        .sent_at = row->asked_at,
        .currency = document->currency,
        .amount_minor = document->amount_minor,
    };

    attach(out, row, &mail);
    decide_emit(out, subject, MESSAGE_NOTIFICATION_INVOICE_MAIL, &mail, sizeof mail);
    decide_timer(out, subject, DOCUMENT_MAIL_TIMER, out->now + silence_ms, row->document_no);
}

void document_mails_go(struct decision *out, struct subject subject, int64_t document_no)
{
    for (void **at = rows_list(out->rows, &document_mail_table, key_number(subject.number));
         *at != NULL; at++) {
        struct document_mail_row *row = *at;

        if (row->document_no == document_no && row->state == DOCUMENT_MAIL_WAITING) {
            row->state = DOCUMENT_MAIL_SENDING;
            row->changed_at = out->now;
            rows_update(out->rows, &document_mail_table, row);
            send(out, subject, row);
        }
    }
}

void document_mails_forget(struct decision *out, int64_t order_no)
{
    for (void **at = rows_list(out->rows, &document_mail_table, key_number(order_no)); *at != NULL;
         at++) {
        struct document_mail_row *row = *at;

        row->name = "";
        row->email = NULL;
        if (row->state < DOCUMENT_MAIL_TOLD) {
            row->state = DOCUMENT_MAIL_UNDELIVERABLE;
            row->reason = UNDELIVERABLE_REASON_NO_ADDRESS;
            row->changed_at = out->now;
        }
        rows_update(out->rows, &document_mail_table, row);
    }
}

/* --- A person asks --------------------------------------------------------------------------------- */

static const struct payment_invoice_send *send_of(const struct incoming_message *in)
{
    return in->message;
}

const char *invoice_send_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return order_lane_key(arena, send_of(in)->invoice_id);
}

void invoice_send_need(const struct incoming_message *in, struct rows *rows)
{
    want_order(rows, send_of(in)->invoice_id);
}

void invoice_send_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_order_row *order = find_order(rows, send_of(in)->invoice_id);

    if (order != NULL) {
        want_all(rows, order->order_no);
    }
}

static bool has_files(const struct rows *rows, const struct document_row *document)
{
    void **at = rows_list(rows, &document_file_table, key_number(document->order_no));

    while (*at != NULL &&
           ((const struct document_file_row *)*at)->document_no != document->document_no) {
        at++;
    }
    return *at != NULL;
}

/* Once more, to whom it went last if nothing else is said. */
static struct document_mail_row next_mail(const struct decision *out,
                                          const struct incoming_message *in,
                                          const struct document_row *document)
{
    const struct document_mail_row *last =
        last_mail(out->rows, document->order_no, document->document_no);
    const char *email = send_of(in)->body.email;
    struct document_mail_row next = { .order_no = document->order_no,
                                      .document_no = document->document_no,
                                      .name = "-",
                                      .with_xml = true };

    if (last != NULL) {
        next = *last;
    }
    if (next.name[0] == '\0') {
        next.name = "-"; /* erased */
    }
    next.mail_no++;
    next.email = email != NULL ? email : next.email;
    next.request_id = in->id;
    next.state = DOCUMENT_MAIL_WAITING;
    next.reason = next.attempts = 0;
    next.asked_at = next.changed_at = out->now;
    return next;
}

static void send_again(struct decision *out, const struct incoming_message *in,
                       const struct document_row *document)
{
    const struct document_mail_row row = next_mail(out, in, document);
    const struct document_mail_row *last =
        last_mail(out->rows, document->order_no, document->document_no);
    const struct subject subject = { .id = invoice_send_lane_key(out->arena, in),
                                     .number = document->order_no };
    bool repeated = last != NULL && text_equal(last->request_id, in->id);

    if (!repeated && row.email == NULL) {
        reply_invalid(out, in, "/email", "must be given: it went nowhere before");
        return;
    }
    if (!repeated && row.mail_no > MAILS_MAX) {
        reply_invalid(out, in, "/email", "it was sent a thousand times");
        return;
    }
    if (!repeated) {
        rows_insert(out->rows, &document_mail_table, &row);
        if (has_files(out->rows, document)) {
            document_mails_go(out, subject, document->document_no);
        }
    }
    reply_done(out, in, STATUS_CREATED, send_of(in)->invoice_id);
}

void on_invoice_send(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "Not found",
                                            .detail = "there is no invoice with this id" };
    const struct payment_order_row *order = find_order(out->rows, send_of(in)->invoice_id);
    const struct document_row *document = NULL;

    if (order != NULL) {
        want_all(out->rows, order->order_no);
        document = document_find(out->rows, order->order_no,
                                 child_id_counter(send_of(in)->invoice_id, 'I'));
    }
    if (document == NULL) {
        reply_refused(out, in, &unknown);
    } else {
        send_again(out, in, document);
    }
}

/* --- What became of it ----------------------------------------------------------------------------- */

void invoice_mailed_need(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_invoice_mailed *end = in->message;

    rows_want(rows, &document_mail_table, key_number(end->order_no));
}

/* One that was on its way when its customer was forgotten may have arrived all the same. */
static bool is_news(const struct document_mail_row *row, const struct payment_invoice_mailed *end)
{
    return row->state == DOCUMENT_MAIL_SENDING ||
           (row->state == DOCUMENT_MAIL_UNDELIVERABLE && end->delivered);
}

void on_invoice_mailed(struct decision *out, const struct incoming_message *in)
{
    const struct payment_invoice_mailed *end = in->message;
    int64_t document_no = child_id_counter(end->invoice_id, 'I');
    void **at = rows_list(out->rows, &document_mail_table, key_number(end->order_no));

    for (; *at != NULL; at++) {
        struct document_mail_row *row = *at;

        if (row->document_no == document_no && row->mail_no == end->mail_no && is_news(row, end)) {
            row->state = end->delivered ? DOCUMENT_MAIL_TOLD : DOCUMENT_MAIL_UNDELIVERABLE;
            row->reason = end->delivered ? 0 : end->reason;
            row->attempts = end->attempts;
            row->changed_at = out->now;
            rows_update(out->rows, &document_mail_table, row);
        }
    }
}

/* --- Nothing was heard ----------------------------------------------------------------------------- */

void document_mail_due_need(const struct incoming_timer *in, struct rows *rows)
{
    rows_want(rows, &document_mail_table, key_number(in->subject.number));
}

static bool is_unheard(const struct document_mail_row *row, const struct incoming_timer *in)
{
    return row->document_no == in->step && row->state == DOCUMENT_MAIL_SENDING;
}

/* Nearly every mail was heard of by then: files are read only where one was not. */
void document_mail_due_need_shared(const struct incoming_timer *in, struct rows *rows)
{
    void **at = rows_list(rows, &document_mail_table, key_number(in->subject.number));

    while (*at != NULL && !is_unheard(*at, in)) {
        at++;
    }
    if (*at != NULL) {
        want_all(rows, in->subject.number);
    }
}

void on_document_mail_due(struct decision *out, const struct incoming_timer *in)
{
    void **at = rows_list(out->rows, &document_mail_table, key_number(in->subject.number));

    for (; *at != NULL; at++) {
        if (is_unheard(*at, in)) {
            send(out, in->subject, *at);
        }
    }
}
