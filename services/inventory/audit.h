/* audit.h - the rules of the inventory's auditor, as data. */
#ifndef KERVAN_INVENTORY_AUDIT_H
#define KERVAN_INVENTORY_AUDIT_H

#include "common/service.h"

enum { INVENTORY_AUDIT_RULE_COUNT = 8 };
extern const struct audit_rule inventory_audit_rules[INVENTORY_AUDIT_RULE_COUNT];

#endif
