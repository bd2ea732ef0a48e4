/* api.h - what the order service shows. */
#ifndef KERVAN_ORDER_API_H
#define KERVAN_ORDER_API_H

#include "common/service.h"

extern const struct read_routes order_reads;

#endif
