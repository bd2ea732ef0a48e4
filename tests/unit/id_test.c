/* id_test.c - ids have one spelling, lanes are what Kafka's own partitioner says. */
#include "common/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char counting[ORDER_ID_BYTES] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                                        0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
                                                        0xcc, 0xdd, 0xee, 0xff };
static const char counting_id[] = "ord_aaisem2ekvthpcezvk54zxpo74";

static void formats_order_ids(void **state)
{
    unsigned char bytes[ORDER_ID_BYTES];

    (void)state;
    assert_string_equal(order_id_format(counting).text, counting_id);
    memset(bytes, 0, sizeof bytes);
    assert_string_equal(order_id_format(bytes).text, "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa");
    memset(bytes, 0xff, sizeof bytes);
    assert_string_equal(order_id_format(bytes).text, "ord_77777777777777777777777774");
}

static void parses_what_it_formats(void **state)
{
    unsigned char bytes[ORDER_ID_BYTES], back[ORDER_ID_BYTES];
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 1000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (unsigned char)(seed >> 24);
        }
        assert_true(order_id_parse(order_id_format(bytes).text, back));
        assert_memory_equal(bytes, back, sizeof bytes);
    }
}

static void refuses_what_is_no_order_id(void **state)
{
    static const char *const wrong[] = {
        "",
        "ord_",
        "ord_aaisem2ekvthpcezvk54zxpo7",   /* short */
        "ord_aaisem2ekvthpcezvk54zxpo744", /* long */
        "ord_aaisem2ekvthpcezvk54zxpo75",  /* a second spelling of the same bytes */
        "ord_AAISEM2ekvthpcezvk54zxpo74",  /* upper case */
        "ord_aaisem1ekvthpcezvk54zxpo74",  /* 1 is not in the alphabet */
        "ret_aaisem2ekvthpcezvk54zxpo74",  /* another kind */
        "ord-aaisem2ekvthpcezvk54zxpo74",  /* another separator */
        "ord_aaisem2ekvthpcezvk54zxpo74 ", /* what follows is not a dash */
        "ord_aaisem2ekv-hpcezvk54zxpo74",  /* dash inside */
    };
    unsigned char bytes[ORDER_ID_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(order_id_parse(wrong[i], bytes));
    assert_true(order_id_parse("ord_aaisem2ekvthpcezvk54zxpo74-P1", bytes));
    assert_memory_equal(bytes, counting, sizeof bytes);
}

static void counts_children(void **state)
{
    static const struct {
        const char *tail;
        int64_t counter;
    } cases[] = {
        { "-P1", 1 },
        { "-P12", 12 },
        { "-P99999999", 99999999 },
        { "-P100000000", 0 },
        { "-P", 0 },
        { "-P0", 0 },
        { "-P01", 0 },
        { "-P1x", 0 },
        { "-P-1", 0 },
        { "-F1", 0 },
        { "P1", 0 },
        { "", 0 },
        { "-P99999999999999999999999", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char id[80];
        memcpy(id, counting_id, ORDER_ID_LENGTH);
        memcpy(id + ORDER_ID_LENGTH, cases[i].tail, strlen(cases[i].tail) + 1);
        assert_true(child_id_counter(id, 'P') == cases[i].counter);
    }
    assert_string_equal(child_id_format(counting_id, 'P', 1).text,
                        "ord_aaisem2ekvthpcezvk54zxpo74-P1");
    assert_string_equal(child_id_format(counting_id, 'S', 99999999).text,
                        "ord_aaisem2ekvthpcezvk54zxpo74-S99999999");
}

static void finds_the_order_of_a_child(void **state)
{
    struct order_id_text order;

    (void)state;
    assert_true(child_id_order("ord_aaisem2ekvthpcezvk54zxpo74-F3", &order));
    assert_string_equal(order.text, counting_id);
    assert_true(child_id_order(counting_id, &order));
    assert_false(child_id_order("TEA-1", &order));
}

/* Values of org.apache.kafka.common.utils.Utils.murmur2 */
static void hashes_as_kafka_does(void **state)
{
    static const struct {
        const char *key;
        int32_t hash;
    } cases[] = {
        { "21", -973932308 },
        { "foobar", -790332482 },
        { "a-little-bit-long-string", -985981536 },
        { "a-little-bit-longer-string", -1486304829 },
        { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
        { "abc", 479470107 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(murmur2(cases[i].key, strlen(cases[i].key)), (uint32_t)cases[i].hash);
}

static void children_share_their_orders_lane(void **state)
{
    bool seen[LANE_COUNT_DEFAULT] = { false };

    (void)state;
    assert_int_equal(lane_of("21", 100), (-973932308 & 0x7fffffff) % 100);
    for (unsigned char i = 0; i < 200; i++) {
        struct order_id_text order = order_id_format((const unsigned char[ORDER_ID_BYTES]){ i });
        int64_t lane = lane_of(order.text, LANE_COUNT_DEFAULT);
        assert_in_range(lane, 0, LANE_COUNT_DEFAULT - 1);
        assert_int_equal(lane_of(child_id_format(order.text, 'R', i + 1).text, LANE_COUNT_DEFAULT),
                         lane);
        seen[lane] = true;
    }
    for (int lane = 0; lane < LANE_COUNT_DEFAULT; lane++)
        assert_true(seen[lane]);
}

static void order_no_names_its_lane(void **state)
{
    (void)state;
    assert_int_equal(order_no_lane(order_no_make(11, 1)), 11);
    assert_int_equal(order_no_lane(order_no_make(0, (INT64_C(1) << 40) - 1)), 0);
    assert_true(order_no_make(3, 5) == 3 * (INT64_C(1) << 40) + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_order_ids),
        cmocka_unit_test(parses_what_it_formats),
        cmocka_unit_test(refuses_what_is_no_order_id),
        cmocka_unit_test(counts_children),
        cmocka_unit_test(finds_the_order_of_a_child),
        cmocka_unit_test(hashes_as_kafka_does),
        cmocka_unit_test(children_share_their_orders_lane),
        cmocka_unit_test(order_no_names_its_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
