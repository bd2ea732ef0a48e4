/* bank.h - transfers as the bank tells of them: accounts of the shop, lines of statements, and what each line pays.
 *
 * A statement comes to the lane of its account, which keeps every line once and looks for references in it.  A line that names one
 * payment is tried in the lane of that payment's order, where the money is counted; all others wait for people.  Lines are shared
 * rows, so whoever decides about one has it locked.  Pure.
 */
#ifndef KERVAN_PAYMENT_BANK_H
#define KERVAN_PAYMENT_BANK_H

#include "common/incoming.h"
#include "services/payment/bank_tables.h"
#include "services/payment/dealing.h"

/* bank_account.c */
const char *bank_account_lane_key(struct arena *arena, const struct incoming_message *in);
void bank_account_need(const struct incoming_message *in, struct rows *rows);
void on_bank_account_put(struct decision *out, const struct incoming_message *in);

/* bank_statement.c */
const char *bank_statement_lane_key(struct arena *arena, const struct incoming_message *in);
void bank_statement_need(const struct incoming_message *in, struct rows *rows);
void on_bank_statement(struct decision *out, const struct incoming_message *in);

/* bank_line.c: what a line does to a payment. */

/* What was decided about a line; kept, and added to what was decided before. */
struct bank_verdict {
    enum bank_line_state state;
    enum bank_rule rule;
    const char *reason; /* why it waits or was set aside; NULL: it does not */
    int64_t order_no, payment_no;
    const struct incoming_message *by; /* the request of a person; NULL: a rule decided */
};
void bank_line_decide(struct decision *out, struct bank_line_row *line,
                      const struct bank_verdict *verdict);

/* Why a line does nothing to a payment: a code for lists, and words for who asked for it. */
struct bank_objection {
    const char *code, *words;
};
/* Counts the line's money for the payment, or takes it back; NULL when that is done.  The transfer of its bank_reference and the
 * account of the line are loaded. */
const struct bank_objection *bank_line_apply(struct dealing *dealing,
                                             const struct bank_line_row *line, enum bank_rule rule);

/* For the lane of the order. */
void bank_try_need(const struct incoming_message *in, struct rows *rows);
void bank_try_need_shared(const struct incoming_message *in, struct rows *rows);
void on_bank_try(struct decision *out, const struct incoming_message *in);

/* bank_staff.c: what people decide. */
void bank_match_need(const struct incoming_message *in, struct rows *rows);
void bank_match_need_shared(const struct incoming_message *in, struct rows *rows);
void on_bank_match(struct decision *out, const struct incoming_message *in);
const char *bank_set_aside_lane_key(struct arena *arena, const struct incoming_message *in);
void bank_set_aside_need(const struct incoming_message *in, struct rows *rows);
void on_bank_set_aside(struct decision *out, const struct incoming_message *in);
void on_accept_short(struct decision *out, const struct incoming_message *in);

/* What is still missing of a transfer counts as if it had come. */
void bank_accept_short(struct dealing *dealing);
/* What is still to come; 0 or less: nothing. */
int64_t bank_left_minor(const struct dealing *dealing);

#endif
