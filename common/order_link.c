/* order_link.c - makes and checks tokens of links. */
#include "common/order_link.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/signed_token.h"

#include <assert.h>
#include <string.h>

static const char to_choose[] = ""; /* the first one there was */
static const char to_follow[] = "track ";

enum { CLAIM_BYTES = ORDER_ID_BYTES + INSTANT_BYTES };
_Static_assert(((CLAIM_BYTES + SHA256_BYTES) * 4 + 2) / 3 == ORDER_TOKEN_LENGTH,
               "base64 without padding");

static const char *token_for(struct arena *arena, const char *secret, const char *purpose,
                             const struct order_link *link)
{
    unsigned char claim[CLAIM_BYTES];
    bool valid = order_id_parse(link->order_id, claim);

    assert(valid);
    (void)valid;
    instant_pack(link->expires_at, claim + ORDER_ID_BYTES);
    return signed_token(arena, secret, purpose, (struct bytes){ claim, sizeof claim });
}

static bool read_token(struct arena *arena, const char *secret, const char *purpose,
                       const char *token, struct order_link *ret)
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

const char *choice_token(struct arena *arena, const char *secret, const char *order_id,
                         int64_t expires_at)
{
    return token_for(arena, secret, to_choose, &(struct order_link){ order_id, expires_at });
}

bool choice_token_read(struct arena *arena, const char *secret, const char *token,
                       struct order_link *ret)
{
    return read_token(arena, secret, to_choose, token, ret);
}

const char *tracking_token(struct arena *arena, const char *secret, const char *order_id,
                           int64_t expires_at)
{
    return token_for(arena, secret, to_follow, &(struct order_link){ order_id, expires_at });
}

bool tracking_token_read(struct arena *arena, const char *secret, const char *token,
                         struct order_link *ret)
{
    return read_token(arena, secret, to_follow, token, ret);
}
