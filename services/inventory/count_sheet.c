/* count_sheet.c - the life of a count sheet: what each request means in each state. */
#include "services/inventory/count_sheet.h"

#include "common/reached.h"
#include "common/reply.h"
#include "proto/message_type.h"
#include "services/inventory/booking.h"
#include "services/inventory/count_taking.h"

#include <assert.h>
#include <string.h>

enum { STATES = COUNT_SHEET_STATE_CANCELED + 1, ID_LENGTH_MAX = 64 };

_Static_assert(COUNT_SHEET_STATE_COUNTING == 1 && COUNT_SHEET_STATE_CANCELED == 6,
               "count_sheet.state keeps these numbers");
_Static_assert(COUNT_LINE_STATE_TO_COUNT == 1 && COUNT_LINE_STATE_SKIPPED == 5,
               "count_line.state keeps these numbers");
_Static_assert(COUNT_SELECTION_PLACE == 1 && COUNT_SELECTION_ITEMS == 4,
               "count_sheet.selection keeps these numbers");

/* What is not here is refused.  A second request under the id of the first is answered before this is asked. */
static const struct count_rule rules[STATES][COUNT_INPUT_COUNT] = {
    [COUNT_NONE] = {
        [COUNT_IN_DRAW] = { COUNT_DRAWS, COUNT_SHEET_STATE_COUNTING },
        [COUNT_IN_ENTER] = { COUNT_REFUSES_UNKNOWN, COUNT_SHEET_STATE_ABSENT },
        [COUNT_IN_SUBMIT] = { COUNT_REFUSES_UNKNOWN, COUNT_SHEET_STATE_ABSENT },
        [COUNT_IN_RECOUNT] = { COUNT_REFUSES_UNKNOWN, COUNT_SHEET_STATE_ABSENT },
        [COUNT_IN_APPROVE] = { COUNT_REFUSES_UNKNOWN, COUNT_SHEET_STATE_ABSENT },
        [COUNT_IN_REJECT] = { COUNT_REFUSES_UNKNOWN, COUNT_SHEET_STATE_ABSENT },
        [COUNT_IN_CANCEL] = { COUNT_REFUSES_UNKNOWN, COUNT_SHEET_STATE_ABSENT },
        [COUNT_IN_BOOKED] = { COUNT_DOES_NOTHING, COUNT_SHEET_STATE_ABSENT },
    },
    [COUNT_SHEET_STATE_COUNTING] = {
        [COUNT_IN_ENTER] = { COUNT_ENTERS, COUNT_SHEET_STATE_COUNTING },
        [COUNT_IN_SUBMIT] = { COUNT_SUBMITS, COUNT_SHEET_STATE_SUBMITTED },
        [COUNT_IN_CANCEL] = { COUNT_ENDS, COUNT_SHEET_STATE_CANCELED },
        [COUNT_IN_BOOKED] = { COUNT_DOES_NOTHING, COUNT_SHEET_STATE_COUNTING },
    },
    [COUNT_SHEET_STATE_SUBMITTED] = {
        [COUNT_IN_RECOUNT] = { COUNT_RECOUNTS, COUNT_SHEET_STATE_COUNTING },
        [COUNT_IN_APPROVE] = { COUNT_APPROVES, COUNT_SHEET_STATE_APPROVED },
        [COUNT_IN_REJECT] = { COUNT_ENDS, COUNT_SHEET_STATE_REJECTED },
        [COUNT_IN_CANCEL] = { COUNT_ENDS, COUNT_SHEET_STATE_CANCELED },
        [COUNT_IN_BOOKED] = { COUNT_DOES_NOTHING, COUNT_SHEET_STATE_SUBMITTED },
    },
    [COUNT_SHEET_STATE_APPROVED] = {
        [COUNT_IN_BOOKED] = { COUNT_NOTES_BOOKED, COUNT_SHEET_STATE_POSTED },
    },
    [COUNT_SHEET_STATE_POSTED] = {
        [COUNT_IN_BOOKED] = { COUNT_DOES_NOTHING, COUNT_SHEET_STATE_POSTED },
    },
    [COUNT_SHEET_STATE_REJECTED] = {
        [COUNT_IN_BOOKED] = { COUNT_DOES_NOTHING, COUNT_SHEET_STATE_REJECTED },
    },
    [COUNT_SHEET_STATE_CANCELED] = {
        [COUNT_IN_BOOKED] = { COUNT_DOES_NOTHING, COUNT_SHEET_STATE_CANCELED },
    },
};

/* Whoever draws a sheet names it by the request, which comes once; what is booked comes from those that an approved one asked. */
static bool rule_has(int row, int column)
{
    if (column == COUNT_IN_BOOKED) {
        return row == COUNT_SHEET_STATE_APPROVED;
    }
    return column != COUNT_IN_DRAW || row == COUNT_NONE;
}
static const struct reached_table rule_cells = {
    .name = "count_sheet",
    .rows = STATES,
    .columns = COUNT_INPUT_COUNT,
    .has = rule_has,
    .row_names = REACHED_NAMES(COUNT_NONE, COUNT_SHEET_STATE_COUNTING, COUNT_SHEET_STATE_SUBMITTED,
                               COUNT_SHEET_STATE_APPROVED, COUNT_SHEET_STATE_POSTED,
                               COUNT_SHEET_STATE_REJECTED, COUNT_SHEET_STATE_CANCELED),
    .column_names =
        REACHED_NAMES(COUNT_IN_DRAW, COUNT_IN_ENTER, COUNT_IN_SUBMIT, COUNT_IN_RECOUNT,
                      COUNT_IN_APPROVE, COUNT_IN_REJECT, COUNT_IN_CANCEL, COUNT_IN_BOOKED),
};

struct count_rule count_rule(enum count_sheet_state state, enum count_input input)
{
    assert((int)state < STATES && input < COUNT_INPUT_COUNT);
    reached(&rule_cells, (int)state, (int)input);
    return rules[state][input];
}

/* --- Which sheet a message means ------------------------------------------------------------------ */

struct asking {
    enum count_input input;
    int64_t status;
    const char *sheet_id, *note;
};

#define ASKS(message_struct, asked, answered)                                                      \
    {                                                                                              \
        const struct message_struct *request = in->message;                                        \
        return (struct asking){ asked, answered, request->sheet_id, request->body.note };          \
    }

static struct asking asking_of(const struct incoming_message *in)
{
    switch (in->message_type) {
    case MESSAGE_STOCK_COUNT_ENTER:
        ASKS(stock_count_enter, COUNT_IN_ENTER, 201)
    case MESSAGE_STOCK_COUNT_SUBMIT:
        ASKS(stock_count_submit, COUNT_IN_SUBMIT, 200)
    case MESSAGE_STOCK_COUNT_RECOUNT:
        ASKS(stock_count_recount, COUNT_IN_RECOUNT, 200)
    case MESSAGE_STOCK_COUNT_APPROVE:
        ASKS(stock_count_approve, COUNT_IN_APPROVE, 200)
    case MESSAGE_STOCK_COUNT_REJECT:
        ASKS(stock_count_reject, COUNT_IN_REJECT, 200)
    case MESSAGE_STOCK_COUNT_CANCEL:
        ASKS(stock_count_cancel, COUNT_IN_CANCEL, 200)
    case MESSAGE_STOCK_COUNT_BOOKED:
        return (struct asking){ COUNT_IN_BOOKED, 200,
                                ((const struct stock_count_booked *)in->message)->sheet_id, NULL };
    default:
        assert(in->message_type == MESSAGE_STOCK_COUNT_SHEET);
        return (struct asking){ COUNT_IN_DRAW, 201, in->id,
                                ((const struct stock_count_sheet *)in->message)->note };
    }
}

const char *count_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return asking_of(in).sheet_id;
}

void count_need(const struct incoming_message *in, struct rows *rows)
{
    const char *id = asking_of(in).sheet_id;

    rows_want(rows, &count_sheet_table, key_text(id));
    rows_want(rows, &count_line_table, key_text(id));
    rows_want(rows, &count_step_table, key_text(id));
    if (in->message_type == MESSAGE_STOCK_COUNT_SHEET) {
        count_draw_need(in->message, rows);
    } else if (in->message_type == MESSAGE_STOCK_COUNT_ENTER) {
        const struct stock_count_enter *request = in->message;

        for (size_t i = 0; i < request->body.lines_count; i++) {
            rows_want(rows, &item_table, key_text(request->body.lines[i].sku));
        }
    }
}

void count_need_shared(const struct incoming_message *in, struct rows *rows)
{
    if (in->message_type == MESSAGE_STOCK_COUNT_SHEET) {
        count_draw_need_shared(in->message, rows);
    } else if (in->message_type == MESSAGE_STOCK_COUNT_ENTER) {
        count_enter_need_shared(in->message, rows);
    }
}

struct count_line_row *count_line(const struct count_taking *taking, const char *sku)
{
    void **at = rows_list(taking->out->rows, &count_line_table, key_text(taking->id));

    while (*at != NULL && strcmp(((const struct count_line_row *)*at)->sku, sku) != 0) {
        at++;
    }
    return *at;
}

void count_line_change(const struct count_taking *taking, struct count_line_row *line)
{
    rows_update(taking->out->rows, &count_line_table, line);
}

/* --- What each action does ------------------------------------------------------------------------ */

static bool do_nothing(struct count_taking *taking)
{
    (void)taking;
    return false;
}

static bool refuse_unknown(struct count_taking *taking)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no count sheet with this id" };

    reply_refused(taking->out, taking->in, &unknown);
    return false;
}

static bool refuse(struct count_taking *taking)
{
    static const char *const details[STATES] = {
        [COUNT_SHEET_STATE_COUNTING] = "the count sheet is being counted; submit it first",
        [COUNT_SHEET_STATE_SUBMITTED] = "the count sheet is submitted; have it counted again first",
        [COUNT_SHEET_STATE_APPROVED] = "the count sheet is approved, and being booked",
        [COUNT_SHEET_STATE_POSTED] = "the count sheet is posted",
        [COUNT_SHEET_STATE_REJECTED] = "the count sheet is rejected",
        [COUNT_SHEET_STATE_CANCELED] = "the count sheet is canceled",
    };
    const struct refusal conflict = { .status = 409,
                                      .type = "conflict",
                                      .title = "The present state does not allow it",
                                      .detail = details[taking->row->state] };

    reply_refused(taking->out, taking->in, &conflict);
    return false;
}

static bool end(struct count_taking *taking)
{
    (void)taking;
    return true;
}

/* True when something was done. */
static bool (*const actions[])(struct count_taking *) = {
    [COUNT_REFUSES] = refuse,
    [COUNT_REFUSES_UNKNOWN] = refuse_unknown,
    [COUNT_DOES_NOTHING] = do_nothing,
    [COUNT_DRAWS] = count_draw,
    [COUNT_ENTERS] = count_enter,
    [COUNT_SUBMITS] = count_submit,
    [COUNT_RECOUNTS] = count_recount,
    [COUNT_APPROVES] = count_approve,
    [COUNT_ENDS] = end,
    [COUNT_NOTES_BOOKED] = count_note_booked,
};

static void state_changed(const struct count_taking *taking)
{
    struct decision *out = taking->out;
    void **at = rows_list(out->rows, &count_line_table, key_text(taking->id));
    struct inventory_count_sheet_changed fact = { .sheet_id = taking->id,
                                                  .clock = taking->row->version,
                                                  .state =
                                                      (enum count_sheet_state)taking->row->state,
                                                  .location = taking->row->location,
                                                  .round = taking->row->round };

    for (; *at != NULL; at++) {
        const struct count_line_row *line = *at;

        fact.lines_count++;
        fact.counted_count += line->counted != NOT_GIVEN;
        fact.differing_count += line->compared && line->counted != line->expected;
    }
    out->clock = fact.clock - 1; /* the sheet's own time: its version */
    decide_emit(out, (struct subject){ .id = taking->id }, MESSAGE_INVENTORY_COUNT_SHEET_CHANGED,
                &fact, sizeof fact);
}

static void keep_step(const struct count_taking *taking, const struct asking *asking)
{
    const struct count_step_row step = { .sheet_id = taking->id,
                                         .request_id = taking->in->id,
                                         .kind = 1 + (int64_t)asking->input,
                                         .digest = { taking->in->digest, 32 },
                                         .note = asking->note,
                                         .actor = taking->in->actor,
                                         .at = taking->out->now };

    rows_insert(taking->out->rows, &count_step_table, &step);
}

/* Counts that are entered are told when they are submitted. */
static void keep(const struct count_taking *taking, const struct asking *asking)
{
    struct count_sheet_row *row = taking->row;
    bool news = row->state != (int64_t)taking->next;

    row->state = (int64_t)taking->next;
    row->version++;
    row->changed_at = taking->out->now;
    rows_update(taking->out->rows, &count_sheet_table, row);
    if (asking->input != COUNT_IN_BOOKED) {
        keep_step(taking, asking);
    }
    if (news) {
        state_changed(taking);
    }
}

/* True, and decided, when this request was done before or cannot be one. */
static bool came_before(const struct count_taking *taking, const struct asking *asking)
{
    const struct incoming_message *in = taking->in;
    void **at = rows_list(taking->out->rows, &count_step_table, key_text(taking->id));

    if (asking->input == COUNT_IN_BOOKED) {
        return false;
    }
    if (strlen(in->id) > ID_LENGTH_MAX || strlen(taking->id) > ID_LENGTH_MAX ||
        in->digest == NULL) {
        decide_impossible(taking->out, "a request about a count sheet needs an id of at most 64 "
                                       "characters, and a digest");
        return true;
    }
    for (; *at != NULL; at++) {
        const struct count_step_row *step = *at;

        if (strcmp(step->request_id, in->id) == 0) {
            booking_answer_again(taking->out, in, step->digest,
                                 &(struct booking_answer){ asking->status, taking->id });
            return true;
        }
    }
    return false;
}

void on_count(struct decision *out, const struct incoming_message *in)
{
    const struct asking asking = asking_of(in);
    struct count_taking taking = { .out = out, .in = in, .id = asking.sheet_id };

    taking.row = rows_find(out->rows, &count_sheet_table, key_text(taking.id));
    if (came_before(&taking, &asking) ||
        reply_stale(out, in, taking.row == NULL ? 0 : taking.row->version)) {
        return;
    }
    struct count_rule rule = count_rule(
        taking.row == NULL ? COUNT_SHEET_STATE_ABSENT : (enum count_sheet_state)taking.row->state,
        asking.input);
    taking.next = rule.next;
    if (actions[rule.action](&taking)) {
        keep(&taking, &asking);
        reply_done(out, in, asking.status, taking.id);
    }
}
