/* payment_razorpay_audit_test.c - what the auditor reads of an order of Razorpay.
 *
 * links: payment
 */
#include "services/payment/providers/razorpay_audit.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ORDER(payments)                                                                            \
    "{\"id\":\"order_1\",\"status\":\"paid\",\"receipt\":\"ord_x-P1\",\"notes\":[],\"payments\":"  \
    "{\"entity\":\"collection\",\"items\":[" payments "]}}"
#define PAYMENT(id, status, captured, refunded)                                                    \
    "{\"id\":\"" id "\",\"status\":\"" status "\",\"amount\":1000,\"currency\":\"INR\","           \
    "\"captured\":" captured ",\"amount_refunded\":" refunded "}"

static void orders_are_summed_up(void **state)
{
    static const struct {
        const char *body, *held;
    } cases[] = {
        { ORDER(""), "" },
        { ORDER(PAYMENT("pay_1", "failed", "false", "0")), "" },
        { ORDER(PAYMENT("pay_1", "authorized", "false", "0")),
          "held 1000, captured 0, refunded 0" },
        /* What nobody captured went back. */
        { ORDER(PAYMENT("pay_1", "refunded", "false", "1000")), "" },
        { ORDER(PAYMENT("pay_1", "captured", "true", "300")),
          "held 0, captured 1000, refunded 300" },
        { ORDER(PAYMENT("pay_1", "refunded", "true", "1000")),
          "held 0, captured 1000, refunded 1000" },
        { ORDER(PAYMENT("pay_2", "authorized", "false", "0") "," PAYMENT("pay_1", "captured",
                                                                         "true", "0")),
          "held 0, captured 1000, refunded 0" },
        { "{\"id\":\"order_1\",\"status\":\"created\",\"receipt\":\"ord_x-P1\"}", "" },
    };
    struct arena *arena = arena_new(65536);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bytes body = { (const unsigned char *)cases[i].body, strlen(cases[i].body) };
        struct audit_page page;

        assert_true(razorpay_orders.read(arena, body, &page));
        assert_int_equal(page.entry_count, 1);
        assert_string_equal(page.entries[0].name, "ord_x-P1");
        assert_string_equal(page.entries[0].held, cases[i].held);
    }
    arena_free(arena);
}

static void others_and_rubbish(void **state)
{
    struct arena *arena = arena_new(65536);
    static const char theirs[] = "{\"id\":\"order_1\",\"status\":\"paid\"}";
    const struct bytes other = { (const unsigned char *)theirs, strlen(theirs) };
    const struct bytes rubbish = { (const unsigned char *)"oops", 4 };
    struct audit_page page;

    (void)state;
    assert_string_equal(razorpay_orders.path(arena, "7/1/order_1"),
                        "/v1/orders/order_1?expand[]=payments");
    assert_true(razorpay_orders.read(arena, other, &page));
    assert_int_equal(page.entry_count, 0);
    assert_false(razorpay_orders.read(arena, rubbish, &page));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_summed_up),
        cmocka_unit_test(others_and_rubbish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
