/* api.h - the inventory's read routes. */
#ifndef KERVAN_INVENTORY_API_H
#define KERVAN_INVENTORY_API_H

#include "common/service.h"

enum { INVENTORY_READ_COUNT = 29 };
extern const struct read_route inventory_reads[INVENTORY_READ_COUNT];

#endif
