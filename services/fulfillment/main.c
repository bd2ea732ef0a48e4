/* main.c - runs fulfillment. */
#include "services/fulfillment/fulfillment.h"

int main(int argc, char **argv)
{
    return service_main(&fulfillment_service, argc, argv);
}
