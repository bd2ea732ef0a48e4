/* tables.h - the rows of the notification service as C structs, and their descriptions.
 *
 * Members are the columns of schema/; what they mean stands there.  All rows belong to the lane of
 * their order or purchase order.  Pure data.
 */
#ifndef KERVAN_NOTIFICATION_TABLES_H
#define KERVAN_NOTIFICATION_TABLES_H

#include "common/table.h"

struct contact_row {
    int64_t order_no, clock;
    struct bytes order_id;
    const char *channel, *name;
    const char *email, *locale, *channel_order_ref; /* NULL when not given */
    int64_t silenced;                               /* bits 1 << enum customer_message */
};

struct customer_message_row {
    int64_t order_no;
    int64_t kind; /* enum customer_message */
    int64_t event_no;
    int64_t state;  /* enum notification_message_state */
    int64_t reason; /* enum undeliverable_reason, or 0 */
    int64_t attempts, line_count, clock, happened_at, changed_at;
    int64_t total_minor, shipping_price_minor, tax_minor;
    const char *currency, *carrier, *tracking_number; /* NULL where the message does not say it */
    int64_t amount_minor, until_at;                   /* until_at: 0 where it does not say it */
    int64_t awaited;                                  /* enum order_delayed_awaited, or 0 */
    const char *reference, *url;
    int64_t promised_earliest,
        promised_latest; /* days since 1970-01-01; 0 where it does not say them */
};

struct early_line_row {
    int64_t order_no, kind, event_no, line_no, quantity, price_minor;
    const char *sku;
};

struct share_row {
    int64_t order_no, fulfillment_no;
    bool canceled;
};

struct supplier_message_row {
    const char *purchase_order_id;
    int64_t mail_no;
    const char *supplier;
    int64_t state;  /* enum supplier_message_state */
    int64_t reason; /* enum undeliverable_reason, or 0 */
    int64_t attempts, asked_at, changed_at;
};

struct invoice_message_row {
    int64_t order_no, document_no, mail_no;
    int64_t state;  /* enum invoice_message_state */
    int64_t reason; /* enum undeliverable_reason, or 0 */
    int64_t attempts, asked_at, changed_at;
};

extern const struct table customer_contact_table, customer_message_table, early_line_table,
    share_table, supplier_message_table, invoice_message_table;

/* In the order in which batches write; NULL-terminated. */
extern const struct table *const notification_tables[];

#endif
