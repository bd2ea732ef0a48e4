/* buyers.c - people who buy from a supplier: some orders are forgotten, some bring less, some more, some come after all. */
#include "tests/sim/people.h"

#include "common/calendar.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "tests/sim/columns.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/shop.h"

enum {
    LINES = 2,
    PACK = BUYERS_PACK,
    NEWS_PERCENT = 30,
    SCARCE_NEWS_PERCENT = 2, /* then what is waited for is bought by itself */
    DRAFT = 1,
    SENT = 2,
    GATHER_MINUTES = 45
};
/* What becomes of missing pieces of those items that may be waited for (one of three), in turn. */
static const enum buying_policy buying_policies[] = { BUYING_POLICY_SEND, BUYING_POLICY_ABSENT };
enum { BUYING_POLICIES = sizeof buying_policies / sizeof buying_policies[0], WAITED_FOR = 3 };

#define SUPPLIER "ACME"

static struct view supplier, terms, order, line;

static void open_views(void)
{
    (void)view_once(&supplier, SIM_INVENTORY, "supplier", "code version");
    (void)view_once(&terms, SIM_INVENTORY, "supplier_item", "sku");
    (void)view_once(&order, SIM_INVENTORY, "purchase_order", "purchase_order_id state");
    (void)view_once(&line, SIM_INVENTORY, "purchase_order_line",
                    "purchase_order_id sku outstanding");
}

static void put_supplier(struct sim *sim, bool active)
{
    const struct supplier_put put = { .code = SUPPLIER,
                                      .body = { .name = "Acme",
                                                .email = "orders@acme.example",
                                                .language = "uk",
                                                .currency = "EUR",
                                                .lead_time_days = 3,
                                                .location = shop_place(0),
                                                .buying = BUYING_POLICY_DRAFT,
                                                .gather_minutes = GATHER_MINUTES,
                                                .has_gather_minutes = true,
                                                .active = active,
                                                .has_active = true } };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_SUPPLIER_PUT, .key = SUPPLIER, .message = &put });
}

/* True when there is nobody to buy from yet, or not everything is sold. */
static bool make_terms(struct sim *sim)
{
    struct supplier_item_put sells = {
        .code = SUPPLIER, .body = { .pack_size = PACK, .has_pack_size = true, .price_minor = 100 }
    };
    size_t count = 0;

    (void)view_rows(sim, SIM_INVENTORY, &supplier, &count);
    if (count == 0) {
        put_supplier(sim, true);
        return true;
    }
    (void)view_rows(sim, SIM_INVENTORY, &terms, &count);
    for (int64_t i = 0; i < SIM_ITEMS && count < SIM_ITEMS; i++) {
        sells.sku = shop_item(i);
        sells.body.buying = buying_policies[i / WAITED_FOR % BUYING_POLICIES];
        gateway_send(sim, &(struct request){ .type = MESSAGE_SUPPLIER_ITEM_PUT,
                                             .key = SUPPLIER,
                                             .message = &sells });
    }
    return count < SIM_ITEMS;
}

static void draft_one(struct sim *sim)
{
    const char *id =
        text_format(sim->ctx.arena, "req_%032llx", (unsigned long long)++sim->requests_sent);
    int64_t item = sim->temper.late_stock ? 0 : chance_below(&sim->chance, SIM_ITEMS);
    struct purchase_order_draft_line wanted[LINES];
    const struct purchase_order_draft message = {
        .supplier = SUPPLIER,
        .location = shop_place(chance_below(&sim->chance, SIM_PLACES)),
        .lines = wanted,
        .lines_count = LINES,
    };

    for (int64_t i = 0; i < LINES; i++) {
        wanted[i] = (struct purchase_order_draft_line){
            .sku = shop_item((item + i) % SIM_ITEMS),
            .quantity = PACK * chance_between(&sim->chance, 1, 3),
        };
    }
    gateway_send(
        sim, &(struct request){
                 .type = MESSAGE_PURCHASE_ORDER_DRAFT, .key = id, .message = &message, .id = id });
}

/* What is suggested, if anything is; somebody looks anew before. */
static void draft_suggested(struct sim *sim)
{
    const char *id =
        text_format(sim->ctx.arena, "req_%032llx", (unsigned long long)++sim->requests_sent);
    const struct reorder_review review = { .sku =
                                               shop_item(chance_below(&sim->chance, SIM_ITEMS)) };
    const struct purchase_suggested message = { .sku = review.sku, .location = shop_place(0) };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_REORDER_REVIEW, .key = review.sku, .message = &review });
    gateway_send(
        sim, &(struct request){
                 .type = MESSAGE_PURCHASE_SUGGESTED, .key = id, .message = &message, .id = id });
}

/* To the supplier; now and then to nobody, or to where the mailbox is full. */
static void send_it(struct sim *sim, const char *id)
{
    static const char *const addresses[] = { "unknown@acme.example", "full@acme.example" };
    int64_t drawn = chance_below(&sim->chance, 8);
    const struct purchase_send message = {
        .purchase_order_id = id, .body = { .email = drawn < 2 ? addresses[drawn] : NULL }
    };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_PURCHASE_SEND, .key = id, .message = &message });
}

static const char *some_day(struct sim *sim)
{
    return calendar_date(sim->ctx.arena, sim->now / (24 * HOUR_MS) + chance_below(&sim->chance, 9));
}

/* The supplier names a day, and now and then another for an item, of which it has less than it said. */
static void confirm_it(struct sim *sim, const char *id)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));
    const struct purchase_confirm_body_line said = {
        .sku = rows.count == 0 ? shop_item(0) : view_text(&line, rows.rows[0], 1),
        .quantity = chance_below(&sim->chance, INT64_C(2) * PACK),
        .has_quantity = true,
        .expected_on = some_day(sim)
    };
    const struct purchase_confirm message = {
        .purchase_order_id = id,
        .body = { .expected_on = some_day(sim),
                  .lines = &said,
                  .lines_count = chance_below(&sim->chance, 2) == 0 ? 1 : 0 },
    };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_PURCHASE_CONFIRM, .key = id, .message = &message });
}

static void close_it(struct sim *sim, const char *id)
{
    const struct purchase_close message = { .purchase_order_id = id,
                                            .body = { .reason = UNDELIVERED_REASON_LATE } };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_PURCHASE_CLOSE, .key = id, .message = &message });
}

static void decline_it(struct sim *sim, const char *id)
{
    const struct purchase_decline message = {
        .purchase_order_id = id, .body = { .reason = UNDELIVERED_REASON_OUT_OF_STOCK }
    };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_PURCHASE_DECLINE, .key = id, .message = &message });
}

static void cancel_it(struct sim *sim, const char *id)
{
    const struct purchase_cancel message = { .purchase_order_id = id };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_PURCHASE_CANCEL, .key = id, .message = &message });
}

static void receive_lines(struct sim *sim, const struct purchase_receive *message)
{
    gateway_send(sim, &(struct request){ .type = MESSAGE_PURCHASE_RECEIVE,
                                         .key = message->purchase_order_id,
                                         .message = message });
}

/* Mostly what is outstanding; now and then less, or more. */
static void receive_it(struct sim *sim, const char *id)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));
    struct purchase_receive_body_line arrived[LINES];
    struct purchase_receive message = { .purchase_order_id = id, .body = { .lines = arrived } };

    for (size_t i = 0; i < rows.count && i < LINES; i++) {
        int64_t quantity =
            view_int(&line, rows.rows[i], 2) +
            chance_between(&sim->chance, -1, 1) * (chance_below(&sim->chance, 3) == 0 ? 1 : 0);

        if (quantity > 0) {
            int64_t damaged = chance_below(&sim->chance, 5) == 0 ? 1 : 0;
            const char *sku = view_text(&line, rows.rows[i], 1);
            const struct named_lots named = lots_arriving(sim, sku, quantity, damaged);

            arrived[message.body.lines_count++] =
                (struct purchase_receive_body_line){ .sku = sku,
                                                     .quantity = quantity,
                                                     .damaged = damaged,
                                                     .has_damaged = true,
                                                     .bin = shop_any_bin(sim),
                                                     .lots = named.lots,
                                                     .lots_count = named.count };
        }
    }
    for (int times = chance_below(&sim->chance, 10) == 0 ? 2 : 1;
         message.body.lines_count > 0 && times > 0; times--) {
        receive_lines(sim, &message); /* two people book the same boxes */
    }
}

/* Whatever its state is. */
static void receive_a_piece(struct sim *sim, const char *id)
{
    struct memory_slice rows = view_find(sim, SIM_INVENTORY, &line, key_text(id));
    const char *sku = rows.count == 0 ? shop_item(0) : view_text(&line, rows.rows[0], 1);
    const struct named_lots named = lots_arriving(sim, sku, 1, 0);
    const struct purchase_receive_body_line arrived = {
        .sku = sku, .quantity = 1, .lots = named.lots, .lots_count = named.count
    };
    const struct purchase_receive message = { .purchase_order_id = id,
                                              .body = { .lines = &arrived, .lines_count = 1 } };

    receive_lines(sim, &message);
}

static void see_to_alert(struct sim *sim, const char *id)
{
    const struct purchase_alert_acknowledge message = { .purchase_order_id = id };

    gateway_send(sim, &(struct request){ .type = MESSAGE_PURCHASE_ALERT_ACKNOWLEDGE,
                                         .key = id,
                                         .message = &message });
}

static void (*const requests[])(struct sim *, const char *) = {
    see_to_alert, send_it, confirm_it, close_it, cancel_it, decline_it, receive_a_piece
};
enum { REQUESTS = sizeof requests / sizeof requests[0] };

/* What its state asks for, or anything else. */
static void see_to(struct sim *sim, const void *row)
{
    const char *id = view_text(&order, row, 0);
    int64_t state = view_int(&order, row, 1);

    if (chance_below(&sim->chance, 10) < 4) {
        requests[chance_below(&sim->chance, REQUESTS)](sim, id);
    } else if (state == DRAFT) {
        send_it(sim, id);
    } else if (state == SENT && chance_below(&sim->chance, 2) == 0) {
        confirm_it(sim, id);
    } else {
        receive_it(sim, id);
    }
}

static void come(struct sim *sim, void *subject, int64_t number);

/* Whoever is bought from is looked at each day: the world comes to rest when nobody is. */
static void end_with_it(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &supplier, &count);

    if (count > 0 && view_int(&supplier, rows[0], 1) == 1) {
        put_supplier(sim, false);
        sim_plan(sim, MINUTE_MS, come, NULL, 0);
    }
}

static void come(struct sim *sim, void *subject, int64_t number)
{
    size_t count = 0;

    open_views();
    if (sim->healed) {
        end_with_it(sim);
        return;
    }
    if (!make_terms(sim)) {
        void **rows = view_rows(sim, SIM_INVENTORY, &order, &count);

        int64_t news_percent = sim->temper.scarce ? SCARCE_NEWS_PERCENT : NEWS_PERCENT;

        if (count == 0 || chance_below(&sim->chance, 100) < news_percent) {
            (chance_below(&sim->chance, 3) == 0 ? draft_suggested : draft_one)(sim);
        } else if (chance_below(&sim->chance, 50) == 0) {
            requests[chance_below(&sim->chance, REQUESTS)](sim, "req_unknown");
        } else {
            see_to(sim, rows[chance_below(&sim->chance, (int64_t)count)]);
        }
    }
    sim_plan(sim, chance_between(&sim->chance, 1, 90) * MINUTE_MS, come, subject, number);
}

void buyers_begin(struct sim *sim)
{
    sim_plan(sim, chance_soon(&sim->chance, sim->temper.life_ms), come, NULL, 0);
}
