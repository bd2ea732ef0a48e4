/* shipping_sql_test.c - the SQL of shipping on a real server: rows come back as they went.
 *
 * links: shipping
 */
#include "services/shipping/shipping.h"
#include "tests/it/service_sql_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void rows_come_back_as_they_went(void **state)
{
    static const char *const fixed[] = {
        "shipment.order_no",
        "shipment.fulfillment_no",
        "shipment.location",
        "shipment.service",
        "shipment.currency",
        "shipment.value_minor",
        "shipment.cash_on_delivery_minor",
        "shipment.to_country",
        "parcel.pieces",
        "parcel.weight_grams",
        "parcel.length_mm",
        "parcel.width_mm",
        "parcel.height_mm",
        NULL,
    };
    struct service_sql_bench *bench = service_sql_bench_new(&shipping_service);

    (void)state;
    service_sql_round_trips(bench, fixed);
    service_sql_bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_come_back_as_they_went) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
