/* links: order */
/* order_filters_test.c - the words that a search of orders takes, and none else. */
#include "services/order/filters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void words(void **state)
{
    static const struct {
        bool (*is_taken)(const char *text);
        const char *first, *last, *other;
    } cases[] = {
        { filter_is_order_status, "draft", "expired", "paid" },
        { filter_is_payment_status, "none", "failed", "draft" },
        { filter_is_fulfillment_status, "unfulfilled", "canceled", "placed" },
        { filter_is_return_status, "none", "returned", "refunded" },
        { filter_is_shopper_status, "pending", "returned", "placed" },
        { filter_is_hold, "any", "fraud", "true" },
        { filter_is_task, "any", "cancellation", "fraud" },
        { filter_is_truth, "true", "false", "yes" },
        { filter_is_detail, "orders", "lines", "line" },
        { filter_is_currency, "EUR", "TRY", "eur" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(cases[i].is_taken(cases[i].first));
        assert_true(cases[i].is_taken(cases[i].last));
        assert_false(cases[i].is_taken(cases[i].other));
        assert_false(cases[i].is_taken(""));
    }
}

static void nearly_a_currency(void **state)
{
    (void)state;
    assert_false(filter_is_currency("EU"));
    assert_false(filter_is_currency("EURO"));
    assert_false(filter_is_currency("E1R"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(nearly_a_currency),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
