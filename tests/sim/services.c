/* services.c - six services in one program, and the log and views that they stand on. */
#include "tests/sim/services.h"

#include "common/arena.h"
#include "common/text.h"
#include "tests/sim/columns.h"
#include "tests/sim/pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left to see of each. */
enum err order_service(struct ctx *ctx, const char *channels, struct service *ret);
extern const struct service inventory_service, payment_service, fulfillment_service,
    shipping_service, notification_service;

static struct service the_order_service;
static const struct service *const services[SIM_SERVICES] = {
    [SIM_ORDER] = &the_order_service,   [SIM_INVENTORY] = &inventory_service,
    [SIM_PAYMENT] = &payment_service,   [SIM_FULFILLMENT] = &fulfillment_service,
    [SIM_SHIPPING] = &shipping_service, [SIM_NOTIFICATION] = &notification_service,
};

static _Noreturn void die(const char *what, const char *detail)
{
    (void)fprintf(stderr, "sim: %s: %s\n", what, detail);
    abort();
}

void services_open(void)
{
    static struct ctx ctx;

    ctx.arena = arena_new(1 << 26);
    if (order_service(&ctx, "web,phone", &the_order_service) != OK) {
        die("order", ctx.detail);
    }
    for (size_t i = 0; i < SIM_SERVICES; i++) {
        if (services[i]->start != NULL && services[i]->start(&ctx) != OK) {
            die(services[i]->name, ctx.detail);
        }
    }
}

const struct service *service_of(enum service_index service)
{
    return services[service];
}

const struct table *service_table(enum service_index service, const char *name)
{
    for (const struct table *const *table = services[service]->tables; *table != NULL; table++) {
        if (text_equal((*table)->name, name)) {
            return *table;
        }
    }
    die("no such table", name);
}

const struct outside_access *service_access(enum service_index service)
{
    static const struct outside_access tried_for_ever[SIM_TARGETS_MAX];
    static const struct outside_access carrier[SIM_TARGETS_MAX] = { { .patience_ms = HOUR_MS } };
    static const struct outside_access mail[SIM_TARGETS_MAX] = { { .patience_ms = 4 * DAY_MS } };

    return service == SIM_SHIPPING ? carrier : service == SIM_NOTIFICATION ? mail : tried_for_ever;
}

/* --- Topics ---------------------------------------------------------------------------------------- */

static void create(struct memory_log *log, struct names *made, struct arena *arena,
                   const struct broker_topic *topic)
{
    static int mark;

    if (names_find(made, topic->name) == NULL) {
        names_put(arena, made, topic->name, &mark);
        memory_log_create_topic(log, topic->name,
                                topic->partitions == PARTITIONS_ANY ? 1 : SIM_LANES);
    }
}

void services_topics(struct memory_log *log)
{
    struct arena *arena = arena_new(1 << 20);
    struct names made = { 0 };

    for (size_t i = 0; i < SIM_SERVICES; i++) {
        for (size_t topic = 0; topic < services[i]->consumed_count; topic++) {
            create(log, &made, arena, &services[i]->consumed[topic]);
        }
        for (size_t topic = 0; topic < services[i]->published_count; topic++) {
            create(log, &made, arena, &services[i]->published[topic]);
        }
    }
    arena_free(arena);
}

/* --- Views ----------------------------------------------------------------------------------------- */

enum { PART_HELD = 1, PART_WAITING = 2 };

/* Inventory's claimants: who holds or waits for an item, by reservation and place. */
struct claimants {
    struct view part, reservation, stock, claimant;
    struct memory_database *database;
    struct arena *arena;
    struct rows *rows;
};

static struct claimants claimants_of(struct memory_database *database, struct arena *arena,
                                     struct rows *rows)
{
    static struct claimants found;

    if (found.part.table == NULL) {
        found.part =
            view_of(SIM_INVENTORY, "reservation_line",
                    "order_no hold_no state quantity sku location components expected_day");
        found.reservation =
            view_of(SIM_INVENTORY, "reservation", "order_no hold_no reserved_at order_id");
        found.stock = view_of(SIM_INVENTORY, "stock", "sku location owed");
        found.claimant = view_of(SIM_INVENTORY, "claimant",
                                 "sku location order_no hold_no quantity reserved_at order_id "
                                 "expected_day");
    }
    found.database = database;
    found.arena = arena;
    found.rows = rows;
    return found;
}

static bool is_owed(const struct claimants *of, const char *sku, const char *location)
{
    const struct memory_slice stocks =
        memory_database_find(of->database, of->stock.table, key_text(sku));

    for (size_t i = 0; i < stocks.count; i++) {
        if (text_equal(view_text(&of->stock, stocks.rows[i], 1), location)) {
            return view_int(&of->stock, stocks.rows[i], 2) > 0;
        }
    }
    return false;
}

static void set_int(const struct view *view, void *row, size_t column, int64_t value)
{
    *(int64_t *)(void *)((char *)row + view->offsets[column]) = value;
}

static void set_bytes(const struct view *view, void *row, size_t column, const void *value,
                      size_t length)
{
    memcpy((char *)row + view->offsets[column], value, length);
}

static const void *reservation_of(const struct claimants *of, const void *part)
{
    const struct memory_slice found = memory_database_find(
        of->database, of->reservation.table, key_number(view_int(&of->part, part, 0)));

    for (size_t i = 0; i < found.count; i++) {
        if (view_int(&of->reservation, found.rows[i], 1) == view_int(&of->part, part, 1)) {
            return found.rows[i];
        }
    }
    die("a part without its reservation", view_text(&of->part, part, 4));
}

/* A claimant row of an item for one part. */
static void *fresh_claimant(const struct claimants *of, const void *part, const char *sku)
{
    const void *reservation = reservation_of(of, part);
    void *row = arena_alloc(of->arena, of->claimant.table->row_bytes);
    struct bytes order_id = view_bytes(&of->reservation, reservation, 3);
    const char *location = view_text(&of->part, part, 5);

    location = arena_copy_text(of->arena, location, strlen(location));
    order_id.bytes = arena_copy(of->arena, order_id.bytes, order_id.length);
    set_bytes(&of->claimant, row, 0, &sku, sizeof sku);
    set_bytes(&of->claimant, row, 1, &location, sizeof location);
    set_int(&of->claimant, row, 2, view_int(&of->part, part, 0));
    set_int(&of->claimant, row, 3, view_int(&of->part, part, 1));
    set_int(&of->claimant, row, 5, view_int(&of->reservation, reservation, 2));
    set_bytes(&of->claimant, row, 6, &order_id, sizeof order_id);
    return row;
}

static void add_claim(const struct claimants *of, const void *part, const struct piece *piece)
{
    void *fresh = fresh_claimant(of, part, piece->sku), *row = NULL;

    for (void **at = rows_list(of->rows, of->claimant.table, key_text(piece->sku));
         *at != NULL && row == NULL; at++) {
        row = table_same_identity(of->claimant.table, *at, fresh) ? *at : NULL;
    }
    row = row != NULL ? row : rows_put_stored(of->rows, of->claimant.table, fresh);
    set_int(&of->claimant, row, 4,
            view_int(&of->claimant, row, 4) + view_int(&of->part, part, 3) * piece->quantity);
    if (view_int(&of->part, part, 2) == PART_WAITING) {
        set_int(&of->claimant, row, 7, view_int(&of->part, part, 7));
    }
}

/* The claim of a part on an item, also as a component of its bundles. */
static void add_claim_on(const struct claimants *of, const void *part, struct key sku)
{
    int64_t state = view_int(&of->part, part, 2);
    struct piece pieces[PIECES_MAX];
    size_t count = state > PART_WAITING
                       ? 0
                       : pieces_of(of->arena,
                                   arena_copy_text(of->arena, view_text(&of->part, part, 4),
                                                   strlen(view_text(&of->part, part, 4))),
                                   view_text(&of->part, part, 6), pieces);

    for (size_t i = 0; i < count; i++) {
        if (key_equal(key_text(pieces[i].sku), sku) &&
            (state == PART_WAITING || is_owed(of, pieces[i].sku, view_text(&of->part, part, 5)))) {
            add_claim(of, part, &pieces[i]);
        }
    }
}

/* What the statement claimant_load answers; memory needs no limit. */
static void derive_claimants(struct memory_database *database, struct key load_key,
                             struct arena *arena, struct rows *rows)
{
    const struct claimants of = claimants_of(database, arena, rows);
    size_t count = 0;
    void **parts = memory_database_rows(database, of.part.table, &count);

    for (size_t i = 0; i < count; i++) {
        add_claim_on(&of, parts[i], load_key);
    }
}

static void add_transfer_claim(const struct claimants *of, const struct view *line,
                               const void *found)
{
    static struct view claim;

    (void)view_once(&claim, SIM_INVENTORY, "transfer_claim", "sku location transfer_id quantity");
    void *row = arena_alloc(of->arena, claim.table->row_bytes);
    for (size_t column = 0; column < 3; column++) {
        const char *text = view_text(line, found, column);

        text = arena_copy_text(of->arena, text, strlen(text));
        set_bytes(&claim, row, column, &text, sizeof text);
    }
    set_int(&claim, row, 3, view_int(line, found, 3));
    rows_put_stored(of->rows, claim.table, row);
}

/* What the statement transfer_claim_load answers. */
static void derive_transfer_claims(struct memory_database *database, struct key load_key,
                                   struct arena *arena, struct rows *rows)
{
    static struct view line;
    const struct claimants of = claimants_of(database, arena, rows);
    size_t count = 0;

    (void)view_once(&line, SIM_INVENTORY, "transfer_line", "sku source transfer_id held");
    void **lines = memory_database_rows(database, line.table, &count);
    for (size_t i = 0; i < count; i++) {
        const char *sku = view_text(&line, lines[i], 0);

        if (view_int(&line, lines[i], 3) > 0 && key_equal(key_text(sku), load_key) &&
            is_owed(&of, sku, view_text(&line, lines[i], 1))) {
            add_transfer_claim(&of, &line, lines[i]);
        }
    }
}

static bool is_of_order(const struct claimants *of, const void *part, const char *order_id)
{
    const struct bytes id = view_bytes(&of->reservation, reservation_of(of, part), 3);

    return text_equal(order_id_format(id.bytes).text, order_id);
}

/* Of an item, also as a component of its bundles. */
static int64_t pieces_in(const struct claimants *of, const void *part, const char *sku)
{
    struct piece pieces[PIECES_MAX];
    size_t count =
        pieces_of(of->arena, view_text(&of->part, part, 4), view_text(&of->part, part, 6), pieces);
    int64_t found = 0;

    for (size_t i = 0; i < count; i++) {
        found += text_equal(pieces[i].sku, sku) ? pieces[i].quantity : 0;
    }
    return found * view_int(&of->part, part, 3);
}

struct incoming {
    int64_t day, pieces;
    const char *purchase_order_id;
};

static int earlier_day(const void *left, const void *right)
{
    const struct incoming *a = left, *b = right;

    return a->day != b->day ? (a->day < b->day ? -1 : 1)
                            : strcmp(a->purchase_order_id, b->purchase_order_id);
}

/* What the supplier says of a line, or of its order. */
static int64_t day_of_line(struct memory_database *database, const struct view *line,
                           const void *row)
{
    static struct view order;

    (void)view_once(&order, SIM_INVENTORY, "purchase_order", "purchase_order_id expected_day");
    const struct memory_slice found =
        memory_database_find(database, order.table, key_text(view_text(line, row, 1)));
    int64_t own = view_int(line, row, 3);

    return own >= 0 ? own : view_int(&order, found.rows[0], 1);
}

/* What the statement channel_rule_load answers: every shop of the simulation limits a channel. */
static void derive_channel_rules(struct memory_database *database, struct key load_key,
                                 struct arena *arena, struct rows *rows)
{
    static struct view rule, any;
    enum { TEXTS = 4, COLUMNS = 10 };
    size_t count = 0;

    (void)load_key;
    (void)view_once(&rule, SIM_INVENTORY, "sourcing_rule",
                    "scope locations countries skus rule_no kind band_km kinds pieces percent");
    (void)view_once(&any, SIM_INVENTORY, "channel_rule",
                    "rule.scope rule.locations rule.countries rule.skus rule.rule_no rule.kind "
                    "rule.band_km rule.kinds rule.pieces rule.percent network");
    void **rules = memory_database_rows(database, rule.table, &count);
    for (size_t i = 0; i < count; i++) {
        void *row = arena_alloc(arena, any.table->row_bytes);
        size_t column = 0;

        for (; column < TEXTS; column++) {
            const char *text = view_text(&rule, rules[i], column);

            text = text == NULL ? NULL : arena_copy_text(arena, text, strlen(text));
            set_bytes(&any, row, column, &text, sizeof text);
        }
        for (; column < COLUMNS; column++) {
            set_int(&any, row, column, view_int(&rule, rules[i], column));
        }
        set_int(&any, row, column, 1);
        rows_put_stored(rows, any.table, row);
    }
}

/* What the statement incoming_day_load answers. */
static void derive_incoming(struct memory_database *database, struct key load_key,
                            struct arena *arena, struct rows *rows)
{
    static struct view line, coming;
    const char *sku = arena_copy_text(arena, load_key.text, load_key.length);
    size_t count = 0, found = 0;

    (void)view_once(&line, SIM_INVENTORY, "purchase_order_line",
                    "sku purchase_order_id outstanding expected_day");
    (void)view_once(&coming, SIM_INVENTORY, "incoming_day", "sku day purchase_order_id pieces");
    void **lines = memory_database_rows(database, line.table, &count);
    struct incoming *days = arena_alloc(arena, (count + 1) * sizeof *days);
    for (size_t i = 0; i < count; i++) {
        int64_t pieces = view_int(&line, lines[i], 2);

        if (pieces > 0 && text_equal(view_text(&line, lines[i], 0), sku)) {
            const char *id = view_text(&line, lines[i], 1);

            days[found++] = (struct incoming){ day_of_line(database, &line, lines[i]), pieces,
                                               arena_copy_text(arena, id, strlen(id)) };
        }
    }
    qsort(days, found, sizeof *days, earlier_day);
    for (size_t i = 0; i < found; i++) {
        void *row = arena_alloc(arena, coming.table->row_bytes);

        set_bytes(&coming, row, 0, &sku, sizeof sku);
        set_int(&coming, row, 1, days[i].day);
        set_bytes(&coming, row, 2, &days[i].purchase_order_id, sizeof(char *));
        set_int(&coming, row, 3, days[i].pieces);
        if (days[i].day >= 0) {
            rows_put_stored(rows, coming.table, row);
        }
    }
}

enum {
    COUNTER_ON_HAND = 1,
    LEDGER_ADJUSTED = 1,
    LEDGER_FOUND = 3,
    LEDGER_AUDITED = 5,
    REASON_COUNT = 1
};

/* What the statement stock_moved_load answers; memory needs no limit. */
static void derive_moved(struct memory_database *database, struct key load_key, struct arena *arena,
                         struct rows *rows)
{
    static struct view line, moved;
    const char *key = arena_copy_text(arena, load_key.text, load_key.length);
    char *rest = NULL, *words = arena_copy_text(arena, load_key.text, load_key.length);
    const char *sku = strtok_r(words, " ", &rest), *place = strtok_r(NULL, " ", &rest);
    int64_t since = 0;
    int64_t sum = 0;

    (void)view_once(&line, SIM_INVENTORY, "stock_ledger",
                    "sku location counter kind reason quantity at");
    (void)view_once(&moved, SIM_INVENTORY, "stock_moved", "key moved complete");
    if (!text_to_int(rest, &since)) {
        die("not the key of what moved", key);
    }
    const struct memory_slice lines = memory_database_find(database, line.table, key_text(sku));
    for (size_t i = 0; i < lines.count; i++) {
        int64_t kind = view_int(&line, lines.rows[i], 3);
        bool corrects =
            kind == LEDGER_FOUND || kind == LEDGER_AUDITED ||
            (kind == LEDGER_ADJUSTED && view_int(&line, lines.rows[i], 4) == REASON_COUNT);

        if (!corrects && view_int(&line, lines.rows[i], 2) == COUNTER_ON_HAND &&
            view_int(&line, lines.rows[i], 6) > since &&
            text_equal(view_text(&line, lines.rows[i], 1), place)) {
            sum += view_int(&line, lines.rows[i], 5);
        }
    }
    void *row = arena_alloc(arena, moved.table->row_bytes);
    bool complete = true;
    set_bytes(&moved, row, 0, &key, sizeof key);
    set_int(&moved, row, 1, sum);
    set_bytes(&moved, row, 2, &complete, sizeof complete);
    rows_put_stored(rows, moved.table, row);
}

static void *find_demand(struct rows *rows, const struct view *demand, const void *row)
{
    void **at = rows_list(rows, demand->table, key_text(view_text(demand, row, 0)));

    while (*at != NULL && !table_same_identity(demand->table, *at, row)) {
        at++;
    }
    return *at;
}

enum { LEDGER_SHIPPED = 2 };

static void add_moved(const struct view *demand, void *row, int64_t kind, int64_t quantity)
{
    if (kind == LEDGER_SHIPPED) {
        set_int(demand, row, 3, view_int(demand, row, 3) - quantity);
    } else if (quantity > 0 && kind != LEDGER_FOUND && kind != LEDGER_AUDITED) {
        set_int(demand, row, 4, view_int(demand, row, 4) + quantity);
    }
}

/* What the statement demand_day_load answers; memory needs no limit. */
static void derive_demand(struct memory_database *database, struct key load_key,
                          struct arena *arena, struct rows *rows)
{
    static struct view line, demand;

    (void)view_once(&line, SIM_INVENTORY, "stock_ledger", "sku location kind quantity at counter");
    (void)view_once(&demand, SIM_INVENTORY, "demand_day", "sku location day pieces came");
    const struct memory_slice lines = memory_database_find(database, line.table, load_key);
    for (size_t i = 0; i < lines.count; i++) {
        void *row = arena_alloc(arena, demand.table->row_bytes);

        for (size_t column = 0; column < 2; column++) {
            const char *text = view_text(&line, lines.rows[i], column);

            text = arena_copy_text(arena, text, strlen(text));
            set_bytes(&demand, row, column, &text, sizeof text);
        }
        set_int(&demand, row, 2, view_int(&line, lines.rows[i], 4) / DAY_MS);
        if (view_int(&line, lines.rows[i], 5) == COUNTER_ON_HAND) {
            void *known = find_demand(rows, &demand, row);

            known = known != NULL ? known : rows_put_stored(rows, demand.table, row);
            add_moved(&demand, known, view_int(&line, lines.rows[i], 2),
                      view_int(&line, lines.rows[i], 3));
        }
    }
}

/* What the statement pick_holder_load answers. */
static void derive_pick_holders(struct memory_database *database, struct key load_key,
                                struct arena *arena, struct rows *rows)
{
    static struct view holder;
    const struct claimants of = claimants_of(database, arena, rows);
    const char *key = arena_copy_text(arena, load_key.text, load_key.length);
    char *rest = NULL, *words = arena_copy_text(arena, load_key.text, load_key.length);
    const char *sku = strtok_r(words, " ", &rest), *place = strtok_r(NULL, " ", &rest);
    int64_t held = 0, order_no = 0;
    size_t count = 0;

    (void)view_once(&holder, SIM_INVENTORY, "pick_holder", "key order_no pieces");
    void **parts = memory_database_rows(database, of.part.table, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&of.part, parts[i], 2) == PART_HELD &&
            text_equal(view_text(&of.part, parts[i], 5), place) &&
            is_of_order(&of, parts[i], rest)) {
            held += pieces_in(&of, parts[i], sku);
            order_no = view_int(&of.part, parts[i], 0);
        }
    }
    if (held > 0) {
        void *row = arena_alloc(arena, holder.table->row_bytes);

        set_bytes(&holder, row, 0, &key, sizeof key);
        set_int(&holder, row, 1, order_no);
        set_int(&holder, row, 2, held);
        rows_put_stored(rows, holder.table, row);
    }
}

enum { STEP_ENDED = 10, STEP_COMPLETED = 11, CUSTOMERS = 64 };

static void add_customer_order(const char *customer_id, const struct view *order, const void *found,
                               struct arena *arena, struct rows *rows)
{
    static struct view customer;

    (void)view_once(&customer, SIM_ORDER, "customer_order", "customer_id order_no order_id over");
    void *row = arena_alloc(arena, customer.table->row_bytes);
    int64_t step = view_int(order, found, 2);
    bool over = (step == STEP_ENDED || step == STEP_COMPLETED) && view_int(order, found, 3) == 0;
    struct bytes id = view_bytes(order, found, 1);

    id.bytes = arena_copy(arena, id.bytes, id.length);
    set_bytes(&customer, row, 0, &customer_id, sizeof customer_id);
    set_int(&customer, row, 1, view_int(order, found, 0));
    set_bytes(&customer, row, 2, &id, sizeof id);
    set_bytes(&customer, row, 3, &over, sizeof over);
    rows_put_stored(rows, customer.table, row);
}

/* What the statement customer_order_load answers; here the orders whose ids end alike are one customer's. */
static void derive_customer_orders(struct memory_database *database, struct key load_key,
                                   struct arena *arena, struct rows *rows)
{
    static struct view order;
    const char *customer_id = arena_copy_text(arena, load_key.text, load_key.length);
    unsigned char bytes[ORDER_ID_BYTES];
    size_t count = 0;

    (void)view_once(&order, SIM_ORDER, "orders", "order_no order_id step open_tasks");
    void **orders = memory_database_rows(database, order.table, &count);
    if (!order_id_parse(text_format(arena, "ord_%s", customer_id + strlen("cus_")), bytes)) {
        die("not the id of a customer", customer_id);
    }
    for (size_t i = 0; i < count; i++) {
        const unsigned char *id = view_bytes(&order, orders[i], 1).bytes;

        if (id[ORDER_ID_BYTES - 1] % CUSTOMERS == bytes[ORDER_ID_BYTES - 1] % CUSTOMERS) {
            add_customer_order(customer_id, &order, orders[i], arena, rows);
        }
    }
}

/* What the statement countable_load answers, less the order and the days. */
static void derive_countable(struct memory_database *database, struct key load_key,
                             struct arena *arena, struct rows *rows)
{
    static struct view stock, countable;
    const char *key = arena_copy_text(arena, load_key.text, load_key.length);
    char *rest = NULL, *words = arena_copy_text(arena, load_key.text, load_key.length);
    const char *place = strtok_r(words, " ", &rest);
    (void)strtok_r(NULL, " ", &rest);
    long left = strtol(strtok_r(NULL, " ", &rest), NULL, 10);
    const char *after = strtok_r(NULL, " ", &rest);
    size_t count = 0;

    (void)view_once(&stock, SIM_INVENTORY, "stock", "sku location on_hand");
    (void)view_once(&countable, SIM_INVENTORY, "countable", "key sku");
    void **list = memory_database_rows(database, stock.table, &count);
    for (size_t i = 0; i < count; i++) {
        const char *sku = view_text(&stock, list[i], 0);
        void *row = arena_alloc(arena, countable.table->row_bytes);

        sku = arena_copy_text(arena, sku, strlen(sku));
        set_bytes(&countable, row, 0, &key, sizeof key);
        set_bytes(&countable, row, 1, &sku, sizeof sku);
        if (left > 0 && view_int(&stock, list[i], 2) > 0 && strcmp(sku, after) > 0 &&
            text_equal(view_text(&stock, list[i], 1), place)) {
            rows_put_stored(rows, countable.table, row);
            left--;
        }
    }
}

void services_views(struct memory_database *database, enum service_index service)
{
    if (service == SIM_ORDER) {
        memory_database_derive(database, service_table(SIM_ORDER, "customer_order"),
                               derive_customer_orders);
    }
    if (service == SIM_INVENTORY) {
        memory_database_derive(database, service_table(SIM_INVENTORY, "stock_moved"), derive_moved);
        memory_database_derive(database, service_table(SIM_INVENTORY, "demand_day"), derive_demand);
        memory_database_derive(database, service_table(SIM_INVENTORY, "countable"),
                               derive_countable);
        memory_database_derive(database, service_table(SIM_INVENTORY, "transfer_claim"),
                               derive_transfer_claims);
        memory_database_derive(database, service_table(SIM_INVENTORY, "pick_holder"),
                               derive_pick_holders);
        memory_database_derive(database, service_table(SIM_INVENTORY, "claimant"),
                               derive_claimants);
        memory_database_derive(database, service_table(SIM_INVENTORY, "incoming_day"),
                               derive_incoming);
        memory_database_derive(database, service_table(SIM_INVENTORY, "channel_rule"),
                               derive_channel_rules);
    }
}
