/* tables.h - the rows of the order service as C structs, and their descriptions.
 *
 * Members are the columns of schema/; what they mean stands there.  All but `request` belong to the
 * order's lane.  Numbers in SQL are those of the enums named here, whose order tables.c asserts.
 * Pure data.
 */
#ifndef KERVAN_ORDER_TABLES_H
#define KERVAN_ORDER_TABLES_H

#include "common/table.h"

struct order_row {
    int64_t order_no;
    int64_t clock, entry_count;
    int64_t step; /* enum saga_step */
    int64_t tries, deadline_at, watch_at;
    int64_t status, payment_status, fulfillment_status, return_status, shopper_status;
    int64_t payment_state, payment_method, tax_mode, cancel_reason;
    int64_t fulfillment_count, refund_count, task_count, open_tasks, open_cancels;
    int64_t open_holds;
    bool detour; /* it has a row in detour */
    int64_t total_minor, shipping_price_minor;
    int64_t authorized_minor, captured_minor, refunded_minor, refund_told_minor;
    struct bytes order_id;
    const char *channel, *channel_order_ref, *currency, *shipping_service;
    const char *payment_action_url, *payment_code;
    const char *reply_request_id; /* of who waits for the confirmation; NULL: nobody */
    int64_t reply_partition;
    int64_t placed_at, confirmed_at, ended_at, ship_not_before;
    const char *number; /* in the channel's series; NULL: it has none */
    const char *
        delivery_terms; /* the delivery options of its channel as they were when it was placed; NULL: none */
    int64_t promised_earliest,
        promised_latest;     /* days since 1970-01-01, as was told last; 0: nothing is promised */
    int64_t promised_first;  /* the latest day as it was promised first */
    int64_t promise_outcome; /* enum promise_outcome, or 0 */
};

struct line_row {
    int64_t order_no, line_no;
    const char *sku;
    int64_t quantity, unit_price_minor, discount_minor, tax_minor;
    int64_t canceled_quantity, canceled_minor; /* what was taken off, and what it cost */
    const char *customization;                 /* JSON text, or NULL */
};

/* Personal data and what else must not outlive it. */
struct contact_row {
    int64_t order_no;
    const char *name, *email, *phone, *locale, *company;
    const char *ship_name, *ship_company, *ship_line1, *ship_line2, *ship_city, *ship_region,
        *ship_postal_code, *ship_country;
    const char *bill_name, *bill_company, *bill_line1, *bill_line2, *bill_city, *bill_region,
        *bill_postal_code, *bill_country; /* all NULL: as ship */
    const char *payment_token, *return_url, *note;
    const char *channel_customer_ref; /* NULL: a guest */
};

/* Why intake refused the order. */
struct refusal_row {
    int64_t order_no, error_no;
    const char *pointer, *detail;
};

/* One place's share of the order: its fulfillment, its capture and its shipment carry the same number. */
struct fulfillment_row {
    int64_t order_no, fulfillment_no;
    int64_t step; /* enum share_step */
    int64_t tries, deadline_at;
    int64_t state; /* enum fulfillment_state, as the place tells */
    bool replaced;
    const char *location;
    int64_t value_minor, capture_minor;
    int64_t capture_no, shipment_no; /* 0: as fulfillment_no */
    const char *carrier, *tracking_number;
    int64_t tracking_status; /* enum tracking_status, or 0 */
    int64_t shipped_at, delivered_at;
    bool captured;          /* capture_minor is taken */
    int64_t reservation_no; /* of the stock that is held for it */
    int64_t sourcing_no;    /* of what it asked to be held in its place; 0: nothing */
    int64_t payment_no;     /* of an edit that added it; 0: the order's own pays for it */
    int64_t begins_on;      /* the place is so full that it begins no earlier; 0: it is not */
    int64_t hand_over_on, promised_earliest,
        promised_latest;  /* days since 1970-01-01; 0: nothing is promised */
    int64_t zone_minutes; /* of the place, east of UTC: what its days are reckoned by */
    int64_t slips;        /* how often it was late */
    int64_t late_at;      /* if it is no further by then; 0: it cannot be late */
};

struct allocation_row {
    int64_t order_no, fulfillment_no, line_no, quantity, value_minor;
    const char *
        components; /* of a bundle, as recipe.h writes what it was when it was reserved; else NULL */
};

struct parcel_row {
    int64_t order_no, fulfillment_no, parcel_no;
    int64_t weight_grams, length_mm, width_mm, height_mm; /* lengths: 0 when unknown */
    const char *contents; /* "1*2,3*1": two of line 1, one of line 3 */
};

/* Which order goes by a public id, and the digest of the body that made it. */
struct submission_row {
    struct bytes order_id;
    int64_t order_no;
    struct bytes digest;
};

/* Shared: an Idempotency-Key belongs to a channel, not to a lane. */
struct request_row {
    const char *key; /* channel, a space, the key */
    int64_t order_no;
    struct bytes digest;
};

struct counter_row {
    int64_t lane, last;
};

enum cancellation_state {
    CANCELLATION_PENDING = 1,
    CANCELLATION_ACCEPTED = 2,
    CANCELLATION_REFUSED = 3
};

struct cancellation_row {
    int64_t order_no;
    const char *request_id;
    int64_t state;                /* enum cancellation_state */
    int64_t reason, asked_by;     /* enum cancel_reason, enum canceled_by */
    const char *reply_request_id; /* NULL: nobody waits */
    int64_t reply_partition, asked_at;
    int64_t change_no; /* of its cuts; 0: none yet */
    const char *lines; /* "1*2,3*1": only these pieces; NULL: the whole order */
    int64_t edit_no;   /* of the edit that asks for it; 0: it is a cancellation */
};

struct timeline_row {
    int64_t order_no, entry_no;
    int64_t axes; /* statuses, four bits each */
    int64_t clock, at;
    int64_t kind;           /* a row of timeline_kind */
    int64_t cause_no;       /* entry that it followed from; 0: none */
    const char *channel;    /* of the order */
    const char *subject;    /* "F1": what of the order it is about; NULL: the order */
    const char *detail;     /* a reason or code; NULL: none */
    const char *request_id; /* NULL: of a fact */
    const char *amounts;    /* total, authorized, captured, refunded; NULL: as before */
    const char *pieces;     /* "1*2,3*1": what was taken off; NULL: nothing */
};

struct task_row {
    int64_t order_no, task_no;
    int64_t kind, state;    /* enum task_kind, enum task_state */
    int64_t fulfillment_no; /* 0: of the whole order */
    int64_t matter;         /* enum matter */
    int64_t choices;        /* a bit an enum task_choice */
    int64_t choice;         /* what was decided; 0: nothing */
    int64_t change_no;      /* the cuts it is about; 0: none */
    const char *reason, *code;
    const char *request_id; /* of the decision; NULL: none */
    int64_t opened_at, due_at, closed_at;
};

/* What an order has only once it leaves the straight way. */
struct detour_row {
    int64_t order_no;
    int64_t hold_count, hold_until, note_count;
    int64_t reservation_no, release_no;
    int64_t waiting_quantity, stock_due_at; /* pieces that stock on its way is to bring, and when */
    int64_t stock_policy, ask_ms, choice; /* enum stock_policy; the shopper's order_choose choice */
    int64_t payment_no, earlier_captured_minor, earlier_refunded_minor;
    int64_t change_count, open_change;
    int64_t number_anew; /* the highest number of a capture or shipment that is not its share's */
    const char *payment_reference;
    const char *asked;  /* "1*2,3*1": pieces that the shopper was asked about; NULL: never asked */
    int64_t offered;    /* a bit an order_choose choice */
    int64_t payment_ms; /* of the channel; 0: as the method has it */
    int64_t addition_count;    /* edits that were to add lines, and were confirmed */
    int64_t stock_expected_at; /* when the pieces that wait should be there; 0: nobody says */
    const char *company;       /* that buys; NULL: none does */
    const char *purchase_order_number;
    bool awaits_credit;  /* what is beyond the company's credit, instead of being declined */
    int64_t alone_minor; /* that its buyer may order without approval; -1: any amount */
    const char *document_series;  /* of the order's, as billing.h writes it; NULL: it has none */
    const char *buyer_tax_number; /* of the company that buys; NULL: not known */
    const char *taxes;            /* as tax_terms.h writes it; NULL: the order brought its tax */
    const char *tax_reason;       /* why nothing is charged; NULL: something is, or nobody says */
    int64_t priority;             /* 1 is done first; 0: nobody said */
    struct bytes
        other_digest; /* of what was last submitted under its name and refused; empty: nothing was */
    int64_t dispute_count;
};

/* A company that buys, and who buys for it. */
struct company_row {
    const char *code;
    int64_t version;
    const char *name, *tax_number, *currency;
    bool active;
    bool hold_over_credit;      /* what is beyond its credit is held, not declined */
    const char *tax_exemptions; /* certificates, as tax_policy.h writes them; NULL: none */
};
struct company_buyer_row {
    const char *company, *ref;    /* the storefront's own name of the customer */
    int64_t approval_limit_minor; /* an order of more waits for approval; -1: none does */
    bool may_approve;
};

struct hold_row {
    int64_t order_no, hold_no, reason; /* enum hold_reason */
    const char *request_id;            /* NULL: the channel wants a person's word */
    const char *placed_by, *note;
    int64_t until, held_at, released_at;
    bool by_channel;                        /* asked for with a key of the order's channel */
    const char *released_by, *release_note; /* NULL: nobody did, or wrote anything */
};

struct note_row {
    int64_t order_no, note_no;
    const char *request_id, *written_by, *note;
    int64_t written_at;
};

enum cut_state { CUT_ASKED = 1, CUT_TAKEN = 2 };

/* Pieces that are to be taken off the order; fulfillment_no 0: of those that wait for stock. */
struct cut_row {
    int64_t order_no, change_no, fulfillment_no, line_no;
    int64_t quantity, state;
    const char *held_at; /* place whose stock is held for them; NULL: none is */
};

/* Of a refund that people made beside ours there is a row only once it failed. */
enum refund_state {
    REFUND_TOLD = 1,
    REFUND_DONE = 2,
    REFUND_REFUSED = 3,
    REFUND_FAILED = 4,
    REFUND_STAFF_FAILED = 5,
    REFUND_STAFF_GIVEN = 6, /* after it had failed */
    REFUND_STAFF_LEFT = 7   /* it failed, and a person left it at that */
};

struct refund_row {
    int64_t order_no, refund_no, payment_no, amount_minor, state;
};

/* A charge-back of a payment, as payment told of it last. */
struct dispute_row {
    int64_t order_no, dispute_no, payment_no;
    int64_t state; /* enum dispute_state */
    int64_t amount_minor, lost_minor;
};

enum edit_state { EDIT_PROPOSED = 1, EDIT_REQUESTED = 2, EDIT_CONFIRMED = 3, EDIT_DECLINED = 4 };
enum edit_reason {
    EDIT_REASON_NONE = 0,
    EDIT_REASON_PACKED = 1,
    EDIT_REASON_CHANGED = 2,
    EDIT_REASON_OUT_OF_STOCK = 3, /* these are of what was to be added */
    EDIT_REASON_PAYMENT_DECLINED = 4,
    EDIT_REASON_NEEDS_SHOPPER = 5,
    EDIT_REASON_EXPIRED = 6,
    EDIT_REASON_CANCELED = 7
};
/* A bit each. */
enum edit_refusal {
    EDIT_TOO_LATE = 2, /* some of it is packed */
    EDIT_COSTS_MORE = 4,
    EDIT_NOTHING_LEFT = 8,
    EDIT_BUSY = 16,
    EDIT_PAYMENT =
        32 /* neither card nor credit, or its money is not secured: nothing can be added */
};

/* A change that is shown before it is made. */
struct edit_row {
    int64_t order_no, edit_no, state, reason;
    const char *request_id; /* of the proposal */
    int64_t order_clock;    /* of the order that the preview is of */
    const char *lines;      /* "1*2,3*0": so many are wanted; NULL: as they are */
    const char *shipping_service;
    int64_t shipping_price_minor;
    const char *note;
    const char *pieces;      /* "1*2@1,3*1@0": what comes off, of which share; NULL: nothing */
    const char *late_pieces; /* "1*2": what cannot any more; NULL: nothing */
    const char *restarted;   /* "1,3": shares that begin anew; NULL: none */
    int64_t refusals;        /* a bit an enum edit_refusal */
    int64_t total_before_minor, total_minor, release_minor, refund_minor;
    int64_t edited_minor; /* the order's total when it was made */
    int64_t proposed_at, expires_at, ended_at;
    /* Of one that adds lines; 0 and NULL before it is confirmed, but for what it is to authorize. */
    int64_t authorize_minor, reservation_no, payment_no;
    const char *held; /* "3*2@WH-1": what is reserved of it, and where; NULL: nothing yet */
    const char *reply_request_id;
    int64_t reply_partition;
};

/* A line that an edit adds. */
struct edit_line_row {
    int64_t order_no, edit_no, line_no;
    const char *sku;
    int64_t quantity, unit_price_minor, discount_minor, tax_minor;
    const char *customization;          /* JSON text, or NULL */
    int64_t tax_category, tax_rate_ppm; /* by which it is taxed; 0: it brought its tax */
};

/* A payment beside the present one: its provider let go of it, or it pays for what an edit added. */
struct past_payment_row {
    int64_t order_no, payment_no;
    int64_t authorized_minor, captured_minor, refunded_minor, refund_told_minor;
    int64_t edit_no; /* 0: it was the present one */
    int64_t state;   /* enum payment_state of one that an edit added; 0: let go of */
};

struct channel_row {
    const char *code;
    int64_t version;
    const char *name;
    int64_t stock_policy, ask_ms;
    int64_t silenced; /* a bit an enum customer_message */
    bool by_person;   /* orders are confirmed by a person */
    int64_t address_check;
    const char *number_prefix; /* of its series; NULL: it has none */
    bool number_yearly;
    int64_t number_digits;
    int64_t counted;             /* a bit an enum fraud_subject that a rule counts orders by */
    int64_t hold_at, reject_at;  /* scores of the rules against fraud; 0: never */
    int64_t payment_deadline_ms; /* that a shopper has to pay; 0: as the method has it */
    int64_t payment_methods;     /* a bit an enum payment_method; 0: any */
    const char
        *languages; /* BCP 47 tags, a space between them, the preferred one first; NULL: any */
    const char *delivery_options; /* as delivery.h writes them; NULL: what words say */
    int64_t draft_ttl_ms;         /* of a draft, since it was saved last; 0: 14 days */
    int64_t edit_window_ms;       /* in which the channel itself may change an order; 0: no end */
    const char *invoice_series;   /* by country, as billing.h writes them; NULL: no documents */
    const char *tax_policy;       /* as tax_policy.h writes it; NULL: orders bring their tax */
};

/* What is charged in a country or a region; in a table of its own every version of that. */
struct tax_area_row {
    const char *code;
    int64_t version;
    const char *name;
    int64_t shipping_class; /* enum tax_class; 0: standard */
    const char *rates;      /* as tax_rates.c writes them */
    int64_t changed_at;
};
/* How an item is taxed. */
struct tax_item_row {
    const char *sku;
    int64_t version, tax_class; /* enum tax_class */
};

enum { PLACE_NETWORK = 1 };

/* A place that sends goods, as inventory told of it last; each is written by the lane of its code. */
struct place_row {
    int64_t network;
    const char *code;
    int64_t clock;
    const char *time_zone; /* as the members of struct calendar */
    int64_t cut_off_minute, open_weekdays;
    const char *holidays;
    int64_t handling_days;
};

/* The numbers that a channel gave. */
struct series_row {
    const char *code;
    int64_t year, last;
};

/* A rule of a channel against fraud. */
struct fraud_rule_row {
    const char *code;
    int64_t rule_no, kind, points;
    int64_t at_least_minor;
    const char *currency;
    int64_t subject, orders, within_ms;
};

/* When orders with the same e-mail, phone, token or address came, the last ones, all lanes together. */
struct velocity_row {
    const char *key;     /* "email:ada@shop.example" */
    struct bytes recent; /* instants of 8 bytes each, the oldest first */
    int64_t last_at;
};

struct block_row {
    const char *entry, *note, *placed_by;
    int64_t placed_at;
};

/* Whom a customer was said to be one with. */
struct customer_merge_row {
    const char *customer_id;
    int64_t version;
    const char *into_id;             /* NULL: it was taken back */
    int64_t into_order_no, order_no; /* by which both are named */
    const char *changed_by;
    int64_t changed_at;
};

/* An order of a customer, as the search finds it: read, never written. */
struct customer_order_row {
    const char *customer_id;
    int64_t order_no;
    struct bytes order_id;
    bool over; /* ended, and nobody has a task about it */
};

/* An open draft of a customer, as their orders' e-mails and phones tell: read, never written. */
struct customer_draft_row {
    const char *customer_id;
    struct bytes order_id;
};

/* That a customer be forgotten, and with which orders. */
struct customer_erasure_row {
    const char *customer_id, *request_id, *asked_by;
    int64_t asked_at;
};

struct customer_erasure_order_row {
    const char *customer_id;
    int64_t order_no;
};

/* Nothing personal is kept of the order. */
struct erasure_row {
    int64_t order_no, erased_at;
};

/* An order to be, under the id that it will have. */
struct draft_row {
    struct bytes order_id;
    int64_t version, state; /* enum draft_state */
    const char *channel;
    const char *content; /* JSON; NULL once it ended */
    const char *email, *phone;
    int64_t line_count;
    const char *request_id, *saved_by; /* of the last save */
    int64_t made_at, saved_at, expires_at, ended_at;
    int64_t offered_at; /* since when it is a quote; 0: it is none */
};

/* A rule that an order met. */
struct screening_row {
    int64_t order_no, reason_no, kind, points;
    const char *detail;
};

extern const struct table order_table, order_line_table, order_contact_table, order_refusal_table,
    order_fulfillment_table, order_allocation_table, order_parcel_table, order_submission_table,
    order_request_table, order_counter_table, order_cancellation_table, order_timeline_table,
    order_task_table, order_detour_table, order_hold_table, order_note_table, order_cut_table,
    order_refund_table, order_past_payment_table, order_channel_table, order_series_table,
    order_fraud_rule_table, order_velocity_table, order_block_table, order_screening_table,
    order_edit_table, order_edit_line_table, order_customer_merge_table, order_customer_order_table,
    order_customer_erasure_table, order_customer_erasure_order_table, order_erasure_table,
    order_place_table, order_draft_table, order_customer_draft_table, order_company_table,
    order_company_buyer_table, order_tax_area_table, order_tax_area_version_table,
    order_tax_item_table, order_dispute_table;

/* In the order in which batches lock and write; NULL-terminated. */
extern const struct table *const order_tables[];

#endif
