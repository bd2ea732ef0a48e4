/* api.h - the payment service's read routes. */
#ifndef KERVAN_PAYMENT_API_H
#define KERVAN_PAYMENT_API_H

#include "common/service.h"

enum { PAYMENT_READ_COUNT = 5 };
extern const struct read_route payment_reads[PAYMENT_READ_COUNT];

#endif
