/* inventory_item_test.c - what an item may be, whose a barcode is, and that what is refused changes nothing.
 *
 * links: inventory
 */
#include "services/inventory/gtin.h"
#include "services/inventory/item.h"
#include "tests/unit/inventory_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MUG_GTIN     "4006381333931"
#define MUG_GTIN_14  "04006381333931"
#define CASE_GTIN    "14006381333938"
#define OTHER_GTIN   "96385074"
#define STRINGS(...) ((const char *const[]){ __VA_ARGS__ })

/* "201 A", or "422 /field: why". */
static const char *put(struct bench *bench, const char *sku, struct item_body body)
{
    const struct decision *decision = bench_item(bench, sku, body);
    const struct gateway_reply *reply = decision->replies->message;
    static char text[300];

    assert_null(decision->replies->next);
    assert_true((reply->problem == NULL) == (decision->emissions != NULL));
    if (reply->problem == NULL) {
        (void)snprintf(text, sizeof text, "%d %s", (int)reply->status, reply->subject_id);
    } else {
        (void)snprintf(text, sizeof text, "%d %s: %s", (int)reply->status,
                       reply->problem->errors[0].pointer, reply->problem->errors[0].detail);
    }
    return text;
}

static struct item_body with_barcodes(const char *const *barcodes, size_t count)
{
    return (struct item_body){ .name = "Mug", .barcodes = barcodes, .barcodes_count = count };
}

static void checks_digits(void **state)
{
    static const struct {
        const char *text;
        int64_t number; /* 0: it is no GTIN */
    } rows[] = {
        { "96385074", 96385074 },
        { "036000291452", 36000291452 },
        { "4006381333931", 4006381333931 },
        { "14006381333938", 14006381333938 },
        { "00000096385074", 96385074 },
        { "0036000291452", 36000291452 },
        { "96385075", 0 },
        { "4006381333913", 0 },
        { "400638133393", 0 },
        { "40063813339", 0 },
        { "963850740", 0 },
        { "400638133393100", 0 },
        { "40063813-3931", 0 },
        { "", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t number = 0;

        assert_int_equal(gtin_fault(rows[i].text, &number) == NULL, rows[i].number != 0);
        assert_int_equal(number, rows[i].number);
    }
}

/* Every other last digit is wrong, and so is every digit that is off by one. */
static void finds_each_slip(void **state)
{
    static const char *const texts[] = { "96385074", "036000291452", "4006381333931",
                                         "14006381333938" };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t at = 0; texts[i][at] != '\0'; at++) {
            char slip[15];
            int64_t number = 0;

            (void)snprintf(slip, sizeof slip, "%s", texts[i]);
            slip[at] = "1234567890"[slip[at] - '0'];
            assert_non_null(gtin_fault(slip, &number));
        }
    }
}

static void keeps_all_of_an_item(void **state)
{
    struct bench *bench = *state;
    const struct pack_unit packs[] = { { "case", 12, CASE_GTIN }, { "pallet", 480, NULL } };
    const struct variant_option options[] = { { "color", "blue" }, { "size", "XL" } };
    struct item_body body = { .name = "Mug",
                              .unit = "piece",
                              .barcodes = STRINGS(MUG_GTIN, OTHER_GTIN),
                              .barcodes_count = 2,
                              .packs = packs,
                              .packs_count = 2,
                              .product = "MUG",
                              .options = options,
                              .options_count = 2,
                              .substitutes = STRINGS("B", "C"),
                              .substitutes_count = 2,
                              .lot_tracked = true,
                              .has_lot_tracked = true,
                              .expires = true,
                              .has_expires = true };

    assert_string_equal(put(bench, "A", body), "201 A");
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 1");
    body.substitutes = STRINGS("C", "B");
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 2");
    body.packs_count = 1;
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 3");
    body.minimum_shelf_life_days = 30;
    body.has_minimum_shelf_life_days = true;
    const struct decision *decision = bench_item(bench, "A", body);
    const struct item_state *told = decision->emissions->message;
    assert_int_equal(told->version, 4);
    assert_int_equal(told->item.barcodes_count, 2);
    assert_string_equal(told->item.packs[0].barcode, CASE_GTIN);
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 4");
    body.barcodes_count = body.packs_count = body.options_count = body.substitutes_count = 0;
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 5");
    assert_string_equal(bench_facts(bench, bench_item(bench, "A", body)), "item 5");
}

static void names_what_is_wrong(void **state)
{
    struct bench *bench = *state;
    const struct pack_unit packs[] = {
        { "case", 12, CASE_GTIN }, { "case", 6, NULL }, { "piece", 2, NULL },
        { "box", 6, MUG_GTIN_14 }, { "bag", 3, "1" },
    };
    const struct variant_option options[] = { { "size", "M" }, { "size", "L" } };
    const struct {
        struct item_body body;
        const char *answer;
    } rows[] = {
        { with_barcodes(STRINGS(OTHER_GTIN, "4006381333930"), 2),
          "422 /barcodes/1: its last digit does not check the others" },
        { with_barcodes(STRINGS("400638133"), 1),
          "422 /barcodes/0: a barcode has 8, 12, 13 or 14 digits" },
        { with_barcodes(STRINGS(MUG_GTIN, MUG_GTIN_14), 2), "422 /barcodes/1: it is given twice" },
        { { .name = "A", .packs = packs, .packs_count = 2 },
          "422 /packs/1/unit: the item has this unit already" },
        { { .name = "A", .packs = &packs[2], .packs_count = 1 },
          "422 /packs/0/unit: the item has this unit already" },
        { { .name = "A", .unit = "box", .packs = &packs[2], .packs_count = 2 },
          "422 /packs/1/unit: the item has this unit already" },
        { { .name = "A",
            .barcodes = STRINGS(MUG_GTIN),
            .barcodes_count = 1,
            .packs = &packs[3],
            .packs_count = 1 },
          "422 /packs/0/barcode: it is given twice" },
        { { .name = "A", .packs = &packs[3], .packs_count = 2 },
          "422 /packs/1/barcode: a barcode has 8, 12, 13 or 14 digits" },
        { { .name = "A", .options = options, .options_count = 1 },
          "422 /product: an item with options is a variant of a product" },
        { { .name = "A", .product = "P", .options = options, .options_count = 2 },
          "422 /options/1/name: it is given twice" },
        { { .name = "A", .substitutes = STRINGS("B", "A"), .substitutes_count = 2 },
          "422 /substitutes/1: an item is no substitute of its own" },
        { { .name = "A", .substitutes = STRINGS("B", "C", "B"), .substitutes_count = 3 },
          "422 /substitutes/2: it is given twice" },
        { { .name = "A", .expires = true, .has_expires = true },
          "422 /expires: only lots expire: the item needs lot_tracked" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(put(bench, "A", rows[i].body), rows[i].answer);
    }
    assert_string_equal(put(bench, "A", with_barcodes(NULL, 0)), "201 A");
}

static void gives_a_barcode_to_one(void **state)
{
    struct bench *bench = *state;
    const struct pack_unit pack = { "case", 12, CASE_GTIN };
    struct item_body boxed = { .name = "B", .packs = &pack, .packs_count = 1 };

    assert_string_equal(put(bench, "A", with_barcodes(STRINGS(MUG_GTIN), 1)), "201 A");
    assert_string_equal(put(bench, "B", with_barcodes(STRINGS(OTHER_GTIN, MUG_GTIN_14), 2)),
                        "422 /barcodes/1: item \"A\" has it");
    assert_string_equal(put(bench, "C", with_barcodes(STRINGS(OTHER_GTIN), 1)), "201 C");
    assert_string_equal(put(bench, "B", boxed), "201 B");
    assert_string_equal(put(bench, "A", with_barcodes(STRINGS(CASE_GTIN), 1)),
                        "422 /barcodes/0: item \"B\" has it");
    assert_string_equal(put(bench, "A", with_barcodes(STRINGS(MUG_GTIN_14), 1)), "200 A");
    assert_string_equal(put(bench, "A", with_barcodes(NULL, 0)), "200 A");
    boxed.barcodes = STRINGS(MUG_GTIN);
    boxed.barcodes_count = 1;
    assert_string_equal(put(bench, "B", boxed), "200 B");
    boxed.packs_count = 0;
    assert_string_equal(put(bench, "B", boxed), "200 B");
    assert_string_equal(put(bench, "A", with_barcodes(STRINGS(CASE_GTIN), 1)), "200 A");
}

static struct step put_step(struct bench *bench, const char *sku, struct item_body body)
{
    const struct item_put request = { .sku = sku, .body = body };

    return (struct step){ .message_type = MESSAGE_ITEM_PUT,
                          .message = arena_copy(bench->kept, &request, sizeof request),
                          .subject = { .id = sku } };
}

static void sees_what_the_batch_gave_before(void **state)
{
    struct bench *bench = *state;
    const struct item_body wants = with_barcodes(STRINGS(MUG_GTIN), 1);
    const struct step steps[] = { put_step(bench, "A", wants), put_step(bench, "B", wants),
                                  put_step(bench, "A", with_barcodes(NULL, 0)),
                                  put_step(bench, "C", wants) };

    bench_batch(bench, steps, 4);
    static const int64_t statuses[] = { 201, 422, 200, 201 };
    for (size_t i = 0; i < 4; i++) {
        const struct gateway_reply *reply = bench->decisions[i].replies->message;

        assert_int_equal(reply->status, statuses[i]);
    }
}

/* --- Any order of puts ------------------------------------------------------------------------ */

enum { ITEMS = 4, CODES = 5, RUNS = 30, PUTS = 40 };
static const char *const skus[ITEMS] = { "A", "B", "C", "D" };
static const char *const codes[CODES] = { MUG_GTIN, CASE_GTIN, OTHER_GTIN, "036000291452",
                                          "0036000291452" /* the same */ };

static int below(uint64_t *seed, int limit)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (int)(*seed % (uint64_t)limit);
}

static int64_t number_of(const char *text)
{
    int64_t number = 0;

    assert_null(gtin_fault(text, &number));
    return number;
}

static bool body_has(const struct item_body *body, int64_t number)
{
    for (size_t i = 0; i < body->barcodes_count; i++) {
        if (number_of(body->barcodes[i]) == number) {
            return true;
        }
    }
    return body->packs_count > 0 && body->packs[0].barcode != NULL &&
           number_of(body->packs[0].barcode) == number;
}

static struct item_body random_body(struct bench *bench, uint64_t *seed)
{
    const char **barcodes = arena_alloc(bench->kept, 2 * sizeof *barcodes);
    struct pack_unit *pack = arena_alloc(bench->kept, sizeof *pack);

    barcodes[0] = codes[below(seed, CODES)];
    barcodes[1] = codes[below(seed, CODES)];
    *pack = (struct pack_unit){ "case", 2 + below(seed, 3),
                                below(seed, 2) == 0 ? NULL : codes[below(seed, CODES)] };
    return (struct item_body){ .name = "Any",
                               .barcodes = barcodes,
                               .barcodes_count = (size_t)below(seed, 3),
                               .packs = pack,
                               .packs_count = (size_t)below(seed, 2) };
}

/* What the model says: nobody has what it wants, and it wants nothing twice. */
static bool is_free(const struct item_body *held, int item, const struct item_body *wanted)
{
    size_t count = wanted->barcodes_count;
    bool twice = count == 2 && number_of(wanted->barcodes[0]) == number_of(wanted->barcodes[1]);
    bool packed = wanted->packs_count > 0 && wanted->packs[0].barcode != NULL;

    for (size_t i = 0; i < count && packed; i++) {
        twice = twice || number_of(wanted->barcodes[i]) == number_of(wanted->packs[0].barcode);
    }
    for (int other = 0; other < ITEMS; other++) {
        for (int code = 0; code < CODES && other != item; code++) {
            int64_t number = number_of(codes[code]);

            twice = twice || (body_has(&held[other], number) && body_has(wanted, number));
        }
    }
    return !twice;
}

static void agrees_with_a_model(void **state)
{
    int refused = 0, taken = 0;

    for (uint64_t run = 1; run <= RUNS; run++) {
        struct item_body held[ITEMS] = { { .name = NULL } };
        uint64_t seed = run * UINT64_C(0x9e3779b97f4a7c15);

        assert_int_equal(bench_tear_down(state), 0);
        assert_int_equal(bench_set_up(state), 0);
        struct bench *bench = *state;
        for (int i = 0; i < PUTS; i++) {
            int item = below(&seed, ITEMS);
            struct item_body body = random_body(bench, &seed);
            bool expected = is_free(held, item, &body);

            assert_int_equal(put(bench, skus[item], body)[0] == '2', expected);
            held[item] = expected ? body : held[item];
            refused += !expected;
            taken += expected;
        }
    }
    assert_true(refused > 100 && taken > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_digits), cmocka_unit_test(finds_each_slip),
        TEST(keeps_all_of_an_item),      TEST(names_what_is_wrong),
        TEST(gives_a_barcode_to_one),    TEST(sees_what_the_batch_gave_before),
        TEST(agrees_with_a_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
