/* intake.c - adds up a submission and holds it against the rules. */
#include "services/order/intake.h"

#include "common/country.h"
#include "common/money.h"
#include "common/text.h"

/* Deadlines count from then: an order must not sleep for ever. */
static const int64_t ship_ahead_max_ms = INT64_C(366) * 86400000;

struct intake {
    struct arena *arena;
    const struct order_submit *submit;
    struct intake_verdict verdict;
};

static void fault(struct intake *intake, enum order_rejected_reason reason,
                  struct field_error error)
{
    struct intake_verdict *verdict = &intake->verdict;

    if (verdict->error_count == 0 || reason == ORDER_REJECTED_REASON_CHANNEL ||
        (reason == ORDER_REJECTED_REASON_INVALID &&
         verdict->reason == ORDER_REJECTED_REASON_TOTAL_MISMATCH)) {
        verdict->reason = reason;
    }
    if (verdict->error_count < INTAKE_ERRORS_MAX) {
        verdict->errors[verdict->error_count++] = error;
    }
}

static void invalid(struct intake *intake, const char *pointer, const char *detail)
{
    fault(intake, ORDER_REJECTED_REASON_INVALID,
          (struct field_error){ .pointer = pointer, .detail = detail });
}

static void invalid_line(struct intake *intake, size_t line, const char *member, const char *detail)
{
    invalid(intake, text_format(intake->arena, "/lines/%zu/%s", line, member), detail);
}

/* What the shopper pays for a line, without a tax that comes on top; false when it cannot be said. */
static bool line_amount(struct intake *intake, size_t index, int64_t *ret)
{
    const struct order_submit_line *line = &intake->submit->lines[index];
    int64_t gross = 0;

    if (!money_multiply(line->unit_price_minor, line->quantity, &gross)) {
        invalid_line(intake, index, "unit_price_minor", "is too large for this quantity");
        return false;
    }
    if (line->discount_minor > gross) {
        invalid_line(intake, index, "discount_minor", "is more than the line costs");
        return false;
    }
    *ret = gross - line->discount_minor;
    if (intake->submit->tax_mode != TAX_MODE_EXCLUSIVE && line->tax_minor > *ret) {
        invalid_line(intake, index, "tax_minor", "is more than the line costs, which includes it");
        return false;
    }
    return true;
}

/* False when the sum means nothing, because a part of it does not. */
static bool add_up(struct intake *intake, int64_t *ret_total)
{
    const struct order_submit *submit = intake->submit;
    bool exclusive = submit->tax_mode == TAX_MODE_EXCLUSIVE, sound = true, fits = true;
    int64_t total = submit->shipping.price_minor;

    for (size_t i = 0; i < submit->lines_count; i++) {
        int64_t amount = 0;

        sound = line_amount(intake, i, &amount) && sound;
        fits = money_add(&total, amount) && fits;
        fits = money_add(&total, exclusive ? submit->lines[i].tax_minor : 0) && fits;
    }
    if (!fits) {
        invalid(intake, "/lines", "cost more together than an order can hold");
    }
    *ret_total = total;
    return sound && fits;
}

static void check_total(struct intake *intake)
{
    int64_t total = 0;

    if (!add_up(intake, &total) || total == intake->submit->total_minor) {
        return;
    }
    int64_t difference = intake->submit->total_minor - total;
    const char *detail = text_format(intake->arena, "is %lld too %s: lines and shipping make %lld",
                                     (long long)(difference > 0 ? difference : -difference),
                                     difference > 0 ? "high" : "low", (long long)total);
    fault(intake, ORDER_REJECTED_REASON_TOTAL_MISMATCH,
          (struct field_error){ .pointer = "/total_minor", .detail = detail });
}

static void check_channel(struct intake *intake, const char *speaker)
{
    if (speaker != NULL && !text_equal(speaker, intake->submit->channel)) {
        fault(intake, ORDER_REJECTED_REASON_CHANNEL,
              (struct field_error){ .pointer = "/channel",
                                    .detail = "is not the channel that submits the order" });
    }
}

struct intake_verdict intake_check(struct arena *arena, const struct order_submit *submit,
                                   const char *speaker, int64_t now)
{
    struct intake intake = { .arena = arena, .submit = submit };

    check_channel(&intake, speaker);
    if (currency_digits(submit->currency) < 0) {
        invalid(&intake, "/currency", "is not a currency of ISO 4217");
    }
    if (!country_is_known(submit->ship_to.country)) {
        invalid(&intake, "/ship_to/country", "is not a country of ISO 3166-1");
    }
    if (submit->bill_to != NULL && !country_is_known(submit->bill_to->country)) {
        invalid(&intake, "/bill_to/country", "is not a country of ISO 3166-1");
    }
    if (submit->payment.method == PAYMENT_METHOD_CARD && submit->payment.token == NULL &&
        submit->total_minor > 0) {
        invalid(&intake, "/payment/token", "is required for a card");
    }
    if (submit->payment.method == PAYMENT_METHOD_INVOICE && submit->company == NULL) {
        invalid(&intake, "/company", "is required to pay on account");
    }
    if (submit->has_ship_not_before && submit->ship_not_before > now + ship_ahead_max_ms) {
        invalid(&intake, "/ship_not_before", "is more than a year ahead");
    }
    check_total(&intake);
    return intake.verdict;
}
