/* main.c - runs the inventory. */
#include "services/inventory/inventory.h"

int main(int argc, char **argv)
{
    return service_main(&inventory_service, argc, argv);
}
