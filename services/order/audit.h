/* audit.h - the rules of the order service's auditor, as data. */
#ifndef KERVAN_ORDER_AUDIT_H
#define KERVAN_ORDER_AUDIT_H

#include "common/service.h"

extern const struct audit_rules order_audit_rules;

#endif
