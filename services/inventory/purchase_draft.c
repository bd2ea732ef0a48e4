/* purchase_draft.c - a purchase order before its goods: what is ordered, on which terms, and when it is expected. */
#include "services/inventory/purchasing.h"

#include "common/arena.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/inventory/stock.h"
#include "services/inventory/supplier.h"

#include <string.h>

static const int64_t total_minor_max = INT64_C(9007199254740991);

/* --- What is ordered ------------------------------------------------------------------------------- */

static bool is_named_before(const struct purchase_order_draft *request, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(request->lines[i].sku, request->lines[index].sku) == 0) {
            return true;
        }
    }
    return false;
}

struct line_fault {
    const char *field, *wrong;
};

static struct line_fault fault_of(const struct purchasing *purchase, size_t index)
{
    const struct purchase_order_draft *request = purchase->draft;
    const struct purchase_order_draft_line *line = &request->lines[index];
    const struct supplier_item_row *terms =
        supplier_terms(purchase->out->rows, request->supplier, line->sku);

    if (terms == NULL || !terms->active) {
        return (struct line_fault){ "sku", "the supplier does not sell it; put its terms first" };
    }
    if (is_named_before(request, index)) {
        return (struct line_fault){ "sku", "an earlier line is of the same item" };
    }
    if (line->quantity % terms->pack_size != 0) {
        return (struct line_fault){
            "quantity", text_format(purchase->out->arena, "must be a multiple of the pack of %lld",
                                    (long long)terms->pack_size)
        };
    }
    if (line->quantity < terms->minimum_quantity) {
        return (struct line_fault){ "quantity", text_format(purchase->out->arena,
                                                            "the supplier sells no less than %lld",
                                                            (long long)terms->minimum_quantity) };
    }
    return (struct line_fault){ NULL, NULL };
}

static int64_t price_of(const struct purchase_order_draft_line *line,
                        const struct supplier_item_row *terms)
{
    return line->has_price_minor ? line->price_minor : terms->price_minor;
}

/* False when the total becomes too large. */
static bool add_price(const struct purchasing *purchase, size_t index, int64_t *total_minor)
{
    const struct purchase_order_draft *request = purchase->draft;
    const struct purchase_order_draft_line *line = &request->lines[index];
    int64_t price_minor =
        price_of(line, supplier_terms(purchase->out->rows, request->supplier, line->sku));

    if (price_minor > (total_minor_max - *total_minor) / line->quantity) {
        return false;
    }
    *total_minor += price_minor * line->quantity;
    return true;
}

static bool lines_refused(const struct purchasing *purchase)
{
    const struct purchase_order_draft *request = purchase->draft;
    int64_t total_minor = 0;

    for (size_t i = 0; i < request->lines_count; i++) {
        struct line_fault fault = fault_of(purchase, i);

        if (fault.wrong == NULL && !add_price(purchase, i, &total_minor)) {
            fault = (struct line_fault){ "price_minor", "the total is too large" };
        }
        if (fault.wrong != NULL) {
            reply_invalid(purchase->out, purchase->in,
                          text_format(purchase->out->arena, "/lines/%zu/%s", i, fault.field),
                          fault.wrong);
            return true;
        }
    }
    return false;
}

/* What must be before lines are looked at; true, and answered. */
static bool head_refused(const struct purchasing *purchase, const struct supplier_row *supplier,
                         const char *location)
{
    const char *pointer = "/supplier", *wrong = NULL;

    if (supplier == NULL) {
        wrong = "there is no such supplier; put it first";
    } else if (!supplier->active) {
        wrong = "nothing is ordered from this supplier any more";
    } else if (location == NULL) {
        pointer = "/location";
        wrong = "must be given, the supplier has none of its own";
    } else if (!location_is_known(purchase->out->rows, location)) {
        pointer = "/location";
        wrong = "there is no such place; put it first";
    }
    if (wrong != NULL) {
        reply_invalid(purchase->out, purchase->in, pointer, wrong);
    }
    return wrong != NULL;
}

void purchasing_insert_line(const struct purchasing *purchase,
                            const struct purchase_order_draft_line *wanted)
{
    struct rows *rows = purchase->out->rows;
    const struct purchase_order_row *order = purchase->row;
    const struct supplier_item_row *terms = supplier_terms(rows, order->supplier, wanted->sku);
    const struct purchase_order_line_row line = { .purchase_order_id = purchase->id,
                                                  .sku = wanted->sku,
                                                  .location = order->location,
                                                  .supplier_sku = terms->supplier_sku,
                                                  .quantity = wanted->quantity,
                                                  .price_minor = price_of(wanted, terms),
                                                  .expected_day = NOT_GIVEN };

    rows_insert(rows, &purchase_order_line_table, &line);
}

/* The slowest of what is ordered, by its own terms or the supplier's. */
static int64_t lead_time_of(const struct purchasing *purchase, const struct supplier_row *supplier)
{
    const struct purchase_order_draft *request = purchase->draft;
    int64_t days = 0;

    for (size_t i = 0; i < request->lines_count; i++) {
        const struct supplier_item_row *terms =
            supplier_terms(purchase->out->rows, request->supplier, request->lines[i].sku);
        int64_t own = supplier_lead_time_days(supplier, terms);

        days = own > days ? own : days;
    }
    return days;
}

const struct reorder_suggestion_row *purchase_suggestion(const struct rows *rows,
                                                         const struct purchase_suggested *request)
{
    void **at = rows_list(rows, &reorder_suggestion_table, key_text(request->sku));

    while (*at != NULL &&
           strcmp(((const struct reorder_suggestion_row *)*at)->location, request->location) != 0) {
        at++;
    }
    return *at;
}

/* What somebody wrote, or would have to write to do what is suggested; NULL, and answered: nothing is. */
static const struct purchase_order_draft *draft_of(const struct purchasing *purchase)
{
    struct decision *out = purchase->out;

    if (purchase->in->message_type != MESSAGE_PURCHASE_SUGGESTED) {
        return purchase->in->message;
    }
    const struct reorder_suggestion_row *suggestion =
        purchase_suggestion(out->rows, purchase->in->message);
    if (suggestion == NULL || suggestion->quantity == 0) {
        reply_invalid(out, purchase->in, "/sku", "nothing is suggested for it there");
        return NULL;
    }
    const struct purchase_order_draft_line line = { .sku = suggestion->sku,
                                                    .quantity = suggestion->quantity };
    const struct purchase_order_draft draft = {
        .supplier = suggestion->supplier,
        .location = suggestion->location,
        .lines = arena_copy(out->arena, &line, sizeof line),
        .lines_count = 1,
    };

    return arena_copy(out->arena, &draft, sizeof draft);
}

bool purchase_draft(struct purchasing *purchase)
{
    const struct purchase_order_draft *request = purchase->draft = draft_of(purchase);
    if (request == NULL) {
        return false;
    }
    struct rows *rows = purchase->out->rows;
    const struct supplier_row *supplier =
        rows_find(rows, &supplier_table, key_text(request->supplier));
    const char *location =
        request->location != NULL || supplier == NULL ? request->location : supplier->location;
    int64_t expected_day = NOT_GIVEN;

    if (head_refused(purchase, supplier, location) || lines_refused(purchase) ||
        purchasing_date_refused(purchase, "/expected_on", request->expected_on, &expected_day)) {
        return false;
    }
    const struct purchase_order_row fresh = { .purchase_order_id = purchase->id,
                                              .supplier = request->supplier,
                                              .location = location,
                                              .currency = supplier->currency,
                                              .lead_time_days = lead_time_of(purchase, supplier),
                                              .expected_day = expected_day,
                                              .requested_at = purchase->out->now };
    purchase->row = rows_insert(rows, &purchase_order_table, &fresh);
    for (size_t i = 0; i < request->lines_count; i++) {
        purchasing_insert_line(purchase, &request->lines[i]);
    }
    return true;
}
