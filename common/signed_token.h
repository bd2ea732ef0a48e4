/* signed_token.h - a few bytes that whoever holds a secret has said, spelled for an address or a header.
 *
 * The base64url (RFC 4648 part 5, without padding) of the claim and of the HMAC-SHA256 of its purpose and itself: what was said for one
 * purpose is not taken for another, as long as no purpose begins with the other and goes on as a claim would.  Thread-safe.
 */
#ifndef KERVAN_COMMON_SIGNED_TOKEN_H
#define KERVAN_COMMON_SIGNED_TOKEN_H

#include "common/table.h"

#include <stdbool.h>

struct arena;

enum { SIGNED_CLAIM_BYTES_MAX = 128, SIGNED_PURPOSE_LENGTH_MAX = 15 };

/* In the arena.  Neither the claim nor the purpose is longer than the limits. */
const char *signed_token(struct arena *arena, const char *secret, const char *purpose,
                         struct bytes claim);
/* The claim, in the arena, of any length up to the limit.  False when it was not said with this secret for this purpose, in a time
 * that does not tell where it differs. */
bool signed_token_read(struct arena *arena, const char *secret, const char *purpose,
                       const char *token, struct bytes *ret_claim);

#endif
