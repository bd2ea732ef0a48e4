/* catalog.c - places and items as they are now. */
#include "services/fulfillment/catalog.h"

#include "proto/inventory.h"
#include "services/fulfillment/tables.h"

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
                    &(struct place_row){ fact->code, fact->clock, fact->location.automatic });
    } else if (fact->clock > place->clock) {
        place->clock = fact->clock;
        place->automatic = fact->location.automatic;
        rows_update(out->rows, &place_table, place);
    }
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
                    &(struct item_row){ state->sku, state->version, state->item.weight_grams });
    } else if (state->version > item->version) {
        item->version = state->version;
        item->weight_grams = state->item.weight_grams;
        rows_update(out->rows, &item_table, item);
    }
}
