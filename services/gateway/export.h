/* export.h - lists as tables that are written while they are read: GET /v1/orders.csv, GET /v1/journal.csv.
 *
 * Pages of the owner's list are asked for one after the other, each when the client has taken the one
 * before, so memory does not grow with the table, and a slow client holds nothing but its connection.
 */
#ifndef KERVAN_GATEWAY_EXPORT_H
#define KERVAN_GATEWAY_EXPORT_H

#include <stdbool.h>

struct http_request;
struct http_answer;

/* Whether the request of a list accepts text/csv before all else. */
bool export_is_asked(const struct http_request *request);
typedef void export_answer(void *gateway, const struct http_request *request,
                           struct http_answer *answer);
export_answer answer_order_export, answer_journal_export;

#endif
