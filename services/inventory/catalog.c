/* catalog.c - items and places as people put them. */
#include "services/inventory/catalog.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/tables.h"

#include <assert.h>
#include <string.h>

_Static_assert(LOCATION_KIND_WAREHOUSE == 1 && LOCATION_KIND_STORE == 2 &&
                   LOCATION_KIND_SUPPLIER == 3,
               "location.kind keeps these numbers");

static bool same_number(const void *left, const void *right, size_t offset)
{
    return memcmp((const char *)left + offset, (const char *)right + offset, sizeof(int64_t)) == 0;
}

static bool same_text(const void *left, const void *right, size_t offset)
{
    const char *texts[2];

    memcpy(&texts[0], (const char *)left + offset, sizeof texts[0]);
    memcpy(&texts[1], (const char *)right + offset, sizeof texts[1]);
    return text_equal(texts[0], texts[1]);
}

static bool same_bool(const void *left, const void *right, size_t offset)
{
    return *((const char *)left + offset) == *((const char *)right + offset);
}

/* Whether two rows of items or places, with the same version, say the same. */
static bool same_row(const struct table *table, const void *left, const void *right)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        bool same = column->kind == COLUMN_TEXT   ? same_text(left, right, column->offset)
                    : column->kind == COLUMN_BOOL ? same_bool(left, right, column->offset)
                                                  : same_number(left, right, column->offset);

        if (!same) {
            return false;
        }
    }
    return true;
}

void item_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &item_table, key_text(((const struct item_put *)in->message)->sku));
}

const char *item_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct item_put *)in->message)->sku;
}

static int64_t given(bool has, int64_t value)
{
    return has ? value : NOT_GIVEN;
}

static struct item_row item_of(const struct item_put *request)
{
    const struct item_body *body = &request->body;

    return (struct item_row){
        .sku = request->sku,
        .version = 1,
        .name = body->name,
        .barcode = body->barcode,
        .weight_grams = given(body->has_weight_grams, body->weight_grams),
        .length_mm = given(body->has_length_mm, body->length_mm),
        .width_mm = given(body->has_width_mm, body->width_mm),
        .height_mm = given(body->has_height_mm, body->height_mm),
        .origin_country = body->origin_country,
        .customs_code = body->customs_code,
        .backorder_allowed = body->has_backorder_allowed && body->backorder_allowed,
        .backorder_limit = given(body->has_backorder_limit, body->backorder_limit),
        .reorder_point = given(body->has_reorder_point, body->reorder_point),
        .reorder_quantity = given(body->has_reorder_quantity, body->reorder_quantity),
        .active = !body->has_active || body->active,
    };
}

static void publish_item(struct decision *out, const struct item_row *item,
                         const struct item_put *request)
{
    struct item_state state = { .sku = item->sku, .version = item->version, .item = request->body };

    state.item.active = item->active;
    state.item.has_active = true;
    decide_emit(out, (struct subject){ .id = item->sku }, MESSAGE_ITEM_STATE, &state, sizeof state);
}

void on_item_put(struct decision *out, const struct incoming_message *in)
{
    const struct item_put *request = in->message;
    struct item_row *stored = rows_find(out->rows, &item_table, key_text(request->sku));
    struct item_row item = item_of(request);

    item.version = stored == NULL ? item.version : stored->version;
    bool same = stored != NULL && same_row(&item_table, stored, &item);
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        const struct backorder_row nobody_waits = { .sku = request->sku };

        rows_insert(out->rows, &backorder_table, &nobody_waits);
        publish_item(out, rows_insert(out->rows, &item_table, &item), request);
        reply_done(out, in, 201, request->sku);
        return;
    }
    if (!same) {
        item.version++;
        item.sku = stored->sku;
        *stored = item;
        rows_update(out->rows, &item_table, stored);
    }
    publish_item(out, stored,
                 request); /* also unchanged: a lost state is mended by putting it again */
    reply_done(out, in, 200, request->sku);
}

void location_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    (void)in;
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
}

const char *location_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct location_put *)in->message)->code;
}

static struct location_row location_of(const struct location_put *request)
{
    const struct location_body *body = &request->body;

    return (struct location_row){
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
    struct location_row location = location_of(request);

    if (count >= LOCATIONS_MAX) {
        reply_invalid(out, in, "", "there are 1000 places already, no more are possible");
        return;
    }
    state_location(out, rows_insert(out->rows, &location_table, &location), request);
    reply_done(out, in, 201, request->code);
}

void on_location_put(struct decision *out, const struct incoming_message *in)
{
    const struct location_put *request = in->message;
    size_t count = 0;
    struct location_row *stored = find_location(out->rows, request->code, &count);
    struct location_row location = location_of(request);

    location.version = stored == NULL ? location.version : stored->version;
    bool same = stored != NULL && same_row(&location_table, stored, &location);
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
        state_location(out, stored, request);
    }
    reply_done(out, in, 200, request->code);
}
