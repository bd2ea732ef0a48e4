/* webhook_order.c - the order in our name of a payment, where a provider keeps that in one text. */
#include "services/gateway/webhook_provider.h"

#include "common/id.h"
#include "common/text.h"

#include <string.h>

const char *webhook_order_of(struct arena *arena, const char *name, const char *between)
{
    const char *payment = name == NULL ? NULL : strpbrk(name, between);
    struct order_id_text order_id;

    return payment != NULL && child_id_order(payment + 1, &order_id)
               ? text_format(arena, "%s", order_id.text)
               : NULL;
}
