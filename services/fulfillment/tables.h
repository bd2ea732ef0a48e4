/* tables.h - the rows of fulfillment as C structs, and their descriptions.
 *
 * Members are the columns of schema/; what they mean stands there.  Fulfillments, lines and parcels
 * belong to the order's lane; a place is written by the lane of its code, an item by that of its SKU,
 * and both are read, without a lock, by all.  Pure data.
 */
#ifndef KERVAN_FULFILLMENT_TABLES_H
#define KERVAN_FULFILLMENT_TABLES_H

#include "common/table.h"

enum { PRIORITY_DEFAULT = 5 };

struct fulfillment_row {
    struct bytes order_id;
    int64_t fulfillment_no, order_no;
    int64_t state;  /* enum work_state */
    int64_t reason; /* enum cancel_reason, or 0 */
    int64_t clock;
    const char *location, *shipping_service;
    const char *ship_to; /* JSON as in the contract; NULL of a tombstone */
    const char *note;
    int64_t opened_at, changed_at;
    int64_t change_no;                 /* of the last reduction that was asked for, or 0 */
    int64_t order_hold, place_hold;    /* enum hold_reason of who holds it, or 0 */
    const char *place_note;            /* what the people there wrote last, or NULL */
    int64_t priority;                  /* 1 is done first, 9 last */
    int64_t hand_over_by, promised_by; /* the days on which it is to be end then */
};

struct line_row {
    int64_t order_no, fulfillment_no, line_no;
    const char *sku;
    int64_t quantity;          /* still to be made ready; 0 when all are missing or left out */
    const char *customization; /* JSON, or NULL */
    const char *
        components; /* of a bundle, as recipe.h writes what it was when it was reserved; else NULL */
};

/* Pieces of a line that a report said to be missing. */
struct shortage_row {
    int64_t order_no, fulfillment_no;
    const char *report; /* the idempotency key, or else the id, of the report */
    int64_t line_no, quantity;
    int64_t reason; /* enum fulfillment_shorted_reason */
    const char *
        components; /* of bundles: the pieces that are missing, as recipe.h writes them; NULL: nobody said */
};

struct parcel_row {
    int64_t order_no, fulfillment_no, parcel_no;
    int64_t weight_grams;
    int64_t length_mm, width_mm, height_mm; /* 0 when not measured */
};

struct parcel_line_row {
    int64_t order_no, fulfillment_no, parcel_no, line_no, quantity;
};

struct place_row {
    const char *code;
    int64_t clock;
    bool automatic;
    bool verify_pick; /* a pick list is done only when every piece was scanned */
};

struct item_row {
    const char *sku;
    int64_t version, weight_grams; /* 0 when not known */
    const char *barcodes;          /* as barcode.h writes them; NULL: none */
};

struct bin_row {
    const char *id; /* "<place> <code>" */
    const char *location, *code;
    int64_t clock;
    const char *zone; /* NULL when it has none */
    int64_t pick_order;
};

struct bin_stock_row {
    const char *sku, *location, *bin;
    int64_t clock, quantity;
};

extern const struct table place_bin_table, bin_stock_table;
extern const struct table fulfillment_table, line_table, packed_parcel_table, packed_line_table,
    shortage_table, place_table, item_table;

/* In the order in which batches load and write; NULL-terminated. */
extern const struct table *const fulfillment_tables[];

#endif
