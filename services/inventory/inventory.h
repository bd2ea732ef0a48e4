/* inventory.h - the inventory service as data. */
#ifndef KERVAN_INVENTORY_INVENTORY_H
#define KERVAN_INVENTORY_INVENTORY_H

#include "common/service.h"

extern const struct service inventory_service;

#endif
