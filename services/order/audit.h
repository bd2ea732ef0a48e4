/* audit.h - the rules of the order service's auditor, as data. */
#ifndef KERVAN_ORDER_AUDIT_H
#define KERVAN_ORDER_AUDIT_H

#include "common/service.h"

enum { ORDER_AUDIT_RULE_COUNT = 10 };
extern const struct audit_rule order_audit_rules[ORDER_AUDIT_RULE_COUNT];

#endif
