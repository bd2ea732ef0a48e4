/* api.h - the inventory's read routes. */
#ifndef KERVAN_INVENTORY_API_H
#define KERVAN_INVENTORY_API_H

#include "common/service.h"

extern const struct read_routes inventory_reads;

#endif
