/* shipping_rates_test.c - prices, offers, and what the carrier is told of a parcel.
 *
 * links: shipping
 */
#include "common/arena.h"
#include "common/text.h"
#include "services/shipping/body.h"
#include "services/shipping/rates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_new(1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void reads_prices(void **state)
{
    static const struct {
        const char *price, *currency;
        int64_t minor;
    } good[] = {
        { "7.90", "USD", 790 },    { "7.9", "USD", 790 },     { "7", "USD", 700 },
        { "0.05", "EUR", 5 },      { "1200", "JPY", 1200 },   { "1.2340", "KWD", 1234 },
        { "12.500", "USD", 1250 }, { "1200.0", "JPY", 1200 },
    };
    static const char *const bad[] = { "",    "-1", "7,90",  "7.",    ".5",
                                       "1e3", " 7", "7.905", "7.9 0", "99999999999999999999" };
    int64_t minor = 0;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(rates_price_minor(good[i].price, good[i].currency, &minor));
        assert_int_equal(minor, good[i].minor);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(rates_price_minor(bad[i], "USD", &minor));
    }
    assert_false(rates_price_minor("7.90", "usd", &minor));
}

static void makes_codes(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(rates_code(arena, "GroundAdvantage"), "groundadvantage");
    assert_string_equal(rates_code(arena, "SHIPMENT.POSTAGE.EXISTS"), "shipment.postage.exists");
    assert_string_equal(rates_code(arena, "Next Day \xc3\xa9"), "next-day---");
    assert_string_equal(rates_code(arena, "-1"), "x1");
    assert_string_equal(rates_code(arena, ""), "unknown");
    assert_int_equal(
        strlen(rates_code(arena, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefff"
                                 "fffffffgggggggggg")),
        64);
}

static const struct rate offers[] = {
    { "slow", "USPS", "GroundAdvantage", "4.75", "EUR", 4 },
    { "two", "USPS", "Priority", "7.90", "EUR", 2 },
    { "unknown", "DHL", "Paket", "4.00", "EUR", -1 },
    { "one", "UPS", "NextDayAir", "41.20", "EUR", 1 },
    { "twin", "UPS", "Ground", "7.90", "EUR", 1 },
    { "dear", "USPS", "Express", "99.405", "EUR", 1 }, /* finer than a cent: passed over */
    { "cheap", "USPS", "Slow", "1.00", "USD", 9 },
};

static const char *chosen(struct arena *arena, const char *service, const char *currency)
{
    const struct wanted_service wanted = { service, currency };
    const struct rate *rate =
        rates_choose(arena, offers, sizeof offers / sizeof offers[0], &wanted);

    return rate == NULL ? "none" : rate->id;
}

static void takes_the_cheapest_that_is_fast_enough(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(chosen(arena, "standard", "EUR"), "unknown");
    assert_string_equal(chosen(arena, "economy", "EUR"), "unknown");
    assert_string_equal(chosen(arena, "express", "EUR"), "twin");
    assert_string_equal(chosen(arena, "next_day", "EUR"), "twin");
    assert_string_equal(chosen(arena, "same_day", "EUR"), "none");
    assert_string_equal(chosen(arena, "standard", "USD"), "cheap");
    assert_string_equal(chosen(arena, "standard", "TRY"), "unknown");
    assert_string_equal(chosen(arena, "express", "USD"), "twin");
    assert_string_equal(chosen(arena, "priority", "EUR"), "two");
    assert_string_equal(chosen(arena, "ups.ground", "EUR"), "twin");
    assert_string_equal(chosen(arena, "express", "TRY"), "twin");
    assert_string_equal(chosen(arena, "balloon", "EUR"), "none");
    assert_null(rates_choose(arena, NULL, 0, &(struct wanted_service){ "standard", "EUR" }));
}

/* --- What the carrier is told ------------------------------------------------------------------------- */

static const struct place_row place = { .code = "WH-1",
                                        .name = "Kervan \"Nord\"",
                                        .line1 = "Lane 7",
                                        .city = "Hamburg",
                                        .postal_code = "20095",
                                        .country = "DE" };

static const char *told(struct arena *arena, const char *country, int64_t cash_minor)
{
    const struct postal_address address = { .name = "Ada",
                                            .company = "Engines",
                                            .line1 = "Street 1",
                                            .line2 = "Floor 2",
                                            .city = "Berlin",
                                            .region = "BE",
                                            .postal_code = "10115",
                                            .country = country };
    const struct contact contact = { "Ada", "ada@example.org", "+49 30 1" };
    const struct shipment_row shipment = { .to_country = country, .currency = "EUR" };
    const struct parcel_row parcel = {
        .pieces = 3, .weight_grams = 750, .length_mm = 300, .width_mm = 200, .height_mm = 100
    };
    const struct body_parts parts = { .shipment = &shipment,
                                      .parcel = &parcel,
                                      .place = &place,
                                      .consignee = body_consignee(arena, &address, &contact),
                                      .reference = "ord_x-S1",
                                      .value_minor = 3905,
                                      .cash_minor = cash_minor };

    return body_parcel(arena, &parts);
}

static void tells_of_a_parcel_at_home(void **state)
{
    assert_string_equal(
        told(*state, "DE", NOT_GIVEN),
        "{\"shipment\":{\"reference\":\"ord_x-S1\",\"to_address\":{\"name\":\"Ada\","
        "\"company\":\"Engines\",\"street1\":\"Street 1\",\"street2\":\"Floor 2\","
        "\"city\":\"Berlin\",\"state\":\"BE\",\"zip\":\"10115\",\"country\":\"DE\","
        "\"phone\":\"+49 30 1\",\"email\":\"ada@example.org\"},"
        "\"from_address\":{\"name\":\"Kervan \\\"Nord\\\"\",\"street1\":\"Lane 7\","
        "\"city\":\"Hamburg\",\"zip\":\"20095\",\"country\":\"DE\"},"
        "\"parcel\":{\"weight\":26.5,\"length\":11.9,\"width\":7.9,\"height\":4.0},"
        "\"options\":{\"label_format\":\"PDF\"}}}");
}

static void tells_customs_what_is_in_it(void **state)
{
    assert_non_null(strstr(
        told(*state, "US", NOT_GIVEN),
        "\"customs_info\":{\"contents_type\":\"merchandise\",\"restriction_type\":\"none\","
        "\"non_delivery_option\":\"return\",\"customs_certify\":true,"
        "\"customs_signer\":\"Kervan \\\"Nord\\\"\",\"customs_items\":[{"
        "\"description\":\"Merchandise\",\"quantity\":3,\"value\":\"39.05\",\"currency\":\"EUR\","
        "\"weight\":26.5,\"origin_country\":\"DE\"}]}"));
}

static void has_the_carrier_collect(void **state)
{
    assert_non_null(
        strstr(told(*state, "DE", 4405), "\"cod_amount\":\"44.05\",\"cod_method\":\"CASH\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_prices),
        cmocka_unit_test_setup_teardown(makes_codes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_the_cheapest_that_is_fast_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_of_a_parcel_at_home, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_customs_what_is_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(has_the_carrier_collect, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
