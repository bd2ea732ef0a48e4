/* payment_desk_check.c - what must hold of payments whatever happened: amounts that add up, three times over. */
#include "tests/unit/payment_desk.h"

#include "common/store.h"
#include "services/payment/dealing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct sums {
    int64_t captured_minor, capturing_minor, refunded_minor, refunding_minor;
};

static bool is_of(int64_t order_no, int64_t payment_no, const struct payment_row *payment)
{
    return order_no == payment->order_no && payment_no == payment->payment_no;
}

static struct sums sum_parts(struct desk *desk, const struct payment_row *payment)
{
    struct sums sums = { 0 };
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &capture_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct capture_row *row = rows[i];

        if (is_of(row->order_no, row->payment_no, payment) && row->state == CAPTURE_SUCCEEDED) {
            sums.captured_minor += row->amount_minor;
        } else if (is_of(row->order_no, row->payment_no, payment) && row->state != CAPTURE_FAILED) {
            sums.capturing_minor += row->amount_minor;
        }
    }
    rows = memory_database_rows(desk->database, &refund_table, &count);
    for (size_t i = 0; i < count; i++) {
        const struct refund_row *row = rows[i];

        if (is_of(row->order_no, row->payment_no, payment) &&
            (row->state == REFUND_SUCCEEDED || row->state == REFUND_GIVEN)) {
            sums.refunded_minor += row->amount_minor;
        } else if (is_of(row->order_no, row->payment_no, payment) &&
                   (row->state == REFUND_SENT || row->state == REFUND_PENDING ||
                    row->state == REFUND_BY_HAND)) {
            sums.refunding_minor += row->amount_minor;
        }
    }
    return sums;
}

/* What the ledger says was taken and given back. */
static struct sums sum_ledger(struct desk *desk, const struct payment_row *payment)
{
    struct sums sums = { 0 };
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &event_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct event_row *row = rows[i];

        if (!is_of(row->order_no, row->payment_no, payment)) {
            continue;
        }
        if (row->kind == EVENT_SUCCESS && row->operation == PAYMENT_CALL_OPERATION_CAPTURE) {
            sums.captured_minor += row->amount_minor;
        } else if (row->kind == EVENT_SUCCESS && row->operation == PAYMENT_CALL_OPERATION_REFUND) {
            sums.refunded_minor += row->amount_minor;
        } else if (row->kind == EVENT_ADJUSTMENT &&
                   row->operation == PAYMENT_CALL_OPERATION_REFUND) {
            sums.refunded_minor -= row->amount_minor;
        }
    }
    return sums;
}

static void check_payment(struct desk *desk, const struct payment_row *row)
{
    struct sums parts = sum_parts(desk, row), ledger = sum_ledger(desk, row);

    assert_int_equal(parts.captured_minor, row->captured_minor);
    assert_int_equal(parts.capturing_minor, row->capturing_minor);
    assert_int_equal(parts.refunded_minor, row->refunded_minor);
    assert_int_equal(parts.refunding_minor, row->refunding_minor);
    assert_int_equal(ledger.captured_minor, row->captured_minor);
    assert_int_equal(ledger.refunded_minor, row->refunded_minor);
    assert_true(row->released_minor >= 0 && row->authorized_minor <= row->amount_minor);
    assert_true(row->capturing_minor + row->captured_minor + row->released_minor <=
                row->authorized_minor);
    assert_true(row->refunding_minor + row->refunded_minor <= row->captured_minor);
}

/* What an account has is what its payments use, and within its limit. */
static void check_account(struct desk *desk, const struct credit_row *account)
{
    struct credit_use sum = { 0 };
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &payment_table, &count);

    for (size_t i = 0; i < count; i++) {
        const struct payment_row *payment = rows[i];
        int64_t owed_minor =
            payment->captured_minor - payment->refunded_minor - payment->received_minor;

        if (payment->method == PAYMENT_METHOD_INVOICE &&
            strcmp(payment->company, account->company) == 0) {
            sum.held_minor +=
                payment->authorized_minor - payment->captured_minor - payment->released_minor;
            sum.receivable_minor += owed_minor > 0 ? owed_minor : 0;
        }
    }
    assert_int_equal(account->held_minor, sum.held_minor);
    assert_int_equal(account->receivable_minor, sum.receivable_minor);
    assert_true(sum.held_minor + sum.receivable_minor <=
                account->limit_minor + account->excess_minor);
}

/* In the line are those that wait, for what they wait for. */
static void check_line(struct desk *desk)
{
    size_t count = 0, waiter_count = 0;
    void **rows = memory_database_rows(desk->database, &payment_table, &count);
    int64_t awaited_minor = 0;

    for (size_t i = 0; i < count; i++) {
        const struct payment_row *payment = rows[i];
        bool waits = payment->method == PAYMENT_METHOD_INVOICE &&
                     payment->state == PAYMENT_STATE_REQUIRES_ACTION;

        awaited_minor += waits ? payment->amount_minor : 0;
    }
    rows = memory_database_rows(desk->database, &credit_waiter_table, &waiter_count);
    for (size_t i = 0; i < waiter_count; i++) {
        awaited_minor -= ((const struct credit_waiter_row *)rows[i])->amount_minor;
    }
    assert_int_equal(awaited_minor, 0);
}

static void check_accounts(struct desk *desk)
{
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &credit_table, &count);

    for (size_t i = 0; i < count; i++) {
        check_account(desk, rows[i]);
    }
}

void desk_check(struct desk *desk)
{
    size_t count = 0;
    void **rows = memory_database_rows(desk->database, &payment_table, &count);

    for (size_t i = 0; i < count; i++) {
        check_payment(desk, rows[i]);
    }
    check_accounts(desk);
    check_line(desk);
}
