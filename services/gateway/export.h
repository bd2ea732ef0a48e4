/* export.h - orders as a table that is written while it is read: GET /v1/orders.csv.
 *
 * Pages of the order service's list are asked for one after the other, each when the client has taken the one
 * before, so memory does not grow with the table, and a slow client holds nothing but its connection.
 */
#ifndef KERVAN_GATEWAY_EXPORT_H
#define KERVAN_GATEWAY_EXPORT_H

#include <stdbool.h>

struct http_request;
struct http_answer;

/* Whether the request of a list accepts text/csv before all else. */
bool export_is_asked(const struct http_request *request);
void answer_export(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
