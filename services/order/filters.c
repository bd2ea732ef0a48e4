/* filters.c - the words of the schemas, and few more. */
#include "services/order/filters.h"

#include "common/text.h"
#include "proto/types_codec.h"

#include <string.h>

#define IS_WORD(type, unknown)                                                                     \
    bool filter_is_##type(const char *text)                                                        \
    {                                                                                              \
        enum type value = type##_find(text);                                                       \
                                                                                                   \
        return value != 0 && value != (unknown);                                                   \
    }
IS_WORD(order_status, ORDER_STATUS_UNKNOWN)
IS_WORD(payment_status, PAYMENT_STATUS_UNKNOWN)
IS_WORD(fulfillment_status, FULFILLMENT_STATUS_UNKNOWN)
IS_WORD(return_status, RETURN_STATUS_UNKNOWN)
IS_WORD(shopper_status, SHOPPER_STATUS_UNKNOWN)
IS_WORD(draft_state, DRAFT_STATE_UNKNOWN)

bool filter_is_hold(const char *text)
{
    enum hold_reason reason = hold_reason_find(text);

    return text_equal(text, "any") ||
           (reason != HOLD_REASON_ABSENT && reason != HOLD_REASON_UNKNOWN);
}

bool filter_is_task(const char *text)
{
    enum task_kind kind = task_kind_find(text);

    return text_equal(text, "any") || (kind != TASK_KIND_ABSENT && kind != TASK_KIND_UNKNOWN);
}

bool filter_is_truth(const char *text)
{
    return text_equal(text, "true") || text_equal(text, "false");
}

bool filter_is_detail(const char *text)
{
    return text_equal(text, "orders") || text_equal(text, "lines");
}

bool filter_is_currency(const char *text)
{
    return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}
