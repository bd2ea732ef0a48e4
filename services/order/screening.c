/* screening.c - looks at a submission by the rules of its channel. */
#include "services/order/screening.h"

#include "common/address_form.h"
#include "common/text.h"
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

static void refuse_address(struct arena *arena, const struct order_submit *submit,
                           struct intake_verdict *verdict)
{
    struct field_error fault;

    if (verdict->error_count == INTAKE_ERRORS_MAX ||
        !screening_address_fault(arena, &submit->ship_to, &fault)) {
        return;
    }
    fault.pointer = text_format(arena, "/ship_to%s", fault.pointer);
    if (verdict->error_count == 0 || verdict->reason == ORDER_REJECTED_REASON_TOTAL_MISMATCH) {
        verdict->reason = ORDER_REJECTED_REASON_INVALID;
    }
    verdict->errors[verdict->error_count++] = fault;
}

static void hold_for_address(struct saga *saga, const struct order_submit *submit)
{
    struct field_error fault;

    if (screening_address_fault(saga->out->arena, &submit->ship_to, &fault)) {
        hold_by_rule(saga, HOLD_REASON_ADDRESS,
                     text_format(saga->out->arena, "%s %s", fault.pointer + 1, fault.detail));
    }
}

/* --- All of it --------------------------------------------------------------------------------- */

static enum address_check address_check_of(const struct rows *rows, const char *channel)
{
    const struct channel_row *row = rows_find(rows, &order_channel_table, key_text(channel));

    return row == NULL || row->address_check == ADDRESS_CHECK_ABSENT
               ? ADDRESS_CHECK_HOLD
               : (enum address_check)row->address_check;
}

void screening_refuse(struct decision *out, const char *channel, const struct order_submit *submit,
                      struct intake_verdict *verdict)
{
    if (address_check_of(out->rows, channel) == ADDRESS_CHECK_REJECT) {
        refuse_address(out->arena, submit, verdict);
    }
}

void screening_hold(struct saga *saga, const struct order_submit *submit)
{
    if (address_check_of(saga->out->rows, saga->order->channel) == ADDRESS_CHECK_HOLD) {
        hold_for_address(saga, submit);
    }
}
