/* saved_view.h - filters of the list of orders under a name: kept, shown, and put beside what a request asks for.
 *
 * A view is of one key; it may be shared with keys that see the same orders. What its filters mean is the order service's
 * business: it is asked when they are saved and whenever they are used.
 */
#ifndef KERVAN_GATEWAY_SAVED_VIEW_H
#define KERVAN_GATEWAY_SAVED_VIEW_H

#include "common/service.h"
#include "services/gateway/call.h"

/* `request->route->data` of answer_saved_view_read. */
extern const struct read_route saved_view_list, saved_view_document;

void answer_saved_view_read(void *service, const struct http_request *request,
                            struct http_answer *answer);
void answer_saved_view_put(void *gateway, const struct http_request *request,
                           struct http_answer *answer);
void answer_saved_view_remove(void *gateway, const struct http_request *request,
                              struct http_answer *answer);

/* Sets `call->view` to the filters of the view that the request names, in its arena; does nothing where it names none.
 * False, and answered, when the caller sees no such view. */
bool saved_view_apply(struct call *call) MUST_USE;

#endif
