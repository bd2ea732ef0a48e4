/* paypal_disputes.h - disputes: looked at, listed and answered.  For struct effect_handler; results are struct dispute_outcome. */
#ifndef KERVAN_PAYMENT_PROVIDERS_PAYPAL_DISPUTES_H
#define KERVAN_PAYMENT_PROVIDERS_PAYPAL_DISPUTES_H

#include "common/service.h"

void paypal_dispute_build(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret);
/* What has become of it. */
void paypal_dispute_ask(struct arena *arena, const void *payload, const char *key,
                        struct outside_request *ret);
enum effect_verdict paypal_dispute_read(struct arena *arena, const void *payload,
                                        const struct http_end *end, bool asked,
                                        const void **ret_result);

#endif
