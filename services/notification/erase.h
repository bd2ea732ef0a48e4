/* erase.h - an order is over and its customer wants to be forgotten: which messages there were stays.  Pure. */
#ifndef KERVAN_NOTIFICATION_ERASE_H
#define KERVAN_NOTIFICATION_ERASE_H

#include "common/incoming.h"

void notification_erase_need(const struct incoming_message *in, struct rows *rows);
void on_notification_erase(struct decision *out, const struct incoming_message *in);

#endif
