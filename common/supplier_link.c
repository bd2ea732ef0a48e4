/* supplier_link.c - makes and checks tokens of links to suppliers. */
#include "common/supplier_link.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/signed_token.h"

#include <string.h>

static const char purpose[] = "supplier ";

enum { CLAIM_BYTES_MAX = INSTANT_BYTES + SUPPLIER_ORDER_ID_LENGTH_MAX };
_Static_assert((int)CLAIM_BYTES_MAX <= (int)SIGNED_CLAIM_BYTES_MAX, "a claim fits into a token");

const char *supplier_token(struct arena *arena, const char *secret, const char *purchase_order_id,
                           int64_t expires_at)
{
    size_t id_length = strlen(purchase_order_id);
    unsigned char claim[CLAIM_BYTES_MAX];

    if (id_length == 0 || id_length > SUPPLIER_ORDER_ID_LENGTH_MAX) {
        return NULL;
    }
    instant_pack(expires_at, claim);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes, whose number is known */
    memcpy(claim + INSTANT_BYTES, purchase_order_id, id_length);
    return signed_token(arena, secret, purpose, (struct bytes){ claim, INSTANT_BYTES + id_length });
}

bool supplier_token_read(struct arena *arena, const char *secret, const char *token,
                         struct supplier_link *ret)
{
    struct bytes claim;

    if (!signed_token_read(arena, secret, purpose, token, &claim) ||
        claim.length <= INSTANT_BYTES || claim.length > CLAIM_BYTES_MAX) {
        return false;
    }
    ret->purchase_order_id = arena_copy_text(arena, (const char *)claim.bytes + INSTANT_BYTES,
                                             claim.length - INSTANT_BYTES);
    ret->expires_at = instant_unpack(claim.bytes);
    return true;
}
