/* draft.h - orders to be: saved, replaced, discarded, and made orders of.
 *
 * What a draft says is checked and filled in here, where JSON is known; the order service keeps it and decides what may become of
 * it.  The order that a draft becomes is a submission like any other.
 */
#ifndef KERVAN_GATEWAY_DRAFT_H
#define KERVAN_GATEWAY_DRAFT_H

struct http_request;
struct http_answer;

void answer_draft_make(void *gateway, const struct http_request *request,
                       struct http_answer *answer);
void answer_draft_put(void *gateway, const struct http_request *request,
                      struct http_answer *answer);
void answer_draft_discard(void *gateway, const struct http_request *request,
                          struct http_answer *answer);
void answer_draft_submit(void *gateway, const struct http_request *request,
                         struct http_answer *answer);

#endif
