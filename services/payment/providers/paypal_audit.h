/* paypal_audit.h - what PayPal has of an order of its own, as the auditor compares it with ours. */
#ifndef KERVAN_PAYMENT_PROVIDERS_PAYPAL_AUDIT_H
#define KERVAN_PAYMENT_PROVIDERS_PAYPAL_AUDIT_H

#include "common/service.h"

/* One order: a key ends with a slash and its id. */
extern const struct audit_books paypal_orders;

#endif
