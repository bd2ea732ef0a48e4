/* main.c - runs one of the two test services: `test-relay relay` or `test-relay count`. */
#include "tests/services/relay/relay.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    const struct service *service =
        argc > 1 && strcmp(argv[1], "count") == 0 ? &count_service : &relay_service;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
    count_accepts_negative = getenv("TEST_ACCEPT_NEGATIVE") != NULL;
    return service_main(service, argc - 1, argv + 1);
}
