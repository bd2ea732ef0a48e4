/* api.h - the payment service's read routes. */
#ifndef KERVAN_PAYMENT_API_H
#define KERVAN_PAYMENT_API_H

#include "common/service.h"

extern const struct read_routes payment_reads;

#endif
