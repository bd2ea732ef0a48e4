/* bank_import.h - POST /v1/bank-statements: a file of a bank becomes lines for the payment service, each of which counts once. */
#ifndef KERVAN_GATEWAY_BANK_IMPORT_H
#define KERVAN_GATEWAY_BANK_IMPORT_H

#include "common/http_server.h"

#define BANK_IMPORT_PATH "/v1/bank-statements"

void open_bank_import(void *gateway, const struct http_request *request, struct http_answer *answer,
                      struct http_upload *ret);
void answer_bank_import(void *gateway, const struct http_request *request,
                        struct http_answer *answer);

#endif
