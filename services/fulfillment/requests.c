/* requests.c - whether a report of picking or packing adds up, and what follows. */
#include "services/fulfillment/requests.h"

#include "common/arena.h"
#include "common/recipe.h"
#include "common/text.h"
#include "services/fulfillment/packing.h"
#include "services/fulfillment/reply.h"
#include "services/fulfillment/tally.h"

#include <assert.h>
#include <string.h>

static const char *fulfillment_of_pick(const struct incoming_message *in)
{
    return ((const struct fulfillment_pick *)in->message)->fulfillment_id;
}

static const char *fulfillment_of_pack(const struct incoming_message *in)
{
    return ((const struct fulfillment_pack *)in->message)->fulfillment_id;
}

static void want_contents(struct rows *rows, const char *fulfillment_id)
{
    const struct fulfillment_row *row = work_named(rows, fulfillment_id);

    if (row != NULL) {
        work_want_contents(rows, row);
    }
}

const char *pick_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return work_order_of(arena, fulfillment_of_pick(in));
}

const char *pack_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return work_order_of(arena, fulfillment_of_pack(in));
}

void pick_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, fulfillment_of_pick(in));
}

void pack_need(const struct incoming_message *in, struct rows *rows)
{
    work_want(rows, fulfillment_of_pack(in));
}

void pick_need_shared(const struct incoming_message *in, struct rows *rows)
{
    want_contents(rows, fulfillment_of_pick(in));
}

void pack_need_shared(const struct incoming_message *in, struct rows *rows)
{
    want_contents(rows, fulfillment_of_pack(in));
}

/* --- Picking ----------------------------------------------------------------------------------------- */

/* Pieces of an item that the lines need, of bundles their components. */
static int64_t needed(const struct tally *tally, const char *sku)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < tally->count; i++) {
        const struct line_row *line = tally->lines[i];

        pieces += line->quantity *
                  recipe_pieces(recipe_of(tally->arena, line->sku, line->components), sku);
    }
    return pieces;
}

/* No more is named than is picked. */
static void check_bins(struct tally *tally, const struct fulfillment_pick_body *body)
{
    for (size_t i = 0; i < body->bins_count; i++) {
        int64_t named = 0;

        for (size_t j = 0; j <= i; j++) {
            named += strcmp(body->bins[j].sku, body->bins[i].sku) == 0 ? body->bins[j].quantity : 0;
        }
        if (named > needed(tally, body->bins[i].sku)) {
            tally_object(tally, text_format(tally->arena, "/bins/%zu", i),
                         needed(tally, body->bins[i].sku) == 0
                             ? "names an item that is not to be picked"
                             : "takes more pieces than are to be picked");
        }
    }
}

void on_pick(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_pick *request = in->message;
    struct fulfillment_row *row = work_named(out->rows, request->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_PICK);

    if (reply_by_state(out, in, rule.action, request->fulfillment_id) ||
        reply_stale(out, in, row->clock)) {
        return;
    }
    struct work work = work_of(out, row);
    struct tally tally = tally_of(&work);

    for (size_t i = 0; i < request->body.lines_count; i++) {
        const struct parcel_line *line = &request->body.lines[i];

        tally_count(&tally, line->line_no, line->quantity,
                    text_format(out->arena, "/lines/%zu", i));
    }
    if (request->body.lines_count > 0) {
        tally_compare(&tally, "/lines",
                      "report what is missing as short first, then pick the rest");
    }
    check_bins(&tally, &request->body);
    if (tally.detail != NULL) {
        reply_invalid(out, in, tally.pointer, tally.detail);
        return;
    }
    work_move(&work, rule.next);
    say_picked(&work, &request->body);
    reply_done(out, in, 200, request->fulfillment_id);
}

/* --- Packing --------------------------------------------------------------------------------------- */

static bool named_before(const struct parcel *parcel, size_t index)
{
    size_t i = 0;

    while (parcel->lines[i].line_no != parcel->lines[index].line_no) {
        i++;
    }
    return i < index;
}

static void check_lines_once(struct tally *tally, const struct parcel *parcel, size_t index)
{
    for (size_t i = 0; i < parcel->lines_count; i++) {
        const char *pointer = text_format(tally->arena, "/parcels/%zu/lines/%zu", index, i);

        tally_count(tally, parcel->lines[i].line_no, parcel->lines[i].quantity, pointer);
        if (named_before(parcel, i)) {
            tally_object(tally, pointer, "names a line that this parcel has already");
        }
    }
}

static void check_parcels(struct tally *tally, const struct fulfillment_pack_body *body)
{
    bool seen[PARCELS_MAX + 1] = { false };

    for (size_t i = 0; i < body->parcels_count; i++) {
        int64_t parcel_no = body->parcels[i].parcel_no;

        if (parcel_no > (int64_t)body->parcels_count || seen[parcel_no]) {
            tally_object(tally, text_format(tally->arena, "/parcels/%zu/parcel_no", i),
                         "parcels are counted from 1, each number once");
        } else {
            seen[parcel_no] = true;
        }
        check_lines_once(tally, &body->parcels[i], i);
    }
    tally_compare(tally, "/parcels", "what is picked must be in the parcels");
}

static bool same_parcel(const struct parcel *left, const struct parcel *right)
{
    if (left->weight_grams != right->weight_grams || left->length_mm != right->length_mm ||
        left->width_mm != right->width_mm || left->height_mm != right->height_mm ||
        left->lines_count != right->lines_count) {
        return false;
    }
    for (size_t i = 0; i < left->lines_count; i++) {
        bool found = false;

        for (size_t k = 0; k < right->lines_count && !found; k++) {
            found = left->lines[i].line_no == right->lines[k].line_no &&
                    left->lines[i].quantity == right->lines[k].quantity;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

static bool same_parcels(const struct work *work, const struct fulfillment_pack_body *body)
{
    size_t count = 0;
    const struct parcel *kept = work_parcels(work, &count);
    size_t same = 0;

    for (size_t i = 0; i < body->parcels_count; i++) {
        for (size_t k = 0; k < count; k++) {
            same += kept[k].parcel_no == body->parcels[i].parcel_no &&
                    same_parcel(&kept[k], &body->parcels[i]);
        }
    }
    return same == count && body->parcels_count == count;
}

static void answer_packed_before(const struct work *work, const struct incoming_message *in)
{
    static const struct refusal conflict = { .status = 409,
                                             .type = "conflict",
                                             .title = "The present state does not allow it",
                                             .detail = "it is packed already, in other parcels" };
    const struct fulfillment_pack *request = in->message;

    if (same_parcels(work, &request->body)) {
        reply_done(work->out, in, 200, request->fulfillment_id);
    } else if (!reply_stale(work->out, in, work->row->clock)) {
        reply_refused(work->out, in, &conflict);
    }
}

void on_pack(struct decision *out, const struct incoming_message *in)
{
    const struct fulfillment_pack *request = in->message;
    struct fulfillment_row *row = work_named(out->rows, request->fulfillment_id);
    struct work_rule rule = work_rule(work_state_of(row), WORK_IN_PACK);

    if (rule.action != WORK_ANSWERS_DONE &&
        reply_by_state(out, in, rule.action, request->fulfillment_id)) {
        return;
    }
    assert(row != NULL); /* all else is answered */
    struct work work = work_of(out, row);

    if (rule.action == WORK_ANSWERS_DONE) {
        answer_packed_before(&work, in);
        return;
    }
    if (reply_stale(out, in, row->clock)) {
        return;
    }
    struct tally tally = tally_of(&work);
    bool unpicked = row->state == WORK_OPEN;

    check_parcels(&tally, &request->body);
    if (tally.detail != NULL) {
        reply_invalid(out, in, tally.pointer, tally.detail);
        return;
    }
    if (unpicked) {
        say_picked(&work, NULL);
    }
    say_packed_in(&work, request->body.parcels, request->body.parcels_count);
    work_move(&work, rule.next);
    reply_done(out, in, 200, request->fulfillment_id);
}
