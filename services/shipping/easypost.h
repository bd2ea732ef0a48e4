/* easypost.h - EasyPost's dialect: requests as it wants them, its answers and events as our rules understand them.
 *
 * Reading is decoding by generated tables; deciding is left to the rules.
 */
#ifndef KERVAN_SHIPPING_EASYPOST_H
#define KERVAN_SHIPPING_EASYPOST_H

#include "common/service.h"
#include "services/shipping/numbers.h"

enum { CARRIER_TIMEOUT_MS = 10000 };

/* Requests and questions; payloads are struct carrier_call. */
void easypost_create_request(struct arena *arena, const void *payload, const char *key,
                             struct outside_request *ret);
void easypost_create_ask(struct arena *arena, const void *payload, const char *key,
                         struct outside_request *ret);
void easypost_buy_request(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret);
void easypost_void_request(struct arena *arena, const void *payload, const char *key,
                           struct outside_request *ret);
/* Shows the parcel: the question after buy and void, and the request of a look. */
void easypost_show(struct arena *arena, const void *payload, const char *key,
                   struct outside_request *ret);

/* Answers become struct carrier_answer. */
enum effect_verdict easypost_create_read(struct arena *arena, const void *payload,
                                         const struct http_end *end, bool asked,
                                         const void **ret_result);
enum effect_verdict easypost_buy_read(struct arena *arena, const void *payload,
                                      const struct http_end *end, bool asked,
                                      const void **ret_result);
enum effect_verdict easypost_void_read(struct arena *arena, const void *payload,
                                       const struct http_end *end, bool asked,
                                       const void **ret_result);
enum effect_verdict easypost_look_read(struct arena *arena, const void *payload,
                                       const struct http_end *end, bool asked,
                                       const void **ret_result);

/* What a webhook says. */
enum easypost_reading {
    EASYPOST_TRACKER, /* *ret is filled in */
    EASYPOST_OTHER,   /* an event that is of no interest */
    EASYPOST_GARBLED
};
enum easypost_reading easypost_webhook_read(struct arena *arena, const char *base64,
                                            struct carrier_event *ret);

#endif
