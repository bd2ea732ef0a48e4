/* webhook.h - what providers call us for: raw bytes that the gateway has checked become news. */
#ifndef KERVAN_PAYMENT_WEBHOOK_H
#define KERVAN_PAYMENT_WEBHOOK_H

#include "common/service.h"

/* The order that a webhook is about, or NULL: then it is decided where it is, and changes nothing. */
const char *webhook_lane_key(struct arena *arena, const struct incoming_message *in);
void webhook_need(const struct incoming_message *in, struct rows *rows);
void on_webhook(struct decision *out, const struct incoming_message *in);

#endif
