/* shopper.h - what a shopper reads with a token of their own: their orders, and nothing else. */
#ifndef KERVAN_GATEWAY_SHOPPER_H
#define KERVAN_GATEWAY_SHOPPER_H

struct http_request;
struct http_answer;

/* POST /v1/customers/{customer_id}/tokens: for a storefront that knows who its shopper is. */
void answer_shopper_token(void *gateway, const struct http_request *request,
                          struct http_answer *answer);
/* GET /v1/me/orders and /v1/me/orders/{id} */
void answer_my_orders(void *gateway, const struct http_request *request,
                      struct http_answer *answer);
void answer_my_order(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
