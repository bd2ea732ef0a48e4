/* choice.h - the signed link by which a shopper answers a question about an order.
 *
 * The token is all that the shopper has: no API key, and nothing that it shows is personal.  Who guesses is slowed
 * down by address.  choice_page.c shows the same to people.
 */
#ifndef KERVAN_GATEWAY_CHOICE_H
#define KERVAN_GATEWAY_CHOICE_H

#include "common/order_link.h"
#include "proto/order.h"
#include "services/gateway/call.h"
#include "services/gateway/outgoing.h"

enum { CHOICE_RATE_BURST_S = 5 }; /* so many seconds' worth at once */

/* A call under a link. */
struct choice_call {
    struct call call;
    struct order_link link;
    struct order_glance glance; /* with a question */
};

/* Reads the link and what it asks about.  PROBLEM_COUNT: all is well; else what stands against it, with nothing
 * answered yet: RATE_LIMITED (its headers are set), NOT_FOUND, LINK_EXPIRED or UNAVAILABLE. */
enum problem_kind choice_open(struct choice_call *to) MUST_USE;
/* Looks at the order again; false when it cannot be seen now. */
bool choice_look(struct choice_call *to) MUST_USE;
/* Sends the answer and waits; SENT_NOT is answered with a problem. */
enum sent choice_send(const struct choice_call *of, const struct order_choose *answer,
                      int64_t wait_s, struct gateway_reply *ret) MUST_USE;

/* GET and POST /v1/choices/{token} */
void answer_choice_read(void *gateway, const struct http_request *request,
                        struct http_answer *answer);
void answer_choice(void *gateway, const struct http_request *request, struct http_answer *answer);
/* GET and POST /choices/{token} */
void answer_choice_page(void *gateway, const struct http_request *request,
                        struct http_answer *answer);
void answer_choice_form(void *gateway, const struct http_request *request,
                        struct http_answer *answer);

#endif
