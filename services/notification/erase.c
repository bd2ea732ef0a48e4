/* erase.c - forgets whom to write to; who hears something of the order later has no address any more. */
#include "services/notification/erase.h"

#include "common/mutant.h"
#include "services/notification/customer_message.h"
#include "services/notification/tables.h"

void notification_erase_need(const struct incoming_message *in, struct rows *rows)
{
    fact_need(in, rows);
}

void on_notification_erase(struct decision *out, const struct incoming_message *in)
{
    struct key order = key_number(in->subject.number);
    struct contact_row *contact = rows_find(out->rows, &customer_contact_table, order);

    if (contact != NULL && !mutant("keep_contact")) {
        contact->name = "";
        contact->email = NULL;
        contact->locale = NULL;
        contact->clock = in->clock > contact->clock ? in->clock : contact->clock;
        rows_update(out->rows, &customer_contact_table, contact);
    }
    for (void **at = rows_list(out->rows, &customer_message_table, order); *at != NULL; at++) {
        struct customer_message_row *message = *at;

        if (message->url != NULL) {
            message->url = NULL;
            rows_update(out->rows, &customer_message_table, message);
        }
    }
}
