/* audit.h - the rules of the payment service's auditor, as data. */
#ifndef KERVAN_PAYMENT_AUDIT_H
#define KERVAN_PAYMENT_AUDIT_H

#include "common/service.h"

enum { PAYMENT_AUDIT_RULE_COUNT = 4 };
extern const struct audit_rule payment_audit_rules[PAYMENT_AUDIT_RULE_COUNT];

#endif
