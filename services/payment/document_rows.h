/* document_rows.h - invoices and credit notes as rows: written once, never changed.  Members are the columns of schema/.
 *
 * All but the series belong to the order's lane.  Pure data.
 */
#ifndef KERVAN_PAYMENT_DOCUMENT_ROWS_H
#define KERVAN_PAYMENT_DOCUMENT_ROWS_H

#include "common/table.h"

struct document_row {
    int64_t order_no, document_no;
    int64_t kind;       /* enum document_kind */
    int64_t subject_no; /* of the capture or the refund */
    int64_t payment_no;
    const char *series; /* "INV-2026" */
    int64_t serial;
    const char *number; /* "INV-2026-000001" */
    int64_t amount_minor, tax_minor;
    const char *currency;
    struct bytes order_id;
    int64_t issued_at;
};

struct document_tax_row {
    int64_t order_no, document_no, tax_no;
    int64_t category; /* enum tax_category */
    int64_t rate_ppm;
    int64_t amount_minor; /* with tax */
    int64_t tax_minor;
};

struct document_file_row {
    int64_t order_no, document_no;
    const char *name, *media_type;
    struct bytes content;
    int64_t made_at;
};

/* A mail with a document. */
struct document_mail_row {
    int64_t order_no, document_no, mail_no;
    const char *name, *email; /* "" and NULL once the customer is forgotten */
    const char *language;     /* NULL: not known */
    bool with_xml;
    const char *request_id; /* of who asked for it; NULL: it was written */
    int64_t state;          /* enum document_mail_state */
    int64_t reason;         /* enum undeliverable_reason, or 0 */
    int64_t attempts, asked_at, changed_at;
};

/* The numbers given, whatever lane took them. */
struct document_series_row {
    const char *code;
    int64_t year, last;
};

extern const struct table document_table, document_tax_table, document_file_table,
    document_series_table, document_mail_table;

#endif
