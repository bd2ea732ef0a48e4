/* names.c - writes and reads the names that travel. */
#include "services/payment/providers/names.h"

#include "common/id.h"
#include "common/text.h"

#include <string.h>

/* A name longer than this names no lane. */
enum { DISPUTE_NAME_LENGTH_MAX = 64 };

const char *payment_name(struct arena *arena, const struct payment_call *call)
{
    return text_format(arena, "%lld,%s", (long long)call->order_no, call->payment_id);
}

/* The order that a payment is one of; false where it is no payment of ours. */
static bool order_of(const char *payment_id, struct order_id_text *ret)
{
    return child_id_counter(payment_id, 'P') > 0 && child_id_order(payment_id, ret);
}

bool payment_name_read(struct arena *arena, const char *text, const char *between, struct news *ret)
{
    struct order_id_text order_id;
    char *number = text == NULL ? NULL : arena_copy_text(arena, text, strlen(text));
    char *payment = number == NULL ? NULL : strpbrk(number, between);
    char *refund = payment == NULL ? NULL : strpbrk(payment + 1, between);

    if (payment == NULL) {
        return false;
    }
    *payment++ = '\0';
    if (refund != NULL) {
        *refund++ = '\0';
        ret->refund_no = child_id_counter(refund, 'B');
    }
    ret->payment_id = payment;
    if (!text_to_int(number, &ret->order_no) || ret->order_no <= 0 ||
        !order_of(payment, &order_id)) {
        return false;
    }
    ret->order_id = arena_copy_text(arena, order_id.text, strlen(order_id.text));
    return refund == NULL || ret->refund_no > 0;
}

bool payment_names_fit(const char *order_id, const char *order_no, const char *payment_id,
                       int64_t *ret_order_no)
{
    struct order_id_text owner;

    return order_id != NULL && order_no != NULL && payment_id != NULL &&
           order_of(payment_id, &owner) && text_equal(owner.text, order_id) &&
           text_to_int(order_no, ret_order_no) && *ret_order_no > 0;
}

bool dispute_name_fits(const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);

    return length > 0 && length <= DISPUTE_NAME_LENGTH_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
               length;
}
