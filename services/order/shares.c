/* shares.c - who makes what of an order ready, and what it costs. */
#include "services/order/shares.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/money.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"

#include <assert.h>
#include <string.h>

enum { CONTENTS_BYTES_MAX = 16384 }; /* 500 lines of a million pieces need half of it */

static struct fulfillment_row **shares_of(const struct saga *saga)
{
    return (struct fulfillment_row **)rows_list(saga->out->rows, &order_fulfillment_table,
                                                key_number(saga->order->order_no));
}

int64_t line_value(const struct order_row *order, const struct line_row *line)
{
    int64_t value = line->quantity * line->unit_price_minor - line->discount_minor;

    return order->tax_mode == TAX_MODE_EXCLUSIVE ? value + line->tax_minor : value;
}

struct fulfillment_row *share_find(const struct saga *saga, int64_t fulfillment_no)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if ((*share)->fulfillment_no == fulfillment_no) {
            return *share;
        }
    }
    return NULL;
}

struct fulfillment_row *share_numbered(const struct saga *saga, int64_t fulfillment_no)
{
    struct fulfillment_row *share = share_find(saga, fulfillment_no);

    assert(share != NULL);
    return share;
}

static struct fulfillment_row *share_of_place(const struct saga *saga, const char *location)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        if (strcmp((*share)->location, location) == 0) {
            return *share;
        }
    }
    return NULL;
}

static struct fulfillment_row *add_share(struct saga *saga, const char *location)
{
    struct fulfillment_row share = {
        .order_no = saga->order->order_no,
        .fulfillment_no = ++saga->order->fulfillment_count,
        .step = SHARE_WAITING,
        .state = saga->order->ship_not_before > saga->out->now ? FULFILLMENT_STATE_SCHEDULED
                                                               : FULFILLMENT_STATE_OPEN,
        .location = location,
    };

    return rows_insert(saga->out->rows, &order_fulfillment_table, &share);
}

/* Two allocations of a line at one place are one. */
static void allocate(struct saga *saga, const struct fulfillment_row *share, int64_t line_no,
                     int64_t quantity)
{
    struct allocation_row row = { saga->order->order_no, share->fulfillment_no, line_no, quantity };
    struct allocation_row **known = (struct allocation_row **)rows_list(
        saga->out->rows, &order_allocation_table, key_number(row.order_no));

    for (; *known != NULL; known++) {
        if ((*known)->fulfillment_no == row.fulfillment_no && (*known)->line_no == line_no) {
            (*known)->quantity += quantity;
            rows_update(saga->out->rows, &order_allocation_table, *known);
            return;
        }
    }
    rows_insert(saga->out->rows, &order_allocation_table, &row);
}

/* Divides what a line costs among those who have it; false when they do not have all of it, or more. */
static bool divide_line(struct saga *saga, const struct line_row *line)
{
    struct allocation_row **all = (struct allocation_row **)rows_list(
        saga->out->rows, &order_allocation_table, key_number(line->order_no));
    size_t parts = 0, part = 0, given = 0;
    int64_t covered = 0;

    for (struct allocation_row **at = all; *at != NULL; at++) {
        parts += (*at)->line_no == line->line_no ? 1 : 0;
        covered += (*at)->line_no == line->line_no ? (*at)->quantity : 0;
    }
    if (covered != line->quantity) {
        return false;
    }
    int64_t *weights = arena_alloc(saga->out->arena, 2 * parts * sizeof *weights);
    int64_t *values = weights + parts;
    for (struct allocation_row **at = all; *at != NULL; at++) {
        if ((*at)->line_no == line->line_no) {
            weights[part++] = (*at)->quantity;
        }
    }
    money_split(line_value(saga->order, line), weights, parts, values);
    for (struct allocation_row **at = all; *at != NULL; at++) {
        if ((*at)->line_no == line->line_no) {
            share_numbered(saga, (*at)->fulfillment_no)->value_minor += values[given++];
        }
    }
    return true;
}

/* inventory holds what it was told to hold; anything else would have us ship, and charge for, something else. */
static bool divide(struct saga *saga, const struct inventory_reserved *reserved)
{
    struct line_row **lines = (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                                            key_number(saga->order->order_no));
    int64_t line_count = 0;

    while (lines[line_count] != NULL) {
        line_count++;
    }
    for (size_t i = 0; i < reserved->allocations_count; i++) {
        const struct allocation *allocation = &reserved->allocations[i];
        struct fulfillment_row *share = share_of_place(saga, allocation->location);

        if (allocation->line_no > line_count) {
            return false;
        }
        allocate(saga, share != NULL ? share : add_share(saga, allocation->location),
                 allocation->line_no, allocation->quantity);
    }
    for (int64_t i = 0; i < line_count; i++) {
        if (!divide_line(saga, lines[i])) {
            return false;
        }
    }
    return true;
}

void divide_into_shares(struct saga *saga)
{
    if (!divide(saga, saga->message)) {
        decide_impossible(saga->out, "what is held is not what order %s is of", saga->subject.id);
    }
}

static void all_take(struct saga *saga, enum share_input input)
{
    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        share_take(saga, *share, input);
    }
}

void start_shares(struct saga *saga)
{
    all_take(saga, ON_GO);
}

void ask_shares_to_stop(struct saga *saga)
{
    all_take(saga, ON_STOP_ASKED);
}

void drop_share(struct saga *saga)
{
    saga->share->state = FULFILLMENT_STATE_CANCELED;
}

void drop_shares(struct saga *saga)
{
    all_take(saga, ON_DROPPED);
}

/* The same work under a new number: the old one is closed for ever, also at the place. */
static void replace_share(struct saga *saga, struct fulfillment_row *stopped)
{
    struct allocation_row **work = (struct allocation_row **)rows_list(
        saga->out->rows, &order_allocation_table, key_number(stopped->order_no));
    struct fulfillment_row *share = add_share(saga, stopped->location);

    share->value_minor = stopped->value_minor;
    stopped->replaced = true;
    rows_update(saga->out->rows, &order_fulfillment_table, stopped);
    /* The list ends before the rows that are inserted here: it is read up to its present end. */
    size_t count = 0;
    while (work[count] != NULL) {
        count++;
    }
    struct allocation_row **copy = arena_copy(saga->out->arena, work, count * sizeof *work);
    for (size_t i = 0; i < count; i++) {
        if (copy[i]->fulfillment_no == stopped->fulfillment_no) {
            allocate(saga, share, copy[i]->line_no, copy[i]->quantity);
        }
    }
    share_take(saga, share, ON_GO);
}

void restart_shares(struct saga *saga)
{
    /* Up to the last one that is there now: replacements follow behind. */
    for (int64_t no = 1, last = saga->order->fulfillment_count; no <= last; no++) {
        struct fulfillment_row *share = share_numbered(saga, no);

        if (share->step == SHARE_STOPPED && !share->replaced) {
            replace_share(saga, share);
        }
    }
}

/* "1*2,3*1" */
static const char *contents_text(struct arena *arena, const struct parcel *parcel)
{
    struct buffer text;

    buffer_init(&text, CONTENTS_BYTES_MAX);
    for (size_t i = 0; i < parcel->lines_count; i++) {
        buffer_append_text(&text, i == 0 ? "" : ",");
        buffer_append_int(&text, parcel->lines[i].line_no);
        buffer_append_text(&text, "*");
        buffer_append_int(&text, parcel->lines[i].quantity);
    }
    const char *copy = arena_copy_text(arena, text.length > 0 ? text.bytes : "", text.length);
    buffer_release(&text);
    return copy;
}

static bool has_number_before(const struct fulfillment_packed *packed, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (packed->parcels[i].parcel_no == packed->parcels[index].parcel_no) {
            return true;
        }
    }
    return false;
}

void keep_parcels(struct saga *saga)
{
    const struct fulfillment_packed *packed = saga->message;

    for (size_t i = 0; i < packed->parcels_count; i++) {
        const struct parcel *parcel = &packed->parcels[i];

        if (has_number_before(packed, i)) {
            decide_impossible(saga->out, "two parcels have number %lld",
                              (long long)parcel->parcel_no);
            return;
        }
        rows_insert(saga->out->rows, &order_parcel_table,
                    &(struct parcel_row){
                        .order_no = saga->order->order_no,
                        .fulfillment_no = saga->share->fulfillment_no,
                        .parcel_no = parcel->parcel_no,
                        .weight_grams = parcel->weight_grams,
                        .length_mm = parcel->length_mm,
                        .width_mm = parcel->width_mm,
                        .height_mm = parcel->height_mm,
                        .contents = contents_text(saga->out->arena, parcel),
                    });
    }
}

static bool is_live(const struct fulfillment_row *share)
{
    return share->step != SHARE_STOPPED && share->step != SHARE_GIVEN_UP;
}

static bool is_paid_for(const struct fulfillment_row *share)
{
    return is_live(share) && share->step >= SHARE_CAPTURING;
}

struct share_summary shares_sum_up(const struct saga *saga)
{
    struct share_summary sum = { 0 };

    for (struct fulfillment_row **at = shares_of(saga); *at != NULL; at++) {
        const struct fulfillment_row *share = *at;

        if (share->replaced) {
            continue;
        }
        sum.live += is_live(share);
        sum.asked += share->step == SHARE_ASKED || share->step == SHARE_ASKED_LATE;
        sum.packed += is_paid_for(share) || share->step == SHARE_ASKED_LATE;
        sum.shipped += share->step == SHARE_SHIPPED || share->step == SHARE_DELIVERED;
        sum.delivered += share->step == SHARE_DELIVERED;
        sum.given_up += share->step == SHARE_GIVEN_UP;
        sum.stopped += share->step == SHARE_STOPPED;
    }
    return sum;
}

int64_t shares_earliest_deadline(const struct saga *saga, int64_t other)
{
    int64_t earliest = other;

    for (struct fulfillment_row **share = shares_of(saga); *share != NULL; share++) {
        int64_t deadline_at = (*share)->deadline_at;

        if (deadline_at != 0 && (earliest == 0 || deadline_at < earliest)) {
            earliest = deadline_at;
        }
    }
    return earliest;
}

int64_t share_price(struct saga *saga, struct fulfillment_row *share)
{
    bool first = true;

    if (share->capture_minor > 0) {
        return share->capture_minor;
    }
    for (struct fulfillment_row **other = shares_of(saga); *other != NULL; other++) {
        first = first && (*other == share || !is_paid_for(*other));
    }
    share->capture_minor = share->value_minor + (first ? saga->order->shipping_price_minor : 0);
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    return share->capture_minor;
}

bool share_is_last(const struct saga *saga, const struct fulfillment_row *share)
{
    for (struct fulfillment_row **other = shares_of(saga); *other != NULL; other++) {
        if (*other != share && is_live(*other) && !is_paid_for(*other)) {
            return false;
        }
    }
    return true;
}
