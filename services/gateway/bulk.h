/* bulk.h - POST /v1/orders/bulk and /v1/items/bulk: orders or items by the thousand, a line each, and a result for each. */
#ifndef KERVAN_GATEWAY_BULK_H
#define KERVAN_GATEWAY_BULK_H

#include "common/http_server.h"

#define ORDER_BULK_PATH "/v1/orders/bulk"
#define ITEM_BULK_PATH  "/v1/items/bulk"

void open_bulk(void *gateway, const struct http_request *request, struct http_answer *answer,
               struct http_upload *ret);
void answer_bulk(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
