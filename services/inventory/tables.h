/* tables.h - the rows of the inventory as C structs, and their descriptions.
 *
 * Members are the columns of schema/; what they mean stands there.  Reservations and adjustments
 * belong to one lane.  Stock is shared: a batch locks the rows it may change by SKU.  Items and
 * places are written by their own lane and read, without a lock, by all.  Pure data.
 */
#ifndef KERVAN_INVENTORY_TABLES_H
#define KERVAN_INVENTORY_TABLES_H

#include "common/table.h"

enum { LOCATION_NETWORK = 1, NOT_GIVEN = -1 };

struct item_row {
    const char *sku;
    int64_t version;
    const char *name;
    const char *unit, *product;                           /* NULL when not given */
    int64_t weight_grams, length_mm, width_mm, height_mm; /* NOT_GIVEN when unknown */
    const char *origin_country, *customs_code;
    bool backorder_allowed;
    int64_t backorder_limit, reorder_point, reorder_quantity; /* NOT_GIVEN when there is none */
    bool active;
    bool lot_tracked, expires, serial_tracked;
    const char *components;          /* of a bundle, as recipe.h writes them; else NULL */
    int64_t minimum_shelf_life_days; /* with fewer left a lot is not sold */
    int64_t available_day;           /* a pre-order until then, since 1970-01-01; 0: it is none */
    int64_t preorder_limit;          /* NOT_GIVEN when there is none */
};

/* Rows of the lists of an item: `position` counts from 1. */
struct item_barcode_row {
    const char *sku;
    int64_t position;
    const char *barcode; /* as it was given: a GTIN with its zeros */
};
struct item_pack_row {
    const char *sku;
    int64_t position;
    const char *unit;
    int64_t quantity;
    const char *barcode; /* NULL when it has none */
};
struct item_option_row {
    const char *sku;
    int64_t position;
    const char *name, *value;
};
struct item_substitute_row {
    const char *sku;
    int64_t position;
    const char *substitute;
};

/* A bundle that has the item as a component; written by the bundle's lane. */
struct bundle_use_row {
    const char *component, *bundle;
};

/* Whose a barcode is: looked up is made, so that two lanes do not both find that it is nobody's. */
struct barcode_row {
    int64_t gtin;    /* its number, which zeros before it do not change */
    const char *sku; /* "": nobody's */
};

struct location_row {
    int64_t network;
    const char *code;
    int64_t version;
    const char *name;
    int64_t kind; /* enum location_kind */
    int64_t priority;
    bool active, automatic;
    const char *address_name, *company, *line1, *line2, *city, *region, *postal_code, *country;
    bool position_given;
    int64_t latitude, longitude; /* millionths of a degree */
    int64_t parcel_cost_minor;
    int64_t orders_a_day, pieces_a_day; /* NOT_GIVEN when there is no limit */
    const char *time_zone;              /* NULL: UTC */
    int64_t cut_off_minute;             /* of the day; NOT_GIVEN when there is none */
    int64_t open_weekdays;              /* bits 1 << 0 Monday to 1 << 6 Sunday */
    const char *holidays;               /* dates with a space between; NULL when there are none */
    int64_t handling_days;              /* open days until the carrier has what is begun */
};

struct sourcing_policy_row {
    const char *scope; /* a channel, or SCOPE_ALL */
    int64_t version;
};
#define SCOPE_ALL "*"

struct sourcing_rule_row {
    const char *scope;
    int64_t rule_no;
    int64_t kind;    /* enum sourcing_rule_kind */
    int64_t band_km; /* of nearest */
    int64_t kinds;   /* of allowed: bits 1 << enum location_kind */
    const char *locations,
        *countries;   /* of allowed: words, a space before and behind each; NULL: none, all */
    const char *skus; /* of buffer, the same; NULL: all */
    int64_t pieces, percent; /* of buffer: kept back, one of them 0 */
};

/* A rule of any channel; read, never written. */
struct channel_rule_row {
    int64_t network;
    struct sourcing_rule_row rule;
};

struct postal_areas_row {
    const char *country;
    int64_t version;
    const char *areas; /* lines: latitude, longitude, how codes begin */
};

struct location_work_row {
    const char *location;
    int64_t day; /* by the calendar of the place, since 1970-01-01 */
    int64_t orders, pieces;
};

struct sourcing_choice_row {
    struct bytes order_id;
    int64_t hold_no;
    int64_t clock; /* of the fact that tells what was moved; 0: it was placed */
    int64_t order_no;
    int64_t at;
    const char *channel, *country;
    bool proven;
    const char *rules, *items, *places;
};

/* Asked for by name: how orders of the past would be sourced by other rules. */
struct what_if_row {
    const char *name;
    int64_t run;   /* how often it was asked for */
    int64_t state; /* enum what_if_state */
    const char *request_id;
    int64_t asked_at;
    const char *channel; /* NULL: all */
    int64_t from_at, until_at;
    struct bytes cursor_order; /* the last decision that was looked at */
    int64_t cursor_hold;
    int64_t orders, changed, unserved;
    int64_t parcels_before, parcels_after, distance_before_km, distance_after_km;
    const char *places, *examples; /* lines */
    int64_t examples_count;
};

/* The next decisions that a report looks at; read, never written. */
struct replayed_choice_row {
    const char *name; /* of the report */
    struct bytes order_id;
    int64_t hold_no;
    int64_t at;
    const char *channel, *country, *items, *places;
};

struct stock_row {
    const char *sku, *location;
    int64_t on_hand, reserved, owed;
    int64_t damaged, quality_control; /* of what is on hand */
    int64_t safety, incoming;
    int64_t version;
    bool level_asked;
    const char *lots; /* which lots it is of (lot.h); NULL: they are not kept apart */
    int64_t binned;   /* lie in bins */
    int64_t
        level_at; /* the level was published last because it had been asked for here; 0: never */
};

enum ledger_kind {
    LEDGER_ADJUSTED = 1,
    LEDGER_SHIPPED = 2,
    LEDGER_FOUND = 3,
    LEDGER_LOST = 4,
    LEDGER_AUDITED = 5,
    LEDGER_MOVED = 6,
    LEDGER_WRITTEN_OFF = 7,
    LEDGER_GONE = 8,
    LEDGER_SENT = 9,
    LEDGER_ARRIVED = 10,
    LEDGER_ORDERED = 11,
    LEDGER_RECEIVED = 12,
    LEDGER_UNDELIVERED = 13
};

struct ledger_row {
    const char *sku, *location;
    int64_t version;
    int64_t counter; /* enum stock_counter */
    int64_t kind, quantity;
    int64_t reason; /* enum adjustment_reason, or 0 */
    int64_t order_no, fulfillment_no;
    const char *request_id, *actor; /* NULL where an order moved it */
    int64_t at;
    const struct lot_names *names; /* which lots are meant, where somebody says so; not kept */
};

/* What a movement of the ledger did to a lot: the lines of a version sum to those of the ledger. */
struct lot_movement_row {
    const char *sku, *location;
    int64_t version, kind;                     /* as in the ledger */
    const char *lot;                           /* "": nobody named it */
    int64_t on_hand, damaged, quality_control; /* added to each */
    int64_t expires_day;                       /* as it was known; NOT_GIVEN */
    int64_t order_no, fulfillment_no;
    int64_t at;
    bool told; /* by a fact; not kept */
};

enum adjustment_kind {
    ADJUSTMENT_CHANGED = 1,
    ADJUSTMENT_MOVED = 2,
    ADJUSTMENT_SAFETY = 3,
    ADJUSTMENT_IMPORTED = 4,  /* at several places: its location is "" */
    ADJUSTMENT_PICKED = 5,    /* lots, for an order */
    ADJUSTMENT_BIN_MOVED = 6, /* from bin to bin */
    ADJUSTMENT_BIN_TAKEN = 7  /* by a fulfillment, whose id is the request's */
};

struct bin_row {
    const char *id; /* "<place> <code>" */
    const char *location, *code;
    int64_t version;
    const char *zone; /* NULL when not given */
    int64_t pick_order;
    int64_t kind; /* enum bin_kind */
    bool active;
};

/* How items of a place are put into classes, and how often each is counted. */
struct count_policy_row {
    const char *location;
    int64_t version;
    int64_t basis; /* enum count_basis */
    int64_t days, a_percent, b_percent, a_days, b_days, c_days;
};

/* An item in a bin; changed by who holds the lock of its stock. */
struct stock_bin_row {
    const char *sku, *location, *bin;
    int64_t quantity;
};

struct bin_ledger_row {
    const char *sku, *location;
    int64_t version; /* of the stock */
    const char *bin;
    int64_t kind; /* enum bin_movement */
    int64_t quantity, order_no;
    const char *request_id, *actor; /* NULL where an order moved it */
    int64_t at;
};

struct adjustment_row {
    const char *request_id, *sku, *location;
    int64_t version, kind, reason, quantity_change;
    int64_t condition_from, condition_to; /* enum stock_condition, or 0 */
    int64_t quantity, on_hand, owed;
    struct bytes digest;
    const char *note, *actor;
    int64_t at;
};

struct reservation_row {
    int64_t order_no, hold_no;
    int64_t state;  /* enum reservation_state */
    int64_t reason; /* enum cancel_reason, or 0 */
    int64_t clock, expires_at, reserved_at;
    int64_t release_no; /* the last partial release that was done, 0 when none was */
    struct bytes order_id;
    const char *sourcing; /* what its places are chosen by (resourcing.h); NULL: nothing was held */
};

/* What became of the pieces of a part. */
enum part_state {
    PART_HELD = 1,
    PART_WAITING = 2,    /* for stock */
    PART_MISSING = 3,    /* was never held: there was not enough */
    PART_LEFT = 4,       /* with `fulfillment_no` */
    PART_GIVEN_BACK = 5, /* with the reservation (release_no 0), or by a partial release */
    PART_TAKEN_BACK = 6, /* is not there any more */
};

struct reservation_line_row {
    int64_t order_no, hold_no, line_no, part_no;
    int64_t state; /* enum part_state */
    int64_t fulfillment_no, release_no, quantity, available;
    const char *sku;
    const char *location; /* "" while it waits, and where it was missing */
    const char *
        components; /* of a bundle, as they were when it was reserved; else NULL.  Quantities count bundles */
    int64_t expected_day; /* while it waits: as was told last, since 1970-01-01; 0: nobody says */
};

struct backorder_row {
    const char *sku;
    int64_t pieces;
    bool bundle;        /* the item is one */
    int64_t in_bundles; /* so many bundles have the item as a component */
    int64_t held_until; /* the day before which nothing is given to who waits; 0: at once */
    bool buy_asked;     /* the lane of the SKU looks what is to be bought */
};

/* What an order holds of an item at a place; read, never written. */
struct pick_holder_row {
    const char *key; /* "<SKU> <place> <order id>" */
    int64_t order_no, pieces;
};

/* A reservation that holds pieces where some are owed, or waits for some; read, never written. */
struct claimant_row {
    const char *sku;
    const char *location; /* "": it waits */
    int64_t order_no, hold_no;
    int64_t quantity, reserved_at;
    struct bytes order_id;
    int64_t expected_day; /* of who waits: the last that was told; 0: nobody says */
};

struct transfer_row {
    const char *transfer_id;
    int64_t version, state; /* enum transfer_state */
    const char *source, *destination;
    int64_t requested_at, changed_at;
};

struct transfer_line_row {
    const char *transfer_id, *sku, *source, *destination;
    int64_t quantity, held, shipped, in_transit, received, damaged, lost;
    const char *lots; /* that were shipped, as lot_request.h writes them; NULL: none was named */
};

struct transfer_step_row {
    const char *transfer_id, *request_id;
    int64_t kind;
    struct bytes digest;
    const char *note, *actor;
    int64_t at;
};

/* A transfer that holds pieces where some are owed; read, never written. */
struct transfer_claim_row {
    const char *sku, *location, *transfer_id;
    int64_t quantity;
};

struct supplier_row {
    const char *code;
    int64_t version;
    const char *name, *email, *language, *currency; /* e-mail, language: NULL when not given */
    int64_t lead_time_days;
    const char *location; /* NULL: orders must name one */
    bool active;
    int64_t buying; /* enum buying_policy */
    int64_t gather_minutes;
    /* Its address; line1 is NULL where nobody gave one. */
    const char *address_name, *company, *line1, *line2, *city, *region, *postal_code, *country;
};

struct supplier_item_row {
    const char *sku, *supplier;
    int64_t version;
    const char *supplier_sku; /* NULL when not given */
    int64_t pack_size, minimum_quantity, price_minor;
    int64_t lead_time_days; /* NOT_GIVEN: the supplier's */
    int64_t priority;
    bool active;
    int64_t service_percent, cover_days;
    int64_t buying; /* enum buying_policy; 0: as the supplier says */
};

/* Which draft of a supplier takes what is missing now (buying.h). */
struct purchase_gathering_row {
    const char *supplier;
    int64_t buying; /* BUYING_POLICY_DRAFT or _SEND */
    int64_t round;
    const char *location, *purchase_order_id; /* NULL: there is no such draft */
    int64_t gathers_until;                    /* 0: until somebody sends it */
    int64_t items;                            /* that were put into it */
};

/* What of an item a draft is to order for orders that wait. */
struct stock_buying_row {
    const char *sku;
    const char *supplier;          /* NULL before there was any */
    int64_t buying;                /* enum buying_policy, or 0 */
    const char *purchase_order_id; /* the draft; NULL: none */
    int64_t pieces;                /* in it */
    int64_t dismissed;             /* missing, and not to be bought by itself */
};

struct reorder_suggestion_row {
    const char *sku, *location, *supplier;
    int64_t method; /* enum reorder_method */
    int64_t demand_milli, deviation_milli;
    int64_t lead_time_days, service_percent, reorder_point, order_up_to, position;
    int64_t quantity; /* 0: nothing is due */
    int64_t reviewed_at;
};

/* What left a place with orders on a day, and what came to it in whatever way; read, never written. */
/* What purchase orders are to bring on a day; read, never written. */
struct incoming_day_row {
    const char *sku;
    int64_t day; /* since 1970-01-01 */
    const char *purchase_order_id;
    int64_t pieces;
};

struct demand_day_row {
    const char *sku, *location;
    int64_t day; /* since 1970-01-01 */
    int64_t pieces, came;
};

/* On which side of its lines the stock of an item at a place is.  No row: nothing was set, and it is fine. */
struct stock_watch_row {
    const char *sku, *location;
    int64_t version;
    int64_t low_set, slow_days, excess_days; /* as people set them; NOT_GIVEN: they did not */
    int64_t reorder_point;                   /* of the last review, or NOT_GIVEN */
    int64_t band;                            /* enum watch_band */
    int64_t sellable;      /* the least that was there since it is in this band, promised or not */
    int64_t better_since;  /* 0: the level is in no better band */
    bool timer_set;        /* somebody looks whether that lasts */
    int64_t look_at;       /* in one row of the item: when its demand is looked at next; else 0 */
    int64_t demand_milli;  /* a day, by the last review */
    int64_t counted_at;    /* last; 0: never */
    int64_t expiring_days; /* as people set it, or NOT_GIVEN */
};

struct stock_alert_row {
    const char *sku, *location;
    int64_t kind;           /* enum alert_kind */
    int64_t version, state; /* enum alert_state */
    int64_t times, opened_at, closed_at;
    int64_t available, threshold, cover_days; /* NOT_GIVEN where the kind has none */
    int64_t excess;
    const char *transfer_to; /* NULL: nowhere */
    int64_t transfer_quantity, acknowledged_at;
    const char *acknowledged_by, *note;
};

struct purchase_order_row {
    const char *purchase_order_id;
    int64_t version, state; /* enum purchase_order_state */
    const char *supplier, *location, *currency;
    int64_t lead_time_days, expected_day; /* NOT_GIVEN before anybody knows */
    const char *reference;                /* NULL before there is one */
    int64_t requested_at, changed_at;
    int64_t buying;        /* enum buying_policy: gathered for who waits; 0: somebody drafted it */
    int64_t gathers_until; /* when it is sent by itself; 0: somebody sends it */
};

struct purchase_order_line_row {
    const char *purchase_order_id, *sku, *location;
    const char *supplier_sku; /* NULL when it has none */
    int64_t quantity, price_minor, outstanding, received, damaged, undelivered, over;
    int64_t expected_day; /* NOT_GIVEN: when the order is expected */
};

/* What the supplier was sent; never changed. */
struct purchase_document_row {
    const char *purchase_order_id, *name, *media_type;
    struct bytes sha256, content;
    int64_t made_at;
};

/* A mail with them; each is decided on once (purchase_mail.h). */
struct purchase_mail_row {
    const char *purchase_order_id;
    int64_t mail_no;
    const char *email, *request_id;
    int64_t state;  /* enum purchase_mail_state */
    int64_t reason; /* enum undeliverable_reason, or 0 */
    int64_t attempts, asked_at, changed_at;
};

/* That the last of them did not arrive (purchase_alert.h). */
struct purchase_alert_row {
    const char *purchase_order_id;
    int64_t version;
    const char *supplier;
    int64_t state; /* enum alert_state */
    int64_t times, mail_no;
    const char *email;
    int64_t reason; /* enum undeliverable_reason */
    int64_t opened_at, closed_at, acknowledged_at;
    const char *acknowledged_by, *note;
};

struct purchase_order_receipt_row {
    const char *purchase_order_id, *request_id, *sku;
    int64_t quantity, damaged, over;
    int64_t at;
};

struct purchase_order_step_row {
    const char *purchase_order_id, *request_id;
    int64_t kind;
    int64_t reason; /* enum undelivered_reason, or 0 */
    struct bytes digest;
    const char *note, *actor;
    int64_t at;
};

struct count_sheet_row {
    const char *sheet_id;
    int64_t version, state; /* enum count_sheet_state */
    const char *location;
    int64_t selection; /* enum count_selection */
    bool blind;
    int64_t tolerance_pieces, tolerance_percent, round;
    const char *last_sku; /* NULL: the place has no more */
    int64_t requested_at, changed_at;
};

struct count_line_row {
    const char *sheet_id, *sku, *location;
    int64_t state;               /* enum count_line_state */
    int64_t round, asked_at;     /* in which it is counted, and since when */
    int64_t counted, counted_at; /* NOT_GIVEN and 0 before */
    const char *counted_by;
    bool compared; /* `expected` is known: by the books, at counted_at */
    int64_t expected;
    bool above_tolerance;
    int64_t booked;
    const char *refused; /* why it could not be booked; else NULL */
    const char *lots;    /* counted, as lot_request.h writes them; NULL: none was named */
};

struct count_step_row {
    const char *sheet_id, *request_id;
    int64_t kind;
    struct bytes digest;
    const char *note, *actor;
    int64_t at;
};

/* What of a place is to be counted, in its order; read, never written. */
struct countable_row {
    const char *key; /* "<place> <selection> <limit> <SKU> <days>" */
    const char *sku;
};

/* What came to a place and left it since an instant; read, never written. */
struct stock_moved_row {
    const char *key; /* "<SKU> <place> <milliseconds>" */
    int64_t moved;
    bool complete; /* false: of more lines than are read */
};

extern const struct table bin_table, stock_bin_table, bin_ledger_table;
extern const struct table stock_moved_table, stock_watch_table, stock_alert_table,
    count_sheet_table, count_line_table, count_step_table, countable_table, count_policy_table;
extern const struct table supplier_table, supplier_item_table, purchase_order_table,
    purchase_order_line_table, purchase_order_receipt_table, purchase_order_step_table,
    purchase_document_table, reorder_suggestion_table, demand_day_table, incoming_day_table,
    stock_buying_table, purchase_gathering_table, purchase_mail_table, purchase_alert_table;
extern const struct table transfer_table, transfer_line_table, transfer_step_table,
    transfer_claim_table;
extern const struct table reservation_table, reservation_line_table, adjustment_table, item_table,
    item_barcode_table, bundle_use_table, item_pack_table, item_option_table, item_substitute_table,
    barcode_table, location_table, stock_table, backorder_table, claimant_table, ledger_table,
    lot_movement_table, pick_holder_table, inventory_policy_table, inventory_rule_table,
    channel_rule_table, inventory_postal_table, location_work_table, sourcing_choice_table,
    what_if_table, replayed_choice_table;

/* In the order in which batches lock and write; NULL-terminated. */
extern const struct table *const inventory_tables[];

#endif
