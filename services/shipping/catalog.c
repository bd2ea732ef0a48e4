/* catalog.c - places as they are now. */
#include "services/shipping/catalog.h"

#include "proto/inventory.h"
#include "services/shipping/tables.h"

void location_changed_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &place_table, key_text(((const struct location_changed *)in->message)->code));
}

void on_location_changed(struct decision *out, const struct incoming_message *in)
{
    const struct location_changed *fact = in->message;
    const struct postal_address *address = &fact->location.address;
    struct place_row *place = rows_find(out->rows, &place_table, key_text(fact->code));
    struct place_row row = { .code = fact->code,
                             .clock = fact->clock,
                             .name = address->name,
                             .company = address->company,
                             .line1 = address->line1,
                             .line2 = address->line2,
                             .city = address->city,
                             .region = address->region,
                             .postal_code = address->postal_code,
                             .country = address->country };

    if (place == NULL) {
        rows_insert(out->rows, &place_table, &row);
    } else if (fact->clock > place->clock) {
        row.code = place->code;
        *place = row;
        rows_update(out->rows, &place_table, place);
    }
}
