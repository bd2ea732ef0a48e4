/* razorpay_audit.h - what Razorpay has of an order of its own, as the auditor compares it with ours. */
#ifndef KERVAN_PAYMENT_PROVIDERS_RAZORPAY_AUDIT_H
#define KERVAN_PAYMENT_PROVIDERS_RAZORPAY_AUDIT_H

#include "common/service.h"

/* One order: a key ends with a slash and its id. */
extern const struct audit_books razorpay_orders;

#endif
