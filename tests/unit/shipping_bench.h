/* shipping_bench.h - what comes in for shipping: commands, answers of the carrier, news of parcels. */
#ifndef KERVAN_TESTS_SHIPPING_BENCH_H
#define KERVAN_TESTS_SHIPPING_BENCH_H

#include "services/shipping/carrier.h"
#include "services/shipping/sending.h"
#include "services/shipping/shipping.h"
#include "tests/unit/rules_bench.h"

/* A bench that knows the place WH-1. */
struct rules_bench *shipping_bench_new(void);

struct rules_step shipping_place(struct rules_bench *bench, const char *code, int64_t clock);
/* Order 1, S1: so many parcels of 750 g from WH-1 to Berlin, standard. */
struct rules_step shipping_ship(struct rules_bench *bench, size_t parcels);
struct rules_step shipping_void(struct rules_bench *bench);
/* People want the labels of S1 back. */
struct rules_step shipping_recall(struct rules_bench *bench);

/* The carrier's answer to a call for a parcel of S1; a refusal where `refusal` is not NULL. */
struct rules_step shipping_created(struct rules_bench *bench, int64_t parcel_no,
                                   const char *refusal);
struct rules_step shipping_bought(struct rules_bench *bench, int64_t parcel_no,
                                  const char *refusal);
struct rules_step shipping_returned(struct rules_bench *bench, int64_t parcel_no,
                                    const char *refusal);

/* The same calls, given up when the carrier's patience ended: it is not known what happened, or surely nothing. */
struct rules_step shipping_given_up(struct rules_bench *bench, const char *kind, int64_t parcel_no,
                                    bool may_have_happened);

/* The number that the carrier gives a parcel of S1. */
const char *shipping_number(struct rules_bench *bench, int64_t parcel_no);
/* One scan of a parcel, at so many seconds. */
struct rules_step shipping_scan(struct rules_bench *bench, int64_t parcel_no,
                                enum tracking_status status, int64_t at_s);
/* Ships so many parcels until all are labeled. */
void shipping_label_all(struct rules_bench *bench, size_t parcels);

/* The shipment's and a parcel's rows as they are stored; NULL when there is none. */
const struct shipment_row *shipping_stored(struct rules_bench *bench);
const struct parcel_row *shipping_stored_parcel(struct rules_bench *bench, int64_t parcel_no);

#endif
