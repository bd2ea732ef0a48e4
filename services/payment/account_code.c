/* account_code.c - a person says what an account of the books is called in the shop's chart of accounts. */
#include "services/payment/account_code.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/payment.h"
#include "services/payment/posting.h"
#include "sql/payment_sql.h"

static const struct column account_code_columns[] = {
    COLUMN(struct account_code_row, account, COLUMN_TEXT),
    COLUMN(struct account_code_row, version, COLUMN_INT8),
    COLUMN(struct account_code_row, code, COLUMN_TEXT),
    COLUMN(struct account_code_row, name, COLUMN_TEXT),
    COLUMN(struct account_code_row, changed_at, COLUMN_INSTANT),
};
const struct table account_code_table = {
    .name = "account_code",
    .columns = account_code_columns,
    .column_count = COLUMN_COUNT(account_code_columns),
    .key_columns = 1,
    .row_bytes = sizeof(struct account_code_row),
    .load = PAYMENT_SQL_ACCOUNT_CODE_LOAD,
    .insert = PAYMENT_SQL_ACCOUNT_CODE_INSERT,
    .update = PAYMENT_SQL_ACCOUNT_CODE_UPDATE,
    .remove = STATEMENT_NONE,
};

static const struct account_code_put *put_of(const struct incoming_message *in)
{
    return in->message;
}

const char *account_code_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return put_of(in)->account;
}

void account_code_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &account_code_table, key_text(put_of(in)->account));
}

static bool is_account(const char *name)
{
    for (int64_t account = 1; account < ACCOUNT_COUNT; account++) {
        if (text_equal(account_name(account), name)) {
            return true;
        }
    }
    return false;
}

static void store(struct decision *out, const struct account_code_put *put,
                  struct account_code_row *stored)
{
    struct account_code_row row = { .account = put->account,
                                    .version = stored == NULL ? 1 : stored->version + 1,
                                    .code = put->body.code,
                                    .name = put->body.name,
                                    .changed_at = out->now };

    if (stored == NULL) {
        rows_insert(out->rows, &account_code_table, &row);
        return;
    }
    *stored = row;
    rows_update(out->rows, &account_code_table, stored);
}

void on_account_code_put(struct decision *out, const struct incoming_message *in)
{
    const struct account_code_put *put = put_of(in);
    struct account_code_row *stored =
        rows_find(out->rows, &account_code_table, key_text(put->account));
    bool same = stored != NULL && text_equal(stored->code, put->body.code) &&
                text_equal(stored->name, put->body.name);

    if (!is_account(put->account)) {
        reply_refused(out, in,
                      &(struct refusal){ .status = 404,
                                         .type = "not-found",
                                         .title = "Not found",
                                         .detail = "the books have no such account" });
        return;
    }
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    bool made = stored == NULL;

    if (!same) {
        store(out, put, stored);
    }
    reply_done(out, in, made ? 201 : 200, put->account);
}
