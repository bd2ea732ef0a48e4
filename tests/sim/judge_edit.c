/* judge_edit.c - what an edit showed is what was done, or nothing; and none is under way without its order. */
#include "tests/sim/judge.h"

#include "common/text.h"

#include <stdlib.h>

enum {
    EDIT_REQUESTED = 2,
    EDIT_CONFIRMED = 3,
    STEP_REDUCING = 14,
    STEP_ADDING_STOCK = 15,
    STEP_ADDING_MONEY = 16,
    KIND_CANCELED = 4,
    KIND_CANCEL_ASKED = 7,
    KIND_REDUCED = 11,
    KIND_DECIDED = 15,
    KIND_CONFIRM = 17,
    KIND_EDITED = 18,
    PIECES_MAX = 600
};

static struct view edit, order, entry;

static void open_views(void)
{
    (void)view_once(&edit, SIM_ORDER, "order_edit",
                    "order_no edit_no state total_minor edited_minor total_before_minor pieces "
                    "release_minor refund_minor ended_at");
    (void)view_once(&order, SIM_ORDER, "orders", "order_no step");
    (void)view_once(&entry, SIM_ORDER, "timeline",
                    "order_no entry_no kind subject pieces cause_no");
}

/* So many pieces of each line: of "1*2@1,3*1@0" and of "1*2,3*1" alike. */
static void count_pieces(const char *text, int64_t sign, int64_t pieces[PIECES_MAX])
{
    while (text != NULL && *text != '\0') {
        char *end = NULL;
        int64_t line_no = strtoll(text, &end, 10), quantity = strtoll(end + 1, &end, 10);

        pieces[line_no] += sign * quantity;
        end = *end == '@' ? end + 2 : end;
        while (*end >= '0' && *end <= '9') {
            end++;
        }
        text = *end == ',' ? end + 1 : NULL;
    }
}

/* What the timeline says between the confirmation and the edit. */
struct between {
    int64_t reductions;
    const char *pieces;         /* of the last one */
    int64_t reduction_cause_no; /* of the last one: its own is by the news that it is made by */
    bool made, asked_to_cancel;
    int64_t cause_no; /* of the entry that it is made */
    bool ended;       /* the order, by the same news, though nobody asked for that */
};

static struct between find_between(struct sim *sim, const void *row)
{
    struct memory_slice rows =
        view_find(sim, SIM_ORDER, &entry, key_number(view_int(&edit, row, 0)));
    const char *subject = text_format(sim->ctx.arena, "M%lld", (long long)view_int(&edit, row, 1));
    struct between between = { 0 };
    bool confirmed = false;

    for (size_t i = 0; i < rows.count; i++) {
        int64_t kind = view_int(&entry, rows.rows[i], 2);
        bool its = text_equal(view_text(&entry, rows.rows[i], 3), subject);

        confirmed |= kind == KIND_CONFIRM && its;
        between.asked_to_cancel |=
            !between.made && (kind == KIND_CANCEL_ASKED || kind == KIND_DECIDED);
        if (between.made) {
            between.ended |= kind == KIND_CANCELED && !between.asked_to_cancel &&
                             view_int(&entry, rows.rows[i], 5) == between.cause_no;
        } else if (kind == KIND_EDITED && its) {
            between.made = true;
            between.cause_no = view_int(&entry, rows.rows[i], 5);
        } else if (confirmed && kind == KIND_REDUCED) {
            between.reductions++;
            between.pieces = view_text(&entry, rows.rows[i], 4);
            between.reduction_cause_no = view_int(&entry, rows.rows[i], 5);
        }
    }
    return between;
}

static bool same_pieces(const char *shown, const char *taken)
{
    int64_t pieces[PIECES_MAX] = { 0 };
    bool same = true;

    count_pieces(shown, 1, pieces);
    count_pieces(taken, -1, pieces);
    for (int i = 0; i < PIECES_MAX; i++) {
        same = same && pieces[i] == 0;
    }
    return same;
}

/* Where pieces went for another reason while the places were asked, less is left than was shown, at worst nothing. */
static void judge_made(struct sim *sim, const void *row)
{
    struct between between = find_between(sim, row);
    int64_t shown = view_int(&edit, row, 3), is = view_int(&edit, row, 4);
    bool own = between.reductions > 0 && between.reduction_cause_no == between.cause_no;
    bool alone = between.reductions == (own ? 1 : 0);

    if (!between.made) {
        judge_find_order(sim, view_int(&edit, row, 0), "edit %lld is made, and nobody was told",
                         (long long)view_int(&edit, row, 1));
    } else if (between.ended && alone) {
        judge_find_order(sim, view_int(&edit, row, 0), "edit %lld ended the order",
                         (long long)view_int(&edit, row, 1));
    } else if (alone ? is != shown : is > shown) {
        judge_find_order(sim, view_int(&edit, row, 0),
                         "edit %lld showed a total of %lld, and made it %lld",
                         (long long)view_int(&edit, row, 1), (long long)shown, (long long)is);
    } else if (alone && !same_pieces(view_text(&edit, row, 6), own ? between.pieces : NULL)) {
        judge_find_order(sim, view_int(&edit, row, 0), "edit %lld showed %s, and took %s",
                         (long long)view_int(&edit, row, 1), view_text(&edit, row, 6),
                         between.pieces);
    }
}

static bool is_under_way(struct sim *sim, int64_t order_no)
{
    struct memory_slice rows = view_find(sim, SIM_ORDER, &order, key_number(order_no));

    int64_t step = rows.count == 1 ? view_int(&order, rows.rows[0], 1) : 0;

    return step == STEP_REDUCING || step == STEP_ADDING_STOCK || step == STEP_ADDING_MONEY;
}

void judge_edits(struct sim *sim)
{
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_ORDER, &edit, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t state = view_int(&edit, rows[i], 2), order_no = view_int(&edit, rows[i], 0);

        if (state == EDIT_REQUESTED && !is_under_way(sim, order_no)) {
            judge_find_order(sim, order_no, "edit %lld waits, and nobody is asked",
                             (long long)view_int(&edit, rows[i], 1));
        } else if (state == EDIT_CONFIRMED) {
            judge_made(sim, rows[i]);
        }
    }
}
