/* numbers.h - which order a tracking number belongs to, and what is passed on to it.
 *
 * A carrier's event names nothing but the tracking number, so it is taken in the lane of that number,
 * and passed on to the lane of the order.  One that comes before the number is known is kept, and taken
 * again when it is; after two weeks it is dropped.  Pure.
 */
#ifndef KERVAN_SHIPPING_NUMBERS_H
#define KERVAN_SHIPPING_NUMBERS_H

#include "common/incoming.h"
#include "proto/shipping.h"

#define TIMER_EARLY "early_expiry" /* its subject is the tracking number */

enum { EARLY_EVENTS_MAX = 100 };
#define EARLY_KEPT_MS (INT64_C(14) * 86400000)

/* From the lane of the order: a label was bought. */
void label_known_need(const struct incoming_message *in, struct rows *rows);
void on_label_known(struct decision *out, const struct incoming_message *in);

/* An event of a carrier, as it was understood. */
struct carrier_event {
    const char *id;
    const char *tracking_number;
    struct parcel_tracked news; /* but for whose it is */
};
void carrier_event_need(const char *tracking_number, struct rows *rows);
void on_carrier_event(struct decision *out, const struct shipping_webhook *webhook,
                      const struct carrier_event *event);

void early_due_need(const struct incoming_timer *in, struct rows *rows);
void on_early_due(struct decision *out, const struct incoming_timer *in);

#endif
