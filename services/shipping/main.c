/* main.c - runs shipping. */
#include "services/shipping/shipping.h"

int main(int argc, char **argv)
{
    return service_main(&shipping_service, argc, argv);
}
