/* payment_desk_asks.c - what the order and people ask of payments, made of a few words. */
#include "tests/unit/payment_desk.h"

#include "common/store.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct payment_authorize desk_authorize_command(struct desk *desk, int64_t order_no,
                                                const char *token, int64_t amount_minor)
{
    return (struct payment_authorize){
        .order_id = desk_order_id(desk, order_no),
        .order_no = order_no,
        .clock = ++desk->clock,
        .valid_until = desk->now + 60000,
        .payment_id = desk_child_id(desk, order_no, "P1"),
        .method = PAYMENT_METHOD_CARD,
        .token = token,
        .amount_minor = amount_minor,
        .currency = "EUR",
        .channel = "web",
        .country = "DE",
        .expires_at = desk->now + 3600000,
        .has_expires_at = true,
    };
}

const char *desk_authorize_with(struct desk *desk, const struct payment_authorize *command)
{
    return desk_command(desk, MESSAGE_PAYMENT_AUTHORIZE, command);
}

const char *desk_authorize(struct desk *desk, int64_t order_no, const char *token,
                           int64_t amount_minor)
{
    struct payment_authorize command = desk_authorize_command(desk, order_no, token, amount_minor);

    return desk_authorize_with(desk, &command);
}

struct payment_capture desk_capture_command(struct desk *desk, int64_t order_no,
                                            const char *capture, int64_t amount_minor)
{
    bool final = strchr(capture, '!') != NULL;
    const char *child = arena_copy_text(desk->kept, capture, strcspn(capture, "!"));

    return (struct payment_capture){ .order_id = desk_order_id(desk, order_no),
                                     .order_no = order_no,
                                     .clock = ++desk->clock,
                                     .valid_until = desk->now + 60000,
                                     .payment_id = desk_child_id(desk, order_no, "P1"),
                                     .capture_id = desk_child_id(desk, order_no, child),
                                     .amount_minor = amount_minor,
                                     .currency = "EUR",
                                     .final = final,
                                     .has_final = final };
}

const char *desk_capture_with(struct desk *desk, const struct payment_capture *command)
{
    return desk_command(desk, MESSAGE_PAYMENT_CAPTURE, command);
}

const char *desk_capture(struct desk *desk, int64_t order_no, const char *capture,
                         int64_t amount_minor)
{
    struct payment_capture command = desk_capture_command(desk, order_no, capture, amount_minor);

    return desk_capture_with(desk, &command);
}

const char *desk_void(struct desk *desk, int64_t order_no, enum cancel_reason reason)
{
    const struct payment_void command = { .order_id = desk_order_id(desk, order_no),
                                          .order_no = order_no,
                                          .clock = ++desk->clock,
                                          .payment_id = desk_child_id(desk, order_no, "P1"),
                                          .reason = reason };

    return desk_command(desk, MESSAGE_PAYMENT_VOID, &command);
}

const char *desk_authorize_patient(struct desk *desk, int64_t order_no, int64_t amount_minor)
{
    struct payment_authorize command = desk_authorize_command(desk, order_no, NULL, amount_minor);

    command.method = PAYMENT_METHOD_INVOICE;
    command.company = DESK_COMPANY;
    command.may_wait = true;
    command.has_may_wait = true;
    return desk_authorize_with(desk, &command);
}

const char *desk_try(struct desk *desk, int64_t order_no)
{
    const struct credit_try input = { .order_id = desk_order_id(desk, order_no),
                                      .order_no = order_no,
                                      .payment_id = desk_child_id(desk, order_no, "P1") };

    return desk_command(desk, MESSAGE_CREDIT_TRY, &input);
}

const char *desk_void_by_hand(struct desk *desk, int64_t order_no)
{
    const struct payment_void command = { .order_id = desk_order_id(desk, order_no),
                                          .order_no = order_no,
                                          .clock = ++desk->clock,
                                          .payment_id = desk_child_id(desk, order_no, "P1"),
                                          .reason = CANCEL_REASON_SHOPPER_REQUEST,
                                          .by_hand = true,
                                          .has_by_hand = true };

    return desk_command(desk, MESSAGE_PAYMENT_VOID, &command);
}

struct payment_refund desk_refund_command(struct desk *desk, int64_t order_no, const char *refund,
                                          int64_t amount_minor)
{
    return (struct payment_refund){ .order_id = desk_order_id(desk, order_no),
                                    .order_no = order_no,
                                    .clock = ++desk->clock,
                                    .payment_id = desk_child_id(desk, order_no, "P1"),
                                    .refund_id = desk_child_id(desk, order_no, refund),
                                    .amount_minor = amount_minor,
                                    .currency = "EUR",
                                    .reason = CANCEL_REASON_SHOPPER_REQUEST };
}

const char *desk_refund_with(struct desk *desk, const struct payment_refund *command)
{
    return desk_command(desk, MESSAGE_PAYMENT_REFUND, command);
}

const char *desk_refund(struct desk *desk, int64_t order_no, const char *refund,
                        int64_t amount_minor)
{
    struct payment_refund command = desk_refund_command(desk, order_no, refund, amount_minor);

    return desk_refund_with(desk, &command);
}

const char *desk_refund_by_hand(struct desk *desk, int64_t order_no, const char *refund,
                                int64_t amount_minor)
{
    struct payment_refund command = desk_refund_command(desk, order_no, refund, amount_minor);

    command.by_hand = true;
    command.has_by_hand = true;
    return desk_refund_with(desk, &command);
}

const char *desk_authorize_by(struct desk *desk, int64_t order_no, enum payment_method method,
                              int64_t amount_minor)
{
    struct payment_authorize command = desk_authorize_command(desk, order_no, NULL, amount_minor);

    command.method = method;
    command.company = method == PAYMENT_METHOD_INVOICE ? DESK_COMPANY : NULL;
    return desk_authorize_with(desk, &command);
}

void desk_credit(struct desk *desk, const char *company, int64_t limit_minor)
{
    const struct credit_put message = {
        .company = company,
        .body = { .currency = "EUR", .limit_minor = limit_minor, .net_days = 30 }
    };

    (void)desk_request(desk, "credit", MESSAGE_CREDIT_PUT, &message);
}

const struct credit_row *desk_account(struct desk *desk, const char *company)
{
    struct memory_slice found =
        memory_database_find(desk->database, &credit_table, key_text(company));

    return found.count == 0 ? NULL : found.rows[0];
}

const char *desk_received(struct desk *desk, const char *request, int64_t order_no,
                          int64_t amount_minor, const char *bank_reference)
{
    const struct payment_received message = { .payment_id = desk_child_id(desk, order_no, "P1"),
                                              .body = { .amount_minor = amount_minor,
                                                        .currency = "EUR",
                                                        .received_at = desk->now,
                                                        .bank_reference = bank_reference } };

    return desk_request(desk, request, MESSAGE_PAYMENT_RECEIVED, &message);
}

const char *desk_capture_now(struct desk *desk, const char *request, int64_t order_no,
                             int64_t amount_minor)
{
    const struct payment_capture_now message = {
        .payment_id = desk_child_id(desk, order_no, "P1"),
        .body = { .amount_minor = amount_minor, .has_amount_minor = amount_minor != 0 }
    };

    return desk_request(desk, request, MESSAGE_PAYMENT_CAPTURE_NOW, &message);
}

const char *desk_void_now(struct desk *desk, const char *request, int64_t order_no)
{
    const struct payment_void_now message = { .payment_id = desk_child_id(desk, order_no, "P1"),
                                              .body = { .note = "as agreed by phone" } };

    return desk_request(desk, request, MESSAGE_PAYMENT_VOID_NOW, &message);
}

const char *desk_refund_now(struct desk *desk, const char *request, int64_t order_no,
                            int64_t amount_minor)
{
    const struct payment_refund_now message = { .payment_id = desk_child_id(desk, order_no, "P1"),
                                                .body = { .amount_minor = amount_minor,
                                                          .has_amount_minor = amount_minor != 0,
                                                          .reason =
                                                              CANCEL_REASON_MERCHANT_REQUEST } };

    return desk_request(desk, request, MESSAGE_PAYMENT_REFUND_NOW, &message);
}
