/* notification.h - the notification service as data. */
#ifndef KERVAN_NOTIFICATION_NOTIFICATION_H
#define KERVAN_NOTIFICATION_NOTIFICATION_H

#include "common/service.h"

extern const struct service notification_service;

#endif
