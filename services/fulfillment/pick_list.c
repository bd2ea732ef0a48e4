/* pick_list.c - the life of a pick list, and what its lines are worth. */
#include "services/fulfillment/pick_list.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/recipe.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/fulfillment/work.h"

#include <assert.h>
#include <string.h>

_Static_assert(PICK_LIST_STATE_OPEN == 1 && PICK_LIST_STATE_CANCELED == 4,
               "pick_list.state keeps these numbers");

/* --- Which list a request means ------------------------------------------------------------------- */

static const char *list_named(const struct incoming_message *in)
{
    switch (in->message_type) {
    case MESSAGE_PICK_LIST_ASSIGN:
        return ((const struct pick_list_assign *)in->message)->list_id;
    case MESSAGE_PICK_LIST_FINISH:
        return ((const struct pick_list_finish *)in->message)->list_id;
    case MESSAGE_PICK_LIST_CANCEL:
        return ((const struct pick_list_cancel *)in->message)->list_id;
    case MESSAGE_PICK_LIST_SCAN:
        return ((const struct pick_list_scan *)in->message)->list_id;
    case MESSAGE_PICK_LIST_UNDO:
        return ((const struct pick_list_undo *)in->message)->list_id;
    default:
        return in->id; /* it makes one */
    }
}

const char *pick_list_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return list_named(in);
}

void pick_list_want(struct rows *rows, const char *id)
{
    rows_want(rows, &pick_list_table, key_text(id));
    rows_want(rows, &pick_list_line_table, key_text(id));
    rows_want(rows, &pick_scan_table, key_text(id));
}

void pick_list_want_shared(struct rows *rows, const char *id)
{
    const struct pick_list_row *list = rows_find(rows, &pick_list_table, key_text(id));

    if (list == NULL) {
        return;
    }
    rows_want(rows, &place_table, key_text(list->location));
    for (void **at = rows_list(rows, &pick_list_line_table, key_text(id)); *at != NULL; at++) {
        const struct pick_list_line_row *line = *at;

        rows_want(rows, &fulfillment_table, key_bytes(line->order_id));
        rows_want(rows, &line_table, key_number(line->order_no));
        rows_want(rows, &pick_claim_table, key_bytes(line->order_id));
        rows_want(rows, &item_table, key_text(line->sku));
    }
}

void pick_list_need(const struct incoming_message *in, struct rows *rows)
{
    pick_list_want(rows, list_named(in));
}

void pick_list_need_shared(const struct incoming_message *in, struct rows *rows)
{
    pick_list_want_shared(rows, list_named(in));
}

struct pick_list pick_list_of(struct decision *out, const struct incoming_message *in,
                              const char *id)
{
    /* A list that was made in this very batch was not found before. */
    pick_list_want_shared(out->rows, id);
    return (struct pick_list){
        .out = out, .in = in, .id = id, .row = rows_find(out->rows, &pick_list_table, key_text(id))
    };
}

static void conflict(const struct pick_list *list, const char *detail)
{
    const struct refusal refusal = { .status = 409,
                                     .type = "conflict",
                                     .title = "The present state does not allow it",
                                     .detail = detail };

    reply_refused(list->out, list->in, &refusal);
}

static bool is_unknown(const struct pick_list *list)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no pick list with this id" };

    if (list->row == NULL) {
        reply_refused(list->out, list->in, &unknown);
    }
    return list->row == NULL;
}

bool pick_list_refused(const struct pick_list *list)
{
    if (is_unknown(list)) {
        return true;
    }
    if (list->row->state == PICK_LIST_STATE_DONE) {
        conflict(list, "the pick list is done");
    } else if (list->row->state == PICK_LIST_STATE_CANCELED) {
        conflict(list, "the pick list is canceled: put back what was taken");
    }
    return list->row->state >= PICK_LIST_STATE_DONE;
}

void pick_list_touch(const struct pick_list *list)
{
    list->row->version++;
    list->row->changed_at = list->out->now;
    rows_update(list->out->rows, &pick_list_table, list->row);
}

/* --- Lines ---------------------------------------------------------------------------------------- */

struct pick_list_line_row **pick_list_lines(const struct pick_list *list, size_t *ret_count)
{
    void **all = rows_list(list->out->rows, &pick_list_line_table, key_text(list->id));

    *ret_count = 0;
    while (all[*ret_count] != NULL) {
        ++*ret_count;
    }
    return (struct pick_list_line_row **)all;
}

static struct fulfillment_row *work_of_line(const struct rows *rows,
                                            const struct pick_list_line_row *line)
{
    void **at = rows_list(rows, &fulfillment_table, key_bytes(line->order_id));

    while (*at != NULL &&
           ((const struct fulfillment_row *)*at)->fulfillment_no != line->fulfillment_no) {
        at++;
    }
    return *at;
}

static bool is_to_be_picked(const struct fulfillment_row *work)
{
    return work != NULL && work->state == WORK_OPEN && !work_is_on_hold(work);
}

/* Pieces of an item that a fulfillment needs as it is now. */
static int64_t needed(const struct pick_list *list, const struct pick_list_line_row *line)
{
    int64_t pieces = 0;

    for (void **at = rows_list(list->out->rows, &line_table, key_number(line->order_no));
         *at != NULL; at++) {
        const struct line_row *part = *at;

        if (part->fulfillment_no == line->fulfillment_no && part->quantity > 0) {
            pieces +=
                part->quantity *
                recipe_pieces(recipe_of(list->out->arena, part->sku, part->components), line->sku);
        }
    }
    return pieces;
}

static bool is_of_same(const struct pick_list_line_row *one, const struct pick_list_line_row *other)
{
    return one->order_no == other->order_no && one->fulfillment_no == other->fulfillment_no &&
           strcmp(one->sku, other->sku) == 0;
}

int64_t pick_list_wanted(const struct pick_list *list, struct pick_list_line_row *const *lines,
                         size_t at)
{
    const struct pick_list_line_row *line = lines[at];
    int64_t before = 0, left = 0;

    if (!is_to_be_picked(work_of_line(list->out->rows, line))) {
        return 0;
    }
    for (size_t i = 0; i < at; i++) {
        before += is_of_same(lines[i], line) ? lines[i]->quantity : 0;
    }
    left = needed(list, line) - before;
    return left < 0 ? 0 : left < line->quantity ? left : line->quantity;
}

/* --- Assigned, done, canceled --------------------------------------------------------------------- */

void on_pick_list_assign(struct decision *out, const struct incoming_message *in)
{
    const struct pick_list_assign *request = in->message;
    struct pick_list list = pick_list_of(out, in, request->list_id);

    if (pick_list_refused(&list)) {
        return;
    }
    if (!text_equal(list.row->picker, request->body.picker)) {
        if (reply_stale(out, in, list.row->version)) {
            return;
        }
        list.row->picker = request->body.picker;
        list.row->state = PICK_LIST_STATE_PICKING;
        pick_list_touch(&list);
    }
    reply_done(out, in, 200, list.id);
}

/* That this list has the fulfillment of a line; NULL: it has not. */
static struct pick_claim_row *claim_of(const struct pick_list *list,
                                       const struct pick_list_line_row *line)
{
    void **at = rows_list(list->out->rows, &pick_claim_table, key_bytes(line->order_id));

    for (; *at != NULL; at++) {
        struct pick_claim_row *claim = *at;

        if (claim->fulfillment_no == line->fulfillment_no &&
            strcmp(claim->list_id, list->id) == 0) {
            return claim;
        }
    }
    return NULL;
}

/* Its fulfillments may be on other lists from now on. */
static void let_go(const struct pick_list *list)
{
    size_t count = 0;
    struct pick_list_line_row **lines = pick_list_lines(list, &count);

    for (size_t i = 0; i < count; i++) {
        struct pick_claim_row *claim = claim_of(list, lines[i]);

        if (claim != NULL) {
            rows_remove(list->out->rows, &pick_claim_table, claim);
        }
    }
}

/* The first piece that was not scanned, where the place wants each to be; NULL: none. */
static const char *not_verified(const struct pick_list *list)
{
    const struct place_row *place =
        rows_find(list->out->rows, &place_table, key_text(list->row->location));
    size_t count = 0;
    struct pick_list_line_row **lines = pick_list_lines(list, &count);

    for (size_t i = 0; i < count && place != NULL && place->verify_pick; i++) {
        int64_t missing = pick_list_wanted(list, lines, i) - lines[i]->verified;

        if (missing > 0) {
            return text_format(
                list->out->arena,
                "%lld of %s%s%s were not scanned; scan them, or report them as short",
                (long long)missing, lines[i]->sku, lines[i]->bin == NULL ? "" : " in bin ",
                lines[i]->bin == NULL ? "" : lines[i]->bin);
        }
    }
    return NULL;
}

static bool is_told_before(struct pick_list_line_row *const *lines, size_t at)
{
    size_t first = 0;

    while (lines[first]->order_no != lines[at]->order_no ||
           lines[first]->fulfillment_no != lines[at]->fulfillment_no) {
        first++;
    }
    return first < at;
}

/* The owner of the order's lane hears that the fulfillment of lines[at] is picked, out of which bins. */
static void tell_picked(const struct pick_list *list, struct pick_list_line_row *const *lines,
                        size_t count, size_t at)
{
    struct arena *arena = list->out->arena;
    struct order_id_text order = order_id_format(lines[at]->order_id.bytes);
    struct child_id_text id = child_id_format(order.text, 'F', lines[at]->fulfillment_no);
    struct picked_pieces *bins = arena_alloc(arena, (count + 1) * sizeof *bins);
    struct fulfillment_pick picked = { .fulfillment_id =
                                           arena_copy_text(arena, id.text, strlen(id.text)),
                                       .body = { .bins = bins } };

    for (size_t i = at; i < count; i++) {
        int64_t wanted = pick_list_wanted(list, lines, i);

        if (wanted > 0 && lines[i]->bin != NULL && lines[i]->order_no == lines[at]->order_no &&
            lines[i]->fulfillment_no == lines[at]->fulfillment_no) {
            bins[picked.body.bins_count++] =
                (struct picked_pieces){ lines[i]->sku, lines[i]->bin, wanted };
        }
    }
    decide_input(list->out, (struct subject){ lines[at]->order_no, order.text },
                 MESSAGE_FULFILLMENT_PICK, &picked, sizeof picked);
}

void on_pick_list_finish(struct decision *out, const struct incoming_message *in)
{
    const struct pick_list_finish *request = in->message;
    struct pick_list list = pick_list_of(out, in, request->list_id);

    if (list.row != NULL && list.row->state == PICK_LIST_STATE_DONE) {
        reply_done(out, in, 200, list.id);
        return;
    }
    if (pick_list_refused(&list) || reply_stale(out, in, list.row->version)) {
        return;
    }
    size_t count = 0;
    struct pick_list_line_row **lines = pick_list_lines(&list, &count);
    const char *missing = not_verified(&list);

    if (missing != NULL) {
        conflict(&list, missing);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_told_before(lines, i) && is_to_be_picked(work_of_line(out->rows, lines[i]))) {
            tell_picked(&list, lines, count, i);
        }
    }
    let_go(&list);
    list.row->state = PICK_LIST_STATE_DONE;
    pick_list_touch(&list);
    reply_done(out, in, 200, list.id);
}

void on_pick_list_cancel(struct decision *out, const struct incoming_message *in)
{
    const struct pick_list_cancel *request = in->message;
    struct pick_list list = pick_list_of(out, in, request->list_id);

    if (list.row != NULL && list.row->state == PICK_LIST_STATE_CANCELED) {
        reply_done(out, in, 200, list.id);
        return;
    }
    if (pick_list_refused(&list) || reply_stale(out, in, list.row->version)) {
        return;
    }
    let_go(&list);
    list.row->state = PICK_LIST_STATE_CANCELED;
    pick_list_touch(&list);
    reply_done(out, in, 200, list.id);
}
