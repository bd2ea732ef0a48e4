/* choice_link.c - makes and checks tokens of links. */
#include "common/choice_link.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/signed_token.h"

#include <assert.h>
#include <string.h>

static const char purpose[] = ""; /* the first one there was */

enum { CLAIM_BYTES = ORDER_ID_BYTES + INSTANT_BYTES };
_Static_assert(((CLAIM_BYTES + SHA256_BYTES) * 4 + 2) / 3 == CHOICE_TOKEN_LENGTH,
               "base64 without padding");

const char *choice_token(struct arena *arena, const char *secret, const char *order_id,
                         int64_t expires_at)
{
    unsigned char claim[CLAIM_BYTES];
    bool valid = order_id_parse(order_id, claim);

    assert(valid);
    (void)valid;
    instant_pack(expires_at, claim + ORDER_ID_BYTES);
    return signed_token(arena, secret, purpose, (struct bytes){ claim, sizeof claim });
}

bool choice_token_read(struct arena *arena, const char *secret, const char *token,
                       struct choice *ret)
{
    struct bytes claim;

    if (!signed_token_read(arena, secret, purpose, token, &claim) || claim.length != CLAIM_BYTES) {
        return false;
    }
    struct order_id_text order_id = order_id_format(claim.bytes);
    ret->order_id = arena_copy_text(arena, order_id.text, strlen(order_id.text));
    ret->expires_at = instant_unpack(claim.bytes + ORDER_ID_BYTES);
    return true;
}
