/* names.h - the names that travel: ours at a provider, and a provider's own that come back in ours.  Pure. */
#ifndef KERVAN_PAYMENT_PROVIDERS_NAMES_H
#define KERVAN_PAYMENT_PROVIDERS_NAMES_H

#include "common/arena.h"
#include "proto/payment.h"
#include "services/payment/outcome.h"

/* Our name of a payment where one text has to say it: "number,payment". */
const char *payment_name(struct arena *arena, const struct payment_call *call);
/* Whose payment such a name is: order, number and payment, and of a refund, which stands behind one more comma, its number
 * too; in the arena.  `between` are the characters that part it.  False where it is none of ours: `ret` may be changed then. */
bool payment_name_read(struct arena *arena, const char *text, const char *between,
                       struct news *ret);

/* Whether our three names of a payment, which stand apart, are ours and belong together; NULL is none. */
bool payment_names_fit(const char *order_id, const char *order_no, const char *payment_id,
                       int64_t *ret_order_no);

/* Whether a provider's name of a dispute can stand in an address and name a lane; NULL cannot. */
bool dispute_name_fits(const char *text);

#endif
