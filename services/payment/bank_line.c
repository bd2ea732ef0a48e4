/* bank_line.c - what a line of a statement does to the payment that it names: a table of what can be against it, then the money. */
#include "services/payment/bank.h"

#include "common/arena.h"
#include "common/text.h"
#include "services/payment/credit.h"
#include "services/payment/payment.h"

/* --- Lines --------------------------------------------------------------------------------------- */

void bank_line_decide(struct decision *out, struct bank_line_row *line,
                      const struct bank_verdict *verdict)
{
    line->state = verdict->state;
    line->rule = verdict->rule;
    line->reason = verdict->reason;
    line->order_no = verdict->order_no;
    line->payment_no = verdict->payment_no;
    line->who = verdict->by == NULL ? NULL : verdict->by->id;
    line->event_count++;
    const struct bank_line_event_row event = {
        .line_id = line->line_id,
        .event_no = line->event_count,
        .state = line->state,
        .rule = line->rule,
        .reason = line->reason,
        .order_no = line->order_no,
        .payment_no = line->payment_no,
        .who = line->who,
        .actor = verdict->by == NULL ? NULL : verdict->by->actor,
        .at = out->now,
    };

    rows_insert(out->rows, &bank_line_event_table, &event);
    rows_update(out->rows, &bank_line_table, line);
}

/* --- What is against it -------------------------------------------------------------------------- */

int64_t bank_left_minor(const struct dealing *dealing)
{
    return dealing_due_minor(dealing) - dealing->row->received_minor;
}

static bool is_unknown(const struct dealing *dealing, const struct bank_line_row *line,
                       enum bank_rule rule)
{
    (void)line;
    (void)rule;
    return dealing->row == NULL;
}

static bool is_of_another_currency(const struct dealing *dealing, const struct bank_line_row *line,
                                   enum bank_rule rule)
{
    (void)rule;
    return !text_equal(dealing->row->currency, line->currency);
}

/* A refund that a bank sent back is no money of the shopper's. */
static bool is_refund_that_came_back(const struct dealing *dealing,
                                     const struct bank_line_row *line, enum bank_rule rule)
{
    (void)dealing;
    return line->credit && line->reversal && rule != BANK_RULE_PERSON;
}

static bool is_not_awaited(const struct dealing *dealing, const struct bank_line_row *line,
                           enum bank_rule rule)
{
    (void)rule;
    return line->credit && payment_answer(dealing, ON_RECEIVED).action != COUNTS_MONEY;
}

static bool is_unsure(const struct dealing *dealing, const struct bank_line_row *line,
                      enum bank_rule rule)
{
    return line->credit && rule == BANK_RULE_UNCHECKED &&
           line->amount_minor != bank_left_minor(dealing);
}

static bool is_not_to_undo(const struct dealing *dealing, const struct bank_line_row *line,
                           enum bank_rule rule)
{
    (void)rule;
    return !line->credit && (payment_answer(dealing, ON_TAKEN_BACK).action != TAKES_BACK ||
                             line->amount_minor > dealing->row->received_minor);
}

/* What is secured lapses as a whole: what is left of it then would have to be given back. */
static bool would_leave_part(const struct dealing *dealing, const struct bank_line_row *line,
                             enum bank_rule rule)
{
    const struct payment_row *row = dealing->row;
    int64_t left_minor = row->received_minor - line->amount_minor;

    (void)rule;
    return !line->credit && row->authorized_minor > 0 && left_minor > 0 &&
           left_minor < row->amount_minor;
}

/* The first that holds counts. */
static const struct {
    bool (*holds)(const struct dealing *dealing, const struct bank_line_row *line,
                  enum bank_rule rule);
    struct bank_objection objection;
} objections[] = {
    { is_unknown, { "unknown_payment", "there is no such payment" } },
    { is_of_another_currency,
      { "currency_differs", "the line is in another currency than the payment" } },
    { is_refund_that_came_back,
      { "refund_came_back", "it takes back money that we sent: it is none of a shopper" } },
    { is_not_awaited,
      { "not_awaited", "no transfer is made for this payment: give the money back" } },
    { is_unsure, { "amount_differs", "the reference lacks its check, and the amount is another" } },
    { is_not_to_undo, { "not_to_undo", "so much did not come for this payment, or it is taken" } },
    { would_leave_part,
      { "part_is_left", "a part of what is secured would be left: give that back first" } },
};

static const struct bank_objection counted_elsewhere = {
    "counted_before",
    "this entry of the bank was counted for another payment, or with another amount"
};

static const struct bank_objection *
objection_to(const struct dealing *dealing, const struct bank_line_row *line, enum bank_rule rule)
{
    for (size_t i = 0; i < sizeof objections / sizeof objections[0]; i++) {
        if (objections[i].holds(dealing, line, rule)) {
            return &objections[i].objection;
        }
    }
    return NULL;
}

/* --- The money ----------------------------------------------------------------------------------- */

static void count(struct dealing *dealing, struct transfer_row *transfer, enum payment_input input)
{
    const struct payment_received received = {
        .payment_id = dealing->payment_id,
        .body = { .amount_minor = transfer->amount_minor,
                  .currency = dealing->row->currency,
                  .received_at = transfer->received_at,
                  .bank_reference = transfer->bank_reference },
    };

    transfer->order_no = dealing->subject.number;
    transfer->payment_no = dealing->payment_no;
    transfer->late = input == ON_RECEIVED && dealing_is_over(dealing);
    transfer->at = dealing->out->now;
    rows_insert(dealing->out->rows, &transfer_table, transfer);
    dealing->received = &received;
    dealing->accepts_short = transfer->kind == TRANSFER_ACCEPTED_SHORT;
    payment_take(dealing, input);
    dealing->received = NULL;
}

void bank_accept_short(struct dealing *dealing)
{
    struct transfer_row transfer = {
        .bank_reference = text_format(dealing->out->arena, "short/%s", dealing->payment_id),
        .amount_minor = bank_left_minor(dealing),
        .received_at = dealing->out->now,
        .kind = TRANSFER_ACCEPTED_SHORT,
    };

    count(dealing, &transfer, ON_RECEIVED);
}

/* A little less than is due, as banks on the way keep it, is taken for all of it. */
static void forgive_little(struct dealing *dealing, const struct bank_line_row *line)
{
    const struct bank_account_row *account =
        rows_find(dealing->out->rows, &bank_account_table, key_text(line->account));
    int64_t left_minor = bank_left_minor(dealing);

    if (account != NULL && dealing_holder(dealing) == HELD_BY_US &&
        dealing_state(dealing) == PAYMENT_STATE_REQUIRES_ACTION && left_minor > 0 &&
        left_minor <= account->tolerance_minor) {
        bank_accept_short(dealing);
    }
}

/* A person had told of the entry before the statement came. */
static bool is_counted(const struct dealing *dealing, const struct bank_line_row *line,
                       const struct transfer_row *counted)
{
    return line->credit && counted->kind == TRANSFER_CAME &&
           counted->order_no == dealing->subject.number &&
           counted->payment_no == dealing->payment_no &&
           counted->amount_minor == line->amount_minor;
}

const struct bank_objection *bank_line_apply(struct dealing *dealing,
                                             const struct bank_line_row *line, enum bank_rule rule)
{
    const struct transfer_row *counted =
        rows_find(dealing->out->rows, &transfer_table, key_text(line->bank_reference));

    if (counted != NULL && dealing->row != NULL) {
        return is_counted(dealing, line, counted) ? NULL : &counted_elsewhere;
    }
    const struct bank_objection *against = objection_to(dealing, line, rule);

    if (against != NULL) {
        return against;
    }
    struct transfer_row transfer = {
        .bank_reference = line->bank_reference,
        .amount_minor = line->amount_minor,
        .received_at = line->booked_at,
        .kind = line->credit ? TRANSFER_CAME : TRANSFER_TAKEN_BACK,
        .line_id = line->line_id,
    };

    count(dealing, &transfer, line->credit ? ON_RECEIVED : ON_TAKEN_BACK);
    forgive_little(dealing, line);
    return NULL;
}

/* --- The lane of the order ----------------------------------------------------------------------- */

static const struct bank_line_try *try_of(const struct incoming_message *in)
{
    return in->message;
}

void bank_try_need(const struct incoming_message *in, struct rows *rows)
{
    want_all_money(rows, in->subject.number);
    rows_want(rows, &bank_line_table, key_text(try_of(in)->line_id));
}

void bank_try_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct bank_line_row *line =
        rows_find(rows, &bank_line_table, key_text(try_of(in)->line_id));

    credit_need_shared(in, rows);
    if (line != NULL) {
        rows_want(rows, &bank_account_table, key_text(line->account));
        rows_want(rows, &transfer_table, key_text(line->bank_reference));
    }
}

void on_bank_try(struct decision *out, const struct incoming_message *in)
{
    const struct bank_line_try *input = try_of(in);
    struct bank_line_row *line = rows_find(out->rows, &bank_line_table, key_text(input->line_id));
    struct dealing dealing;

    if (line == NULL || line->state != BANK_LINE_STATE_ASKED ||
        !dealing_open(&dealing, out, in->subject, input->payment_id)) {
        return;
    }
    const struct bank_objection *against = bank_line_apply(&dealing, line, input->rule);

    bank_line_decide(out, line,
                     &(struct bank_verdict){ .state = against == NULL ? BANK_LINE_STATE_MATCHED
                                                                      : BANK_LINE_STATE_OPEN,
                                             .rule = input->rule,
                                             .reason = against == NULL ? NULL : against->code,
                                             .order_no = dealing.subject.number,
                                             .payment_no = dealing.payment_no });
}
