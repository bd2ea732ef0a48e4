/* route.h - which provider takes a payment: by its method, and where that is said by its currency and its channel.
 *
 * Routes are words with blanks between, "method=provider", "method/CURRENCY=provider" or "method@channel=provider", also both
 * ("card/INR@web=razorpay"); the first that fits counts.  Pure.
 */
#ifndef KERVAN_PAYMENT_ROUTE_H
#define KERVAN_PAYMENT_ROUTE_H

#include "proto/payment.h"
#include "services/payment/provider.h"

#define ROUTES_DEFAULT "card=stripe"

/* Set before the first decision, and never after it. */
extern const char *payment_routes;

/* NULL where no route fits. */
const struct provider *route_find(const struct payment_authorize *command);

/* The first word that is no route (its length in *ret_length), or NULL where all are. */
const char *route_find_bad(const char *routes, size_t *ret_length);

#endif
