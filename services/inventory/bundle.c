/* bundle.c - what a bundle may be.
 *
 * No bundle is a component, and none has stock.  Two lanes could break that together, one that makes a bundle of X with Y and
 * one that makes a bundle of Y: both lock the rows of `backorder` of X and Y, which say what each of them is.
 */
#include "services/inventory/bundle.h"

#include "common/arena.h"
#include "common/recipe.h"
#include "common/text.h"
#include "proto/inventory.h"
#include "services/inventory/stock.h"

#include <string.h>

static const struct table *const tables_of_an_item[] = { &item_table, &stock_table,
                                                         &backorder_table, &bundle_use_table };

/* An order of this batch that comes behind finds the stock of the new components loaded. */
void bundle_need_shared(struct rows *rows, const char *sku, const struct item_body *body)
{
    const struct item_row *stored = rows_find(rows, &item_table, key_text(sku));
    const char *components = stored == NULL ? NULL : stored->components;

    if (body->components_count == 0 && components == NULL) {
        return;
    }
    for (size_t i = 0; i < sizeof tables_of_an_item / sizeof tables_of_an_item[0]; i++) {
        rows_want(rows, tables_of_an_item[i], key_text(sku));
        recipe_want(rows, tables_of_an_item[i], components);
        for (size_t j = 0; j < body->components_count; j++) {
            rows_want(rows, tables_of_an_item[i], key_text(body->components[j].sku));
        }
    }
}

/* Why this component cannot be one; NULL: it can. */
static const char *component_fault(const struct item_change *change, size_t index)
{
    const struct bundle_component *components = change->body->components;
    const char *sku = components[index].sku;
    const struct backorder_row *row = rows_find(change->out->rows, &backorder_table, key_text(sku));

    for (size_t i = 0; i < index; i++) {
        if (strcmp(components[i].sku, sku) == 0) {
            return "it is given twice";
        }
    }
    if (strcmp(sku, change->wanted.sku) == 0) {
        return "a bundle is no component of its own";
    }
    if (row == NULL) {
        return "there is no such item; put it first";
    }
    return row->bundle ? "it is a bundle: a component is an item with stock of its own" : NULL;
}

static bool components_are_wrong(const struct item_change *change, struct item_fault *ret)
{
    for (size_t i = 0; i < change->body->components_count; i++) {
        ret->detail = component_fault(change, i);
        if (ret->detail != NULL) {
            ret->pointer = text_format(change->out->arena, "%s/components/%zu/sku", change->at, i);
            return true;
        }
    }
    return false;
}

/* Why the item cannot become a bundle; NULL: it can, or is one. */
static const char *change_fault(const struct item_change *change)
{
    struct rows *rows = change->out->rows;
    const char *sku = change->wanted.sku;
    const struct backorder_row *row = rows_find(rows, &backorder_table, key_text(sku));

    if (row == NULL || row->bundle) {
        return NULL;
    }
    if (row->in_bundles > 0) {
        return "the item is a component of a bundle itself";
    }
    if (rows_find(rows, &stock_table, key_text(sku)) != NULL) {
        return "the item has, or had, stock of its own";
    }
    return row->pieces > 0 ? "orders wait for pieces of the item" : NULL;
}

/* What is asked of pieces is asked of the components. */
static const char *flag_of_pieces(const struct item_row *wanted)
{
    const struct {
        bool given;
        const char *name;
    } flags[] = {
        { wanted->backorder_allowed, "backorder_allowed" },
        { wanted->lot_tracked, "lot_tracked" },
        { wanted->serial_tracked, "serial_tracked" },
    };

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (flags[i].given) {
            return flags[i].name;
        }
    }
    return NULL;
}

bool bundle_is_wrong(const struct item_change *change, struct item_fault *ret)
{
    bool was = change->stored != NULL && change->stored->components != NULL;
    const char *flag = flag_of_pieces(&change->wanted);

    if (change->body->components_count == 0) {
        ret->pointer = text_format(change->out->arena, "%s/components", change->at);
        ret->detail = "a bundle stays one; make another item";
        return was;
    }
    if (components_are_wrong(change, ret)) {
        return true;
    }
    ret->pointer = text_format(change->out->arena, "%s/components", change->at);
    ret->detail = change_fault(change);
    if (ret->detail == NULL && flag != NULL) {
        ret->pointer = text_format(change->out->arena, "%s/%s", change->at, flag);
        ret->detail = "a bundle has no pieces of its own; say it of its components";
    }
    return ret->detail != NULL;
}

static void note_use(struct rows *rows, const char *component, const char *bundle, bool used)
{
    const struct bundle_use_row use = { component, bundle };
    void **at = rows_list(rows, &bundle_use_table, key_text(component));

    if (used) {
        rows_insert(rows, &bundle_use_table, &use);
        return;
    }
    while (!table_same_identity(&bundle_use_table, *at, &use)) {
        at++; /* it is there, since it is counted */
    }
    rows_remove(rows, &bundle_use_table, *at);
}

/* Components that `other` has as well stay what they are. */
static void count_in(const struct item_change *change, const char *components, const char *other,
                     int64_t bundles)
{
    struct rows *rows = change->out->rows;
    struct recipe recipe = recipe_of(change->out->arena, "", components);
    struct recipe kept = recipe_of(change->out->arena, "", other);

    for (size_t i = 0; components != NULL && i < recipe.count; i++) {
        const char *sku = recipe.components[i].sku;
        struct backorder_row *row = rows_find(rows, &backorder_table, key_text(sku));

        if (recipe_pieces(kept, sku) == 0) {
            row->in_bundles += bundles;
            rows_update(rows, &backorder_table, row);
            note_use(rows, sku, change->wanted.sku, bundles > 0);
        }
    }
}

void bundle_store(const struct item_change *change)
{
    struct rows *rows = change->out->rows;
    const char *before = change->stored == NULL ? NULL : change->stored->components;

    if (change->wanted.components == NULL) {
        return;
    }
    if (change->stored != NULL) {
        struct backorder_row *own = rows_find(rows, &backorder_table, key_text(change->wanted.sku));

        own->bundle = true;
        rows_update(rows, &backorder_table, own);
    }
    count_in(change, before, change->wanted.components, -1);
    count_in(change, change->wanted.components, before, 1);
}
