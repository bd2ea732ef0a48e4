/* service_sql_bench.h - any service's tables on a real server: rows come back as they went.
 *
 * Every column gets a value that no other column of its row has, so that columns that are swapped in a statement are seen.
 */
#ifndef KERVAN_TESTS_SERVICE_SQL_BENCH_H
#define KERVAN_TESTS_SERVICE_SQL_BENCH_H

#include "common/service.h"
#include "common/store.h"

struct service_sql_bench {
    const struct service *service;
    struct ctx ctx;
    struct store *store;
    struct lane_hold holds[1];
    int64_t now;
};

/* Makes the service's schema, once a server, and opens a store that holds its one lane. */
struct service_sql_bench *service_sql_bench_new(const struct service *service);
void service_sql_bench_free(struct service_sql_bench *bench);

/* Inserts, loads, updates, loads, removes a row of each table; `fixed` lists columns that an update leaves
 * ("shipment.order_no"), NULL at its end. */
void service_sql_round_trips(struct service_sql_bench *bench, const char *const *fixed);

#endif
