/* catalog.c - places, their bins, and items as they are now. */
#include "services/fulfillment/catalog.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "services/fulfillment/barcode.h"
#include "services/fulfillment/tables.h"

#include <stdio.h>
#include <string.h>

void location_changed_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &place_table, key_text(((const struct location_changed *)in->message)->code));
}

void on_location_changed(struct decision *out, const struct incoming_message *in)
{
    const struct location_changed *fact = in->message;
    struct place_row *place = rows_find(out->rows, &place_table, key_text(fact->code));

    if (place == NULL) {
        rows_insert(out->rows, &place_table,
                    &(struct place_row){ .code = fact->code,
                                         .clock = fact->clock,
                                         .automatic = fact->location.automatic });
    } else if (fact->clock > place->clock) {
        place->clock = fact->clock;
        place->automatic = fact->location.automatic;
        rows_update(out->rows, &place_table, place);
    }
}

const char *verification_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct place_verification_put *)in->message)->code;
}

void verification_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &place_table,
              key_text(((const struct place_verification_put *)in->message)->code));
}

void on_verification_put(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no such place" };
    const struct place_verification_put *request = in->message;
    struct place_row *place = rows_find(out->rows, &place_table, key_text(request->code));

    if (place == NULL) {
        reply_refused(out, in, &unknown);
        return;
    }
    if (place->verify_pick != request->body.pick) {
        place->verify_pick = request->body.pick;
        rows_update(out->rows, &place_table, place);
    }
    reply_done(out, in, 200, request->code);
}

void item_state_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &item_table, key_text(((const struct item_state *)in->message)->sku));
}

void on_item_state(struct decision *out, const struct incoming_message *in)
{
    const struct item_state *state = in->message;
    struct item_row *item = rows_find(out->rows, &item_table, key_text(state->sku));

    if (item == NULL) {
        rows_insert(out->rows, &item_table,
                    &(struct item_row){ state->sku, state->version, state->item.weight_grams,
                                        barcodes_text(out->arena, &state->item) });
    } else if (state->version > item->version) {
        item->version = state->version;
        item->weight_grams = state->item.weight_grams;
        item->barcodes = barcodes_text(out->arena, &state->item);
        rows_update(out->rows, &item_table, item);
    }
}

static const char *bin_id(struct arena *arena, const struct bin_changed *fact)
{
    return text_format(arena, "%s %s", fact->code, fact->bin);
}

void bin_changed_need(const struct incoming_message *in, struct rows *rows)
{
    const struct bin_changed *fact = in->message;
    char id[80]; /* neither a place nor a code has a space */

    (void)snprintf(id, sizeof id, "%s %s", fact->code, fact->bin);
    rows_want(rows, &place_bin_table, key_text(id));
}

void on_bin_changed(struct decision *out, const struct incoming_message *in)
{
    const struct bin_changed *fact = in->message;
    const char *id = bin_id(out->arena, fact);
    struct bin_row *bin = rows_find(out->rows, &place_bin_table, key_text(id));
    const struct bin_row news = { id,          fact->code,      fact->bin,
                                  fact->clock, fact->body.zone, fact->body.pick_order };

    if (bin == NULL) {
        rows_insert(out->rows, &place_bin_table, &news);
    } else if (fact->clock > bin->clock) {
        *bin = news;
        rows_update(out->rows, &place_bin_table, bin);
    }
}

void bins_changed_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &bin_stock_table,
              key_text(((const struct inventory_bins_changed *)in->message)->sku));
}

static struct bin_stock_row *find_pieces(const struct rows *rows,
                                         const struct inventory_bins_changed *fact, const char *bin)
{
    for (void **at = rows_list(rows, &bin_stock_table, key_text(fact->sku)); *at != NULL; at++) {
        struct bin_stock_row *pieces = *at;

        if (strcmp(pieces->location, fact->location) == 0 && strcmp(pieces->bin, bin) == 0) {
            return pieces;
        }
    }
    return NULL;
}

void on_bins_changed(struct decision *out, const struct incoming_message *in)
{
    const struct inventory_bins_changed *fact = in->message;

    for (size_t i = 0; i < fact->changes_count; i++) {
        const struct bin_pieces_changed *change = &fact->changes[i];
        struct bin_stock_row *pieces = find_pieces(out->rows, fact, change->bin);

        if (pieces == NULL) {
            rows_insert(out->rows, &bin_stock_table,
                        &(struct bin_stock_row){ fact->sku, fact->location, change->bin,
                                                 fact->clock, change->quantity });
        } else if (fact->clock > pieces->clock) {
            pieces->clock = fact->clock;
            pieces->quantity = change->quantity;
            rows_update(out->rows, &bin_stock_table, pieces);
        }
    }
}
