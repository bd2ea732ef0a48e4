/* document.h - an order as the JSON document of proto/order/view.v1.json, for replies.
 *
 * Rules know no codec, so it is written here; the unit test reads it with the generated one.  It
 * holds no personal data: replies go over a topic.  Pure; the text is in the decision's arena.
 */
#ifndef KERVAN_ORDER_DOCUMENT_H
#define KERVAN_ORDER_DOCUMENT_H

#include "services/order/saga.h"

/* As it was when it was placed, whatever happened since. */
const char *document_placed(const struct saga *saga);
/* As it is now, with its shares; needs its lines and allocations. */
const char *document_confirmed(const struct saga *saga);

#endif
