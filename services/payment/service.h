/* service.h - the payment service as data. */
#ifndef KERVAN_PAYMENT_SERVICE_H
#define KERVAN_PAYMENT_SERVICE_H

#include "common/service.h"

extern const struct service payment_service;

#endif
