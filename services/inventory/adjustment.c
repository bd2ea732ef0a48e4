/* adjustment.c - books a change or a count of one item at one place. */
#include "services/inventory/adjustment.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/level.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

#include <assert.h>
#include <string.h>

enum { REQUEST_ID_LENGTH_MAX = 100 };

_Static_assert(ADJUSTMENT_REASON_COUNT == 1 && ADJUSTMENT_REASON_AUDIT == 9,
               "stock_ledger.reason keeps these numbers");

void stock_adjust_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &adjustment_table, key_text(in->id));
}

void stock_adjust_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct stock_adjust *request = in->message;

    rows_want(rows, &item_table, key_text(request->sku));
    level_want(rows, request->sku);
}

const char *stock_adjust_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct stock_adjust *)in->message)->sku;
}

static bool has_place(const struct rows *rows, const char *code)
{
    void **at = rows_list(rows, &location_table, key_number(LOCATION_NETWORK));

    for (; *at != NULL; at++) {
        if (strcmp(((const struct location_row *)*at)->code, code) == 0) {
            return true;
        }
    }
    return false;
}

static const struct adjustment_row *find_booked(const struct rows *rows, const char *request_id,
                                                const char *sku)
{
    for (void **at = rows_list(rows, &adjustment_table, key_text(request_id)); *at != NULL; at++) {
        const struct adjustment_row *row = *at;

        if (strcmp(row->sku, sku) == 0) {
            return row;
        }
    }
    return NULL;
}

static bool same_digest(struct bytes booked, const void *digest)
{
    return digest != NULL && memcmp(booked.bytes, digest, booked.length) == 0;
}

/* The request came before: the same answer, or a refusal when it now says something else. */
static void answer_again(struct decision *out, const struct incoming_message *in,
                         const struct adjustment_row *booked)
{
    static const struct refusal reused = { .status = 422,
                                           .type = "idempotency-key-reused",
                                           .title = "The key was used for another request",
                                           .detail = "use a new Idempotency-Key for another body",
                                           .pointer = "" };

    if (same_digest(booked->digest, in->digest)) {
        reply_done(out, in, 201, booked->request_id);
    } else {
        reply_refused(out, in, &reused);
    }
}

/* True, and answered, when the request asks for what cannot be. */
static bool refused(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;

    if (rows_find(out->rows, &item_table, key_text(request->sku)) == NULL) {
        reply_invalid(out, in, "/sku", "there is no such item; put it first");
    } else if (!has_place(out->rows, request->location)) {
        reply_invalid(out, in, "/location", "there is no such place; put it first");
    } else if (request->has_counted == request->has_quantity_change) {
        reply_invalid(out, in, "/quantity_change", "give either quantity_change or counted");
    } else if (request->has_quantity_change && request->quantity_change == 0) {
        reply_invalid(out, in, "/quantity_change", "must not be 0");
    } else if (request->reason == ADJUSTMENT_REASON_AUDIT && request->has_counted) {
        reply_invalid(out, in, "/counted",
                      "an audit gives what the ledger misses as quantity_change");
    } else if (request->reason == ADJUSTMENT_REASON_AUDIT &&
               stock_find(out->rows, request->sku, request->location) == NULL) {
        reply_invalid(out, in, "/location", "there never was any of it");
    } else {
        return false;
    }
    return true;
}

/* True, and answered, when the books would leave their bounds. */
static bool out_of_bounds(struct decision *out, const struct incoming_message *in, int64_t on_hand,
                          int64_t change)
{
    if (on_hand + change < 0) {
        reply_invalid(out, in, "/quantity_change",
                      text_format(out->arena, "only %lld pieces are there", (long long)on_hand));
    } else if (on_hand + change > STOCK_QUANTITY_MAX) {
        reply_invalid(out, in, "/quantity_change", "no more than 1000000000 pieces fit a place");
    } else {
        return false;
    }
    return true;
}

static struct stock_row *find_or_make(struct rows *rows, const struct stock_adjust *request)
{
    struct stock_row *stock = stock_find(rows, request->sku, request->location);
    struct stock_row fresh = { .sku = request->sku, .location = request->location };

    return stock != NULL ? stock : rows_insert(rows, &stock_table, &fresh);
}

static void keep(struct decision *out, const struct incoming_message *in,
                 const struct stock_row *stock, int64_t change)
{
    const struct stock_adjust *request = in->message;
    struct adjustment_row row = { .request_id = in->id,
                                  .sku = request->sku,
                                  .location = request->location,
                                  .version = stock->version,
                                  .reason = request->reason,
                                  .quantity_change = change,
                                  .on_hand = stock->on_hand,
                                  .owed = stock->owed,
                                  .digest = { in->digest, 32 },
                                  .note = request->note,
                                  .at = out->now };

    rows_insert(out->rows, &adjustment_table, &row);
}

static void state_adjusted(struct decision *out, const struct incoming_message *in,
                           const struct stock_row *stock, int64_t change)
{
    const struct stock_adjust *request = in->message;
    struct inventory_adjusted fact = { .sku = request->sku,
                                       .location = request->location,
                                       .clock = level_version(out->rows, request->sku),
                                       .request_id = in->id,
                                       .reason = request->reason,
                                       .quantity_change = change,
                                       .on_hand = stock->on_hand,
                                       .owed = stock->owed };

    out->clock = fact.clock - 1; /* the SKU's own time: the version of all its stock */
    decide_emit(out, (struct subject){ .id = request->sku }, MESSAGE_INVENTORY_ADJUSTED, &fact,
                sizeof fact);
}

static void book(struct decision *out, const struct incoming_message *in, int64_t change)
{
    const struct stock_adjust *request = in->message;
    struct stock_row *stock = find_or_make(out->rows, request);
    struct ledger_row cause = { .reason = request->reason, .request_id = in->id, .at = out->now };

    if (request->reason == ADJUSTMENT_REASON_AUDIT) {
        stock_audit(out->rows, stock, change, &cause);
    } else {
        stock_book(out->rows, stock, change, &cause);
    }
    keep(out, in, stock, change);
    state_adjusted(out, in, stock, change);
    level_publish(out, request->sku);
    settle_when_needed(out, request->sku);
    reply_done(out, in, 201, in->id);
}

void on_stock_adjust(struct decision *out, const struct incoming_message *in)
{
    const struct stock_adjust *request = in->message;
    const struct adjustment_row *booked = find_booked(out->rows, in->id, request->sku);

    if (strlen(in->id) > REQUEST_ID_LENGTH_MAX || in->digest == NULL) {
        decide_impossible(out, "a request needs an id of at most 100 characters, and a digest");
        return;
    }
    if (booked != NULL) {
        answer_again(out, in, booked);
        return;
    }
    if (refused(out, in) || reply_stale(out, in, level_version(out->rows, request->sku))) {
        return;
    }
    const struct stock_row *stock = stock_find(out->rows, request->sku, request->location);
    int64_t on_hand = stock == NULL ? 0 : stock->on_hand;
    int64_t change = request->has_counted ? request->counted - on_hand : request->quantity_change;
    bool counts =
        request->reason != ADJUSTMENT_REASON_AUDIT; /* else nothing is more or less on hand */
    if (!counts || !out_of_bounds(out, in, on_hand, change)) {
        book(out, in, change);
    }
}
