/* bank_account.c - accounts of the shop are data: where shoppers send money, and how the bank writes its files. */
#include "services/payment/bank.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"

static const struct bank_account_put *put_of(const struct incoming_message *in)
{
    return in->message;
}

const char *bank_account_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return put_of(in)->account;
}

void bank_account_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &bank_account_table, key_text(put_of(in)->account));
}

static void set_csv(struct bank_account_row *row, const struct bank_csv *csv)
{
    row->csv_delimiter = csv->delimiter;
    row->csv_decimal = csv->decimal;
    row->csv_date = csv->date;
    row->csv_booked_on = csv->booked_on;
    row->csv_amount = csv->amount;
    row->csv_credit = csv->credit;
    row->csv_debit = csv->debit;
    row->csv_currency = csv->currency;
    row->csv_payer_name = csv->payer_name;
    row->csv_payer_account = csv->payer_account;
    row->csv_text = csv->text;
    row->csv_creditor_reference = csv->creditor_reference;
    row->csv_bank_reference = csv->bank_reference;
}

static struct bank_account_row row_of(const struct bank_account_put *put,
                                      const struct bank_account_row *stored, int64_t now)
{
    const struct bank_account_body *body = &put->body;
    struct bank_account_row row = {
        .account = put->account,
        .version = stored == NULL ? 1 : stored->version,
        .holder = body->holder,
        .bank = body->bank,
        .bic = body->bic,
        .currency = body->currency,
        .tolerance_minor = body->has_tolerance_minor ? body->tolerance_minor : 0,
        .active = !body->has_active || body->active,
        .changed_at = stored == NULL ? now : stored->changed_at,
    };

    if (body->csv != NULL) {
        set_csv(&row, body->csv);
    }
    return row;
}

/* Without an amount nothing could be read of its files. */
static bool has_amount(const struct bank_csv *csv)
{
    return csv == NULL || csv->amount != NULL || (csv->credit != NULL && csv->debit != NULL);
}

void on_bank_account_put(struct decision *out, const struct incoming_message *in)
{
    const struct bank_account_put *put = put_of(in);
    struct bank_account_row *stored =
        rows_find(out->rows, &bank_account_table, key_text(put->account));
    struct bank_account_row row = row_of(put, stored, out->now);
    bool same = stored != NULL && table_same_row(&bank_account_table, stored, &row);

    if (!has_amount(put->body.csv)) {
        reply_invalid(out, in, "/csv/amount", "is missing, and so is one of credit and debit");
        return;
    }
    if (stored != NULL && !text_equal(stored->currency, row.currency)) {
        reply_invalid(out, in, "/currency", "is not the one that the account is in");
        return;
    }
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    row.changed_at = out->now;
    if (stored == NULL) {
        rows_insert(out->rows, &bank_account_table, &row);
    } else if (!same) {
        row.version++;
        *stored = row;
        rows_update(out->rows, &bank_account_table, stored);
    }
    reply_done(out, in, stored == NULL ? 201 : 200, put->account);
}
