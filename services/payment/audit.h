/* audit.h - the rules of the payment service's auditor, as data. */
#ifndef KERVAN_PAYMENT_AUDIT_H
#define KERVAN_PAYMENT_AUDIT_H

#include "common/service.h"

extern const struct audit_rules payment_audit_rules;

#endif
