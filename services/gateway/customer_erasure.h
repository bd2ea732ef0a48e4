/* customer_erasure.h - how far a customer is forgotten, asked of every service that may have something personal left.
 *
 * "erased" is said only when each of them was asked and had nothing: where one is away there is no answer.
 */
#ifndef KERVAN_GATEWAY_CUSTOMER_ERASURE_H
#define KERVAN_GATEWAY_CUSTOMER_ERASURE_H

struct http_request;
struct http_answer;

/* GET /v1/customers/:customer_id/erasure */
void answer_customer_erasure(void *gateway, const struct http_request *request,
                             struct http_answer *answer);

#endif
