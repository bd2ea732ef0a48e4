/* audit.c - what must hold of stock, all the time. */
#include "services/inventory/audit.h"

#include "sql/inventory_sql.h"

enum { OWED_FOR_LONG_MS = 15000, ON_ITS_WAY_FOR_LONG_MS = 15000 };

static const struct audit_rule rules[] = {
    { .name = "stock-on-hand",
      .promise = "what is on hand is the sum of its ledger",
      .statement = INVENTORY_SQL_AUDIT_STOCK_ON_HAND },
    { .name = "stock-counters",
      .promise =
          "what is damaged, in quality control, kept back and incoming is the sum of its ledger",
      .statement = INVENTORY_SQL_AUDIT_STOCK_COUNTERS },
    { .name = "stock-lots",
      .promise = "lots sum to what is on hand, and each to its movements",
      .statement = INVENTORY_SQL_AUDIT_STOCK_LOTS },
    { .name = "stock-reserved",
      .promise = "what is reserved is the sum of open reservations and transfers",
      .statement = INVENTORY_SQL_AUDIT_STOCK_RESERVED },
    { .name = "stock-incoming",
      .promise = "what is incoming is the sum of what transfers and purchase orders bring",
      .statement = INVENTORY_SQL_AUDIT_STOCK_INCOMING,
      .settle_ms = ON_ITS_WAY_FOR_LONG_MS },
    { .name = "stock-buying",
      .promise = "what drafts are to order for who waits is what was put into them",
      .statement = INVENTORY_SQL_AUDIT_STOCK_BUYING,
      .settle_ms = ON_ITS_WAY_FOR_LONG_MS },
    { .name = "stock-promised",
      .promise = "nothing is promised twice",
      .statement = INVENTORY_SQL_AUDIT_STOCK_PROMISED },
    { .name = "stock-owed",
      .promise = "what is owed is given back",
      .statement = INVENTORY_SQL_AUDIT_STOCK_OWED,
      .settle_ms = OWED_FOR_LONG_MS },
    { .name = "stock-waiting",
      .promise = "what is waited for is the sum of who waits",
      .statement = INVENTORY_SQL_AUDIT_BACKORDERS },
    { .name = "stock-bins",
      .promise = "what lies in bins is the sum of their ledger, and no more than is on hand",
      .statement = INVENTORY_SQL_AUDIT_STOCK_BINS,
      .settle_ms = OWED_FOR_LONG_MS },
    { .name = "stock-holders",
      .promise = "only open reservations hold or wait",
      .statement = INVENTORY_SQL_AUDIT_RESERVATION_LINES },
};

const struct audit_rules inventory_audit_rules = { rules, sizeof rules / sizeof rules[0] };
