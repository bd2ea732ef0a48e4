/* fulfillment_sql_test.c - the SQL of fulfillment on a real server: rows come back as they went.
 *
 * links: fulfillment
 */
#include "services/fulfillment/fulfillment.h"
#include "tests/it/service_sql_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void rows_come_back_as_they_went(void **state)
{
    static const char *const fixed[] = { "fulfillment.order_no",
                                         "fulfillment.location",
                                         "fulfillment.shipping_service",
                                         "fulfillment.hand_over_by",
                                         "fulfillment.promised_by",
                                         "fulfillment_line.sku",
                                         "fulfillment_line.components",
                                         "pick_list.location",
                                         "pick_list.digest",
                                         "pick_list.made_at",
                                         "pick_list_line.order_id",
                                         "pick_list_line.fulfillment_no",
                                         "pick_list_line.order_no",
                                         "pick_list_line.sku",
                                         "pick_list_line.quantity",
                                         "pick_list_line.bin",
                                         "pick_list_line.zone",
                                         "pick_scan.scan_no",
                                         "pick_scan.barcode",
                                         "pick_scan.sku",
                                         "pick_scan.quantity",
                                         "pick_scan.bin",
                                         "pick_scan.taken",
                                         "pick_scan.actor",
                                         "pick_scan.scanned_at",
                                         "bin.location",
                                         "bin.code",
                                         NULL };
    struct service_sql_bench *bench = service_sql_bench_new(&fulfillment_service);

    (void)state;
    service_sql_round_trips(bench, fixed);
    service_sql_bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rows_come_back_as_they_went) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
