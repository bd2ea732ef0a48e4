/* facts.c - what is stated of a fulfillment. */
#include "services/fulfillment/work.h"

#include "common/arena.h"
#include "proto/message_type.h"

static const struct line_quantity *quantities_of(const struct work *work, size_t *ret_count)
{
    struct line_row **lines = work_lines(work, ret_count);
    struct line_quantity *quantities =
        arena_alloc(work->out->arena, (*ret_count + 1) * sizeof *quantities);

    for (size_t i = 0; i < *ret_count; i++) {
        quantities[i] = (struct line_quantity){ .line_no = lines[i]->line_no,
                                                .sku = lines[i]->sku,
                                                .quantity = lines[i]->quantity };
    }
    return quantities;
}

void say_opened(const struct work *work)
{
    struct fulfillment_opened fact = { .order_id = work->subject.id,
                                       .order_no = work->row->order_no,
                                       .clock = work_touch(work),
                                       .fulfillment_id = work_id(work),
                                       .location = work->row->location };

    fact.lines = quantities_of(work, &fact.lines_count);
    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_OPENED, &fact, sizeof fact);
}

void say_picked(const struct work *work, const struct fulfillment_pick_body *body)
{
    struct fulfillment_picked fact = { .order_id = work->subject.id,
                                       .order_no = work->row->order_no,
                                       .clock = work_touch(work),
                                       .fulfillment_id = work_id(work),
                                       .location = work->row->location,
                                       .bins = body == NULL ? NULL : body->bins,
                                       .bins_count = body == NULL ? 0 : body->bins_count };

    fact.lines = quantities_of(work, &fact.lines_count);
    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_PICKED, &fact, sizeof fact);
}

static void keep_parcel(const struct work *work, const struct parcel *parcel)
{
    struct parcel_row row = { .order_no = work->row->order_no,
                              .fulfillment_no = work->row->fulfillment_no,
                              .parcel_no = parcel->parcel_no,
                              .weight_grams = parcel->weight_grams,
                              .length_mm = parcel->length_mm,
                              .width_mm = parcel->width_mm,
                              .height_mm = parcel->height_mm };

    rows_insert(work->out->rows, &packed_parcel_table, &row);
    for (size_t i = 0; i < parcel->lines_count; i++) {
        struct parcel_line_row line = { .order_no = row.order_no,
                                        .fulfillment_no = row.fulfillment_no,
                                        .parcel_no = row.parcel_no,
                                        .line_no = parcel->lines[i].line_no,
                                        .quantity = parcel->lines[i].quantity };

        rows_insert(work->out->rows, &packed_line_table, &line);
    }
}

static void say_parcels(const struct work *work, const struct parcel *parcels, size_t count)
{
    struct fulfillment_packed fact = { .order_id = work->subject.id,
                                       .order_no = work->row->order_no,
                                       .clock = work_touch(work),
                                       .fulfillment_id = work_id(work),
                                       .location = work->row->location,
                                       .parcels = parcels,
                                       .parcels_count = count };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_PACKED, &fact, sizeof fact);
}

void say_packed_in(const struct work *work, const struct parcel *parcels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        keep_parcel(work, &parcels[i]);
    }
    say_parcels(work, parcels, count);
}

void say_packed(const struct work *work)
{
    size_t count = 0;
    const struct parcel *parcels = work_parcels(work, &count);

    say_parcels(work, parcels, count);
}

void say_canceled(const struct work *work)
{
    struct fulfillment_canceled fact = { .order_id = work->subject.id,
                                         .order_no = work->row->order_no,
                                         .clock = work_touch(work),
                                         .fulfillment_id = work_id(work),
                                         .reason = (enum cancel_reason)work->row->reason };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_CANCELED, &fact, sizeof fact);
}

void say_cancel_refused(const struct work *work)
{
    struct fulfillment_cancel_refused fact = { .order_id = work->subject.id,
                                               .order_no = work->row->order_no,
                                               .clock = work_touch(work),
                                               .fulfillment_id = work_id(work),
                                               .reason = FULFILLMENT_CANCEL_REFUSED_REASON_PACKED };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_CANCEL_REFUSED, &fact, sizeof fact);
}

void say_shorted(const struct work *work, const struct shortage *shortage)
{
    struct fulfillment_shorted fact = { .order_id = work->subject.id,
                                        .order_no = work->row->order_no,
                                        .clock = work_touch(work),
                                        .fulfillment_id = work_id(work),
                                        .location = work->row->location,
                                        .lines = shortage->lines,
                                        .lines_count = shortage->line_count,
                                        .components = shortage->components,
                                        .components_count = shortage->component_count,
                                        .reason = shortage->reason };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_SHORTED, &fact, sizeof fact);
}

void say_on_hold(const struct work *work, enum hold_reason reason)
{
    struct fulfillment_on_hold fact = { .order_id = work->subject.id,
                                        .order_no = work->row->order_no,
                                        .clock = work_touch(work),
                                        .fulfillment_id = work_id(work),
                                        .location = work->row->location,
                                        .reason = reason };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_ON_HOLD, &fact, sizeof fact);
}

void say_resumed(const struct work *work)
{
    struct fulfillment_resumed fact = { .order_id = work->subject.id,
                                        .order_no = work->row->order_no,
                                        .clock = work_touch(work),
                                        .fulfillment_id = work_id(work),
                                        .location = work->row->location };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_RESUMED, &fact, sizeof fact);
}

void say_reduced(const struct work *work, const struct line_quantity *lines, size_t count)
{
    struct fulfillment_reduced fact = { .order_id = work->subject.id,
                                        .order_no = work->row->order_no,
                                        .clock = work_touch(work),
                                        .fulfillment_id = work_id(work),
                                        .location = work->row->location,
                                        .change_no = work->row->change_no,
                                        .has_change_no = true,
                                        .lines = lines,
                                        .lines_count = count };

    decide_emit(work->out, work->subject, MESSAGE_FULFILLMENT_REDUCED, &fact, sizeof fact);
}
