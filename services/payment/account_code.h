/* account_code.h - what the shop's own chart of accounts calls the accounts of the books: data, for exports.  Pure. */
#ifndef KERVAN_PAYMENT_ACCOUNT_CODE_H
#define KERVAN_PAYMENT_ACCOUNT_CODE_H

#include "common/incoming.h"
#include "common/table.h"

struct account_code_row {
    const char *account; /* as account_name has it */
    int64_t version;
    const char *code, *name;
    int64_t changed_at;
};

extern const struct table account_code_table;

const char *account_code_lane_key(struct arena *arena, const struct incoming_message *in);
void account_code_need(const struct incoming_message *in, struct rows *rows);
void on_account_code_put(struct decision *out, const struct incoming_message *in);

#endif
