/* api.h - the notification service's read routes. */
#ifndef KERVAN_NOTIFICATION_API_H
#define KERVAN_NOTIFICATION_API_H

#include "common/service.h"

extern const struct read_routes notification_reads;

#endif
