/* tracking.h - the page on which a shopper follows an order, behind a signed link.
 *
 * The token is all that the shopper has: no API key, and nothing that the page shows is personal.  Who guesses is slowed down by address.
 * One read of the order service and one of shipping a request; where shipping is away, the page shows what the order knows.
 */
#ifndef KERVAN_GATEWAY_TRACKING_H
#define KERVAN_GATEWAY_TRACKING_H

#include "common/order_link.h"
#include "proto/gateway.h"
#include "proto/order.h"
#include "services/gateway/call.h"
#include "services/gateway/language.h"

struct tracking_call {
    struct call call;
    struct order_link link;
    struct order_tracking order; /* each shipment with one parcel at least once it has a number */
};

/* tracking_page.c: the order as a page; its headers too. */
void tracking_page_show(const struct tracking_call *of, enum language language);
/* A page that says what stands against the link. */
void tracking_page_refuse(const struct call *call, enum language language, enum problem_kind kind);

/* tracking_carrier.c: the carrier's page of a parcel, in the arena; NULL where none is known.  Pure. */
const char *tracking_carrier_url(struct arena *arena, const char *carrier,
                                 const char *tracking_number);

/* GET /track/{token}, and /track/{token}.json for programs. */
void answer_tracking(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
