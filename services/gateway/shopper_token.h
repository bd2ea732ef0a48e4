/* shopper_token.h - the token with which a storefront's shopper reads their own orders.
 *
 * "kvn_shopper_" and the base64url (RFC 4648 part 5, without padding) of the 16 bytes of the customer's id, of the instant at
 * which it ends (8 bytes, big-endian, ms since 1970), of the channel that it is limited to (none: all) and of the
 * HMAC-SHA256 of these behind "shopper ", so that no link to a question under the same secret is one.  Thread-safe.
 */
#ifndef KERVAN_GATEWAY_SHOPPER_TOKEN_H
#define KERVAN_GATEWAY_SHOPPER_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

#define SHOPPER_TOKEN_PREFIX "kvn_shopper_"
enum { SHOPPER_CHANNEL_LENGTH_MAX = 32 };

struct shopper_claim {
    const char *customer_id; /* "cus_..." */
    int64_t expires_at;      /* not compared with any clock here */
    const char *channel;     /* "": all */
};

/* In the arena; NULL when the claim's id is none, or its channel is too long. */
const char *shopper_token(struct arena *arena, const char *secret,
                          const struct shopper_claim *claim);
/* False when it was not made with this secret, in a time that does not tell where it differs. */
bool shopper_token_read(struct arena *arena, const char *secret, const char *token,
                        struct shopper_claim *ret);

#endif
