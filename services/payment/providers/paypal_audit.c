/* paypal_audit.c - reads the books of one order of PayPal for the audit: what it holds, has taken, and gave back. */
#include "services/payment/providers/paypal_audit.h"

#include "common/arena.h"
#include "common/money.h"
#include "common/text.h"
#include "proto/payment_codec.h"
#include "services/payment/provider.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_LENGTH_MAX = 64, TEN = 10 };

static const char *order_path(struct arena *arena, const char *from)
{
    const char *last = strrchr(from, '/');

    return text_format(arena, "/v2/checkout/orders/%s", last == NULL ? from : last + 1);
}

/* Digits, with one dot among them at most. */
static bool is_amount(const struct paypal_entry *entry)
{
    const char *value = entry->amount.value;
    size_t whole = strspn(value, "0123456789");

    value += whole;
    value += *value == '.' ? 1 : 0;
    return whole > 0 && value[strspn(value, "0123456789")] == '\0';
}

/* "44.88" of a currency with two decimals is 4488; decimals that PayPal leaves out count as zeros. */
static int64_t minor_of(const struct paypal_entry *entry)
{
    const char *value = entry->amount.value;
    int digits = currency_digits(entry->amount.currency_code);
    int64_t minor = 0;

    for (; *value != '\0' && *value != '.'; value++) {
        minor = minor * TEN + (*value - '0');
    }
    for (value += *value == '.' ? 1 : 0; digits > 0; digits--) {
        minor = minor * TEN + (*value == '\0' ? 0 : *value - '0');
        value += *value == '\0' ? 0 : 1;
    }
    return minor;
}

static bool is_one_of(const struct paypal_entry *entry, const char *const *statuses, size_t count)
{
    return text_is_among(entry->status, statuses, count);
}
#define IS(entry, ...)                                                                             \
    is_one_of((entry), (const char *const[]){ __VA_ARGS__ },                                       \
              sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

struct sums {
    int64_t held_minor, captured_minor, refunded_minor;
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
    sums->held_minor = minor_of(hold);
    for (size_t i = 0; i < capture_count; i++) {
        bool taken = !IS(&captures[i], "DECLINED", "FAILED") && is_of(&captures[i], hold);

        sums->held_minor -= taken ? minor_of(&captures[i]) : 0;
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
        sums.captured_minor +=
            IS(capture, "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED") ? minor_of(capture) : 0;
    }
    for (size_t i = 0; i < payments->refunds_count; i++) {
        const struct paypal_entry *refund = &payments->refunds[i];

        sums.pending = sums.pending || IS(refund, "PENDING");
        sums.refunded_minor += IS(refund, "COMPLETED") ? minor_of(refund) : 0;
    }
    return sums;
}

/* As what of ours is said; "" for nothing, a star where nothing can be said. */
static const char *held_text(struct arena *arena, const struct sums *sums)
{
    if (sums->pending) {
        return "*";
    }
    if (sums->held_minor == 0 && sums->captured_minor == 0 && sums->refunded_minor == 0) {
        return "";
    }
    return text_format(arena, "held %" PRId64 ", captured %" PRId64 ", refunded %" PRId64,
                       sums->held_minor, sums->captured_minor, sums->refunded_minor);
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
    const char *slash = unit->custom_id == NULL ? NULL : strpbrk(unit->custom_id, ",/");
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
    ret->entries[0] = (struct audit_entry){ .name = slash + 1,
                                            .order_no = order_no,
                                            .held = held_text(arena, &sums) };
    return true;
}

const struct audit_books paypal_orders = {
    .target = PROVIDER_PAYPAL,
    .headers = "",
    .path = order_path,
    .read = order_read,
    .each = true,
};
