/* ubl_test.c - units, amounts, and what of an order stands where in its UBL; the schema judges it in tests/documents. */
#include "common/ubl.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "tests/unit/parts_in_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { XML_BYTES_MAX = 1 << 16 };

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

static const struct ubl_order_line lines[] = {
    { .sku = "A-1",
      .seller_sku = "77",
      .name = "Mug <blue> & \"red\"",
      .quantity = 24,
      .price_minor = 499 },
    { .sku = "B-1", .name = "Çay", .unit = "kg", .quantity = 3, .price_minor = 1000 },
};

static struct ubl_order an_order(void)
{
    return (struct ubl_order){
        .id = "req_1",
        .issued_at = 1772352000123,
        .currency = "EUR",
        .deliver_on = "2026-03-08",
        .buyer = { .name = "Kervan", .address = { .city = "Berlin", .country = "DE" } },
        .seller = { .name = "Поставка\x01їжі", .code = "ACME", .language = "uk-UA" },
        .lines = lines,
        .line_count = 2,
    };
}

static const char *written(struct arena *arena, const struct ubl_order *order)
{
    struct ctx ctx = { .arena = arena };
    struct buffer out;

    buffer_init(&out, XML_BYTES_MAX);
    assert_int_equal(ubl_order_write(&ctx, order, &out), OK);
    const char *text = arena_copy_text(arena, out.bytes, out.length);
    buffer_release(&out);
    return text;
}

static void units_have_codes(void **state)
{
    (void)state;
    assert_string_equal(ubl_unit_code(NULL), "H87");
    assert_string_equal(ubl_unit_code("piece"), "H87");
    assert_string_equal(ubl_unit_code("kg"), "KGM");
    assert_string_equal(ubl_unit_code("pair"), "PR");
    assert_string_equal(ubl_unit_code("thing-of-ours"), "C62");
}

static void amounts_have_the_decimals_of_their_currency(void **state)
{
    assert_string_equal(ubl_amount(*state, 123456, "EUR"), "1234.56");
    assert_string_equal(ubl_amount(*state, 5, "TRY"), "0.05");
    assert_string_equal(ubl_amount(*state, 123456, "JPY"), "123456");
    assert_string_equal(ubl_amount(*state, 123456, "KWD"), "123.456");
    assert_string_equal(ubl_amount(*state, -105, "EUR"), "-1.05");
}

/* In this order. */
static const char *const parts[] = {
    "<cbc:UBLVersionID>2.1</cbc:UBLVersionID>",
    "<cbc:ID>req_1</cbc:ID>",
    "<cbc:IssueDate>2026-03-01</cbc:IssueDate>",
    "<cbc:IssueTime>08:00:00Z</cbc:IssueTime>",
    "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>",
    "<cbc:LineCountNumeric>2</cbc:LineCountNumeric>",
    "<cac:BuyerCustomerParty>",
    "<cbc:Name>Kervan</cbc:Name>",
    "<cbc:IdentificationCode>DE</cbc:IdentificationCode>",
    "<cac:SellerSupplierParty>",
    "<cbc:ID>ACME</cbc:ID>",
    "<cbc:Name>Поставка їжі</cbc:Name>",
    "<cbc:LocaleCode>uk</cbc:LocaleCode>",
    "<cbc:EndDate>2026-03-08</cbc:EndDate>",
    "<cbc:PayableAmount currencyID=\"EUR\">149.76</cbc:PayableAmount>",
    "<cbc:Quantity unitCode=\"H87\">24</cbc:Quantity>",
    "<cbc:LineExtensionAmount currencyID=\"EUR\">119.76</cbc:LineExtensionAmount>",
    "<cbc:PriceAmount currencyID=\"EUR\">4.99</cbc:PriceAmount>",
    "<cbc:Name>Mug &lt;blue&gt; &amp; &quot;red&quot;</cbc:Name>",
    "<cbc:ID>A-1</cbc:ID>",
    "<cbc:ID>77</cbc:ID>",
    "<cbc:Quantity unitCode=\"KGM\">3</cbc:Quantity>",
    "</Order>",
};

static void an_order_says_what_is_ordered(void **state)
{
    const struct ubl_order order = an_order();
    const char *text = written(*state, &order);

    assert_parts_in_order(text, parts, sizeof parts / sizeof parts[0]);
    assert_string_equal(text, written(*state, &order));
    assert_null(strstr(text, "DeliveryAddress")); /* none was given */
}

static void what_is_too_large_is_no_document(void **state)
{
    struct ctx ctx = { .arena = *state };
    const struct ubl_order order = an_order();
    struct buffer out;

    buffer_init(&out, 200);
    assert_int_equal(ubl_order_write(&ctx, &order, &out), ERR_FATAL);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(units_have_codes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(amounts_have_the_decimals_of_their_currency, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_order_says_what_is_ordered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_large_is_no_document, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
