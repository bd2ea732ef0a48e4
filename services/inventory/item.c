/* item.c - an item as people put it: what it may be, whose its barcodes are, and its lists. */
#include "services/inventory/item.h"

#include "common/arena.h"
#include "common/recipe.h"
#include "common/reply.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "services/inventory/bundle.h"
#include "services/inventory/bundle_level.h"
#include "services/inventory/gtin.h"
#include "services/inventory/lot_watch.h"
#include "services/inventory/preorder.h"
#include "services/inventory/reorder.h"

#include <string.h>

static const struct table *const list_tables[ITEM_LIST_COUNT] = {
    &item_barcode_table, &item_pack_table, &item_option_table, &item_substitute_table
};

#define BASE_UNIT "piece"

/* --- What is loaded --------------------------------------------------------------------------- */

void item_need(struct rows *rows, const char *sku)
{
    rows_want(rows, &item_table, key_text(sku));
    for (size_t i = 0; i < ITEM_LIST_COUNT; i++) {
        rows_want(rows, list_tables[i], key_text(sku));
    }
}

static void want_barcode(struct rows *rows, const char *text)
{
    int64_t gtin = 0;

    if (text != NULL && gtin_fault(text, &gtin) == NULL) {
        rows_want(rows, &barcode_table, key_number(gtin));
    }
}

void item_need_shared(struct rows *rows, const char *sku, const struct item_body *body)
{
    for (void **at = rows_list(rows, &item_barcode_table, key_text(sku)); *at != NULL; at++) {
        want_barcode(rows, ((const struct item_barcode_row *)*at)->barcode);
    }
    for (void **at = rows_list(rows, &item_pack_table, key_text(sku)); *at != NULL; at++) {
        want_barcode(rows, ((const struct item_pack_row *)*at)->barcode);
    }
    for (size_t i = 0; i < body->barcodes_count; i++) {
        want_barcode(rows, body->barcodes[i]);
    }
    for (size_t i = 0; i < body->packs_count; i++) {
        want_barcode(rows, body->packs[i].barcode);
    }
    const struct item_row *stored = rows_find(rows, &item_table, key_text(sku));

    bundle_need_shared(rows, sku, body);
    lots_item_need(rows, stored, sku, body->lot_tracked || body->serial_tracked);
    preorder_need(rows, stored, sku, body->available_from != NULL);
}

/* --- Lists ------------------------------------------------------------------------------------ */

static const void *barcode_rows(struct arena *arena, const char *sku, const struct item_body *body)
{
    struct item_barcode_row *rows = arena_alloc(arena, body->barcodes_count * sizeof *rows);

    for (size_t i = 0; i < body->barcodes_count; i++) {
        rows[i] = (struct item_barcode_row){ sku, (int64_t)i + 1, body->barcodes[i] };
    }
    return rows;
}

static const void *pack_rows(struct arena *arena, const char *sku, const struct item_body *body)
{
    struct item_pack_row *rows = arena_alloc(arena, body->packs_count * sizeof *rows);

    for (size_t i = 0; i < body->packs_count; i++) {
        const struct pack_unit *pack = &body->packs[i];

        rows[i] = (struct item_pack_row){ sku, (int64_t)i + 1, pack->unit, pack->quantity,
                                          pack->barcode };
    }
    return rows;
}

static const void *option_rows(struct arena *arena, const char *sku, const struct item_body *body)
{
    struct item_option_row *rows = arena_alloc(arena, body->options_count * sizeof *rows);

    for (size_t i = 0; i < body->options_count; i++) {
        const struct variant_option *option = &body->options[i];

        rows[i] = (struct item_option_row){ sku, (int64_t)i + 1, option->name, option->value };
    }
    return rows;
}

static const void *substitute_rows(struct arena *arena, const char *sku,
                                   const struct item_body *body)
{
    struct item_substitute_row *rows = arena_alloc(arena, body->substitutes_count * sizeof *rows);

    for (size_t i = 0; i < body->substitutes_count; i++) {
        rows[i] = (struct item_substitute_row){ sku, (int64_t)i + 1, body->substitutes[i] };
    }
    return rows;
}

static void gather_lists(struct item_change *change)
{
    struct arena *arena = change->out->arena;
    const struct item_body *body = change->body;
    const char *sku = change->wanted.sku;
    const struct item_list lists[ITEM_LIST_COUNT] = {
        { &item_barcode_table, barcode_rows(arena, sku, body), body->barcodes_count },
        { &item_pack_table, pack_rows(arena, sku, body), body->packs_count },
        { &item_option_table, option_rows(arena, sku, body), body->options_count },
        { &item_substitute_table, substitute_rows(arena, sku, body), body->substitutes_count },
    };

    memcpy(change->lists, lists, sizeof lists);
}

static const void *list_row(const struct item_list *list, size_t index)
{
    return (const char *)list->rows + index * list->table->row_bytes;
}

/* The stored row of a list in this place, or NULL. */
static void *stored_row(const struct rows *rows, const struct item_list *list, const char *sku,
                        int64_t position)
{
    for (void **at = rows_list(rows, list->table, key_text(sku)); *at != NULL; at++) {
        if (table_key(list->table, *at, 1).number == position) {
            return *at;
        }
    }
    return NULL;
}

static size_t stored_count(const struct rows *rows, const struct item_list *list, const char *sku)
{
    size_t count = 0;

    for (void **at = rows_list(rows, list->table, key_text(sku)); *at != NULL; at++) {
        count++;
    }
    return count;
}

static bool same_list(const struct rows *rows, const struct item_list *list, const char *sku)
{
    bool same = stored_count(rows, list, sku) == list->count;

    for (size_t i = 0; i < list->count && same; i++) {
        const void *stored = stored_row(rows, list, sku, (int64_t)i + 1);

        same = stored != NULL && table_same_row(list->table, stored, list_row(list, i));
    }
    return same;
}

static void put_list(struct rows *rows, const struct item_list *list, const char *sku)
{
    for (void **at = rows_list(rows, list->table, key_text(sku)); *at != NULL; at++) {
        if (table_key(list->table, *at, 1).number > (int64_t)list->count) {
            rows_remove(rows, list->table, *at);
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        void *stored = stored_row(rows, list, sku, (int64_t)i + 1);

        if (stored == NULL) {
            rows_insert(rows, list->table, list_row(list, i));
        } else if (!table_same_row(list->table, stored, list_row(list, i))) {
            memcpy(stored, list_row(list, i), list->table->row_bytes);
            rows_update(rows, list->table, stored);
        }
    }
}

/* --- Barcodes --------------------------------------------------------------------------------- */

/* The barcodes of an item and its packs, by their place. */
static size_t barcode_count(const struct item_body *body)
{
    return body->barcodes_count + body->packs_count;
}

static const char *barcode_at(const struct item_body *body, size_t index)
{
    return index < body->barcodes_count ? body->barcodes[index]
                                        : body->packs[index - body->barcodes_count].barcode;
}

static const char *barcode_pointer(const struct item_change *change, size_t index)
{
    size_t own = change->body->barcodes_count;

    return index < own
               ? text_format(change->out->arena, "%s/barcodes/%zu", change->at, index)
               : text_format(change->out->arena, "%s/packs/%zu/barcode", change->at, index - own);
}

static const struct barcode_row *find_owner(const struct rows *rows, int64_t gtin)
{
    return rows_find(rows, &barcode_table, key_number(gtin));
}

/* Why this barcode cannot be the item's; NULL: it can. */
static const char *barcode_fault(const struct item_change *change, size_t index, int64_t *seen)
{
    const char *text = barcode_at(change->body, index);
    const char *fault = NULL;
    int64_t gtin = 0;

    if (text == NULL) {
        return NULL;
    }
    fault = gtin_fault(text, &gtin);
    for (size_t i = 0; i < index && fault == NULL; i++) {
        fault = seen[i] == gtin ? "it is given twice" : NULL;
    }
    seen[index] = gtin;
    const struct barcode_row *owner = fault == NULL ? find_owner(change->out->rows, gtin) : NULL;
    if (owner != NULL && owner->sku[0] != '\0' && strcmp(owner->sku, change->wanted.sku) != 0) {
        fault = text_format(change->out->arena, "item \"%s\" has it", owner->sku);
    }
    return fault;
}

static bool barcodes_are_wrong(const struct item_change *change, struct item_fault *ret)
{
    size_t count = barcode_count(change->body);
    int64_t *seen = arena_alloc(change->out->arena, count * sizeof *seen);

    for (size_t i = 0; i < count; i++) {
        ret->detail = barcode_fault(change, i, seen);
        if (ret->detail != NULL) {
            ret->pointer = barcode_pointer(change, i);
            return true;
        }
    }
    return false;
}

static void own(struct rows *rows, const char *text, const char *sku)
{
    int64_t gtin = 0;

    if (text == NULL || gtin_fault(text, &gtin) != NULL) {
        return;
    }
    struct barcode_row *row = rows_find(rows, &barcode_table, key_number(gtin));
    if (row == NULL) {
        rows_insert(rows, &barcode_table, &(struct barcode_row){ gtin, sku });
    } else if (strcmp(row->sku, sku) != 0) {
        row->sku = sku;
        rows_update(rows, &barcode_table, row);
    }
}

/* What the item had is nobody's, and what it is to have its own: so what it keeps does not change. */
static void move_barcodes(const struct item_change *change)
{
    struct rows *rows = change->out->rows;
    const char *sku = change->wanted.sku;

    for (void **at = rows_list(rows, &item_barcode_table, key_text(sku)); *at != NULL; at++) {
        own(rows, ((const struct item_barcode_row *)*at)->barcode, "");
    }
    for (void **at = rows_list(rows, &item_pack_table, key_text(sku)); *at != NULL; at++) {
        own(rows, ((const struct item_pack_row *)*at)->barcode, "");
    }
    for (size_t i = 0; i < barcode_count(change->body); i++) {
        own(rows, barcode_at(change->body, i), sku);
    }
}

/* --- What an item may be ---------------------------------------------------------------------- */

static bool packs_are_wrong(const struct item_change *change, struct item_fault *ret)
{
    const struct item_body *body = change->body;
    const char *base = body->unit == NULL ? BASE_UNIT : body->unit;

    for (size_t i = 0; i < body->packs_count; i++) {
        bool known = strcmp(body->packs[i].unit, base) == 0;

        for (size_t j = 0; j < i; j++) {
            known = known || strcmp(body->packs[i].unit, body->packs[j].unit) == 0;
        }
        if (known) {
            ret->pointer = text_format(change->out->arena, "%s/packs/%zu/unit", change->at, i);
            ret->detail = "the item has this unit already";
            return true;
        }
    }
    return false;
}

static bool option_repeats(const struct item_body *body, size_t index)
{
    size_t before = 0;

    while (before < index && strcmp(body->options[before].name, body->options[index].name) != 0) {
        before++;
    }
    return before < index;
}

static bool options_are_wrong(const struct item_change *change, struct item_fault *ret)
{
    const struct item_body *body = change->body;

    if (body->options_count > 0 && body->product == NULL) {
        ret->pointer = text_format(change->out->arena, "%s/product", change->at);
        ret->detail = "an item with options is a variant of a product";
        return true;
    }
    for (size_t i = 0; i < body->options_count; i++) {
        if (option_repeats(body, i)) {
            ret->pointer = text_format(change->out->arena, "%s/options/%zu/name", change->at, i);
            ret->detail = "it is given twice";
            return true;
        }
    }
    return false;
}

static bool substitutes_are_wrong(const struct item_change *change, struct item_fault *ret)
{
    const struct item_body *body = change->body;

    for (size_t i = 0; i < body->substitutes_count; i++) {
        const char *substitute = body->substitutes[i];

        ret->detail = strcmp(substitute, change->wanted.sku) == 0
                          ? "an item is no substitute of its own"
                          : NULL;
        for (size_t j = 0; j < i && ret->detail == NULL; j++) {
            ret->detail =
                strcmp(substitute, body->substitutes[j]) == 0 ? "it is given twice" : NULL;
        }
        if (ret->detail != NULL) {
            ret->pointer = text_format(change->out->arena, "%s/substitutes/%zu", change->at, i);
            return true;
        }
    }
    return false;
}

static bool flags_are_wrong(const struct item_change *change, struct item_fault *ret)
{
    const struct item_row *wanted = &change->wanted;
    const struct {
        bool wrong;
        const char *field, *detail;
    } faults[] = {
        { wanted->expires && !wanted->lot_tracked, "expires",
          "only lots expire: the item needs lot_tracked" },
        { wanted->lot_tracked && wanted->serial_tracked, "serial_tracked",
          "pieces are kept apart by lots or by serial numbers, not by both" },
        { wanted->minimum_shelf_life_days > 0 && !wanted->expires, "minimum_shelf_life_days",
          "only what expires has a shelf life: the item needs expires" },
    };

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (faults[i].wrong) {
            ret->pointer = text_format(change->out->arena, "%s/%s", change->at, faults[i].field);
            ret->detail = faults[i].detail;
            return true;
        }
    }
    return false;
}

static bool day_is_wrong(const struct item_change *change, struct item_fault *ret)
{
    const char *field = NULL;

    ret->detail = preorder_fault(change->body, &field);
    if (ret->detail != NULL) {
        ret->pointer = text_format(change->out->arena, "%s/%s", change->at, field);
    }
    return ret->detail != NULL;
}

bool item_change_is_wrong(const struct item_change *change, struct item_fault *ret)
{
    return packs_are_wrong(change, ret) || options_are_wrong(change, ret) ||
           substitutes_are_wrong(change, ret) || flags_are_wrong(change, ret) ||
           day_is_wrong(change, ret) || bundle_is_wrong(change, ret) ||
           barcodes_are_wrong(change, ret);
}

/* --- Putting it ------------------------------------------------------------------------------- */

static int64_t given(bool has, int64_t value)
{
    return has ? value : NOT_GIVEN;
}

static struct item_row item_of(struct arena *arena, const char *sku, const struct item_body *body)
{
    return (struct item_row){
        .sku = sku,
        .version = 1,
        .name = body->name,
        .unit = body->unit,
        .product = body->product,
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
        .lot_tracked = body->has_lot_tracked && body->lot_tracked,
        .expires = body->has_expires && body->expires,
        .serial_tracked = body->has_serial_tracked && body->serial_tracked,
        .components = recipe_text(arena, body->components, body->components_count),
        .minimum_shelf_life_days =
            body->has_minimum_shelf_life_days ? body->minimum_shelf_life_days : 0,
        .available_day = preorder_day(body),
        .preorder_limit = given(body->has_preorder_limit, body->preorder_limit),
    };
}

/* Whether its stock is, or is to be, kept apart in another way than it is. */
static bool is_kept_otherwise(const struct item_change *change)
{
    const struct item_row *stored = change->stored, *wanted = &change->wanted;
    bool apart = wanted->lot_tracked || wanted->serial_tracked ||
                 (stored != NULL && (stored->lot_tracked || stored->serial_tracked));

    return apart && lots_differ(change->out->rows, wanted);
}

void item_change_open(struct item_change *change, struct decision *out, const char *sku,
                      const struct item_body *body)
{
    *change = (struct item_change){ .out = out,
                                    .at = "",
                                    .body = body,
                                    .stored = rows_find(out->rows, &item_table, key_text(sku)),
                                    .wanted = item_of(out->arena, sku, body) };
    gather_lists(change);
    if (change->stored != NULL) {
        change->wanted.version = change->stored->version;
        change->same = table_same_row(&item_table, change->stored, &change->wanted);
    }
    for (size_t i = 0; i < ITEM_LIST_COUNT; i++) {
        change->same = change->same && same_list(out->rows, &change->lists[i], sku);
    }
    change->same = change->same && !is_kept_otherwise(change);
}

static void publish(const struct item_change *change, int64_t version)
{
    struct item_state state = { .sku = change->wanted.sku,
                                .version = version,
                                .item = *change->body };

    state.item.active = change->wanted.active;
    state.item.has_active = true;
    decide_emit(change->out, (struct subject){ .id = state.sku }, MESSAGE_ITEM_STATE, &state,
                sizeof state);
}

static void store(struct item_change *change)
{
    struct rows *rows = change->out->rows;
    const char *sku = change->wanted.sku;
    const struct backorder_row nobody_waits = {
        .sku = sku,
        .bundle = change->wanted.components != NULL,
        .held_until = preorder_held_until(&change->wanted, change->out->now),
    };

    move_barcodes(change);
    bundle_store(change);
    for (size_t i = 0; i < ITEM_LIST_COUNT; i++) {
        put_list(rows, &change->lists[i], sku);
    }
    if (change->stored == NULL) {
        rows_insert(rows, &backorder_table, &nobody_waits);
        change->stored = rows_insert(rows, &item_table, &change->wanted);
        preorder_begin(change->out, change->stored);
        return;
    }
    if (change->wanted.reorder_point != change->stored->reorder_point) {
        reorder_ask(change->out, sku);
    }
    if (change->wanted.available_day != change->stored->available_day) {
        preorder_keep(change->out, &change->wanted);
    }
    change->wanted.version++;
    *change->stored = change->wanted;
    rows_update(rows, &item_table, change->stored);
}

/* Also what is unchanged is stated: a lost state is mended by putting it again. */
void item_change_make(struct item_change *change)
{
    bool otherwise = is_kept_otherwise(change); /* before the row says so */

    if (!change->same) {
        store(change);
    }
    if (otherwise) {
        lots_keep_as(change->out, change->stored);
    }
    publish(change, change->wanted.version);
    if (change->wanted.components != NULL) {
        bundle_level_ask(change->out, change->wanted.sku);
    }
}

void item_put_need(const struct incoming_message *in, struct rows *rows)
{
    item_need(rows, ((const struct item_put *)in->message)->sku);
}

void item_put_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct item_put *request = in->message;

    item_need_shared(rows, request->sku, &request->body);
}

const char *item_put_lane_key(struct arena *arena, const struct incoming_message *in)
{
    (void)arena;
    return ((const struct item_put *)in->message)->sku;
}

void on_item_put(struct decision *out, const struct incoming_message *in)
{
    const struct item_put *request = in->message;
    struct item_change change;
    struct item_fault fault;

    item_change_open(&change, out, request->sku, &request->body);
    bool made = change.stored == NULL;
    if (reply_stale_put(out, in, made ? 0 : change.stored->version, change.same)) {
        return;
    }
    if (!change.same && item_change_is_wrong(&change, &fault)) {
        reply_invalid(out, in, fault.pointer, fault.detail);
        return;
    }
    item_change_make(&change);
    reply_done(out, in, made ? 201 : 200, request->sku);
}
