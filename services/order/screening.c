/* screening.c - looks at a submission by the rules of its channel. */
#include "services/order/screening.h"

#include "common/address_form.h"
#include "common/text.h"
#include "services/order/channel.h"
#include "services/order/hold.h"

/* --- The address ------------------------------------------------------------------------------ */

static struct field_error postal_code_fault(struct arena *arena, const char *country,
                                            const char *what)
{
    return (struct field_error){
        .pointer = "/postal_code",
        .detail = text_format(arena, "%s: in %s it is %s (9 a digit, A a letter, _ a space or not)",
                              what, country, address_postal_forms(country)),
    };
}

bool screening_address_fault(struct arena *arena, const struct postal_address *address,
                             struct field_error *ret)
{
    switch (address_fault_of(address->country, address->region, address->postal_code)) {
    case ADDRESS_FAULT_REGION_MISSING:
        *ret = (struct field_error){
            .pointer = "/region",
            .detail = text_format(arena, "is missing: %s needs one", address->country),
        };
        return true;
    case ADDRESS_FAULT_POSTAL_CODE_MISSING:
        *ret = postal_code_fault(arena, address->country, "is missing");
        return true;
    case ADDRESS_FAULT_POSTAL_CODE_FORM:
        *ret = postal_code_fault(arena, address->country, "is not written as there");
        return true;
    case ADDRESS_FAULT_NONE:
    default:
        return false;
    }
}

static void refuse_field(struct intake_verdict *verdict, struct field_error fault)
{
    if (verdict->error_count == INTAKE_ERRORS_MAX) {
        return;
    }
    if (verdict->error_count == 0 || verdict->reason == ORDER_REJECTED_REASON_TOTAL_MISMATCH) {
        verdict->reason = ORDER_REJECTED_REASON_INVALID;
    }
    verdict->errors[verdict->error_count++] = fault;
}

static void refuse_address(struct arena *arena, const struct order_submit *submit,
                           struct intake_verdict *verdict)
{
    struct field_error fault;

    if (screening_address_fault(arena, &submit->ship_to, &fault)) {
        fault.pointer = text_format(arena, "/ship_to%s", fault.pointer);
        refuse_field(verdict, fault);
    }
}

static void hold_for_address(struct saga *saga, const struct order_submit *submit)
{
    struct field_error fault;

    if (screening_address_fault(saga->out->arena, &submit->ship_to, &fault)) {
        hold_by_rule(saga, HOLD_REASON_ADDRESS,
                     text_format(saga->out->arena, "%s %s", fault.pointer + 1, fault.detail));
    }
}

/* --- Fraud ------------------------------------------------------------------------------------- */

static const struct channel_row *channel_of(const struct rows *rows, const char *code)
{
    return rows_find(rows, &order_channel_table, key_text(code));
}

static const char *words_of(struct arena *arena, const struct fraud_score *score)
{
    const char *words = text_format(arena, "score %lld", (long long)score->points);

    for (size_t i = 0; i < score->reason_count; i++) {
        words = text_format(arena, "%s%s %s (%lld)", words, i == 0 ? ":" : ";",
                            score->reasons[i].detail, (long long)score->reasons[i].points);
    }
    return words;
}

/* --- All of it --------------------------------------------------------------------------------- */

static enum address_check address_check_of(const struct channel_row *channel)
{
    return channel == NULL || channel->address_check == ADDRESS_CHECK_ABSENT
               ? ADDRESS_CHECK_HOLD
               : (enum address_check)channel->address_check;
}

void screening_need(const char *code, const struct order_submit *submit, struct rows *rows)
{
    const struct channel_row *channel = channel_of(rows, code);

    if (channel != NULL && channel->hold_at > 0) {
        fraud_need(channel, submit, rows);
    }
}

struct screening screening_of(struct decision *out, const char *code,
                              const struct order_submit *submit, struct intake_verdict *verdict)
{
    const struct channel_row *channel = channel_of(out->rows, code);
    struct screening screening = { .channel = channel };

    if (!channel_takes(channel, submit->payment.method)) {
        refuse_field(verdict, (struct field_error){ "/payment/method",
                                                    "is not taken by this channel", NULL });
    }
    if (address_check_of(channel) == ADDRESS_CHECK_REJECT) {
        refuse_address(out->arena, submit, verdict);
    }
    if (verdict->error_count == 0 && channel != NULL && channel->hold_at > 0) {
        screening.score = fraud_look(out, channel, submit);
        if (channel->reject_at > 0 && screening.score.points >= channel->reject_at) {
            verdict->reason = ORDER_REJECTED_REASON_FRAUD;
            verdict->errors[verdict->error_count++] =
                (struct field_error){ "", "the shop does not take this order", NULL };
        }
    }
    return screening;
}

void screening_note(struct saga *saga, const struct screening *screening)
{
    const struct fraud_score *score = &screening->score;

    for (size_t i = 0; i < score->reason_count; i++) {
        rows_insert(saga->out->rows, &order_screening_table,
                    &(struct screening_row){ .order_no = saga->order->order_no,
                                             .reason_no = (int64_t)i + 1,
                                             .kind = score->reasons[i].kind,
                                             .points = score->reasons[i].points,
                                             .detail = score->reasons[i].detail });
    }
}

void screening_hold(struct saga *saga, const struct order_submit *submit,
                    const struct screening *screening)
{
    const struct channel_row *channel = screening->channel;

    if (address_check_of(channel) == ADDRESS_CHECK_HOLD) {
        hold_for_address(saga, submit);
    }
    if (channel != NULL && channel->hold_at > 0 && screening->score.points >= channel->hold_at) {
        hold_by_rule(saga, HOLD_REASON_FRAUD, words_of(saga->out->arena, &screening->score));
    }
}
