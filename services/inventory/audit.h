/* audit.h - the rules of the inventory's auditor, as data. */
#ifndef KERVAN_INVENTORY_AUDIT_H
#define KERVAN_INVENTORY_AUDIT_H

#include "common/service.h"

extern const struct audit_rules inventory_audit_rules;

#endif
