/* method.c - the ways to pay. */
#include "services/payment/method.h"

#include <stddef.h>

#define MINUTE_MS (INT64_C(60) * 1000)
#define DAY_MS    (INT64_C(24) * 60 * MINUTE_MS)

const struct method *method_find(enum payment_method method)
{
    static const struct method methods[] = {
        { PAYMENT_METHOD_CARD, HELD_BY_PROVIDER, "card", 30 * MINUTE_MS },
        { PAYMENT_METHOD_WALLET, HELD_BY_PROVIDER, "wallet", 30 * MINUTE_MS },
        { PAYMENT_METHOD_BANK_TRANSFER, HELD_BY_US, "bank_transfer", 14 * DAY_MS },
        { PAYMENT_METHOD_CASH_ON_DELIVERY, HELD_BY_NOBODY, "cash_on_delivery", 0 },
        { PAYMENT_METHOD_INVOICE, HELD_AS_CREDIT, "invoice", 0 },
    };

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (methods[i].method == method) {
            return &methods[i];
        }
    }
    return NULL;
}

enum holder method_holder(enum payment_method method)
{
    const struct method *row = method_find(method);

    return row == NULL ? HELD_BY_PROVIDER : row->holder;
}
