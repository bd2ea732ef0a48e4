/* plants.c - the judges are judged: a discrepancy of each kind is planted in a healthy world, and its rule must find it. */
#include "tests/sim/plants.h"

#include "common/arena.h"
#include "common/memory_database.h"
#include "common/text.h"
#include "tests/sim/carrier.h"
#include "tests/sim/judge.h"
#include "tests/sim/mailbox.h"
#include "tests/sim/provider.h"
#include "tests/sim/shop.h"

#include <stdio.h>

/* All rows whose column `where` has the value `is`, and `besides` another, get `add` more in `column`. */
struct plant {
    const char *rule;
    enum service_index service;
    const char *table, *column;
    int64_t add;
    const char *where;
    int64_t is;
    const char *besides;
    int64_t is_besides;
};

static const struct plant plants[] = {
    { "ledger", SIM_INVENTORY, "stock_ledger", "quantity", 1, NULL, 0, NULL, 0 },
    { "ledger", SIM_INVENTORY, "stock", "damaged", 1, NULL, 0, NULL, 0 },
    { "ledger", SIM_INVENTORY, "stock", "quality_control", 1, NULL, 0, NULL, 0 },
    { "ledger", SIM_INVENTORY, "stock", "safety", 1, NULL, 0, NULL, 0 },
    { "ledger", SIM_INVENTORY, "stock", "incoming", 1, NULL, 0, NULL, 0 },
    { "reserved", SIM_INVENTORY, "stock", "reserved", 1, NULL, 0, NULL, 0 },
    { "reserved", SIM_INVENTORY, "stock", "damaged", 100000000, NULL, 0, NULL, 0 },
    { "reserved", SIM_INVENTORY, "transfer_line", "held", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "transfer_line", "shipped", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "transfer_line", "in_transit", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "transfer_line", "received", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "transfer_line", "damaged", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "transfer_line", "lost", -1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "purchase_order_line", "outstanding", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "purchase_order_line", "received", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "purchase_order_line", "damaged", 1, NULL, 0, NULL, 0 },
    { "transfers", SIM_INVENTORY, "purchase_order_line", "over", 1, NULL, 0, NULL, 0 },
    { "alerts", SIM_INVENTORY, "stock_alert", "state", -2, "state", 3, NULL, 0 },
    { "bins", SIM_INVENTORY, "stock", "binned", 1, NULL, 0, NULL, 0 },
    { "bins", SIM_INVENTORY, "stock_bin", "quantity", 1, NULL, 0, NULL, 0 },
    { "bins", SIM_INVENTORY, "bin_ledger", "quantity", 1, NULL, 0, NULL, 0 },
    { "bins-fit", SIM_INVENTORY, "stock", "binned", 100000000, NULL, 0, NULL, 0 },
    { "lots", SIM_INVENTORY, "lot_movement", "on_hand", 1, NULL, 0, NULL, 0 },
    { "lots", SIM_INVENTORY, "stock", "quality_control", 1, NULL, 0, NULL, 0 },
    { "counted", SIM_INVENTORY, "count_line", "booked", 1, NULL, 0, NULL, 0 },
    { "counted", SIM_INVENTORY, "count_sheet", "state", -1, "state", 4, NULL, 0 },
    { "owed", SIM_INVENTORY, "stock", "owed", 1, NULL, 0, NULL, 0 },
    { "disputes", SIM_PAYMENT, "payment", "disputed_minor", 1, NULL, 0, NULL, 0 },
    { "disputes", SIM_PAYMENT, "payment", "lost_minor", 1, NULL, 0, NULL, 0 },
    { "erased", SIM_ORDER, "order_erasure", "order_no", 1, NULL, 0, NULL, 0 },
    { "holders", SIM_INVENTORY, "reservation_line", "state", -3, "state", 4, NULL, 0 },
    { "backorders", SIM_INVENTORY, "backorder", "pieces", 1, NULL, 0, NULL, 0 },
    { "filled", SIM_INVENTORY, "backorder", "pieces", 1, NULL, 0, NULL, 0 },
    { "left", SIM_INVENTORY, "stock_ledger", "quantity", -1, "kind", 2, NULL, 0 },
    { "bounds", SIM_PAYMENT, "payment", "refunded_minor", 100000000, NULL, 0, NULL, 0 },
    { "accounts", SIM_PAYMENT, "payment_event", "amount_minor", 1, "operation", 2, "kind", 2 },
    { "accounts", SIM_PAYMENT, "payment", "received_minor", 1, "method", 2, NULL, 0 },
    { "accounts", SIM_PAYMENT, "payment_refund", "amount_minor", 1, "state", 4, NULL, 0 },
    { "accounts-outside", SIM_PAYMENT, "payment_event", "amount_minor", 1, "operation", 2, "kind",
      2 },
    { "credit", SIM_PAYMENT, "credit", "held_minor", 1, NULL, 0, NULL, 0 },
    { "credit", SIM_PAYMENT, "credit", "limit_minor", -100000000, NULL, 0, NULL, 0 },
    { "credit-let-go", SIM_PAYMENT, "credit", "held_minor", 1, NULL, 0, NULL, 0 },
    /* Invoices that were captured wait for credit, and stand in no line. */
    { "credit-line", SIM_PAYMENT, "payment", "state", -5, "method", 4, "state", 7 },
    { "document-numbers", SIM_PAYMENT, "document", "serial", 100000000, NULL, 0, NULL, 0 },
    { "document-numbers", SIM_PAYMENT, "document_series", "last", 1, NULL, 0, NULL, 0 },
    { "documents", SIM_PAYMENT, "document", "amount_minor", 1, "kind", 1, NULL, 0 },
    { "documents", SIM_PAYMENT, "document", "subject_no", 100, "kind", 1, NULL, 0 },
    { "documents", SIM_PAYMENT, "document_file", "document_no", 100, NULL, 0, NULL, 0 },
    { "document-mails", SIM_PAYMENT, "document_mail", "state", -1, "state", 3, NULL, 0 },
    { "taxes", SIM_ORDER, "order_line", "tax_minor", 1, NULL, 0, NULL, 0 },
    { "credited-taxes", SIM_PAYMENT, "document_tax", "tax_minor", -100000000, NULL, 0, NULL, 0 },
    { "sums", SIM_PAYMENT, "payment_capture", "amount_minor", 1, "state", 3, NULL, 0 },
    { "provider", SIM_PAYMENT, "payment", "captured_minor", -1, "method", 1, NULL, 0 },
    { "worth", SIM_ORDER, "orders", "total_minor", 1, "status", 4, NULL, 0 },
    { "progress", SIM_ORDER, "orders", "step", -6, "step", 11, NULL, 0 },
    { "ended", SIM_ORDER, "orders", "step", -6, "step", 11, NULL, 0 },
    { "money-shown", SIM_ORDER, "orders", "captured_minor", 1, "status", 4, NULL, 0 },
    { "stock-shown", SIM_INVENTORY, "reservation", "state", -2, "state", 3, NULL, 0 },
    { "levels", SIM_INVENTORY, "stock", "on_hand", 1, NULL, 0, NULL, 0 },
    { "levels", SIM_INVENTORY, "stock", "reserved", 1, NULL, 0, NULL, 0 },
    { "lines", SIM_ORDER, "order_line", "quantity", 1, NULL, 0, NULL, 0 },
    { "edits", SIM_ORDER, "order_edit", "edited_minor", 1, "state", 3, NULL, 0 },
    { "edits", SIM_ORDER, "order_edit", "state", -1, "state", 3, NULL, 0 },
    { "life", SIM_ORDER, "orders", "status", 2, "status", 4, NULL, 0 },
    { "timeline", SIM_ORDER, "timeline", "clock", 1000000, NULL, 0, NULL, 0 },
    { "timeline", SIM_ORDER, "orders", "entry_count", 1, NULL, 0, NULL, 0 },
    { "timeline", SIM_ORDER, "timeline", "kind", 20, "kind", 6, NULL, 0 },
};

/* Members that were changed: rows in memory are never changed by anybody else, so it can all be taken out again. */
struct changed {
    int64_t **members;
    size_t count;
};

/* The members that it would change. */
static struct changed members_of(struct sim *sim, const struct plant *plant)
{
    const char *where = plant->where == NULL ? plant->column : plant->where;
    const char *besides = plant->besides == NULL ? where : plant->besides;
    struct view view =
        view_of(plant->service, plant->table,
                text_format(sim->ctx.arena, "%s %s %s", plant->column, where, besides));
    size_t count = 0;
    void **rows = view_rows(sim, plant->service, &view, &count);
    struct changed changed = { arena_alloc(sim->kept, (count + 1) * sizeof(int64_t *)), 0 };

    for (size_t i = 0; i < count; i++) {
        if ((plant->where == NULL || view_int(&view, rows[i], 1) == plant->is) &&
            (plant->besides == NULL || view_int(&view, rows[i], 2) == plant->is_besides)) {
            changed.members[changed.count++] =
                (int64_t *)(void *)((char *)rows[i] + view.offsets[0]);
        }
    }
    return changed;
}

static struct changed plant_in(struct sim *sim, const struct plant *plant)
{
    struct changed changed = members_of(sim, plant);

    for (size_t i = 0; i < changed.count; i++) {
        *changed.members[i] += plant->add;
    }
    return changed;
}

static bool is_found(struct sim *sim, const char *rule)
{
    size_t count = 0;
    const struct rule *rules = judge_rules(&count);
    bool found = false;

    sim->findings = 0;
    sim->broken = 0;
    judge_world(sim);
    for (size_t i = 0; i < count; i++) {
        found |= text_equal(rules[i].name, rule) && (sim->broken >> i & 1) != 0;
    }
    if (!found) {
        printf("a planted discrepancy of \"%s\" was not found\n", rule);
    }
    return found;
}

static bool find_rows(struct sim *sim)
{
    bool all = true;

    for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) {
        arena_reset(sim->ctx.arena);
        struct changed changed = plant_in(sim, &plants[i]);

        all &= is_found(sim, plants[i].rule);
        for (size_t at = 0; at < changed.count; at++) {
            *changed.members[at] -= plants[i].add;
        }
    }
    return all;
}

/* Lots are a text: another one stands in its place. */
static bool find_lots(struct sim *sim, const char *rule, const char *forged)
{
    struct view view = view_of(SIM_INVENTORY, "stock", "lots sku");
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &view, &count);
    const char **kept = arena_alloc(sim->kept, count * sizeof *kept);
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        const char **lots = (const char **)(void *)((char *)rows[i] + view.offsets[0]);

        kept[i] = *lots;
        *lots = *lots == NULL ? NULL : forged;
    }
    found = is_found(sim, rule);
    for (size_t i = 0; i < count; i++) {
        *(const char **)(void *)((char *)rows[i] + view.offsets[0]) = kept[i];
    }
    return found;
}

static bool find_all_lots(struct sim *sim)
{
    bool all = find_lots(sim, "lots", "L 0 0 X|-1|0|0|1|0|0");

    all &= find_lots(sim, "lots", "L 0 0 X|-1|0|0|-1|1|0");
    all &= find_lots(sim, "serials", "S 0 0 X|-1|0|0|1|0|0");
    all &= find_lots(sim, "expired", "L 0 0 X|1|0|0|1|0|0");
    all &= find_lots(sim, "expires", "L 0 0 X|1|0|0|1|0|0");
    all &= find_lots(sim, "picked", "L 0 0 X|-1|0|999999|1|0|0");
    sim->ended_picked = 1;
    all &= is_found(sim, "expired");
    sim->ended_picked = 0;
    return all;
}

/* A row that nobody wrote, for as long as it is judged. */
static bool find_forged(struct sim *sim, const char *rule, enum service_index service,
                        const struct view *view, const void *row)
{
    struct memory_table *table = memory_database_table(sim->databases[service], view->table);
    bool found = false;

    memory_table_put(table, row);
    found = is_found(sim, rule);
    (void)memory_table_remove(table, row);
    return found;
}

static void forge_text(const struct view *view, void *row, size_t column, const char *text)
{
    *(const char **)(void *)((char *)row + view->offsets[column]) = text;
}

static void forge_int(const struct view *view, void *row, size_t column, int64_t number)
{
    *(int64_t *)(void *)((char *)row + view->offsets[column]) = number;
}

/* Who is granted more than it uses. */
static const char *company_with_room(struct sim *sim)
{
    const struct view account =
        view_of(SIM_PAYMENT, "credit", "company limit_minor held_minor receivable_minor active");
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &account, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_bool(&account, rows[i], 4) &&
            view_int(&account, rows[i], 1) >
                view_int(&account, rows[i], 2) + view_int(&account, rows[i], 3)) {
            return view_text(&account, rows[i], 0);
        }
    }
    return NULL;
}

/* At rest nobody waits for credit, and mostly nothing for goods: somebody does for a cent that is free, and a draft orders what
 * nobody misses, and an order that there is not was mailed in vain. */
static bool find_waiting(struct sim *sim)
{
    static const unsigned char order_id[ORDER_ID_BYTES];
    const struct view waiter =
        view_of(SIM_PAYMENT, "credit_waiter", "company amount_minor order_id");
    const struct view buying = view_of(SIM_INVENTORY, "stock_buying", "sku pieces");
    const struct view alert = view_of(SIM_INVENTORY, "purchase_alert", "purchase_order_id state");
    void *row = arena_alloc(sim->kept, waiter.table->row_bytes);
    bool all = true;

    forge_text(&waiter, row, 0, company_with_room(sim));
    forge_int(&waiter, row, 1, 1);
    *(struct bytes *)(void *)((char *)row + waiter.offsets[2]) =
        (struct bytes){ order_id, sizeof order_id };
    all &= find_forged(sim, "credit-waits", SIM_PAYMENT, &waiter, row);
    row = arena_alloc(sim->kept, buying.table->row_bytes);
    forge_text(&buying, row, 0, "PLANTED");
    forge_int(&buying, row, 1, 100000000);
    all &= find_forged(sim, "bought-once", SIM_INVENTORY, &buying, row);
    row = arena_alloc(sim->kept, alert.table->row_bytes);
    forge_text(&alert, row, 0, "PLANTED");
    forge_int(&alert, row, 1, 1);
    all &= find_forged(sim, "unheard", SIM_INVENTORY, &alert, row);
    return all;
}

/* A draft was gathered that its item knows nothing of. */
static bool find_draft(struct sim *sim)
{
    const struct view order =
        view_of(SIM_INVENTORY, "purchase_order", "purchase_order_id state buying");
    const struct view line =
        view_of(SIM_INVENTORY, "purchase_order_line", "purchase_order_id sku quantity location");
    struct memory_table *lines = memory_database_table(sim->databases[SIM_INVENTORY], line.table);
    void *row = arena_alloc(sim->kept, order.table->row_bytes);
    void *wanted = arena_alloc(sim->kept, line.table->row_bytes);

    forge_text(&order, row, 0, "PLANTED");
    forge_int(&order, row, 1, 1);
    forge_int(&order, row, 2, 2);
    forge_text(&line, wanted, 0, "PLANTED");
    forge_text(&line, wanted, 1, shop_item(0));
    forge_int(&line, wanted, 2, 7);
    forge_text(&line, wanted, 3, shop_place(0));
    memory_table_put(lines, wanted);
    bool found = find_forged(sim, "buying", SIM_INVENTORY, &order, row);
    (void)memory_table_remove(lines, wanted);
    return found;
}

/* A class that nothing is of, and a count that its item does not know of. */
static bool find_counts(struct sim *sim)
{
    const struct view policy = view_of(SIM_INVENTORY, "count_policy", "location a_percent");
    const struct view line =
        view_of(SIM_INVENTORY, "count_line", "sheet_id sku location state counted_at");
    void *row = arena_alloc(sim->kept, policy.table->row_bytes);
    bool all = true;

    forge_text(&policy, row, 0, "PLANTED");
    forge_int(&policy, row, 1, 90);
    all &= find_forged(sim, "cycles", SIM_INVENTORY, &policy, row);
    row = arena_alloc(sim->kept, line.table->row_bytes);
    forge_text(&line, row, 0, "PLANTED");
    forge_text(&line, row, 1, "PLANTED");
    forge_text(&line, row, 2, "PLANTED");
    forge_int(&line, row, 3, 3);
    forge_int(&line, row, 4, 1);
    all &= find_forged(sim, "cycles", SIM_INVENTORY, &line, row);
    return all;
}

/* Foreign books, and what stands in the runtime's own tables. */
static bool find_books(struct sim *sim)
{
    static const struct parked_row parked = { .subject_id = "x",
                                              .source = "message",
                                              .topic = "",
                                              .key = "x",
                                              .headers = "",
                                              .reason = "planted",
                                              .state = "failed" };
    struct order_plan *plan = arena_alloc(sim->kept, sizeof *plan);
    bool all = true;

    sim->provider->intents[0]->same_payment = sim->provider->intents[0];
    all &= is_found(sim, "provider-once");
    sim->carrier->parcels->labels = 2;
    sim->carrier->parcels->refund_status = NULL;
    all &= is_found(sim, "carrier-once");
    sim->overlapping.text[0] = 'o';
    all &= is_found(sim, "calls");
    sim->mailbox->mails->differs = true;
    all &= is_found(sim, "mail");
    sim->restless = true;
    all &= is_found(sim, "rest");
    sim->restless = false;
    memory_database_add(sim->databases[SIM_ORDER], &parked_table, &parked);
    all &= is_found(sim, "rest");
    plan->answered = true;
    sim->orders[0] = plan;
    all &= is_found(sim, "durable");
    return all;
}

static void publish_told(struct sim *sim, int64_t number)
{
    static const struct broker_topic topic = { .name = "notification.events", .numbered = true };
    const struct broker_options options = {
        .client_id = "planter", .published = &topic, .published_count = 1, .lane_count = SIM_LANES
    };
    static const struct record_header type = { "ce_type", "kervan.notification.told.v1" };
    static const char body[] =
        "{\"order_id\":\"ord_aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"order_no\":1,\"clock\":1,"
        "\"message\":\"received\",\"way\":\"email\","
        "\"told_at\":\"2026-03-01T09:30:00.000Z\"}";
    struct broker *broker = NULL;

    if (broker_memory_open(sim->log, &sim->ctx, &options, &broker) == OK) {
        (void)!broker->operations->publish(broker, &sim->ctx,
                                           &(struct publication){ .generation = 9,
                                                                  .number = number,
                                                                  .key = "ord_a",
                                                                  .value = body,
                                                                  .value_length = sizeof body - 1,
                                                                  .headers = &type,
                                                                  .header_count = 1 });
        broker->operations->close(broker);
    }
    memory_log_set_faults(sim->log, &(struct memory_faults){ 0 });
    sim_run(sim, sim->now);
}

bool plants_fit(struct sim *sim)
{
    bool fit = sim->order_count > 0 && sim->provider->intent_count > 0 &&
               sim->carrier->parcels != NULL && sim->mailbox->mails != NULL;

    fit = fit && company_with_room(sim) != NULL;
    for (size_t i = 0; fit && i < sizeof plants / sizeof plants[0]; i++) {
        arena_reset(sim->ctx.arena);
        fit = members_of(sim, &plants[i]).count > 0;
    }
    return fit;
}

bool plants_are_found(struct sim *sim)
{
    bool all = true;

    sim->quiet = true;
    judge_world(sim);
    if (sim->findings > 0) {
        printf("the world is not healthy before anything is planted\n");
        return false;
    }
    all &= find_rows(sim);
    all &= find_all_lots(sim);
    all &= find_waiting(sim);
    all &= find_draft(sim);
    all &= find_counts(sim);
    sim->broken = 0;
    judge_world(sim);
    all &= sim->broken == 0; /* it was all taken out again */
    all &= find_books(sim);
    publish_told(sim, 1);
    publish_told(sim, 2);
    all &= is_found(sim, "told-once");
    publish_told(sim, 7);
    all &= is_found(sim, "numbers");
    printf("%s\n", all ? "every planted discrepancy was found" : "NOT every discrepancy was found");
    return all;
}
