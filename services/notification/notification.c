/* notification.c - what the notification service takes, what decides, what it keeps and shows. */
#include "services/notification/notification.h"

#include "proto/registry.h"
#include "services/notification/api.h"
#include "services/notification/customer_message.h"
#include "services/notification/erase.h"
#include "services/notification/invoice_mail.h"
#include "services/notification/mail.h"
#include "services/notification/news.h"
#include "services/notification/supplier_mail.h"
#include "services/notification/tables.h"
#include "sql/notification_sql.h"

enum { MAIL_TIMEOUT_MS = 30000, MAILS_AT_ONCE_MAX = 32 };

/* Who asks the publisher to send again writes to its requests. */
static const struct broker_topic consumed[] = {
    { .name = "order.events", .numbered = true, .requests = "order.requests" },
    { .name = "payment.events", .numbered = true, .requests = "payment.requests" },
    { .name = "fulfillment.events", .numbered = true, .requests = "fulfillment.requests" },
    { .name = "shipping.events", .numbered = true, .requests = "shipping.requests" },
    { .name = "notification.commands", .numbered = true, .requests = "order.requests" },
    { .name = "notification.requests" },
};

static const struct broker_topic published[] = {
    { .name = "notification.events", .numbered = true },
    { .name = "order.requests" },
    { .name = "payment.requests" },
    { .name = "fulfillment.requests" },
    { .name = "shipping.requests" },
    { .name = "inventory.requests" },
};

static const struct message_handler messages[] = {
    { MESSAGE_ORDER_PLACED, fact_need, NULL, on_order_placed, NULL },
    { MESSAGE_ORDER_CONFIRMED, fact_need, NULL, on_order_confirmed, NULL },
    { MESSAGE_ORDER_CANCELED, fact_need, NULL, on_order_canceled, NULL },
    { MESSAGE_ORDER_EXPIRED, fact_need, NULL, on_order_expired, NULL },
    { MESSAGE_ORDER_REJECTED, fact_need, NULL, on_order_rejected, NULL },
    { MESSAGE_ORDER_ASKED, fact_need, NULL, on_order_asked, NULL },
    { MESSAGE_ORDER_REDUCED, fact_need, NULL, on_order_reduced, NULL },
    { MESSAGE_ORDER_DELAYED, fact_need, NULL, on_order_delayed, NULL },
    { MESSAGE_ORDER_PROMISE_CHANGED, fact_need, NULL, on_order_promise_changed, NULL },
    { MESSAGE_ORDER_COMPLETED, fact_need, NULL, on_order_completed, NULL },
    { MESSAGE_PAYMENT_REQUIRES_ACTION, fact_need, NULL, on_payment_requires_action, NULL },
    { MESSAGE_PAYMENT_DECLINED, fact_need, NULL, on_payment_declined, NULL },
    { MESSAGE_PAYMENT_REFUNDED, fact_need, NULL, on_payment_refunded, NULL },
    { MESSAGE_PAYMENT_FAILED, fact_need, NULL, on_payment_failed, NULL },
    { MESSAGE_FULFILLMENT_OPENED, share_need, NULL, on_share_opened, NULL },
    { MESSAGE_FULFILLMENT_CANCELED, share_need, NULL, on_share_canceled, NULL },
    { MESSAGE_SHIPMENT_SHIPPED, shipped_need, NULL, on_shipment_shipped, NULL },
    { MESSAGE_SHIPMENT_DELIVERED, fact_need, NULL, on_shipment_delivered, NULL },
    { MESSAGE_NOTIFICATION_CONTACT, contact_need, NULL, on_contact, NULL },
    { MESSAGE_NOTIFICATION_SUPPLIER_MAIL, supplier_mail_need, NULL, on_supplier_mail, NULL },
    { MESSAGE_NOTIFICATION_INVOICE_MAIL, invoice_mail_need, NULL, on_invoice_mail, NULL },
    { MESSAGE_NOTIFICATION_ERASE, notification_erase_need, NULL, on_notification_erase, NULL },
};

/* No `ask`: a mail of unknown outcome is sent again under the same Message-ID. */
static const struct effect_handler effects[] = {
    { .kind = MAIL_EFFECT,
      .target = 0,
      .payload_type = MESSAGE_NOTIFICATION_MAIL,
      .timeout_ms = MAIL_TIMEOUT_MS,
      .request = mail_request,
      .read = mail_read,
      .need = mail_need,
      .decide = on_mail_end },
    { .kind = SUPPLIER_MAIL_EFFECT,
      .target = 0,
      .payload_type = MESSAGE_NOTIFICATION_SUPPLIER_MAIL,
      .timeout_ms = MAIL_TIMEOUT_MS,
      .request = supplier_mail_request,
      .read = mail_read,
      .need = supplier_mail_end_need,
      .decide = on_supplier_mail_end },
    { .kind = INVOICE_MAIL_EFFECT,
      .target = 0,
      .payload_type = MESSAGE_NOTIFICATION_INVOICE_MAIL,
      .timeout_ms = MAIL_TIMEOUT_MS,
      .request = invoice_mail_request,
      .read = mail_read,
      .need = invoice_mail_end_need,
      .decide = on_invoice_mail_end },
};

static const struct outside_target targets[] = {
    { .name = "mail server",
      .url_setting = "KERVAN_SMTP_URL",
      .calls_at_once_max = MAILS_AT_ONCE_MAX,
      .patience_setting = "KERVAN_SMTP_PATIENCE_MS",
      .default_patience_ms = MAIL_PATIENCE_MS },
};

const struct service notification_service = {
    .name = "notification",
    .schema = "notification",
    .code_version = 1,
    .consumed = consumed,
    .consumed_count = sizeof consumed / sizeof consumed[0],
    .published = published,
    .published_count = sizeof published / sizeof published[0],
    .infos = message_infos,
    .info_count = MESSAGE_TYPE_COUNT,
    .messages = messages,
    .message_count = sizeof messages / sizeof messages[0],
    .effects = effects,
    .effect_count = sizeof effects / sizeof effects[0],
    .targets = targets,
    .target_count = sizeof targets / sizeof targets[0],
    .tables = notification_tables,
    .statements = notification_sql_statements,
    .statement_count = NOTIFICATION_SQL_COUNT,
    .reads = &notification_reads,
    .settings = mail_settings,
    .setting_count = MAIL_SETTING_COUNT,
    .start = mail_start,
};
