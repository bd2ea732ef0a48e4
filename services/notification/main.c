/* main.c - runs the notification service. */
#include "services/notification/notification.h"

int main(int argc, char **argv)
{
    return service_main(&notification_service, argc, argv);
}
