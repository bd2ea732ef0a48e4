/* customer_message.h - the rules: which facts a customer is told, that each is told once, and what became of it.
 *
 * A message is (order, kind, which of that kind).  A fact of an order whose contact is not known waits
 * for it, and for the mail of the order that is on its way; what waits goes out by its clock.  Telling is
 * an effect: a mail.  The facts themselves are in news.h.  Pure.
 */
#ifndef KERVAN_NOTIFICATION_CUSTOMER_MESSAGE_H
#define KERVAN_NOTIFICATION_CUSTOMER_MESSAGE_H

#include "common/incoming.h"
#include "proto/notification.h"

#define MAIL_EFFECT "mail"

/* What moves a message from state to state (enum notification_message_state; ABSENT: there is none). */
enum telling_input {
    TELLING_TOO_EARLY,  /* the fact, before the contact, or while another mail is on its way */
    TELLING_POSSIBLE,   /* both are there, and nothing else is on its way */
    TELLING_IMPOSSIBLE, /* the same, but there is no way to tell */
    TELLING_UNWANTED,   /* the same, but the channel does not want it told */
    TELLING_ACCEPTED,   /* a mail server took it */
    TELLING_REFUSED,    /* a mail server refused it for good, or put it off for too long */
    TELLING_INPUT_COUNT
};
/* ABSENT: nothing happens. */
enum notification_message_state message_next(enum notification_message_state state,
                                             enum telling_input input);

/* How a mail ended. */
struct mail_end {
    bool accepted;
};

void fact_need(const struct incoming_message *in, struct rows *rows);

/* The contact: what waited for it is told, in the order in which it happened. */
void contact_need(const struct incoming_message *in, struct rows *rows);
void on_contact(struct decision *out, const struct incoming_message *in);

/* The end of a mail; the payload is a struct notification_mail, the result a struct mail_end, NULL when it was
 * given up.  Then the next one that waits goes out. */
void mail_need(const struct incoming_result *in, struct rows *rows);
void on_mail_end(struct decision *out, const struct incoming_result *in);

#endif
