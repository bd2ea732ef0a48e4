/* judge_documents.c - invoices and credit notes: numbers without gaps, one document for what was taken, and files that are never made anew. */
#include "tests/sim/judge.h"

#include "common/text.h"

#include <stddef.h>
#include <string.h>

enum { PAPERS = 2, MAIL_TOLD = 3, CAPTURED = 3, REFUNDED = 4, GIVEN = 7, INVOICE = 1 };

static struct view document, series, billed, capture, refund, file, mail;

static void open_views(void)
{
    (void)view_once(&document, SIM_PAYMENT, "document",
                    "order_no document_no kind subject_no amount_minor series serial number");
    (void)view_once(&series, SIM_PAYMENT, "document_series", "code year last");
    (void)view_once(&billed, SIM_ORDER, "detour", "order_no document_series");
    (void)view_once(&capture, SIM_PAYMENT, "payment_capture",
                    "order_no capture_no state amount_minor");
    (void)view_once(&refund, SIM_PAYMENT, "payment_refund", "order_no state amount_minor");
    (void)view_once(&file, SIM_PAYMENT, "document_file", "order_no document_no");
    (void)view_once(&mail, SIM_PAYMENT, "document_mail", "order_no document_no state");
}

/* --- Numbers ------------------------------------------------------------------------------------- */

static void judge_last(struct sim *sim, const void *row, const struct sums *counts)
{
    const char *code = view_text(&series, row, 0);
    size_t length = strlen(code);
    bool yearly = length > 0 && code[length - 1] == '-';
    const char *name =
        yearly ? text_format(sim->ctx.arena, "%s%lld", code, (long long)view_int(&series, row, 1))
               : code;

    if (sums_get(counts, name) != view_int(&series, row, 2)) {
        judge_find(sim, name, "%lld documents, and the last number is %lld",
                   (long long)sums_get(counts, name), (long long)view_int(&series, row, 2));
    }
}

/* Each number once, and none above how many there are. */
void judge_document_numbers(struct sim *sim)
{
    struct sums counts = { 0 }, numbers = { 0 };
    size_t count = 0, series_count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_PAYMENT, &document, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &counts, view_text(&document, rows[i], 5), 1);
        sums_add(sim, &numbers, view_text(&document, rows[i], 7), 1);
    }
    for (size_t i = 0; i < count; i++) {
        const char *number = view_text(&document, rows[i], 7);

        if (sums_get(&numbers, number) != 1 ||
            view_int(&document, rows[i], 6) > sums_get(&counts, view_text(&document, rows[i], 5))) {
            judge_find(sim, number, "is given %lld times, of %lld in its series",
                       (long long)sums_get(&numbers, number),
                       (long long)sums_get(&counts, view_text(&document, rows[i], 5)));
        }
    }
    void **all = view_rows(sim, SIM_PAYMENT, &series, &series_count);
    for (size_t i = 0; i < series_count; i++) {
        judge_last(sim, all[i], &counts);
    }
}

/* --- What they are of ---------------------------------------------------------------------------- */

struct books {
    struct sums billed;   /* orders that have documents */
    struct sums invoiced; /* by order and capture */
    struct sums of_order; /* by order and kind */
    struct sums given;    /* refunds, by order */
    struct sums files;    /* by order and document */
    size_t invoices;
};

static const char *of(struct sim *sim, int64_t order_no, int64_t number)
{
    return sums_name(sim, order_no, number, NULL);
}

static void read_books(struct sim *sim, struct books *books)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &billed, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_text(&billed, rows[i], 1) != NULL) {
            sums_add(sim, &books->billed, of(sim, view_int(&billed, rows[i], 0), 0), 1);
        }
    }
    rows = view_rows(sim, SIM_PAYMENT, &file, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &books->files,
                 of(sim, view_int(&file, rows[i], 0), view_int(&file, rows[i], 1)), 1);
    }
    rows = view_rows(sim, SIM_PAYMENT, &refund, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t state = view_int(&refund, rows[i], 1);

        if (state == REFUNDED || state == GIVEN) {
            sums_add(sim, &books->given, of(sim, view_int(&refund, rows[i], 0), 0),
                     view_int(&refund, rows[i], 2));
        }
    }
}

static void read_document(struct sim *sim, struct books *books, const void *row)
{
    int64_t order_no = view_int(&document, row, 0), kind = view_int(&document, row, 2);
    int64_t amount_minor = view_int(&document, row, 4);
    const char *files = of(sim, order_no, view_int(&document, row, 1));

    sums_add(sim, &books->of_order, of(sim, order_no, kind), amount_minor);
    if (kind == INVOICE) {
        sums_add(sim, &books->invoiced, of(sim, order_no, view_int(&document, row, 3)),
                 amount_minor);
        books->invoices++;
    }
    if (sums_get(&books->files, files) != PAPERS) {
        judge_find(sim, view_text(&document, row, 7), "has %lld files",
                   (long long)sums_get(&books->files, files));
    }
}

/* Whether it is one that is to be invoiced. */
static bool judge_capture(struct sim *sim, const struct books *books, const void *row)
{
    int64_t order_no = view_int(&capture, row, 0), minor = view_int(&capture, row, 3);
    int64_t invoiced_minor =
        sums_get(&books->invoiced, of(sim, order_no, view_int(&capture, row, 1)));

    if (view_int(&capture, row, 2) != CAPTURED ||
        sums_get(&books->billed, of(sim, order_no, 0)) == 0) {
        return false;
    }
    if (invoiced_minor != minor) {
        judge_find_order(sim, order_no, "%lld were taken, and %lld invoiced", (long long)minor,
                         (long long)invoiced_minor);
    }
    return true;
}

static void judge_invoices(struct sim *sim, const struct books *books)
{
    size_t count = 0, wanted = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &capture, &count);

    for (size_t i = 0; i < count; i++) {
        wanted += judge_capture(sim, books, rows[i]) ? 1 : 0;
    }
    if (wanted != books->invoices) {
        judge_find(sim, "invoices", "%zu of %zu captures", books->invoices, wanted);
    }
}

/* A refund that a bank sent back stays credited. */
static void judge_credit_notes(struct sim *sim, const struct books *books)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &billed, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&billed, rows[i], 0);
        int64_t given_minor = sums_get(&books->given, of(sim, order_no, 0));
        int64_t credited_minor = sums_get(&books->of_order, of(sim, order_no, 2));
        int64_t invoiced_minor = sums_get(&books->of_order, of(sim, order_no, INVOICE));

        if (view_text(&billed, rows[i], 1) != NULL &&
            (credited_minor < given_minor || credited_minor > invoiced_minor)) {
            judge_find_order(sim, order_no, "%lld were given back, %lld credited of %lld",
                             (long long)given_minor, (long long)credited_minor,
                             (long long)invoiced_minor);
        }
    }
}

/* At rest each document was mailed, and what became of it was heard. */
void judge_document_mails(struct sim *sim)
{
    struct sums ended = { 0 };
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_PAYMENT, &mail, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&mail, rows[i], 2) >= MAIL_TOLD) {
            sums_add(sim, &ended, of(sim, view_int(&mail, rows[i], 0), view_int(&mail, rows[i], 1)),
                     1);
        }
    }
    rows = view_rows(sim, SIM_PAYMENT, &document, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t times = sums_get(
            &ended, of(sim, view_int(&document, rows[i], 0), view_int(&document, rows[i], 1)));

        if (times != 1) {
            judge_find(sim, view_text(&document, rows[i], 7), "was mailed %lld times",
                       (long long)times);
        }
    }
}

void judge_documents(struct sim *sim)
{
    struct books books = { 0 };
    size_t count = 0;

    open_views();
    read_books(sim, &books);
    void **rows = view_rows(sim, SIM_PAYMENT, &document, &count);
    for (size_t i = 0; i < count; i++) {
        read_document(sim, &books, rows[i]);
    }
    judge_invoices(sim, &books);
    judge_credit_notes(sim, &books);
}
