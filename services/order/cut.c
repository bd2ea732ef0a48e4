/* cut.c - finds pieces for a request, asks the places that have them, and carries the change out. */
#include "services/order/cut.h"

#include "common/arena.h"
#include "proto/types.h"
#include "services/order/cancel.h"
#include "services/order/detour.h"
#include "services/order/edit.h"
#include "services/order/reduce.h"
#include "services/order/shares.h"
#include "services/order/task.h"

#include <stdlib.h>
#include <string.h>

enum { CUTS_MAX = 1500 }; /* 500 lines, 1000 allocations */

static struct cut_row **cuts_of(const struct saga *saga)
{
    return (struct cut_row **)rows_list(saga->out->rows, &order_cut_table,
                                        key_number(saga->order->order_no));
}

static int64_t open_change(const struct saga *saga)
{
    const struct detour_row *detour = detour_find(saga);

    return detour == NULL ? 0 : detour->open_change;
}

/* A copy of the cuts of a change. */
static struct cut_row *cuts_of_change(const struct saga *saga, int64_t change_no, size_t *ret_count)
{
    struct cut_row **all = cuts_of(saga);
    size_t count = 0, found = 0;

    while (all[count] != NULL) {
        count++;
    }
    struct cut_row *cuts = arena_alloc(saga->out->arena, (count + 1) * sizeof *cuts);
    for (size_t i = 0; i < count; i++) {
        if (all[i]->change_no == change_no) {
            cuts[found++] = *all[i];
        }
    }
    *ret_count = found;
    return cuts;
}

int64_t cut_keep(struct saga *saga, const struct cut_row *cuts, size_t count)
{
    int64_t change_no = ++detour_change(saga)->change_count;

    for (size_t i = 0; i < count; i++) {
        struct cut_row cut = cuts[i];

        cut.order_no = saga->order->order_no;
        cut.change_no = change_no;
        cut.state = CUT_ASKED;
        rows_insert(saga->out->rows, &order_cut_table, &cut);
    }
    return change_no;
}

void cut_open(struct saga *saga, int64_t change_no)
{
    detour_change(saga)->open_change = change_no;
}

bool cut_is_open(const struct saga *saga, bool has_change_no, int64_t change_no)
{
    return !has_change_no || change_no == open_change(saga);
}

const struct line_quantity *cut_lines(const struct saga *saga, int64_t fulfillment_no,
                                      size_t *ret_count)
{
    size_t count = 0;
    const struct cut_row *cuts = cuts_of_change(saga, open_change(saga), &count);
    struct line_quantity *lines = arena_alloc(saga->out->arena, (count + 1) * sizeof *lines);

    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (cuts[i].fulfillment_no == fulfillment_no) {
            lines[(*ret_count)++] =
                (struct line_quantity){ cuts[i].line_no, line_numbered(saga, cuts[i].line_no)->sku,
                                        cuts[i].quantity };
        }
    }
    return lines;
}

/* --- Finding pieces -------------------------------------------------------------------------------- */

static void find_some(struct cut_search *search, struct cut_row cut, int64_t there)
{
    cut.quantity = there < search->wanted ? there : search->wanted;
    if (cut.quantity > 0 && search->count < CUTS_MAX) {
        search->cuts[search->count++] = cut;
        search->wanted -= cut.quantity;
    }
}

/* From shares in one of these steps. */
static void find_in_shares(struct cut_search *search, int64_t line_no, bool untold)
{
    size_t count = 0;
    struct allocation_row **work = allocations_of(search->saga, &count);

    for (size_t i = 0; i < count; i++) {
        const struct fulfillment_row *share = share_numbered(search->saga, work[i]->fulfillment_no);
        bool waits = share->step == SHARE_WAITING;
        bool told =
            share->step == SHARE_TOLD || share->step == SHARE_OPEN || share->step == SHARE_HELD;

        if (work[i]->line_no == line_no && !share->replaced && (untold ? waits : told)) {
            find_some(search,
                      (struct cut_row){ .fulfillment_no = work[i]->fulfillment_no,
                                        .line_no = line_no,
                                        .held_at = share->location },
                      work[i]->quantity);
        }
    }
}

struct cut_search cut_search(struct saga *saga)
{
    struct cut_row *cuts = arena_alloc(saga->out->arena, CUTS_MAX * sizeof *cuts);

    return (struct cut_search){ .saga = saga, .cuts = cuts };
}

int64_t cut_search_line(struct cut_search *search, int64_t line_no, int64_t quantity)
{
    const struct line_row *line = line_numbered(search->saga, line_no);

    search->wanted = quantity;
    find_some(search, (struct cut_row){ .line_no = line_no },
              line_rest(search->saga, line).quantity);
    find_in_shares(search, line_no, true);
    find_in_shares(search, line_no, false);
    return search->wanted;
}

static bool has_line(const struct saga *saga, int64_t line_no)
{
    struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                           key_number(saga->order->order_no));

    while (*line != NULL && (*line)->line_no != line_no) {
        line++;
    }
    return *line != NULL;
}

static bool is_found(const struct cut_search *search, int64_t line_no)
{
    for (size_t i = 0; i < search->count; i++) {
        if (search->cuts[i].line_no == line_no) {
            return true;
        }
    }
    return false;
}

/* "1*2,3*1": each line once; false when the order has not so many pieces that can be left out. */
static bool find_all(struct cut_search *search, const char *lines)
{
    while (*lines != '\0') {
        char *end = NULL;
        int64_t line_no = strtoll(lines, &end, 10), quantity = strtoll(end + 1, &end, 10);

        if (!has_line(search->saga, line_no) || is_found(search, line_no) ||
            cut_search_line(search, line_no, quantity) > 0) {
            return false;
        }
        lines = *end == ',' ? end + 1 : end;
    }
    return true;
}

int64_t cut_pieces_left(const struct saga *saga)
{
    int64_t left = 0;

    for (struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                                key_number(saga->order->order_no));
         *line != NULL; line++) {
        left += (*line)->quantity - (*line)->canceled_quantity;
    }
    return left;
}

static bool may_leave_out(const struct fulfillment_row *share)
{
    return !share->replaced && (share->step == SHARE_WAITING || share->step == SHARE_TOLD ||
                                share->step == SHARE_OPEN || share->step == SHARE_HELD);
}

/* Pieces that were named before are not there twice. */
static int64_t pieces_named(const struct cut_search *search, const struct allocation_row *work)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct cut_row *cut = &search->cuts[i];

        if (cut->fulfillment_no == work->fulfillment_no && cut->line_no == work->line_no) {
            return cut->quantity;
        }
    }
    return 0;
}

static void name_pieces(struct cut_search *search, const struct cut_row *cut,
                        int64_t fulfillment_no)
{
    for (size_t i = 0; i < search->count; i++) {
        if (search->cuts[i].fulfillment_no == fulfillment_no &&
            search->cuts[i].line_no == cut->line_no) {
            search->cuts[i].quantity += cut->quantity;
            return;
        }
    }
    search->cuts[search->count] = *cut;
    search->cuts[search->count++].fulfillment_no = fulfillment_no;
}

/* Whether its own share still has the pieces: then no other share's are meant. */
static bool has_own(const struct saga *saga, const struct cut_row *cut)
{
    const struct allocation_row *own = allocation_find(saga, cut->fulfillment_no, cut->line_no);

    return own != NULL && own->quantity >= cut->quantity &&
           !share_numbered(saga, cut->fulfillment_no)->replaced;
}

/* In its own share, or in one that took its place. */
static bool find_again(struct cut_search *search, const struct cut_row *cut)
{
    const char *location = share_numbered(search->saga, cut->fulfillment_no)->location;
    bool own = has_own(search->saga, cut);
    size_t count = 0;
    struct allocation_row **work = allocations_of(search->saga, &count);

    for (size_t i = 0; i < count; i++) {
        const struct fulfillment_row *share = share_numbered(search->saga, work[i]->fulfillment_no);

        if (work[i]->line_no == cut->line_no && may_leave_out(share) &&
            (!own || work[i]->fulfillment_no == cut->fulfillment_no) &&
            strcmp(share->location, location) == 0 &&
            work[i]->quantity >= cut->quantity + pieces_named(search, work[i])) {
            name_pieces(search, cut, work[i]->fulfillment_no);
            return true;
        }
    }
    return false;
}

int64_t cut_renew(struct saga *saga, int64_t change_no)
{
    size_t count = 0;
    const struct cut_row *cuts = cuts_of_change(saga, change_no, &count);
    struct cut_search search = { saga, arena_alloc(saga->out->arena, (count + 1) * sizeof *cuts), 0,
                                 0 };

    for (size_t i = 0; i < count; i++) {
        if (!find_again(&search, &cuts[i])) {
            return 0;
        }
    }
    return cut_keep(saga, search.cuts, search.count);
}

/* Paid for, or to be paid for at the door, and here. */
static bool waits_for_carrier(const struct fulfillment_row *share)
{
    return share->step == SHARE_LABELING || share->step == SHARE_LABELED ||
           share->step == SHARE_UNLABELED;
}

/* A share that is not sent, or not even paid for, and has no question to answer. */
static bool is_rest(const struct fulfillment_row *share, enum rest rest)
{
    if (rest == REST_UNSENT && waits_for_carrier(share)) {
        return true;
    }
    return (rest == REST_UNSENT || !share->captured) &&
           (may_leave_out(share) || share->step == SHARE_PACKED || share->step == SHARE_UNPAID ||
            share->step == SHARE_GIVEN_UP || share->step == SHARE_SOURCING ||
            share->step == SHARE_SEEKING);
}

static void find_rest_of_shares(struct cut_search *search, enum rest rest)
{
    size_t count = 0;
    struct allocation_row **work = allocations_of(search->saga, &count);

    for (size_t i = 0; i < count; i++) {
        const struct fulfillment_row *share = share_numbered(search->saga, work[i]->fulfillment_no);

        if (!share->replaced && is_rest(share, rest)) {
            search->wanted = work[i]->quantity;
            find_some(search,
                      (struct cut_row){ .fulfillment_no = work[i]->fulfillment_no,
                                        .line_no = work[i]->line_no,
                                        .held_at =
                                            share->step == SHARE_SEEKING ? NULL : share->location },
                      work[i]->quantity);
        }
    }
}

int64_t cut_keep_rest(struct saga *saga, enum rest rest)
{
    struct cut_search search = cut_search(saga);

    for (struct line_row **line = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                                key_number(saga->order->order_no));
         *line != NULL; line++) {
        search.wanted = line_rest(saga, *line).quantity;
        find_some(&search, (struct cut_row){ .line_no = (*line)->line_no }, search.wanted);
    }
    find_rest_of_shares(&search, rest);
    return search.count == 0 ? 0 : cut_keep(saga, search.cuts, search.count);
}

/* --- Requests -------------------------------------------------------------------------------------- */

static void ask_about(struct saga *saga, struct cancellation_row *request, int64_t change_no)
{
    request->change_no = change_no;
    rows_update(saga->out->rows, &order_cancellation_table, request);
    cut_open(saga, change_no);
    saga_take(saga, ON_CUT_ASKED);
}

void cut_whole(struct saga *saga, struct cancellation_row *request)
{
    struct share_summary shares = shares_sum_up(saga);
    bool sent = shares.shipped > 0 && saga->order->step == STEP_FULFILLING;
    int64_t change_no = sent && shares.fixed == 0 ? cut_keep_rest(saga, REST_UNSENT) : 0;

    if (change_no != 0) {
        ask_about(saga, request, change_no);
    } else {
        saga_take(saga, sent || shares.fixed > 0 ? ON_CANCEL_TOO_LATE : ON_CANCEL_ASKED);
    }
}

static void begin_cut(struct saga *saga, struct cancellation_row *request)
{
    struct cut_search search = cut_search(saga);
    int64_t found = 0;

    if (!find_all(&search, request->lines)) {
        cancel_answer(saga, request, false);
        return;
    }
    for (size_t i = 0; i < search.count; i++) {
        found += search.cuts[i].quantity;
    }
    if (found == cut_pieces_left(saga)) {
        request->lines = NULL; /* nothing would be left: it is the whole order */
        cut_whole(saga, request);
        return;
    }
    ask_about(saga, request, cut_keep(saga, search.cuts, search.count));
}

bool cut_is_possible(const struct saga *saga)
{
    int64_t step = saga->order->step;

    return step == STEP_AUTHORIZING || step == STEP_AWAITING_SHOPPER || step == STEP_HELD ||
           step == STEP_FULFILLING;
}

void take_up_requests(struct saga *saga)
{
    struct cancellation_row *request = cancel_next(saga);

    /* Ends: each round answers the request, or brings the order to where it waits. */
    while (request != NULL && (cut_is_possible(saga) || saga->order->step == STEP_ASKING)) {
        if (request->lines == NULL) {
            cut_whole(saga, request);
        } else if (saga->order->step == STEP_ASKING) {
            cancel_answer(saga, request, false);
        } else {
            begin_cut(saga, request);
        }
        struct cancellation_row *next = cancel_next(saga);
        request = next == request ? NULL : next;
    }
}

void ask_shares_to_leave_out(struct saga *saga)
{
    bool first = saga->order->tries == 0, anew = edit_is_of_all(saga, open_change(saga));

    for (int64_t no = 1, last = saga->order->fulfillment_count; no <= last; no++) {
        struct fulfillment_row *share = share_numbered(saga, no);
        bool asked = share->step == SHARE_REDUCING || share->step == SHARE_REDUCING_LATE ||
                     share->step == SHARE_ASKED || share->step == SHARE_ASKED_LATE ||
                     share->step == SHARE_VOIDING;
        size_t count = 0;
        const struct line_quantity *lines = cut_lines(saga, no, &count);

        bool whole = anew && (asked || share_may_begin_anew(share));

        if ((count > 0 || whole) && (asked || first)) {
            bool all = !asked && (whole || share_has_only(saga, share, lines, count));

            share_take(saga, share, all ? ON_STOP_ASKED : ON_LEAVE_OUT);
        }
    }
    saga_settle(saga);
}

void note_left_out(struct saga *saga)
{
    for (struct cut_row **cut = cuts_of(saga); *cut != NULL; cut++) {
        if ((*cut)->change_no == open_change(saga) &&
            (*cut)->fulfillment_no == saga->share->fulfillment_no) {
            (*cut)->state = CUT_TAKEN;
            rows_update(saga->out->rows, &order_cut_table, *cut);
        }
    }
}

static bool is_left_out(const struct saga *saga, const struct cut_row *cut)
{
    if (cut->fulfillment_no == 0) { /* stock may have come for them meanwhile */
        return line_rest(saga, line_numbered(saga, cut->line_no)).quantity >= cut->quantity;
    }
    if (cut->state == CUT_TAKEN) {
        return true;
    }
    const struct fulfillment_row *share = share_numbered(saga, cut->fulfillment_no);

    return share->step == SHARE_WAITING || share->step == SHARE_SET_ASIDE ||
           (share->step == SHARE_STOPPED && !share->replaced);
}

bool cut_is_left_out(const struct saga *saga)
{
    size_t count = 0;
    const struct cut_row *cuts = cuts_of_change(saga, open_change(saga), &count);

    for (size_t i = 0; i < count; i++) {
        if (!is_left_out(saga, &cuts[i])) {
            return false;
        }
    }
    return !edit_is_of_all(saga, open_change(saga)) || !shares_any_told(saga);
}

static enum reduce_reason why(const struct cancellation_row *request)
{
    return request != NULL && request->asked_by == CANCELED_BY_SHOPPER
               ? REDUCE_REASON_SHOPPER_REQUEST
               : REDUCE_REASON_MERCHANT_REQUEST;
}

void reduce_as_asked(struct saga *saga)
{
    int64_t change_no = open_change(saga);
    struct cancellation_row *request = cancel_of_change(saga, change_no);
    size_t count = 0;
    const struct cut_row *cuts = cuts_of_change(saga, change_no, &count);

    reduce_order(saga, &(struct reduction){ .reason = why(request), .cuts = cuts, .count = count });
    leave_empty_shares(saga);
    cut_open(saga, 0);
    if (request != NULL) {
        cancel_answer(saga, request, true);
    }
}

/* What a place left out is made ready all the same, under a new number. */
static void put_pieces_back(struct saga *saga, const struct cut_row *cut)
{
    const struct allocation_row *work = allocation_find(saga, cut->fulfillment_no, cut->line_no);

    if (cut->state != CUT_TAKEN || work == NULL || work->quantity < cut->quantity) {
        return;
    }
    const struct allocation_row from = *work;
    const struct fulfillment_row *share = share_numbered(saga, cut->fulfillment_no);
    move_pieces(saga, &from, cut->quantity,
                share_to_be(saga, share->location,
                            (struct share_origin){ share->reservation_no, share->payment_no }));
}

void refuse_cut(struct saga *saga)
{
    int64_t change_no = open_change(saga);
    struct cancellation_row *request =
        change_no == 0 ? cancel_next(saga) : cancel_of_change(saga, change_no);
    size_t count = 0;
    const struct cut_row *cuts = cuts_of_change(saga, change_no, &count);

    for (size_t i = 0; i < count; i++) {
        put_pieces_back(saga, &cuts[i]);
    }
    if (change_no != 0) {
        cut_open(saga, 0);
    }
    if (request != NULL) {
        cancel_answer(saga, request, false);
    } else if (change_no != 0) {
        ask_again(saga, change_no);
    }
}

void cut_share(struct saga *saga)
{
    size_t count = 0, found = 0;
    const struct fulfillment_row *share = saga->share;
    struct allocation_row **work = allocations_of(saga, &count);
    struct cut_row *cuts = arena_alloc(saga->out->arena, (count + 1) * sizeof *cuts);

    for (size_t i = 0; i < count; i++) {
        if (work[i]->fulfillment_no == share->fulfillment_no && work[i]->quantity > 0) {
            cuts[found++] = (struct cut_row){ .fulfillment_no = share->fulfillment_no,
                                              .line_no = work[i]->line_no,
                                              .quantity = work[i]->quantity,
                                              .held_at = share->location };
        }
    }
    if (saga->order->step == STEP_FULFILLING) { /* else it is asked something already */
        cut_open(saga, cut_keep(saga, cuts, found));
        saga_take(saga, ON_DECIDED_REDUCE);
    }
}
