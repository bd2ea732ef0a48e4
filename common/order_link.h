/* order_link.h - the tokens of links by which a shopper answers a question about an order, or follows it.
 *
 * The base64url (RFC 4648 part 5, without padding) of the order's id (16 bytes), of the instant at
 * which it ends (8 bytes, big-endian, ms since 1970) and of the HMAC-SHA256 of both under a secret that
 * the service that writes the link shares with the one that checks it.  A link of one kind is none of the other.  Thread-safe.
 */
#ifndef KERVAN_COMMON_ORDER_LINK_H
#define KERVAN_COMMON_ORDER_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

enum { ORDER_TOKEN_LENGTH = 75, LINK_SECRET_LENGTH_MIN = 16 };

/* How long an order may be followed by a link, from when it is made. */
#define TRACKING_LINK_VALID_MS (INT64_C(180) * 24 * 3600 * 1000)

/* The token, in the arena.  `order_id` is valid. */
const char *choice_token(struct arena *arena, const char *secret, const char *order_id,
                         int64_t expires_at);

struct order_link {
    const char *order_id; /* in the arena */
    int64_t expires_at;   /* not compared with any clock here */
};
/* False when it was not made with this secret, in a time that does not tell where it differs. */
bool choice_token_read(struct arena *arena, const char *secret, const char *token,
                       struct order_link *ret);

/* The same of the page on which the shopper follows the order. */
const char *tracking_token(struct arena *arena, const char *secret, const char *order_id,
                           int64_t expires_at);
bool tracking_token_read(struct arena *arena, const char *secret, const char *token,
                         struct order_link *ret);

#endif
