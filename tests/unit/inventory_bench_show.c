/* inventory_bench_show.c - facts and stock as short texts that tests compare. */
#include "tests/unit/inventory_bench.h"

#include "common/calendar.h"
#include "common/store.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *add_allocations(struct bench *bench, const char *text,
                                   const struct allocation *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text = text_format(bench->kept, "%s %d%s:%d@%s", text, (int)list[i].line_no, list[i].sku,
                           (int)list[i].quantity, list[i].location);
    }
    return text;
}

static const char *add_short_lines(struct bench *bench, const struct inventory_short *fact)
{
    const char *text = "short";

    for (size_t i = 0; i < fact->lines_count; i++) {
        text = text_format(bench->kept, "%s %d%s:%d<%d", text, (int)fact->lines[i].line_no,
                           fact->lines[i].sku, (int)fact->lines[i].available,
                           (int)fact->lines[i].quantity);
    }
    return text;
}

static const char *add_waiting(struct bench *bench, const struct inventory_backordered *fact)
{
    const char *text =
        add_allocations(bench, "backordered", fact->allocations, fact->allocations_count);

    for (size_t i = 0; i < fact->backorders_count; i++) {
        text = text_format(bench->kept, "%s %d%s:%d...", text, (int)fact->backorders[i].line_no,
                           fact->backorders[i].sku, (int)fact->backorders[i].quantity);
    }
    return text;
}

/* What there would be is what the lines say. */
static void check_available(const struct inventory_short *fact)
{
    int64_t said = 0, listed = 0;

    for (size_t i = 0; i < fact->lines_count; i++) {
        said += fact->lines[i].available;
    }
    for (size_t i = 0; i < fact->available_count; i++) {
        listed += fact->available[i].quantity;
    }
    assert_int_equal(said, listed);
}

static const char *show_reserved(struct bench *bench, const struct inventory_reserved *fact)
{
    const char *text =
        add_allocations(bench, "reserved", fact->allocations, fact->allocations_count);

    for (size_t i = 0; i < fact->missing_count; i++) {
        text = text_format(bench->kept, "%s -%d%s:%d", text, (int)fact->missing[i].line_no,
                           fact->missing[i].sku, (int)fact->missing[i].quantity);
    }
    return text;
}

static const char *show_released(struct bench *bench, const struct inventory_released *fact)
{
    const char *text = text_format(bench->kept, "released(%d)", (int)fact->reason);

    assert_int_equal(fact->lines_count, fact->has_release_no ? fact->allocations_count : 0);
    if (fact->has_release_no) {
        text = text_format(bench->kept, "%s #%d", text, (int)fact->release_no);
    }
    return add_allocations(bench, text, fact->allocations, fact->allocations_count);
}

static const char *show_taken_back(struct bench *bench, const struct inventory_taken_back *fact)
{
    const char *text =
        add_allocations(bench, "taken_back", fact->allocations, fact->allocations_count);

    return fact->moved_count == 0 ? text
                                  : add_allocations(bench, text_format(bench->kept, "%s >", text),
                                                    fact->moved, fact->moved_count);
}

static const char *show_allocated(struct bench *bench, const struct inventory_allocated *fact)
{
    const char *text =
        add_allocations(bench, "allocated", fact->allocations, fact->allocations_count);

    for (size_t i = 0; i < fact->backorders_count; i++) {
        text = text_format(bench->kept, "%s %d%s:%d...", text, (int)fact->backorders[i].line_no,
                           fact->backorders[i].sku, (int)fact->backorders[i].quantity);
    }
    return text;
}

static const char *show_expected(struct bench *bench, const struct inventory_expected *fact)
{
    const char *text = text_format(
        bench->kept, "expected %s",
        fact->has_expected_at ? calendar_date(bench->kept, fact->expected_at / INT64_C(86400000))
                              : "never");

    for (size_t i = 0; i < fact->backorders_count; i++) {
        text = text_format(bench->kept, "%s %d%s:%d...", text, (int)fact->backorders[i].line_no,
                           fact->backorders[i].sku, (int)fact->backorders[i].quantity);
    }
    return text;
}

static const char *show_adjusted(struct bench *bench, const struct inventory_adjusted *fact)
{
    return text_format(bench->kept, "adjusted %s@%s %+d=%d owed %d", fact->sku, fact->location,
                       (int)fact->quantity_change, (int)fact->on_hand, (int)fact->owed);
}

/* "transfer in_transit A 5:0>5-1-1-0": asked for, held, shipped, in transit, received, damaged, lost. */
static const char *show_transfer(struct bench *bench, const struct inventory_transfer_changed *fact)
{
    static const char *const states[] = { "",         "requested", "in_transit", "partly",
                                          "received", "closed",    "canceled" };
    const char *text = text_format(bench->kept, "transfer %s", states[fact->state]);

    for (size_t i = 0; i < fact->lines_count; i++) {
        const struct stock_transfer_line *line = &fact->lines[i];

        text = text_format(bench->kept, "%s %s %d:%d>%d~%d>%d!%d-%d", text, line->sku,
                           (int)line->quantity, (int)line->held, (int)line->shipped,
                           (int)line->in_transit, (int)line->received, (int)line->damaged,
                           (int)line->lost);
    }
    return text;
}

/* "purchase sent A 24~24>0!0-0+0": ordered, outstanding, received, damaged, undelivered, over. */
static const char *show_purchase(struct bench *bench,
                                 const struct inventory_purchase_order_changed *fact)
{
    static const char *const states[] = { "",       "draft",    "sent",   "confirmed",
                                          "partly", "received", "closed", "canceled" };
    const char *text = text_format(bench->kept, "purchase %s%s%s", states[fact->state],
                                   fact->expected_on == NULL ? "" : " ",
                                   fact->expected_on == NULL ? "" : fact->expected_on);

    for (size_t i = 0; i < fact->lines_count; i++) {
        const struct purchase_line *line = &fact->lines[i];

        text = text_format(bench->kept, "%s %s %d~%d>%d!%d-%d+%d", text, line->sku,
                           (int)line->quantity, (int)line->outstanding, (int)line->received,
                           (int)line->damaged, (int)line->undelivered, (int)line->over);
        text = line->expected_on == NULL
                   ? text
                   : text_format(bench->kept, "%s %s", text, line->expected_on);
    }
    return text;
}

/* "imported A WH-1 +5=5 WH-2 +1=1 owed 0" */
static const char *show_imported(struct bench *bench, const struct inventory_imported *fact)
{
    const char *text = text_format(bench->kept, "imported %s", fact->sku);
    int owed = 0;

    for (size_t i = 0; i < fact->changes_count; i++) {
        const struct stock_change *change = &fact->changes[i];

        text = text_format(bench->kept, "%s %s %+d=%d", text, change->location,
                           (int)change->quantity_change, (int)change->on_hand);
        owed += (int)change->owed;
    }
    return text_format(bench->kept, "%s owed %d", text, owed);
}

static const char *show_moved(struct bench *bench, const struct inventory_moved *fact)
{
    static const char *const names[] = { "", "sellable", "damaged", "control", "off" };

    return text_format(bench->kept, "moved %s@%s %d %s>%s on hand %d owed %d", fact->sku,
                       fact->location, (int)fact->quantity, names[fact->from], names[fact->to],
                       (int)fact->on_hand, (int)fact->owed);
}

/* "lots A@WH-1 L1+5 -2": what nobody named has no number. */
static const char *show_lots(struct bench *bench, const struct inventory_lots_moved *fact)
{
    const char *text = text_format(bench->kept, "lots %s@%s", fact->sku, fact->location);

    for (size_t i = 0; i < fact->lots_count; i++) {
        const struct lot_change *lot = &fact->lots[i];

        text = text_format(bench->kept, "%s %s%+d", text, lot->lot, (int)lot->on_hand);
        text = lot->damaged == 0
                   ? text
                   : text_format(bench->kept, "%s damaged %+d", text, (int)lot->damaged);
        text = lot->quality_control == 0
                   ? text
                   : text_format(bench->kept, "%s control %+d", text, (int)lot->quality_control);
    }
    return text;
}

static const char *show_level(struct bench *bench, const struct stock_level *fact)
{
    return text_format(bench->kept, "level %s %d-%d+%d free %d", fact->sku, (int)fact->on_hand,
                       (int)fact->reserved, (int)fact->owed, (int)fact->available);
}

static const char *show_refused(const struct inventory_refused *fact)
{
    static const char *const reasons[] = { "", "expired", "undone", "not_found", "rule" };

    return reasons[fact->reason];
}

/* "bins A@WH-1 moved A-1 -2=3 B-1 +2=2 left 4": what lies in none is left. */
static const char *show_bins(struct bench *bench, const struct inventory_bins_changed *fact)
{
    static const char *const names[] = { "", "adjusted", "put", "moved", "picked", "sent", "gone" };
    const char *text =
        text_format(bench->kept, "bins %s@%s %s", fact->sku, fact->location, names[fact->kind]);

    for (size_t i = 0; i < fact->changes_count; i++) {
        const struct bin_pieces_changed *change = &fact->changes[i];

        text = text_format(bench->kept, "%s %s %+d=%d", text, change->bin,
                           (int)change->quantity_change, (int)change->quantity);
    }
    return text_format(bench->kept, "%s left %d", text, (int)fact->unbinned);
}

static const char *show_bin(struct bench *bench, const struct bin_changed *fact)
{
    return text_format(bench->kept, "bin %s %s %d order %d%s", fact->code, fact->bin,
                       (int)fact->clock, (int)fact->body.pick_order,
                       fact->body.active ? "" : " closed");
}

static const char *show(struct bench *bench, const struct emission *emission)
{
    const void *fact = emission->message;

    switch (emission->message_type) {
    case MESSAGE_INVENTORY_RESERVED:
        return show_reserved(bench, fact);
    case MESSAGE_INVENTORY_CONSUMED: {
        const struct inventory_consumed *consumed = fact;
        return add_allocations(bench, "consumed", consumed->allocations,
                               consumed->allocations_count);
    }
    case MESSAGE_INVENTORY_BACKORDERED:
        return add_waiting(bench, fact);
    case MESSAGE_INVENTORY_SHORT:
        check_available(fact);
        return add_short_lines(bench, fact);
    case MESSAGE_INVENTORY_RELEASED:
        return show_released(bench, fact);
    case MESSAGE_INVENTORY_TAKEN_BACK:
        return show_taken_back(bench, fact);
    case MESSAGE_INVENTORY_EXPECTED:
        return show_expected(bench, fact);
    case MESSAGE_INVENTORY_ALLOCATED:
        return show_allocated(bench, fact);
    case MESSAGE_INVENTORY_REFUSED:
        return text_format(bench->kept, "refused %s", show_refused(fact));
    case MESSAGE_INVENTORY_ADJUSTED:
        return show_adjusted(bench, fact);
    case MESSAGE_INVENTORY_TRANSFER_CHANGED:
        return show_transfer(bench, fact);
    case MESSAGE_INVENTORY_PURCHASE_ORDER_CHANGED:
        return show_purchase(bench, fact);
    case MESSAGE_INVENTORY_MOVED:
        return show_moved(bench, fact);
    case MESSAGE_INVENTORY_LOTS_MOVED:
        return show_lots(bench, fact);
    case MESSAGE_INVENTORY_BINS_CHANGED:
        return show_bins(bench, fact);
    case MESSAGE_BIN_CHANGED:
        return show_bin(bench, fact);
    case MESSAGE_INVENTORY_IMPORTED:
        return show_imported(bench, fact);
    case MESSAGE_STOCK_LEVEL:
        return show_level(bench, fact);
    case MESSAGE_ITEM_STATE:
        return text_format(bench->kept, "item %d", (int)((const struct item_state *)fact)->version);
    case MESSAGE_LOCATION_CHANGED:
        return text_format(bench->kept, "location %d",
                           (int)((const struct location_changed *)fact)->clock);
    default:
        return "?";
    }
}

const char *bench_facts(struct bench *bench, const struct decision *decision)
{
    const char *text = decision->err ? "impossible" : "";

    for (const struct emission *at = decision->emissions; at != NULL; at = at->next) {
        if (at->message_type != MESSAGE_INVENTORY_ALERT_CHANGED) { /* inventory_alert_test.c */
            text = text_format(bench->kept, "%s%s%s", text, text[0] == '\0' ? "" : "; ",
                               show(bench, at));
        }
    }
    return text;
}

static const char *show_counter(struct bench *bench, const char *text, const char *name,
                                int64_t pieces)
{
    return pieces == 0 ? text : text_format(bench->kept, "%s %s %d", text, name, (int)pieces);
}

const char *bench_stock(struct bench *bench, const char *sku)
{
    const char *text = "";
    size_t count = 0;
    void **rows = memory_database_rows(bench->database, &stock_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct stock_row *stock = rows[i];

        if (strcmp(stock->sku, sku) == 0) {
            text = text_format(bench->kept, "%s%s%s %d-%d+%d", text, text[0] == '\0' ? "" : ", ",
                               stock->location, (int)stock->on_hand, (int)stock->reserved,
                               (int)stock->owed);
            text = show_counter(bench, text, "damaged", stock->damaged);
            text = show_counter(bench, text, "control", stock->quality_control);
            text = show_counter(bench, text, "safety", stock->safety);
            text = show_counter(bench, text, "incoming", stock->incoming);
        }
    }
    return text;
}
