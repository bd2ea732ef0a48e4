/* words.c - one list a type, in the order of its schema. */
#include "services/order/words.h"

#include "proto/types.h"

#include <assert.h>
#include <stddef.h>

/* A schema that gets another word gets another number of words. */
#define WORD_OF(list, value, count)                                                                \
    _Static_assert(sizeof(list) / sizeof((list)[0]) == (count), "a word is missing");              \
    assert((value) >= 0 && (value) < (int64_t)(count));                                            \
    return (list)[value]

const char *order_status_word(int64_t status)
{
    static const char *const words[] = { NULL,        "draft",    "placed",   "confirmed",
                                         "completed", "rejected", "canceled", "expired" };

    WORD_OF(words, status, ORDER_STATUS_UNKNOWN);
}

const char *payment_status_word(int64_t status)
{
    static const char *const words[] = { NULL,
                                         "none",
                                         "pending",
                                         "authorized",
                                         "partially_paid",
                                         "paid",
                                         "partially_refunded",
                                         "refunded",
                                         "overcharged",
                                         "voided",
                                         "failed" };

    WORD_OF(words, status, PAYMENT_STATUS_UNKNOWN);
}

const char *fulfillment_status_word(int64_t status)
{
    static const char *const words[] = { NULL,          "unfulfilled",
                                         "backordered", "partially_fulfilled",
                                         "fulfilled",   "partially_delivered",
                                         "delivered",   "canceled" };

    WORD_OF(words, status, FULFILLMENT_STATUS_UNKNOWN);
}

const char *shopper_status_word(int64_t status)
{
    static const char *const words[] = { NULL,         "pending",
                                         "processing", "partially_shipped",
                                         "shipped",    "partially_delivered",
                                         "delivered",  "completed",
                                         "canceled",   "partially_returned",
                                         "returned" };

    WORD_OF(words, status, SHOPPER_STATUS_UNKNOWN);
}

const char *payment_state_word(int64_t state)
{
    static const char *const words[] = { NULL,
                                         "created",
                                         "requires_action",
                                         "authorizing",
                                         "authorized",
                                         "capturing",
                                         "partially_captured",
                                         "captured",
                                         "voiding",
                                         "voided",
                                         "failed",
                                         "expired" };

    WORD_OF(words, state, PAYMENT_STATE_UNKNOWN);
}

const char *payment_method_word(int64_t method)
{
    static const char *const words[] = { NULL,      "card",    "bank_transfer", "cash_on_delivery",
                                         "invoice", "prepaid", "wallet" };

    WORD_OF(words, method, PAYMENT_METHOD_UNKNOWN);
}

const char *fulfillment_state_word(int64_t state)
{
    static const char *const words[] = { NULL,      "scheduled",  "open",       "on_hold",
                                         "picking", "picked",     "assembling", "packed",
                                         "closed",  "incomplete", "canceled" };

    WORD_OF(words, state, FULFILLMENT_STATE_UNKNOWN);
}

const char *cancel_reason_word(int64_t reason)
{
    static const char *const words[] = { NULL,
                                         "shopper_request",
                                         "merchant_request",
                                         "out_of_stock",
                                         "payment_declined",
                                         "payment_expired",
                                         "fraud",
                                         "undeliverable",
                                         "duplicate",
                                         "expired",
                                         "other" };

    WORD_OF(words, reason, CANCEL_REASON_UNKNOWN);
}

const char *tracking_status_word(int64_t status)
{
    static const char *const words[] = { NULL,
                                         "pre_transit",
                                         "in_transit",
                                         "out_for_delivery",
                                         "available_for_pickup",
                                         "attempt_failed",
                                         "delivered",
                                         "return_to_sender",
                                         "failure" };

    WORD_OF(words, status, TRACKING_STATUS_UNKNOWN);
}

const char *hold_reason_word(int64_t reason)
{
    static const char *const words[] = { NULL,    "payment",  "fraud",     "address",
                                         "stock", "manual",   "scheduled", "return_items",
                                         "other", "approval", "credit" };

    WORD_OF(words, reason, HOLD_REASON_UNKNOWN);
}

const char *reduce_reason_word(int64_t reason)
{
    static const char *const words[] = { NULL,         "out_of_stock",    "short_pick",
                                         "stock_lost", "shopper_request", "merchant_request",
                                         "lost",       "damaged",         "returned_to_sender" };

    WORD_OF(words, reason, REDUCE_REASON_UNKNOWN);
}

const char *task_choice_word(int64_t choice)
{
    static const char *const words[] = { NULL,   "again",        "cancel",  "reduce",
                                         "wait", "done_by_hand", "resend",  "refund",
                                         "keep", "reroute",      "contest", "accept" };

    WORD_OF(words, choice, TASK_CHOICE_UNKNOWN);
}
