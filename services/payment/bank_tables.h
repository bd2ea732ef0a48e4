/* bank_tables.h - accounts of the shop and lines of their statements as C structs, and their descriptions.
 *
 * Members are the columns of schema/0008_bank.sql; what they mean stands there.  Pure data.
 */
#ifndef KERVAN_PAYMENT_BANK_TABLES_H
#define KERVAN_PAYMENT_BANK_TABLES_H

#include "common/table.h"

struct bank_account_row {
    const char *account;
    int64_t version;
    const char *holder, *bank, *bic, *currency;
    int64_t tolerance_minor;
    bool active;
    int64_t csv_delimiter, csv_decimal, csv_date; /* enums of the contract; 0: no CSV is known */
    const char *csv_booked_on, *csv_amount, *csv_credit, *csv_debit, *csv_currency, *csv_payer_name,
        *csv_payer_account, *csv_text, *csv_creditor_reference, *csv_bank_reference;
    int64_t changed_at;
};

/* A line, whatever lane decides about it: the account's, that of the payment, or a person's. */
struct bank_line_row {
    const char *line_id, *account, *statement, *bank_reference;
    bool credit, reversal;
    int64_t amount_minor;
    const char *currency;
    int64_t booked_at;
    const char *payer_name, *payer_account, *creditor_reference, *end_to_end_id, *remittance;
    int64_t imported_at;
    int64_t state; /* enum bank_line_state */
    int64_t rule;  /* enum bank_rule */
    const char *reason;
    int64_t order_no, payment_no; /* 0: none is known */
    int64_t event_count;
    const char *who;
};

struct bank_line_event_row {
    const char *line_id;
    int64_t event_no, state, rule;
    const char *reason;
    int64_t order_no, payment_no;
    const char *who, *actor;
    int64_t at;
};

extern const struct table bank_account_table, bank_line_table, bank_line_event_table;

#endif
