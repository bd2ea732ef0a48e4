/* events.h - GET /v1/events: the facts of a channel's orders, for storefronts without Kafka. */
#ifndef KERVAN_GATEWAY_EVENTS_H
#define KERVAN_GATEWAY_EVENTS_H

struct http_request;
struct http_answer;

/* Passed on to the order service; with `wait` the answer is held back, on the connection's thread, until there is an event. */
void answer_events(void *gateway, const struct http_request *request, struct http_answer *answer);

#endif
