/* payment_desk_show.c - what is said, which calls wait, and what is in the books, as texts to compare. */
#include "tests/unit/payment_desk.h"

#include "common/store.h"
#include "common/text.h"
#include "proto/gateway.h"
#include "proto/payment_codec.h"
#include "proto/types_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* "C1" of "ord_...-C1". */
static const char *tail(const char *id)
{
    const char *dash = strchr(id, '-');

    return dash == NULL ? "?" : dash + 1;
}

static const char *show_failed(struct desk *desk, const struct payment_failed *fact)
{
    const char *left = fact->has_refunded_minor
                           ? text_format(desk->kept, " %lld", (long long)fact->refunded_minor)
                           : "";

    assert_true(fact->has_amount_minor);
    return text_format(desk->kept, "failed %s %s%s%s%s",
                       payment_failed_operation_name(fact->operation),
                       fact->operation_id == NULL ? "" : tail(fact->operation_id),
                       fact->operation_id == NULL ? "" : " ", fact->code, left);
}

static const char *show_refused(struct desk *desk, const struct payment_refused *fact)
{
    static const char *const reasons[] = { "", "expired", "undone", "not_found", "rule" };

    assert_in_range(fact->reason, 1, 4);
    return text_format(desk->kept, "refused %s%s%s %s", reasons[fact->reason],
                       fact->code == NULL ? "" : ":", fact->code == NULL ? "" : fact->code,
                       tail(fact->subject_id));
}

static const char *show_money(struct desk *desk, uint32_t type, const void *message)
{
    const struct payment_captured *captured = message;
    const struct payment_refunded *refunded = message;

    if (type == MESSAGE_PAYMENT_CAPTURED) {
        return text_format(desk->kept, "captured %s %lld/%lld", tail(captured->capture_id),
                           (long long)captured->amount_minor, (long long)captured->captured_minor);
    }
    return text_format(desk->kept, "refunded %s %lld/%lld", tail(refunded->refund_id),
                       (long long)refunded->amount_minor, (long long)refunded->refunded_minor);
}

static const char *show_received(struct desk *desk, const struct payment_money_received *fact)
{
    return text_format(desk->kept, "money_received %lld %lld/%lld%s", (long long)fact->amount_minor,
                       (long long)fact->received_minor, (long long)fact->due_minor,
                       fact->late ? " late" : "");
}

static const char *show_dispute(struct desk *desk, uint32_t type, const void *message)
{
    const struct payment_disputed *open = message;
    const struct payment_dispute_closed *closed = message;

    if (type == MESSAGE_PAYMENT_DISPUTED) {
        return text_format(desk->kept, "disputed %s %s %lld%s%s", tail(open->dispute_id),
                           dispute_state_name(open->state), (long long)open->amount_minor,
                           open->code == NULL ? "" : " ", open->code == NULL ? "" : open->code);
    }
    return text_format(desk->kept, "closed %s %s %lld/%lld", tail(closed->dispute_id),
                       dispute_state_name(closed->state), (long long)closed->lost_minor,
                       (long long)closed->payment_lost_minor);
}

const char *desk_show(struct desk *desk, uint32_t type, const void *message)
{
    const struct payment_authorized *authorized = message;
    const struct payment_declined *declined = message;
    const struct payment_requires_action *action = message;
    const struct payment_voided *voided = message;
    const struct payment_lapsed *lapsed = message;

    switch (type) {
    case MESSAGE_PAYMENT_MONEY_RECEIVED:
        return show_received(desk, message);
    case MESSAGE_PAYMENT_LAPSED:
        return text_format(desk->kept, "lapsed %lld", (long long)lapsed->amount_minor);
    case MESSAGE_PAYMENT_AUTHORIZED:
        return text_format(desk->kept, "authorized %lld", (long long)authorized->amount_minor);
    case MESSAGE_PAYMENT_DECLINED:
        return text_format(desk->kept, "declined %s%s", declined->code,
                           declined->retryable ? "" : " for good");
    case MESSAGE_PAYMENT_REQUIRES_ACTION:
        return text_format(desk->kept, "requires_action %s",
                           action->action == PAYMENT_REQUIRES_ACTION_ACTION_TRANSFER
                               ? action->reference
                               : action->action_url);
    case MESSAGE_PAYMENT_CREDIT_AWAITED:
        return text_format(
            desk->kept, "credit_awaited %lld",
            (long long)((const struct payment_credit_awaited *)message)->amount_minor);
    case MESSAGE_PAYMENT_DISPUTED:
    case MESSAGE_PAYMENT_DISPUTE_CLOSED:
        return show_dispute(desk, type, message);
    case MESSAGE_PAYMENT_VOIDED:
        return text_format(desk->kept, "voided %lld", (long long)voided->amount_minor);
    case MESSAGE_PAYMENT_FAILED:
        return show_failed(desk, message);
    case MESSAGE_PAYMENT_REFUSED:
        return show_refused(desk, message);
    default:
        return show_money(desk, type, message);
    }
}

/* "201 C5001", "422 /amount_minor", "409". */
const char *desk_show_reply(struct desk *desk, const struct gateway_reply *reply)
{
    if (reply->problem == NULL) {
        return text_format(desk->kept, "%lld %s", (long long)reply->status,
                           tail(reply->subject_id));
    }
    return text_format(desk->kept, "%lld%s%s", (long long)reply->status,
                       reply->problem->errors_count > 0 ? " " : "",
                       reply->problem->errors_count > 0 ? reply->problem->errors[0].pointer : "");
}

const char *desk_calls(struct desk *desk)
{
    const char *text = "";

    for (size_t i = 0; i < desk->call_count; i++) {
        text = text_format(desk->kept, "%s%s%s", text, i > 0 ? " " : "", tail(desk->calls[i].key));
    }
    return text;
}

const struct payment_row *desk_payment(struct desk *desk, int64_t order_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &payment_table, &count);

    for (size_t i = 0; i < count; i++) {
        if (((const struct payment_row *)rows[i])->order_no == order_no) {
            return rows[i];
        }
    }
    return NULL;
}

enum payment_state desk_state(struct desk *desk, int64_t order_no)
{
    const struct payment_row *row = desk_payment(desk, order_no);

    return row == NULL ? PAYMENT_STATE_ABSENT : (enum payment_state)row->state;
}

static const struct event_row *find_event(struct desk *desk, int64_t order_no, int64_t event_no)
{
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &event_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct event_row *row = rows[i];

        if (row->order_no == order_no && row->event_no == event_no) {
            return row;
        }
    }
    return NULL;
}

const char *desk_ledger(struct desk *desk, int64_t order_no)
{
    static const char *const kinds[] = { "", "request", "success", "failure", "adjustment" };
    static const char *const operations[] = {
        "",
        "authorize",
        "capture",
        "void",
        "refund",
        [OPERATION_RECEIVE] = "receive",
        [OPERATION_DISPUTE] = "dispute",
        [OPERATION_DISPUTE_WITHDRAWN] = "withdrawn",
        [OPERATION_DISPUTE_REINSTATED] = "reinstated",
        [OPERATION_DISPUTE_FEE] = "fee",
    };
    const struct event_row *row = NULL;
    const char *text = "";

    for (int64_t i = 1; (row = find_event(desk, order_no, i)) != NULL; i++) {
        text = text_format(desk->kept, "%s%s%s %s %lld", text, i > 1 ? ", " : "", kinds[row->kind],
                           operations[row->operation], (long long)row->amount_minor);
    }
    return text;
}
