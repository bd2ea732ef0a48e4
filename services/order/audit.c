/* audit.c - what must hold of orders, all the time, and what others must hold for them. */
#include "services/order/audit.h"

#include "sql/order_sql.h"

/* Longer than any two services need to hear of each other; what takes longer shows in how far they have read. */
enum { AGREE_MS = 5000 };

static const struct audit_rule rules[] = {
    { .name = "progress-watched",
      .promise = "an open order has a timer or a task",
      .statement = ORDER_SQL_AUDIT_PROGRESS_WATCHED },
    { .name = "progress-in-time",
      .promise = "a deadline that passed did something",
      .statement = ORDER_SQL_AUDIT_PROGRESS_IN_TIME },
    { .name = "progress-tasks",
      .promise = "open tasks are counted right",
      .statement = ORDER_SQL_AUDIT_PROGRESS_TASKS },
    { .name = "progress-edits",
      .promise = "an edit that waits is asked of places",
      .statement = ORDER_SQL_AUDIT_PROGRESS_EDITS },
    { .name = "timeline",
      .promise = "no entry of a timeline is gone",
      .statement = ORDER_SQL_AUDIT_TIMELINE },
    { .name = "once",
      .promise = "what happens once happened once",
      .statement = ORDER_SQL_AUDIT_ONCE },
    { .name = "worth",
      .promise = "an order at rest has paid what was sent",
      .statement = ORDER_SQL_AUDIT_WORTH,
      .settle_ms = AGREE_MS },
    { .name = "agree-money",
      .promise = "orders show the money that payment holds",
      .statement = ORDER_SQL_AUDIT_SHOWN_MONEY,
      .settle_ms = AGREE_MS,
      .owner = "payment",
      .owner_setting = "KERVAN_PAYMENT_API",
      .owner_path = "/v1/audit/held/money" },
    { .name = "agree-documents",
      .promise = "orders with documents have one for all that was taken and given back",
      .statement = ORDER_SQL_AUDIT_SHOWN_DOCUMENTS,
      .settle_ms = AGREE_MS,
      .owner = "payment",
      .owner_setting = "KERVAN_PAYMENT_API",
      .owner_path = "/v1/audit/held/documents" },
    { .name = "agree-stock",
      .promise = "no stock is held but for open orders",
      .statement = ORDER_SQL_AUDIT_SHOWN_STOCK,
      .settle_ms = AGREE_MS,
      .owner = "inventory",
      .owner_setting = "KERVAN_INVENTORY_API",
      .owner_path = "/v1/audit/held/stock" },
    { .name = "agree-deliveries",
      .promise = "completed orders show the deliveries that shipping has",
      .statement = ORDER_SQL_AUDIT_SHOWN_DELIVERIES,
      .settle_ms = AGREE_MS,
      .owner = "shipping",
      .owner_setting = "KERVAN_SHIPPING_API",
      .owner_path = "/v1/audit/held/deliveries" },
};

const struct audit_rules order_audit_rules = { rules, sizeof rules / sizeof rules[0] };
