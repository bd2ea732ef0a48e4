/* api.h - the notification service's read routes. */
#ifndef KERVAN_NOTIFICATION_API_H
#define KERVAN_NOTIFICATION_API_H

#include "common/service.h"

enum { NOTIFICATION_READ_COUNT = 3 };
extern const struct read_route notification_reads[NOTIFICATION_READ_COUNT];

#endif
