/* hauliers.c - people who bring pieces from place to place: some forget to come, some bring less, some bring more. */
#include "tests/sim/people.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/shop.h"

#include <string.h>

enum { LINES = 2, REQUESTED = 1, NEWS_PERCENT = 30, RACE_MS = 200 };

static struct view transfer, line;

static void open_views(void)
{
    (void)view_once(&transfer, SIM_INVENTORY, "transfer", "transfer_id state");
    (void)view_once(&line, SIM_INVENTORY, "transfer_line",
                    "transfer_id sku held in_transit shipped source lots");
}

static void ask_for_one(struct sim *sim)
{
    const char *id =
        text_format(sim->ctx.arena, "req_%032llx", (unsigned long long)++sim->requests_sent);
    int64_t from = chance_below(&sim->chance, SIM_PLACES),
            item = chance_below(&sim->chance, SIM_ITEMS);
    struct transfer_quantity wanted[LINES];
    const struct stock_transfer message = {
        .from = shop_place(from),
        .to = shop_place((from + chance_between(&sim->chance, 1, SIM_PLACES - 1)) % SIM_PLACES),
        .lines = wanted,
        .lines_count = LINES,
    };

    for (int64_t i = 0; i < LINES; i++) {
        wanted[i].sku = shop_item((item + i) % SIM_ITEMS);
        wanted[i].quantity = chance_between(&sim->chance, 1, 4);
    }
    gateway_send(sim,
                 &(struct request){
                     .type = MESSAGE_STOCK_TRANSFER, .key = id, .message = &message, .id = id });
}

/* Whoever takes pieces that are kept apart says which. */
static void name_lots(struct sim *sim, const char *id, struct stock_transfer_ship_body_line *left,
                      struct stock_transfer_ship_body *body)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));
    bool apart = false;

    for (size_t i = 0; i < rows.count && i < LINES; i++) {
        const char *sku = view_text(&line, rows.rows[i], 1);
        int64_t held = view_int(&line, rows.rows[i], 2);
        const struct named_lots named =
            lots_lying(sim, sku, view_text(&line, rows.rows[i], 5), STOCK_CONDITION_SELLABLE, held);

        left[i] =
            (struct stock_transfer_ship_body_line){ .sku = sku,
                                                    .quantity =
                                                        named.pieces > 0 ? named.pieces : held,
                                                    .lots = named.lots,
                                                    .lots_count = named.count };
        apart |= lots_apart(sku) != APART_NOT && held > 0;
    }
    if (apart && left[0].quantity > 0 && (rows.count < 2 || left[1].quantity > 0)) {
        body->lines = left;
        body->lines_count = rows.count;
    }
}

static void ship(struct sim *sim, const char *id)
{
    struct stock_transfer_ship_body_line left[LINES] = { { 0 } };
    struct stock_transfer_ship message = { .transfer_id = id };

    name_lots(sim, id, left, &message.body);
    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_TRANSFER_SHIP, .key = id, .message = &message });
}

/* Which they are need not be said when all arrive that were sent. */
static void say_lots(struct sim *sim, const void *row,
                     struct stock_transfer_receive_body_line *arrived)
{
    bool silent = chance_below(&sim->chance, 2) == 0;
    const struct named_lots named = lots_brought(sim, arrived->sku, view_text(&line, row, 6),
                                                 arrived->quantity, arrived->damaged);

    arrived->lots = silent ? NULL : named.lots;
    arrived->lots_count = silent ? 0 : named.count;
}

/* Mostly what is on its way; now and then less, or more. */
static void receive(struct sim *sim, const char *id)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));
    struct stock_transfer_receive_body_line arrived[LINES];
    struct stock_transfer_receive message = { .transfer_id = id, .body = { .lines = arrived } };

    for (size_t i = 0; i < rows.count && i < LINES; i++) {
        int64_t expected = view_int(&line, rows.rows[i], 3);
        int64_t quantity = expected + chance_between(&sim->chance, -1, 1) *
                                          (chance_below(&sim->chance, 3) == 0 ? 1 : 0);

        if (quantity > 0) {
            int64_t damaged = chance_below(&sim->chance, 5) == 0 ? 1 : 0;

            arrived[message.body.lines_count] =
                (struct stock_transfer_receive_body_line){ .sku = view_text(&line, rows.rows[i], 1),
                                                           .quantity = quantity,
                                                           .damaged = damaged,
                                                           .has_damaged = true,
                                                           .bin = shop_any_bin(sim) };
            say_lots(sim, rows.rows[i], &arrived[message.body.lines_count++]);
        }
    }
    if (message.body.lines_count > 0) {
        gateway_send(sim, &(struct request){ .type = MESSAGE_STOCK_TRANSFER_RECEIVE,
                                             .key = id,
                                             .message = &message });
    }
}

static void receive_unknown(struct sim *sim, const char *id)
{
    const struct stock_transfer_receive_body_line line_of_it = { .sku = shop_item(0),
                                                                 .quantity = 1 };
    const struct stock_transfer_receive message = {
        .transfer_id = id, .body = { .lines = &line_of_it, .lines_count = 1 }
    };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_TRANSFER_RECEIVE, .key = id, .message = &message });
}

static void close_it(struct sim *sim, const char *id)
{
    const struct stock_transfer_close message = { .transfer_id = id };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_TRANSFER_CLOSE, .key = id, .message = &message });
}

static void cancel_it(struct sim *sim, const char *id)
{
    const struct stock_transfer_cancel message = { .transfer_id = id };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_TRANSFER_CANCEL, .key = id, .message = &message });
}

/* What its state asks for, or anything else. */
static void see_to(struct sim *sim, const void *row)
{
    const char *id = view_text(&transfer, row, 0);
    int64_t dice = chance_below(&sim->chance, 10);

    if (dice < 6) {
        dice = view_int(&transfer, row, 1) == REQUESTED ? 6 : 7;
    }
    if (dice == 6) {
        ship(sim, id);
    } else if (dice == 7) {
        receive(sim, id);
    } else if (dice == 8) {
        cancel_it(sim, id);
    } else {
        close_it(sim, id);
    }
}

/* Somebody types a wrong number. */
static void mistype(struct sim *sim)
{
    static void (*const requests[])(struct sim *, const char *) = { ship, close_it, cancel_it,
                                                                    receive_unknown };

    requests[chance_below(&sim->chance, 4)](sim, "req_unknown");
}

static void come(struct sim *sim, void *subject, int64_t number)
{
    size_t count = 0;

    if (sim->healed) {
        return;
    }
    open_views();
    void **rows = view_rows(sim, SIM_INVENTORY, &transfer, &count);
    if (count == 0 || chance_below(&sim->chance, 100) < NEWS_PERCENT) {
        ask_for_one(sim);
    } else if (chance_below(&sim->chance, 50) == 0) {
        mistype(sim);
    } else {
        see_to(sim, rows[chance_below(&sim->chance, (int64_t)count)]);
    }
    sim_plan(sim, chance_between(&sim->chance, 1, 90) * MINUTE_MS, come, subject, number);
}

/* --- Races ------------------------------------------------------------------------------------------- */

/* What it holds is not there. */
static void count_away(struct sim *sim, void *subject, int64_t number)
{
    const char *id = subject;
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));

    for (size_t i = 0; i < rows.count; i++) {
        struct stock_adjust message = {
            .sku = view_text(&line, rows.rows[i], 1),
            .location = view_text(&line, rows.rows[i], 5),
            .has_counted = true,
            .counted = chance_below(&sim->chance, 2),
            .reason = ADJUSTMENT_REASON_COUNT,
        };
        const struct named_lots named =
            lots_counted(sim, message.sku, message.location, message.counted);

        message.lots = named.lots;
        message.lots_count = named.count;
        gateway_send(sim, &(struct request){ .type = MESSAGE_STOCK_ADJUST,
                                             .key = message.sku,
                                             .message = &message });
    }
    (void)number;
}

/* Before it is shipped nothing is on its way: what it holds is what will come, or less. */
static void receive_held(struct sim *sim, const char *id)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));
    struct stock_transfer_receive_body_line arrived[LINES];
    struct stock_transfer_receive message = { .transfer_id = id, .body = { .lines = arrived } };

    for (size_t i = 0; i < rows.count && i < LINES; i++) {
        arrived[message.body.lines_count++] = (struct stock_transfer_receive_body_line){
            .sku = view_text(&line, rows.rows[i], 1), .quantity = view_int(&line, rows.rows[i], 2)
        };
        arrived[i].quantity += arrived[i].quantity == 0 ? 1 : 0;
        say_lots(sim, rows.rows[i], &arrived[i]);
    }
    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_TRANSFER_RECEIVE, .key = id, .message = &message });
}

enum { SHIPS, RECEIVES, CLOSES, CANCELS };

static void goes_on(struct sim *sim, void *subject, int64_t way)
{
    static void (*const requests[])(struct sim *, const char *) = {
        [SHIPS] = ship, [RECEIVES] = receive_held, [CLOSES] = close_it, [CANCELS] = cancel_it
    };

    if (!sim->healed) {
        requests[way](sim, subject);
    }
}

/* All within the moment that the other lane needs to hear of the count. */
static void race(struct sim *sim, char *id)
{
    int64_t at_ms = SECOND_MS + chance_below(&sim->chance, RACE_MS);

    sim_plan(sim, SECOND_MS, count_away, id, 0);
    if (chance_of(&sim->chance, 30000)) {
        sim_plan(sim, at_ms, goes_on, id, CANCELS);
        return;
    }
    sim_plan(sim, at_ms, goes_on, id, SHIPS);
    while (chance_of(&sim->chance, 70000)) {
        at_ms += chance_below(&sim->chance, RACE_MS / 4);
        sim_plan(sim, at_ms, goes_on, id, chance_of(&sim->chance, 60000) ? RECEIVES : CLOSES);
    }
}

void hauliers_race(struct sim *sim)
{
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_INVENTORY, &transfer, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&transfer, rows[i], 1) == REQUESTED) {
            const char *id = view_text(&transfer, rows[i], 0);

            race(sim, arena_copy_text(sim->kept, id, strlen(id)));
            return;
        }
    }
    ask_for_one(sim);
}

void hauliers_begin(struct sim *sim)
{
    sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), come, NULL, 0);
}
