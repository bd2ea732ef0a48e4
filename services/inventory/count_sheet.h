/* count_sheet.h - items of a place are counted together: what each request means in each state.
 *
 * A sheet is of the lane of its id, which is that of the request that drew it.  It says what is to be counted, takes what
 * people counted with the instant when they did, and compares it with what the books said at that instant (counting.h): so what
 * is sold while people count is no difference.  Differences within the tolerance are booked when it is submitted, others when
 * somebody approves them who neither counted nor submitted.  Each item is booked by the lane of its SKU, under the sheet's id,
 * and tells the sheet; the last one posts it.  A count that cannot be booked is refused by itself, with the reason.
 * A sheet has at most COUNT_LINES_MAX items.  Pure.
 */
#ifndef KERVAN_INVENTORY_COUNT_SHEET_H
#define KERVAN_INVENTORY_COUNT_SHEET_H

#include "common/incoming.h"
#include "proto/inventory.h"
#include "services/inventory/tables.h"

enum { COUNT_DRAWN_MAX = 500, COUNT_LINES_MAX = 1000 };

/* A state of which no sheet is: there is none. */
enum { COUNT_NONE = COUNT_SHEET_STATE_ABSENT };

enum count_input {
    COUNT_IN_DRAW,
    COUNT_IN_ENTER,
    COUNT_IN_SUBMIT,
    COUNT_IN_RECOUNT,
    COUNT_IN_APPROVE,
    COUNT_IN_REJECT,
    COUNT_IN_CANCEL,
    COUNT_IN_BOOKED,
    COUNT_INPUT_COUNT
};

enum count_action {
    COUNT_REFUSES, /* the present state does not allow it; what is not in the table */
    COUNT_REFUSES_UNKNOWN,
    COUNT_DOES_NOTHING,
    COUNT_DRAWS,
    COUNT_ENTERS,
    COUNT_SUBMITS,
    COUNT_RECOUNTS,
    COUNT_APPROVES,
    COUNT_ENDS,
    COUNT_NOTES_BOOKED
};

struct count_rule {
    enum count_action action;
    enum count_sheet_state
        next; /* of SUBMITS: when somebody must approve it; of NOTES_BOOKED: with the last one */
};

struct count_rule count_rule(enum count_sheet_state state, enum count_input input);

/* Whether so many pieces instead of `expected` need another's approval. */
bool count_is_above(const struct count_sheet_row *sheet, int64_t counted, int64_t expected);

void count_need(const struct incoming_message *in, struct rows *rows);
void count_need_shared(const struct incoming_message *in, struct rows *rows);
void on_count(struct decision *out, const struct incoming_message *in);
const char *count_lane_key(struct arena *arena, const struct incoming_message *in);

/* stock_count_book: in the lane of the SKU. */
void count_book_need_shared(const struct incoming_message *in, struct rows *rows);
void on_count_book(struct decision *out, const struct incoming_message *in);

#endif
