/* inventory_bundle_test.c - bundles: what may be one, what an order of one holds, and that all of it comes back.
 *
 * links: inventory
 */
#include "services/inventory/bundle.h"
#include "services/inventory/item.h"
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RECIPE(...) ((const struct bundle_component[]){ __VA_ARGS__ })

/* "201 KIT", or "422 /field: why". */
static const char *answer(const struct decision *decision)
{
    const struct gateway_reply *reply = decision->replies->message;
    static char text[300];

    if (reply->problem == NULL) {
        (void)snprintf(text, sizeof text, "%d %s", (int)reply->status, reply->subject_id);
    } else {
        (void)snprintf(text, sizeof text, "%d %s: %s", (int)reply->status,
                       reply->problem->errors[0].pointer, reply->problem->errors[0].detail);
    }
    return text;
}

static struct item_body bundle_body(const struct bundle_component *components, size_t count)
{
    return (struct item_body){ .name = "Kit", .components = components, .components_count = count };
}

static const char *put(struct bench *bench, const char *sku,
                       const struct bundle_component *components, size_t count)
{
    return answer(bench_item(bench, sku, bundle_body(components, count)));
}

static void reads_what_it_wrote(void **state)
{
    struct bench *bench = *state;
    const char *text = recipe_text(bench->kept, RECIPE({ "A", 2 }, { "B-1.x", 1000 }), 2);
    struct recipe recipe = recipe_of(bench->kept, "KIT", text);

    assert_string_equal(text, "A 2 B-1.x 1000");
    assert_int_equal(recipe.count, 2);
    assert_string_equal(recipe.components[1].sku, "B-1.x");
    assert_int_equal(recipe.components[1].quantity, 1000);
    assert_null(recipe_text(bench->kept, NULL, 0));
    recipe = recipe_of(bench->kept, "A", NULL);
    assert_int_equal(recipe.count, 1);
    assert_string_equal(recipe.components[0].sku, "A");
    assert_int_equal(recipe.components[0].quantity, 1);
}

static void names_what_is_wrong(void **state)
{
    struct bench *bench = *state;

    bench_stocked_item(bench, "A", 5);
    bench_item(bench, "B", (struct item_body){ .name = "B" });
    assert_string_equal(put(bench, "KIT", RECIPE({ "A", 2 }, { "B", 1 }), 2), "201 KIT");
    assert_string_equal(put(bench, "K2", RECIPE({ "A", 2 }, { "C", 1 }), 2),
                        "422 /components/1/sku: there is no such item; put it first");
    assert_string_equal(put(bench, "K2", RECIPE({ "A", 2 }, { "A", 1 }), 2),
                        "422 /components/1/sku: it is given twice");
    assert_string_equal(put(bench, "K2", RECIPE({ "K2", 2 }), 1),
                        "422 /components/0/sku: a bundle is no component of its own");
    assert_string_equal(put(bench, "K2", RECIPE({ "KIT", 2 }), 1),
                        "422 /components/0/sku: it is a bundle: a component is an item with stock "
                        "of its own");
    assert_string_equal(put(bench, "A", RECIPE({ "B", 1 }), 1),
                        "422 /components: the item is a component of a bundle itself");
    assert_string_equal(put(bench, "KIT", NULL, 0),
                        "422 /components: a bundle stays one; make another item");
    bench_stocked_item(bench, "S", 0);
    assert_string_equal(put(bench, "S", RECIPE({ "B", 1 }), 1),
                        "422 /components: the item has, or had, stock of its own");
    struct item_body body = bundle_body(RECIPE({ "B", 1 }), 1);
    body.backorder_allowed = body.has_backorder_allowed = true;
    assert_string_equal(answer(bench_item(bench, "K3", body)),
                        "422 /backorder_allowed: a bundle has no pieces of its own; say it of its "
                        "components");
    assert_string_equal(answer(bench_count(bench, "KIT", "WH-1", 3)),
                        "422 /sku: it is a bundle: book what its components have");
    assert_string_equal(bench_stock(bench, "KIT"), "");
}

/* What a bundle does not have any more may become one; what it has now may not. */
static void follows_a_new_recipe(void **state)
{
    struct bench *bench = *state;

    for (const char *sku = "A\0B\0C\0"; *sku != '\0'; sku += 2) {
        bench_item(bench, sku, (struct item_body){ .name = sku });
    }
    assert_string_equal(put(bench, "KIT", RECIPE({ "A", 2 }), 1), "201 KIT");
    assert_string_equal(put(bench, "K2", RECIPE({ "A", 1 }, { "B", 1 }), 2), "201 K2");
    assert_string_equal(put(bench, "KIT", RECIPE({ "B", 1 }), 1), "200 KIT");
    assert_string_equal(put(bench, "A", RECIPE({ "C", 1 }), 1),
                        "422 /components: the item is a component of a bundle itself");
    assert_string_equal(put(bench, "K2", RECIPE({ "B", 1 }), 1), "200 K2");
    assert_string_equal(put(bench, "A", RECIPE({ "C", 1 }), 1), "200 A");
    assert_string_equal(put(bench, "C", RECIPE({ "B", 1 }), 1),
                        "422 /components: the item is a component of a bundle itself");
}

/* Two lanes, one batch: the later one finds what the earlier one did. */
static void nests_nothing_in_one_batch(void **state)
{
    struct bench *bench = *state;
    struct item_put kit = { "KIT", bundle_body(RECIPE({ "A", 1 }), 1) };
    struct item_put component = { "A", bundle_body(RECIPE({ "B", 1 }), 1) };
    const struct step steps[] = {
        { .message_type = MESSAGE_ITEM_PUT, .message = &kit, .subject = { .id = "KIT" } },
        { .message_type = MESSAGE_ITEM_PUT, .message = &component, .subject = { .id = "A" } },
    };

    bench_item(bench, "A", (struct item_body){ .name = "A" });
    bench_item(bench, "B", (struct item_body){ .name = "B" });
    bench_batch(bench, steps, 2);
    assert_string_equal(answer(&bench->decisions[0]), "201 KIT");
    assert_string_equal(answer(&bench->decisions[1]),
                        "422 /components: the item is a component of a bundle itself");
}

static void imports_a_bundle(void **state)
{
    struct bench *bench = *state;
    const struct import_stock stock = { .location = "WH-1", .on_hand = 3 };
    struct item_import request = { .sku = "KIT", .item = bundle_body(RECIPE({ "A", 1 }), 1) };
    struct step step = { .message_type = MESSAGE_ITEM_IMPORT,
                         .message = &request,
                         .subject = { .id = "KIT" } };

    bench_stocked_item(bench, "A", 5);
    request.stock = &stock;
    request.stock_count = 1;
    assert_string_equal(answer(bench_run(bench, step)),
                        "422 /stock: a bundle has no stock of its own");
    request.stock_count = 0;
    assert_string_equal(answer(bench_run(bench, step)), "201 KIT");
    request.item = bundle_body(RECIPE({ "A", 1 }, { "A", 2 }), 2);
    assert_string_equal(answer(bench_run(bench, step)),
                        "422 /item/components/1/sku: it is given twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_it_wrote, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(names_what_is_wrong, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(follows_a_new_recipe, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(nests_nothing_in_one_batch, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(imports_a_bundle, bench_set_up, bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
