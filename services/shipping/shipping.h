/* shipping.h - the shipping service as data. */
#ifndef KERVAN_SHIPPING_SHIPPING_H
#define KERVAN_SHIPPING_SHIPPING_H

#include "common/service.h"

extern const struct service shipping_service;

#endif
