/* document.c - writes a document of a capture or a refund, once, under the next number. */
#include "services/payment/document.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/mutant.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/payment/document_mail.h"
#include "services/payment/document_tax.h"
#include "services/payment/tables.h"

#include <stdlib.h>

_Static_assert(DOCUMENT_KIND_INVOICE == 1 && DOCUMENT_KIND_CREDIT_NOTE == 2 &&
                   TAX_CATEGORY_STANDARD == 1 && TAX_CATEGORY_ZERO == 2 &&
                   TAX_CATEGORY_EXEMPT == 3 && TAX_CATEGORY_REVERSE_CHARGE == 4,
               "document.kind and document_tax.category keep these numbers");

enum { NUMBER_DIGITS = 6, CORRECTS_MAX = 100 };
#define DAY_MS INT64_C(86400000)

struct writing {
    struct decision *out;
    struct subject subject;
    const struct payment_document *command;
    const struct payment_row *payment;
    const char *subject_id; /* of the capture or the refund */
    struct document_row row;
    struct payment_invoice invoice;
};

/* --- Rows ---------------------------------------------------------------------------------------- */

void document_need(const struct incoming_message *in, struct rows *rows)
{
    static const struct table *const tables[] = { &payment_table, &capture_table, &refund_table,
                                                  &document_table, &document_tax_table };

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        rows_want(rows, tables[i], key_number(in->subject.number));
    }
}

/* Numbers with the year and without are counted apart. */
static const char *series_code(struct arena *arena, const struct number_series *series)
{
    return series->yearly ? text_format(arena, "%s-", series->prefix) : series->prefix;
}

void document_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_document *command = in->message;

    rows_want(rows, &document_series_table,
              key_text(series_code(rows_arena(rows), &command->series)));
}

static void **rows_of(const struct writing *writing, const struct table *table)
{
    return rows_list(writing->out->rows, table, key_number(writing->subject.number));
}

static const struct payment_row *payment_of(const struct writing *writing)
{
    int64_t payment_no = child_id_counter(writing->command->payment_id, 'P');
    void **at = rows_of(writing, &payment_table);

    while (*at != NULL && ((const struct payment_row *)*at)->payment_no != payment_no) {
        at++;
    }
    return *at;
}

static bool is_invoiced(const struct writing *writing)
{
    for (void **at = rows_of(writing, &document_table); *at != NULL; at++) {
        const struct document_row *document = *at;

        if (document->kind == DOCUMENT_KIND_INVOICE &&
            document->subject_no == writing->row.subject_no) {
            return true;
        }
    }
    return false;
}

/* What the documents of the order come to. */
static int64_t documented_minor(const struct writing *writing, enum document_kind kind)
{
    int64_t sum_minor = 0;

    for (void **at = rows_of(writing, &document_table); *at != NULL; at++) {
        const struct document_row *document = *at;

        sum_minor += document->kind == (int64_t)kind ? document->amount_minor : 0;
    }
    return sum_minor;
}

/* --- How much ------------------------------------------------------------------------------------ */

static const struct capture_row *capture_of(const struct writing *writing)
{
    void **at = rows_of(writing, &capture_table);

    while (*at != NULL &&
           ((const struct capture_row *)*at)->capture_no != writing->row.subject_no) {
        at++;
    }
    return *at;
}

static bool take_captured(struct writing *writing)
{
    const struct capture_row *capture = capture_of(writing);

    if (capture == NULL || capture->state != CAPTURE_SUCCEEDED) {
        decide_impossible(writing->out, "an invoice of \"%s\", by which nothing was taken",
                          writing->subject_id);
        return false;
    }
    writing->row.amount_minor = capture->amount_minor;
    if (writing->payment->method == PAYMENT_METHOD_INVOICE) {
        writing->invoice.due_at = capture->ended_at + writing->payment->net_days * DAY_MS;
        writing->invoice.has_due_at = true;
    }
    return true;
}

static bool is_given(const struct refund_row *refund)
{
    return refund->state == REFUND_SUCCEEDED || refund->state == REFUND_GIVEN;
}

static int64_t lesser(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* A refund that a bank sent back was credited already: what is given in its stead is not credited again.  Where that was given for
 * another, and the first is given after all, it is credited once more by what is left. */
static bool take_refunded(struct writing *writing)
{
    int64_t given_minor = 0, own_minor = 0;
    int64_t credited_minor = documented_minor(writing, DOCUMENT_KIND_CREDIT_NOTE);

    for (void **at = rows_of(writing, &refund_table); *at != NULL; at++) {
        const struct refund_row *refund = *at;

        given_minor += is_given(refund) ? refund->amount_minor : 0;
        if (is_given(refund) && refund->refund_no == writing->row.subject_no) {
            own_minor = refund->amount_minor;
        }
    }
    int64_t left_minor = lesser(given_minor, documented_minor(writing, DOCUMENT_KIND_INVOICE));

    writing->row.amount_minor = lesser(own_minor, left_minor - credited_minor);
    return writing->row.amount_minor > 0;
}

/* --- The number ---------------------------------------------------------------------------------- */

static int64_t year_of(int64_t instant_ms)
{
    struct instant_text text = instant_format(instant_ms);

    return strtol(text.text, NULL, 10);
}

static struct document_series_row *series_of(struct decision *out, const char *code)
{
    struct document_series_row *series =
        rows_find(out->rows, &document_series_table, key_text(code));

    return series != NULL ? series
                          : rows_insert(out->rows, &document_series_table,
                                        &(struct document_series_row){ .code = code });
}

static void take_number(struct writing *writing)
{
    const struct number_series *wanted = &writing->command->series;
    struct decision *out = writing->out;
    struct document_series_row *series = series_of(out, series_code(out->arena, wanted));
    int64_t year = year_of(out->now);
    int digits = (int)(wanted->has_digits ? wanted->digits : NUMBER_DIGITS);

    /* Lanes are milliseconds apart: one that is still in the old year counts on in the new one. */
    if (year > series->year) {
        series->last = wanted->yearly ? 0 : series->last;
        series->year = year;
    }
    series->last += mutant("skip_number") ? 2 : 1;
    rows_update(out->rows, &document_series_table, series);
    writing->row.serial = series->last;
    writing->row.series =
        wanted->yearly ? text_format(out->arena, "%s-%lld", wanted->prefix, (long long)series->year)
                       : wanted->prefix;
    writing->row.number =
        text_format(out->arena, "%s-%0*lld", writing->row.series, digits, (long long)series->last);
}

/* --- What it says -------------------------------------------------------------------------------- */

static struct invoice_lines credit_lines(const struct writing *writing)
{
    struct arena *arena = writing->out->arena;
    void **at = rows_of(writing, &document_tax_table);
    void **documents = rows_of(writing, &document_table);
    size_t count = 0;

    while (at[count] != NULL) {
        count++;
    }
    bool *credits = arena_alloc(arena, (count + 1) * sizeof *credits);

    for (size_t i = 0; i < count; i++) {
        const struct document_tax_row *tax = at[i];
        void **of = documents;

        while (((const struct document_row *)*of)->document_no != tax->document_no) {
            of++;
        }
        credits[i] = ((const struct document_row *)*of)->kind == DOCUMENT_KIND_CREDIT_NOTE;
    }
    return tax_credit_lines(arena, (const struct document_tax_row *const *)at, credits,
                            writing->row.amount_minor);
}

static void list_corrected(struct writing *writing)
{
    const char **numbers =
        arena_alloc(writing->out->arena, CORRECTS_MAX * sizeof *writing->invoice.corrects);
    size_t count = 0;

    for (void **at = rows_of(writing, &document_table); *at != NULL && count < CORRECTS_MAX; at++) {
        const struct document_row *document = *at;

        if (document->kind == DOCUMENT_KIND_INVOICE) {
            numbers[count++] = document->number;
        }
    }
    writing->invoice.corrects = numbers;
    writing->invoice.corrects_count = count;
}

static void list_sums(struct writing *writing)
{
    struct arena *arena = writing->out->arena;
    bool credit = writing->row.kind == DOCUMENT_KIND_CREDIT_NOTE;
    const struct invoice_lines lines =
        credit ? credit_lines(writing)
               : tax_invoice_lines(arena, writing->command, writing->row.amount_minor);
    const struct invoice_taxes taxes = tax_sums(arena, &lines);

    writing->invoice.lines = lines.items;
    writing->invoice.lines_count = lines.count;
    writing->invoice.taxes = taxes.items;
    writing->invoice.taxes_count = taxes.count;
    for (size_t i = 0; i < taxes.count; i++) {
        writing->row.tax_minor += taxes.items[i].tax_minor;
    }
    if (credit) {
        list_corrected(writing);
    }
}

static const char *document_id(const struct writing *writing)
{
    return text_format(writing->out->arena, "%s-I%lld", writing->subject.id,
                       (long long)writing->row.document_no);
}

/* Beside lines and sums. */
static void describe(struct writing *writing)
{
    const struct payment_document *command = writing->command;
    struct payment_invoice *invoice = &writing->invoice;

    invoice->id = document_id(writing);
    invoice->kind = command->kind;
    invoice->number = writing->row.number;
    invoice->issued_at = writing->row.issued_at;
    invoice->order_id = writing->subject.id;
    invoice->order_number = command->order_number;
    invoice->channel_order_ref = command->channel_order_ref;
    invoice->purchase_order_number = command->purchase_order_number;
    invoice->payment_id = command->payment_id;
    invoice->capture_id = command->capture_id;
    invoice->refund_id = command->refund_id;
    invoice->currency = writing->row.currency;
    invoice->tax_mode = command->tax_mode;
    invoice->language = command->language;
    invoice->tax_reason = command->tax_reason;
    invoice->buyer = command->buyer;
    invoice->delivery = command->delivery;
    invoice->net_minor = writing->row.amount_minor - writing->row.tax_minor;
    invoice->tax_minor = writing->row.tax_minor;
    invoice->amount_minor = writing->row.amount_minor;
}

/* --- Writing ------------------------------------------------------------------------------------- */

static void keep(const struct writing *writing)
{
    struct rows *rows = writing->out->rows;

    rows_insert(rows, &document_table, &writing->row);
    document_mail_ask(writing->out, &writing->row, writing->command);
    for (size_t i = 0; i < writing->invoice.taxes_count; i++) {
        const struct invoice_tax *tax = &writing->invoice.taxes[i];

        rows_insert(rows, &document_tax_table,
                    &(struct document_tax_row){ .order_no = writing->row.order_no,
                                                .document_no = writing->row.document_no,
                                                .tax_no = (int64_t)i + 1,
                                                .category = tax->category,
                                                .rate_ppm = tax->rate_ppm,
                                                .amount_minor = tax->net_minor + tax->tax_minor,
                                                .tax_minor = tax->tax_minor });
    }
}

static void say(const struct writing *writing)
{
    const struct payment_invoice *invoice = &writing->invoice;
    const struct payment_documented fact = { .order_id = writing->subject.id,
                                             .order_no = writing->subject.number,
                                             .clock = writing->out->clock + 1,
                                             .document_id = invoice->id,
                                             .kind = invoice->kind,
                                             .number = invoice->number,
                                             .payment_id = invoice->payment_id,
                                             .capture_id = invoice->capture_id,
                                             .refund_id = invoice->refund_id,
                                             .amount_minor = invoice->amount_minor,
                                             .tax_minor = invoice->tax_minor,
                                             .currency = invoice->currency,
                                             .issued_at = invoice->issued_at };

    decide_emit(writing->out, writing->subject, MESSAGE_PAYMENT_DOCUMENTED, &fact, sizeof fact);
}

static void have_made(const struct writing *writing)
{
    const struct effect_request request = {
        .kind = DOCUMENT_EFFECT,
        .key = text_format(writing->out->arena, "%s/document", writing->invoice.id),
        .subject = writing->subject,
        .payload = &writing->invoice,
    };

    decide_effect(writing->out, &request, sizeof writing->invoice);
}

static void write(struct writing *writing)
{
    for (void **at = rows_of(writing, &document_table); *at != NULL; at++) {
        writing->row.document_no++;
    }
    writing->row.document_no++;
    writing->row.payment_no = writing->payment->payment_no;
    writing->row.currency = writing->payment->currency;
    writing->row.order_id = writing->payment->order_id;
    writing->row.issued_at = writing->out->now;
    list_sums(writing);
    take_number(writing);
    describe(writing);
    keep(writing);
    say(writing);
    have_made(writing);
}

/* False: it names what is not this order's, or nothing that could be documented. */
static bool names_its_own(struct writing *writing)
{
    const struct payment_document *command = writing->command;
    bool credit = command->kind == DOCUMENT_KIND_CREDIT_NOTE;

    writing->subject_id = credit ? command->refund_id : command->capture_id;
    if (writing->subject_id == NULL ||
        !text_starts_with(writing->subject_id, writing->subject.id) ||
        !text_starts_with(command->payment_id, writing->subject.id)) {
        return false;
    }
    writing->row.kind = command->kind;
    writing->row.order_no = writing->subject.number;
    writing->row.subject_no = child_id_counter(writing->subject_id, credit ? 'B' : 'C');
    writing->payment = payment_of(writing);
    return writing->payment != NULL;
}

void on_document(struct decision *out, const struct incoming_message *in)
{
    struct writing writing = { .out = out, .subject = in->subject, .command = in->message };

    if (!names_its_own(&writing)) {
        decide_impossible(out, "a document of order \"%s\" that names none of its payments",
                          in->subject.id);
        return;
    }
    bool worth = writing.row.kind == DOCUMENT_KIND_CREDIT_NOTE
                     ? take_refunded(&writing)
                     : !is_invoiced(&writing) && take_captured(&writing);
    if (worth) {
        write(&writing);
    }
}

/* --- Files --------------------------------------------------------------------------------------- */

void document_files_need(const struct incoming_result *in, struct rows *rows)
{
    rows_want(rows, &document_table, key_number(in->subject.number));
    rows_want(rows, &document_mail_table, key_number(in->subject.number));
}

/* What was kept before stays: there is one of each for ever.  So none are loaded, least of all those of other documents. */
void on_document_files(struct decision *out, const struct incoming_result *in)
{
    const struct payment_invoice *invoice = in->payload;
    const struct made_files *made = in->result;
    int64_t document_no = child_id_counter(invoice->id, 'I');

    for (size_t i = 0; i < made->count; i++) {
        const struct document_file_row row = { .order_no = in->subject.number,
                                               .document_no = document_no,
                                               .name = made->items[i].paper->name,
                                               .media_type = made->items[i].paper->media_type,
                                               .content = made->items[i].content,
                                               .made_at = out->now };

        rows_insert(out->rows, &document_file_table, &row);
    }
    document_mails_go(out, in->subject, document_no);
}
