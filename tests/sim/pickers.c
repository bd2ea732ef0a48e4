/* pickers.c - people at the places: they look at what there is to do, and report what they did. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/pieces.h"
#include "tests/sim/shop.h"

#include <string.h>

enum { STATE_SCHEDULED = 1, STATE_OPEN = 2, STATE_PICKED = 3, LINES_MAX = 64 };

struct job {
    const char *order_id, *fulfillment_id;
    unsigned char order_bytes[ORDER_ID_BYTES];
    int64_t fulfillment_no, visits;
};

static struct view work_view, line_view, place_view;

static void open_views(void)
{
    (void)view_once(&work_view, SIM_FULFILLMENT, "fulfillment",
                    "order_id fulfillment_no state order_hold place_hold order_no location");
    (void)view_once(&line_view, SIM_FULFILLMENT, "fulfillment_line",
                    "order_no fulfillment_no line_no quantity sku components");
    (void)view_once(&place_view, SIM_FULFILLMENT, "place", "code automatic");
}

static const void *find_work(struct sim *sim, const struct job *job)
{
    const struct bytes order_id = { job->order_bytes, ORDER_ID_BYTES };
    struct memory_slice rows = view_find(sim, SIM_FULFILLMENT, &work_view, key_bytes(order_id));

    for (size_t i = 0; i < rows.count; i++) {
        if (view_int(&work_view, rows.rows[i], 1) == job->fulfillment_no) {
            return rows.rows[i];
        }
    }
    return NULL;
}

/* What is still to be made ready. */
static size_t list_lines(struct sim *sim, const struct job *job, const void *work,
                         struct parcel_line *lines)
{
    struct key order_no = key_number(view_int(&work_view, work, 5));
    struct memory_slice rows = view_find(sim, SIM_FULFILLMENT, &line_view, order_no);
    size_t count = 0;

    for (size_t i = 0; i < rows.count && count < LINES_MAX; i++) {
        if (view_int(&line_view, rows.rows[i], 1) == job->fulfillment_no &&
            view_int(&line_view, rows.rows[i], 3) > 0) {
            lines[count++] = (struct parcel_line){ view_int(&line_view, rows.rows[i], 2),
                                                   view_int(&line_view, rows.rows[i], 3) };
        }
    }
    return count;
}

static void report(struct sim *sim, const struct job *job, enum message_type type,
                   const void *message)
{
    gateway_send(sim, &(struct request){ .type = type, .key = job->order_id, .message = message });
}

/* Out of bins, as somebody remembers it: whether they lay there or not. */
static size_t list_bins(struct sim *sim, const struct job *job, struct picked_pieces *bins)
{
    const void *work = find_work(sim, job);
    struct key order_no = key_number(view_int(&work_view, work, 5));
    struct memory_slice rows = view_find(sim, SIM_FULFILLMENT, &line_view, order_no);
    size_t count = 0;

    for (size_t i = 0; i < rows.count && count < LINES_MAX; i++) {
        const char *bin = shop_any_bin(sim);

        if (bin != NULL && view_int(&line_view, rows.rows[i], 1) == job->fulfillment_no &&
            view_int(&line_view, rows.rows[i], 3) > 0 &&
            view_text(&line_view, rows.rows[i], 5) == NULL) {
            bins[count++] = (struct picked_pieces){ view_text(&line_view, rows.rows[i], 4), bin,
                                                    view_int(&line_view, rows.rows[i], 3) };
        }
    }
    return count;
}

/* Which pieces they took, of what is kept apart; nobody may take what ended, and the sim remembers who was let. */
static void say_lots(struct sim *sim, const struct job *job, const void *work,
                     const struct piece *taken)
{
    const char *place = view_text(&work_view, work, 6);
    const struct named_lots named =
        lots_to_pick(sim, taken->sku, place, view_int(&work_view, work, 5), taken->quantity);
    const struct stock_pick message = { .order_id = job->order_id,
                                        .sku = taken->sku,
                                        .location = place,
                                        .lots = named.lots,
                                        .lots_count = named.count };
    const char *id = text_format(sim->ctx.arena, "req_%c%031llx", named.ended ? 'e' : '0',
                                 (unsigned long long)++sim->requests_sent);

    gateway_send(
        sim, &(struct request){
                 .type = MESSAGE_STOCK_PICK, .key = taken->sku, .message = &message, .id = id });
}

static void say_line_lots(struct sim *sim, const struct job *job, const void *work, const void *row)
{
    struct piece pieces[PIECES_MAX];
    size_t count = pieces_of(sim->ctx.arena, view_text(&line_view, row, 4),
                             view_text(&line_view, row, 5), pieces);

    for (size_t i = 0; i < count; i++) {
        pieces[i].quantity *= view_int(&line_view, row, 3);
        if (lots_apart(pieces[i].sku) != APART_NOT) {
            say_lots(sim, job, work, &pieces[i]);
        }
    }
}

static void say_all_lots(struct sim *sim, const struct job *job)
{
    const void *work = find_work(sim, job);
    struct memory_slice rows =
        view_find(sim, SIM_FULFILLMENT, &line_view, key_number(view_int(&work_view, work, 5)));

    for (size_t i = 0; i < rows.count; i++) {
        if (view_int(&line_view, rows.rows[i], 1) == job->fulfillment_no) {
            say_line_lots(sim, job, work, rows.rows[i]);
        }
    }
}

static void pick(struct sim *sim, const struct job *job)
{
    struct picked_pieces bins[LINES_MAX];
    struct fulfillment_pick message = { .fulfillment_id = job->fulfillment_id };

    message.body.bins = bins;
    message.body.bins_count = list_bins(sim, job, bins);
    say_all_lots(sim, job);
    report(sim, job, MESSAGE_FULFILLMENT_PICK, &message);
}

static void pack(struct sim *sim, const struct job *job, const struct parcel_line *lines,
                 size_t count)
{
    bool two = count > 1 && chance_of(&sim->chance, 20000);
    const struct parcel parcels[] = {
        { .parcel_no = 1, .weight_grams = 900, .lines = lines, .lines_count = two ? 1 : count },
        { .parcel_no = 2, .weight_grams = 700, .lines = lines + 1, .lines_count = count - 1 },
    };
    const struct fulfillment_pack message = { .fulfillment_id = job->fulfillment_id,
                                              .body = { parcels, two ? 2 : 1 } };

    report(sim, job, MESSAGE_FULFILLMENT_PACK, &message);
}

/* Of bundles, mostly: which component it is, and how much of it is not there. */
static bool name_component(struct sim *sim, const struct job *job, const void *work,
                           const struct parcel_line *missing, struct line_quantity *ret)
{
    struct key order_no = key_number(view_int(&work_view, work, 5));
    struct memory_slice rows = view_find(sim, SIM_FULFILLMENT, &line_view, order_no);

    for (size_t i = 0; i < rows.count; i++) {
        const char *components = view_text(&line_view, rows.rows[i], 5);

        if (view_int(&line_view, rows.rows[i], 1) == job->fulfillment_no &&
            view_int(&line_view, rows.rows[i], 2) == missing->line_no && components != NULL) {
            struct piece pieces[PIECES_MAX];
            size_t count = pieces_of(sim->ctx.arena, view_text(&line_view, rows.rows[i], 4),
                                     components, pieces);
            const struct piece *piece = &pieces[chance_below(&sim->chance, (int64_t)count)];

            ret->sku = piece->sku;
            ret->quantity = chance_between(&sim->chance, 1, piece->quantity * missing->quantity);
            return !chance_of(&sim->chance, 300000);
        }
    }
    return false;
}

static void find_less(struct sim *sim, const struct job *job, const void *work,
                      const struct parcel_line *lines, size_t count)
{
    struct parcel_line missing = lines[chance_below(&sim->chance, (int64_t)count)];
    struct line_quantity component = { .line_no = missing.line_no };

    missing.quantity = chance_between(&sim->chance, 1, missing.quantity);
    bool named = name_component(sim, job, work, &missing, &component);
    const struct fulfillment_short message = {
        .fulfillment_id = job->fulfillment_id,
        .body = { .lines = &missing,
                  .lines_count = 1,
                  .components = &component,
                  .components_count = named ? 1 : 0,
                  .reason = FULFILLMENT_SHORT_BODY_REASON_NOT_FOUND },
    };
    report(sim, job, MESSAGE_FULFILLMENT_SHORT, &message);
}

static void hold(struct sim *sim, const struct job *job)
{
    const struct fulfillment_hold message = { .fulfillment_id = job->fulfillment_id,
                                              .body = { .reason = HOLD_REASON_MANUAL } };

    report(sim, job, MESSAGE_FULFILLMENT_HOLD, &message);
}

static void release(struct sim *sim, const struct job *job)
{
    const struct fulfillment_hold_release message = { .fulfillment_id = job->fulfillment_id };

    report(sim, job, MESSAGE_FULFILLMENT_HOLD_RELEASE, &message);
}

static void give_up(struct sim *sim, const struct job *job)
{
    const struct fulfillment_cancel_now message = {
        .fulfillment_id = job->fulfillment_id,
        .body = { .reason = chance_of(&sim->chance, 50000) ? CANCEL_REASON_OUT_OF_STOCK
                                                           : CANCEL_REASON_OTHER },
    };

    report(sim, job, MESSAGE_FULFILLMENT_CANCEL_NOW, &message);
}

static void find_nothing(struct sim *sim, const struct job *job, const struct parcel_line *lines,
                         size_t count)
{
    const struct fulfillment_short message = {
        .fulfillment_id = job->fulfillment_id,
        .body = { .lines = lines,
                  .lines_count = count,
                  .reason = FULFILLMENT_SHORT_BODY_REASON_NOT_FOUND },
    };

    report(sim, job, MESSAGE_FULFILLMENT_SHORT, &message);
}

/* Mostly they do their work. */
static void work(struct sim *sim, const struct job *job, const void *row)
{
    struct parcel_line lines[LINES_MAX];
    size_t count = list_lines(sim, job, row, lines);
    int64_t drawn = sim->healed ? 1000 : chance_below(&sim->chance, 1000);

    if (count == 0) {
        return; /* it will be canceled */
    }
    if (view_int(&work_view, row, 4) != 0) {
        release(sim, job);
    } else if (drawn < 30) {
        find_less(sim, job, row, lines, count);
    } else if (drawn < 60) {
        hold(sim, job);
    } else if (drawn < 70) {
        give_up(sim, job);
    } else if (drawn < 300 && view_int(&work_view, row, 2) == STATE_OPEN) {
        pick(sim, job);
    } else if (view_int(&work_view, row, 3) == 0 || drawn < 320) {
        pack(sim, job, lines, count); /* now and then in spite of a hold */
    }
}

/* Rounds begin every half hour, for all places. */
static int64_t next_round_ms(struct sim *sim)
{
    int64_t at = sim->now + chance_between(&sim->chance, 1, 8) * 30 * MINUTE_MS;

    return at - at % (30 * MINUTE_MS) - sim->now;
}

static void come(struct sim *sim, void *subject, int64_t number)
{
    struct job *job = subject;
    const void *row = find_work(sim, job);
    int64_t state = row == NULL ? 0 : view_int(&work_view, row, 2);
    bool away =
        !sim->healed && chance_of(&sim->chance, sim->temper.life_ms > FORTNIGHT_MS ? 6000 : 300);

    (void)number;
    if (row == NULL || state > STATE_PICKED) {
        return;
    }
    if (state != STATE_SCHEDULED) {
        work(sim, job, row);
    }
    sim_plan(sim, away ? 6 * DAY_MS : next_round_ms(sim), come, job, 0);
}

void pickers_take(struct sim *sim, const struct fulfillment_opened *opened)
{
    struct job *job = arena_alloc(sim->kept, sizeof *job);

    open_views();
    struct memory_slice places =
        view_find(sim, SIM_FULFILLMENT, &place_view, key_text(opened->location));
    if (places.count > 0 && view_bool(&place_view, places.rows[0], 1)) {
        return; /* it works by itself */
    }
    job->order_id = arena_copy_text(sim->kept, opened->order_id, strlen(opened->order_id));
    job->fulfillment_id =
        arena_copy_text(sim->kept, opened->fulfillment_id, strlen(opened->fulfillment_id));
    (void)order_id_parse(opened->order_id, job->order_bytes);
    job->fulfillment_no = child_id_counter(opened->fulfillment_id, 'F');
    sim_plan(sim, next_round_ms(sim), come, job, 0);
}

static void hurry(struct sim *sim, const struct job *job, const void *row)
{
    struct parcel_line lines[LINES_MAX];
    size_t count = list_lines(sim, job, row, lines);
    int64_t drawn = chance_below(&sim->chance, 100);

    if (count == 0) {
        return;
    }
    if (drawn < 40) {
        pack(sim, job, lines, count);
    } else if (drawn < 55) {
        find_nothing(sim, job, lines, count);
    } else if (drawn < 70) {
        find_less(sim, job, row, lines, count);
    } else if (drawn < 85) {
        give_up(sim, job);
    } else if (drawn < 95) {
        hold(sim, job);
    } else {
        release(sim, job);
    }
}

void pickers_hurry(struct sim *sim, struct order_plan *plan)
{
    struct job job = { .order_id = plan->id.text };

    open_views();
    (void)order_id_parse(plan->id.text, job.order_bytes);
    struct memory_slice rows =
        view_find(sim, SIM_FULFILLMENT, &work_view,
                  key_bytes((struct bytes){ job.order_bytes, ORDER_ID_BYTES }));
    if (rows.count == 0) {
        return;
    }
    const void *row = rows.rows[chance_below(&sim->chance, (int64_t)rows.count)];
    struct child_id_text id = child_id_format(plan->id.text, 'F', view_int(&work_view, row, 1));
    job.fulfillment_id = id.text;
    job.fulfillment_no = view_int(&work_view, row, 1);
    hurry(sim, &job, row);
}
