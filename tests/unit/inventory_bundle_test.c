/* inventory_bundle_test.c - bundles: what may be one, what an order of one holds, and that all of it comes back.
 *
 * links: inventory
 */
#include "common/recipe.h"
#include "common/text.h"
#include "services/inventory/level.h"
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

/* A and B at two places: of the bundle of two A and one B the first place has two, the other three. */
static void stock_the_shop(struct bench *bench)
{
    bench_stocked_item(bench, "A", 5);
    bench_stocked_item(bench, "B", 2);
    bench_location(bench, "WH-2", 2, true);
    bench_count(bench, "A", "WH-2", 9);
    bench_count(bench, "B", "WH-2", 3);
    assert_string_equal(put(bench, "KIT", RECIPE({ "A", 2 }, { "B", 1 }), 2), "201 KIT");
}

static const char *say(struct bench *bench, struct step step)
{
    return bench_facts(bench, bench_run(bench, step));
}

static void holds_components_at_one_place(void **state)
{
    struct bench *bench = *state;

    stock_the_shop(bench);
    const struct decision *decision = bench_run(bench, bench_reserve(bench, 1, "KIT:2"));
    const struct inventory_reserved *fact = decision->emissions->message;
    assert_string_equal(bench_facts(bench, decision), "reserved 1KIT:2@WH-1");
    assert_int_equal(fact->allocations[0].components_count, 2);
    assert_string_equal(fact->allocations[0].components[0].sku, "A");
    assert_int_equal(fact->allocations[0].components[0].quantity, 2);
    assert_string_equal(bench_stock(bench, "A"), "WH-1 5-4+0, WH-2 9-0+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 2-2+0, WH-2 3-0+0");
    assert_string_equal(say(bench, bench_reserve(bench, 2, "KIT:4")), "short 1KIT:3<4");
    decision = bench_run(bench, bench_consume(bench, 1, "F1", "1KIT:1@WH-1"));
    const struct inventory_consumed *left = decision->emissions->message;
    assert_string_equal(bench_facts(bench, decision), "consumed 1KIT:1@WH-1");
    assert_int_equal(left->allocations[0].components_count, 2);
    assert_string_equal(bench_stock(bench, "A"), "WH-1 3-2+0, WH-2 9-0+0");
    bench_check(bench);
    assert_string_equal(say(bench, bench_release(bench, 1, CANCEL_REASON_OTHER)),
                        "released(10) 1KIT:1@WH-1");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 3-0+0, WH-2 9-0+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 1-0+0, WH-2 3-0+0");
    bench_check(bench);
}

/* What is ordered by itself and in a bundle counts once. */
static void counts_a_component_once(void **state)
{
    struct bench *bench = *state;

    stock_the_shop(bench);
    assert_string_equal(put(bench, "DUO", RECIPE({ "B", 1 }), 1), "201 DUO");
    assert_string_equal(say(bench, bench_reserve(bench, 1, "KIT:2 A:3 DUO:1")),
                        "reserved 1KIT:2@WH-2 2A:3@WH-2 3DUO:1@WH-2"); /* one place has it all */
    assert_string_equal(say(bench, bench_reserve(bench, 2, "A:4 KIT:2")), "short 1A:3<4");
    assert_string_equal(say(bench, bench_reserve(bench, 3, "A:3 KIT:2")),
                        "reserved 1A:1@WH-1 1A:2@WH-2 2KIT:2@WH-1");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 5-5+0, WH-2 9-9+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 2-2+0, WH-2 3-3+0");
    bench_check(bench);
}

/* Each order has what its bundle was made of when it was reserved. */
static void keeps_the_recipe_of_an_order(void **state)
{
    struct bench *bench = *state;

    stock_the_shop(bench);
    assert_string_equal(say(bench, bench_reserve(bench, 1, "KIT:2")), "reserved 1KIT:2@WH-1");
    assert_string_equal(put(bench, "KIT", RECIPE({ "A", 1 }), 1), "200 KIT");
    assert_string_equal(say(bench, bench_reserve(bench, 2, "KIT:1")), "reserved 1KIT:1@WH-1");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 5-5+0, WH-2 9-0+0");
    assert_string_equal(say(bench, bench_release(bench, 1, CANCEL_REASON_OTHER)),
                        "released(10) 1KIT:2@WH-1");
    assert_string_equal(say(bench, bench_consume(bench, 2, "F1", "1KIT:1@WH-2")),
                        "consumed 1KIT:1@WH-2"); /* picked elsewhere */
    assert_string_equal(bench_stock(bench, "A"), "WH-1 5-0+0, WH-2 8-0+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 2-0+0, WH-2 3-0+0");
    bench_check(bench);
}

/* No bundle waits: the order is short, or has what there is. */
static void is_short_in_whole_bundles(void **state)
{
    struct bench *bench = *state;
    struct step step;
    struct inventory_reserve *message = NULL;

    bench_item(bench, "W",
               (struct item_body){
                   .name = "W", .backorder_allowed = true, .has_backorder_allowed = true });
    stock_the_shop(bench);
    step = bench_reserve(bench, 1, "KIT:6 W:1");
    message = arena_copy(bench->kept, step.message, sizeof *message);
    message->backorder_allowed = message->has_backorder_allowed = true;
    step.message = message;
    assert_string_equal(say(bench, step), "short 1KIT:5<6 2W:0<1");
    message->partial_allowed = message->has_partial_allowed = true;
    message->reservation_id = bench_child_id(bench, 2, "H1");
    step = bench_reserve(bench, 2, "KIT:6 W:1");
    message = arena_copy(bench->kept, step.message, sizeof *message);
    message->backorder_allowed = message->has_backorder_allowed = true;
    message->partial_allowed = message->has_partial_allowed = true;
    step.message = message;
    assert_string_equal(say(bench, step), "reserved 1KIT:2@WH-1 1KIT:3@WH-2 -1KIT:1 -2W:1");
    bench_check(bench);
}

/* What a count missed is asked back in whole bundles, and looked for elsewhere. */
static void gives_up_whole_bundles(void **state)
{
    struct bench *bench = *state;

    stock_the_shop(bench);
    assert_string_equal(say(bench, bench_reserve(bench, 1, "KIT:2")), "reserved 1KIT:2@WH-1");
    bench_count(bench, "A", "WH-1", 3);
    assert_string_equal(bench_settle(bench), "1 taken_back 1KIT:1@WH-1 > 1KIT:1@WH-2");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 3-2+0, WH-2 9-2+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 2-1+0, WH-2 3-1+0");
    bench_check(bench);
}

/* Nobody says which component a picker did not find: all of them left the books. */
static void loses_all_components(void **state)
{
    struct bench *bench = *state;

    stock_the_shop(bench);
    assert_string_equal(say(bench, bench_reserve(bench, 1, "KIT:2")), "reserved 1KIT:2@WH-1");
    struct step step = bench_reduce(bench, 1, 1, "1KIT:1@WH-1");
    struct inventory_release *message = arena_copy(bench->kept, step.message, sizeof *message);
    message->lost = message->has_lost = true;
    step.message = message;
    assert_string_equal(say(bench, step), "released(3) #1 1KIT:1@WH-1");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 3-2+0, WH-2 9-0+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 1-1+0, WH-2 3-0+0");
    bench_check(bench);
}

/* Two bundles are short, for want of one A and one B: what else is in them is free. */
static void loses_the_components_that_are_named(void **state)
{
    static const struct line_quantity named[] = { { 1, "A", 1 }, { 1, "B", 1 }, { 2, "B", 9 } };
    struct bench *bench = *state;

    stock_the_shop(bench);
    assert_string_equal(say(bench, bench_reserve(bench, 1, "KIT:2")), "reserved 1KIT:2@WH-1");
    struct step step = bench_reduce(bench, 1, 1, "1KIT:2@WH-1");
    struct inventory_release *message = arena_copy(bench->kept, step.message, sizeof *message);
    message->lost = message->has_lost = true;
    message->lost_components = named;
    message->lost_components_count = 3;
    step.message = message;
    assert_string_equal(say(bench, step), "released(3) #1 1KIT:2@WH-1");
    assert_string_equal(bench_stock(bench, "A"), "WH-1 4-0+0, WH-2 9-0+0");
    assert_string_equal(bench_stock(bench, "B"), "WH-1 1-0+0, WH-2 3-0+0");
    bench_check(bench);
}

/* "1+4: 5 WH-1 2 WH-2 3": both parts of the version, and what is available in all and at places. */
static const char *show_level(struct bench *bench, const struct stock_level *level)
{
    const char *text = text_format(
        bench->kept, "%lld+%lld: %lld", (long long)(level->version >> 36),
        (long long)(level->version & ((INT64_C(1) << 36) - 1)), (long long)level->available);

    for (size_t i = 0; i < level->locations_count; i++) {
        text = text_format(bench->kept, "%s %s %lld", text, level->locations[i].location,
                           (long long)level->locations[i].available);
    }
    return text;
}

static bool is_of_the_kit(const struct emission *emission)
{
    return emission->message_type == MESSAGE_STOCK_LEVEL &&
           strcmp(emission->subject.id, "KIT") == 0;
}

/* Runs what waits; what was said of the bundle last. */
static const char *level_of_the_kit(struct bench *bench)
{
    const char *text = "";

    for (bench->now += LEVEL_PAUSE_MS; bench->waiting_count > 0;) {
        (void)bench_settle_one(bench, 0);
        const struct emission *at = bench->decisions[0].emissions;
        for (; at != NULL; at = at->next) {
            text = is_of_the_kit(at) ? show_level(bench, at->message) : text;
        }
    }
    return text;
}

/* As many as the components allow, told again whenever one of them changes, or the bundle does. */
static void levels_follow_the_components(void **state)
{
    struct bench *bench = *state;

    stock_the_shop(bench);
    assert_string_equal(level_of_the_kit(bench), "1+4: 5 WH-1 2 WH-2 3");
    bench_count(bench, "B", "WH-1", 1);
    assert_string_equal(level_of_the_kit(bench), "1+5: 4 WH-1 1 WH-2 3");
    assert_string_equal(say(bench, bench_reserve(bench, 1, "A:8")), "reserved 1A:8@WH-2");
    assert_string_equal(level_of_the_kit(bench), "1+6: 1 WH-1 1 WH-2 0");
    bench_location(bench, "WH-1", 1, false);
    assert_string_equal(put(bench, "KIT", RECIPE({ "A", 1 }), 1), "200 KIT");
    assert_string_equal(level_of_the_kit(bench), "2+3: 1 WH-1 0 WH-2 1");
    bench_count(bench, "B", "WH-1", 9);
    assert_string_equal(level_of_the_kit(bench), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_it_wrote, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(names_what_is_wrong, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(follows_a_new_recipe, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(nests_nothing_in_one_batch, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(imports_a_bundle, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(holds_components_at_one_place, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(counts_a_component_once, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(keeps_the_recipe_of_an_order, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(is_short_in_whole_bundles, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(gives_up_whole_bundles, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(loses_all_components, bench_set_up, bench_tear_down),
        cmocka_unit_test_setup_teardown(loses_the_components_that_are_named, bench_set_up,
                                        bench_tear_down),
        cmocka_unit_test_setup_teardown(levels_follow_the_components, bench_set_up,
                                        bench_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
