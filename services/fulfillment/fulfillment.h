/* fulfillment.h - the fulfillment service as data. */
#ifndef KERVAN_FULFILLMENT_FULFILLMENT_H
#define KERVAN_FULFILLMENT_FULFILLMENT_H

#include "common/service.h"

extern const struct service fulfillment_service;

#endif
