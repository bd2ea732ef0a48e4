/* main.c - runs the payment service. */
#include "services/payment/service.h"

int main(int argc, char **argv)
{
    return service_main(&payment_service, argc, argv);
}
