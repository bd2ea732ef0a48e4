/* bank_staff.c - what people decide about lines of statements: what they pay, or that they pay nothing; and that less is enough. */
#include "services/payment/bank.h"

#include "common/reply.h"
#include "common/text.h"
#include "services/payment/request.h"

enum { STATUS_CREATED = 201 };

static const struct refusal unknown_line = { .status = 404,
                                             .type = "not-found",
                                             .title = "Not found",
                                             .detail = "there is no line with this id" };

static void refuse(struct decision *out, const struct incoming_message *in, const char *detail)
{
    const struct refusal refusal = {
        .status = 409, .type = "conflict", .title = "Conflict", .detail = detail
    };

    reply_refused(out, in, &refusal);
}

/* Why nobody may decide about it now; NULL: people may. */
static const char *settled(const struct bank_line_row *line)
{
    if (line->state == BANK_LINE_STATE_MATCHED) {
        return "the line is matched";
    }
    return line->state == BANK_LINE_STATE_ASKED ? "the line is being matched: look again" : NULL;
}

/* --- Matching ------------------------------------------------------------------------------------ */

static const struct bank_line_match *match_of(const struct incoming_message *in)
{
    return in->message;
}

void bank_match_need(const struct incoming_message *in, struct rows *rows)
{
    request_need(in, rows);
    rows_want(rows, &bank_line_table, key_text(match_of(in)->line_id));
}

void bank_match_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct bank_line_row *line =
        rows_find(rows, &bank_line_table, key_text(match_of(in)->line_id));

    request_need_shared(in, rows);
    if (line != NULL) {
        rows_want(rows, &bank_account_table, key_text(line->account));
        rows_want(rows, &transfer_table, key_text(line->bank_reference));
    }
}

void on_bank_match(struct decision *out, const struct incoming_message *in)
{
    const struct bank_line_match *message = match_of(in);
    struct bank_line_row *line = rows_find(out->rows, &bank_line_table, key_text(message->line_id));
    struct request request;

    if (line == NULL) {
        reply_refused(out, in, &unknown_line);
        return;
    }
    if (!request_open(&request, out, in)) {
        return;
    }
    const char *why = settled(line);
    const struct bank_objection *against =
        why == NULL ? bank_line_apply(&request.dealing, line, BANK_RULE_PERSON) : NULL;

    if (why != NULL || against != NULL) {
        request_conflict(&request, why != NULL ? why : against->words);
        return;
    }
    bank_line_decide(out, line,
                     &(struct bank_verdict){ .state = BANK_LINE_STATE_MATCHED,
                                             .rule = BANK_RULE_PERSON,
                                             .reason = message->body.note,
                                             .order_no = request.dealing.subject.number,
                                             .payment_no = request.dealing.payment_no,
                                             .by = in });
    request_done(&request, line->line_id, message->body.note);
}

/* --- Setting aside ------------------------------------------------------------------------------- */

static const struct bank_line_set_aside *set_aside_of(const struct incoming_message *in)
{
    return in->message;
}

const char *bank_set_aside_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return set_aside_of(in)->line_id;
}

void bank_set_aside_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &bank_line_table, key_text(set_aside_of(in)->line_id));
}

void on_bank_set_aside(struct decision *out, const struct incoming_message *in)
{
    const struct bank_line_set_aside *message = set_aside_of(in);
    struct bank_line_row *line = rows_find(out->rows, &bank_line_table, key_text(message->line_id));

    if (line == NULL) {
        reply_refused(out, in, &unknown_line);
        return;
    }
    bool again = line->state == BANK_LINE_STATE_SET_ASIDE && text_equal(line->who, in->id);
    const char *why = settled(line);

    if (why != NULL) {
        refuse(out, in, why);
        return;
    }
    if (!again) {
        bank_line_decide(out, line,
                         &(struct bank_verdict){ .state = BANK_LINE_STATE_SET_ASIDE,
                                                 .reason = message->body.reason,
                                                 .by = in });
    }
    reply_done(out, in, STATUS_CREATED, line->line_id);
}

/* --- Less than is due ---------------------------------------------------------------------------- */

void on_accept_short(struct decision *out, const struct incoming_message *in)
{
    const struct payment_accept_short *message = in->message;
    struct request request;

    if (!request_open(&request, out, in)) {
        return;
    }
    const struct dealing *dealing = &request.dealing;

    if (dealing_holder(dealing) != HELD_BY_US ||
        dealing_state(dealing) != PAYMENT_STATE_REQUIRES_ACTION ||
        dealing->row->received_minor == 0) {
        request_conflict(&request, "no part of a transfer has come that could be enough");
        return;
    }
    bank_accept_short(&request.dealing);
    request_done(&request, request.dealing.payment_id, message->body.note);
}
