/* supplier.h - the signed link by which a supplier confirms a purchase order, item by item, or declines it.
 *
 * Staff fetch the link and send it.  The token is all that the supplier has: no API key.  What it answers becomes a request like
 * that of staff, with the supplier as actor; the same answer to the same version of the order has the same id, so twice is once,
 * and a version that is not the present one any more is refused.  Who guesses is slowed down by address.
 */
#ifndef KERVAN_GATEWAY_SUPPLIER_H
#define KERVAN_GATEWAY_SUPPLIER_H

#include "common/supplier_link.h"
#include "services/gateway/call.h"
#include "services/gateway/outgoing.h"

/* A call under a link. */
struct supplier_call {
    struct call call;
    struct supplier_link link;
    struct purchase_glance order;
};

/* Reads the link and the order.  PROBLEM_COUNT: all is well; else what stands against it, with nothing answered yet:
 * RATE_LIMITED (its headers are set), NOT_FOUND, LINK_EXPIRED or UNAVAILABLE. */
enum problem_kind supplier_open(struct supplier_call *to) MUST_USE;
/* Whether the supplier may still answer. */
bool supplier_may_answer(const struct purchase_glance *order);

/* What a form says; NULL: it says nothing of that name. */
struct supplier_form {
    const struct http_pair *fields;
    size_t count;
};
/* False when it is none. */
bool supplier_form_read(const struct http_request *request, struct supplier_form *ret) MUST_USE;
const char *supplier_form_find(const struct supplier_form *form, const char *name);

enum supplier_said {
    SUPPLIER_UNCLEAR, /* the form is none of ours, or what it says is no number or day */
    SUPPLIER_SENT,
};
/* Sends what the form says and waits; *ret_sent is how that ended, with the reply. */
enum supplier_said supplier_send(const struct supplier_call *of, const struct supplier_form *form,
                                 enum sent *ret_sent, struct gateway_reply *ret) MUST_USE;

/* POST /v1/purchase-orders/{id}/supplier-links */
void answer_supplier_link(void *gateway, const struct http_request *request,
                          struct http_answer *answer);
/* GET and POST /suppliers/{token} */
void answer_supplier_page(void *gateway, const struct http_request *request,
                          struct http_answer *answer);
void answer_supplier_form(void *gateway, const struct http_request *request,
                          struct http_answer *answer);

#endif
