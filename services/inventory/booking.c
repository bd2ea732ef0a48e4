/* booking.c - requests about stock are booked once, by their id. */
#include "services/inventory/booking.h"

#include "common/reply.h"
#include "services/inventory/level.h"
#include "services/inventory/lot.h"
#include "services/inventory/lot_request.h"
#include "services/inventory/settle.h"
#include "services/inventory/stock.h"

#include <string.h>

enum { REQUEST_ID_LENGTH_MAX = 100 };

void booking_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &adjustment_table, key_text(in->id));
}

void booking_need_shared(const char *sku, struct rows *rows)
{
    rows_want(rows, &item_table, key_text(sku));
    level_publish_want(rows, sku);
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

void booking_answer_again(struct decision *out, const struct incoming_message *in,
                          struct bytes digest, const struct booking_answer *answer)
{
    static const struct refusal reused = { .status = 422,
                                           .type = "idempotency-key-reused",
                                           .title = "The key was used for another request",
                                           .detail = "use a new Idempotency-Key for another body",
                                           .pointer = "" };

    if (same_digest(digest, in->digest)) {
        reply_done(out, in, answer->status, answer->subject_id);
    } else {
        reply_refused(out, in, &reused);
    }
}

bool booking_repeats(struct decision *out, const struct incoming_message *in, const char *sku,
                     int64_t status)
{
    const struct adjustment_row *booked = find_booked(out->rows, in->id, sku);

    if (strlen(in->id) > REQUEST_ID_LENGTH_MAX || in->digest == NULL) {
        decide_impossible(out, "a request needs an id of at most 100 characters, and a digest");
        return true;
    }
    if (booked != NULL) {
        booking_answer_again(out, in, booked->digest,
                             &(struct booking_answer){ status, booked->request_id });
    }
    return booked != NULL;
}

bool booking_came_before(struct decision *out, const struct incoming_message *in, const char *sku)
{
    return booking_repeats(out, in, sku, 201);
}

bool booking_refused(struct decision *out, const struct incoming_message *in, const char *sku,
                     const char *location)
{
    const struct item_row *item = rows_find(out->rows, &item_table, key_text(sku));

    if (item == NULL || item->components != NULL) {
        reply_invalid(out, in, "/sku",
                      item == NULL ? "there is no such item; put it first"
                                   : "it is a bundle: book what its components have");
        return true;
    }
    if (!location_is_known(out->rows, location)) {
        reply_invalid(out, in, "/location", "there is no such place; put it first");
        return true;
    }
    return false;
}

struct stock_row *booking_row(struct rows *rows, const char *sku, const char *location)
{
    struct stock_row *stock = stock_find(rows, sku, location);
    struct stock_row fresh = { .sku = sku, .location = location };

    if (stock == NULL) {
        fresh.lots = lots_begin(rows_arena(rows), rows, sku);
        stock = rows_insert(rows, &stock_table, &fresh);
    }
    return stock;
}

struct ledger_row booking_cause(const struct decision *out, const struct incoming_message *in,
                                enum adjustment_reason reason)
{
    return (struct ledger_row){
        .reason = reason, .request_id = in->id, .actor = in->actor, .at = out->now
    };
}

void booking_keep(struct decision *out, const struct incoming_message *in,
                  const struct stock_row *stock, const struct adjustment_row *row)
{
    struct adjustment_row kept = *row;

    kept.request_id = in->id;
    kept.sku = stock->sku;
    kept.location = stock->location;
    kept.version = stock->version;
    kept.on_hand = stock->on_hand;
    kept.owed = stock->owed;
    kept.digest = (struct bytes){ in->digest, 32 };
    kept.actor = in->actor;
    kept.at = out->now;
    rows_insert(out->rows, &adjustment_table, &kept);
}

void booking_done(struct decision *out, const struct incoming_message *in, const char *sku)
{
    lots_tell(out, (struct subject){ .id = sku }, level_version(out->rows, sku));
    level_publish(out, sku);
    settle_when_needed(out, sku);
    reply_done(out, in, 201, in->id);
}
