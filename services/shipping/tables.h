/* tables.h - the rows of shipping as C structs, and their descriptions.
 *
 * Members are the columns of schema/; what they mean stands there.  Shipments and their parcels belong
 * to the order's lane; what is known of a tracking number to the lane of that number; a place is
 * written by the lane of its code and read, without a lock, by all.  Pure data.
 */
#ifndef KERVAN_SHIPPING_TABLES_H
#define KERVAN_SHIPPING_TABLES_H

#include "common/table.h"

enum { NOT_GIVEN = -1 };

struct shipment_row {
    struct bytes order_id;
    int64_t shipment_no, order_no;
    int64_t state;  /* enum shipment_step */
    int64_t reason; /* enum cancel_reason of a void, or 0 */
    int64_t clock;
    int64_t fulfillment_no; /* 0 of a tombstone */
    const char *location, *service, *currency;
    int64_t value_minor, cash_on_delivery_minor; /* NOT_GIVEN: nothing is collected */
    const char *
        consignee; /* the address in the carrier's words; NULL once the carrier has it, "" once erased */
    const char *to_country;
    int64_t give_up_at;    /* of a shipment that waits for its place */
    int64_t failure_stage; /* enum shipment_failed_stage, or 0 */
    const char *failure_code;
    int64_t failed_at, shipped_at, delivered_at, changed_at; /* 0 while it has not happened */
};

struct parcel_row {
    int64_t order_no, shipment_no, parcel_no;
    int64_t state;                                                /* enum parcel_step */
    int64_t pieces, weight_grams, length_mm, width_mm, height_mm; /* 0 when not measured */
    const char *carrier_ref;                                      /* NULL until it has one */
    const char *carrier, *service;                                /* of the label, as codes */
    const char *tracking_number, *label_url;
    int64_t cost_minor; /* NOT_GIVEN when not known */
    const char *cost_currency;
    int64_t tracking_status; /* enum tracking_status, or 0 */
    int64_t tracked_at, estimated_at, moved_at, delivered_at;
    const char *signed_by;
    int64_t estimate_told_at; /* of the scan that the estimate came with */
};

struct tracking_row {
    const char *tracking_number;
    struct bytes order_id;
    int64_t order_no, shipment_no, parcel_no;
};

/* A webhook that came before its number was known. */
struct early_row {
    const char *tracking_number, *event_id;
    const char *provider, *account, *body;
    int64_t received_at;
};

struct place_row {
    const char *code;
    int64_t clock;
    const char *name, *company, *line1, *line2, *city, *region, *postal_code, *country;
};

extern const struct table shipment_table, shipment_parcel_table, tracking_table, early_table,
    place_table;

/* In the order in which batches load and write; NULL-terminated. */
extern const struct table *const shipping_tables[];

#endif
