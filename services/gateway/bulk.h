/* bulk.h - POST /v1/orders/bulk: orders by the thousand, a line each, and a result for each line. */
#ifndef KERVAN_GATEWAY_BULK_H
#define KERVAN_GATEWAY_BULK_H

#include "common/http_server.h"

#define BULK_PATH "/v1/orders/bulk"

void open_bulk(void *gateway, const struct http_request *request, struct http_answer *answer,
               struct http_upload *ret);
void answer_bulk(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
