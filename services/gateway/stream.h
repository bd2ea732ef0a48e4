/* stream.h - GET /v1/orders/{id}/stream: the timeline of an order as it grows, as server-sent events.
 *
 * An event's id is the entry's number (entries are numbered as they arrive), its name the fact's type, its data the
 * entry.  Last-Event-ID goes on behind an entry.  A stream ends after ten minutes, so that a key that was revoked
 * does not see for ever; browsers come again by themselves.
 */
#ifndef KERVAN_GATEWAY_STREAM_H
#define KERVAN_GATEWAY_STREAM_H

#include <stdbool.h>

struct gateway;
struct http_answer;
struct http_request;

void answer_order_stream(void *gateway, const struct http_request *request,
                         struct http_answer *answer);

/* A place among those who listen for long: false when so many do that another one would be a burden.  Any thread. */
bool stream_take_place(struct gateway *gateway);
void stream_leave_place(struct gateway *gateway);

#endif
