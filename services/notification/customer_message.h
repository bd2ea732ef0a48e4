/* customer_message.h - the rules: which facts a customer is told, that each is told once, and what became of it.
 *
 * A message is (order, kind, consignment).  A fact of an order whose contact is not known waits for
 * it.  Telling is an effect: a mail.  Pure.
 */
#ifndef KERVAN_NOTIFICATION_CUSTOMER_MESSAGE_H
#define KERVAN_NOTIFICATION_CUSTOMER_MESSAGE_H

#include "common/incoming.h"
#include "proto/notification.h"

#define MAIL_EFFECT "mail"

/* What moves a message from state to state (enum notification_message_state; ABSENT: there is none). */
enum telling_input {
    TELLING_TOO_EARLY,  /* the fact, before the contact */
    TELLING_POSSIBLE,   /* the fact or the contact came, and now both are there */
    TELLING_IMPOSSIBLE, /* the same, but there is no way to tell */
    TELLING_ACCEPTED,   /* a mail server took it */
    TELLING_REFUSED,    /* a mail server refused it for good */
    TELLING_INPUT_COUNT
};
/* ABSENT: nothing happens. */
enum notification_message_state message_next(enum notification_message_state state,
                                             enum telling_input input);

/* How a mail ended. */
struct mail_end {
    bool accepted;
};

/* Facts of the order and of its consignments. */
void fact_need(const struct incoming_message *in, struct rows *rows);
void on_order_placed(struct decision *out, const struct incoming_message *in);
void on_order_confirmed(struct decision *out, const struct incoming_message *in);
void on_order_canceled(struct decision *out, const struct incoming_message *in);
void on_order_expired(struct decision *out, const struct incoming_message *in);
/* Only for want of stock: what is refused at intake was never placed, and who asked knows. */
void on_order_rejected(struct decision *out, const struct incoming_message *in);
void on_shipment_shipped(struct decision *out, const struct incoming_message *in);
void on_shipment_delivered(struct decision *out, const struct incoming_message *in);

/* The contact: what waited for it is told, in the order in which it happened. */
void contact_need(const struct incoming_message *in, struct rows *rows);
void on_contact(struct decision *out, const struct incoming_message *in);

/* The end of a mail; the payload is a struct notification_mail, the result a struct mail_end. */
void mail_need(const struct incoming_result *in, struct rows *rows);
void on_mail_end(struct decision *out, const struct incoming_result *in);

#endif
