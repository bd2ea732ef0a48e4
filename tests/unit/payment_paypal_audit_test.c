/* payment_paypal_audit_test.c - what the books of an order at PayPal come to.
 *
 * links: payment
 */
#include "common/arena.h"
#include "common/text.h"
#include "services/payment/providers/paypal_audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PAYMENT "ord_mfrggzdfmztwq2lknnwg23tpoa-P1"
#define ENTRY(id, status, currency, value)                                                         \
    "{\"id\":\"" id "\",\"status\":\"" status "\",\"amount\":{\"currency_code\":\"" currency       \
    "\",\"value\":\"" value "\"}}"
#define TAKEN(id, status, value, hold)                                                             \
    "{\"id\":\"" id "\",\"status\":\"" status                                                      \
    "\",\"amount\":{\"currency_code\":\"EUR\",\"value\":\"" value                                  \
    "\"},\"supplementary_data\":{\"related_ids\":{\"authorization_id\":\"" hold "\"}}}"
#define HELD(status) "\"authorizations\":[" ENTRY("A1", status, "EUR", "44.88") "]"
#define BOOKS(payments)                                                                            \
    "{\"id\":\"PP1\",\"status\":\"COMPLETED\",\"purchase_units\":[{\"custom_id\":\"1/" PAYMENT     \
    "\",\"payments\":{" payments "}}]}"

static const struct {
    const char *what, *body;
    const char *held; /* NULL: nothing of ours is there */
    bool readable;
} cases[] = {
    { "nothing made yet", "{\"purchase_units\":[{\"custom_id\":\"1/" PAYMENT "\"}]}", "", true },
    { "held", BOOKS(HELD("CREATED")), "held 4488, captured 0, refunded 0", true },
    { "let go", BOOKS(HELD("VOIDED")), "", true },
    { "denied", BOOKS(HELD("DENIED")), "", true },
    { "a hold that PayPal looks at", BOOKS(HELD("PENDING")), "*", true },
    { "taken in part",
      BOOKS(
          HELD("PARTIALLY_CAPTURED") ",\"captures\":[" TAKEN("C1", "COMPLETED", "10.00", "A1") "]"),
      "held 3488, captured 1000, refunded 0", true },
    { "a part was declined",
      BOOKS(
          HELD("PARTIALLY_CAPTURED") ",\"captures\":[" TAKEN("C1", "DECLINED", "10.00", "A1") "]"),
      "held 4488, captured 0, refunded 0", true },
    { "a part that PayPal looks at",
      BOOKS(HELD("PARTIALLY_CAPTURED") ",\"captures\":[" TAKEN("C1", "PENDING", "10.00", "A1") "]"),
      "*", true },
    { "renewed after a part was taken",
      BOOKS("\"authorizations\":[" ENTRY("A1", "PARTIALLY_CAPTURED", "EUR", "44.88") "," ENTRY(
          "A2", "CREATED", "EUR", "34.88") "],\"captures\":[" TAKEN("C1", "COMPLETED", "10.00",
                                                                    "A1") "]"),
      "held 3488, captured 1000, refunded 0", true },
    { "given back in parts",
      BOOKS(HELD("CAPTURED") ",\"captures\":[" TAKEN("C1", "REFUNDED", "10", "A1") "," TAKEN(
          "C2", "PARTIALLY_REFUNDED", "5.5",
          "A1") "],\"refunds\":[" ENTRY("R1", "COMPLETED", "EUR", "10.00") "," ENTRY("R2",
                                                                                     "FAI"
                                                                                     "LED",
                                                                                     "EUR",
                                                                                     "5."
                                                                                     "00") "]"),
      "held 0, captured 1550, refunded 1000", true },
    { "a refund that PayPal looks at",
      BOOKS(HELD("CAPTURED") ",\"refunds\":[" ENTRY("R1", "PENDING", "EUR", "1.00") "]"), "*",
      true },
    { "without decimals", BOOKS("\"authorizations\":[" ENTRY("A1", "CREATED", "JPY", "4488") "]"),
      "held 4488, captured 0, refunded 0", true },
    { "without decimals there, with two here",
      BOOKS("\"authorizations\":[" ENTRY("A1", "CREATED", "HUF", "4488") "]"),
      "held 448800, captured 0, refunded 0", true },
    { "somebody else's", "{\"purchase_units\":[{\"custom_id\":\"order-17\"}]}", NULL, true },
    { "nobody's", "{\"purchase_units\":[{}]}", NULL, true },
    { "no amount", BOOKS("\"authorizations\":[" ENTRY("A1", "CREATED", "EUR", "1.2.3") "]"), NULL,
      false },
    { "an amount that begins with its dot",
      BOOKS("\"authorizations\":[" ENTRY("A1", "CREATED", "EUR", ".50") "]"), NULL, false },
    { "no order", "{\"purchase_units\":[]}", NULL, false },
    { "no JSON", "<html>", NULL, false },
};

static void expect(const char *what, bool so)
{
    if (!so) {
        fail_msg("%s", what);
    }
}

static void what_books_come_to(void **state)
{
    struct arena *arena = arena_new(1 << 22);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bytes body = { (const unsigned char *)cases[i].body, strlen(cases[i].body) };
        struct audit_page page = { NULL, 0, NULL };
        bool readable = paypal_orders.read(arena, body, &page);

        expect(cases[i].what, readable == cases[i].readable);
        expect(cases[i].what, page.entry_count == (cases[i].held == NULL ? 0 : 1));
        if (page.entry_count == 1) {
            assert_string_equal(page.entries[0].held, cases[i].held);
            assert_string_equal(page.entries[0].name, PAYMENT);
            assert_int_equal(page.entries[0].order_no, 1);
        }
    }
    arena_free(arena);
}

static void where_an_order_is(void **state)
{
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    assert_string_equal(paypal_orders.path(arena, "7/1/5O190127TN364715T"),
                        "/v2/checkout/orders/5O190127TN364715T");
    assert_true(paypal_orders.each);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_books_come_to),
                                        cmocka_unit_test(where_an_order_is) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
