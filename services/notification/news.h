/* news.h - facts become messages to the customer.
 *
 * Here is what each message says; its life is in customer_message.h.  Facts that may come again have a
 * number that tells their messages apart.  Pure.
 */
#ifndef KERVAN_NOTIFICATION_NEWS_H
#define KERVAN_NOTIFICATION_NEWS_H

#include "common/incoming.h"
#include "proto/notification.h"
#include "services/notification/tables.h"

/* A fact as a message, with the lines that it lists. */
struct news {
    struct customer_message_row row;
    const struct notification_mail_line *lines;
    size_t line_count; /* row.line_count counts those that are not listed, too */
};

/* A fact for the customer; one that was heard before is passed over in silence. */
void message_hear(struct decision *out, struct subject subject, struct news *news);
/* NULL: there is none. */
struct customer_message_row *message_find(const struct rows *rows, int64_t order_no, int64_t kind,
                                          int64_t event_no);
/* False, and the message is parked, when its key and its body name two orders. */
bool message_is_of_order(struct decision *out, struct subject subject, const char *order_id);

/* Facts of the order. */
void on_order_placed(struct decision *out, const struct incoming_message *in);
void on_order_confirmed(struct decision *out, const struct incoming_message *in);
void on_order_canceled(struct decision *out, const struct incoming_message *in);
void on_order_expired(struct decision *out, const struct incoming_message *in);
/* Only for want of stock: what is refused at intake was never placed, and who asked knows. */
void on_order_rejected(struct decision *out, const struct incoming_message *in);
void on_order_asked(struct decision *out, const struct incoming_message *in);
void on_order_reduced(struct decision *out, const struct incoming_message *in);
void on_order_delayed(struct decision *out, const struct incoming_message *in);
void on_order_promise_changed(struct decision *out, const struct incoming_message *in);
void on_order_completed(struct decision *out, const struct incoming_message *in);

/* Facts of its payments.  One that does not say when it happened counts from when it is heard. */
void on_payment_requires_action(struct decision *out, const struct incoming_message *in);
void on_payment_declined(struct decision *out, const struct incoming_message *in);
void on_payment_refunded(struct decision *out, const struct incoming_message *in);
/* Only of a refund that the customer heard of: it came back. */
void on_payment_failed(struct decision *out, const struct incoming_message *in);

/* In how many shares the order comes, so that a part of it is called one. */
void share_need(const struct incoming_message *in, struct rows *rows);
void on_share_opened(struct decision *out, const struct incoming_message *in);
void on_share_canceled(struct decision *out, const struct incoming_message *in);
void shipped_need(const struct incoming_message *in, struct rows *rows);
void on_shipment_shipped(struct decision *out, const struct incoming_message *in);
void on_shipment_delivered(struct decision *out, const struct incoming_message *in);

#endif
