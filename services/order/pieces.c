/* pieces.c - which share has how many pieces of a line, and what they cost. */
#include "services/order/shares.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/money.h"
#include "common/recipe.h"
#include "services/order/commands.h"
#include "services/order/detour.h"
#include "services/order/reduce.h"
#include "services/order/task.h"

#include <assert.h>

int64_t line_value(const struct order_row *order, const struct line_row *line)
{
    int64_t value =
        line->quantity * line->unit_price_minor - line->discount_minor - line->canceled_minor;

    return order->tax_mode == TAX_MODE_EXCLUSIVE ? value + line->tax_minor : value;
}

static struct line_row **lines_of(const struct saga *saga)
{
    return (struct line_row **)rows_list(saga->out->rows, &order_line_table,
                                         key_number(saga->order->order_no));
}

struct line_row *line_numbered(const struct saga *saga, int64_t line_no)
{
    struct line_row **line = lines_of(saga);

    while (*line != NULL && (*line)->line_no != line_no) {
        line++;
    }
    assert(*line != NULL); /* what is held was held against the lines */
    return *line;
}

static struct allocation_row **all_work(const struct saga *saga)
{
    return (struct allocation_row **)rows_list(saga->out->rows, &order_allocation_table,
                                               key_number(saga->order->order_no));
}

struct allocation_row **allocations_of(const struct saga *saga, size_t *ret_count)
{
    struct allocation_row **all = all_work(saga);
    size_t count = 0;

    while (all[count] != NULL) {
        count++;
    }
    *ret_count = count;
    return arena_copy(saga->out->arena, all, count * sizeof *all);
}

struct allocation_row *allocation_find(const struct saga *saga, int64_t fulfillment_no,
                                       int64_t line_no)
{
    for (struct allocation_row **work = all_work(saga); *work != NULL; work++) {
        if ((*work)->fulfillment_no == fulfillment_no && (*work)->line_no == line_no) {
            return *work;
        }
    }
    return NULL;
}

struct line_rest line_rest(const struct saga *saga, const struct line_row *line)
{
    struct line_rest rest = { line->quantity - line->canceled_quantity,
                              line_value(saga->order, line) };

    for (struct allocation_row **work = all_work(saga); *work != NULL; work++) {
        if ((*work)->line_no == line->line_no &&
            !share_numbered(saga, (*work)->fulfillment_no)->replaced) {
            rest.quantity -= (*work)->quantity;
            rest.value_minor -= (*work)->value_minor;
        }
    }
    return rest;
}

const char *allocated_components(const struct saga *saga, const struct allocation *held)
{
    return recipe_text(saga->out->arena, held->components, held->components_count);
}

/* Two allocations of a line at one place are one. */
void allocate(struct saga *saga, struct fulfillment_row *share, const struct allocation_row *work)
{
    struct allocation_row row = *work;
    struct allocation_row *known = allocation_find(saga, share->fulfillment_no, work->line_no);

    share->value_minor += work->value_minor;
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    if (known != NULL) {
        known->quantity += work->quantity;
        known->value_minor += work->value_minor;
        rows_update(saga->out->rows, &order_allocation_table, known);
        return;
    }
    row.order_no = share->order_no;
    row.fulfillment_no = share->fulfillment_no;
    rows_insert(saga->out->rows, &order_allocation_table, &row);
}

void move_pieces(struct saga *saga, const struct allocation_row *from, int64_t quantity,
                 const struct fulfillment_row *to)
{
    struct allocation_row *work = allocation_find(saga, from->fulfillment_no, from->line_no);
    struct fulfillment_row *share = share_numbered(saga, from->fulfillment_no);
    struct allocation_row moved = { .line_no = from->line_no,
                                    .quantity = quantity,
                                    .components = work->components };

    moved.value_minor = work->value_minor -
                        pieces_value(work->value_minor, work->quantity - quantity, work->quantity);
    work->quantity -= quantity;
    work->value_minor -= moved.value_minor;
    share->value_minor -= moved.value_minor;
    rows_update(saga->out->rows, &order_allocation_table, work);
    rows_update(saga->out->rows, &order_fulfillment_table, share);
    allocate(saga, share_numbered(saga, to->fulfillment_no), &moved);
}

struct fulfillment_row *share_of_held(struct saga *saga, const struct allocation *held,
                                      struct share_origin origin)
{
    struct fulfillment_row *share = share_to_be(saga, held->location, origin);
    int64_t day = 0;

    if (held->begins_on != NULL && calendar_day_parse(held->begins_on, &day) &&
        day > share->begins_on) {
        share->begins_on = day;
    }
    return share;
}

/* Gives a place its part of each piece of news about a line; the last part is for what waits. */
static bool divide_line(struct saga *saga, const struct line_row *line,
                        const struct stock_held *news)
{
    struct line_rest rest = line_rest(saga, line);
    int64_t *weights = arena_alloc(saga->out->arena, 2 * (news->held_count + 1) * sizeof *weights);
    int64_t *values = weights + news->held_count + 1, waiting = rest.quantity;
    size_t parts = 0, part = 0;

    for (size_t i = 0; i < news->held_count; i++) {
        if (news->held[i].line_no == line->line_no) {
            weights[parts++] = news->held[i].quantity;
            waiting -= news->held[i].quantity;
        }
    }
    if (waiting < 0 || (waiting > 0 && !news->rest_waits)) {
        return false;
    }
    if (parts == 0) {
        return true;
    }
    weights[parts] = waiting;
    money_split(rest.value_minor, weights, parts + (waiting > 0 ? 1 : 0), values);
    for (size_t i = 0; i < news->held_count; i++) {
        const struct allocation *held = &news->held[i];

        if (held->line_no == line->line_no) {
            allocate(
                saga,
                share_of_held(saga, held, (struct share_origin){ detour_reservation_no(saga), 0 }),
                &(struct allocation_row){ .line_no = line->line_no,
                                          .quantity = held->quantity,
                                          .value_minor = values[part++],
                                          .components = allocated_components(saga, held) });
        }
    }
    return true;
}

static int64_t count_lines(const struct saga *saga)
{
    struct line_row **lines = lines_of(saga);
    int64_t count = 0;

    while (lines[count] != NULL) {
        count++;
    }
    return count;
}

static bool lines_exist(const struct saga *saga, const struct stock_held *news)
{
    int64_t line_count = count_lines(saga);

    for (size_t i = 0; i < news->held_count; i++) {
        if (news->held[i].line_no > line_count) {
            return false;
        }
    }
    for (size_t i = 0; i < news->missing_count; i++) {
        if (news->missing[i].line_no > line_count) {
            return false;
        }
    }
    return true;
}

static void take_missing_off(struct saga *saga, const struct stock_held *news)
{
    struct cut_row *cuts = arena_alloc(saga->out->arena, news->missing_count * sizeof *cuts);

    for (size_t i = 0; i < news->missing_count; i++) {
        cuts[i] = (struct cut_row){ .line_no = news->missing[i].line_no,
                                    .quantity = news->missing[i].quantity };
    }
    reduce_order(saga, &(struct reduction){ .reason = REDUCE_REASON_OUT_OF_STOCK,
                                            .cuts = cuts,
                                            .count = news->missing_count });
}

/* Pieces that were canceled while they were on their way to us go back. */
static struct stock_held keep_wanted(struct saga *saga, const struct stock_held *news)
{
    size_t size = (news->held_count + 1) * sizeof *news->held, surplus_count = 0;
    struct allocation *kept = arena_alloc(saga->out->arena, size);
    struct allocation *surplus = arena_alloc(saga->out->arena, size);
    struct stock_held wanted = *news;

    wanted.held = kept;
    wanted.held_count = 0;
    for (size_t i = 0; i < news->held_count; i++) {
        struct allocation part = news->held[i];
        int64_t room = line_rest(saga, line_numbered(saga, part.line_no)).quantity;

        for (size_t k = 0; k < wanted.held_count; k++) {
            room -= kept[k].line_no == part.line_no ? kept[k].quantity : 0;
        }
        room = room < 0 ? 0 : room;
        if (part.quantity > room) {
            surplus[surplus_count] = part;
            surplus[surplus_count++].quantity -= room;
            part.quantity = room;
        }
        if (part.quantity > 0) {
            kept[wanted.held_count++] = part;
        }
    }
    if (surplus_count > 0) {
        tell_release_pieces(
            saga, &(struct released_pieces){ .reservation_no = detour_reservation_no(saga),
                                             .held = surplus,
                                             .held_count = surplus_count });
    }
    return wanted;
}

/* How many pieces have no share yet. */
static int64_t waiting_pieces(const struct saga *saga)
{
    int64_t waiting = 0;

    for (struct line_row **line = lines_of(saga); *line != NULL; line++) {
        waiting += line_rest(saga, *line).quantity;
    }
    return waiting;
}

void stop_waiting_for_stock(struct saga *saga)
{
    if (detour_waiting(saga) == 0) {
        detour_change(saga)->stock_due_at = 0;
        close_waiting_task(saga);
    }
}

/* Late is what is not there a day after it should be. */
void expect_stock_at(struct saga *saga, int64_t expected_at)
{
    struct detour_row *detour = detour_change(saga);
    int64_t due_at = expected_at > saga->out->now ? expected_at : saga->out->now;

    detour->stock_expected_at = expected_at;
    if (expected_at != 0) {
        detour->stock_due_at = due_at + DAY_MS;
    }
}

static void note_waiting(struct saga *saga, const struct stock_held *news)
{
    struct detour_row *detour = detour_change(saga);

    detour->waiting_quantity = waiting_pieces(saga);
    if (news->expected_at != 0) {
        expect_stock_at(saga, news->expected_at);
    }
    if (detour->waiting_quantity == 0) {
        stop_waiting_for_stock(saga);
    } else if (detour->stock_due_at == 0) {
        detour->stock_due_at = saga->out->now + BACKORDER_MS;
    }
}

/* inventory holds what it was told to hold; anything else would have us ship, and charge for, something else. */
static bool divide(struct saga *saga, const struct stock_held *news)
{
    if (!lines_exist(saga, news)) {
        return false;
    }
    if (news->missing_count > 0) {
        take_missing_off(saga, news);
    }
    for (int64_t no = 1, last = count_lines(saga); no <= last; no++) {
        if (!divide_line(saga, line_numbered(saga, no), news)) {
            return false;
        }
    }
    if (news->rest_waits) {
        note_waiting(saga, news);
    }
    return true;
}

void divide_into_shares(struct saga *saga)
{
    const struct stock_held *news = saga->message;
    struct stock_held wanted = *news;

    if (news->rest_waits && lines_exist(saga, news)) {
        wanted = keep_wanted(saga, news);
    }
    if (!divide(saga, &wanted)) {
        decide_impossible(saga->out, "what is held is not what order %s is of", saga->subject.id);
    }
}

void wait_for_stock(struct saga *saga)
{
    if (detour_waiting(saga) > 0) {
        detour_change(saga)->stock_due_at = saga->out->now + BACKORDER_MS;
    }
}

void take_up_waiting(struct saga *saga)
{
    if (detour_waiting(saga) > 0 && detour_find(saga)->stock_due_at == 0) {
        ask_about_waiting(saga);
    }
}

bool share_is_empty(const struct saga *saga, const struct fulfillment_row *share)
{
    for (struct allocation_row **work = all_work(saga); *work != NULL; work++) {
        if ((*work)->fulfillment_no == share->fulfillment_no && (*work)->quantity > 0) {
            return false;
        }
    }
    return true;
}

bool share_has_only(const struct saga *saga, const struct fulfillment_row *share,
                    const struct line_quantity *lines, size_t count)
{
    int64_t more = 0;

    for (struct allocation_row **work = all_work(saga); *work != NULL; work++) {
        more += (*work)->fulfillment_no == share->fulfillment_no ? (*work)->quantity : 0;
    }
    for (size_t i = 0; i < count; i++) {
        more -= lines[i].quantity;
    }
    return more == 0;
}
