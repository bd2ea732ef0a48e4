/* paypal_audit.c - reads the books of one order of PayPal for the audit: what it holds, has taken, and gave back. */
#include "services/payment/providers/paypal_audit.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/provider.h"
#include "services/payment/providers/books.h"
#include "services/payment/providers/paypal.h"

#include <string.h>

enum { NAME_LENGTH_MAX = 64 };

static const char *order_path(struct arena *arena, const char *from)
{
    return text_format(arena, "/v2/checkout/orders/%s", books_name(from));
}

static int64_t minor_of(const struct paypal_entry *entry)
{
    return paypal_minor_of(entry->amount.currency_code, entry->amount.value);
}

static bool is_amount(const struct paypal_entry *entry)
{
    return minor_of(entry) >= 0;
}

static bool is_one_of(const struct paypal_entry *entry, const char *const *statuses, size_t count)
{
    return text_is_among(entry->status, statuses, count);
}
#define IS(entry, ...)                                                                             \
    is_one_of((entry), (const char *const[]){ __VA_ARGS__ },                                       \
              sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

struct sums {
    struct books_sums books;
    bool pending; /* PayPal itself does not know yet */
};

/* Which hold a capture is of; where that is not said, the last. */
static bool is_of(const struct paypal_entry *capture, const struct paypal_entry *hold)
{
    const char *said =
        capture->supplementary_data == NULL || capture->supplementary_data->related_ids == NULL
            ? NULL
            : capture->supplementary_data->related_ids->authorization_id;

    return said == NULL || text_equal(said, hold->id);
}

/* Each renewal makes another hold: the last one counts, less what was taken of it. */
static void add_hold(struct sums *sums, const struct paypal_entry *hold,
                     const struct paypal_entry *captures, size_t capture_count)
{
    sums->pending = sums->pending || IS(hold, "PENDING");
    if (!IS(hold, "CREATED", "PARTIALLY_CAPTURED")) {
        return;
    }
    sums->books.held_minor = minor_of(hold);
    for (size_t i = 0; i < capture_count; i++) {
        bool taken = !IS(&captures[i], "DECLINED", "FAILED") && is_of(&captures[i], hold);

        sums->books.held_minor -= taken ? minor_of(&captures[i]) : 0;
    }
}

static struct sums sum_up(const struct paypal_books_purchase_unit_payments *payments)
{
    struct sums sums = { 0 };

    if (payments == NULL) {
        return sums;
    }
    if (payments->authorizations_count > 0) {
        add_hold(&sums, &payments->authorizations[payments->authorizations_count - 1],
                 payments->captures, payments->captures_count);
    }
    for (size_t i = 0; i < payments->captures_count; i++) {
        const struct paypal_entry *capture = &payments->captures[i];

        sums.pending = sums.pending || IS(capture, "PENDING");
        sums.books.captured_minor +=
            IS(capture, "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED") ? minor_of(capture) : 0;
    }
    for (size_t i = 0; i < payments->refunds_count; i++) {
        const struct paypal_entry *refund = &payments->refunds[i];

        sums.pending = sums.pending || IS(refund, "PENDING");
        sums.books.refunded_minor += IS(refund, "COMPLETED") ? minor_of(refund) : 0;
    }
    return sums;
}

static bool are_amounts(const struct paypal_entry *entries, size_t count)
{
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        good = good && is_amount(&entries[i]);
    }
    return good;
}

static bool is_readable(const struct paypal_books_purchase_unit_payments *payments)
{
    return payments == NULL ||
           (are_amounts(payments->authorizations, payments->authorizations_count) &&
            are_amounts(payments->captures, payments->captures_count) &&
            are_amounts(payments->refunds, payments->refunds_count));
}

static bool order_read(struct arena *arena, struct bytes body, struct audit_page *ret)
{
    struct violations violations = { .count = 0 };
    struct paypal_books books;
    int64_t order_no = 0;

    *ret = (struct audit_page){ .next = NULL };
    if (paypal_books_decode(arena, (const char *)body.bytes, body.length, &books, &violations) !=
        OK) {
        return false;
    }
    const struct paypal_books_purchase_unit *unit = &books.purchase_units[0];
    const char *slash =
        unit->custom_id == NULL ? NULL : strpbrk(unit->custom_id, PAYPAL_NAME_BETWEEN);
    if (slash == NULL || strlen(slash) > NAME_LENGTH_MAX ||
        !text_to_int(arena_copy_text(arena, unit->custom_id, (size_t)(slash - unit->custom_id)),
                     &order_no)) {
        return true; /* it is somebody else's: nothing of ours is there */
    }
    if (!is_readable(unit->payments)) {
        return false;
    }
    const struct sums sums = sum_up(unit->payments);
    ret->entries = arena_alloc(arena, sizeof *ret->entries);
    ret->entry_count = 1;
    ret->entries[0] =
        (struct audit_entry){ .name = slash + 1,
                              .order_no = order_no,
                              /* A star where nothing can be said. */
                              .held = sums.pending ? "*" : books_held(arena, &sums.books) };
    return true;
}

const struct audit_books paypal_orders = {
    .target = PROVIDER_PAYPAL,
    .headers = "",
    .path = order_path,
    .read = order_read,
    .each = true,
};
