/* table_test.c - order, equality and hash of keys, and identities read through a description. */
#include "common/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct stock_row {
    int64_t place;
    const char *sku;
    struct bytes lot;
    int64_t on_hand, counted_at;
};

static const struct column stock_columns[] = {
    COLUMN(struct stock_row, place, COLUMN_INT4),
    COLUMN(struct stock_row, sku, COLUMN_TEXT),
    COLUMN(struct stock_row, lot, COLUMN_BYTES),
    COLUMN(struct stock_row, on_hand, COLUMN_INT8),
    COLUMN(struct stock_row, counted_at, COLUMN_INSTANT),
};
static const struct table stock = {
    .name = "stock",
    .columns = stock_columns,
    .column_count = COLUMN_COUNT(stock_columns),
    .key_columns = 3,
    .row_bytes = sizeof(struct stock_row),
};

static struct stock_row row(int64_t place, const char *sku, const char *lot, int64_t on_hand)
{
    return (struct stock_row){ .place = place,
                               .sku = sku,
                               .lot = { (const unsigned char *)lot, strlen(lot) },
                               .on_hand = on_hand,
                               .counted_at = 1700000000000 };
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

/* Keys in their order: any two compare as their places do. */
static void orders_keys(void **state)
{
    const struct key keys[] = {
        key_number(INT64_MIN), key_number(-1),       key_number(0),  key_number(INT64_MAX),
        key_text(""),          key_text("A"),        key_text("AB"), key_text("B"),
        key_text("a"),         key_text("\xc3\xa4"),
    };
    const int count = (int)(sizeof keys / sizeof keys[0]);

    (void)state;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            assert_int_equal(sign(key_compare(keys[i], keys[j])), sign(i - j));
            assert_int_equal(key_equal(keys[i], keys[j]), i == j);
            assert_int_equal(key_hash(keys[i]) == key_hash(keys[j]), i == j);
        }
    }
}

static void takes_bytes_with_zeros(void **state)
{
    struct key left = key_bytes((struct bytes){ (const unsigned char *)"a\0b", 3 });
    struct key right = key_bytes((struct bytes){ (const unsigned char *)"a\0c", 3 });

    (void)state;
    assert_true(key_compare(left, right) < 0);
    assert_false(key_equal(left, key_text("a")));
    assert_true(
        key_equal(key_bytes((struct bytes){ (const unsigned char *)"ab", 2 }), key_text("ab")));
}

static void reads_columns(void **state)
{
    struct stock_row seven = row(7, "TEA-1", "L1", 5);

    (void)state;
    assert_true(key_equal(table_key(&stock, &seven, 0), key_number(7)));
    assert_true(key_equal(table_key(&stock, &seven, 1), key_text("TEA-1")));
    assert_true(key_equal(table_key(&stock, &seven, 2), key_text("L1")));
    assert_true(key_equal(table_key(&stock, &seven, 3), key_number(5)));
    assert_true(key_equal(table_key(&stock, &seven, 4), key_number(1700000000000)));
}

static void identity_is_the_key_columns(void **state)
{
    struct stock_row base = row(7, "TEA-1", "L1", 5), same = row(7, "TEA-1", "L1", 6);
    struct stock_row later[] = { row(8, "TEA-1", "L1", 5), row(7, "TEA-2", "L1", 5),
                                 row(7, "TEA-1", "L2", 5), row(8, "A", "A", 0) };

    (void)state;
    assert_true(table_same_identity(&stock, &base, &same));
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        assert_false(table_same_identity(&stock, &base, &later[i]));
        assert_true(table_compare_identity(&stock, &base, &later[i]) < 0);
        assert_true(table_compare_identity(&stock, &later[i], &base) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_keys),
        cmocka_unit_test(takes_bytes_with_zeros),
        cmocka_unit_test(reads_columns),
        cmocka_unit_test(identity_is_the_key_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
