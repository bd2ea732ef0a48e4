/* shopper_token.c - makes and checks tokens of shoppers. */
#include "services/gateway/shopper_token.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/signed_token.h"
#include "common/text.h"

#include <string.h>

static const char purpose[] = "shopper ", customer_prefix[] = "cus_", order_prefix[] = "ord_";

enum {
    PREFIX_LENGTH = sizeof customer_prefix - 1,
    FIXED_BYTES = ORDER_ID_BYTES + INSTANT_BYTES,
    CLAIM_BYTES_MAX = FIXED_BYTES + SHOPPER_CHANNEL_LENGTH_MAX
};
_Static_assert((int)CLAIM_BYTES_MAX <= (int)SIGNED_CLAIM_BYTES_MAX, "a claim fits into a token");

/* A customer's id is that of an order with another beginning. */
static bool id_parse(struct arena *arena, const char *customer_id, unsigned char *ret)
{
    return text_starts_with(customer_id, customer_prefix) &&
           order_id_parse(text_format(arena, "%s%s", order_prefix, customer_id + PREFIX_LENGTH),
                          ret);
}

const char *shopper_token(struct arena *arena, const char *secret,
                          const struct shopper_claim *claim)
{
    size_t channel_length = strlen(claim->channel);
    unsigned char bytes[CLAIM_BYTES_MAX];

    if (channel_length > SHOPPER_CHANNEL_LENGTH_MAX ||
        !id_parse(arena, claim->customer_id, bytes)) {
        return NULL;
    }
    instant_pack(claim->expires_at, bytes + ORDER_ID_BYTES);
    memcpy(bytes + FIXED_BYTES, claim->channel, channel_length);
    return text_format(arena, "%s%s", SHOPPER_TOKEN_PREFIX,
                       signed_token(arena, secret, purpose,
                                    (struct bytes){ bytes, FIXED_BYTES + channel_length }));
}

bool shopper_token_read(struct arena *arena, const char *secret, const char *token,
                        struct shopper_claim *ret)
{
    struct bytes claim;

    if (!text_starts_with(token, SHOPPER_TOKEN_PREFIX) ||
        !signed_token_read(arena, secret, purpose, token + strlen(SHOPPER_TOKEN_PREFIX), &claim) ||
        claim.length < FIXED_BYTES || claim.length > CLAIM_BYTES_MAX) {
        return false;
    }
    struct order_id_text id = order_id_format(claim.bytes);
    ret->customer_id = text_format(arena, "%s%s", customer_prefix, id.text + strlen(order_prefix));
    ret->expires_at = instant_unpack(claim.bytes + ORDER_ID_BYTES);
    ret->channel =
        arena_copy_text(arena, (const char *)claim.bytes + FIXED_BYTES, claim.length - FIXED_BYTES);
    return true;
}
