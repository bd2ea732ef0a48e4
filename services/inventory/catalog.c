/* catalog.c - places as people put them. */
#include "services/inventory/catalog.h"

#include "common/reply.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/capacity.h"
#include "services/inventory/place.h"
#include "services/inventory/postal.h"
#include "services/inventory/tables.h"

#include <assert.h>
#include <string.h>

_Static_assert(LOCATION_KIND_WAREHOUSE == 1 && LOCATION_KIND_STORE == 2 &&
                   LOCATION_KIND_SUPPLIER == 3 && LOCATION_KIND_SHOWROOM == 4 &&
                   LOCATION_KIND_DISTRIBUTION_CENTER == 5 && LOCATION_KIND_THIRD_PARTY == 6,
               "location.kind keeps these numbers");

void location_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct location_put *request = in->message;

    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
    rows_want(rows, &location_work_table, key_text(request->code));
    rows_want(rows, &inventory_postal_table, key_text(request->body.address.country));
}

const char *location_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct location_put *)in->message)->code;
}

static struct location_row location_of(struct decision *out, const struct location_put *request)
{
    const struct location_body *body = &request->body;
    struct location_row row = {
        .network = LOCATION_NETWORK,
        .code = request->code,
        .version = 1,
        .name = body->name,
        .kind = body->kind,
        .priority = body->has_priority ? body->priority : LOCATION_PRIORITY_DEFAULT,
        .active = !body->has_active || body->active,
        .automatic = body->has_automatic && body->automatic,
        .address_name = body->address.name,
        .company = body->address.company,
        .line1 = body->address.line1,
        .line2 = body->address.line2,
        .city = body->address.city,
        .region = body->address.region,
        .postal_code = body->address.postal_code,
        .country = body->address.country,
    };

    place_fill(out->arena, body, &row);
    if (!row.position_given) {
        struct spot spot = postal_find(out->rows, row.country, row.postal_code);

        row.latitude = spot.latitude;
        row.longitude = spot.longitude;
    }
    return row;
}

static void state_location(struct decision *out, const struct location_row *location,
                           const struct location_put *request)
{
    struct location_changed fact = { .code = location->code,
                                     .clock = location->version,
                                     .location = request->body };

    fact.location.priority = location->priority;
    fact.location.has_priority = true;
    fact.location.active = location->active;
    fact.location.has_active = true;
    out->clock = location->version - 1; /* the place's own time: its version */
    decide_emit(out, (struct subject){ .id = location->code }, MESSAGE_LOCATION_CHANGED, &fact,
                sizeof fact);
}

/* The place with this code, and how many there are. */
static struct location_row *find_location(const struct rows *rows, const char *code,
                                          size_t *ret_count)
{
    void **list = rows_list(rows, &location_table, key_number(LOCATION_NETWORK));
    struct location_row *found = NULL;

    for (*ret_count = 0; list[*ret_count] != NULL; (*ret_count)++) {
        struct location_row *location = list[*ret_count];

        if (strcmp(location->code, code) == 0) {
            found = location;
        }
    }
    return found;
}

static void make_location(struct decision *out, const struct incoming_message *in, size_t count)
{
    const struct location_put *request = in->message;
    struct location_row location = location_of(out, request);

    if (count >= LOCATIONS_MAX) {
        reply_invalid(out, in, "", "there are 1000 places already, no more are possible");
        return;
    }
    capacity_open(out->rows, &location);
    state_location(out, rows_insert(out->rows, &location_table, &location), request);
    reply_done(out, in, 201, request->code);
}

void on_location_put(struct decision *out, const struct incoming_message *in)
{
    const struct location_put *request = in->message;
    size_t count = 0;
    struct location_row *stored = find_location(out->rows, request->code, &count);
    struct location_row location = location_of(out, request);

    struct field_error fault;

    if (!place_makes_sense(out->arena, &request->body, &fault)) {
        reply_invalid(out, in, fault.pointer, fault.detail);
        return;
    }
    location.version = stored == NULL ? location.version : stored->version;
    bool same = stored != NULL && table_same_row(&location_table, stored, &location);
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        make_location(out, in, count);
        return;
    }
    if (!same) {
        location.version++;
        location.code = stored->code;
        *stored = location;
        rows_update(out->rows, &location_table, stored);
        capacity_open(out->rows, stored);
        state_location(out, stored, request);
    }
    reply_done(out, in, 200, request->code);
}
