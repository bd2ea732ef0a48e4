/* shop.c - draws orders. */
#include "tests/sim/shop.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/order_identity.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/order.h"
#include "tests/sim/gateway.h"
#include "tests/sim/lots.h"
#include "tests/sim/people.h"
#include "tests/sim/siege.h"

#include <stdlib.h>

enum { BURST = 50, BURST_MS = 20000, PREORDERED_MOST = 40 };

static const char *const items[SIM_ITEMS] = { "A-1", "A-2", "A-3", "A-4", "A-5", "A-6",
                                              "B-1", "B-2", "B-3", "C-1", "C-2", "C-3" };
/* Neighbors have an item in common, and all are ordered with their components. */
static const char *const bundles[SIM_BUNDLES] = { "K-1", "K-2", "K-3" };
static const char *const places[SIM_PLACES + 1] = { "WH-1", "WH-2", "STORE-1", "WH-3" };
static const char *const channels[SIM_CHANNELS] = { "web", "phone", "shop", "market", "b2b" };

const char *shop_item(int64_t number)
{
    return items[number];
}

bool shop_may_be_waited_for(int64_t item)
{
    return item % 3 == 1;
}

const char *shop_place(int64_t number)
{
    return places[number];
}

/* --- What is for sale ------------------------------------------------------------------------------ */

static struct postal_address address_of(const char *postal_code)
{
    return (struct postal_address){ .name = "Ada Lovelace",
                                    .line1 = "Invalidenstr. 117",
                                    .city = "Berlin",
                                    .postal_code = postal_code,
                                    .country = "DE" };
}

/* The first place works without people, and so does the one that opens later.  The store has little time: after noon it is
 * done for the day, and more than five orders are too many. */
static void put_place(struct sim *sim, int64_t number)
{
    static const struct location_capacity capacity = { .orders_a_day = 5,
                                                       .has_orders_a_day = true };
    static const struct location_opening opening = { .time_zone = "Europe/Berlin",
                                                     .cut_off = "12:00" };
    const struct position position = { 52000000 - 900000 * number, 13000000 };
    bool store = number == 2;
    const struct location_put put = { .code = places[number],
                                      .body = { .name = places[number],
                                                .kind = store ? LOCATION_KIND_STORE
                                                              : LOCATION_KIND_WAREHOUSE,
                                                .address = address_of("10115"),
                                                .priority = number == SIM_PLACES ? 0 : number + 1,
                                                .has_priority = true,
                                                .automatic = number % SIM_PLACES == 0,
                                                .has_automatic = true,
                                                .position = &position,
                                                .capacity = store ? &capacity : NULL,
                                                .opening = store ? &opening : NULL } };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_LOCATION_PUT, .key = places[number], .message = &put });
}

enum { MARKET_BUFFER = 2 };

/* Channels source differently: by default, by rules of their own, and by those for all.  The market is slow to hear of levels. */
static void put_sourcing(struct sim *sim)
{
    static const char *const north[] = { "WH-1", "WH-2", "WH-3" };
    static const struct sourcing_rule near[] = { { .kind = SOURCING_RULE_KIND_CAPACITY },
                                                 { .kind = SOURCING_RULE_KIND_NEAREST } };
    static const struct sourcing_rule fresh[] = { { .kind = SOURCING_RULE_KIND_EXPIRY_FIRST },
                                                  { .kind = SOURCING_RULE_KIND_CAPACITY } };
    static const struct sourcing_rule wide[] = {
        { .kind = SOURCING_RULE_KIND_ALLOWED, .locations = north, .locations_count = 3 },
        { .kind = SOURCING_RULE_KIND_SOONEST },
        { .kind = SOURCING_RULE_KIND_BALANCE },
        { .kind = SOURCING_RULE_KIND_BUFFER, .pieces = MARKET_BUFFER, .has_pieces = true }
    };
    static const struct sourcing_put puts[] = { { "web", { NULL, 0 } },
                                                { "phone", { fresh, 2 } },
                                                { "market", { wide, 4 } },
                                                { "*", { near, 2 } } };
    static const struct postal_area area = { "1", { 52500000, 13400000 } };
    static const struct postal_areas_put areas = { "DE", { &area, 1 } };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_POSTAL_AREAS_PUT, .key = "DE", .message = &areas });
    for (size_t i = 0; i < sizeof puts / sizeof puts[0]; i++) {
        gateway_send(sim, &(struct request){ .type = MESSAGE_SOURCING_PUT,
                                             .key = puts[i].scope,
                                             .message = &puts[i] });
    }
}

struct item_body shop_item_body(struct sim *sim, int64_t number)
{
    bool backorder = shop_may_be_waited_for(number);

    struct item_body item = { .name = items[number],
                              .weight_grams = 400 + 100 * number,
                              .has_weight_grams = true,
                              .backorder_allowed = backorder,
                              .has_backorder_allowed = true,
                              .backorder_limit = 1000,
                              .has_backorder_limit = backorder };

    lots_describe(&item, number);
    if (number == SIM_PREORDER_ITEM && sim->preorder_day != 0) {
        item.available_from = calendar_date(sim->ctx.arena, sim->preorder_day);
        item.preorder_limit = PREORDERED_MOST;
        item.has_preorder_limit = true;
    }
    return item;
}

static void put_item(struct sim *sim, int64_t number)
{
    const struct item_put put = { .sku = items[number], .body = shop_item_body(sim, number) };

    gateway_send(
        sim, &(struct request){ .type = MESSAGE_ITEM_PUT, .key = items[number], .message = &put });
}

/* `more` pieces of the first component than in the beginning. */
static void put_bundle(struct sim *sim, int64_t number, int64_t more)
{
    const struct bundle_component components[] = { { items[3 * number], 1 + more },
                                                   { items[3 * number + 1], 2 },
                                                   { items[3 * number + 3], 1 } };
    const struct item_put put = {
        .sku = bundles[number],
        .body = { .name = bundles[number], .components = components, .components_count = 3 },
    };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_ITEM_PUT, .key = bundles[number], .message = &put });
}

static void put_stock(struct sim *sim, int64_t item, int64_t place)
{
    int64_t plenty = item < 6 ? 4000 : item < 9 ? 200 : 30;
    int64_t pieces = lots_fit(items[item], 1 + chance_below(&sim->chance, plenty));
    const struct named_lots named = lots_arriving(sim, items[item], pieces, 0);
    const struct stock_adjust adjust = { .sku = items[item],
                                         .location = places[place],
                                         .quantity_change = pieces,
                                         .has_quantity_change = true,
                                         .reason = ADJUSTMENT_REASON_RECEIVED,
                                         .lots = named.lots,
                                         .lots_count = named.count };

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_STOCK_ADJUST, .key = items[item], .message = &adjust });
}

/* Then many orders wait for what does not come, and somebody waits for the moment in which they are late. */
static bool much_is_late(const struct sim *sim)
{
    return sim->temper.late_stock && sim->temper.ambush;
}

static void put_channel(struct sim *sim, int64_t number)
{
    static const enum stock_policy policies[SIM_CHANNELS] = {
        STOCK_POLICY_REJECT, STOCK_POLICY_BACKORDER, STOCK_POLICY_PARTIAL, STOCK_POLICY_ASK,
        STOCK_POLICY_REJECT
    };
    static const enum customer_message silenced[] = { CUSTOMER_MESSAGE_RECEIVED,
                                                      CUSTOMER_MESSAGE_SHIPPED };
    static const struct number_series series = { .prefix = "S" };
    static const struct invoice_series billing = {
        .invoices = { .prefix = "INV", .yearly = true, .has_yearly = true },
        .credit_notes = { .prefix = "CN" },
        .mailed = true,
        .has_mailed = true
    };
    static const struct fraud_rule rules[] = {
        { .kind = FRAUD_RULE_KIND_VELOCITY,
          .points = 50,
          .subject = FRAUD_SUBJECT_TOKEN,
          .orders = 4,
          .has_orders = true,
          .within_ms = 10 * MINUTE_MS,
          .has_within_ms = true },
        { .kind = FRAUD_RULE_KIND_AMOUNT,
          .points = 60,
          .currency = "EUR",
          .at_least_minor = 10000,
          .has_at_least_minor = true },
    };
    static const struct fraud_policy fraud = {
        .hold_at = 50, .reject_at = 110, .has_reject_at = true, .rules = rules, .rules_count = 2
    };
    static const struct tax_policy tax = { .seller_country = "DE" };
    const struct order_channel_put put = {
        .code = channels[number],
        .body = { .stock_policy = much_is_late(sim) ? STOCK_POLICY_BACKORDER : policies[number],
                  .silenced_messages = silenced,
                  .silenced_messages_count = number == 3 ? 2 : 0,
                  .number_series = number < 3 ? &series : NULL,
                  .invoice_series = &billing,
                  .invoice_series_count = number == 2 ? 0 : 1,
                  .fraud = number == 1 ? &fraud : NULL,
                  .tax = number % 2 == 0 ? &tax : NULL,
                  .draft_ttl_ms = SHOP_DRAFT_MS,
                  .has_draft_ttl_ms = true,
                  .automatic_confirmation = number != 4,
                  .has_automatic_confirmation = true }
    };

    gateway_send(sim, &(struct request){ .type = MESSAGE_ORDER_CHANNEL_PUT,
                                         .key = channels[number],
                                         .message = &put });
}

/* As judge_taxes.c knows it. */
static void put_taxes(struct sim *sim)
{
    static const struct tax_rate rate = { .tax_class = TAX_CLASS_STANDARD,
                                          .rate_ppm = 190000,
                                          .valid_from = "1970-01-01" };
    static const struct tax_rates_put put = { .area = "DE",
                                              .body = { .rates = &rate, .rates_count = 1 } };

    gateway_send(sim,
                 &(struct request){ .type = MESSAGE_TAX_RATES_PUT, .key = "DE", .message = &put });
}

void shop_put_off(struct sim *sim)
{
    if (sim->preorder_day > sim->now / DAY_MS) {
        sim->preorder_day += chance_between(&sim->chance, 1, 3);
        put_item(sim, SIM_PREORDER_ITEM);
    }
}

void shop_open(struct sim *sim)
{
    if (chance_of(&sim->chance, 30000)) {
        sim->preorder_day = sim->now / DAY_MS + chance_between(&sim->chance, 1, 3);
        sim->preorder_first = sim->preorder_day;
    }
    for (int64_t i = 0; i < SIM_PLACES; i++) {
        put_place(sim, i);
    }
    for (int64_t i = 0; i < SIM_CHANNELS; i++) {
        put_channel(sim, i);
    }
    put_taxes(sim);
    put_sourcing(sim);
    lenders_open(sim);
    for (int64_t i = 0; i < SIM_ITEMS; i++) {
        put_item(sim, i);
    }
    sim_run(sim, sim->now + MINUTE_MS);
    for (int64_t i = 0; i < SIM_BUNDLES; i++) {
        put_bundle(sim, i, 0);
    }
    for (int64_t i = 0; i < (int64_t)SIM_ITEMS * SIM_PLACES; i++) {
        put_stock(sim, i / SIM_PLACES, i % SIM_PLACES);
    }
    sim_run(sim, sim->now + MINUTE_MS);
}

/* --- A place opens while people order -------------------------------------------------------------- */

enum { DISTURBED = 40 };

/* One of those who hold the catalog; NULL: the one that was drawn is away. */
static const struct process *draw_inventory(struct sim *sim)
{
    size_t drawn = (size_t)chance_below(&sim->chance, (int64_t)sim->process_count);

    while (sim->processes[drawn].service != SIM_INVENTORY) {
        drawn = (drawn + 1) % sim->process_count;
    }
    return sim->processes[drawn].dead ? NULL : &sim->processes[drawn];
}

/* What one process says of the catalog is not heard for hours, or who has to know the place is away. */
static void keep_it_secret(struct sim *sim)
{
    const struct process *process = chance_of(&sim->chance, 50000) ? draw_inventory(sim) : NULL;

    if (process != NULL) {
        broker_memory_stall(process->broker,
                            sim->now + HOUR_MS + chance_below(&sim->chance, 3 * HOUR_MS));
    } else {
        siege_take_away(sim, SIM_SHIPPING, sim->now + chance_below(&sim->chance, 30 * MINUTE_MS));
    }
}

static void stock_new_place(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    for (int64_t item = 0; item < SIM_ITEMS; item++) {
        put_stock(sim, item, number);
    }
}

static void disturb_somebody(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    meddlers_bother(sim, sim->orders[chance_below(&sim->chance, (int64_t)sim->order_count)],
                    SIM_SHIPPING);
}

static void place_opens(struct sim *sim, void *subject, int64_t number)
{
    keep_it_secret(sim);
    put_place(sim, number);
    for (int64_t i = 0; i < SIM_BUNDLES; i++) {
        put_bundle(sim, i, 1); /* those that are ordered already stay as they were */
    }
    sim_plan(sim, SECOND_MS, stock_new_place, subject, number);
    for (int i = 0; i < DISTURBED; i++) {
        sim_plan(sim, MINUTE_MS + chance_below(&sim->chance, 80 * MINUTE_MS), disturb_somebody,
                 NULL, 0);
    }
}

void shop_grow(struct sim *sim)
{
    if (sim->temper.growth) {
        sim_plan(sim, chance_below(&sim->chance, MINUTE_MS), place_opens, NULL, SIM_PLACES);
    }
}

/* --- Orders ---------------------------------------------------------------------------------------- */

static struct order_submit_line *draw_lines(struct sim *sim, size_t count)
{
    struct order_submit_line *lines = arena_alloc(sim->ctx.arena, count * sizeof *lines);
    bool late = much_is_late(sim) && chance_of(&sim->chance, 40000);
    int64_t first = late ? SIM_LATE_ITEM : chance_below(&sim->chance, SIM_ITEMS);

    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct order_submit_line){
            .sku = items[(first + (int64_t)i) % SIM_ITEMS],
            .quantity = chance_between(&sim->chance, 1, chance_of(&sim->chance, 10000) ? 9 : 3),
            .unit_price_minor = 100 * chance_between(&sim->chance, 1, 60) - 1,
        };
        if (i == 0 && chance_of(&sim->chance, 15000)) {
            lines[i].sku = bundles[chance_below(&sim->chance, SIM_BUNDLES)];
        }
        if (chance_of(&sim->chance, 10000)) {
            lines[i].has_discount_minor = true;
            lines[i].discount_minor = 50;
        }
    }
    return lines;
}

static int64_t total_of(const struct order_submit *order)
{
    int64_t total_minor = order->shipping.price_minor;

    for (size_t i = 0; i < order->lines_count; i++) {
        total_minor += order->lines[i].quantity * order->lines[i].unit_price_minor -
                       order->lines[i].discount_minor;
    }
    return total_minor;
}

static struct order_submit_payment draw_payment(struct sim *sim)
{
    int64_t drawn = chance_below(&sim->chance, 100);
    struct order_submit_payment payment = { .method = PAYMENT_METHOD_CARD, .token = "tok_ok" };

    if (drawn < 8) {
        payment.token = "tok_declined";
    } else if (drawn < 20) {
        payment.token = "tok_action";
        payment.return_url = "https://shop.example/back";
    } else if (drawn < 30) {
        payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_BANK_TRANSFER };
    } else if (drawn < 38) {
        payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_CASH_ON_DELIVERY };
    } else if (drawn < 46) {
        payment = (struct order_submit_payment){ .method = PAYMENT_METHOD_INVOICE };
    }
    return payment;
}

static const char *draw_postal_code(struct sim *sim)
{
    int64_t drawn = chance_below(&sim->chance, 200);

    return drawn == 0 ? "00000" : drawn == 1 ? "99999" : "10115";
}

static const char *draw_mail(struct sim *sim, int64_t number)
{
    int64_t drawn = chance_below(&sim->chance, 100);

    if (drawn == 2) {
        return NULL;
    }
    return text_format(sim->ctx.arena, "%s%lld@shop.example",
                       drawn == 0   ? "unknown"
                       : drawn == 1 ? "full"
                                    : "ada",
                       (long long)number);
}

static void draw_order(struct sim *sim, int64_t number, struct order_submit *ret)
{
    *ret = (struct order_submit){
        .channel = channels[chance_below(&sim->chance, SIM_CHANNELS)],
        .channel_order_ref = text_format(sim->ctx.arena, "R-%lld", (long long)number),
        .currency = "EUR",
        .customer = { .name = "Ada Lovelace", .email = draw_mail(sim, number), .locale = "en-GB" },
        .ship_to = address_of(draw_postal_code(sim)),
        .lines_count = (size_t)chance_between(&sim->chance, 1, SIM_LINES_MAX),
        .shipping = { .service = chance_of(&sim->chance, 10000) ? "express" : "standard",
                      .price_minor = chance_of(&sim->chance, 80000) ? 490 : 0 },
        .payment = draw_payment(sim),
    };
    if (ret->payment.method == PAYMENT_METHOD_INVOICE) {
        ret->company = lender_company(sim);
        ret->customer.channel_customer_ref = lender_buyer(sim);
        ret->purchase_order_number = text_format(sim->ctx.arena, "PO %lld", (long long)number);
    }
    ret->lines = draw_lines(sim, ret->lines_count);
    ret->total_minor = total_of(ret);
    if (chance_of(&sim->chance, 4000)) {
        ret->has_ship_not_before = true;
        ret->ship_not_before = sim->now + chance_below(&sim->chance, 2 * DAY_MS);
    }
    if (chance_of(&sim->chance, 500)) {
        ret->total_minor += 1; /* does not add up: refused */
    }
}

static struct order_plan *keep_plan(struct sim *sim, const char *channel, const char *reference)
{
    const struct order_name name = { .channel = channel, .channel_order_ref = reference };
    struct order_plan *plan = arena_alloc(sim->kept, sizeof *plan);

    if (sim->order_count == sim->order_capacity) {
        sim->order_capacity = sim->order_capacity == 0 ? 256 : 2 * sim->order_capacity;
        sim->orders = realloc(sim->orders, sim->order_capacity * sizeof(struct order_plan *));
        if (sim->orders == NULL) {
            abort();
        }
    }
    (void)order_identity(&name, &plan->id);
    plan->number = (int64_t)sim->order_count;
    if (chance_of(&sim->chance, 15000)) {
        plan->acts_at_fact = chance_between(&sim->chance, 1, 12);
    }
    sim->orders[sim->order_count++] = plan;
    names_put(sim->kept, &sim->orders_by_id, plan->id.text, plan);
    return plan;
}

/* Just when its work may be begun nobody is there. */
static void place_sleeps(struct sim *sim, void *subject, int64_t number)
{
    (void)subject;
    (void)number;
    if (!sim->healed) {
        siege_take_away(sim, SIM_FULFILLMENT, sim->now + 2 * HOUR_MS);
    }
}

static void submit(struct sim *sim, void *subject, int64_t number)
{
    struct order_submit order;

    (void)subject;
    draw_order(sim, number, &order);
    struct order_plan *plan = keep_plan(sim, order.channel, order.channel_order_ref);
    plan->by_card = order.payment.method == PAYMENT_METHOD_CARD;
    plan->by_transfer = order.payment.method == PAYMENT_METHOD_BANK_TRANSFER;
    plan->total_minor = order.total_minor;
    for (size_t i = 0; i < order.lines_count; i++) {
        plan->skus[plan->sku_count++] = order.lines[i].sku;
    }
    if (order.has_ship_not_before && sim->temper.siege && chance_of(&sim->chance, 10000)) {
        sim_plan(sim, order.ship_not_before - sim->now, place_sleeps, NULL, 0);
    }
    meddlers_watch(sim, plan);
    cashiers_watch(sim, plan);
    if (chance_of(&sim->chance, 6000)) {
        drafter_enters(sim, plan, &order);
        return;
    }
    bool own_topic = (order.channel == channels[0] || order.channel == channels[1]) &&
                     chance_of(&sim->chance, 20000);

    gateway_send(sim, &(struct request){
                          .type = MESSAGE_ORDER_SUBMIT,
                          .key = plan->id.text,
                          .message = &order,
                          .id = text_format(sim->ctx.arena, "req_s%031llx", (long long)number),
                          .channel = order.channel,
                          .topic = !own_topic                     ? NULL
                                   : order.channel == channels[0] ? "order.requests.web"
                                                                  : "order.requests.phone" });
}

void shop_order(struct sim *sim, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        sim_plan(sim, i / BURST * BURST_MS + chance_below(&sim->chance, 200) * 10, submit, NULL, i);
    }
}
