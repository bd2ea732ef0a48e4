/* tracking.h - what the carrier says of parcels, and what that makes of a shipment.
 *
 * What is told is ordered by the carrier's own time, however it arrives; of one instant, by how far along
 * it is.  So scans come to the same end in any order, however often each is told.  `shipped` is the first
 * movement of any parcel, `delivered` the arrival of the last.  Pure; runs in the order's lane.
 */
#ifndef KERVAN_SHIPPING_TRACKING_H
#define KERVAN_SHIPPING_TRACKING_H

#include "common/incoming.h"
#include "services/shipping/sending.h"

#define TIMER_LOOK "shipment_look" /* ask the carrier where it is; its step is the shipment_no */

enum { LOOK_PAUSE_MS = 86400000, FUTURE_MS_MAX = 300000 };
#define LOOK_PATIENCE_MS (INT64_C(60) * LOOK_PAUSE_MS)

struct tracking_scan {
    enum tracking_status status;
    int64_t at; /* by the carrier's clock */
};
/* Whether what is told now counts more than what is known, in whichever order both come: what is on its way more than a label, and what
 * is over more than that, else the later one; of two that are over the earlier one.  Total, and an order. */
bool tracking_supersedes(const struct tracking_scan *known, const struct tracking_scan *told);

/* What the parcels' rows mean for the shipment: shipped, delivered. */
void tracking_follow(const struct sending *sending);
void tracking_look_later(const struct sending *sending);

/* From the lane of the tracking number. */
void parcel_tracked_need(const struct incoming_message *in, struct rows *rows);
void on_parcel_tracked(struct decision *out, const struct incoming_message *in);

/* Reported by a person, of a carrier that tells nothing. */
const char *track_lane_key(struct arena *arena, const struct incoming_message *in);
void track_need(const struct incoming_message *in, struct rows *rows);
void track_need_shared(const struct incoming_message *in, struct rows *rows);
void on_track(struct decision *out, const struct incoming_message *in);

/* A webhook may be lost: the carrier is asked each day. */
void look_due_need(const struct incoming_timer *in, struct rows *rows);
void on_look_due(struct decision *out, const struct incoming_timer *in);
void on_looked(struct decision *out, const struct incoming_result *in);

#endif
