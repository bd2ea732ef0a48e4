/* main.c - runs one of the two test services: `test-relay relay` or `test-relay count`. */
#include "tests/services/relay/relay.h"

#include <string.h>

int main(int argc, char **argv)
{
    const struct service *service =
        argc > 1 && strcmp(argv[1], "count") == 0 ? &count_service : &relay_service;

    return service_main(service, argc - 1, argv + 1);
}
