/* service.c - what the payment service takes, what decides, whom it calls, what it keeps and shows. */
#include "services/payment/service.h"

#include "common/config.h"
#include "common/issuer.h"
#include "proto/registry.h"
#include "services/payment/account_code.h"
#include "services/payment/api.h"
#include "services/payment/audit.h"
#include "services/payment/bank.h"
#include "services/payment/call.h"
#include "services/payment/capture.h"
#include "services/payment/credit.h"
#include "services/payment/dispute.h"
#include "services/payment/document.h"
#include "services/payment/document_mail.h"
#include "services/payment/document_maker.h"
#include "services/payment/epc_code.h"
#include "services/payment/erase.h"
#include "services/payment/payment.h"
#include "services/payment/poll.h"
#include "services/payment/provider.h"
#include "services/payment/provider_calls.h"
#include "services/payment/providers/razorpay.h"
#include "services/payment/refund.h"
#include "services/payment/renewal.h"
#include "services/payment/request.h"
#include "services/payment/result.h"
#include "services/payment/route.h"
#include "services/payment/staff.h"
#include "services/payment/tables.h"
#include "services/payment/told.h"
#include "services/payment/webhook.h"
#include "sql/payment_sql.h"

#include <string.h>

/* Longer than the provider ever takes for a bank's answer. */
enum {
    CALL_TIMEOUT_MS = 30000,
    CALLS_AT_ONCE_MAX = 64,
    ROUTES_LENGTH_MAX = 4096,
    CHECKOUT_LENGTH_MAX = 1024
};
enum { DOCUMENT_TIMEOUT_MS = 30000, DOCUMENTS_AT_ONCE_MAX = 8 };

/* The provider's targets come first: a payment's is its place in their table. */
enum { DOCUMENT_MAKER = PROVIDER_COUNT, TARGET_COUNT };

static const struct broker_topic consumed[] = {
    { .name = "payment.commands", .numbered = true, .requests = "order.requests" },
    { .name = "payment.requests" },
};

static const struct broker_topic published[] = {
    { .name = "payment.events", .numbered = true },
    { .name = "order.requests" },
    { .name = "notification.requests" },
    { .name = "gateway.replies", .partitions = PARTITIONS_ANY },
};

#define REQUEST(type, decide)                                                                      \
    {                                                                                              \
        (type), request_need, request_need_shared, (decide), request_lane_key                      \
    }
static const struct message_handler messages[] = {
    { MESSAGE_PAYMENT_AUTHORIZE, authorize_need, authorize_need_shared, on_authorize, NULL },
    { MESSAGE_PAYMENT_CAPTURE, capture_need, credit_need_shared, on_capture, NULL },
    { MESSAGE_PAYMENT_VOID, void_need, credit_need_shared, on_void, NULL },
    { MESSAGE_PAYMENT_REFUND, refund_need, credit_need_shared, on_refund, NULL },
    { MESSAGE_PAYMENT_DOCUMENT, document_need, document_need_shared, on_document, NULL },
    { MESSAGE_PAYMENT_INVOICE_SEND, invoice_send_need, invoice_send_need_shared, on_invoice_send,
      invoice_send_lane_key },
    { MESSAGE_PAYMENT_INVOICE_MAILED, invoice_mailed_need, NULL, on_invoice_mailed, NULL },
    { MESSAGE_PAYMENT_ERASE, payment_erase_need, NULL, on_payment_erase, NULL },
    REQUEST(MESSAGE_PAYMENT_RECEIVED, on_received),
    REQUEST(MESSAGE_PAYMENT_CAPTURE_NOW, on_capture_now),
    REQUEST(MESSAGE_PAYMENT_VOID_NOW, on_void_now),
    REQUEST(MESSAGE_PAYMENT_REFUND_NOW, on_refund_now),
    { MESSAGE_CREDIT_PUT, NULL, credit_put_need_shared, on_credit_put, credit_put_lane_key },
    { MESSAGE_CREDIT_TRY, credit_try_need, credit_need_shared, on_credit_try, NULL },
    REQUEST(MESSAGE_PAYMENT_ACCEPT_SHORT, on_accept_short),
    { MESSAGE_ACCOUNT_CODE_PUT, account_code_need, NULL, on_account_code_put,
      account_code_lane_key },
    { MESSAGE_BANK_ACCOUNT_PUT, bank_account_need, NULL, on_bank_account_put,
      bank_account_lane_key },
    { MESSAGE_BANK_STATEMENT, bank_statement_need, NULL, on_bank_statement,
      bank_statement_lane_key },
    { MESSAGE_BANK_LINE_TRY, bank_try_need, bank_try_need_shared, on_bank_try, NULL },
    { MESSAGE_BANK_LINE_MATCH, bank_match_need, bank_match_need_shared, on_bank_match,
      request_lane_key },
    { MESSAGE_BANK_LINE_SET_ASIDE, bank_set_aside_need, NULL, on_bank_set_aside,
      bank_set_aside_lane_key },
    { MESSAGE_PAYMENT_DISPUTE_ANSWER, dispute_answer_need, NULL, on_dispute_answer, NULL },
    { MESSAGE_PAYMENT_DISPUTE_EVIDENCE, dispute_request_need, dispute_request_need_shared,
      on_dispute_evidence, dispute_lane_key },
    { MESSAGE_PAYMENT_DISPUTE_ACCEPT, dispute_request_need, dispute_request_need_shared,
      on_dispute_accept, dispute_lane_key },
    { MESSAGE_PAYMENT_DISPUTE_LOOK, dispute_look_need, NULL, on_dispute_look, NULL },
    { MESSAGE_PAYMENT_DISPUTE_SEEN, dispute_seen_need, NULL, on_dispute_seen, NULL },
    { MESSAGE_PAYMENT_WEBHOOK, webhook_need, NULL, on_webhook, webhook_lane_key },
};

static const struct timer_handler timers[] = {
    { ACTION_TIMER, deadline_need, NULL, on_deadline },
    { POLL_TIMER, poll_need, NULL, on_poll },
    { POLL_REFUND_TIMER, poll_need, NULL, on_poll_refund },
    { RENEW_TIMER, renew_need, NULL, on_renew },
    { DOCUMENT_MAIL_TIMER, document_mail_due_need, document_mail_due_need_shared,
      on_document_mail_due },
    { WEBHOOK_TIMER, forget_need, NULL, on_forget },
    { DISPUTE_POLL_TIMER, dispute_poll_need, NULL, on_dispute_poll },
    { DISPUTE_WATCH_TIMER, dispute_watch_need, NULL, on_dispute_watch },
};

/* Where a repetition under the same key changes nothing and is answered as the first was, there is no other question. */
#define CALL(call_kind, end)                                                                       \
    {                                                                                              \
        .kind = (call_kind), .target_of = provider_target, .payload_type = MESSAGE_PAYMENT_CALL,   \
        .timeout_ms = CALL_TIMEOUT_MS, .request = provider_build, .ask = provider_question,        \
        .repeatable = provider_is_repeatable, .read = provider_read, .need = result_need,          \
        .decide = (end)                                                                            \
    }
#define DISPUTE_CALL(call_kind, question, needs, end)                                              \
    {                                                                                              \
        .kind = (call_kind), .target_of = provider_dispute_target,                                 \
        .payload_type = MESSAGE_PAYMENT_DISPUTE_CALL, .timeout_ms = CALL_TIMEOUT_MS,               \
        .request = provider_dispute_build, .ask = (question), .read = provider_dispute_read,       \
        .need = (needs), .decide = (end)                                                           \
    }
static const struct effect_handler effects[] = {
    CALL(CALL_AUTHORIZE, on_authorize_result),
    CALL(CALL_CAPTURE, on_capture_result),
    CALL(CALL_VOID, on_void_result),
    CALL(CALL_REFUND, on_refund_result),
    CALL(CALL_SECURE, on_authorize_result),
    CALL(CALL_RENEW, on_renew_result),
    DISPUTE_CALL(CALL_DISPUTE_LOOK, NULL, dispute_looked_need, on_dispute_looked),
    DISPUTE_CALL(CALL_DISPUTE_LIST, NULL, dispute_listed_need, on_dispute_listed),
    DISPUTE_CALL(CALL_DISPUTE_ANSWER, provider_dispute_ask, dispute_answered_need,
                 on_dispute_answered),
    { .kind = CALL_ASK,
      .target_of = provider_target,
      .payload_type = MESSAGE_PAYMENT_CALL,
      .timeout_ms = CALL_TIMEOUT_MS,
      .request = provider_ask,
      .read = provider_read_asked,
      .need = result_need,
      .decide = on_poll_result },
    { .kind = DOCUMENT_EFFECT,
      .target = DOCUMENT_MAKER,
      .payload_type = MESSAGE_PAYMENT_INVOICE,
      .timeout_ms = DOCUMENT_TIMEOUT_MS,
      .request = document_request,
      .read = document_read,
      .need = document_files_need,
      .decide = on_document_files },
};

static const struct outside_target targets[TARGET_COUNT] = {
    [PROVIDER_STRIPE] = { .name = "payment provider",
                          .url_setting = "KERVAN_PAYMENT_URL",
                          .authorization_setting = "KERVAN_PAYMENT_AUTHORIZATION",
                          .calls_at_once_max = CALLS_AT_ONCE_MAX },
    [PROVIDER_PAYPAL] = { .name = "paypal",
                          .url_setting = "KERVAN_PAYPAL_URL",
                          .default_url = "https://api-m.paypal.com",
                          .authorization_setting = "KERVAN_PAYPAL_AUTHORIZATION",
                          .token_path = "/v1/oauth2/token",
                          .calls_at_once_max = CALLS_AT_ONCE_MAX },
    [PROVIDER_RAZORPAY] = { .name = "razorpay",
                            .url_setting = "KERVAN_RAZORPAY_URL",
                            .default_url = "https://api.razorpay.com",
                            .authorization_setting = "KERVAN_RAZORPAY_AUTHORIZATION",
                            .calls_at_once_max = CALLS_AT_ONCE_MAX },
    [DOCUMENT_MAKER] = { .name = "document maker",
                         .calls_at_once_max = DOCUMENTS_AT_ONCE_MAX,
                         .make = document_make },
};

static const struct setting settings[] = {
    { "KERVAN_PAYMENT_ROUTES", SETTING_TEXT, &payment_routes, ROUTES_DEFAULT, 0, ROUTES_LENGTH_MAX,
      "which provider takes a payment: method[/CURRENCY][@channel]=provider, blanks between; the "
      "first that fits" },
    { "KERVAN_RAZORPAY_CHECKOUT_URL", SETTING_TEXT, &razorpay_checkout, "", 0, CHECKOUT_LENGTH_MAX,
      "page of the shop that opens Razorpay's checkout for the order named behind it" },
    ISSUER_SETTINGS,
};

static enum err check_settings(struct ctx *ctx)
{
    size_t length = 0;
    const char *bad = route_find_bad(payment_routes, &length);

    if (issuer.iban[0] != '\0' && !epc_iban_is_valid(issuer.iban)) {
        return err_set(ctx, ERR_FATAL, "KERVAN_SHOP_IBAN: \"%s\" is no IBAN", issuer.iban);
    }

    if (!razorpay_checkout_is_good(razorpay_checkout)) {
        return err_set(ctx, ERR_FATAL,
                       "KERVAN_RAZORPAY_CHECKOUT_URL: \"%s\" must be an address that begins with "
                       "https:// or http:// and has no fragment",
                       razorpay_checkout);
    }
    if (bad == NULL && strstr(payment_routes, "=razorpay") != NULL &&
        razorpay_checkout[0] == '\0') {
        return err_set(ctx, ERR_FATAL,
                       "KERVAN_RAZORPAY_CHECKOUT_URL: is needed, as a route leads to Razorpay");
    }
    return bad == NULL ? OK
                       : err_set(ctx, ERR_FATAL,
                                 "KERVAN_PAYMENT_ROUTES: \"%.*s\" must be "
                                 "method[/CURRENCY][@channel]=provider, of those that there are",
                                 (int)length, bad);
}

const struct service payment_service = {
    .name = "payment",
    .schema = "payment",
    .code_version = 1,
    .consumed = consumed,
    .consumed_count = sizeof consumed / sizeof consumed[0],
    .published = published,
    .published_count = sizeof published / sizeof published[0],
    .infos = message_infos,
    .info_count = MESSAGE_TYPE_COUNT,
    .messages = messages,
    .message_count = sizeof messages / sizeof messages[0],
    .timers = timers,
    .timer_count = sizeof timers / sizeof timers[0],
    .effects = effects,
    .effect_count = sizeof effects / sizeof effects[0],
    .targets = targets,
    .target_count = sizeof targets / sizeof targets[0],
    .tables = payment_tables,
    .statements = payment_sql_statements,
    .statement_count = PAYMENT_SQL_COUNT,
    .reads = &payment_reads,
    .audit_rules = &payment_audit_rules,
    .settings = settings,
    .setting_count = sizeof settings / sizeof settings[0],
    .start = check_settings,
};
