/* api.h - what the order service shows. */
#ifndef KERVAN_ORDER_API_H
#define KERVAN_ORDER_API_H

#include "common/service.h"

enum { ORDER_READ_COUNT = 25 };
extern const struct read_route order_reads[ORDER_READ_COUNT];

#endif
