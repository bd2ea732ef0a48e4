/* judge_stock.c - nothing is promised twice, and no piece is lost from the books. */
#include "tests/sim/judge.h"

#include "common/text.h"
#include "tests/sim/pieces.h"
#include "tests/sim/shop.h"

#include <string.h>

enum { PART_HELD = 1, PART_WAITING = 2, LEDGER_SHIPPED = 2, STATE_HELD = 1, STATE_COMMITTED = 2 };

/* Columns of the view of stock, in the order that they are asked for. */
enum { ON_HAND = 2, RESERVED, OWED, SAFETY, DAMAGED, QUALITY_CONTROL, INCOMING };

static struct view transfer, purchase, bought, ledger, stock, part, reservation, backorder, spot,
    alert, watch, sheet, counted, detour;

static void open_views(void)
{
    (void)view_once(&ledger, SIM_INVENTORY, "stock_ledger",
                    "sku location kind quantity order_no fulfillment_no counter request_id");
    (void)view_once(&stock, SIM_INVENTORY, "stock",
                    "sku location on_hand reserved owed safety damaged quality_control incoming");
    (void)view_once(&part, SIM_INVENTORY, "reservation_line",
                    "order_no hold_no state quantity sku location fulfillment_no components "
                    "expected_day");
    (void)view_once(&reservation, SIM_INVENTORY, "reservation", "order_no hold_no state");
    (void)view_once(&transfer, SIM_INVENTORY, "transfer_line",
                    "sku source destination held shipped in_transit received damaged lost");
    (void)view_once(&purchase, SIM_INVENTORY, "purchase_order", "purchase_order_id state");
    (void)view_once(
        &bought, SIM_INVENTORY, "purchase_order_line",
        "purchase_order_id sku location quantity outstanding received damaged undelivered over");
    (void)view_once(&backorder, SIM_INVENTORY, "backorder", "sku pieces");
    (void)view_once(&spot, SIM_INVENTORY, "location", "network code active");
    (void)view_once(&alert, SIM_INVENTORY, "stock_alert", "sku location kind state");
    (void)view_once(&sheet, SIM_INVENTORY, "count_sheet", "sheet_id state");
    (void)view_once(&counted, SIM_INVENTORY, "count_line", "sheet_id sku location state booked");
    (void)view_once(&watch, SIM_INVENTORY, "stock_watch", "sku location band");
    (void)view_once(&detour, SIM_ORDER, "detour",
                    "order_no reservation_no waiting_quantity stock_expected_at");
}

/* "A-1 at WH-1" */
static const char *shelf(struct sim *sim, const struct view *view, const void *row, size_t sku,
                         size_t location)
{
    return text_format(sim->ctx.arena, "%s at %s", view_text(view, row, sku),
                       view_text(view, row, location));
}

/* Members of the view of stock that have a ledger, in the order of stock_ledger.counter. */
static const struct {
    const char *name;
    size_t column;
} counters[] = {
    { "on hand", ON_HAND },  { "damaged", DAMAGED },   { "in quality control", QUALITY_CONTROL },
    { "kept back", SAFETY }, { "incoming", INCOMING },
};
enum { COUNTERS = sizeof counters / sizeof counters[0] };

static void judge_counters(struct sim *sim, const struct sums *moved, const void *row)
{
    const char *name = shelf(sim, &stock, row, 0, 1);

    for (size_t i = 0; i < COUNTERS; i++) {
        int64_t pieces = view_int(&stock, row, counters[i].column);
        const char *counter = text_format(sim->ctx.arena, "%zu %s", i + 1, name);

        if (pieces != sums_get(moved, counter) || pieces < 0) {
            judge_find(sim, name, "%lld %s, the ledger says %lld", (long long)pieces,
                       counters[i].name, (long long)sums_get(moved, counter));
        }
    }
}

void judge_ledger(struct sim *sim)
{
    struct sums moved = { 0 };
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_INVENTORY, &ledger, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &moved,
                 text_format(sim->ctx.arena, "%lld %s", (long long)view_int(&ledger, rows[i], 6),
                             shelf(sim, &ledger, rows[i], 0, 1)),
                 view_int(&ledger, rows[i], 3));
    }
    rows = view_rows(sim, SIM_INVENTORY, &stock, &count);
    for (size_t i = 0; i < count; i++) {
        judge_counters(sim, &moved, rows[i]);
    }
}

static int64_t sellable_of(const void *row)
{
    return view_int(&stock, row, ON_HAND) - view_int(&stock, row, DAMAGED) -
           view_int(&stock, row, QUALITY_CONTROL);
}

static void judge_shelf(struct sim *sim, const struct sums *held, const void *row)
{
    const char *name = shelf(sim, &stock, row, 0, 1);
    int64_t sellable = sellable_of(row), reserved = view_int(&stock, row, RESERVED),
            owed = view_int(&stock, row, OWED);

    if (reserved != sums_get(held, name)) {
        judge_find(sim, name, "%lld reserved, open reservations hold %lld", (long long)reserved,
                   (long long)sums_get(held, name));
    }
    if (sellable < 0 || reserved > sellable + owed) {
        judge_find(sim, name, "%lld reserved, %lld sellable, %lld owed", (long long)reserved,
                   (long long)sellable, (long long)owed);
    }
}

/* What transfers hold where they begin. */
static void add_transfers(struct sim *sim, struct sums *held)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &transfer, &count);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, held, shelf(sim, &transfer, rows[i], 0, 1), view_int(&transfer, rows[i], 3));
    }
}

/* What a part holds at its place. */
static void add_held(struct sim *sim, struct sums *held, const void *row)
{
    struct piece pieces[PIECES_MAX];
    size_t count =
        pieces_of(sim->ctx.arena, view_text(&part, row, 4), view_text(&part, row, 7), pieces);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, held,
                 text_format(sim->ctx.arena, "%s at %s", pieces[i].sku, view_text(&part, row, 5)),
                 view_int(&part, row, 3) * pieces[i].quantity);
    }
}

void judge_reserved(struct sim *sim)
{
    struct sums held = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &part, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_int(&part, rows[i], 2) == PART_HELD) {
            add_held(sim, &held, rows[i]);
        }
    }
    add_transfers(sim, &held);
    rows = view_rows(sim, SIM_INVENTORY, &stock, &count);
    for (size_t i = 0; i < count; i++) {
        judge_shelf(sim, &held, rows[i]);
        sums_add(sim, &held, shelf(sim, &stock, rows[i], 0, 1),
                 -view_int(&stock, rows[i], RESERVED));
    }
    for (const struct sum *sum = held.first; sum != NULL; sum = sum->next) {
        if (sum->value != 0) {
            judge_find(sim, sum->name, "%lld are held beside the stock", (long long)sum->value);
        }
    }
}

void judge_owed(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &stock, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_int(&stock, rows[i], OWED) != 0) {
            judge_find(sim, shelf(sim, &stock, rows[i], 0, 1), "%lld owed",
                       (long long)view_int(&stock, rows[i], OWED));
        }
    }
}

static bool is_open(struct sim *sim, const void *row)
{
    struct memory_slice found =
        view_find(sim, SIM_INVENTORY, &reservation, key_number(view_int(&part, row, 0)));

    for (size_t i = 0; i < found.count; i++) {
        int64_t state = view_int(&reservation, found.rows[i], 2);

        if (view_int(&reservation, found.rows[i], 1) == view_int(&part, row, 1)) {
            return state == STATE_HELD || state == STATE_COMMITTED;
        }
    }
    return false;
}

void judge_holders(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &part, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_int(&part, rows[i], 2) <= PART_WAITING && !is_open(sim, rows[i])) {
            judge_find_order(
                sim, view_int(&part, rows[i], 0),
                "reservation %lld is over, and %lld pieces of %s are held or waited for",
                (long long)view_int(&part, rows[i], 1), (long long)view_int(&part, rows[i], 3),
                view_text(&part, rows[i], 4));
        }
    }
}

void judge_backorders(struct sim *sim)
{
    struct sums waiting = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &part, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_int(&part, rows[i], 2) == PART_WAITING) {
            sums_add(sim, &waiting, view_text(&part, rows[i], 4), view_int(&part, rows[i], 3));
        }
    }
    rows = view_rows(sim, SIM_INVENTORY, &backorder, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &waiting, view_text(&backorder, rows[i], 0),
                 -view_int(&backorder, rows[i], 1));
    }
    for (const struct sum *sum = waiting.first; sum != NULL; sum = sum->next) {
        if (sum->value != 0) {
            judge_find(sim, sum->name, "orders wait for %lld more than the books say",
                       (long long)sum->value);
        }
    }
}

/* The last day of what waits in a reservation; 0: of some of it nobody says. */
static int64_t day_told(struct sim *sim, int64_t order_no, int64_t hold_no)
{
    struct memory_slice parts = view_find(sim, SIM_INVENTORY, &part, key_number(order_no));
    int64_t last = 0;

    for (size_t i = 0; i < parts.count; i++) {
        int64_t day = view_int(&part, parts.rows[i], 8);

        if (view_int(&part, parts.rows[i], 2) != PART_WAITING ||
            view_int(&part, parts.rows[i], 1) != hold_no) {
            continue;
        }
        if (day == 0) {
            return 0;
        }
        last = day > last ? day : last;
    }
    return last;
}

void judge_expected(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_ORDER, &detour, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&detour, rows[i], 0);
        int64_t day = day_told(sim, order_no, view_int(&detour, rows[i], 1));

        if (view_int(&detour, rows[i], 2) > 0 &&
            view_int(&detour, rows[i], 3) < day * 24 * HOUR_MS) {
            judge_find_order(sim, order_no,
                             "its stock was said to be there on day %lld, not before",
                             (long long)day);
        }
    }
}

void judge_filled(struct sim *sim)
{
    struct sums free_pieces = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &stock, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t left = sellable_of(rows[i]) - view_int(&stock, rows[i], RESERVED) -
                       view_int(&stock, rows[i], SAFETY);

        sums_add(sim, &free_pieces, view_text(&stock, rows[i], 0), left > 0 ? left : 0);
    }
    rows = view_rows(sim, SIM_INVENTORY, &backorder, &count);
    for (size_t i = 0; i < count; i++) {
        const char *sku = view_text(&backorder, rows[i], 0);

        if (view_int(&backorder, rows[i], 1) > 0 && sums_get(&free_pieces, sku) > 0) {
            judge_find(sim, sku, "%lld are waited for, and %lld are free",
                       (long long)view_int(&backorder, rows[i], 1),
                       (long long)sums_get(&free_pieces, sku));
        }
    }
}

/* Whether a part is of an item, or of bundles with it. */
static bool has_item(struct sim *sim, const void *row, const char *sku)
{
    struct piece pieces[PIECES_MAX];
    size_t count =
        pieces_of(sim->ctx.arena, view_text(&part, row, 4), view_text(&part, row, 7), pieces);
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        found |= text_equal(pieces[i].sku, sku);
    }
    return found;
}

void judge_preorder(struct sim *sim)
{
    const char *sku = shop_item(SIM_PREORDER_ITEM);
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &part, &count);

    for (size_t i = 0; sim->now / DAY_MS < sim->preorder_first && i < count; i++) {
        if (view_int(&part, rows[i], 2) == PART_HELD && has_item(sim, rows[i], sku)) {
            judge_find_order(sim, view_int(&part, rows[i], 0), "has %s before day %lld", sku,
                             (long long)sim->preorder_first);
        }
    }
}

enum { ALERT_OUT = 2, ALERT_CLOSED = 3, BAND_NEW = 1 };

static bool is_active(struct sim *sim, const char *code)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &spot, &count);
    size_t at = 0;

    while (at < count && !text_equal(view_text(&spot, rows[at], 1), code)) {
        at++;
    }
    return at < count && view_int(&spot, rows[at], 2) != 0;
}

/* A value of the row of a place, or `none`. */
static int64_t find_at(struct sim *sim, const struct view *view, const void *shelf_row,
                       size_t column, int64_t none)
{
    struct memory_slice rows =
        view_find(sim, SIM_INVENTORY, view, key_text(view_text(&stock, shelf_row, 0)));

    for (size_t i = 0; i < rows.count; i++) {
        bool fits = text_equal(view_text(view, rows.rows[i], 1), view_text(&stock, shelf_row, 1));

        if (fits && (view != &alert || view_int(&alert, rows.rows[i], 2) == ALERT_OUT)) {
            return view_int(view, rows.rows[i], column);
        }
    }
    return none;
}

void judge_alerts(struct sim *sim)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &stock, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t left = sellable_of(rows[i]) - view_int(&stock, rows[i], RESERVED) -
                       view_int(&stock, rows[i], SAFETY);
        bool told = find_at(sim, &alert, rows[i], 3, ALERT_CLOSED) != ALERT_CLOSED;
        bool out = left <= 0 && find_at(sim, &watch, rows[i], 2, 0) != BAND_NEW;

        if (out != told && is_active(sim, view_text(&stock, rows[i], 1))) {
            judge_find(sim, shelf(sim, &stock, rows[i], 0, 1), "%lld are left, and %s",
                       (long long)left, told ? "it is said to be out" : "nobody says so");
        }
    }
}

enum { SHEET_APPROVED = 3, COUNTER_OF_PIECES = 1 };

/* What is approved is booked, by as much as the sheet says: its lines and those of the ledger under its name are the same. */
void judge_counted(struct sim *sim)
{
    struct sums booked = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &sheet, &count);

    for (size_t i = 0; i < count; i++) {
        const char *id = view_text(&sheet, rows[i], 0);
        struct memory_slice lines = view_find(sim, SIM_INVENTORY, &counted, key_text(id));

        if (view_int(&sheet, rows[i], 1) == SHEET_APPROVED) {
            judge_find(sim, id, "%s", "is approved, and not posted");
        }
        for (size_t j = 0; j < lines.count; j++) {
            sums_add(
                sim, &booked,
                text_format(sim->ctx.arena, "%s %s", id, shelf(sim, &counted, lines.rows[j], 1, 2)),
                view_int(&counted, lines.rows[j], 4));
        }
    }
    rows = view_rows(sim, SIM_INVENTORY, &ledger, &count);
    for (size_t i = 0; i < count; i++) {
        const char *id = view_text(&ledger, rows[i], 7);

        if (id != NULL && view_int(&ledger, rows[i], 6) == COUNTER_OF_PIECES &&
            view_find(sim, SIM_INVENTORY, &sheet, key_text(id)).count > 0) {
            sums_add(sim, &booked,
                     text_format(sim->ctx.arena, "%s %s", id, shelf(sim, &ledger, rows[i], 0, 1)),
                     -view_int(&ledger, rows[i], 3));
        }
    }
    for (const struct sum *sum = booked.first; sum != NULL; sum = sum->next) {
        if (sum->value != 0) {
            judge_find(sim, sum->name, "the sheet says %lld more than the ledger",
                       (long long)sum->value);
        }
    }
}

enum { LEDGER_LOST = 4, LEDGER_SENT = 9, LEDGER_ARRIVED = 10, COUNTER_INCOMING = 5 };

/* What the ledger has of transfers and purchase orders: sent, arrived, lost, and what came damaged. */
static void add_movements(struct sim *sim, struct sums *moved)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &ledger, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t kind = view_int(&ledger, rows[i], 2), counter = view_int(&ledger, rows[i], 6);

        if (kind >= LEDGER_SENT || (kind == LEDGER_LOST && counter == COUNTER_INCOMING)) {
            sums_add(sim, moved,
                     text_format(sim->ctx.arena, "%lld.%lld %s", (long long)kind,
                                 (long long)counter, shelf(sim, &ledger, rows[i], 0, 1)),
                     view_int(&ledger, rows[i], 3));
        }
    }
}

/* Of a line: kind and counter of the ledger, where, and what its sum would be. */
static void take_line(struct sim *sim, struct sums *moved, const void *row)
{
    const char *source = shelf(sim, &transfer, row, 0, 1),
               *destination = shelf(sim, &transfer, row, 0, 2);
    int64_t shipped = view_int(&transfer, row, 4), received = view_int(&transfer, row, 6);

    sums_add(sim, moved, text_format(sim->ctx.arena, "9.1 %s", source), shipped);
    sums_add(sim, moved, text_format(sim->ctx.arena, "9.5 %s", destination), -shipped);
    sums_add(sim, moved, text_format(sim->ctx.arena, "10.1 %s", destination), -received);
    sums_add(sim, moved, text_format(sim->ctx.arena, "10.2 %s", destination),
             -view_int(&transfer, row, 7));
    if (shipped > view_int(&transfer, row, 5) + received + view_int(&transfer, row, 8)) {
        judge_find(sim, source, "%lld were sent, and not all of them are anywhere",
                   (long long)shipped);
    }
}

enum { QUANTITY = 3, OUTSTANDING, GOT, GOT_DAMAGED, UNDELIVERED, OVER, ORDER_DRAFT = 1 };

static bool is_draft(struct sim *sim, const char *id)
{
    struct memory_slice orders = view_find(sim, SIM_INVENTORY, &purchase, key_text(id));

    return orders.count > 0 && view_int(&purchase, orders.rows[0], 1) == ORDER_DRAFT;
}

/* Of a line of a purchase order: the ledger has what arrived, and of all that was ordered it is known what became of it. */
static void take_bought(struct sim *sim, struct sums *moved, const void *row)
{
    const char *place = shelf(sim, &bought, row, 1, 2);
    int64_t known = view_int(&bought, row, OUTSTANDING) + view_int(&bought, row, GOT) +
                    view_int(&bought, row, UNDELIVERED) - view_int(&bought, row, OVER);
    int64_t ordered =
        is_draft(sim, view_text(&bought, row, 0)) ? 0 : view_int(&bought, row, QUANTITY);

    sums_add(sim, moved, text_format(sim->ctx.arena, "12.1 %s", place),
             -view_int(&bought, row, GOT));
    sums_add(sim, moved, text_format(sim->ctx.arena, "12.2 %s", place),
             -view_int(&bought, row, GOT_DAMAGED));
    if (known != ordered) {
        judge_find(sim, place, "%lld were ordered, of %lld it is known what became of them",
                   (long long)ordered, (long long)known);
    }
}

/* What is incoming is what transfers and purchase orders bring. */
static void judge_incoming(struct sim *sim)
{
    struct sums incoming = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &transfer, &count);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &incoming, shelf(sim, &transfer, rows[i], 0, 2),
                 view_int(&transfer, rows[i], 5));
    }
    rows = view_rows(sim, SIM_INVENTORY, &bought, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &incoming, shelf(sim, &bought, rows[i], 1, 2),
                 view_int(&bought, rows[i], OUTSTANDING));
    }
    rows = view_rows(sim, SIM_INVENTORY, &stock, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &incoming, shelf(sim, &stock, rows[i], 0, 1),
                 -view_int(&stock, rows[i], INCOMING));
    }
    for (const struct sum *sum = incoming.first; sum != NULL; sum = sum->next) {
        if (sum->value != 0) {
            judge_find(sim, sum->name,
                       "transfers and purchase orders bring %lld more than is incoming",
                       (long long)sum->value);
        }
    }
}

void judge_transfers(struct sim *sim)
{
    struct sums moved = { 0 };
    size_t count = 0;

    open_views();
    judge_incoming(sim);
    add_movements(sim, &moved);
    void **rows = view_rows(sim, SIM_INVENTORY, &transfer, &count);
    for (size_t i = 0; i < count; i++) {
        take_line(sim, &moved, rows[i]);
    }
    rows = view_rows(sim, SIM_INVENTORY, &bought, &count);
    for (size_t i = 0; i < count; i++) {
        take_bought(sim, &moved, rows[i]);
    }
    for (const struct sum *sum = moved.first; sum != NULL; sum = sum->next) {
        /* What of it was on its way and came or was lost is in the sums of incoming. */
        bool settled = strncmp(sum->name, "9.", 2) == 0 || strncmp(sum->name, "10.1", 4) == 0 ||
                       strncmp(sum->name, "10.2", 4) == 0 || strncmp(sum->name, "12.1", 4) == 0 ||
                       strncmp(sum->name, "12.2", 4) == 0;

        if (settled && sum->value != 0) {
            judge_find(sim, sum->name,
                       "the ledger has %lld pieces beside what transfers and purchase orders say",
                       (long long)sum->value);
        }
    }
}

/* What left with a part is not to be in the ledger beside it. */
static void take_left(struct sim *sim, struct sums *left, const void *row)
{
    struct piece pieces[PIECES_MAX];
    size_t count =
        pieces_of(sim->ctx.arena, view_text(&part, row, 4), view_text(&part, row, 7), pieces);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, left,
                 sums_name(sim, view_int(&part, row, 0), view_int(&part, row, 6), pieces[i].sku),
                 -view_int(&part, row, 3) * pieces[i].quantity);
    }
}

void judge_left(struct sim *sim)
{
    struct sums left = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, &ledger, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_int(&ledger, rows[i], 2) == LEDGER_SHIPPED) {
            sums_add(sim, &left,
                     sums_name(sim, view_int(&ledger, rows[i], 4), view_int(&ledger, rows[i], 5),
                               view_text(&ledger, rows[i], 0)),
                     -view_int(&ledger, rows[i], 3));
        }
    }
    rows = view_rows(sim, SIM_INVENTORY, &part, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&part, rows[i], 6) != 0) {
            take_left(sim, &left, rows[i]);
        }
    }
    for (const struct sum *sum = left.first; sum != NULL; sum = sum->next) {
        if (sum->value != 0) {
            judge_find(sim, sum->name,
                       "the ledger has %lld pieces beside what the reservation says",
                       (long long)sum->value);
        }
    }
}
