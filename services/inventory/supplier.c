/* supplier.c - suppliers and their terms, as people put them. */
#include "services/inventory/supplier.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/buying.h"
#include "services/inventory/reorder.h"
#include "services/inventory/stock.h"

#include <string.h>

enum {
    PRIORITY_DEFAULT = 100,
    SERVICE_PERCENT_DEFAULT = 95,
    COVER_DAYS_DEFAULT = 14,
    GATHER_MINUTES_DEFAULT = 60,
    PIECES_MAX = 1000000
};

/* --- Suppliers ------------------------------------------------------------------------------------ */

const char *supplier_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct supplier_put *)in->message)->code;
}

void supplier_put_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &supplier_table, key_text(((const struct supplier_put *)in->message)->code));
}

void supplier_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    (void)in;
    rows_want(rows, &location_table, key_number(LOCATION_NETWORK));
}

static struct supplier_row supplier_of(const struct supplier_put *request)
{
    const struct supplier_body *body = &request->body;
    const struct postal_address nowhere = { .name = NULL };
    const struct postal_address *address = body->address == NULL ? &nowhere : body->address;

    return (struct supplier_row){
        .code = request->code,
        .version = 1,
        .name = body->name,
        .email = body->email,
        .language = body->language,
        .currency = body->currency,
        .lead_time_days = body->lead_time_days,
        .location = body->location,
        .active = !body->has_active || body->active,
        .buying = body->buying == BUYING_POLICY_ABSENT ? BUYING_POLICY_NO : body->buying,
        .gather_minutes = body->has_gather_minutes ? body->gather_minutes : GATHER_MINUTES_DEFAULT,
        .address_name = address->name,
        .company = address->company,
        .line1 = address->line1,
        .line2 = address->line2,
        .city = address->city,
        .region = address->region,
        .postal_code = address->postal_code,
        .country = address->country
    };
}

/* What is missing goes into a draft of its own, by what becomes of it (buying.h). */
static void make_gatherings(struct rows *rows, const char *code)
{
    for (int64_t buying = BUYING_POLICY_DRAFT; buying <= BUYING_POLICY_SEND; buying++) {
        const struct purchase_gathering_row row = { .supplier = code, .buying = buying };

        rows_insert(rows, &purchase_gathering_table, &row);
    }
}

void on_supplier_put(struct decision *out, const struct incoming_message *in)
{
    const struct supplier_put *request = in->message;
    struct supplier_row *stored = rows_find(out->rows, &supplier_table, key_text(request->code));
    struct supplier_row row = supplier_of(request);

    if (row.location != NULL && !location_is_known(out->rows, row.location)) {
        reply_invalid(out, in, "/location", "there is no such place; put it first");
        return;
    }
    if (row.location == NULL && row.buying != BUYING_POLICY_NO) {
        reply_invalid(out, in, "/location",
                      "must be given where what is missing is bought by itself");
        return;
    }
    row.version = stored == NULL ? 1 : stored->version;
    bool same = stored != NULL && table_same_row(&supplier_table, stored, &row);
    if (reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &supplier_table, &row);
        make_gatherings(out->rows, request->code);
    } else if (!same) {
        row.version++;
        row.code = stored->code;
        *stored = row;
        rows_update(out->rows, &supplier_table, stored);
    }
    reply_done(out, in, stored == NULL ? 201 : 200, request->code);
}

/* --- Their terms ---------------------------------------------------------------------------------- */

const char *supplier_item_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct supplier_item_put *)in->message)->code;
}

void supplier_item_put_need(const struct incoming_message *in, struct rows *rows)
{
    const struct supplier_item_put *request = in->message;

    rows_want(rows, &supplier_table, key_text(request->code));
    rows_want(rows, &supplier_item_table, key_text(request->sku));
    rows_want(rows, &item_table, key_text(request->sku));
}

struct supplier_item_row *supplier_terms(const struct rows *rows, const char *supplier,
                                         const char *sku)
{
    for (void **at = rows_list(rows, &supplier_item_table, key_text(sku)); *at != NULL; at++) {
        struct supplier_item_row *terms = *at;

        if (strcmp(terms->supplier, supplier) == 0) {
            return terms;
        }
    }
    return NULL;
}

const struct supplier_item_row *supplier_preferred(const struct rows *rows, const char *sku)
{
    const struct supplier_item_row *best = NULL;

    for (void **at = rows_list(rows, &supplier_item_table, key_text(sku)); *at != NULL; at++) {
        const struct supplier_item_row *terms = *at;
        const struct supplier_row *supplier =
            rows_find(rows, &supplier_table, key_text(terms->supplier));
        bool sold = terms->active && supplier != NULL && supplier->active;

        if (sold &&
            (best == NULL || terms->priority < best->priority ||
             (terms->priority == best->priority && strcmp(terms->supplier, best->supplier) < 0))) {
            best = terms;
        }
    }
    return best;
}

int64_t supplier_lead_time_days(const struct supplier_row *supplier,
                                const struct supplier_item_row *terms)
{
    return terms->lead_time_days == NOT_GIVEN ? supplier->lead_time_days : terms->lead_time_days;
}

int64_t supplier_quantity(const struct supplier_item_row *terms, int64_t wanted)
{
    int64_t most = PIECES_MAX / terms->pack_size * terms->pack_size;

    wanted = wanted > terms->minimum_quantity ? wanted : terms->minimum_quantity;
    wanted = (wanted + terms->pack_size - 1) / terms->pack_size * terms->pack_size;
    return wanted < most ? wanted : most;
}

static struct supplier_item_row terms_of(const struct supplier_item_put *request)
{
    const struct supplier_terms *body = &request->body;
    int64_t pack_size = body->has_pack_size ? body->pack_size : 1;

    return (struct supplier_item_row){
        .sku = request->sku,
        .supplier = request->code,
        .version = 1,
        .supplier_sku = body->supplier_sku,
        .pack_size = pack_size,
        .minimum_quantity = body->has_minimum_quantity ? body->minimum_quantity : pack_size,
        .price_minor = body->price_minor,
        .lead_time_days = body->has_lead_time_days ? body->lead_time_days : NOT_GIVEN,
        .priority = body->has_priority ? body->priority : PRIORITY_DEFAULT,
        .active = !body->has_active || body->active,
        .service_percent =
            body->has_service_percent ? body->service_percent : SERVICE_PERCENT_DEFAULT,
        .cover_days = body->has_cover_days ? body->cover_days : COVER_DAYS_DEFAULT,
        .buying = body->buying,
    };
}

/* True, and answered. */
static bool terms_refused(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "There is no such thing",
                                            .detail = "there is no such supplier or item" };
    const struct supplier_item_put *request = in->message;
    const struct item_row *item = rows_find(out->rows, &item_table, key_text(request->sku));
    const struct supplier_row *supplier =
        rows_find(out->rows, &supplier_table, key_text(request->code));

    if (item == NULL || supplier == NULL) {
        reply_refused(out, in, &unknown);
        return true;
    }
    if (item->components != NULL) {
        reply_invalid(out, in, "", "it is a bundle: its components are bought");
        return true;
    }
    if (request->body.buying > BUYING_POLICY_NO && supplier->location == NULL) {
        reply_invalid(out, in, "/buying",
                      "the supplier has no location where it delivers by itself");
        return true;
    }
    return false;
}

void on_supplier_item_put(struct decision *out, const struct incoming_message *in)
{
    const struct supplier_item_put *request = in->message;
    struct supplier_item_row *stored = supplier_terms(out->rows, request->code, request->sku);
    struct supplier_item_row row = terms_of(request);

    row.version = stored == NULL ? 1 : stored->version;
    bool same = stored != NULL && table_same_row(&supplier_item_table, stored, &row);
    if (terms_refused(out, in) ||
        reply_stale_put(out, in, stored == NULL ? 0 : stored->version, same)) {
        return;
    }
    if (stored == NULL) {
        rows_insert(out->rows, &supplier_item_table, &row);
    } else if (!same) {
        row.version++;
        row.sku = stored->sku;
        row.supplier = stored->supplier;
        *stored = row;
        rows_update(out->rows, &supplier_item_table, stored);
    }
    if (!same) {
        reorder_ask(out, request->sku);
        buying_look(out, request->sku);
    }
    reply_done(out, in, stored == NULL ? 201 : 200,
               text_format(out->arena, "%s/items/%s", request->code, request->sku));
}
