/* picking_tables.h - the rows of pick lists and scans.  Pure data; what columns mean stands in schema/. */
#ifndef KERVAN_FULFILLMENT_PICKING_TABLES_H
#define KERVAN_FULFILLMENT_PICKING_TABLES_H

#include "common/table.h"

struct pick_list_row {
    const char *list_id;
    int64_t version;
    int64_t state; /* enum pick_list_state */
    const char *location, *picker;
    struct bytes digest;
    int64_t scan_count, made_at, changed_at;
};

struct pick_list_line_row {
    const char *list_id;
    int64_t rank;
    struct bytes order_id;
    int64_t fulfillment_no, order_no;
    const char *sku;
    int64_t quantity, verified;
    const char *bin, *zone;
};

struct pick_claim_row {
    struct bytes order_id;
    int64_t fulfillment_no;
    const char *list_id;
};

struct pick_scan_row {
    const char *list_id, *scan_id;
    int64_t scan_no;
    const char *barcode, *sku;
    int64_t quantity;
    const char *bin, *taken, *actor;
    int64_t scanned_at;
    bool undone;
};

/* What could be on a list: read alone, made of fulfillments and bins. */
struct pickable_row {
    const char *key;
    int64_t rank;
    struct bytes order_id;
    int64_t fulfillment_no, order_no;
    const char *sku;
    int64_t quantity;
    const char *bin, *zone;
};

extern const struct table pick_list_table, pick_list_line_table, pick_claim_table, pick_scan_table,
    pickable_table;

#endif
