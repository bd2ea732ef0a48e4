/* malformed.h - a submission that cannot be decoded is refused, not put aside: its sender must hear of it. */
#ifndef KERVAN_ORDER_MALFORMED_H
#define KERVAN_ORDER_MALFORMED_H

#include "common/incoming.h"
#include "common/rows.h"

struct violations;

/* A struct order_malformed in `arena`; never NULL.  Not pure: it reads what is left of the JSON. */
const void *order_malformed_read(struct arena *arena, struct bytes body,
                                 const struct violations *violations);

#endif
