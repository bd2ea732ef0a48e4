/* razorpay_audit.c - reads the books of one order of Razorpay for the audit: what it holds, has taken, and gave back. */
#include "services/payment/providers/razorpay_audit.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/provider.h"
#include "services/payment/providers/books.h"

static const char *order_path(struct arena *arena, const char *from)
{
    return text_format(arena, "/v1/orders/%s?expand[]=payments", books_name(from));
}

/* Of several payments that are held, as from two windows, one is captured, and the others go back by themselves. */
static struct books_sums sum_up(const struct razorpay_order_payments *payments)
{
    struct books_sums sums = { 0 };

    for (size_t i = 0; payments != NULL && i < payments->items_count; i++) {
        const struct razorpay_order_payments_item *payment = &payments->items[i];

        if (payment->captured || text_equal(payment->status, "captured")) {
            sums.captured_minor += payment->amount;
            sums.refunded_minor += payment->has_amount_refunded ? payment->amount_refunded : 0;
        } else if (text_equal(payment->status, "authorized")) {
            sums.held_minor = payment->amount;
        }
    }
    sums.held_minor = sums.captured_minor > 0 ? 0 : sums.held_minor;
    return sums;
}

static bool order_read(struct arena *arena, struct bytes body, struct audit_page *ret)
{
    struct violations violations = { .count = 0 };
    struct razorpay_order order;

    *ret = (struct audit_page){ .next = NULL };
    if (razorpay_order_decode(arena, (const char *)body.bytes, body.length, &order, &violations) !=
        OK) {
        return false;
    }
    if (order.receipt == NULL) {
        return true; /* it is somebody else's: nothing of ours is there */
    }
    const struct books_sums sums = sum_up(order.payments);
    ret->entries = arena_alloc(arena, sizeof *ret->entries);
    ret->entry_count = 1;
    ret->entries[0] =
        (struct audit_entry){ .name = order.receipt, .held = books_held(arena, &sums) };
    return true;
}

const struct audit_books razorpay_orders = {
    .target = PROVIDER_RAZORPAY,
    .headers = "",
    .path = order_path,
    .read = order_read,
    .each = true,
    .missing_status = 400, /* "The id provided does not exist" */
};
