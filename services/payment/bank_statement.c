/* bank_statement.c - every line of a statement is kept once; one that names a payment is tried there, in its own lane. */
#include "services/payment/bank.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/payment/bank_reference.h"

#define UNKNOWN_PAYMENT "unknown_payment"

enum { STATUS_CREATED = 201 };

static const struct bank_statement *statement_of(const struct incoming_message *in)
{
    return in->message;
}

const char *bank_statement_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return statement_of(in)->account;
}

/* Of the payments that lines name only whose they are is read here: that never changes. */
void bank_statement_need(const struct incoming_message *in, struct rows *rows)
{
    const struct bank_statement *statement = statement_of(in);

    rows_want(rows, &bank_account_table, key_text(statement->account));
    for (size_t i = 0; i < statement->lines_count; i++) {
        struct bank_finds finds = bank_find(&statement->lines[i]);

        rows_want(rows, &bank_line_table, key_text(statement->lines[i].line_id));
        for (size_t at = 0; at < finds.count; at++) {
            want_payments(rows, finds.found[at].order_no);
        }
    }
}

static const struct payment_row *payment_of(const struct rows *rows, const struct bank_found *found)
{
    void **at = rows_list(rows, &payment_table, key_number(found->order_no));

    for (; *at != NULL; at++) {
        const struct payment_row *payment = *at;

        if (payment->payment_no == found->payment_no) {
            return payment;
        }
    }
    return NULL;
}

static void ask(struct decision *out, struct bank_line_row *line, const struct payment_row *payment,
                enum bank_rule rule)
{
    const char *order_id =
        text_format(out->arena, "%s", order_id_format(payment->order_id.bytes).text);
    const struct bank_line_try input = {
        .order_id = order_id,
        .order_no = payment->order_no,
        .payment_id = text_format(out->arena, "%s-P%lld", order_id, (long long)payment->payment_no),
        .line_id = line->line_id,
        .rule = rule,
    };

    bank_line_decide(out, line,
                     &(struct bank_verdict){ .state = BANK_LINE_STATE_ASKED,
                                             .rule = rule,
                                             .order_no = payment->order_no,
                                             .payment_no = payment->payment_no });
    decide_input(out, (struct subject){ payment->order_no, order_id }, MESSAGE_BANK_LINE_TRY,
                 &input, sizeof input);
}

static void leave_open(struct decision *out, struct bank_line_row *line, const char *reason)
{
    bank_line_decide(out, line,
                     &(struct bank_verdict){ .state = BANK_LINE_STATE_OPEN, .reason = reason });
}

static void find_payment(struct decision *out, struct bank_line_row *line,
                         const struct bank_statement_line *told)
{
    struct bank_finds finds = bank_find(told);
    const struct payment_row *payment =
        finds.count == 1 ? payment_of(out->rows, &finds.found[0]) : NULL;

    if (!line->credit && !line->reversal) {
        bank_line_decide(out, line, &(struct bank_verdict){ .state = BANK_LINE_STATE_NOTED });
    } else if (finds.count == 0) {
        leave_open(out, line, "no_reference");
    } else if (finds.count > 1) {
        leave_open(out, line, "several_references");
    } else if (payment == NULL) {
        leave_open(out, line, UNKNOWN_PAYMENT);
    } else {
        ask(out, line, payment, finds.found[0].rule);
    }
}

static struct bank_line_row *keep(struct decision *out, const struct bank_statement *statement,
                                  const struct bank_statement_line *told)
{
    const struct bank_line_row row = {
        .line_id = told->line_id,
        .account = statement->account,
        .statement = statement->statement,
        .bank_reference = told->bank_reference,
        .credit = told->credit,
        .reversal = told->has_reversal && told->reversal,
        .amount_minor = told->amount_minor,
        .currency = told->currency,
        .booked_at = told->booked_at,
        .payer_name = told->payer_name,
        .payer_account = told->payer_account,
        .creditor_reference = told->creditor_reference,
        .end_to_end_id = told->end_to_end_id,
        .remittance = told->text,
        .imported_at = out->now,
    };

    return rows_insert(out->rows, &bank_line_table, &row);
}

/* What came before was decided then; only a payment that was unknown may be known now. */
static bool is_to_try_again(const struct bank_line_row *line)
{
    return line->state == BANK_LINE_STATE_OPEN && text_equal(line->reason, UNKNOWN_PAYMENT);
}

static void take_line(struct decision *out, const struct bank_statement *statement,
                      const struct bank_statement_line *told)
{
    struct bank_line_row *line = rows_find(out->rows, &bank_line_table, key_text(told->line_id));

    if (line == NULL) {
        find_payment(out, keep(out, statement, told), told);
    } else if (is_to_try_again(line)) {
        find_payment(out, line, told);
    }
}

void on_bank_statement(struct decision *out, const struct incoming_message *in)
{
    const struct bank_statement *statement = statement_of(in);

    if (rows_find(out->rows, &bank_account_table, key_text(statement->account)) == NULL) {
        reply_invalid(out, in, "/account", "is no account of the shop: put it first");
        return;
    }
    for (size_t i = 0; i < statement->lines_count; i++) {
        if (statement->lines[i].amount_minor <= 0) {
            reply_invalid(out, in, text_format(out->arena, "/lines/%zu/amount_minor", i),
                          "is not above 0");
            return;
        }
    }
    for (size_t i = 0; i < statement->lines_count; i++) {
        take_line(out, statement, &statement->lines[i]);
    }
    reply_done(out, in, STATUS_CREATED, statement->account);
}
