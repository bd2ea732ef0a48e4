/* supplier_link.h - the token of a link by which a supplier answers a purchase order.
 *
 * The base64url (RFC 4648 part 5, without padding) of the instant at which it ends (8 bytes, big-endian, ms since 1970), of the
 * order's id, and of the HMAC-SHA256 of both under the secret of links.  What is signed begins with a word of its own, so no token of a
 * shopper is one of these.  Thread-safe.
 */
#ifndef KERVAN_COMMON_SUPPLIER_LINK_H
#define KERVAN_COMMON_SUPPLIER_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

enum { SUPPLIER_ORDER_ID_LENGTH_MAX = 64 };

/* The token, in the arena; NULL when no purchase order has such an id. */
const char *supplier_token(struct arena *arena, const char *secret, const char *purchase_order_id,
                           int64_t expires_at);

/* How long a link is good for when it is made. */
#define SUPPLIER_LINK_VALID_MS (INT64_C(90) * 24 * 3600 * 1000)

struct supplier_link {
    const char *purchase_order_id; /* in the arena */
    int64_t expires_at;            /* not compared with any clock here */
};
/* False when it was not made with this secret, in a time that does not tell where it differs. */
bool supplier_token_read(struct arena *arena, const char *secret, const char *token,
                         struct supplier_link *ret);

#endif
