/* carrier.h - a carrier that speaks EasyPost's words, sells a label once, and moves parcels.
 *
 * It knows no idempotency keys, as the real one does not: a parcel told of twice is two.
 */
#ifndef KERVAN_TESTS_SIM_CARRIER_H
#define KERVAN_TESTS_SIM_CARRIER_H

#include "tests/sim/calls.h"

enum { PARCEL_STEPS_MAX = 8 };

enum trip { TRIP_NORMAL, TRIP_LOST, TRIP_RETURNED, TRIP_FAILED, TRIP_HELD, TRIP_SILENT };

struct parcel_step {
    const char *status, *detail;
    int64_t at;
};

struct sent_parcel {
    char id[32], tracking_code[32];
    const char *reference;
    bool bought, rateless;
    const char *refund_status; /* NULL: nobody asked for it */
    int64_t labels, refused_buys;
    enum trip trip;
    struct parcel_step steps[PARCEL_STEPS_MAX];
    size_t step_count;
    struct sent_parcel *next;
};

struct carrier {
    struct sent_parcel *parcels; /* the latest first */
    int64_t parcel_count, label_count, event_count;
    struct names by_name; /* ids, and references of the newest */
};

struct carrier *carrier_new(struct arena *arena);
struct answer carrier_answer(struct sim *sim, const struct outside_call *call);
/* Every parcel of an order that has a label leaves, whatever is asked of it. */
void carrier_hurries(struct sim *sim, const char *order_id);

#endif
