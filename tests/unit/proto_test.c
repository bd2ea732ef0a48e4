/* proto_test.c - what a decoder hands over, what it says when it refuses, what an encoder writes. */
#include "proto/gateway_codec.h"
#include "proto/inventory_codec.h"
#include "proto/order_codec.h"
#include "proto/payment_codec.h"
#include "proto/registry.h"
#include "proto/types_codec.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ORDER_ID "ord_mfrggzdfmztwq2lknnwg23tpoa"
#define HEAD     "\"order_id\":\"" ORDER_ID "\",\"order_no\":1,\"clock\":7"
#define SHIP_TO                                                                                    \
    "\"ship_to\":{\"name\":\"Ada\",\"line1\":\"X 1\",\"city\":\"Berlin\",\"country\":\"DE\"}"
#define LINES "\"lines\":[{\"sku\":\"DEMO-1\",\"quantity\":2,\"unit_price_minor\":1999}]"
#define SUBMIT_REST                                                                                \
    "\"channel\":\"web\",\"currency\":\"EUR\",\"customer\":{\"name\":\"Ada\"}," SHIP_TO            \
    ",\"shipping\":{\"service\":\"standard\",\"price_minor\":0},\"payment\":{\"method\":\"card\"}" \
    ","                                                                                            \
    "\"total_minor\":3998"

static struct arena *arena;
static struct violations violations;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static enum err submit(const char *json, struct order_submit *ret)
{
    return order_submit_decode(arena, json, strlen(json), ret, &violations);
}

/* The only violation is this one. */
static void assert_violation(const char *pointer, const char *keyword, const char *detail)
{
    assert_int_equal(violations.count, 1);
    assert_string_equal(violations.items[0].pointer, pointer);
    assert_string_equal(violations.items[0].keyword, keyword);
    assert_string_equal(violations.items[0].detail, detail);
}

static void test_decodes_what_is_there(void **state)
{
    struct order_submit order;

    (void)state;
    assert_int_equal(
        submit("{" SUBMIT_REST ",\"lines\":[{\"sku\":\"A\",\"quantity\":2,\"unit_price_minor\":5,"
               "\"customization\":{ \"b\" : [1, null], \"a\":\"\\u00e9\"}},"
               "{\"sku\":\"B\",\"quantity\":1,\"unit_price_minor\":0,\"tax_minor\":0}],"
               "\"ship_not_before\":\"2026-03-01T10:30:00.5+01:00\",\"tax_mode\":\"exclusive\"}",
               &order),
        OK);
    assert_string_equal(order.channel, "web");
    assert_null(order.channel_order_ref);
    assert_null(order.bill_to);
    assert_string_equal(order.ship_to.city, "Berlin");
    assert_int_equal(order.lines_count, 2);
    assert_string_equal(order.lines[0].customization, "{\"b\":[1,null],\"a\":\"\303\251\"}");
    assert_false(order.lines[0].has_tax_minor);
    assert_true(order.lines[1].has_tax_minor);
    assert_string_equal(order.lines[1].sku, "B");
    assert_int_equal(order.payment.method, PAYMENT_METHOD_CARD);
    assert_int_equal(order.tax_mode, TAX_MODE_EXCLUSIVE);
    assert_true(order.has_ship_not_before);
    assert_int_equal(order.ship_not_before, INT64_C(1772357400500));
}

static void test_names_each_mistake(void **state)
{
    static const char *const rows[][4] = {
        { "{" SUBMIT_REST "}", "/lines", "required", "is required" },
        { "{" SUBMIT_REST ",\"lines\":[]}", "/lines", "minItems", "must have at least 1 item" },
        { "{" SUBMIT_REST ",\"lines\":{}}", "/lines", "type", "must be an array" },
        { "{" SUBMIT_REST ",\"lines\":[7]}", "/lines/0", "type", "must be an object" },
        { "{" SUBMIT_REST ",\"lines\":[{\"sku\":\"A\",\"quantity\":0,\"unit_price_minor\":1}]}",
          "/lines/0/quantity", "minimum", "must be at least 1" },
        { "{" SUBMIT_REST ",\"lines\":[{\"sku\":\"A\",\"quantity\":1.0,\"unit_price_minor\":1}]}",
          "/lines/0/quantity", "type", "must be an integer, written without fraction or exponent" },
        { "{" SUBMIT_REST ",\"lines\":[{\"sku\":\"A\",\"quantity\":1,\"unit_price_minor\":-1}]}",
          "/lines/0/unit_price_minor", "minimum", "must be at least 0" },
        { "{" SUBMIT_REST "," LINES ",\"tax_mode\":\"none\"}", "/tax_mode", "enum",
          "must be one of the listed values" },
        { "{" SUBMIT_REST "," LINES ",\"tax_mode\":null}", "/tax_mode", "type",
          "must be a string" },
        { "{" SUBMIT_REST "," LINES ",\"ship_not_before\":\"tomorrow\"}", "/ship_not_before",
          "format", "must be an instant like 2026-01-31T08:30:00.000Z" },
        { "{" SUBMIT_REST "," LINES ",\"channel_order_ref\":\"a b\"}", "/channel_order_ref",
          "pattern", "must match ^[!-~]{1,100}$" },
        { "{" SUBMIT_REST "," LINES ",\"bill_to\":{\"name\":\"A\",\"line1\":\"B\",\"city\":\"C\","
          "\"country\":\"DE\",\"zip/code~\":\"1\"}}",
          "/bill_to/zip~1code~0", "additionalProperties", "is not a known field" },
        { "[]", "", "type", "must be an object" },
        { "{} x", "", "json", "must be valid JSON (line 1, column 4)" },
        { "{\"a\":1,\"a\":2}", "", "json",
          "must not repeat a field of an object (line 1, column 13)" },
        { "{\"a\":\"\xff\"}", "", "json", "must be valid UTF-8 (line 1, column 7)" },
        { "{\"a\":\"\\u0000\"}", "", "json",
          "must not hold the character U+0000 (line 1, column 9)" },
        { "{\"a\":99999999999999999999}", "", "json",
          "must not hold a number beyond 64 bits (line 1, column 6)" },
        { "", "", "json", "must be valid JSON (line 1, column 1)" },
    };
    struct order_submit order;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(submit(rows[i][0], &order), ERR_INPUT);
        assert_violation(rows[i][1], rows[i][2], rows[i][3]);
    }
}

static void test_no_request_holds_a_card_number(void **state)
{
    static const char *const rows[][3] = {
        { "{" SUBMIT_REST "," LINES ",\"note\":\"use 4111 1111 1111 1111\"}", "/note", "card" },
        { "{" SUBMIT_REST "," LINES ",\"channel_order_ref\":\"4111111111111111\"}",
          "/channel_order_ref", "card" },
        { "{" SUBMIT_REST ",\"lines\":[{\"sku\":\"A\",\"quantity\":2,\"unit_price_minor\":5,"
          "\"customization\":{\"a\":[{\"b\":\"378282246310005\"}]}}]}",
          "/lines/0/customization", "card" },
        { "{" SUBMIT_REST "," LINES ",\"4111111111111111\":1}", "/(card number)",
          "additionalProperties" },
    };
    struct order_submit order;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(submit(rows[i][0], &order), ERR_INPUT);
        assert_int_equal(violations.count, 1);
        assert_string_equal(violations.items[0].pointer, rows[i][1]);
        assert_string_equal(violations.items[0].keyword, rows[i][2]);
        assert_null(strstr(violations.items[0].detail, "1111"));
    }
    static const char barcode[] =
        "{\"sku\":\"A\",\"body\":{\"name\":\"Mug\",\"barcodes\":[\"36227206271667\"]}}";
    struct item_put item;

    assert_int_equal(item_put_decode(arena, barcode, strlen(barcode), &item, &violations), OK);
}

static void test_collects_mistakes_up_to_a_limit(void **state)
{
    struct buffer buffer;
    struct order_submit order;

    (void)state;
    buffer_init(&buffer, (size_t)1024 * 1024);
    buffer_append_text(&buffer, "{" SUBMIT_REST ",\"lines\":[");
    for (int i = 0; i < 30; i++)
        buffer_append_text(&buffer, i > 0 ? ",{}" : "{}");
    buffer_append_text(&buffer, "]}");
    assert_int_equal(order_submit_decode(arena, buffer.bytes, buffer.length, &order, &violations),
                     ERR_INPUT);
    assert_int_equal(violations.found, 90);
    assert_int_equal(violations.count, VIOLATIONS_MAX);
    assert_string_equal(violations.items[0].pointer, "/lines/0/sku");
    assert_string_equal(violations.items[19].pointer, "/lines/6/quantity");
    buffer_release(&buffer);
}

static void test_long_names_are_cut_between_characters(void **state)
{
    struct buffer buffer;
    struct order_submit order;

    (void)state;
    buffer_init(&buffer, 4096);
    buffer_append_text(&buffer, "{" SUBMIT_REST "," LINES ",\"x");
    for (int i = 0; i < 200; i++)
        buffer_append_text(&buffer, "\303\251");
    buffer_append_text(&buffer, "\":1}");
    assert_int_equal(order_submit_decode(arena, buffer.bytes, buffer.length, &order, &violations),
                     ERR_INPUT);
    assert_int_equal(violations.count, 1);
    /* A slash, an x and whole characters of two bytes. */
    assert_int_equal(strlen(violations.items[0].pointer), 158);
    buffer_release(&buffer);
}

static void test_bounds_bytes_and_depth(void **state)
{
    static char big[256 * 1024 + 1];
    char deep[2 * JSON_DEPTH_MAX + 16] = "{\"a\":";
    struct order_submit order;

    (void)state;
    memset(big, ' ', sizeof big);
    assert_int_equal(order_submit_decode(arena, big, sizeof big, &order, &violations), ERR_INPUT);
    assert_violation("", "x-max-bytes", "must have at most 262144 bytes");
    assert_int_equal(order_submit_decode(arena, big, sizeof big - 1, &order, &violations),
                     ERR_INPUT);
    assert_string_equal(violations.items[0].keyword, "json");

    memset(deep + 5, '[', JSON_DEPTH_MAX);
    assert_int_equal(submit(deep, &order), ERR_INPUT);
    assert_violation("", "json", "must not nest deeper than 32 levels (line 1, column 37)");
    assert_int_equal(submit("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"}", &order),
                     ERR_INPUT);
    assert_string_equal(violations.items[0].keyword, "required");
    assert_int_equal(order_submit_decode(arena, NULL, 0, &order, &violations), ERR_INPUT);
    assert_int_equal(order_submit_decode(arena, "{\"a\":1\0}", 8, &order, &violations), ERR_INPUT);
    assert_violation("", "json", "must be valid JSON (line 1, column 7)");
}

/* Items that are compared with each other are items: two objects of a hundred thousand bytes take seconds. */
static void test_compares_only_what_has_the_right_form(void **state)
{
    struct order_channel_put put;
    const char *text =
        "{\"code\":\"web\",\"body\":{\"stock_policy\":\"reject\",\"silenced_messages\":"
        "[{\"a\":1},{\"a\":1}]}}";

    (void)state;
    assert_int_equal(order_channel_put_decode(arena, text, strlen(text), &put, &violations),
                     ERR_INPUT);
    assert_int_equal(violations.count, 2);
    assert_string_equal(violations.items[0].keyword, "type");
    assert_string_equal(violations.items[1].keyword, "type");
    text = "{\"code\":\"web\",\"body\":{\"stock_policy\":\"reject\",\"silenced_messages\":["
           "\"received\","
           "\"shipped\",\"received\"]}}";
    assert_int_equal(order_channel_put_decode(arena, text, strlen(text), &put, &violations),
                     ERR_INPUT);
    assert_violation("/body/silenced_messages", "uniqueItems", "must not repeat an item");
}

static void test_open_messages_forgive_the_future(void **state)
{
    static const char json[] = "{" HEAD ",\"newer\":{\"a\":1.5},\"reason\":\"bored\","
                               "\"canceled_by\":\"robot\","
                               "\"canceled_at\":\"2026-03-01T09:30:00.000Z\"}";
    struct order_canceled canceled;
    struct buffer buffer;

    (void)state;
    assert_int_equal(order_canceled_decode(arena, json, strlen(json), &canceled, &violations), OK);
    assert_int_equal(canceled.reason, CANCEL_REASON_UNKNOWN);
    assert_int_equal(canceled.canceled_by, CANCELED_BY_UNKNOWN);
    assert_int_equal(canceled.clock, 7);
    buffer_init(&buffer, 1024);
    order_canceled_encode(&canceled, &buffer);
    buffer_append(&buffer, "", 1);
    assert_string_equal(buffer.bytes,
                        "{" HEAD ",\"reason\":\"unknown\",\"canceled_by\":\"unknown\","
                        "\"canceled_at\":\"2026-03-01T09:30:00.000Z\"}");
    buffer_release(&buffer);
}

static void test_encodes_what_is_set(void **state)
{
    struct line_quantity line = { .line_no = 1, .sku = "DEMO-1", .quantity = 2 };
    struct inventory_reserve command = {
        .order_id = ORDER_ID,
        .order_no = 1,
        .clock = 7,
        .valid_until = 0,
        .reservation_id = ORDER_ID "-H1",
        .channel = "web",
        .ship_country = "DE",
        .lines = &line,
        .lines_count = 1,
        .backorder_allowed = false,
        .has_backorder_allowed = true,
    };
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer, 1024);
    inventory_reserve_encode(&command, &buffer);
    buffer_append(&buffer, "", 1);
    assert_string_equal(buffer.bytes,
                        "{" HEAD ",\"valid_until\":\"1970-01-01T00:00:00.000Z\","
                        "\"reservation_id\":\"" ORDER_ID "-H1\",\"channel\":\"web\","
                        "\"ship_country\":\"DE\","
                        "\"lines\":[{\"line_no\":1,\"sku\":\"DEMO-1\",\"quantity\":2}],"
                        "\"backorder_allowed\":false}");
    buffer_release(&buffer);
}

static void test_missing_fields_end_the_process(void **state)
{
    struct order_completed fact = { .order_no = 1, .clock = 1, .completed_at = 1 };
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        struct buffer buffer;

        (void)close(STDERR_FILENO);
        buffer_init(&buffer, 1024);
        order_completed_encode(&fact, &buffer);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_registry_finds_every_type(void **state)
{
    (void)state;
    for (int type = MESSAGE_NONE + 1; type < MESSAGE_TYPE_COUNT; type++) {
        const char *name = message_type_name((enum message_type)type);

        assert_int_equal(message_type_find(name), type);
        if (type > 1)
            assert_true(strcmp(message_infos[type - 1].type, name) < 0);
    }
    assert_int_equal(message_type_find(""), MESSAGE_NONE);
    assert_int_equal(message_type_find("kervan.order.placed.v2"), MESSAGE_NONE);
    assert_null(message_type_name(MESSAGE_NONE));
    assert_string_equal(message_infos[MESSAGE_ORDER_PLACED].topic, "order.events");
    assert_int_equal(message_infos[MESSAGE_ORDER_SUBMIT].kind, MESSAGE_REQUEST);
    assert_int_equal(message_infos[MESSAGE_ORDER_PLACED].size, sizeof(struct order_placed));
}

static void test_common_fields_of_any_message(void **state)
{
    struct payment_void command = {
        .order_id = "x", .order_no = 3, .clock = 4, .valid_until = 5, .has_valid_until = true
    };
    struct stock_level level = { .sku = "A" };

    (void)state;
    assert_string_equal(message_order_id(MESSAGE_PAYMENT_VOID, &command), "x");
    assert_int_equal(message_order_no(MESSAGE_PAYMENT_VOID, &command), 3);
    assert_int_equal(message_clock(MESSAGE_PAYMENT_VOID, &command), 4);
    assert_int_equal(message_valid_until(MESSAGE_PAYMENT_VOID, &command), 5);
    assert_null(message_order_id(MESSAGE_STOCK_LEVEL, &level));
    assert_int_equal(message_valid_until(MESSAGE_STOCK_LEVEL, &level), 0);
}

static void test_enum_texts(void **state)
{
    (void)state;
    assert_string_equal(payment_method_name(PAYMENT_METHOD_BANK_TRANSFER), "bank_transfer");
    assert_string_equal(payment_method_name(PAYMENT_METHOD_UNKNOWN), "unknown");
    assert_null(payment_method_name(PAYMENT_METHOD_ABSENT));
    assert_int_equal(payment_method_find("prepaid"), PAYMENT_METHOD_PREPAID);
    assert_int_equal(payment_method_find("barter"), PAYMENT_METHOD_ABSENT);
}

static void test_violations_of_rules(void **state)
{
    (void)state;
    violations_clear(&violations);
    violations_add(&violations, "/total_minor", "total", "is 1 more than the lines add up to");
    assert_violation("/total_minor", "total", "is 1 more than the lines add up to");
    for (int i = 0; i < 2 * VIOLATIONS_MAX; i++)
        violations_add(&violations, "", "total", "again");
    assert_int_equal(violations.count, VIOLATIONS_MAX);
    assert_int_equal(violations.found, 2 * VIOLATIONS_MAX + 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decodes_what_is_there),
        cmocka_unit_test(test_names_each_mistake),
        cmocka_unit_test(test_no_request_holds_a_card_number),
        cmocka_unit_test(test_collects_mistakes_up_to_a_limit),
        cmocka_unit_test(test_long_names_are_cut_between_characters),
        cmocka_unit_test(test_bounds_bytes_and_depth),
        cmocka_unit_test(test_compares_only_what_has_the_right_form),
        cmocka_unit_test(test_open_messages_forgive_the_future),
        cmocka_unit_test(test_encodes_what_is_set),
        cmocka_unit_test(test_missing_fields_end_the_process),
        cmocka_unit_test(test_registry_finds_every_type),
        cmocka_unit_test(test_common_fields_of_any_message),
        cmocka_unit_test(test_enum_texts),
        cmocka_unit_test(test_violations_of_rules),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
