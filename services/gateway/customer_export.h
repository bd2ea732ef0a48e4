/* customer_export.h - GET /v1/customers/{customer_id}/export: all that every service keeps of a person, as one document. */
#ifndef KERVAN_GATEWAY_CUSTOMER_EXPORT_H
#define KERVAN_GATEWAY_CUSTOMER_EXPORT_H

struct http_request;
struct http_answer;

enum { EXPORT_ORDERS_MAX = 2000 };

/* Whoever asks is in the log of what people did before anything is shown.  A service that is away is 503: a part is not taken for all. */
void answer_customer_export(void *gateway, const struct http_request *request,
                            struct http_answer *answer);

#endif
