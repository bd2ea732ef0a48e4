/* judge_taxes.c - taxes to the cent: of an order what the sum of its lines is taxed with, of credit notes what invoices had. */
#include "tests/sim/judge.h"

#include <stddef.h>

/* What shop.c has put: each item is taxed with 19 %, and prices include it. */
static const int64_t rate = 19, with_tax = 119;
enum { INVOICE = 1 };

static struct view line, added, taxed, sum, document;

static void open_views(void)
{
    (void)view_once(&line, SIM_ORDER, "order_line",
                    "order_no line_no quantity unit_price_minor discount_minor tax_minor");
    (void)view_once(&added, SIM_ORDER, "order_edit_line", "order_no line_no");
    (void)view_once(&taxed, SIM_ORDER, "detour", "order_no taxes");
    (void)view_once(&sum, SIM_PAYMENT, "document_tax", "order_no document_no tax_minor");
    (void)view_once(&document, SIM_PAYMENT, "document", "order_no document_no kind amount_minor");
}

static const char *of(struct sim *sim, int64_t one, int64_t other)
{
    return sums_name(sim, one, other, NULL);
}

/* --- Orders -------------------------------------------------------------------------------------- */

/* Lines that were added later are taxed each by itself. */
struct orders {
    struct sums added; /* by order and line */
    struct sums amount, tax;
};

static void read_lines(struct sim *sim, struct orders *orders)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &added, &count);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &orders->added,
                 of(sim, view_int(&added, rows[i], 0), view_int(&added, rows[i], 1)), 1);
    }
    rows = view_rows(sim, SIM_ORDER, &line, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&line, rows[i], 0);
        const char *name = of(sim, order_no, 0);

        if (sums_get(&orders->added, of(sim, order_no, view_int(&line, rows[i], 1))) == 0) {
            sums_add(sim, &orders->amount, name,
                     view_int(&line, rows[i], 2) * view_int(&line, rows[i], 3) -
                         view_int(&line, rows[i], 4));
            sums_add(sim, &orders->tax, name, view_int(&line, rows[i], 5));
        }
    }
}

void judge_taxes(struct sim *sim)
{
    struct orders orders = { 0 };
    size_t count = 0;

    open_views();
    read_lines(sim, &orders);
    void **rows = view_rows(sim, SIM_ORDER, &taxed, &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = of(sim, view_int(&taxed, rows[i], 0), 0);
        int64_t wanted_minor =
            (2 * rate * sums_get(&orders.amount, name) + with_tax) / (2 * with_tax);

        if (view_text(&taxed, rows[i], 1) != NULL && sums_get(&orders.tax, name) != wanted_minor) {
            judge_find_order(sim, view_int(&taxed, rows[i], 0), "is taxed with %lld, not %lld",
                             (long long)sums_get(&orders.tax, name), (long long)wanted_minor);
        }
    }
}

/* --- Documents ----------------------------------------------------------------------------------- */

struct papers {
    struct sums kind;        /* by order and document */
    struct sums amount, tax; /* by order and kind */
};

static void read_papers(struct sim *sim, struct papers *papers)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &document, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&document, rows[i], 0), kind = view_int(&document, rows[i], 2);

        sums_add(sim, &papers->kind, of(sim, order_no, view_int(&document, rows[i], 1)), kind);
        sums_add(sim, &papers->amount, of(sim, order_no, kind), view_int(&document, rows[i], 3));
    }
    rows = view_rows(sim, SIM_PAYMENT, &sum, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&sum, rows[i], 0);
        int64_t kind = sums_get(&papers->kind, of(sim, order_no, view_int(&sum, rows[i], 1)));

        sums_add(sim, &papers->tax, of(sim, order_no, kind), view_int(&sum, rows[i], 2));
    }
}

/* No more tax is credited than was invoiced, and all of it where all is credited. */
void judge_credited_taxes(struct sim *sim)
{
    struct papers papers = { 0 };
    size_t count = 0;

    open_views();
    read_papers(sim, &papers);
    void **rows = view_rows(sim, SIM_PAYMENT, &document, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&document, rows[i], 0);
        const char *invoiced = of(sim, order_no, INVOICE), *credited = of(sim, order_no, 2);
        int64_t left_minor = sums_get(&papers.tax, invoiced) - sums_get(&papers.tax, credited);
        bool all = sums_get(&papers.amount, invoiced) == sums_get(&papers.amount, credited);

        if (left_minor < 0 || (all && left_minor != 0)) {
            judge_find_order(sim, order_no, "%lld of tax are left of its documents",
                             (long long)left_minor);
        }
    }
}
