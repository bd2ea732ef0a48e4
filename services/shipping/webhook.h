/* webhook.h - a carrier's webhook, checked by the gateway and passed on as it came: which number it is about, and what it says. */
#ifndef KERVAN_SHIPPING_WEBHOOK_H
#define KERVAN_SHIPPING_WEBHOOK_H

#include "common/incoming.h"

/* The tracking number; NULL when it is about none. */
const char *webhook_lane_key(struct arena *arena, const struct incoming_message *in);
void webhook_need(const struct incoming_message *in, struct rows *rows);
void on_webhook(struct decision *out, const struct incoming_message *in);

#endif
